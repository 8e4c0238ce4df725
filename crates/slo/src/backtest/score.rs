//! A policy on recorded history, incident by incident.

use super::incident::Incident;
use crate::alarm::Episode;
use crate::alert::{AlertPolicy, AlertRule, Severity};
use crate::judge::{FullBudget, Judge};
use crate::report::Refusal;
use crate::track::{Track, View};
use crate::{Counts, Slo};
use chrono::{DateTime, TimeDelta, Utc};
use toban_core::{Interval, Ratio, Share};

/// How a policy did on recorded history.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Backtest {
    /// The name of the SLO.
    pub slo: String,
    /// The history.
    pub record: Interval,
    /// Each incident of which the record holds something, in the order in which they were given.
    pub incidents: Vec<IncidentResult>,
    /// Those that lie wholly outside the record: nothing can be said of them, and no figure counts them.
    pub outside: Vec<Incident>,
    /// Each rule of the policy.
    pub rules: Vec<RuleResult>,
    /// The whole policy.
    pub score: Score,
}

/// What became of an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IncidentResult {
    /// The incident.
    pub incident: Incident,
    /// The part of the main window's budget that it spent, at the mean traffic of the record; `None` where there is
    /// no budget.
    pub spent: Option<Ratio>,
    /// The first alert that fired for it.
    pub first: Option<Detection>,
    /// The first page that fired for it.
    pub first_page: Option<Detection>,
    /// The alert that was firing already when it began, whether another one fired for it or not: a page before a
    /// ticket, and the oldest of them.
    pub already_firing: Option<AlreadyFiring>,
    /// How long after its end the last of those alerts resolved that fired for it or were firing already; `None`
    /// where there was none, or one still fires.
    pub reset_after: Option<TimeDelta>,
}

impl IncidentResult {
    /// What the policy made of it.
    #[must_use]
    pub fn outcome(&self) -> IncidentOutcome {
        match (&self.first, &self.already_firing) {
            (Some(_), _) => IncidentOutcome::Detected,
            (None, Some(_)) => IncidentOutcome::AlreadyFiring,
            (None, None) => IncidentOutcome::Missed,
        }
    }
}

/// What a policy made of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IncidentOutcome {
    /// No alert fired for it, but one was firing already: nobody can say whether the policy would have noticed.
    AlreadyFiring,
    /// An alert fired for it.
    Detected,
    /// Nobody was called.
    Missed,
}

/// An alert that was firing when an incident began, and so did not fire for it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AlreadyFiring {
    /// The name of the rule.
    pub rule: String,
    /// How loudly it calls.
    pub severity: Severity,
    /// Since when it fired.
    pub since: DateTime<Utc>,
}

/// An alert that fired for an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Detection {
    /// The name of the rule.
    pub rule: String,
    /// When it fired.
    pub at: DateTime<Utc>,
    /// How long after the start of the incident.
    pub after: TimeDelta,
    /// The part of the budget that the incident had spent by then.
    pub budget_gone: Option<Ratio>,
}

/// What became of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuleResult {
    /// The rule.
    pub rule: AlertRule,
    /// Each time it fired.
    pub episodes: Vec<Episode>,
    /// How many of them fired for an incident.
    pub for_incidents: usize,
}

/// A policy in figures.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Score {
    /// How many incidents there were within the record.
    pub incidents: usize,
    /// How many of them some alert fired for.
    pub detected: usize,
    /// How many of them no alert fired for, while one was firing already: neither detected nor missed.
    pub already_firing: usize,
    /// How many of them a page fired for.
    pub paged: usize,
    /// How often the policy called: overlapping alerts of one severity are one call.
    pub calls: usize,
    /// How many of the calls were for an incident.
    pub true_calls: usize,
    /// The calls that were pages.
    pub pages: usize,
    /// Detected incidents of those detected or missed; `None` where there were none.
    pub recall: Option<Share>,
    /// Calls for an incident of all; `None` where there were none.
    pub precision: Option<Share>,
    /// Pages in seven days of the record.
    pub pages_per_week: Ratio,
    /// The part of the record during which at least one alert was firing.
    pub time_firing: Ratio,
    /// The mean part of the budget that was gone at the first alert; an incident that no alert fired for counts with
    /// all that it spent. `None` where there were no incidents or there is no budget.
    pub mean_budget_gone: Option<Ratio>,
    /// The mean time to the first alert of the detected incidents.
    pub mean_detection: Option<TimeDelta>,
    /// The mean time from the end of an incident to the end of its alerts, of those incidents whose alerts ended.
    pub mean_reset: Option<TimeDelta>,
}

impl Score {
    /// How many incidents nobody was called for.
    #[must_use]
    pub fn missed(&self) -> usize {
        self.incidents - self.detected - self.already_firing
    }

    /// How many calls were for no incident.
    #[must_use]
    pub fn calls_in_vain(&self) -> usize {
        self.calls - self.true_calls
    }
}

