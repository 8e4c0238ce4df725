//! Routine work as timers of systemd.
//!
//! ```
//! use toban_adapters::systemd::export;
//! use toban_routine::RoutineDraft;
//! let draft: RoutineDraft = serde_json::from_str(
//!     r#"{"zone": "Asia/Tokyo", "tasks": [{
//!         "id": "closing", "title": "月末締め", "command": ["./close", "--month"],
//!         "when": {"on": {"monthly": ["last", "last fri"]}, "at": ["17:00"]}
//!     }]}"#,
//! )?;
//! let units = export(&draft, Some("/srv/work"), "2026-11-26T00:00:00Z".parse()?);
//! let [service, timer] = &units.units[..] else { unreachable!() };
//! assert_eq!((service.name.as_str(), timer.name.as_str()), ("toban-closing.service", "toban-closing.timer"));
//! assert!(service.text.contains("\nWorkingDirectory=/srv/work\nExecStart=:\"/srv/work/close\" \"--month\"\n"));
//! assert!(timer.text.contains("\nOnCalendar=*-*~01 17:00:00 Asia/Tokyo\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What systemd says
//! - Months, days from both ends of a month, weekdays beside them, times to the second, in a zone: each rule is an
//!   `OnCalendar=`. Systemd leaves out what a change of the clock skips, and takes the first of two (as systemd 252 does).
//! - `Persistent=` catches up with one run for all that was missed.
//! - A unit that still runs is not started again.
//! - A program has a folder that it runs in, and is itself named from the root on, or by a name that is looked for.
//! - `TimeoutStartSec=` ends what takes too long. What fails is not begun again: how often it was counts all starts in some
//!   time, those of the timer too.
//! - `RandomizedDelaySec=` spreads starts, with `FixedRandomDelay=` by one delay for each timer.

use chrono::{DateTime, Utc, Weekday};
use toban_calendar::{ClockChange, Fold, Gap};
use toban_core::Length;
use toban_routine::{Missed, Overlap, RoutineDraft, review};

use crate::schedule::{Job, Notes, Rule, is_relative, jobs, known, rules, unbounded, zone_name};

pub use crate::schedule::{Effect, ExportNote, Unsaid};

/// Units, and what they do not say.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Units {
    /// A service and a timer for each task.
    pub units: Vec<Unit>,
    /// What they do not say, in the order of the tasks.
    pub notes: Vec<ExportNote>,
}

/// A file for `/etc/systemd/system`, or for `~/.config/systemd/user`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unit {
    /// Its name: `toban-`, the task, and `.service` or `.timer`.
    pub name: String,
    /// What stands in it.
    pub text: String,
}

/// What systemd does when clocks change.
const CLOCK: ClockChange = ClockChange::Once { gap: Gap::Refuse, fold: Fold::Earlier };
/// The most `OnCalendar=` of a timer.
const MOST_LINES: usize = 100;

/// Writes a service and a timer for each task that a program does at known times. What would run at other times is not
/// written. The commands run in `folder`, that of the definition, which is named from the root on; where it is not known,
/// what is named from there is not written. `now` is when they are written: what has begun needs no start, and changes of
/// the clock are looked for in the five years from it on.
#[must_use]
pub fn export(draft: &RoutineDraft, folder: Option<&str>, now: DateTime<Utc>) -> Units {
    let (review, mut notes, mut units) = (review(draft), Notes::default(), Vec::new());
    let folder = known(folder);
    for (task, job) in jobs(draft, &review) {
        match job.and_then(|job| both(job, folder, now, &mut notes)) {
            Ok(both) => units.extend(both),
            Err(unsaid) => notes.leave_out(task, unsaid),
        }
    }
    if !units.is_empty() {
        notes.lose_surroundings(draft, folder);
    }
    Units { units, notes: notes.0 }
}

