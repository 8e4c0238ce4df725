//! Each kind of shortfall, what is asked, and the inventory.

use serde_json::{Value, json};
use toban_core::{Interval, Length, Ratio, Verdict};
use toban_routine::{
    CapacityReport, Change, Frequency, RoutineDraft, ShortfallKind, TeamDraft, automation_plan, capacity,
    inventory,
};

/// January to March 2027 in UTC.
pub(crate) fn quarter() -> Interval {
    Interval::new("2027-01-01T00:00:00Z".parse().unwrap(), "2027-04-01T00:00:00Z".parse().unwrap()).unwrap()
}

const WEEKDAYS: [&str; 5] = ["mon", "tue", "wed", "thu", "fri"];

fn person(id: &str, roles: &[&str], skills: &[&str]) -> Value {
    json!({"id": id, "roles": roles, "skills": skills, "leave": "0%",
        "hours": [{"on": {"weekly": WEEKDAYS}, "from": "09:00", "to": "17:00"}]})
}

fn task(id: &str, at: &str, estimate: &str) -> Value {
    json!({"id": id, "title": id, "owner": {"role": "ops"}, "estimate": estimate,
        "when": {"on": {"weekly": WEEKDAYS}, "at": at}})
}

fn with(mut value: Value, field: &str, to: Value) -> Value {
    value[field] = to;
    value
}

fn draft(people: &[Value], tasks: &[Value]) -> RoutineDraft {
    let team = json!({"people": people, "toil_cap": "50%", "interrupts": "0s"});
    serde_json::from_value(json!({"zone": "UTC", "team": team, "tasks": tasks})).unwrap()
}

fn checked(draft: &RoutineDraft) -> CapacityReport {
    capacity(draft, quarter(), quarter().start())
}

fn two() -> [Value; 2] {
    [person("ann", &["ops"], &[]), person("ben", &["ops"], &[])]
}

/// The codes of what is found, with the texts of what is proposed.
fn found(draft: &RoutineDraft) -> Vec<(&'static str, String)> {
    let found = checked(draft).shortfalls;
    let change = |changes: &[Change]| changes.iter().map(|one| one.text().en).collect::<Vec<_>>().join("; ");
    found.iter().map(|one| (one.kind.code(), change(&one.changes))).collect()
}

#[test]
fn work_that_fits_goes() {
    let report = checked(&draft(&two(), &[task("check", "09:00", "15m"), task("other", "09:00", "15m")]));
    assert_eq!(report.ruling.verdict, Verdict::Go, "{:?}", report.shortfalls);
    assert_eq!(report.ruling.reasons[0].code, "fits");
    assert_eq!(report.ruling.valid_until, Some(quarter().end()));
    assert_eq!((report.months.len(), report.weeks.len()), (3, 12));
    // 21 weekdays in January 2027: half an hour of work, twice eight hours of which half may be used.
    let january = report.months[0];
    assert_eq!((january.load(), january.capacity), (Length::minutes(21 * 30), Length::minutes(21 * 8 * 60)));
    assert_eq!(january.utilisation(), Some(Ratio::new(1, 16).unwrap()));
}

