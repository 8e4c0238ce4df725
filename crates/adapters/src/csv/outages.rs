//! A list of outages, as the traffic that would have shown them.

use super::Error;
use super::error::{Expected, Problem};
use super::table::{Column, Row, Table, decimal};
use crate::MOST_SLOTS;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::num::NonZeroU32;
use std::path::Path;
use toban_core::{Interval, Ratio, Share};
use toban_slo::backtest::Incident;
use toban_slo::{Counts, Tally};

/// How a list of outages is read: a table whose rows tell start, end and severity, the share of requests that failed.
/// It becomes the counts, minute by minute, of a service with constant traffic that had these outages.
///
/// Starts and ends are seconds from an origin (at most six decimals), or RFC 3339 times, all as in the first row. A
/// row of severity 0 is a notice: nothing failed. Rows need no order.
///
/// A column `slo`, where there is one, names the SLOs that a row concerns, with `;` between them; a row that names
/// none concerns all that it touched. One of severity 0 that names an SLO is an incident of it and no notice: requests
/// that are slow do not fail.
///
/// ```
/// use chrono::DateTime;
/// use std::num::NonZeroU32;
/// use toban_adapters::csv::OutageList;
/// let list = "start,end,severity\n0,90,0.5\n60,120,0.2\n300,360,0\n";
/// let traffic = NonZeroU32::new(1000).unwrap();
/// let outages = OutageList::new(traffic, DateTime::UNIX_EPOCH).read("outages.csv", list.as_bytes())?;
/// let bad: Vec<_> = outages.counts.iter().filter_map(|(_, tally)| Some(tally?.bad())).collect();
/// assert_eq!(bad, [500, 350, 0, 0, 0, 0]); // in the second minute 30 s of one half and 30 s of one fifth
/// assert_eq!((outages.incidents.len(), outages.notices), (2, 1));
/// # Ok::<(), toban_adapters::csv::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutageList {
    requests_per_minute: NonZeroU32,
    origin: DateTime<Utc>,
    margin: TimeDelta,
    columns: [Option<String>; 3],
    slo: Option<String>,
}

/// What a list of outages says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outages {
    /// Good of total by minute, from the minute of the first start to that of the last end, and the margin.
    ///
    /// In each instant the largest severity of the outages then open holds. Requests that fail in a minute are
    /// rounded once to a whole number, half up, from the exact share of the minute's traffic.
    pub counts: Counts,
    /// The outages, in the order of the list, without the notices.
    pub incidents: Vec<Incident>,
    /// How many rows were notices.
    pub notices: u64,
    /// What the times of the list count from; `None` where they are RFC 3339.
    pub origin: Option<DateTime<Utc>>,
}

/// One row.
#[derive(Debug)]
struct Outage {
    line: u64,
    interval: Interval,
    severity: Share,
    slos: Vec<String>,
}

/// A stretch of time with one severity, in 10⁻¹⁸.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    severity: u128,
}

/// The finest severity: it has at most 18 decimals.
const WHOLE: u128 = 1_000_000_000_000_000_000;

/// A minute in microseconds.
const MINUTE: i64 = 60_000_000;

/// How the times of a list are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Times {
    Rfc3339,
    Seconds,
}

impl OutageList {
    /// A list whose seconds count from `origin`, of a service with that many requests in each minute.
    ///
    /// The columns are `start_time`, `end_time` and `status`, or `start`, `end` and `severity`.
    #[must_use]
    pub fn new(requests_per_minute: NonZeroU32, origin: DateTime<Utc>) -> Self {
        Self {
            requests_per_minute,
            origin,
            margin: TimeDelta::zero(),
            columns: [None, None, None],
            slo: None,
        }
    }

    /// Names the columns of start, end and severity.
    #[must_use]
    pub fn with_columns(self, start: &str, end: &str, severity: &str) -> Self {
        Self { columns: [start, end, severity].map(|name| Some(name.to_owned())), ..self }
    }

    /// Adds healthy traffic of that length before the first row and after the last; a negative length is none.
    #[must_use]
    pub fn with_margin(self, margin: TimeDelta) -> Self {
        Self { margin: margin.max(TimeDelta::zero()), ..self }
    }

