//! 確認ゲート1: whether a release may begin, from the plan and from what has been seen.

use super::Plan;
use super::announcement::{Happened, Told, overdue};
use super::ask::BLOCKS_GATE_1;
use super::checklist::{Done, open_items};
use super::course::words;
use super::draft::PlanDraft;
use super::environment::Demand;
use super::readiness::{Met, Observation, Readiness};
use super::rehearsal::{Rehearsal, RehearsalRecord};
use super::review::{FindingLevel, review};
use super::target::ApprovalRule;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use toban_core::{Answer, Fingerprint, PersonId, PortErrorKind, Reason, Ruling, Verdict};

/// What has been seen of a plan and of its surroundings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GateEvidence {
    /// What those who approve have said.
    pub approvals: Vec<Approval>,
    /// Artefacts where they will be taken from.
    pub artefacts: Vec<ArtefactSeen>,
    /// Backups that were confirmed.
    pub backups: Vec<BackupSeen>,
    /// Items of checklists that are done.
    pub done: Vec<Done>,
    /// What has happened that people are told of.
    pub happened: Vec<Happened>,
    /// What probes have seen, by the ids of the requirements.
    pub probed: Vec<(String, Result<Observation, PortErrorKind>)>,
    /// Rehearsals of rollbacks.
    pub rehearsals: Vec<Rehearsal>,
    /// What people have been told.
    pub told: Vec<Told>,
}

/// What somebody who approves has said of one revision of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// Yes or no.
    pub decision: Decision,
    /// Who said it, when, and of which revision.
    pub answer: Answer,
}

/// Yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Yes.
    Approved,
    /// No.
    Rejected,
}

/// An artefact as it was found.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArtefactSeen {
    /// What it is called.
    pub name: String,
    /// What it is.
    pub digest: Fingerprint,
    /// When it was looked at.
    #[serde(deserialize_with = "crate::plan::moment::read")]
    pub at: DateTime<Utc>,
    /// Where.
    pub source: String,
}

/// A backup that was confirmed: it is there and can be read.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupSeen {
    /// Of what, as the plan names it.
    pub of: String,
    /// When it was confirmed.
    #[serde(deserialize_with = "crate::plan::moment::read")]
    pub at: DateTime<Utc>,
    /// Who confirmed it.
    pub by: PersonId,
    /// Where it can be read.
    pub source: String,
}

/// Whether a release may begin: what its environment demands, held against what has been seen up to now.
///
/// Artefacts, backups, checklists and readiness are demanded from the day before on (T−1); until then a
/// ruling that nothing else holds says when to ask again. An announcement that is overdue holds it whether or not announcements are demanded. It
/// stops a release whose artefact is another one, that somebody rejected, or whose time is over; it holds one for want
/// of anything else, and then says no time to ask again: it waits for facts. Evidence dated after `now` does not count.
#[must_use]
pub fn gate(plan: &Plan, evidence: &GateEvidence, now: DateTime<Utc>) -> Ruling {
    ruling(plan, evidence, now, &plan.environment.demands)
}

/// The same without approvals: a rollout asks for those by itself, and keeps them in its record.
#[must_use]
pub fn gate_before_approval(plan: &Plan, evidence: &GateEvidence, now: DateTime<Utc>) -> Ruling {
    let demands = plan.environment.demands.iter().copied();
    ruling(plan, evidence, now, &demands.filter(|demand| *demand != Demand::Approval).collect::<Vec<_>>())
}

fn ruling(plan: &Plan, evidence: &GateEvidence, now: DateTime<Utc>, demands: &[Demand]) -> Ruling {
    let mut reasons = Reasons { plan, evidence, now, found: Vec::new() };
    let start = plan.schedule.start();
    let eve = start.checked_sub_signed(TimeDelta::days(1)).unwrap_or(DateTime::<Utc>::MIN_UTC);
    reasons.time();
    reasons.review();
    let demands = |demand| demands.contains(&demand);
    if demands(Demand::Approval) {
        reasons.approval();
    }
    if demands(Demand::Rehearsal) {
        reasons.rehearsal();
    }
    // Who was promised to be told in time is not told by leaving it out of the demands.
    reasons.announcements();
    if demands(Demand::Artefacts) {
        reasons.artefacts(now >= eve);
    }
    if now >= eve {
        if demands(Demand::Backup) {
            reasons.backups(eve);
        }
        if demands(Demand::Checklists) {
            reasons.checklists();
        }
        if demands(Demand::Readiness) {
            reasons.readiness();
        }
    }
    // What is known to be wrong says more than what is not known.
    let worst = [Verdict::Stop, Verdict::Hold, Verdict::Undecided]
        .into_iter()
        .find(|verdict| reasons.found.iter().any(|(one, _)| one == verdict));
    let subject = format!("{} {} to {}", plan.target.service, plan.target.version, plan.environment.kind);
    let mut found: Vec<_> = reasons.found;
    found.sort_by_key(|(verdict, _)| match verdict {
        Verdict::Stop => 0,
        Verdict::Hold => 1,
        Verdict::Undecided => 2,
        Verdict::Go => 3,
    });
    let mut reasons: Vec<_> = found.into_iter().map(|(_, reason)| reason).collect();
    if worst.is_none() {
        reasons.push(Reason::new("all-seen", "everything that the environment demands has been seen"));
    }
    // What holds it waits for facts and not for a time: but for an approval that is dated later.
    let later = reasons.iter().any(|reason| reason.code == "future").then(|| {
        let given = evidence.approvals.iter().map(|one| one.answer.at);
        given.filter(|at| *at > now).min()
    });
    let next_notice = plan.announcements.iter().filter_map(|one| {
        let is_notice = one.occasion == super::announcement::Occasion::Notice;
        is_notice.then(|| start.checked_sub_signed(one.lead.as_time_delta())).flatten()
    });
    let next = next_notice.chain([eve, plan.schedule.end()]).filter(|at| *at > now).min();
    let first = reasons.first().cloned();
    let all_seen = || Reason::new("all-seen", "everything that the environment demands has been seen");
    let mut ruling = Ruling::new(worst.unwrap_or(Verdict::Go), subject, first.unwrap_or_else(all_seen), now);
    ruling.reasons = reasons;
    let next = if ruling.verdict == Verdict::Go { next } else { later.flatten() };
    (ruling.valid_until, ruling.recheck_at) = (next, next);
    ruling
}

