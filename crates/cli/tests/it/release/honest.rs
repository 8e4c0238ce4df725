//! What a release says of itself is so: before it begins, while it goes, and afterwards.

use super::{PLAN, Release, plan_with, within};
use crate::support::{Outcome, toban};
use serde_json::Value;
use std::time::{Duration, Instant};

/// The same plan, which waits for nobody.
fn alone(plan: &str) -> String {
    plan.replace("demands: [approval]", "demands: []").replace("two_persons", "one_person")
}

const CHECK: &str = "{name: errors, query: errors, judge: {threshold: {failure: {above: 1.0}}}, schedule: {until_end: \
                     {interval: 20ms, after: 10ms}}, rules: {strict: {min_successes: 1, max_failures: 0, \
                     max_inconclusive: 0, missing: hold, patience: {retry: 20ms, hold_after: 3, abort_after: 9}}}}";

impl Release {
    /// What `check` says, and the code that it ends with.
    fn check(&self) -> (i32, String) {
        let checked = self.say(&["check", "--plan", self.plan.to_str().unwrap()]);
        let words: Vec<_> = checked.stdout.split_whitespace().collect();
        (checked.code, words.join(" "))
    }

    /// What `status` says; nothing before the release has begun.
    fn status(&self) -> Value {
        serde_json::from_str(&self.say(&["status", "--format", "json"]).stdout).unwrap_or_default()
    }
}

#[test]
fn a_program_that_is_not_here_holds_the_release_with_its_place() {
    let plan = alone(&plan_with("command: [sh, -c, \"echo smoke >> log\"]", "command: [no-such-program]"));
    let release = Release::new("missing", &plan);
    let place = plan.lines().position(|line| line.contains("no-such-program")).unwrap() + 1;
    let (code, told) = release.check();
    assert!(code == 1 && told.starts_with("HOLD: "), "{told}");
    assert!(
        told.contains(&format!("program: no-such-program at: line {place}, steps[2].command[0]")),
        "{told}"
    );
    let plan = release.plan.to_str().unwrap();
    let run = release.say(&["run", "--plan", plan]);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""));
    assert!(run.stderr.contains("no-such-program"), "{}", run.stderr);
    assert!(release.done().is_empty() && !release.journal.exists());
    let shown = toban(["release", "plan", "--plan", plan]);
    assert!(shown.code == 0 && shown.stderr.contains("warning: there is no program no-such-program here"));
    // It may be put there by a step before it.
    let despite = release.say(&["run", "--plan", plan, "--despite", "the first step brings it"]);
    assert_eq!(despite.code, 1, "{}", despite.stderr);
    assert!(despite.stdout.contains("turned back"), "{}", despite.stdout);
    // Beside the plan, and only if it can be run.
    let named = alone(&plan_with("command: [sh, -c, \"echo smoke >> log\"]", "command: [./smoke.sh]"));
    let release = Release::new("beside", &named);
    release.folder.file("smoke.sh", "#!/bin/sh\n");
    assert_eq!(release.check().0, 1);
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(release.folder.path("smoke.sh"), mode).unwrap();
    assert_eq!(release.check().0, 0);
}

#[test]
fn a_plan_that_no_machine_can_carry_out_is_no_go() {
    let plan = alone(&plan_with("rollout: {}", &format!("rollout: {{checks: [{CHECK}]}}")));
    let release = Release::new("no-course", &plan);
    let (code, told) = release.check();
    assert!(code == 1 && told.starts_with("STOP: ") && !told.contains("GO:"), "{told}");
    assert_eq!(toban(["release", "plan", "--plan", release.plan.to_str().unwrap()]).code, 1);
}

