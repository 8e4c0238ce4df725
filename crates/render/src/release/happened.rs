//! What happened, in words.

use super::words::{elapsed, share, short_revision, step, unbound};
use crate::Language;
use crate::text::{clean, moment, span, with_moments};
use chrono::TimeDelta;
use toban_durable::{Entry, Machine, Now};
use toban_release_core::analysis::Severity;
use toban_release_core::rollout::{
    Action, Announcement, Asking, Back, Cause, Course, Effect, Event, Mover, Needed, Next, Part, Rollout,
    State,
};
use toban_release_core::{Return, Weight};

/// One event of a rollout in words. With the course that it follows, stages, checks and steps have their names;
/// without it, their places.
#[must_use]
pub fn event_words(event: &Event, course: Option<&Course>, language: Language) -> String {
    unbound(&Told::of(event, course, &Past::default(), language).in_one(language))
}

/// Everything that happened in a rollout in words, each event with its entry. What an event alone does not say, such
/// as how much traffic came back, follows from those before it.
#[must_use]
pub fn record_words(
    entries: &[Entry<Rollout>],
    language: Language,
) -> Vec<(&Entry<Rollout>, &Event, String)> {
    let mut past = Past::default();
    let events = entries.iter().flat_map(|entry| entry.events.iter().map(move |event| (entry, event)));
    let words = events.map(|(entry, event)| {
        past.take(event, entry.at);
        let told = Told::of(event, past.course(), &past, language);
        (entry, event, unbound(&told.in_one(language)))
    });
    words.collect()
}

/// What is to be done, in a few words.
#[must_use]
pub fn order_words(effect: &Effect, course: Option<&Course>, language: Language) -> String {
    unbound(&language.order(effect, course))
}

/// What came before an event, as far as it matters to what is said of it.
#[derive(Debug, Default)]
pub(super) struct Past {
    state: State,
    /// The check that failed in the stage that is on, and who let it pass.
    let_pass: Option<(usize, String)>,
}

impl Past {
    /// Takes in what happened.
    pub(super) fn take(&mut self, event: &Event, at: Now) {
        match event {
            Event::Resumed { by, .. } => {
                let troubled = self.state.troubles().next().map(|(check, _)| (check, by.clone()));
                self.let_pass = troubled.or(self.let_pass.take());
            }
            Event::Began { .. } => self.let_pass = None,
            _ => {}
        }
        Rollout::apply(&mut self.state, event, at);
    }

    pub(super) fn state(&self) -> &State {
        &self.state
    }

    pub(super) fn course(&self) -> Option<&Course> {
        self.state.course.as_deref()
    }

    /// The share that the new version has once the so many-th weight of the way back is reached, where it still has
    /// some.
    fn left(&self, place: usize) -> Option<String> {
        let weight = *self.state.way_back().get(place)?;
        (self.state.cause.is_some() && weight > Weight::NONE).then(|| share(weight))
    }
}

/// What people are told, in words.
#[must_use]
pub fn announcement_words(
    announcement: &Announcement,
    course: Option<&Course>,
    language: Language,
) -> String {
    unbound(&announced(announcement, course, language))
}

fn announced(announcement: &Announcement, course: Option<&Course>, language: Language) -> String {
    let to = course.map(|course| clean(&course.to));
    let from = course.map(|course| clean(&course.from));
    let new = to.unwrap_or_else(|| language.pick("the new version", "新バージョン").into());
    let old = from.unwrap_or_else(|| language.pick("the old version", "旧バージョン").into());
    match announcement {
        Announcement::Started => {
            language.pick(format!("The release of {new} begins"), format!("{new}のリリースを開始します"))
        }
        Announcement::StageReached { stage } => {
            let place = language.stage_beside_share(*stage, course);
            match (language, language.weight(*stage, course)) {
                (Language::En, Some(weight)) => format!("{new} has {weight} of the traffic ({place})"),
                (Language::En, None) => format!("{new} has reached {place}"),
                (Language::Ja, Some(weight)) => {
                    format!("{new}がトラフィックの{weight}を受けています（{place}）")
                }
                (Language::Ja, None) => format!("{new}が{place}に達しました"),
            }
        }
        Announcement::PersonNeeded { what } => language.needed(what, course),
        Announcement::RollingBack { is_automatic } => match (language, is_automatic) {
            (Language::En, true) => format!("{new} is being rolled back to {old}, automatically"),
            (Language::En, false) => format!("{new} is being rolled back to {old}, as somebody decided"),
            (Language::Ja, true) => format!("{new}から{old}へ自動的に切り戻しています"),
            (Language::Ja, false) => format!("{new}から{old}へ、担当者の判断で切り戻しています"),
        },
        Announcement::RolledBack => language.pick(
            format!("{old} has all traffic again, and its checks have passed: rolled back"),
            format!("{old}への切り戻しが完了し、確認も済みました"),
        ),
        Announcement::Completed => language.pick(
            format!("{new} has all traffic: the release is complete"),
            format!("{new}への完全移行が完了しました"),
        ),
    }
}

