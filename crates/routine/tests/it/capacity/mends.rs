//! Whatever is proposed mends what it is proposed for.

use super::drafts::{full_drafts, some_drafts, two_months};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::Value;
use std::collections::BTreeMap;
use toban_core::Verdict;
use toban_routine::{CapacityReport, RoutineDraft, Shortfall, ShortfallKind, capacity};

fn read(draft: Value) -> RoutineDraft {
    serde_json::from_value(draft).unwrap()
}

pub(crate) fn drafts() -> impl Strategy<Value = RoutineDraft> {
    some_drafts().prop_map(read)
}

/// One case where other laws have so many: each looks through two months.
pub(crate) fn some(of: u32) -> ProptestConfig {
    ProptestConfig { cases: ProptestConfig::default().cases.div_ceil(of), ..ProptestConfig::default() }
}

fn stops(report: &CapacityReport) -> usize {
    report.shortfalls.iter().filter(|found| found.kind.verdict() == Verdict::Stop).count()
}

fn tasks(found: &Shortfall) -> Vec<&str> {
    found.witness.tasks.iter().map(|(task, _)| task.as_str()).collect()
}

fn is_any_in<T: PartialEq>(some: &[T], others: &[T]) -> bool {
    some.iter().any(|one| others.contains(one))
}

/// How many times of the tasks have too few people, for whatever reason.
fn unstaffed(report: &CapacityReport, of: &Shortfall) -> usize {
    let kinds = ["closed", "outside-hours", "past-hours"];
    let all =
        report.shortfalls.iter().filter(|one| kinds.contains(&one.kind.code()) && tasks(one) == tasks(of));
    all.map(|one| one.count).sum()
}

/// What is left of what was found: told from the drafts anew, without names of patterns.
fn left(
    draft: &RoutineDraft,
    before: &CapacityReport,
    mended: &RoutineDraft,
    found: &Shortfall,
) -> Option<String> {
    let after = capacity(mended, two_months(), two_months().start());
    let code = found.kind.code();
    let alike = || after.shortfalls.iter().filter(|one| one.kind.code() == code);
    match found.kind {
        ShortfallKind::Month { .. } | ShortfallKind::Week { .. } => {
            alike().next()?;
            let all = if code == "month" { &before.months } else { &before.weeks };
            all.iter().find_map(|period| {
                // A month or a week by itself has one division of its work.
                let alone = |draft| {
                    let report = capacity(draft, period.within, period.within.start());
                    report
                        .shortfalls
                        .into_iter()
                        .find(|one| one.kind.code() == code && one.witness.within == Some(period.within))
                };
                let was = alone(draft).filter(|was| was.witness.people == found.witness.people)?;
                let is = alone(mended)?;
                let is_left = is_any_in(&was.witness.people, &is.witness.people)
                    || is_any_in(&tasks(&was), &tasks(&is));
                is_left.then_some(is.text.en)
            })
        }
        ShortfallKind::OnePerson => {
            let who = ["one-person", "too-few", "unskilled", "unowned"];
            let mut all = after.shortfalls.iter().filter(|one| who.contains(&one.kind.code()));
            all.find(|one| is_any_in(&tasks(one), &tasks(found))).map(|one| one.text.en.clone())
        }
        ShortfallKind::TooFew | ShortfallKind::Unskilled | ShortfallKind::Unowned => {
            alike().find(|one| is_any_in(&tasks(one), &tasks(found))).map(|one| one.text.en.clone())
        }
        ShortfallKind::Closed | ShortfallKind::OutsideHours | ShortfallKind::PastHours => {
            let (was, is) = (unstaffed(before, found), unstaffed(&after, found));
            (is + found.count > was).then(|| format!("{was} times, then {is}"))
        }
        _ => alike().find(|one| one.witness.tasks == found.witness.tasks).map(|one| one.text.en.clone()),
    }
}

fn check(draft: &RoutineDraft) -> Result<(), TestCaseError> {
    let before = capacity(draft, two_months(), two_months().start());
    for found in before.shortfalls.iter().filter(|found| !found.changes.is_empty()) {
        let mut mended = draft.clone();
        found.changes.iter().for_each(|change| change.apply(&mut mended));
        let left = left(draft, &before, &mended, found);
        prop_assert!(left.is_none(), "{}: {:?} leaves {left:?}", found.text.en, found.changes);
        let after = capacity(&mended, two_months(), two_months().start());
        let (all, stop) = (before.shortfalls.len(), stops(&before));
        let is_stop = usize::from(found.kind.verdict() == Verdict::Stop);
        let is_no_worse = match found.kind {
            // What could not be seen before may come to light.
            ShortfallKind::TooFew | ShortfallKind::Unskilled | ShortfallKind::Unowned => true,
            ShortfallKind::OpenTime => after.shortfalls.len() <= all && stops(&after) <= stop + 1,
            _ => after.shortfalls.len() < all && stops(&after) + is_stop <= stop,
        };
        prop_assert!(is_no_worse, "{}: {:?}", found.text.en, found.changes);
    }
    Ok(())
}

proptest! {
    #![proptest_config(some(10))]

    #[test]
    fn what_is_proposed_mends_and_nothing_gets_worse(draft in drafts()) {
        check(&draft)?;
    }

    #[test]
    fn what_is_proposed_for_too_much_work_mends_it(draft in full_drafts()) {
        check(&read(draft))?;
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
