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
    let automatic = What::RolledBack { to: to.clone(), by: Trigger::Automatic };
    let done = left(World::default(), |_| {});
    assert_eq!((&done[0].version, &done[0].environment), (&version("2.0"), &environment("eu")));
    assert_eq!(whats(done), [What::Deployed, What::Verified]);
    assert_eq!(whats(left(World::default().fails("50 %", 9), |_| {})), [automatic]);
    // Where it never had traffic, it was not rolled back from anything.
    assert_eq!(whats(left(World::default().fails("migrate", 9), |_| {})), []);
    let by_hand = |process: &mut Process| {
        process.ask(&Request::RollBack { by: "bea".into(), why: "users complain".into() }).unwrap();
    };
    let by = Trigger::Person { by: person("bea"), why: "users complain".into() };
    assert_eq!(
        whats(left(World::default(), by_hand)),
        [What::Deployed, What::Verified, What::RolledBack { to, by }]
    );
}
