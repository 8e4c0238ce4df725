//! What does the next time of a rule cost, beside what one would use otherwise?
//!
//! The others: the crate `cron`, which loses and doubles times where clocks change, and `croner`. All answer the same
//! questions in turn, a year of steps at a time, in one run; medians of the rounds are compared.
//!
//! ```console
//! cargo bench -p toban-benches --bench recurrence
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a bench prints, and fails by panicking"
)]

use chrono::{NaiveDate, TimeZone, Utc};
use chrono_tz::{America::New_York, Asia::Tokyo, Tz};
use std::hint::black_box;
use std::str::FromStr;
use std::time::{Duration, Instant};
use toban_calendar::{
    Adjust, Calendar, ClockChange, Cron, CronDialect, Dates, MonthDay, MonthsOfYear, Recurrence, Times, Zone,
};

fn main() {
    let is_test = std::env::args().any(|argument| argument == "--test");
    let (rounds, steps) = if is_test { (1, 50) } else { (15, 20_000) };
    let zone = |tz: Tz| Zone::parse(tz.name()).unwrap();
    let daily = |time: &str, tz| {
        Recurrence::new(Dates::daily(), Times::parse([time]).unwrap(), zone(tz), ClockChange::ONCE).unwrap()
    };
    let cron = |text: &str, tz| {
        let cron = Cron::parse(text, CronDialect::Quartz).unwrap();
        cron.recurrence(zone(tz), cron.clock_change()).unwrap()
    };
    let month_end = |tz| {
        let dates = Dates::monthly([MonthDay::FromEnd(0)]).unwrap();
        Recurrence::new(dates, Times::parse(["17:00"]).unwrap(), zone(tz), ClockChange::ONCE).unwrap()
    };
    let leap = |tz| {
        let dates = Dates::yearly(MonthsOfYear::of([2]).unwrap(), [MonthDay::Day(29)]).unwrap();
        Recurrence::new(dates, Times::parse(["12:00"]).unwrap(), zone(tz), ClockChange::ONCE).unwrap()
    };
    println!("next, in nanoseconds a step; the others in brackets\n");
    let race = |name: &str, ours: &Recurrence, tz: Tz, theirs: &str| {
        let cron = cron::Schedule::from_str(theirs).ok();
        let croner = croner(theirs);
        let start = Utc.with_ymd_and_hms(2024, 1, 1, 0, 0, 0).unwrap();
        let mut taken = [Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..rounds {
            taken[0].push(walk(steps, start, |at| ours.next(at)));
            if let Some(cron) = &cron {
                taken[1].push(walk(steps, start.with_timezone(&tz), |at| cron.after(&at).next()));
            }
            if let Some(croner) = &croner {
                taken[2].push(walk(steps / 5 + 1, start.with_timezone(&tz), |at| {
                    croner.find_next_occurrence(&at, false).ok()
                }));
            }
        }
        let [ours, cron, croner] = taken.map(median);
        let ratio = |other: Option<f64>| {
            ours.zip(other)
                .map_or_else(|| "-".to_owned(), |(ours, other)| format!("{:.2} of {other:.0}", ours / other))
        };
        println!(
            "{name:44} {:6.0}   cron: {:16} croner: {}",
            ours.unwrap_or_default(),
            ratio(cron),
            ratio(croner)
        );
    };
    race("daily 02:30, New York (own rule)", &daily("02:30", New_York), New_York, "0 30 2 * * *");
    race("daily 09:00, Tokyo (own rule)", &daily("09:00", Tokyo), Tokyo, "0 0 9 * * *");
    race("every 15 minutes, New York (cron)", &cron("0 */15 * * * *", New_York), New_York, "0 */15 * * * *");
    race("daily 02:30, New York (cron)", &cron("0 30 2 * * *", New_York), New_York, "0 30 2 * * *");
    race(
        "Monday to Friday 9 to 17, New York (cron)",
        &cron("0 0 9-17 ? * MON-FRI", New_York),
        New_York,
        "0 0 9-17 ? * MON-FRI",
    );
    race("29 February, New York (own rule)", &leap(New_York), New_York, "0 0 12 29 2 *");
    race("end of the month, Tokyo (own rule)", &month_end(Tokyo), Tokyo, "0 0 17 L * *");
    let japan = Calendar::japan();
    let moved = month_end(Tokyo).adjusted(Adjust::Previous, &japan).unwrap();
    race("end of the month, the working day before", &moved, Tokyo, "0 0 17 L * *");
    println!("\nimpossible rules, in microseconds until they are refused\n");
    let refused = |name: &str, mut refuse: Box<dyn FnMut()>| {
        let times = (0..if is_test { 1 } else { 200 }).map(|_| {
            let start = Instant::now();
            refuse();
            start.elapsed().as_secs_f64() * 1e6
        });
        println!("{name:44} {:8.2}", median(times.collect()).unwrap_or_default());
    };
    let twelve = Times::parse(["12:00"]).unwrap();
    let new_york = zone(New_York);
    refused(
        "30 February (own rule)",
        Box::new(move || {
            let dates = Dates::yearly(MonthsOfYear::of([2]).unwrap(), [MonthDay::Day(30)]).unwrap();
            assert!(Recurrence::new(dates, twelve.clone(), new_york, ClockChange::ONCE).is_err());
        }),
    );
    refused(
        "30 February (cron, with parsing)",
        Box::new(move || {
            let cron = Cron::parse("0 0 30 2 *", CronDialect::Posix5).unwrap();
            assert!(cron.recurrence(new_york, ClockChange::ONCE).is_err());
        }),
    );
    refused(
        "30 February, croner",
        Box::new(|| {
            let croner = croner("0 0 0 30 2 *").unwrap();
            let start = Utc.with_ymd_and_hms(2024, 1, 1, 0, 0, 0).unwrap();
            assert!(croner.find_next_occurrence(&start, false).is_err());
        }),
    );
    refused(
        "reading 0 9 * * 1-5",
        Box::new(|| drop(black_box(Cron::parse("0 9 * * 1-5", CronDialect::Posix5)))),
    );
    refused(
        "reading 0 0 9 * * MON-FRI, cron",
        Box::new(|| drop(black_box(cron::Schedule::from_str("0 0 9 * * MON-FRI")))),
    );
    refused("reading 0 0 9 * * 1-5, croner", Box::new(|| drop(black_box(croner("0 0 9 * * 1-5")))));
    let date = NaiveDate::from_ymd_opt(2026, 5, 6).unwrap();
    refused("why (not) on a date", Box::new(move || drop(black_box(moved.why(date)))));
}

fn croner(text: &str) -> Option<croner::Cron> {
    croner::parser::CronParser::builder().seconds(croner::parser::Seconds::Required).build().parse(text).ok()
}

/// Nanoseconds a step, from one time to the next; from the start again after a thousand years at the latest.
fn walk<T: Copy>(steps: u32, start: T, next: impl Fn(T) -> Option<T>) -> f64 {
    let begin = Instant::now();
    let mut at = start;
    for step in 0..steps {
        // Rules that leave years between their times would leave the tables of zones behind.
        at = if step % 15 == 14 { start } else { next(black_box(at)).unwrap_or(start) };
    }
    black_box(at);
    per(begin.elapsed(), steps)
}

fn per(taken: Duration, steps: u32) -> f64 {
    taken.as_secs_f64() * 1e9 / f64::from(steps)
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
