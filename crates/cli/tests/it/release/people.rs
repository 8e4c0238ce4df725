//! What people say to a release that waits for them, and how they are told to say it.

use super::{PLAN, Release, plan_with};
use chrono::{SecondsFormat, TimeDelta, Utc};

/// A plan with all of these in place of all of those.
fn changed(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(PLAN.to_owned(), |plan, (this, that)| {
        assert_eq!(plan.matches(this).count(), 1, "{this}");
        plan.replace(this, that)
    })
}

const PREPARES: &str = r#"command: [sh, -c, "echo prepare >> log"], time_out: 10s"#;

impl Release {
    /// What `status` says is to be typed next.
    fn next(&self) -> String {
        let status = self.tell(&["status"]);
        status.lines().find_map(|line| line.strip_prefix("toban release ")).unwrap_or_default().to_owned()
    }

    #[track_caller]
    fn is_refused(&self, words: &[&str], why: &str) {
        let refused = self.say(words);
        assert_eq!(refused.code, 2, "{words:?}: {}", refused.stdout);
        assert!(refused.stderr.contains(why), "{}", refused.stderr);
    }
}

#[test]
fn a_release_that_waits_for_people_says_what_they_answer_with() {
    let plan = changed(&[
        (PREPARES, "manual: Look at the queue"),
        ("weight: 5, soak: 200ms", "weight: 5, soak: 1h"),
        ("weight: 100, soak: 200ms", "weight: 100, soak: 200ms, gate: person"),
        ("rollout: {}", "rollout: {needs_ruling: true}"),
    ]);
    let mut release = Release::new("people", &plan);
    release.propose();
    // Whoever carries it out says the same, without a terminal too.
    let complained = |what: &str| {
        let is_said = || {
            let complained = std::fs::read_to_string(release.folder.path("complained")).unwrap();
            complained.lines().any(|line| line == format!("  toban release {what} --by PERSON --why TEXT"))
        };
        assert!(super::within(std::time::Duration::from_secs(20), is_said).is_some(), "{what}");
    };
    assert_eq!(release.next(), "approve --by PERSON --why TEXT");
    complained("approve");
    release.tell(&["approve", "--by", "carol", "--why", "read"]);
    release.until("ready to move on");
    assert!(release.tell(&["status"]).contains("waits for the word of the error budget"));
    release.tell(&["rule", "--verdict", "hold", "--valid-for", "1h", "--by", "alice", "--why", "3 % left"]);
    let budget = [
        ("en", "the error budget does not allow it (hold)"),
        ("ja", "エラーバジェットが許していない（保留）"),
    ];
    for (language, no) in budget {
        let status = release.tell(&["status", "--lang", language]);
        assert!(status.contains(no), "{status}");
    }
    assert_eq!(release.next(), "rule --verdict go --valid-for 1h --by PERSON --why TEXT");
    let rule = ["rule", "--verdict", "go", "--valid-for", "1h", "--by", "alice", "--why", "30 % left"];
    release.tell(&rule);
    let older: Vec<_> = rule.into_iter().chain(["--as-of", "2026-01-01T00:00:00Z"]).collect();
    release.is_refused(&older, "it is on what was seen at 2026-01-01 00:00:00 UTC");
    release.until("asking a person");
    assert_eq!(release.next(), "answer --step 'prepare' --done yes|no --by PERSON --why TEXT");
    let answer = |step| ["answer", "--step", step, "--done", "yes", "--by", "alice", "--why", "seen"];
    release.is_refused(&answer("smoke"), "what is asked about is prepare");
    release.tell(&["pause", "--by", "alice", "--why", "lunch"]);
    release.tell(&answer("prepare"));
    release.until("ready to move on");
    release.is_refused(&answer("prepare"), "nothing is asked about now");
    assert_eq!(release.next(), "continue --by PERSON --why TEXT");
    release.tell(&["continue", "--by", "alice", "--why", "back from lunch"]);
    release.until("soaking");
    let at = |what, stage, by| [what, "--stage", stage, "--by", by, "--why", "it looks well"];
    release.is_refused(&at("promote", "2", "alice"), "it is for stage 2, and stage 1 is on");
    release.is_refused(&at("promote", "1", "alice"), "two persons are required");
    release.tell(&at("promote", "1", "carol"));
    release.until("ready to move on");
    assert_eq!(release.next(), "open --stage 2 --by PERSON --why TEXT");
    complained("open --stage 2");
    release.is_refused(&at("open", "1", "carol"), "it is for stage 1, and stage 2 is on");
    release.is_refused(&at("open", "2", "alice"), "two persons are required");
    release.is_refused(&at("open", "2", "mallory"), "not among those who may approve");
    release.is_refused(&at("open", "0", "carol"), "0 is not in 1..");
    release.tell(&at("open", "2", "carol"));
    release.until("done");
    assert_eq!(release.done(), ["weight 5", "weight 100", "smoke"]);
}