/// How soon a failed check must clear.
fn clear_within(course: &Course, check: usize) -> Option<TimeDelta> {
    match course.severity(course.checks.get(check)?.name())? {
        Severity::High { clear_within } => Some(clear_within),
        _ => None,
    }
}

/// What happened, through whom, on what grounds.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    pub(super) what: String,
    pub(super) who: Option<String>,
    pub(super) why: Option<String>,
}

impl Told {
    fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), ..Self::default() }
    }

    fn by(self, who: &str) -> Self {
        Self { who: Some(clean(who)), ..self }
    }

    fn because(self, why: &str) -> Self {
        Self { why: Some(clean(why)), ..self }
    }

    /// As one sentence.
    pub(super) fn in_one(&self, language: Language) -> String {
        let Self { what, who, why } = self;
        let done = match (language, who) {
            (_, None) => what.clone(),
            (Language::En, Some(who)) => format!("{who} {what}"),
            (Language::Ja, Some(who)) => format!("{who}が{what}"),
        };
        why.as_ref().map_or_else(|| done.clone(), |why| language.because(&done, why))
    }

    pub(super) fn of(event: &Event, course: Option<&Course>, past: &Past, language: Language) -> Self {
        let pick = |en: String, ja: String| language.pick(en, ja);
        let say = |en: &str, ja: &str| Self::new(language.pick(en, ja));
        match event {
            Event::Proposed { course, by } => {
                let (from, to) = (clean(&course.from), clean(&course.to));
                let revision = short_revision(&course.revision);
                let grounds = with_moments(&clean(&course.grounds));
                let grounds = if grounds.is_empty() { grounds } else { format!("; {grounds}") };
                Self::new(pick(
                    format!("proposed to release {to} in place of {from}"),
                    format!("{from}に代わる{to}のリリースを提案"),
                ))
                .by(by)
                .because(&pick(format!("plan {revision}{grounds}"), format!("計画{revision}{grounds}")))
            }
            Event::Approved { by, why } => say("approved it", "承認").by(by).because(why),
            Event::Cleared => say("all approvals are there", "必要な承認が揃った"),
            Event::Began { next } => Self::new(language.began(*next, course)),
            Event::Did { next } => Self::new(language.did(*next, course)),
            Event::Measured { check, judged } => {
                let (name, what) = (language.check(*check, course), language.measured(judged.measured));
                let told = language.because(&name, what);
                let ground = language.ground(&judged.ground);
                Self::new(ground.map_or(told.clone(), |ground| language.aside(&told, &ground)))
            }
            Event::Troubled { check, clear_by } => {
                let name = language.check(*check, course);
                Self::new(match clear_by {
                    Some(by) => {
                        let within = course.and_then(|course| clear_within(course, *check)).map(span);
                        let until = match (within, language) {
                            (Some(within), Language::En) => format!("within {within}"),
                            (Some(within), Language::Ja) => format!("{within}以内"),
                            (None, Language::En) => format!("by {}", elapsed(*by)),
                            (None, Language::Ja) => format!("{}まで", elapsed(*by)),
                        };
                        pick(
                            format!(
                                "{name} fails: nothing moves forward, and traffic goes back unless it clears {until}"
                            ),
                            format!("{name}が不合格：前進を止め、{until}に回復しなければ切り戻す"),
                        )
                    }
                    None => pick(
                        format!("{name} does not pass: nothing moves forward until a person decides"),
                        format!("{name}が合格しない：担当者が判断するまで前進しない"),
                    ),
                })
            }
            Event::Faltered { part, attempt, why } => {
                let step = language.step(*part, course);
                Self::new(pick(
                    format!("{step} failed at attempt {attempt}, and is tried again"),
                    format!("{step}が{attempt}回目に失敗し、再試行する"),
                ))
                .because(why)
            }
            Event::Recovered { check } => {
                let name = language.check(*check, course);
                Self::new(pick(
                    format!("{name} is good again, and is counted anew"),
                    format!("{name}が回復し、改めて数え始めた"),
                ))
            }
            Event::Lapsed { check } => {
                let check = language.check(*check, course);
                Self::new(pick(
                    format!("{check} was not measured for too long: it is before the stage is left"),
                    format!("{check}が長く測定されていないため、段階を離れる前に測定する"),
                ))
            }
            Event::Overdue { stage } => {
                let stage = language.stage(*stage, course);
                Self::new(pick(
                    format!("the soak of {stage} is over, and not everything has passed"),
                    format!("{stage}の観察が終わったが、合格していないものがある"),
                ))
            }
            Event::Soaked { stage } => {
                let stage = language.stage(*stage, course);
                match &past.let_pass {
                    None => Self::new(pick(format!("went well: {stage}"), format!("{stage}は問題なし"))),
                    Some((check, by)) => {
                        let (check, by) = (language.check(*check, course), clean(by));
                        Self::new(pick(
                            format!("over: {stage}, in which {check} did not pass before {by} let it go on"),
                            format!("{stage}が終了。途中で{check}が合格せず、{by}の判断で続行した"),
                        ))
                    }
                }
            }
            Event::Opened { stage, by, why } => {
                let stage = language.stage(*stage, course);
                Self::new(pick(format!("opened the gate of {stage}"), format!("{stage}のゲートを開けた")))
                    .by(by)
                    .because(why)
            }
            Event::Promoted { stage, by, why } => {
                let stage = language.stage(*stage, course);
                Self::new(pick(
                    format!("ended the soak of {stage} early"),
                    format!("{stage}の観察を早く終えた"),
                ))
                .by(by)
                .because(why)
            }
            Event::Paused { by, why } => say("paused it", "一時停止").by(by).because(why),
            Event::Resumed { by, why } => say("let it go on", "再開").by(by).because(why),
            Event::Overrode { by, why, until } => {
                let until = moment(*until);
                Self::new(pick(
                    format!("overrode freezes, the error budget and the end of the schedule, until {until}"),
                    format!("凍結、エラーバジェット、作業時間の終わりを{until}まで無視すると決定"),
                ))
                .by(by)
                .because(why)
            }
            Event::Ruled { by, why, verdict, as_of, valid_until } => {
                let (verdict, until) = (language.verdict(*verdict), moment(*valid_until));
                let seen = moment(*as_of);
                Self::new(pick(
                    format!("passed on the word of the error budget, {verdict} as of {seen}, until {until}"),
                    format!("エラーバジェットの判断「{verdict}」を伝えた（{seen}現在、{until}まで）"),
                ))
                .by(by)
                .because(why)
            }
            Event::Frozen { until } => {
                let is_early =
                    course.and_then(|course| course.schedule).is_some_and(|slot| slot.start == *until);
                let until = moment(*until);
                Self::new(if is_early {
                    pick(format!("it is scheduled for {until}"), format!("{until}に開始予定"))
                } else {
                    pick(format!("a freeze holds it until {until}"), format!("{until}まで凍結されている"))
                })
            }
            Event::Thawed => say(
                "no freeze holds it any more, and something else does",
                "凍結は終わったが、別の理由で保留中",
            ),
            Event::Asked { about } => Self::new(language.asked(*about, course)),
            Event::Answered { by, why, is_done: true } => {
                say("said that it is done", "完了と回答").by(by).because(why)
            }
            Event::Answered { by, why, is_done: false } => {
                say("said that it was not done", "完了していないと回答").by(by).because(why)
            }
            Event::Broke { next, why } => {
                let step = language.step(Part::Next(*next), course);
                Self::new(pick(
                    format!("{step} failed beyond the point of no return"),
                    format!("後戻りできない地点の先で{step}が失敗"),
                ))
                .because(why)
            }
            Event::TurnedBack { cause, way } => {
                let traffic = match way {
                    Return::Immediate => {
                        say("turned back, all traffic at once", "切り戻しを開始（全トラフィックを一度に）")
                    }
                    Return::Gradual => {
                        say("turned back, traffic step by step", "切り戻しを開始（トラフィックを段階的に）")
                    }
                };
                traffic.from(cause, course, language)
            }
            Event::Retried { by, why } => {
                say("has the way back tried again", "切り戻しの再試行を指示").by(by).because(why)
            }
            Event::Undid { back } => Self::new(language.undid(*back, course, past)),
            Event::Stuck { back, why } => {
                let step = language.step(Part::Back(*back), course);
                Self::new(pick(
                    format!("the way back is stuck: {step} does not work"),
                    format!("切り戻しが止まった：{step}ができない"),
                ))
                .because(why)
            }
            Event::Completed => say(
                "completed: the new version has all traffic",
                "完了：新バージョンが全トラフィックを受けている",
            ),
            Event::Aborted { cause } => say("gave it up before anything was done", "何も行わないうちに中止")
                .from(cause, course, language),
            Event::RolledBack => say(
                "rolled back: the old version has all traffic, and its checks have passed",
                "切り戻し完了：旧バージョンが全トラフィックを受け、確認も済んだ",
            ),
            Event::Untold { what, why } => {
                let what = language.call(what);
                Self::new(pick(
                    format!("people could not be told, and are not called any more: {what}"),
                    format!("通知できず、試行を終えた：{what}"),
                ))
                .because(why)
            }
        }
    }

    fn from(self, cause: &Cause, course: Option<&Course>, language: Language) -> Self {
        match cause {
            Cause::Person { by, why } => self.by(by).because(why),
            Cause::Check { .. } | Cause::Failed { .. } => self.because(&language.cause(cause, course)),
            Cause::Superseded { by, .. } => self.by(by).because(&language.cause(cause, course)),
        }
    }
}

