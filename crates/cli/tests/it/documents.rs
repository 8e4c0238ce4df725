//! What the documents say is so.

use crate::support::{Folder, access_log, toban};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use toban_slo::{AlertPolicy, Condition, Objective, Slo, Window};

const DEFINITION: &str = include_str!("../../../../docs/definition.md");
const COMMAND: &str = include_str!("../../../../docs/command.md");

/// The cells of the row that begins with that.
fn row(first: &str) -> Vec<&'static str> {
    let row = DEFINITION.lines().find(|line| line.starts_with(&format!("| {first} |"))).unwrap();
    row.trim_matches('|').split('|').map(str::trim).collect()
}

#[test]
fn the_factors_of_the_workbook_are_those_in_the_table() {
    for (column, days) in [(4, 30), (5, 28), (6, 7)] {
        let slo = Slo::availability("x", Objective::percent("99.9").unwrap(), Window::rolling_days(days));
        for rule in AlertPolicy::sre_workbook(&slo).unwrap().rules() {
            let Condition::BurnRate { factor, .. } = &rule.condition else { panic!("{rule:?}") };
            assert_eq!(row(&format!("`{}`", rule.name))[column], factor.to_string(), "{days} days");
        }
    }
}

#[test]
fn every_help_says_the_exit_codes_and_where_the_words_are() {
    for arguments in [
        vec!["--help"],
        vec!["slo", "--help"],
        vec!["slo", "report", "--help"],
        vec!["slo", "backtest", "--help"],
        vec!["slo", "explain", "--help"],
        vec!["slo", "lint", "--help"],
    ] {
        let told = toban(arguments.iter().copied()).stdout;
        assert!(told.contains("Exit codes: 0 done; 1") && told.contains("Glossary"), "{arguments:?}: {told}");
        assert!(told.lines().all(|line| line.chars().count() <= 100), "{told}");
    }
}

#[test]
fn every_command_stands_in_the_document_of_the_command() {
    let help = toban(["slo", "--help"]).stdout;
    let commands = help.split_once("Commands:").unwrap().1.split_once("Options:").unwrap().0;
    let commands: Vec<_> =
        commands.lines().filter_map(|line| line.strip_prefix("  ")?.split_once(' ')).collect();
    let commands: Vec<_> =
        commands.into_iter().map(|(name, _)| name).filter(|name| !name.is_empty()).collect();
    assert_eq!(commands.len(), 5, "{help}");
    for command in commands {
        assert!(command == "help" || COMMAND.contains(&format!("`{command}`")), "{command}");
    }
}

const WHOLE: &str = include_str!("../../../../docs/slo.md");

#[test]
fn nothing_is_wrong_with_the_definition_of_the_document_and_it_reports() {
    let text = WHOLE.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let folder = Folder::new("documented-definition");
    let spec = folder.file("shop.yaml", text);
    let spec = spec.to_str().unwrap();
    let found = toban(["slo", "lint", "--spec", spec]);
    assert_eq!((found.code, found.stderr.as_str()), (0, ""), "{}", found.stdout);
    assert!(found.stdout.ends_with("shop.yaml: 8 documents, 4 objectives, 0 warnings\n"), "{}", found.stdout);
    let log = access_log(2 * 1440, |minute| minute > 2800).replace("\"t\"", "\"t\" 0.050");
    let log = folder.file("access.log", log.replace("GET / HTTP", "GET /api/pay HTTP"));
    let told = toban(["slo", "report", "--spec", spec, "--access-log", log.to_str().unwrap()]);
    assert_eq!(told.code, 0, "{}", told.stderr);
    for text in [
        "99.9 % · availability · month Asia/Tokyo, 7d",
        "SLA month Asia/Tokyo",
        "10 % of the month's fee",
        "FIRING: wake-somebody-1h",
        "burn rate over 6h and 30m >= 6",
        "95 % · latency < 500ms · 28d",
        "slices of 5m, each good from 95 % of its events",
        "composite of 2",
    ] {
        assert!(told.stdout.contains(text), "{text}: {}", told.stdout);
    }
}

