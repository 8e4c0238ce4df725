//! Whatever is proposed mends what it is proposed for.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use toban_core::{Interval, Verdict};
use toban_routine::{CapacityReport, RoutineDraft, ShortfallKind, capacity};

/// January and February 2027 in UTC.
pub(crate) fn two_months() -> Interval {
    Interval::new("2027-01-01T00:00:00Z".parse().unwrap(), "2027-03-01T00:00:00Z".parse().unwrap()).unwrap()
}

pub(crate) fn draft(people: &[Value], tasks: &[Value]) -> RoutineDraft {
    let team = json!({"people": people, "toil_cap": "50%", "interrupts": "1h"});
    serde_json::from_value(json!({"zone": "UTC", "team": team, "tasks": tasks})).unwrap()
}

fn dates() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!("daily")),
        Just(json!({"weekly": ["mon", "tue", "wed", "thu", "fri"]})),
        Just(json!({"weekly": ["fri"]})),
    ]
}

/// Somebody whose name is in none of the drafts.
pub(crate) fn persons() -> impl Strategy<Value = Value> {
    let roles = prop::sample::subsequence(vec!["ops", "net"], 0..=2);
    let skills = prop::sample::subsequence(vec!["sql"], 0..=1);
    let shifts = vec![("09:00", "17:00"), ("08:00", "12:00"), ("12:00", "20:00"), ("22:00", "06:00")];
    (roles, skills, prop::sample::select(shifts), dates()).prop_map(|(roles, skills, (from, to), on)| {
        let hours = json!([{"on": on, "from": from, "to": to}]);
        json!({"id": "zoe", "roles": roles, "skills": skills, "hours": hours, "leave": "10%"})
    })
}

fn tasks() -> impl Strategy<Value = Value> {
    let owner = prop::sample::select(vec!["ops", "ops", "net"]);
    let skills = prop::sample::subsequence(vec!["sql"], 0..=1);
    let people = prop_oneof![4 => Just(json!(1)), 1 => Just(json!(2)), 1 => Just(json!("all"))];
    let estimate = prop::sample::select(vec!["10m", "30m", "45m", "1h30m", "3h"]);
    (owner, skills, people, estimate, dates(), 7_u32..19, 0_u32..4, 0_u32..8).prop_map(
        |(owner, skills, people, estimate, on, hour, quarter, kind)| {
            let mut task = json!({"title": "work", "owner": {"role": owner}, "skills": skills, "people": people,
                "estimate": estimate});
            if kind == 0 {
                task["on"] = json!({"weekly": "fri"});
            } else {
                let at = format!("{hour:02}:{:02}", quarter * 15);
                task["when"] = json!({"on": on, "at": at});
            }
            task
        },
    )
}

pub(crate) fn drafts() -> impl Strategy<Value = RoutineDraft> {
    let people = prop::collection::vec(persons(), 1..=4);
    let tasks = prop::collection::vec(tasks(), 1..=6);
    (people, tasks).prop_map(|(mut people, mut tasks)| {
        let name = |letter: char, values: &mut [Value]| {
            for (place, value) in values.iter_mut().enumerate() {
                value["id"] = json!(format!("{letter}{place}"));
            }
        };
        name('p', &mut people);
        name('t', &mut tasks);
        draft(&people, &tasks)
    })
}

/// One case where other laws have so many: each looks through two months.
pub(crate) fn some(of: u32) -> ProptestConfig {
    ProptestConfig { cases: ProptestConfig::default().cases.div_ceil(of), ..ProptestConfig::default() }
}

fn stops(report: &CapacityReport) -> usize {
    report.shortfalls.iter().filter(|found| found.kind.verdict() == Verdict::Stop).count()
}

proptest! {
    #![proptest_config(some(10))]

    #[test]
    fn what_is_proposed_mends_and_nothing_gets_worse(draft in drafts()) {
        let before = capacity(&draft, two_months(), two_months().start());
        for found in before.shortfalls.iter().filter(|found| !found.changes.is_empty()) {
            let mut mended = draft.clone();
            found.changes.iter().for_each(|change| change.apply(&mut mended));
            let after = capacity(&mended, two_months(), two_months().start());
            prop_assert!(!after.shortfalls.iter().any(|other| other.is_same(found)), "{}", found.text.en);
            // What could not be seen before may come to light.
            let known = usize::from(found.kind == ShortfallKind::OpenTime);
            let is_no_worse = match found.kind {
                ShortfallKind::TooFew | ShortfallKind::Unskilled | ShortfallKind::Unowned => true,
                _ => after.shortfalls.len() <= before.shortfalls.len() && stops(&after) <= stops(&before) + known,
            };
            prop_assert!(is_no_worse, "{}: {:?}", found.text.en, found.changes);
        }
    }
}

#[test]
fn most_of_what_is_found_has_a_proposal() {
    let mut runner = TestRunner::deterministic();
    let (mut all, mut without) = (0, BTreeMap::<_, usize>::new());
    for _ in 0..40 {
        let draft = drafts().new_tree(&mut runner).unwrap().current();
        let report = capacity(&draft, two_months(), two_months().start());
        all += report.shortfalls.len();
        for found in report.shortfalls.iter().filter(|found| found.changes.is_empty()) {
            *without.entry(found.kind.code()).or_default() += 1;
        }
    }
    let missing: usize = without.values().sum();
    assert!(all > 80 && missing * 10 < all, "{missing} of {all}: {without:?}");
}
