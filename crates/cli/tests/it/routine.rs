//! `toban routine`, held to the shop's definition.

mod kept;

use crate::support::{Folder, toban, toban_reading};
use serde_json::Value;
use std::collections::BTreeMap;
use toban_routine::{RoutineDraft, preset, review};

const SHOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/shop/routine.yaml");

fn told(arguments: &[&str]) -> String {
    let outcome = toban(["routine"].into_iter().chain(arguments.iter().copied()));
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{arguments:?}: {}", outcome.stdout);
    outcome.stdout
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&told(&[arguments, &["--format", "json"]].concat())).unwrap()
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_shop_does_what_the_presets_ask_for() {
    let draft: RoutineDraft =
        toban_yaml::from_str("routine.yaml", &std::fs::read_to_string(SHOP).unwrap()).unwrap();
    let review = review(&draft);
    assert_eq!((review.scheduled.len(), review.questions.len(), review.errors().count()), (41, 0, 0));
    let shop: BTreeMap<_, _> = draft.tasks.iter().map(|task| (task.id.clone(), task)).collect();
    for asked in preset::all().tasks {
        let done = shop.get(&asked.id).unwrap_or_else(|| panic!("nobody does {}", asked.id));
        assert_eq!(
            (
                &done.title,
                &done.source,
                done.frequency,
                &done.stated,
                &done.lists,
                &done.alerts,
                &done.on_events
            ),
            (
                &asked.title,
                &asked.source,
                asked.frequency,
                &asked.stated,
                &asked.lists,
                &asked.alerts,
                &asked.on_events
            ),
            "{}",
            asked.id
        );
    }
    assert_eq!(shop.len(), preset::all().tasks.len());
}

