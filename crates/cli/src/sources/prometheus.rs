//! Objectives that ask Prometheus.

use super::{Ask, Data, Measured, Misunderstood, Places, needed, read_specs, slot_of};
use crate::failure::Failure;
use crate::progress;
use chrono::{DateTime, TimeDelta, Utc};
use indicatif::ProgressBar;
use std::env::{self, VarError};
use toban_adapters::prometheus::{Answer, Events, Note, Prometheus, Query, Source};
use toban_core::{Grid, Interval, Reason};
use toban_slo::openslo::{Measure, Promise};

/// What a measure asks of Prometheus.
#[derive(Debug)]
pub(crate) struct Asked(Query);

impl Asked {
    pub(super) fn new(measure: &Measure<'_>, wrong: &mut Vec<Misunderstood>) -> Option<Self> {
        let (one, total): (Source, _) = read_specs(measure, wrong)?;
        let place = &measure.sources().next()?.place;
        let mut note = |message: String| wrong.push(Misunderstood { place: place.clone(), message });
        let events = match measure {
            Measure::BadOfTotal { counter, .. } | Measure::GoodOfTotal { counter, .. } => match counter {
                Some(true) => Events::Cumulative,
                Some(false) => Events::PerSlot,
                None => {
                    note(
                        "`counter` must be said beside it: `true` where the queries name counters that only \
                         grow, `false` where they give the events of each slot"
                            .to_owned(),
                    );
                    return None;
                }
            },
            _ => Events::PerSlot,
        };
        let query = match (measure, &total) {
            (Measure::BadOfTotal { .. }, Some(total)) => Query::bad_of_total(&one, total, events),
            (Measure::GoodOfTotal { .. }, Some(total)) => Query::good_of_total(&one, total, events),
            (Measure::PrecomputedRatio { of, .. }, None) => Ok(Query::ratio(&one, *of)),
            (Measure::Threshold { .. }, None) => Ok(Query::value(&one)),
            _ => return None,
        };
        query.inspect_err(|error| note(error.to_string())).ok().map(Self)
    }

    /// How long the slots that are asked about are.
    pub(super) fn slot(&self, promise: &Promise<'_>) -> TimeDelta {
        self.0.slot().map_or_else(|| slot_of(promise), |slot| slot.as_delta())
    }
}

