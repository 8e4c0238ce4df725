//! Each bad input gives one clear error with its place, exit code 2, and nothing changes.

use super::{PLAN, Release, plan_with};
use crate::support::{Folder, toban};

/// What a plan is answered with by each command that reads one; none of them leaves anything behind.
#[track_caller]
fn complaint(name: &str, plan: &str) -> String {
    let folder = Folder::new(name);
    // What is begun by mistake waits for nobody.
    let plan = plan.replace("demands: [approval]", "demands: []").replace("two_persons", "one_person");
    let file = folder.file("plan.yaml", plan);
    let (file, journal) = (file.to_str().unwrap(), folder.path("toban.db"));
    let about = ["--plan", file];
    let run = toban(["release", "run", "--journal", journal.to_str().unwrap()].into_iter().chain(about));
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
    let check = toban(["release", "check"].into_iter().chain(about));
    assert!(check.code != 0 && check.stderr == run.stderr, "{}", check.stderr);
    let left: Vec<_> =
        std::fs::read_dir(folder.path("")).unwrap().map(|one| one.unwrap().file_name()).collect();
    assert_eq!(left, ["plan.yaml"], "nothing is written, and no program was started");
    run.stderr.replace(file, "plan.yaml")
}

/// One error, which begins like that and stands there.
#[track_caller]
fn assert_complains(name: &str, plan: &str, error: &str, place: &str) {
    let told = complaint(name, plan);
    assert!(told.starts_with(&format!("error: {error}")), "{told}");
    assert_eq!(told.lines().filter(|line| line.starts_with("error")).count(), 1, "{told}");
    let found = told.lines().find_map(|line| line.trim_start().strip_prefix("--> ")).unwrap();
    assert_eq!(found, format!("plan.yaml:{place}"), "{told}");
}

/// The place where the text stands last in the plan: line and column, from 1.
#[track_caller]
fn place(plan: &str, text: &str) -> String {
    let at = plan.rfind(text).unwrap();
    let line = plan[..at].matches('\n').count() + 1;
    let column = plan[..at].chars().rev().take_while(|char| *char != '\n').count() + 1;
    format!("{line}:{column}")
}

#[test]
fn an_unknown_field_is_named_at_its_place() {
    let plan = plan_with("author: alice", "author: alice\nreveiwers: [bob]");
    assert_complains("field", &plan, "unknown field `reveiwers`, expected ", &place(&plan, "reveiwers"));
    let plan = plan_with("time_out: 10s, takes: 1s, checks: [it is there]", "tiem_out: 10s, takes: 1s");
    let error = "unknown field `tiem_out`, did you mean `time_out`?";
    assert_complains("inner-field", &plan, error, &place(&plan, "tiem_out"));
}

#[test]
fn a_step_owned_by_nobody_is_asked_for_its_owner() {
    let step = "{id: prepare, item: Prepare, owner: {person: alice}";
    let plan = plan_with(step, "{id: prepare, item: Prepare");
    let error = "Who does this step, or answers for its command? A step that nobody owns is not done";
    assert_complains("owner", &plan, error, &place(&plan, "{id: prepare"));
    // Nor does a role that nobody holds, somebody who cannot be called, or a name that is none own anything.
    for (owner, error, at) in [
        ("{role: dba}", "dba is not among the roles", "dba}"),
        ("{person: zoe}", "zoe is not among the contacts", "zoe}"),
        ("{person: \"\"}", "\"\" is no name: it needs a character", "\"\"}"),
    ] {
        let plan = plan_with(step, &format!("{{id: prepare, item: Prepare, owner: {owner}"));
        assert_complains("no-owner", &plan, error, &place(&plan, at));
    }
}

