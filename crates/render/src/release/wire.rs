//! The JSON forms: structs of their own, so that a change inside never changes what programs read.
//!
//! The README of the crate lists every field.

use super::happened::{Past, Told};
use super::words::unbound;
use crate::Language;
use crate::slo::LengthWire;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::Value;
use toban_core::{Priority, Question, Ruling, Share, Text};
use toban_durable::{Entry, OrderId, Steady, Step};
use toban_release_core::plan::{
    CriticalPath, Database, Finding, FindingLevel, ForwardFix, Length, Plan, PlanDraft, PlanStep, Review,
    TimedStep, Toil, review,
};
use toban_release_core::rollout::{Event, Phase, Rollout};
use toban_release_core::{Figures, Lap, ReleaseFigures};

/// Indented, with a line break at the end.
pub(super) fn written(wire: &impl Serialize) -> String {
    // Strings, numbers and lists of them cannot fail to be written.
    let mut text = serde_json::to_string_pretty(wire).unwrap_or_default();
    text.push('\n');
    text
}

pub(super) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// A plan as JSON, with what follows from it: its `schema` is `toban.release.plan/1`.
#[must_use]
pub fn plan_json(plan: &Plan) -> String {
    let draft = PlanDraft::from(plan.clone());
    let toil = review(&draft).toil;
    let limits = plan.limits();
    let rollback = plan.rollback();
    written(&PlanWire {
        schema: "toban.release.plan/1",
        revision: plan.revision().to_string(),
        rollback_revision: plan.rollback_revision().to_string(),
        deploy: PathWire::of(&plan.critical_path(), limits.deploy),
        earliest: EarliestWire::of(plan),
        rollback: rollback.critical_path().map(|path| PathWire::of(&path, limits.rollback)),
        point_of_no_return: plan.point_of_no_return().map(NoReturnWire::of),
        pairs: pairs(plan),
        toil: ToilWire::of(&toil),
        plan: &draft,
    })
}

#[derive(Serialize)]
struct PlanWire<'a> {
    schema: &'static str,
    revision: String,
    rollback_revision: String,
    deploy: PathWire,
    earliest: EarliestWire,
    rollback: Option<PathWire>,
    point_of_no_return: Option<NoReturnWire<'a>>,
    pairs: Vec<PairWire>,
    toil: ToilWire,
    plan: &'a PlanDraft,
}

#[derive(Serialize)]
struct PathWire {
    length: Length,
    limit: Length,
    broken_by: Option<String>,
    critical_path: Vec<String>,
    timetable: Vec<TimedWire>,
}

#[derive(Serialize)]
struct TimedWire {
    step: String,
    start: Length,
    end: Length,
}

impl PathWire {
    fn of(path: &CriticalPath, limit: Length) -> Self {
        Self {
            length: path.length(),
            limit,
            broken_by: path.breaks(limit).map(|step| step.step.clone()),
            critical_path: path.path().iter().map(|step| step.step.clone()).collect(),
            timetable: TimedWire::of(path),
        }
    }
}

impl TimedWire {
    fn of(path: &CriticalPath) -> Vec<Self> {
        let timed = |step: &TimedStep| Self { step: step.step.clone(), start: step.start, end: step.end };
        path.timetable().iter().map(timed).collect()
    }
}

/// The same with every stage soaked.
#[derive(Serialize)]
struct EarliestWire {
    length: Length,
    end: Option<String>,
    timetable: Vec<TimedWire>,
}

impl EarliestWire {
    fn of(plan: &Plan) -> Self {
        let path = plan.earliest();
        let length = path.length();
        let end = plan.schedule().start().checked_add_signed(length.as_time_delta()).map(instant);
        Self { length, end, timetable: TimedWire::of(&path) }
    }
}

#[derive(Serialize)]
struct NoReturnWire<'a> {
    step: &'a str,
    item: &'a Text,
    forward_fix: Option<FixWire<'a>>,
}

#[derive(Serialize)]
struct FixWire<'a> {
    plan: &'a Text,
    acknowledged_by: &'a str,
    acknowledged_at: String,
}

impl<'a> NoReturnWire<'a> {
    fn of(step: &'a PlanStep) -> Self {
        let fix = |ForwardFix { plan, acknowledged }: &'a ForwardFix| FixWire {
            plan,
            acknowledged_by: acknowledged.by.as_str(),
            acknowledged_at: instant(acknowledged.at),
        };
        Self { step: &step.id, item: &step.item, forward_fix: step.forward_fix.as_ref().map(fix) }
    }
}

