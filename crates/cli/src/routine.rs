//! `toban routine`.

use crate::args::Format;
use crate::args::TextFormat;
use crate::args::routine::{
    Calendar, Capacity, Check, Defined, Export, Import, Next, Preview, Routine, Target, Why,
};
use crate::document;
use crate::failure::Failure;
use crate::output;
use crate::sources::name_of;
use chrono::{DateTime, Datelike, Months, TimeDelta, Utc};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;
use toban_adapters::{crontab, kubernetes, systemd};
use toban_calendar::{IcalEvent, Zone, icalendar};
use toban_core::{Interval, Length, Text, Verdict};
use toban_render::routine as show;
use toban_routine::{Level, Review, RoutineDraft, ScheduledTask, TaskId, capacity, review};
use toban_yaml::{Document, Findings};

pub(crate) fn run(command: Routine) -> Result<ExitCode, Failure> {
    match command {
        Routine::Next(args) => next(&args),
        Routine::Calendar(args) => calendar(&args),
        Routine::Why(args) => why(&args),
        Routine::Preview(args) => preview(&args),
        Routine::Check(args) => check(&args),
        Routine::Capacity(args) => fits(&args),
        Routine::Export(args) => export(&args),
        Routine::Import(args) => import(&args),
    }
}

/// A definition with the places where everything stands.
struct Definition {
    document: Document,
    draft: RoutineDraft,
    review: Review,
}

impl Definition {
    fn read(path: &Path) -> Result<Self, Failure> {
        let (document, draft): (_, RoutineDraft) = document::only(path, document::in_file_or_stdin(path)?)?;
        let review = review(&draft);
        Ok(Self { document, draft, review })
    }

    /// The draft with these tasks alone.
    fn only(&self, tasks: &[ScheduledTask]) -> RoutineDraft {
        let mut draft = self.draft.clone();
        draft.tasks = tasks.iter().filter_map(|task| self.draft.tasks.get(task.place).cloned()).collect();
        draft
    }

    /// The errors, each at its place.
    fn errors(&self) -> Findings {
        self.found(self.review.errors())
    }

    /// What was found, each at its place.
    fn found<'f>(&self, found: impl IntoIterator<Item = &'f toban_routine::Finding>) -> Findings {
        let at = |finding: &toban_routine::Finding| {
            let here = self.document.finding(&finding.place.parse().unwrap_or_default(), &finding.text.en);
            match finding.level {
                Level::Error => here,
                Level::Warning => here.with_level(toban_yaml::Level::Warning),
            }
        };
        let mut all: Findings = found.into_iter().map(at).collect();
        all.sort();
        all
    }

    /// The tasks that were asked for; what is wrong with the others is told, and stops nothing.
    fn tasks(&self, asked: &[TaskId]) -> Result<Vec<ScheduledTask>, Failure> {
        eprint!("{}", self.errors().render());
        for id in asked {
            if !self.draft.tasks.iter().any(|task| &task.id == id) {
                let known: Vec<_> = self.draft.tasks.iter().map(|task| task.id.as_str()).collect();
                return Err(Failure::new(format_args!(
                    "there is no task {id}: there are {}",
                    known.join(", ")
                )));
            }
        }
        let is_asked = |task: &&ScheduledTask| asked.is_empty() || asked.contains(&task.id);
        let tasks: Vec<_> = self.review.scheduled.iter().filter(is_asked).cloned().collect();
        if let (true, [id, ..]) = (tasks.is_empty(), asked) {
            return Err(Failure::new(format_args!("the times of {id} are not known")));
        }
        Ok(tasks)
    }

    fn zone(&self, asked: Option<Zone>) -> Zone {
        // Where the definition names none, that of its first task.
        let of_task = || self.review.scheduled.iter().find_map(|task| task.recurrence.zone());
        asked.or(self.review.zone).or_else(of_task).unwrap_or(Zone::UTC)
    }

    /// What the caller is told in the end: all is well, or something in the definition is wrong.
    fn code(&self) -> ExitCode {
        if self.review.errors().next().is_some() { ExitCode::from(1) } else { ExitCode::SUCCESS }
    }
}

/// So many years from a moment on.
fn years(at: Option<DateTime<Utc>>, years: u32) -> Result<Interval, Failure> {
    let start = at.unwrap_or_else(Utc::now);
    let end = start.checked_add_months(Months::new(years * 12));
    let whole = end.and_then(|end| Interval::new(start, end).ok());
    whole.ok_or_else(|| Failure::new(format_args!("no calendar reaches so far from {start}")))
}

