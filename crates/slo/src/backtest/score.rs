//! A policy on recorded history, incident by incident.

use super::incident::{Incident, is_too_bad};
use crate::alarm::{Episode, Outcome};
use crate::alert::{AlertPolicy, AlertRule, Severity};
use crate::judge::{FullBudget, Judge};
use crate::report::Refusal;
use crate::track::{Track, View};
use crate::{Counts, Slo};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeSet;
use toban_core::{Interval, Ratio, Share};

/// How a policy did on recorded history.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Backtest {
    /// The name of the SLO.
    pub slo: String,
    /// The history.
    pub record: Interval,
    /// Each incident that the policy is held against, in the order in which they were given. The other ones are set
    /// aside below: no figure counts them, and an alert that fires during one did not fire for it.
    pub incidents: Vec<IncidentResult>,
    /// Those that name other SLOs, and not this one.
    pub elsewhere: Vec<Incident>,
    /// Those that lie wholly outside the record: nothing can be said of them.
    pub outside: Vec<Incident>,
    /// Those that begin and end with one that stands before them: it is the same one, and counts once, or is set aside
    /// once.
    pub repeated: Vec<Incident>,
    /// Those that name no SLO and did not touch this one, so that there was nothing to notice: from their start to
    /// the end of the tolerance there was traffic and no gap, and no step, which is a slot of the data or a slice of
    /// the SLO, was worse than the objective allows. What is in doubt is in [`Backtest::incidents`].
    pub untouched: Vec<Incident>,
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
    /// How long after its end the last of those alerts resolved that fired for it; `None` where there was none, or one
    /// still fires. One that was firing already is none of them.
    pub reset_after: Option<TimeDelta>,
    /// The edge of the record that hides some of the time in which an alert would have fired for it.
    pub cut: Option<Edge>,
    /// Where it was missed, or is cut, the rules that were frozen at some moment of it or of the tolerance, by name: too
    /// little of their windows was seen. What they would have said otherwise, nobody knows.
    pub frozen: Vec<String>,
}

impl IncidentResult {
    /// What the policy made of it.
    #[must_use]
    pub fn outcome(&self) -> IncidentOutcome {
        match (&self.first, self.cut, &self.already_firing) {
            (Some(_), ..) => IncidentOutcome::Detected,
            (None, Some(_), _) => IncidentOutcome::Cut,
            (None, None, Some(_)) => IncidentOutcome::AlreadyFiring,
            (None, None, None) => IncidentOutcome::Missed,
        }
    }
}

/// What a policy made of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IncidentOutcome {
    /// No alert fired for it, but one was firing already: nobody can say whether the policy would have noticed.
    AlreadyFiring,
    /// No alert fired for it within the record, and an edge of the record cuts it: one may have fired before, or may yet
    /// fire, see [`IncidentResult::cut`].
    Cut,
    /// An alert fired for it.
    Detected,
    /// Nobody was called.
    Missed,
}

/// An edge of the record that cuts an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Edge {
    /// It began before the record: an alert may have fired then.
    Start,
    /// It ends with the record or after it, or the tolerance ends after the record: an alert may yet fire. So it is
    /// said of one that both edges cut. A tolerance that ends with the record hides nothing: what fires at that moment
    /// is known.
    End,
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
    /// The part of the record during which it fired.
    pub time_firing: Ratio,
}

impl RuleResult {
    /// How often it fired for no incident.
    #[must_use]
    pub fn in_vain(&self) -> usize {
        self.episodes.len() - self.for_incidents
    }
}

