//! `toban release check`: gate 1, with what is seen now.

use super::file::{self, PlanFile};
use crate::args::TextFormat;
use crate::args::release::{Check, Seen};
use crate::failure::Failure;
use crate::output;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;
use toban_adapters::probe::LocalProbe;
use toban_core::{Fingerprint, Ruling, Verdict};
use toban_durable::history;
use toban_release_core::Probe;
use toban_release_core::plan::{
    ArtefactSeen, Demand, GateEvidence, Met, Plan, Readiness, gate_before_approval,
};
use toban_release_core::promotion::{self, Deed, EnvironmentId};
use toban_release_core::rollout::Rollout;
use toban_render::release::{review_text, ruling_json, ruling_text};

pub(super) async fn run(args: &Check) -> Result<ExitCode, Failure> {
    let file = PlanFile::read(&args.plan)?;
    let plan = file.plan()?;
    let now = Utc::now();
    let ruling = rule(&file, &plan, &args.seen, &args.kept.journal, now).await?;
    let (width, style) = output::style(&args.shape.output);
    let text = match args.shape.format {
        TextFormat::Json => ruling_json(&ruling) + "\n",
        TextFormat::Table => {
            let mut text = ruling_text(&ruling, width, style, args.shape.lang.into());
            text.push('\n');
            text.push_str(&review_text(&file.review, width, style, args.shape.lang.into()));
            text
        }
    };
    output::write(&text, &args.shape.output)?;
    let is_runnable = file.course(&plan).inspect_err(|failure| eprintln!("{failure}")).is_ok();
    Ok(ExitCode::from(u8::from(ruling.verdict != Verdict::Go || !is_runnable)))
}

/// Whether it may begin at `now`, by what is known today: gate 1, what it would lead back to and, where there is a
/// policy, promotion.
pub(super) async fn rule(
    file: &PlanFile,
    plan: &Plan,
    seen: &Seen,
    journal: &Path,
    now: DateTime<Utc>,
) -> Result<Ruling, Failure> {
    let (evidence, mut deeds) = match &seen.evidence {
        Some(path) => file::evidence(path)?,
        None => (GateEvidence::default(), Vec::new()),
    };
    let today = Utc::now();
    let mut evidence = look(plan, evidence, seen, today).await?;
    // Where `now` is yet to come, what is dated later than today is still no evidence.
    evidence.artefacts.retain(|one| one.at <= today);
    evidence.backups.retain(|one| one.at <= today);
    evidence.done.retain(|one| one.at <= today);
    evidence.rehearsals.retain(|one| one.at <= today);
    evidence.told.retain(|one| one.at <= today);
    let gate = gate_before_approval(plan, &evidence, now);
    deeds.extend(deeds_of(&plan.target().service, journal, seen.promotion.is_some()).await?);
    let target = EnvironmentId::from(plan.environment().kind);
    let mut back = promotion::way_back(&deeds, &target, plan.target(), today);
    if back.verdict != Verdict::Go {
        let place = file.place("target.previous");
        back.reasons = back.reasons.into_iter().map(|reason| reason.with_evidence("in", &place)).collect();
    }
    let ruling = both(gate, back);
    let Some(policy) = &seen.promotion else { return Ok(ruling) };
    let policy = file::promotion_policy(policy)?;
    Ok(both(ruling, promotion::promotion(&policy, &deeds, &plan.target().version, &target, today)))
}

/// What the releases of a service in that journal, where there is one, have done to its versions. A record that cannot
/// be read is left out, unless all of them are needed.
async fn deeds_of(service: &str, journal: &Path, needs_all: bool) -> Result<Vec<Deed>, Failure> {
    let mut deeds = Vec::new();
    if !journal.exists() {
        return Ok(deeds);
    }
    let source = journal.display().to_string();
    let journal = super::journal(journal)?;
    for name in super::names(&journal).await? {
        let (history, damage) = history::<Rollout>(&*journal, &name).await?;
        match damage {
            Some(damage) if needs_all => return Err(damage.into()),
            Some(damage) => {
                eprintln!("warning: {name} is left out of account: {damage}");
                continue;
            }
            None => {}
        }
        if history.state.course.as_ref().is_some_and(|course| course.service == service) {
            deeds.extend(promotion::deeds(&history.entries, &format!("{source}, {name}")));
        }
    }
    Ok(deeds)
}

/// What is worse of two rulings, with the reasons of both where both object.
fn both(one: Ruling, other: Ruling) -> Ruling {
    let rank = |ruling: &Ruling| match ruling.verdict {
        Verdict::Stop => 0,
        Verdict::Hold => 1,
        Verdict::Undecided => 2,
        _ => 3,
    };
    let earliest =
        |one: Option<DateTime<Utc>>, other: Option<DateTime<Utc>>| one.into_iter().chain(other).min();
    let valid_until = earliest(one.valid_until, other.valid_until);
    let recheck_at = earliest(one.recheck_at, other.recheck_at);
    let (mut worse, better) = if rank(&other) < rank(&one) { (other, one) } else { (one, other) };
    if better.verdict != Verdict::Go || worse.verdict == Verdict::Go {
        worse.reasons.extend(better.reasons);
    }
    (worse.valid_until, worse.recheck_at) = (valid_until, recheck_at);
    worse
}

/// What people have seen, and what this machine sees.
async fn look(
    plan: &Plan,
    mut evidence: GateEvidence,
    seen: &Seen,
    now: DateTime<Utc>,
) -> Result<GateEvidence, Failure> {
    for (name, path) in &seen.artefact {
        if !plan.preparation().artefacts.iter().any(|one| one.name == *name) {
            return Err(Failure::new(format_args!("--artefact: the plan has no artefact {name}")));
        }
        let cannot = |error| Failure::new(format_args!("{}: cannot be read: {error}", path.display()));
        let (name, digest) = (name.clone(), digest(path).map_err(cannot)?);
        evidence.artefacts.push(ArtefactSeen { name, digest, at: now, source: path.display().to_string() });
    }
    let probe = seen.host.iter().fold(LocalProbe::new("."), |probe, host| probe.known_as(host.clone()));
    let requirements = plan.readiness().unwrap_or_default();
    for requirement in requirements {
        let observed = probe.probe(&requirement.need).await.map_err(|error| error.kind);
        evidence.probed.push((requirement.id.clone(), observed));
    }
    // Where the environment demands it, the gate says so.
    if !plan.environment().demands.contains(&Demand::Readiness) {
        let lines = Readiness::of(requirements, &evidence.probed).lines;
        for (requirement, _) in lines.iter().filter(|(_, met)| *met != Met::Yes) {
            eprintln!("warning: {} of readiness is not seen to be there, and not demanded", requirement.id);
        }
    }
    Ok(evidence)
}

fn digest(path: &Path) -> std::io::Result<Fingerprint> {
    let mut file = File::open(path)?;
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(Fingerprint::from_bytes(hasher.finalize().into()));
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
    }
}
