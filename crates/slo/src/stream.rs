//! The accumulator: many SLOs, evaluated as their data comes in, one tick after the other.

mod block;
mod bulk;
mod cells;
mod gaps;
mod intake;
mod layout;
mod look;
mod plan;
mod saved;
mod slots;
mod snapshot;
mod terms;
mod word;
mod words;

pub use slots::{Slots, SlotsError};
pub use snapshot::{Dropped, RestoreError, Restored};

use crate::alarm::AlertState;
use crate::alert::{AlertPolicy, AlertRule, PolicyError};
use crate::budget::{Budget, Burn, Reading};
use crate::duration::Short;
use crate::{Slo, Tally, Window, track};
use block::{Block, Group};
use chrono::{DateTime, TimeDelta, Utc};
use look::{Changed, Scratch, Sight};
use std::collections::BTreeMap;
use std::sync::Arc;
use terms::{Period, Terms};
use toban_core::{Interval, Share};
use word::LANES;

/// Evaluates SLOs as their data comes in: record, tick, and hear of every alert that changes.
///
/// It is [`evaluate`](crate::evaluate) without the replay: after each tick every figure and every alert is what the
/// calculation would say of the same counts, exactly, as long as no tier makes the slots coarser. A tick costs a
/// few nanoseconds per SLO and window, allocates nothing, and holds no clock: the caller says what time it is.
///
/// | the caller does | the evaluator does |
/// |---|---|
/// | adds SLOs with their policies | lays those with the same terms side by side |
/// | records tallies, in order or late | adds them to their slots |
/// | ticks, at least once per slot | ends the slots that are over, steps the alerts, reports each change |
/// | asks for readings, burn rates, budgets, alerts | subtracts two running sums |
///
/// Corrections are not applied in a stream: an SLO that has some is refused.
///
/// ```
/// use chrono::{TimeDelta, TimeZone, Utc};
/// use toban_slo::{AlertPolicy, AlertState, Evaluator, Objective, Slo, Tally, Window};
///
/// let start = Utc.with_ymd_and_hms(2026, 3, 1, 0, 0, 0).unwrap();
/// let slo = Slo::availability("checkout", Objective::percent("99.9")?, Window::rolling_days(30));
/// let mut evaluator = Evaluator::per_minute(start);
/// let checkout = evaluator.add(&slo, &AlertPolicy::sre_workbook(&slo)?)?;
///
/// let mut heard = Vec::new();
/// for minute in 1..=60 {
///     let now = start + TimeDelta::minutes(minute);
///     evaluator.record(checkout, now - TimeDelta::seconds(1), Tally::new(9_856, 10_000)?)?;
///     evaluator.tick(now, |change| heard.push((change.rule.name.clone(), change.to)))?;
/// }
/// assert_eq!(evaluator.burn_rate(checkout, TimeDelta::hours(1)).map(|burn| burn.to_string()), Some("14.4".into()));
/// assert_eq!(heard[0], ("page-fast".into(), AlertState::Firing));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Evaluator {
    slots: Slots,
    now: DateTime<Utc>,
    groups: Vec<Members>,
    /// `None` for those that were let go: a key is never given to another SLO.
    places: Vec<Option<Place>>,
    names: Vec<Option<Arc<str>>>,
    keys: BTreeMap<Arc<str>, SloKey>,
    scratch: Scratch,
}

/// An SLO of an [`Evaluator`]; of no meaning to another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SloKey(u32);

/// The SLOs with the same terms.
#[derive(Debug)]
struct Members {
    terms: Terms,
    periods: Vec<Period>,
    ended: i64,
    blocks: Vec<Block>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    group: usize,
    block: usize,
    lane: usize,
}

/// An alert changed.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AlertChange<'a> {
    /// The SLO.
    pub slo: SloKey,
    /// Its name.
    pub name: &'a str,
    /// The rule.
    pub rule: &'a AlertRule,
    /// The end of the slot after which it changed.
    pub at: DateTime<Utc>,
    /// What it stood at.
    pub from: AlertState,
    /// What it stands at.
    pub to: AlertState,
}

/// The most slots that one tick ends: a clock gone wrong must not make a service spin for hours.
const MOST_SLOTS: i64 = 1 << 20;

impl Members {
    fn split(&mut self) -> (Group<'_>, &mut [Block]) {
        (Group { terms: &self.terms, periods: &self.periods, ended: self.ended }, &mut self.blocks)
    }
}

