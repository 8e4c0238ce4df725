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
use toban_core::{Fingerprint, Verdict};
use toban_release_core::Probe;
use toban_release_core::plan::{ArtefactSeen, GateEvidence, Plan, gate_before_approval};
use toban_render::release::{review_text, ruling_json, ruling_text};

pub(super) async fn run(args: &Check) -> Result<ExitCode, Failure> {
    let file = PlanFile::read(&args.plan)?;
    let plan = file.plan()?;
    let now = Utc::now();
    let evidence = look(&plan, &args.seen, now).await?;
    let ruling = gate_before_approval(&plan, &evidence, now);
    let (width, style) = output::style(&args.output);
    let text = match args.format {
        TextFormat::Json => ruling_json(&ruling) + "\n",
        TextFormat::Table => {
            let mut text = ruling_text(&ruling, width, style, args.lang.into());
            text.push('\n');
            text.push_str(&review_text(&file.review, width, style, args.lang.into()));
            text
        }
    };
    output::write(&text, &args.output)?;
    let is_runnable = file.course(&plan).inspect_err(|failure| eprintln!("{failure}")).is_ok();
    Ok(ExitCode::from(u8::from(ruling.verdict != Verdict::Go || !is_runnable)))
}

/// What people have seen, and what this machine sees.
pub(super) async fn look(plan: &Plan, seen: &Seen, now: DateTime<Utc>) -> Result<GateEvidence, Failure> {
    let mut evidence = match &seen.evidence {
        Some(path) => file::evidence(path)?,
        None => GateEvidence::default(),
    };
    for (name, path) in &seen.artefact {
        if !plan.preparation().artefacts.iter().any(|one| one.name == *name) {
            return Err(Failure::new(format_args!("--artefact: the plan has no artefact {name}")));
        }
        let cannot = |error| Failure::new(format_args!("{}: cannot be read: {error}", path.display()));
        let (name, digest) = (name.clone(), digest(path).map_err(cannot)?);
        evidence.artefacts.push(ArtefactSeen { name, digest, at: now, source: path.display().to_string() });
    }
    let probe = seen.host.iter().fold(LocalProbe::new("."), |probe, host| probe.known_as(host.clone()));
    for requirement in plan.readiness().unwrap_or_default() {
        let observed = probe.probe(&requirement.need).await.map_err(|error| error.kind);
        evidence.probed.push((requirement.id.clone(), observed));
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
