//! Alerts: what was read when each fired and resolved.

use super::formula::{Term, allowance, burn, check, seconds};
use super::{Explanation, seen};
use crate::alarm::Episode;
use crate::alert::{AlertPolicy, AlertRule, Condition, LowTraffic, Threshold};
use crate::budget::Reading;
use crate::duration::Short;
use crate::report::{AlertReport, Report};
use crate::track::{Track, View};
use crate::{Counts, Slo};
use chrono::{DateTime, TimeDelta, Utc};
use toban_core::{Evidence, Ratio};

/// How many firings of a rule are explained.
const EPISODES_SHOWN: usize = 20;

pub(super) fn explain(slo: &Slo, policy: &AlertPolicy, counts: &Counts, report: &Report) -> Vec<Explanation> {
    let track = Track::new(slo, counts, report.until, View::Corrected).ok();
    let mut all = Vec::new();
    for found in &report.alerts {
        all.push(alert(policy, found));
        let Some(track) = &track else { continue };
        let look = Look { slo, policy, track, rule: &found.rule };
        let earlier = found.episodes.len().saturating_sub(EPISODES_SHOWN);
        all.extend(found.episodes.iter().skip(earlier).flat_map(|episode| look.episode(episode)));
    }
    all
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
    explained = explained.with("fired so often", found.episodes.len());
    let earlier = found.episodes.len().saturating_sub(EPISODES_SHOWN);
    if earlier > 0 { explained.with("earlier firings, not explained here", earlier) } else { explained }
}

/// What one rule sees.
struct Look<'a> {
    slo: &'a Slo,
    policy: &'a AlertPolicy,
    track: &'a Track,
    rule: &'a AlertRule,
}

