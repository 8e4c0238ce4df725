//! A clock that somebody sets neither shortens nor lengthens a wait.

use crate::toy::{Process, Request, SOAK, State};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use std::sync::Arc;
use toban_core::testing::FakeClock;
use toban_durable::testing::block_on;
use toban_durable::{MemoryJournal, Now, Steady, Wakeup};

fn soaking(clock: Arc<FakeClock>) -> (Process, Arc<MemoryJournal>) {
    let journal = Arc::new(MemoryJournal::new());
    let mut process = Process::start(Arc::clone(&journal) as _, clock, Arc::default());
    process.claim("one");
    process.ask(Request::Start).unwrap();
    process.settle();
    assert!(matches!(process.run.state(), State::Soaking(0, _)));
    (process, journal)
}

proptest! {
    #[test]
    fn jumps_of_the_wall_do_not_change_a_soak(jumps in proptest::collection::vec(-100_000..100_000_i64, 1..5)) {
        let (mut process, _) = soaking(Arc::default());
        let part = SOAK / i32::try_from(jumps.len()).unwrap();
        for jump in &jumps {
            prop_assert!(!block_on(process.run.wake()).unwrap().unwrap());
            process.clock.jump(TimeDelta::seconds(*jump));
            process.clock.advance(part);
        }
        process.clock.advance(SOAK - part * i32::try_from(jumps.len()).unwrap());
        prop_assert!(block_on(process.run.wake()).unwrap().unwrap());
    }

    #[test]
    fn with_a_clock_of_one_origin_neither_a_restart_nor_a_jump_changes_a_soak(jump in -100_000..100_000_i64, away in 0..300_i64) {
        let clock = Arc::new(FakeClock::new().with_origin("boot"));
        let (process, journal) = soaking(Arc::clone(&clock));
        drop(process);
        clock.jump(TimeDelta::seconds(jump));
        clock.advance(TimeDelta::seconds(away));
        let mut again = Process::start(journal, Arc::clone(&clock), Arc::default());
        again.clock.advance(TimeDelta::hours(2));
        clock.jump(TimeDelta::hours(2));
        again.claim("two");
        // Two hours later it is over in any case; before, exactly what was left was left.
        let until = again.run.now().steady.since(Steady::START);
        prop_assert_eq!(until, TimeDelta::seconds(away) + TimeDelta::hours(2));
    }
}

#[test]
fn while_nobody_drives_it_the_wall_counts_forward_and_never_back() {
    let (process, journal) = soaking(Arc::default());
    let then = process.run.now().steady;
    drop(process);
    let clock = Arc::new(FakeClock::new());
    clock.advance(TimeDelta::minutes(2));
    let later = Process::start(Arc::clone(&journal) as _, clock, Arc::default());
    assert_eq!(later.run.now().steady.since(then), TimeDelta::minutes(2));
    let clock = Arc::new(FakeClock::new());
    clock.jump(-TimeDelta::days(1));
    let back = Process::start(journal, clock, Arc::default());
    assert_eq!(back.run.now().steady, then);
}

#[test]
fn a_wakeup_is_the_first_of_a_wait_and_a_time_of_the_calendar() {
    let noon = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::hours(12);
    let now = Now { wall: noon, steady: Steady::from_millis(1000) };
    let minute = Wakeup::steady(now.steady.after(TimeDelta::minutes(1)));
    let hour = Wakeup::at(noon + TimeDelta::hours(1));
    assert_eq!(minute.or(hour).wait(now), Some(TimeDelta::minutes(1)));
    assert_eq!(hour.wait(now), Some(TimeDelta::hours(1)));
    assert_eq!(Wakeup::NEVER.wait(now), None);
    assert!(!minute.or(hour).is_due(now));
    assert!(minute.or(hour).is_due(Now { wall: noon + TimeDelta::hours(1), ..now }));
    assert!(minute.is_due(Now { steady: Steady::from_millis(61_000), ..now }));
    assert!(!minute.is_due(Now { steady: Steady::from_millis(60_999), ..now }));
    // A part of a millisecond more is a whole one more.
    assert_eq!(Steady::START.after(TimeDelta::microseconds(1500)), Steady::from_millis(2));
}

#[test]
fn who_asks_with_another_clock_does_not_cut_short_what_the_holder_waits_for() {
    // The wall jumps, and a process that was not there before counts the jump as time gone by.
    for is_renewed in [false, true] {
        let (mut holder, journal) = soaking(Arc::default());
        holder.clock.jump(TimeDelta::hours(1));
        let clock = FakeClock::new();
        clock.jump(TimeDelta::hours(1));
        let mut asker = Process::start(Arc::clone(&journal) as _, Arc::new(clock), Arc::default());
        assert_eq!(asker.run.now().steady.since(holder.run.now().steady), TimeDelta::hours(1));
        asker.ask(Request::Nudge).unwrap();
        if is_renewed {
            // By the wall the claim has ended, and nobody else took it.
            holder.claim("one");
        }
        block_on(holder.run.refresh()).unwrap().unwrap();
        assert_eq!(holder.run.seq(), asker.run.seq());
        assert!(!block_on(holder.run.wake()).unwrap().unwrap());
        holder.clock.advance(SOAK);
        assert!(
            holder.claim("one") == toban_durable::Turn::Mine && block_on(holder.run.wake()).unwrap().unwrap()
        );
    }
}

#[test]
fn who_takes_over_goes_on_from_where_the_holder_before_was() {
    let (process, journal) = soaking(Arc::default());
    let behind = FakeClock::new();
    behind.jump(-TimeDelta::days(1));
    let mut later = Process::start(journal, Arc::new(behind), Arc::default());
    let mut process = process;
    process.clock.advance(TimeDelta::seconds(20));
    process.ask(Request::Nudge).unwrap();
    let then = process.run.now().steady;
    block_on(process.run.release()).unwrap().unwrap();
    later.claim("two");
    block_on(later.run.refresh()).unwrap().unwrap();
    assert_eq!(later.run.now().steady, then, "it never goes back");
}