#[test]
fn check_says_what_the_release_will_wait_for() {
    let freezes = "rollout: {needs_ruling: true, freezes: [{start: 2020-01-01T00:00:00Z, end: 2090-01-01T00:00:00Z, why: a week}]}";
    let (code, told) = Release::new("waits", &plan_with("rollout: {}", freezes)).check();
    assert_eq!(code, 0, "{told}");
    for wait in [
        "waits for an approval of its revision, by carol",
        "waits for the end of a freeze at 2090-01-01 00:00 UTC: a week",
        "waits for the word of the error budget, before each move forward",
        "nobody is told of anything: no program tells (`rollout.tell`)",
    ] {
        assert!(told.contains(wait), "{wait}: {told}");
    }
    let later = plan_with("start: 2020-01-01", "start: 2098-01-01");
    let (code, told) = Release::new("early", &later).check();
    assert!(
        code == 0 && told.contains("waits for its schedule, which begins at 2098-01-01 00:00 UTC"),
        "{told}"
    );
    let over = plan_with("end: 2099-01-01", "end: 2020-01-02");
    let (code, told) = Release::new("late", &over).check();
    assert!(
        code == 1 && told.starts_with("STOP: ") && told.contains("working time of the release is over"),
        "{told}"
    );
    let throughout = freezes.replace("2090", "2100");
    let (code, told) = Release::new("frozen", &plan_with("rollout: {}", &throughout)).check();
    assert!(code == 1 && told.contains("freezes hold it until its schedule is over"), "{told}");
}

#[test]
fn a_notice_that_nobody_gave_holds_check_and_run() {
    let notice = "announcements:\n  - {stakeholder: users, occasion: notice, lead: 1d, channel: mail, by: {person: alice}}\n";
    let release = Release::new("notice", &alone(&plan_with("announcements: []\n", notice)));
    let (code, told) = release.check();
    assert!(code == 1 && told.contains("somebody should have been told who: users"), "{told}");
    let plan = release.plan.to_str().unwrap();
    assert_eq!(release.say(&["run", "--plan", plan]).code, 1);
    assert!(release.done().is_empty());
    let told = "told: [{stakeholder: users, occasion: notice, at: 2019-12-01T00:00:00Z, source: mail}]";
    let seen = release.folder.file("seen.yaml", told);
    assert_eq!(release.say(&["run", "--plan", plan, "--evidence", seen.to_str().unwrap()]).code, 0);
}

#[test]
fn where_no_program_tells_nobody_is_said_to_be_told() {
    let release = Release::new("untold", &alone(PLAN));
    let run = release.say(&["run", "--plan", release.plan.to_str().unwrap()]);
    assert!(run.code == 0 && run.stderr.contains("nobody is told of anything"), "{}", run.stderr);
    let report = release.tell(&["report"]);
    assert!(report.contains("no program tells of: start") && !report.contains(" told: "), "{report}");
    assert_eq!(release.status()["tells"], false);
    let tells = Release::new("told", &alone(&plan_with("rollout: {}", "rollout: {tell: [\"true\"]}")));
    let run = tells.say(&["run", "--plan", tells.plan.to_str().unwrap()]);
    assert!(run.code == 0 && run.stderr.is_empty(), "{}", run.stderr);
    assert!(tells.tell(&["report"]).contains(" told: start"));
}

#[test]
fn a_program_that_cannot_tell_is_heard_of_and_keeps_nothing_waiting() {
    let tell = "rollout: {tell: [sh, -c, 'echo the mail is down >&2; exit 3']}";
    let release = Release::new("tell-fails", &alone(&plan_with("rollout: {}", tell)));
    let plan = release.plan.to_str().unwrap();
    let begun = Instant::now();
    let run = release.say(&["run", "--plan", plan]);
    assert!(begun.elapsed() < Duration::from_secs(40), "{:?}", begun.elapsed());
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let why = "could not tell that shop-2.0-production: the release begins: sh ended with 3: the mail is down; it is tried again";
    assert!(run.stderr.contains(why), "{}", run.stderr);
    assert!(
        run.stderr.contains("messages could not be told; `toban release resume` tries again"),
        "{}",
        run.stderr
    );
    let status = release.tell(&["status"]);
    assert!(status.contains("not everybody has been told of it: toban release resume"), "{status}");
    assert!(status.contains("tried again: the telling of: completed, attempt "), "{status}");
    let report = release.tell(&["report"]);
    assert!(report.contains("not told, tried again: completed") && !report.contains(" told: "), "{report}");
    // Nor does another release wait for it.
    let next = release.folder.file("next.yaml", alone(&plan_with("version: \"2.0\"", "version: \"2.1\"")));
    assert_eq!(release.say(&["run", "--plan", next.to_str().unwrap(), "--despite", "2.0 goes too"]).code, 0);
}

