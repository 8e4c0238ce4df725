//! From the measures of a definition to counts: which system each asks, and what it answered.

mod access_log;
mod csv;
pub(crate) mod prometheus;

use crate::args::Input;
use crate::failure::Failure;
use chrono::{DateTime, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};
use toban_core::{Reason, Share, nearest};
use toban_slo::openslo::{self, Measure, Model, Promise};
use toban_slo::{Budgeting, Counts, Indicator, Slo};

/// Where the data of each system lies, as the command line says.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Places<'a> {
    pub(crate) access_log: Option<&'a Path>,
    pub(crate) csv: Option<&'a Path>,
    pub(crate) spec: Option<&'a Path>,
    pub(crate) prometheus: Option<&'a str>,
    /// When what a server is asked about ends; now, where nothing is said.
    pub(crate) at: Option<DateTime<Utc>>,
    /// How much it is asked about; as much as an objective needs, where nothing is said.
    pub(crate) since: Option<TimeDelta>,
}

impl<'a> Places<'a> {
    pub(crate) fn of(input: &'a Input, at: Option<DateTime<Utc>>) -> Self {
        Self {
            access_log: input.access_log.as_deref(),
            csv: input.csv.as_deref(),
            spec: Some(&input.spec),
            prometheus: input.prometheus.as_deref(),
            at,
            since: input.since,
        }
    }
}

/// What was read for one objective.
#[derive(Debug)]
pub(crate) struct Measured {
    /// The data; without any where the source cannot say anything about the objective.
    pub(crate) counts: Counts,
    /// The name of the source.
    pub(crate) source: String,
    /// What a reader should know before trusting the figures.
    pub(crate) findings: Vec<Reason>,
}

/// What was read for all objectives.
#[derive(Debug, Default)]
pub(crate) struct Data {
    /// For each promise, in order.
    pub(crate) measured: Vec<Measured>,
    pub(crate) sources: Vec<toban_render::slo::Source>,
    /// Where the data that reaches furthest ends, as finely as it was read.
    pub(crate) end: Option<DateTime<Utc>>,
}

/// What the measure of an objective asks of which system.
#[derive(Debug)]
pub(crate) enum Question {
    AccessLog(access_log::Asked),
    Csv(csv::Asked),
    Prometheus(prometheus::Asked),
}

impl Question {
    /// Which indicator this is, as only the reader of a source knows.
    fn indicator(&self, measure: &Measure<'_>) -> Indicator {
        match self {
            Self::AccessLog(asked) => asked.indicator(measure),
            Self::Csv(_) | Self::Prometheus(_) => measure.indicator(),
        }
    }

    /// How long the slots of what it is answered are, where that is known before the data is.
    fn slot(&self, promise: &Promise<'_>) -> Option<TimeDelta> {
        match self {
            Self::AccessLog(_) => Some(slot_of(promise)),
            Self::Csv(asked) => asked.slot(),
            Self::Prometheus(asked) => Some(asked.slot(promise)),
        }
    }

    /// What is measured, where the source knows more of a value than that it is one.
    pub(crate) fn told(&self, slo: &Slo) -> Option<String> {
        let Indicator::Threshold { comparison, limit } = slo.indicator() else { return None };
        let (value, unit) = match self {
            Self::AccessLog(asked) => asked.value()?,
            Self::Csv(asked) => (asked.value()?, String::new()),
            // A query may be long, and stands in the definition.
            Self::Prometheus(_) => return None,
        };
        Some(format!("{value} {comparison} {limit} {unit}").trim_end().to_owned())
    }
}

/// An objective, with what it asks of one kind of source.
#[derive(Debug)]
struct Ask<'a, T> {
    /// Its place among all objectives that are asked for.
    place: usize,
    promise: &'a Promise<'a>,
    asked: &'a T,
}

/// The indicator of a measure, as far as its source can be understood, and what is wrong with what it asks.
pub(crate) fn indicator(measure: &Measure<'_>, wrong: &mut Vec<Misunderstood>) -> Indicator {
    match question(measure, wrong) {
        Some(question) => question.indicator(measure),
        None => measure.indicator(),
    }
}

