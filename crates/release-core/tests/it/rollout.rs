//! Rollouts forward and back, step by step.

use crate::support::{
    Process, World, abort, approve, check, command, course, manual, minutes, propose, wall,
};
use chrono::TimeDelta;
use toban_durable::testing::block_on;
use toban_durable::{Heard, Machine, MemoryJournal, Now};
use toban_release_core::judge::Reading;
use toban_release_core::rollout::{
    Announcement, Asking, Back, Cause, Course, CourseFault, Effect, Event, Freeze, Hold, Mover, Needed, Next,
    NoReturn, Outcome, Part, Phase, Request, Rollout, Ruled, Slot, Why,
};
use toban_release_core::{Return, Stage, Strategy, StrategyKind, Weight};

fn open(stage: usize) -> Request {
    Request::Open { by: "bea".into(), stage, why: "it looks good".into() }
}

fn gated() -> Course {
    let course = course();
    let stages = course.strategy.stages().iter().cloned().enumerate();
    let stages = stages.map(|(place, stage)| if place == 1 { stage.gated() } else { stage }).collect();
    Course { strategy: Strategy::new(StrategyKind::Canary, stages).unwrap(), ..course }
}

#[test]
fn a_good_version_goes_through_all_stages_and_everybody_is_told_once() {
    let mut process = Process::started(&course(), World::default());
    assert_eq!(process.go_on().phase, Phase::Done);
    assert_eq!(process.world.done(), ["migrate", "5 %", "25 %", "50 %", "100 %", "tidy"]);
    let stage = |stage| Announcement::StageReached { stage };
    let told = [Announcement::Started, stage(0), stage(1), stage(2), stage(3), Announcement::Completed];
    assert_eq!(process.world.told(), told);
    assert_eq!(
        process.run.now().steady.as_millis(),
        4 * 5 * 60 * 1000,
        "each stage soaks, nothing else waits"
    );
}

#[test]
fn a_step_that_fails_turns_the_release_back_and_undoes_what_was_done() {
    for (step, done) in [
        ("migrate", vec!["0 %", "restore", "smoke"]),
        ("25 %", vec!["migrate", "5 %", "0 %", "restore", "smoke"]),
        ("tidy", vec!["migrate", "5 %", "25 %", "50 %", "100 %", "0 %", "restore", "smoke"]),
    ] {
        let mut process = Process::started(&course(), World::default().fails(step, 9));
        let state = process.go_on();
        assert_eq!(state.phase, Phase::RolledBack, "{step}");
        assert!(matches!(&state.cause, Some((Cause::Failed { why, .. }, _)) if why.contains(step)));
        assert_eq!(process.world.done(), done);
        let told = process.world.told();
        assert_eq!(told.iter().filter(|what| **what == Announcement::RolledBack).count(), 1);
        assert!(told.contains(&Announcement::RollingBack { is_automatic: true }));
    }
}

#[test]
fn what_may_be_repeated_is_tried_again_and_what_must_be_done_once_is_not() {
    let mut process = Process::started(&course(), World::default().fails("25 %", 1));
    assert_eq!(process.go_on().phase, Phase::Done);
    let mut process = Process::started(&course(), World::default().fails("migrate", 1));
    assert_eq!(process.go_on().phase, Phase::RolledBack);
    assert_eq!(process.world.times("migrate"), 0);
}

#[test]
fn an_abort_before_anything_was_begun_undoes_nothing() {
    let mut process = Process::with(World::default());
    process.ask(&propose(&course())).unwrap();
    process.ask(&abort()).unwrap();
    assert_eq!(process.go_on().phase, Phase::Aborted);
    assert!(process.world.done().is_empty());
}

#[test]
fn an_abort_in_a_soak_goes_back_by_hand_and_says_so() {
    let mut process = Process::started(&course(), World::default());
    process.pass(minutes(7));
    assert_eq!(process.run.state().stage, Some(1));
    process.ask(&abort()).unwrap();
    assert_eq!(process.go_on().phase, Phase::RolledBack);
    assert!(process.world.told().contains(&Announcement::RollingBack { is_automatic: false }));
    assert_eq!(process.world.weight(), Some(Weight::NONE));
    // No rollback of a rollback.
    assert_eq!(process.ask(&abort()).unwrap_err().why, Why::NotNow);
}

#[test]
fn a_gradual_return_goes_through_the_weights_that_it_came_by() {
    let strategy = Strategy::canary(minutes(5)).with_return(Return::Gradual);
    let mut process = Process::started(&Course { strategy, ..course() }, World::default());
    process.pass(minutes(16));
    assert_eq!(process.run.state().stage, Some(3));
    process.ask(&abort()).unwrap();
    process.go_on();
    assert_eq!(process.world.done()[5..], ["50 %", "25 %", "5 %", "0 %", "restore", "smoke"]);
}

#[test]
fn a_release_counts_as_rolled_back_only_when_its_checks_have_passed() {
    let mut process = Process::started(&course(), World::default().fails("5 %", 2).fails("smoke", 2));
    assert_eq!(process.go_on().phase, Phase::Stuck(Back::Verify(0)));
    assert!(!process.world.told().contains(&Announcement::RolledBack));
    process.ask(&Request::Retry { by: "bea".into(), why: "the disk is free".into() }).unwrap();
    assert_eq!(process.go_on().phase, Phase::RolledBack);
    assert_eq!(process.world.times("restore"), 1, "what was undone is not undone again");
}