#[test]
fn each_kind_of_shortfall_has_its_mend() {
    let ops = |skill: &str| with(task("check", "09:00", "15m"), "skills", json!([skill]));
    let cases = [
        (
            draft(&two(), &[task("early", "07:00", "15m")]),
            ("outside-hours", "do early at 09:00 instead of 07:00"),
        ),
        (draft(&two(), &[task("late", "16:50", "15m")]), ("past-hours", "do late at 16:45 instead of 16:50")),
        (
            draft(
                &two(),
                &[with(
                    task("sunday", "10:00", "15m"),
                    "when",
                    json!({"on": {"weekly": "sun"}, "at": "10:00"}),
                )],
            ),
            ("closed", "let ann also be there every Sunday from 10:00 to 10:15"),
        ),
        (
            draft(&[person("ann", &["ops"], &[]), person("ben", &[], &[])], &[task("check", "09:00", "15m")]),
            ("one-person", "enable ben too: ops"),
        ),
        (
            draft(&[person("ann", &["ops"], &[])], &[task("check", "09:00", "15m")]),
            (
                "one-person",
                "add a person with ops who is there every weekday from Monday to Friday \
                           from 09:00 to 17:00",
            ),
        ),
        (
            draft(&two(), &[with(task("check", "09:00", "15m"), "owner", json!({"role": "lead"}))]),
            ("unowned", "enable ann too: lead"),
        ),
        (draft(&two(), &[ops("sql")]), ("unskilled", "enable ann too: sql")),
        (
            draft(
                &[person("ann", &["ops"], &["sql"]), person("ben", &["ops"], &[])],
                &[with(ops("sql"), "people", json!(2))],
            ),
            ("too-few", "enable ben too: sql"),
        ),
        (
            draft(
                &two(),
                &[
                    task("meeting", "09:00", "30m"),
                    task("check", "09:00", "15m"),
                    task("log", "09:15", "10m"),
                ]
                .map(|task| if task["id"] == "meeting" { with(task, "people", json!("all")) } else { task }),
            ),
            ("overlap", "do check at 09:30 instead of 09:00"),
        ),
        (
            draft(
                &two(),
                &[
                    task("check", "09:00", "15m"),
                    json!({"id": "open", "title": "open", "estimate": "1h",
                    "owner": {"role": "ops"}, "on": {"weekly": "fri"}}),
                ],
            ),
            ("open-time", "do open at 09:00"),
        ),
        // A month of 20 weekdays and 160 hours of two, half of them for it.
        (
            draft(&two(), &[task("long", "09:00", "7h"), task("longer", "10:00", "6h")]),
            ("month", "take 5h off long each time, by a program or otherwise"),
        ),
    ];
    for (draft, (code, change)) in cases {
        let found = found(&draft);
        assert!(found.contains(&(code, change.to_owned())), "{code}: {found:?}");
    }
}

/// Done every day at each hour, and at half past these hours too.
fn hourly(half_past: &[u32]) -> Value {
    let hours = (0..24).map(|hour| format!("{hour:02}:00"));
    let at: Vec<_> = hours.chain(half_past.iter().map(|hour| format!("{hour:02}:30"))).collect();
    with(task("check", "09:00", "5m"), "when", json!({"on": "daily", "at": at}))
}

#[test]
fn what_is_due_at_more_than_24_times_of_day_is_found_once_and_is_not_moved() {
    let each = found(&draft(&two(), &[hourly(&[])]));
    // Eight of the hours have somebody.
    assert_eq!(each.iter().filter(|(code, _)| *code == "outside-hours").count(), 16, "{each:?}");

    let report = checked(&draft(&two(), &[hourly(&[3])]));
    let texts: Vec<_> = report.shortfalls.iter().map(|one| (one.text.en.as_str(), one.count)).collect();
    // 64 weekdays and 26 other days from January to March 2027.
    let closed =
        "check is due on days on which too few are there who could do it (first 2027-01-02 00:00-00:05)";
    let outside =
        "check is due at times at which too few are there who could do it (first 2027-01-01 00:00-00:05)";
    assert_eq!(texts, [(closed, 26 * 25), (outside, 64 * 17)]);
    assert!(report.shortfalls[1].text.ja.starts_with("checkは勤務時間外にも行われ"), "{report:?}");

    let every = json!({"every": "15m", "start": "2027-01-01T00:00:00Z"});
    let every = with(task("check", "09:00", "1m"), "when", every);
    let meeting = with(task("meeting", "10:00", "30m"), "people", json!("all"));
    let by_program = || "take 1m off check each time, by a program or otherwise".to_owned();
    assert_eq!(
        found(&draft(&two(), &[every, meeting])),
        ["closed", "outside-hours", "overlap"].map(|code| (code, by_program()))
    );

    let long = with(hourly(&[16]), "estimate", json!("45m"));
    let past =
        checked(&draft(&two(), &[long])).shortfalls.into_iter().find(|one| one.kind.code() == "past-hours");
    let past = past.unwrap().text;
    assert_eq!(
        past.en,
        "check sometimes goes on after those who could do it have left (first 2027-01-01 16:30-17:15)"
    );
    assert!(past.ja.starts_with("checkは時により、担当者の勤務終了後まで続きます"), "{}", past.ja);
}

