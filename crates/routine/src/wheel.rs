//! A timer wheel: what is due next among many, with one timer for all.

use chrono::{DateTime, Utc};
use std::fmt;
use std::mem;

/// Keys with the instants at which they are due, for a process that sleeps until the next one.
///
/// An accumulator: it holds whole seconds; an instant between two is due with the second after it. Inserting and firing
/// take the same time for a thousand keys as for a million, and asking when the next one is due takes none that grows.
/// A key may stand in it any number of times; who no longer wants one ignores it when it fires.
///
/// ```
/// use chrono::{TimeDelta, TimeZone, Utc};
/// use toban_routine::Wheel;
/// let nine = Utc.with_ymd_and_hms(2026, 11, 26, 9, 0, 0).unwrap();
/// let mut wheel = Wheel::new(nine);
/// wheel.insert(nine + TimeDelta::hours(24), "tomorrow");
/// wheel.insert(nine + TimeDelta::minutes(1), "soon");
/// assert_eq!(wheel.next_due(), Some(nine + TimeDelta::minutes(1)));
/// let mut due = Vec::new();
/// wheel.advance(nine + TimeDelta::hours(1), &mut due);
/// assert_eq!(due, [(nine + TimeDelta::minutes(1), "soon")]);
/// assert_eq!(wheel.len(), 1);
/// ```
#[derive(Clone)]
pub struct Wheel<K> {
    /// Level `n` has 64 slots of 64ⁿ seconds each.
    levels: [Level<K>; LEVELS],
    /// Seconds since [`ORIGIN`]: what is due before it has fired, or is in `late`.
    now: u64,
    /// What was due already when it was inserted.
    late: Vec<Entry<K>>,
    len: usize,
}

#[derive(Clone)]
struct Level<K> {
    /// Bit `n` says that slot `n` holds something.
    filled: u64,
    slots: [Vec<Entry<K>>; SLOTS],
}

#[derive(Clone, Copy)]
struct Entry<K> {
    at: u64,
    key: K,
}

const SLOTS: usize = 64;
/// 64⁸ seconds are more than chrono can express.
const LEVELS: usize = 8;
/// Seconds of 1970 after the earliest instant that chrono can express.
const ORIGIN: i64 = 1 << 44;
/// How many that wait together are looked through for the first of them.
const LOOKED_THROUGH: usize = 64;
/// What an emptied slot keeps for the next round.
const KEPT: usize = 4096;

impl<K> Wheel<K> {
    /// An empty wheel; what is inserted for the instant or before is due at once.
    #[must_use]
    pub fn new(now: DateTime<Utc>) -> Self {
        let level = |_| Level { filled: 0, slots: std::array::from_fn(|_| Vec::new()) };
        Self { levels: std::array::from_fn(level), now: seconds_until(now), late: Vec::new(), len: 0 }
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds a key that is due at an instant; what is due already fires with the next [`advance`](Self::advance).
    pub fn insert(&mut self, at: DateTime<Utc>, key: K) {
        self.len += 1;
        self.place(Entry { at: seconds(at), key });
    }

    /// When to [`advance`](Self::advance) it next: when the next key is due, or, where many wait together, before that,
    /// so that the answer takes no longer the more there are.
    #[must_use]
    pub fn next_due(&self) -> Option<DateTime<Utc>> {
        if !self.late.is_empty() {
            return instant(self.now);
        }
        let (level, slot) = self.next_slot()?;
        let entries = self.levels.get(level)?.slots.get(slot)?;
        let exact = || entries.iter().map(|entry| entry.at).min();
        let at =
            if entries.len() <= LOOKED_THROUGH { exact()? } else { self.begin_of(level, slot).max(self.now) };
        instant(at)
    }

    /// Takes out everything that is due up to an instant, that instant included, in the order of time; a wheel never
    /// goes back.
    pub fn advance(&mut self, to: DateTime<Utc>, due: &mut Vec<(DateTime<Utc>, K)>) {
        let to = seconds_until(to);
        if !self.late.is_empty() {
            self.late.sort_by_key(|entry| entry.at);
            self.len -= self.late.len();
            due.extend(self.late.drain(..).filter_map(told));
        }
        while let Some((level, slot)) = self.next_slot() {
            let begin = self.begin_of(level, slot);
            // A slot that begins with the next second is spread over the lower levels now: what is inserted from then on
            // lies there too, and would come before it.
            if begin > to && (level == 0 || begin > to.saturating_add(1)) {
                break;
            }
            self.now = self.now.max(begin);
            let Some(here) = self.levels.get_mut(level) else { break };
            here.filled &= !(1 << slot);
            let Some(entries) = here.slots.get_mut(slot) else { break };
            let mut entries = mem::take(entries);
            if level == 0 {
                self.len -= entries.len();
                due.extend(entries.drain(..).filter_map(told));
                self.now = self.now.max(begin + 1);
            } else {
                entries.drain(..).for_each(|entry| self.place(entry));
            }
            if entries.capacity() <= KEPT
                && let Some(kept) = self.levels.get_mut(level).and_then(|level| level.slots.get_mut(slot))
                && kept.is_empty()
            {
                *kept = entries;
            }
        }
        self.now = self.now.max(to.saturating_add(1));
    }

    fn place(&mut self, entry: Entry<K>) {
        if entry.at < self.now {
            self.late.push(entry);
            return;
        }
        // The highest of the six-bit digits in which the two differ.
        let differing = (entry.at ^ self.now) | 1;
        let level = usize::try_from(differing.ilog2() / 6).unwrap_or(LEVELS).min(LEVELS - 1);
        let slot = digit(entry.at, level);
        if let Some(level) = self.levels.get_mut(level)
            && let Some(entries) = level.slots.get_mut(slot)
        {
            level.filled |= 1 << slot;
            entries.push(entry);
        }
    }

    /// The filled slot that begins first: what lies on a lower level comes before everything above.
    fn next_slot(&self) -> Option<(usize, usize)> {
        self.levels.iter().enumerate().find_map(|(number, level)| {
            let slot = usize::try_from(level.filled.trailing_zeros()).ok()?;
            (level.filled != 0).then_some((number, slot))
        })
    }

    /// The first second of a slot.
    fn begin_of(&self, level: usize, slot: usize) -> u64 {
        let below = 6 * level;
        let above = self.now >> (below + 6) << (below + 6);
        above | u64::try_from(slot).unwrap_or_default() << below
    }
}

fn told<K>(entry: Entry<K>) -> Option<(DateTime<Utc>, K)> {
    Some((instant(entry.at)?, entry.key))
}

fn digit(at: u64, level: usize) -> usize {
    usize::try_from(at >> (6 * level) & 63).unwrap_or_default()
}

/// The second at which something is due.
fn seconds(at: DateTime<Utc>) -> u64 {
    seconds_until(at) + u64::from(at.timestamp_subsec_nanos() > 0)
}

/// The second that has begun.
fn seconds_until(at: DateTime<Utc>) -> u64 {
    (at.timestamp() + ORIGIN).unsigned_abs()
}

fn instant(second: u64) -> Option<DateTime<Utc>> {
    let second = i64::try_from(second).ok()? - ORIGIN;
    DateTime::from_timestamp(second, 0).or(Some(DateTime::<Utc>::MAX_UTC))
}

impl<K> fmt::Debug for Wheel<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wheel")
            .field("len", &self.len)
            .field("next_due", &self.next_due())
            .finish_non_exhaustive()
    }
}
