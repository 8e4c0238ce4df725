//! A month of a team's routine work in seconds: the scheduler itself, on a clock that goes on as soon as nobody works,
//! with people who do what they are told, mostly. It prints the daily report of one day in Japanese and in English.
//!
//! ```console
//! cargo run -p toban-examples --bin routine-month [DEFINITION.yaml] [DATE]
//! ```

use async_trait::async_trait;
use chrono::{DateTime, Datelike, Months, NaiveDate, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use toban_adapters::routine::{Programs, Scheduler, SchedulerOptions};
use toban_calendar::{Fold, Gap, Zone};
use toban_core::{
    Clock, Grid, Interval, Labels, Message, MetricAnswer, MetricSource, Notifier, PortError, Receipt, Sample,
    Series,
};
use toban_durable::MemoryJournal;
use toban_render::routine::{Day, TaskDay, day_text};
use toban_render::{Language, Style};
use toban_routine::firing::{Phase, Request};
use toban_routine::{Book, FiringId, Happened, Ports, RoutineDraft, TaskPlan, review};
use tokio::time::{Instant, sleep};

const SHOP: &str = include_str!("shop/routine.yaml");

/// A clock that goes with the time of the runtime, which is virtual.
#[derive(Debug)]
struct VirtualClock {
    start: DateTime<Utc>,
    begun: Instant,
}

impl Clock for VirtualClock {
    fn wall(&self) -> DateTime<Utc> {
        self.start + self.elapsed()
    }

    fn elapsed(&self) -> TimeDelta {
        TimeDelta::from_std(self.begun.elapsed()).unwrap_or(TimeDelta::MAX)
    }
}

/// A number from 0 to 99 that is always the same for the same text.
fn chance(text: &str) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash >> 32) % 100
}

/// People: told that there is work to do, most do it soon, some late, some never.
#[derive(Debug, Default)]
struct People {
    book: OnceLock<Book>,
}

#[async_trait]
impl Notifier for People {
    async fn notify(&self, message: &Message) -> Result<Receipt, PortError> {
        let firing = message.key.split_once('/').and_then(|(_, rest)| rest.rsplit_once('#'));
        let firing = firing.and_then(|(firing, _)| firing.parse::<FiringId>().ok());
        if let (Some(firing), Some(book), true) = (firing, self.book.get(), message.data.contains("to_do")) {
            tokio::spawn(work(book.clone(), firing));
        }
        Ok(Receipt::default())
    }
}

/// Somebody does a piece of work, or does not.
async fn work(book: Book, firing: FiringId) {
    let chance = chance(&firing.to_string());
    let who = ["alice", "bob", "carol", "dan"].into_iter().cycle().nth(usize::try_from(chance).unwrap_or(0));
    let by = who.unwrap_or("alice").to_owned();
    sleep(Duration::from_secs(60 * (5 + chance / 3))).await;
    let Ok(mut run) = book.firing(&firing).await else { return };
    let conditions = (0..run.state().conditions().len()).collect();
    let asked = run.state().begun.as_ref().map_or(0, |begun| begun.task.evidence.len());
    let evidence = vec![format!("log {chance:02}"); asked];
    let request = match chance {
        0..3 => return,
        3 => Request::Waive { by, why: "nothing has changed since the last time".into() },
        4 => Request::Block { by, why: "the console cannot be reached".into() },
        _ => Request::Done { by, conditions, evidence },
    };
    // What was given up meanwhile takes no answer any more.
    let _ = run.ask(&request).await;
}

/// What is measured: mostly well below what alerts.
#[derive(Debug)]
struct Meters;

