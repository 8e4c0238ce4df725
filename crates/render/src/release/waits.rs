//! What a release will wait for, in words.

use super::words::unbound;
use crate::Language;
use crate::text::{clean, moment};
use chrono::{DateTime, Utc};
use toban_release_core::Gate;
use toban_release_core::rollout::{Action, Course, Mover};

/// What a release that begins now waits for before it is done: people, its schedule, freezes, the error budget; one
/// sentence for each. That [nobody is told](untold) is the last of them.
#[must_use]
pub fn waits(course: &Course, now: DateTime<Utc>, language: Language) -> Vec<String> {
    let pick = |en: String, ja: String| language.pick(en, ja);
    let mut waits = Vec::new();
    if course.approvals > 0 {
        let may = course.approvers.iter().filter(|one| **one != course.author || course.author_may_approve);
        let of = language.one_of(&may.map(|one| clean(one)).collect::<Vec<_>>());
        let of = if of.is_empty() { language.pick("anybody", "誰か").into() } else { of };
        waits.push(pick(format!("an approval of its revision, by {of}"), format!("{of}によるこの版の承認")));
    }
    if let Some(slot) = course.schedule {
        let (start, end) = (moment(slot.start), moment(slot.end));
        if now < slot.start {
            waits.push(pick(
                format!("its schedule, which begins at {start} UTC"),
                format!("予定の開始（{start} UTC）"),
            ));
        } else if slot.end <= now {
            waits.push(pick(
                format!("`toban release override`: its schedule was over at {end} UTC"),
                format!("`toban release override`：予定は{end} UTCに終わった"),
            ));
        }
    }
    let is_to_come = |end: DateTime<Utc>| now < end;
    let is_within = |start: DateTime<Utc>| course.schedule.is_none_or(|slot| start < slot.end);
    for freeze in course.freezes.iter().filter(|one| is_to_come(one.end) && is_within(one.start)) {
        let (start, end, why) = (moment(freeze.start), moment(freeze.end), clean(&freeze.why));
        waits.push(if freeze.start <= now {
            pick(
                format!("the end of a freeze at {end} UTC: {why}"),
                format!("凍結の終わり（{end} UTC）：{why}"),
            )
        } else {
            pick(
                format!("a freeze from {start} to {end} UTC, if it is not done before: {why}"),
                format!("{start}から{end} UTCまでの凍結（それまでに完了しない場合）：{why}"),
            )
        });
    }
    if course.needs_ruling {
        waits.push(
            language
                .pick(
                    "the word of the error budget, before each move forward: \
                     `toban release rule --verdict go --valid-for 1h --by PERSON --why TEXT`",
                    "前進のたびに、エラーバジェットの判断：`toban release rule --verdict go --valid-for 1h --by PERSON --why TEXT`",
                )
                .into(),
        );
    }
    let by_hand = course.preparation.iter().chain(&course.completion).filter_map(|step| match &step.action {
        Action::Manual { owner, .. } => Some((owner, step.name.as_str())),
        Action::Command { .. } => None,
    });
    for (owner, step) in by_hand {
        let (owner, step) = (clean(owner), clean(step));
        waits.push(pick(format!("{owner}, by hand: {step}"), format!("{owner}の手作業：{step}")));
    }
    if let Mover::Person { owner, .. } = &course.traffic {
        let owner = clean(owner);
        waits.push(pick(
            format!("{owner}, who moves the traffic at each stage"),
            format!("各段階でトラフィックを移す{owner}"),
        ));
    }
    let gates = course.stages().iter().enumerate().filter(|(_, stage)| stage.gate == Gate::Person);
    for (place, _) in gates {
        let stage = language.stage(place, Some(course));
        waits.push(pick(
            format!("somebody who opens the gate of {stage}"),
            format!("{stage}のゲートを開ける人"),
        ));
    }
    let mut told: Vec<_> = waits
        .iter()
        .map(|what| unbound(&pick(format!("waits for {what}"), format!("待ち：{what}"))))
        .collect();
    told.extend((course.programs.tell.is_none()).then(|| untold(language).to_owned()));
    told
}

/// What people should know of a release in which no program tells anybody anything.
#[must_use]
pub fn untold(language: Language) -> &'static str {
    language.pick(
        "nobody is told of anything: no program tells (`rollout.tell`)",
        "誰にも通知されない：通知プログラムがない（`rollout.tell`）",
    )
}