#[test]
fn stages_rise_to_all_traffic_and_not_beyond() {
    let first = "{name: first visitors, weight: 5, soak: 200ms}";
    let plan = plan_with(
        first,
        &format!("{}\n    - {{name: less, weight: 40, soak: 1s}}", first.replace('5', "60")),
    );
    let error = "stage 2 has 40 %, which is not above 60 %: stages rise";
    assert_complains("down", &plan, error, &place(&plan, "{name: less"));
    let plan = plan_with("{name: everybody, weight: 100,", "{name: most, weight: 80,");
    let error = "the last stage has 80 %: a strategy ends with 100 %";
    assert_complains("most", &plan, error, &place(&plan, "{name: most"));
    for (weight, error) in [
        ("101", "101 % is more than all traffic: a weight is 0 to 100"),
        ("1000", "expected a whole number from 0 to 255, found `1000`"),
        ("-1", "expected a whole number from 0 to 255, found `-1`"),
    ] {
        let plan = plan_with("weight: 100,", &format!("weight: {weight},"));
        assert_complains("past", &plan, error, &place(&plan, &format!("{weight}, soak")));
    }
}

#[test]
fn a_time_that_cannot_be_read_is_told_with_the_form_that_is_wanted() {
    let moment =
        "is no moment in time: write `2026-01-12T01:00:00Z`, or with its offset `2026-01-12T10:00:00+09:00`";
    for (this, that, at) in [
        ("start: 2020-01-01T00:00:00Z", "start: 2026-11-26 18:00 JST", "2026-11-26 18:00 JST"),
        ("verified: {at: 2026-01-05T09:00:00Z,", "verified: {at: yesterday,", "yesterday"),
        ("rollout: {}", "rollout: {freezes: [{start: soon, end: 2099-01-01T00:00:00Z, why: rest}]}", "soon"),
    ] {
        let plan = plan_with(this, that);
        assert_complains("moment", &plan, &format!("{at:?} {moment}"), &place(&plan, at));
    }
    let slot = "kickoff: {agenda: [{start: 9am, end: \"10:00:00\", title: it, topics: []}], groups: []}\nrisks: []\n";
    let plan = plan_with("risks: []\n", slot);
    assert_complains("clock", &plan, "\"9am\" is no time of day: write `09:00:00`", &place(&plan, "9am"));
    let elsewhere =
        Release::new("elsewhere", &plan_with("2020-01-01T00:00:00Z", "2020-01-01T09:00:00+09:00"));
    elsewhere.tell(&["check", "--plan", elsewhere.plan.to_str().unwrap()]);
}

#[test]
fn a_window_ends_after_it_starts() {
    let plan = plan_with("end: 2099-01-01T00:00:00Z", "end: 2019-12-31T23:00:00Z");
    let error = "an interval must end after it starts: [2020-01-01 00:00:00 UTC, 2019-12-31 23:00:00 UTC)";
    assert_complains("schedule", &plan, error, &place(&plan, "2019-12-31"));
    let freezes = "rollout:\n  freezes:\n    \
                   - {start: 2027-04-29T00:00:00Z, end: 2027-05-06T00:00:00Z, why: a week of holidays}\n    \
                   - {start: 2028-01-04T00:00:00Z, end: 2027-12-28T00:00:00Z, why: new year}";
    let plan = plan_with("rollout: {}", freezes);
    let error = "an interval must end after it starts: [2028-01-04 00:00:00 UTC, 2027-12-28 00:00:00 UTC)";
    assert_complains("freeze", &plan, error, &place(&plan, "2027-12-28"));
}

#[test]
fn a_version_that_was_never_verified_is_no_way_back() {
    let verified = ", verified: {at: 2026-01-05T09:00:00Z, source: the release of 1.0}";
    let plan = plan_with(verified, "");
    let error = "When and where was the version that a rollback leads back to verified? A version that was never \
                 verified is no way back";
    assert_complains("verified", &plan, error, &place(&plan, "{version: \"1.0\"}"));
}

#[test]
fn a_step_with_neither_command_nor_instruction_is_asked_for_one() {
    let plan = plan_with("command: [sh, -c, \"echo prepare >> log\"], time_out: 10s, ", "");
    let error = "Which command does this step, or what does a person do by hand?";
    assert_complains("neither", &plan, error, &place(&plan, "{id: prepare"));
}

