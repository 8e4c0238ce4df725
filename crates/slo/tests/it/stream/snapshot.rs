//! A restored evaluator goes on as if nothing had been.

use super::kinds::{every_kind, named};
use super::*;
use std::io::{self, Read};
use toban_slo::{RestoreError, Restored};

fn saved(evaluator: &Evaluator) -> Vec<u8> {
    let mut bytes = Vec::new();
    evaluator.snapshot(&mut bytes).unwrap();
    bytes
}

fn restored(bytes: &[u8], slos: &[(Slo, AlertPolicy)]) -> Result<Restored, RestoreError> {
    Evaluator::restore(bytes, slos.iter().map(|(slo, policy)| (slo, policy)))
}

impl Both {
    fn definitions(&self) -> Vec<(Slo, AlertPolicy)> {
        let names = (0..self.keys.len()).map(|place| format!("slo-{place}"));
        names.map(|name| (self.world.slo(&name), self.world.policy.clone())).collect()
    }
}

/// A tick of both, and everything that can be asked of them.
fn same(
    old: &mut Evaluator,
    new: &mut Evaluator,
    now: DateTime<Utc>,
    policy: &AlertPolicy,
) -> Result<(), TestCaseError> {
    let ticked = |evaluator: &mut Evaluator| {
        let mut heard = Vec::new();
        evaluator
            .tick(now, |c| heard.push((c.name.to_owned(), c.rule.name.clone(), c.at, c.from, c.to)))
            .unwrap();
        heard.sort_by(|one, other| (one.2, &one.0, &one.1).cmp(&(other.2, &other.0, &other.1)));
        heard
    };
    prop_assert_eq!(ticked(old), ticked(new));
    for key in old.slos() {
        let again = new.key(old.name(key).unwrap()).unwrap();
        for window in policy.windows() {
            prop_assert_eq!(old.last(key, window), new.last(again, window));
        }
        prop_assert_eq!(old.budget(key), new.budget(again));
        prop_assert_eq!(old.alerts(key).collect::<Vec<_>>(), new.alerts(again).collect::<Vec<_>>());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 2, ..ProptestConfig::default() })]

    #[test]
    fn it_goes_on_as_if_nothing_had_been(
        world in world_with(|slot| prop_oneof![
            2 => budgeting(slot),
            1 => Just(Budgeting::RatioTimeslices { slice: slot * 2 }),
        ]),
        heard in heard(130, DELAY),
        busy in series(130, DELAY, prop_oneof![Just(1), Just(3_000_000), Just(50_000_000)]),
        lag in 0..3_i32,
        stop in 1..140_usize,
        is_turned in any::<bool>(),
    ) {
        let heard = [heard, vec![busy]].concat();
        let slots = world.slots().with_lag(world.slot * lag).unwrap();
        let policy = world.policy.clone();
        let mut both = Both::new(world, slots, heard.len());
        let mut again: Option<Evaluator> = None;
        for slot in 0..150 {
            for (slo, slot, (bad, total)) in arriving(&heard, slot) {
                let at = both.world.time(slot);
                both.record(slo, slot, (bad, total));
                if let Some(again) = &mut again {
                    again.record(again.key(&format!("slo-{slo}")).unwrap(), at, tally(bad, total)).unwrap();
                }
            }
            if slot == stop {
                // Before the tick: open slots hold something.
                let mut slos = both.definitions();
                if is_turned {
                    slos.reverse();
                }
                let restored = restored(&saved(&both.evaluator), &slos).unwrap();
                prop_assert_eq!((&restored.anew[..], &restored.alerts_anew[..], &restored.gone[..]), (&[][..], &[][..], &[][..]));
                prop_assert_eq!(&restored.dropped[..], &[][..]);
                again = Some(restored.evaluator);
            }
            let now = both.world.time(slot + 1);
            match &mut again {
                Some(again) => same(&mut both.evaluator, again, now, &policy)?,
                None => both.tick(now),
            }
        }
    }

    #[test]
    fn no_altered_snapshot_is_restored_or_panics(
        world in world(),
        heard in heard(30, 0),
        place in any::<proptest::sample::Index>(),
        bit in 0..8,
    ) {
        let slots = world.slots();
        let mut both = Both::new(world, slots, heard.len());
        for slot in 0..25 {
            for (slo, slot, tally) in arriving(&heard, slot) {
                both.record(slo, slot, tally);
            }
            let now = both.world.time(slot + 1);
            both.tick(now);
        }
        let bytes = saved(&both.evaluator);
        let mut altered = bytes.clone();
        let place = place.index(altered.len());
        altered[place] ^= 1_u8 << bit;
        prop_assert!(restored(&altered, &both.definitions()).is_err());
        prop_assert!(restored(&bytes[..place], &both.definitions()).is_err());
        prop_assert!(restored(&[&bytes[..], &[0]].concat(), &both.definitions()).is_err());
        prop_assert!(restored(&bytes, &both.definitions()).is_ok());
    }
}