struct Reasons<'a> {
    plan: &'a Plan,
    evidence: &'a GateEvidence,
    now: DateTime<Utc>,
    found: Vec<(Verdict, Reason)>,
}

impl Reasons<'_> {
    fn add(&mut self, verdict: Verdict, reason: Reason) {
        self.found.push((verdict, reason));
    }

    fn time(&mut self) {
        let end = self.plan.schedule.end();
        if self.now >= end {
            let reason = Reason::new("over", "the working time of the release is over");
            self.add(Verdict::Stop, reason.with_evidence("end", end.to_rfc3339()));
        }
    }

    fn review(&mut self) {
        let review = review(&PlanDraft::from(self.plan.clone()));
        for question in review.questions.iter().filter(|question| question.is_blocking(BLOCKS_GATE_1)) {
            let reason = Reason::new("open-question", question.to_string());
            self.add(Verdict::Hold, reason.with_evidence("question", &question.id));
        }
        for finding in review.findings.iter().filter(|finding| finding.level == FindingLevel::Warning) {
            self.add(Verdict::Hold, Reason::new(finding.code, finding.to_string()));
        }
    }

    fn approval(&mut self) {
        let revision = self.plan.revision();
        let approvers = &self.plan.approvers;
        let (mut is_approved, mut is_rejected) = (false, false);
        for Approval { decision, answer } in &self.evidence.approvals {
            // Of what one person said of this revision, the last word counts.
            let is_overruled = self.evidence.approvals.iter().any(|other| {
                let Answer { by, about, at, .. } = &other.answer;
                *by == answer.by
                    && *about == revision
                    && answer.about == revision
                    && answer.at < *at
                    && *at <= self.now
            });
            if is_overruled {
                continue;
            }
            let by = answer.by.as_person().filter(|by| approvers.people.contains(by));
            let of_whom = |reason: Reason| {
                reason.with_evidence("by", &answer.by).with_evidence("at", answer.at.to_rfc3339())
            };
            if answer.is_stale(revision) {
                let reason = Reason::new("stale-approval", "an approval is for another revision of the plan");
                let reason = of_whom(reason).with_evidence("approved", answer.about);
                self.add(Verdict::Hold, reason.with_evidence("this", revision));
            } else if answer.at > self.now {
                let reason = Reason::new("future", "an approval is dated in the future");
                self.add(Verdict::Undecided, of_whom(reason));
            } else if by.is_none() {
                let reason = Reason::new("not-an-approver", "who approved is not among those who may");
                self.add(Verdict::Hold, of_whom(reason));
            } else if *decision == Decision::Rejected {
                self.add(Verdict::Stop, of_whom(Reason::new("rejected", "the release was rejected")));
                is_rejected = true;
            } else if approvers.rule == ApprovalRule::TwoPersons && by == Some(&self.plan.author) {
                let reason = Reason::new("own-approval", "two persons are required, and the author approved");
                self.add(Verdict::Hold, of_whom(reason));
            } else {
                is_approved = true;
            }
        }
        if is_approved {
            // What does not count does no harm beside what does.
            self.found.retain(|(verdict, reason)| {
                let is_idle = ["stale-approval", "future", "not-an-approver", "own-approval"];
                *verdict == Verdict::Stop || !is_idle.contains(&reason.code.as_str())
            });
        } else if !is_rejected {
            let reason = Reason::new("not-approved", "nobody who may has approved this revision of the plan");
            self.add(Verdict::Hold, reason.with_evidence("revision", revision));
        }
    }

    fn rehearsal(&mut self) {
        let revision = self.plan.rollback_revision();
        let record = RehearsalRecord::of(&self.evidence.rehearsals, revision, self.now);
        let told = |reason: Reason| {
            reason
                .with_evidence("succeeded", format_args!("{} of {}", record.successes, record.trials))
                .with_evidence("at least, with 95 % confidence", format_args!("{:.3}", record.at_least))
        };
        if record.trials == 0 {
            let text = match (record.stale, record.later) {
                (0, 0) => "the rollback has never been rehearsed",
                (0, _) => "the only rehearsals of the rollback are dated in the future",
                _ => "a step, or the rollback, has changed since it was rehearsed",
            };
            let counts = [("stale rehearsals", record.stale), ("dated in the future", record.later)];
            let counts = counts.into_iter().filter(|(_, count)| *count > 0);
            let reason = counts.fold(Reason::new("not-rehearsed", text), |reason, (name, count)| {
                reason.with_evidence(name, count)
            });
            self.add(Verdict::Hold, reason.with_evidence("about", revision));
        } else if !record.is_clean() {
            let reason = Reason::new("rehearsal-failed", "a rehearsal of this rollback has failed");
            self.add(Verdict::Hold, told(reason));
        }
        let limit = self.plan.limits.rollback;
        if let Some(longest) = record.longest.filter(|longest| *longest > limit) {
            let reason = Reason::new("rehearsal-too-slow", "a rehearsal took longer than a rollback may");
            self.add(Verdict::Hold, reason.with_evidence("took", longest).with_evidence("limit", limit));
        }
    }

    fn announcements(&mut self) {
        let GateEvidence { happened, told, .. } = self.evidence;
        let start = self.plan.schedule.start();
        for late in overdue(&self.plan.announcements, start, happened, told, self.now) {
            let reason = Reason::new("overdue-notice", "somebody should have been told")
                .with_evidence("who", words(&late.announcement.stakeholder))
                .with_evidence("of", late.announcement.occasion)
                .with_evidence("due", late.due.to_rfc3339());
            self.add(Verdict::Hold, reason);
        }
    }

    fn artefacts(&mut self, is_due: bool) {
        for artefact in &self.plan.preparation.artefacts {
            let seen =
                self.evidence.artefacts.iter().filter(|one| one.name == artefact.name && one.at <= self.now);
            match seen.max_by_key(|one| one.at) {
                Some(seen) if seen.digest != artefact.digest => {
                    let reason = Reason::new("other-artefact", "an artefact is not the one of the plan")
                        .with_evidence("artefact", &artefact.name)
                        .with_evidence("planned", artefact.digest)
                        .with_evidence("found", seen.digest)
                        .with_evidence("in", &seen.source);
                    self.add(Verdict::Stop, reason);
                }
                Some(_) => {}
                None if is_due => {
                    let reason = Reason::new("artefact-not-seen", "nobody has seen an artefact of the plan");
                    self.add(Verdict::Hold, reason.with_evidence("artefact", &artefact.name));
                }
                None => {}
            }
        }
    }

    fn backups(&mut self, eve: DateTime<Utc>) {
        for backup in &self.plan.preparation.backups {
            let last = self.evidence.backups.iter().filter(|one| one.of == *backup && one.at <= self.now);
            let last = last.map(|one| one.at).max();
            if last.is_none_or(|at| at < eve) {
                let reason =
                    Reason::new("backup-not-confirmed", "a backup is not confirmed since the day before")
                        .with_evidence("of", backup)
                        .with_evidence("since", eve.to_rfc3339());
                let last = last.map_or_else(|| "never".into(), |at| at.to_rfc3339());
                self.add(Verdict::Hold, reason.with_evidence("confirmed", last));
            }
        }
    }

    fn checklists(&mut self) {
        for (list, item) in open_items(&self.plan.checklists, &self.evidence.done, self.now) {
            let reason = Reason::new("item-open", "an item of a checklist is not done")
                .with_evidence("list", words(&list.name))
                .with_evidence("item", &item.id);
            self.add(Verdict::Hold, reason);
        }
    }

    fn readiness(&mut self) {
        let Some(requirements) = &self.plan.readiness else { return };
        for (requirement, met) in Readiness::of(requirements, &self.evidence.probed).lines {
            let (verdict, code, text) = match met {
                Met::Yes => continue,
                Met::No(_) => (Verdict::Hold, "not-ready", "something that the release needs is not there"),
                Met::Unknown(_) => {
                    (Verdict::Undecided, "not-known", "it could not be seen whether something is there")
                }
                Met::NotProbed => {
                    (Verdict::Undecided, "not-probed", "nobody has looked whether something is there")
                }
            };
            let reason = Reason::new(code, text).with_evidence("requirement", &requirement.id);
            let reason = match met {
                Met::No(Observation::Amount(amount)) => reason.with_evidence("found", amount),
                Met::Unknown(Some(kind)) => reason.with_evidence("probe", kind),
                _ => reason,
            };
            self.add(verdict, reason);
        }
    }
}