#[test]
fn an_override_goes_on_in_a_freeze_and_after_the_schedule_for_as_long_as_it_says() {
    let freeze =
        "rollout: {freezes: [{start: 2020-01-01T00:00:00Z, end: 2090-01-01T00:00:00Z, why: a week}]}";
    let mut release = Release::new("override", &plan_with("rollout: {}", freeze));
    release.propose();
    let on = ["override", "--by", "carol", "--why", "a hole in the login"];
    release.is_refused(&on, "nobody has approved it yet");
    release.tell(&["approve", "--by", "carol", "--why", "read"]);
    release.until("ready to move on");
    assert!(release.tell(&["status"]).contains("frozen until 2090-01-01"));
    release.is_refused(&[&on[..], &["--for", "0s"]].concat(), "over already");
    release.tell(&on);
    release.until("done");
    assert!(release.record().contains("a hole in the login"));
}

#[test]
fn a_newer_plan_takes_the_place_of_a_release_that_goes_back_first() {
    let plan = plan_with("weight: 5, soak: 200ms", "weight: 5, soak: 1h");
    let mut release = Release::new("supersede", &plan);
    release.propose();
    release.tell(&["approve", "--by", "carol", "--why", "read"]);
    release.until("soaking");
    let supersede = |revision| ["supersede", "--by", "alice", "--revision", revision];
    // What no revision can be turns nothing back.
    for slip in ["12345", "sha256:5a37", "the newer one"] {
        release.is_refused(
            &supersede(slip),
            "a revision is 64 hexadecimal digits, or the first 8 of them or more",
        );
    }
    release.until("soaking");
    release.tell(&supersede("5A37be19"));
    release.until("rolled back");
    assert_eq!(release.done(), ["prepare", "weight 5", "back 0", "count", "look"]);
    assert!(release.record().contains("plan sha256:5a37be19 takes its place"), "{}", release.record());
}

#[test]
fn a_way_back_that_is_stuck_is_tried_again_when_somebody_says_so() {
    let plan = changed(&[
        ("echo look >> log", "test -e mended && echo look >> log"),
        ("weight: 5, soak: 200ms", "weight: 5, soak: 1h"),
        ("rollout: {}", "rollout: {attempts: 1}"),
    ]);
    let mut release = Release::new("retry", &plan);
    release.propose();
    release.tell(&["approve", "--by", "carol", "--why", "read"]);
    release.until("soaking");
    let mut aborting = release.tell_beside(&["abort", "--by", "alice", "--why", "not now"]);
    release.until("stuck on the way back");
    assert_eq!(release.next(), "retry --by PERSON --why TEXT");
    // What shows that the old version works is not talked about.
    assert!(!release.tell(&["status"]).contains("toban release answer"));
    release.folder.file("mended", "");
    release.tell(&["retry", "--by", "alice", "--why", "mended"]);
    release.until("rolled back");
    assert!(aborting.wait().unwrap().success());
    assert_eq!(release.done(), ["prepare", "weight 5", "back 0", "count", "look"]);
}

#[test]
fn where_several_are_under_way_what_is_to_be_typed_names_the_one_that_is_meant() {
    let mut release = Release::new("several", PLAN);
    release.propose();
    assert_eq!(release.next(), "approve --by PERSON --why TEXT");
    let cart = release.folder.file("cart.yaml", plan_with("service: shop", "service: cart"));
    release.begin(&["run", "--plan", cart.to_str().unwrap()]);
    let status = || release.say(&["status", "--release", "cart-2.0-production"]).stdout;
    let is_named = || {
        let how = "toban release approve --by PERSON --why TEXT --release cart-2.0-production";
        status().lines().any(|line| line == how)
    };
    assert!(super::within(std::time::Duration::from_secs(20), is_named).is_some(), "{}", status());
}