fn workbook(name: &str, percent: &str, days: u16) -> (Slo, AlertPolicy) {
    let slo = Slo::availability(name, Objective::percent(percent).unwrap(), Window::rolling_days(days));
    let policy = AlertPolicy::sre_workbook(&slo).unwrap();
    (slo, policy)
}

#[test]
fn counts_outlive_objectives_and_policies_and_alerts_what_they_rest_on() {
    let old = ["same", "stricter", "quieter", "longer", "dropped"].map(|name| workbook(name, "99.9", 7));
    let mut evaluator = Evaluator::per_minute(start());
    let keys = old.each_ref().map(|(slo, policy)| evaluator.add(slo, policy).unwrap());
    let minute = |minute: i64| start() + minutes(minute);
    for at in 0..90 {
        for key in keys {
            evaluator.record(key, minute(at), tally(20, 1000)).unwrap();
        }
        evaluator.tick(minute(at + 1), |_| {}).unwrap();
    }

    let (slo, policy) = workbook("quieter", "99.9", 7);
    let rules = policy.rules().iter().map(|rule| match rule.name.as_str() {
        "page-fast" => rule.clone().with_cool_down(minutes(5)),
        _ => rule.clone(),
    });
    let quieter = rules.fold(AlertPolicy::new(), |policy, rule| policy.with_rule(&slo, rule).unwrap());
    let new = [
        workbook("new", "99.9", 7),
        workbook("longer", "99.9", 30),
        (slo, quieter),
        workbook("stricter", "99.95", 7),
        workbook("same", "99.9", 7),
    ];
    let Restored { evaluator: mut again, anew, alerts_anew, gone, dropped, .. } =
        restored(&saved(&evaluator), &new).unwrap();
    // Whoever was called by one of these would never hear that it is over.
    let firing = |name: &str| {
        let alerts = evaluator.alerts(evaluator.key(name).unwrap());
        let firing = alerts.filter(|(_, state)| state.is_firing());
        firing.map(|(rule, state)| (name.to_owned(), rule.name.clone(), state)).collect::<Vec<_>>()
    };
    let mut expected = ["stricter", "longer", "dropped"].map(firing).concat();
    expected.push(("quieter".to_owned(), "page-fast".to_owned(), AlertState::Firing));
    expected.sort_by(|one, other| (&one.0, &one.1).cmp(&(&other.0, &other.1)));
    let mut told: Vec<_> =
        dropped.into_iter().map(|dropped| (dropped.slo, dropped.rule, dropped.state)).collect();
    told.sort_by(|one, other| (&one.0, &one.1).cmp(&(&other.0, &other.1)));
    assert_eq!(told, expected);
    assert!(told.len() > 6, "{told:?}");
    let names = |keys: &[SloKey]| keys.iter().map(|key| again.name(*key).unwrap()).collect::<Vec<_>>();
    assert_eq!(names(&anew), ["new", "longer"]);
    assert_eq!(names(&alerts_anew), ["quieter", "stricter"]);
    assert_eq!(gone, ["dropped"]);

    let key = |name| again.key(name).unwrap();
    for name in ["same", "quieter", "stricter"] {
        let reading = again.last(key(name), TimeDelta::hours(1)).unwrap();
        assert_eq!((reading.tally.bad(), reading.observed), (1200, 60), "{name}");
    }
    assert_eq!(again.burn_rate(key("same"), TimeDelta::hours(1)).unwrap().to_string(), "20");
    assert_eq!(again.burn_rate(key("stricter"), TimeDelta::hours(1)).unwrap().to_string(), "40");
    assert_eq!(again.alert(key("same"), "page-fast"), Some(AlertState::Firing));
    assert_eq!(again.alert(key("quieter"), "page-fast"), Some(AlertState::Inactive));
    assert_eq!(again.alert(key("quieter"), "page-slow"), Some(AlertState::Firing));
    assert_eq!(again.last(key("longer"), TimeDelta::hours(1)).map(|reading| reading.expected), Some(0));

    // What has begun anew fires with the next tick, whether or not its bits say the same as before.
    let mut heard = Vec::new();
    for key in again.slos().collect::<Vec<_>>() {
        again.record(key, minute(90), tally(20, 1000)).unwrap();
    }
    again.tick(minute(91), |change| heard.push((change.name.to_owned(), change.rule.name.clone()))).unwrap();
    let has = |name: &str, rule: &str| heard.contains(&(name.to_owned(), rule.to_owned()));
    assert!(has("quieter", "page-fast") && has("stricter", "page-fast"), "{heard:?}");
    assert!(!heard.iter().any(|(name, _)| name == "same"), "{heard:?}");
}

