//! Where each figure of a report comes from, so that a person can compute it again.

mod alert;
mod composite;
mod forecast;
mod formula;

pub use composite::explain_composite;

use crate::alert::AlertPolicy;
use crate::budget::{Budget, Burn, Reading, Unit, WholeBudget};
use crate::duration::Short;
use crate::report::Report;
use crate::{Budgeting, Counts, Indicator, Objective, Slo, Treatment, track};
use formula::{allowance, check};
use std::fmt;
use toban_core::{Evidence, Ratio, Share};

/// A figure, what it is computed from, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// The figure, such as `burn rate over 1h`.
    pub figure: String,
    /// Its value, exactly.
    pub value: String,
    /// How it follows from the inputs, in words.
    pub rule: String,
    /// The same in numbers, where it is a calculation: `+`, `-`, `*`, `/` and parentheses, from the left.
    pub formula: Option<String>,
    /// The inputs, exactly. Those of a window stand beside the share of it that was seen, and not again beside each
    /// of its figures. A comparison is written out and ends in `: yes` or `: no`.
    pub inputs: Vec<Evidence>,
}

impl Explanation {
    fn new(figure: impl Into<String>, value: impl fmt::Display, rule: impl Into<String>) -> Self {
        Self {
            figure: figure.into(),
            value: value.to_string(),
            rule: rule.into(),
            formula: None,
            inputs: Vec::new(),
        }
    }

    fn with_formula(mut self, formula: impl Into<Option<String>>) -> Self {
        self.formula = formula.into();
        self
    }

    fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.inputs.push(Evidence::new(name, value));
        self
    }

    fn with_reading(self, reading: &Reading) -> Self {
        let bad = match reading.unit {
            Unit::Events => "bad events",
            Unit::Slices => "bad slices",
            Unit::RatioShares => "bad billionths of ratios",
            Unit::SliceShares => "bad billionths of slices",
        };
        let total = bad.replace("bad", "all");
        self.with(bad, reading.tally.bad())
            .with(&total, reading.tally.total())
            .with("window", reading.interval)
            .with("steps in the window", reading.slots)
            .with("steps that should hold data", reading.expected)
            .with("steps that hold data", reading.observed)
    }

    /// About how much the value is, to six decimals: a fraction tells little to the eye. `None` for other values.
    #[must_use]
    pub fn about(&self) -> Option<String> {
        let digits = self.value.strip_prefix('-').unwrap_or(&self.value);
        let ratio: Ratio = digits.contains('/').then(|| digits.parse().ok())??;
        let sign = if digits.len() < self.value.len() { "-" } else { "" };
        Some(format!("{sign}{ratio:.6}"))
    }

    /// The value of the input of that name.
    #[must_use]
    pub fn input(&self, name: &str) -> Option<&str> {
        self.inputs.iter().find(|input| input.name == name).map(|input| input.value.as_str())
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.figure, self.value)?;
        if let Some(about) = self.about() {
            write!(f, " (about {about})")?;
        }
        writeln!(f, "\n    {}", self.rule)?;
        if let Some(formula) = &self.formula {
            writeln!(f, "    = {formula}")?;
        }
        let width = self.inputs.iter().map(|input| input.name.chars().count()).max().unwrap_or(0);
        for Evidence { name, value, .. } in &self.inputs {
            writeln!(f, "    {name:<width$}  {value}")?;
        }
        Ok(())
    }
}

/// Every figure of a report, with what it was computed from and how; `counts` are those that it was made from.
///
/// Of each alert the last twenty firings are explained.
#[must_use]
pub fn explain(slo: &Slo, policy: &AlertPolicy, counts: &Counts, report: &Report) -> Vec<Explanation> {
    let mut all = vec![counted(slo, report)];
    for window in &report.windows {
        all.extend(budget(&window.window.to_string(), &window.reading, report.objective));
        let so_far = (&window.reading, &window.budget);
        all.extend(of_whole(&window.window.to_string(), so_far, &window.whole, report.objective));
        if let Some(raw) = &window.uncorrected {
            let name = format!("{}, without corrections", window.window);
            all.extend(budget(&format!("{name},"), &raw.reading, report.objective));
            all.extend(of_whole(&name, (&raw.reading, &raw.budget), &raw.whole, report.objective));
        }
    }
    if let Some(sla) = &report.sla
        && let Some(reading) = &sla.reading
    {
        let (name, objective) = (format!("contract {}", sla.sla.window), sla.sla.objective);
        all.extend(budget(&name, reading, objective));
        if let Some((so_far, whole)) = sla.budget.as_ref().zip(sla.whole.as_ref()) {
            all.extend(of_whole(&name, (reading, so_far), whole, objective));
        }
    }
    for found in &report.burn_rates {
        let figure = format!("burn rate over {}", Short(found.window));
        let rule = rule_of(found.burn, "bad / all / (1 - objective)");
        let formula = formula::burn(&found.reading, report.objective);
        let explained = Explanation::new(figure, found.burn, rule).with_formula(formula);
        all.push(explained.with_reading(&found.reading));
    }
    all.extend(alert::explain(slo, policy, counts, report));
    all.extend(forecast::explain(slo, counts, report));
    for refusal in &report.refusals {
        all.push(Explanation::new("left out", "no figure", refusal.to_string()));
    }
    all
}

/// Whether what is counted are values, each good or bad.
fn is_value(slo: &Slo) -> bool {
    matches!(slo.indicator(), Indicator::Threshold { .. })
}

