//! Gate 1: what the environment demands, held against what has been seen.

use super::{plan, whole, with, without};
use chrono::{DateTime, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};
use toban_core::{Actor, Answer, Fingerprint, PersonId, PortErrorKind, Ruling, Text, Verdict};
use toban_release_core::plan::{
    Approval, ArtefactSeen, BackupSeen, Decision, Done, GateEvidence, Observation, Occasion, Plan, Rehearsal,
    RehearsalOutcome, Told, gate, gate_before_approval,
};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn person(name: &str) -> PersonId {
    PersonId::new(name).unwrap()
}

/// An hour before the work begins.
const NOW: &str = "2026-03-02T00:00:00Z";

fn approval(by: &str, when: &str, about: Fingerprint) -> Approval {
    Approval {
        decision: Decision::Approved,
        answer: Answer {
            question: "approval".into(),
            says: "yes".into(),
            by: Actor::Person(person(by)),
            at: at(when),
            source: "REL-42".into(),
            about,
        },
    }
}

fn all_seen(plan: &Plan) -> GateEvidence {
    GateEvidence {
        approvals: vec![approval("carol", "2026-03-01T09:00:00Z", plan.revision())],
        artefacts: vec![ArtefactSeen {
            name: "checkout:v1.4.0".into(),
            digest: plan.preparation().artefacts[0].digest,
            at: at("2026-03-01T10:00:00Z"),
            source: "the registry".into(),
        }],
        backups: vec![BackupSeen {
            of: "orders".into(),
            at: at("2026-03-01T12:00:00Z"),
            by: person("bob"),
            source: "the backup log".into(),
        }],
        done: vec![Done {
            item: "flags".into(),
            by: person("bob"),
            at: at("2026-03-01T12:00:00Z"),
            source: "a screenshot".into(),
        }],
        happened: Vec::new(),
        probed: vec![
            ("disk".into(), Ok(Observation::Amount(2000))),
            ("key".into(), Ok(Observation::Present)),
            ("queue".into(), Ok(Observation::Present)),
        ],
        rehearsals: vec![Rehearsal {
            about: plan.rollback_revision(),
            at: at("2026-02-20T09:00:00Z"),
            by: person("bob"),
            took: "3m".parse().unwrap(),
            outcome: RehearsalOutcome::Succeeded,
            source: "REL-40".into(),
        }],
        told: vec![Told {
            stakeholder: "users".into(),
            occasion: Occasion::Notice,
            at: at("2026-02-28T09:00:00Z"),
            source: "the status page".into(),
        }],
    }
}

#[track_caller]
fn assert_ruling(evidence: &GateEvidence, verdict: Verdict, code: &str) {
    let ruling = gate(&plan(&whole()), evidence, at(NOW));
    let codes: Vec<_> = ruling.reasons.iter().map(|reason| reason.code.as_str()).collect();
    assert_eq!((ruling.verdict, codes), (verdict, vec![code]), "{ruling}");
}

#[test]
fn a_release_of_which_everything_has_been_seen_may_begin() {
    let plan = plan(&whole());
    let ruling = gate(&plan, &all_seen(&plan), at(NOW));
    assert_eq!(
        ruling.to_string(),
        "checkout v1.4.0 to production: go; everything that the environment demands has been seen"
    );
    assert_eq!(ruling.valid_until, Some(plan.schedule().end()));
}

#[test]
fn each_thing_that_has_not_been_seen_holds_the_release_by_its_own_reason() {
    let seen = all_seen(&plan(&whole()));
    let none = |change: fn(&mut GateEvidence)| {
        let mut evidence = seen.clone();
        change(&mut evidence);
        evidence
    };
    assert_ruling(&none(|one| one.approvals.clear()), Verdict::Hold, "not-approved");
    assert_ruling(&none(|one| one.artefacts.clear()), Verdict::Hold, "artefact-not-seen");
    assert_ruling(&none(|one| one.backups.clear()), Verdict::Hold, "backup-not-confirmed");
    assert_ruling(&none(|one| one.done.clear()), Verdict::Hold, "item-open");
    assert_ruling(&none(|one| one.rehearsals.clear()), Verdict::Hold, "not-rehearsed");
    assert_ruling(&none(|one| one.told.clear()), Verdict::Hold, "overdue-notice");
    assert_ruling(&none(|one| drop(one.probed.pop())), Verdict::Undecided, "not-probed");
    assert_ruling(
        &none(|one| one.probed[2].1 = Err(PortErrorKind::TimedOut)),
        Verdict::Undecided,
        "not-known",
    );
    assert_ruling(&none(|one| one.probed[1].1 = Ok(Observation::Absent)), Verdict::Hold, "not-ready");
    assert_ruling(&none(|one| one.probed[0].1 = Ok(Observation::Amount(999))), Verdict::Hold, "not-ready");
    assert_ruling(
        &none(|one| one.artefacts[0].digest = Fingerprint::from_bytes([1; 32])),
        Verdict::Stop,
        "other-artefact",
    );
    assert_ruling(
        &none(|one| one.rehearsals[0].outcome = RehearsalOutcome::Failed),
        Verdict::Hold,
        "rehearsal-failed",
    );
    assert_ruling(
        &none(|one| one.rehearsals[0].took = "6m".parse().unwrap()),
        Verdict::Hold,
        "rehearsal-too-slow",
    );
    assert_ruling(&none(|one| one.approvals[0].decision = Decision::Rejected), Verdict::Stop, "rejected");
}

