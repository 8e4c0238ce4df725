//! What does not fit, before anything is proposed.

use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::rc::Rc;
use toban_calendar::{Period, Zone};
use toban_core::{Interval, Party, Priority, Question, Text};

use super::load::{Limits, Load, load};
use super::slots::{self, Clash};
use super::words;
use super::world::{Before, Millis, Staffing, Time, Work, World, instant, interval, length, millis};
use super::{CapacityReport, OverPeriod, Pattern, PeriodLoad, Shortfall, ShortfallKind, Witness};
use crate::routine::{BLOCKS_GATE_4, BLOCKS_SCHEDULE, RoutineDraft, review};
use crate::task::TaskId;

/// A report without proposals, and what they are made from.
#[derive(Debug)]
pub(crate) struct Evaluated {
    pub(crate) report: CapacityReport,
    pub(crate) world: Option<World>,
    pub(crate) clashes: Vec<Rc<Clash>>,
    pub(crate) zone: Zone,
}

pub(crate) fn evaluate(
    draft: &RoutineDraft,
    within: Interval,
    as_of: DateTime<Utc>,
    before: Option<Before>,
) -> Evaluated {
    let review = review(draft);
    let zone = review.zone.unwrap_or(Zone::UTC);
    let mut unknown: Vec<Text> = review
        .errors()
        .map(|error| {
            let Text { ja, en } = &error.text;
            Text::new(format!("{}: {ja}", error.place), format!("{}: {en}", error.place))
        })
        .collect();
    let mut questions = asked(draft, &review.questions);
    let by_hand = draft.tasks.iter().filter(|task| task.command.is_none());
    let is_by_event =
        |task: &&crate::TaskDraft| !task.on_events.is_empty() && task.when.is_none() && task.on.is_none();
    let by_events = by_hand.filter(is_by_event).map(|task| task.id.clone()).collect();
    let mut found = Found { patterns: BTreeMap::new() };
    let (mut months, mut weeks, mut clashes) = (Vec::new(), Vec::new(), Vec::new());
    let world = draft.team.as_ref().map(|team| {
        let world = World::new(draft, &review, team, within, before);
        found.needs(&world);
        if world.is_staffing_known {
            found.staffing(&world);
            let more;
            (clashes, more) = slots::clashes(&world, before.map(|before| before.clashes).unwrap_or_default());
            if let Some(from) = more.and_then(instant) {
                let from = zone.civil(from).map_or(from.date_naive(), |civil| civil.date());
                unknown.push(Text::new(
                    format!("同じ時間帯に人が足りない作業が多すぎて、{from}以降は調べていません。"),
                    format!(
                        "too much is done at the same time by too few: from {from} on it is not looked at"
                    ),
                ));
            }
            found.clashes(&world, &clashes);
            found.open_times(&world);
            if let Some(limits) = Limits::of(team) {
                let loads = |period| whole(period, zone, within).map(|one| load(&world, one, limits));
                let loads = [Period::month(), Period::week()].map(|period| loads(period).collect::<Vec<_>>());
                let [by_month, by_week] = &loads;
                found.overs(&world, by_month, |load, capacity| ShortfallKind::Month { load, capacity });
                found.overs(&world, by_week, |load, capacity| ShortfallKind::Week { load, capacity });
                (months, weeks) = (shown(by_month), shown(by_week));
                if months.is_empty() || weeks.is_empty() {
                    unknown.push(Text::new(
                        "期間に丸ごと含まれる月と週がありません。",
                        "the stretch holds no whole month, or no whole week",
                    ));
                }
            }
        }
        unknown.extend(world.unknown().cloned());
        world
    });
    if world.is_none() {
        let text = Text::new("運用チームには誰がいますか。", "Who is in the operations team?");
        let why = Text::new(
            "チームのキャパシティに収まるかを計算するため。",
            "Whether the work fits the team is computed from it.",
        );
        let who = Text::new("運用リーダー", "the operations lead");
        let question = Question::new("team", "team", Priority::High, text, why, who);
        questions.push(question.blocking(BLOCKS_GATE_4));
    }
    let mut shortfalls: Vec<_> = found.patterns.into_values().collect();
    if before.is_none() {
        // Nobody reads what is found after a change.
        for found in &mut shortfalls {
            found.text = words::text(found.kind, &found.pattern, &found.witness, zone);
        }
    }
    let ruling = super::rule(&shortfalls, &questions, &unknown, within, as_of);
    let report = CapacityReport { ruling, months, weeks, shortfalls, questions, unknown, by_events };
    Evaluated { report, world, clashes, zone }
}

