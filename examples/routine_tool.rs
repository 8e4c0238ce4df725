//! A scheduler of one's own: the routine work of a team through one day, by a runner of the tool's own that takes as long as
//! each task is estimated to take, on a clock that goes on as soon as nobody works.
//!
//! ```console
//! cargo run -p toban-examples --bin routine-tool
//! ```

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use toban_adapters::routine::{Scheduler, SchedulerOptions};
use toban_core::{Clock, Length, PortError};
use toban_durable::{MemoryJournal, Order};
use toban_routine::firing::Ran;
use toban_routine::{Book, Halt, Job, Ports, TaskId, TaskPlan, TaskRunner, preset, review};
use tokio::time::{Instant, sleep};

/// A clock that goes with the time of the runtime, which is virtual.
#[derive(Debug)]
struct VirtualClock(DateTime<Utc>, Instant);

impl Clock for VirtualClock {
    fn wall(&self) -> DateTime<Utc> {
        self.0 + self.elapsed()
    }

    fn elapsed(&self) -> TimeDelta {
        TimeDelta::from_std(self.1.elapsed()).unwrap_or(TimeDelta::MAX)
    }
}

/// Does what it is told, in the time that it is estimated to take.
#[derive(Debug)]
struct Robot(Arc<VirtualClock>, BTreeMap<TaskId, Length>);

#[async_trait]
impl TaskRunner for Robot {
    async fn run(&self, order: &Order<Job>) -> Result<Ran, PortError> {
        let Job { firing, argv, .. } = &order.effect;
        let takes = self.1.get(&firing.task).map_or(TimeDelta::minutes(15), |length| length.as_time_delta());
        let clock = (self.0.wall() + TimeDelta::hours(9)).format("%H:%M");
        println!("{clock}  {} ({} min)", argv.join(" "), takes.num_minutes());
        sleep(takes.to_std().unwrap_or_default()).await;
        Ok(Ran { is_success: true, said: "done".into() })
    }

    async fn stop(&self, _: &Order<Halt>) -> Result<(), PortError> {
        Ok(()) // Nothing of it outlives the future that runs it.
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build()?;
    runtime.block_on(day())
}

async fn day() -> Result<(), Box<dyn Error>> {
    let mut draft = preset::all();
    let review = review(&draft);
    println!(
        "{} tasks have their times, {} questions are open",
        review.scheduled.len(),
        review.questions.len()
    );
    draft.tasks.iter_mut().for_each(|task| task.command = Some(vec![task.title.ja.clone()]));
    let estimates = draft.tasks.iter().filter_map(|task| Some((task.id.clone(), task.estimate?))).collect();

    let clock = Arc::new(VirtualClock("2026-11-26T15:00:00Z".parse()?, Instant::now()));
    let book = Book::new(Arc::new(MemoryJournal::new()), Arc::clone(&clock) as _);
    let ports = Ports::new(book.clone(), Arc::new(Robot(Arc::clone(&clock), estimates)));
    let scheduler = Scheduler::new(book, clock, Arc::new(ports));
    let (plans, options) = (TaskPlan::of(&draft).collect::<Vec<_>>(), SchedulerOptions::new("the tool"));
    tokio::select! {
        () = scheduler.run(&plans, "the team", &options) => {}
        () = sleep(Duration::from_secs(24 * 3_600)) => {}
    }
    Ok(())
}
