//! A release gate: may the shop be released now, by what is left of its error budget?
//!
//! ```console
//! cargo run -p toban-examples --bin release-gate                           # Monday before the deploy: go
//! cargo run -p toban-examples --bin release-gate -- 2026-11-16T21:00:00Z   # after it went wrong twice: stop
//! cargo run -p toban-examples --bin release-gate -- 2026-11-16T21:00:00Z access.log
//! ```
//! It exits with 0 for go, with 1 for anything else (what is not known is no go), with 2 where it cannot ask.

use chrono::{DateTime, Utc};
use std::env::args;
use std::error::Error;
use std::process::ExitCode;
use toban_adapters::access_log::{Answer, Filter, Query, Scan};
use toban_core::Verdict;
use toban_slo::{AlertPolicy, BudgetPolicy, HEALTHY, Objective, Slo, Window, evaluate};

const LOG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/shop/access.log.gz");
const BEFORE_THE_DEPLOY: &str = "2026-11-16T09:45:00Z";

fn main() -> ExitCode {
    match ask() {
        Ok(Verdict::Go) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(error) => {
            eprintln!("release-gate: {error}");
            ExitCode::from(2)
        }
    }
}

fn ask() -> Result<Verdict, Box<dyn Error>> {
    let now: DateTime<Utc> = args().nth(1).as_deref().unwrap_or(BEFORE_THE_DEPLOY).parse()?;
    let log = args().nth(2).unwrap_or_else(|| LOG.into());

    // What happened: each answer of 5xx is bad, each request counts.
    let failed = Query::BadTotal { bad: Filter::any().with_status("5xx".parse()?), total: Filter::any() };
    let reading = Scan::new(&[failed]).read_file(log)?;
    let [Answer::Counts { counts, .. }] = &reading.answers[..] else { return Err("no counts".into()) };

    // What was promised, and how that stands.
    let slo = Slo::availability("shop", Objective::percent("99.9")?, Window::rolling_days(7));
    let report = evaluate(&slo, &AlertPolicy::new(), counts, now);

    // What the team has agreed to do about it: of the budget of a whole week, though the log has only begun. A gate
    // with a memory hands over its last state instead of HEALTHY.
    let standing = BudgetPolicy::staged().rule_after(HEALTHY, &report);
    println!("{}", standing.ruling);
    for action in &standing.actions {
        println!("  {action}");
    }
    Ok(standing.ruling.verdict)
}
