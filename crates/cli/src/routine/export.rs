//! `toban routine export`: the tasks for others.

use super::definition::Definition;
use super::run::folder;
use super::years;
use crate::args::Language;
use crate::args::routine::{Export, Target};
use crate::failure::Failure;
use crate::output;
use crate::sources::name_of;
use chrono::TimeDelta;
use std::path::Path;
use std::process::ExitCode;
use toban_adapters::{crontab, kubernetes, systemd};
use toban_calendar::{IcalEvent, icalendar};
use toban_core::{Interval, Length, Text};
use toban_routine::ScheduledTask;

pub(super) fn run(args: &Export) -> Result<ExitCode, Failure> {
    let definition = Definition::read(&args.defined.spec)?;
    let tasks = definition.tasks(&args.defined.task)?;
    let within = years(args.at, args.years)?;
    let is_english = args.lang == Language::En;
    let pick = |text: &Text| if is_english { text.en.clone() } else { text.ja.clone() };
    let draft = definition.only(&tasks);
    let folder = folder(&args.defined.spec)?;
    let (text, notes): (_, Vec<Text>) = match args.to {
        Target::Icalendar => return icalendar_of(args, &definition, &tasks, within, &pick),
        Target::Crontab => {
            let table = crontab::export(&draft, folder.as_deref(), within.start());
            (table.text, table.notes.iter().map(crontab::ExportNote::text).collect())
        }
        Target::Systemd => {
            let written = systemd::export(&draft, folder.as_deref(), within.start());
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
    let domain = args.domain.clone().unwrap_or_else(|| domain_of(&args.defined.spec));
    let words = tasks.iter().map(|task| {
        let uid = format!("{}@{domain}", task.id);
        (uid, pick(&task.title), pick(&task.recurrence.describe()))
    });
    let words: Vec<_> = words.collect();
    let events = tasks.iter().zip(&words).map(|(task, (uid, title, when))| {
        let estimate = definition.draft.tasks.get(task.place).and_then(|task| task.estimate);
        IcalEvent {
            uid,
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
    for task in tasks {
        if let Some(most) = definition.draft.tasks.get(task.place).and_then(|task| task.jitter) {
            let said = Text::new(
                format!("{}: 予定の時刻を示す。開始はその後{most}の間に散らす", task.id),
                format!("{}: shown when it is due; its starts are spread over {most} from then on", task.id),
            );
            eprintln!("note: {}", pick(&said));
        }
    }
    Ok(definition.code())
}

/// What tells the tasks of a definition from those of others: the name of its file, wherever that lies, so that it is the
/// same on every machine.
fn domain_of(spec: &Path) -> String {
    let stem = spec.file_stem().filter(|_| spec != Path::new("-")).map(|stem| stem.to_string_lossy());
    let name: String =
        stem.unwrap_or_default().chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    match name.trim_matches('-') {
        "" => "toban".to_owned(),
        name => name.to_lowercase(),
    }
}