#[test]
fn approvals_are_of_this_revision_by_others_and_once_each() {
    let two = Course { approvals: 2, approvers: vec!["ann".into(), "bea".into(), "cy".into()], ..course() };
    let mut process = Process::with(World::default());
    process.ask(&propose(&two)).unwrap();
    let why = |process: &mut Process, request: &Request| process.ask(request).unwrap_err().why;
    assert_eq!(why(&mut process, &approve("ann")), Why::IsAuthor { by: "ann".into() });
    assert_eq!(why(&mut process, &approve("dan")), Why::NotAnApprover { by: "dan".into() });
    let other = Request::Approve { by: "bea".into(), revision: "r0".into(), why: "old".into() };
    assert!(matches!(why(&mut process, &other), Why::OtherRevision { .. }));
    let silent = Request::Approve { by: "bea".into(), revision: "r1".into(), why: " ".into() };
    assert_eq!(why(&mut process, &silent), Why::NoReason);
    process.ask(&approve("bea")).unwrap();
    assert_eq!(why(&mut process, &approve("bea")), Why::ApprovedBefore { by: "bea".into() });
    assert_eq!(process.run.state().holds(process.run.now()), [Hold::Approvals(1)]);
    process.clock.advance(TimeDelta::days(365));
    assert_eq!(process.go_on().phase, Phase::Approving, "no time opens it");
    process.ask(&approve("cy")).unwrap();
    assert_eq!(process.go_on().phase, Phase::Done);
}

#[test]
fn the_author_may_approve_where_one_person_is_enough() {
    let alone = Course { author_may_approve: true, ..course() };
    let mut process = Process::with(World::default());
    process.ask(&propose(&alone)).unwrap();
    process.ask(&approve("ann")).unwrap();
    assert_eq!(process.go_on().phase, Phase::Done);
}

#[test]
fn a_gate_waits_for_a_person_for_ever_and_asks_once() {
    let mut process = Process::started(&gated(), World::default());
    assert_eq!(process.go_on().phase, Phase::Ready(Next::Stage(1)));
    process.clock.advance(TimeDelta::days(30));
    assert_eq!(process.go_on().phase, Phase::Ready(Next::Stage(1)));
    let refused = process.ask(&open(2)).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "open is refused while the rollout is ready to move on: it is for stage 3, and stage 2 is on"
    );
    let asked =
        process.world.told().into_iter().filter(|what| matches!(what, Announcement::PersonNeeded { .. }));
    assert_eq!(asked.count(), 1);
    process.ask(&open(1)).unwrap();
    assert_eq!(process.ask(&open(1)).unwrap_err().why, Why::NotNow);
    assert_eq!(process.go_on().phase, Phase::Done);
}

#[test]
fn a_pause_keeps_what_is_left_of_a_soak() {
    let mut process = Process::started(&course(), World::default());
    process.pass(minutes(2));
    process.ask(&Request::Pause { by: "bea".into(), why: "lunch".into() }).unwrap();
    process.pass(minutes(60));
    assert_eq!(process.run.state().stage, Some(0));
    process.ask(&Request::Resume { by: "bea".into(), why: "looked at it".into() }).unwrap();
    process.pass(minutes(3) - TimeDelta::seconds(1));
    assert_eq!(process.run.state().stage, Some(0));
    process.pass(TimeDelta::seconds(1));
    assert_eq!(process.run.state().stage, Some(1));
}

#[test]
fn a_pause_while_something_moves_stops_the_next_move_and_never_a_rollback() {
    let mut process = Process::started(&course(), World::default());
    process.ask(&Request::Pause { by: "bea".into(), why: "wait".into() }).unwrap();
    assert_eq!(process.go_on().phase, Phase::Ready(Next::Stage(0)), "the migration was under way");
    assert_eq!(process.run.state().holds(process.run.now()), [Hold::Paused]);
    process.ask(&abort()).unwrap();
    assert_eq!(process.go_on().phase, Phase::RolledBack);
}

#[test]
fn a_freeze_holds_what_goes_forward_until_it_ends_and_never_a_rollback() {
    let freeze = Freeze { start: wall(4), end: wall(60), why: "year's end".into() };
    let frozen = Course { freezes: vec![freeze], ..course() };
    let mut process = Process::started(&frozen, World::default());
    process.pass(minutes(59));
    assert_eq!(
        (process.run.state().phase, process.run.state().stage),
        (Phase::Ready(Next::Stage(1)), Some(0))
    );
    assert_eq!(process.run.state().holds(process.run.now()), [Hold::Frozen(wall(60))]);
    process.pass(minutes(1));
    assert_eq!(process.run.state().stage, Some(1), "it goes on by itself");
    let mut process = Process::started(&frozen, World::default());
    process.pass(minutes(30));
    process.ask(&abort()).unwrap();
    assert_eq!(process.go_on().phase, Phase::RolledBack);
    assert!(process.run.now().wall < wall(60));
}

#[test]
fn an_override_needs_a_name_and_a_reason_and_goes_on_in_a_freeze() {
    let freeze = Freeze { start: wall(0), end: wall(1000), why: "holidays".into() };
    let frozen = Course { freezes: vec![freeze], needs_ruling: true, ..course() };
    let mut process = Process::started(&frozen, World::default());
    process.settle();
    assert_eq!(process.run.state().holds(process.run.now()), [Hold::Frozen(wall(1000)), Hold::Budget]);
    assert_eq!(process.ask(&overriding("", 900)).unwrap_err().why, Why::NoReason);
    process.ask(&overriding("a hole in the login", 900)).unwrap();
    assert_eq!(process.go_on().phase, Phase::Done);
}

fn overriding(why: &str, until: i64) -> Request {
    Request::Override { by: "bea".into(), why: why.into(), until: wall(until) }
}

#[test]
fn an_override_ends_and_is_for_what_was_approved() {
    let freeze = Freeze { start: wall(0), end: wall(1000), why: "holidays".into() };
    let frozen = Course { freezes: vec![freeze], ..course() };
    let mut process = Process::with(World::default());
    process.ask(&propose(&frozen)).unwrap();
    assert_eq!(process.ask(&overriding("a hole", 7)).unwrap_err().why, Why::NotNow, "nobody has approved it");
    process.ask(&approve("bea")).unwrap();
    assert_eq!(process.ask(&overriding("a hole", 0)).unwrap_err().why, Why::Past { until: wall(0) });
    process.ask(&overriding("a hole", 7)).unwrap();
    process.pass(minutes(60));
    // Stages soak for five minutes: the second began at 5, the third would at 10.
    assert_eq!(process.run.state().phase, Phase::Ready(Next::Stage(2)));
    assert_eq!(process.run.state().holds(process.run.now()), [Hold::Frozen(wall(1000))]);
    process.ask(&overriding("still a hole", 62)).unwrap();
    process.ask(&overriding("longer", 900)).unwrap();
    assert_eq!(process.go_on().phase, Phase::Done);
}