impl Evaluator {
    /// Slots of one minute from `start` on, every window exact.
    #[must_use]
    pub fn per_minute(start: DateTime<Utc>) -> Self {
        Self::new(Slots::per_minute(start))
    }

    /// An evaluator without SLOs.
    #[must_use]
    pub fn new(slots: Slots) -> Self {
        Self {
            now: slots.start(),
            slots,
            groups: Vec::new(),
            places: Vec::new(),
            names: Vec::new(),
            keys: BTreeMap::new(),
            scratch: Scratch::new(),
        }
    }

    /// Adds an SLO; its record begins with the first slot that has not ended at the last tick.
    ///
    /// SLOs with the same objective, windows, budgeting and policy are evaluated side by side: a million of them are
    /// cheap, a million different ones are not.
    ///
    /// # Errors
    /// When the name is taken, the SLO has corrections, or a window or slice does not fit the slots.
    pub fn add(&mut self, slo: &Slo, policy: &AlertPolicy) -> Result<SloKey, AddError> {
        if self.keys.contains_key(slo.name()) {
            return Err(AddError::DuplicateName { slo: slo.name().to_owned() });
        }
        let group = self.group(slo, policy)?;
        let key = self.enter(slo.name())?;
        if let Some(members) = self.groups.get_mut(group) {
            self.places.push(Some(members.join(group, key.0)));
        }
        Ok(key)
    }

    /// Lets go of every SLO for which `keep` does not hold; its key says nothing any more, and its name may be taken
    /// again. The SLOs that lie beside it, up to 4,095, are copied together.
    ///
    /// No change is ever reported of their alerts: whoever pages people asks [`alerts`](Evaluator::alerts) before, and
    /// closes those that fire.
    ///
    /// To change what an SLO promises and keep its counts, restore a [snapshot](Evaluator::snapshot).
    pub fn retain(&mut self, mut keep: impl FnMut(SloKey, &str) -> bool) {
        for members in &mut self.groups {
            let rules: Vec<_> = (0..members.terms.rules()).map(Some).collect();
            for block in &mut members.blocks {
                let all = block.members.len();
                let is_kept = |number: &u32| {
                    let Some(name) = self.names.get_mut(*number as usize) else { return false };
                    let is_kept = name.as_deref().is_some_and(|name| keep(SloKey(*number), name));
                    if let Some(name) = name.take_if(|_| !is_kept) {
                        self.keys.remove(&name);
                        self.places.get_mut(*number as usize).and_then(Option::take);
                    }
                    is_kept
                };
                let kept: Vec<_> = block.members.iter().map(is_kept).enumerate().collect();
                let lanes: Vec<_> =
                    kept.into_iter().filter(|(_, is_kept)| *is_kept).map(|(lane, _)| lane).collect();
                if lanes.len() < all {
                    let numbers = lanes.iter().filter_map(|lane| block.members.get(*lane).copied()).collect();
                    *block = block.pick(&lanes, numbers, &rules, rules.len());
                }
            }
            members.blocks.retain(|block| !block.members.is_empty());
        }
        // Terms that nobody is on any more are not ticked.
        self.groups.retain(|members| !members.blocks.is_empty());
        for (group, members) in self.groups.iter().enumerate() {
            for (block, members) in members.blocks.iter().enumerate() {
                for (lane, number) in members.members.iter().enumerate() {
                    if let Some(place) = self.places.get_mut(*number as usize) {
                        *place = Some(Place { group, block, lane });
                    }
                }
            }
        }
    }

    /// The group of the SLOs with these terms.
    fn group(&mut self, slo: &Slo, policy: &AlertPolicy) -> Result<usize, AddError> {
        let is_same =
            |members: &Members| members.terms.slo.has_terms_of(slo) && members.terms.policy == *policy;
        if let Some(group) = self.groups.iter().rposition(is_same) {
            return Ok(group);
        }
        let terms = Terms::new(&self.slots, slo, policy)?;
        self.scratch.reserve(terms.plan.spans.len());
        let ended = terms.layout.ended(self.now);
        self.groups.push(Members { periods: terms.periods(), terms, ended, blocks: Vec::new() });
        Ok(self.groups.len() - 1)
    }