#[derive(Serialize)]
struct PairWire {
    version: String,
    schema: String,
    is_compatible: bool,
    first: String,
}

/// The versions and schemas that meet.
fn pairs(plan: &Plan) -> Vec<PairWire> {
    let Database::Migration(migration) = plan.database() else { return Vec::new() };
    let pair = |(pair, when): (toban_release_core::plan::Pair, toban_release_core::plan::When)| PairWire {
        is_compatible: migration.is_compatible(&pair.application, &pair.schema),
        version: pair.application.to_string(),
        schema: pair.schema,
        first: when.to_string(),
    };
    plan.reach().pairs.into_iter().map(pair).collect()
}

#[derive(Serialize)]
struct ToilWire {
    commands: usize,
    manual: Vec<String>,
    neither: Vec<String>,
}

impl ToilWire {
    fn of(toil: &Toil) -> Self {
        Self { commands: toil.commands, manual: toil.manual.clone(), neither: toil.neither.clone() }
    }
}

/// A review as JSON: its `schema` is `toban.release.review/1`.
#[must_use]
pub fn review_json(review: &Review) -> String {
    let is_plan = review.blocking().next().is_none() && review.errors().next().is_none();
    let default = |one: &toban_release_core::plan::DefaultUsed| DefaultWire {
        place: one.place,
        value: one.value.en.clone(),
        source: one.source,
    };
    written(&ReviewWire {
        schema: "toban.release.review/1",
        is_plan,
        questions: review.questions.iter().map(QuestionWire::of).collect(),
        findings: review.findings.iter().map(FindingWire::of).collect(),
        defaults: review.defaults.iter().map(default).collect(),
        toil: ToilWire::of(&review.toil),
    })
}

#[derive(Serialize)]
struct ReviewWire<'a> {
    schema: &'static str,
    is_plan: bool,
    questions: Vec<QuestionWire<'a>>,
    findings: Vec<FindingWire<'a>>,
    defaults: Vec<DefaultWire>,
    toil: ToilWire,
}

#[derive(Serialize)]
struct QuestionWire<'a> {
    id: &'a str,
    place: &'a str,
    priority: &'static str,
    text: BothWire<'a>,
    why: BothWire<'a>,
    blocks: &'a [String],
    who: BothWire<'a>,
}

/// Both languages, also where they say the same.
#[derive(Serialize)]
struct BothWire<'a> {
    ja: &'a str,
    en: &'a str,
}

impl<'a> BothWire<'a> {
    fn of(text: &'a Text) -> Self {
        Self { ja: &text.ja, en: &text.en }
    }
}

impl<'a> QuestionWire<'a> {
    fn of(question: &'a Question) -> Self {
        Self {
            id: &question.id,
            place: &question.place,
            priority: match question.priority {
                Priority::High => "high",
                Priority::Medium => "medium",
                Priority::Low => "low",
            },
            text: BothWire::of(&question.text),
            why: BothWire::of(&question.why),
            blocks: &question.blocks,
            who: BothWire::of(&question.who),
        }
    }
}

#[derive(Serialize)]
struct FindingWire<'a> {
    level: &'static str,
    code: &'static str,
    place: &'a str,
    message: &'a str,
}

impl<'a> FindingWire<'a> {
    fn of(finding: &'a Finding) -> Self {
        let level = match finding.level {
            FindingLevel::Error => "error",
            FindingLevel::Warning => "warning",
        };
        Self { level, code: finding.code, place: &finding.place, message: &finding.message }
    }
}

#[derive(Serialize)]
struct DefaultWire {
    place: &'static str,
    value: String,
    source: &'static str,
}

/// A ruling as JSON: its `schema` is `toban.release.ruling/1`.
#[must_use]
pub fn ruling_json(ruling: &Ruling) -> String {
    written(&RulingWire::of(ruling))
}

/// The same, with `once_begun`: what the release [waits](super::waits()) for.
#[must_use]
pub fn check_json(ruling: &Ruling, waits: &[String]) -> String {
    written(&CheckWire { ruling: RulingWire::of(ruling), once_begun: waits })
}

