//! Reads a log once for many queries.

use super::entry::Entry;
use super::gather::Gather;
use super::grid::{TooManySlots, instant};
use super::stretch::{End, Sorted, Stretches};
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
    /// Seconds, for each query.
    slots: Vec<i64>,
    listener: Listener<'a>,
}

impl<'a> Scan<'a> {
    /// Answers the queries in slots of one minute.
    #[must_use]
    pub fn new(queries: &'a [Query]) -> Self {
        Self { queries, slots: vec![60; queries.len()], listener: Listener::default() }
    }

    /// Answers each query in slots of that length, which lie on a grid from the Unix epoch on.
    ///
    /// # Errors
    /// When the length is not a whole number of seconds, from one to those of a day: a log tells no time more
    /// finely.
    pub fn with_slot(self, slot: TimeDelta) -> Result<Self, Error> {
        let queries = self.queries.len();
        self.with_slots(std::iter::repeat_n(slot, queries))
    }

    /// Answers the first query in slots of the first length, and so on; a query without a length keeps its own.
    ///
    /// # Errors
    /// When a length is none for [`Scan::with_slot`].
    pub fn with_slots(mut self, slots: impl IntoIterator<Item = TimeDelta>) -> Result<Self, Error> {
        for (known, slot) in self.slots.iter_mut().zip(slots) {
            *known = slot.num_seconds();
            if TimeDelta::seconds(*known) != slot || !(1..=86_400).contains(known) {
                return Err(Error::Slot { slot });
            }
        }
        Ok(self)
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
    /// When the log cannot be read to its end, holds a line longer than [`LONGEST_LINE`](crate::LONGEST_LINE) or no
    /// entry at all, or when its entries reach over more than [`MOST_SLOTS`](crate::MOST_SLOTS) of a query, without
    /// those few that a wrong clock [strays](super::Fault::Stray) far from the others. Each error tells the place.
    pub fn read(mut self, log: &str, input: impl Read) -> Result<Reading, Error> {
        let mut pass = Pass::new(log, self.queries, &self.slots);
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
    timestamps: Timestamps,
    stretches: Stretches,
    gathers: Vec<Gather<'a>>,
    needs_request: bool,
    lines: u64,
    malformed: u64,
    examples: Vec<Malformed>,
}

impl<'a> Pass<'a> {
    fn new(log: &'a str, queries: &'a [Query], slots: &[i64]) -> Self {
        Self {
            log,
            timestamps: Timestamps::default(),
            stretches: Stretches::default(),
            gathers: queries.iter().zip(slots).map(|(query, slot)| Gather::new(query, *slot)).collect(),
            needs_request: queries.iter().any(Query::needs_request),
            lines: 0,
            malformed: 0,
            examples: Vec::new(),
        }
    }

    fn read_line(&mut self, number: u64, line: &[u8]) -> Result<(), Error> {
        self.lines = number;
        match Entry::parse_with(line, &mut self.timestamps) {
            Ok(entry) => self.count(line, &entry),
            Err(fault) => {
                self.malformed += 1;
                if self.examples.len() < MOST_EXAMPLES {
                    self.examples.push(Malformed::new(number, fault, line));
                }
                Ok(())
            }
        }
    }

    fn count(&mut self, text: &[u8], entry: &Entry<'_>) -> Result<(), Error> {
        self.stretches.add(self.lines, text, entry);
        let request = if self.needs_request { entry.method_and_path() } else { None };
        for gather in &mut self.gathers {
            if let Err(TooManySlots) = gather.count(entry, request) {
                let here = End { seconds: entry.seconds(), line: self.lines };
                let (first, last) = self.stretches.ends().unwrap_or((here, here));
                return Err(too_far_apart(self.log, first, last));
            }
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
        let Some(Sorted { first, last, with_request_time, strays, examples: straying }) =
            self.stretches.sort()
        else {
            return Err(match self.examples.into_iter().next() {
                Some(first) => Error::NoEntry { log: log(), lines: self.lines, first: Box::new(first) },
                None => Error::Empty { log: log() },
            });
        };
        let slots = |gather: &Gather<'_>| gather.grid().slots(first.seconds, last.seconds);
        if self.gathers.iter().map(slots).any(|slots| slots.end - slots.start > MOST_SLOTS) {
            return Err(too_far_apart(self.log, first, last));
        }
        let answer = |gather: &Gather<'_>| {
            if gather.needs_request_time() && with_request_time == 0 {
                return Ok(Answer::NoRequestTimes);
            }
            gather.answer(&slots(gather))
        };
        let answers = self.gathers.iter().map(answer).collect::<Result<_, _>>();
        let finest = self.gathers.iter().min_by_key(|gather| gather.grid().slot());
        Ok(Reading {
            answers: answers.map_err(|source| Error::Counts { log: log(), source })?,
            lines: self.lines,
            malformed: self.malformed + strays,
            with_request_time,
            first: instant(first.seconds),
            last: instant(last.seconds),
            longest_silence: finest.and_then(|gather| gather.grid().longest_silence(&slots(gather))),
            examples: examples(self.examples, straying),
        })
    }
}

/// The first lines of two kinds, of which each has one where there are any.
fn examples(mut malformed: Vec<Malformed>, straying: Vec<Malformed>) -> Vec<Malformed> {
    if !straying.is_empty() {
        malformed.truncate(MOST_EXAMPLES - 1);
    }
    let room = MOST_EXAMPLES - malformed.len();
    malformed.extend(straying.into_iter().take(room));
    malformed.sort_by_key(|example| example.line);
    malformed
}

/// An error at the later line of the two.
fn too_far_apart(log: &str, first: End, last: End) -> Error {
    let (line, other) = if first.line > last.line { (first, last) } else { (last, first) };
    Error::TooFarApart {
        log: log.to_owned(),
        line: line.line,
        at: instant(line.seconds),
        other_line: other.line,
        other_at: instant(other.seconds),
        slots: MOST_SLOTS,
    }
}
