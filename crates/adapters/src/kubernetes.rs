//! Routine work as CronJobs of Kubernetes.
//!
//! ```
//! use toban_adapters::kubernetes::{Jobs, export};
//! use toban_routine::RoutineDraft;
//! let draft: RoutineDraft = serde_json::from_str(
//!     r#"{"zone": "Asia/Tokyo", "tasks": [{
//!         "id": "check", "title": "朝の点検", "command": ["/opt/check"],
//!         "when": {"on": {"weekly": ["mon", "tue"]}, "at": ["09:00"]}
//!     }]}"#,
//! )?;
//! let jobs = Jobs { image: "registry.example.com/check:1".to_owned(), ..Jobs::default() };
//! let manifests = export(&draft, &jobs, "2026-11-26T00:00:00Z".parse()?);
//! assert!(manifests.text.contains("\n  schedule: \"0 9 * * 1,2\"\n  timeZone: \"Asia/Tokyo\"\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What Kubernetes says
//! - Five fields, in a zone. It leaves out what a change of the clock skips, and starts at each showing of what the clock
//!   shows twice. Days from the end of the month, and days that must match beside weekdays, it does not know.
//! - Of what was missed it starts the latest, where `startingDeadlineSeconds` has not passed since.
//! - `concurrencyPolicy`: beside what runs, not at all, or instead of it. Nothing waits.
//! - A container that fails is started again as often as `backoffLimit` says, after ten seconds first and then after twice
//!   as long each time; each may take as long as the `activeDeadlineSeconds` of its pod.
//! - Programs run in the folder of the image: that of the definition is not there.

use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeSet;
use toban_calendar::ClockChange;
use toban_core::Length;
use toban_routine::{Missed, Overlap, RoutineDraft, TaskDraft, review};

use crate::schedule::fields::{Style, day_fields, time_fields};
use crate::schedule::{Job, Notes, Rule, jobs, rules, unbounded, zone_name};

pub use crate::schedule::{Effect, ExportNote, Unsaid};

/// What all CronJobs have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Jobs {
    /// The image of the one container, which has the programs of all tasks.
    pub image: String,
    /// The namespace; that of whoever applies them where it is left out.
    pub namespace: Option<String>,
    /// Whether they start nothing until somebody says so.
    pub are_suspended: bool,
}

/// Manifests, and what they do not say.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Manifests {
    /// The manifests as documents of one YAML file; every text is in double quotes, so that readers of YAML 1.1 take it
    /// for a text too.
    pub text: String,
    /// What they do not say, in the order of the tasks.
    pub notes: Vec<ExportNote>,
}

/// The longest name: eleven characters are added for each job.
const LONGEST_NAME: usize = 52;
/// The most CronJobs for one task.
const MOST: usize = 24;
/// What the controller needs to look at its jobs once.
const LEAST_DEADLINE: i64 = 10;

/// Writes a CronJob for each task that a program does at known times, or several where one schedule does not say them.
/// What would run at other times is not written. `now` is when they are written: what has begun needs no start, and
/// changes of the clock are looked for in the five years from it on.
#[must_use]
pub fn export(draft: &RoutineDraft, common: &Jobs, now: DateTime<Utc>) -> Manifests {
    let (review, mut notes, mut names) = (review(draft), Notes::default(), BTreeSet::new());
    let mut documents = Vec::new();
    for (task, job) in jobs(draft, &review) {
        match job.and_then(|job| cron_jobs(job, common, now, &mut names, &mut notes)) {
            Ok(written) => documents.extend(written),
            Err(unsaid) => notes.leave_out(task, unsaid),
        }
    }
    if !documents.is_empty() {
        notes.lose_surroundings(draft, None);
    }
    Manifests { text: documents.join("---\n"), notes: notes.0 }
}