/// A finding that is not at its place in the file yet.
#[derive(Debug)]
pub(crate) struct Misunderstood {
    pub(crate) place: openslo::Place,
    pub(crate) message: String,
}

impl Misunderstood {
    /// Whether a key is wrong, and not its value: serde tells it in words alone.
    pub(crate) fn is_key(&self) -> bool {
        self.message.starts_with("unknown field")
    }
}

/// What a measure asks, or what is wrong with it.
fn question(measure: &Measure<'_>, wrong: &mut Vec<Misunderstood>) -> Option<Question> {
    let is_unknown = |source: &&openslo::Source<'_>| !SYSTEMS.contains(&source.system);
    let unknown = wrong.len();
    wrong.extend(measure.sources().filter(is_unknown).map(unknown_system));
    if wrong.len() > unknown {
        return None;
    }
    let mut sources = measure.sources();
    let first = sources.next()?;
    if let Some(other) = sources.find(|source| source.system != first.system) {
        let message = format!(
            "both parts of a ratio must come from one system, not {} and {}",
            first.system, other.system
        );
        wrong.push(Misunderstood { place: other.system_place.clone(), message });
        return None;
    }
    match first.system {
        "access-log" => access_log::Asked::new(measure, wrong).map(Question::AccessLog),
        "csv" => csv::Asked::new(measure, wrong).map(Question::Csv),
        "prometheus" | "Prometheus" => prometheus::Asked::new(measure, wrong).map(Question::Prometheus),
        _ => None,
    }
}

/// What `type` may say; the last is how OpenSLO's examples spell it.
const SYSTEMS: [&str; 4] = ["access-log", "csv", "prometheus", "Prometheus"];

fn unknown_system(source: &openslo::Source<'_>) -> Misunderstood {
    let there_are = match nearest(source.system, SYSTEMS) {
        Some(likely) => format!(", did you mean `{likely}`? There are"),
        None => ": there are".to_owned(),
    };
    let message =
        format!("no source is called {:?}{there_are} `access-log`, `csv` and `prometheus`", source.system);
    Misunderstood { place: source.system_place.clone(), message }
}

/// Reads the spec of a source as a type.
fn read_spec<T: DeserializeOwned>(source: &openslo::Source<'_>, wrong: &mut Vec<Misunderstood>) -> Option<T> {
    source
        .spec
        .read()
        .map_err(|error| {
            let path = error
                .path()
                .steps()
                .iter()
                .fold(source.place.path.clone(), |path, step| path.then(step.clone()));
            let place = openslo::Place { document: source.place.document, path };
            wrong.push(Misunderstood { place, message: error.message().to_owned() });
        })
        .ok()
}

/// The specs of a measure as a type: of the part of a ratio or of a value, and of all events.
fn read_specs<T: DeserializeOwned>(
    measure: &Measure<'_>,
    wrong: &mut Vec<Misunderstood>,
) -> Option<(T, Option<T>)> {
    let mut specs = measure.sources().map(|source| read_spec(source, wrong));
    // Both are read, so that what is wrong with the second is told even if the first is wrong.
    let (one, total) = (specs.next()?, specs.next());
    match total {
        Some(total) => Some((one?, Some(total?))),
        None => Some((one?, None)),
    }
}

/// What each objective asks; what is wrong with that was found when the model was made.
pub(crate) fn questions(model: &Model<'_>) -> Vec<Question> {
    let mut known = Vec::new();
    model.promises.iter().filter_map(|promise| question(&promise.measure, &mut known)).collect()
}

