//! A delay that spreads what would happen at once.

use chrono::{DateTime, TimeDelta, Utc};

use crate::recurrence::Recurrence;

/// A delay that spreads what would happen at once: the same for the same name and instant, in every process and for
/// ever.
///
/// What recurs stays where it is; its *start* is later by the delay, which is less than the most that is asked for, and
/// less than the distance to the next instant, so that starts keep the order of their instants.
///
/// ```
/// use chrono::{TimeDelta, TimeZone, Utc};
/// use toban_calendar::{ClockChange, Dates, Jitter, Recurrence, Times, Zone};
/// let nightly = Recurrence::new(Dates::daily(), Times::parse(["02:00"])?, Zone::UTC, ClockChange::ONCE)?;
/// let spread = |name| Jitter::new(TimeDelta::minutes(30), name);
/// let night = Utc.with_ymd_and_hms(2026, 11, 26, 2, 0, 0).unwrap();
/// let start = spread("backup-orders")?.start(&nightly, night);
/// assert!(night <= start && start < night + TimeDelta::minutes(30));
/// assert_eq!(start, spread("backup-orders")?.start(&nightly, night));
/// assert_ne!(start, spread("backup-users")?.start(&nightly, night));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Jitter {
    /// Seconds.
    most: u64,
    seed: u64,
}

/// A delay that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a jitter of {most} spreads nothing: expected whole seconds, at least one")]
pub struct JitterError {
    /// The rejected length.
    pub most: TimeDelta,
}

impl Jitter {
    /// Delays of less than `most`, in whole seconds, that depend on a name.
    ///
    /// # Errors
    /// When the length is not at least a second, and whole seconds long.
    pub fn new(most: TimeDelta, name: &str) -> Result<Self, JitterError> {
        let whole = u64::try_from(most.num_seconds()).ok().filter(|most| *most > 0);
        let seconds = whole.filter(|_| most.subsec_nanos() == 0).ok_or(JitterError { most })?;
        // FNV-1a, 64 bits.
        let seed = name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Ok(Self { most: seconds, seed })
    }

    /// When what recurs at the instant starts.
    #[must_use]
    pub fn start(&self, recurrence: &Recurrence, instant: DateTime<Utc>) -> DateTime<Utc> {
        let gap =
            recurrence.next(instant).and_then(|next| u64::try_from((next - instant).num_seconds()).ok());
        let bound = gap.map_or(self.most, |gap| gap.min(self.most));
        let mixed = mix(self.seed ^ instant.timestamp().cast_unsigned());
        // A share of the bound, below it; the product of two numbers of 64 bits has 128.
        let delay = (u128::from(mixed) * u128::from(bound)) >> 64;
        let delay = i64::try_from(delay).ok().and_then(TimeDelta::try_seconds).unwrap_or_default();
        instant.checked_add_signed(delay).unwrap_or(instant)
    }
}

/// The finalizer of SplitMix64 (Steele, Lea and Flood, 2014).
fn mix(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
