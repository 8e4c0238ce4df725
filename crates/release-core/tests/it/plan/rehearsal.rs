//! What rehearsals prove.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use toban_core::{Fingerprint, PersonId};
use toban_release_core::plan::{Length, Rehearsal, RehearsalOutcome, RehearsalRecord};

fn noon() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn rehearsal(about: u8, outcome: RehearsalOutcome) -> Rehearsal {
    Rehearsal {
        about: Fingerprint::from_bytes([about; 32]),
        at: noon(),
        by: PersonId::new("bob").unwrap(),
        took: Length::minutes(3),
        outcome,
        source: "a log".into(),
    }
}

#[test]
fn n_of_n_proves_less_than_it_looks_like() {
    let all: Vec<_> = (0..5).map(|_| rehearsal(1, RehearsalOutcome::Succeeded)).collect();
    let record = RehearsalRecord::of(&all, Fingerprint::from_bytes([1; 32]), noon());
    assert_eq!((record.successes, record.trials), (5, 5));
    assert!(record.is_clean());
    // 0.05^(1/5), by hand.
    assert!((record.at_least - 0.549_280_271_7).abs() < 1e-9, "{}", record.at_least);
}

#[test]
fn what_has_not_happened_yet_proves_nothing() {
    let later = Rehearsal { at: noon() + TimeDelta::seconds(1), ..rehearsal(1, RehearsalOutcome::Succeeded) };
    let record = RehearsalRecord::of(&[later], Fingerprint::from_bytes([1; 32]), noon());
    assert_eq!((record.trials, record.stale, record.is_clean()), (0, 0, false));
    assert!(record.at_least.abs() < f64::EPSILON);
}

proptest! {
    #[test]
    fn only_rehearsals_of_this_rollback_count(kinds in proptest::collection::vec((1..3_u8, any::<bool>()), 0..12)) {
        let all: Vec<_> = kinds.iter().map(|(about, is_good)| {
            rehearsal(*about, if *is_good { RehearsalOutcome::Succeeded } else { RehearsalOutcome::Failed })
        }).collect();
        let record = RehearsalRecord::of(&all, Fingerprint::from_bytes([1; 32]), noon());
        let fresh: Vec<_> = kinds.iter().filter(|(about, _)| *about == 1).collect();
        let good = fresh.iter().filter(|(_, is_good)| *is_good).count();
        prop_assert_eq!(record.trials, fresh.len() as u64);
        prop_assert_eq!(record.stale, (kinds.len() - fresh.len()) as u64);
        prop_assert_eq!(record.successes, good as u64);
        prop_assert_eq!(record.is_clean(), !fresh.is_empty() && good == fresh.len());
        prop_assert_eq!(record.longest.is_some(), good > 0);
    }
}