/// A policy in figures.
///
/// An *alert* is one firing of one rule, from when it fires to when it resolves. A *call* is what a person whose pager
/// joins them would see of one severity: alerts that overlap or meet are one. One long alert therefore hides others in
/// its call, and no call in vain is no proof that no alert was; what was in vain is counted by alerts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Score {
    /// How many incidents there were within the record.
    pub incidents: usize,
    /// How many of them some alert fired for.
    pub detected: usize,
    /// How many of them no alert fired for, while one was firing already: neither detected nor missed.
    pub already_firing: usize,
    /// How many of them no alert fired for, while an edge of the record cuts them: neither detected nor missed.
    pub cut: usize,
    /// How many of them a page fired for.
    pub paged: usize,
    /// How often an alert fired, each rule by itself.
    pub alerts: usize,
    /// How many of the alerts were for an incident.
    pub true_alerts: usize,
    /// How often the policy called: alerts of one severity that overlap are one call.
    pub calls: usize,
    /// How many of the calls held an alert that was for an incident.
    pub true_calls: usize,
    /// The calls that were pages.
    pub pages: usize,
    /// Detected incidents of those detected or missed; `None` where there were none.
    pub recall: Option<Share>,
    /// Alerts for an incident of all alerts, pages and tickets: "the proportion of events detected that were
    /// significant" of the Site Reliability Workbook, chapter 5. `None` where there were none.
    pub precision: Option<Share>,
    /// Calls that were pages, in seven days of the record. Of a record shorter than that it says how many there would
    /// be if all time were like it, and one page in two minutes makes 5,040.
    pub pages_per_week: Ratio,
    /// The part of the record during which at least one alert was firing.
    pub time_firing: Ratio,
    /// The part of the record during which one was firing outside every incident and the tolerance after it.
    pub time_outside: Ratio,
    /// The part of the record during which one was firing outside these, and none that had fired for an incident and
    /// was not over yet.
    pub time_in_vain: Ratio,
    /// The mean part of the budget that was gone at the first alert; an incident that no alert fired for counts with
    /// all that it spent, within the record. `None` where there were no incidents or there is no budget.
    pub mean_budget_gone: Option<Ratio>,
    /// The mean time to the first alert of the detected incidents that began within the record: with the data before
    /// it, the alert might have fired earlier or later.
    pub mean_detection: Option<TimeDelta>,
    /// The mean time from the end of an incident to the end of the alerts that fired for it, of those incidents whose
    /// alerts ended.
    pub mean_reset: Option<TimeDelta>,
}

impl Score {
    /// How many incidents nobody was called for.
    #[must_use]
    pub fn missed(&self) -> usize {
        self.incidents - self.detected - self.already_firing - self.cut
    }

    /// How many alerts were for no incident.
    #[must_use]
    pub fn alerts_in_vain(&self) -> usize {
        self.alerts - self.true_alerts
    }

    /// How many calls held no alert that was for an incident.
    #[must_use]
    pub fn calls_in_vain(&self) -> usize {
        self.calls - self.true_calls
    }
}

/// Follows a policy over recorded history and scores it against incidents.
///
/// An alert fired *for* an incident if it fired at the incident's start, at its end plus `tolerance` (a negative one is
/// none), or between the two. One that was firing already when the incident began did not fire for it: it had been
/// called by something else, or by nothing. An incident for which nothing but such an alert stood is neither detected
/// nor missed; it leaves the recall alone, and counts in full in the mean budget gone. So a rule that always fires
/// detects nothing, and its one alert is in vain. An incident that an edge of the record cuts, so that an alert may have
/// fired before or may yet fire, is treated alike while none has fired.
///
/// Incidents that say nothing of this SLO are set aside, see [`Backtest::incidents`].
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
    let history = History::new(slo, &track, record, incidents, tolerance);
    let (score, mut results) = history.score(&runs);
    let is_silent = |result: &&mut IncidentResult| {
        matches!(result.outcome(), IncidentOutcome::Cut | IncidentOutcome::Missed)
    };
    for result in results.iter_mut().filter(is_silent) {
        // A judge goes forward in time only, and incidents stand in any order.
        result.frozen =
            history.frozen(&mut Judge::new(slo, policy, &track), policy, &result.incident.interval);
    }
    let rules = runs.iter().map(|(rule, episodes)| RuleResult {
        rule: (*rule).clone(),
        episodes: episodes.to_vec(),
        for_incidents: episodes.iter().filter(|episode| history.is_for_one(episode)).count(),
        time_firing: history.part(length(&history.firing(episodes.iter()))),
    });
    let rules = rules.collect();
    let History { elsewhere, outside, repeated, untouched, .. } = history;
    let slo = slo.name().to_owned();
    Ok(Backtest { slo, record, incidents: results, elsewhere, outside, repeated, untouched, rules, score })
}

