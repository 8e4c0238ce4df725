//! A table of cron as routine work.

use std::collections::{BTreeMap, BTreeSet};
use toban_calendar::{
    BothDays, Cron, CronDialect, CronError, RecurrenceError, RecurrenceSpec, Zone, ZoneError,
};
use toban_core::Text;
use toban_routine::{DueRules, Missed, Overlap, RoutineDraft, TaskDraft, TaskId};

use super::entry::{Command, Entry, Line};
use super::remark::{Note, Remark};
use crate::shell;

/// Which form a table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// `/etc/crontab` and what lies in `/etc/cron.d`: a user stands before each command.
    System,
    /// What `crontab -l` prints.
    User,
}

/// Routine work that was read from a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Imported {
    /// The work, in the order of the table, without what could not be read.
    pub draft: RoutineDraft,
    /// What somebody should know about it, in the order of lines.
    pub notes: Vec<Note>,
    /// What could not be read, in the order of lines.
    pub errors: Vec<ImportError>,
}

/// A line that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {cause}")]
#[non_exhaustive]
pub struct ImportError {
    /// The line, counted from one.
    pub line: u64,
    /// What is amiss.
    pub cause: ImportCause,
}

/// What is amiss with a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportCause {
    /// The times cannot be read.
    #[error("`{schedule}`: {cause}")]
    Cron {
        /// The times as they are written.
        schedule: String,
        /// What is amiss with them.
        cause: CronError,
    },
    /// Other programs read it, and cron does not.
    #[error("`{schedule}`: crontab(5) has no `{field}`: `L`, `W` and `#` are understood elsewhere")]
    Extension {
        /// The times as they are written.
        schedule: String,
        /// The field.
        field: String,
    },
    /// Its times never come, as 31 February: cron reads it, and starts nothing by it.
    #[error("`{schedule}`: {cause}")]
    Never {
        /// The times as they are written.
        schedule: String,
        /// Why they never come.
        cause: RecurrenceError,
    },
    /// It says nothing to be run.
    #[error("`{schedule}`: no command follows")]
    NoCommand {
        /// The times as they are written.
        schedule: String,
    },
    /// `CRON_TZ` names no zone. What stands below it has no time until it does.
    #[error("CRON_TZ: {cause}")]
    Zone {
        /// What is amiss with it.
        cause: ZoneError,
    },
}

/// Reads a table; `zone` is that of the times for which `CRON_TZ` says nothing.
#[must_use]
pub fn import(table: &str, form: Form, zone: Option<Zone>) -> Imported {
    let mut reading = Reading::default();
    reading.imported.draft.zone = zone.map(|zone| zone.to_string());
    for (line, text) in (1..).zip(table.lines()) {
        reading.line = line;
        match Line::of(text, form == Form::System) {
            Line::Blank => reading.title = None,
            Line::Comment(text) => reading.title = Some(text).filter(|text| !text.is_empty()),
            Line::Assignment { name, value } => {
                reading.title = None;
                reading.assign(name, value);
            }
            Line::Entry(entry) => {
                if let Err(cause) = reading.entry(entry) {
                    reading.imported.errors.push(ImportError { line, cause });
                }
                reading.title = None;
            }
        }
    }
    reading.imported
}

#[derive(Debug, Default)]
struct Reading<'a> {
    imported: Imported,
    line: u64,
    /// The comment right above.
    title: Option<&'a str>,
    /// What `CRON_TZ` says.
    zone: Option<String>,
    shell: Option<String>,
    environment: Vec<(String, String)>,
    names: BTreeSet<TaskId>,
    /// How many tasks were named after the same command.
    alike: BTreeMap<String, usize>,
    has_times_without_zone: bool,
}

