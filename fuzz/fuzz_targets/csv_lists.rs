//! Any bytes as a list of outages and as a list of corrections: every part of the traffic is there, and bad only where
//! something failed.

#![no_main]

use chrono::{DateTime, TimeDelta};
use libfuzzer_sys::fuzz_target;
use std::num::NonZeroU32;
use toban_adapters::csv::{OutageList, read_corrections};

fuzz_target!(|bytes: &[u8]| {
    let corrections = read_corrections("any.csv", bytes);
    if let Ok(corrections) = &corrections {
        assert!(corrections.iter().all(|correction| correction.interval.start() < correction.interval.end()));
    }
    // One day of traffic around a list keeps small lists small.
    for traffic in [1, 1000, u32::MAX] {
        let list = OutageList::new(NonZeroU32::new(traffic).unwrap(), DateTime::UNIX_EPOCH);
        let Ok(outages) = list.with_margin(TimeDelta::minutes(7)).read("any.csv", bytes) else { return };
        let minute = TimeDelta::minutes(1);
        for (at, tally) in outages.counts.iter() {
            let tally = tally.unwrap();
            assert_eq!(tally.total(), u64::from(traffic));
            let is_hit = |incident: &toban_slo::backtest::Incident| {
                incident.interval.start() < at + minute && at < incident.interval.end()
            };
            assert!(tally.bad() == 0 || outages.incidents.iter().any(is_hit), "{at}");
        }
        if outages.counts.iter().count() > 10_000 {
            return;
        }
    }
});