#[test]
fn nothing_moves_before_its_schedule_and_after_it_only_by_an_override() {
    let scheduled = Course { schedule: Some(Slot { start: wall(30), end: wall(37) }), ..course() };
    let mut process = Process::started(&scheduled, World::default());
    process.pass(minutes(29));
    assert_eq!(process.run.state().holds(process.run.now()), [Hold::Early(wall(30))]);
    process.ask(&overriding("cannot wait", 31)).unwrap();
    process.pass(TimeDelta::zero());
    assert_eq!(process.run.state().phase, Phase::Ready(Next::Prepare(0)), "it was approved for later");
    process.pass(minutes(60));
    // It begins by itself at 30; the second stage soaks from 35 to 40, and the third comes too late.
    assert_eq!(process.run.state().phase, Phase::Ready(Next::Stage(2)));
    assert_eq!(process.run.state().holds(process.run.now()), [Hold::Late(wall(37))]);
    let late = Announcement::PersonNeeded { what: Needed::Late };
    assert_eq!(process.world.told().iter().filter(|one| **one == late).count(), 1);
    let mut other = Process::started(&scheduled, World::default());
    other.pass(minutes(60));
    other.ask(&abort()).unwrap();
    assert_eq!(other.go_on().phase, Phase::RolledBack, "the way back has no schedule");
    process.ask(&overriding("almost done", 900)).unwrap();
    assert_eq!(process.go_on().phase, Phase::Done);
}

#[test]
fn an_answer_about_another_step_than_the_one_that_is_asked_about_is_refused() {
    let by_hand =
        Course { preparation: vec![manual("maintenance on"), manual("drain the queue")], ..course() };
    let answer = |place| Request::Answer {
        by: "bea".into(),
        about: Part::Next(Next::Prepare(place)),
        why: "seen".into(),
        is_done: true,
    };
    let mut process = Process::started(&by_hand, World::default());
    process.go_on();
    let (asked, current) = (String::from("drain the queue"), String::from("maintenance on"));
    assert_eq!(process.ask(&answer(1)).unwrap_err().why, Why::OtherStep { asked, current });
    process.ask(&answer(0)).unwrap();
    process.go_on();
    // Said twice, it does not count for the next step.
    assert!(matches!(process.ask(&answer(0)).unwrap_err().why, Why::OtherStep { .. }));
    process.ask(&answer(1)).unwrap();
    assert_eq!(process.go_on().phase, Phase::Done);
}

#[test]
fn what_is_stuck_on_the_way_back_may_be_done_by_hand_and_has_to_be_shown_all_the_same() {
    let mut process = Process::started(&course(), World::default().fails("restore", 9).fails("smoke", 2));
    process.pass(minutes(1));
    process.ask(&abort()).unwrap();
    assert_eq!(process.go_on().phase, Phase::Stuck(Back::Undo(0)));
    process.answer(false);
    assert_eq!(process.go_on().phase, Phase::Stuck(Back::Undo(0)), "tried again in vain");
    process.answer(true);
    assert_eq!(process.go_on().phase, Phase::Stuck(Back::Verify(0)));
    assert_eq!(process.world.times("restore"), 0);
    let about = Part::Back(Back::Verify(0));
    let well = Request::Answer { by: "bea".into(), about, why: "seen".into(), is_done: true };
    assert_eq!(process.ask(&well).unwrap_err().why, Why::NotNow, "it has to pass");
    process.ask(&Request::Retry { by: "bea".into(), why: "the disk is free".into() }).unwrap();
    assert_eq!(process.go_on().phase, Phase::RolledBack);
}

#[test]
fn a_move_that_fails_after_an_abort_is_not_taken_for_the_same_share_on_the_way_back() {
    // The preview gets no traffic, and the way back leads to none.
    let course = Course { strategy: Strategy::blue_green(minutes(5), minutes(5)), attempts: 1, ..course() };
    let mut process = Process::started(&course, World::default());
    process.pass(minutes(1));
    process.ask(&abort()).unwrap();
    let (state, now) = (process.run.state().clone(), process.run.now());
    assert_eq!(state.phase, Phase::Returning(Back::Weight(0)));
    let forward = Effect::SetWeight {
        part: Part::Next(Next::Stage(0)),
        weight: Weight::NONE,
        version: "2.0".into(),
        argv: vec![],
        time_out: TimeDelta::seconds(30),
    };
    let failed = Outcome::Failed { why: "too late".into() };
    let (decision, _) = Rollout::outcome(&state, &forward, 1, &failed, now);
    assert!(decision.events.is_empty(), "{:?}", decision.events);
}

#[test]
fn that_people_could_not_be_told_is_on_record_with_its_reason_and_holds_nothing_up() {
    let untold = |journal: &MemoryJournal| -> Vec<(Announcement, String)> {
        let (record, _) = block_on(toban_durable::history::<Rollout>(journal, "shop")).unwrap().unwrap();
        let events = record.entries.into_iter().flat_map(|entry| entry.events);
        let untold = events.filter_map(|event| match event {
            Event::Untold { what, why } => Some((what, why)),
            _ => None,
        });
        untold.collect()
    };
    for (times, told) in [(9, true), (10, false)] {
        let (mut process, journal) = Process::in_memory(World::default().fails("Started", times));
        process.ask(&propose(&course())).unwrap();
        process.ask(&approve("bea")).unwrap();
        assert_eq!(process.go_on().phase, Phase::Done);
        assert_eq!(process.world.told().contains(&Announcement::Started), told, "failed {times} times");
        let reason = "Started was told to fail".to_owned();
        let given_up = if told { vec![] } else { vec![(Announcement::Started, reason)] };
        assert_eq!(untold(&journal), given_up, "failed {times} times");
    }
}

