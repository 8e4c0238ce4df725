//! The calculation: an SLO, its policy and its data, at a moment that the caller names.

use crate::alert::{AlertPolicy, Condition, PolicyError, Threshold};
use crate::budget::{Burn, Reading};
use crate::forecast::{self, Forecast, ForecastPolicy, Undecided};
use crate::judge::Judge;
use crate::report::{
    AlertReport, BurnReport, CorrectionReport, Power, Refusal, Report, SlaReport, Uncorrected, WindowReport,
};
use crate::track::{MOST_STEPS, Track, View};
use crate::{Counts, Objective, Slo, Window, duration};
use chrono::{DateTime, TimeDelta, Utc};
use toban_core::{Interval, Ratio, Share, bounds};

/// Judges an SLO at the moment `now` over all data before it.
///
/// The alerts are followed from the start of the record, step by step, so that the report knows when each fired and
/// resolved. A slot that has not ended at `now` does not count yet. Equal input gives an equal report.
#[must_use]
pub fn evaluate(slo: &Slo, policy: &AlertPolicy, counts: &Counts, now: DateTime<Utc>) -> Report {
    let mut report = Report {
        slo: slo.name().to_owned(),
        objective: slo.objective(),
        at: now,
        until: policy.windows_end(counts, now),
        record: record(slo, counts, now),
        step: slo.budgeting().slice().unwrap_or(counts.slot()),
        slot: counts.slot(),
        spent: Burn::NoData,
        spent_of_whole: Burn::NoData,
        windows: Vec::new(),
        burn_rates: Vec::new(),
        alerts: Vec::new(),
        forecast: Forecast::undecided(Undecided::TooCoarse),
        sla: None,
        corrections: Vec::new(),
        refusals: Vec::new(),
    };
    let track = match Track::new(slo, counts, report.until, View::Corrected) {
        Ok(track) => track,
        Err(refusal) => {
            report.refusals.push(refusal);
            return report;
        }
    };
    let raw = match slo.corrections() {
        [] => None,
        _ => Track::new(slo, counts, report.until, View::Raw).ok(),
    };
    let corrected = slo.corrections().iter().zip(track.corrected());
    report.corrections = corrected
        .map(|(correction, slots)| CorrectionReport { correction: correction.clone(), slots: *slots })
        .collect();
    let end = track.steps_until(report.until);
    report.until = track.time_of(end).min(report.until);

    for window in slo.windows() {
        match window_report(slo, window, &track, raw.as_ref(), end) {
            Some(found) => report.windows.push(found),
            None => report.refusals.push(Refusal::Window { window, step: track.step() }),
        }
    }
    if let Some(main) = report.windows.first().filter(|main| main.window == slo.window()) {
        (report.spent, report.spent_of_whole) = (main.budget.spent, main.whole.spent);
    }
    for window in policy.windows() {
        if let Some(reading) = track.reading(window, end) {
            let burn = reading.burn(slo.objective());
            report.burn_rates.push(BurnReport { window, reading, burn });
        }
    }
    follow_alerts(slo, policy, &track, end, &mut report);
    report.forecast = forecast::on_track(slo, &track, end, now, &ForecastPolicy::by_day(0));
    report.sla = slo.sla().map(|sla| {
        let read = |track: &Track| read(track, sla.objective, sla.window, end);
        let (found, raw) = (read(&track), raw.as_ref().and_then(read));
        SlaReport {
            sla: sla.clone(),
            reading: found.map(|found| found.reading),
            budget: found.map(|found| found.budget),
            whole: found.map(|found| found.whole),
            uncorrected: raw.filter(|raw| found.is_none_or(|found| raw.reading != found.reading)),
            is_tighter_than_slo: sla.objective > slo.objective(),
        }
    });
    report
}