#[test]
fn that_a_person_wants_it_back_is_no_trouble() {
    let plan = changed(&[
        ("weight: 5, soak: 200ms", "weight: 5, soak: 1h"),
        ("echo count >> log", "echo count >> log; until test -e counted; do sleep 0.05; done"),
    ]);
    let mut release = Release::new("no-trouble", &plan);
    release.propose();
    release.tell(&["approve", "--by", "carol", "--why", "read"]);
    release.until("soaking");
    release.is_refused(
        &["continue", "--by", "alice", "--why", "go on"],
        "it is not paused, and no check holds it",
    );
    let mut aborting = release.tell_beside(&["abort", "--by", "alice", "--why", "not now"]);
    release.until("rolling back");
    release.is_refused(&["rollback", "--by", "alice", "--why", "not now"], "it goes back already");
    let status = release.tell(&["status", "--format", "json"]);
    assert!(status.contains("\"last_trouble\":null") && status.contains("not now"), "{status}");
    release.folder.file("counted", "");
    release.until("rolled back");
    assert!(aborting.wait().unwrap().success());
}

#[test]
fn a_release_after_which_another_began_is_not_rolled_back_before_that_one() {
    let mut release = Release::new("successor", PLAN);
    release.propose();
    let approve = ["approve", "--by", "carol", "--why", "read"];
    release.tell(&approve);
    release.until("done");
    let previous = r#"{version: "1.0", verified: {at: 2026-01-05T09:00:00Z, source: the release of 1.0}}"#;
    let next = plan_with("version: \"2.0\"", "version: \"2.1\"");
    let next = release.folder.file("next.yaml", next.replace(previous, &previous.replace("1.0", "2.0")));
    release.begin(&["run", "--plan", next.to_str().unwrap()]);
    release.until("waiting for approvals");
    let back = |name| ["rollback", "--release", name, "--by", "alice", "--why", "users complain"];
    let first = "shop-2.0-production";
    // Neither is begun while the other may move.
    let why = "shop-2.1-production is under way: abort it first, or supersede it";
    release.is_refused(&back(first), why);
    release.tell(&approve);
    let is_done = || release.tell(&["status", "--release", "shop-2.1-production"]).contains("done");
    assert!(super::within(std::time::Duration::from_secs(20), is_done).is_some());
    release.is_refused(&back(first), "shop-2.1-production came after it and is not rolled back");
    release.tell(&back("shop-2.1-production"));
    assert!(release.tell(&["status"]).starts_with("shop-2.1-production: rolled back: 2.0 has all traffic"));
    release.tell(&back(first));
    // The one that moved last says what serves, and of the other one is said that it does no more.
    let serves = "shop-2.0-production: rolled back: 1.0 has all traffic; users complain";
    assert!(release.tell(&["status"]).starts_with(serves));
    let status = |language| release.tell(&["status", "--release", "shop-2.1-production", "--lang", language]);
    let told = format!(
        "shop-2.1-production: rolled back: 2.0 had all traffic then; users complain\nsince then {serves}\n"
    );
    assert!(status("en").starts_with(&told), "{}", status("en"));
    assert!(status("ja").contains("当時は2.0が全トラフィックを受けていた"), "{}", status("ja"));
    let of = ["status", "--release", "shop-2.1-production", "--format", "json"];
    assert!(release.tell(&of).contains("\"followed_by\":\"shop-2.0-production\""));
}

#[test]
fn a_release_that_nobody_carries_out_says_so() {
    let mut release = Release::new("left", &plan_with("weight: 5, soak: 200ms", "weight: 5, soak: 1h"));
    release.propose();
    const LEFT: &str = "nobody carries it out: toban release resume";
    assert!(!release.tell(&["status"]).contains(LEFT));
    release.interrupt();
    let is_left = || release.tell(&["status"]).contains(LEFT);
    assert!(super::within(std::time::Duration::from_secs(20), is_left).is_some());
    assert!(release.tell(&["approve", "--by", "carol", "--why", "read"]).contains(LEFT));
    assert!(release.tell(&["status", "--format", "json"]).contains("\"is_left\":true"));
}