fn next(args: &Next) -> Result<ExitCode, Failure> {
    let Defined { spec, task } = &args.defined;
    let definition = Definition::read(spec)?;
    let tasks = definition.tasks(task)?;
    let zone = definition.zone(args.zone);
    let at = args.at.unwrap_or_else(Utc::now) - TimeDelta::nanoseconds(1);
    // One time of each task at a time: however many are asked for, no more are held.
    let first = |(place, task): (usize, &ScheduledTask)| Some(Reverse((task.recurrence.next(at)?, place)));
    let mut coming: BinaryHeap<_> = tasks.iter().enumerate().filter_map(first).collect();
    let mut firings = Vec::new();
    while firings.len() < args.count
        && let Some(Reverse((at, place))) = coming.pop()
        && let Some(task) = tasks.get(place)
    {
        firings.push(show::Firing { at, task });
        coming.extend(task.recurrence.next(at).map(|next| Reverse((next, place))));
    }
    let by = firings.last().map_or(at, |firing| firing.at).date_naive() + TimeDelta::days(1);
    eprint!("{}", definition.found(&definition.review.running_out(by)).render());
    let (width, style) = output::style(&args.shape.output);
    let text = match args.shape.format {
        TextFormat::Table => show::next_text(&firings, zone, width, style, args.shape.lang.into()),
        TextFormat::Json => show::next_json(&firings, zone),
    };
    output::write(&text, &args.shape.output)?;
    Ok(definition.code())
}

fn calendar(args: &Calendar) -> Result<ExitCode, Failure> {
    let Defined { spec, task } = &args.defined;
    let definition = Definition::read(spec)?;
    let tasks = definition.tasks(task)?;
    let zone = definition.zone(args.zone);
    let own: Vec<_> = definition.draft.calendars.keys().collect();
    let name = args.calendar.as_ref().or(match own.as_slice() {
        [only] => Some(*only),
        _ => None,
    });
    let closed = name.map(|name| {
        let known = definition.review.calendars.get(name);
        known.ok_or_else(|| Failure::new(format_args!("there is no calendar {name}")))
    });
    let now = || zone.civil(Utc::now()).map(|now| (now.year(), now.month())).unwrap_or_default();
    let month = show::Month::new(&tasks, args.month.unwrap_or_else(now), zone, closed.transpose()?)
        .map_err(|error| Failure::from_error(&error))?;
    let (width, style) = output::style(&args.output);
    let text = match args.format {
        Format::Table => show::month_text(&month, width, style, args.lang.into()),
        Format::Html => show::month_html(&month, args.lang.into()),
        Format::Json => show::month_json(&month),
    };
    output::write(&text, &args.output)?;
    Ok(definition.code())
}

fn why(args: &Why) -> Result<ExitCode, Failure> {
    let definition = Definition::read(&args.spec)?;
    let tasks = definition.tasks(std::slice::from_ref(&args.task))?;
    let Some(task) = tasks.first() else { return Err(Failure::new("there is no such task")) };
    let why = task.recurrence.why(args.date);
    let zone = task.recurrence.zone().unwrap_or(Zone::UTC);
    let (width, style) = output::style(&args.shape.output);
    let text = match args.shape.format {
        TextFormat::Table => show::why_text(task, &why, zone, width, style, args.shape.lang.into()),
        TextFormat::Json => show::why_json(task, &why),
    };
    output::write(&text, &args.shape.output)?;
    Ok(definition.code())
}

fn preview(args: &Preview) -> Result<ExitCode, Failure> {
    let definition = Definition::read(&args.defined.spec)?;
    let tasks = definition.tasks(&args.defined.task)?;
    let within = years(args.at, args.years)?;
    let changes: Vec<_> = tasks.iter().map(|task| (task, task.recurrence.preview(within))).collect();
    let (width, style) = output::style(&args.shape.output);
    let text = match args.shape.format {
        TextFormat::Table => show::preview_text(&changes, width, style, args.shape.lang.into()),
        TextFormat::Json => show::preview_json(&changes),
    };
    output::write(&text, &args.shape.output)?;
    Ok(definition.code())
}

fn check(args: &Check) -> Result<ExitCode, Failure> {
    let definition = Definition::read(&args.spec)?;
    let (width, style) = output::style(&args.shape.output);
    let text = match args.shape.format {
        TextFormat::Table => show::review_text(&definition.review, width, style, args.shape.lang.into()),
        TextFormat::Json => show::review_json(&definition.review),
    };
    output::write(&text, &args.shape.output)?;
    let by = args.at.unwrap_or_else(Utc::now).date_naive() + TimeDelta::days(366);
    let ending = definition.review.running_out(by);
    eprint!("{}", definition.found(definition.review.errors().chain(&ending)).render());
    Ok(definition.code())
}

