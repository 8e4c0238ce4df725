//! The command line.

pub(crate) mod release;
pub(crate) mod routine;

use chrono::{DateTime, TimeDelta, Utc};
use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use std::num::NonZeroU32;
use std::path::PathBuf;
use toban_core::{Confidence, Ratio};

/// Operations from one definition and real measurements.
#[derive(Debug, Parser)]
#[command(name = "toban", version, arg_required_else_help = true, max_term_width = 100, after_help = AFTER)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) domain: Domain,
}

/// What stands below every help.
const AFTER: &str = "\
Exit codes: 0 done; 1 done, and what the caller asked to fail on was found (such as backtest --fail-on-miss), a release \
did not end with the new version, or routine work is wrong or does not fit; 2 the command line, the definition or the \
data is wrong, and nothing was written

Glossary, definitions and exit codes: https://github.com/toban-ops/toban/tree/main/docs";

#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "there is one, and it is read once")]
pub(crate) enum Domain {
    /// Service level objectives: reports, backtests, explanations, lint
    #[command(subcommand, arg_required_else_help = true, after_help = AFTER)]
    Slo(Slo),
    /// Releases: plans, checks, rollouts that outlive their process, records
    #[command(subcommand, arg_required_else_help = true, after_help = release::AFTER)]
    Release(release::Release),
    /// Routine work: what comes next, a calendar of it, whether it fits the team
    #[command(subcommand, arg_required_else_help = true, after_help = routine::AFTER)]
    Routine(routine::Routine),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Slo {
    /// What each objective holds: budget, burn rates, alerts, forecast
    #[command(after_help = AFTER)]
    Report(Report),
    /// What the alert policies would have done over recorded history
    #[command(after_help = AFTER)]
    Backtest(Backtest),
    /// What each figure of a report is computed from, so that it can be computed again
    #[command(after_help = AFTER)]
    Explain(Explain),
    /// What is wrong with a definition, with file, line and path
    #[command(after_help = AFTER)]
    Lint(Lint),
}

/// Where objectives and measurements come from.
#[derive(Debug, Args)]
pub(crate) struct Input {
    /// The definition: OpenSLO v1 documents in YAML; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) spec: PathBuf,
    /// What objectives with `type: access-log` read: combined format, plain or gzip; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) access_log: Option<PathBuf>,
    /// What objectives with `type: csv` read, where the definition names no file; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
    /// What objectives with `type: prometheus` ask: the address of Prometheus, Mimir, Thanos or VictoriaMetrics
    #[arg(long, value_name = "URL", long_help = PROMETHEUS)]
    pub(crate) prometheus: Option<String>,
    /// How far back Prometheus is asked [default: the longest window of each objective]
    #[arg(long, value_name = "DURATION", value_parser = duration, requires = "prometheus")]
    pub(crate) since: Option<TimeDelta>,
    /// Planned maintenance: CSV with start, end, treatment (count_good, drop_events, drop_time) and reason, or YAML,
    /// where it may recur
    #[arg(long, value_name = "FILE")]
    pub(crate) corrections: Option<PathBuf>,
    /// Only the objective of this name or, where none has it, those whose name begins with it
    #[arg(long, value_name = "NAME")]
    pub(crate) objective: Option<String>,
    #[command(flatten)]
    pub(crate) gate: Gate,
}

const PROMETHEUS: &str = "\
What objectives with `type: prometheus` ask: the address of Prometheus, Mimir, Thanos or VictoriaMetrics

Credentials come from the environment: TOBAN_PROMETHEUS_TOKEN, or TOBAN_PROMETHEUS_USER and \
TOBAN_PROMETHEUS_PASSWORD; TOBAN_PROMETHEUS_HEADERS holds more headers, a line each (X-Scope-OrgID: shop)";

const OUTAGES: &str = "\
The history: a list of outages, which are the incidents as well; for objectives on requests that succeed

CSV with the columns start, end and severity (or start_time, end_time and status). Severity is the share of requests \
that failed, from 0 to 1: 0.25 is a quarter of them, 1 all of them, and 0 is a notice, no incident unless it names an \
objective. Times are RFC 3339, or seconds from --origin. A column `slo` may name the objectives that a row concerns, \
with `;` between them: the others had no part in it. The history is that of a made-up service with constant traffic, \
see --traffic. `-` is standard input";

const INCIDENTS: &str = "\
Incidents that are known [default: found in the data]

CSV with the columns start, end and severity (or start_time, end_time and status). Severity is the share of requests \
that failed, from 0 to 1; a row of severity 0 is a notice, and no incident unless it names an objective. Times are \
RFC 3339, or seconds from --origin. A column `slo` may name the objectives that an incident concerns, with `;` between \
them: those alone are tested on it. One that names none is left out where it left an objective untouched";

const FAIL_IF_WORSE: &str = "\
Exit with 1 where the policy of --spec is worse in anything than that of --against

Worse is, for any objective: it does not detect an incident that the other one detects, or detects one later; it misses \
more incidents, fires more alerts in vain, or pages more often. What it is better in makes up for nothing. An objective \
that could not be tested fails as well";

/// The heading of what must be seen before an alert fires.
const GATE: &str = "Low traffic and missing data";

/// What must be seen before an alert fires.
#[derive(Debug, Args)]
pub(crate) struct Gate {
    /// Fewest events in the long window
    #[arg(long, help_heading = GATE, value_name = "N", value_parser = number, allow_negative_numbers = true)]
    pub(crate) min_events: Option<u64>,
    /// Fewest bad events in the long window
    #[arg(long, help_heading = GATE, value_name = "N", value_parser = number, allow_negative_numbers = true)]
    pub(crate) min_failures: Option<u64>,
    /// How sure the burn must be, in percent: 95 demands exact proof at 95 %
    #[arg(long, help_heading = GATE, value_name = "PERCENT", value_parser = confidence, allow_negative_numbers = true)]
    pub(crate) confidence: Option<Confidence>,
    /// Share of a window, in percent, that must have been seen; below it alerts are frozen [default: 90]
    #[arg(long, help_heading = GATE, value_name = "PERCENT", value_parser = share, allow_negative_numbers = true)]
    pub(crate) min_coverage: Option<toban_core::Share>,
}

#[derive(Debug, Args)]
pub(crate) struct Report {
    #[command(flatten)]
    pub(crate) input: Input,
    /// The moment of the report, RFC 3339 [default: the end of the data; with --prometheus, now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) at: Option<DateTime<Utc>>,
    #[command(flatten)]
    pub(crate) output: Output,
    /// The shape of the output
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
    /// The language of tables and pages
    #[arg(long, value_enum, default_value_t = Language::En)]
    pub(crate) lang: Language,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("list").args(["outages", "incidents"]))]
