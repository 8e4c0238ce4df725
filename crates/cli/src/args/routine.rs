//! The command line of routine work.

use super::release::{Kept, Shape};
use super::{Format, Language, Output, moment};
use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;
use toban_calendar::Zone;
use toban_core::PersonId;
use toban_routine::TaskId;

/// What stands below every help.
pub(super) const AFTER: &str = "\
Exit codes: 0 done; 1 done, and one of the tasks is wrong, a record is damaged, or the work does not fit its team; \
2 the command line, the definition or the journal is wrong, and nothing was done

Glossary, definitions and exit codes: https://github.com/toban-ops/toban/tree/main/docs";

#[derive(Debug, Subcommand)]
pub(crate) enum Routine {
    /// What comes next
    #[command(after_help = AFTER)]
    Next(Next),
    /// A month of it, as a calendar
    #[command(after_help = AFTER)]
    Calendar(Calendar),
    /// Why a task is due on a date, or is not
    #[command(after_help = AFTER)]
    Why(Why),
    /// What rules, holidays and clocks move, merge, drop or double in the years to come
    #[command(after_help = AFTER)]
    Preview(Preview),
    /// What is wrong with a definition, and what has to be asked
    #[command(after_help = AFTER)]
    Check(Check),
    /// Whether the work fits the team, and the smallest changes that make it fit
    #[command(after_help = AFTER)]
    Capacity(Capacity),
    /// The tasks for others: a calendar to subscribe to, a table of cron, timers of systemd, CronJobs
    #[command(after_help = AFTER)]
    Export(Export),
    /// A definition from a table of cron
    #[command(after_help = AFTER)]
    Import(Import),
    /// See to the tasks of a definition, until it is asked to end
    #[command(after_help = AFTER)]
    Run(Run),
    /// Where tasks and their firings stand
    #[command(after_help = AFTER)]
    Status(Status),
    /// The report of a day: what was to be done, and what became of it
    #[command(after_help = AFTER)]
    Report(Report),
    /// Say that a firing is done
    #[command(after_help = AFTER)]
    Done(Done),
    /// Say that a firing need not be done
    #[command(after_help = AFTER)]
    Waive(SaidOfFiring),
    /// Say that a firing does not work, or that its program in doubt has failed
    #[command(after_help = AFTER)]
    Fail(SaidOfFiring),
    /// Let the program of a firing that is in doubt try again: it is known not to have done it
    #[command(after_help = AFTER)]
    Retry(SaidOfFiring),
    /// Say that a firing cannot be done for the time being
    #[command(after_help = AFTER)]
    Block(SaidOfFiring),
    /// Say that a firing can be done again
    #[command(after_help = AFTER)]
    Unblock(SaidOfFiring),
    /// Ask the program of a firing to end, or take back what people were to do
    #[command(after_help = AFTER)]
    Cancel(SaidOfFiring),
    /// End the program of a firing at once
    #[command(after_help = AFTER)]
    Terminate(SaidOfFiring),
    /// Let a task begin now, whatever its rule says
    #[command(after_help = AFTER)]
    Now(SaidOfTask),
    /// Let a task begin because something has happened that starts it
    #[command(after_help = AFTER)]
    Event(HappenedToTask),
    /// Let a task make up for the times of a stretch that had no firing
    #[command(after_help = AFTER)]
    Backfill(Backfill),
    /// Let nothing of a task begin by its rule until `continue`
    #[command(after_help = AFTER)]
    Pause(SaidOfTask),
    /// Let a task go on by its rule
    #[command(after_help = AFTER)]
    Continue(SaidOfTask),
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) defined: Defined,
    #[command(flatten)]
    pub(crate) kept: Kept,
    /// Who plans it, for the record [default: the name of the file]
    #[arg(long, value_name = "NAME", env = "TOBAN_USER", hide_env_values = true)]
    pub(crate) by: Option<String>,
    /// The language of the text
    #[arg(long, value_enum, default_value_t = Language::En)]
    pub(crate) lang: Language,
}

#[derive(Debug, Args)]
pub(crate) struct Status {
    #[command(flatten)]
    pub(crate) kept: Kept,
    /// Only the task of this id; may be given several times
    #[arg(long, value_name = "ID")]
    pub(crate) task: Vec<TaskId>,
    /// The zone in which times are shown [default: that of the first task]
    #[arg(long, value_name = "ZONE")]
    pub(crate) zone: Option<Zone>,
    #[command(flatten)]
    pub(crate) shape: Shape,
}

