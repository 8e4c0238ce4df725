//! Objectives that read an access log.

use super::{Ask, Data, Measured, Misunderstood, name_of, needed, open, read_spec, slot_of};
use crate::failure::Failure;
use crate::progress;
use chrono::TimeDelta;
use std::path::Path;
use toban_adapters::access_log::{Answer, Query, Reading, Scan, Silence};
use toban_core::Reason;
use toban_render::slo::{Source, Unread};
use toban_slo::openslo::Measure;
use toban_slo::{Comparison, Counts, Indicator};

/// What a measure asks of an access log.
#[derive(Debug)]
pub(crate) struct Asked(Query);

impl Asked {
    pub(super) fn new(measure: &Measure<'_>, wrong: &mut Vec<Misunderstood>) -> Option<Self> {
        if measure.counter() == Some(true) {
            let place = measure.sources().next()?.place.clone();
            let message =
                "the lines of a log are events, not a counter: `counter: false` is meant".to_owned();
            wrong.push(Misunderstood { place, message });
            return None;
        }
        let query = match measure {
            Measure::BadOfTotal { bad, total, .. } => {
                let (bad, total) = (read_spec(bad, wrong), read_spec(total, wrong));
                Query::BadTotal { bad: bad?, total: total? }
            }
            Measure::GoodOfTotal { good, total, .. } => {
                let (good, total) = (read_spec(good, wrong), read_spec(total, wrong));
                Query::GoodTotal { good: good?, total: total? }
            }
            Measure::Threshold { value, .. } => Query::Value(read_spec(value, wrong)?),
            other => {
                let source = other.sources().next()?;
                let message =
                    "an access log holds no precomputed ratio: count good or bad lines of all".to_owned();
                wrong.push(Misunderstood { place: source.place.clone(), message });
                return None;
            }
        };
        Some(Self(query))
    }

    /// A value, and its unit.
    pub(super) fn value(&self) -> Option<(String, String)> {
        match &self.0 {
            Query::Value(measure) => {
                Some((format!("{} request time", measure.statistic), measure.unit.to_string()))
            }
            _ => None,
        }
    }

    /// Counted lines that must be fast are a latency.
    pub(super) fn indicator(&self, measure: &Measure<'_>) -> Indicator {
        let bound = match &self.0 {
            Query::GoodTotal { good, .. } => {
                good.latency().map(|bound| (bound.comparison(), bound.threshold()))
            }
            Query::BadTotal { bad, .. } => {
                bad.latency().map(|bound| (opposite(bound.comparison()), bound.threshold()))
            }
            _ => None,
        };
        bound.map_or_else(
            || measure.indicator(),
            |(comparison, threshold)| Indicator::Latency { comparison, threshold },
        )
    }
}

fn opposite(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Above => Comparison::AtMost,
        Comparison::AtLeast => Comparison::Below,
        Comparison::AtMost => Comparison::Above,
        Comparison::Below => Comparison::AtLeast,
    }
}

/// Reads the log once for all objectives.
pub(super) fn read(
    asks: &[Ask<'_, Asked>],
    log: Option<&Path>,
    data: &mut Data,
) -> Result<Vec<(usize, Measured)>, Failure> {
    let Some(first) = asks.first() else { return Ok(Vec::new()) };
    let log = needed(log, first.promise, "--access-log FILE")?;
    let queries: Vec<_> = asks.iter().map(|ask| ask.asked.0.clone()).collect();
    let slots: Vec<_> = asks.iter().map(|ask| slot_of(ask.promise)).collect();
    let reading = scan(&queries, &slots, log)?;
    data.sources.push(source(&reading, log));
    // The log ends with the minute that its last line lies in, whichever objectives are asked for.
    let past = reading.last.timestamp().rem_euclid(60);
    data.end = data.end.max(Some(reading.last + TimeDelta::seconds(60 - past)));
    let answers = asks.iter().zip(&reading.answers);
    answers.map(|(ask, answer)| Ok((ask.place, take(ask, answer, &reading, log)?))).collect()
}

fn scan(queries: &[Query], slots: &[TimeDelta], log: &Path) -> Result<Reading, Failure> {
    let name = name_of(log);
    let bytes = std::fs::metadata(log).ok().filter(std::fs::Metadata::is_file).map(|found| found.len());
    let bar = progress::bar(&name, bytes);
    let mut tell = |progress: toban_adapters::access_log::Progress| bar.set_position(progress.bytes);
    let scan = Scan::new(queries).with_slots(slots.iter().copied())?.with_progress(&mut tell);
    let reading = scan.read(&name, open(log)?);
    bar.finish_and_clear();
    Ok(reading?)
}

fn take(ask: &Ask<'_, Asked>, answer: &Answer, reading: &Reading, log: &Path) -> Result<Measured, Failure> {
    let Ask { promise, asked, .. } = ask;
    let mut findings = Vec::new();
    let (counts, without_latency) = match answer {
        Answer::Counts { counts, without_latency } => (counts.clone(), *without_latency),
        Answer::Values { values, without_latency } => {
            (values.judge(promise.slo.indicator())?, *without_latency)
        }
        _ => {
            let message = "the log has no request times: nothing can be said about latency";
            findings.push(Reason::new("no-request-times", message));
            (Counts::new(reading.first, slot_of(promise))?, 0)
        }
    };
    if asked.0.silence() == Silence::NoTraffic {
        findings.extend(silence(reading));
    }
    if without_latency > 0 {
        let reason = Reason::new("without-request-time", "lines without a request time are left out");
        findings.push(reason.with_evidence("lines", without_latency));
    }
    Ok(Measured { counts, source: name_of(log), findings })
}

/// A stretch without a line that is longer than chance makes it. Were the lines independent of one another, it would
/// be so long in one log of a thousand: a mean distance times the logarithm of their number and 7 more.
fn silence(reading: &Reading) -> Option<Reason> {
    let silence = reading.longest_silence?;
    let entries = (reading.lines - reading.malformed) as f64;
    let span = (reading.last - reading.first).num_seconds() as f64;
    let expected = span / entries * (entries.ln() + 7.0);
    if (silence.length().num_seconds() as f64) < expected.max(300.0) {
        return None;
    }
    let message = "the log is silent for long, which counts as no traffic: a log cannot tell that nobody called from \
                   an outage of all that writes it (`silence: gap` in the source's spec makes it a gap)";
    Some(Reason::new("silent-log", message).with_evidence("without a line", silence))
}

fn source(reading: &Reading, log: &Path) -> Source {
    let examples = reading.examples.iter().map(|example| Unread {
        line: example.line,
        text: example.excerpt.clone(),
        why: example.fault.to_string(),
    });
    Source::new(format!("access log {}", name_of(log)), reading.lines)
        .with_unread(reading.malformed, examples)
}