#[test]
fn checks_that_nothing_measures_are_told_where_they_stand() {
    let check = "{name: errors, query: errors, judge: {threshold: {failure: {above: 1.0}}}, schedule: {until_end: \
                 {interval: 100ms, after: 100ms}}, rules: {strict: {min_successes: 1, max_failures: 1, max_inconclusive: \
                 0, missing: hold, patience: {retry: 1s, hold_after: 3, abort_after: 9}}}}";
    let plan = plan_with("rollout: {}", &format!("rollout:\n  checks:\n    - {check}"));
    let error =
        "nothing measures the checks: `rollout.measure` names a program, `rollout.prometheus` an address";
    assert_complains("measure", &plan, error, &place(&plan, "- {name: errors"));
}

#[test]
fn a_comparison_is_not_measured_by_what_gives_one_value() {
    let judge = "{compare: {direction: increase, allowed: {relative: 0.1}, false_fail: 0.01, false_pass: 0.05, \
                 metrics: 1, looks: endless, min_points: 5, points: guarded}}";
    let check = format!(
        "{{name: errors, query: errors, schedule: {{once: {{after: 100ms}}}}, rules: {{strict: {{min_successes: 1, \
         max_failures: 0, max_inconclusive: 0, missing: hold, patience: {{retry: 1s, hold_after: 3, abort_after: \
         9}}}}}}, judge: {judge}}}"
    );
    let plan = plan_with(
        "rollout: {}",
        &format!("rollout:\n  prometheus: http://127.0.0.1:9090\n  checks:\n    - {check}"),
    );
    let error = "a comparison needs the points of both versions, and Prometheus is asked for one value";
    assert_complains("comparison", &plan, error, &place(&plan, "{compare: "));
    let measured = plan.replace("prometheus: http://127.0.0.1:9090", "measure: [sh]");
    let release = Release::new("comparison-measured", &measured);
    release.tell(&["check", "--plan", release.plan.to_str().unwrap()]);
}

#[test]
fn a_program_that_could_not_be_started_is_told_before_anything_begins() {
    for (this, that, error, at) in [
        ("rollout: {}", "rollout: {measure: []}", "a command needs a program", "[]}"),
        ("rollout: {}", "rollout: {find_out: [\"\", x]}", "a command needs a program", "[\"\", x]"),
        ("rollout: {}", "rollout: {tell: [tell, \"a\\0\"]}", "argument 1 holds a NUL", "\"a\\0\""),
        ("\"echo prepare >> log\"", "\"a\\0\"", "argument 2 holds a NUL", "\"a\\0\""),
        (
            "time_out: 10s, takes: 1s, checks: [it is there]",
            "time_out: 0s, takes: 1s",
            "no program ends in no time",
            "0s, takes",
        ),
        ("rollout: {}", "rollout: {measure: [m], measure_time_out: 0s}", "no program ends in no time", "0s}"),
    ] {
        let plan = plan_with(this, that);
        assert_complains("program", &plan, error, &place(&plan, at));
    }
}

#[test]
fn a_file_holds_one_plan() {
    let two = format!("{PLAN}---\n{PLAN}");
    let line = PLAN.lines().count() + 3;
    assert_complains(
        "two",
        &two,
        "a file holds one document, and this is a second one",
        &format!("{line}:1"),
    );
    for (name, none) in [("empty", ""), ("comment", "# nothing\n")] {
        assert_eq!(complaint(name, none).trim_end(), "error: plan.yaml: there is no document in it");
    }
}

#[test]
fn a_plan_that_unfolds_beyond_all_bounds_is_one_error() {
    // A few lines that say a million things.
    let many = |what: &str, count| vec![what; count].join(", ");
    let roles = format!(
        "roles:\n  - &role {{role: r, name: R, duties: &texts [{}], authorities: *texts, held_by: []}}\n  - {}",
        many("t", 1000),
        vec!["*role"; 500].join("\n  - "),
    );
    let told = complaint("bomb", &plan_with("roles: []", &roles));
    assert!(
        told.starts_with("error: with its aliases, the document holds more than 250000 values"),
        "{told}"
    );
    assert!(told.matches("error").count() == 1 && told.contains("--> plan.yaml:"), "{told}");
    let deep = format!("roles: {}", "[".repeat(100_000));
    let deep = plan_with("roles: []", &deep);
    let told = complaint("deep", &deep);
    assert!(
        told.starts_with("error: lists and mappings stand deeper in each other than 64 levels\n"),
        "{told}"
    );
    assert_eq!(told.lines().count(), 6, "{told}");
}

