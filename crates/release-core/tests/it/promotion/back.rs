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

#[test]
fn what_a_plan_leads_back_to_was_verified_and_runs() {
    use Verdict::{Go, Hold, Stop, Undecided};
    let ran = || vec![deployed(10, "2.0", "eu"), verified(10, "2.0", "eu")];
    let and = |more: Vec<Deed>| ran().into_iter().chain(more).collect::<Vec<_>>();
    let to = |name: &str, at| Previous::Version {
        version: version(name),
        verified: Verified { at: hour(at), source: "a ticket".into() },
    };
    let back = |of, to| vec![rolled_back(11, of, "eu", to, by_hand())];
    type Row<'a> = (&'a str, Vec<Deed>, Previous, Verdict, &'a str);
    let table: Vec<Row<'_>> = vec![
        ("nothing is on record", vec![], to("1.0", 0), Go, "verified"),
        ("nothing but elsewhere", vec![verified(0, "1.0", "us")], to("1.0", 0), Go, "verified"),
        ("it is verified later than now", vec![], to("1.0", 99), Undecided, "future"),
        ("the first one", vec![], Previous::FirstRelease, Go, "first"),
        ("the first one, said late", ran(), Previous::FirstRelease, Hold, "not-the-first"),
        ("the first one again", back("2.0", "nothing"), Previous::FirstRelease, Go, "first"),
        ("what runs, and the record knows it", ran(), to("2.0", 15), Go, "verified"),
        ("what the record should know", ran(), to("1.0", 10), Stop, "never-verified"),
        ("what was before the record", ran(), to("1.0", 9), Hold, "other-runs"),
        ("what was before the record, and is back", and(back("2.0", "1.0")), to("1.0", 9), Go, "verified"),
        ("what was rolled back", and(back("2.0", "1.0")), to("2.0", 9), Stop, "rolled-back"),
        (
            "what failed on its way, before the record",
            vec![deed(11, "1.0", "eu", What::RollbackFailed { to: version("0.9") })],
            to("1.0", 9),
            Stop,
            "rolled-back",
        ),
        (
            "what was rolled back, and verified since",
            and([back("2.0", "1.0"), vec![deployed(12, "2.0", "eu"), verified(13, "2.0", "eu")]].concat()),
            to("2.0", 9),
            Go,
            "verified",
        ),
    ];
    for (what, record, previous, verdict, reason) in table {
        let target = Target { service: "shop".into(), version: version("3.0"), features: vec![], previous };
        let ruling = way_back(&record, &environment("eu"), &target, hour(20));
        assert_eq!((ruling.verdict, codes(&ruling)), (verdict, vec![reason]), "{what}: {ruling}");
    }
    let record = [verified(1, "1.0", "eu"), verified(2, "2.0", "eu")];
    let target =
        Target { service: "shop".into(), version: version("3.0"), features: vec![], previous: to("0.9", 5) };
    let told = way_back(&record, &environment("eu"), &target, hour(20)).to_string();
    assert!(told.contains("runs 2.0, verified before 1.0"), "{told}");
}
