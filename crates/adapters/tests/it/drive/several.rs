//! Many machines at once.

use super::{Course, FakeDoer, World, fates};
use crate::toy::{Effect, Fate, effect};
use std::sync::Arc;
use toban_adapters::drive::{End, drive_all};

#[tokio::test(start_paused = true)]
async fn none_waits_for_another() {
    let doer = FakeDoer::new().with("long", Course::Takes(50)).with("short", Course::Takes(10));
    let world = World::new(doer.with("broken", Course::Panics));
    let mut runs = Vec::new();
    for place in 0..50 {
        let name = match place {
            7 => "long",
            9 => "broken",
            _ => "short",
        };
        runs.push(world.run(&place.to_string(), &[Effect { is_once: true, ..effect(name) }]).await);
    }
    let options = world.options("one");
    let ended = drive_all(runs, Arc::clone(&world.doer) as _, &options).await;
    assert_eq!((ended.len(), world.now()), (50, 50));
    for (place, (run, end)) in ended.iter().enumerate() {
        assert_eq!((end.as_ref().unwrap(), &run.stream().name), (&End::Over, &place.to_string()));
        assert_eq!(fates(run)[0].1, if place == 9 { Fate::Doubted } else { Fate::Done });
    }
    let short: Vec<_> = world.doer.ended().into_iter().filter(|(name, _)| name == "short").collect();
    assert!(short.len() == 48 && short.iter().all(|(_, at)| *at == 10), "{short:?}");
}

#[tokio::test(start_paused = true)]
async fn all_are_told_to_stop() {
    let world = World::new(FakeDoer::new().with("a", Course::Takes(10)));
    let mut runs = Vec::new();
    for place in 0..5 {
        runs.push(world.run(&place.to_string(), &[effect("a")]).await);
    }
    let options = world.options("one");
    options.stop().finish();
    let ended = drive_all(runs, Arc::clone(&world.doer) as _, &options).await;
    assert!(ended.iter().all(|(_, end)| *end.as_ref().unwrap() == End::Stopped));
    assert_eq!((world.now(), world.doer.begun()), (0, Vec::new()));
}