#[test]
fn what_is_tried_again_and_why_is_said_while_it_is() {
    let plan = alone(&plan_with(
        "echo prepare >> log\"], time_out: 10s",
        "echo no room >&2; test -e room\"], repeatable: true, time_out: 10s",
    ));
    let mut release = Release::new("again", &plan);
    let plan = release.plan.to_str().unwrap().to_owned();
    release.begin(&["run", "--plan", &plan]);
    let said = |release: &Release| std::fs::read_to_string(release.folder.path("said")).unwrap_or_default();
    let told = "prepare failed at attempt 1, and is tried again: sh ended with 1: no room";
    assert!(
        within(Duration::from_secs(30), || said(&release).contains(told)).is_some(),
        "{}",
        said(&release)
    );
    assert_eq!(release.status()["last_trouble"]["words"], told);
    assert!(release.tell(&["report"]).contains("failed at attempt 1"));
    let retries = within(Duration::from_secs(30), || release.status()["retries"][0]["what"] == "prepare");
    assert!(retries.is_some(), "{}", release.status());
    assert!(release.tell(&["status"]).contains("carried out by process "));
    release.folder.file("room", "");
    release.until("done");
}

#[test]
fn a_gradual_way_back_says_how_much_is_left_and_what_it_is_stuck_at() {
    let plan = alone(
        &PLAN
            .replace("way_back: immediate", "way_back: gradual")
            .replace("weight: 100, soak: 200ms", "weight: 100, soak: 1h")
            .replace(
                "echo back {weight} >> log",
                "test {weight} = 5 || test -e mended && echo back {weight} >> log",
            )
            .replace("rollout: {}", "rollout: {attempts: 1}"),
    );
    let mut release = Release::new("gradual", &plan);
    let plan = release.plan.to_str().unwrap().to_owned();
    release.begin(&["run", "--plan", &plan]);
    let is_all = || release.status()["weight"] == 100;
    assert!(within(Duration::from_secs(30), is_all).is_some());
    release.until("soaking");
    let mut aborting = release.tell_beside(&["abort", "--by", "alice", "--why", "it is slow"]);
    release.until("stuck on the way back");
    let status = release.status();
    assert_eq!(
        (&status["weight"], &status["cause"]["person"]["why"]),
        (&5.into(), &"it is slow".into()),
        "{status}"
    );
    let answers = [
        "toban release retry --by PERSON --why TEXT",
        "toban release answer --step '0%' --done yes --by PERSON --why TEXT",
    ];
    let status_text = release.tell(&["status"]);
    assert!(answers.iter().all(|answer| status_text.lines().any(|line| line == *answer)), "{status_text}");
    // What carries it out says so, too.
    let said = || std::fs::read_to_string(release.folder.path("complained")).unwrap();
    assert!(
        within(Duration::from_secs(30), || answers.iter().all(|answer| said().contains(answer))).is_some()
    );
    let about = ["--step", "shift-back", "--done", "yes", "--by", "alice", "--why", "done by hand"];
    let refused = release.say(&[&["answer"][..], &about].concat());
    assert!(refused.code == 2 && refused.stderr.trim_end().ends_with(answers[1]), "{}", refused.stderr);
    let words = status["words"].as_str().unwrap();
    assert!(words.contains("2.0 still has 5 % of the traffic; it is slow"), "{words}");
    let last = status["last_trouble"]["words"].as_str().unwrap();
    assert!(
        last.contains(
            "the way back is stuck: traffic back to the old version does not work: sh ended with 1"
        ),
        "{last}"
    );
    release.folder.file("mended", "");
    release.tell(&["retry", "--by", "alice", "--why", "mended"]);
    release.until("rolled back");
    assert!(aborting.wait().unwrap().success());
    let report = release.tell(&["report"]).split_whitespace().collect::<Vec<_>>().join(" ");
    let (half, none) =
        ("on the way back: the new version has 5 % of the traffic", "done: traffic back to the old version");
    assert!(report.find(half).unwrap() < report.find(none).unwrap(), "{report}");
    assert_eq!(report.matches(none).count(), 1, "{report}");
}