impl Look<'_> {
    fn episode(&self, episode: &Episode) -> Vec<Explanation> {
        let tell = |what: &str, at: DateTime<Utc>, is_met: bool| {
            let rule = match is_met {
                true => "all of these hold",
                false => "one of the comparisons with the limit of the rule does not hold",
            };
            let figure = format!("alert {} {what}", self.rule.name);
            let mut explained = Explanation::new(figure, rfc_3339(at), rule);
            explained.inputs = self.comparisons(self.track.steps_until(at), is_met).unwrap_or_default();
            explained
        };
        let mut fired = tell("fired", episode.fired_at, true);
        if self.rule.lasting > TimeDelta::zero() {
            fired = fired.with("held since", rfc_3339(episode.pending_at));
        }
        std::iter::once(fired).chain(episode.resolved_at.map(|at| tell("resolved", at, false))).collect()
    }

    /// What the condition compares after so many steps.
    fn comparisons(&self, end: usize, is_met: bool) -> Option<Vec<Evidence>> {
        let slo = self.slo;
        let last = |window: TimeDelta| Some((Short(window).to_string(), self.track.reading(window, end)?));
        let main = || Some((slo.window().to_string(), self.track.window_reading(slo.window(), end)?));
        Some(match &self.rule.condition {
            Condition::Absent { lasting } => {
                let (name, reading) = last(*lasting)?;
                let (seen, expected) = (reading.observed, reading.expected);
                vec![
                    Evidence::new(format!("steps that hold data in {name}"), check(seen, "=", 0, seen == 0)),
                    Evidence::new(
                        format!("steps that should hold data in {name}"),
                        check(expected, ">=", reading.slots, expected >= reading.slots),
                    ),
                ]
            }
            Condition::BudgetConsumed { part } => {
                let (name, whole) = main()?;
                vec![
                    Evidence::new(format!("spent of {name}"), self.spent(&whole, &whole, *part, is_met)),
                    self.seen(&name, &whole),
                ]
            }
            Condition::BudgetDrop { part, within } => {
                let ((name, whole), (short, recent)) = (main()?, last(*within)?);
                vec![
                    Evidence::new(
                        format!("spent of {name} in {short}"),
                        self.spent(&recent, &whole, *part, is_met),
                    ),
                    self.seen(&name, &whole),
                    self.seen(&short, &recent),
                ]
            }
            Condition::BurnRate { comparison, factor, long, short } => {
                let threshold = Threshold::new(*factor, slo.objective(), *comparison);
                let mut all = Vec::new();
                for window in std::iter::once(*long).chain(*short) {
                    let (name, reading) = last(window)?;
                    let (bad, total) = (reading.tally.bad(), reading.tally.total());
                    let rate = burn(&reading, slo.objective()).unwrap_or_else(|| "0".to_owned());
                    let compared = check(rate, comparison, Term(*factor), threshold.is_crossed(bad, total));
                    all.push(Evidence::new(format!("burn rate over {name}"), compared));
                    all.push(self.seen(&name, &reading));
                }
                if is_met {
                    let (name, reading) = last(*long)?;
                    all.extend(proof(&name, &reading, self.policy.low_traffic(), &threshold));
                }
                all
            }
            Condition::Exhaustion { within, pace } => {
                let ((name, whole), (short, recent)) = (main()?, last(*pace)?);
                vec![
                    self.exhaustion(&whole, &recent, *within, is_met),
                    self.seen(&name, &whole),
                    self.seen(&short, &recent),
                ]
            }
        })
    }

    fn seen(&self, window: &str, reading: &Reading) -> Evidence {
        Evidence::new(format!("seen of {window}"), seen(reading, self.policy.min_coverage()))
    }

    /// The part of the main window's budget that went bad in a stretch.
    fn spent(&self, stretch: &Reading, whole: &Reading, part: Ratio, is_met: bool) -> String {
        let spent = match whole.tally.total() {
            0 => "0".to_owned(),
            total => format!("{} / ({total} * {})", stretch.tally.bad(), allowance(self.slo.objective())),
        };
        check(spent, ">=", Term(part), is_met)
    }

    /// How many seconds the rest lasts.
    fn exhaustion(&self, whole: &Reading, recent: &Reading, within: TimeDelta, is_met: bool) -> Evidence {
        let objective = self.slo.objective();
        let (bad, allowed) =
            (whole.tally.bad(), format!("{} * {}", whole.tally.total(), allowance(objective)));
        if whole.budget(objective).left.is_overspent() {
            return Evidence::new("bad events above what is allowed", check(bad, ">", allowed, is_met));
        }
        match burn(recent, objective).filter(|_| recent.tally.bad() > 0) {
            Some(rate) => {
                let period = seconds(self.slo.window().nominal_length());
                let lasts = format!("({allowed} - {bad}) / ({allowed}) * {period} / ({rate})");
                Evidence::new("seconds until the rest is gone", check(lasts, "<=", seconds(within), is_met))
            }
            None => Evidence::new("bad events at that pace", check(0, ">", 0, is_met)),
        }
    }
}

/// What a policy demands where traffic is low.
fn proof(window: &str, reading: &Reading, gate: LowTraffic, threshold: &Threshold) -> Vec<Evidence> {
    if gate == LowTraffic::default() {
        return Vec::new();
    }
    let one = reading.unit.one();
    let (bad, total) = (reading.tally.bad() / one, reading.tally.total() / one);
    let needed = gate.failures_needed(total, threshold.as_share()).unwrap_or(u64::MAX);
    // As many as there are whole ones: at least a whole number is the same with the rest.
    let whole = |tally: u64| if one == 1 { tally.to_string() } else { format!("{tally} / {one}") };
    vec![
        Evidence::new(
            format!("events in {window}"),
            check(whole(reading.tally.total()), ">=", gate.min_events, total >= gate.min_events),
        ),
        Evidence::new(
            format!("bad events for proof in {window}"),
            check(whole(reading.tally.bad()), ">=", needed, bad >= needed),
        ),
    ]
}

fn rfc_3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}
