//! What may go on to the next environment, and what may go back.

mod back;
mod laws;
mod rollout;

use crate::support::{Process, World, approve, course, propose};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};
use toban_core::{PersonId, Ruling, Verdict};
use toban_durable::history;
use toban_durable::testing::block_on;
use toban_release_core::plan::{EnvironmentKind, Previous, Target, Verified, Version};
use toban_release_core::promotion::deeds as deeds_of;
use toban_release_core::promotion::{
    Deed, EnvironmentId, Leave, PolicyError, PromotionPolicy, PromotionPolicySpec, PromotionRule, Trigger,
    Upstream, What, last_good, promotion, rollback, way_back,
};
use toban_release_core::rollout::{Course, Request, Rollout};

fn hour(hour: i64) -> DateTime<Utc> {
    "2026-03-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::hours(hour)
}

fn version(name: &str) -> Version {
    Version::new(name).unwrap()
}

fn environment(name: &str) -> EnvironmentId {
    EnvironmentId::new(name).unwrap()
}

fn person(name: &str) -> PersonId {
    PersonId::new(name).unwrap()
}

fn deed(at: i64, of: &str, place: &str, what: What) -> Deed {
    let (version, environment) = (version(of), environment(place));
    Deed { version, environment, at: hour(at), what, source: "the pipeline".into() }
}

fn verified(at: i64, of: &str, place: &str) -> Deed {
    deed(at, of, place, What::Verified)
}

fn deployed(at: i64, of: &str, place: &str) -> Deed {
    deed(at, of, place, What::Deployed)
}

fn by_hand() -> Trigger {
    Trigger::Person { by: person("bea"), why: "users complain".into() }
}

fn rolled_back(at: i64, of: &str, place: &str, to: &str, by: Trigger) -> Deed {
    deed(at, of, place, What::RolledBack { to: version(to), by })
}

fn lifted(at: i64, of: &str, place: &str) -> Deed {
    deed(at, of, place, What::HoldLifted { by: person("cy"), why: "it was the network".into() })
}

fn approved(at: i64, of: &str, place: &str, by: &str) -> Deed {
    deed(at, of, place, What::Approved { by: person(by), why: "looked at it".into() })
}

fn rejected(at: i64, of: &str, place: &str, by: &str) -> Deed {
    deed(at, of, place, What::Rejected { by: person(by), why: "not now".into() })
}

/// Development, two places for tests beside each other, production, which asks for this.
fn spec(upstream: Upstream, soak: i64, leave: Leave) -> PromotionPolicySpec {
    let order: Vec<_> = ["development", "eu", "us", "production"].map(environment).into();
    let direct =
        || PromotionRule { upstream: Upstream::Direct, soak: TimeDelta::zero(), leave: Leave::Automatic };
    let mut rules: BTreeMap<_, _> = order.iter().map(|one| (one.clone(), direct())).collect();
    let rule = PromotionRule { upstream, soak: TimeDelta::hours(soak), leave };
    rules.insert(environment("production"), rule);
    PromotionPolicySpec { order, rules }
}

fn policy(upstream: Upstream, soak: i64, leave: Leave) -> PromotionPolicy {
    PromotionPolicy::new(spec(upstream, soak, leave)).unwrap()
}

fn eu() -> Upstream {
    Upstream::All(vec![environment("eu")])
}

fn both() -> Vec<EnvironmentId> {
    vec![environment("eu"), environment("us")]
}

/// Whether 2.0 may go to production at that hour.
fn ask(policy: &PromotionPolicy, record: &[Deed], at: i64) -> Ruling {
    promotion(policy, record, &version("2.0"), &environment("production"), hour(at))
}

fn codes(ruling: &Ruling) -> Vec<&str> {
    ruling.reasons.iter().map(|reason| reason.code.as_str()).collect()
}

