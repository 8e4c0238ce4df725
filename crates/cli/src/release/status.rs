//! `toban release status`: where a release stands.

use super::{find, journal, meant};
use crate::args::TextFormat;
use crate::args::release::Status;
use crate::failure::Failure;
use crate::output;
use serde_json::json;
use std::process::ExitCode;
use toban_adapters::sqlite::SqliteJournal;
use toban_durable::{Now, Run};
use toban_release_core::analysis::Moment;
use toban_release_core::rollout::{Hold, Part, Phase, Rollout, State};
use toban_render::release::phase_words;

/// What a person is told of a release that is under way, and that no process carries out.
pub(super) const LEFT: &str = "nobody carries it out: toban release resume";

/// Whether it is that.
pub(super) async fn is_left(journal: &SqliteJournal, run: &Run<Rollout>) -> Result<bool, Failure> {
    let holder = journal.holder(&run.stream().scope(), run.now().wall).await?;
    Ok(!run.is_over() && holder.is_none())
}

/// How a person answers what is waited for; `None` where nobody is.
fn answered_by(state: &State, now: Now) -> Option<String> {
    let step =
        |part| Some(format!("answer --step '{}' --done yes|no --by PERSON --why TEXT", state.name(part)?));
    match (state.phase, state.holds(now).first()) {
        (Phase::Approving, _) => Some("approve --by PERSON --why TEXT".into()),
        (Phase::Asking(about), _) => step(about.part()),
        (Phase::Broken(next), _) => step(Part::Next(next)),
        (Phase::Stuck(_), _) => Some("retry --by PERSON --why TEXT".into()),
        (Phase::Soaking { .. }, Some(Hold::Check(_))) if state.troubles().next().is_none() => None,
        (_, Some(Hold::Paused | Hold::Check(_))) => Some("continue --by PERSON --why TEXT".into()),
        (_, Some(Hold::Gate(stage))) => Some(format!("open --stage {} --by PERSON --why TEXT", stage + 1)),
        (_, Some(Hold::Late(_))) => Some("override --by PERSON --why TEXT".into()),
        (Phase::Soaking { stage, .. }, None) if state.is_overdue => {
            Some(format!("promote --stage {} --by PERSON --why TEXT", stage + 1))
        }
        (Phase::Ready(_), Some(Hold::Budget)) => {
            Some("rule --verdict go --valid-for 1h --by PERSON --why TEXT".into())
        }
        _ => None,
    }
}

pub(super) async fn run(args: &Status) -> Result<ExitCode, Failure> {
    let journal = journal(&args.which.kept.journal)?;
    if args.shape.format == TextFormat::Table {
        let runs = meant(&journal, &args.which).await?;
        if runs.len() > 1 {
            let line = |run: &Run<Rollout>| {
                let words = phase_words(run.state(), run.now(), args.shape.lang.into());
                format!("{}: {words}\n", run.stream().name)
            };
            output::write(&runs.iter().map(line).collect::<String>(), &args.shape.output)?;
            return Ok(ExitCode::SUCCESS);
        }
    }
    let run = find(&journal, &args.which).await?;
    let (state, now, name) = (run.state(), run.now(), &run.stream().name);
    let words = phase_words(state, now, args.shape.lang.into());
    let holds: Vec<_> = state.holds(now).iter().map(ToString::to_string).collect();
    let text = match args.shape.format {
        TextFormat::Table => {
            let next = answered_by(state, now).map(|asked| format!("toban release {asked}\n"));
            let alone = if is_left(&journal, &run).await? { format!("{LEFT}\n") } else { String::new() };
            format!("{name}: {words}\n{}{alone}", next.unwrap_or_default())
        }
        TextFormat::Json => {
            let checks = (0..).zip(state.course.iter().flat_map(|course| &course.checks));
            let checks: Vec<_> = checks
                .filter_map(|(place, check)| {
                    let stands = state.assess(place, Moment::During)?;
                    Some(json!({ "name": check.name(), "phase": stands.phase, "said": state.watches.get(place)?.tally.said() }))
                })
                .collect();
            let course = state.course.as_ref();
            json!({
                "schema": "toban.release.status/1",
                "release": name,
                "phase": state.phase.name(),
                "is_over": run.is_over(),
                "is_left": is_left(&journal, &run).await?,
                "asks": answered_by(state, now),
                "words": words,
                "from": course.map(|course| &course.from),
                "to": course.map(|course| &course.to),
                "revision": course.map(|course| &course.revision),
                "stage": state.stage.map(|stage| stage + 1),
                "stages": course.map(|course| course.stages().len()),
                "weight": state.routed.as_percent(),
                "approved": state.approved,
                "holds": holds,
                "checks": checks,
                "head": run.hash().to_string(),
            })
            .to_string()
                + "\n"
        }
    };
    output::write(&text, &args.shape.output)?;
    Ok(ExitCode::SUCCESS)
}