#[derive(Serialize)]
struct CheckWire<'a> {
    #[serde(flatten)]
    ruling: RulingWire<'a>,
    once_begun: &'a [String],
}

impl<'a> RulingWire<'a> {
    fn of(ruling: &'a Ruling) -> Self {
        Self {
            schema: "toban.release.ruling/1",
            verdict: ruling.verdict.to_string(),
            subject: &ruling.subject,
            reasons: (ruling.reasons.iter())
                .map(|reason| ReasonWire {
                    code: &reason.code,
                    message: &reason.message,
                    evidence: (reason.evidence.iter())
                        .map(|one| EvidenceWire { name: &one.name, value: &one.value })
                        .collect(),
                })
                .collect(),
            as_of: instant(ruling.as_of),
            valid_until: ruling.valid_until.map(instant),
            recheck_at: ruling.recheck_at.map(instant),
        }
    }
}

#[derive(Serialize)]
struct RulingWire<'a> {
    schema: &'static str,
    verdict: String,
    subject: &'a str,
    reasons: Vec<ReasonWire<'a>>,
    as_of: String,
    valid_until: Option<String>,
    recheck_at: Option<String>,
}

#[derive(Serialize)]
struct ReasonWire<'a> {
    code: &'a str,
    message: &'a str,
    evidence: Vec<EvidenceWire<'a>>,
}

#[derive(Serialize)]
struct EvidenceWire<'a> {
    name: &'a str,
    value: &'a str,
}

/// The audit record as JSON: its `schema` is `toban.release.history/1`.
#[must_use]
pub fn history_json(entries: &[Entry<Rollout>]) -> String {
    let mut past = Past::default();
    written(&HistoryWire {
        schema: "toban.release.history/1",
        head: entries.last().map(|entry| entry.hash.to_string()),
        entries: entries.iter().map(|entry| EntryWire::of(entry, &mut past)).collect(),
    })
}

#[derive(Serialize)]
struct HistoryWire {
    schema: &'static str,
    head: Option<String>,
    entries: Vec<EntryWire>,
}

#[derive(Serialize)]
struct EntryWire {
    stream: String,
    generation: u32,
    seq: u64,
    at: String,
    since: LengthWire,
    request: Option<String>,
    events: Vec<EventWire>,
    orders: Vec<OrderWire>,
    steps: Vec<StepWire>,
    fence: Option<u64>,
    hash: String,
}

#[derive(Serialize)]
pub(super) struct EventWire {
    event: String,
    words: String,
    by: Option<String>,
    why: Option<String>,
    detail: Value,
}

#[derive(Serialize)]
struct OrderWire {
    id: String,
    order: String,
    detail: Value,
}

#[derive(Serialize)]
struct StepWire {
    order: String,
    became: &'static str,
}

impl EntryWire {
    fn of(entry: &Entry<Rollout>, past: &mut Past) -> Self {
        let mut events = Vec::new();
        for event in &entry.events {
            past.take(event, entry.at);
            events.push(EventWire::of(event, past));
        }
        let order = |(place, effect)| {
            let (order, detail) = tagged(effect);
            OrderWire { id: OrderId { record: entry.seq, place }.to_string(), order, detail }
        };
        let step = |(order, step): &(OrderId, Step)| StepWire {
            order: order.to_string(),
            became: match step {
                Step::Begun => "begun",
                Step::Settled => "settled",
                Step::Again => "again",
                Step::Withdrawn => "withdrawn",
            },
        };
        Self {
            stream: entry.stream.scope(),
            generation: entry.stream.generation,
            seq: entry.seq,
            at: instant(entry.at.wall),
            since: LengthWire::of(entry.at.steady.since(Steady::START)),
            request: entry.request.clone(),
            events,
            orders: (0_u32..).zip(&entry.orders).map(order).collect(),
            steps: entry.steps.iter().map(step).collect(),
            fence: entry.fence.map(|fence| fence.0),
            hash: entry.hash.to_string(),
        }
    }
}

impl EventWire {
    pub(super) fn of(event: &Event, past: &Past) -> Self {
        let Told { what, who, why } = Told::of(event, past.course(), past, Language::En);
        let (event, detail) = tagged(event);
        Self { event, words: unbound(&what), by: who, why: why.map(|why| unbound(&why)), detail }
    }
}

