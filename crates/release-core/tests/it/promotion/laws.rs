//! Laws of promotions and rollbacks, over any record.

use super::*;
use proptest::prelude::*;

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let what = prop_oneof![
        4 => Just(What::Verified),
        2 => Just(What::Deployed),
        1 => Just(What::RolledBack { to: version("1.0"), by: Trigger::Automatic }),
        1 => Just(What::RolledBack { to: version("2.0"), by: by_hand() }),
        1 => Just(What::RollbackFailed { to: version("1.0") }),
        1 => Just(What::HoldLifted { by: person("cy"), why: "so".into() }),
        2 => Just(What::Approved { by: person("ann"), why: "so".into() }),
        1 => Just(What::Rejected { by: person("bea"), why: "so".into() }),
    ];
    let place = prop::sample::select(vec!["eu", "us", "production"]);
    let of = prop::sample::select(vec!["1.0", "2.0", "3.0"]);
    let one = (0..40_i64, of, place, what).prop_map(|(at, of, place, what)| deed(at, of, place, what));
    prop::collection::vec(one, 0..10)
}

fn policies() -> impl Strategy<Value = PromotionPolicy> {
    let upstream = prop_oneof![
        Just(Upstream::Direct),
        Just(Upstream::All(both())),
        Just(Upstream::OneOf(both())),
        Just(eu()),
    ];
    let leave = prop_oneof![
        Just(Leave::Automatic),
        Just(Leave::Anybody),
        Just(Leave::OneOf(BTreeSet::from([person("ann")])))
    ];
    (upstream, 0..12_i64, leave).prop_map(|(upstream, soak, leave)| policy(upstream, soak, leave))
}