#[test]
fn blocks_are_dealt_out_lane_by_lane() {
    let mut evaluator = Evaluator::per_minute(start());
    let all: Vec<_> = (0..5000).map(|place| workbook(&format!("slo-{place}"), "99.9", 7)).collect();
    let keys: Vec<_> = all.iter().map(|(slo, policy)| evaluator.add(slo, policy).unwrap()).collect();
    for (place, key) in (0..).zip(&keys) {
        // Every third is a gap.
        if place % 3 != 0 {
            evaluator.record(*key, start(), tally(place % 7, place)).unwrap();
        }
    }
    evaluator.tick(start() + minutes(1), |_| {}).unwrap();
    for key in keys.iter().step_by(10) {
        evaluator.record(*key, start() + minutes(1), tally(0, 1)).unwrap();
    }
    let kept: Vec<_> = (0..5000).filter(|place| place % 4 != 1).map(|place| all[place].clone()).collect();
    let mut again = restored(&saved(&evaluator), &kept).unwrap().evaluator;
    for evaluator in [&mut evaluator, &mut again] {
        evaluator.tick(start() + minutes(2), |_| {}).unwrap();
    }
    for (slo, _) in &kept {
        let [old, new] = [&evaluator, &again].map(|evaluator| {
            let key = evaluator.key(slo.name()).unwrap();
            evaluator
                .last(key, minutes(30))
                .map(|reading| (reading.tally, reading.observed, reading.expected))
        });
        assert_eq!(old, new, "{}", slo.name());
    }
}

#[test]
fn two_thousand_objectives_are_restored_with_about_as_much_work_as_they_are_added() {
    let window = Window::rolling(minutes(10)).unwrap();
    let all: Vec<_> = (0..2000)
        .map(|place| {
            let slo = Slo::availability(format!("slo-{place}"), objective(place), window);
            let rule = AlertRule::burn_rate("page", Severity::Page, minutes(10), minutes(2), ratio(10, 1));
            let policy = AlertPolicy::new().with_rule(&slo, rule).unwrap();
            (slo, policy)
        })
        .collect();
    let mut evaluator = Evaluator::per_minute(start());
    let added = allocation_counter::measure(|| {
        all.iter().for_each(|(slo, policy)| assert!(evaluator.add(slo, policy).is_ok()));
    });
    let bytes = saved(&evaluator);
    let mut found = None;
    let took = allocation_counter::measure(|| found = Some(restored(&bytes, &all).unwrap()));
    let found = found.unwrap();
    assert_eq!((found.anew.len(), found.alerts_anew.len(), found.evaluator.slos().count()), (0, 0, 2000));
    // What makes texts of each objective for each other one makes hundreds of times as many.
    let [added, took] = [added, took].map(|measured| measured.count_total);
    assert!(took < added * 10, "{added} allocations to add, {took} to restore");
}

/// A source that fails once it has handed out its bytes.
struct Failing;

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("the disk is gone"))
    }
}

