//! Snapshots: what an evaluator knows, to be taken up again after a restart.

use super::saved::Shape;
use super::terms::Period;
use super::words::{Reader, Trouble, Writer};
use super::{AddError, Block, Evaluator, Members, Place, SloKey, Slots, Terms};
use crate::{AlertPolicy, AlertRule, AlertState, Budgeting, Held, Slo, duration};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::io::{self, Read, Write};

/// `TOBANEVA`, the first eight bytes of a snapshot.
const MAGIC: u64 = u64::from_le_bytes(*b"TOBANEVA");

/// The version of the format, in the next eight.
const VERSION: u64 = 2;

/// An evaluator that goes on where a snapshot ends, and what was different from then.
#[derive(Debug)]
#[non_exhaustive]
pub struct Restored {
    /// The evaluator; the keys of its SLOs follow the order in which they were handed in.
    pub evaluator: Evaluator,
    /// The SLOs whose record begins now: the snapshot does not have them, or with windows or slices that need other
    /// columns.
    pub anew: Vec<SloKey>,
    /// The SLOs with at least one alert that begins anew, because its rule, the objective or what must be seen has
    /// changed; their record goes on.
    pub alerts_anew: Vec<SloKey>,
    /// The names of the SLOs in the snapshot that were not handed in: what it holds of them is dropped.
    pub gone: Vec<String>,
    /// The alerts that were pending or firing and do not go on: their SLO is gone or its record begins now, or their
    /// rule is gone or begins anew. No change is ever reported of these: whoever pages people closes them.
    pub dropped: Vec<Dropped>,
}

/// An alert that was pending or firing in a snapshot and does not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dropped {
    /// The name of its SLO.
    pub slo: String,
    /// The name of its rule.
    pub rule: String,
    /// What it stood at.
    pub state: AlertState,
}

/// A snapshot cannot be restored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// An SLO does not fit into the evaluator.
    #[error("SLO {slo}")]
    Add {
        /// Its name.
        slo: String,
        /// Why not.
        source: Box<AddError>,
    },
    /// It was cut off or altered.
    #[error("the snapshot is damaged: {what}")]
    Damaged {
        /// Where that showed.
        what: &'static str,
    },
    /// Its source failed.
    #[error("the snapshot cannot be read")]
    Io(#[from] io::Error),
    /// It does not begin as one does.
    #[error("this is no snapshot of an evaluator")]
    NotASnapshot,
    /// Another version of this crate wrote it.
    #[error("a snapshot of version {found}, where version {VERSION} is read")]
    Version {
        /// The version of the snapshot.
        found: u64,
    },
}

impl From<Trouble> for RestoreError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Damaged(what) => Self::Damaged { what },
            Trouble::Io(error) => Self::Io(error),
        }
    }
}

impl Evaluator {
    /// Writes everything that it knows: counts, gaps, alerts, and what slots are that have not ended yet.
    ///
    /// Definitions are not in it. Whoever restores hands them in, as they are then.
    ///
    /// # Errors
    /// When `to` fails.
    pub fn snapshot(&self, to: impl Write) -> io::Result<()> {
        let mut to = Writer::new(to);
        to.words([MAGIC, VERSION])?;
        save_instant(&mut to, self.slots.start)?;
        save_length(&mut to, self.slots.slot)?;
        save_length(&mut to, self.slots.lag)?;
        to.count(self.slots.tiers.len())?;
        for tier in &self.slots.tiers {
            save_length(&mut to, tier.beyond)?;
            save_length(&mut to, tier.slot)?;
        }
        save_instant(&mut to, self.now)?;
        to.count(self.groups.len())?;
        for members in &self.groups {
            members.save(&mut to, |number| self.known(number).unwrap_or_default())?;
        }
        to.finish()
    }