#[test]
fn what_is_not_there_is_named() {
    let release = Release::new("not-there", PLAN);
    let plan = release.plan.to_str().unwrap();
    for (words, error) in [
        (&["run", "--plan", "no.yaml"][..], "no.yaml: cannot be read: "),
        (&["run", "--plan", plan, "--evidence", "seen.yaml"], "seen.yaml: cannot be read: "),
        (
            &["run", "--plan", plan, "--artefact", "shop.tar=x"],
            "--artefact: the plan has no artefact shop.tar\n",
        ),
        (&["run", "--plan", plan, "--by", " "], "invalid value ' ' for '--by <PERSON>': "),
        (&["run", "--plan", plan, "--release", ""], "invalid value '' for '--release <NAME>': "),
        (&["run", "--plan", plan, "--release", "a\nb"], "invalid value 'a\nb' for '--release <NAME>': "),
        (&["status"], "toban.db: there is no such journal\n"),
        (&["resume"], "toban.db: there is no such journal\n"),
        (&["approve", "--by", "carol", "--why", "seen"], "toban.db: there is no such journal\n"),
        (&["report", "--all"], "toban.db: there is no such journal\n"),
    ] {
        let outcome = release.say(words);
        let told = outcome.stderr.replace(&format!("{}/", release.journal.parent().unwrap().display()), "");
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{told}");
        assert!(told.starts_with(&format!("error: {error}")), "{told}");
    }
    assert!(!release.journal.exists() && release.done().is_empty());
}

#[test]
fn a_name_holds_nothing_that_the_keys_of_orders_are_taken_apart_at() {
    let release = Release::new("names", PLAN);
    let plan = release.plan.to_str().unwrap();
    for name in ["a b", "a#1", "a/b", "a~2"] {
        let refused = release.say(&["run", "--plan", plan, "--release", name]);
        assert_eq!(refused.code, 2, "{}", refused.stdout);
        let why = format!("invalid value '{name}' for '--release <NAME>': a release is called something");
        assert!(refused.stderr.contains(&why), "{}", refused.stderr);
    }
    let other = release.folder.file("other.yaml", PLAN.replace("service: shop", "service: team/shop"));
    let refused = release.say(&["run", "--plan", other.to_str().unwrap()]);
    assert_eq!(refused.code, 2, "{}", refused.stdout);
    let why = "\"team/shop-2.0-production\" would be its name, and a release is called something";
    assert!(refused.stderr.contains(why) && refused.stderr.contains("`--release`"), "{}", refused.stderr);
    assert!(!release.journal.exists());
}

#[test]
fn an_approval_for_another_revision_is_refused_with_both_and_the_right_one_is_heard() {
    let mut release = Release::new("revision", PLAN);
    release.propose();
    let status = release.tell(&["status", "--format", "json"]);
    let (_, rest) = status.split_once("\"revision\":\"sha256:").unwrap();
    let revision = rest.split('"').next().unwrap();
    let before = release.record();
    let approve = |revision: &str| {
        release.say(&["approve", "--by", "carol", "--why", "I have read it", "--revision", revision])
    };
    let other = if revision.starts_with("01234567") { "76543210" } else { "01234567" };
    for (given, told) in [
        (other, format!("it is for revision {other}, and this is sha256:{revision}\n")),
        (&format!("{}0", &revision[..63]), String::new()),
        (&revision[..7], "or the first 8 of them or more".into()),
        ("not-hexadecimal", "a revision is 64 hexadecimal digits".into()),
    ] {
        if revision == given {
            continue;
        }
        let outcome = approve(given);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
        assert!(
            outcome.stderr.starts_with("error: ") && outcome.stderr.contains(&told),
            "{}",
            outcome.stderr
        );
    }
    // Nor does its author approve it, nor anybody, nor without a reason.
    for (by, why, told) in [
        ("alice", "mine", "alice wrote the plan, and two persons are required"),
        ("mallory", "please", "mallory is not among those who may approve"),
        ("carol", " ", "it needs a name and a reason"),
    ] {
        let outcome = release.say(&["approve", "--by", by, "--why", why]);
        assert!(outcome.code == 2 && outcome.stderr.contains(told), "{}", outcome.stderr);
    }
    // What cannot be asked now is called as it was said.
    let rollback = release.say(&["rollback", "--by", "carol", "--why", "no"]);
    assert!(rollback.stderr.contains(": rollback is refused while "), "{}", rollback.stderr);
    assert_eq!(release.record(), before);
    assert!(release.done().is_empty());
    assert_eq!(approve(&format!("sha256:{}", revision[..8].to_uppercase())).code, 0);
    release.until("done");
}