fn counted(slo: &Slo, report: &Report) -> Explanation {
    let rule = match slo.budgeting() {
        Budgeting::Occurrences if track::unit(slo) == Unit::RatioShares => {
            "every ratio weighs the same".to_owned()
        }
        Budgeting::Occurrences if is_value(slo) => "every value weighs the same".to_owned(),
        Budgeting::Occurrences => "every event weighs the same".to_owned(),
        Budgeting::Timeslices { slice, .. } if is_value(slo) && slice == report.slot => {
            format!("a slice of {} is good if its one value is", Short(slice))
        }
        Budgeting::Timeslices { slice, target } => {
            let slice = Short(slice);
            match slo.indicator() {
                Indicator::Threshold { .. } => {
                    format!("a slice of {slice} is good if at least {target} of its values are")
                }
                Indicator::PrecomputedRatio { .. } => {
                    format!(
                        "a slice of {slice} is good if its ratios are, in the mean, at least {target} good"
                    )
                }
                _ => format!(
                    "a slice of {slice} is good if at least {target} of its events are; without events it is"
                ),
            }
        }
        Budgeting::RatioTimeslices { slice } => {
            format!("every slice of {} weighs the same: its good share, down to a billionth", Short(slice))
        }
    };
    let mut counted = Explanation::new("indicator", slo.indicator(), rule)
        .with("objective", report.objective)
        .with("report at", report.at);
    if let Some(record) = report.record {
        counted = counted.with("data", record);
    }
    counted = counted.with("step of all windows", Short(report.step));
    for found in &report.corrections {
        let correction = &found.correction;
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
            .with("correction", format!("{} {treatment}: {}{by}", correction.interval, correction.reason))
            .with("slots that it corrects", found.slots);
    }
    counted
}

/// The figures of one window; what they are computed from stands beside the first.
fn budget(name: &str, reading: &Reading, objective: Objective) -> [Explanation; 5] {
    let budget = reading.budget(objective);
    let (bad, total) = (reading.tally.bad(), reading.tally.total());
    let good = reading.error_ratio().map(|bad| bad.rest());
    let told =
        |share: Option<Share>, none: &str| share.map_or_else(|| none.to_owned(), |share| share.to_string());
    let nothing = if reading.observed == 0 { "no data" } else { "no traffic" };
    let allowed = format!("{total} * {}", allowance(objective));
    let seen = "steps that hold data / steps that should hold data";
    [
        Explanation::new(format!("{name} seen"), told(reading.coverage(), "nothing was expected"), seen)
            .with_formula(formula::quotient(reading.observed, reading.expected))
            .with("objective", objective)
            .with_reading(reading),
        Explanation::new(format!("{name} good"), told(good, nothing), "1 - bad / all")
            .with_formula((total > 0).then(|| format!("1 - {bad} / {total}"))),
        Explanation::new(format!("{name} allowed"), budget.allowed, "all * (1 - objective)")
            .with_formula(allowed.clone()),
        Explanation::new(format!("{name} left"), budget.left, "allowed - bad")
            .with_formula(format!("{allowed} - {bad}")),
        Explanation::new(format!("{name} spent"), budget.spent, rule_of(budget.spent, "bad / allowed"))
            .with_formula(formula::burn(reading, objective).map(|_| format!("{bad} / ({allowed})"))),
    ]
}

/// The budget of the whole window, where only a part of it was seen; elsewhere it is the one that was told already.
fn of_whole(
    name: &str,
    (reading, budget): (&Reading, &Budget),
    whole: &WholeBudget,
    objective: Objective,
) -> Vec<Explanation> {
    if whole.slots == whole.expected {
        return Vec::new();
    }
    let so_far = format!("{} * {}", reading.tally.total(), allowance(objective));
    let (rule, allowed) = match whole.allowed == budget.allowed {
        true if whole.allowed.is_zero() => ("nothing was allowed so far", so_far),
        true => ("allowed so far: the fraction of the whole is too long", so_far),
        false => (
            "allowed so far * steps of the whole / steps that should hold data",
            format!("{so_far} * {} / {}", whole.slots, whole.expected),
        ),
    };
    let rule_of_spent = match whole.spent == budget.spent {
        true => "spent so far: the fraction of the whole is too long",
        false => "spent so far * steps that should hold data / steps of the whole",
    };
    vec![
        Explanation::new(format!("{name}, as a whole, allowed"), whole.allowed, rule)
            .with_formula(allowed)
            .with("steps of the whole", whole.slots),
        Explanation::new(
            format!("{name}, as a whole, spent"),
            whole.spent,
            rule_of(whole.spent, rule_of_spent),
        )
        .with_formula(formula::spent_of_whole(reading, (budget, whole), objective)),
    ]
}

/// The rule, or why it gives no figure.
fn rule_of(burn: Burn, rule: &str) -> &str {
    match burn {
        Burn::NoData => "no step of the window holds data",
        Burn::Unbounded => "an objective of 100 % allows nothing",
        Burn::Times(Ratio::ZERO) => "nothing was bad",
        Burn::Times(_) => rule,
    }
}

/// The share of a window that was seen, against the share that must have been.
fn seen(reading: &Reading, least: Share) -> String {
    let is_enough = reading.observed > 0 && reading.coverage().is_some_and(|seen| seen >= least);
    let seen = formula::quotient(reading.observed, reading.expected).unwrap_or_else(|| "0".to_owned());
    check(seen, ">=", least, is_enough)
}