/// From the start of the record to the end of its data, without slots or slices that have not ended.
fn record(slo: &Slo, counts: &Counts, now: DateTime<Utc>) -> Option<Interval> {
    let all = counts.interval()?;
    let running = match slo.budgeting().slice() {
        // Slices lie on a grid of their own, whenever the record begins.
        Some(slice) => now.timestamp_millis().rem_euclid(duration::millis(slice).max(1)),
        None => duration::millis(now - all.start()).rem_euclid(duration::millis(counts.slot())),
    };
    let ended = now.checked_sub_signed(duration::from_millis(running))?;
    Interval::new(all.start(), all.end().min(ended)).ok()
}

fn window_report(
    slo: &Slo,
    window: Window,
    track: &Track,
    raw: Option<&Track>,
    end: usize,
) -> Option<WindowReport> {
    let read = |track: &Track| read(track, slo.objective(), window, end);
    let Uncorrected { reading, budget, whole } = read(track)?;
    let uncorrected = raw.and_then(read).filter(|raw| raw.reading != reading);
    Some(WindowReport { window, reading, budget, whole, uncorrected })
}

/// What a window of one track holds; of the corrected one, what is shown beside what is uncorrected.
fn read(track: &Track, objective: Objective, window: Window, end: usize) -> Option<Uncorrected> {
    let reading = track.window_reading(window, end)?;
    let whole = reading.whole_budget(objective, track.whole(window, end, &reading)?);
    Some(Uncorrected { reading, budget: reading.budget(objective), whole })
}

fn follow_alerts(slo: &Slo, policy: &AlertPolicy, track: &Track, end: usize, report: &mut Report) {
    let mut judge = Judge::new(slo, policy, track);
    let refused = judge.unresolved().filter_map(|rule| {
        let window = rule.windows().find(|window| track.steps_in(*window).is_none())?;
        Some(Refusal::Rule(PolicyError::OffGrid { rule: rule.name.clone(), window, step: track.step() }))
    });
    report.refusals.extend(refused);
    // Years of silence are not walked: once every window lies behind the data, no alert changes any more.
    let settled = judge.settled(track).min(end);
    let followed = settled.min(track.len().saturating_add(MOST_STEPS));
    if followed < settled {
        report.refusals.push(Refusal::Silence { until: track.time_of(followed), most: MOST_STEPS });
    }
    let (alarms, episodes) = judge.replay(track, followed);
    for ((rule, alarm), episodes) in policy.rules().iter().zip(alarms).zip(episodes) {
        let power = power(slo, policy, &rule.condition, |long| track.reading(long, end));
        report.alerts.push(AlertReport { rule: rule.clone(), state: alarm.state(), episodes, power });
    }
}

/// What the demand for proof costs at the traffic of a rule's long window.
fn power(
    slo: &Slo,
    policy: &AlertPolicy,
    condition: &Condition,
    read: impl Fn(TimeDelta) -> Option<Reading>,
) -> Option<Power> {
    let gate = policy.low_traffic();
    let Condition::BurnRate { comparison, factor, long, .. } = condition else { return None };
    if gate == crate::LowTraffic::default() {
        return None;
    }
    let reading = read(*long)?;
    let events = reading.tally.total() / reading.unit.one();
    let threshold = Threshold::new(*factor, slo.objective(), *comparison);
    let share = threshold.as_share();
    let crossing = fewest(events, |bad| threshold.is_crossed(bad, events));
    let failures_needed =
        gate.failures_needed(events, share).zip(crossing).map(|(proof, crossing)| proof.max(crossing));
    let twice = share.as_ratio().checked_mul(Ratio::whole(2)).and_then(|twice| Share::new(twice).ok());
    let chance = |failures: Option<u64>| {
        failures.map_or(0.0, |bad| bounds::binomial_at_least(bad, events, twice.unwrap_or(Share::ALL)))
    };
    Some(Power {
        events,
        failures_needed,
        failures_ungated: crossing.unwrap_or(0),
        chance_at_twice: chance(failures_needed),
        chance_ungated: chance(crossing),
    })
}

/// The fewest of `most` for which a rising test holds.
fn fewest(most: u64, holds: impl Fn(u64) -> bool) -> Option<u64> {
    let (mut low, mut high) = (0, most);
    if !holds(most) {
        return None;
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) { high = middle } else { low = middle + 1 }
    }
    Some(low)
}
