//! Promotion from the records of rollouts.

use super::*;

/// What a rollout to that environment left in its record.
fn left(world: World, and_then: impl FnOnce(&mut Process)) -> Vec<Deed> {
    let course = Course { environment: "eu".into(), ..course() };
    let (mut process, journal) = Process::in_memory(world);
    process.ask(&propose(&course)).unwrap();
    process.ask(&approve("bea")).unwrap();
    process.go_on();
    and_then(&mut process);
    process.go_on();
    let (history, damage) = block_on(history::<Rollout>(&*journal, "shop")).unwrap().unwrap();
    assert!(damage.is_none());
    deeds_of(&history.entries, "the journal")
}

#[test]
fn the_record_of_a_rollout_says_what_happened_to_its_version() {
    let whats = |deeds: Vec<Deed>| deeds.into_iter().map(|deed| deed.what).collect::<Vec<_>>();
    let to = version("1.0");
    let back = |by: Trigger| {
        [What::RollingBack { to: to.clone(), by: by.clone() }, What::RolledBack { to: to.clone(), by }]
    };
    let done = left(World::default(), |_| {});
    assert_eq!((&done[0].version, &done[0].environment), (&version("2.0"), &environment("eu")));
    assert_eq!(whats(done), [What::Deployed, What::Verified]);
    assert_eq!(whats(left(World::default().fails("50 %", 9), |_| {})), back(Trigger::Automatic));
    // Where it never had traffic, it was not rolled back from anything.
    assert_eq!(whats(left(World::default().fails("migrate", 9), |_| {})), []);
    let by_hand = |process: &mut Process| {
        process.ask(&Request::RollBack { by: "bea".into(), why: "users complain".into() }).unwrap();
    };
    let by = Trigger::Person { by: person("bea"), why: "users complain".into() };
    let mut undone = whats(left(World::default(), by_hand));
    assert_eq!(undone.split_off(2), back(by.clone()));
    assert_eq!(undone, [What::Deployed, What::Verified]);
    // A way back that does not work is no way back, and nothing is verified from its begin on.
    let stuck = left(World::default().fails("restore", 9), by_hand);
    assert_eq!(
        whats(stuck[2..].to_vec()),
        [What::RollingBack { to: to.clone(), by }, What::RollbackFailed { to: to.clone() }]
    );
    let rule = |upstream| PromotionRule { upstream, soak: TimeDelta::zero(), leave: Leave::Automatic };
    let policy = PromotionPolicy::try_from(PromotionPolicySpec {
        order: vec![environment("eu"), environment("world")],
        rules: BTreeMap::from([
            (environment("eu"), rule(Upstream::Direct)),
            (environment("world"), rule(Upstream::All(vec![environment("eu")]))),
        ]),
    })
    .unwrap();
    let now = stuck.last().unwrap().at + TimeDelta::minutes(1);
    let verdict = |known: usize| {
        promotion(&policy, &stuck[..known], &version("2.0"), &environment("world"), now).verdict
    };
    assert_eq!([1, 2, 3, 4].map(verdict), [Verdict::Hold, Verdict::Go, Verdict::Hold, Verdict::Hold]);
}
