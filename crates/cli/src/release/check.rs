//! `toban release check`: gate 1, with what is seen now.

use super::file::{self, PlanFile};
use crate::args::TextFormat;
use crate::args::release::{Check, Seen};
use crate::failure::Failure;
use crate::output;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;
use toban_adapters::probe::LocalProbe;
use toban_core::{Evidence, Fingerprint, Reason, Ruling, Text, Verdict, nearest};
use toban_durable::history;
use toban_release_core::Probe;
use toban_release_core::plan::{
    ArtefactSeen, Demand, GateEvidence, Met, Plan, Readiness, Told, gate_before_approval,
};
use toban_release_core::promotion::{self, Deed, EnvironmentId};
use toban_release_core::rollout::{Course, Freeze, Rollout};
use toban_render::release::{check_json, check_text, review_text, waits};

pub(super) async fn run(args: &Check) -> Result<ExitCode, Failure> {
    let file = PlanFile::read(&args.plan)?;
    let plan = file.plan()?;
    let course = file.course(&plan);
    let ruling = may_begin(&file, &plan, course.as_ref().ok(), &args.seen, &args.kept.journal).await?;
    let language = args.shape.lang.into();
    let waits = course.as_ref().map(|course| waits(course, Utc::now(), language)).unwrap_or_default();
    let (width, style) = output::style(&args.shape.output);
    let text = match args.shape.format {
        TextFormat::Json => check_json(&ruling, &waits) + "\n",
        TextFormat::Table => {
            let mut text = check_text(&ruling, &waits, width, style, language);
            text.push('\n');
            text.push_str(&review_text(&file.review, width, style, language));
            text
        }
    };
    output::write(&text, &args.shape.output)?;
    if let Err(failure) = course {
        eprintln!("{failure}");
    }
    Ok(ExitCode::from(u8::from(ruling.verdict != Verdict::Go)))
}

/// Whether `run` begins it now: gate 1, promotion where there is a policy, and whether it could be carried out from
/// here. `None` where no machine can follow the plan.
pub(super) async fn may_begin(
    file: &PlanFile,
    plan: &Plan,
    course: Option<&Course>,
    seen: &Seen,
    journal: &Path,
) -> Result<Ruling, Failure> {
    let now = Utc::now();
    let (start, end) = (plan.schedule().start(), plan.schedule().end());
    // Whoever begins early has seen by then what must be seen the day before.
    let mut ruling = rule(file, plan, seen, journal, (now.max(start), now)).await?;
    if now < start {
        ruling.as_of = now;
        if ruling.verdict == Verdict::Go {
            let eve = start.checked_sub_signed(TimeDelta::days(1)).filter(|eve| now < *eve);
            ruling.recheck_at = Some(eve.unwrap_or(start));
        }
    }
    let mut objections = Vec::new();
    if course.is_none() {
        let reason = Reason::new("cannot-run", "`toban release run` cannot carry it out, as is told below");
        objections.push((Verdict::Stop, reason));
    }
    for (program, finding) in file.missing() {
        let reason = Reason::new("program-missing", "a program of the plan is not here")
            .with_evidence("program", program)
            .with_evidence("at", format_args!("line {}, {}", finding.line(), finding.path()));
        objections.push((Verdict::Hold, reason));
    }
    if let Some(freeze) = course.and_then(|course| frozen_throughout(course, now.max(start), end)) {
        let reason = Reason::new("frozen-throughout", "freezes hold it until its schedule is over")
            .with_evidence("why", &freeze.why);
        objections.push((Verdict::Hold, reason));
    }
    Ok(objections.into_iter().fold(ruling, |ruling, (verdict, reason)| {
        let objection = Ruling::new(verdict, ruling.subject.clone(), reason, ruling.as_of);
        both(ruling, objection)
    }))
}

/// The freeze that holds a release at that moment, where others or it go on to the end of the schedule.
fn frozen_throughout(course: &Course, at: DateTime<Utc>, end: DateTime<Utc>) -> Option<&Freeze> {
    let first = course.frozen_at(at)?;
    let mut last = first.end;
    while let Some(next) = course.frozen_at(last) {
        last = next.end;
    }
    (at < end && end <= last).then_some(first)
}