pub(super) fn history(slo: &Slo, counts: &Counts) -> Result<(Track, Interval), Refusal> {
    let record = counts.interval().ok_or(Refusal::NoData)?;
    let track = Track::new(slo, counts, counts.end(), View::Corrected)?;
    Ok((track, record))
}

/// Recorded history and what was to be noticed in it, ready for any number of policies.
pub(super) struct History<'a> {
    track: &'a Track,
    full: FullBudget,
    record: Interval,
    tolerance: TimeDelta,
    incidents: Vec<&'a Incident>,
    elsewhere: Vec<Incident>,
    outside: Vec<Incident>,
    repeated: Vec<Incident>,
    untouched: Vec<Incident>,
    /// The incidents and the tolerance after each.
    covered: Vec<Stretch>,
}

/// What a rule did.
pub(super) type Run<'a> = (&'a AlertRule, &'a [Episode]);

impl<'a> History<'a> {
    pub(super) fn new(
        slo: &Slo,
        track: &'a Track,
        record: Interval,
        incidents: &'a [Incident],
        tolerance: TimeDelta,
    ) -> Self {
        let full = FullBudget::new(slo, track);
        let mut known = BTreeSet::new();
        let mut history = Self {
            track,
            full,
            record,
            // Nothing shortens an incident.
            tolerance: tolerance.max(TimeDelta::zero()),
            incidents: Vec::new(),
            elsewhere: Vec::new(),
            outside: Vec::new(),
            repeated: Vec::new(),
            untouched: Vec::new(),
            covered: Vec::new(),
        };
        for incident in incidents {
            let Incident { interval, slos, .. } = incident;
            let has_name = slos.iter().any(|name| name == slo.name());
            if !slos.is_empty() && !has_name {
                history.elsewhere.push(incident.clone());
                continue;
            }
            let is_outside = interval.intersection(&record).is_none();
            let is_untouched = !is_outside && !has_name && history.is_untouched(slo, interval);
            // One that names the SLO counts, though the same one without its name left it untouched.
            if !known.insert((is_untouched, interval.start(), interval.end())) {
                history.repeated.push(incident.clone());
            } else if is_outside {
                history.outside.push(incident.clone());
            } else if is_untouched {
                history.untouched.push(incident.clone());
            } else {
                history.incidents.push(incident);
            }
        }
        let covered = |incident: &&Incident| (incident.interval.start(), history.until(&incident.interval));
        history.covered = joined(history.incidents.iter().map(covered).collect());
        history
    }

    /// Whether an incident certainly left the SLO alone.
    fn is_untouched(&self, slo: &Slo, incident: &Interval) -> bool {
        let is_seen = self.record.start() <= incident.start() && incident.end() <= self.record.end();
        let (start, end) = self.steps_of(incident.start(), self.until(incident).min(self.record.end()));
        let all = self.track.last(end.saturating_sub(start), end);
        let is_good = |end| !is_too_bad(slo, self.track.last(1, end));
        is_seen && all.total > 0 && all.observed == all.expected && (start + 1..=end).all(is_good)
    }

