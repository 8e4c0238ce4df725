//! What does a scheduler cost while nothing is due: the time of the processor that a second of waiting takes, with a
//! thousand and with ten thousand daily tasks?
//!
//! Beside `tokio-cron-scheduler` with as many daily jobs, in the same run, on a runtime of one thread each.
//!
//! ```console
//! cargo bench -p toban-benches --bench scheduler
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a bench prints, and fails by panicking"
)]

use chrono::{TimeDelta, Timelike, Utc};
use std::sync::Arc;
use std::time::Duration;
use toban_adapters::drive::SystemClock;
use toban_adapters::routine::{Programs, Scheduler, SchedulerOptions};
use toban_core::{Clock, Text};
use toban_durable::MemoryJournal;
use toban_routine::{Book, Ports, TaskDraft, TaskId, TaskPlan};
use tokio::time::sleep;
use tokio_cron_scheduler::{Job, JobScheduler};

fn main() {
    let is_test = std::env::args().any(|argument| argument == "--test");
    let (sizes, seconds): (&[u32], u64) = if is_test { (&[100], 1) } else { (&[1_000, 10_000], 10) };
    println!("daily tasks; milliseconds of the processor for a second in which nothing is due\n");
    println!("{:>7}  {:>7}  {:>20}  {:>5}", "tasks", "toban", "tokio-cron-scheduler", "of it");
    for tasks in sizes {
        let (ours, theirs) = (ours(*tasks, seconds), theirs(*tasks, seconds));
        println!("{tasks:>7}  {ours:7.3}  {theirs:20.3}  {:5.3}", ours / theirs);
    }
}

/// Milliseconds of the processor for each second, while this many go by.
async fn idle(seconds: u64) -> f64 {
    // What began it is over.
    sleep(Duration::from_secs(2)).await;
    let before = used();
    sleep(Duration::from_secs(seconds)).await;
    (used() - before) * 1e3 / f64::from(u32::try_from(seconds).unwrap())
}

/// Seconds of the processor that this process has used.
fn used() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    f64::from(i32::try_from(time.tv_sec).unwrap()) + f64::from(u32::try_from(time.tv_nsec).unwrap()) / 1e9
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// A time of the day that is hours away.
fn later() -> chrono::DateTime<Utc> {
    Utc::now() + TimeDelta::hours(6)
}

fn ours(tasks: u32, seconds: u64) -> f64 {
    runtime().block_on(async {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let book = Book::new(Arc::new(MemoryJournal::new()), Arc::clone(&clock));
        let ports = Ports::new(book.clone(), Arc::new(Programs::new()));
        let plans: Vec<_> = (0..tasks)
            .map(|task| {
                let mut draft = TaskDraft::new(TaskId::new(format!("t{task}")).unwrap(), Text::same("task"));
                draft.command = Some(vec!["true".into()]);
                let at = later().format("%H:%M").to_string();
                draft.when =
                    Some(serde_json::from_value(serde_json::json!({"on": "daily", "at": at})).unwrap());
                TaskPlan { zone: Some("UTC".into()), calendars: Default::default(), task: draft }
            })
            .collect();
        let scheduler = Scheduler::new(book, clock, Arc::new(ports));
        let options = SchedulerOptions::new("the bench");
        let stop = options.stop().clone();
        let running = tokio::spawn(async move { scheduler.run(&plans, "the bench", &options).await });
        let used = idle(seconds).await;
        stop.finish();
        running.await.unwrap();
        used
    })
}

fn theirs(tasks: u32, seconds: u64) -> f64 {
    runtime().block_on(async {
        let mut scheduler = JobScheduler::new().await.unwrap();
        let expression = format!("0 {} {} * * *", later().minute(), later().hour());
        for _ in 0..tasks {
            scheduler.add(Job::new(expression.as_str(), |_, _| {}).unwrap()).await.unwrap();
        }
        scheduler.start().await.unwrap();
        let used = idle(seconds).await;
        scheduler.shutdown().await.unwrap();
        used
    })
}