/// Whoever writes one has nothing but the documents to learn them from.
#[test]
fn the_documents_name_every_field_of_a_definition() {
    let all = [WHOLE, DEFINITION].concat();
    for field in [
        "alertAfter",
        "alertPolicies",
        "alertPolicyRef",
        "alertWhenBreaching",
        "alertWhenNoData",
        "alertWhenResolved",
        "budgetingMethod",
        "calendar",
        "compositeWeight",
        "conditionRef",
        "conditions",
        "counter",
        "displayName",
        "duration",
        "indicatorRef",
        "isRolling",
        "lookbackWindow",
        "metricSource",
        "metricSourceRef",
        "notificationTargets",
        "rawType",
        "startTime",
        "targetPercent",
        "targetRef",
        "thresholdMetric",
        "timeSliceTarget",
        "timeSliceWindow",
        "timeWindow",
        "timeZone",
    ] {
        assert!(all.contains(field), "{field}");
    }
}

const RELEASE: &str = include_str!("../../../../docs/release.md");

#[test]
fn the_plan_of_the_document_goes_out() {
    let text = RELEASE.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let folder = Folder::new("documented-release");
    let (plan, journal) = (folder.file("plan.yaml", text), folder.path("toban.db"));
    let (plan, journal) = (plan.to_str().unwrap(), journal.to_str().unwrap());
    let shown = toban(["release", "plan", "--plan", plan]);
    assert_eq!((shown.code, shown.stderr.as_str()), (0, ""), "{}", shown.stdout);
    assert_eq!(toban(["release", "check", "--plan", plan]).code, 0);
    std::thread::scope(|scope| {
        let running = scope.spawn(|| toban(["release", "run", "--plan", plan, "--journal", journal]));
        let deadline = Instant::now() + Duration::from_secs(30);
        let approve = ["release", "approve", "--by", "carol", "--why", "read it", "--journal", journal];
        while toban(approve).code != 0 {
            assert!(Instant::now() < deadline && !running.is_finished(), "nobody takes the approval");
            std::thread::sleep(Duration::from_millis(20));
        }
        let ran = running.join().unwrap();
        assert_eq!(ran.code, 0, "{} {}", ran.stdout, ran.stderr);
    });
    for command in ["resume", "status", "report"] {
        let again = toban(["release", command, "--journal", journal]);
        assert_eq!(again.code, 0, "{}", again.stderr);
    }
}

const ROUTINE: &str = include_str!("../../../../docs/routine.md");
const FIELDS: &str = include_str!("../../../../docs/plan.md");

/// The blocks of YAML of a document, in order.
fn blocks(document: &str) -> Vec<&str> {
    let blocks = document.split("```yaml\n").skip(1);
    blocks.map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn the_routine_work_with_something_of_everything_is_well_and_has_every_field() {
    let whole = blocks(ROUTINE).into_iter().find(|block| block.contains("nightly-backup")).unwrap();
    let folder = Folder::new("documented-routine");
    let spec = folder.file("routine.yaml", whole);
    let checked = toban(["routine", "check", "--spec", spec.to_str().unwrap(), "--format", "json"]);
    assert_eq!((checked.code, checked.stderr.as_str()), (0, ""));
    let checked: serde_json::Value = serde_json::from_str(&checked.stdout).unwrap();
    assert_eq!(checked["findings"], serde_json::json!([]));
    let asked: Vec<_> = checked["questions"].as_array().unwrap().iter().map(|one| &one["place"]).collect();
    assert_eq!(asked, ["tasks[0].estimate", "tasks[2].when"]);
    // Of each row of the table of fields, each field in its first column.
    let table = ROUTINE.split("| field | what |").nth(1).unwrap().lines();
    let rows =
        table.take_while(|line| !line.starts_with("`services`")).filter(|line| line.starts_with("| `"));
    let named =
        rows.filter_map(|row| row.split('|').nth(1)).flat_map(|cell| cell.split('`').skip(1).step_by(2));
    let named: Vec<_> = named.collect();
    assert!(named.len() > 20, "{named:?}");
    for field in named {
        assert!(whole.contains(&format!(" {field}: ")) || whole.contains(&format!(" {field}:\n")), "{field}");
    }
}

/// The names of all fields in a value.
fn fields(value: &serde_json::Value, found: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(object) => {
            for (name, value) in object {
                found.insert(name.clone());
                fields(value, found);
            }
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| fields(value, found)),
        _ => {}
    }
}