#[test]
fn a_stage_that_a_person_let_pass_did_not_go_well() {
    let rollout = format!(
        "rollout: {{checks: [{CHECK}], triggers: [{{check: errors, severity: medium}}], measure: [sh, -c, 'cat value']}}"
    );
    let mut release = Release::new("let-pass", &alone(&plan_with("rollout: {}", &rollout)));
    release.folder.file("value", "7");
    let plan = release.plan.to_str().unwrap().to_owned();
    release.begin(&["run", "--plan", &plan]);
    let is_held = || release.status()["asks"].as_array().is_some_and(|asks| !asks.is_empty());
    assert!(within(Duration::from_secs(30), is_held).is_some(), "{}", release.status());
    let asks = ["continue", "abort", "rollback"].map(|what| format!("{what} --by PERSON --why TEXT"));
    assert_eq!(release.status()["asks"], Value::from(asks.to_vec()));
    assert!(release.status()["last_trouble"]["words"].as_str().unwrap().contains("errors"));
    release.folder.file("value", "0");
    release.tell(&["continue", "--by", "carol", "--why", "a known fault"]);
    release.until("done");
    let report = release.tell(&["report"]).split_whitespace().collect::<Vec<_>>().join(" ");
    let passed =
        "over: stage 1 of 2, first visitors (5 %), in which errors did not pass before carol let it go on";
    assert!(report.contains(passed) && report.contains("went well: stage 2 of 2"), "{report}");
    let said = std::fs::read_to_string(release.folder.path("said")).unwrap();
    assert!(said.contains(passed), "{said}");
}

#[test]
fn the_release_that_was_begun_last_is_meant_and_all_stand_by_their_names_in_that_order() {
    let release = Release::new("default", &alone(PLAN));
    let plan = release.plan.to_str().unwrap();
    // By their names they stand the other way round.
    for name in ["zebra", "antelope"] {
        assert_eq!(
            release.say(&["run", "--plan", plan, "--release", name, "--despite", "the same once more"]).code,
            0
        );
    }
    assert_eq!(release.status()["release"], "antelope");
    assert!(release.tell(&["report"]).starts_with("Record of rollout/antelope"));
    let of = |all: &str| (all.find("zebra").unwrap(), all.find("antelope").unwrap());
    let all = release.tell(&["report", "--all"]);
    assert!(of(&all).0 < of(&all).1, "{all}");
    // That it was rolled back later takes nothing from the time in which it went out.
    release.tell(&["rollback", "--by", "alice", "--why", "users complain"]);
    let all: Value = serde_json::from_str(&release.tell(&["report", "--all", "--format", "json"])).unwrap();
    let last = &all["releases"][1];
    assert_eq!((&last["release"], &last["end"]), (&"antelope".into(), &"rolled_back".into()), "{last}");
    assert!(last["deploy"]["seconds"].is_f64() && last["rollback"]["seconds"].is_f64(), "{last}");
    let other = release.say(&["status", "--release", "zebar"]);
    assert!(
        other.code == 2 && other.stderr.contains("there is no release zebar, did you mean zebra?"),
        "{}",
        other.stderr
    );
}

