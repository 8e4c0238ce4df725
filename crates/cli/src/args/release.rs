//! The command line of releases.

use super::{Language, Output, TextFormat, duration, moment};
use chrono::{DateTime, TimeDelta, Utc};
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;
use toban_core::PersonId;

/// What stands below every help.
pub(super) const AFTER: &str = "\
Exit codes: 0 done; 1 done, and the release did not end with the new version, or may not begin; 2 the command line, the \
plan or the record is wrong, and nothing was done

Glossary, definitions and exit codes: https://github.com/toban-ops/toban/tree/main/docs";

#[derive(Debug, Subcommand)]
pub(crate) enum Release {
    /// What a plan says, what it lacks, and what follows from it
    #[command(after_help = AFTER)]
    Plan(Plan),
    /// What a plan would have done over metrics that are on record
    #[command(after_help = AFTER)]
    Replay(Replay),
    /// Whether a release may begin: what its environment demands, looked at now
    #[command(after_help = AFTER)]
    Check(Check),
    /// Begin a release, and carry it out
    #[command(after_help = AFTER)]
    Run(Run),
    /// Go on with a release whose process ended, at the place where it stood
    #[command(after_help = AFTER)]
    Resume(Resume),
    /// Where a release stands, and what it waits for
    #[command(after_help = AFTER)]
    Status(Status),
    /// Let a release begin; who wrote its plan may not, where two persons are required
    #[command(after_help = AFTER)]
    Approve(Approve),
    /// Open the gate of the stage that waits
    #[command(after_help = AFTER)]
    Open(AtStage),
    /// Leave the stage before its soak is over
    #[command(after_help = AFTER)]
    Promote(AtStage),
    /// Move nothing forward until `continue`
    #[command(after_help = AFTER)]
    Pause(Said),
    /// Go on after `pause`, or after a check that failed
    #[command(after_help = AFTER)]
    Continue(Said),
    /// Say that a step by hand is done, or whether one was done that nobody heard of
    #[command(after_help = AFTER)]
    Answer(Answer),
    /// Say what the error budget allows, where the plan asks for it
    #[command(after_help = AFTER)]
    Rule(Rule),
    /// Go on in spite of freezes, the error budget and the end of the schedule, in an emergency
    #[command(after_help = AFTER)]
    Override(Override),
    /// Give a release up: traffic comes back where it has moved
    #[command(after_help = AFTER)]
    Abort(Said),
    /// Go back to the version before, also from a release that is done
    #[command(after_help = AFTER)]
    Rollback(Said),
    /// Give a release up because a newer plan takes its place: traffic comes back where it has moved
    #[command(after_help = AFTER)]
    Supersede(Supersede),
    /// Try again what does not work on the way back
    #[command(after_help = AFTER)]
    Retry(Said),
    /// The record of a release, and the figures of all
    #[command(after_help = AFTER)]
    Report(Report),
}

/// Where releases are kept.
#[derive(Debug, Args)]
pub(crate) struct Kept {
    /// The journal that it is kept in
    #[arg(
        long,
        value_name = "FILE",
        default_value = "toban.db",
        env = "TOBAN_JOURNAL",
        hide_env_values = true
    )]
    pub(crate) journal: PathBuf,
}

/// What is written, and how.
#[derive(Debug, Args)]
pub(crate) struct Shape {
    #[command(flatten)]
    pub(crate) output: Output,
    /// The shape of the output
    #[arg(long, value_enum, default_value_t = TextFormat::Table)]
    pub(crate) format: TextFormat,
    /// The language of the text
    #[arg(long, value_enum, default_value_t = Language::En)]
    pub(crate) lang: Language,
}

/// Which release.
#[derive(Debug, Args)]
pub(crate) struct Which {
    #[command(flatten)]
    pub(crate) kept: Kept,
    /// The release, by its name [default: the one that is under way; where none is, the one that moved last]
    #[arg(long, value_name = "NAME")]
    pub(crate) release: Option<String>,
}

/// Who speaks, and of which release.
#[derive(Debug, Args)]
pub(crate) struct By {
    #[command(flatten)]
    pub(crate) which: Which,
    /// Who says so, as the plan calls them
    #[arg(long, value_name = "PERSON", env = "TOBAN_USER", hide_env_values = true)]
    pub(crate) by: PersonId,
    #[command(flatten)]
    pub(crate) shown: Shown,
}

#[derive(Debug, Args)]
pub(crate) struct Said {
    #[command(flatten)]
    pub(crate) by: By,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    pub(crate) why: String,
}

#[derive(Debug, Args)]
pub(crate) struct Approve {
    #[command(flatten)]
    pub(crate) said: Said,
    /// The revision of the plan that was looked at, or the first 8 digits of it or more [default: the one on record]
    #[arg(long, value_name = "REVISION", value_parser = revision)]
    pub(crate) revision: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct AtStage {
    #[command(flatten)]
    pub(crate) said: Said,
    /// The stage, from 1, as `toban release status` counts them
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) stage: u16,
}

#[derive(Debug, Args)]
pub(crate) struct Override {
    #[command(flatten)]
    pub(crate) said: Said,
    /// How long that holds
    #[arg(long = "for", value_name = "DURATION", value_parser = duration, default_value = "1h")]
    pub(crate) length: TimeDelta,
}

#[derive(Debug, Args)]
pub(crate) struct Supersede {
    #[command(flatten)]
    pub(crate) by: By,
    /// The revision of the newer plan, or the first 8 digits of it or more
    #[arg(long, value_name = "REVISION", value_parser = revision)]
    pub(crate) revision: String,
}

