//! Objectives that read a table of good and total by time.

use super::{Ask, Data, Measured, Misunderstood, Places, name_of, needed, open, read_specs};
use crate::failure::Failure;
use crate::progress;
use chrono::TimeDelta;
use std::path::{Path, PathBuf};
use toban_adapters::csv::{Answer, Events, Query, Scan, Source};
use toban_core::Reason;
use toban_slo::Anomaly;
use toban_slo::openslo::Measure;

/// What a measure asks of a table.
#[derive(Debug)]
pub(crate) struct Asked {
    query: Query,
    file: Option<PathBuf>,
    slot: Option<TimeDelta>,
    /// The column of a value.
    column: Option<String>,
}

impl Asked {
    pub(super) fn new(measure: &Measure<'_>, wrong: &mut Vec<Misunderstood>) -> Option<Self> {
        let (one, total): (Source, _) = read_specs(measure, wrong)?;
        let (file, slot) = (one.file.clone(), one.slot.map(|slot| slot.as_delta()));
        let events = if measure.counter() == Some(true) { Events::Cumulative } else { Events::PerSlot };
        let query = match (measure, &total) {
            (Measure::BadOfTotal { .. }, Some(total)) => Query::bad_of_total(&one, total, events),
            (Measure::GoodOfTotal { .. }, Some(total)) => Query::good_of_total(&one, total, events),
            (Measure::PrecomputedRatio { of, .. }, None) => Ok(Query::ratio(&one, *of)),
            (Measure::Threshold { .. }, None) => Ok(Query::value(&one)),
            _ => return None,
        };
        let place = &measure.sources().next()?.place;
        let note = |error: &toban_adapters::csv::Error| {
            wrong.push(Misunderstood { place: place.clone(), message: error.to_string() });
        };
        let column = one.column.filter(|_| matches!(measure, Measure::Threshold { .. }));
        Some(Self { query: query.inspect_err(note).ok()?, file, slot, column })
    }

    /// Whether the definition says where the table lies.
    pub(super) fn has_file(&self) -> bool {
        self.file.is_some()
    }

    /// How long a slot is, where the definition says so.
    pub(super) fn slot(&self) -> Option<TimeDelta> {
        self.slot
    }

    /// The name of the column that holds a value, where the definition names it.
    pub(super) fn value(&self) -> Option<String> {
        self.column.clone()
    }
}

/// Reads each table once.
pub(super) fn read(
    asks: &[Ask<'_, Asked>],
    places: Places<'_>,
    data: &mut Data,
) -> Result<Vec<(usize, Measured)>, Failure> {
    let mut tables: Vec<(PathBuf, Vec<&Ask<'_, Asked>>)> = Vec::new();
    for ask in asks {
        let path = match &ask.asked.file {
            // What a definition names lies beside it.
            Some(file) => {
                places.spec.and_then(Path::parent).map_or_else(|| file.clone(), |folder| folder.join(file))
            }
            None => needed(places.csv, ask.promise, "--csv FILE")?.to_owned(),
        };
        match tables.iter_mut().find(|(other, _)| *other == path) {
            Some((_, members)) => members.push(ask),
            None => tables.push((path, vec![ask])),
        }
    }
    let mut measured = Vec::new();
    for (path, members) in tables {
        let queries: Vec<_> = members.iter().map(|ask| ask.asked.query.clone()).collect();
        let name = name_of(&path);
        let bytes = std::fs::metadata(&path).ok().filter(std::fs::Metadata::is_file).map(|found| found.len());
        let bar = progress::bar(&name, bytes);
        let mut lines = 0;
        let mut tell = |progress: toban_adapters::csv::Progress| {
            lines = progress.lines;
            bar.set_position(progress.bytes);
        };
        let answers = Scan::new(&queries).with_progress(&mut tell).read(&name, open(&path)?);
        bar.finish_and_clear();
        for (Ask { place, promise, .. }, answer) in members.into_iter().zip(answers?) {
            let (counts, anomalies) = match answer {
                Answer::Counted(counts, anomalies) => (counts, anomalies),
                Answer::Counts(counts) => {
                    let anomalies = Anomaly::in_counts(&counts);
                    (counts, anomalies)
                }
                Answer::Values(values) => (values.judge(promise.slo.indicator())?, Vec::new()),
            };
            data.end = data.end.max(Some(counts.end()));
            measured
                .push((*place, Measured { counts, source: name.clone(), findings: findings(&anomalies) }));
        }
        data.sources.push(toban_render::slo::Source::new(format!("csv {name}"), lines));
    }
    Ok(measured)
}

/// So many anomalies are told one by one.
const TOLD: usize = 3;

fn findings(anomalies: &[Anomaly]) -> Vec<Reason> {
    let told = anomalies.iter().take(TOLD).map(|anomaly| Reason::new("anomaly", anomaly.to_string()));
    let more = anomalies.len().checked_sub(TOLD + 1).map(|more| {
        Reason::new("anomalies", "more of the series is odd").with_evidence("not told", more + 1)
    });
    told.chain(more).collect()
}