#[test]
fn each_rule_of_a_promotion_holds() {
    use Verdict::{Go, Hold, Stop};
    let soaks = policy(eu(), 10, Leave::Automatic);
    let all = policy(Upstream::All(both()), 10, Leave::Automatic);
    let one = policy(Upstream::OneOf(both()), 10, Leave::Automatic);
    let direct = policy(Upstream::Direct, 0, Leave::Automatic);
    let asks = policy(eu(), 0, Leave::OneOf(BTreeSet::from([person("ann"), person("bea")])));
    let anybody = policy(eu(), 0, Leave::Anybody);
    let seen = || verified(0, "2.0", "eu");
    let here = "production";
    let auto = Trigger::Automatic;
    type Row<'a> = (&'a str, &'a PromotionPolicy, Vec<Deed>, i64, Verdict, &'a [&'a str], Option<i64>);
    let table: Vec<Row<'_>> = vec![
        ("nothing is known", &soaks, vec![], 0, Hold, &["not-verified"], None),
        (
            "deployed is not verified",
            &soaks,
            vec![deployed(0, "2.0", "eu")],
            99,
            Hold,
            &["not-verified"],
            None,
        ),
        (
            "another place counts for nothing",
            &soaks,
            vec![verified(0, "2.0", "us")],
            99,
            Hold,
            &["not-verified"],
            None,
        ),
        ("it soaks", &soaks, vec![seen()], 9, Hold, &["soaking"], Some(10)),
        ("it has soaked", &soaks, vec![seen()], 10, Go, &["all-seen"], None),
        (
            "the soak counts from verified",
            &soaks,
            vec![deployed(-99, "2.0", "eu"), seen()],
            9,
            Hold,
            &["soaking"],
            Some(10),
        ),
        (
            "verified twice begins once",
            &soaks,
            vec![seen(), verified(5, "2.0", "eu")],
            10,
            Go,
            &["all-seen"],
            None,
        ),
        ("replaced too early", &soaks, vec![seen(), deployed(9, "3.0", "eu")], 99, Hold, &["replaced"], None),
        (
            "replaced by what was only verified",
            &soaks,
            vec![seen(), verified(9, "3.0", "eu")],
            99,
            Hold,
            &["replaced"],
            None,
        ),
        (
            "replaced after it had soaked",
            &soaks,
            vec![seen(), deployed(10, "3.0", "eu")],
            99,
            Go,
            &["all-seen"],
            None,
        ),
        (
            "two short stays are no long one",
            &soaks,
            vec![seen(), deployed(6, "3.0", "eu"), verified(7, "2.0", "eu"), deployed(13, "3.0", "eu")],
            99,
            Hold,
            &["replaced"],
            None,
        ),
        (
            "the longest stay counts",
            &soaks,
            vec![seen(), deployed(10, "3.0", "eu"), verified(20, "2.0", "eu")],
            21,
            Go,
            &["all-seen"],
            None,
        ),
        (
            "rolled back upstream",
            &soaks,
            vec![seen(), rolled_back(50, "2.0", "eu", "1.0", auto.clone())],
            99,
            Hold,
            &["rolled-back-upstream"],
            None,
        ),
        (
            "verified anew after that",
            &soaks,
            vec![seen(), rolled_back(50, "2.0", "eu", "1.0", auto.clone()), verified(60, "2.0", "eu")],
            69,
            Hold,
            &["soaking"],
            Some(70),
        ),
        (
            "what it had soaked before a rollback is gone",
            &soaks,
            vec![
                seen(),
                deployed(20, "3.0", "eu"),
                rolled_back(50, "2.0", "eu", "1.0", auto.clone()),
                verified(60, "2.0", "eu"),
            ],
            69,
            Hold,
            &["soaking"],
            Some(70),
        ),
        (
            "rolled back in the instant of verified",
            &soaks,
            vec![rolled_back(0, "2.0", "eu", "1.0", auto.clone()), seen()],
            99,
            Hold,
            &["rolled-back-upstream"],
            None,
        ),
        (
            "rolled back later than now",
            &soaks,
            vec![seen(), rolled_back(50, "2.0", "eu", "1.0", auto.clone())],
            20,
            Go,
            &["all-seen"],
            Some(50),
        ),
        (
            "verified later than now",
            &soaks,
            vec![verified(5, "2.0", "eu")],
            0,
            Verdict::Undecided,
            &["future"],
            Some(5),
        ),
        ("all of two", &all, vec![seen()], 99, Hold, &["not-verified"], None),
        (
            "all of two soak to the last",
            &all,
            vec![seen(), verified(3, "2.0", "us")],
            5,
            Hold,
            &["soaking", "soaking"],
            Some(13),
        ),
        ("all of two have soaked", &all, vec![seen(), verified(3, "2.0", "us")], 13, Go, &["all-seen"], None),
        (
            "one of two soaks to the first",
            &one,
            vec![seen(), verified(3, "2.0", "us")],
            5,
            Hold,
            &["soaking", "soaking"],
            Some(10),
        ),
        ("one of two", &one, vec![seen()], 10, Go, &["all-seen"], None),
        ("straight from the build", &direct, vec![], 0, Go, &["all-seen"], None),
        ("it is there", &direct, vec![deployed(0, "2.0", here)], 1, Stop, &["already-there"], None),
        (
            "it was there",
            &direct,
            vec![deployed(0, "2.0", here), deployed(1, "3.0", here)],
            2,
            Go,
            &["all-seen"],
            None,
        ),
        (
            "held after a person's rollback",
            &direct,
            vec![rolled_back(0, "2.0", here, "1.0", by_hand())],
            99,
            Hold,
            &["held"],
            None,
        ),
        (
            "not held after a rollback of another",
            &direct,
            vec![rolled_back(0, "3.0", here, "1.0", by_hand())],
            99,
            Go,
            &["all-seen"],
            None,
        ),
        (
            "not held after a rollback elsewhere",
            &soaks,
            vec![rolled_back(-9, "2.0", "us", "1.0", by_hand()), seen()],
            99,
            Go,
            &["all-seen"],
            None,
        ),
        (
            "the hold is lifted",
            &direct,
            vec![rolled_back(0, "2.0", here, "1.0", by_hand()), lifted(1, "2.0", here)],
            2,
            Go,
            &["all-seen"],
            None,
        ),
        (
            "and lifted too early",
            &direct,
            vec![lifted(-1, "2.0", here), rolled_back(0, "2.0", here, "1.0", by_hand())],
            2,
            Hold,
            &["held"],
            None,
        ),
        (
            "lifted elsewhere",
            &direct,
            vec![rolled_back(0, "2.0", here, "1.0", by_hand()), lifted(1, "2.0", "eu")],
            2,
            Hold,
            &["held"],
            None,
        ),
        (
            "a rollback by itself later does not lift",
            &direct,
            vec![
                rolled_back(0, "2.0", here, "1.0", by_hand()),
                rolled_back(1, "2.0", here, "1.0", auto.clone()),
            ],
            2,
            Hold,
            &["held"],
            None,
        ),
        (
            "came back by itself, old evidence",
            &soaks,
            vec![seen(), rolled_back(50, "2.0", here, "1.0", auto.clone())],
            99,
            Hold,
            &["not-verified-since"],
            None,
        ),
        (
            "came back by itself, new evidence",
            &soaks,
            vec![seen(), rolled_back(50, "2.0", here, "1.0", auto.clone()), verified(60, "2.0", "eu")],
            70,
            Go,
            &["all-seen"],
            None,
        ),
        (
            "came back by itself, lifted",
            &soaks,
            vec![seen(), rolled_back(50, "2.0", here, "1.0", auto), lifted(51, "2.0", here)],
            52,
            Go,
            &["all-seen"],
            None,
        ),
        ("nobody gave leave", &asks, vec![seen()], 1, Hold, &["no-leave"], None),
        (
            "leave of one of them",
            &asks,
            vec![seen(), approved(1, "2.0", here, "ann")],
            1,
            Go,
            &["all-seen"],
            None,
        ),
        (
            "leave of another",
            &asks,
            vec![seen(), approved(1, "2.0", here, "dan")],
            1,
            Hold,
            &["no-leave"],
            None,
        ),
        (
            "leave of anybody",
            &anybody,
            vec![seen(), approved(1, "2.0", here, "dan")],
            1,
            Go,
            &["all-seen"],
            None,
        ),
        (
            "leave for another version",
            &asks,
            vec![seen(), approved(1, "3.0", here, "ann")],
            1,
            Hold,
            &["no-leave"],
            None,
        ),
        (
            "leave later than now",
            &asks,
            vec![seen(), approved(5, "2.0", here, "ann")],
            1,
            Verdict::Undecided,
            &["future"],
            Some(5),
        ),
        (
            "leave does not make verified",
            &asks,
            vec![approved(1, "2.0", here, "ann")],
            1,
            Hold,
            &["not-verified"],
            None,
        ),
        (
            "one says yes, one no",
            &asks,
            vec![seen(), approved(1, "2.0", here, "ann"), rejected(2, "2.0", here, "bea")],
            3,
            Stop,
            &["rejected"],
            None,
        ),
        (
            "the last word counts",
            &asks,
            vec![seen(), rejected(1, "2.0", here, "bea"), approved(2, "2.0", here, "bea")],
            3,
            Go,
            &["all-seen"],
            None,
        ),
        (
            "a no counts where nobody is asked",
            &soaks,
            vec![seen(), rejected(1, "2.0", here, "dan")],
            99,
            Stop,
            &["rejected"],
            None,
        ),
        (
            "the no of one who is not asked",
            &asks,
            vec![seen(), approved(1, "2.0", here, "ann"), rejected(1, "2.0", here, "dan")],
            3,
            Go,
            &["all-seen"],
            None,
        ),
        (
            "leave from before a rollback",
            &asks,
            vec![
                seen(),
                approved(1, "2.0", here, "ann"),
                rolled_back(2, "2.0", here, "1.0", by_hand()),
                lifted(3, "2.0", here),
            ],
            4,
            Hold,
            &["no-leave"],
            None,
        ),
        (
            "leave does not lift",
            &asks,
            vec![
                seen(),
                rolled_back(2, "2.0", here, "1.0", by_hand()),
                verified(3, "2.0", "eu"),
                approved(4, "2.0", here, "ann"),
            ],
            5,
            Hold,
            &["held"],
            None,
        ),
    ];
    for (what, policy, record, at, verdict, reasons, again) in table {
        let ruling = ask(policy, &record, at);
        assert_eq!((ruling.verdict, codes(&ruling)), (verdict, reasons.to_vec()), "{what}: {ruling}");
        assert_eq!(ruling.recheck_at, again.map(hour), "{what}");
        assert_eq!(ruling.valid_until, ruling.recheck_at, "{what}");
    }
}