/// Fields that change nothing of what the objectives ask: a slice that holds one value is as good as that, from
/// whatever share of good values on.
pub(crate) fn without_effect(model: &Model<'_>) -> Vec<Misunderstood> {
    let mut known = Vec::new();
    let again = model.promises.iter().filter_map(again);
    let idle = model.promises.iter().filter_map(|promise| {
        let Budgeting::Timeslices { slice, target } = promise.slo.budgeting() else { return None };
        let question = question(&promise.measure, &mut known)?;
        let is_one_value = matches!(promise.measure, Measure::Threshold { .. })
            && question.slot(promise).is_some_and(|slot| slot >= slice);
        if !is_one_value || target == Share::ALL {
            return None;
        }
        let path = promise.place.path.then("timeSliceTarget");
        let message =
            "has no effect: a slice of this source holds one value, which keeps to the limit or does not; \
                       `1` says so"
                .to_owned();
        Some(Misunderstood { place: openslo::Place { document: promise.place.document, path }, message })
    });
    again.chain(idle).collect()
}

/// A window that the annotation names, and that is there already.
fn again(promise: &Promise<'_>) -> Option<Misunderstood> {
    let text = promise.metadata.annotations.get(openslo::annotation::WINDOWS)?;
    let named = openslo::annotation::windows(text).ok()?.len();
    // Beside the window of the SLO itself.
    if promise.slo.windows().count() > named {
        return None;
    }
    let path = ["metadata", "annotations", openslo::annotation::WINDOWS];
    let path = path.into_iter().fold(openslo::FieldPath::default(), |path, step| path.then(step));
    let message = format!("a window of `{text}` is there already: it is reported once");
    Some(Misunderstood { place: openslo::Place { document: promise.place.document, path }, message })
}

/// Reads everything that the objectives ask for.
pub(crate) fn read<'a>(
    promises: &[&'a Promise<'a>],
    questions: &[&'a Question],
    places: Places<'_>,
) -> Result<Data, Failure> {
    let mut data = Data::default();
    let (mut logs, mut tables, mut queries) = (Vec::new(), Vec::new(), Vec::new());
    for (place, (promise, question)) in promises.iter().zip(questions).enumerate() {
        match question {
            Question::AccessLog(asked) => logs.push(Ask { place, promise, asked }),
            Question::Csv(asked) => tables.push(Ask { place, promise, asked }),
            Question::Prometheus(asked) => queries.push(Ask { place, promise, asked }),
        }
    }
    refuse_unread(places, &logs, &tables, &queries)?;
    let mut found = access_log::read(&logs, places.access_log, &mut data)?;
    found.extend(csv::read(&tables, places, &mut data)?);
    found.extend(prometheus::read(&queries, places, &mut data)?);
    found.sort_by_key(|(place, _)| *place);
    data.measured = found.into_iter().map(|(_, measured)| measured).collect();
    Ok(data)
}