#[test]
fn why_a_move_is_tried_again_is_on_record_and_moves_nothing() {
    for (step, place) in [("25 %", Part::Next(Next::Stage(1))), ("0 %", Part::Back(Back::Weight(0)))] {
        let (mut process, journal) = Process::in_memory(World::default().fails(step, 1));
        process.ask(&propose(&course())).unwrap();
        process.ask(&approve("bea")).unwrap();
        process.pass(minutes(7));
        process.ask(&abort()).unwrap();
        assert_eq!(process.go_on().phase, Phase::RolledBack);
        assert_eq!(process.world.done(), ["migrate", "5 %", "25 %", "0 %", "restore", "smoke"]);
        let (record, _) = block_on(toban_durable::history::<Rollout>(&*journal, "shop")).unwrap().unwrap();
        let mut events = record.entries.into_iter().flat_map(|entry| entry.events);
        let faltered = Event::Faltered { part: place, attempt: 1, why: format!("{step} was told to fail") };
        assert!(events.any(|event| event == faltered), "{step}");
    }
}

#[test]
fn that_a_freeze_or_a_gate_holds_is_said_once_and_only_where_it_does() {
    let count = |events: &[Event], is: fn(&Event) -> bool| events.iter().filter(|event| is(event)).count();
    let pause = Request::Pause { by: "bea".into(), why: "lunch".into() };
    let resume = Request::Resume { by: "bea".into(), why: "eaten".into() };
    let freeze = Freeze { start: wall(2), end: wall(60), why: "holidays".into() };
    for (plan, gates) in [(gated(), 1), (course(), 0)] {
        let frozen = Course { freezes: vec![freeze.clone()], ..plan };
        let (mut process, journal) = Process::in_memory(World::default());
        process.ask(&propose(&frozen)).unwrap();
        process.ask(&approve("bea")).unwrap();
        process.pass(minutes(7));
        assert_eq!(process.run.state().frozen, Some(wall(60)));
        // Decisions in between say nothing of it again.
        for request in [&pause, &resume] {
            process.ask(request).unwrap();
            process.pass(minutes(1));
        }
        process.pass(minutes(60));
        if gates > 0 {
            assert_eq!(process.run.state().holds(process.run.now()), [Hold::Gate(1)]);
            for request in [&pause, &resume] {
                process.ask(request).unwrap();
                process.pass(minutes(1));
            }
            process.ask(&open(1)).unwrap();
        }
        assert_eq!(process.go_on().phase, Phase::Done);
        let told = process.world.told();
        let is_gate =
            |one: &&Announcement| matches!(one, Announcement::PersonNeeded { what: Needed::Gate(_) });
        assert_eq!(told.iter().filter(is_gate).count(), gates);
        let (record, _) = block_on(toban_durable::history::<Rollout>(&*journal, "shop")).unwrap().unwrap();
        let events: Vec<_> = record.entries.into_iter().flat_map(|entry| entry.events).collect();
        assert_eq!(count(&events, |event| matches!(event, Event::Frozen { .. })), 1);
        assert_eq!(count(&events, |event| matches!(event, Event::Thawed)), gates, "or it moves on at once");
    }
    let mut process = Process::started(&gated(), World::default());
    assert_eq!(process.go_on().phase, Phase::Ready(Next::Stage(1)));
    let decision = Rollout::request(process.run.state(), &pause, process.run.now()).unwrap();
    assert_eq!(decision.events.len(), 1, "what is not frozen does not thaw: {:?}", decision.events);
}

#[test]
fn an_override_that_is_over_before_the_release_may_begin_is_refused() {
    let scheduled = Course { schedule: Some(Slot { start: wall(30), end: wall(99) }), ..course() };
    let mut process = Process::started(&scheduled, World::default());
    let refused = process.ask(&overriding("a hole", 30)).unwrap_err();
    assert_eq!(refused.why, Why::BeforeStart { until: wall(30), start: wall(30) });
    process.ask(&overriding("a hole", 31)).unwrap();
}

#[test]
fn what_there_is_nothing_of_is_said_by_name() {
    let mut process = Process::started(&course(), World::default());
    process.pass(minutes(1));
    let open = process.ask(&open(0)).unwrap_err();
    assert_eq!(open.to_string(), "open is refused while the rollout is soaking: no gate is waited at");
    let requests = [
        approve("bea"),
        Request::Resume { by: "bea".into(), why: "x".into() },
        Request::Retry { by: "bea".into(), why: "x".into() },
        propose(&course()),
        Request::Answer {
            by: "bea".into(),
            about: Part::Next(Next::Stage(0)),
            why: "x".into(),
            is_done: true,
        },
    ];
    let reasons: Vec<_> = requests.iter().map(|request| process.ask(request).unwrap_err().reason()).collect();
    let expected = [
        "no approval is waited for",
        "it is not paused, and no check holds it",
        "the way back is not stuck",
        "another course is followed here",
        "nothing is asked",
    ];
    assert_eq!(reasons, expected);
}

#[test]
fn that_it_begins_is_told_when_it_does() {
    let scheduled = Course { schedule: Some(Slot { start: wall(30), end: wall(99) }), ..course() };
    let mut process = Process::started(&scheduled, World::default());
    process.pass(minutes(20));
    assert_eq!(process.world.told(), []);
    process.pass(minutes(10));
    assert_eq!(process.world.told()[0], Announcement::Started);
    let mut process = Process::started(&scheduled, World::default());
    process.pass(minutes(20));
    process.ask(&abort()).unwrap();
    process.go_on();
    assert_eq!((process.run.state().phase, process.world.told()), (Phase::Aborted, vec![]));
}