/// Whether it may begin at `now`, by what is known `today`, which is when this machine looks: gate 1, what it would lead
/// back to and, where there is a policy, promotion.
async fn rule(
    file: &PlanFile,
    plan: &Plan,
    seen: &Seen,
    journal: &Path,
    (now, today): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Ruling, Failure> {
    let (evidence, mut deeds) = match &seen.evidence {
        Some(path) => file::evidence(path)?,
        None => (GateEvidence::default(), Vec::new()),
    };
    let mut evidence = look(plan, evidence, seen, today).await?;
    // Where `now` is yet to come, what is dated later than today is still no evidence.
    evidence.artefacts.retain(|one| one.at <= today);
    evidence.backups.retain(|one| one.at <= today);
    evidence.done.retain(|one| one.at <= today);
    evidence.rehearsals.retain(|one| one.at <= today);
    evidence.told.retain(|one| one.at <= today);
    let mut gate = gate_before_approval(plan, &evidence, now);
    for reason in gate.reasons.iter_mut().filter(|reason| reason.code == "not-rehearsed") {
        reason.evidence.push(Evidence::new("to be written in", "`--evidence` (`rehearsals`)"));
    }
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
    // Until when what goes ahead may do so says nothing of how long an objection holds.
    let is_open = |ruling: &Ruling| ruling.verdict == Verdict::Go;
    let objects = !is_open(&one) || !is_open(&other);
    let earliest = |at: fn(&Ruling) -> Option<DateTime<Utc>>| {
        [&one, &other].into_iter().filter(|ruling| !(objects && is_open(ruling))).filter_map(at).min()
    };
    let valid_until = earliest(|ruling| ruling.valid_until);
    let recheck_at = earliest(|ruling| ruling.recheck_at);
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
    for doubt in strangers(plan, &evidence).into_iter().chain(yet_to_come(&evidence, now)) {
        eprintln!("warning: --evidence: {doubt}");
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

/// What evidence is about that the plan does not have: likely a slip, and seen of nothing.
fn strangers(plan: &Plan, evidence: &GateEvidence) -> Vec<String> {
    let preparation = plan.preparation();
    let items: Vec<_> = plan.checklists().iter().flat_map(|list| &list.items).map(|item| &*item.id).collect();
    let backups: Vec<_> = preparation.backups.iter().map(String::as_str).collect();
    let artefacts: Vec<_> = preparation.artefacts.iter().map(|one| one.name.as_str()).collect();
    let names = plan.announcements().iter().map(|one| &one.stakeholder);
    let stakeholders: Vec<_> = names.flat_map(|Text { ja, en }| [en.as_str(), ja]).collect();
    let is_nobody = |told: &&Told| !plan.announcements().iter().any(|one| one.is_for(&told.stakeholder));
    let told = evidence.told.iter().filter(is_nobody).map(|one| &*one.stakeholder.en);
    let done = evidence.done.iter().map(|one| &*one.item);
    let of = evidence.backups.iter().map(|one| &*one.of);
    let seen = evidence.artefacts.iter().map(|one| &*one.name);
    let mut strangers = Vec::new();
    let mut compare = |what: &str, name: &str, known: &[&str]| {
        if known.contains(&name) {
            return;
        }
        let meant = nearest(name, known.iter().copied());
        let meant = meant.map(|meant| format!(", did you mean {meant}?")).unwrap_or_default();
        strangers.push(format!("the plan has no {what} {name}{meant}"));
    };
    done.for_each(|name| compare("item", name, &items));
    of.for_each(|name| compare("backup", name, &backups));
    seen.for_each(|name| compare("artefact", name, &artefacts));
    told.for_each(|name| compare("stakeholder", name, &stakeholders));
    let people: Vec<_> = plan.contacts().iter().map(|contact| contact.person.as_str()).collect();
    let backups = evidence.backups.iter().map(|one| &one.by);
    let by = backups
        .chain(evidence.done.iter().map(|one| &one.by))
        .chain(evidence.rehearsals.iter().map(|one| &one.by));
    by.for_each(|by| compare("contact", by.as_str(), &people));
    strangers
}

/// What evidence says that has not happened yet, and so does not count.
fn yet_to_come(evidence: &GateEvidence, now: DateTime<Utc>) -> impl Iterator<Item = String> {
    let dated = |what: &str, at: DateTime<Utc>| {
        let at = at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        format!("{what} is dated in the future, {at}, and left out")
    };
    let artefacts = evidence.artefacts.iter().map(|one| (format!("the artefact {}", one.name), one.at));
    let backups = evidence.backups.iter().map(|one| (format!("the backup {}", one.of), one.at));
    let done = evidence.done.iter().map(|one| (format!("the item {}", one.item), one.at));
    let rehearsals = evidence.rehearsals.iter().map(|one| (format!("a rehearsal by {}", one.by), one.at));
    let told = evidence.told.iter().map(|one| (format!("what {} are told", one.stakeholder.en), one.at));
    let all: Vec<_> = artefacts.chain(backups).chain(done).chain(rehearsals).chain(told).collect();
    all.into_iter().filter(move |(_, at)| now < *at).map(move |(what, at)| dated(&what, at))
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
