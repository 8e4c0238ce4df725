//! Each bad input gives one clear error with its place, exit code 2 and no output.

use crate::support::{Folder, access_log, definition, of_log, toban, toban_reading};
use std::io::Read;

/// Runs a report and gives what it complains about.
#[track_caller]
fn complaint(name: &str, spec: &str, log: &str) -> String {
    let folder = Folder::new(name);
    let (spec, log) = (folder.file("slo.yaml", spec), folder.file("access.log", log));
    let out = folder.path("report.html");
    let page = ["--format", "html", "--out", out.to_str().unwrap()];
    let outcome = toban(of_log("report", &spec, &log).into_iter().chain(page));
    assert_eq!(outcome.code, 2, "{}", outcome.stderr);
    assert_eq!(outcome.stdout, "");
    let left: Vec<_> =
        std::fs::read_dir(folder.path("")).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "nothing is left behind: {left:?}");
    outcome.stderr.replace(spec.to_str().unwrap(), "slo.yaml").replace(log.to_str().unwrap(), "access.log")
}

#[track_caller]
fn assert_complains(name: &str, spec: &str, log: &str, start: &str) {
    let found = complaint(name, spec, log);
    assert!(found.contains(start), "{found}");
    // One error: its first line says what and where, the rest shows the place.
    let errors = found.lines().filter(|line| line.contains("error")).count();
    assert_eq!(errors, 1, "{found}");
}

fn good_log() -> String {
    access_log(10, |_| false)
}

fn good_spec() -> String {
    definition("0.999", "30d", "access-log")
}

#[test]
fn a_missing_file_is_named() {
    let folder = Folder::new("missing");
    let (spec, log) = (folder.file("slo.yaml", good_spec()), folder.file("access.log", good_log()));
    let (spec, log) = (spec.to_str().unwrap(), log.to_str().unwrap());
    for (arguments, missing) in [
        (["slo", "report", "--spec", "no.yaml", "--access-log", log], "no.yaml"),
        (["slo", "report", "--spec", spec, "--access-log", "no.log"], "no.log"),
    ] {
        let outcome = toban(arguments);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
        assert!(outcome.stderr.starts_with(&format!("error: {missing}: ")), "{}", outcome.stderr);
        assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
    }
    let outcome = toban(["slo", "report", "--spec", spec]);
    assert_eq!(outcome.stderr, "error: objective availability needs --access-log FILE\n");
}

#[test]
fn an_unknown_field_is_named_with_its_line() {
    let spec = good_spec().replace("    - target: 0.999", "    - target: 0.999\n      tagret: 1");
    assert_complains("unknown", &spec, &good_log(), "slo.yaml:34:7");
}

#[test]
fn a_misspelled_field_is_one_error_that_names_the_one_that_was_meant() {
    for (field, slip, meant, place) in [
        ("- target", "- targt", "`targt`, did you mean `target`?", "slo.yaml:33:7"),
        ("  service", "  servce", "`servce`, did you mean `service`?", "slo.yaml:12:3"),
        (
            "budgetingMethod",
            "budgetMethod",
            "`budgetMethod`, did you mean `budgetingMethod`?",
            "slo.yaml:31:3",
        ),
        ("kind: SLO", "knd: SLO", "`knd`, did you mean `kind`?", "slo.yaml:8:1"),
    ] {
        let told = complaint("misspelled", &good_spec().replace(field, slip), &good_log());
        assert!(told.starts_with(&format!("error: unknown field {meant}\n")), "{told}");
        assert!(told.contains(place) && told.matches("error").count() == 1, "{told}");
    }
}

