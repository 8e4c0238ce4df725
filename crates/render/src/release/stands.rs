//! Where a rollout stands, in words.

use super::words::{share, unbound};
use crate::Language;
use crate::text::{clean, moment, span_left};
use chrono::TimeDelta;
use toban_durable::Now;
use toban_release_core::Weight;
use toban_release_core::rollout::{Hold, Next, Part, Phase, State};

/// Where a rollout stands, what holds it, and how long a soak still lasts, in one sentence.
#[must_use]
pub fn phase_words(state: &State, now: Now, language: Language) -> String {
    words(state, now, Serves::Now, language)
}

/// The same of a rollout that has ended and after which another one moved: what it says of the version that has the
/// traffic was so then.
#[must_use]
pub fn ended_words(state: &State, now: Now, language: Language) -> String {
    words(state, now, Serves::Then, language)
}

/// Why a rollout that is on its way does not move on: each reason in a few words.
#[must_use]
pub fn hold_words(state: &State, now: Now, language: Language) -> Vec<String> {
    holds(state, now, language).iter().map(|hold| unbound(hold)).collect()
}

fn holds(state: &State, now: Now, language: Language) -> Vec<String> {
    let holds = state.holds(now).into_iter().filter(|hold| concerns(*hold, state.phase));
    holds.map(|hold| language.hold(hold, state, now)).collect()
}

/// When the version that an end names had the traffic.
#[derive(Clone, Copy)]
enum Serves {
    Now,
    Then,
}

fn words(state: &State, now: Now, serves: Serves, language: Language) -> String {
    let course = state.course.as_deref();
    let new = course.map_or_else(|| "-".into(), |course| clean(&course.to));
    let old = course.map_or_else(|| "-".into(), |course| clean(&course.from));
    let step = |part| language.step(part, course);
    let pick = |en: String, ja: String| language.pick(en, ja);
    let stands = match state.phase {
        Phase::New => pick("nothing is proposed".into(), "まだ何も提案されていない".into()),
        Phase::Approving => pick(format!("{new} waits for approvals"), format!("{new}は承認待ち")),
        Phase::Ready(Next::Complete(place))
            if course.is_some_and(|course| place >= course.completion.len()) =>
        {
            pick("ready to end".into(), "完了待ち".into())
        }
        Phase::Ready(next) => {
            let next = step(Part::Next(next));
            pick(format!("ready for {next}"), format!("次は{next}"))
        }
        Phase::Moving(next) => {
            let next = step(Part::Next(next));
            pick(format!("under way: {next}"), format!("{next}を実行中"))
        }
        Phase::Soaking { stage, .. } => soaking(state, stage, now, language),
        Phase::Asking(about) => language.asked(about, course),
        Phase::Broken(next) => {
            let next = step(Part::Next(next));
            pick(
                format!("{next} failed beyond the point of no return, and a person mends it forward"),
                format!("後戻りできない地点の先で{next}が失敗し、担当者が修正中"),
            )
        }
        Phase::Returning(back) => {
            let back = step(Part::Back(back));
            pick(format!("rolling back: {back}"), format!("切り戻し中：{back}"))
        }
        Phase::Stuck(back) => {
            let back = step(Part::Back(back));
            pick(
                format!("the way back is stuck at {back}, and a person has to see to it"),
                format!("切り戻しが{back}で止まり、担当者の対応が必要"),
            )
        }
        Phase::Done => match serves {
            Serves::Now => pick(
                format!("done: {new} has all traffic"),
                format!("完了：{new}が全トラフィックを受けている"),
            ),
            Serves::Then => pick(
                format!("done: {new} had all traffic then"),
                format!("完了：当時は{new}が全トラフィックを受けていた"),
            ),
        },
        Phase::Aborted => pick("given up before anything was done".into(), "何も行わないうちに中止".into()),
        Phase::RolledBack => match serves {
            Serves::Now => pick(
                format!("rolled back: {old} has all traffic"),
                format!("切り戻し完了：{old}が全トラフィックを受けている"),
            ),
            Serves::Then => pick(
                format!("rolled back: {old} had all traffic then"),
                format!("切り戻し完了：当時は{old}が全トラフィックを受けていた"),
            ),
        },
    };
    let mut clauses = vec![stands];
    clauses.extend(holds(state, now, language));
    let is_back =
        matches!(state.phase, Phase::Returning(_) | Phase::Stuck(_) | Phase::Aborted | Phase::RolledBack);
    if let (Phase::Returning(_) | Phase::Stuck(_), true) = (state.phase, state.routed > Weight::NONE) {
        let left = share(state.routed);
        clauses.push(pick(
            format!("{new} still has {left} of the traffic"),
            format!("{new}のトラフィックはまだ{left}"),
        ));
    }
    if let (Phase::Broken(_), Some(last)) = (state.phase, course.and_then(|course| course.no_return.as_ref()))
    {
        let fix = language.recorded(&last.forward_fix);
        clauses.push(pick(format!("the forward fix: {fix}"), format!("前に進める修正：{fix}")));
    }
    if let Some((cause, _)) = state.cause.as_ref().filter(|_| is_back) {
        clauses.push(language.cause(cause, course));
    }
    if let (Some(by), Phase::Soaking { .. }) = (state.clear_by(), state.phase) {
        let left = span_left(by.since(now.steady));
        clauses.push(pick(
            format!("traffic goes back in {left} unless it clears"),
            format!("回復しなければ{left}後に切り戻す"),
        ));
    }
    unbound(&language.clauses(&clauses))
}

