//! What the record of a release says of it.

use crate::support::{Process, World, abort, approve, course, minutes, propose};
use chrono::TimeDelta;
use std::sync::Arc;
use toban_core::Share;
use toban_durable::testing::block_on;
use toban_durable::{Journal, MemoryJournal, history};
use toban_release_core::rollout::{Course, Phase, Request, Rollout};
use toban_release_core::{
    Figures, ReleaseFigures, Stage, Strategy, StrategyKind, Targets, Weight, release_figures,
};

fn figures(journal: &Arc<MemoryJournal>) -> ReleaseFigures {
    let (history, damage) =
        block_on(history::<Rollout>(&**journal as &dyn Journal, "shop")).unwrap().unwrap();
    assert!(damage.is_none());
    release_figures(&history.entries).unwrap()
}

/// Approved after an hour, paused for ten minutes in its first stage.
fn told(end: impl Fn(&mut Process)) -> ReleaseFigures {
    let (mut process, journal) = Process::in_memory(World::default());
    process.ask(&propose(&course())).unwrap();
    process.clock.advance(minutes(60));
    process.ask(&approve("bea")).unwrap();
    // Its first step takes a minute.
    process.clock.advance(minutes(1));
    process.pass(minutes(2));
    process.ask(&Request::Pause { by: "bea".into(), why: "x".into() }).unwrap();
    process.pass(minutes(10));
    process.ask(&Request::Resume { by: "bea".into(), why: "looked at it".into() }).unwrap();
    end(&mut process);
    figures(&journal)
}

#[test]
fn waiting_for_people_is_no_working_time() {
    let done = told(|process| {
        process.go_on();
    });
    assert_eq!((done.end, done.took_traffic, done.to.as_str()), (Phase::Done, true, "2.0"));
    assert_eq!(done.lap.people, minutes(70));
    assert_eq!((done.lap.soaking, done.deploy, done.rollback), (minutes(20), Some(minutes(1)), None));
}

#[test]
fn what_is_under_way_when_it_is_paused_is_work_still() {
    let (mut process, journal) = Process::in_memory(World::default());
    process.ask(&propose(&course())).unwrap();
    process.ask(&approve("bea")).unwrap();
    process.clock.advance(minutes(1));
    process.ask(&Request::Pause { by: "bea".into(), why: "x".into() }).unwrap();
    process.clock.advance(minutes(4));
    // The step is done, and nothing more is begun.
    process.pass(minutes(3));
    process.ask(&Request::Resume { by: "bea".into(), why: "looked at it".into() }).unwrap();
    process.go_on();
    let done = figures(&journal);
    assert_eq!((done.lap.working, done.lap.people), (minutes(5), minutes(3)));
    assert_eq!((done.end, done.deploy), (Phase::Done, Some(minutes(5))));
}

#[test]
fn a_rollback_is_timed_from_the_moment_it_turned_back() {
    let back = told(|process| {
        process.pass(minutes(1));
        process.ask(&abort()).unwrap();
        // Its first weight is on its way for half a minute.
        process.clock.advance(TimeDelta::seconds(30));
        process.go_on();
    });
    assert_eq!((back.end, back.rollback), (Phase::RolledBack, Some(TimeDelta::seconds(30))));
    assert_eq!((back.lap.returning, back.deploy), (TimeDelta::seconds(30), None));
}

#[test]
fn many_releases_make_rates_and_medians_and_what_never_moved_is_none_of_them() {
    let quick = told(|process| {
        process.go_on();
    });
    let back = told(|process| {
        process.ask(&abort()).unwrap();
        process.clock.advance(minutes(6));
        process.go_on();
    });
    let (mut process, journal) = Process::in_memory(World::default());
    process.ask(&propose(&course())).unwrap();
    process.ask(&abort()).unwrap();
    let given_up = figures(&journal);
    assert_eq!(given_up.end, Phase::Aborted);
    let replaced = told(|process| {
        process.ask(&Request::Supersede { by: "bea".into(), revision: "r2".into() }).unwrap();
        process.clock.advance(minutes(7));
        process.go_on();
    });
    assert!(replaced.was_superseded && replaced.took_traffic && !back.was_superseded);
    let all = [quick.clone(), quick.clone(), quick, back, given_up, replaced];
    let mut target = Targets::standard();
    target.deploy = TimeDelta::seconds(59);
    let figures = Figures::of(&all, &target);
    assert_eq!((figures.ended, figures.done, figures.failed_in_traffic), (4, 3, 1));
    assert_eq!(figures.success(), Some(Share::of(3, 4).unwrap()));
    assert_eq!(figures.change_failure(), Some(Share::of(1, 4).unwrap()));
    assert_eq!(figures.is_success_met, Some(false));
    assert_eq!((figures.deploy, figures.slow_deploys), (Some(minutes(1)), 3));
    // How its way back went is told of a superseded one, too.
    assert_eq!((figures.recovery, figures.slow_rollbacks), (Some(minutes(7)), 2));
    assert_eq!(figures.people, minutes(70) * 5);
    let none = Figures::of([], &Targets::standard());
    assert_eq!((none.success(), none.is_success_met, none.deploy), (None, None, None));
}

#[test]
fn a_failure_before_any_traffic_is_no_change_failure() {
    let stages = vec![Stage::new("all", Weight::ALL, minutes(1))];
    let strategy = Strategy::new(StrategyKind::Canary, stages).unwrap();
    let (mut process, journal) = Process::in_memory(World::default().fails("migrate", 9));
    process.ask(&propose(&Course { strategy, ..course() })).unwrap();
    process.ask(&approve("bea")).unwrap();
    process.go_on();
    let failed = figures(&journal);
    assert_eq!((failed.end, failed.took_traffic), (Phase::RolledBack, false));
    let figures = Figures::of([&failed], &Targets::standard());
    assert_eq!((figures.success(), figures.change_failure()), (Some(Share::NONE), Some(Share::NONE)));
}