#[test]
fn the_plan_with_something_of_everything_is_one_and_each_of_its_fields_is_explained() {
    let folder = Folder::new("documented-fields");
    let [plan, seen] = blocks(FIELDS)[..] else { panic!("a plan, and what was seen of it") };
    let plan = folder.file("plan.yaml", plan);
    let plan = plan.to_str().unwrap();
    let shown = toban(["release", "plan", "--plan", plan, "--format", "json"]);
    assert_eq!((shown.code, shown.stderr.as_str()), (0, ""), "{}", shown.stdout);
    let told = toban(["release", "plan", "--plan", plan]).stdout;
    assert!(told.contains("Nothing stands in the way of the plan"), "{told}");
    let shown: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
    let mut all = BTreeSet::new();
    fields(&shown["plan"], &mut all);
    assert!(all.len() > 120, "{all:?}");
    let explained = FIELDS.split("## What, where, when").nth(1).unwrap();
    // A word of a table or of a shape: `{server: {host, resource, at_least}}`.
    let is_word = |one: char| one.is_ascii_alphanumeric() || one == '_';
    let words: BTreeSet<_> = explained.split(|one| !is_word(one)).collect();
    let missing: Vec<_> = all.iter().filter(|field| !words.contains(field.as_str())).collect();
    // Those of texts are explained above.
    assert!(missing.iter().all(|field| ["en", "ja"].contains(&field.as_str())), "{missing:?}");

    let revision = shown["rollback_revision"].as_str().unwrap();
    let seen = folder.file("seen.yaml", seen.replace("sha256:…", revision));
    let check = toban(["release", "check", "--plan", plan, "--evidence", seen.to_str().unwrap()]);
    assert_eq!((check.code, check.stderr.as_str()), (0, ""), "{}", check.stdout);
    for waits in [
        "waits for an approval of its revision, by carol",
        "waits for a freeze from 2126-01-01 00:00 to 2126-01-04 00:00 UTC",
        "waits for the word of the error budget",
        "waits for bob, by hand: warm-up",
        "waits for somebody who opens the gate of stage 2 of 3, half (50 %)",
    ] {
        let flat = check.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(waits), "{waits}: {flat}");
    }
    let unseen = toban(["release", "check", "--plan", plan]);
    assert!(unseen.code == 1 && unseen.stdout.starts_with("HOLD: "), "{}", unseen.stdout);
}

#[test]
fn a_version_goes_on_where_it_was_verified_before() {
    let block = |text: &'static str, from: &str, fence: &str| {
        text.split(fence)
            .find_map(|rest| rest.split("```").next().filter(|block| block.starts_with(from)))
            .unwrap()
    };
    let folder = Folder::new("promoted-release");
    let staging = block(RELEASE, "target:", "```yaml\n")
        .replace("demands: [approval]", "demands: []")
        .replace("two_persons", "one_person");
    let production = staging.replace("kind: staging", "kind: production");
    let policy = block(RELEASE, "order:", "```text\n").replace("soak: 1d", "soak: 0s");
    let [staging, production, policy] =
        [("s.yaml", staging), ("p.yaml", production), ("policy.yaml", policy)]
            .map(|(name, text)| folder.file(name, text).display().to_string());
    let journal = folder.path("toban.db").display().to_string();
    let ask = |command, plan: &str| {
        toban(["release", command, "--plan", plan, "--promotion", &policy, "--journal", &journal])
    };
    let early = ask("run", &production);
    assert_eq!(early.code, 1, "{} {}", early.stdout, early.stderr);
    assert!(early.stderr.contains("staging"), "{}", early.stderr);
    assert_eq!(ask("run", &staging).code, 0);
    let rolled_back = |name, why| {
        toban(["release", "rollback", "--journal", &journal, "--release", name, "--by", "bob", "--why", why])
            .code
    };
    assert_eq!(ask("check", &production).code, 0);
    assert_eq!(ask("run", &production).code, 0);
    // What was learnt in staging is taken back there.
    assert_eq!(rolled_back("shop-2.0-staging", "it was wrong"), 0);
    assert_eq!(ask("check", &production).code, 1);
    assert!(ask("check", &staging).stdout.contains("it was wrong"), "held by a person");
}

#[test]
fn the_document_names_every_command() {
    let help = toban(["release", "--help"]).stdout;
    let listed = help.split("Commands:").nth(1).unwrap().lines().skip(1);
    let commands: Vec<_> = listed
        .take_while(|line| !line.is_empty())
        .filter_map(|line| {
            line.strip_prefix("  ").filter(|rest| !rest.starts_with(' '))?.split_whitespace().next()
        })
        .filter(|command| *command != "help")
        .collect();
    assert!(commands.len() > 10, "{commands:?}");
    for command in commands {
        let forms = [format!("`{command}`"), format!("`{command} "), format!("release {command} ")];
        assert!(forms.iter().any(|form| RELEASE.contains(form)), "{command}");
    }
}