#[test]
fn what_comes_next_is_in_order_and_in_the_zone_that_was_asked_for() {
    let at = ["next", "--spec", SHOP, "--at", "2026-12-28T00:00:00Z", "--count", "3"];
    let next = json(&at);
    let rows: Vec<_> = next["next"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["task"].as_str().unwrap(), row["local"].as_str().unwrap()))
        .collect();
    assert_eq!(
        rows,
        [
            ("infrastructure-check", "2026-12-28T09:00:00+09:00"),
            ("operations-morning-meeting", "2026-12-28T09:00:00+09:00"),
            ("routine-log-check", "2026-12-28T09:30:00+09:00"),
        ]
    );
    let text = told(&[&at[..], &["--task", "capacity-planning", "--zone", "America/New_York"]].concat());
    // 13:00 in Tokyo is 23:00 of the evening before.
    assert!(text.contains("Sun 2026-12-27 23:00  28 04:00  capacity planning"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn a_month_is_a_calendar_for_people_pages_and_programs() {
    let december = ["calendar", "--spec", SHOP, "--month", "2026-12"];
    let text = told(&december);
    assert!(text.contains("December 2026 (Asia/Tokyo)") && text.contains("29*"), "{text}");
    assert!(text.contains("capacity planning                    Thu 2026-12-31 to Mon 2026-12-28"), "{text}");
    let text = told(&[&december[..], &["--lang", "ja"]].concat());
    assert!(
        text.contains("2026年12月") && text.contains("年末年始休業") && text.contains("毎月末日 13:00"),
        "{text}"
    );
    let page = told(&[&december[..], &["--format", "html", "--lang", "ja"]].concat());
    assert!(
        page.starts_with("<!DOCTYPE html>")
            && page.contains("キャパシティプランニング")
            && !page.contains("http"),
        "{page}"
    );
    let value = json(&december);
    let days = value["days"].as_array().unwrap();
    assert_eq!(days.len(), 31);
    let due: Vec<_> =
        days[27]["due"].as_array().unwrap().iter().filter(|due| !due["moved_from"].is_null()).collect();
    assert_eq!(due.len(), 4, "{due:?}");
    assert_eq!(days[30]["closed"]["ja"], "年末年始休業");
    assert!(days[30]["due"].as_array().unwrap().iter().all(|due| due["task"] != "capacity-planning"));
    // In another zone it is another time, and a moved one is still marked.
    let abroad = told(&[&december[..], &["--zone", "America/New_York"]].concat());
    assert!(abroad.contains("17:00  backup check"), "{abroad}");
    assert!(flat(&abroad).contains("capacity planning Thu 2026-12-31 to Sun 2026-12-27"), "{abroad}");
    assert!(flat(&abroad).contains("the last day of every month at 13:00 (Asia/Tokyo)"), "{abroad}");
    // A month in which a zone left out a date.
    let apia = told(&["calendar", "--spec", SHOP, "--month", "2011-12", "--zone", "Pacific/Apia"]);
    assert!(apia.contains("December 2011 (Pacific/Apia)"), "{apia}");
}

#[test]
fn a_time_that_the_clock_moves_drops_or_doubles_is_marked_in_the_month() {
    let folder = Folder::new("clock");
    let spec = folder.file(
        "routine.yaml",
        "zone: America/New_York\ntasks:\n\
         - {id: nightly, title: nightly, when: {on: daily, at: \"02:30\"}}\n\
         - {id: sunday, title: {ja: 日曜, en: sunday}, when: {on: {weekly: sun}, at: \"02:15\", clock_change: {once: {gap: shift, fold: earlier}}}}\n\
         - {id: minutes, title: minutes, when: {cron: \"*/10 1-2 * * *\"}}\n",
    );
    let month = |month: &'static str, more: &[&'static str]| {
        let arguments = ["calendar", "--spec", spec.to_str().unwrap(), "--month", month];
        told(&[&arguments, more].concat())
    };
    let march = month("2026-03", &[]);
    for told in [
        "Changes of the clock (~)",
        "nightly  Sun 2026-03-08 02:30 → 03:00, the clock jumps over it",
        "sunday   Sun 2026-03-08 02:15 → 03:15, the clock jumps over it",
        "minutes  Sun 2026-03-08 02:00 and 5 more → dropped, the clock jumps over it",
        " 8  a~",
    ] {
        assert!(march.contains(told), "{told}: {march}");
    }
    let ja = month("2026-03", &["--lang", "ja"]);
    assert!(
        ja.contains("時計の切替 (~)")
            && ja.contains("日曜     2026-03-08(日) 02:15 → 03:15 (時計の切替でない時刻)"),
        "{ja}"
    );
    let november = month("2026-11", &[]);
    let twice =
        "minutes Sun 2026-11-01 01:00 and 5 more → 01:00 -04:00 and 01:00 -05:00, the clock shows it twice";
    assert!(flat(&november).contains(twice), "{november}");
    // Where the clock changes nothing, nothing is said of it.
    assert!(!month("2026-04", &[]).contains('~'));
    // Seen from elsewhere it is another date, and the rule's zone is told.
    let abroad = month("2026-03", &["--zone", "Asia/Tokyo"]);
    assert!(flat(&abroad).contains("02:15 → 03:15, the clock jumps over it (America/New_York)"), "{abroad}");
    // The page and programs are told the same.
    let page = month("2026-03", &["--format", "html"]);
    for told in [
        "> → 03:00, the clock jumps over it<",
        "> → 03:15, the clock jumps over it<",
        "> → dropped, the clock jumps over it<",
    ] {
        assert_eq!(page.matches(told).count(), 1, "{told}");
    }
    let value: Value = serde_json::from_str(&month("2026-03", &["--format", "json"])).unwrap();
    let days = value["days"].as_array().unwrap();
    let changed: Vec<_> = days.iter().filter(|day| day["clock"] != serde_json::json!([])).collect();
    assert_eq!(changed.len(), 1);
    let counts: Vec<_> = changed[0]["clock"].as_array().unwrap().iter().map(|one| &one["count"]).collect();
    assert_eq!((&changed[0]["date"], counts), (&"2026-03-08".into(), vec![&6.into(), &1.into(), &1.into()]));
    let nightly =
        changed[0]["clock"].as_array().unwrap().iter().find(|one| one["task"] == "nightly").unwrap();
    assert_eq!(
        (&nightly["first"]["nominal"], &nightly["kind"], &nightly["first"]["at"][0]["utc"]),
        (&"2026-03-08 02:30:00".into(), &"moved".into(), &"2026-03-08T07:00:00Z".into())
    );
}

#[test]
fn why_is_told_in_both_languages() {
    let of = |date: &str, lang: &str| {
        flat(&told(&["why", "--spec", SHOP, "--task", "capacity-planning", "--date", date, "--lang", lang]))
    };
    let moved = of("2026-12-31", "en");
    assert!(
        moved.contains("It is not due on this date.")
            && moved.contains("closed over the New Year: moved to Mon 2026-12-28"),
        "{moved}"
    );
    assert!(of("2026-12-31", "ja").contains("年末年始休業のため2026-12-28(月)に移動"));
    let here = of("2026-10-30", "en");
    assert!(
        here.contains("It is due at Fri 2026-10-30 13:00") && here.contains("moved here from Sat 2026-10-31"),
        "{here}"
    );
}

#[test]
fn a_preview_tells_what_is_moved_and_dropped() {
    let folder = Folder::new("preview");
    let spec = folder.file(
        "routine.yaml",
        "zone: Europe/Berlin\ntasks:\n\
         - {id: nightly, title: nightly, when: {on: daily, at: \"02:30\"}}\n\
         - {id: quarter, title: quarter, when: {cron: \"*/30 2 * * *\"}}\n",
    );
    let arguments = ["preview", "--spec", spec.to_str().unwrap(), "--at", "2026-01-01T00:00:00Z"];
    let changes = json(&arguments);
    let told: Vec<_> = changes["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| {
            let text = |field: &str| change[field].as_str().unwrap().to_owned();
            let nominal = change["first"]["nominal"].as_str().unwrap().to_owned();
            (text("task"), nominal, change["count"].as_u64().unwrap(), text("kind"))
        })
        .collect();
    let change = |task: &str, nominal: &str, count: u64, fate: &str| {
        (task.to_owned(), nominal.to_owned(), count, fate.to_owned())
    };
    assert_eq!(
        told,
        [
            change("nightly", "2026-03-29 02:30:00", 1, "moved"),
            change("quarter", "2026-03-29 02:00:00", 2, "dropped"),
            change("quarter", "2026-10-25 02:00:00", 2, "doubled"),
        ]
    );
    let table = flat(&self::told(&arguments));
    assert!(table.contains("Sun 2026-03-29 02:00 to") && table.contains("02:30 (2 times)"), "{table}");
}