/// While something moves or soaks, a freeze, the budget and a gate hold what comes next, which is not yet; nothing holds
/// what waits for a person, goes back, or is over.
fn concerns(hold: Hold, phase: Phase) -> bool {
    match phase {
        Phase::Moving(_) | Phase::Soaking { .. } => matches!(hold, Hold::Paused | Hold::Check(_)),
        Phase::Approving => matches!(hold, Hold::Approvals(_) | Hold::Paused),
        Phase::Ready(_) => true,
        _ => false,
    }
}

fn soaking(state: &State, stage: usize, now: Now, language: Language) -> String {
    let course = state.course.as_deref();
    let place = language.stage(stage, course);
    let Phase::Soaking { until, .. } = state.phase else { return place };
    // While it is paused no time passes for it.
    let left = until.since(state.paused.unwrap_or(now.steady));
    match language {
        Language::En if state.is_overdue => {
            format!("{place}: the soak is over, and not everything has passed")
        }
        Language::Ja if state.is_overdue => format!("{place}：観察は終わったが、合格していないものがある"),
        Language::En if left == TimeDelta::zero() => format!("{place}: the soak is over"),
        Language::Ja if left == TimeDelta::zero() => format!("{place}：観察は終わった"),
        Language::En => format!("{place}: soaks for {} more", span_left(left)),
        Language::Ja => format!("{place}：観察あと{}", span_left(left)),
    }
}

impl Language {
    fn hold(self, hold: Hold, state: &State, now: Now) -> String {
        let course = state.course.as_deref();
        match hold {
            Hold::Approvals(missing) => {
                let people: Vec<_> = course
                    .map(|course| {
                        let may = move |one: &&String| course.author_may_approve || **one != course.author;
                        course.approvers.iter().filter(may).filter(|one| !state.approved.contains(*one))
                    })
                    .into_iter()
                    .flatten()
                    .map(|one| clean(one))
                    .collect();
                let of = self.one_of(&people);
                match (self, people.is_empty()) {
                    (Self::En, true) => format!("{missing} missing"),
                    (Self::En, false) => format!("{missing} missing, of {of}"),
                    (Self::Ja, true) => format!("あと{missing}名"),
                    (Self::Ja, false) => format!("あと{missing}名（{of}）"),
                }
            }
            Hold::Paused => self.pick("paused", "一時停止中").into(),
            Hold::Frozen(until) => {
                let until = moment(until);
                self.pick(format!("frozen until {until} UTC"), format!("{until} UTCまで凍結"))
            }
            Hold::Early(start) => {
                let start = moment(start);
                self.pick(format!("scheduled for {start} UTC"), format!("{start} UTCに開始予定"))
            }
            Hold::Late(end) => {
                let end = moment(end);
                self.pick(
                    format!("the time that it was scheduled for was over at {end} UTC"),
                    format!("予定した作業時間は{end} UTCに終わった"),
                )
            }
            Hold::Budget => {
                match state.ruled {
                    None => self
                        .pick("waits for the word of the error budget", "エラーバジェットの判断待ち")
                        .into(),
                    Some(word) if word.valid_until <= now.wall => {
                        let until = moment(word.valid_until);
                        self.pick(
                        format!("waits for the word of the error budget: the last one was good until {until} UTC"),
                        format!("エラーバジェットの判断待ち（前回の判断は{until} UTCまで有効だった）"),
                    )
                    }
                    Some(word) => {
                        let verdict = self.verdict(word.verdict);
                        let no =
                            self.pick("the error budget does not allow it", "エラーバジェットが許していない");
                        self.aside(no, verdict)
                    }
                }
            }
            Hold::Check(check) => {
                let check = self.check(check, course);
                self.pick(format!("held by {check}"), format!("{check}により保留"))
            }
            Hold::Gate(stage) => {
                let stage = self.stage(stage, course);
                self.pick(format!("the gate of {stage} is closed"), format!("{stage}のゲートが閉じている"))
            }
            other => other.to_string(),
        }
    }
}