    /// Reads a snapshot to its end, for these SLOs with their policies: each takes up its record by its name.
    ///
    /// Objectives and policies may have changed: counts stay, and an alert goes on if its rule and all that its
    /// rule rests on are the same. Only with another longest window, other calendar windows or other slices does a
    /// record begin anew.
    ///
    /// Time that went by in between is a gap after the next tick, until what happened in it is recorded as late data.
    /// That tick, too, may lie no more than 2²⁰ slots after the last one, which is the snapshot's: whoever was away for
    /// longer, two years of minutes, ticks in stretches, each to the [`latest`](super::ClockJump::latest) moment.
    ///
    /// ```
    /// use chrono::{TimeDelta, TimeZone, Utc};
    /// use toban_slo::{AlertPolicy, Evaluator, Objective, Slo, Tally, Window};
    ///
    /// let start = Utc.with_ymd_and_hms(2026, 3, 1, 0, 0, 0).unwrap();
    /// let slo = Slo::availability("checkout", Objective::percent("99.9")?, Window::rolling_days(30));
    /// let policy = AlertPolicy::sre_workbook(&slo)?;
    /// let mut evaluator = Evaluator::per_minute(start);
    /// let checkout = evaluator.add(&slo, &policy)?;
    /// evaluator.record(checkout, start, Tally::new(9_856, 10_000)?)?;
    /// evaluator.tick(start + TimeDelta::minutes(1), |_| {})?;
    /// let mut bytes = Vec::new();
    /// evaluator.snapshot(&mut bytes)?;
    ///
    /// let restored = Evaluator::restore(&bytes[..], [(&slo, &policy)])?;
    /// let again = restored.evaluator.key("checkout").unwrap();
    /// assert_eq!(restored.evaluator.budget(again), evaluator.budget(checkout));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the bytes are not those of a snapshot, or an SLO does not fit.
    pub fn restore<'a>(
        from: impl Read,
        slos: impl IntoIterator<Item = (&'a Slo, &'a AlertPolicy)>,
    ) -> Result<Restored, RestoreError> {
        let mut from = Reader::new(from);
        match from.word() {
            Ok(MAGIC) => {}
            Ok(_) | Err(Trouble::Damaged(_)) => return Err(RestoreError::NotASnapshot),
            Err(Trouble::Io(error)) => return Err(error.into()),
        }
        let found = from.word()?;
        if found != VERSION {
            return Err(RestoreError::Version { found });
        }
        let slots = load_slots(&mut from)?;
        let mut evaluator = Self::new(slots);
        evaluator.now = load_instant(&mut from)?;
        let mut arrivals = Arrivals::default();
        for (slo, policy) in slos {
            let named = |source| RestoreError::Add { slo: slo.name().to_owned(), source: Box::new(source) };
            let group = evaluator.group(slo, policy).map_err(named)?;
            evaluator.enter(slo.name()).map_err(named)?;
            arrivals.groups.push(group);
        }
        arrivals.places.resize(arrivals.groups.len(), None);
        arrivals.meanings = evaluator.groups.iter().map(|members| members.terms.meaning()).collect();
        let groups: u64 = from.number()?;
        for _ in 0..groups {
            arrivals.load_group(&mut from, &mut evaluator)?;
        }
        from.finish()?;
        Ok(arrivals.settle(evaluator))
    }
}

/// SLOs that wait for what a snapshot has of them.
#[derive(Debug, Default)]
struct Arrivals {
    /// The group of each.
    groups: Vec<usize>,
    /// Where each has been given a lane.
    places: Vec<Option<Place>>,
    /// What each group of the evaluator means.
    meanings: Vec<Meaning>,
    alerts_anew: Vec<SloKey>,
    gone: Vec<String>,
    dropped: Vec<Dropped>,
}

/// What tells whether SLOs of one group may go on in another one.
#[derive(Debug)]
struct Meaning {
    record: String,
    /// The name of each rule, and what its alert rests on.
    rules: Vec<(String, String)>,
}

impl Meaning {
    /// Which rule of `old` each rule goes on with; `None` where the record does not go on.
    fn heirs(&self, old: &Self) -> Option<Vec<Option<usize>>> {
        let place = |rule| old.rules.iter().position(|old| old == rule);
        (self.record == old.record).then(|| self.rules.iter().map(place).collect())
    }
}

/// Which rule of a saved group each rule of a group goes on with; `None` for a group to which its records mean nothing.
type Heirs = BTreeMap<usize, Option<Vec<Option<usize>>>>;