#[test]
fn evidence_of_what_the_plan_does_not_have_is_told_with_what_was_meant() {
    let release = Release::new("strangers", &alone(&plan_with("backups: []", "backups: [orders]")));
    let seen = "backups: [{of: ordres, at: 2019-12-31T12:00:00Z, by: alice, source: a log}]\n\
                told: [{stakeholder: users, occasion: notice, at: 2019-12-01T00:00:00Z, source: mail}]";
    let seen = release.folder.file("seen.yaml", seen);
    let plan = release.plan.to_str().unwrap();
    let checked = release.say(&["check", "--plan", plan, "--evidence", seen.to_str().unwrap()]);
    let told = "warning: --evidence: the plan has no backup ordres, did you mean orders?\n\
                warning: --evidence: the plan has no stakeholder users\n";
    assert_eq!((checked.code, checked.stderr.as_str()), (0, told));
}

#[test]
fn who_has_a_name_in_both_languages_is_told_under_either() {
    let notice = "announcements:\n  - {stakeholder: {ja: 加盟店, en: merchants}, occasion: notice, lead: 1d, channel: mail, \
                  by: {person: alice}}\n";
    let release = Release::new("bilingual", &alone(&plan_with("announcements: []\n", notice)));
    let plan = release.plan.to_str().unwrap();
    let checked = |name: &str| {
        let told = format!(
            "told: [{{stakeholder: {name}, occasion: notice, at: 2019-12-01T00:00:00Z, source: mail}}]"
        );
        let seen = release.folder.file("seen.yaml", &told);
        release.say(&["check", "--plan", plan, "--evidence", seen.to_str().unwrap()])
    };
    for name in ["merchants", "加盟店", "{ja: 加盟店, en: merchants}"] {
        let Outcome { code, stdout, stderr } = checked(name);
        assert_eq!((code, stderr.as_str()), (0, ""), "{name}: {stdout}");
    }
    for (name, meant) in [("merchant", "merchants"), ("加盟", "加盟店")] {
        let told =
            format!("warning: --evidence: the plan has no stakeholder {name}, did you mean {meant}?\n");
        let Outcome { code, stderr, .. } = checked(name);
        assert_eq!((code, stderr), (1, told));
    }
}