/// The ruling on the evidence with this one approval; its codes.
fn approved_by(approval: Approval) -> (Verdict, Vec<String>) {
    let plan = plan(&whole());
    let evidence = GateEvidence { approvals: vec![approval], ..all_seen(&plan) };
    let ruling = gate(&plan, &evidence, at(NOW));
    (ruling.verdict, ruling.reasons.into_iter().map(|reason| reason.code).collect())
}

#[test]
fn an_approval_counts_only_from_who_may_for_this_revision_and_up_to_now() {
    let revision = plan(&whole()).revision();
    let day = "2026-03-01T09:00:00Z";
    let (verdict, codes) = approved_by(approval("carol", day, Fingerprint::from_bytes([7; 32])));
    assert_eq!((verdict, codes[0].as_str()), (Verdict::Hold, "stale-approval"));
    let (verdict, codes) = approved_by(approval("alice", day, revision));
    assert_eq!(
        (verdict, codes[0].as_str()),
        (Verdict::Hold, "own-approval"),
        "the author is not the second person"
    );
    let (verdict, codes) = approved_by(approval("bob", day, revision));
    assert_eq!((verdict, codes[0].as_str()), (Verdict::Hold, "not-an-approver"));
    let (verdict, codes) = approved_by(approval("carol", "2026-03-03T09:00:00Z", revision));
    assert_eq!((verdict, codes.contains(&"future".to_owned())), (Verdict::Hold, true));
    let mut program = approval("carol", day, revision);
    program.answer.by = Actor::Program("carol".into());
    assert_eq!(approved_by(program).0, Verdict::Hold, "a program approves nothing");
    // Of one person the last word counts, whatever the order in which it is handed over.
    let evidence = |approvals| GateEvidence { approvals, ..all_seen(&plan(&whole())) };
    let no = |when| Approval { decision: Decision::Rejected, ..approval("carol", when, revision) };
    let later = "2026-03-01T10:00:00Z";
    let verdict = |approvals| gate(&plan(&whole()), &evidence(approvals), at(NOW)).verdict;
    assert_eq!(verdict(vec![approval("carol", day, revision), no(later)]), Verdict::Stop);
    assert_eq!(verdict(vec![approval("carol", later, revision), no(day)]), Verdict::Go);
    // Beside one that counts, an old one does no harm.
    let plan = plan(&whole());
    let mut evidence = all_seen(&plan);
    evidence.approvals.insert(0, approval("carol", day, Fingerprint::from_bytes([7; 32])));
    assert_eq!(gate(&plan, &evidence, at(NOW)).verdict, Verdict::Go);
}

#[test]
fn a_changed_way_back_makes_its_rehearsal_stale() {
    let old = plan(&whole());
    let new = plan(&with(whole(), "/rollback/steps/0/command", json!(["./deploy", "back", "--fast"])));
    let evidence = GateEvidence {
        approvals: vec![approval("carol", "2026-03-01T09:00:00Z", new.revision())],
        ..all_seen(&old)
    };
    let ruling = gate(&new, &evidence, at(NOW));
    assert_eq!(ruling.verdict, Verdict::Hold);
    assert_eq!(
        ruling.reasons[0].to_string(),
        format!(
            "a step, or the rollback, has changed since it was rehearsed: stale rehearsals 1, about {}",
            new.rollback_revision()
        )
    );
}

#[test]
fn what_is_demanded_the_day_before_is_not_demanded_earlier() {
    let plan = plan(&whole());
    let seen = all_seen(&plan);
    let early = at("2026-02-26T00:00:00Z");
    let approvals = vec![approval("carol", "2026-02-25T09:00:00Z", plan.revision())];
    let evidence = GateEvidence { approvals, rehearsals: seen.rehearsals, ..GateEvidence::default() };
    let ruling = gate(&plan, &evidence, early);
    assert_eq!(ruling.verdict, Verdict::Go, "{ruling}");
    assert_eq!(ruling.valid_until, Some(at("2026-03-01T01:00:00Z")), "then T−1 begins");
    let ruling = gate(&plan, &evidence, ruling.valid_until.unwrap());
    assert_eq!(ruling.verdict, Verdict::Hold);
}

