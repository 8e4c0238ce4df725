//! Times of a day as products of hours, minutes and seconds, each of which one RRULE says.

use chrono::{NaiveTime, Timelike};
use std::collections::BTreeMap;

use super::rules::list;
use crate::pieces::bits;
use crate::times::{Kind, Times};

/// Times of a day that are every combination of some hours, minutes and seconds, as bit sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Product {
    pub(super) hours: u64,
    pub(super) minutes: u64,
    pub(super) seconds: u64,
}

/// All 24.
pub(super) const HOURS: u64 = 0xff_ffff;

impl Product {
    /// The times as products that have none in common.
    pub(super) fn of(times: &Times) -> Vec<Self> {
        let listed = match &times.0 {
            Kind::Fields { hours, minutes, seconds } => {
                return vec![Self { hours: *hours, minutes: *minutes, seconds: *seconds }];
            }
            Kind::Listed(listed) => listed,
        };
        let mut hours = BTreeMap::new();
        for time in listed {
            *hours.entry((time / 60 % 60, time % 60)).or_insert(0) |= 1_u64 << (time / 3600);
        }
        let mut minutes = BTreeMap::new();
        for ((minute, second), hours) in hours {
            *minutes.entry((hours, second)).or_insert(0) |= 1_u64 << minute;
        }
        let mut seconds = BTreeMap::new();
        for ((hours, second), minutes) in minutes {
            *seconds.entry((hours, minutes)).or_insert(0) |= 1_u64 << second;
        }
        seconds.into_iter().map(|((hours, minutes), seconds)| Self { hours, minutes, seconds }).collect()
    }

    /// Each time by itself.
    pub(super) fn singly(times: &Times) -> Vec<Self> {
        let one = |time: NaiveTime| Self {
            hours: 1 << time.hour(),
            minutes: 1 << time.minute(),
            seconds: 1 << time.second(),
        };
        times.iter().map(one).collect()
    }

    pub(super) fn times(self) -> Times {
        let Self { hours, minutes, seconds } = self;
        Times(Kind::Fields { hours, minutes, seconds })
    }

    /// As parts of an RRULE whose DTSTART is one of the times.
    pub(super) fn rule(self) -> Vec<String> {
        let sets = [("BYHOUR", self.hours), ("BYMINUTE", self.minutes), ("BYSECOND", self.seconds)];
        let several = sets.into_iter().filter(|(_, set)| set.count_ones() > 1);
        several.map(|(name, set)| list(name, bits(set))).collect()
    }

    /// The same, by the minutes of every hour, as clocks show it that are so many seconds behind; `None` where that
    /// are no whole minutes.
    pub(super) fn of_every_hour(self, behind: i64) -> Option<Self> {
        if self.hours != HOURS || behind % 60 != 0 {
            return None;
        }
        let turned = |minute: u32| (i64::from(minute) - behind / 60).rem_euclid(60);
        let minutes = bits(self.minutes).fold(0, |set, minute| set | 1_u64 << turned(minute));
        Some(Self { minutes, ..self })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that meets the unexpected shall fail")]
mod tests {
    use super::Product;
    use crate::times::Times;
    use chrono::NaiveTime;
    use proptest::collection::vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn products_are_the_times_and_have_none_in_common(
            seconds in vec(prop_oneof![0..86_400_u32, (0..48_u32).prop_map(|half| half * 1800)], 1..20),
        ) {
            let time = |second| NaiveTime::from_num_seconds_from_midnight_opt(second, 0).unwrap();
            let times = Times::at(seconds.into_iter().map(time)).unwrap();
            for products in [Product::of(&times), Product::singly(&times)] {
                let mut all: Vec<_> = products.into_iter().flat_map(|one| one.times().iter().collect::<Vec<_>>()).collect();
                all.sort_unstable();
                prop_assert_eq!(all, times.iter().collect::<Vec<_>>());
            }
        }
    }
}
