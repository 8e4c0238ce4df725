//! Composites: what each member was taken for, and what follows from that.

use super::formula::{Term, allowance};
use super::{Explanation, rule_of, seen};
use crate::budget::Burn;
use crate::duration::Short;
use crate::{Absence, Composite, CompositeReport, Member, MemberReport};
use toban_core::{Ratio, Share};

/// Every figure of the report of a composite, with what it was computed from and how.
#[must_use]
pub fn explain_composite(composite: &Composite, report: &CompositeReport) -> Vec<Explanation> {
    let window = composite.window();
    let counted =
        Explanation::new("indicator", "composite", "the mean of the members' good shares by weight")
            .with("objective", report.objective)
            .with("report at", report.at)
            .with("least share of a window that must be seen", composite.min_coverage());
    let mut all = vec![counted];
    for (member, found) in composite.members().iter().zip(&report.members) {
        all.push(explain_member(composite, member, found, &window.to_string()));
    }
    all.push(mean(composite, &format!("{window} good"), report.good, &report.members));
    if let (Some(good), Some(budget)) = (report.good, report.budget) {
        let (bad, allowed) = (format!("(1 - {})", Term(good.as_ratio())), allowance(report.objective));
        let figure = |name: &str| format!("{window} {name}");
        all.push(
            Explanation::new(figure("allowed"), budget.allowed, "1 - objective")
                .with_formula(format!("1 - {}", Term(report.objective.target().as_ratio()))),
        );
        all.push(
            Explanation::new(figure("left"), budget.left, "allowed - (1 - good)")
                .with_formula(format!("{allowed} - {bad}")),
        );
        all.push(rate(&figure("spent"), budget.spent, "(1 - good) / allowed", &bad, &allowed));
    }
    for found in &report.burn_rates {
        let over = Short(found.window).to_string();
        for (member, found) in composite.members().iter().zip(&found.members) {
            all.push(explain_member(composite, member, found, &over));
        }
        all.push(mean(composite, &format!("good over {over}"), found.good, &found.members));
        let figure = format!("burn rate over {over}");
        let bad = found.good.map_or_else(String::new, |good| format!("(1 - {})", Term(good.as_ratio())));
        let allowed = allowance(report.objective);
        all.push(rate(&figure, found.burn, "(1 - good) / (1 - objective)", &bad, &allowed));
    }
    all
}

fn rate(figure: &str, value: Burn, rule: &str, bad: &str, allowed: &str) -> Explanation {
    let formula = value.times().map(|_| format!("{bad} / {allowed}"));
    Explanation::new(figure, value, rule_of(value, rule)).with_formula(formula)
}

/// What a member was taken for over one stretch, and why.
fn explain_member(composite: &Composite, member: &Member, found: &MemberReport, over: &str) -> Explanation {
    let idle = found.reading.is_some_and(|reading| reading.tally.total() == 0);
    let (value, rule) = match (found.absence, found.good) {
        (Some(Absence::Bad), _) => ("0".to_owned(), "silent, and silence counts as bad"),
        (Some(Absence::Good), _) => ("1".to_owned(), "silent, and silence counts as good"),
        (Some(Absence::Ignore), _) => ("left out".to_owned(), "silent, and the others weigh more"),
        (Some(Absence::Freeze), _) => ("frozen".to_owned(), "silent, and the composite with it"),
        (None, Some(good)) if idle => (good.to_string(), "seen without traffic: nothing was bad"),
        (None, good) => (good.map_or_else(String::new, |good| good.to_string()), "1 - bad / all"),
    };
    let formula = found.reading.filter(|_| found.absence.is_none() && !idle);
    let formula = formula.map(|reading| format!("1 - {} / {}", reading.tally.bad(), reading.tally.total()));
    let explained = Explanation::new(format!("member {} over {over}", found.slo), value, rule)
        .with_formula(formula)
        .with("weight", member.weight);
    match &found.reading {
        Some(reading) => {
            explained.with("seen", seen(reading, composite.min_coverage())).with_reading(reading)
        }
        None => explained.with("seen", "no data that resolves the window"),
    }
}

fn mean(composite: &Composite, figure: &str, good: Option<Share>, members: &[MemberReport]) -> Explanation {
    let Some(good) = good else {
        let is_frozen = members.iter().any(|member| member.absence == Some(Absence::Freeze));
        let why = if is_frozen { "a silent member freezes the composite" } else { "no member says anything" };
        return Explanation::new(figure, "no data", why);
    };
    let parts = composite.members().iter().zip(members);
    let parts: Vec<_> = parts.filter_map(|(member, found)| Some((member.weight, found.good?))).collect();
    let weighed = |(weight, good): &(Ratio, Share)| format!("{} * {}", Term(*weight), Term(good.as_ratio()));
    let sum: Vec<_> = parts.iter().map(weighed).collect();
    let weights: Vec<_> = parts.iter().map(|(weight, _)| Term(*weight).to_string()).collect();
    let rule = match composite.exact_mean(members) {
        Some(_) => "sum of weight * good / sum of weights",
        None => "sum of weight * good / sum of weights, down to a billionth: the fraction is too long",
    };
    Explanation::new(figure, good, rule).with_formula(format!(
        "({}) / ({})",
        sum.join(" + "),
        weights.join(" + ")
    ))
}
