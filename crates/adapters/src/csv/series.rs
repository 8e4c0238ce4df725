//! The rows of a table that one query looks at.

use super::cells::{Cells, Seen};
use super::error::{Expected, Problem};
use super::query::Wanted;
use super::table::{Column, Row, Table};
use super::{Answer, Events, Order, Query, TimeFormat};
use crate::events::Part;
use crate::{MOST_SLOTS, SlotValue, Values};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::io::Read;
use toban_slo::{Anomaly, Counter, CounterError, Counts};

/// The rows of a table that one query looks at, as far as they have been read.
pub(super) struct Series<'q> {
    query: &'q Query,
    time: Column,
    time_format: TimeFormat,
    filter: Vec<(Column, &'q str)>,
    cells: Cells,
    points: Vec<Point>,
}

/// One row: what it says of its slot, if anything.
#[derive(Clone, Copy, Debug)]
struct Point {
    at: DateTime<Utc>,
    line: u64,
    seen: Option<Seen>,
}

/// The slots of a series.
#[derive(Clone, Copy, Debug)]
struct Grid {
    start: DateTime<Utc>,
    slot: TimeDelta,
}

impl<'q> Series<'q> {
    pub(super) fn new(query: &'q Query, table: &Table<'_, impl Read>) -> Result<Self, Problem> {
        let source = &query.source;
        let times = ["time", "unix_seconds", "unix_milliseconds"];
        let time = table.column_or(source.time.as_deref(), &times)?;
        let time_format = source.time_format.unwrap_or_else(|| TimeFormat::of_column(table.name_of(time)));
        let filter = source.filter.iter().map(|(column, text)| Ok((table.column(column)?, text.as_str())));
        let filter = filter.collect::<Result<_, _>>()?;
        let cells = Cells::find(&query.wanted, source.column.as_deref(), table)?;
        Ok(Self { query, time, time_format, filter, cells, points: Vec::new() })
    }

    /// Takes in what a row says.
    pub(super) fn take(&mut self, row: &Row<'_>) -> Result<(), Problem> {
        if self.filter.iter().any(|(column, text)| row.text(*column) != *text) {
            return Ok(());
        }
        let at = self.time_format.read(row.text(self.time));
        let at = at.ok_or_else(|| row.not(self.time, Expected::Time(self.time_format)))?;
        if let Some(before) = self.points.last()
            && self.query.source.order == Order::Ascending
            && at < before.at
        {
            return Err(Problem::OutOfOrder { at, before: before.at });
        }
        if self.points.len() as u64 >= MOST_SLOTS.unsigned_abs() {
            return Err(Problem::TooManyRows);
        }
        let seen = self.cells.read(row, self.events())?;
        self.points.push(Point { at, line: row.line, seen });
        Ok(())
    }

    fn events(&self) -> Events {
        match self.query.wanted {
            Wanted::Events { events, .. } => events,
            Wanted::Ratio(_) | Wanted::Value => Events::PerSlot,
        }
    }

