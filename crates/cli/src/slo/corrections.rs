//! Planned maintenance that the command line names.

use crate::args::Input;
use crate::document;
use crate::failure::Failure;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use toban_adapters::csv::read_corrections_file;
use toban_calendar::{CalendarFileSpec, Calendars, RecurrenceSpec, Windows, Zone};
use toban_core::{Interval, Length};
use toban_slo::{Correction, Recorded, RecurringCorrection, Treatment};
use toban_yaml::Findings;

/// Corrections with dates, and such that recur.
#[derive(Debug, Default)]
pub(crate) struct Corrections {
    dated: Vec<Correction>,
    recurring: Vec<RecurringCorrection>,
}

/// A file of corrections in YAML.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CorrectionsFile {
    /// The zone of recurrences that name none.
    zone: Option<String>,
    #[serde(default)]
    calendars: BTreeMap<String, CalendarFileSpec>,
    corrections: Vec<CorrectionSpec>,
}

/// One of them: from `start` to `end`, or `when` for a `length`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CorrectionSpec {
    start: Option<DateTime<Utc>>,
    end: Option<DateTime<Utc>>,
    when: Option<RecurrenceSpec>,
    length: Option<Length>,
    treatment: TreatmentSpec,
    reason: String,
    recorded_by: Option<String>,
    recorded_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TreatmentSpec {
    CountGood,
    DropEvents,
    DropTime,
}

impl Corrections {
    /// Those that the command line names.
    pub(crate) fn of(input: &Input) -> Result<Self, Failure> {
        let Some(path) = &input.corrections else { return Ok(Self::default()) };
        let is_yaml = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        if is_yaml {
            Self::read(path)
        } else {
            Ok(Self { dated: read_corrections_file(path)?, ..Self::default() })
        }
    }

    /// All of them for a record, each time of what recurs by itself.
    pub(crate) fn within(&self, start: DateTime<Utc>, end: DateTime<Utc>) -> Vec<Correction> {
        let mut all = self.dated.clone();
        if let Ok(stretch) = Interval::new(start, end) {
            all.extend(self.recurring.iter().flat_map(|one| one.within(stretch)));
        }
        all
    }

    fn read(path: &Path) -> Result<Self, Failure> {
        let (document, file): (_, CorrectionsFile) = document::only(path, document::in_file(path)?)?;
        let at = |place: &str, message: &dyn std::fmt::Display| {
            let path = place.trim_end_matches('.').parse().unwrap_or_default();
            document.finding(&path, &message.to_string())
        };
        let mut wrong = Findings::default();
        let calendars = Calendars::resolve(&file.calendars);
        let zone = file.zone.as_deref().map(Zone::parse).transpose();
        let (calendars, zone) = match (calendars, zone) {
            (Ok(calendars), Ok(zone)) => (calendars, zone),
            (calendars, zone) => {
                let calendars = calendars.err().map(|error| at(&format!("calendars.{}", error.path), &error));
                let zone = zone.err().map(|error| at("zone", &error));
                wrong.extend(calendars.into_iter().chain(zone));
                return Err(Failure::findings(wrong.render()));
            }
        };
        let mut read = Self::default();
        for (nth, spec) in file.corrections.into_iter().enumerate() {
            if let Err((field, message)) = read.take(spec, zone, &calendars) {
                wrong.push(at(&format!("corrections[{nth}].{field}"), &message));
            }
        }
        if wrong.is_empty() { Ok(read) } else { Err(Failure::findings(wrong.render())) }
    }

    fn take(
        &mut self,
        spec: CorrectionSpec,
        zone: Option<Zone>,
        calendars: &Calendars,
    ) -> Result<(), (String, String)> {
        let wrong = |field: &str, message: &dyn std::fmt::Display| (field.to_owned(), message.to_string());
        let treatment = match spec.treatment {
            TreatmentSpec::CountGood => Treatment::CountGood,
            TreatmentSpec::DropEvents => Treatment::DropEvents,
            TreatmentSpec::DropTime => Treatment::DropTime,
        };
        let recorded = match (spec.recorded_by, spec.recorded_at) {
            (Some(by), Some(at)) => Some(Recorded { by, at }),
            (None, None) => None,
            _ => return Err(wrong("", &"`recorded_by` and `recorded_at` stand together")),
        };
        match (spec.start, spec.end, spec.when, spec.length) {
            (Some(start), Some(end), None, None) => {
                let interval = Interval::new(start, end).map_err(|error| wrong("end", &error))?;
                let mut correction = Correction::new(interval, treatment, spec.reason);
                correction.recorded = recorded;
                self.dated.push(correction);
            }
            (None, None, Some(when), Some(length)) => {
                let when = when.resolve(zone, calendars);
                let when = when.map_err(|error| wrong(&format!("when.{}", error.path), &error))?;
                let windows =
                    Windows::new(when, length.as_time_delta()).map_err(|error| wrong("length", &error))?;
                let reason = spec.reason;
                self.recurring.push(RecurringCorrection { windows, treatment, reason, recorded });
            }
            _ => return Err(wrong("", &"expected `start` and `end`, or `when` and `length`")),
        }
        Ok(())
    }
}