#[test]
fn hours_that_are_added_hold_all_that_is_due_on_those_days() {
    let twice = json!({"on": {"weekly": "sun"}, "at": ["10:00", "14:00"]});
    let found = found(&draft(&two(), &[with(task("check", "09:00", "15m"), "when", twice)]));
    assert_eq!(found, [("closed", "let ann also be there every Sunday from 10:00 to 14:15".to_owned())]);
}

#[test]
fn who_is_there_for_only_a_part_is_not_at_the_meeting() {
    let early = with(
        person("cho", &["monitoring"], &[]),
        "hours",
        json!([{"on": "daily", "from": "08:00", "to": "09:15"}]),
    );
    let [ann, ben] = two();
    let meeting = with(task("meeting", "09:00", "30m"), "people", json!("all"));
    let check = with(task("check", "09:00", "15m"), "owner", json!({"role": "monitoring"}));
    let report = checked(&draft(&[ann, ben, early], &[meeting, check]));
    let kinds: Vec<_> = report.shortfalls.iter().map(|found| found.kind).collect();
    assert_eq!(kinds, [ShortfallKind::OnePerson]);
    assert_eq!(report.ruling.verdict, Verdict::Hold);
}

#[test]
fn people_are_assigned_as_it_fits_best() {
    let [_, ben] = two();
    let both = person("ann", &["ops", "net"], &[]);
    let net = with(task("net", "09:00", "15m"), "owner", json!({"role": "net"}));
    // Ann could do the first as well, and is needed for the second.
    let found = found(&draft(&[both, ben], &[task("first", "09:00", "15m"), net]));
    assert_eq!(found, [("one-person", "enable ben too: net".to_owned())]);
}

#[test]
fn shifts_reach_over_midnight_and_touching_hours_are_one() {
    let night = with(
        person("nia", &["ops"], &[]),
        "hours",
        json!([{"on": "daily", "from": "22:00", "to": "06:00"}, {"on": "daily", "from": "06:00", "to": "08:00"}]),
    );
    let other = with(night.clone(), "id", json!("ned"));
    let at = |at: &str, estimate: &str| {
        with(task("watch", at, estimate), "when", json!({"on": "daily", "at": at}))
    };
    assert_eq!(found(&draft(&[night.clone(), other.clone()], &[at("05:00", "2h")])), []);
    assert_eq!(found(&draft(&[night.clone(), other.clone()], &[at("23:30", "1h")])), []);
    let past = found(&draft(&[night, other], &[at("07:30", "1h")]));
    assert_eq!(past, [("past-hours", "do watch at 07:00 instead of 07:30".to_owned())]);
}

#[test]
fn what_programs_do_takes_nobody() {
    let automated = with(task("check", "03:00", "15m"), "command", json!(["check"]));
    let unowned =
        json!({"id": "job", "title": "job", "command": ["job"], "when": {"on": "daily", "at": "03:00"}});
    let report = checked(&draft(&two(), &[automated, unowned]));
    assert_eq!(report.ruling.verdict, Verdict::Go, "{:?}", report.ruling);
}