#[test]
fn a_gate_is_opened_by_one_who_may_approve() {
    let stages = Strategy::canary(minutes(5)).stages().to_vec().into_iter().map(Stage::gated);
    let strategy = Strategy::new(StrategyKind::Canary, stages.collect()).unwrap();
    let gated = Course { strategy, approvers: vec!["ann".into(), "bea".into()], ..course() };
    let open = |by: &str| Request::Open { by: by.into(), stage: 0, why: "it looks well".into() };
    let mut process = Process::started(&gated, World::default());
    process.go_on();
    assert_eq!(process.ask(&open("ann")).unwrap_err().why, Why::IsAuthor { by: "ann".into() });
    assert_eq!(process.ask(&open("cy")).unwrap_err().why, Why::NotAnApprover { by: "cy".into() });
    process.ask(&open("bea")).unwrap();
    process.pass(TimeDelta::zero());
    assert_eq!(process.run.state().stage, Some(0));
    let alone = Course { author_may_approve: true, ..gated };
    let mut process = Process::started(&alone, World::default());
    process.go_on();
    process.ask(&open("ann")).unwrap();
}

#[test]
fn a_pause_takes_from_a_soak_no_more_than_it_lasts_within_it() {
    let mut process = Process::with(World::default());
    process.ask(&propose(&Course { preparation: vec![manual("by hand")], ..course() })).unwrap();
    process.ask(&approve("bea")).unwrap();
    process.go_on();
    process.answer(true);
    // The order for the first stage is out when somebody pauses; it is done an hour later.
    process.ask(&Request::Pause { by: "bea".into(), why: "wait".into() }).unwrap();
    process.clock.advance(minutes(60));
    process.settle();
    let until = |process: &Process| match process.run.state().phase {
        Phase::Soaking { until, .. } => until.since(process.run.now().steady),
        phase => panic!("{phase}"),
    };
    assert_eq!(until(&process), minutes(5));
    process.pass(minutes(2));
    process.ask(&Request::Resume { by: "bea".into(), why: "looked at it".into() }).unwrap();
    assert_eq!(until(&process), minutes(5), "it was paused from the begin of the soak on");
}

fn ruling(verdict: Ruled, as_of: i64, valid_until: i64) -> Request {
    let (as_of, valid_until) = (wall(as_of), wall(valid_until));
    Request::Rule { by: "budget".into(), why: "30 % left".into(), verdict, as_of, valid_until }
}

#[test]
fn an_older_word_of_the_error_budget_replaces_no_newer_one_and_none_of_tomorrow_counts() {
    let mut process = Process::started(&Course { needs_ruling: true, ..course() }, World::default());
    process.pass(minutes(3));
    process.ask(&ruling(Ruled::Stop, 2, 99)).unwrap();
    let older = process.ask(&ruling(Ruled::Go, 1, 99)).unwrap_err().why;
    assert_eq!(older, Why::Older { as_of: wall(1), seen: wall(2) });
    let ahead = process.ask(&ruling(Ruled::Go, 4, 99)).unwrap_err().why;
    assert_eq!(ahead, Why::Ahead { as_of: wall(4) });
    assert_eq!(process.go_on().phase, Phase::Ready(Next::Prepare(0)));
    // On the same facts the later word counts: a person has looked again.
    process.ask(&ruling(Ruled::Go, 2, 99)).unwrap();
    assert_eq!(process.go_on().phase, Phase::Done);
}

#[test]
fn the_error_budget_lets_forward_only_while_its_word_is_fresh() {
    let mut process = Process::started(&Course { needs_ruling: true, ..course() }, World::default());
    let rule = |verdict, until| ruling(verdict, 0, until);
    assert_eq!(process.go_on().phase, Phase::Ready(Next::Prepare(0)), "it has not spoken");
    for verdict in [Ruled::Hold, Ruled::Stop, Ruled::Undecided] {
        process.ask(&rule(verdict, 999)).unwrap();
        assert_eq!(process.go_on().phase, Phase::Ready(Next::Prepare(0)));
    }
    process.ask(&rule(Ruled::Go, 7)).unwrap();
    let holds = |minute| process.run.state().holds(Now { wall: wall(minute), ..process.run.now() });
    assert_eq!((holds(6), holds(7)), (vec![], vec![Hold::Budget]), "good until then, not at it");
    assert_eq!(process.go_on().phase, Phase::Ready(Next::Stage(2)), "its word was good for two stages");
    process.ask(&rule(Ruled::Go, 999)).unwrap();
    assert_eq!(process.go_on().phase, Phase::Done);
}

#[test]
fn a_soak_is_shortened_by_a_person_and_not_while_something_holds() {
    let mut process = Process::started(&course(), World::default());
    process.pass(minutes(1));
    let promote = |stage| Request::Promote { by: "bea".into(), stage, why: "urgent".into() };
    assert!(matches!(process.ask(&promote(1)).unwrap_err().why, Why::OtherStage { asked: 1, current: 0 }));
    process.ask(&Request::Pause { by: "bea".into(), why: "wait".into() }).unwrap();
    assert_eq!(process.ask(&promote(0)).unwrap_err().why, Why::Held(Hold::Paused));
    process.ask(&Request::Resume { by: "bea".into(), why: "looked at it".into() }).unwrap();
    process.ask(&promote(0)).unwrap();
    process.pass(TimeDelta::zero());
    assert_eq!(process.run.state().stage, Some(1));
}

#[test]
fn an_abort_beats_a_promotion_whichever_comes_first() {
    let promote = Request::Promote { by: "bea".into(), stage: 0, why: "urgent".into() };
    let soaking = || {
        let mut process = Process::started(&course(), World::default());
        process.pass(minutes(1));
        process
    };
    let mut first = soaking();
    first.ask(&promote).unwrap();
    first.ask(&abort()).unwrap();
    let mut last = soaking();
    last.ask(&abort()).unwrap();
    assert_eq!(last.ask(&promote).unwrap_err().why, Why::NotNow);
    for mut process in [first, last] {
        assert_eq!(process.go_on().phase, Phase::RolledBack);
        assert_eq!(process.world.times("25 %"), 0, "the order for it was withdrawn");
    }
}