#[test]
fn a_process_that_was_killed_is_not_said_to_carry_a_release_out() {
    let mut release = Release::new("killed", &plan_with("weight: 5, soak: 200ms", "weight: 5, soak: 1h"));
    release.propose();
    let process = release.running.last().unwrap().id();
    for (language, told) in [("en", "carried out by process "), ("ja", "実行：プロセス")] {
        let status = release.tell(&["status", "--lang", language]);
        assert!(status.lines().any(|line| line == format!("{told}{process}")), "{status}");
    }
    let plan = release.plan.to_str().unwrap().to_owned();
    release.is_refused(
        &["run", "--plan", &plan],
        &format!("process {process} carries it out, `toban release status` shows it"),
    );
    release.running.last_mut().unwrap().kill().unwrap();
    // Its claim lasts for half a minute still.
    let is_left = || release.tell(&["status"]).contains("nobody carries it out: toban release resume");
    assert!(super::within(std::time::Duration::from_secs(3), is_left).is_some());
    let status: serde_json::Value =
        serde_json::from_str(&release.tell(&["status", "--format", "json"])).unwrap();
    assert_eq!((&status["is_left"], &status["carried_out_by"]), (&true.into(), &().into()), "{status}");
    release.is_refused(&["run", "--plan", &plan], "`toban release resume` goes on with it");
}

#[test]
fn what_the_error_budget_says_is_asked_for_when_it_is_what_remains_and_again_when_it_has_lapsed() {
    let plan = changed(&[
        ("start: 2020-01-01T00:00:00Z", &format!("start: {}", later(TimeDelta::seconds(3)))),
        ("rollout: {}", "rollout: {needs_ruling: true}"),
        ("weight: 5, soak: 200ms", "weight: 5, soak: 4s"),
    ]);
    let mut release = Release::new("budget", &plan);
    release.propose();
    let asked = || {
        let complained = std::fs::read_to_string(release.folder.path("complained")).unwrap();
        complained
            .matches("  toban release rule --verdict go --valid-for 1h --by PERSON --why TEXT\n")
            .count()
    };
    let until = |is_so: &dyn Fn() -> bool| super::within(std::time::Duration::from_secs(20), is_so).is_some();
    let rule =
        |length| ["rule", "--verdict", "go", "--valid-for", length, "--by", "carol", "--why", "30 % left"];
    // What is said before the schedule begins lapses before that.
    release.tell(&rule("1s"));
    release.tell(&["approve", "--by", "carol", "--why", "read"]);
    assert!(until(&|| release.tell(&["status"]).contains("rule --verdict go")));
    assert!(until(&|| asked() == 1));
    release.tell(&rule("2s"));
    release.until("soaking");
    // By the end of the soak that has lapsed, too.
    assert!(until(&|| asked() == 2));
    release.tell(&rule("1h"));
    release.until("done");
    assert_eq!(asked(), 2, "and no oftener");
}

/// So long from now, to the millisecond.
fn later(length: TimeDelta) -> String {
    (Utc::now() + length).to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[test]
fn what_is_done_asks_nobody_for_anything_when_its_schedule_is_over() {
    let end = Utc::now() + TimeDelta::seconds(15);
    let until = end.to_rfc3339_opts(SecondsFormat::Secs, true);
    let mut release = Release::new("done-and-late", &plan_with("2099-01-01T00:00:00Z", &until));
    release.propose();
    release.tell(&["approve", "--by", "carol", "--why", "read"]);
    release.until("done");
    assert!(super::within(std::time::Duration::from_secs(30), || Utc::now() > end).is_some());
    let status = release.tell(&["status"]);
    assert!(!status.contains("--by PERSON"), "{status}");
    let status = release.tell(&["status", "--format", "json"]);
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!((&status["asks"], &status["holds"]), (&serde_json::json!([]), &serde_json::json!([])));
    // What was given up before it began says nothing of what serves.
    let plan = release.folder.file(
        "next.yaml",
        PLAN.replace("version: \"2.0\"", "version: \"2.1\"").replace("version: \"1.0\"", "version: \"2.0\""),
    );
    release.begin(&["run", "--plan", plan.to_str().unwrap()]);
    let is_under_way = || release.say(&["status"]).stdout.starts_with("shop-2.1");
    assert!(super::within(std::time::Duration::from_secs(20), is_under_way).is_some());
    release.tell(&["abort", "--by", "carol", "--why", "not today"]);
    assert!(release.tell(&["status"]).starts_with("shop-2.0-production: done"));
}