    /// Gives a name the next key.
    fn enter(&mut self, name: &str) -> Result<SloKey, AddError> {
        let key = SloKey(u32::try_from(self.names.len()).map_err(|_| AddError::TooManySlos)?);
        let name: Arc<str> = name.into();
        if self.keys.insert(Arc::clone(&name), key).is_some() {
            return Err(AddError::DuplicateName { slo: name.to_string() });
        }
        self.names.push(Some(name));
        Ok(key)
    }

    /// Adds events of an SLO to the slot that `at` lies in. A tally of nothing says that nothing happened; a slot
    /// without a tally is a gap.
    ///
    /// Late data is taken as far back as the finest slots reach: to where the first tier begins or, without tiers,
    /// for the longest window, at least 60 slots. It changes what the next tick sees, not what earlier ones said,
    /// and costs time in proportion to how late it is.
    ///
    /// # Errors
    /// When `at` lies before the record of the SLO, too far back, or more than three slots after those that can
    /// have ended at the last tick; or when a window would hold 2⁶⁴ events. Nothing is recorded then.
    pub fn record(&mut self, slo: SloKey, at: DateTime<Utc>, tally: Tally) -> Result<(), RecordError> {
        let place = self.place(slo).ok_or(RecordError::UnknownSlo)?;
        let members = self.groups.get_mut(place.group).ok_or(RecordError::UnknownSlo)?;
        let (group, blocks) = members.split();
        let block = blocks.get_mut(place.block).ok_or(RecordError::UnknownSlo)?;
        let (layout, ended) = (&group.terms.layout, group.ended);
        let slot = layout.slot(at);
        let oldest = layout.oldest_slot(ended);
        if slot < block.start {
            return Err(RecordError::BeforeStart { at, start: layout.time(block.start) });
        } else if slot < oldest {
            return Err(RecordError::TooLate { at, oldest: layout.time(oldest) });
        } else if slot >= ended + layout.open {
            return Err(RecordError::AheadOfTick { at, until: layout.time(ended + layout.open) });
        }
        let recorded = if slot < ended {
            block.record_late(group, slot, place.lane, tally)
        } else {
            block.record(group, slot, place.lane, tally)
        };
        recorded.map_err(|_| RecordError::TooMany)
    }