pub(crate) struct Backtest {
    #[command(flatten)]
    pub(crate) input: Input,
    /// The end of the history that Prometheus is asked for, RFC 3339 [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment, requires = "prometheus")]
    pub(crate) at: Option<DateTime<Utc>>,
    /// The history: a list of outages, which are the incidents as well; for objectives on requests that succeed; `-` is
    /// standard input
    #[arg(long, value_name = "FILE", long_help = OUTAGES, conflicts_with_all = ["access_log", "csv", "incidents", "prometheus"])]
    pub(crate) outages: Option<PathBuf>,
    /// With --outages or --incidents in seconds: when they count from, RFC 3339 [default: 1970-01-01T00:00:00Z]
    #[arg(long, value_name = "TIME", value_parser = moment, requires = "list")]
    pub(crate) origin: Option<DateTime<Utc>>,
    /// With --outages: how many requests each minute is taken to have
    #[arg(long, value_name = "N", default_value = "10000", requires = "outages")]
    pub(crate) traffic: NonZeroU32,
    /// Incidents that are known: CSV with start, end and severity from 0 to 1 [default: found in the data]
    #[arg(long, value_name = "FILE", long_help = INCIDENTS)]
    pub(crate) incidents: Option<PathBuf>,
    /// Part of the budget, in percent, that makes a stretch an incident, where incidents are found in the data
    #[arg(long, value_name = "PERCENT", default_value = "2", value_parser = share, allow_negative_numbers = true, conflicts_with_all = ["incidents", "outages"])]
    pub(crate) significant: toban_core::Share,
    /// How long after an incident an alert still counts for it
    #[arg(long, value_name = "DURATION", default_value = "0m", value_parser = duration)]
    pub(crate) tolerance: TimeDelta,
    /// Another definition, whose policy is compared with the first one, objective by objective, on the same data
    #[arg(long, value_name = "FILE")]
    pub(crate) against: Option<PathBuf>,
    /// Try windows and factors on this very history, and show those policies that no other one beats in everything
    #[arg(long)]
    pub(crate) search: bool,
    /// Exit with 1 where no alert fired for an incident that the history holds, or an objective could not be tested
    #[arg(long)]
    pub(crate) fail_on_miss: bool,
    /// Exit with 1 where the policy of --spec is worse in anything than that of --against
    #[arg(long, requires = "against", long_help = FAIL_IF_WORSE)]
    pub(crate) fail_if_worse: bool,
    #[command(flatten)]
    pub(crate) output: Output,
    /// The shape of the output
    #[arg(long, value_enum, default_value_t = TextFormat::Table)]
    pub(crate) format: TextFormat,
    /// The language of the table
    #[arg(long, value_enum, default_value_t = Language::En)]
    pub(crate) lang: Language,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    #[command(flatten)]
    pub(crate) input: Input,
    /// The moment of the report, RFC 3339 [default: the end of the data; with --prometheus, now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) at: Option<DateTime<Utc>>,
    /// Only the figures whose name contains this, such as `burn rate` or `page-fast`
    #[arg(long, value_name = "TEXT")]
    pub(crate) figure: Option<String>,
    #[command(flatten)]
    pub(crate) output: Output,
    /// The shape of the output
    #[arg(long, value_enum, default_value_t = ExplainFormat::Text)]
    pub(crate) format: ExplainFormat,
    /// The language of the text
    #[arg(long, value_enum, default_value_t = Language::En)]
    pub(crate) lang: Language,
}