    /// Makes the traffic that of one SLO: what a row did that names others only is not in it. The list is as long as
    /// before, and its incidents are all there.
    #[must_use]
    pub fn with_slo(self, name: &str) -> Self {
        Self { slo: Some(name.to_owned()), ..self }
    }

    /// Reads the list in that file, plain or gzip.
    ///
    /// # Errors
    /// When the file cannot be opened, and as [`OutageList::read`] says.
    pub fn read_file(&self, path: impl AsRef<Path>) -> Result<Outages, Error> {
        let table = path.as_ref().display().to_string();
        match File::open(path) {
            Ok(file) => self.read(&table, file),
            Err(source) => Err(Error::Open { table, source }),
        }
    }

    /// Reads a list from anywhere, plain or gzip; errors call it `table`.
    ///
    /// # Errors
    /// When the list cannot be read to its end, has no row, or a cell is amiss; when an outage does not end after its
    /// start; when all lies more than [`MOST_SLOTS`] minutes apart.
    pub fn read(&self, table: &str, input: impl Read) -> Result<Outages, Error> {
        let mut table = Table::open(table, input)?;
        let columns =
            self.find_columns(&table).map_err(|problem| table.error(table.first_line(), problem))?;
        let slos = table.find("slo").map_err(|problem| table.error(table.first_line(), problem))?;
        let mut outages: Vec<Outage> = Vec::new();
        let mut times = None;
        while let Some(row) = table.next_row()? {
            let (line, is_full) = (row.line, outages.len() as u64 >= MOST_SLOTS.unsigned_abs());
            let outage = if is_full {
                Err(Problem::TooManyRows)
            } else {
                self.outage(&row, columns, slos, &mut times)
            };
            outages.push(outage.map_err(|problem| table.error(line, problem))?);
        }
        let (_, last) = table.progress();
        let counts = self.counts(&outages, last).map_err(|(line, problem)| table.error(line, problem))?;
        let (notices, real): (Vec<_>, Vec<_>) =
            outages.into_iter().partition(|outage| outage.severity == Share::NONE && outage.slos.is_empty());
        let label = |outage: &Outage| format!("line {}, severity {}", outage.line, outage.severity);
        let incident =
            |outage: Outage| Incident::labelled(outage.interval, label(&outage)).with_slos(outage.slos);
        let incidents = real.into_iter().map(incident).collect();
        let origin = (times == Some(Times::Seconds)).then_some(self.origin);
        Ok(Outages { counts, incidents, notices: notices.len() as u64, origin })
    }

    fn find_columns(&self, table: &Table<'_, impl Read>) -> Result<[Column; 3], Problem> {
        let [start, end, severity] = &self.columns;
        Ok([
            table.column_or(start.as_deref(), &["start_time", "start"])?,
            table.column_or(end.as_deref(), &["end_time", "end"])?,
            table.column_or(severity.as_deref(), &["status", "severity"])?,
        ])
    }

    fn outage(
        &self,
        row: &Row<'_>,
        columns: [Column; 3],
        slos: Option<Column>,
        times: &mut Option<Times>,
    ) -> Result<Outage, Problem> {
        let [start, end, severity] = columns;
        let is_number = || decimal(row.text(start)).is_some();
        let times = *times.get_or_insert_with(|| if is_number() { Times::Seconds } else { Times::Rfc3339 });
        let at = |column| {
            let at = match times {
                Times::Rfc3339 => rfc3339(row.text(column)),
                Times::Seconds => {
                    seconds(row.text(column)).and_then(|after| self.origin.checked_add_signed(after))
                }
            };
            at.ok_or_else(|| row.not(column, Expected::TimeOrSeconds))
        };
        let (start, end) = (at(start)?, at(end)?);
        let interval = Interval::new(start, end).map_err(|_| Problem::Reversed { start, end })?;
        let slos = slos.map_or("", |column| row.text(column)).split(';').map(str::trim);
        let slos = slos.filter(|name| !name.is_empty()).map(str::to_owned).collect();
        let share = row.share(severity)?;
        if !WHOLE.is_multiple_of(share.as_ratio().denominator()) {
            return Err(row.not(severity, Expected::Share));
        }
        Ok(Outage { line: row.line, interval, severity: share, slos })
    }

