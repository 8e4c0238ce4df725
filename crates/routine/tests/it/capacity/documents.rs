//! The conflicts within the requirement documents themselves.
#![cfg(feature = "zones")]

use chrono::{NaiveTime, TimeZone, Utc};
use serde_json::json;
use toban_core::{Interval, Length, Party, RoleId, Verdict};
use toban_routine::{
    CapacityReport, Change, People, RoutineDraft, Shortfall, ShortfallKind, TaskId, TeamDraft, capacity,
    preset,
};

/// Who does the 41 tasks of the documents, and how many minutes each takes.
const DONE_BY: [(&str, &str, u32); 41] = [
    ("infrastructure-check", "monitoring", 15),
    ("security-log-review", "security", 20),
    ("backup-check", "infrastructure", 10),
    ("performance-review", "infrastructure", 60),
    ("security-updates", "infrastructure", 90),
    ("dashboard-check", "monitoring", 30),
    ("infrastructure-cost-analysis", "infrastructure", 90),
    ("security-assessment", "security", 120),
    ("capacity-planning", "infrastructure", 120),
    ("operations-morning-meeting", "operations-lead", 30),
    ("operations-weekly-review", "operations-lead", 60),
    ("operations-system-check", "monitoring", 10),
    ("operations-alert-check", "monitoring", 10),
    ("operations-log-check", "monitoring", 10),
    ("operations-performance-check", "monitoring", 10),
    ("operations-user-inquiries", "support", 60),
    ("operations-backup-check", "infrastructure", 10),
    ("operations-daily-report", "monitoring", 20),
    ("operations-performance-analysis", "infrastructure", 60),
    ("operations-capacity-planning", "infrastructure", 45),
    ("operations-security-check", "security", 45),
    ("operations-system-diagnosis", "infrastructure", 120),
    ("operations-patch-planning", "infrastructure", 60),
    ("operations-improvement-review", "operations-lead", 60),
    ("routine-log-check", "monitoring", 15),
    ("routine-backup-check", "infrastructure", 10),
    ("routine-job-check", "monitoring", 10),
    ("routine-weekly-report", "operations-lead", 45),
    ("routine-capacity-trend-check", "infrastructure", 20),
    ("routine-patching", "infrastructure", 120),
    ("routine-slo-review", "operations-lead", 60),
    ("routine-error-budget-check", "operations-lead", 20),
    ("routine-dr-exercise", "infrastructure", 360),
    ("routine-security-audit", "security", 480),
    ("routine-licence-renewal", "operations-lead", 120),
    ("maintenance-log-check", "monitoring", 15),
    ("maintenance-backup-check", "infrastructure", 10),
    ("maintenance-performance-review", "infrastructure", 45),
    ("maintenance-security-scan", "security", 30),
    ("maintenance-audit", "security", 180),
    ("maintenance-improvement-plan", "operations-lead", 60),
];

fn team() -> TeamDraft {
    let person = |id: &str, roles: &[&str], from: &str, to: &str| {
        let hours = json!([{"on": "working", "calendar": "japan", "from": from, "to": to}]);
        json!({"id": id, "roles": roles, "leave": "10%", "hours": hours})
    };
    let people = json!([
        person("alice", &["operations-lead", "infrastructure"], "08:30", "17:30"),
        person("bob", &["infrastructure", "security"], "08:30", "17:30"),
        person("carol", &["monitoring", "security", "support"], "08:30", "17:30"),
        person("dan", &["monitoring", "support", "operations-lead"], "09:00", "18:00"),
    ]);
    serde_json::from_value(json!({"people": people, "toil_cap": "50%", "interrupts": "10h"})).unwrap()
}

/// What the documents say, with a team and what its people take: the times that they leave open stay so.
fn documents() -> RoutineDraft {
    let mut draft = preset::all();
    draft.team = Some(team());
    for (task, (id, role, minutes)) in draft.tasks.iter_mut().zip(DONE_BY) {
        assert_eq!(task.id.as_str(), id);
        task.owner = Some(Party::Role(RoleId::new(role).unwrap()));
        task.estimate = Some(task.estimate.unwrap_or(Length::minutes(minutes)));
        let is_meeting = matches!(id, "operations-morning-meeting" | "operations-weekly-review");
        task.people = is_meeting.then_some(People::All);
    }
    draft
}

fn year() -> Interval {
    let begins = |year| Utc.with_ymd_and_hms(year, 12, 31, 15, 0, 0).unwrap();
    Interval::new(begins(2026), begins(2027)).unwrap()
}

fn report() -> CapacityReport {
    capacity(&documents(), year(), year().start())
}

fn id(name: &str) -> TaskId {
    TaskId::new(name).unwrap()
}

fn time(text: &str) -> NaiveTime {
    text.parse().unwrap()
}

fn find<'a>(report: &'a CapacityReport, kind: ShortfallKind, tasks: &[&str]) -> &'a Shortfall {
    let names = |found: &Shortfall| {
        found.witness.tasks.iter().map(|(id, _)| id.as_str().to_owned()).collect::<Vec<_>>()
    };
    let found = report.shortfalls.iter().find(|found| found.kind == kind && names(found) == tasks);
    found.unwrap_or_else(|| panic!("{:#?}", report.shortfalls))
}

