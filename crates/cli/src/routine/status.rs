//! `toban routine status`: where tasks and their firings stand.

use super::{book, tasks, zone_of};
use crate::args::TextFormat;
use crate::args::routine::Status;
use crate::failure::Failure;
use crate::output;
use chrono::Utc;
use std::process::ExitCode;
use toban_render::routine::{TaskStatus, status_json, status_text};
use toban_routine::FiringId;

pub(super) async fn run(args: &Status) -> Result<ExitCode, Failure> {
    let book = book(&args.kept.journal)?;
    let tasks = tasks(&book, &args.task).await?;
    let (zone, now) = (zone_of(args.zone, &tasks), Utc::now());
    let mut all = Vec::new();
    for task in &tasks {
        let mut under_way = Vec::new();
        let Some(plan) = task.state().plan() else { continue };
        for fired in &task.state().running {
            let id = FiringId { task: plan.task.id.clone(), nominal: fired.nominal };
            let state = book.firing(&id).await?.state().clone();
            under_way.push((id, state));
        }
        all.push(TaskStatus { task: task.state().clone(), under_way });
    }
    let (width, style) = output::style(&args.shape.output);
    let text = match args.shape.format {
        TextFormat::Table => status_text(&all, now, zone, width, style, args.shape.lang.into()),
        TextFormat::Json => status_json(&all, now),
    };
    output::write(&text, &args.shape.output)?;
    Ok(ExitCode::SUCCESS)
}