/// Follows a policy over recorded history and scores it against incidents.
///
/// An alert fired *for* an incident if it fired at the incident's start, at its end plus `tolerance`, or between the
/// two. One that was firing already when the incident began did not fire for it: it had been called by something
/// else, or by nothing. An incident for which nothing but such an alert stood is neither detected nor missed; it
/// leaves the recall alone, and counts in full in the mean budget gone. So a rule that always fires detects nothing,
/// and its one call is in vain.
///
/// Incidents wholly outside the record are set aside, see [`Backtest::outside`].
///
/// # Errors
/// When the data cannot resolve the SLO's slices or a window of the policy, or there is no data: a backtest over less
/// than was asked for would prove nothing.
pub fn backtest(
    slo: &Slo,
    policy: &AlertPolicy,
    counts: &Counts,
    incidents: &[Incident],
    tolerance: TimeDelta,
) -> Result<Backtest, Refusal> {
    let (track, record) = history(slo, counts)?;
    policy.resolved_by(track.step())?;
    let (_, episodes) = Judge::new(slo, policy, &track).replay(&track, track.len());
    let runs: Vec<_> = policy.rules().iter().zip(episodes.iter().map(Vec::as_slice)).collect();
    let history = History { track: &track, full: FullBudget::new(slo, &track), record };
    Ok(history.score(slo.name(), &runs, incidents, tolerance))
}

pub(super) fn history(slo: &Slo, counts: &Counts) -> Result<(Track, Interval), Refusal> {
    let record = counts.interval().ok_or(Refusal::NoData)?;
    let track = Track::new(slo, counts, counts.end(), View::Corrected)?;
    Ok((track, record))
}

/// Recorded history, ready for any number of policies.
pub(super) struct History<'a> {
    pub(super) track: &'a Track,
    pub(super) full: FullBudget,
    pub(super) record: Interval,
}

impl History<'_> {
    pub(super) fn score(
        &self,
        slo: &str,
        runs: &[(&AlertRule, &[Episode])],
        incidents: &[Incident],
        tolerance: TimeDelta,
    ) -> Backtest {
        let (inside, outside): (Vec<&Incident>, Vec<_>) =
            incidents.iter().partition(|incident| incident.interval.intersection(&self.record).is_some());
        let results: Vec<_> = inside.iter().map(|incident| self.judge(incident, runs, tolerance)).collect();
        let is_for_one =
            |episode: &Episode| inside.iter().any(|incident| is_for(episode, &incident.interval, tolerance));
        let rules = runs.iter().map(|(rule, episodes)| RuleResult {
            rule: (*rule).clone(),
            episodes: episodes.to_vec(),
            for_incidents: episodes.iter().filter(|episode| is_for_one(episode)).count(),
        });
        let calls = [Severity::Page, Severity::Ticket].map(|severity| calls(runs, severity));
        let [pages, _] = calls.each_ref().map(Vec::len);
        let all: Vec<_> = calls.into_iter().flatten().collect();
        let true_calls = all.iter().filter(|call| call.iter().any(|episode| is_for_one(episode))).count();
        let count = |outcome| results.iter().filter(|result| result.outcome() == outcome).count();
        let (detected, missed) = (count(IncidentOutcome::Detected), count(IncidentOutcome::Missed));
        let record = millis(self.record.length()).max(1);
        let pages_per_week = Ratio::new(pages as u128 * 7 * 86_400_000, record);
        let time_firing = Ratio::new(millis(time_firing(runs, &self.record)), record);
        let score = Score {
            incidents: results.len(),
            detected,
            already_firing: count(IncidentOutcome::AlreadyFiring),
            paged: results.iter().filter(|result| result.first_page.is_some()).count(),
            calls: all.len(),
            true_calls,
            pages,
            recall: Share::of(detected as u64, (detected + missed) as u64).ok(),
            precision: Share::of(true_calls as u64, all.len() as u64).ok(),
            pages_per_week: pages_per_week.unwrap_or(Ratio::ZERO),
            time_firing: time_firing.unwrap_or(Ratio::ZERO),
            mean_budget_gone: mean_part(&results),
            mean_detection: mean(
                results.iter().filter_map(|result| result.first.as_ref().map(|first| first.after)),
            ),
            mean_reset: mean(results.iter().filter_map(|result| result.reset_after)),
        };
        Backtest {
            slo: slo.to_owned(),
            record: self.record,
            incidents: results,
            outside: outside.into_iter().cloned().collect(),
            rules: rules.collect(),
            score,
        }
    }

    fn judge(
        &self,
        incident: &Incident,
        runs: &[(&AlertRule, &[Episode])],
        tolerance: TimeDelta,
    ) -> IncidentResult {
        let Incident { interval, .. } = incident;
        let (mut first, mut first_page): (Option<Detection>, Option<Detection>) = (None, None);
        let mut already: Option<AlreadyFiring> = None;
        let mut ends: Vec<Option<DateTime<Utc>>> = Vec::new();
        for (rule, episodes) in runs {
            // A rule's episodes follow one another.
            let (before, since) = split(episodes, |episode| episode.fired_at < interval.start());
            let (own, _) = split(since, |episode| is_for(episode, interval, tolerance));
            let is_under_way = |last: &&Episode| last.resolved_at.is_none_or(|at| at > interval.start());
            if let Some(Episode { fired_at, resolved_at, .. }) = before.last().filter(is_under_way) {
                let is_ahead =
                    |best: &AlreadyFiring| (rule.severity, *fired_at) < (best.severity, best.since);
                if already.as_ref().is_none_or(is_ahead) {
                    let (rule, severity) = (rule.name.clone(), rule.severity);
                    already = Some(AlreadyFiring { rule, severity, since: *fired_at });
                }
                ends.push(*resolved_at);
            }
            if let Some(at) = own.first().map(|episode| episode.fired_at) {
                let is_first = |best: &Option<Detection>| best.as_ref().is_none_or(|best| at < best.at);
                let detection = || Detection {
                    rule: rule.name.clone(),
                    at,
                    after: at - interval.start(),
                    budget_gone: self.full.part(self.bad_between(interval.start(), at.min(interval.end()))),
                };
                if is_first(&first) {
                    first = Some(detection());
                }
                if rule.severity == Severity::Page && is_first(&first_page) {
                    first_page = Some(detection());
                }
            }
            ends.extend(own.iter().map(|episode| episode.resolved_at));
        }
        let last = if ends.contains(&None) { None } else { ends.into_iter().flatten().max() };
        IncidentResult {
            incident: incident.clone(),
            spent: self.full.part(self.bad_between(interval.start(), interval.end())),
            first,
            first_page,
            already_firing: already,
            reset_after: last.map(|last| (last - interval.end()).max(TimeDelta::zero())),
        }
    }

    fn bad_between(&self, start: DateTime<Utc>, end: DateTime<Utc>) -> u64 {
        let (start, end) = (self.track.steps_until(start), self.track.steps_until(end));
        self.track.last(end.saturating_sub(start), end).bad
    }
}

