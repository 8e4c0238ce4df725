//! Routine work as a table of cron.

use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use toban_calendar::ClockChange;
use toban_core::Text;
use toban_routine::{Missed, Overlap, ProgramRules, RoutineDraft, TaskDraft, review};

use crate::schedule::fields::{Style, day_fields, listed, months, time_fields, weekdays};
use crate::schedule::{
    Effect, ExportNote, Job, Notes, Rule, Unsaid, is_relative, jobs, known, rules, zone_name,
};
use crate::shell;

/// A table of cron, and what it does not say.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Table {
    /// The table, in the form of a user; each note of a task stands above its lines too.
    pub text: String,
    /// What it does not say, in the order of the tasks.
    pub notes: Vec<ExportNote>,
}

/// The most lines for one task.
const MOST_LINES: usize = 24;
/// The longest command: that of Debian's cron has to fit into 1,000 bytes with its end.
const LONGEST: usize = 998;

/// Writes the tasks that programs do at known times as the table of a user. Their commands run in `folder`, that of the
/// definition, which is named from the root on. Where it is not known they run at the home of the user, and what is named
/// from the folder is not written.
///
/// What five fields say is written so. Days that count from the end of the month, n-th weekdays, bounds and whatever
/// else must match beside a weekday are asked for by the command itself, which ends at once on other days. What would
/// run at other times is not written, and stands as a comment. `now` is when the table is made: what has begun needs no
/// start, and changes of the clock are looked for in the five years from it on.
///
/// ```
/// use toban_adapters::crontab::export;
/// use toban_routine::RoutineDraft;
/// let draft: RoutineDraft = serde_json::from_str(
///     r#"{"zone": "Asia/Tokyo", "tasks": [{
///         "id": "check", "title": "朝の点検", "command": ["./check", "--all hosts"],
///         "when": {"on": {"weekly": ["mon", "tue"]}, "at": ["09:00", "17:30"]},
///         "due": {"missed": "skip"}, "overlap": "allow_all"
///     }]}"#,
/// )?;
/// let table = export(&draft, Some("/srv/work"), "2026-11-26T00:00:00Z".parse()?);
/// let lines = "CRON_TZ=Asia/Tokyo\n\n# 朝の点検\n0 9 * * 1,2 cd /srv/work && ./check '--all hosts'\n# 朝の点検\n30 17 * * 1,2 cd /srv/work && ./check '--all hosts'\n";
/// assert!(table.text.ends_with(lines), "{}", table.text);
/// assert!(table.notes.iter().all(|note| note.task.is_none()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn export(draft: &RoutineDraft, folder: Option<&str>, now: DateTime<Utc>) -> Table {
    let (review, mut notes, folder) = (review(draft), Notes::default(), known(folder));
    let (mut text, mut zone) = ("SHELL=/bin/sh\n".to_owned(), None);
    for (task, job) in jobs(draft, &review) {
        match job.and_then(|job| lines(job, folder, now, &mut notes)) {
            Ok(lines) => {
                if zone.as_ref() != Some(&lines.zone) {
                    text.push_str(&format!("\nCRON_TZ={}\n", lines.zone));
                    zone = Some(lines.zone);
                }
                text.push('\n');
                for note in notes.0.iter().filter(|note| note.task.as_ref() == Some(&task.id)) {
                    comment(&mut text, &note.unsaid.text());
                }
                for line in lines.lines {
                    text.push_str(&format!("# {}\n{line}\n", title(task)));
                }
            }
            Err(unsaid) => {
                notes.leave_out(task, unsaid);
                text.push('\n');
                notes.0.last().into_iter().for_each(|note| comment(&mut text, &note.text()));
            }
        }
    }
    if zone.is_some() {
        notes.lose_surroundings(draft, folder);
        let note = ExportNote { task: None, effect: Effect::Written, unsaid: Unsaid::ZoneVariable };
        notes.0.insert(0, note);
    }
    Table { text, notes: notes.0 }
}

struct Lines {
    zone: String,
    lines: Vec<String>,
}

fn lines(job: Job<'_>, folder: Option<&str>, now: DateTime<Utc>, notes: &mut Notes) -> Result<Lines, Unsaid> {
    let recurrence = &job.scheduled.recurrence;
    let rules = rules(recurrence)?.into_iter().map(Rule::in_minutes).collect::<Result<Vec<_>, _>>()?;
    let zone = zone_name(rules.first().ok_or(Unsaid::Dates)?.zone)?;
    let command = command(job, folder)?;
    let bounds = bounds(job, now);
    let (mut lines, mut differs, mut is_guarded) = (Vec::new(), None, !bounds.is_empty());
    let mut skipped = BTreeMap::new();
    for rule in &rules {
        let (times, at) = times(rule, now);
        if clock_of(&times) == ClockChange::ONCE {
            rule.skipped(now).into_iter().for_each(|(at, count)| *skipped.entry(at).or_insert(0) += count);
        }
        differs = differs.into_iter().chain(at).min();
        let (days, guard) = match day_fields(rule) {
            Ok(days) => (days, String::new()),
            Err(unsaid) => guarded(rule, &zone).ok_or(unsaid)?,
        };
        is_guarded |= !guard.is_empty();
        let run = format!("{bounds}{guard}{command}").replace('%', "\\%");
        if run.len() > LONGEST {
            return Err(Unsaid::Long);
        }
        lines.push(format!("{times} {days} {run}"));
    }
    if lines.len() > MOST_LINES {
        return Err(Unsaid::Long);
    }
    if let Some(at) = differs {
        notes.lose(job.task, Unsaid::Clock { at });
    }
    let runs = skipped.into_iter().map(|(at, count)| {
        // What happens there of itself runs too, each line by itself.
        (at, rules.iter().filter(|rule| rule.has(at)).fold(count, |count, _| count + 1))
    });
    if let Some((at, count)) = runs.into_iter().find(|(_, count)| *count > 1) {
        notes.lose(job.task, Unsaid::EachSkipped { at, count });
    }
    if is_guarded {
        notes.lose(job.task, Unsaid::Guarded);
    }
    notes.compare(job, Overlap::AllowAll, Missed::Skip);
    if let Some(asked) = job.task.jitter {
        notes.lose(job.task, Unsaid::Jitter { asked });
    }
    let asked = job.task.program.time_out;
    // Whoever did not say how long it may take is not told that it may take longer.
    if asked != ProgramRules::default().time_out {
        notes.lose(job.task, Unsaid::TimeOut { asked });
    }
    notes.lose_tries(job.task);
    Ok(Lines { zone, lines })
}