impl Language {
    /// Why it turned back, without who said so.
    pub(super) fn cause(self, cause: &Cause, course: Option<&Course>) -> String {
        match cause {
            Cause::Check { overall } => self.decisive(overall),
            Cause::Failed { next, why } => {
                let step = self.step(Part::Next(*next), course);
                let what = self.pick(format!("{step} failed"), format!("{step}が失敗"));
                self.because(&what, &clean(why))
            }
            Cause::Person { why, .. } => clean(why),
            Cause::Superseded { revision, .. } => {
                let revision = short_revision(revision);
                self.pick(
                    format!("plan {revision} takes its place"),
                    format!("計画{revision}に置き換えられた"),
                )
            }
        }
    }

    fn began(self, next: Next, course: Option<&Course>) -> String {
        let step = self.step(Part::Next(next), course);
        match next {
            Next::Stage(stage) => {
                let stage = self.stage_beside_share(stage, course);
                self.pick(format!("begins: {step} ({stage})"), format!("{step}を開始（{stage}）"))
            }
            Next::Prepare(_) | Next::Complete(_) => {
                self.pick(format!("begins: {step}"), format!("{step}を開始"))
            }
        }
    }

    fn did(self, next: Next, course: Option<&Course>) -> String {
        match (next, self) {
            (Next::Stage(stage), Self::En) => match self.weight(stage, course) {
                Some(weight) => format!("the new version has {weight} of the traffic"),
                None => format!("traffic is at stage {}", stage + 1),
            },
            (Next::Stage(stage), Self::Ja) => match self.weight(stage, course) {
                Some(weight) => format!("新バージョンがトラフィックの{weight}を受けている"),
                None => format!("トラフィックがステージ{}に達した", stage + 1),
            },
            (next, _) => {
                let step = self.step(Part::Next(next), course);
                self.pick(format!("done: {step}"), format!("{step}が完了"))
            }
        }
    }