fn both(
    job: Job<'_>,
    folder: Option<&str>,
    now: DateTime<Utc>,
    notes: &mut Notes,
) -> Result<[Unit; 2], Unsaid> {
    unbounded(job.scheduled, now)?;
    let rules = rules(&job.scheduled.recurrence)?;
    let zone = zone_name(rules.first().ok_or(Unsaid::Dates)?.zone)?;
    let events: Vec<_> = rules.iter().flat_map(|rule| events(rule, &zone)).collect();
    if events.len() > MOST_LINES {
        return Err(Unsaid::Long);
    }
    let command = command(job.command, folder)?;
    let folder = folder.map(directory).transpose()?.unwrap_or_default();
    if let Some(at) = rules.iter().filter_map(|rule| rule.differs(CLOCK, now)).min() {
        notes.lose(job.task, Unsaid::Clock { at });
    }
    let due = job.task.due;
    let is_persistent = due.missed != Missed::Skip;
    let missed = match due.missed {
        Missed::All { .. } => Missed::Coalesce,
        missed => missed,
    };
    notes.compare(job, Overlap::Skip, missed);
    if is_persistent {
        notes.lose(job.task, Unsaid::CatchUp { asked: due.catch_up });
    }
    if let Some(asked) = job.task.jitter {
        notes.lose(job.task, Unsaid::Delay { asked });
    }
    notes.lose_tries(job.task);
    let (id, title) = (&job.task.id, &job.task.title.ja);
    let description = title.split_whitespace().collect::<Vec<_>>().join(" ").replace('%', "%%");
    let lines: String = events.iter().map(|event| format!("OnCalendar={event}\n")).collect();
    let persistent = if is_persistent { "true" } else { "false" };
    let time_out = span(job.task.program.time_out);
    let spread =
        job.task.jitter.map(|most| format!("RandomizedDelaySec={}\nFixedRandomDelay=true\n", span(most)));
    let spread = spread.unwrap_or_default();
    let service = format!(
        "[Unit]\nDescription={description}\n\n[Service]\nType=oneshot\n{folder}ExecStart={command}\nTimeoutStartSec={time_out}\n"
    );
    let timer = format!(
        "[Unit]\nDescription={description}\n\n[Timer]\n{lines}AccuracySec=1s\n{spread}Persistent={persistent}\n\n[Install]\nWantedBy=timers.target\n"
    );
    let unit = |kind: &str, text| Unit { name: format!("toban-{id}.{kind}"), text };
    Ok([unit("service", service), unit("timer", timer)])
}

/// The calendar events of a rule: one for days from each end of the month.
fn events(rule: &Rule, zone: &str) -> Vec<String> {
    let two = |values: &mut dyn Iterator<Item = u32>| {
        values.map(|value| format!("{value:02}")).collect::<Vec<_>>().join(",")
    };
    let all = |values: &[u32], count: usize| match values.len() == count {
        true => "*".to_owned(),
        false => two(&mut values.iter().copied()),
    };
    let weekdays: Vec<_> = rule.part.weekdays.iter().collect();
    let weekdays = match weekdays.as_slice() {
        all if all.len() == 7 => String::new(),
        [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri] => "Mon..Fri ".to_owned(),
        some => some.iter().map(ToString::to_string).collect::<Vec<_>>().join(",") + " ",
    };
    let months = all(&rule.part.months.iter().collect::<Vec<_>>(), 12);
    let days = match &rule.part.days {
        None => vec!["-*".to_owned()],
        Some(days) => {
            // Each by itself: of `01/7` systemd 252 misses some.
            let from_start = two(&mut days.from_start.iter().copied());
            let from_end = two(&mut days.from_end.iter().map(|before| before + 1));
            let both = [("-", from_start), ("~", from_end)].into_iter().filter(|(_, days)| !days.is_empty());
            both.map(|(from, days)| format!("{from}{days}")).collect()
        }
    };
    let time = format!("{}:{}:{}", all(&rule.hours, 24), all(&rule.minutes, 60), all(&rule.seconds, 60));
    days.into_iter().map(|days| format!("{weekdays}*-{months}{days} {time} {zone}")).collect()
}

/// A length as systemd reads it. None at all would be no bound to it.
fn span(length: Length) -> String {
    match length.as_time_delta().num_milliseconds().max(1) {
        whole if whole % 1000 == 0 => format!("{}s", whole / 1000),
        some => format!("{some}ms"),
    }
}

/// The folder that a program runs in.
fn directory(folder: &str) -> Result<String, Unsaid> {
    if folder.contains(|c: char| c.is_ascii_control()) {
        return Err(Unsaid::Control);
    }
    // At the end of a line blanks are lost, and `\` goes on with the next one.
    let end = if folder.ends_with(|c: char| c == '\\' || c.is_whitespace()) { "/" } else { "" };
    Ok(format!("WorkingDirectory={}{end}\n", folder.replace('%', "%%")))
}

/// The command with its arguments; `:` says that `$` is a character like any other.
fn command(words: &[String], folder: Option<&str>) -> Result<String, Unsaid> {
    let [program, arguments @ ..] = words else { return Err(Unsaid::ByHand) };
    let program = match folder {
        _ if !is_relative(program) => program.to_owned(),
        Some(folder) => {
            format!("{}/{}", folder.trim_end_matches('/'), program.trim_start_matches("./"))
        }
        None => return Err(Unsaid::Folder),
    };
    // What its path may not have, however it is quoted.
    let is_unsafe = |c: char| matches!(c, '"' | '\'' | '\\') || c.is_ascii_control();
    if program.is_empty()
        || program.starts_with(['@', '-', ':', '+', '!', '|'])
        || program.ends_with('/')
        || program.contains(is_unsafe)
    {
        return Err(Unsaid::Program);
    }
    let words = [&program].into_iter().chain(arguments).map(|word| quoted(word));
    Ok(format!(":{}", words.collect::<Vec<_>>().join(" ")))
}

fn quoted(word: &str) -> String {
    let mut text = String::from("\"");
    for c in word.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            '%' => text.push_str("%%"),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            c if c.is_ascii_control() => text.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => text.push(c),
        }
    }
    text.push('"');
    text
}