#[test]
fn a_manual_step_waits_for_its_person_and_one_that_fails_turns_back() {
    let by_hand = Course { preparation: vec![manual("maintenance on")], ..course() };
    let mut process = Process::started(&by_hand, World::default());
    let asking = Asking::Manual(Part::Next(Next::Prepare(0)));
    assert_eq!(process.go_on().phase, Phase::Asking(asking));
    process.answer(true);
    assert_eq!(process.go_on().phase, Phase::Done);
    let mut process = Process::started(&by_hand, World::default());
    process.go_on();
    process.answer(false);
    assert_eq!(process.go_on().phase, Phase::RolledBack);
    let by_hand = Course { rollback: vec![manual("restore the backup")], ..course() };
    let mut process = Process::started(&by_hand, World::default().fails("migrate", 1));
    assert_eq!(process.go_on().phase, Phase::Asking(Asking::Manual(Part::Back(Back::Undo(0)))));
    assert_eq!(process.ask(&abort()).unwrap_err().why, Why::NotNow);
    process.answer(false);
    assert_eq!(process.go_on().phase, Phase::Stuck(Back::Undo(0)));
    process.ask(&Request::Retry { by: "bea".into(), why: "the disk is free".into() }).unwrap();
    assert_eq!(process.go_on().phase, Phase::Asking(Asking::Manual(Part::Back(Back::Undo(0)))));
    process.answer(true);
    assert_eq!(process.go_on().phase, Phase::RolledBack);
}

fn program(argv: &[&str]) -> Mover {
    let argv = argv.iter().map(|argument| (*argument).to_owned()).collect();
    Mover::Program { argv, time_out: minutes(1) }
}

#[test]
fn a_program_that_moves_traffic_is_told_how_far_forward_and_back() {
    let course = Course {
        traffic: program(&["shift", "{weight}", "{version}"]),
        traffic_back: program(&["back"]),
        rollback: vec![],
        ..course()
    };
    let mut process = Process::started(&course, World::default().fails("50 %", 9));
    assert_eq!(process.go_on().phase, Phase::RolledBack);
    let done = process.world.done.lock().unwrap();
    let moves: Vec<_> = done
        .iter()
        .filter_map(|(_, effect)| match effect {
            Effect::SetWeight { argv, .. } => Some(argv.join(" ")),
            _ => None,
        })
        .collect();
    assert_eq!(moves, ["shift 5 2.0", "shift 25 2.0", "back"]);
}

#[test]
fn traffic_comes_back_after_the_steps_that_must_come_first() {
    let rollback = vec![command("close", true), command("restore", false), command("open", true)];
    let mut process = Process::started(
        &Course { rollback, before_return: 2, ..course() },
        World::default().fails("25 %", 9),
    );
    assert_eq!(process.go_on().phase, Phase::RolledBack);
    assert_eq!(process.world.done(), ["migrate", "5 %", "close", "restore", "0 %", "open", "smoke"]);
    // All of them may come first.
    let mut process =
        Process::started(&Course { before_return: 1, ..course() }, World::default().fails("25 %", 9));
    assert_eq!(process.go_on().phase, Phase::RolledBack);
    assert_eq!(process.world.done(), ["migrate", "5 %", "restore", "0 %", "smoke"]);
}

#[test]
fn a_person_who_moves_traffic_is_asked_at_each_stage_and_on_the_way_back() {
    let person = Mover::Person { owner: "bea".into(), instruction: "turn the dial".into() };
    let course = Course {
        traffic: person.clone(),
        traffic_back: person,
        checks: vec![check("errors")],
        strategy: Strategy::blue_green(minutes(5), minutes(5)),
        ..course()
    };
    let bad = [0.0, 0.0, 0.0, 0.0, 0.0, 9.0].map(Reading::Value).to_vec();
    let mut process = Process::started(&course, World::default().answers("errors", bad));
    assert_eq!(process.go_on().phase, Phase::Asking(Asking::Manual(Part::Next(Next::Stage(0)))));
    process.answer(true);
    // The stage is watched, as one that a program reached.
    process.go_on();
    process.ask(&Request::Open { by: "bea".into(), stage: 1, why: "it looks well".into() }).unwrap();
    assert_eq!(process.go_on().phase, Phase::Asking(Asking::Manual(Part::Next(Next::Stage(1)))));
    process.answer(true);
    assert_eq!(process.go_on().phase, Phase::Asking(Asking::Manual(Part::Back(Back::Weight(0)))));
    assert_eq!(process.world.times("0 %"), 0);
    process.answer(true);
    assert_eq!(process.go_on().phase, Phase::RolledBack);
}

#[test]
fn beyond_the_point_of_no_return_a_person_mends_what_fails() {
    let fix = "add the column again";
    let course = Course {
        completion: vec![command("contract", false), command("tell", true)],
        no_return: Some(NoReturn { step: 0, forward_fix: fix.into() }),
        ..course()
    };
    let mut process = Process::started(&course, World::default().fails("contract", 2));
    assert_eq!(process.go_on().phase, Phase::Broken(Next::Complete(0)));
    for refused in [abort(), roll_back(), Request::Supersede { by: "cy".into(), revision: "r2".into() }] {
        assert_eq!(process.ask(&refused).unwrap_err().why, Why::NoReturn { forward_fix: fix.into() });
    }
    process.answer(false);
    assert_eq!(process.go_on().phase, Phase::Broken(Next::Complete(0)), "tried again, and failed again");
    process.answer(true);
    assert_eq!(process.go_on().phase, Phase::Done);
    assert_eq!((process.world.times("contract"), process.world.times("tell")), (0, 1));
    assert_eq!(process.ask(&roll_back()).unwrap_err().why, Why::NoReturn { forward_fix: fix.into() });
    for (step, forward_fix) in [(2, fix), (0, " ")] {
        let no_return = Some(NoReturn { step, forward_fix: forward_fix.into() });
        let mut process = Process::with(World::default());
        let refused = process.ask(&propose(&Course { no_return, ..course.clone() })).unwrap_err();
        assert_eq!(refused.why, Why::Course(CourseFault::NoReturn));
    }
}