fn export(args: &Export) -> Result<ExitCode, Failure> {
    let definition = Definition::read(&args.defined.spec)?;
    let tasks = definition.tasks(&args.defined.task)?;
    let within = years(args.at, args.years)?;
    let is_english = args.lang == crate::args::Language::En;
    let pick = |text: &Text| if is_english { text.en.clone() } else { text.ja.clone() };
    let draft = definition.only(&tasks);
    let (text, notes): (_, Vec<Text>) = match args.to {
        Target::Icalendar => return icalendar_of(args, &definition, &tasks, within, &pick),
        Target::Crontab => {
            let table = crontab::export(&draft, within.start());
            (table.text, table.notes.iter().map(crontab::ExportNote::text).collect())
        }
        Target::Systemd => {
            let written = systemd::export(&draft, within.start());
            let units = written.units.iter().map(|unit| format!("# {}\n{}", unit.name, unit.text));
            (
                units.collect::<Vec<_>>().join("\n"),
                written.notes.iter().map(crontab::ExportNote::text).collect(),
            )
        }
        Target::Kubernetes => {
            let image = args.image.clone().unwrap_or_default();
            let jobs = kubernetes::Jobs { image, namespace: None, are_suspended: false };
            let written = kubernetes::export(&draft, &jobs, within.start());
            (written.text, written.notes.iter().map(crontab::ExportNote::text).collect())
        }
    };
    output::write(&text, &args.output)?;
    for note in &notes {
        eprintln!("note: {}", pick(note));
    }
    Ok(definition.code())
}

fn icalendar_of(
    args: &Export,
    definition: &Definition,
    tasks: &[ScheduledTask],
    within: Interval,
    pick: &dyn Fn(&Text) -> String,
) -> Result<ExitCode, Failure> {
    let words = tasks.iter().map(|task| (pick(&task.title), pick(&task.recurrence.describe())));
    let words: Vec<_> = words.collect();
    let events = tasks.iter().zip(&words).map(|(task, (title, when))| {
        let estimate = definition.draft.tasks.get(task.place).and_then(|task| task.estimate);
        IcalEvent {
            uid: task.id.as_str(),
            summary: title,
            description: Some(when),
            recurrence: &task.recurrence,
            length: estimate.map_or(TimeDelta::minutes(15), Length::as_time_delta),
        }
    });
    let events: Vec<_> = events.collect();
    let written = icalendar(&name_of(&args.defined.spec), &events, within, within.start());
    let written = written.map_err(|error| Failure::from_error(&error))?;
    output::write(&written.text, &args.output)?;
    for note in &written.notes {
        eprintln!("note: {}", pick(&note.text()));
    }
    Ok(definition.code())
}

fn fits(args: &Capacity) -> Result<ExitCode, Failure> {
    let definition = Definition::read(&args.spec)?;
    eprint!("{}", definition.errors().render());
    let within = years(args.at, args.years)?;
    let report = capacity(&definition.draft, within, within.start());
    let (width, style) = output::style(&args.shape.output);
    let text = match args.shape.format {
        TextFormat::Table => {
            show::capacity_text(&report, definition.zone(None), width, style, args.shape.lang.into())
        }
        TextFormat::Json => show::capacity_json(&report),
    };
    output::write(&text, &args.shape.output)?;
    let is_go = report.ruling.verdict == Verdict::Go;
    Ok(if is_go { definition.code() } else { ExitCode::from(1) })
}

fn import(args: &Import) -> Result<ExitCode, Failure> {
    let name = name_of(&args.crontab);
    let cannot = |error| Failure::new(format_args!("{name}: cannot be read: {error}"));
    let mut table = String::new();
    match args.crontab == Path::new("-") {
        true => std::io::stdin().lock().read_to_string(&mut table),
        false => File::open(&args.crontab).and_then(|mut file| file.read_to_string(&mut table)),
    }
    .map_err(cannot)?;
    let form = if args.system { crontab::Form::System } else { crontab::Form::User };
    let imported = crontab::import(&table, form, args.zone);
    let text = serde_saphyr::to_string(&imported.draft).map_err(|error| Failure::from_error(&error))?;
    output::write(&text, &args.output)?;
    let mut said: Vec<_> =
        imported.errors.iter().map(|error| (error.line, format!("error: {}", error.cause))).collect();
    let is_english = args.lang == crate::args::Language::En;
    said.extend(imported.notes.iter().map(|note| {
        let text = note.text();
        (note.line, format!("note: {}", if is_english { text.en } else { text.ja }))
    }));
    said.sort();
    for (line, text) in said {
        eprintln!("{name}:{line}: {text}");
    }
    Ok(if imported.errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