#[test]
fn a_reference_to_nothing_names_what_was_meant_or_what_there_is() {
    let folder = Folder::new("references");
    let policy = |name: &str| {
        format!(
            "---\napiVersion: openslo/v1\nkind: AlertPolicy\nmetadata: {{name: {name}}}\nspec:\n  \
             alertWhenBreaching: true\n  conditions:\n    - kind: AlertCondition\n      metadata: {{name: c}}\n      \
             spec: {{severity: page, condition: {{kind: burnrate, op: gte, threshold: 14.4, lookbackWindow: 1h}}}}\n  \
             notificationTargets:\n    - kind: AlertNotificationTarget\n      metadata: {{name: t}}\n      \
             spec: {{target: mail}}\n"
        )
    };
    let lint = |reference: &str, policies: &[&str]| {
        let policies: String = policies.iter().map(|name| policy(name)).collect();
        let entry = format!("  alertPolicies:\n    - alertPolicyRef: {reference}\n");
        let spec = folder.file("slo.yaml", good_spec() + &entry + &policies);
        toban(["slo", "lint", "--spec", spec.to_str().unwrap()]).stderr
    };
    for (reference, policies, told) in [
        ("fast-brun", &["slow-burn", "fast-burn"][..], "`fast-brun`, did you mean `fast-burn`?"),
        ("Fast_burn", &["slow-burn", "fast-burn"], "`Fast_burn`, did you mean `fast-burn`?"),
        ("page", &["slow-burn", "fast-burn"], "`page`: there are `fast-burn`, `slow-burn`"),
        ("page", &["fast-burn"], "`page`: there is only `fast-burn`"),
        ("page", &[], "`page`: there is none at all"),
    ] {
        let found = lint(reference, policies);
        assert!(found.starts_with(&format!("error: no AlertPolicy has the name {told}\n")), "{found}");
        assert!(found.contains("slo.yaml:35:23"), "{found}");
    }
    let many: Vec<_> = (0..13).map(|number| format!("p{number:02}")).collect();
    let found = lint("page", &many.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(found.contains("there are `p00`, `p01`, ") && found.contains(", `p09` and 3 more\n"), "{found}");
}

#[test]
fn an_unknown_source_is_told_where_its_type_stands() {
    let types = |bad: &str, total: &str| {
        let spec = good_spec().replacen("type: access-log", &format!("type: {bad}"), 1);
        spec.replacen("type: access-log", &format!("type: {total}"), usize::from(total != "access-log"))
    };
    let there_are = "here are `access-log`, `csv` and `prometheus`\n";
    let told = complaint("cvs", &types("cvs", "access-log"), &good_log());
    assert!(
        told.starts_with(&format!("error: no source is called \"cvs\", did you mean `csv`? T{there_are}")),
        "{told}"
    );
    assert!(told.contains("--> slo.yaml:21:19\n") && told.matches("error").count() == 1, "{told}");
    let told = complaint("leaves", &types("access-log", "tea-leaves"), &good_log());
    assert!(told.starts_with(&format!("error: no source is called \"tea-leaves\": t{there_are}")), "{told}");
    // Both are to be mended.
    let told = complaint("both", &definition("0.999", "30d", "acces-log"), &good_log());
    assert_eq!(told.matches("did you mean `access-log`?").count(), 2, "{told}");
    let told = complaint("two", &types("csv", "access-log"), &good_log());
    assert!(
        told.contains("must come from one system, not csv and access-log\n  --> slo.yaml:26:19"),
        "{told}"
    );
}

#[test]
fn an_unknown_source_is_told_in_the_data_source_that_names_it() {
    let spec = good_spec().replace("type: access-log", "metricSourceRef: log")
        + "---\napiVersion: openslo/v1\nkind: DataSource\nmetadata: {name: log}\nspec:\n  type: acess-log\n";
    assert_complains("data-source", &spec, &good_log(), "did you mean `access-log`?");
    assert!(complaint("data-source", &spec, &good_log()).contains("slo.yaml:39:9"));
}

#[test]
fn impossible_objectives_are_refused() {
    for (name, target) in
        [("zero", "0"), ("high", "100.1"), ("nan", ".nan"), ("negative", "-0.5"), ("word", "high")]
    {
        assert_complains(name, &definition(target, "30d", "access-log"), &good_log(), "slo.yaml:33:");
    }
}

#[test]
fn windows_without_length_are_refused() {
    for (name, window) in [("window-zero", "0d"), ("window-word", "long"), ("window-negative", "-3d")] {
        assert_complains(name, &definition("0.999", window, "access-log"), &good_log(), "slo.yaml:29:");
    }
}

#[test]
fn unknown_conditions_are_refused() {
    let spec = good_spec().replace("status: 5xx", "status: 9xx");
    assert_complains("status", &spec, &good_log(), "slo.yaml:23:");
    let spec = good_spec().replace("status: 5xx", "satus: 5xx");
    assert_complains("condition", &spec, &good_log(), "slo.yaml:23:");
}

#[test]
fn a_bomb_of_anchors_is_refused_at_once() {
    let mut bomb = String::from(
        "apiVersion: openslo/v1\nkind: DataSource\nmetadata: { name: x }\nspec:\n  type: y\n  connectionDetails:\n    a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n",
    );
    for level in 1..12 {
        let before = format!("*a{}", level - 1);
        let list = [before.as_str(); 10].join(", ");
        bomb.push_str(&format!("    a{level}: &a{level} [{list}]\n"));
    }
    assert_complains("bomb", &bomb, &good_log(), "slo.yaml:");
}

#[test]
fn a_log_without_a_valid_line_is_refused() {
    assert_complains("no-log", &good_spec(), "this is\nno log\n", "line 1");
    assert_complains("empty", &good_spec(), "", "access.log");
}

/// Bytes without end and without a line break.
struct Endless(u64);

impl Read for Endless {
    fn read(&mut self, block: &mut [u8]) -> std::io::Result<usize> {
        let count = usize::try_from(self.0).unwrap_or(usize::MAX).min(block.len());
        block[..count].fill(b'x');
        self.0 -= count as u64;
        Ok(count)
    }
}

#[test]
fn a_line_of_a_gigabyte_is_refused() {
    let folder = Folder::new("gigabyte");
    let spec = folder.file("slo.yaml", good_spec());
    let arguments = ["slo", "report", "--spec", spec.to_str().unwrap(), "--access-log", "-"];
    let outcome = toban_reading(arguments, Endless(1 << 30));
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
    assert_eq!(outcome.stderr, "error: standard input: line 1 is longer than 1048576 bytes\n");
}

/// A shape, a rule, a source and an alert are wrong, each in a document of its own.
#[test]
fn lint_tells_all_findings_at_once_and_counts_them() {
    let folder = Folder::new("all-at-once");
    let slo = |name: &str| {
        let slo = good_spec()
            .split_once("---\n")
            .unwrap()
            .1
            .replace("name: availability", &format!("name: {name}"));
        slo.replace(
            "metadata:\n  name",
            "metadata:\n  annotations:\n    toban.dev/alert-policy: sre-workbook\n  name",
        )
    };
    let spec = [
        "apiVersion: openslo/v1\nkind: Service\nmetadata:\n  name: shop\nspecs: {}\n".to_owned(),
        slo("window").replace("      isRolling: true", "      isRolling: false"),
        slo("source").replace("status: 5xx", "satus: 5xx"),
        slo("alert").replace("0.999", "0.9"),
        slo("slow").replace("30d", "28d"),
    ];
    let spec = folder.file("slo.yaml", spec.join("---\n"));
    let spec = spec.to_str().unwrap();
    let outcome = toban(["slo", "lint", "--spec", spec]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
    let told = outcome.stderr.replace(spec, "slo.yaml");
    for part in [
        "error: unknown field `specs`",
        "error: `isRolling: false` needs a `calendar` beside it",
        "error: unknown field `satus`",
        "error: rule page-fast: a burn rate of 14.4 is never reached",
        "warning: rule ticket-slow: fires at a burn rate of 14/15 (about 0.933)",
    ] {
        assert_eq!(told.matches(part).count(), 1, "{part}: {told}");
    }
    assert!(told.ends_with("\n4 errors, 1 warning in slo.yaml\n"), "{told}");
    // Every other command says the same.
    let report = toban(["slo", "report", "--spec", spec, "--access-log", "no.log"]);
    assert_eq!(report.stderr.replace(spec, "slo.yaml") + "\n4 errors, 1 warning in slo.yaml\n", told);
}

#[test]
fn a_name_whose_document_cannot_be_read_is_not_called_missing() {
    let folder = Folder::new("unread-name");
    let indicator = "  indicatorRef: answered\n";
    let (head, rest) =
        good_spec().split_once("  indicator:\n").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let slo = format!("{head}{indicator}{}", &rest[rest.find("  timeWindow").unwrap()..]);
    let lint = |more: &str| {
        let spec = folder.file("slo.yaml", format!("{slo}---\n{more}"));
        toban(["slo", "lint", "--spec", spec.to_str().unwrap()]).stderr
    };
    let sli =
        |name: &str| format!("apiVersion: openslo/v1\nkind: SLI\nmetadata:\n  name: {name}\nspec:\n  x: 1\n");
    let told = lint(&sli("answered"));
    assert!(told.contains("unknown field `x`") && !told.contains("has the name"), "{told}");
    let told = lint(&sli("another"));
    assert!(told.contains("unknown field `x`") && told.contains("no SLI has the name `answered`"), "{told}");
}

/// A definition of an objective that reads a table.
fn table_spec() -> String {
    definition("0.999", "30d", "csv")
        .replace("status: 5xx", "column: bad")
        .replace("              status", "")
}

#[track_caller]
fn assert_table_refused(name: &str, table: &str, complaint: &str) {
    let folder = Folder::new(name);
    let (spec, table) = (folder.file("slo.yaml", table_spec()), folder.file("shop.csv", table));
    let table = table.to_str().unwrap();
    let outcome = toban(["slo", "report", "--spec", spec.to_str().unwrap(), "--csv", table]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{}", outcome.stderr);
    assert_eq!(outcome.stderr.replace(table, "shop.csv"), complaint);
}

#[test]
fn impossible_tables_are_refused_with_line_and_column() {
    let head = "time,bad,total";
    let row = |minute: u32, cells: &str| format!("2026-03-01T00:{minute:02}:00Z,{cells}");
    let table = |rows: &[String]| format!("{head}\n{}\n", rows.join("\n"));
    assert_table_refused(
        "more-bad",
        &table(&[row(0, "1,2"), row(1, "3,2")]),
        "error: shop.csv: line 3: `bad` is 3, more than the 2 of `total`\n",
    );
    assert_table_refused(
        "order",
        &table(&[row(0, "1,2"), row(2, "1,2"), row(1, "1,2")]),
        "error: shop.csv: line 4: 2026-03-01 00:01:00 UTC stands behind 2026-03-01 00:02:00 UTC; \
         `order: unordered` would allow it\n",
    );
    assert_table_refused(
        "not-a-number",
        &table(&[row(0, "1,2"), row(1, "NaN,2")]),
        "error: shop.csv: line 3: column `bad`: \"NaN\" is not a whole number from 0 to 2^64 - 1\n",
    );
}

#[test]
fn recurring_corrections_that_make_no_sense_are_refused_at_their_place() {
    let folder = Folder::new("recurring-corrections");
    let (spec, log) = (folder.file("slo.yaml", good_spec()), folder.file("access.log", good_log()));
    let rest = "length: 1h, treatment: drop_time, reason: x";
    for (list, line, complaint) in [
        (
            format!("corrections:\n- {{when: {{on: daily, at: \"25:00\", zone: UTC}}, {rest}}}"),
            2,
            "`25:00` is no time",
        ),
        (format!("corrections:\n- {{when: {{on: daily, at: \"01:00\"}}, {rest}}}"), 2, "`zone` is missing"),
        (format!("zone: Mars\ncorrections:\n- {{when: {{on: daily, at: \"01:00\"}}, {rest}}}"), 1, "`Mars`"),
        (format!("zone: UTC\ncorrections:\n- {{when: {{cron: 0 0 30 2 *}}, {rest}}}"), 3, "never happens"),
        (
            format!(
                "zone: UTC\ncorrections:\n- {{when: {{every: 0s, start: 2026-01-01T00:00:00Z}}, {rest}}}"
            ),
            3,
            "0",
        ),
        (
            format!(
                "zone: UTC\ncalendars: {{x: {{weekend: [mon, tue, wed, thu, fri, sat, sun]}}}}\ncorrections:\n- {{when: {{on: daily, at: \"01:00\"}}, {rest}}}"
            ),
            2,
            "no working day",
        ),
        (
            format!("zone: UTC\ncorrections:\n- {{when: {{on: daily, at: \"01:00\", often: 3}}, {rest}}}"),
            3,
            "often",
        ),
        (
            "zone: UTC\ncorrections:\n- {length: 1h, treatment: drop_time, reason: x}".to_owned(),
            3,
            "expected `start` and `end`",
        ),
    ] {
        let file = folder.file("maintenance.yaml", &list);
        let corrections = ["--corrections", file.to_str().unwrap()];
        let outcome = toban(of_log("report", &spec, &log).into_iter().chain(corrections));
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{list}");
        let place = format!("maintenance.yaml:{line}:");
        assert!(
            outcome.stderr.contains(&place) && outcome.stderr.contains(complaint),
            "{list}\n{}",
            outcome.stderr
        );
    }
}

#[test]
fn corrections_that_make_no_sense_are_refused() {
    let folder = Folder::new("corrections");
    let (spec, log) = (folder.file("slo.yaml", good_spec()), folder.file("access.log", good_log()));
    let head = "start,end,treatment,reason";
    for (row, complaint) in [
        ("2026-03-01T01:00:00Z,2026-03-01T00:00:00Z,drop_time,x", "cannot end at 2026-03-01 00:00:00 UTC"),
        ("2026-03-01T00:00:00Z,2026-03-01T01:00:00Z,forget,x", "column `treatment`: \"forget\" is not"),
        ("yesterday,2026-03-01T01:00:00Z,drop_time,x", "column `start`: \"yesterday\" is not a"),
    ] {
        let list = folder.file("maintenance.csv", format!("{head}\n{row}\n"));
        let corrections = ["--corrections", list.to_str().unwrap()];
        let outcome = toban(of_log("report", &spec, &log).into_iter().chain(corrections));
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
        assert!(
            outcome.stderr.contains("line 2") && outcome.stderr.contains(complaint),
            "{}",
            outcome.stderr
        );
    }
}