impl Reading<'_> {
    fn note(&mut self, remark: Remark) {
        self.imported.notes.push(Note { line: self.line, remark });
    }

    fn assign(&mut self, name: String, value: String) {
        match name.as_str() {
            "CRON_TZ" => {
                self.zone = Some(value.clone()).filter(|zone| !zone.is_empty());
                match self.zone.as_deref().map(Zone::parse) {
                    Some(Err(cause)) => {
                        let cause = ImportCause::Zone { cause };
                        self.imported.errors.push(ImportError { line: self.line, cause });
                    }
                    Some(Ok(_)) => self.note(Remark::Zone { zone: value }),
                    None => {}
                }
                return;
            }
            "MAILTO" | "MAILFROM" => {
                if name == "MAILTO" {
                    self.note(Remark::Mail { to: value });
                }
                return;
            }
            "SHELL" => {
                self.shell = Some(value).filter(|shell| !shell.is_empty());
                return;
            }
            "TZ" => self.note(Remark::TimeZoneOfCommands),
            _ => self.note(Remark::Variable { name: name.clone() }),
        }
        self.environment.retain(|(other, _)| *other != name);
        self.environment.push((name, value));
    }

    fn entry(&mut self, entry: Entry<'_>) -> Result<(), ImportCause> {
        let is_reboot = entry.schedule == "@reboot";
        let both = if is_reboot { None } else { self.times(entry.schedule)? };
        let command = Command::of(entry.command);
        if command.command.is_empty() {
            return Err(ImportCause::NoCommand { schedule: entry.schedule.to_owned() });
        }
        if self.imported.draft.tasks.is_empty() {
            self.note(Remark::Policies);
            self.note(Remark::Surroundings);
        }
        let id = self.name(&command.command);
        let title = self.title.map_or_else(|| Text::same(command.command.as_str()), Text::same);
        let mut task = TaskDraft::new(id, title);
        if is_reboot {
            self.note(Remark::Reboot);
            task.on_events = vec![Text::new("起動時", "when the machine starts")];
        } else {
            if let Some(both) = both {
                self.note(Remark::BothDays { both });
            }
            if self.zone.is_none() && self.imported.draft.zone.is_none() && !self.has_times_without_zone {
                self.has_times_without_zone = true;
                self.note(Remark::NoZone);
            }
            let fields: Vec<_> = entry.schedule.split_whitespace().collect();
            task.when = Some(RecurrenceSpec {
                cron: Some(fields.join(" ")),
                both_days: both,
                zone: self.zone.clone(),
                ..RecurrenceSpec::default()
            });
        }
        if let Some(user) = entry.user {
            self.note(Remark::User { user: user.to_owned() });
        }
        if command.input.is_some() {
            self.note(Remark::Input);
        }
        task.command = Some(self.arguments(command));
        task.due = DueRules { missed: Missed::Skip, ..DueRules::default() };
        task.overlap = Overlap::AllowAll;
        self.imported.draft.tasks.push(task);
        Ok(())
    }

    /// How cron joins both days, where both are restricted. The zone does not matter where it is not known: it is told, or
    /// asked for.
    fn times(&self, schedule: &str) -> Result<Option<BothDays>, ImportCause> {
        let (cron, both) = read(schedule)?;
        let zone = self.zone.as_deref().or(self.imported.draft.zone.as_deref());
        let zone = zone.and_then(|zone| Zone::parse(zone).ok()).unwrap_or(Zone::UTC);
        let never = |cause| ImportCause::Never { schedule: schedule.to_owned(), cause };
        cron.recurrence(zone, cron.clock_change()).map_err(never)?;
        Ok(both)
    }

    fn arguments(&self, Command { command, input }: Command) -> Vec<String> {
        let shell = self.shell.as_deref().unwrap_or("/bin/sh");
        let run = match input {
            None => command,
            Some(input) => {
                let lines: Vec<_> = input.split('\n').map(shell::quoted).collect();
                format!(
                    "printf '%s\\n' {} | {} -c {}",
                    lines.join(" "),
                    shell::quoted(shell),
                    shell::quoted(&command)
                )
            }
        };
        let environment = self.environment.iter().map(|(name, value)| format!("{name}={value}"));
        let env = (!self.environment.is_empty()).then(|| "/usr/bin/env".to_owned());
        env.into_iter().chain(environment).chain([shell.to_owned(), "-c".to_owned(), run]).collect()
    }

    /// A name made of the command that no other task has.
    fn name(&mut self, command: &str) -> TaskId {
        let words =
            command.split_whitespace().take_while(|word| !word.starts_with(['>', '<', '|', '&', ';', '#']));
        let parts = words.flat_map(|word| {
            let file = word.rsplit('/').find(|part| !part.is_empty()).unwrap_or_default();
            file.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty())
        });
        let mut name = String::new();
        for part in parts {
            if name.len() + part.len() >= 40 {
                break;
            }
            name =
                if name.is_empty() { part.to_lowercase() } else { format!("{name}-{}", part.to_lowercase()) };
        }
        if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
            name = if name.is_empty() { "task".to_owned() } else { format!("task-{name}") };
        }
        // Where a table has one command many times, the numbers that are taken are not tried again.
        let mut count = self.alike.get(&name).map_or(1, |last| last + 1);
        loop {
            let text = if count == 1 { name.clone() } else { format!("{name}-{count}") };
            // Letters, digits and `-`, a letter first, and short: it is a name, and one is free.
            if let Ok(id) = TaskId::new(text)
                && self.names.insert(id.clone())
            {
                self.alike.insert(name, count);
                return id;
            }
            count += 1;
        }
    }
}

/// The times as cron reads them, and how it joins both days where both are restricted.
fn read(schedule: &str) -> Result<(Cron, Option<BothDays>), ImportCause> {
    let fields: Vec<_> = schedule.split_whitespace().collect();
    if let [_, _, day, _, weekday] = fields.as_slice() {
        let ends_in_l = |item: &str| item.len() > 1 && item.ends_with(['L', 'l']);
        let is_foreign = weekday.contains('#') || weekday.split(',').any(ends_in_l);
        let day = Some(*day).filter(|day| day.contains(['L', 'l', 'W', 'w']));
        if let Some(field) = day.or(Some(*weekday).filter(|_| is_foreign)) {
            return Err(ImportCause::Extension { schedule: schedule.to_owned(), field: field.to_owned() });
        }
    }
    let wrong = |cause| ImportCause::Cron { schedule: schedule.to_owned(), cause };
    match Cron::parse(schedule, CronDialect::Posix5) {
        Ok(cron) => Ok((cron, None)),
        Err(CronError::BothDays { day_of_month, day_of_week }) => {
            let begins = day_of_month.starts_with('*') || day_of_week.starts_with('*');
            let both = if begins { BothDays::And } else { BothDays::Or };
            let cron = Cron::parse_both(schedule, CronDialect::Posix5, both).map_err(wrong)?;
            Ok((cron, Some(both)))
        }
        Err(cause) => Err(wrong(cause)),
    }
}