fn roll_back() -> Request {
    Request::RollBack { by: "bea".into(), why: "users complain".into() }
}

#[test]
fn a_release_that_is_done_can_be_rolled_back_once() {
    let mut process = Process::started(&course(), World::default());
    assert_eq!(process.go_on().phase, Phase::Done);
    assert_eq!(process.ask(&abort()).unwrap_err().why, Why::NotNow, "there is nothing to give up");
    process.ask(&roll_back()).unwrap();
    assert_eq!(process.run.state().routed, Weight::ALL);
    let state = process.go_on();
    assert_eq!((state.phase, state.routed), (Phase::RolledBack, Weight::NONE));
    assert_eq!(process.world.done()[6..], ["0 %", "restore", "smoke"]);
    assert_eq!(process.ask(&roll_back()).unwrap_err().why, Why::NotNow, "no rollback of a rollback");
    // Before anything was begun there is nothing to roll back, only something to give up.
    let mut process = Process::with(World::default());
    process.ask(&propose(&course())).unwrap();
    assert_eq!(process.ask(&roll_back()).unwrap_err().why, Why::NotNow);
}

#[test]
fn a_newer_plan_takes_its_place_by_going_back_first() {
    let newer = Request::Supersede { by: "cy".into(), revision: "r2".into() };
    let mut process = Process::started(&course(), World::default());
    process.pass(minutes(7));
    process.ask(&newer).unwrap();
    let state = process.go_on();
    assert_eq!(state.phase, Phase::RolledBack);
    assert!(matches!(&state.cause, Some((Cause::Superseded { revision, .. }, _)) if revision == "r2"));
    let mut process = Process::with(World::default());
    process.ask(&propose(&course())).unwrap();
    process.ask(&newer).unwrap();
    assert_eq!(process.go_on().phase, Phase::Aborted);
}

#[test]
fn a_course_that_cannot_be_undone_is_not_followed() {
    let faulty = [
        (CourseFault::NoRollback, Course { rollback: vec![], ..course() }),
        (CourseFault::NoVerification, Course { verification: vec![], ..course() }),
        (CourseFault::Steps, Course { completion: vec![command("migrate", true)], ..course() }),
        (CourseFault::NoChange, Course { to: "1.0".into(), ..course() }),
        (CourseFault::NoAttempt, Course { attempts: 0, ..course() }),
        (CourseFault::TooFewApprovers, Course { approvers: vec!["ann".into()], ..course() }),
        (CourseFault::NoCommand, Course { preparation: vec![command("", true)], ..course() }),
        (CourseFault::NoCommand, Course { traffic: program(&[""]), ..course() }),
        (CourseFault::NoWeight, Course { traffic: program(&["shift"]), ..course() }),
        (
            CourseFault::NoWeight,
            Course {
                traffic_back: program(&["shift"]),
                strategy: Strategy::canary(minutes(5)).with_return(Return::Gradual),
                ..course()
            },
        ),
        (CourseFault::NoRollback, Course { before_return: 2, ..course() }),
        (
            CourseFault::Freeze,
            Course { freezes: vec![Freeze { start: wall(2), end: wall(2), why: "x".into() }], ..course() },
        ),
        (CourseFault::Freeze, Course { schedule: Some(Slot { start: wall(2), end: wall(2) }), ..course() }),
    ];
    for (fault, course) in faulty {
        let mut process = Process::with(World::default());
        assert_eq!(process.ask(&propose(&course)).unwrap_err().why, Why::Course(fault));
        assert_eq!(process.run.seq(), 0);
    }
}

#[test]
fn every_request_is_refused_where_it_has_no_place() {
    let mut process = Process::with(World::default());
    let requests = [
        approve("bea"),
        open(0),
        abort(),
        Request::Promote { by: "bea".into(), stage: 0, why: "x".into() },
        Request::Pause { by: "bea".into(), why: "x".into() },
        Request::Resume { by: "bea".into(), why: "looked at it".into() },
        overriding("x", 1_000_000),
        ruling(Ruled::Go, 0, 9),
        Request::Answer {
            by: "bea".into(),
            about: Part::Next(Next::Prepare(0)),
            why: "seen".into(),
            is_done: true,
        },
        Request::Retry { by: "bea".into(), why: "the disk is free".into() },
        Request::Supersede { by: "bea".into(), revision: "r2".into() },
    ];
    for request in &requests {
        assert_eq!(process.ask(request).unwrap_err().why, Why::NotNow, "{request:?} of nothing");
    }
    process.ask(&propose(&course())).unwrap();
    process.ask(&approve("bea")).unwrap();
    assert_eq!(process.ask(&propose(&course())).unwrap_err().why, Why::NotNow);
    process.go_on();
    for request in &requests {
        assert_eq!(process.ask(request).unwrap_err().why, Why::NotNow, "{request:?} of what is done");
    }
}

#[test]
fn stages_without_a_soak_are_passed_at_once() {
    let stages = vec![Stage::new("all", Weight::ALL, TimeDelta::zero())];
    let quick = Course { strategy: Strategy::new(StrategyKind::Canary, stages).unwrap(), ..course() };
    let mut process = Process::started(&quick, World::default());
    assert_eq!(process.go_on().phase, Phase::Done);
}