proptest! {
    #[test]
    fn time_alone_never_turns_go_to_hold(policy in policies(), record in deeds(), at in 0..60_i64, more in 0..60_i64) {
        // Nothing is news after `at`.
        let known: Vec<_> = record.into_iter().filter(|deed| deed.at <= hour(at)).collect();
        if ask(&policy, &known, at).verdict == Verdict::Go {
            prop_assert_eq!(ask(&policy, &known, at + more).verdict, Verdict::Go);
        }
    }

    #[test]
    fn what_is_dated_later_does_not_count_but_says_when_to_ask(policy in policies(), record in deeds(), at in 0..40_i64) {
        let known: Vec<_> = record.iter().filter(|deed| deed.at <= hour(at)).cloned().collect();
        let (all, past) = (ask(&policy, &record, at), ask(&policy, &known, at));
        // What comes may turn a lack into a matter of clocks, never into leave.
        prop_assert_eq!(all.verdict == Verdict::Go, past.verdict == Verdict::Go);
        prop_assert_eq!(all.verdict == Verdict::Stop, past.verdict == Verdict::Stop);
    }

    #[test]
    fn a_ruling_stands_until_it_says(policy in policies(), record in deeds(), at in 0..40_i64) {
        let ruling = ask(&policy, &record, at);
        for later in at..80 {
            if ruling.valid_until.is_some_and(|until| hour(later) >= until) {
                break;
            }
            prop_assert_eq!(ask(&policy, &record, later).verdict, ruling.verdict, "at {}", later);
        }
    }

    #[test]
    fn a_soak_that_is_all_that_lacks_is_over_when_it_says(policy in policies(), record in deeds(), at in 0..60_i64) {
        let known: Vec<_> = record.into_iter().filter(|deed| deed.at <= hour(at)).collect();
        let ruling = ask(&policy, &known, at);
        let only_soaks = codes(&ruling).iter().all(|code| *code == "soaking");
        if let Some(again) = ruling.recheck_at.filter(|_| only_soaks) {
            let then = promotion(&policy, &known, &version("2.0"), &environment("production"), again);
            prop_assert_eq!(then.verdict, Verdict::Go);
            let before = again - TimeDelta::milliseconds(1);
            let before = promotion(&policy, &known, &version("2.0"), &environment("production"), before);
            prop_assert_eq!(before.verdict, Verdict::Hold);
        }
    }

    #[test]
    fn what_others_had_said_of_them_never_matters(policy in policies(), record in deeds(), at in 0..60_i64) {
        // What runs somewhere does: it takes another one's place.
        let is_about = |deed: &&Deed| {
            deed.version == version("2.0")
                || matches!(deed.what, What::Deployed | What::RolledBack { .. } | What::Verified)
        };
        let own: Vec<_> = record.iter().filter(is_about).cloned().collect();
        let of = |record: &[Deed]| {
            let ruling = ask(&policy, record, at);
            (ruling.verdict, ruling.reasons)
        };
        prop_assert_eq!(of(&record), of(&own));
        // And what happened to them in places that are asked for nothing never does.
        let elsewhere: Vec<_> = own.iter().cloned().map(|deed| {
            if deed.version == version("2.0") { deed } else { Deed { environment: environment("development"), ..deed } }
        }).collect();
        let without: Vec<_> = own.into_iter().filter(|deed| deed.version == version("2.0")).collect();
        prop_assert_eq!(of(&elsewhere), of(&without));
    }

    #[test]
    fn verified_evidence_of_another_version_never_opens(policy in policies(), record in deeds(), at in 0..60_i64, other in 0..60_i64, place in 0..3_usize) {
        let before = ask(&policy, &record, at).verdict;
        let place = ["eu", "us", "development"][place];
        let more: Vec<_> = record.iter().cloned().chain([verified(other, "3.0", place)]).collect();
        let after = ask(&policy, &more, at).verdict;
        prop_assert!(after != Verdict::Go || before == Verdict::Go);
    }

    #[test]
    fn the_order_of_a_record_means_nothing(policy in policies(), record in deeds().prop_shuffle(), at in 0..60_i64) {
        let mut sorted = record.clone();
        sorted.sort_by_key(|deed| deed.at);
        prop_assert_eq!(ask(&policy, &record, at), ask(&policy, &sorted, at));
        let place = environment("eu");
        prop_assert_eq!(last_good(&record, &place, hour(at)), last_good(&sorted, &place, hour(at)));
    }

    #[test]
    fn a_longer_soak_and_more_places_never_open(record in deeds(), at in 0..60_i64, soak in 0..12_i64) {
        let is_go = |upstream, soak| ask(&policy(upstream, soak, Leave::Automatic), &record, at).verdict == Verdict::Go;
        prop_assert!(!is_go(eu(), soak + 1) || is_go(eu(), soak));
        prop_assert!(!is_go(Upstream::All(both()), soak) || is_go(eu(), soak));
        prop_assert!(!is_go(eu(), soak) || is_go(Upstream::OneOf(both()), soak));
    }

    #[test]
    fn nothing_goes_back_by_itself_twice_and_only_to_what_was_verified(record in deeds(), at in 0..60_i64) {
        let place = environment("eu");
        let to_each = ["1.0", "2.0", "3.0"].map(version);
        for to in &to_each {
            if rollback(&record, &place, to, &Trigger::Automatic, hour(at)).verdict != Verdict::Go {
                continue;
            }
            let is_verified = |deed: &Deed| deed.version == *to && deed.environment == place && deed.at <= hour(at) && deed.what == What::Verified;
            prop_assert!(record.iter().any(is_verified));
            prop_assert!(rollback(&record, &place, to, &by_hand(), hour(at)).verdict == Verdict::Go);
            // Whatever ran gave way: nothing gives way to anything by itself again.
            for from in &to_each {
                let back = What::RolledBack { to: to.clone(), by: Trigger::Automatic };
                let done = Deed { version: from.clone(), environment: place.clone(), at: hour(at), what: back, source: "s".into() };
                let mut after: Vec<_> = record.iter().filter(|deed| deed.at < hour(at)).cloned().collect();
                after.push(done);
                for next in &to_each {
                    let ruling = rollback(&after, &place, next, &Trigger::Automatic, hour(at + 1));
                    prop_assert_eq!(ruling.verdict, Verdict::Stop);
                }
            }
        }
        if let Some(good) = last_good(&record, &place, hour(at)) {
            prop_assert!(rollback(&record, &place, good, &by_hand(), hour(at)).verdict != Verdict::Stop);
        }
    }
}