    pub(super) fn score(&self, runs: &[Run<'_>]) -> (Score, Vec<IncidentResult>) {
        let results: Vec<_> = self.incidents.iter().map(|incident| self.judge(incident, runs)).collect();
        let episodes = || runs.iter().flat_map(|(_, episodes)| episodes.iter());
        let for_one = || episodes().filter(|episode| self.is_for_one(episode));
        let [pages, tickets] = [Severity::Page, Severity::Ticket].map(|severity| self.calls(runs, severity));
        let count = |outcome| results.iter().filter(|result| result.outcome() == outcome).count();
        let (detected, missed) = (count(IncidentOutcome::Detected), count(IncidentOutcome::Missed));
        let (alerts, true_alerts) = (episodes().count(), for_one().count());
        let week = Ratio::new(pages.all as u128 * 7 * 86_400_000, millis(self.record.length()).max(1));
        let firing = self.firing(episodes());
        let excused =
            joined(self.firing(for_one()).into_iter().chain(self.covered.iter().copied()).collect());
        let without = |stretches: &[Stretch]| self.part(length(&firing) - common(&firing, stretches));
        let score = Score {
            incidents: results.len(),
            detected,
            already_firing: count(IncidentOutcome::AlreadyFiring),
            cut: count(IncidentOutcome::Cut),
            paged: results.iter().filter(|result| result.first_page.is_some()).count(),
            alerts,
            true_alerts,
            calls: pages.all + tickets.all,
            true_calls: pages.for_incidents + tickets.for_incidents,
            pages: pages.all,
            recall: Share::of(detected as u64, (detected + missed) as u64).ok(),
            precision: Share::of(true_alerts as u64, alerts as u64).ok(),
            pages_per_week: week.unwrap_or(Ratio::ZERO),
            time_firing: without(&[]),
            time_outside: without(&self.covered),
            time_in_vain: without(&excused),
            mean_budget_gone: mean_part(&results),
            mean_detection: mean(
                (results.iter().filter(|result| self.record.start() <= result.incident.interval.start()))
                    .filter_map(|result| result.first.as_ref().map(|first| first.after)),
            ),
            mean_reset: mean(results.iter().filter_map(|result| result.reset_after)),
        };
        (score, results)
    }

    /// Whether an alert fired for any incident.
    pub(super) fn is_for_one(&self, episode: &Episode) -> bool {
        let before = self.covered.partition_point(|(start, _)| *start <= episode.fired_at);
        let last = before.checked_sub(1).and_then(|place| self.covered.get(place));
        last.is_some_and(|(_, end)| episode.fired_at <= *end)
    }

    /// When at least one of these was firing, within the record.
    fn firing<'e>(&self, episodes: impl Iterator<Item = &'e Episode>) -> Vec<Stretch> {
        let end = self.record.end();
        let stretch = |episode: &Episode| {
            let stretch = (episode.fired_at, episode.resolved_at.unwrap_or(end).min(end));
            (stretch.0 < stretch.1).then_some(stretch)
        };
        joined(episodes.filter_map(stretch).collect())
    }

    /// The part of the record that so much time is.
    fn part(&self, time: TimeDelta) -> Ratio {
        Ratio::new(millis(time), millis(self.record.length()).max(1)).unwrap_or(Ratio::ZERO)
    }

