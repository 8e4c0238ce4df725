//! Where each figure of a report comes from, so that a person can compute it again.

use crate::alert::{AlertPolicy, Condition};
use crate::budget::{Burn, Reading, Unit};
use crate::duration::Short;
use crate::report::{AlertReport, Report};
use crate::{Budgeting, Forecast, Objective, Outlook, Slo, Treatment};
use chrono::TimeDelta;
use std::fmt;
use toban_core::Evidence;

/// A figure, what it is computed from, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// The figure, such as `burn rate over 1h`.
    pub figure: String,
    /// Its value, exactly.
    pub value: String,
    /// How it follows from the inputs.
    pub rule: String,
    /// The inputs, exactly.
    pub inputs: Vec<Evidence>,
}

impl Explanation {
    fn new(figure: impl Into<String>, value: impl fmt::Display, rule: impl Into<String>) -> Self {
        Self { figure: figure.into(), value: value.to_string(), rule: rule.into(), inputs: Vec::new() }
    }

    fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.inputs.push(Evidence::new(name, value));
        self
    }

    fn with_reading(self, reading: &Reading) -> Self {
        let bad = match reading.unit {
            Unit::Events => "bad events",
            Unit::Slices => "bad slices",
            Unit::SliceShares => "bad billionths of slices",
        };
        let total = bad.replace("bad", "all");
        self.with(bad, reading.tally.bad())
            .with(&total, reading.tally.total())
            .with("window", reading.interval)
            .with("steps in the window", reading.slots)
            .with("steps in which data was expected", reading.expected)
            .with("steps that hold data", reading.observed)
    }

    /// The value of the input of that name.
    #[must_use]
    pub fn input(&self, name: &str) -> Option<&str> {
        self.inputs.iter().find(|input| input.name == name).map(|input| input.value.as_str())
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} = {}", self.figure, self.value)?;
        writeln!(f, "    {}", self.rule)?;
        let width = self.inputs.iter().map(|input| input.name.chars().count()).max().unwrap_or(0);
        for Evidence { name, value, .. } in &self.inputs {
            writeln!(f, "    {name:<width$}  {value}")?;
        }
        Ok(())
    }
}

/// Every figure of a report, with what it was computed from and how.
#[must_use]
pub fn explain(slo: &Slo, policy: &AlertPolicy, report: &Report) -> Vec<Explanation> {
    let mut all = vec![counted(slo, report)];
    for window in &report.windows {
        all.extend(budget(&format!("{} ", window.window), &window.reading, report.objective, "objective"));
        if let Some((reading, _)) = &window.uncorrected {
            let name = format!("{}, without corrections, ", window.window);
            all.extend(budget(&name, reading, report.objective, "objective"));
        }
    }
    if let Some(sla) = &report.sla
        && let Some(reading) = &sla.reading
    {
        all.extend(budget(&format!("contract {} ", sla.sla.window), reading, sla.sla.objective, "contract"));
    }
    for burn in &report.burn_rates {
        let figure = format!("burn rate over {}", Short(burn.window));
        let rule = rule_of(burn.burn, "bad / all / (1 - objective)");
        let explained = Explanation::new(figure, burn.burn, rule).with("objective", report.objective);
        all.push(explained.with_reading(&burn.reading));
    }
    all.extend(report.alerts.iter().map(|found| alert(policy, found)));
    all.push(forecast(slo, &report.forecast));
    for refusal in &report.refusals {
        all.push(Explanation::new("left out", "no figure", refusal.to_string()));
    }
    all
}

fn counted(slo: &Slo, report: &Report) -> Explanation {
    let rule = match slo.budgeting() {
        Budgeting::Occurrences => "every event weighs the same".to_owned(),
        Budgeting::Timeslices { slice, target } => {
            format!(
                "a slice of {} is good if at least {target} of its events are; without events it is",
                Short(slice)
            )
        }
        Budgeting::RatioTimeslices { slice } => {
            format!("every slice of {} weighs the same: its good share, down to a billionth", Short(slice))
        }
    };
    let mut counted = Explanation::new("indicator", slo.indicator(), rule).with("report at", report.at);
    if let Some(record) = report.record {
        counted = counted.with("data", record);
    }
    counted = counted.with("step of all windows", Short(report.step));
    for correction in &report.corrections {
        let treatment = match correction.treatment {
            Treatment::CountGood => "counts as good",
            Treatment::DropEvents => "events do not count",
            Treatment::DropTime => "time does not count",
        };
        let by = correction
            .recorded
            .as_ref()
            .map_or(String::new(), |by| format!(", recorded by {} at {}", by.by, by.at));
        counted = counted
            .with("correction", format!("{} {treatment}: {}{by}", correction.interval, correction.reason));
    }
    counted
}

