//! Reads a table once for many queries.

use super::series::Series;
use super::table::Table;
use super::{Answer, Error, Query};
use crate::progress::{Listener, Progress};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Reads a table once for many queries. Memory grows with its rows, of which a query may have at most
/// [`MOST_SLOTS`](crate::MOST_SLOTS).
#[derive(Debug)]
pub struct Scan<'a> {
    queries: &'a [Query],
    listener: Listener<'a>,
}

impl<'a> Scan<'a> {
    /// Answers the queries.
    #[must_use]
    pub fn new(queries: &'a [Query]) -> Self {
        Self { queries, listener: Listener::default() }
    }

    /// Tells every now and then how far it has come: each time that it has read on, and at the end.
    #[must_use]
    pub fn with_progress(self, progress: &'a mut dyn FnMut(Progress)) -> Self {
        Self { listener: Listener::new(progress), ..self }
    }

    /// Reads the table in that file, plain or gzip: an answer for each query, in the order of the queries.
    ///
    /// # Errors
    /// When the file cannot be opened, and as [`Scan::read`] says.
    pub fn read_file(self, path: impl AsRef<Path>) -> Result<Vec<Answer>, Error> {
        let table = path.as_ref().display().to_string();
        match File::open(path) {
            Ok(file) => self.read(&table, file),
            Err(source) => Err(Error::Open { table, source }),
        }
    }

    /// Reads a table from anywhere, plain or gzip: an answer for each query, in the order of the queries. Errors
    /// call it `table`.
    ///
    /// Reads in large blocks: a buffered reader gains nothing.
    ///
    /// # Errors
    /// When the table cannot be read to its end, or anything in it that a query looks at is amiss.
    pub fn read(mut self, table: &str, input: impl Read) -> Result<Vec<Answer>, Error> {
        let mut table = Table::open(table, input)?;
        let series =
            self.queries.iter().map(|query| Series::new(query, &table)).collect::<Result<Vec<_>, _>>();
        let mut series = series.map_err(|problem| table.error(table.first_line(), problem))?;
        while let Some(row) = table.next_row()? {
            let line = row.line;
            let taken = series.iter_mut().try_for_each(|series| series.take(&row));
            taken.map_err(|problem| table.error(line, problem))?;
            let (bytes, lines) = table.progress();
            self.listener.note(bytes, lines);
        }
        let (bytes, lines) = table.progress();
        self.listener.finish(bytes, lines);
        let answers = series.into_iter().map(|series| series.answer(lines.max(1)));
        answers.map(|answer| answer.map_err(|(line, problem)| table.error(line, problem))).collect()
    }
}