#[test]
fn a_source_that_fails_is_told_from_bytes_that_are_no_snapshot() {
    let bytes = saved(&Evaluator::per_minute(start()));
    for length in [0, 3, 8, 12, 16, 40] {
        let from = bytes[..length].chain(Failing);
        assert!(matches!(Evaluator::restore(from, []), Err(RestoreError::Io(_))), "{length}");
        let ended = restored(&bytes[..length], &[]);
        match length {
            ..8 => assert!(matches!(ended, Err(RestoreError::NotASnapshot)), "{length}"),
            _ => assert!(matches!(ended, Err(RestoreError::Damaged { .. })), "{length}"),
        }
    }
}

/// These SLOs after fifty minutes, the last of them so bad that alerts fire, and one of them a gap.
fn going(slos: &[(Slo, AlertPolicy)], scale: u64) -> Evaluator {
    let slots = Slots::per_minute(start()).with_lag(minutes(1)).unwrap();
    let mut evaluator = Evaluator::new(slots.with_tier(minutes(20), minutes(2)).unwrap());
    let keys: Vec<_> = slos.iter().map(|(slo, policy)| evaluator.add(slo, policy).unwrap()).collect();
    for minute in 0..50 {
        for key in keys.iter().filter(|_| minute != 30) {
            let bad = if minute > 20 { 40 } else { 1 };
            evaluator.record(*key, start() + minutes(minute), tally(bad * scale, 100 * scale)).unwrap();
        }
        evaluator.tick(start() + minutes(minute + 1), |_| {}).unwrap();
    }
    evaluator
}

#[expect(clippy::disallowed_methods, reason = "a person says whether files are written anew")]
fn is_blessed() -> bool {
    std::env::var_os("BLESS").is_some()
}

/// A service takes a new version of this crate and restores what the old one wrote. `BLESS=1 cargo test` writes the
/// file anew: then nobody's snapshots are taken up as a whole any more, and the version of the format must say so.
#[test]
fn a_snapshot_on_file_is_taken_up_as_a_whole() {
    let slos = every_kind();
    let mut evaluator = going(&slos, 1);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/stream/version-2.snapshot");
    if is_blessed() {
        std::fs::write(path, saved(&evaluator)).unwrap();
    }
    let mut found = restored(&std::fs::read(path).unwrap(), &slos).unwrap();
    let differs = (&found.anew[..], &found.alerts_anew[..], &found.gone[..], &found.dropped[..]);
    assert_eq!(differs, (&[][..], &[][..], &[][..], &[][..]));
    let firing =
        evaluator.slos().flat_map(|key| evaluator.alerts(key)).filter(|(_, state)| state.is_firing());
    assert!(firing.count() > 5);
    for minute in 51..60 {
        for (_, policy) in &slos {
            same(&mut evaluator, &mut found.evaluator, start() + minutes(minute), policy).unwrap();
        }
    }
}

/// The fuzzer begins from snapshots as they are written today, or it would try nothing but what is refused.
/// `BLESS=1 cargo test -p toban-slo seeds_of_the_fuzzer` writes them anew.
#[test]
fn the_seeds_of_the_fuzzer_are_snapshots_of_today() {
    let slos = every_kind();
    let mut others = slos.clone();
    // In turn: a record that begins anew, an alert that does, and an SLO that nobody hands in.
    others[0].0 = named("counted", [Window::rolling(minutes(90)).unwrap(); 2], Budgeting::Occurrences);
    others[2].1 = others[2].1.clone().with_min_coverage(Share::percent("50").unwrap());
    others[3].0 = named("left", [Window::rolling(minutes(60)).unwrap(); 2], Budgeting::Occurrences);
    let mut early = Evaluator::per_minute(start());
    for (slo, policy) in &slos {
        let key = early.add(slo, policy).unwrap();
        early.record(key, start() + minutes(1), tally(3, 4)).unwrap();
    }
    for (name, evaluator, anew) in [
        ("early", early, 0),
        ("going", going(&slos, 1), 0),
        ("busy", going(&slos, 1 << 40), 0),
        ("others", going(&others, 1), 2),
    ] {
        let path = format!("{}/../../fuzz/seeds/snapshot/{name}", env!("CARGO_MANIFEST_DIR"));
        if is_blessed() {
            std::fs::write(&path, saved(&evaluator)).unwrap();
        }
        let seed = std::fs::read(path).unwrap();
        assert!(seed == saved(&evaluator), "the snapshot {name} is not written like this any more");
        let found = restored(&seed, &slos).unwrap();
        let is_other = usize::from(anew > 0);
        assert_eq!((found.anew.len(), found.alerts_anew.len(), found.gone.len()), (anew, is_other, is_other));
        assert_eq!(found.dropped.is_empty(), anew == 0);
    }
}