    /// Ends the slots that are over at `now`, the lag allowed for, and steps every alert after each of them;
    /// `changed` hears of each that changed, in the order of time for each SLO. It allocates nothing.
    ///
    /// A tick at or before the last one does nothing, so it may come as often as one likes.
    ///
    /// # Errors
    /// When `now` lies more than 2²⁰ slots after the last tick: nothing is done then.
    pub fn tick(
        &mut self,
        now: DateTime<Utc>,
        mut changed: impl FnMut(AlertChange<'_>),
    ) -> Result<(), ClockJump> {
        if now <= self.now {
            return Ok(());
        }
        if self.groups.iter().any(|members| members.terms.layout.ended(now) - members.ended > MOST_SLOTS) {
            let latest = self.ends_after(MOST_SLOTS).unwrap_or(self.now);
            return Err(ClockJump { last: self.now, now, latest });
        }
        self.now = now;
        for members in &mut self.groups {
            while members.ended < members.terms.layout.ended(now) {
                members.ended += 1;
                let at = members.terms.layout.time(members.ended);
                for period in &mut members.periods {
                    period.advance(&members.terms.layout, members.ended);
                }
                let (group, blocks) = members.split();
                for block in blocks {
                    block.seal(group);
                    block.look(group, &mut self.scratch, &mut |Changed { member, rule, from, to }| {
                        let name = self.names.get(member as usize).and_then(Option::as_deref);
                        if let (Some(name), Some(rule)) = (name, group.terms.policy.rules().get(rule)) {
                            changed(AlertChange { slo: SloKey(member), name, rule, at, from, to });
                        }
                    });
                }
            }
        }
        Ok(())
    }

    /// When the next slot will be over, the lag allowed for: a tick before has nothing to do.
    #[must_use]
    pub fn next_tick(&self) -> Option<DateTime<Utc>> {
        self.ends_after(1)
    }

    /// When so many more slots will be over, the lag allowed for.
    fn ends_after(&self, slots: i64) -> Option<DateTime<Utc>> {
        let end = |members: &Members| members.terms.layout.time(members.ended + slots);
        let end = self.groups.iter().map(end).min()?;
        Some(end.checked_add_signed(self.slots.lag()).unwrap_or(DateTime::<Utc>::MAX_UTC))
    }

    /// What a window of that length holds, ending with the last slot that has ended. Where the slots are coarser for
    /// windows of that length, it begins at an edge of theirs: [`Reading::interval`] says exactly where.
    ///
    /// `None` where it is no whole number of slots, or longer than every window of the SLO and its policy.
    #[must_use]
    pub fn last(&self, slo: SloKey, length: TimeDelta) -> Option<Reading> {
        let (members, block, lane) = self.find(slo)?;
        let layout = &members.terms.layout;
        let steps = i64::try_from(track::steps_in(length, layout.step)?).ok()?;
        let (edge, column) = layout.begin(members.ended, steps)?;
        members.read(block, lane, edge, column, layout.time(edge))
    }

    /// What a window of the SLO, or of its contract, holds.
    #[must_use]
    pub fn window(&self, slo: SloKey, window: Window) -> Option<Reading> {
        if window.is_rolling() {
            return self.last(slo, window.nominal_length());
        }
        let (members, block, lane) = self.find(slo)?;
        let number = members.periods.iter().position(|period| period.window == window)?;
        let layout = &members.terms.layout;
        let start = window.at(layout.time(members.ended))?.start();
        members.read(block, lane, layout.edge_from(start), layout.period(number), start)
    }

    /// How fast the budget burned over a window of that length; see [`Evaluator::last`].
    #[must_use]
    pub fn burn_rate(&self, slo: SloKey, length: TimeDelta) -> Option<Burn> {
        let burn = self.last(slo, length)?.burn(self.find(slo)?.0.terms.slo.objective());
        (burn != Burn::NoData).then_some(burn)
    }

    /// The error budget of the main window.
    #[must_use]
    pub fn budget(&self, slo: SloKey) -> Option<Budget> {
        let terms = &self.find(slo)?.0.terms;
        Some(self.window(slo, terms.slo.window())?.budget(terms.slo.objective()))
    }

    /// Each rule of the SLO's policy and what it stands at.
    pub fn alerts(&self, slo: SloKey) -> impl Iterator<Item = (&AlertRule, AlertState)> {
        let found = self.find(slo).into_iter();
        found.flat_map(|(members, block, lane)| {
            let rules = members.terms.policy.rules();
            let alarms = block.alarms.iter().skip(lane * rules.len());
            rules.iter().zip(alarms.map(|alarm| alarm.state()))
        })
    }

    /// What the alert of that name stands at; `None` where there is no such rule.
    #[must_use]
    pub fn alert(&self, slo: SloKey, rule: &str) -> Option<AlertState> {
        self.alerts(slo).find(|(other, _)| other.name == rule).map(|(_, state)| state)
    }

    /// How much too early a window of that length may begin, as a share of it: 0 where its slots are the finest.
    #[must_use]
    pub fn trailing_edge_error(&self, slo: SloKey, length: TimeDelta) -> Option<Share> {
        let layout = &self.find(slo)?.0.terms.layout;
        let steps = track::steps_in(length, layout.step)?;
        let early = layout.serving(i64::try_from(steps).ok()?)?.every - 1;
        Share::of(u64::try_from(early).ok()?, steps as u64).ok()
    }

    /// The SLO of that name.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<SloKey> {
        self.keys.get(name).copied()
    }

    /// The name of an SLO.
    #[must_use]
    pub fn name(&self, slo: SloKey) -> Option<&str> {
        self.known(slo.0)
    }

    /// All SLOs, in the order in which they were added.
    pub fn slos(&self) -> impl Iterator<Item = SloKey> + '_ {
        (0..).zip(&self.places).filter(|(_, place)| place.is_some()).map(|(number, _)| SloKey(number))
    }

    /// The name that goes with a number, until it is let go.
    fn known(&self, number: u32) -> Option<&str> {
        self.names.get(number as usize)?.as_deref()
    }

    fn place(&self, slo: SloKey) -> Option<Place> {
        self.places.get(slo.0 as usize).copied().flatten()
    }

    fn find(&self, slo: SloKey) -> Option<(&Members, &Block, usize)> {
        let place = self.place(slo)?;
        let members = self.groups.get(place.group)?;
        Some((members, members.blocks.get(place.block)?, place.lane))
    }
}

