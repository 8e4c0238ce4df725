//! What several test modules need.

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use toban_core::Ratio;
use toban_slo::{Counts, Objective, Slo, Tally, Window};

pub(crate) fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 1, 0, 0, 0).unwrap()
}

pub(crate) fn minutes(count: i64) -> TimeDelta {
    TimeDelta::minutes(count)
}

pub(crate) fn ratio(num: u128, den: u128) -> Ratio {
    Ratio::new(num, den).unwrap()
}

/// `(bad, total)` a minute; `None` is a gap.
pub(crate) fn counts(slots: &[Option<(u64, u64)>]) -> Counts {
    let mut counts = Counts::per_minute(start());
    for (minute, slot) in slots.iter().enumerate() {
        if let Some((bad, total)) = slot {
            let at = start() + minutes(i64::try_from(minute).unwrap());
            counts.add(at, Tally::from_bad(*bad, *total).unwrap()).unwrap();
        }
    }
    counts
}

/// A month at a constant traffic, with a share of bad by minute.
pub(crate) fn month(traffic: u64, bad: impl Fn(i64) -> u64) -> Counts {
    let mut counts = Counts::per_minute(start());
    for minute in 0..43_200 {
        counts.add(start() + minutes(minute), Tally::from_bad(bad(minute), traffic).unwrap()).unwrap();
    }
    counts
}

pub(crate) fn slo(percent: &str, window: Window) -> Slo {
    Slo::availability("shop", Objective::percent(percent).unwrap(), window)
}