#[async_trait]
impl MetricSource for Meters {
    async fn range(&self, query: &str, grid: Grid) -> Result<MetricAnswer, PortError> {
        let mut series = Series::new(Labels::default(), grid);
        let day = grid.first().date_naive();
        let share = match (query, u32::try_from(chance(&format!("{query} {day}"))).unwrap_or(0)) {
            ("error_rate", chance) => f64::from(chance) / 9_000.0,
            (_, chance) => 0.4 + f64::from(chance) / 200.0,
        };
        if let Ok(sample) = Sample::new(grid.first(), share) {
            let _ = series.insert(sample);
        }
        Ok(MetricAnswer::new(vec![series], Vec::new()))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let text = arguments.next().map_or_else(|| Ok(SHOP.to_owned()), std::fs::read_to_string)?;
    let date: NaiveDate = arguments.next().as_deref().unwrap_or("2026-12-18").parse()?;
    let draft: RoutineDraft = toban_yaml::from_str("routine.yaml", &text)?;
    let begun = std::time::Instant::now();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build()?;
    let (report, counts) = runtime.block_on(month(&draft, date))?;
    let real = begun.elapsed().as_secs_f64();
    for language in [Language::Ja, Language::En] {
        println!("{}", day_text(&report, 120, Style::Plain, language));
    }
    let counts: Vec<_> = counts.iter().map(|(how, count)| format!("{count} {how}")).collect();
    println!("the month in {real:.1} s: {}", counts.join(", "));
    Ok(())
}

/// The month of that day, by the scheduler; the day's report, and how many firings ended how.
async fn month(
    draft: &RoutineDraft,
    date: NaiveDate,
) -> Result<(Day, BTreeMap<String, usize>), Box<dyn Error>> {
    let review = review(draft);
    let zone = review.zone.unwrap_or(Zone::UTC);
    let midnight = |date: Option<NaiveDate>| {
        let midnight = date.and_then(|date| date.and_hms_opt(0, 0, 0)).ok_or("there is no such day")?;
        zone.instant(midnight, Gap::FirstAfter, Fold::Earlier).map_err(|_| "there is no such day")
    };
    let within = Interval::new(midnight(Some(date))?, midnight(date.succ_opt())?)?;
    let first = date.with_day(1);
    let next = first.and_then(|first| first.checked_add_months(Months::new(1)));
    let all = Interval::new(midnight(first)?, midnight(next)?)?;

    let clock = Arc::new(VirtualClock { start: all.start(), begun: Instant::now() });
    let book = Book::new(Arc::new(MemoryJournal::new()), Arc::clone(&clock) as _);
    let people = Arc::new(People::default());
    let _ = people.book.set(book.clone());
    let ports = Ports::new(book.clone(), Arc::new(Programs::new()))
        .with_metrics(Arc::new(Meters), Arc::clone(&clock) as _)
        .with_notifier(people);
    let options = SchedulerOptions::new("the month").with_look_every(Duration::from_secs(60));
    let stop = options.stop().clone();
    let plans: Vec<_> = TaskPlan::of(draft).collect();
    let scheduler = Scheduler::new(book.clone(), Arc::clone(&clock) as _, Arc::new(ports));
    let running = tokio::spawn({
        let plans = plans.clone();
        async move { scheduler.run(&plans, "the team", &options).await }
    });
    sleep(all.length().to_std()?).await;
    stop.finish();
    running.await?;

    let (mut day, mut counts) = (
        Day { date, zone, within, at: clock.wall(), tasks: Vec::new(), damage: Vec::new() },
        BTreeMap::new(),
    );
    for TaskPlan { task, .. } in plans {
        for happened in book.happened(&task.id, all).await?.happened {
            if let Happened::Began { state, .. } = happened {
                let word = match state.phase {
                    Phase::Ended(how) => how.text().en,
                    phase => phase.text().en,
                };
                *counts.entry(word).or_default() += 1;
            }
        }
        let happened = book.happened(&task.id, within).await?.happened;
        day.tasks.push(TaskDay {
            id: task.id,
            title: task.title,
            owner: task.owner,
            happened,
            known_since: None,
            unseen: Vec::new(),
            to_come: Vec::new(),
        });
    }
    Ok((day, counts))
}
