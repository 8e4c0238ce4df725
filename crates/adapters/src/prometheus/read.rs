//! From series of metrics to good of total, slot by slot.

use super::amount::{ONE, billionths, exact, share, whole};
use super::query::Wanted;
use super::{Error, Events, Expected, Query, Source};
use crate::events::Part;
use crate::{SlotValue, Values};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::fmt;
use toban_core::{Grid, Interval, Labels, MetricSource, Sample, Series};
use toban_slo::{Anomaly, Counter, Counts, Indicator, Observation, Tally};

/// How many instants are asked for at once: of many series, only so much is held in memory.
const PIECE: u32 = 2_880;

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reading {
    /// The answer to the query.
    pub answer: Answer,
    /// What a reader should know before trusting it.
    pub notes: Vec<Note>,
    /// How many samples it is made from.
    pub samples: u64,
}

/// The answer to a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Good of total, or a ratio as [`Tally::from_ratio`] weighs it.
    Counts(Counts),
    /// A value.
    Values(Values),
}

/// What a reader should know.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// A series falls too often for a counter: the first that does.
    Anomaly {
        /// Which.
        labels: Labels,
        /// What is odd about it.
        anomaly: Anomaly,
    },
    /// Slots with more good or bad events than events, which are gaps.
    MoreThanAll {
        /// How many.
        slots: u64,
        /// The first of them.
        first: DateTime<Utc>,
    },
    /// A query gave no sample at all.
    NoSeries {
        /// The query.
        query: String,
    },
    /// Resets of single counters cannot be seen in their sum.
    SumOfCounters {
        /// The query.
        query: String,
    },
    /// The server says so.
    Warning(String),
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anomaly { labels, anomaly } => write!(f, "{labels} {anomaly}"),
            Self::MoreThanAll { slots, first } => {
                write!(
                    f,
                    "{slots} slots with more good or bad events than events are gaps, the first at {first}"
                )
            }
            Self::NoSeries { query } => write!(f, "{query:?} gave no series"),
            Self::SumOfCounters { query } => {
                write!(
                    f,
                    "{query:?} hides the resets of single counters: name the counters, they are added up"
                )
            }
            Self::Warning(text) => write!(f, "the server warns: {text}"),
        }
    }
}

/// Asks the source about each slot; `slots` holds their beginnings. `told` hears how many more instants were read, of
/// as many as there are slots for each of the [parts](Query::parts), and one more for a counter.
///
/// # Errors
/// When the source fails, or gives what is no answer to the query.
pub async fn read(
    source: &dyn MetricSource,
    query: &Query,
    slots: Grid,
    told: &mut (dyn FnMut(u32) + Send),
) -> Result<Reading, Error> {
    let mut reader = Reader { source, slots, told, notes: Vec::new(), samples: 0 };
    let answer = match &query.wanted {
        Wanted::Events { part, total, events } => {
            let parts = reader.events(&query.source, *events).await?;
            let all = reader.events(total, *events).await?;
            Answer::Counts(reader.tallies((*part, *events), &parts, &all, total)?)
        }
        Wanted::Ratio(of) => {
            let indicator = Indicator::PrecomputedRatio { of: *of };
            let judge = |value| indicator.judge(&Observation::Ratio(share(value)?));
            let tallies = reader.single(&query.source, Expected::Share, judge).await?;
            Answer::Counts(reader.counts(&query.source, tallies)?)
        }
        Wanted::Value => {
            let values = reader.single(&query.source, Expected::Value, exact).await?;
            let values = values.into_iter().map(|value| value.map_or(SlotValue::Gap, SlotValue::Value));
            Answer::Values(Values::new(slots.first(), slots.step(), values.collect()))
        }
    };
    Ok(Reading { answer, notes: reader.notes, samples: reader.samples })
}

struct Reader<'a> {
    source: &'a dyn MetricSource,
    slots: Grid,
    told: &'a mut (dyn FnMut(u32) + Send),
    notes: Vec<Note>,
    samples: u64,
}