/// What the gate waits for: not what is asked of tasks that no people do.
fn asked(draft: &RoutineDraft, questions: &[Question]) -> Vec<Question> {
    let tasks = draft.tasks.iter().enumerate();
    let by_program: Vec<_> = tasks
        .filter(|(_, task)| task.command.is_some())
        .map(|(place, _)| format!("tasks[{place}]."))
        .collect();
    let is_waited_for = |question: &&Question| {
        (question.is_blocking(BLOCKS_GATE_4) || question.is_blocking(BLOCKS_SCHEDULE))
            && !by_program.iter().any(|place| question.place.starts_with(place))
    };
    questions.iter().filter(is_waited_for).cloned().collect()
}

/// The periods that lie wholly in a stretch.
fn whole(period: Period, zone: Zone, within: Interval) -> impl Iterator<Item = Interval> {
    let mut next = period.containing(zone, within.start()).ok();
    let all = std::iter::from_fn(move || {
        let this = next?;
        next = period.containing(zone, this.end()).ok();
        Some(this)
    });
    let inside = move |one: &Interval| one.end() <= within.end();
    all.skip_while(move |one| one.start() < within.start()).take_while(inside)
}

fn shown(loads: &[Load]) -> Vec<PeriodLoad> {
    let one = |load: &Load| PeriodLoad {
        within: load.within,
        tasks: length(load.tasks),
        interrupts: length(load.interrupts),
        capacity: length(load.capacity),
    };
    loads.iter().map(one).collect()
}

/// What was found, each pattern once.
struct Found {
    patterns: BTreeMap<Pattern, Shortfall>,
}

impl Found {
    /// Adds to the pattern; the first stands, or the worst, where there is one.
    fn add(
        &mut self,
        kind: ShortfallKind,
        mut pattern: Pattern,
        witness: Witness,
        count: usize,
    ) -> &mut Shortfall {
        pattern.code = kind.code();
        let found = self.patterns.entry(pattern).or_insert_with_key(|pattern| Shortfall {
            kind,
            text: Text::same(""),
            witness,
            count: 0,
            changes: Vec::new(),
            is_looked_for: false,
            pattern: pattern.clone(),
            overs: Vec::new(),
        });
        found.count += count;
        found
    }

    fn needs(&mut self, world: &World) {
        for work in &world.works {
            let holders = world.people.iter().filter(|person| match &work.owner {
                Party::Person(id) => person.id == *id,
                Party::Role(role) => person.roles.contains(role),
            });
            let least = work.least();
            let (kind, need) = match (holders.count(), work.able.len()) {
                (0, _) => (ShortfallKind::Unowned, (work.owner.clone(), Vec::new(), 1)),
                (_, 0) => (ShortfallKind::Unskilled, (work.owner.clone(), work.skills.clone(), 1)),
                (_, able) if able < least => {
                    (ShortfallKind::TooFew, (work.owner.clone(), work.skills.clone(), least))
                }
                (_, 1) => (ShortfallKind::OnePerson, (work.owner.clone(), work.skills.clone(), 1)),
                _ => continue,
            };
            let people = world.ids(work.able.iter());
            let pattern = Pattern { code: "", tasks: Vec::new(), people: people.clone(), need: Some(need) };
            let witness = Witness { within: None, tasks: Vec::new(), people };
            let found = self.add(kind, pattern, witness, 1);
            found.witness.tasks.push((work.id.clone(), None));
        }
    }

    fn staffing(&mut self, world: &World) {
        let lacking = world.times.iter().filter_map(|time| {
            let kind = match time.staffing {
                Staffing::Enough | Staffing::Unable => return None,
                Staffing::Past => ShortfallKind::PastHours,
                Staffing::Outside => ShortfallKind::OutsideHours,
                Staffing::Closed => ShortfallKind::Closed,
            };
            let clock = time.clock.filter(|_| kind != ShortfallKind::Closed);
            Some(((kind, time.work, clock), time))
        });
        for ((kind, place, clock), (time, count)) in firsts(lacking) {
            let Some(work) = world.work(place) else { continue };
            let tasks = vec![(work.id.clone(), clock)];
            let pattern = Pattern { code: "", tasks, people: Vec::new(), need: None };
            let within = interval(time.start, time.end);
            let witness = Witness {
                within,
                tasks: vec![(work.id.clone(), within)],
                people: world.ids(work.able.iter()),
            };
            self.add(kind, pattern, witness, count);
        }
    }

    fn clashes(&mut self, world: &World, all: &[Rc<Clash>]) {
        let all = slots::firsts(all).map(|clash| (&clash.clocks, clash));
        for (clocks, (clash, count)) in firsts(all) {
            let start = clash.times.iter().map(|time| time.start).max().unwrap_or_default();
            let end = clash.times.iter().map(|time| time.end).min().unwrap_or_default();
            let id = |place: usize| world.work(place).map(|work| work.id.clone());
            let tasks = clocks.iter().filter_map(|(work, clock)| Some((id(*work)?, *clock))).collect();
            let pattern = Pattern { code: "", tasks, people: Vec::new(), need: None };
            let tasks = clash.times.iter();
            let tasks = tasks.filter_map(|time| Some((id(time.work)?, interval(time.start, time.end))));
            let tasks = tasks.collect();
            let witness = Witness { within: interval(start, end), tasks, people: world.ids(&clash.people) };
            self.add(ShortfallKind::Overlap, pattern, witness, count);
        }
    }