impl Arrivals {
    /// Reads SLOs that had the same terms, and gives each a lane in the group that it belongs to now.
    fn load_group<R: Read>(
        &mut self,
        from: &mut Reader<R>,
        evaluator: &mut Evaluator,
    ) -> Result<(), RestoreError> {
        let record = from.text()?;
        let shape = Shape {
            columns: from.number()?,
            open: from.number()?,
            ended: from.signed()?,
            rules: from.number()?,
        };
        let rules = from.many(shape.rules, |from| Ok((from.text()?, from.text()?)))?;
        let old = Meaning { record, rules };
        let periods: usize = from.number()?;
        let periods = from.many(periods, |from| load_period(from, shape.ended))?;
        // Worked out for a group when the first SLO of it comes: most groups have none here.
        let mut heirs = Heirs::new();
        let blocks: u64 = from.number()?;
        for _ in 0..blocks {
            let lanes: usize = from.number()?;
            let names = from.many(lanes, Reader::text)?;
            let block = Block::load(from, shape, lanes)?;
            let mut parts: BTreeMap<usize, (Vec<usize>, Vec<u32>)> = BTreeMap::new();
            for (lane, name) in names.into_iter().enumerate() {
                let number = evaluator.key(&name).map(|SloKey(number)| number);
                let group = number.and_then(|number| self.groups.get(number as usize).copied());
                let kept = group.and_then(|group| {
                    let kept = heirs.entry(group).or_insert_with(|| {
                        let members = evaluator.groups.get_mut(group)?;
                        let meaning = self.meanings.get(group).filter(|_| members.ended == shape.ended)?;
                        let kept = meaning.heirs(&old)?;
                        members.take_up(&periods);
                        Some(kept)
                    });
                    kept.as_deref()
                });
                self.drop_alerts(&block, lane, &name, &old.rules, kept.unwrap_or_default());
                match (number, group.filter(|_| kept.is_some())) {
                    (Some(number), Some(group)) => {
                        let (lanes, members) = parts.entry(group).or_default();
                        lanes.push(lane);
                        members.push(number);
                    }
                    (None, _) => self.gone.push(name),
                    (Some(_), None) => {}
                }
            }
            for (group, (lanes, members)) in parts {
                let Some(Some(kept)) = heirs.get(&group) else { continue };
                self.settle_block(evaluator, group, block.pick(&lanes, members, kept, shape.rules), kept)?;
            }
        }
        Ok(())
    }

    /// Remembers the alerts of a lane that nobody goes on with, of those that somebody may have heard of.
    fn drop_alerts(
        &mut self,
        block: &Block,
        lane: usize,
        name: &str,
        rules: &[(String, String)],
        kept: &[Option<usize>],
    ) {
        let alarms = block.alarms.iter().skip(lane * rules.len());
        for (place, ((rule, _), alarm)) in rules.iter().zip(alarms).enumerate() {
            let state = alarm.state();
            let is_idle = matches!(state, AlertState::Inactive | AlertState::Frozen(Held::Inactive));
            if !is_idle && !kept.contains(&Some(place)) {
                self.dropped.push(Dropped { slo: name.to_owned(), rule: rule.clone(), state });
            }
        }
    }

    fn settle_block(
        &mut self,
        evaluator: &mut Evaluator,
        group: usize,
        block: Block,
        kept: &[Option<usize>],
    ) -> Result<(), RestoreError> {
        let Some(members) = evaluator.groups.get_mut(group) else { return Ok(()) };
        for (lane, number) in block.members.iter().enumerate() {
            let place = self.places.get_mut(*number as usize);
            let place = place.filter(|place| place.is_none());
            let place = place.ok_or(RestoreError::Damaged { what: "it has an SLO twice" })?;
            *place = Some(Place { group, block: members.blocks.len(), lane });
            if kept.contains(&None) {
                self.alerts_anew.push(SloKey(*number));
            }
        }
        members.blocks.push(block);
        Ok(())
    }

    /// Those of which the snapshot has nothing begin now.
    fn settle(mut self, mut evaluator: Evaluator) -> Restored {
        let mut anew = Vec::new();
        for (number, (place, group)) in (0..).zip(self.places.into_iter().zip(self.groups)) {
            let place = place.or_else(|| {
                anew.push(SloKey(number));
                Some(evaluator.groups.get_mut(group)?.join(group, number))
            });
            evaluator.places.push(place);
        }
        self.alerts_anew.sort_unstable();
        let Self { alerts_anew, gone, dropped, .. } = self;
        Restored { evaluator, anew, alerts_anew, gone, dropped }
    }
}

impl Members {
    fn save<'a, W: Write>(&self, to: &mut Writer<W>, name: impl Fn(u32) -> &'a str) -> io::Result<()> {
        let layout = &self.terms.layout;
        let Meaning { record, rules } = self.terms.meaning();
        to.text(&record)?;
        to.count(layout.columns)?;
        to.signed(layout.open)?;
        to.signed(self.ended)?;
        to.count(rules.len())?;
        for (name, rests_on) in &rules {
            to.text(name)?;
            to.text(rests_on)?;
        }
        to.count(self.periods.len())?;
        for period in &self.periods {
            to.signed(period.begins)?;
            to.maybe(period.until.map(|until| until.timestamp_millis()))?;
        }
        to.count(self.blocks.len())?;
        for block in &self.blocks {
            to.count(block.members.len())?;
            block.members.iter().try_for_each(|number| to.text(name(*number)))?;
            block.save(to)?;
        }
        Ok(())
    }

    /// Goes on with the calendar windows of a snapshot. A group that has not seen a tick knows nothing of its own.
    fn take_up(&mut self, saved: &[(i64, Option<DateTime<Utc>>)]) {
        for (period, (begins, until)) in self.periods.iter_mut().zip(saved) {
            if until.is_some() {
                *period = Period { begins: *begins, until: *until, ..*period };
            }
        }
    }
}