#[test]
fn what_is_not_known_is_asked_and_nothing_is_assumed() {
    let people = json!([{"id": "ann", "roles": ["ops"]}]);
    let team = json!({"people": people});
    let draft = json!({"zone": "UTC", "team": team, "tasks": [task("check", "09:00", "15m")]});
    let mut draft: RoutineDraft = serde_json::from_value(draft).unwrap();
    let places = |draft: &RoutineDraft| {
        let report = checked(draft);
        assert_eq!(report.ruling.verdict, Verdict::Undecided);
        let questions = report.questions.iter();
        assert!(report.questions.iter().all(|question| question.is_blocking("gate-4")));
        questions.map(|question| question.place.clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        places(&draft),
        ["team.toil_cap", "team.interrupts", "team.people[0].hours", "team.people[0].leave"]
    );
    draft.team = Some(TeamDraft::default());
    assert_eq!(places(&draft), ["team.people", "team.toil_cap", "team.interrupts"]);
    draft.team = None;
    assert_eq!(places(&draft), ["team"]);
}

#[test]
fn what_cannot_be_and_what_is_too_short_is_undecided() {
    let mut wrong = draft(&two(), &[task("check", "09:00", "15m")]);
    let day = Interval::starting(quarter().start(), chrono::TimeDelta::days(1)).unwrap();
    let short = capacity(&wrong, day, day.start());
    assert_eq!(short.ruling.verdict, Verdict::Undecided);
    assert_eq!(short.ruling.reasons[0].code, "unknown");
    assert_eq!(short.unknown[0].ja, "期間に丸ごと含まれる月と週がありません。");
    let mut fits = checked(&wrong);
    fits.add_unknown(toban_core::Text::same("tasks[1]: what is it?"));
    assert_eq!((fits.ruling.verdict, fits.ruling.reasons.len()), (Verdict::Undecided, 1));
    wrong.team.as_mut().unwrap().people[1].hours[0].to = "25:00".to_owned();
    let review = toban_routine::review(&wrong);
    let places: Vec<_> = review.errors().map(|error| (error.code, error.place.as_str())).collect();
    assert_eq!(places, [("team", "team.people[1].hours[0].to")]);
    let report = checked(&wrong);
    assert_eq!(report.ruling.verdict, Verdict::Undecided);
    assert!(report.unknown[0].en.starts_with("team.people[1].hours[0].to: "), "{:?}", report.unknown);
}

#[test]
fn a_team_comes_back_from_a_file_as_it_went() {
    let meeting = with(task("meeting", "09:00", "30m"), "people", json!("all"));
    let pair = with(task("pair", "10:00", "30m"), "people", json!(2));
    let pair = with(pair, "automation", json!({"build": "8h", "saves": "10m"}));
    let draft = draft(&two(), &[meeting, pair]);
    let text = serde_json::to_string(&draft).unwrap();
    assert_eq!(serde_json::from_str::<RoutineDraft>(&text).unwrap(), draft);
    for wrong in
        [r#"{"people": [], "toil_cap": "150%"}"#, r#"{"people": [], "toil_cap": "0.5"}"#, r#"{"peple": []}"#]
    {
        assert!(serde_json::from_str::<TeamDraft>(wrong).is_err(), "{wrong}");
    }
    let nobody = with(task("check", "09:00", "15m"), "people", json!(0));
    let refused = serde_json::from_value::<toban_routine::TaskDraft>(nobody).unwrap_err().to_string();
    assert_eq!(refused, "`0` is no number of people: expected a number from 1 on, or `all`");
    assert_eq!(TeamDraft::toil_cap_google().to_percent(), "50 %");
}

#[test]
fn what_takes_no_time_is_told_and_leaves_the_gate_undecided() {
    let draft = draft(
        &two(),
        &[task("check", "09:00", "0m"), with(task("job", "09:00", "0m"), "command", json!(["job"]))],
    );
    let report = checked(&draft);
    assert_eq!(report.ruling.verdict, Verdict::Undecided);
    let told: Vec<_> = report.unknown.iter().map(|text| text.en.as_str()).collect();
    assert_eq!(told, ["tasks[0].estimate: it takes no time at all, so that none of its times is counted"]);
    let review = toban_routine::review(&draft);
    let places: Vec<_> = review.findings.iter().map(|found| (found.code, found.place.as_str())).collect();
    assert_eq!(places, [("length", "tasks[0].estimate")]);
}

#[test]
fn a_team_of_nobody_has_too_little_of_nothing() {
    let mut nobody = draft(&[], &[task("check", "09:00", "15m")]);
    nobody.team.as_mut().unwrap().interrupts = Some(Length::minutes(60));
    let report = checked(&nobody);
    assert_eq!(report.ruling.verdict, Verdict::Undecided);
    let kinds: Vec<_> = report.shortfalls.iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [ShortfallKind::Unowned]);
}

/// Everybody has too much to do by interrupts alone, which anybody may take.
#[test]
fn as_many_join_as_it_takes_and_where_these_are_too_many_nothing_is_proposed() {
    let with_interrupts = |hours: u32| {
        let mut draft = draft(&[person("ann", &[], &[])], &[]);
        draft.team.as_mut().unwrap().interrupts = Some(Length::minutes(hours * 60));
        draft
    };
    let joins = "add a person who is there every weekday from Monday to Friday from 09:00 to 17:00";
    // Each has 20 hours of a week for it; a month that begins on a Friday evening has less.
    let of = |hours| found(&with_interrupts(hours)).into_iter().find(|(code, _)| *code == "week").unwrap().1;
    assert_eq!(of(50), [joins; 2].join("; "));
    assert_eq!(of(180), [joins; 8].join("; "));
    assert_eq!(of(181), "");
}

#[test]
fn a_role_that_only_the_same_one_has_shares_nothing() {
    let mine = with(task("check", "09:00", "15m"), "owner", json!({"person": "ann"}));
    let people = [person("ann", &["dba"], &[]), person("ben", &["ops"], &[])];
    let [(code, changes)] = found(&draft(&people, &[mine])).try_into().unwrap();
    assert_eq!((code, changes.as_str()), ("one-person", "let dba answer for check; enable ben too: dba"));
}

#[test]
fn the_inventory_multiplies_and_adds_by_frequency() {
    let weekly = |id: &str, people: Value| {
        with(with(task(id, "09:00", "20m"), "people", people), "frequency", json!("weekly"))
    };
    let tasks = [
        weekly("pair", json!(2)),
        weekly("meeting", json!("all")),
        with(weekly("job", json!(2)), "command", json!(["job"])),
        json!({"id": "event", "title": "event", "on_events": ["alarm"]}),
    ];
    let three = [two().to_vec(), vec![person("cho", &[], &[])]].concat();
    let inventory = inventory(&draft(&three, &tasks), quarter());
    // 64 weekdays from January to March 2027.
    let totals: Vec<_> = inventory.tasks.iter().map(|toil| toil.total).collect();
    let minutes = |minutes| Some(Length::minutes(minutes));
    assert_eq!(totals, [minutes(64 * 40), minutes(64 * 60), Some(Length::ZERO), None]);
    assert_eq!(inventory.total(), Length::minutes(64 * 100));
    assert_eq!(inventory.by_frequency()[&Some(Frequency::Weekly)], Length::minutes(64 * 100));
    assert_eq!(inventory.unknown().count(), 1);
}

#[test]
fn automation_that_pays_soonest_comes_first_and_what_never_pays_last() {
    let plan = |id: &str, build: &str, saves: &str| {
        with(task(id, "09:00", "20m"), "automation", json!({"build": build, "saves": saves}))
    };
    let tasks = [
        plan("never", "8h", "0s"),
        plan("slow", "64h", "10m"),
        plan("b-quick", "5h", "15m"),
        plan("a-quick", "5h", "15m"),
        plan("boast", "64h", "10h"),
        with(plan("done", "1m", "10m"), "command", json!(["done"])),
    ];
    let plan = automation_plan(&draft(&two(), &tasks), quarter());
    let months: Vec<_> = plan.iter().map(|payback| (payback.task.as_str(), payback.months)).collect();
    let of = |num, den| Some(Ratio::new(num, den).unwrap());
    assert_eq!(
        months,
        [
            ("a-quick", of(300 * 3, 64 * 15)),
            ("b-quick", of(300 * 3, 64 * 15)),
            ("boast", of(64 * 60 * 3, 64 * 20)), // no more than the 20 minutes that it takes
            ("slow", of(64 * 60 * 3, 64 * 10)),
            ("never", None),
        ]
    );
    // The 20th weekday of 2027; 1 January is a Friday.
    assert_eq!(plan[0].paid_back, Some("2027-01-28T09:00:00Z".parse().unwrap()));
    assert_eq!((plan[4].paid_back, plan[4].saved), (None, Length::ZERO));
}
