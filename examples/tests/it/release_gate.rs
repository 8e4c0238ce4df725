//! The gate opens and closes with the budget.

const GATE: &str = env!("CARGO_BIN_EXE_release-gate");

#[test]
fn with_budget_left_it_says_go() {
    let (code, stdout, stderr) = crate::run(GATE, &[]);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert!(
        stdout.starts_with("shop: go; the error budget is not used up: state healthy, spent 0, bad 0,"),
        "{stdout}"
    );
}

#[test]
fn when_the_budget_is_gone_it_says_stop_and_why() {
    let (code, stdout, stderr) = crate::run(GATE, &["2026-11-16T21:00:00Z"]);
    assert_eq!((code, stderr.as_str()), (Some(1), ""));
    let [ruling, action] = stdout.lines().collect::<Vec<_>>()[..] else { panic!("{stdout}") };
    assert!(ruling.starts_with("shop: stop; too much of the error budget is spent:"), "{ruling}");
    // 27,257 requests by then, 352 of them answered 5xx: zcat access.log.gz | awk '$4 < "[16/Nov/2026:21:00"'
    assert!(ruling.contains("bad 352, allowed 27.257,"), "{ruling}");
    // That is far more than 21 hours allow, and more than the week does.
    assert!(ruling.contains("slots so far 1260, slots of the whole window 10080"), "{ruling}");
    assert_eq!(action, "  release only fixes of reliability and security");
}

#[test]
fn when_most_of_it_is_gone_a_person_must_approve() {
    let (code, stdout, _) = crate::run(GATE, &["2026-11-16T10:30:00Z"]);
    assert_eq!(code, Some(1));
    assert!(stdout.starts_with("shop: hold; ") && stdout.contains("person has approved"), "{stdout}");
}

#[test]
fn what_is_not_known_is_no_go() {
    let (code, stdout, _) = crate::run(GATE, &["2026-11-15T00:00:00Z"]);
    assert_eq!(code, Some(1));
    assert!(stdout.starts_with("shop: undecided; nothing was seen"), "{stdout}");
}

#[test]
fn a_gate_that_cannot_ask_says_so_and_stays_shut() {
    for arguments in [&["yesterday"][..], &["2026-11-16T10:30:00Z", "no-such.log"]] {
        let (code, stdout, stderr) = crate::run(GATE, arguments);
        assert_eq!((code, stdout.as_str()), (Some(2), ""));
        assert!(stderr.starts_with("release-gate: ") && stderr.lines().count() == 1, "{stderr}");
    }
}