#[test]
fn a_release_is_driven_by_one_process() {
    let mut release = Release::new("two-processes", PLAN);
    release.propose();
    let before = release.record();
    let first = release.running[0].id();
    let second = release.say(&["resume"]);
    assert_eq!((second.code, second.stdout.as_str()), (2, ""));
    let told = format!("is carried out by process {first}; `toban release status` shows it\n");
    assert!(
        second.stderr.starts_with("error: shop-2.0-production ") && second.stderr.ends_with(&told),
        "{second:?}"
    );
    let plan = release.plan.to_str().unwrap();
    let again = release.say(&["run", "--plan", plan]);
    assert_eq!((again.code, again.stdout.as_str()), (2, ""));
    let told = format!("process {first} carries it out, `toban release status` shows it");
    assert!(again.stderr.contains(&told), "{}", again.stderr);
    // Who may not approve is not waited for.
    assert!(again.stderr.contains("1 missing, of carol)"), "{}", again.stderr);
    assert_eq!(release.record(), before);
    assert!(release.done().is_empty());
}

#[test]
fn a_file_that_is_no_journal_is_left_as_it_is() {
    let release = Release::new("no-journal", PLAN);
    release.folder.file("toban.db", "orders of the day\n".repeat(100));
    let plan = release.plan.to_str().unwrap();
    for words in [&["run", "--plan", plan][..], &["status"], &["report"]] {
        let outcome = release.say(words);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{}", outcome.stderr);
        assert!(
            outcome.stderr.starts_with("error: ") && outcome.stderr.contains("toban.db"),
            "{}",
            outcome.stderr
        );
    }
    assert_eq!(std::fs::read_to_string(&release.journal).unwrap(), "orders of the day\n".repeat(100));
}

#[test]
fn what_a_first_draft_lacks_is_asked_once() {
    let shown = |plan: &str, format: &str| {
        let folder = Folder::new("draft");
        let file = folder.file("plan.yaml", plan);
        toban(["release", "plan", "--plan", file.to_str().unwrap(), "--format", format])
    };
    let draft = shown("target: {service: shop}\n", "table");
    assert_eq!(draft.code, 2);
    assert_eq!(draft.stdout.matches("Who approves the release?").count(), 1, "{}", draft.stdout);
    let asked =
        draft.stderr.strip_prefix("error: no plan yet: ").and_then(|rest| rest.strip_suffix(" to answer\n"));
    assert!(
        asked.is_some_and(|count| count.parse::<u32>().is_ok_and(|count| count > 20)),
        "{}",
        draft.stderr
    );
    // What contradicts itself has a place, which the file shows.
    let wrong = shown(
        "target: {service: shop}\nauthor: zoe\ncontacts: [{person: al, name: Al, channels: [mail]}]\n",
        "table",
    );
    assert!(wrong.stderr.contains("zoe is not among the contacts") && wrong.stderr.contains("plan.yaml:2:9"));
    assert!(!wrong.stderr.contains("Who approves the release?"), "{}", wrong.stderr);
    // Where nothing is shown beside it, the error says everything.
    let json = shown("target: {service: shop}\n", "json");
    assert!(json.code == 2 && json.stdout.is_empty() && json.stderr.contains("Who approves the release?"));
}
