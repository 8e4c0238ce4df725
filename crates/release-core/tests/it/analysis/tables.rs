//! The semantics of others, row by row.

use super::{argo, argo_rules, flagger, history, in_row, level, rules, strict, tally, times, until_end};
use chrono::TimeDelta;
use toban_release_core::analysis::{
    ArgoRules, Check, CheckPhase, CheckReason, CheckSpec, FlaggerRules, Measured, MissingData, Moment, Rules,
    Schedule, Tally, overall,
};
use toban_release_core::judge::{Judge, Reading, Region, Threshold};

fn during(check: &Check, letters: &str) -> CheckPhase {
    check.assess(&tally(check, &history(letters)), Moment::During).phase
}

fn ended(check: &Check, letters: &str) -> CheckPhase {
    check.assess(&tally(check, &history(letters)), Moment::Ended).phase
}

#[test]
fn argo_measures_once_without_an_interval_and_until_the_end_with_one_alone() {
    let minute = Some(TimeDelta::minutes(1));
    let schedule = |count, interval| Schedule::argo_rollouts(count, interval, None);
    assert_eq!(schedule(None, None).unwrap().count(), Some(1));
    assert_eq!(schedule(Some(1), None).unwrap().count(), Some(1));
    assert_eq!(schedule(None, minute).unwrap().count(), None);
    assert_eq!(schedule(Some(7), minute).unwrap().count(), Some(7));
    assert!(schedule(Some(2), None).is_err());
    assert!(schedule(Some(0), minute).is_err());
    let late = Schedule::argo_rollouts(None, minute, Some(TimeDelta::minutes(5))).unwrap();
    let check = argo(late, ArgoRules::argo_rollouts());
    assert_eq!(check.next_in(None), TimeDelta::minutes(5));
    assert_eq!(check.next_in(Some(Measured::Failure)), TimeDelta::minutes(1));
}

#[test]
fn argo_measures_again_ten_seconds_after_an_error() {
    let hourly = Schedule::UntilEnd { interval: TimeDelta::hours(1), after: TimeDelta::zero() };
    let check = argo(hourly, ArgoRules::argo_rollouts());
    assert_eq!(check.next_in(Some(Measured::Error)), TimeDelta::seconds(10));
    assert_eq!(check.next_in(Some(Measured::Success)), TimeDelta::hours(1));
}

#[test]
fn argo_fails_above_the_failure_limit_which_can_be_off() {
    let check = argo(times(9), ArgoRules::argo_rollouts());
    assert_eq!(during(&check, "SF"), CheckPhase::Failed);
    let check = argo(times(9), argo_rules(2));
    assert_eq!(during(&check, "FSFS"), CheckPhase::Running);
    assert_eq!(during(&check, "FSFSF"), CheckPhase::Failed);
    let off = ArgoRules { failures: None, successes_in_row: in_row(2), ..ArgoRules::argo_rollouts() };
    assert_eq!(during(&argo(until_end(), off), "FFFFFFFF"), CheckPhase::Running);
}

#[test]
fn argo_is_inconclusive_above_that_limit() {
    let check = argo(times(9), ArgoRules::argo_rollouts());
    assert_eq!(during(&check, "SSI"), CheckPhase::Inconclusive);
    let check = argo(times(9), ArgoRules { inconclusive: 1, ..ArgoRules::argo_rollouts() });
    assert_eq!(during(&check, "SIS"), CheckPhase::Running);
    assert_eq!(during(&check, "SISI"), CheckPhase::Inconclusive);
}

#[test]
fn argo_ends_in_an_error_after_more_than_four_in_a_row() {
    let check = argo(times(9), ArgoRules::argo_rollouts());
    assert_eq!(during(&check, "EEEE"), CheckPhase::Running);
    assert_eq!(during(&check, "EEEE S EEEE"), CheckPhase::Running);
    assert_eq!(during(&check, "EEEEE"), CheckPhase::Error);
}

#[test]
fn argo_succeeds_with_so_many_successes_in_a_row() {
    let both = ArgoRules { successes_in_row: in_row(3), ..argo_rules(1) };
    let check = argo(times(5), both);
    assert_eq!(during(&check, "SSFSS"), CheckPhase::Inconclusive);
    assert_eq!(during(&check, "SSS"), CheckPhase::Successful);
    assert_eq!(during(&check, "SSFSF"), CheckPhase::Failed);
    let alone = argo(times(5), ArgoRules { failures: None, ..both });
    assert_eq!(during(&alone, "SSFSF"), CheckPhase::Failed);
    assert_eq!(during(&alone, "FSSS"), CheckPhase::Successful);
    // Without a limit on successes the count decides.
    assert_eq!(during(&argo(times(5), argo_rules(1)), "SSFSS"), CheckPhase::Successful);
    assert_eq!(during(&argo(until_end(), argo_rules(1)), "SSFSSSSSSSSS"), CheckPhase::Running);
}