/// The words of a snapshot, the first that is `from` another, with the checksum of what stands before it.
fn forged(bytes: &[u8], from: u64, to: u64) -> Vec<u8> {
    let (words, _) = bytes.as_chunks::<8>();
    forged_at(bytes, words.iter().position(|word| u64::from_le_bytes(*word) == from).unwrap(), to)
}

#[test]
fn a_snapshot_with_more_events_than_its_words_hold_is_refused() {
    let slos = [workbook("shop", "99.9", 7)];
    let mut evaluator = Evaluator::per_minute(start());
    let key = evaluator.add(&slos[0].0, &slos[0].1).unwrap();
    evaluator.record(key, start(), tally(0, 1_234_567)).unwrap();
    let bytes = saved(&evaluator);
    // The first that is so many: the bound of all windows.
    let with_bound = |bound| restored(&forged(&bytes, 1_234_567, bound), &slos);
    for bound in [1_234_567, (1 << 31) - 1] {
        assert!(with_bound(bound).is_ok(), "{bound}");
    }
    for bound in [1 << 31, u64::MAX] {
        let refused = with_bound(bound).unwrap_err().to_string();
        assert_eq!(refused, "the snapshot is damaged: more events than its words hold");
    }
}

/// With another word at that place, and the checksum put right.
fn forged_at(bytes: &[u8], place: usize, to: u64) -> Vec<u8> {
    let (words, _) = bytes.as_chunks::<8>();
    let mut words: Vec<_> = words.iter().map(|word| u64::from_le_bytes(*word)).collect();
    words[place] = to;
    let last = words.len() - 1;
    words[last] = words[..last]
        .iter()
        .fold(0_u64, |sum, word| (sum.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

#[test]
fn what_goes_on_from_a_forged_snapshot_can_be_saved_and_restored_again() {
    let slos = every_kind();
    let bytes = saved(&going(&slos, 1));
    let mut gone_on = 0;
    for place in 0..bytes.len() / 8 - 1 {
        for to in [(1 << 31) - 1, (1 << 31) + 7, u64::MAX] {
            let Ok(Restored { mut evaluator, .. }) = restored(&forged_at(&bytes, place, to), &slos) else {
                continue;
            };
            let Some(next) = evaluator.next_tick() else { continue };
            for key in evaluator.slos().collect::<Vec<_>>() {
                let _ = evaluator.record(key, next - minutes(2), Tally::one(false));
            }
            let _ = evaluator.tick(next + minutes(3), |_| {});
            let again = restored(&saved(&evaluator), &slos);
            assert!(again.is_ok(), "word {place} as {to}: {}", again.unwrap_err());
            gone_on += 1;
        }
    }
    assert!(gone_on > 100, "{gone_on}");
}

#[test]
fn what_is_no_snapshot_says_so() {
    let refused = |bytes: &[u8]| restored(bytes, &[]).unwrap_err().to_string();
    assert_eq!(refused(b""), "this is no snapshot of an evaluator");
    assert_eq!(refused(b"# Definitions\nand something else"), "this is no snapshot of an evaluator");
    let mut bytes = saved(&Evaluator::per_minute(start()));
    assert!(restored(&bytes, &[]).is_ok());
    bytes[8] = 7;
    assert_eq!(refused(&bytes), "a snapshot of version 7, where version 2 is read");
    bytes[8] = 2;
    bytes.pop();
    assert_eq!(refused(&bytes), "the snapshot is damaged: it ends too early");

    let bytes = saved(&Evaluator::per_minute(start()));
    let (slo, policy) = workbook("shop", "99.9", 7);
    let twice = [(slo.clone(), policy.clone()), (slo, policy)];
    let error = restored(&bytes, &twice).unwrap_err();
    assert_eq!(error.to_string(), "SLO shop");
    let RestoreError::Add { source, .. } = error else { panic!("{error}") };
    assert_eq!(*source, AddError::DuplicateName { slo: "shop".into() });
}