    fn open_times(&mut self, world: &World) {
        for (place, work) in world.works.iter().enumerate() {
            for day in world.open_days(work) {
                let others: Vec<_> = contenders(world, place, work, day).collect();
                if others.is_empty() {
                    continue;
                }
                let pattern = Pattern {
                    code: "",
                    tasks: vec![(work.id.clone(), None)],
                    people: Vec::new(),
                    need: None,
                };
                let tasks = [(work.id.clone(), None)].into_iter().chain(others).collect();
                let within = interval(day.0, day.1);
                let witness = Witness { within, tasks, people: world.ids(work.able.iter()) };
                self.add(ShortfallKind::OpenTime, pattern, witness, 1);
            }
        }
    }

    fn overs(
        &mut self,
        world: &World,
        loads: &[Load],
        kind: fn(toban_core::Length, toban_core::Length) -> ShortfallKind,
    ) {
        for one in loads {
            // Of a team of nobody it is asked who they are.
            let Some(over) = one.over.as_ref().filter(|over| !over.people.is_empty()) else { continue };
            let people = world.ids(over.people.iter());
            let works = over.works.iter().filter_map(|work| world.work(*work));
            let pattern = Pattern { code: "", tasks: Vec::new(), people: people.clone(), need: None };
            let tasks: Vec<_> = works.map(|work| work.id.clone()).collect();
            let witness = Witness {
                within: Some(one.within),
                tasks: tasks.iter().map(|task| (task.clone(), None)).collect(),
                people,
            };
            let kind = kind(length(over.load), length(over.capacity));
            let found = self.add(kind, pattern, witness.clone(), 1);
            found.overs.push(OverPeriod { within: one.within, tasks });
            if excess(kind) > excess(found.kind) {
                (found.kind, found.witness) = (kind, witness);
            }
        }
    }
}

/// The first of all that are alike, and how many there are.
fn firsts<K: Ord, T>(all: impl Iterator<Item = (K, T)>) -> BTreeMap<K, (T, usize)> {
    let mut firsts = BTreeMap::new();
    for (key, one) in all {
        firsts.entry(key).or_insert((one, 0)).1 += 1;
    }
    firsts
}

/// By how much work is more than hours.
pub(crate) fn excess(kind: ShortfallKind) -> Millis {
    match kind {
        ShortfallKind::Month { load, capacity } | ShortfallKind::Week { load, capacity } => {
            millis(load.minus(capacity))
        }
        _ => 0,
    }
}

/// What takes people of a work at fixed times of a day.
fn contenders(
    world: &World,
    place: usize,
    work: &Work,
    (from, to): (Millis, Millis),
) -> impl Iterator<Item = (TaskId, Option<Interval>)> {
    let takes = move |time: &&Time| {
        time.work != place
            && time.staffing == Staffing::Enough
            && time.there.iter().any(|person| work.able.contains(person))
    };
    let named = |time: &Time| Some((world.work(time.work)?.id.clone(), interval(time.start, time.end)));
    world.touching(from, to).filter(takes).filter_map(named)
}

impl World {
    /// Their names, in order.
    pub(crate) fn ids<'a>(&self, people: impl IntoIterator<Item = &'a usize>) -> Vec<toban_core::PersonId> {
        let people = people.into_iter().filter_map(|person| self.people.get(*person));
        let mut ids: Vec<_> = people.map(|person| person.id.clone()).collect();
        ids.sort();
        ids
    }

    /// The days on which a work without a time of day is due.
    pub(crate) fn open_days(&self, work: &Work) -> impl Iterator<Item = (Millis, Millis)> {
        let zone = work.zone;
        work.open.iter().filter_map(move |date| {
            let midnight = date.and_time(chrono::NaiveTime::MIN);
            let at = zone.instant(midnight, toban_calendar::Gap::FirstAfter, toban_calendar::Fold::Earlier);
            let day = Period::day().containing(zone, at.ok()?).ok()?;
            Some((day.start().timestamp_millis(), day.end().timestamp_millis()))
        })
    }

    /// What a clock shows on the date of an instant at that time of day, as an instant.
    pub(crate) fn on_date_of(&self, work: &Work, at: Millis, time: chrono::NaiveTime) -> Option<Millis> {
        let date = work.zone.civil(instant(at)?).ok()?.date();
        let (gap, fold) = (toban_calendar::Gap::FirstAfter, toban_calendar::Fold::Earlier);
        Some(work.zone.instant(date.and_time(time), gap, fold).ok()?.timestamp_millis())
    }
}
