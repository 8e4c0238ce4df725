//! `toban routine import`: a definition from a table of cron.

use crate::args::Language;
use crate::args::routine::Import;
use crate::failure::Failure;
use crate::output;
use crate::sources::name_of;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;
use toban_adapters::crontab;

pub(super) fn run(args: &Import) -> Result<ExitCode, Failure> {
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
    let is_english = args.lang == Language::En;
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