#[test]
fn a_wall_clock_that_jumps_changes_neither_what_is_done_nor_how_long_it_takes() {
    let ends = |jumps: &[i64]| {
        let mut process = Process::started(&course(), World::default());
        for jump in jumps.iter().cycle().take(40) {
            process.clock.jump(TimeDelta::hours(*jump));
            process.pass(TimeDelta::seconds(31));
        }
        let elapsed = process.run.now().steady;
        (process.go_on().phase, process.world.done(), elapsed)
    };
    let calm = ends(&[0]);
    assert_eq!(calm.0, Phase::Done);
    for jumps in [[700, -1], [-700, 1], [-300, 300]] {
        assert_eq!(ends(&jumps), calm);
    }
}

#[test]
fn what_a_person_does_on_the_way_back_waits_until_nothing_moves_forward_any_more() {
    let by_hand = Course { rollback: vec![manual("restore by hand")], ..course() };
    let mut process = Process::started(&by_hand, World::default());
    let orders = block_on(process.run.take_orders()).unwrap().unwrap();
    let migrate = orders.iter().find(|order| matches!(order.effect, Effect::Step { .. })).unwrap();
    process.ask(&abort()).unwrap();
    process.settle();
    assert_eq!(
        process.run.state().phase,
        Phase::Returning(Back::Undo(0)),
        "the migration is still under way"
    );
    let done = Heard::Outcome(Outcome::Done);
    block_on(process.run.report(migrate, &done)).unwrap().unwrap();
    process.settle();
    assert_eq!(process.run.state().phase, Phase::Asking(Asking::Manual(Part::Back(Back::Undo(0)))));
    process.answer(true);
    assert_eq!(process.go_on().phase, Phase::RolledBack);
}

#[test]
fn a_person_approves_once_however_the_name_is_written() {
    let mut process = Process::with(World::default());
    process.ask(&propose(&Course { approvals: 2, ..course() })).unwrap();
    process.ask(&approve("bob")).unwrap();
    assert_eq!(process.ask(&approve(" bob ")).unwrap_err().why, Why::ApprovedBefore { by: " bob ".into() });
}

#[test]
fn what_fails_is_tried_again_after_a_pause_that_grows() {
    let world = World::default().fails("tidy", 2).fails("Started", 3);
    let mut process = Process::started(&Course { attempts: 3, ..course() }, world);
    let begun = |process: &Process| matches!(process.run.state().phase, Phase::Moving(Next::Complete(0)));
    process.pass(minutes(20));
    assert!(begun(&process));
    process.pass(TimeDelta::seconds(5));
    assert!(begun(&process), "two seconds, and then four");
    process.pass(TimeDelta::seconds(1));
    assert_eq!(process.run.state().phase, Phase::Done);
    assert!(process.world.told().contains(&Announcement::Started), "people are called again, too");
}

#[test]
fn nothing_is_resumed_that_nothing_holds() {
    let mut process = Process::started(&course(), World::default());
    process.pass(minutes(1));
    let resume = Request::Resume { by: "bea".into(), why: "it is time".into() };
    assert_eq!(process.ask(&resume).unwrap_err().why, Why::NotNow);
}

#[test]
fn whoever_does_something_by_hand_and_what_are_both_said() {
    use toban_release_core::rollout::{Action, Step};
    for (owner, instruction) in [("bea", " "), (" ", "close the shop")] {
        let (owner, instruction) = (String::from(owner), String::from(instruction));
        let traffic = Mover::Person { owner: owner.clone(), instruction: instruction.clone() };
        let step = Step { name: "close".into(), action: Action::Manual { owner, instruction } };
        for course in [Course { preparation: vec![step], ..course() }, Course { traffic, ..course() }] {
            let refused = Process::with(World::default()).ask(&propose(&course)).unwrap_err();
            assert_eq!(refused.why, Why::Course(CourseFault::NoCommand));
        }
    }
}

#[test]
fn each_move_of_the_way_back_is_one_that_there_is() {
    let (mut process, journal) = Process::in_memory(World::default());
    // A preview has no traffic, and none to bring back twice.
    let strategy = Strategy::blue_green(minutes(5), minutes(5)).with_return(Return::Gradual);
    process.ask(&propose(&Course { strategy, ..course() })).unwrap();
    process.ask(&approve("bea")).unwrap();
    process.go_on();
    process.ask(&open(1)).unwrap();
    process.go_on();
    process.ask(&Request::RollBack { by: "bea".into(), why: "users complain".into() }).unwrap();
    assert_eq!(process.go_on().phase, Phase::RolledBack);
    let read = block_on(toban_durable::history::<Rollout>(&*journal, "shop")).unwrap().unwrap().0;
    let events = read.entries.iter().flat_map(|entry| &entry.events);
    let undid = events.filter_map(|event| match event {
        Event::Undid { back } => Some(*back),
        _ => None,
    });
    let undid: Vec<_> = undid.collect();
    assert_eq!(undid, [Back::Weight(0), Back::Undo(0), Back::Verify(0)]);
}

#[test]
fn phases_holds_verdicts_and_moves_have_names() {
    let mut process = Process::started(&course(), World::default());
    process.pass(minutes(1));
    let state = process.run.state();
    assert_eq!(state.phase.to_string(), "soaking");
    let name = |part| state.name(part).unwrap();
    assert_eq!(name(Part::Next(Next::Stage(1))), "25%");
    assert_eq!(name(Part::Back(Back::Weight(0))), "0%");
    assert_eq!(name(Part::Next(Next::Prepare(0))), "migrate");
    let holds = [Hold::Approvals(2), Hold::Paused, Hold::Budget, Hold::Check(0), Hold::Gate(1)];
    let holds: Vec<_> = holds.iter().map(ToString::to_string).collect();
    let expected = [
        "2 approvals are missing",
        "somebody paused it",
        "the error budget does not allow it",
        "check 1 does not allow it",
        "the gate of stage 2 is closed",
    ];
    assert_eq!(holds, expected);
    use toban_core::Verdict;
    let verdicts = [Verdict::Go, Verdict::Hold, Verdict::Stop, Verdict::Undecided].map(Ruled::from);
    assert_eq!(verdicts, [Ruled::Go, Ruled::Hold, Ruled::Stop, Ruled::Undecided]);
}