    fn counts(&self, outages: &[Outage], last_line: u64) -> Result<Counts, (u64, Problem)> {
        let first = outages.iter().min_by_key(|outage| outage.interval.start());
        let last = outages.iter().max_by_key(|outage| outage.interval.end());
        let Some((first, last)) = first.zip(last) else {
            return Err((last_line, Problem::NoRow { filter: None }));
        };
        let slot = TimeDelta::microseconds(MINUTE);
        let margin = self.margin.num_microseconds().unwrap_or(i64::MAX);
        let from = first.interval.start().timestamp_micros().saturating_sub(margin).div_euclid(MINUTE);
        let to = last.interval.end().timestamp_micros().saturating_add(margin);
        let minutes = from..to.div_euclid(MINUTE) + i64::from(to.rem_euclid(MINUTE) > 0);
        let (start, at) = (first.interval.start(), last.interval.end());
        let too_far = || (last.line, Problem::TooFarApart { at, start, slot });
        if minutes.end - minutes.start > MOST_SLOTS {
            return Err(too_far());
        }
        let begin = |minute: i64| DateTime::from_timestamp_micros(minute * MINUTE).ok_or_else(too_far);
        let mut counts = Counts::per_minute(begin(from)?);
        let is_hit = |outage: &&Outage| match &self.slo {
            Some(name) => outage.slos.is_empty() || outage.slos.contains(name),
            None => true,
        };
        let stretches = stretches(outages.iter().filter(is_hit));
        let mut open = stretches.as_slice();
        let requests = u64::from(self.requests_per_minute.get());
        for minute in minutes {
            let at = begin(minute)?;
            let next = at + slot;
            while let [stretch, rest @ ..] = open
                && stretch.end <= at
            {
                open = rest;
            }
            // 10⁻¹⁸ × 10⁻⁶ s; with 2³² requests it stays far below 2¹²⁸.
            let failed: u128 = open
                .iter()
                .take_while(|stretch| stretch.start < next)
                .map(|stretch| stretch.severity * micros(stretch.end.min(next) - stretch.start.max(at)))
                .sum();
            let all = WHOLE * u128::from(MINUTE.unsigned_abs());
            let bad = (2 * failed * u128::from(requests) + all) / (2 * all);
            let tally = u64::try_from(bad).ok().and_then(|bad| Tally::from_bad(bad, requests).ok());
            counts.add(at, tally.unwrap_or_default()).map_err(|_| (last.line, Problem::TooManyEvents))?;
        }
        Ok(counts)
    }
}

/// The time in which something failed, cut where the largest severity changes, in order.
fn stretches<'a>(outages: impl Iterator<Item = &'a Outage>) -> Vec<Stretch> {
    let mut changes: BTreeMap<DateTime<Utc>, Vec<(u128, bool)>> = BTreeMap::new();
    for outage in outages {
        let ratio = outage.severity.as_ratio();
        let severity = ratio.numerator() * (WHOLE / ratio.denominator());
        changes.entry(outage.interval.start()).or_default().push((severity, true));
        changes.entry(outage.interval.end()).or_default().push((severity, false));
    }
    let mut open: BTreeMap<u128, usize> = BTreeMap::new();
    let mut stretches = Vec::new();
    let mut since = DateTime::<Utc>::MIN_UTC;
    for (at, changes) in changes {
        if let Some((severity, _)) = open.last_key_value()
            && *severity > 0
        {
            stretches.push(Stretch { start: since, end: at, severity: *severity });
        }
        for (severity, begins) in changes {
            let count = open.entry(severity).or_default();
            *count = if begins { *count + 1 } else { *count - 1 };
        }
        open.retain(|_, count| *count > 0);
        since = at;
    }
    stretches
}

fn micros(length: TimeDelta) -> u128 {
    length.num_microseconds().and_then(|micros| u128::try_from(micros).ok()).unwrap_or(0)
}

fn rfc3339(text: &str) -> Option<DateTime<Utc>> {
    let at = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
    at.timestamp_subsec_nanos().is_multiple_of(1000).then_some(at)
}

fn seconds(text: &str) -> Option<TimeDelta> {
    let micros = decimal(text)?.checked_mul(Ratio::whole(1_000_000))?;
    let micros = (micros.denominator() == 1).then(|| i64::try_from(micros.numerator()).ok())??;
    Some(TimeDelta::microseconds(micros))
}
