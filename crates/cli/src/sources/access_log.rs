//! Objectives that read an access log.

use super::{Ask, Data, Measured, Misunderstood, name_of, needed, open, read_spec, slot_for};
use crate::failure::Failure;
use crate::progress;
use chrono::TimeDelta;
use std::path::Path;
use toban_adapters::access_log::{Answer, Query, Reading, Scan};
use toban_core::Reason;
use toban_render::slo::{Source, Unread};
use toban_slo::openslo::{Measure, Promise};
use toban_slo::{Budgeting, Comparison, Counts, Indicator};

/// What a measure asks of an access log.
#[derive(Debug)]
pub(crate) struct Asked(Query);

impl Asked {
    pub(super) fn new(measure: &Measure<'_>, wrong: &mut Vec<Misunderstood>) -> Option<Self> {
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

/// Reads the log once for each length of slots that the objectives need.
pub(super) fn read(
    asks: &[Ask<'_, Asked>],
    log: Option<&Path>,
    data: &mut Data,
) -> Result<Vec<(usize, Measured)>, Failure> {
    let Some(first) = asks.first() else { return Ok(Vec::new()) };
    let log = needed(log, first.promise, "--access-log")?;
    let mut lengths: Vec<_> = asks.iter().map(slot).collect();
    lengths.sort_unstable();
    lengths.dedup();
    let mut text = Vec::new();
    if lengths.len() > 1 && log == Path::new("-") {
        // What comes from standard input comes once.
        open(log)?.read_to_end(&mut text)?;
    }
    let mut measured = Vec::new();
    for (round, length) in lengths.into_iter().enumerate() {
        let now: Vec<_> = asks.iter().filter(|ask| slot(ask) == length).collect();
        let queries: Vec<_> = now.iter().map(|ask| ask.asked.0.clone()).collect();
        let reading = if text.is_empty() {
            scan(&queries, length, log, open(log)?)?
        } else {
            scan(&queries, length, log, text.as_slice())?
        };
        for (ask, answer) in now.into_iter().zip(&reading.answers) {
            measured.push((ask.place, take(answer, ask.promise, &reading, log)?));
        }
        if round == 0 {
            data.sources.push(source(&reading, log));
            // The shortest slots come first: the log ends with the one that its last line lies in.
            let past = reading.last.timestamp().rem_euclid(length.num_seconds().max(1));
            data.end = data.end.max(Some(reading.last - TimeDelta::seconds(past) + length));
        }
    }
    Ok(measured)
}

/// A value is one of a whole slice of time; lines are counted as finely as the windows need.
fn slot(ask: &Ask<'_, Asked>) -> TimeDelta {
    match (&ask.asked.0, ask.promise.slo.budgeting()) {
        (Query::Value(_), Budgeting::Timeslices { slice, .. } | Budgeting::RatioTimeslices { slice }) => {
            slice
        }
        _ => slot_for(ask.promise),
    }
}

fn scan(
    queries: &[Query],
    slot: TimeDelta,
    log: &Path,
    input: impl std::io::Read,
) -> Result<Reading, Failure> {
    let bytes = std::fs::metadata(log).ok().filter(std::fs::Metadata::is_file).map(|found| found.len());
    let bar = progress::bar(&name_of(log), bytes);
    let mut tell = |progress: toban_adapters::access_log::Progress| bar.set_position(progress.bytes);
    let reading = Scan::new(queries).with_slot(slot)?.with_progress(&mut tell).read(&name_of(log), input);
    bar.finish_and_clear();
    Ok(reading?)
}

fn take(answer: &Answer, promise: &Promise<'_>, reading: &Reading, log: &Path) -> Result<Measured, Failure> {
    let mut findings = Vec::new();
    let (counts, without_latency) = match answer {
        Answer::Counts { counts, without_latency } => (counts.clone(), *without_latency),
        Answer::Values { values, without_latency } => {
            (values.judge(promise.slo.indicator())?, *without_latency)
        }
        _ => {
            let message = "the log has no request times: nothing can be said about latency";
            findings.push(Reason::new("no-request-times", message));
            (Counts::new(reading.first, slot_for(promise))?, 0)
        }
    };
    if without_latency > 0 {
        let reason = Reason::new("without-request-time", "lines without a request time are left out");
        findings.push(reason.with_evidence("lines", without_latency));
    }
    Ok(Measured { counts, source: name_of(log), findings })
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
