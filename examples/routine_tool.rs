//! A scheduler of one's own: the routine work of a team through one day, on a clock that the tool makes itself, with
//! a runner that takes as long as each task is estimated to take.
//!
//! ```console
//! cargo run -p toban-examples --bin routine-tool
//! ```

use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::error::Error;
use toban_core::Length;
use toban_routine::{Circumstances, Moment, Standing, Wheel, due, preset, review};

/// What the wheel wakes the tool for, by the place of a task.
#[derive(Clone, Copy, Debug)]
enum Wake {
    Due(usize),
    Ended(usize, DateTime<Utc>),
}

fn main() -> Result<(), Box<dyn Error>> {
    let draft = preset::all();
    let review = review(&draft);
    println!(
        "{} tasks have their times, {} questions are open",
        review.scheduled.len(),
        review.questions.len()
    );

    let mut now: DateTime<Utc> = "2026-11-26T15:00:00Z".parse()?;
    let end = now + TimeDelta::days(1);
    let mut wheel = Wheel::new(now);
    let mut decided = BTreeMap::new();
    let mut standing: BTreeMap<usize, Standing> = BTreeMap::new();
    for (place, task) in review.scheduled.iter().enumerate() {
        decided.insert(place, now);
        if let Some(first) = task.recurrence.next(now) {
            wheel.insert(first, Wake::Due(place));
        }
    }
    let mut woken = Vec::new();
    while let Some(next) = wheel.next_due().filter(|next| *next < end) {
        now = next;
        wheel.advance(now, &mut woken);
        for (_, wake) in woken.drain(..) {
            let (Wake::Due(place) | Wake::Ended(place, _)) = wake;
            let Some(task) = review.scheduled.get(place) else { continue };
            let standing = standing.entry(place).or_default();
            let mut come = Vec::new();
            match wake {
                Wake::Due(_) => {
                    let since = decided.entry(place).or_insert(now);
                    let due = due(&task.recurrence, *since, Moment::at(now), &task.due);
                    *since = due.decided;
                    come.extend(due.runs.iter().map(|run| run.nominal));
                    if let Some(next) = due.next {
                        wheel.insert(next, Wake::Due(place));
                    }
                }
                Wake::Ended(_, nominal) => standing.running.retain(|running| *running != nominal),
            }
            let step = task.overlap.decide(standing, &come, Circumstances::default());
            for nominal in &step.start {
                let estimate = draft.tasks.get(task.place).and_then(|task| task.estimate);
                let takes = estimate.map_or(TimeDelta::minutes(15), Length::as_time_delta);
                let clock = (now + TimeDelta::hours(9)).format("%H:%M");
                println!("{clock}  {} ({} min)", task.title.ja, takes.num_minutes());
                standing.running.push(*nominal);
                wheel.insert(now + takes, Wake::Ended(place, *nominal));
            }
            standing.waiting = step.waiting;
        }
    }
    Ok(())
}