fn cron_jobs(
    job: Job<'_>,
    common: &Jobs,
    now: DateTime<Utc>,
    names: &mut BTreeSet<String>,
    notes: &mut Notes,
) -> Result<Vec<String>, Unsaid> {
    unbounded(job.scheduled, now)?;
    let rules = rules(&job.scheduled.recurrence)?.into_iter().map(Rule::in_minutes);
    let rules = rules.collect::<Result<Vec<_>, _>>()?;
    let zone = zone_name(rules.first().ok_or(Unsaid::Dates)?.zone)?;
    let schedule = |rule| Ok(format!("{} {}", time_fields(rule, Style::Star), day_fields(rule)?));
    let schedules = rules.iter().map(schedule).collect::<Result<Vec<_>, Unsaid>>()?;
    if schedules.len() > MOST {
        return Err(Unsaid::Long);
    }
    if let Some(at) = rules.iter().filter_map(|rule| rule.differs(ClockChange::EachShowing, now)).min() {
        notes.lose(job.task, Unsaid::Clock { at });
    }
    let asked = job.task.overlap;
    let (policy, done) = match asked {
        Overlap::AllowAll => ("Allow", Overlap::AllowAll),
        Overlap::BufferAll | Overlap::BufferOne | Overlap::Skip => ("Forbid", Overlap::Skip),
        // Its pods are asked to end, and what is asked so is killed 30 seconds later: both at once.
        Overlap::CancelOther | Overlap::TerminateOther => ("Replace", asked),
    };
    let due = job.task.due;
    let (missed, within) = match due.missed {
        Missed::Skip => (Missed::Skip, due.grace),
        _ => (Missed::Latest, due.catch_up.max(due.grace)),
    };
    notes.compare(job, done, missed);
    if let Some(asked) = job.task.jitter {
        notes.lose(job.task, Unsaid::Jitter { asked });
    }
    if job.task.program.tries.get() > 1 {
        notes.lose(job.task, Unsaid::Pause { asked: job.task.program.pause });
    }
    let deadline = seconds(within).max(LEAST_DEADLINE);
    if within.as_time_delta() < TimeDelta::seconds(LEAST_DEADLINE) {
        notes.lose(job.task, Unsaid::Grace { asked: within });
    }
    if schedules.len() > 1 && policy != "Allow" {
        notes.lose(job.task, Unsaid::Apart { count: schedules.len() });
    }
    let named = (1..).zip(&schedules).map(|(count, schedule)| {
        let name = name(job.task, count, names);
        if count == 1 && name != job.task.id.as_str() {
            notes.lose(job.task, Unsaid::Renamed { name: name.clone() });
        }
        let times = format!("  schedule: {}\n  timeZone: {}\n", quoted(schedule), quoted(&zone));
        manifest(
            job,
            common,
            &name,
            &format!("{times}  concurrencyPolicy: {policy}\n  startingDeadlineSeconds: {deadline}\n"),
        )
    });
    Ok(named.collect())
}

/// In whole seconds, none too few.
fn seconds(length: Length) -> i64 {
    let length = length.as_time_delta();
    length.num_seconds() + i64::from(length > TimeDelta::seconds(length.num_seconds()))
}

/// A label of DNS that no other has.
fn name(task: &TaskDraft, count: usize, names: &mut BTreeSet<String>) -> String {
    let mut count = count;
    loop {
        let end = if count == 1 { String::new() } else { format!("-{count}") };
        let stem: String = task.id.as_str().chars().take(LONGEST_NAME - end.len()).collect();
        let name = format!("{}{end}", stem.trim_end_matches('-'));
        if names.insert(name.clone()) {
            return name;
        }
        count += 1;
    }
}

fn manifest(job: Job<'_>, common: &Jobs, name: &str, times: &str) -> String {
    let title = &job.task.title;
    let title = if title.ja == title.en { title.en.clone() } else { format!("{} / {}", title.ja, title.en) };
    let namespace = common.namespace.as_deref().map(|space| format!("  namespace: {}\n", quoted(space)));
    let words = job.command.iter().map(|word| format!("                - {}\n", quoted(&literal(word))));
    let words: String = words.collect();
    let program = &job.task.program;
    // Both are numbers of 32 bits with a sign to the API.
    let most = i64::from(i32::MAX);
    format!(
        "apiVersion: batch/v1
kind: CronJob
metadata:
  name: {name}
{namespace}  annotations:
    toban/task: {task}
    toban/title: {title}
spec:
{times}  suspend: {suspend}
  jobTemplate:
    spec:
      backoffLimit: {again}
      template:
        spec:
          activeDeadlineSeconds: {time_out}
          restartPolicy: Never
          containers:
            - name: task
              image: {image}
              command:
{words}",
        name = quoted(name),
        namespace = namespace.unwrap_or_default(),
        task = quoted(job.task.id.as_str()),
        title = quoted(&title),
        suspend = common.are_suspended,
        again = i64::from(program.tries.get() - 1).min(most),
        time_out = seconds(program.time_out).clamp(1, most),
        image = quoted(&common.image),
    )
}

/// A word in which Kubernetes fills in no variable: two `$` are one to it, and `$(` begins a name.
fn literal(word: &str) -> String {
    if word.contains("$$") || word.contains("$(") { word.replace('$', "$$") } else { word.to_owned() }
}

/// In double quotes, as JSON and YAML both read it.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            // What is no printable character of YAML, or ends a line.
            '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                quoted.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
