//! Where the columns of a block stand: one for each edge between slots that a window may begin at.

use super::slots::Slots;
use crate::duration;
use chrono::{DateTime, TimeDelta, Utc};

/// How many slots after the newest one that can have ended are open too: for clocks that go ahead, and for an
/// embedder whose tick comes late.
const AHEAD: i64 = 3;

/// Places are edges between slots, counted from the origin: edge `e` has `e` slots before it.
///
/// The finest tier is a ring of columns for the last edges that have ended, and beyond them the slots that are
/// still open; then follow the rings of the coarser tiers, a column for each calendar window, and, where an SLO is
/// judged by slices of time, a ring of what each slice holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) origin: DateTime<Utc>,
    pub(crate) step: i64,
    pub(crate) lag: i64,
    /// The number of open slots.
    pub(crate) open: i64,
    /// The finest first; never empty.
    pub(crate) rings: Vec<Ring>,
    pub(crate) periods: usize,
    pub(crate) slices: Option<usize>,
    pub(crate) columns: usize,
}

/// The columns of one tier: one for every so many edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ring {
    pub(crate) every: i64,
    /// The longest window that it serves, in steps.
    pub(crate) reach: i64,
    first: usize,
    columns: usize,
}

impl Ring {
    fn column(&self, edge: i64) -> usize {
        self.first + index(edge.div_euclid(self.every).rem_euclid(count(self.columns)))
    }

    /// The newest of its edges at or before `edge`.
    fn floor(&self, edge: i64) -> i64 {
        edge.div_euclid(self.every) * self.every
    }
}

/// What the columns are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judged {
    /// Slots, as they come.
    Slots,
    /// Slices of time, which may be judged again when late data comes.
    Slices,
}

impl Layout {
    /// Columns for windows of at most `longest` steps of `step` milliseconds. `None` where a tier does not consist
    /// of whole steps, or where there would be more columns than can be counted.
    pub(crate) fn new(
        slots: &Slots,
        step: i64,
        longest: i64,
        periods: usize,
        judged: Judged,
    ) -> Option<Self> {
        // Slices lie on a grid of their own, the same for every record, however it begins.
        let ahead = match judged {
            Judged::Slots => 0,
            Judged::Slices => slots.start.timestamp_millis().rem_euclid(step),
        };
        let lag = duration::millis(slots.lag);
        let open = lag.div_euclid(step) + i64::from(lag % step > 0) + 1 + AHEAD;
        let mut rings = vec![Ring { every: 1, reach: longest, first: 0, columns: 0 }];
        for tier in &slots.tiers {
            let (slot, beyond) = (duration::millis(tier.slot), duration::millis(tier.beyond) / step);
            if slot <= step || beyond < 1 || beyond >= longest {
                continue;
            }
            if slot % step != 0 {
                return None;
            }
            if let Some(last) = rings.last_mut() {
                last.reach = beyond;
            }
            rings.push(Ring { every: slot / step, reach: longest, first: 0, columns: 0 });
        }
        let mut columns = 0_usize;
        for ring in &mut rings {
            let more = if ring.every == 1 { open } else { 0 };
            let edges = ring.reach.checked_add(ring.every - 1)? / ring.every + 1 + more;
            (ring.first, ring.columns) = (columns, usize::try_from(edges).ok()?);
            columns = columns.checked_add(ring.columns)?;
        }
        let finest = rings.first()?.columns;
        columns = columns.checked_add(periods)?;
        let slices = (judged == Judged::Slices).then_some(columns);
        columns = columns.checked_add(if slices.is_some() { finest } else { 0 })?;
        let origin = slots.start - duration::from_millis(ahead);
        Some(Self { origin, step, lag, open, rings, periods, slices, columns })
    }

    /// The column of a recent edge.
    pub(crate) fn recent(&self, edge: i64) -> usize {
        self.rings.first().map_or(0, |ring| ring.column(edge))
    }

    /// The column that takes what is recorded in a slot.
    pub(crate) fn entry(&self, slot: i64) -> usize {
        self.slices.unwrap_or(0) + self.recent(slot + 1)
    }

    /// The column of the calendar window of that number.
    pub(crate) fn period(&self, number: usize) -> usize {
        let ring = self.rings.last().copied();
        ring.map_or(0, |ring| ring.first + ring.columns) + number
    }

    /// Where a window of so many steps that ends at `end` begins, and its column. `None` where so much is not kept.
    pub(crate) fn begin(&self, end: i64, steps: i64) -> Option<(i64, usize)> {
        let ring = self.serving(steps)?;
        let edge = ring.floor(end - steps);
        Some((edge, ring.column(edge)))
    }

    /// The ring that serves windows of so many steps.
    pub(crate) fn serving(&self, steps: i64) -> Option<&Ring> {
        self.rings.iter().find(|ring| ring.reach >= steps)
    }

    /// The oldest edge that any window ending at `end` may begin at, calendar windows aside.
    pub(crate) fn oldest(&self, end: i64) -> Option<(i64, usize)> {
        self.begin(end, self.rings.last()?.reach)
    }

    /// The oldest slot that still takes late data once `end` slots have ended.
    pub(crate) fn oldest_slot(&self, end: i64) -> i64 {
        self.rings.first().map_or(end, |ring| end - ring.reach)
    }

    /// The coarse columns that hold the sums up to `edge`.
    pub(crate) fn coarse(&self, edge: i64) -> impl Iterator<Item = usize> {
        let coarser = self.rings.iter().skip(1);
        coarser.filter(move |ring| edge % ring.every == 0).map(move |ring| ring.column(edge))
    }

    /// Every column of a ring with the sums up to an edge after `slot`, once `end` slots have ended.
    pub(crate) fn after(&self, slot: i64, end: i64) -> impl Iterator<Item = usize> {
        self.rings.iter().flat_map(move |ring| {
            let kept = if ring.every == 1 { ring.reach } else { count(ring.columns) - 1 };
            let first = (ring.floor(slot) + ring.every).max(ring.floor(end) - kept * ring.every);
            let edges = (end - first).div_euclid(ring.every) + 1;
            (0..edges).map(move |place| ring.column(first + place * ring.every))
        })
    }

    /// How many slots have ended at `now`, late data awaited.
    pub(crate) fn ended(&self, now: DateTime<Utc>) -> i64 {
        (duration::millis(now - self.origin) - self.lag).div_euclid(self.step).max(0)
    }

    /// The slot that an instant lies in.
    pub(crate) fn slot(&self, at: DateTime<Utc>) -> i64 {
        duration::millis(at - self.origin).div_euclid(self.step)
    }

    /// The first edge at or after an instant.
    pub(crate) fn edge_from(&self, at: DateTime<Utc>) -> i64 {
        duration::millis(at - self.origin).saturating_add(self.step - 1).div_euclid(self.step)
    }

    /// The instant of an edge.
    pub(crate) fn time(&self, edge: i64) -> DateTime<Utc> {
        let offset: TimeDelta = duration::from_millis(self.step.saturating_mul(edge));
        self.origin.checked_add_signed(offset).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// The most steps between two columns, without calendar windows.
    pub(crate) fn span(&self) -> i64 {
        self.rings.last().map_or(0, |ring| ring.reach + ring.every) + self.open
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "never negative, and counts columns"
)]
fn index(place: i64) -> usize {
    place as usize
}

fn count(columns: usize) -> i64 {
    columns as i64
}