    /// The answer, once all rows up to the line `last` have been taken in; or what is amiss in which line.
    pub(super) fn answer(mut self, last: u64) -> Result<Answer, (u64, Problem)> {
        let source = &self.query.source;
        self.points.sort_by_key(|point| (point.at, point.line));
        // A counter that was written twice as it stood says nothing new.
        self.points.dedup_by(|again, one| {
            again.at == one.at && matches!(again.seen, Some(Seen::Counters(..))) && again.seen == one.seen
        });
        let Some(first) = self.points.first() else {
            return Err((last, Problem::NoRow { filter: source.filter_text() }));
        };
        if let Some((one, two)) = neighbours(&self.points).find(|(one, two)| one.at == two.at) {
            return Err((two.line, Problem::TwoRows { at: two.at, other_line: one.line }));
        }
        let slot = source.slot.map(|slot| slot.as_delta()).or_else(|| most_common_step(&self.points));
        let grid = Grid { start: first.at, slot: slot.ok_or((first.line, Problem::NoStep))? };
        // A column may begin later than the table: what is asked for was not to be expected before its first cell.
        let first_seen = self.points.iter().find(|point| point.seen.is_some()).unwrap_or(first);
        let begun = grid.place(first_seen.at).map_err(|problem| (first_seen.line, problem))?;
        let record = Grid { start: first_seen.at, ..grid };
        let mut counts = Counts::new(record.start, grid.slot).map_err(|_| (first.line, Problem::NoStep))?;
        let (mut values, mut counters) = (Vec::new(), (Counter::new(), Counter::new()));
        for point in &self.points {
            let at_line = |problem| (point.line, problem);
            let place = grid.place(point.at).map_err(at_line)?;
            match point.seen {
                None => {}
                Some(Seen::Counters(one, other)) => {
                    // No two rows are of one moment, so that there is no second value for it.
                    let _ = counters.0.observe(point.at, one);
                    let _ = counters.1.observe(point.at, other);
                }
                Some(Seen::Tally(tally)) => {
                    counts.add(point.at, tally).map_err(|_| at_line(Problem::TooManyEvents))?;
                }
                Some(Seen::Value(value)) => {
                    values.resize(place - begun, SlotValue::Gap);
                    values.push(SlotValue::Value(value));
                }
            }
        }
        if self.events() == Events::Cumulative {
            let counted = counted(self.cells, &counters.0, &counters.1, record);
            let line = self.points.last().map_or(last, |point| point.line);
            let (counts, anomalies) = counted.map_err(|_| (line, Problem::TooManyEvents))?;
            return Ok(Answer::Counted(counts, anomalies));
        }
        Ok(match self.cells {
            Cells::Value(_) => Answer::Values(Values::new(record.start, record.slot, values)),
            _ => Answer::Counts(counts),
        })
    }
}

/// What two counters counted by slot, and what is odd about it or about them.
fn counted(
    cells: Cells,
    one: &Counter,
    other: &Counter,
    Grid { start, slot }: Grid,
) -> Result<(Counts, Vec<Anomaly>), CounterError> {
    let (counts, mut anomalies) = match cells {
        Cells::PartOfTotal { part: Part::Bad, .. } => Counter::tally(one, other, start, slot)?,
        Cells::PartOfTotal { part: Part::Good, .. } => Counter::tally_good(one, other, start, slot)?,
        _ => (Counter::tally_parts(one, other, start, slot)?, Vec::new()),
    };
    // All events, or the good ones: bad ones may well be none for a long time.
    let busy = if matches!(cells, Cells::GoodAndBad { .. }) { one } else { other };
    anomalies.extend(busy.anomalies());
    Ok((counts, anomalies))
}

impl Grid {
    /// Which slot begins at that time, which is not before the start.
    fn place(&self, at: DateTime<Utc>) -> Result<usize, Problem> {
        let Self { start, slot } = *self;
        let (after, length) = ((at - start).num_milliseconds(), slot.num_milliseconds().max(1));
        if after / length >= MOST_SLOTS {
            return Err(Problem::TooFarApart { at, start, slot });
        }
        match usize::try_from(after / length) {
            Ok(place) if after % length == 0 => Ok(place),
            _ => Err(Problem::OffGrid { at, start, slot }),
        }
    }
}

/// The step that most neighbours have, of several the shortest.
fn most_common_step(points: &[Point]) -> Option<TimeDelta> {
    let mut steps: BTreeMap<TimeDelta, usize> = BTreeMap::new();
    for (one, two) in neighbours(points) {
        *steps.entry(two.at - one.at).or_default() += 1;
    }
    steps.into_iter().rev().max_by_key(|(_, count)| *count).map(|(step, _)| step)
}

fn neighbours(points: &[Point]) -> impl Iterator<Item = (&Point, &Point)> {
    points.iter().zip(points.iter().skip(1))
}
