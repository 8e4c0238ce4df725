//! A list of corrections: planned maintenance, with what happens to its time.

use super::error::{Expected, Problem};
use super::table::{Row, Table};
use super::{Error, TimeFormat};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use toban_core::Interval;
use toban_slo::{Correction, Treatment};

/// Reads a list of corrections: a table with the columns `start`, `end` (RFC 3339), `treatment` (`count_good`,
/// `drop_events` or `drop_time`) and `reason`, and, where it is on record, `recorded_by` and `recorded_at`.
///
/// ```
/// let list = "start,end,treatment,reason\n2026-03-01T00:00:00Z,2026-03-01T02:00:00Z,drop_time,moving house\n";
/// let corrections = toban_adapters::csv::read_corrections("maintenance.csv", list.as_bytes())?;
/// assert_eq!(corrections[0].reason, "moving house");
/// # Ok::<(), toban_adapters::csv::Error>(())
/// ```
///
/// # Errors
/// When the list cannot be read to its end, or a cell is amiss, or a correction does not end after its start.
pub fn read_corrections(table: &str, input: impl Read) -> Result<Vec<Correction>, Error> {
    let mut table = Table::open(table, input)?;
    let head = table.first_line();
    let column = |name: &str| table.column(name);
    let columns = (|| {
        let is_recorded = table.find("recorded_by")?.or(table.find("recorded_at")?).is_some();
        let recorded =
            if is_recorded { Some((column("recorded_by")?, column("recorded_at")?)) } else { None };
        Ok(([column("start")?, column("end")?, column("treatment")?, column("reason")?], recorded))
    })();
    let ([start, end, treatment, reason], recorded) =
        columns.map_err(|problem| table.error(head, problem))?;
    let read = |row: &Row<'_>| {
        let format = TimeFormat::Rfc3339;
        let at =
            |column| format.read(row.text(column)).ok_or_else(|| row.not(column, Expected::Time(format)));
        let (from, to) = (at(start)?, at(end)?);
        let interval = Interval::new(from, to).map_err(|_| Problem::Reversed { start: from, end: to })?;
        let kind = match row.text(treatment) {
            "count_good" => Treatment::CountGood,
            "drop_events" => Treatment::DropEvents,
            "drop_time" => Treatment::DropTime,
            _ => return Err(row.not(treatment, Expected::Treatment)),
        };
        let correction = Correction::new(interval, kind, row.text(reason));
        match recorded.filter(|(by, at)| !(row.text(*by).is_empty() && row.text(*at).is_empty())) {
            Some((by, when)) => Ok(correction.with_recorded(row.text(by), at(when)?)),
            None => Ok(correction),
        }
    };
    let mut corrections = Vec::new();
    while let Some(row) = table.next_row()? {
        let line = row.line;
        corrections.push(read(&row).map_err(|problem| table.error(line, problem))?);
    }
    Ok(corrections)
}

/// Reads the list of corrections in that file, plain or gzip.
///
/// # Errors
/// When the file cannot be opened, and as [`read_corrections`] says.
pub fn read_corrections_file(path: impl AsRef<Path>) -> Result<Vec<Correction>, Error> {
    let table = path.as_ref().display().to_string();
    match File::open(path) {
        Ok(file) => read_corrections(&table, file),
        Err(source) => Err(Error::Open { table, source }),
    }
}