#[test]
fn a_check_asks_for_what_is_not_known_and_tells_what_is_at_odds() {
    let shop = flat(&told(&["check", "--spec", SHOP]));
    assert!(shop.contains("tasks with their times: 41; errors: 0; warnings: 6; open questions: 0"), "{shop}");
    assert!(
        shop.contains("is every Monday at 10:00; \"weekly review\"") && shop.contains("is every Friday"),
        "{shop}"
    );
    let open = "zone: UTC\ntasks:\n- {id: report, title: {ja: 日次レポート作成, en: daily report}, stated: {ja: 夕, en: evening}}\n";
    let outcome = toban_reading(["routine", "check", "--spec", "-", "--lang", "ja"], open.as_bytes());
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    let text = flat(&outcome.stdout);
    assert!(text.contains("未回答の質問3件") && text.contains("夕"), "{text}");
}

#[test]
fn alerts_of_which_nobody_can_tell_are_pointed_out() {
    let spec = |services: &str| {
        format!(
            "zone: UTC\n{services}tasks:\n- id: check\n  title: check\n  when: {{on: daily, at: \"09:00\"}}\n  alerts:\n\
             \x20 - {{text: percent, measured: {{query: \"host:cpu\", is: above, value: 80}}}}\n\
             \x20 - {{text: always, measured: {{query: \"host:disk:/\", is: at_least, value: 0}}}}\n\
             \x20 - {{text: load, measured: {{query: \"host:load\", is: above, value: 8}}}}\n\
             \x20 - {{text: share, measured: {{query: \"host:memory\", is: at_least, value: 0.85}}}}\n\
             \x20 - {{text: other, measured: {{query: \"up\", is: below, value: 1}}}}\n"
        )
    };
    let check = |spec: &str| toban_reading(["routine", "check", "--spec", "-"], spec.as_bytes());
    let outcome = check(&spec(""));
    let text = flat(&outcome.stdout);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    for words in [
        "errors: 0; warnings: 3",
        "`host:cpu` is a share, 0 to 1: compared with 80 it never holds",
        "compared with 0 it always holds",
        "nobody measures `up`",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let text = flat(&check(&spec("services: {prometheus: \"http://127.0.0.1:9090\"}\n")).stdout);
    assert!(text.contains("warnings: 2") && !text.contains("nobody measures"), "{text}");
    let load = spec("").replace("host:load\", is: above, value: 8", "host:load\", is: below, value: 0");
    assert!(flat(&check(&load).stdout).contains("`host:load` is 0 or more: compared with 0 it never holds"));
    let wrong = spec("services: {prometheus: nowhere}\n").replace("host:load", "host:laod");
    let outcome = check(&wrong.replace("\"up\"", "\" Host:cpu\"").replace("host:memory", " "));
    assert_eq!(outcome.code, 1);
    for place in [
        "services.prometheus",
        "tasks[0].alerts[2].measured.query",
        "tasks[0].alerts[3].measured.query",
        "tasks[0].alerts[4].measured.query",
    ] {
        assert!(outcome.stderr.contains(place), "{place}: {}", outcome.stderr);
    }
}

#[test]
fn what_is_wrong_with_one_task_is_told_at_its_place_and_stops_no_other() {
    let folder = Folder::new("wrong-task");
    let spec = folder.file(
        "routine.yaml",
        "zone: Asia/Tokyo\ntasks:\n\
         - {id: good, title: good, when: {on: daily, at: \"09:00\"}}\n\
         - {id: never, title: never, when: {cron: 0 0 30 2 *}}\n\
         - {id: mars, title: mars, when: {on: daily, at: \"09:00\", zone: Mars/Olympus}}\n\
         - {id: always, title: always, when: {every: 0s, start: 2026-01-01T00:00:00Z}}\n\
         - {id: boot, title: boot, when: {cron: \"@reboot\"}}\n",
    );
    let spec = spec.to_str().unwrap();
    let outcome = toban(["routine", "next", "--spec", spec, "--at", "2026-11-26T00:00:00Z", "--count", "1"]);
    assert_eq!(outcome.code, 1);
    assert!(outcome.stdout.contains("Thu 2026-11-26 09:00"), "{}", outcome.stdout);
    for (line, words) in [
        (4, "never happens"),
        (5, "no time zone is called `Mars/Olympus`"),
        (6, "0s is no interval"),
        (7, "`@reboot` is no time"),
    ] {
        let place = format!("routine.yaml:{line}:");
        let found = outcome.stderr.contains(&place) && outcome.stderr.contains(words);
        assert!(found, "{place} {words}: {}", outcome.stderr);
    }
    let outcome = toban(["routine", "why", "--spec", spec, "--task", "never", "--date", "2026-02-28"]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("the times of never are not known"), "{}", outcome.stderr);
    let outcome = toban(["routine", "next", "--spec", spec, "--task", "nobody"]);
    assert!(outcome.code == 2 && outcome.stderr.contains("there is no task nobody"), "{}", outcome.stderr);
}

#[test]
fn a_task_that_cannot_be_read_is_told_at_its_place_and_stops_no_other() {
    let folder = Folder::new("unread-task");
    let spec = folder.file(
        "routine.yaml",
        "zone: Asia/Tokyo\ntasks:\n\
         - {id: field, title: field, wehn: {on: daily, at: \"09:00\"}}\n\
         - {id: good, title: good, when: {on: daily, at: \"09:00\"}}\n\
         - {id: Bad Id, title: bad, estimate: soon}\n\
         - {id: mars, title: mars, when: {on: daily, at: \"09:00\", zone: Mars/Olympus}}\n\
         - {id: good, title: again, when: {on: daily, at: \"10:00\"}}\n\
         - tidy up\n",
    );
    let spec = spec.to_str().unwrap();
    let told = [
        ("routine.yaml:3:29", "unknown field `wehn`, did you mean `when`?", "tasks[0].wehn"),
        ("routine.yaml:5:8", "`Bad Id` is no name of a task", "tasks[2].id"),
        ("routine.yaml:5:38", "\"soon\" is no length", "tasks[2].estimate"),
        ("routine.yaml:6:64", "no time zone is called `Mars/Olympus`", "tasks[3].when.zone"),
        ("routine.yaml:7:8", "a task above is called good too", "tasks[4].id"),
        ("routine.yaml:8:3", "expected a mapping", "tasks[5]"),
    ];
    let at = ["--at", "2026-11-26T00:00:00Z"];
    for command in ["next", "calendar", "preview", "check", "capacity", "export"] {
        let when = if command == "calendar" { ["--month", "2026-11"] } else { at };
        let outcome = toban(["routine", command, "--spec", spec].into_iter().chain(when));
        assert_eq!(outcome.code, 1, "{command}: {}", outcome.stderr);
        for (place, words, path) in told {
            let found = [place, words, path].iter().all(|text| outcome.stderr.contains(text));
            assert!(found, "{command}: {place} {words}: {}", outcome.stderr);
        }
        assert_eq!(outcome.stderr.matches("error: ").count(), told.len(), "{command}: {}", outcome.stderr);
        let places: Vec<_> = told.iter().map(|(place, ..)| outcome.stderr.find(place).unwrap()).collect();
        assert!(places.is_sorted(), "{command}: {}", outcome.stderr);
    }
    let next = toban(["routine", "next", "--spec", spec, "--count", "1"].into_iter().chain(at));
    assert!(next.stdout.contains("Thu 2026-11-26 09:00"), "{}", next.stdout);
    // Programs are told the same, with the places of the file.
    let check = toban(["routine", "check", "--spec", spec, "--format", "json"].into_iter().chain(at));
    let check: Value = serde_json::from_str(&check.stdout).unwrap();
    assert_eq!(check["scheduled"], serde_json::json!(["good"]));
    let of_level = |level: &str| {
        check["findings"].as_array().unwrap().iter().filter(|found| found["level"] == level).count()
    };
    assert_eq!((of_level("error"), of_level("warning")), (told.len(), 0));
    for (_, words, path) in told {
        let found = check["findings"].as_array().unwrap().iter().find(|found| found["place"] == path);
        assert!(
            found.is_some_and(|found| found["text"]["en"].as_str().unwrap().contains(words)),
            "{path}: {check}"
        );
    }
    let asked: Vec<_> =
        check["questions"].as_array().unwrap().iter().map(|asked| asked["place"].as_str().unwrap()).collect();
    assert!(asked.contains(&"tasks[1].owner") && asked.contains(&"tasks[3].owner"), "{asked:?}");
    // It is there, and its times are not known.
    let outcome = toban(["routine", "next", "--spec", spec, "--task", "field"]);
    assert!(
        outcome.code == 2 && outcome.stderr.contains("the times of field are not known"),
        "{}",
        outcome.stderr
    );
    let outcome = toban(["routine", "next", "--spec", spec, "--task", "nobody"]);
    assert!(outcome.code == 2 && outcome.stderr.contains("there is no task nobody"), "{}", outcome.stderr);
}

#[test]
fn what_is_wrong_beside_the_tasks_stops_the_whole() {
    let folder = Folder::new("wrong-file");
    let spec = folder.file(
        "field.yaml",
        "zoen: UTC\ntasks:\n- {id: x, title: x, wehn: {on: daily}}\n- {id: y, title: y, when: {on: daily, at: \"09:00\"}}\n",
    );
    let outcome = toban(["routine", "check", "--spec", spec.to_str().unwrap()]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{}", outcome.stderr);
    for found in ["field.yaml:1:1", "did you mean `zone`?", "field.yaml:3:21", "did you mean `when`?"] {
        assert!(outcome.stderr.contains(found), "{found}: {}", outcome.stderr);
    }
    let listless = folder.file("listless.yaml", "tasks: {id: x}\n");
    let outcome = toban(["routine", "check", "--spec", listless.to_str().unwrap()]);
    assert!(outcome.code == 2 && outcome.stderr.contains("expected a list"), "{}", outcome.stderr);
}

#[test]
fn the_tasks_are_a_calendar_that_others_read() {
    let arguments =
        ["routine", "export", "--spec", SHOP, "--task", "backup-check", "--task", "capacity-planning"];
    let outcome = toban(arguments.into_iter().chain(["--at", "2026-12-01T00:00:00Z", "--lang", "ja"]));
    assert_eq!(outcome.code, 0);
    assert!(outcome.stdout.starts_with("BEGIN:VCALENDAR\r\n"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("SUMMARY:バックアップ確認\r\n"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("RRULE:FREQ=DAILY"), "{}", outcome.stdout);
    // No rule of calendars says what becomes of a closed day.
    assert!(outcome.stderr.starts_with("note: "), "{}", outcome.stderr);
}

#[test]
fn an_entry_of_a_calendar_has_a_name_of_its_own_that_stays() {
    let folder = Folder::new("uid");
    let text = "zone: UTC\ntasks:\n- {id: check, title: check, when: {on: daily, at: \"09:00\"}}\n";
    let uids = |spec: &std::path::Path, more: &[&str]| {
        let outcome = toban_reading(
            ["routine", "export", "--spec", spec.to_str().unwrap()].into_iter().chain(more.iter().copied()),
            text.as_bytes(),
        );
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        let uids = outcome.stdout.lines().filter_map(|line| line.strip_prefix("UID:").map(str::to_owned));
        uids.collect::<Vec<_>>()
    };
    let shop = folder.file("Shop Team.yaml", text);
    let night = folder.file("夜間.yaml", text);
    assert_eq!(uids(&shop, &[]), ["check@shop-team"]);
    assert_eq!(uids(&night, &[]), ["check@夜間"]);
    // Later, and from another folder, it is the same entry.
    std::fs::create_dir(folder.path("elsewhere")).unwrap();
    let moved = folder.file("elsewhere/Shop Team.yaml", text);
    assert_eq!(uids(&moved, &["--at", "2030-01-01T00:00:00Z"]), ["check@shop-team"]);
    assert_eq!(uids(&shop, &["--domain", "Ops.Example.com"]), ["check@ops.example.com"]);
    assert_eq!(uids(std::path::Path::new("-"), &[]), ["check@toban"]);
    for bad in ["", "a b", "a@b", "a..b", "例"] {
        let outcome = toban(["routine", "export", "--spec", shop.to_str().unwrap(), "--domain", bad]);
        assert!(outcome.code == 2 && outcome.stderr.contains("ops.example.com"), "{bad}: {}", outcome.stderr);
    }
}

#[test]
fn a_table_of_cron_becomes_a_definition_and_back() {
    let folder = Folder::new("crontab");
    let table = "CRON_TZ=Asia/Tokyo\n# nightly backup\n30 2 * * 1-5 /usr/local/bin/backup --all\n@reboot /usr/local/bin/warm-up\n61 * * * * /bin/true\n";
    let table = folder.file("crontab", table);
    let outcome = toban(["routine", "import", "--crontab", table.to_str().unwrap()]);
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("crontab:5:") && outcome.stderr.contains("crontab:4:"),
        "{}",
        outcome.stderr
    );
    let spec = folder.file("routine.yaml", &outcome.stdout);
    let spec = spec.to_str().unwrap();
    let next = json(&["next", "--spec", spec, "--at", "2026-11-28T00:00:00Z", "--count", "1"]);
    assert_eq!(next["next"][0]["local"], "2026-11-30T02:30:00+09:00", "{}", outcome.stdout);
    let back =
        toban(["routine", "export", "--spec", spec, "--to", "crontab", "--at", "2026-11-28T00:00:00Z"]);
    assert!(back.code == 0 && back.stdout.contains("30 2 * * 1-5"), "{}{}", back.stdout, back.stderr);
    let timers =
        toban(["routine", "export", "--spec", spec, "--to", "systemd", "--at", "2026-11-28T00:00:00Z"]);
    assert!(
        timers.stdout.contains("OnCalendar=") && timers.stdout.contains("Asia/Tokyo"),
        "{}",
        timers.stdout
    );
    let jobs = [
        "routine",
        "export",
        "--spec",
        spec,
        "--to",
        "kubernetes",
        "--image",
        "registry.example/tools:1",
        "--at",
        "2026-11-28T00:00:00Z",
    ];
    let jobs = toban(jobs);
    assert!(
        jobs.stdout.contains("kind: \"CronJob\"") || jobs.stdout.contains("kind: CronJob"),
        "{}",
        jobs.stdout
    );
    let imageless = toban(["routine", "export", "--spec", spec, "--to", "kubernetes"]);
    assert!(imageless.code == 2 && imageless.stderr.contains("--image"), "{}", imageless.stderr);
}

#[test]
fn a_line_of_cron_that_never_comes_is_an_error_with_its_number() {
    let folder = Folder::new("never");
    let table = folder.file("crontab", "CRON_TZ=UTC\n0 0 31 2 * /bin/never\n0 0 * * * /bin/true\n");
    let outcome = toban(["routine", "import", "--crontab", table.to_str().unwrap()]);
    assert!(outcome.code == 1 && outcome.stderr.contains("crontab:2: error: "), "{}", outcome.stderr);
    let spec = folder.file("routine.yaml", &outcome.stdout);
    let check = toban(["routine", "check", "--spec", spec.to_str().unwrap()]);
    assert!(!outcome.stdout.contains("never") && check.code == 0, "{}{}", check.stdout, check.stderr);
}

#[test]
fn what_is_exported_runs_in_the_folder_of_the_definition() {
    let folder = Folder::new("export folder");
    let text = "zone: UTC\nservices: {variables: [TOKEN]}\ntasks:\n- {id: backup, title: backup, command: [./backup, --all], \
                jitter: 10m, when: {on: daily, at: \"09:00\"}}\n";
    let spec = folder.file("routine.yaml", text);
    let here = spec.canonicalize().unwrap().parent().unwrap().display().to_string();
    let export = |spec: &str, to: &str| {
        let arguments = ["routine", "export", "--spec", spec, "--to", to, "--at", "2026-11-28T00:00:00Z"];
        let outcome = toban_reading(arguments.into_iter().chain(["--image", "i"]), text.as_bytes());
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        outcome
    };
    let spec = spec.to_str().unwrap();
    let units = export(spec, "systemd");
    assert!(units.stdout.contains(&format!("\nWorkingDirectory={here}\n")), "{}", units.stdout);
    assert!(
        units.stdout.contains(&format!("\nExecStart=:\"{here}/backup\" \"--all\"\n")),
        "{}",
        units.stdout
    );
    let table = export(spec, "crontab");
    assert!(table.stdout.contains(&format!("0 9 * * * cd '{here}' && ./backup --all\n")), "{}", table.stdout);
    let jobs = export(spec, "kubernetes");
    assert!(jobs.stderr.contains("note: nothing runs in the folder of the definition"), "{}", jobs.stderr);
    for (outcome, note) in [
        (&units, "backup: a start waits for up to 10m"),
        (&table, "backup: starts are not spread over 10m"),
        (&jobs, "backup: starts are not spread over 10m"),
        (&export(spec, "icalendar"), "backup: shown when it is due; its starts are spread over 10m"),
    ] {
        assert!(outcome.stderr.contains(&format!("note: {note}")), "{}", outcome.stderr);
        let is_run = !outcome.stdout.starts_with("BEGIN:VCALENDAR");
        assert_eq!(
            outcome.stderr.contains("variables of the environment: TOKEN"),
            is_run,
            "{}",
            outcome.stderr
        );
    }
    // From standard input it has no folder.
    for to in ["systemd", "crontab"] {
        let outcome = export("-", to);
        assert!(
            outcome.stderr.contains("note: backup: not written: nothing runs in the folder"),
            "{}",
            outcome.stderr
        );
        assert!(!outcome.stdout.contains("--all"), "{}", outcome.stdout);
    }
}

#[test]
fn whether_the_work_fits_the_team_is_told_with_the_smallest_change() {
    let outcome = toban(["routine", "capacity", "--spec", SHOP, "--at", "2027-01-01T00:00:00Z"]);
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    let text = flat(&outcome.stdout);
    assert!(text.starts_with("STOP") && text.contains("backup-check"), "{text}");
    assert!(text.contains("=> do backup-check at 08:30 instead of 07:00"), "{text}");
    let ja = toban(["routine", "capacity", "--spec", SHOP, "--at", "2027-01-01T00:00:00Z", "--lang", "ja"]);
    assert!(ja.stdout.contains("月"), "{}", ja.stdout);
}

#[test]
fn what_is_not_known_of_the_work_leaves_its_capacity_undecided_and_is_told() {
    let folder = Folder::new("capacity");
    let text = "zone: UTC\nteam: {people: [], toil_cap: 50%, interrupts: 1h}\ntasks:\n  \
                - {id: a, title: a, owner: {role: r}, when: {every: 5m, start: soon}}\n  \
                - {id: b, title: b, owner: {role: r}, estimate: 5m, when: {on: daily, at: '25:00'}}\n  \
                - {id: c, title: c, owner: {role: r}, estimate: 5m, on_events: [alarm]}\n";
    let spec = folder.file("routine.yaml", text);
    let asked = ["routine", "capacity", "--spec", spec.to_str().unwrap(), "--at", "2027-01-01T00:00:00Z"];
    let told = toban(asked);
    assert_eq!(told.code, 1, "{}", told.stderr);
    let text = flat(&told.stdout);
    assert!(text.starts_with("UNDECIDED"), "{text}");
    for part in [
        "What has to be known first",
        "tasks[0].when.start: ",
        "tasks[1].when.at: ",
        "by events alone, and not counted here - c",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let json: Value =
        serde_json::from_str(&toban(asked.into_iter().chain(["--format", "json"])).stdout).unwrap();
    assert_eq!(json["unknown"].as_array().map(Vec::len), Some(2), "{json}");
    assert_eq!(json["by_events"], serde_json::json!(["c"]));
}
