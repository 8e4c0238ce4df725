//! Stages run one after another, and the table at the end.

use crate::Result;
use crate::workspace::Workspace;
use std::time::Instant;

/// One of the checks.
#[derive(Clone, Copy, Debug)]
pub struct Stage {
    /// By which it can be asked for alone.
    pub name: &'static str,
    /// What it does.
    pub run: fn(&Workspace) -> Result<Outcome>,
}

/// How a stage ended that found no fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done; with a note for the table.
    Passed(String),
    /// Not, or not all, done; with the reason. On CI that is a failure.
    LeftOut(String),
}

/// How a stage ended, for the table.
#[derive(Clone, Debug)]
pub struct Row {
    /// The stage.
    pub name: &'static str,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// What came of it.
    pub outcome: std::result::Result<Outcome, String>,
}

/// Whether this run may leave nothing out: `CI` is set, as continuous integration services do.
#[must_use]
pub fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"))
}

/// Runs every stage, or only those named, to the end, and prints the table.
///
/// # Errors
/// When a stage failed, or left something out on CI; or a name is no stage's.
pub fn run(workspace: &Workspace, stages: &[Stage], named: &[&str]) -> Result<()> {
    if let Some(unknown) = named.iter().find(|name| stages.iter().all(|stage| stage.name != **name)) {
        return Err(format!("no stage is called {unknown}").into());
    }
    let chosen = stages.iter().filter(|stage| named.is_empty() || named.contains(&stage.name));
    let mut rows = Vec::new();
    for stage in chosen {
        println!("\n== {} ==", stage.name);
        let began = Instant::now();
        let outcome = (stage.run)(workspace).map_err(|error| error.to_string());
        if let Err(error) = &outcome {
            println!("{error}");
        }
        rows.push(Row { name: stage.name, seconds: began.elapsed().as_secs_f64(), outcome });
    }
    println!("\n{}", table(&rows));
    verdict(&rows, is_ci())
}

/// A line for each stage, its seconds, and what came of it.
#[must_use]
pub fn table(rows: &[Row]) -> String {
    let mut lines = vec![format!("{:<12} {:>8}  result", "stage", "seconds")];
    for Row { name, seconds, outcome } in rows {
        let result = match outcome {
            Ok(Outcome::Passed(note)) => format!("ok        {note}"),
            Ok(Outcome::LeftOut(what)) => format!("LEFT OUT  {what}"),
            Err(error) => format!("FAILED    {}", error.lines().next().unwrap_or_default()),
        };
        lines.push(format!("{name:<12} {seconds:>8.1}  {}", result.trim_end()));
    }
    let total: f64 = rows.iter().map(|row| row.seconds).sum();
    lines.push(format!("{:<12} {total:>8.1}", "total"));
    lines.join("\n")
}

/// Whether the rows together are a pass; on CI what was left out is a failure.
///
/// # Errors
/// The names of the stages that fail the run.
pub fn verdict(rows: &[Row], is_ci: bool) -> Result<()> {
    let fails = |row: &&Row| match &row.outcome {
        Ok(Outcome::Passed(_)) => false,
        Ok(Outcome::LeftOut(_)) => is_ci,
        Err(_) => true,
    };
    let failed: Vec<_> = rows.iter().filter(fails).map(|row| row.name).collect();
    if failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", failed.join(", ")).into()) }
}