#[test]
fn what_tells_people_is_told_who_they_are_where_and_how_soon() {
    let told = "announcements:
  - {stakeholder: users, occasion: notice, lead: 1d, channel: mail, by: {person: alice}}
  - {stakeholder: {ja: 窓口, en: support desk}, occasion: started, lead: 5m, channel: \"#support\", by: {person: alice}}
  - {stakeholder: users, occasion: completed, lead: 1h, channel: status page, by: {person: carol}}
";
    let plan = alone(&plan_with("announcements: []\n", told)).replace(
        "rollout: {}",
        "rollout: {tell: [sh, -c, 'echo \"$1 $2\" >> told', sh, \"{what}\", \"{to}\"]}",
    );
    let release = Release::new("matrix", &plan);
    release.tell(&["run", "--plan", release.plan.to_str().unwrap(), "--despite", "users know"]);
    let said = std::fs::read_to_string(release.folder.path("told")).unwrap();
    let (support, users) = (
        r##"[{"stakeholder":{"ja":"窓口","en":"support desk"},"channel":"#support","within":"5m","by":{"person":"alice"}}]"##,
        r#"[{"stakeholder":"users","channel":"status page","within":"1h","by":{"person":"carol"}}]"#,
    );
    let mut said: Vec<_> = said.lines().collect();
    said.sort_unstable();
    assert_eq!(
        said,
        [
            format!(r#""completed" {users}"#),
            format!(r#""started" {support}"#),
            r#"{"stage_reached":{"stage":0}} []"#.to_owned(),
            r#"{"stage_reached":{"stage":1}} []"#.to_owned(),
        ]
    );
}

#[test]
fn evidence_that_is_yet_to_come_or_of_nobody_is_told() {
    let plan = alone(&plan_with("demands: [approval]", "demands: [rehearsal]"));
    let release = Release::new("doubtful", &plan);
    let path = release.plan.to_str().unwrap();
    let plan = |format: &str| toban(["release", "plan", "--plan", path, "--format", format]).stdout;
    let shown: Value = serde_json::from_str(&plan("json")).unwrap();
    let about = shown["rollback_revision"].as_str().unwrap();
    assert!(plan("table").contains(about));
    let (code, told) = release.check();
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        format!("the rollback has never been rehearsed about: {about}"),
        "to be written in: `--evidence` (`rehearsals`)".into(),
        "Holds until something changes".into(),
        "Ask again when new facts arrive".into(),
    ] {
        assert!(code == 1 && told.contains(&part), "{part}: {told}");
    }
    let seen = |at: &str, by: &str| {
        let seen = format!(
            "rehearsals: [{{about: \"{about}\", at: {at}, by: {by}, took: 1m, outcome: succeeded, source: REL-40}}]"
        );
        let seen = release.folder.file("seen.yaml", &seen);
        release.say(&["check", "--plan", path, "--evidence", seen.to_str().unwrap()])
    };
    let late = seen("2090-01-01T00:00:00Z", "alice");
    assert_eq!(
        (late.code, late.stderr.as_str()),
        (
            1,
            "warning: --evidence: a rehearsal by alice is dated in the future, 2090-01-01T00:00:00Z, and left out\n"
        )
    );
    let nobody = seen("2020-01-01T00:00:00Z", "alcie");
    let told = "warning: --evidence: the plan has no contact alcie, did you mean alice?\n";
    assert_eq!((nobody.code, nobody.stderr.as_str()), (0, told));
    assert_eq!(seen("2020-01-01T00:00:00Z", "alice").stderr, "");
}

#[test]
fn a_program_that_is_an_artefact_begins_nothing_once_it_has_changed() {
    let release = Release::new("bound", PLAN);
    let step = release.folder.file("step", "#!/bin/sh\necho prepare >> log\n");
    // What `sha256sum` says of it.
    let digest = "4df4b1f578b69ae42d900d7a0589de32e5f24d591d7098231d9f0832bd5807f6";
    let plan = alone(PLAN)
        .replace("demands: []", "demands: [artefacts]")
        .replace("artefacts: []", &format!("artefacts: [{{name: step, digest: \"sha256:{digest}\"}}]"));
    std::fs::write(&release.plan, plan).unwrap();
    let (plan, here) = (release.plan.to_str().unwrap(), format!("step={}", step.display()));
    let say = |word: &str, seen: &[&str]| {
        let Outcome { code, stdout, stderr } = release.say(&[&[word, "--plan", plan], seen].concat());
        (code, (stdout + &stderr).split_whitespace().collect::<Vec<_>>().join(" "))
    };
    let (code, told) = say("check", &[]);
    assert!(
        code == 1 && told.starts_with("HOLD: ") && told.contains("nobody has seen an artefact"),
        "{told}"
    );
    assert_eq!(say("check", &["--artefact", &here]).0, 0);
    std::fs::write(&step, "#!/bin/sh\necho something else >> log\n").unwrap();
    for word in ["check", "run"] {
        let (code, told) = say(word, &["--artefact", &here]);
        assert!(code == 1 && told.contains("an artefact is not the one of the plan"), "{told}");
    }
    assert!(release.done().is_empty());
    std::fs::write(&step, "#!/bin/sh\necho prepare >> log\n").unwrap();
    assert_eq!(say("run", &["--artefact", &here]).0, 0);
}
