//! What may go back to what.

use super::*;

#[test]
fn each_rule_of_a_rollback_holds() {
    use Verdict::{Go, Stop, Undecided};
    let auto = Trigger::Automatic;
    let silent = Trigger::Person { by: person("bea"), why: " ".into() };
    let ran = || vec![verified(0, "1.0", "eu"), deployed(10, "2.0", "eu")];
    let and = |more: Vec<Deed>| ran().into_iter().chain(more).collect::<Vec<_>>();
    let back = |at, by| rolled_back(at, "2.0", "eu", "1.0", by);
    let failed = deed(11, "2.0", "eu", What::RollbackFailed { to: version("1.0") });
    type Row<'a> = (&'a str, Vec<Deed>, &'a str, Trigger, Verdict, &'a [&'a str]);
    let table: Vec<Row<'_>> = vec![
        ("to what was verified", ran(), "1.0", auto.clone(), Go, &["verified"]),
        (
            "to what never was",
            and(vec![deployed(-5, "0.9", "eu")]),
            "0.9",
            auto.clone(),
            Stop,
            &["never-verified"],
        ),
        (
            "not even by a person",
            and(vec![deployed(-5, "0.9", "eu")]),
            "0.9",
            by_hand(),
            Stop,
            &["never-verified"],
        ),
        (
            "to what was verified elsewhere",
            and(vec![verified(-5, "0.9", "us")]),
            "0.9",
            auto.clone(),
            Stop,
            &["never-verified"],
        ),
        (
            "to what was verified later than now",
            and(vec![verified(99, "0.9", "eu")]),
            "0.9",
            auto.clone(),
            Stop,
            &["never-verified"],
        ),
        ("to itself", ran(), "2.0", auto.clone(), Stop, &["already-there", "never-verified"]),
        (
            "of what came by a rollback",
            and(vec![verified(-5, "0.9", "eu"), back(11, auto.clone())]),
            "0.9",
            auto.clone(),
            Stop,
            &["rollback-of-rollback"],
        ),
        (
            "that, by a person",
            and(vec![verified(-5, "0.9", "eu"), back(11, auto.clone())]),
            "0.9",
            by_hand(),
            Go,
            &["verified"],
        ),
        (
            "to what was rolled back",
            and(vec![verified(10, "2.0", "eu"), back(11, auto.clone()), deployed(12, "3.0", "eu")]),
            "2.0",
            by_hand(),
            Stop,
            &["rolled-back"],
        ),
        (
            "after one that did not work",
            and(vec![failed.clone()]),
            "1.0",
            auto.clone(),
            Stop,
            &["rollback-failed"],
        ),
        ("that, by a person", and(vec![failed.clone()]), "1.0", by_hand(), Go, &["verified"]),
        (
            "that, after the next release",
            and(vec![failed, deployed(12, "3.0", "eu")]),
            "1.0",
            auto,
            Go,
            &["verified"],
        ),
        ("by a person who does not say why", ran(), "1.0", silent, Stop, &["no-reason"]),
    ];
    for (what, record, to, by, verdict, reasons) in table {
        let ruling = rollback(&record, &environment("eu"), &version(to), &by, hour(20));
        assert_eq!((ruling.verdict, codes(&ruling)), (verdict, reasons.to_vec()), "{what}: {ruling}");
    }
    let unknown = [verified(0, "1.0", "eu"), rolled_back(1, "1.0", "eu", "0.9", by_hand())];
    assert_eq!(last_good(&unknown, &environment("eu"), hour(2)), None);
    assert_eq!(last_good(&ran(), &environment("eu"), hour(20)), Some(&version("1.0")));
    assert_eq!(last_good(&ran(), &environment("us"), hour(20)), None);
    let ruling = rollback(&[], &environment("eu"), &version("1.0"), &by_hand(), hour(2));
    assert_eq!((ruling.verdict, Undecided == ruling.verdict), (Stop, false));
}