#[derive(Debug, Args)]
pub(crate) struct Answer {
    #[command(flatten)]
    pub(crate) said: Said,
    /// The step that is asked about, by its name; for traffic that a person moves, the share: `25%`
    #[arg(long, value_name = "NAME")]
    pub(crate) step: String,
    /// Whether it was done
    #[arg(long, value_enum)]
    pub(crate) done: YesNo,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum YesNo {
    Yes,
    No,
}

#[derive(Debug, Args)]
pub(crate) struct Rule {
    #[command(flatten)]
    pub(crate) said: Said,
    /// What the error budget says
    #[arg(long, value_enum)]
    pub(crate) verdict: Verdict,
    /// How long that holds
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) valid_for: TimeDelta,
    /// When that was seen; what is older than the word on record does not count [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) as_of: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Verdict {
    Go,
    Hold,
    Stop,
}

#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// The plan, in YAML
    #[arg(long, value_name = "FILE")]
    pub(crate) plan: PathBuf,
    #[command(flatten)]
    pub(crate) shape: Shape,
}

#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// The plan, in YAML
    #[arg(long, value_name = "FILE")]
    pub(crate) plan: PathBuf,
    /// The metrics as CSV: a column `time`, and for each check one that is called like it
    #[arg(long, value_name = "FILE")]
    pub(crate) metrics: PathBuf,
    /// When the release would have begun [default: when the metrics begin]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) from: Option<DateTime<Utc>>,
    /// When a fault began, for the time until it was seen
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) fault: Option<DateTime<Utc>>,
    /// How many requests a minute reached both versions together, for how many the new one would have got
    #[arg(long, value_name = "NUMBER")]
    pub(crate) requests: Option<u64>,
    #[command(flatten)]
    pub(crate) shape: Shape,
}

/// What was seen before a release begins.
#[derive(Debug, Args)]
pub(crate) struct Seen {
    /// What people have seen, in YAML: rehearsals, backups, artefacts, done, told, deeds
    #[arg(long, value_name = "FILE")]
    pub(crate) evidence: Option<PathBuf>,
    /// An artefact of the plan as it lies here: its digest is computed
    #[arg(long, value_name = "NAME=FILE", value_parser = artefact)]
    pub(crate) artefact: Vec<(String, PathBuf)>,
    /// What environments ask of a version before it comes there, in YAML; held against the releases of the journal
    #[arg(long, value_name = "FILE")]
    pub(crate) promotion: Option<PathBuf>,
    /// A name by which the plan calls this machine, besides `localhost`
    #[arg(long, value_name = "HOST")]
    pub(crate) host: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The plan, in YAML
    #[arg(long, value_name = "FILE")]
    pub(crate) plan: PathBuf,
    #[command(flatten)]
    pub(crate) seen: Seen,
    #[command(flatten)]
    pub(crate) kept: Kept,
    #[command(flatten)]
    pub(crate) shape: Shape,
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The plan, in YAML
    #[arg(long, value_name = "FILE")]
    pub(crate) plan: PathBuf,
    #[command(flatten)]
    pub(crate) seen: Seen,
    #[command(flatten)]
    pub(crate) kept: Kept,
    /// What to call the release [default: service, version and environment]
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub(crate) release: Option<String>,
    /// Who begins it [default: the author of the plan]
    #[arg(long, value_name = "PERSON", env = "TOBAN_USER", hide_env_values = true)]
    pub(crate) by: Option<PersonId>,
    /// Begin although the check says no, and why, for the record
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub(crate) despite: Option<String>,
    #[command(flatten)]
    pub(crate) shown: Shown,
}

/// How is shown what a release does.
#[derive(Debug, Args)]
pub(crate) struct Shown {
    /// The language of what is shown
    #[arg(long, value_enum, default_value_t = Language::En)]
    pub(crate) lang: Language,
}

#[derive(Debug, Args)]
pub(crate) struct Resume {
    #[command(flatten)]
    pub(crate) which: Which,
    #[command(flatten)]
    pub(crate) shown: Shown,
}

#[derive(Debug, Args)]
pub(crate) struct Status {
    #[command(flatten)]
    pub(crate) which: Which,
    #[command(flatten)]
    pub(crate) shape: Shape,
}

#[derive(Debug, Args)]
pub(crate) struct Report {
    #[command(flatten)]
    pub(crate) which: Which,
    /// The figures of all releases of the journal, and no record
    #[arg(long, conflicts_with = "release")]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) shape: Shape,
}

fn artefact(text: &str) -> Result<(String, PathBuf), String> {
    let (name, file) = text.rsplit_once('=').ok_or("an artefact is written NAME=FILE")?;
    if name.is_empty() || file.is_empty() {
        Err("an artefact is written NAME=FILE".into())
    } else {
        Ok((name.into(), file.into()))
    }
}

fn reason(text: &str) -> Result<String, String> {
    if text.trim().is_empty() { Err("why is said in words".into()) } else { Ok(text.into()) }
}

/// A name that the keys of orders can be made of: what tells their parts apart is not in it.
pub(crate) fn name(text: &str) -> Result<String, String> {
    let is_unfit =
        |letter: char| letter.is_whitespace() || letter.is_control() || matches!(letter, '#' | '/' | '~');
    if text.is_empty() || text.contains(is_unfit) {
        Err("a release is called something, without white space, control characters, `#`, `/` and `~`".into())
    } else {
        Ok(text.into())
    }
}

/// A fingerprint or the beginning of one, without the name of its algorithm.
fn revision(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix("sha256:").unwrap_or(text).to_ascii_lowercase();
    if (8..=64).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(digits)
    } else {
        Err("a revision is 64 hexadecimal digits, or the first 8 of them or more".into())
    }
}