#[derive(Debug, Args)]
pub(crate) struct Report {
    #[command(flatten)]
    pub(crate) kept: Kept,
    /// Only the task of this id; may be given several times
    #[arg(long, value_name = "ID")]
    pub(crate) task: Vec<TaskId>,
    /// Which day, such as 2026-12-31 [default: today]
    #[arg(long, value_name = "DATE")]
    pub(crate) date: Option<NaiveDate>,
    /// The zone whose day it is [default: that of the first task]
    #[arg(long, value_name = "ZONE")]
    pub(crate) zone: Option<Zone>,
    #[command(flatten)]
    pub(crate) shape: Shape,
}

/// Which firing, and who speaks of it.
#[derive(Debug, Args)]
pub(crate) struct OfFiring {
    #[command(flatten)]
    pub(crate) kept: Kept,
    /// Which firing: a task of which one is under way, or a task and a time, such as backup-check/2026-11-25T22:00:00Z
    #[arg(long, value_name = "NAME")]
    pub(crate) firing: String,
    /// Who says so
    #[arg(long, value_name = "PERSON", env = "TOBAN_USER", hide_env_values = true)]
    pub(crate) by: PersonId,
    /// The language of the text
    #[arg(long, value_enum, default_value_t = Language::En)]
    pub(crate) lang: Language,
}

#[derive(Debug, Args)]
pub(crate) struct Done {
    #[command(flatten)]
    pub(crate) of: OfFiring,
    /// A completion condition that is met, by its number from 1; may be given several times
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) met: Vec<u32>,
    /// Every completion condition is met
    #[arg(long, conflicts_with = "met")]
    pub(crate) all_met: bool,
    /// What shows it: a link, a file, a word; once for each piece of evidence that the task asks for
    #[arg(long, value_name = "TEXT")]
    pub(crate) evidence: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct SaidOfFiring {
    #[command(flatten)]
    pub(crate) of: OfFiring,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) why: String,
}

/// Which task, and who speaks of it.
#[derive(Debug, Args)]
pub(crate) struct OfTask {
    #[command(flatten)]
    pub(crate) kept: Kept,
    /// The task
    #[arg(long, value_name = "ID")]
    pub(crate) task: TaskId,
    /// Who says so
    #[arg(long, value_name = "PERSON", env = "TOBAN_USER", hide_env_values = true)]
    pub(crate) by: PersonId,
    /// The language of the text
    #[arg(long, value_enum, default_value_t = Language::En)]
    pub(crate) lang: Language,
}

#[derive(Debug, Args)]
pub(crate) struct SaidOfTask {
    #[command(flatten)]
    pub(crate) of: OfTask,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) why: String,
}

#[derive(Debug, Args)]
pub(crate) struct HappenedToTask {
    #[command(flatten)]
    pub(crate) of: OfTask,
    /// What has happened
    #[arg(long, value_name = "TEXT")]
    pub(crate) what: String,
}

#[derive(Debug, Args)]
pub(crate) struct Backfill {
    #[command(flatten)]
    pub(crate) of: OfTask,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) why: String,
    /// From when on
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) from: DateTime<Utc>,
    /// Until when, that moment not included [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) until: Option<DateTime<Utc>>,
    /// Only list the times that it would make up for
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Which routine work.
#[derive(Debug, Args)]
pub(crate) struct Defined {
    /// The definition of the routine work, in YAML; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) spec: PathBuf,
    /// Only the task of this id; may be given several times
    #[arg(long, value_name = "ID")]
    pub(crate) task: Vec<TaskId>,
}

#[derive(Debug, Args)]
pub(crate) struct Next {
    #[command(flatten)]
    pub(crate) defined: Defined,
    /// The zone in which dates and times are shown [default: that of the definition]
    #[arg(long, value_name = "ZONE")]
    pub(crate) zone: Option<Zone>,
    /// From when on [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) at: Option<DateTime<Utc>>,
    /// How many
    #[arg(long, value_name = "COUNT", default_value_t = 20, value_parser = many)]
    pub(crate) count: usize,
    #[command(flatten)]
    pub(crate) shape: Shape,
}

#[derive(Debug, Args)]
pub(crate) struct Calendar {
    #[command(flatten)]
    pub(crate) defined: Defined,
    /// The zone in which dates and times are shown [default: that of the definition]
    #[arg(long, value_name = "ZONE")]
    pub(crate) zone: Option<Zone>,
    /// Which month, such as 2026-12 [default: this month]
    #[arg(long, value_name = "MONTH", value_parser = month)]
    pub(crate) month: Option<(i32, u32)>,
    /// Whose closed days are shown: a calendar of the definition, or `japan` [default: the only one of the definition]
    #[arg(long, value_name = "NAME")]
    pub(crate) calendar: Option<String>,
    #[command(flatten)]
    pub(crate) output: Output,
    /// The shape of the output
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
    /// The language of the text
    #[arg(long, value_enum, default_value_t = Language::En)]
    pub(crate) lang: Language,
}

