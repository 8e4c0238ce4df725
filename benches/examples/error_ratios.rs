//! The other side of `peer/prometheus.py`: reads bad and total of each minute, prints bad and total of each window.
#![allow(clippy::print_stdout, missing_docs, reason = "a program that prints")]

use chrono::{DateTime, TimeDelta, Utc};
use std::error::Error;
use std::io::{BufRead, BufWriter, Write, stdin, stdout};
use toban_core::Ratio;
use toban_slo::{AlertPolicy, AlertRule, Condition, Evaluator, Objective, Severity, Slo, Tally, Window};

fn main() -> Result<(), Box<dyn Error>> {
    let at = |argument: Option<String>| -> Result<DateTime<Utc>, Box<dyn Error>> {
        let seconds =
            argument.ok_or("needs two arguments: when the first minute begins, from when on to print")?;
        Ok(DateTime::from_timestamp(seconds.parse()?, 0).ok_or("no time")?)
    };
    let (start, first) = (at(std::env::args().nth(1))?, at(std::env::args().nth(2))?);
    let slo = Slo::availability("shop", Objective::percent("99.9")?, Window::rolling_days(30));
    let spent = AlertRule::new("spent", Severity::Ticket, Condition::BudgetConsumed { part: Ratio::ONE });
    let policy = AlertPolicy::sre_workbook(&slo)?.with_rule(&slo, spent)?;
    let mut windows = policy.windows();
    windows.push(TimeDelta::days(30));

    let mut evaluator = Evaluator::per_minute(start);
    let shop = evaluator.add(&slo, &policy)?;
    let (mut now, mut out) = (start, BufWriter::new(stdout().lock()));
    for line in stdin().lock().lines() {
        let line = line?;
        let (bad, total) = line.split_once(' ').ok_or("a line holds bad and total")?;
        evaluator.record(shop, now, Tally::from_bad(bad.parse()?, total.parse()?)?)?;
        now += TimeDelta::minutes(1);
        evaluator.tick(now, |_| {})?;
        if now < first {
            continue;
        }
        for window in &windows {
            let tally = evaluator.last(shop, *window).ok_or("no such window")?.tally;
            writeln!(out, "{} {} {} {}", window.num_seconds(), now.timestamp(), tally.bad(), tally.total())?;
        }
    }
    Ok(out.flush()?)
}