    fn undid(self, back: Back, course: Option<&Course>, past: &Past) -> String {
        let step = self.step(Part::Back(back), course);
        match back {
            Back::Weight(place) => match past.left(place) {
                Some(left) => self.pick(
                    format!("on the way back: the new version has {left} of the traffic"),
                    format!("切り戻し中：新バージョンのトラフィックは{left}"),
                ),
                None => self
                    .pick("done: traffic back to the old version", "旧バージョンへのトラフィックの復帰が完了")
                    .into(),
            },
            Back::Undo(_)
                if course.is_some_and(|course| super::words::step(Part::Back(back), course).is_none()) =>
            {
                self.pick("nothing else has to be undone", "ほかに戻す手順はない").into()
            }
            Back::Undo(_) => self.pick(format!("done: {step}"), format!("{step}が完了")),
            Back::Verify(_) => self.pick(format!("passed: {step}"), format!("{step}に合格")),
        }
    }

    pub(super) fn asked(self, about: Asking, course: Option<&Course>) -> String {
        let step = self.step(about.part(), course);
        match about {
            Asking::Manual(part) => {
                let (who, what) = by_hand(part, course, self);
                let who = who.unwrap_or_else(|| self.pick("a person", "担当者").into());
                let told = self.pick(
                    format!("{who} is asked to do by hand: {step}"),
                    format!("{who}に手作業を依頼：{step}"),
                );
                // An instruction that is called like its step says nothing more.
                match what.filter(|what| !step.contains(what.as_str())) {
                    Some(what) => self.aside(&told, &what),
                    None => told,
                }
            }
            Asking::Doubt(_) => self.pick(
                format!("nobody knows whether this was done, and a person is asked: {step}"),
                format!("{step}が行われたか分からず、担当者に確認中"),
            ),
        }
    }