/// From and to on a day of January 2027, in Japan.
fn on_day(day: u32, from: (u32, u32), to: (u32, u32)) -> Option<Interval> {
    let at = |(hour, minute)| {
        Utc.with_ymd_and_hms(2027, 1, day, hour, minute, 0).unwrap() - chrono::TimeDelta::hours(9)
    };
    Some(Interval::new(at(from), at(to)).unwrap())
}

#[test]
fn the_stand_up_at_nine_and_the_infrastructure_check_at_nine_are_found() {
    let report = report();
    let found =
        find(&report, ShortfallKind::Overlap, &["infrastructure-check", "operations-morning-meeting"]);
    // Monday 4 January is the first working day of 2027.
    assert_eq!(found.witness.within, on_day(4, (9, 0), (9, 15)));
    assert_eq!(
        found.witness.tasks,
        [
            (id("infrastructure-check"), on_day(4, (9, 0), (9, 15))),
            (id("operations-morning-meeting"), on_day(4, (9, 0), (9, 30)))
        ]
    );
    let people: Vec<_> = found.witness.people.iter().map(|person| person.as_str()).collect();
    assert_eq!(people, ["alice", "bob", "carol", "dan"]);
    // Dan comes at 09:00; Carol alone could do it from 08:45 on.
    let task = id("infrastructure-check");
    assert_eq!(found.changes, [Change::Move { task, from: time("09:00:00"), to: time("08:45:00") }]);
    assert_eq!(
        found.text.ja,
        "同じ時間帯に人が足りません: infrastructure-check 09:00-09:15、operations-morning-meeting 09:00-09:30（最初は \
         2027-01-04 09:00-09:15、対象者: alice・bob・carol・dan）"
    );
}

#[test]
fn the_backup_check_at_seven_is_found_on_working_days_and_on_the_others() {
    let report = report();
    let early = find(&report, ShortfallKind::OutsideHours, &["backup-check"]);
    assert_eq!(early.witness.tasks, [(id("backup-check"), on_day(4, (7, 0), (7, 10)))]);
    let task = id("backup-check");
    assert_eq!(early.changes, [Change::Move { task, from: time("07:00:00"), to: time("08:30:00") }]);
    assert_eq!(early.changes[0].text().ja, "backup-checkを07:00から08:30に移す");

    let closed = find(&report, ShortfallKind::Closed, &["backup-check"]);
    assert_eq!(closed.witness.within, on_day(1, (7, 0), (7, 10)), "New Year's Day");
    assert_eq!(closed.changes[0].text().en, "let alice also be there every day from 07:00 to 07:10");
    assert_eq!(early.count + closed.count, 365);
}

#[test]
fn the_friday_review_and_the_dashboard_check_of_friday_are_found() {
    let report = report();
    let open: Vec<_> = report
        .shortfalls
        .iter()
        .filter(|found| {
            found.kind == ShortfallKind::OpenTime && found.witness.tasks[0].0.as_str() == "dashboard-check"
        })
        .collect();
    let [found] = open.as_slice() else { panic!("{open:?}") };
    // Friday 1 January is closed; the dashboards have no time of day, the review takes everybody from 16:00 to 17:00.
    let review = (id("operations-weekly-review"), on_day(8, (16, 0), (17, 0)));
    assert!(found.witness.tasks.contains(&review), "{:?}", found.witness.tasks);
    let [Change::SetTime { task, at }] = found.changes.as_slice() else { panic!("{:?}", found.changes) };
    assert_eq!((task.as_str(), *at), ("dashboard-check", time("08:30:00")));

    // A time that meets the review is a clash, and it is moved away.
    let mut draft = documents();
    Change::SetTime { task: id("dashboard-check"), at: time("16:00:00") }.apply(&mut draft);
    let report = capacity(&draft, year(), year().start());
    let found = find(&report, ShortfallKind::Overlap, &["dashboard-check", "operations-weekly-review"]);
    assert_eq!(found.witness.within, on_day(8, (16, 0), (16, 30)));
    let task = id("dashboard-check");
    assert_eq!(found.changes, [Change::Move { task, from: time("16:00:00"), to: time("15:30:00") }]);
}

#[test]
fn what_the_documents_leave_open_leaves_the_gate_undecided() {
    let report = report();
    assert_eq!(report.ruling.verdict, Verdict::Undecided);
    assert_eq!(report.questions.len(), 36, "the times of day that no document states");
    let bare = capacity(&preset::all(), year(), year().start());
    assert_eq!(bare.ruling.verdict, Verdict::Undecided);
    assert_eq!(bare.questions.len(), 36 + 41 + 39 + 1, "the team, too");
    assert!(bare.shortfalls.is_empty());
}

#[test]
fn every_text_of_what_is_found_and_proposed_is_in_both_languages() {
    for found in report().shortfalls {
        let changes = found.changes.iter().map(Change::text);
        for text in changes.chain([found.text.clone()]) {
            assert!(!text.is_blank() && text.ja != text.en && text.en.is_ascii(), "{text:?}");
        }
    }
}