fn budget(name: &str, reading: &Reading, objective: Objective, of: &str) -> [Explanation; 4] {
    let budget = reading.budget(objective);
    let good = reading.error_ratio().map_or("no data".to_owned(), |bad| bad.rest().to_string());
    let explain = |figure: &str, value: String, rule: &str| {
        let rule = rule_of(budget.spent, rule);
        Explanation::new(format!("{name}{figure}"), value, rule).with(of, objective)
    };
    [
        explain("good", good, "1 - bad / all").with_reading(reading),
        explain("allowed", budget.allowed.to_string(), "all * (1 - objective)").with_reading(reading),
        explain("left", budget.left.to_string(), "allowed - bad").with_reading(reading),
        explain("spent", budget.spent.to_string(), "bad / allowed").with_reading(reading),
    ]
}

fn rule_of(burn: Burn, rule: &str) -> String {
    match burn {
        Burn::Times(_) => rule.to_owned(),
        Burn::NoData => "no step of the window holds data".to_owned(),
        Burn::Unbounded => "an objective of 100 % allows nothing".to_owned(),
    }
}

fn alert(policy: &AlertPolicy, found: &AlertReport) -> Explanation {
    let mut rule = found.rule.condition.to_string();
    if found.rule.lasting > TimeDelta::zero() {
        rule = format!("{rule}, for {}", Short(found.rule.lasting));
    }
    if found.rule.cool_down > TimeDelta::zero() {
        rule = format!("{rule}; resolves after {} without", Short(found.rule.cool_down));
    }
    let mut explained = Explanation::new(format!("alert {}", found.rule.name), found.state, rule)
        .with("severity", found.rule.severity)
        .with("least share of a window that must be seen", policy.min_coverage());
    if let Some(power) = &found.power {
        let needed = power.failures_needed.map_or("none is enough".to_owned(), |needed| needed.to_string());
        explained = explained
            .with("events in the long window", power.events)
            .with("bad events needed for proof", needed)
            .with("bad events needed without the demand for proof", power.failures_ungated)
            .with("chance to notice twice the factor", format!("{:.4}", power.chance_at_twice))
            .with("the same without the demand for proof", format!("{:.4}", power.chance_ungated));
    }
    if let Condition::BurnRate { factor, .. } = &found.rule.condition {
        explained = explained.with("factor", factor);
    }
    for episode in &found.episodes {
        let until = episode.resolved_at.map_or("still firing".to_owned(), |at| at.to_string());
        explained = explained.with("fired", format!("{} until {until}", episode.fired_at));
    }
    explained
}

fn forecast(slo: &Slo, forecast: &Forecast) -> Explanation {
    let span =
        |time: Option<TimeDelta>| time.map_or("not within sight".to_owned(), |time| Short(time).to_string());
    let (value, rule) = match &forecast.outlook {
        Outlook::Exhausted => ("exhausted".to_owned(), "nothing is left".to_owned()),
        Outlook::Undecided(reason) => ("undecided".to_owned(), reason.to_string()),
        Outlook::Projected(projection) => (
            span(projection.median),
            format!(
                "futures of {} ahead, drawn from {} seasons of the record; half of them are exhausted by then",
                Short(projection.horizon),
                projection.seasons
            ),
        ),
    };
    let mut explained = Explanation::new("budget exhausted in", value, rule).with("window", slo.window());
    if let Some(remaining) = forecast.remaining {
        explained = explained.with("part of the budget left", remaining);
    }
    if let Outlook::Projected(projection) = &forecast.outlook {
        explained = explained
            .with("early end of the interval", span(projection.earliest))
            .with("late end of the interval", span(projection.latest))
            .with("chance to miss the objective", format!("{:.3}", projection.chance_to_miss));
    }
    if let Some(pace) = &forecast.pace {
        explained = explained
            .with(&format!("burn rate over the last {}", Short(pace.over)), pace.burn)
            .with("at that pace (left * window / burn rate)", span(pace.exhausted_in))
            .with("at the fastest the count allows", span(pace.earliest))
            .with("at the slowest the count allows", span(pace.latest));
    }
    explained
}
