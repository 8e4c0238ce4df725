//! Programs that are started for an order of a machine, or to find something out.

use crate::command::{Command, End, Ending, Ran};
use crate::left;
use chrono::TimeDelta;
use toban_core::{Message, PortError, PortErrorKind, Receipt};
use toban_durable::Order;

/// How long a program may take that is started for no order, or that tells people: as long as a machine gives it.
pub(crate) const PATIENCE: TimeDelta = TimeDelta::seconds(30);

/// What a program is started for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct For<'a> {
    pub(crate) key: &'a str,
    pub(crate) attempt: u32,
    pub(crate) fence: u64,
    pub(crate) time_out: TimeDelta,
    pub(crate) is_once: bool,
}

impl<'a> For<'a> {
    pub(crate) fn order<E>(order: &'a Order<E>) -> Self {
        let Order { key, attempt, fence, time_out, .. } = order;
        Self { key, attempt: *attempt, fence: fence.0, time_out: *time_out, is_once: false }
    }
}

/// What all programs of one definition see.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings {
    /// What names the journal that the orders stand in.
    pub(crate) journal: Option<String>,
    /// The variables of the environment beside the usual ones.
    pub(crate) variables: Vec<String>,
    /// Where they run.
    pub(crate) folder: Option<String>,
}

impl Surroundings {
    /// A program with its surroundings, and what it is for.
    pub(crate) fn command(&self, argv: &[String], what: Option<For<'_>>) -> Result<Command, PortError> {
        let time_out = what.map_or(PATIENCE, |what| what.time_out).to_std().unwrap_or_default();
        let command = Command::new(argv, time_out)
            .map_err(|error| failure(PortErrorKind::Invalid, "start a program", error))?;
        let command = match what {
            Some(what) => command
                .with_variable("TOBAN_ORDER", what.key)
                .with_variable("TOBAN_ATTEMPT", what.attempt.to_string())
                .with_variable("TOBAN_FENCE", what.fence.to_string())
                .with_variable("TOBAN_REPEATABLE", if what.is_once { "no" } else { "yes" }),
            None => command,
        };
        let command = match &self.journal {
            Some(journal) => command.with_variable("TOBAN_JOURNAL", journal),
            None => command,
        };
        let command = self.variables.iter().fold(command, |command, name| command.allowing(name.clone()));
        Ok(match &self.folder {
            Some(folder) => command.in_folder(folder),
            None => command,
        })
    }

    pub(crate) async fn run(&self, argv: &[String], what: Option<For<'_>>) -> Result<Ran, PortError> {
        self.command(argv, what)?.run_heeding(&Ending::new()).await
    }

    /// Runs it to its good end; what it printed.
    pub(crate) async fn succeed(
        &self,
        argv: &[String],
        what: Option<For<'_>>,
        operation: &'static str,
    ) -> Result<String, PortError> {
        let ran = self.run(argv, what).await?;
        let kind = match ran.end {
            End::Exit(0) => return Ok(ran.out.text),
            End::TimedOut => PortErrorKind::TimedOut,
            End::Exit(_) | End::Signal(_) => PortErrorKind::Unavailable,
        };
        Err(failure(kind, operation, complaint(argv, &ran)))
    }

    /// The same, once nothing runs any more that a dead process left.
    pub(crate) async fn succeed_alone(
        &self,
        argv: &[String],
        what: For<'_>,
        waits_for_once: bool,
        operation: &'static str,
    ) -> Result<String, PortError> {
        self.alone(what, waits_for_once)
            .await
            .map_err(|why| failure(PortErrorKind::TimedOut, operation, why))?;
        self.succeed(argv, Some(what), operation).await
    }

    /// Waits until nothing of the same machine runs that a dead process left.
    pub(crate) async fn alone(&self, what: For<'_>, waits_for_once: bool) -> Result<(), &'static str> {
        left::alone(self.journal.as_deref(), what, waits_for_once).await
    }

    /// Tells people through a program, which is given the words and the data of the message, and these fields.
    pub(crate) async fn tell(
        &self,
        argv: &[String],
        message: &Message,
        fields: &[(&str, &str)],
    ) -> Result<Receipt, PortError> {
        let Message { key, attempt, fence, words, data } = message;
        let own = [("what", data.as_str()), ("ja", &words.ja), ("en", &words.en)];
        let argv = filled(argv, &[&own, fields].concat());
        let what = For { key, attempt: *attempt, fence: *fence, time_out: PATIENCE, is_once: false };
        self.succeed_alone(&argv, what, false, "tell people").await.map(|_| Receipt::default())
    }
}

pub(crate) fn failure(
    kind: PortErrorKind,
    operation: &'static str,
    why: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> PortError {
    PortError::new(kind, operation, "programs", why)
}

/// How a program ended, and the last that it said.
pub(crate) fn complaint(argv: &[String], ran: &Ran) -> String {
    let program = argv.first().map_or("", String::as_str);
    let said = [&ran.err.text, &ran.out.text].into_iter().find_map(|text| last_line(text));
    let said = said.map(|line| format!(": {line}")).unwrap_or_default();
    format!("{program} {}{said}", ran.end)
}

/// The last line that says something, not longer than a person reads.
pub(crate) fn last_line(text: &str) -> Option<String> {
    let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty())?;
    Some(line.chars().take(300).collect())
}

/// Each argument with its fields filled in; in what is filled in, nothing is.
pub(crate) fn filled(argv: &[String], fields: &[(&str, &str)]) -> Vec<String> {
    let fill = |argument: &String| {
        let (mut filled, mut rest) = (String::new(), argument.as_str());
        while let Some((before, after)) = rest.split_once('{') {
            let field = |(field, value): &(&str, &'_ str)| {
                Some((after.strip_prefix(field)?.strip_prefix('}')?, (*value).to_owned()))
            };
            let (value, left) = match fields.iter().find_map(field) {
                Some((left, value)) => (value, left),
                None => ("{".to_owned(), after),
            };
            filled.extend([before, &value]);
            rest = left;
        }
        filled + rest
    };
    argv.iter().map(fill).collect()
}
