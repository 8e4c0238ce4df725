//! A nightly backtest: would the alert policy have called somebody for each of the last incidents?
//!
//! ```console
//! cargo run -p toban-examples --bin nightly-backtest                         # the SRE workbook's rules
//! cargo run -p toban-examples --bin nightly-backtest -- page-fast page-slow  # do we need the tickets at all?
//! ```
//! It exits with 1 when an incident was missed, with 2 where nothing can be tested.

use chrono::TimeDelta;
use std::error::Error;
use std::process::ExitCode;
use toban_adapters::access_log::{Answer, Filter, Query, Scan};
use toban_core::{Interval, Ratio};
use toban_slo::backtest::{Incident, backtest};
use toban_slo::{AlertPolicy, Objective, Slo, Window};

const LOG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/shop/access.log.gz");
const FAULTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/shop/faults.csv");

fn main() -> ExitCode {
    match test() {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(error) => {
            eprintln!("nightly-backtest: {error}");
            ExitCode::from(2)
        }
    }
}

/// How many incidents were missed.
fn test() -> Result<usize, Box<dyn Error>> {
    let slo = Slo::availability("shop", Objective::percent("99.9")?, Window::rolling_days(30));
    let mut policy = AlertPolicy::sre_workbook(&slo)?;
    let kept: Vec<_> = std::env::args().skip(1).collect();
    // A mistyped name would test a policy without that rule.
    let names: Vec<_> = policy.rules().iter().map(|rule| rule.name.clone()).collect();
    if let Some(unknown) = kept.iter().find(|name| !names.contains(name)) {
        return Err(format!("no rule is called {unknown:?}: there are {}", names.join(", ")).into());
    }
    if !kept.is_empty() {
        let mut rules = policy.rules().iter().filter(|rule| kept.contains(&rule.name)).cloned();
        policy = rules.try_fold(AlertPolicy::new(), |policy, rule| policy.with_rule(&slo, rule))?;
    }
    let failed = Query::BadTotal { bad: Filter::any().with_status("5xx".parse()?), total: Filter::any() };
    let reading = Scan::new(&[failed]).read_file(LOG)?;
    let [Answer::Counts { counts, .. }] = &reading.answers[..] else { return Err("no counts".into()) };
    let incidents = labelled(&std::fs::read_to_string(FAULTS)?)?;

    let tested = backtest(&slo, &policy, counts, &incidents, TimeDelta::minutes(5))?;
    for result in &tested.incidents {
        let label = &result.incident.label;
        match result.first_page.as_ref().or(result.first.as_ref()) {
            Some(call) => println!("called {label:16} {} after {} min", call.rule, call.after.num_minutes()),
            None => {
                println!("MISSED {label:16} spent {:.2} of the budget", result.spent.unwrap_or(Ratio::ZERO))
            }
        }
    }
    let score = &tested.score;
    let days = tested.record.length().num_days();
    print!("{} of {}, {} pages in {days} days, ", score.detected, score.incidents, score.pages);
    println!("{} of {} alerts in vain", score.alerts_in_vain(), score.alerts);
    Ok(score.incidents - score.detected)
}

/// The faults in which requests failed; the others are no matter of availability.
fn labelled(faults: &str) -> Result<Vec<Incident>, Box<dyn Error>> {
    let mut incidents = Vec::new();
    for line in faults.lines().skip(1) {
        let [start, end, status, _, kind, ..] = line.split(',').collect::<Vec<_>>()[..] else {
            return Err(format!("no fault: {line}").into());
        };
        if !status.parse::<Ratio>()?.is_zero() {
            incidents.push(Incident::labelled(Interval::new(start.parse()?, end.parse()?)?, kind));
        }
    }
    Ok(incidents)
}