    fn needed(self, what: &Needed, course: Option<&Course>) -> String {
        let asks = |en: String, ja: String| {
            self.pick(format!("A person is needed: {en}"), format!("担当者の対応が必要です：{ja}"))
        };
        match what {
            Needed::Gate(stage) => {
                let stage = self.stage(*stage, course);
                asks(format!("the gate of {stage} is closed"), format!("{stage}のゲートが閉じています"))
            }
            Needed::Check(check) => {
                let check = self.check(*check, course);
                asks(format!("{check} does not pass"), format!("{check}が合格していません"))
            }
            Needed::Late => asks(
                "the time that it was scheduled for is over".into(),
                "予定した作業時間を過ぎています".into(),
            ),
            Needed::Overdue(stage) => {
                let stage = self.stage(*stage, course);
                asks(
                    format!("the soak of {stage} is over, and not everything has passed"),
                    format!("{stage}の観察が終わりましたが、合格していないものがあります"),
                )
            }
            Needed::Step(about) => {
                let asked = self.asked(*about, course);
                asks(asked.clone(), asked)
            }
            Needed::Look(part) => {
                let step = self.step(*part, course);
                asks(
                    format!("it goes back, and nobody knows whether {step} was done"),
                    format!("切り戻し中ですが、{step}が実行されたか分かりません"),
                )
            }
            Needed::Fix(next) => {
                let step = self.step(Part::Next(*next), course);
                let fix = course
                    .and_then(|course| course.no_return.as_ref())
                    .map(|last| self.recorded(&last.forward_fix));
                let told = asks(
                    format!("{step} failed where nothing leads back any more"),
                    format!("後戻りできない地点の先で{step}が失敗しました"),
                );
                fix.map_or(told.clone(), |fix| match self {
                    Self::En => format!("{told}; the forward fix: {fix}"),
                    Self::Ja => format!("{told}。前に進める修正：{fix}"),
                })
            }
            Needed::Stuck(back) => {
                let step = self.step(Part::Back(*back), course);
                asks(format!("the way back is stuck at: {step}"), format!("切り戻しが{step}で止まっています"))
            }
        }
    }

    /// On what occasion people are told, in a few words.
    fn call(self, what: &Announcement) -> &'static str {
        match what {
            Announcement::Started => self.pick("start", "開始"),
            Announcement::StageReached { .. } => self.pick("stage reached", "段階到達"),
            Announcement::PersonNeeded { .. } => self.pick("person needed", "要対応"),
            Announcement::RollingBack { .. } => self.pick("rolling back", "切り戻し開始"),
            Announcement::RolledBack => self.pick("rolled back", "切り戻し完了"),
            Announcement::Completed => self.pick("completed", "完了"),
        }
    }

    /// What is to be done, in a few words.
    pub(super) fn order(self, effect: &Effect, course: Option<&Course>) -> String {
        match effect {
            Effect::Announce(what) => self.call(what).into(),
            Effect::Measure { name, .. } => {
                let name = clean(name);
                self.pick(format!("measure {name}"), format!("{name}の測定"))
            }
            Effect::SetWeight { weight, .. } => {
                let weight = share(*weight);
                self.pick(format!("traffic to {weight}"), format!("トラフィックを{weight}に"))
            }
            Effect::Wait { .. } => {
                self.pick("wait until nothing moves forward any more", "前進の作業が終わるまで待つ").into()
            }
            Effect::Step { part, name, .. } => {
                let known = course.and_then(|course| step(*part, course));
                clean(known.map_or(name.as_str(), |step| step.name.as_str()))
            }
        }
    }
}

/// Who does a part by hand, and what they do.
fn by_hand(part: Part, course: Option<&Course>, language: Language) -> (Option<String>, Option<String>) {
    let Some(course) = course else { return (None, None) };
    let found = match part {
        Part::Next(Next::Stage(_)) => person(&course.traffic),
        Part::Back(Back::Weight(_)) => person(&course.traffic_back),
        _ => step(part, course).and_then(|step| match &step.action {
            Action::Manual { owner, instruction } => Some((owner, instruction)),
            Action::Command { .. } => None,
        }),
    };
    found.map_or((None, None), |(owner, instruction)| {
        (Some(clean(owner)), Some(language.recorded(instruction)))
    })
}

fn person(mover: &Mover) -> Option<(&String, &String)> {
    match mover {
        Mover::Person { owner, instruction } => Some((owner, instruction)),
        Mover::Deployer | Mover::Program { .. } => None,
    }
}
