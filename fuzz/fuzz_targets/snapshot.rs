//! Any bytes as a snapshot of the streaming evaluator, its checksum put right: an error, or an evaluator that goes on.

#![no_main]

#[path = "../../crates/slo/tests/it/stream/kinds.rs"]
mod kinds;

use chrono::TimeDelta;
use kinds::every_kind;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use toban_slo::{AlertPolicy, Evaluator, Restored, Slo, Tally};

static SLOS: LazyLock<Vec<(Slo, AlertPolicy)>> = LazyLock::new(every_kind);

fuzz_target!(|bytes: &[u8]| {
    let restore = |bytes: &[u8]| Evaluator::restore(bytes, SLOS.iter().map(|(slo, policy)| (slo, policy)));
    let Ok(Restored { mut evaluator, .. }) = restore(&summed(bytes)) else { return };
    let Some(next) = evaluator.next_tick() else { return };
    for key in evaluator.slos().collect::<Vec<_>>() {
        let _ = evaluator.record(key, next - TimeDelta::minutes(2), Tally::one(false));
    }
    let _ = evaluator.tick(next + TimeDelta::minutes(3), |_| {});
    for key in evaluator.slos() {
        let last = [1, 10, 60].map(|length| evaluator.last(key, TimeDelta::minutes(length)));
        let _ = (last, evaluator.budget(key), evaluator.alerts(key).count());
    }
    let mut again = Vec::new();
    evaluator.snapshot(&mut again).unwrap();
    assert!(restore(&again).is_ok());
});

/// The same with the checksum of what stands before it, which no chance would find.
fn summed(bytes: &[u8]) -> Vec<u8> {
    let words = bytes.as_chunks::<8>().0;
    let words = words.split_last().map_or(words, |(_, words)| words);
    let sum = words.iter().fold(0_u64, |sum, word| {
        (sum.rotate_left(23) ^ u64::from_le_bytes(*word)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    });
    words.iter().flatten().copied().chain(sum.to_le_bytes()).collect()
}
