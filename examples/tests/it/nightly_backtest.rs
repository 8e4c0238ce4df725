//! The backtest passes on a policy that calls for every incident, and fails on one that does not.

const BACKTEST: &str = env!("CARGO_BIN_EXE_nightly-backtest");

#[test]
fn the_workbook_calls_somebody_for_every_fault_that_failed_requests() {
    let (code, stdout, stderr) = crate::run(BACKTEST, &[]);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    let [deploy, outage, slow, payment, score] = stdout.lines().collect::<Vec<_>>()[..] else {
        panic!("{stdout}")
    };
    // As check.py of the recording works it out by itself.
    assert_eq!(deploy, "called bad-deploy       page-fast after 6 min");
    assert_eq!(outage, "called outage           page-fast after 1 min");
    assert_eq!(slow, "called slow-burn        ticket-slow after 61 min");
    assert_eq!(payment, "called payment-failure  page-fast after 24 min");
    assert!(score.starts_with("4 of 4, "), "{score}");
}

#[test]
fn a_policy_of_pages_alone_misses_the_slow_burn() {
    let (code, stdout, stderr) = crate::run(BACKTEST, &["page-fast", "page-slow"]);
    assert_eq!((code, stderr.as_str()), (Some(1), ""));
    let missed: Vec<_> = stdout.lines().filter(|line| line.starts_with("MISSED")).collect();
    assert_eq!(missed.len(), 1, "{stdout}");
    assert!(stdout.contains("MISSED slow-burn"), "{stdout}");
    assert!(stdout.lines().last().is_some_and(|score| score.starts_with("3 of 4, ")), "{stdout}");
}

#[test]
fn a_rule_that_is_not_there_is_named_and_tests_nothing() {
    let (code, stdout, stderr) = crate::run(BACKTEST, &["page-fast", "page-slwo"]);
    assert_eq!((code, stdout.as_str()), (Some(2), ""));
    let told = "no rule is called \"page-slwo\": there are page-fast, page-slow, ticket-fast, ticket-slow";
    assert!(stderr.contains(told), "{stderr}");
}