/// Whether an alert fired for an incident.
fn is_for(episode: &Episode, incident: &Interval, tolerance: TimeDelta) -> bool {
    let until = incident.end().checked_add_signed(tolerance).unwrap_or(DateTime::<Utc>::MAX_UTC);
    incident.start() <= episode.fired_at && episode.fired_at <= until
}

/// Those at the beginning of which something holds, and the others.
fn split(episodes: &[Episode], holds: impl FnMut(&Episode) -> bool) -> (&[Episode], &[Episode]) {
    episodes.split_at(episodes.partition_point(holds))
}

/// How much of the record at least one alert was firing.
fn time_firing(runs: &[(&AlertRule, &[Episode])], record: &Interval) -> TimeDelta {
    let mut episodes: Vec<&Episode> = runs.iter().flat_map(|(_, episodes)| episodes.iter()).collect();
    episodes.sort_by_key(|episode| episode.fired_at);
    let (mut sum, mut counted_until) = (TimeDelta::zero(), record.start());
    for episode in episodes {
        let end = episode.resolved_at.unwrap_or(record.end()).min(record.end());
        let start = episode.fired_at.max(counted_until);
        if start < end {
            sum += end - start;
            counted_until = end;
        }
    }
    sum
}

fn millis(length: TimeDelta) -> u128 {
    u128::try_from(length.num_milliseconds()).unwrap_or(0)
}

/// Stretches in which at least one alert of a severity fired.
fn calls<'a>(runs: &[(&AlertRule, &'a [Episode])], severity: Severity) -> Vec<Vec<&'a Episode>> {
    let runs = runs.iter().filter(|(rule, _)| rule.severity == severity);
    let mut episodes: Vec<&Episode> = runs.flat_map(|(_, episodes)| episodes.iter()).collect();
    episodes.sort_by_key(|episode| episode.fired_at);
    let mut calls: Vec<Vec<&Episode>> = Vec::new();
    for episode in episodes {
        let goes_on =
            |other: &&Episode| other.resolved_at.is_none_or(|resolved| episode.fired_at <= resolved);
        match calls.last_mut() {
            Some(call) if call.iter().any(goes_on) => call.push(episode),
            _ => calls.push(vec![episode]),
        }
    }
    calls
}

fn mean(times: impl Iterator<Item = TimeDelta>) -> Option<TimeDelta> {
    let times: Vec<_> = times.map(|time| time.num_milliseconds()).collect();
    let count = i64::try_from(times.len()).ok().filter(|count| *count > 0)?;
    TimeDelta::try_milliseconds(times.iter().sum::<i64>() / count)
}

fn mean_part(results: &[IncidentResult]) -> Option<Ratio> {
    let mut sum = Ratio::ZERO;
    for result in results {
        let gone = match &result.first {
            Some(first) => first.budget_gone?,
            None => result.spent?,
        };
        sum = sum.checked_add(gone)?;
    }
    sum.checked_div(Ratio::whole(results.len() as u128))
}
