//! Rows of cells, each with its line.

use super::error::{Error, Expected, Problem};
use crate::lines::{Cause, Lines, Stop};
use csv_core::{ReadRecordResult, Reader};
use std::io::Read;
use toban_core::{Ratio, Share};

/// A table, of which the names of the columns have been read.
pub(super) struct Table<'a, R: Read> {
    name: &'a str,
    lines: Lines<R>,
    /// The line of the names.
    first_line: u64,
    columns: Vec<String>,
    cells: Cells,
}

/// One row.
#[derive(Clone, Copy)]
pub(super) struct Row<'t> {
    pub(super) line: u64,
    columns: &'t [String],
    cells: &'t Cells,
}

/// A column, by its place in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Column(usize);

impl<'a, R: Read> Table<'a, R> {
    pub(super) fn open(name: &'a str, input: R) -> Result<Self, Error> {
        let lines = Lines::open(input).map_err(|stop| stopped(name, stop))?;
        let mut table = Self { name, lines, first_line: 1, columns: Vec::new(), cells: Cells::new() };
        if let Some(row) = table.next_row()? {
            (table.first_line, table.columns) = (row.line, row.cells.iter().map(str::to_owned).collect());
        }
        Ok(table)
    }

    /// The next line with text, if there is one.
    pub(super) fn next_row(&mut self) -> Result<Option<Row<'_>>, Error> {
        let Self { name, lines, columns, cells, .. } = self;
        while let Some((line, text)) = lines.next_line().map_err(|stop| stopped(name, stop))? {
            let is_row = cells.read(text).map_err(|problem| row_error(name, line, problem))?;
            if is_row {
                if !columns.is_empty() && cells.len() != columns.len() {
                    let problem = Problem::UnequalLength { cells: cells.len(), columns: columns.len() };
                    return Err(row_error(name, line, problem));
                }
                return Ok(Some(Row { line, columns, cells }));
            }
        }
        Ok(None)
    }

    pub(super) fn first_line(&self) -> u64 {
        self.first_line
    }

    /// Bytes that came from outside, and lines that have been read.
    pub(super) fn progress(&self) -> (u64, u64) {
        (self.lines.bytes(), self.lines.line())
    }

    /// An error in that line of this table.
    pub(super) fn error(&self, line: u64, problem: Problem) -> Error {
        row_error(self.name, line, problem)
    }

    /// The column of that name, if there is one.
    pub(super) fn find(&self, name: &str) -> Result<Option<Column>, Problem> {
        let mut found = self.columns.iter().enumerate().filter(|(_, column)| *column == name);
        match (found.next(), found.next()) {
            (Some(_), Some(_)) => Err(Problem::TwoColumns { column: name.to_owned() }),
            (first, _) => Ok(first.map(|(place, _)| Column(place))),
        }
    }

    /// The column of that name.
    pub(super) fn column(&self, name: &str) -> Result<Column, Problem> {
        self.find(name)?.ok_or_else(|| self.no_column(format!("`{name}`")))
    }

    /// The column of that name, or where there is none, the first there is of the others.
    pub(super) fn column_or(&self, name: Option<&str>, others: &[&str]) -> Result<Column, Problem> {
        if let Some(name) = name {
            return self.column(name);
        }
        for name in others {
            if let Some(column) = self.find(name)? {
                return Ok(column);
            }
        }
        let quoted: Vec<String> = others.iter().map(|name| format!("`{name}`")).collect();
        Err(self.no_column(quoted.join(" or ")))
    }

    pub(super) fn no_column(&self, wanted: String) -> Problem {
        Problem::NoColumn { wanted, columns: self.columns.clone() }
    }

    pub(super) fn name_of(&self, Column(place): Column) -> &str {
        self.columns.get(place).map_or("", String::as_str)
    }
}