/// The name of a variant, and what stands in it.
fn tagged(value: &impl Serialize) -> (String, Value) {
    // What a journal writes can be written here.
    match serde_json::to_value(value).unwrap_or_default() {
        Value::Object(fields) => fields.into_iter().next().unwrap_or_default(),
        Value::String(name) => (name, Value::Null),
        other => (String::new(), other),
    }
}

/// The figures of releases as JSON: its `schema` is `toban.release.figures/1`.
#[must_use]
pub fn figures_json(releases: &[ReleaseFigures], figures: &Figures) -> String {
    let targets = figures.targets;
    written(&FiguresWire {
        schema: "toban.release.figures/1",
        targets: TargetsWire {
            deploy: LengthWire::of(targets.deploy),
            rollback: LengthWire::of(targets.rollback),
            success: share(targets.success),
        },
        ended: figures.ended,
        done: figures.done,
        failed_in_traffic: figures.failed_in_traffic,
        success: figures.success().map(share),
        is_success_met: figures.is_success_met,
        change_failure: figures.change_failure().map(share),
        deploy: figures.deploy.map(LengthWire::of),
        longest_deploy: figures.longest_deploy.map(LengthWire::of),
        slow_deploys: figures.slow_deploys,
        recovery: figures.recovery.map(LengthWire::of),
        longest_recovery: figures.longest_recovery.map(LengthWire::of),
        slow_rollbacks: figures.slow_rollbacks,
        people: LengthWire::of(figures.people),
        releases: releases.iter().map(ReleaseWire::of).collect(),
    })
}

#[derive(Serialize)]
struct FiguresWire {
    schema: &'static str,
    targets: TargetsWire,
    ended: u64,
    done: u64,
    failed_in_traffic: u64,
    success: Option<ShareWire>,
    is_success_met: Option<bool>,
    change_failure: Option<ShareWire>,
    deploy: Option<LengthWire>,
    longest_deploy: Option<LengthWire>,
    slow_deploys: u64,
    recovery: Option<LengthWire>,
    longest_recovery: Option<LengthWire>,
    slow_rollbacks: u64,
    people: LengthWire,
    releases: Vec<ReleaseWire>,
}

#[derive(Serialize)]
struct TargetsWire {
    deploy: LengthWire,
    rollback: LengthWire,
    success: ShareWire,
}

#[derive(Serialize)]
struct ShareWire {
    exact: String,
    value: f64,
}

fn share(share: Share) -> ShareWire {
    let ratio = share.as_ratio();
    let exact = match ratio.denominator() {
        1 => ratio.numerator().to_string(),
        den => format!("{}/{den}", ratio.numerator()),
    };
    ShareWire { exact, value: ratio.to_f64() }
}

#[derive(Serialize)]
struct ReleaseWire {
    release: String,
    to: String,
    proposed: String,
    end: &'static str,
    took_traffic: bool,
    deploy: Option<LengthWire>,
    rollback: Option<LengthWire>,
    time: LapWire,
}

#[derive(Serialize)]
struct LapWire {
    people: LengthWire,
    held: LengthWire,
    soaking: LengthWire,
    working: LengthWire,
    returning: LengthWire,
}

impl ReleaseWire {
    fn of(one: &ReleaseFigures) -> Self {
        let Lap { people, held, soaking, working, returning, .. } = one.lap;
        Self {
            release: one.name.clone(),
            to: one.to.clone(),
            proposed: instant(one.proposed),
            end: phase(one.end),
            took_traffic: one.took_traffic,
            deploy: one.deploy.map(LengthWire::of),
            rollback: one.rollback.map(LengthWire::of),
            time: LapWire {
                people: LengthWire::of(people),
                held: LengthWire::of(held),
                soaking: LengthWire::of(soaking),
                working: LengthWire::of(working),
                returning: LengthWire::of(returning),
            },
        }
    }
}

fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::New => "new",
        Phase::Approving => "approving",
        Phase::Ready(_) => "ready",
        Phase::Moving(_) => "moving",
        Phase::Soaking { .. } => "soaking",
        Phase::Asking(_) => "asking",
        Phase::Broken(_) => "broken",
        Phase::Returning(_) => "returning",
        Phase::Stuck(_) => "stuck",
        Phase::Done => "done",
        Phase::Aborted => "aborted",
        Phase::RolledBack => "rolled_back",
    }
}
