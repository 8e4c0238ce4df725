//! Two processes on one journal, with clocks that differ.

use crate::support::{Runner, World, at, task};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use toban_core::testing::FakeClock;
use toban_core::{Clock, Interval};
use toban_durable::testing::block_on;
use toban_durable::{Journal, MemoryJournal, Perform, Turn, settle};
use toban_routine::firing::Occasion;
use toban_routine::schedule::Request;
use toban_routine::{Book, Happened, Ports, TaskId};

#[derive(Clone, Debug)]
enum Deed {
    /// It sees to what has come.
    Advance,
    /// It performs what is under way.
    Settle,
    /// It begins what is under way, and dies.
    Die,
    Pause,
    Continue,
    /// Somebody asks for a time, in minutes.
    Ask(i64),
    /// So many minutes pass for both.
    Pass(i64),
    /// Somebody sets the clock of this one.
    Jump(i64),
}

#[derive(Debug)]
struct Process {
    name: &'static str,
    book: Book,
    clock: Arc<FakeClock>,
    ports: Ports,
}

impl Process {
    fn new(name: &'static str, journal: &Arc<dyn Journal>, world: &Arc<World>) -> Self {
        let clock = Arc::new(FakeClock::new());
        let book = Book::new(Arc::clone(journal), Arc::clone(&clock) as Arc<dyn Clock>);
        let ports = Ports::new(book.clone(), Arc::new(Runner(Arc::clone(world))));
        Self { name, book, clock, ports }
    }

    async fn settle(&self, dies: bool) {
        for (id, _) in self.book.under_way(None, 1_000).await.unwrap() {
            let mut run = self.book.firing(&id).await.unwrap();
            if run.claim(self.name, TimeDelta::minutes(90)).await.unwrap() != Turn::Mine {
                continue;
            }
            if dies {
                for order in run.take_orders().await.unwrap() {
                    toban_durable::carry_out(&self.ports as &dyn Perform<_>, &order).await;
                }
                return;
            }
            settle(&mut run, &self.ports).await.unwrap();
            run.release().await.unwrap();
        }
    }

    async fn does(&self, deed: &Deed) {
        let id = TaskId::new("check").unwrap();
        let (by, why) = (String::from("ann"), String::from("moving"));
        let request = match deed {
            Deed::Advance => {
                self.book.advance(&id).await.unwrap();
                return;
            }
            Deed::Settle | Deed::Die => return self.settle(matches!(deed, Deed::Die)).await,
            Deed::Jump(minutes) => return self.clock.jump(TimeDelta::minutes(*minutes)),
            Deed::Pass(_) => return,
            Deed::Pause => Request::Pause { by, why },
            Deed::Continue => Request::Continue { by, why },
            Deed::Ask(minute) => {
                Request::Run { times: vec![at(minute * 60)], occasion: Occasion::Backfill { by, why } }
            }
        };
        // What is paused already is not paused again.
        drop(self.book.ask(&id, &request).await);
    }
}

fn deed(jumps: bool) -> impl Strategy<Value = Deed> {
    let jump = if jumps { 2 } else { 0 };
    prop_oneof![
        6 => Just(Deed::Advance),
        4 => Just(Deed::Settle),
        1 => Just(Deed::Die),
        1 => Just(Deed::Pause),
        2 => Just(Deed::Continue),
        1 => (0i64..8).prop_map(|half| Deed::Ask(half * 30)),
        6 => prop_oneof![Just(7i64), Just(60), Just(150)].prop_map(Deed::Pass),
        jump => (-300i64..300).prop_map(Deed::Jump),
    ]
}

const OVERLAPS: [&str; 6] =
    ["allow_all", "buffer_all", "buffer_one", "cancel_other", "skip", "terminate_other"];