/// Asks for each objective, one after another.
pub(super) fn read(
    asks: &[Ask<'_, Asked>],
    places: Places<'_>,
    data: &mut Data,
) -> Result<Vec<(usize, Measured)>, Failure> {
    let Some(first) = asks.first() else { return Ok(Vec::new()) };
    let address = needed(places.prometheus, first.promise, "--prometheus URL")?;
    // What may hold a password is not repeated.
    let named = if address.contains('@') { "" } else { address };
    let source = Prometheus::new(address);
    let source =
        source.map_err(|error| Failure::about(format!("--prometheus {named}").trim_end(), &error))?;
    let source = with_credentials(source)?;
    let at = places.at.unwrap_or_else(Utc::now);
    let grids = asks.iter().map(|ask| slots(ask, at, places.since)).collect::<Result<Vec<_>, _>>()?;
    let instants = |(ask, grid): (&Ask<'_, Asked>, &Grid)| u64::from(grid.count()) * ask.asked.0.parts();
    let bar = progress::count(address, asks.iter().zip(&grids).map(instants).sum(), "instants");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let read = runtime.block_on(ask_all(&source, address, asks, &grids, &bar));
    bar.finish_and_clear();
    let (measured, samples) = read?;
    // What was asked for ends there, even if Prometheus knows nothing of it.
    data.end = data.end.max(grids.iter().map(|grid| grid.last() + grid.step()).max());
    data.sources.push(toban_render::slo::Source::of_samples(format!("prometheus {address}"), samples));
    Ok(measured)
}

async fn ask_all(
    source: &Prometheus,
    address: &str,
    asks: &[Ask<'_, Asked>],
    grids: &[Grid],
    bar: &ProgressBar,
) -> Result<(Vec<(usize, Measured)>, u64), Failure> {
    let (mut all, mut samples) = (Vec::new(), 0);
    let mut told = |instants: u32| bar.inc(u64::from(instants));
    for (Ask { place, promise, asked }, grid) in asks.iter().zip(grids) {
        let reading = toban_adapters::prometheus::read(source, &asked.0, *grid, &mut told).await;
        let reading = reading.map_err(|error| {
            Failure::about(format_args!("objective {} asks {address}", promise.slo.name()), &error)
        })?;
        samples += reading.samples;
        let counts = match reading.answer {
            Answer::Counts(counts) => counts,
            Answer::Values(values) => values.judge(promise.slo.indicator())?,
        };
        let findings = reading.notes.iter().map(|note| Reason::new(code(note), note.to_string())).collect();
        all.push((*place, Measured { counts, source: address.to_owned(), findings }));
    }
    Ok((all, samples))
}

fn code(note: &Note) -> &'static str {
    match note {
        Note::Anomaly { .. } => "no-counter",
        Note::MoreThanAll { .. } => "more-than-all",
        Note::NoSeries { .. } => "no-series",
        Note::SumOfCounters { .. } => "sum-of-counters",
        _ => "server-warning",
    }
}

/// The slots of all windows that end at that moment, or of as much as is asked for, and one more before them.
fn slots(ask: &Ask<'_, Asked>, at: DateTime<Utc>, since: Option<TimeDelta>) -> Result<Grid, Failure> {
    let promise = ask.promise;
    let step = ask.asked.slot(promise);
    let too_far = || Failure::new(format_args!("objective {}: there is no such time", promise.slo.name()));
    let floor = |at: DateTime<Utc>| {
        let past = at.timestamp_millis().rem_euclid(step.num_milliseconds().max(1));
        DateTime::from_timestamp_millis(at.timestamp_millis() - past).ok_or_else(too_far)
    };
    let end = floor(at)?;
    let start = match since {
        Some(since) => at.checked_sub_signed(since),
        None => longest(promise, at),
    };
    let start = floor(start.ok_or_else(too_far)?)?.checked_sub_signed(step).ok_or_else(too_far)?;
    Ok(Grid::new(Interval::new(start, end)?, step)?)
}

/// When the window begins that begins first, of those that end at that moment.
fn longest(promise: &Promise<'_>, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let windows = promise.slo.windows().filter_map(|window| window.at(at)).map(|window| window.start());
    let alerts = promise.alert_policy.windows().into_iter();
    windows.chain(alerts.filter_map(|length| at.checked_sub_signed(length))).min()
}

/// What the environment says about who asks.
pub(crate) fn with_credentials(source: Prometheus) -> Result<Prometheus, Failure> {
    let (token, user) = (variable("TOBAN_PROMETHEUS_TOKEN")?, variable("TOBAN_PROMETHEUS_USER")?);
    let mut source = match (token, user) {
        (Some(_), Some(_)) => {
            let message =
                "TOBAN_PROMETHEUS_TOKEN and TOBAN_PROMETHEUS_USER are both set: one of them says who asks";
            return Err(Failure::new(message));
        }
        (Some(token), None) => source.with_bearer_token(&token)?,
        (None, Some(user)) => {
            source.with_basic_auth(&user, &variable("TOBAN_PROMETHEUS_PASSWORD")?.unwrap_or_default())?
        }
        (None, None) => source,
    };
    for line in variable("TOBAN_PROMETHEUS_HEADERS")?.iter().flat_map(|headers| headers.lines()) {
        let Some((name, value)) = line.split_once(':') else {
            let message = "each line of TOBAN_PROMETHEUS_HEADERS is a name, a colon and a value";
            return Err(Failure::new(message));
        };
        source = source.with_header(name.trim(), value.trim())?;
    }
    Ok(source)
}

/// A variable of the environment; an empty one is none.
fn variable(name: &str) -> Result<Option<String>, Failure> {
    match env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(Failure::new(format_args!("{name} is not UTF-8 text"))),
    }
}