#[test]
fn a_lift_without_a_reason_lifts_nothing() {
    let direct = policy(Upstream::Direct, 0, Leave::Automatic);
    let silent = deed(1, "2.0", "production", What::HoldLifted { by: person("cy"), why: "  ".into() });
    let record = [rolled_back(0, "2.0", "production", "1.0", by_hand()), silent];
    let ruling = ask(&direct, &record, 2);
    assert_eq!(codes(&ruling), ["held"]);
    let told = ruling.to_string();
    assert!(told.contains("by bea, why users complain") && told.contains("source the pipeline"), "{told}");
}

#[test]
fn an_environment_that_nobody_knows_is_undecided() {
    let direct = policy(Upstream::Direct, 0, Leave::Automatic);
    let ruling = promotion(&direct, &[], &version("2.0"), &environment("moon"), hour(0));
    assert_eq!((ruling.verdict, codes(&ruling)), (Verdict::Undecided, vec!["unknown-environment"]));
}

#[test]
fn a_policy_that_could_never_be_met_is_refused() {
    type Break = fn(&mut PromotionPolicySpec);
    let table: [(Break, PolicyError); 8] = [
        (|spec| spec.order.push(environment("eu")), PolicyError::Twice { environment: environment("eu") }),
        (
            |spec| drop(spec.rules.remove(&environment("us"))),
            PolicyError::NoRule { environment: environment("us") },
        ),
        (|spec| drop(spec.order.remove(2)), PolicyError::Unknown { environment: environment("us") }),
        (
            |spec| spec.rules.get_mut(&environment("us")).unwrap().upstream = Upstream::All(vec![]),
            PolicyError::Nowhere { environment: environment("us") },
        ),
        (
            |spec| spec.rules.get_mut(&environment("us")).unwrap().upstream = Upstream::OneOf(vec![]),
            PolicyError::Nowhere { environment: environment("us") },
        ),
        (
            |spec| {
                let later = Upstream::OneOf(vec![environment("eu"), environment("production")]);
                spec.rules.get_mut(&environment("us")).unwrap().upstream = later;
            },
            PolicyError::NotBefore { environment: environment("us"), upstream: environment("production") },
        ),
        (
            |spec| spec.rules.get_mut(&environment("us")).unwrap().soak = TimeDelta::hours(-1),
            PolicyError::Soak { environment: environment("us"), soak: TimeDelta::hours(-1) },
        ),
        (
            |spec| spec.rules.get_mut(&environment("us")).unwrap().leave = Leave::OneOf(BTreeSet::new()),
            PolicyError::Nobody { environment: environment("us") },
        ),
    ];
    for (break_it, error) in table {
        let mut broken = spec(eu(), 1, Leave::Automatic);
        break_it(&mut broken);
        assert_eq!(PromotionPolicy::new(broken), Err(error));
    }
    for name in ["", "two words"] {
        assert!(EnvironmentId::new(name).is_err());
    }
    assert_eq!(EnvironmentId::from(EnvironmentKind::Staging), environment("staging"));
}

#[test]
fn policies_and_records_are_read_back_as_they_were_and_held_to_the_rules() {
    let policy = policy(Upstream::OneOf(both()), 10, Leave::OneOf(BTreeSet::from([person("ann")])));
    let text = serde_json::to_string(&policy).unwrap();
    assert_eq!(serde_json::from_str::<PromotionPolicy>(&text).unwrap(), policy);
    assert!(serde_json::from_str::<PromotionPolicy>(&text.replace("10h", "-10h")).is_err());
    assert!(serde_json::from_str::<PromotionPolicy>(&text.replace("soak", "soke")).is_err());
    let record =
        [rolled_back(0, "2.0", "eu", "1.0", by_hand()), lifted(1, "2.0", "eu"), verified(2, "2.0", "eu")];
    let text = serde_json::to_string(&record).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Deed>>(&text).unwrap(), record);
}