const MISSED: [&str; 4] = [r#"{"all": {"most": 9}}"#, r#""coalesce""#, r#""latest""#, r#""skip""#];

/// What is on record of each time at the end, in minutes.
fn told(overlap: usize, missed: usize, deeds: &[(bool, Deed)]) -> (BTreeMap<i64, Vec<Happened>>, i64) {
    let (journal, world) = (Arc::new(MemoryJournal::new()) as Arc<dyn Journal>, Arc::new(World::default()));
    let both = ["one", "other"].map(|name| Process::new(name, &journal, &world));
    let plan = task(&format!(
        r#"{{"command": ["check"], "overlap": "{}", "due": {{"missed": {}, "catch_up": "4h"}}}}"#,
        OVERLAPS[overlap], MISSED[missed]
    ));
    let id = TaskId::new("check").unwrap();
    block_on(async {
        both[0].book.plan(&plan, "the team").await.unwrap();
        for (who, deed) in deeds {
            if let Deed::Pass(minutes) = deed {
                both.iter().for_each(|process| process.clock.advance(TimeDelta::minutes(*minutes)));
            }
            both[usize::from(*who)].does(deed).await;
        }
        // All that is under way comes to its end.
        let calm = [Deed::Continue, Deed::Advance, Deed::Settle, Deed::Settle];
        for _ in 0..12 {
            // A claim of one who has died ends.
            both.iter().for_each(|process| process.clock.advance(TimeDelta::minutes(5)));
            for deed in &calm {
                both[0].does(deed).await;
                if both[0].clock.wall() < both[1].clock.wall() {
                    both[1].does(deed).await;
                }
            }
        }
        let state = both[0].book.task(&id).await.unwrap().state().clone();
        assert!(state.waiting.is_empty() || !state.running.is_empty(), "{state:?}");
        let within = Interval::new(DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC).unwrap();
        let mut told: BTreeMap<i64, Vec<Happened>> = BTreeMap::new();
        for one in both[0].book.happened(&id, within).await.unwrap().happened {
            let minute = |at: DateTime<Utc>| at.timestamp() / 60;
            let (first, last) = match &one {
                Happened::LeftOut { first, last, .. } => (minute(*first), minute(*last)),
                one => (minute(one.nominal()), minute(one.nominal())),
            };
            for at in (first..=last).step_by(60) {
                told.entry(at).or_default().push(one.clone());
            }
        }
        for (nominal, all) in &told {
            let began = all.iter().filter(|one| matches!(one, Happened::Began { .. })).count();
            assert!(began <= 1, "{nominal}: {all:?}");
            let ran = world.begun().iter().filter(|ran| ran.timestamp() / 60 == *nominal).count();
            assert!(ran <= began, "{nominal} ran {ran} times: {all:?}");
        }
        (told, state.decided.unwrap().timestamp() / 3_600)
    })
    .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.div_ceil(10), ..ProptestConfig::default() })]

    #[test]
    fn each_firing_begins_once_and_runs_once_whatever_the_clocks_say(
        overlap in 0usize..6,
        missed in 0usize..4,
        deeds in proptest::collection::vec((any::<bool>(), deed(true)), 1..30),
    ) {
        let (told, decided) = told(overlap, missed, &deeds);
        for hour in 1..=decided {
            prop_assert!(told.contains_key(&(hour * 60)), "nothing is on record of hour {hour}: {told:?}");
        }
    }

    #[test]
    fn by_good_clocks_each_time_is_on_record_once(
        overlap in 0usize..6,
        missed in 0usize..4,
        deeds in proptest::collection::vec((any::<bool>(), deed(false)), 1..30),
    ) {
        let (told, decided) = told(overlap, missed, &deeds);
        for hour in 1..=decided {
            // What somebody asks for again is refused again.
            let is_refused = |one: &&Happened| matches!(one, Happened::Refused { why: toban_routine::WhyRefused::Begun, .. });
            let all: Vec<_> = told.get(&(hour * 60)).into_iter().flatten().filter(|one| !is_refused(one)).collect();
            let is_asked = deeds.iter().any(|(_, deed)| matches!(deed, Deed::Ask(at) if *at == hour * 60));
            prop_assert!(all.len() == 1 || (is_asked && !all.is_empty()), "hour {hour}: {all:?}");
        }
    }
}