impl Reader<'_> {
    /// The ends of the slots, and the beginning of the first where that is wanted.
    fn ends(&self, is_first_wanted: bool) -> Result<Grid, Error> {
        let Self { slots, .. } = self;
        let step = slots.step();
        let first =
            if is_first_wanted { Some(slots.first()) } else { slots.first().checked_add_signed(step) };
        let past = slots.last().checked_add_signed(step).and_then(|end| end.checked_add_signed(step));
        let interval = first.zip(past).and_then(|(first, past)| Interval::new(first, past).ok());
        let grid = interval.and_then(|interval| Grid::new(interval, step).ok());
        grid.ok_or(Error::Slots { slots: *slots })
    }

    /// What the query gives, piece by piece.
    async fn pieces(
        &mut self,
        source: &Source,
        grid: Grid,
        take: &mut (dyn FnMut(&Series) -> Result<(), Error> + Send),
    ) -> Result<(), Error> {
        let (query, before) = (source.asked(grid.step()), self.samples);
        for piece in grid.chunks(PIECE) {
            let answer = self.source.range(&query, piece).await;
            let answer =
                answer.map_err(|error| Error::Port { query: source.query.clone(), source: error })?;
            for series in &answer.series {
                self.samples += series.samples().count() as u64;
                take(series)?;
            }
            answer.warnings.into_iter().for_each(|warning| self.note(Note::Warning(warning)));
            (self.told)(piece.count());
        }
        if self.samples == before {
            self.note(Note::NoSeries { query: source.query.clone() });
        }
        Ok(())
    }

    fn note(&mut self, note: Note) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// The events of each slot.
    async fn events(&mut self, source: &Source, events: Events) -> Result<Vec<Option<Amount>>, Error> {
        let is_cumulative = events == Events::Cumulative;
        let grid = self.ends(is_cumulative)?;
        let mut slots: Vec<Option<Amount>> = grid.instants().map(|_| None).collect();
        let mut add = |at, billionths: u128, begins_again| {
            if let Some(slot) = grid.place(at).and_then(|place| slots.get_mut(place)) {
                let amount = slot.get_or_insert_default();
                amount.billionths = amount.billionths.saturating_add(billionths);
                amount.begins_again |= begins_again;
            }
        };
        if is_cumulative {
            let (mut counters, mut odd) = (BTreeMap::<Labels, (Counter, (DateTime<Utc>, u64))>::new(), None);
            let mut take = |series: &Series| {
                let (counter, last) = counters.entry(series.labels().clone()).or_default();
                for sample in series.samples() {
                    let wrong = || not(source, series, sample, Expected::Counter);
                    let value = whole(sample.value()).ok_or_else(wrong)?;
                    // Pieces follow one another, so that there is no second value for an instant.
                    let noted = counter.observe(sample.at(), value);
                    if let (Ok(_), Some(increase)) = (noted, counter.increase(last.0, sample.at())) {
                        add(sample.at(), u128::from(increase) * ONE, value < last.1);
                    }
                    *last = (sample.at(), value);
                }
                if odd.is_none() {
                    let is_gauge = |one: &Anomaly| matches!(one, Anomaly::LooksLikeGauge { .. });
                    let gauge = counter.anomalies().into_iter().find(is_gauge);
                    odd = gauge.map(|anomaly| (series.labels().clone(), anomaly));
                }
                counter.forget_before(last.0);
                Ok(())
            };
            self.pieces(source, grid, &mut take).await?;
            if let Some((labels, anomaly)) = odd {
                self.note(Note::Anomaly { labels, anomaly });
            }
            if source.is_sum() {
                self.note(Note::SumOfCounters { query: source.query.clone() });
            }
            // The beginning of the first slot is no slot's end.
            slots.remove(0);
        } else {
            let mut take = |series: &Series| {
                series.samples().try_for_each(|sample| {
                    let wrong = || not(source, series, sample, Expected::Events);
                    add(sample.at(), billionths(sample.value()).ok_or_else(wrong)?, false);
                    Ok(())
                })
            };
            self.pieces(source, grid, &mut take).await?;
        }
        Ok(slots)
    }

    /// The one number of each slot.
    async fn single<T: Clone + Send>(
        &mut self,
        source: &Source,
        expected: Expected,
        number: impl Fn(f64) -> Option<T> + Sync,
    ) -> Result<Vec<Option<T>>, Error> {
        let grid = self.ends(false)?;
        let mut slots: Vec<Option<T>> = grid.instants().map(|_| None).collect();
        let mut take = |series: &Series| {
            series.samples().try_for_each(|sample| {
                let value = number(sample.value()).ok_or_else(|| not(source, series, sample, expected))?;
                match grid.place(sample.at()).and_then(|place| slots.get_mut(place)) {
                    Some(slot) if slot.is_none() => *slot = Some(value),
                    _ => {
                        let (query, labels) = (source.query.clone(), series.labels().clone());
                        return Err(Error::SeveralSeries { query, labels, at: sample.at() });
                    }
                }
                Ok(())
            })
        };
        self.pieces(source, grid, &mut take).await?;
        Ok(slots)
    }

    /// Good of total in whole events. What is left over of good and of bad goes into the next slot, and so does what
    /// the counters of a part are ahead by.
    fn tallies(
        &mut self,
        (part, events): (Part, Events),
        parts: &[Option<Amount>],
        all: &[Option<Amount>],
        total: &Source,
    ) -> Result<Counts, Error> {
        let (mut good_left, mut bad_left, mut ahead) = (0, 0, 0_u128);
        let (mut more, mut first_with_more) = (0, None);
        let mut tallies = Vec::new();
        for ((at, part_of_it), all_of_it) in self.slots.instants().zip(parts).zip(all) {
            let (Some(part_of_it), Some(all_of_it)) = (part_of_it, all_of_it) else {
                tallies.push(None);
                continue;
            };
            let begins_again = part_of_it.begins_again || all_of_it.begins_again;
            let (part_of_it, all_of_it) = (part_of_it.billionths, all_of_it.billionths);
            if begins_again {
                ahead = 0;
            }
            // Less than one event is no event, but where two extrapolations differ.
            if part_of_it >= all_of_it.saturating_add(ONE) {
                (more, first_with_more) = (more + 1, first_with_more.or(Some(at)));
                tallies.push(None);
                if events == Events::Cumulative && !begins_again {
                    ahead = ahead.saturating_add(part_of_it - all_of_it).min(part_of_it);
                }
                continue;
            }
            let rest = all_of_it.saturating_sub(part_of_it);
            let made_up = rest.min(ahead);
            ahead -= made_up;
            let rest = rest - made_up;
            let part_of_it = all_of_it - rest;
            let (good, bad) = if part == Part::Good { (part_of_it, rest) } else { (rest, part_of_it) };
            let (good, bad) = (whole_events(&mut good_left, good), whole_events(&mut bad_left, bad));
            let tally = good.zip(bad).and_then(|(good, bad)| Tally::from_parts(good, bad).ok());
            let many = || Error::TooMany { query: total.query.clone(), at: at + self.slots.step() };
            tallies.push(Some(tally.ok_or_else(many)?));
        }
        if let Some(first) = first_with_more {
            self.note(Note::MoreThanAll { slots: more, first });
        }
        self.counts(total, tallies)
    }

    fn counts(&self, source: &Source, tallies: Vec<Option<Tally>>) -> Result<Counts, Error> {
        let failed = |error| Error::Counts { query: source.query.clone(), source: error };
        // Before the first slot of which the server knows anything there is no record, and not a gap in one.
        let unknown = tallies.iter().take_while(|tally| tally.is_none()).count();
        let start = self.slots.instants().nth(unknown).unwrap_or(self.slots.first());
        let mut counts = Counts::new(start, self.slots.step()).map_err(failed)?;
        for (at, tally) in self.slots.instants().zip(tallies) {
            if let Some(tally) = tally {
                counts.add(at, tally).map_err(failed)?;
            }
        }
        Ok(counts)
    }
}

/// What there was in a slot.
#[derive(Clone, Copy, Debug, Default)]
struct Amount {
    billionths: u128,
    /// Whether a counter began again in it.
    begins_again: bool,
}

/// The whole events of an amount and of what was left over, which is then what is left over.
fn whole_events(left: &mut u128, amount: u128) -> Option<u64> {
    let sum = left.checked_add(amount)?;
    *left = sum % ONE;
    u64::try_from(sum / ONE).ok()
}

fn not(source: &Source, series: &Series, sample: Sample, expected: Expected) -> Error {
    Error::NotExpected {
        query: source.query.clone(),
        labels: series.labels().clone(),
        at: sample.at(),
        value: sample.value(),
        expected,
    }
}