#[test]
fn a_backup_from_before_the_day_before_is_not_the_one() {
    let plan = plan(&whole());
    let mut evidence = all_seen(&plan);
    evidence.backups[0].at = at("2026-03-01T00:59:59Z");
    let ruling = gate(&plan, &evidence, at(NOW));
    assert_eq!(ruling.reasons[0].code, "backup-not-confirmed");
    evidence.backups[0].at = at("2026-03-01T01:00:00Z");
    assert_eq!(gate(&plan, &evidence, at(NOW)).verdict, Verdict::Go);
}

#[test]
fn what_is_dated_in_the_future_has_not_been_seen() {
    let late = at("2026-03-02T00:00:01Z");
    let seen = all_seen(&plan(&whole()));
    let dated = |change: fn(&mut GateEvidence, DateTime<Utc>)| {
        let mut evidence = seen.clone();
        change(&mut evidence, late);
        evidence
    };
    assert_ruling(&dated(|one, late| one.artefacts[0].at = late), Verdict::Hold, "artefact-not-seen");
    assert_ruling(&dated(|one, late| one.backups[0].at = late), Verdict::Hold, "backup-not-confirmed");
    assert_ruling(&dated(|one, late| one.done[0].at = late), Verdict::Hold, "item-open");
    assert_ruling(&dated(|one, late| one.rehearsals[0].at = late), Verdict::Hold, "not-rehearsed");
    assert_ruling(&dated(|one, late| one.told[0].at = late), Verdict::Hold, "overdue-notice");
}

#[test]
fn after_its_time_a_release_is_over_whatever_was_seen() {
    let plan = plan(&whole());
    let ruling = gate(&plan, &all_seen(&plan), plan.schedule().end());
    assert_eq!((ruling.verdict, ruling.reasons[0].code.as_str()), (Verdict::Stop, "over"));
}

#[test]
fn an_open_question_and_a_broken_limit_hold_the_release() {
    for (value, code) in [
        (without(whole(), "/risks"), "open-question"),
        (with(whole(), "/steps/2/takes", json!("8m")), "too-slow"),
    ] {
        let plan = plan(&value);
        let ruling = gate(&plan, &all_seen(&plan), at(NOW));
        assert_eq!((ruling.verdict, ruling.reasons[0].code.as_str()), (Verdict::Hold, code));
    }
}

#[test]
fn where_nothing_is_demanded_nothing_is_held_against_the_release() {
    let plan = plan(&with(whole(), "/environment", json!({"kind": "development", "demands": []})));
    let told = all_seen(&plan).told;
    let evidence = GateEvidence { told, ..GateEvidence::default() };
    assert_eq!(gate(&plan, &evidence, at(NOW)).verdict, Verdict::Go);
}

#[test]
fn a_notice_that_is_overdue_holds_the_release_also_where_nobody_demands_announcements() {
    let plan = plan(&with(whole(), "/environment/demands", json!([])));
    let start = plan.schedule().start();
    let day = chrono::TimeDelta::days(1);
    let ruling = |now| gate(&plan, &GateEvidence::default(), now);
    assert_eq!(ruling(start - day - chrono::TimeDelta::seconds(1)).verdict, Verdict::Go);
    let late = ruling(start - day);
    assert_eq!((late.verdict, late.reasons[0].code.as_str()), (Verdict::Hold, "overdue-notice"), "{late}");
}

#[test]
fn what_has_happened_is_told_within_its_time() {
    let plan = plan(&whole());
    let start = plan.schedule().start();
    let mut evidence = all_seen(&plan);
    evidence.happened.push(toban_release_core::plan::Happened { occasion: Occasion::Started, at: start });
    let minutes = |minutes| start + chrono::TimeDelta::minutes(minutes);
    assert_eq!(gate(&plan, &evidence, minutes(4)).verdict, Verdict::Go);
    assert_eq!(gate(&plan, &evidence, minutes(5)).reasons[0].code, "overdue-notice");
    evidence.told.push(Told {
        stakeholder: "support".into(),
        occasion: Occasion::Started,
        at: minutes(-1),
        source: "chat".into(),
    });
    assert_eq!(
        gate(&plan, &evidence, minutes(5)).reasons[0].code,
        "overdue-notice",
        "told before it was true"
    );
    evidence.told.last_mut().unwrap().at = minutes(3);
    assert_eq!(gate(&plan, &evidence, minutes(5)).verdict, Verdict::Go);
}