/// A source that somebody names and nothing reads is a mistake: the figures would be of something else.
fn refuse_unread(
    places: Places<'_>,
    logs: &[Ask<'_, access_log::Asked>],
    tables: &[Ask<'_, csv::Asked>],
    queries: &[Ask<'_, prometheus::Asked>],
) -> Result<(), Failure> {
    let named = |option: &str, path: Option<&Path>| Some(format!("{option} {}", path?.display()));
    let is_named = tables.iter().all(|ask| ask.asked.has_file());
    let tables_why = match tables {
        [] => "none of them has `type: csv`",
        _ => "each with `type: csv` names a `file` of its own, and the option stands for none",
    };
    let unread = [
        (named("--access-log", places.access_log), logs.is_empty(), "none of them has `type: access-log`"),
        (named("--csv", places.csv), is_named, tables_why),
        (
            places.prometheus.map(|address| format!("--prometheus {address}")),
            queries.is_empty(),
            "none of them has `type: prometheus`",
        ),
    ];
    refuse_twice(&[("--spec", places.spec), ("--access-log", places.access_log), ("--csv", places.csv)])?;
    match unread.into_iter().find_map(|(option, is_unread, why)| Some((option.filter(|_| is_unread)?, why))) {
        Some((option, why)) => {
            Err(Failure::new(format_args!("{option}: no objective that is asked for reads it: {why}")))
        }
        None => Ok(()),
    }
}

/// Two options cannot both stand for standard input.
pub(crate) fn refuse_twice(options: &[(&str, Option<&Path>)]) -> Result<(), Failure> {
    let twice: Vec<_> = options.iter().filter(|(_, path)| *path == Some(Path::new("-"))).collect();
    match twice[..] {
        [(one, _), (other, _), ..] => {
            Err(Failure::new(format_args!("{one} - and {other} -: standard input can be read once only")))
        }
        _ => Ok(()),
    }
}

/// A value is one of a whole slice of time; events are counted as finely as the windows need.
fn slot_of(promise: &Promise<'_>) -> TimeDelta {
    match (&promise.measure, promise.slo.budgeting()) {
        (
            Measure::Threshold { .. },
            Budgeting::Timeslices { slice, .. } | Budgeting::RatioTimeslices { slice },
        ) => slice,
        _ => slot_for(promise),
    }
}

/// The length of a slot that every window of an objective is made of: at most a minute, at least a second.
fn slot_for(promise: &Promise<'_>) -> TimeDelta {
    let windows = promise.alert_policy.windows().into_iter().chain(promise.slo.budgeting().slice());
    let rolling =
        promise.slo.windows().filter(|window| window.is_rolling()).map(|window| window.nominal_length());
    let seconds = windows.chain(rolling).fold(60, |slot, window| gcd(slot, window.num_seconds()));
    TimeDelta::seconds(seconds.max(1))
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// What `-` and a path are called.
pub(crate) fn name_of(path: &Path) -> String {
    if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() }
}

/// Which of the objectives are asked for by name.
pub(crate) fn chosen<'a, 'm>(
    model: &'a Model<'m>,
    name: Option<&str>,
) -> Result<Vec<(usize, &'a Promise<'m>)>, Failure> {
    let promises = model.promises.iter().enumerate();
    let found: Vec<_> = promises.filter(|(_, promise)| is_asked(model, promise.slo.name(), name)).collect();
    if found.is_empty() {
        let names: Vec<_> = model.promises.iter().map(|promise| promise.slo.name()).collect();
        let message = match name {
            Some(name) => format!("no objective is called {name:?}: there are {}", names.join(", ")),
            None => "the definition holds no SLO".to_owned(),
        };
        return Err(Failure::new(message));
    }
    Ok(found)
}

/// Whether an objective or a composite is asked for. A whole name means that one, and of a composite its objectives
/// with it; the beginning of names means all of them.
pub(crate) fn is_asked(model: &Model<'_>, name: &str, asked: Option<&str>) -> bool {
    let Some(asked) = asked else { return true };
    if model.promises.iter().any(|promise| promise.slo.name() == asked) {
        return name == asked;
    }
    match name.strip_prefix(asked) {
        Some(rest) if model.composites.iter().any(|promise| promise.composite.name() == asked) => {
            rest.is_empty() || rest.starts_with('/')
        }
        rest => rest.is_some(),
    }
}

/// A place that must have been given.
fn needed<'a, P: ?Sized>(
    place: Option<&'a P>,
    promise: &Promise<'_>,
    option: &str,
) -> Result<&'a P, Failure> {
    place.ok_or_else(|| Failure::new(format_args!("objective {} needs {option}", promise.slo.name())))
}

/// Opens a file for reading, or standard input. What a folder is opened for fails only when it is read.
pub(crate) fn open(path: &Path) -> Result<Box<dyn std::io::Read>, Failure> {
    if path == Path::new("-") {
        return Ok(Box::new(std::io::stdin().lock()));
    }
    match std::fs::File::open(path) {
        Ok(_) if path.is_dir() => {
            Err(Failure::new(format_args!("{}: is a folder, and a file is needed", path.display())))
        }
        Ok(file) => Ok(Box::new(file)),
        Err(error) => {
            Err(Failure::new(format_args!("{}: cannot be opened: {error}", PathBuf::from(path).display())))
        }
    }
}