impl Members {
    /// Gives an SLO a lane.
    fn join(&mut self, group: usize, number: u32) -> Place {
        let last = self.blocks.last().filter(|block| block.start == self.ended);
        if last.is_none_or(Block::is_full) {
            // A block that grows leaves memory behind; where one is full already, more SLOs come.
            let stride = if last.is_some() { LANES } else { 1 };
            self.blocks.push(Block::new(&self.terms, self.ended, stride));
        }
        let lane = self.blocks.last_mut().map_or(0, |block| block.join(&self.terms, number));
        Place { group, block: self.blocks.len() - 1, lane }
    }

    fn read(
        &self,
        block: &Block,
        lane: usize,
        edge: i64,
        column: usize,
        start: DateTime<Utc>,
    ) -> Option<Reading> {
        let layout = &self.terms.layout;
        let sight: Sight = block.sight_from(edge, column, self.ended);
        let sums = block.sums(lane, sight, layout.recent(self.ended));
        Some(Reading {
            interval: Interval::new(start, layout.time(self.ended)).ok()?,
            tally: Tally::from_bad(sums.bad, sums.total).ok()?,
            unit: self.terms.unit,
            slots: u64::try_from(self.ended - layout.slot(start)).ok()?,
            expected: sums.expected.into(),
            observed: sums.observed.into(),
        })
    }
}

/// An SLO does not fit into an evaluator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddError {
    /// Corrections are not applied in a stream.
    #[error("an SLO with corrections cannot be evaluated in a stream")]
    Corrections,
    /// Another SLO has the same name.
    #[error("another SLO is called {slo}")]
    DuplicateName {
        /// The name.
        slo: String,
    },
    /// A rule looks back over a window that the slots cannot resolve.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The slices of the SLO do not consist of whole slots.
    #[error("slices of {} do not consist of whole slots of {}", Short(*slice), Short(*slot))]
    Slices {
        /// The length of a slice.
        slice: TimeDelta,
        /// The length of a slot.
        slot: TimeDelta,
    },
    /// The slots of a tier do not consist of whole slices.
    #[error("a tier does not consist of whole slices of {}", Short(*slice))]
    Tiers {
        /// The length of a slice.
        slice: TimeDelta,
    },
    /// A window has more slots than are kept for one SLO: 2²⁵.
    #[error("a window of {} is too long for slots of {}", Short(*window), Short(*step))]
    TooLong {
        /// The longest window.
        window: TimeDelta,
        /// The length of a slot or slice.
        step: TimeDelta,
    },
    /// There are 2³² SLOs already.
    #[error("an evaluator holds fewer than 2^32 SLOs")]
    TooManySlos,
    /// A window of the SLO is no whole number of slots.
    #[error("a window of {} is no whole number of steps of {}", Short(*window), Short(*step))]
    Window {
        /// The window.
        window: TimeDelta,
        /// The length of a slot or slice.
        step: TimeDelta,
    },
}

/// A tally is not recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The instant lies too far after the last tick: tick first.
    #[error("{at} lies ahead of what the last tick allows, {until}")]
    AheadOfTick {
        /// The rejected instant.
        at: DateTime<Utc>,
        /// The end of the last open slot.
        until: DateTime<Utc>,
    },
    /// The instant lies before the record of the SLO.
    #[error("{at} lies before the start of the record, {start}")]
    BeforeStart {
        /// The rejected instant.
        at: DateTime<Utc>,
        /// The start of the record.
        start: DateTime<Utc>,
    },
    /// The instant lies further back than the finest slots are kept.
    #[error("{at} is too late: data is taken from {oldest} on")]
    TooLate {
        /// The rejected instant.
        at: DateTime<Utc>,
        /// The start of the oldest slot that takes late data.
        oldest: DateTime<Utc>,
    },
    /// A window would hold 2⁶⁴ events.
    #[error("a window holds fewer than 2^64 events")]
    TooMany,
    /// The key is of another evaluator.
    #[error("no such SLO in this evaluator")]
    UnknownSlo,
}

/// A tick lies too far after the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{now} lies more than 2^20 slots after the last tick, {last}")]
pub struct ClockJump {
    /// The last tick.
    pub last: DateTime<Utc>,
    /// The rejected one.
    pub now: DateTime<Utc>,
    /// The end, the lag allowed for, of the last slot that the next tick may end: whoever means `now` ticks there
    /// first, and from there on again.
    pub latest: DateTime<Utc>,
}