#[test]
fn argo_lets_an_error_override_what_is_inconclusive_and_that_a_failure() {
    let check = argo(times(20), ArgoRules::argo_rollouts());
    assert_eq!(during(&check, "F"), CheckPhase::Failed);
    assert_eq!(during(&check, "FI"), CheckPhase::Inconclusive);
    assert_eq!(during(&check, "FIEEEEE"), CheckPhase::Error);
}

#[test]
fn argo_takes_the_worst_of_all_metrics() {
    let check = argo(times(9), ArgoRules::argo_rollouts());
    let of = |letters: &str| check.assess(&tally(&check, &history(letters)), Moment::During);
    let (successful, running, pending) = (of("SSSSSSSSS"), of("S"), of(""));
    let (inconclusive, error, failed) = (of("I"), of("EEEEE"), of("F"));
    let rising = [successful, running, pending, inconclusive, error, failed];
    for pair in rising.windows(2) {
        assert_eq!(overall([("a", pair[0]), ("b", pair[1])]).phase, pair[1].phase);
        assert!(pair[0].phase < pair[1].phase);
    }
}

#[test]
fn argo_is_successful_when_told_to_end_even_where_nothing_was_measured() {
    let check = argo(times(9), argo_rules(2));
    assert_eq!(ended(&check, ""), CheckPhase::Successful);
    assert_eq!(ended(&check, "FF"), CheckPhase::Successful);
    let why = check.assess(&Tally::new(), Moment::Ended).why;
    assert_eq!(why, CheckReason::Terminated { successes: 0 });
    assert_eq!(during(&check, ""), CheckPhase::Pending);
}

#[test]
fn argo_reads_conditions_in_its_order() {
    let (low, high) = (Region::AtMost(level(5.0)), Region::AtLeast(level(10.0)));
    let both = Threshold { success: Some(low), failure: Some(high) };
    let table = [
        (Threshold::success(low), [Measured::Success, Measured::Failure, Measured::Failure]),
        (Threshold::failure(high), [Measured::Success, Measured::Success, Measured::Failure]),
        (both, [Measured::Success, Measured::Inconclusive, Measured::Failure]),
        (Threshold::default(), [Measured::Success, Measured::Success, Measured::Success]),
    ];
    for (threshold, expected) in table {
        assert_eq!([1.0, 7.0, 12.0].map(|value| threshold.judge(value)), expected, "{threshold:?}");
    }
    // Where both hold, it fails.
    let overlapping = Threshold { success: Some(high), failure: Some(high) };
    assert_eq!(overlapping.judge(12.0), Measured::Failure);
}

#[test]
fn argo_has_no_word_for_missing_data() {
    let check = argo(times(9), ArgoRules::argo_rollouts());
    assert_eq!(check.judge_reading(&Tally::new(), &Reading::NoData).measured, Measured::Error);
    let check = strict(times(9), rules(MissingData::Hold));
    assert_eq!(check.judge_reading(&Tally::new(), &Reading::NoData).measured, Measured::NoData);
}

#[test]
fn argo_accepts_what_its_validator_accepts_and_refuses_the_rest() {
    let new = |schedule, rules| Check::new(super::spec(schedule, Rules::Argo(rules)));
    assert!(new(times(5), argo_rules(5)).is_ok());
    assert!(new(times(5), argo_rules(6)).is_err());
    let with_row =
        |failures, successes| ArgoRules { successes_in_row: in_row(successes), ..argo_rules(failures) };
    assert!(new(times(5), with_row(2, 3)).is_ok());
    assert!(new(times(5), with_row(3, 3)).is_err());
    assert!(new(times(5), ArgoRules { failures: None, ..argo_rules(0) }).is_err());
    let without = CheckSpec {
        judge: Judge::Threshold(Threshold::default()),
        ..super::spec(times(1), Rules::Argo(argo_rules(0)))
    };
    assert!(Check::new(without).is_ok());
}

#[test]
fn flagger_rolls_back_at_the_threshold_of_failed_checks_of_any_kind() {
    for (threshold, letters) in [(1, "F"), (1, "N"), (1, "E"), (1, "I"), (3, "FSSSSSSFSSSN"), (2, "EE")] {
        let check = flagger(until_end(), threshold);
        assert_eq!(during(&check, letters), CheckPhase::Failed, "{letters}");
        assert_eq!(
            during(&check, &letters[..letters.len() - 1]).max(CheckPhase::Running).min(CheckPhase::Pending),
            { if letters.len() == 1 { CheckPhase::Pending } else { CheckPhase::Running } }
        );
    }
    assert_eq!(FlaggerRules::flagger().threshold, 1);
}

