//! What a draft does to its database, and whether every version that serves gets on with it.

use super::super::ask::Ask;
use super::super::database::Database;
use super::super::draft::PlanDraft;
use super::super::order::Order;
use super::super::reach::Way;
use super::super::rollback::Rollback;
use super::super::step::{MigrationPhase, PlanStep, StepKind};
use super::super::target::{PreviousDraft, Target};
use super::Review;
use std::collections::BTreeSet;

/// What happens to the database, where the matrix knows both versions.
pub(super) fn database(draft: &PlanDraft, notes: &mut Review) -> Option<Database> {
    let database = notes.need(draft.database.clone(), Ask::Database, "database")?;
    if let Database::Migration(migration) = &database {
        let mut named = BTreeSet::new();
        for (place, schema) in migration.schemas.iter().enumerate() {
            if !named.insert(schema) {
                let at = format!("database.migration.schemas[{place}]");
                notes.error("twice", at, format_args!("the schema {schema} is listed twice"));
            }
        }
        if migration.schemas.is_empty() {
            let at = "database.migration.schemas";
            notes.error("no-schema", at, "a migration begins with the schema that is there today");
        }
        let mut rows = BTreeSet::new();
        for (place, row) in migration.compatible.iter().enumerate() {
            let at = format!("database.migration.compatible[{place}]");
            if !rows.insert(&row.application) {
                let message = format_args!("{} has a row already", row.application);
                notes.error("twice", format!("{at}.application"), message);
            }
            for (place, schema) in row.schemas.iter().enumerate() {
                if migration.place(schema).is_none() {
                    let message = format_args!("the migration has no schema {schema}");
                    notes.error("unknown-schema", format!("{at}.schemas[{place}]"), message);
                }
            }
        }
        let mut is_known = true;
        let previous = match &draft.target.previous {
            Some(PreviousDraft::Release { version, .. }) => Some(version),
            Some(PreviousDraft::FirstRelease) | None => None,
        };
        for version in previous.into_iter().chain(&draft.target.version) {
            if !rows.contains(version) {
                let mut question = Ask::Compatibility.at("database.migration.compatible");
                question.text.ja.push_str(&format!("（{version}）"));
                question.text.en.push_str(&format!(" ({version})"));
                notes.questions.push(question);
                is_known = false;
            }
        }
        let migrates = draft.steps.iter().any(|step| matches!(step.kind, StepKind::Database { .. }));
        if !draft.steps.is_empty() && !migrates {
            notes.ask(Ask::MigrationSteps, "steps");
        }
        // What is not known yet is asked, and not walked as if it were no.
        if !is_known {
            return None;
        }
    } else if let Some(place) =
        draft.steps.iter().position(|step| matches!(step.kind, StepKind::Database { .. }))
    {
        let message = "the step migrates a database that is said to stay as it is";
        notes.error("unchanged", format!("steps[{place}].kind"), message);
    }
    Some(database)
}

/// Walks the plan; gives the step after which there is no way back.
pub(super) fn reach(
    target: &Target,
    database: &Database,
    steps: &[PlanStep],
    rollback: &Rollback,
    notes: &mut Review,
) -> Option<String> {
    phases(database, steps, notes);
    let way = Way {
        steps,
        rollback: rollback.steps(),
        previous: target.previous.version(),
        version: &target.version,
        database,
    };
    // A list without an order has been found already.
    let reach = way.reach().ok()?;
    for fault in &reach.faults {
        notes.error(fault.code(), fault.place(steps, rollback.steps()), fault);
    }
    reach.point_of_no_return
}

/// Expand, backfill, switch, contract: never a later one before an earlier one, and never to a schema before.
fn phases(database: &Database, steps: &[PlanStep], notes: &mut Review) {
    let Database::Migration(migration) = database else { return };
    let listed: Vec<_> = steps.iter().map(|step| (step.id.as_str(), step.after.as_deref())).collect();
    let Ok(order) = Order::new(&listed) else { return };
    let ancestors = order.ancestors();
    let of = |place: usize| -> Option<(MigrationPhase, usize)> {
        match &steps.get(place)?.kind {
            StepKind::Database { phase, to } => Some((*phase, migration.place(to)?)),
            _ => None,
        }
    };
    for (place, step) in steps.iter().enumerate() {
        let Some((phase, schema)) = of(place) else { continue };
        for other in 0..steps.len() {
            let Some((earlier, reached)) = of(other) else { continue };
            let comes_after = ancestors.get(place).is_some_and(|before| before.contains(&other));
            let name = steps.get(other).map_or("", |step| step.id.as_str());
            if earlier < phase && !comes_after {
                let message = format_args!("{} may run before {name}, which belongs before it", step.id);
                notes.error("phase-order", format!("steps[{place}].kind"), message);
            }
            if comes_after && schema < reached {
                let message = format_args!("{} leads to a schema before the one of {name}", step.id);
                notes.error("schema-order", format!("steps[{place}].kind"), message);
            }
        }
    }
}
