//! `toban release report`: the record of a release, and the figures of all.

use super::{journal, names, no_release, open};
use crate::args::TextFormat;
use crate::args::release::Report;
use crate::failure::Failure;
use crate::output;
use std::process::ExitCode;
use toban_durable::{Journal, history};
use toban_release_core::rollout::Rollout;
use toban_release_core::{Figures, Targets, release_figures};
use toban_render::release::{figures_json, figures_text, history_json, history_text};

pub(super) async fn run(args: &Report) -> Result<ExitCode, Failure> {
    let (width, style) = output::style(&args.shape.output);
    let language = args.shape.lang.into();
    if args.all {
        let journal = journal(&args.which.kept.journal)?;
        let (mut releases, mut damage) = (Vec::new(), None);
        for name in names(&journal).await? {
            let (history, damaged) = history::<Rollout>(&*journal, &name).await?;
            releases.extend(release_figures(&history.entries));
            damage = damage.or(damaged);
        }
        releases.sort_by(|one, other| (one.proposed, &one.name).cmp(&(other.proposed, &other.name)));
        let figures = Figures::of(&releases, &Targets::standard());
        let text = match args.shape.format {
            TextFormat::Json => figures_json(&releases, &figures) + "\n",
            TextFormat::Table => figures_text(&releases, &figures, width, style, language),
        };
        output::write(&text, &args.shape.output)?;
        return damage.map_or(Ok(ExitCode::SUCCESS), |damage| Err(damage.into()));
    }
    // By its name a damaged record is read too, as far as it goes.
    let (journal, name) = match &args.which.release {
        Some(name) => (journal(&args.which.kept.journal)?, name.clone()),
        None => {
            let (journal, run) = open(&args.which).await?;
            (journal, run.stream().name.clone())
        }
    };
    let (history, damage) = history::<Rollout>(&*journal as &dyn Journal, &name).await?;
    if history.entries.is_empty() && damage.is_none() {
        return Err(no_release(&args.which.kept.journal, &name, &names(&journal).await?));
    }
    let text = match args.shape.format {
        TextFormat::Json => history_json(&history.entries) + "\n",
        TextFormat::Table => history_text(&history.entries, width, style, language),
    };
    output::write(&text, &args.shape.output)?;
    damage.map_or(Ok(ExitCode::SUCCESS), |damage| Err(damage.into()))
}