#[test]
fn flagger_counts_a_tick_once_and_the_first_failing_check_wins() {
    use Measured::{Error, Failure, NoData, Success};
    assert_eq!(Measured::of_tick([Success, NoData, Failure]), Some(NoData));
    assert_eq!(Measured::of_tick([Success, Success]), Some(Success));
    assert_eq!(Measured::of_tick([Error]), Some(Error));
    assert_eq!(Measured::of_tick([]), None);
}

#[test]
fn flagger_ticks_once_a_minute_and_no_faster_than_every_ten_seconds() {
    let every =
        |seconds| Schedule::UntilEnd { interval: TimeDelta::seconds(seconds), after: TimeDelta::zero() };
    let next = |schedule| flagger(schedule, 1).next_in(Some(Measured::Success));
    assert_eq!(next(every(30)), TimeDelta::seconds(30));
    assert_eq!(next(every(3)), TimeDelta::seconds(10));
    assert_eq!(next(Schedule::Once { after: TimeDelta::zero() }), TimeDelta::minutes(1));
}

#[test]
fn a_range_of_flagger_holds_both_its_ends() {
    let range = Threshold::success(Region::Within { low: level(99.0), high: level(100.0) });
    let expected = [Measured::Failure, Measured::Success, Measured::Success, Measured::Failure];
    assert_eq!([98.9, 99.0, 100.0, 100.1].map(|value| range.judge(value)), expected);
}

#[test]
fn strict_asks_for_fresh_successes_and_bears_so_many_failures_in_all_and_in_a_row() {
    let check = strict(times(5), rules(MissingData::Hold));
    assert_eq!(during(&check, "SFSFS"), CheckPhase::Successful);
    assert_eq!(during(&check, "SFF"), CheckPhase::Failed);
    // An error between two failures is no success.
    assert_eq!(during(&check, "SFEF"), CheckPhase::Failed);
    assert_eq!(during(&check, "SFSFSF"), CheckPhase::Failed);
    assert_eq!(ended(&check, "SSS"), CheckPhase::Inconclusive);
    assert_eq!(during(&check, "SSS"), CheckPhase::Running);
    let endless = strict(until_end(), rules(MissingData::Hold));
    assert_eq!(during(&endless, "SSSSSSSSSSSS"), CheckPhase::Running);
    assert_eq!(ended(&endless, "SS"), CheckPhase::Successful);
    assert_eq!(ended(&endless, "S"), CheckPhase::Inconclusive);
    assert_eq!(ended(&endless, ""), CheckPhase::Inconclusive);
    // Good long ago and blind ever since is not good now.
    assert_eq!(ended(&endless, "SSSSEE"), CheckPhase::Held);
    assert_eq!(ended(&endless, "SSII"), CheckPhase::Inconclusive);
}

#[test]
fn strict_counts_missing_data_as_declared() {
    let phases = |missing: MissingData| {
        let check = strict(times(3), rules(missing));
        ["NN", "SNS", "SNSS"].map(|letters| during(&check, letters))
    };
    assert_eq!(
        phases(MissingData::Fail),
        [CheckPhase::Failed, CheckPhase::Successful, CheckPhase::Successful]
    );
    assert_eq!(phases(MissingData::Hold), [CheckPhase::Held, CheckPhase::Running, CheckPhase::Successful]);
    assert_eq!(
        phases(MissingData::Pass),
        [CheckPhase::Running, CheckPhase::Successful, CheckPhase::Successful]
    );
    // Declared, and still never seen.
    assert_eq!(during(&strict(times(3), rules(MissingData::Pass)), "NNN"), CheckPhase::Inconclusive);
}

#[test]
fn strict_asks_a_provider_that_is_down_again_as_soon_as_its_patience_says() {
    let check = strict(until_end(), rules(MissingData::Hold));
    assert_eq!(check.next_in(Some(Measured::Error)), TimeDelta::seconds(10));
    assert_eq!(check.next_in(Some(Measured::NoData)), TimeDelta::seconds(10));
    assert_eq!(check.next_in(Some(Measured::Failure)), TimeDelta::minutes(1));
    let check = strict(until_end(), rules(MissingData::Fail));
    assert_eq!(check.next_in(Some(Measured::NoData)), TimeDelta::minutes(1));
}