#[derive(Debug, Args)]
pub(crate) struct Why {
    /// The definition of the routine work, in YAML; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) spec: PathBuf,
    /// The id of the task
    #[arg(long, value_name = "ID")]
    pub(crate) task: TaskId,
    /// The date, such as 2026-12-31, in the zone of the task
    #[arg(long, value_name = "DATE")]
    pub(crate) date: NaiveDate,
    #[command(flatten)]
    pub(crate) shape: Shape,
}

#[derive(Debug, Args)]
pub(crate) struct Preview {
    #[command(flatten)]
    pub(crate) defined: Defined,
    /// From when on [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) at: Option<DateTime<Utc>>,
    /// For how many years
    #[arg(long, value_name = "YEARS", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=50))]
    pub(crate) years: u32,
    #[command(flatten)]
    pub(crate) shape: Shape,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The definition of the routine work, in YAML; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) spec: PathBuf,
    /// The day from which a calendar that ends within a year is told of [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) at: Option<DateTime<Utc>>,
    #[command(flatten)]
    pub(crate) shape: Shape,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) defined: Defined,
    /// What is written
    #[arg(long, value_enum, default_value_t = Target::Icalendar)]
    pub(crate) to: Target,
    /// The image in which CronJobs run
    #[arg(long, value_name = "IMAGE", required_if_eq("to", "kubernetes"))]
    pub(crate) image: Option<String>,
    /// The domain of the entries of iCalendar: `backup-check` becomes `backup-check@NAME` there [default: the name of the
    /// definition's file]
    #[arg(long, value_name = "NAME", value_parser = domain)]
    pub(crate) domain: Option<String>,
    /// From when on what no rule says is listed [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) at: Option<DateTime<Utc>>,
    /// For how many years it is listed
    #[arg(long, value_name = "YEARS", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=50))]
    pub(crate) years: u32,
    #[command(flatten)]
    pub(crate) output: Output,
    /// The language of the text
    #[arg(long, value_enum, default_value_t = Language::En)]
    pub(crate) lang: Language,
}

/// What routine work is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Target {
    Crontab,
    Icalendar,
    Kubernetes,
    Systemd,
}

#[derive(Debug, Args)]
pub(crate) struct Capacity {
    /// The definition of the routine work, in YAML; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) spec: PathBuf,
    /// From when on [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) at: Option<DateTime<Utc>>,
    /// For how many years
    #[arg(long, value_name = "YEARS", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=5))]
    pub(crate) years: u32,
    #[command(flatten)]
    pub(crate) shape: Shape,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The table of cron; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) crontab: PathBuf,
    /// It is the table of the system, with a column for the user
    #[arg(long)]
    pub(crate) system: bool,
    /// The zone of what stands above any `CRON_TZ` [default: none, and the definition has to name it]
    #[arg(long, value_name = "ZONE")]
    pub(crate) zone: Option<Zone>,
    #[command(flatten)]
    pub(crate) output: Output,
    /// The language of the notes
    #[arg(long, value_enum, default_value_t = Language::En)]
    pub(crate) lang: Language,
}

fn many(text: &str) -> Result<usize, String> {
    let count = text.parse().ok().filter(|count| (1..=100_000).contains(count));
    count.ok_or_else(|| "expected 1 to 100000".to_owned())
}

fn domain(text: &str) -> Result<String, String> {
    let is_label = |label: &str| {
        let is_in = |c: char| c.is_ascii_alphanumeric() || c == '-';
        (1..=63).contains(&label.len()) && label.chars().all(is_in)
    };
    let is_domain = text.len() <= 253 && text.split('.').all(is_label);
    is_domain
        .then(|| text.to_ascii_lowercase())
        .ok_or_else(|| "a domain is written like ops.example.com".to_owned())
}

fn month(text: &str) -> Result<(i32, u32), String> {
    let month =
        text.split_once('-').and_then(|(year, month)| Some((year.parse().ok()?, month.parse().ok()?)));
    let is_month = |(_, month): &(i32, u32)| (1..=12).contains(month);
    month.filter(is_month).ok_or_else(|| "a month is written like 2026-12".to_owned())
}