#[derive(Debug, Args)]
pub(crate) struct Lint {
    /// The definition: OpenSLO v1 documents in YAML; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) spec: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Output {
    /// Write to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// When to use colour
    #[arg(long, value_enum, default_value_t = Colour::Auto)]
    pub(crate) color: Colour,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Table,
    Json,
    Html,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TextFormat {
    Table,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExplainFormat {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    En,
    Ja,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    Auto,
    Always,
    Never,
}

impl From<Language> for toban_render::Language {
    fn from(language: Language) -> Self {
        match language {
            Language::En => Self::En,
            Language::Ja => Self::Ja,
        }
    }
}

fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    DateTime::parse_from_rfc3339(text)
        .map(|at| at.to_utc())
        .map_err(|_| "a moment is written like 2026-03-01T12:00:00Z".to_owned())
}

/// In percent, as it was written.
fn confidence(text: &str) -> Result<Confidence, String> {
    Confidence::percent(text)
        .map_err(|_| "a percentage above 0 and below 100 is expected, such as 95".to_owned())
}

/// In percent, as it was written.
fn share(text: &str) -> Result<toban_core::Share, String> {
    toban_core::Share::percent(text)
        .map_err(|_| "a percentage from 0 to 100 is expected, such as 90 or 99.5".to_owned())
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "a whole number of 0 or more is expected".to_owned())
}

/// `90s`, `5m`, `1h30m`, `2d`.
fn duration(text: &str) -> Result<TimeDelta, String> {
    let bad = || "a length of time is written like 90s, 5m, 1h30m or 2d".to_owned();
    let (mut sum, mut digits) = (0_i64, String::new());
    for letter in text.chars() {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        let unit = match letter {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            _ => return Err(bad()),
        };
        let count: i64 = std::mem::take(&mut digits).parse().map_err(|_| bad())?;
        sum = count.checked_mul(unit).and_then(|length| sum.checked_add(length)).ok_or_else(bad)?;
    }
    if !digits.is_empty() || text.is_empty() {
        return Err(bad());
    }
    TimeDelta::try_seconds(sum).ok_or_else(bad)
}

/// The factors and windows that a search tries, where the workbook's are among them.
pub(crate) fn search_grid() -> toban_slo::backtest::Grid {
    let longs = [1, 2, 3, 6, 12, 24, 72].map(TimeDelta::hours).to_vec();
    let factors = ["1", "2", "3", "4.5", "6", "9", "14.4", "20", "30"].map(|factor| factor.parse::<Ratio>());
    toban_slo::backtest::Grid::new(longs, factors.into_iter().flatten().collect())
}
