//! Any bytes as a snapshot of the streaming evaluator, its checksum put right: an error, or an evaluator that goes on.

#![no_main]

use chrono::TimeDelta;
use libfuzzer_sys::fuzz_target;
use toban_calendar::{Period, Zone};
use toban_core::Ratio;
use toban_slo::{AlertPolicy, AlertRule, Evaluator, Objective, Restored, Severity, Slo, Window};

fuzz_target!(|bytes: &[u8]| {
    let slos = ["a", "b"].map(defined);
    let restore = |bytes: &[u8]| Evaluator::restore(bytes, slos.iter().map(|(slo, policy)| (slo, policy)));
    let Ok(Restored { mut evaluator, .. }) = restore(&summed(bytes)) else { return };
    let Some(next) = evaluator.next_tick() else { return };
    let _ = evaluator.tick(next + TimeDelta::minutes(3), |_| {});
    for key in evaluator.slos() {
        let last = evaluator.last(key, TimeDelta::minutes(1));
        let _ = (last, evaluator.budget(key), evaluator.alerts(key).count());
    }
    let mut again = Vec::new();
    evaluator.snapshot(&mut again).unwrap();
    assert!(restore(&again).is_ok());
});

fn defined(name: &str) -> (Slo, AlertPolicy) {
    let day = Window::calendar(Period::day(), Zone::UTC);
    let slo = Slo::availability(name, Objective::percent("99").unwrap(), day);
    let (long, short) = (TimeDelta::minutes(4), TimeDelta::minutes(1));
    let rule = AlertRule::burn_rate("page", Severity::Page, long, short, Ratio::whole(10));
    let policy = AlertPolicy::new().with_rule(&slo, rule).unwrap();
    (slo, policy)
}

/// The same with the checksum of what stands before it, which no chance would find.
fn summed(bytes: &[u8]) -> Vec<u8> {
    let words = bytes.as_chunks::<8>().0;
    let words = words.split_last().map_or(words, |(_, words)| words);
    let sum = words.iter().fold(0_u64, |sum, word| {
        (sum.rotate_left(23) ^ u64::from_le_bytes(*word)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    });
    words.iter().flatten().copied().chain(sum.to_le_bytes()).collect()
}