#[test]
fn whoever_has_a_name_in_both_languages_is_told_under_either_of_them() {
    let plan =
        plan(&with(whole(), "/announcements/0/stakeholder", json!({"ja": "加盟店", "en": "merchants"})));
    let ruling = |stakeholder: Text| {
        let mut evidence = all_seen(&plan);
        evidence.approvals[0].answer.about = plan.revision();
        evidence.told[0].stakeholder = stakeholder;
        gate(&plan, &evidence, at(NOW))
    };
    for name in ["加盟店".into(), "merchants".into(), Text::new("加盟店", "merchants")] {
        assert_eq!(ruling(name).verdict, Verdict::Go);
    }
    assert_eq!(ruling("users".into()).reasons[0].code, "overdue-notice");
}

#[test]
fn what_holds_a_release_waits_for_facts_and_not_for_the_end_of_its_schedule() {
    let plan = plan(&whole());
    let mut evidence = all_seen(&plan);
    evidence.rehearsals.clear();
    evidence.told.clear();
    let ruling = gate(&plan, &evidence, at(NOW));
    assert_eq!((ruling.verdict, ruling.valid_until, ruling.recheck_at), (Verdict::Hold, None, None));
    // But for an approval that is dated later: then it may count.
    let later = "2026-03-02T00:30:00Z";
    let evidence =
        GateEvidence { approvals: vec![approval("carol", later, plan.revision())], ..all_seen(&plan) };
    let ruling = gate(&plan, &evidence, at(NOW));
    assert_eq!((ruling.verdict, ruling.recheck_at), (Verdict::Hold, Some(at(later))));
}

#[test]
fn a_rehearsal_that_is_missing_is_told_with_what_it_is_to_be_about() {
    let plan = plan(&whole());
    let told = |evidence: &GateEvidence| gate(&plan, evidence, at(NOW)).reasons[0].to_string();
    let about = plan.rollback_revision();
    let mut evidence = all_seen(&plan);
    evidence.rehearsals[0].at = at("2026-04-01T00:00:00Z");
    assert_eq!(
        told(&evidence),
        format!(
            "the only rehearsals of the rollback are dated in the future: dated in the future 1, about {about}"
        )
    );
    evidence.rehearsals.clear();
    assert_eq!(told(&evidence), format!("the rollback has never been rehearsed: about {about}"));
}

proptest! {
    /// Less evidence never opens a gate that more keeps shut, but for what speaks against the release.
    #[test]
    fn taking_evidence_away_never_opens_the_gate(kept in proptest::collection::vec(any::<bool>(), 7)) {
        let plan = plan(&whole());
        let mut evidence = all_seen(&plan);
        let GateEvidence { approvals, artefacts, backups, done, probed, rehearsals, told, .. } = &mut evidence;
        let clear: [&mut dyn FnMut(); 7] = [
            &mut || approvals.clear(), &mut || artefacts.clear(), &mut || backups.clear(), &mut || done.clear(),
            &mut || probed.clear(), &mut || rehearsals.clear(), &mut || told.clear(),
        ];
        for (clear, _) in clear.into_iter().zip(&kept).filter(|(_, is_kept)| !**is_kept) {
            clear();
        }
        let ruling = gate(&plan, &evidence, at(NOW));
        prop_assert_eq!(ruling.verdict == Verdict::Go, kept.iter().all(|is_kept| *is_kept));
        prop_assert!(!ruling.reasons.is_empty());
    }

    /// A part that nobody demands is not held against anybody; who is to be told is told, demanded or not.
    #[test]
    fn only_what_is_demanded_is_looked_at(demanded in proptest::sample::subsequence(
        vec!["announcements", "artefacts", "approval", "backup", "checklists", "readiness", "rehearsal"], 0..7,
    )) {
        let demands: Vec<Value> = demanded.iter().map(|one| json!(one)).collect();
        let plan = plan(&with(whole(), "/environment/demands", Value::from(demands)));
        let told = all_seen(&plan).told;
        let ruling = gate(&plan, &GateEvidence { told, ..GateEvidence::default() }, at(NOW));
        prop_assert_eq!(ruling.verdict == Verdict::Go, demanded.iter().all(|one| *one == "announcements"));
    }
}

#[test]
fn approvals_may_be_left_to_the_rollout() {
    let plan = plan(&whole());
    let evidence = GateEvidence { approvals: Vec::new(), ..all_seen(&plan) };
    let codes = |ruling: Ruling| ruling.reasons.into_iter().map(|reason| reason.code).collect::<Vec<_>>();
    assert_eq!(codes(gate(&plan, &evidence, at(NOW))), ["not-approved"]);
    assert_eq!(codes(gate_before_approval(&plan, &evidence, at(NOW))), ["all-seen"]);
}