    /// Stretches in which at least one alert of a severity fired.
    fn calls(&self, runs: &[Run<'_>], severity: Severity) -> Calls {
        let runs = runs.iter().filter(|(rule, _)| rule.severity == severity);
        let episodes: Vec<&Episode> = runs.flat_map(|(_, episodes)| episodes.iter()).collect();
        let stretch =
            |episode: &&Episode| (episode.fired_at, episode.resolved_at.unwrap_or(DateTime::<Utc>::MAX_UTC));
        let all = joined(episodes.iter().map(stretch).collect());
        let call = |episode: &&Episode| all.partition_point(|(start, _)| *start <= episode.fired_at);
        let true_ones: BTreeSet<_> =
            episodes.iter().filter(|episode| self.is_for_one(episode)).map(call).collect();
        Calls { all: all.len(), for_incidents: true_ones.len() }
    }

    fn judge(&self, incident: &Incident, runs: &[Run<'_>]) -> IncidentResult {
        let Incident { interval, .. } = incident;
        let (mut first, mut first_page): (Option<Detection>, Option<Detection>) = (None, None);
        let mut already: Option<AlreadyFiring> = None;
        let mut ends: Vec<Option<DateTime<Utc>>> = Vec::new();
        for (rule, episodes) in runs {
            // A rule's episodes follow one another.
            let (before, since) = split(episodes, |episode| episode.fired_at < interval.start());
            let (own, _) = split(since, |episode| episode.fired_at <= self.until(interval));
            let is_under_way = |last: &&Episode| last.resolved_at.is_none_or(|at| at > interval.start());
            if let Some(Episode { fired_at, .. }) = before.last().filter(is_under_way) {
                let is_ahead =
                    |best: &AlreadyFiring| (rule.severity, *fired_at) < (best.severity, best.since);
                if already.as_ref().is_none_or(is_ahead) {
                    let (rule, severity) = (rule.name.clone(), rule.severity);
                    already = Some(AlreadyFiring { rule, severity, since: *fired_at });
                }
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
            cut: self.cut(interval),
            frozen: Vec::new(),
        }
    }

    /// The rules that knew nothing at some moment at which an alert would have been for an incident.
    fn frozen(&self, judge: &mut Judge<'_>, policy: &AlertPolicy, incident: &Interval) -> Vec<String> {
        let (start, end) = self.steps_of(incident.start(), self.until(incident));
        let mut frozen = BTreeSet::new();
        for step in start + 1..=end {
            for rule in 0..policy.rules().len() {
                if judge.outcome(rule, self.track, step) == Outcome::Unknown {
                    frozen.insert(rule);
                }
            }
        }
        frozen.into_iter().filter_map(|rule| Some(policy.rules().get(rule)?.name.clone())).collect()
    }

    /// Until when an alert fires for an incident.
    fn until(&self, incident: &Interval) -> DateTime<Utc> {
        incident.end().checked_add_signed(self.tolerance).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// An incident without a known end is often written down with the end of the record as its own, so that one is
    /// taken to go on. The end of the tolerance is no such guess: the record holds all up to its own end, and what fires
    /// at that moment.
    fn cut(&self, incident: &Interval) -> Option<Edge> {
        let end = self.record.end();
        let may_go_on = end <= incident.end() || end < self.until(incident);
        let starts_before = incident.start() < self.record.start();
        may_go_on.then_some(Edge::End).or_else(|| starts_before.then_some(Edge::Start))
    }

    /// What was bad in all steps that a stretch touches: one of half a minute is no stretch without failures.
    fn bad_between(&self, start: DateTime<Utc>, end: DateTime<Utc>) -> u64 {
        let (start, end) = self.steps_of(start, end);
        self.track.last(end.saturating_sub(start), end).bad
    }

    /// How many steps there are before a stretch, and until all that it touches are over.
    fn steps_of(&self, start: DateTime<Utc>, end: DateTime<Utc>) -> (usize, usize) {
        let whole = self.track.steps_until(end);
        let end = if self.track.time_of(whole) < end { whole + 1 } else { whole };
        (self.track.steps_until(start), end.min(self.track.len()))
    }
}

/// The calls of one severity.
struct Calls {
    all: usize,
    for_incidents: usize,
}

/// From when to when.
type Stretch = (DateTime<Utc>, DateTime<Utc>);

/// Stretches in order, those that overlap or meet as one.
fn joined(mut stretches: Vec<Stretch>) -> Vec<Stretch> {
    stretches.sort_unstable();
    let mut joined: Vec<Stretch> = Vec::new();
    for (start, end) in stretches {
        match joined.last_mut() {
            Some((_, last)) if start <= *last => *last = end.max(*last),
            _ => joined.push((start, end)),
        }
    }
    joined
}

/// How long they are, one with another.
fn length(stretches: &[Stretch]) -> TimeDelta {
    stretches.iter().map(|(start, end)| *end - *start).sum()
}

/// How long both are at once; each in order, and joined.
fn common(mut one: &[Stretch], mut other: &[Stretch]) -> TimeDelta {
    let mut sum = TimeDelta::zero();
    while let ([(start, end), rest @ ..], [(other_start, other_end), other_rest @ ..]) = (one, other) {
        sum += (*end.min(other_end) - *start.max(other_start)).max(TimeDelta::zero());
        if end < other_end { one = rest } else { other = other_rest }
    }
    sum
}

/// Those at the beginning of which something holds, and the others.
fn split(episodes: &[Episode], holds: impl FnMut(&Episode) -> bool) -> (&[Episode], &[Episode]) {
    episodes.split_at(episodes.partition_point(holds))
}

fn millis(length: TimeDelta) -> u128 {
    u128::try_from(length.num_milliseconds()).unwrap_or(0)
}

/// Up to the millisecond: no time is shorter than it was.
fn mean(times: impl Iterator<Item = TimeDelta>) -> Option<TimeDelta> {
    let times: Vec<_> = times.map(|time| time.num_milliseconds()).collect();
    let count = i64::try_from(times.len()).ok().filter(|count| *count > 0)?;
    TimeDelta::try_milliseconds((times.iter().sum::<i64>() + count - 1) / count)
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