/// Minute and hour in that style in which cron takes changes of the clock as the task does; where none does, the first
/// instant at which it does something else.
fn times(rule: &Rule, now: DateTime<Utc>) -> (String, Option<DateTime<Utc>>) {
    let tried = [Style::Star, Style::Numbers].map(|style| {
        let fields = time_fields(rule, style);
        let at = rule.differs(clock_of(&fields), now);
        (fields, at)
    });
    let [star, numbers] = tried;
    if star.1.is_some() && numbers.1.is_none() { numbers } else { star }
}

/// What Debian's cron and cronie do to such a line when clocks change; but of times that the clock jumps over a line runs
/// each, one after another.
fn clock_of(time_fields: &str) -> ClockChange {
    let is_starred = time_fields.split(' ').any(|field| field.starts_with('*'));
    if is_starred { ClockChange::EachShowing } else { ClockChange::ONCE }
}

/// The command as cron gives it to `/bin/sh -c`.
fn command(job: Job<'_>, folder: Option<&str>) -> Result<String, Unsaid> {
    if folder.is_none() && job.command.first().is_some_and(|program| is_relative(program)) {
        return Err(Unsaid::Folder);
    }
    if job.command.iter().map(String::as_str).chain(folder).any(|word| word.contains(['\n', '\r'])) {
        return Err(Unsaid::Control);
    }
    let (command, or_else) = match job.command {
        // Whatever it is: `a; b` and `a || b` do not run either where the folder is gone.
        [shell, flag, command] if shell == "/bin/sh" && flag == "-c" => {
            (command.trim().to_owned(), " || exit 1; ")
        }
        words => (words.iter().map(|word| shell::quoted(word)).collect::<Vec<_>>().join(" "), " && "),
    };
    let enter = folder.map(|folder| format!("cd {}{or_else}", shell::quoted(folder)));
    Ok(enter.unwrap_or_default() + &command)
}

/// What ends the command before the start and from the end on.
fn bounds(job: Job<'_>, now: DateTime<Utc>) -> String {
    let recurrence = &job.scheduled.recurrence;
    let bound =
        |at: DateTime<Utc>, is: &str| format!("[ \"$(date +%s)\" {is} {} ] || exit 0; ", at.timestamp());
    let start = recurrence.start().filter(|start| *start > now).map(|at| bound(at, "-ge"));
    let end = recurrence.end().map(|at| bound(at, "-lt"));
    start.into_iter().chain(end).collect()
}

/// Fields that have all of its days and others, and what ends the command on the others.
fn guarded(rule: &Rule, zone: &str) -> Option<(String, String)> {
    let days = rule.part.days.as_ref()?;
    let two_digits = |days: &mut dyn Iterator<Item = u32>| {
        days.map(|day| format!("{day:02}")).collect::<Vec<_>>().join("|")
    };
    let mut checks = Vec::new();
    if !days.from_start.is_empty() {
        let days = two_digits(&mut days.from_start.iter().copied());
        checks.push(format!("TZ={zone} date +%d | grep -Eqx '{days}'"));
    }
    for run in days.from_end.chunk_by(|one, other| one + 1 == *other) {
        let (nearest, furthest) = (*run.first()?, *run.last()? + 1);
        // Then the day that is so many days ahead is in the next month, and among its first, if and only if this one
        // is among those; with 29 it might be in the month after that.
        if furthest > 28 {
            return None;
        }
        let ahead = if furthest == 1 { "tomorrow".to_owned() } else { format!("today {furthest} days") };
        let days = two_digits(&mut (1..=furthest - nearest));
        // At noon: there are nights in which the clock skips the time that it is now.
        checks.push(format!("TZ={zone} date -d '12:00 {ahead}' +%d | grep -Eqx '{days}'"));
    }
    let fields = match weekdays(rule).as_str() {
        "*" => {
            let mut all: Vec<_> = days.from_start.clone();
            all.extend(
                days.from_end.iter().flat_map(|before| (28..=31_u32).map(move |length| length - before)),
            );
            all.sort_unstable();
            all.dedup();
            format!("{} {} *", listed(&all), months(rule))
        }
        weekdays => format!("* {} {weekdays}", months(rule)),
    };
    Some((fields, format!("{} || exit 0; ", checks.join(" || "))))
}

fn title(task: &TaskDraft) -> String {
    let both = if task.title.ja == task.title.en {
        vec![&task.title.en]
    } else {
        vec![&task.title.ja, &task.title.en]
    };
    let both = both.into_iter().map(|title| title.split_whitespace().collect::<Vec<_>>().join(" "));
    both.collect::<Vec<_>>().join(" / ")
}

fn comment(text: &mut String, note: &Text) {
    text.push_str(&format!("# ※ {}\n#   {}\n", note.ja, note.en));
}
