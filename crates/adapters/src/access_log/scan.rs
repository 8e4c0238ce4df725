//! Reads a log once for many queries.

use super::entry::Entry;
use super::gather::Gather;
use super::grid::{Grid, Place, instant};
use super::timestamp::Timestamps;
use super::{Answer, Error, MOST_EXAMPLES, Malformed, Query, Reading};
use crate::MOST_SLOTS;
use crate::lines::{Cause, Lines, Stop};
use crate::progress::{Listener, Progress};
use chrono::TimeDelta;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Reads a log once, in bounded memory, for many queries.
///
/// ```
/// use toban_adapters::access_log::{Answer, Filter, Query, Scan};
/// let log = br#"::1 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 17
/// ::1 - - [17/May/2015:10:06:59 +0000] "GET / HTTP/1.1" 502 0
/// "#;
/// let availability = Query::BadTotal { bad: Filter::any().with_status("5xx".parse()?), total: Filter::any() };
/// let reading = Scan::new(&[availability]).read("shop.log", &log[..])?;
/// let Some(Answer::Counts { counts, .. }) = reading.answers.first() else { unreachable!() };
/// let minutes: Vec<_> = counts.iter().filter_map(|(_, tally)| Some((tally?.good(), tally?.total()))).collect();
/// assert_eq!(minutes, [(1, 1), (0, 1)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Scan<'a> {
    queries: &'a [Query],
    slot: i64,
    listener: Listener<'a>,
}

impl<'a> Scan<'a> {
    /// Answers the queries in slots of one minute.
    #[must_use]
    pub fn new(queries: &'a [Query]) -> Self {
        Self { queries, slot: 60, listener: Listener::default() }
    }

    /// Answers in slots of that length, which lie on a grid from the Unix epoch on.
    ///
    /// # Errors
    /// When the length is not a whole number of seconds, from one to those of a day: a log tells no time more
    /// finely.
    pub fn with_slot(self, slot: TimeDelta) -> Result<Self, Error> {
        let seconds = slot.num_seconds();
        if TimeDelta::seconds(seconds) != slot || !(1..=86_400).contains(&seconds) {
            return Err(Error::Slot { slot });
        }
        Ok(Self { slot: seconds, ..self })
    }

    /// Tells every now and then how far it has come: each time that it has read on, and at the end.
    #[must_use]
    pub fn with_progress(self, progress: &'a mut dyn FnMut(Progress)) -> Self {
        Self { listener: Listener::new(progress), ..self }
    }

    /// Reads the log in that file, plain or gzip.
    ///
    /// # Errors
    /// When the file cannot be opened, and as [`Scan::read`] says.
    pub fn read_file(self, path: impl AsRef<Path>) -> Result<Reading, Error> {
        let log = path.as_ref().display().to_string();
        match File::open(path) {
            Ok(file) => self.read(&log, file),
            Err(source) => Err(Error::Open { log, source }),
        }
    }

    /// Reads a log from anywhere, plain or gzip; errors call it `log`.
    ///
    /// Reads in large blocks: a buffered reader gains nothing.
    ///
    /// # Errors
    /// When the log cannot be read to its end, holds a line longer than [`LONGEST_LINE`](crate::LONGEST_LINE) or no entry at all, or
    /// when two of its entries lie more than [`MOST_SLOTS`](crate::MOST_SLOTS) apart. Each error tells the place.
    pub fn read(mut self, log: &str, input: impl Read) -> Result<Reading, Error> {
        let mut pass = Pass::new(log, self.queries, self.slot);
        let mut lines = Lines::open(input).map_err(|stop| pass.stopped(stop))?;
        while let Some((number, line)) = lines.next_line().map_err(|stop| pass.stopped(stop))? {
            pass.read_line(number, line)?;
            self.listener.note(lines.bytes(), number);
        }
        self.listener.finish(lines.bytes(), lines.line());
        pass.finish()
    }
}

/// One pass over a log.
struct Pass<'a> {
    log: &'a str,
    grid: Grid,
    timestamps: Timestamps,
    gathers: Vec<Gather<'a>>,
    needs_request: bool,
    lines: u64,
    malformed: u64,
    examples: Vec<Malformed>,
    with_request_time: u64,
}

impl<'a> Pass<'a> {
    fn new(log: &'a str, queries: &'a [Query], slot: i64) -> Self {
        Self {
            log,
            grid: Grid::new(slot),
            timestamps: Timestamps::default(),
            gathers: queries.iter().map(Gather::new).collect(),
            needs_request: queries.iter().any(Query::needs_request),
            lines: 0,
            malformed: 0,
            examples: Vec::new(),
            with_request_time: 0,
        }
    }

    fn read_line(&mut self, number: u64, line: &[u8]) -> Result<(), Error> {
        self.lines = number;
        match Entry::parse_with(line, &mut self.timestamps) {
            Ok(entry) => self.count(&entry),
            Err(fault) => {
                self.malformed += 1;
                if self.examples.len() < MOST_EXAMPLES {
                    self.examples.push(Malformed::new(number, fault, line));
                }
                Ok(())
            }
        }
    }

    fn count(&mut self, entry: &Entry<'_>) -> Result<(), Error> {
        self.with_request_time += u64::from(entry.micros().is_some());
        let place = match self.grid.place(self.lines, entry.seconds()) {
            Place::Known(place) => place,
            Place::New(place) => {
                self.gathers.iter_mut().for_each(Gather::add_slot);
                place
            }
            Place::TooFarFrom(other) => {
                return Err(Error::TooFarApart {
                    log: self.log.to_owned(),
                    line: self.lines,
                    at: entry.at(),
                    other_line: other.line,
                    other_at: instant(other.seconds),
                    slots: MOST_SLOTS,
                });
            }
        };
        let request = if self.needs_request { entry.method_and_path() } else { None };
        for gather in &mut self.gathers {
            gather.count(place, entry, request);
        }
        Ok(())
    }

    fn stopped(&self, Stop { line, cause }: Stop) -> Error {
        let log = self.log.to_owned();
        match cause {
            Cause::Gzip(source) => Error::Gzip { log, line, source },
            Cause::LineTooLong => Error::LineTooLong { log, line: line + 1 },
            Cause::Read(source) => Error::Read { log, line, source },
        }
    }

    fn finish(self) -> Result<Reading, Error> {
        let log = || self.log.to_owned();
        let Some((first, last)) = self.grid.ends() else {
            return Err(match self.examples.into_iter().next() {
                Some(first) => Error::NoEntry { log: log(), lines: self.lines, first: Box::new(first) },
                None => Error::Empty { log: log() },
            });
        };
        let answer = |gather: &Gather<'_>| {
            if gather.needs_request_time() && self.with_request_time == 0 {
                return Ok(Answer::NoRequestTimes);
            }
            gather.answer(&self.grid)
        };
        let answers = self.gathers.iter().map(answer).collect::<Result<_, _>>();
        Ok(Reading {
            answers: answers.map_err(|source| Error::Counts { log: log(), source })?,
            lines: self.lines,
            malformed: self.malformed,
            with_request_time: self.with_request_time,
            first: instant(first.seconds),
            last: instant(last.seconds),
            examples: self.examples,
        })
    }
}