impl Terms {
    fn meaning(&self) -> Meaning {
        let rules = self.policy.rules().iter().map(|rule| (rule.name.clone(), self.of_rule(rule)));
        Meaning { record: self.of_record(), rules: rules.collect() }
    }

    /// What the columns of a record mean: where this text is the same, one may be read as the other.
    fn of_record(&self) -> String {
        let layout = &self.layout;
        let mut text = match self.budgeting {
            Budgeting::Occurrences => "occurrences".to_owned(),
            Budgeting::RatioTimeslices { .. } => "ratio timeslices".to_owned(),
            Budgeting::Timeslices { target, .. } => format!("timeslices of {target}"),
        };
        text +=
            &format!(", {} ms, {} columns, {} open, {}", layout.step, layout.columns, layout.open, self.span);
        for ring in &layout.rings {
            text += &format!(", every {} for {}", ring.every, ring.reach);
        }
        for (period, zone) in self.periods().iter().filter_map(|period| period.window.period()) {
            text += &format!(", {} {:?} from {} in {zone}", period.every(), period.unit(), period.anchor());
        }
        text
    }

    /// What an alert rests on beside the counts.
    fn of_rule(&self, rule: &AlertRule) -> String {
        let gate = self.policy.low_traffic();
        let proof = gate.confidence.map_or_else(String::new, |proof| format!(", proof {}", proof.as_share()));
        format!(
            "{} for {} ms, over for {} ms; {} over {}; seen {}, events {}, bad {}{proof}",
            rule.condition,
            duration::millis(rule.lasting),
            duration::millis(rule.cool_down),
            self.slo.objective().target(),
            self.slo.window(),
            self.policy.min_coverage(),
            gate.min_events,
            gate.min_failures,
        )
    }
}

fn save_length<W: Write>(to: &mut Writer<W>, length: TimeDelta) -> io::Result<()> {
    to.signed(length.num_seconds())?;
    to.signed(length.subsec_nanos().into())
}

fn load_length<R: Read>(from: &mut Reader<R>) -> Result<TimeDelta, Trouble> {
    let (seconds, nanos) = (from.signed()?, from.signed()?);
    let length =
        TimeDelta::try_seconds(seconds).and_then(|whole| whole.checked_add(&TimeDelta::nanoseconds(nanos)));
    length.ok_or(Trouble::Damaged("no length of time"))
}

fn save_instant<W: Write>(to: &mut Writer<W>, instant: DateTime<Utc>) -> io::Result<()> {
    to.signed(instant.timestamp())?;
    to.word(instant.timestamp_subsec_nanos().into())
}

fn load_instant<R: Read>(from: &mut Reader<R>) -> Result<DateTime<Utc>, Trouble> {
    let (seconds, nanos) = (from.signed()?, from.number()?);
    DateTime::from_timestamp(seconds, nanos).ok_or(Trouble::Damaged("no instant"))
}

/// Where a calendar window began, and when the next one does.
fn load_period<R: Read>(from: &mut Reader<R>, ended: i64) -> Result<(i64, Option<DateTime<Utc>>), Trouble> {
    let begins = from.signed()?;
    if !(0..=ended).contains(&begins) {
        return Err(Trouble::Damaged("a calendar window begins outside its record"));
    }
    let until = from.maybe()?.map(|until| {
        let until = DateTime::from_timestamp_millis(until);
        until.ok_or(Trouble::Damaged("a calendar window ends at no time"))
    });
    Ok((begins, until.transpose()?))
}

fn load_slots<R: Read>(from: &mut Reader<R>) -> Result<Slots, Trouble> {
    let (start, slot, lag) = (load_instant(from)?, load_length(from)?, load_length(from)?);
    let mut slots = Slots::new(start, slot).and_then(|slots| slots.with_lag(lag));
    let tiers: usize = from.number()?;
    for (beyond, slot) in from.many(tiers, |from| Ok((load_length(from)?, load_length(from)?)))? {
        slots = slots.and_then(|slots| slots.with_tier(beyond, slot));
    }
    slots.map_err(|_| Trouble::Damaged("slots that do not tile time"))
}