impl<'t> Row<'t> {
    /// What stands in the cell, without spaces around it.
    pub(super) fn text(&self, Column(place): Column) -> &'t str {
        self.cells.get(place)
    }

    pub(super) fn name_of(&self, Column(place): Column) -> &'t str {
        self.columns.get(place).map_or("", String::as_str)
    }

    pub(super) fn count(&self, column: Column) -> Result<u64, Problem> {
        let text = self.text(column);
        let is_whole = text.bytes().all(|byte| byte.is_ascii_digit());
        let count = if is_whole { text.parse().ok() } else { None };
        count.ok_or_else(|| self.not(column, Expected::Count))
    }

    pub(super) fn value(&self, column: Column) -> Result<Ratio, Problem> {
        number(self.text(column)).ok_or_else(|| self.not(column, Expected::Value))
    }

    pub(super) fn share(&self, column: Column) -> Result<Share, Problem> {
        let value = self.value(column).ok().and_then(|value| Share::new(value).ok());
        value.ok_or_else(|| self.not(column, Expected::Share))
    }

    /// That the cell holds something else.
    pub(super) fn not(&self, column: Column, expected: Expected) -> Problem {
        let text = self.text(column).chars().take(40).collect();
        Problem::Cell { column: self.name_of(column).to_owned(), text, expected }
    }
}

/// The number that a decimal text shows. A fraction such as `2/3` is a ratio too, but no cell of a table.
pub(super) fn decimal(text: &str) -> Option<Ratio> {
    if text.contains('/') { None } else { text.parse().ok() }
}

/// The number that a text shows, to its last digit: a decimal, maybe with an exponent, as programs write shares that are
/// small. None of more than 38 decimals, or than 128 bits hold.
fn number(text: &str) -> Option<Ratio> {
    if let Some(short) = decimal(text) {
        return Some(short);
    }
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{part}");
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let exponent: i64 = exponent.parse().ok()?;
    let digits = digits.trim_start_matches('0');
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return Some(Ratio::ZERO);
    }
    let behind = i64::try_from(part.len()).ok()? - i64::try_from(digits.len() - significant.len()).ok()?;
    let decimals = behind.checked_sub(exponent)?;
    let number: u128 = significant.parse().ok()?;
    let power = 10_u128.checked_pow(u32::try_from(decimals.unsigned_abs()).ok()?)?;
    if decimals > 0 { Ratio::new(number, power).ok() } else { number.checked_mul(power).map(Ratio::whole) }
}

fn row_error(table: &str, line: u64, problem: Problem) -> Error {
    Error::Row { table: table.to_owned(), line, problem }
}

fn stopped(table: &str, Stop { line, cause }: Stop) -> Error {
    match cause {
        Cause::LineTooLong => row_error(table, line + 1, Problem::TooLong),
        Cause::Gzip(source) | Cause::Read(source) => Error::Read { table: table.to_owned(), line, source },
    }
}

/// The cells of one row, in buffers that the next row uses again.
#[derive(Debug)]
struct Cells {
    /// Its tables are made once: they cost more than a row.
    reader: Reader,
    input: Vec<u8>,
    output: Vec<u8>,
    ends: Vec<usize>,
    text: String,
}

impl Cells {
    fn new() -> Self {
        let (input, output, ends) = (Vec::new(), Vec::new(), Vec::new());
        Self { reader: Reader::new(), input, output, ends, text: String::new() }
    }

    /// Reads a line; whether there is a row in it.
    fn read(&mut self, line: &[u8]) -> Result<bool, Problem> {
        let line = std::str::from_utf8(line).map_err(|_| Problem::Utf8)?.trim_start_matches('\u{feff}');
        if line.trim().is_empty() {
            return Ok(false);
        }
        self.input.clear();
        self.input.extend_from_slice(line.trim_end_matches('\r').as_bytes());
        self.input.push(b'\n');
        self.output.resize(self.input.len(), 0);
        self.ends.resize(self.input.len(), 0);
        self.reader.reset();
        let (result, read, written, ends) =
            self.reader.read_record(&self.input, &mut self.output, &mut self.ends);
        // Where a quote is open, the end of the line belongs to the cell, and the row is not at its end.
        if !matches!(result, ReadRecordResult::Record) || read != self.input.len() {
            return Err(Problem::NotOneRow);
        }
        self.ends.truncate(ends);
        self.text.clear();
        let text = self.output.get(..written).map(std::str::from_utf8);
        self.text.push_str(text.and_then(Result::ok).ok_or(Problem::Utf8)?);
        Ok(true)
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    fn get(&self, place: usize) -> &str {
        let start = place.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(place).copied().unwrap_or(start);
        self.text.get(start..end).unwrap_or_default().trim()
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|place| self.get(place))
    }
}
