//! Reports, explanations, lint and backtests of small logs.

use crate::support::{Folder, access_log, definition, of_log, toban, toban_reading};
use std::path::Path;

/// Two days with an outage of half an hour.
fn outage() -> String {
    access_log(2880, |minute| (1500..1530).contains(&minute))
}

fn spec() -> String {
    definition("0.999", "30d", "access-log").replace(
        "  name: availability\n",
        "  name: availability\n  annotations:\n    toban.dev/alert-policy: sre-workbook\n",
    )
}

#[test]
fn a_report_counts_what_the_log_holds() {
    let folder = Folder::new("report");
    let (spec, log) =
        (folder.file("slo.yaml", spec()), folder.file("access.log", outage() + "what is this?\n"));
    let arguments = of_log("report", &spec, &log);
    let table = toban(arguments);
    assert_eq!((table.code, table.stderr.as_str()), (0, ""));
    assert!(table.stdout.contains("2,881") && table.stdout.contains("line 2881"), "{}", table.stdout);
    assert!(table.stdout.lines().all(|line| line.chars().count() <= 80), "{}", table.stdout);

    let json = toban(arguments.into_iter().chain(["--format", "json"]));
    for field in ["\"good\": 2850", "\"bad\": 30", "\"total\": 2880", "\"schema\": \"toban.slo.report/1\""] {
        assert!(json.stdout.contains(field), "{field}: {}", json.stdout);
    }
    let fired = "\"fired_at\": \"2026-03-02T01:0";
    assert!(json.stdout.contains(fired), "{}", json.stdout);
}

#[test]
fn what_the_definition_says_of_itself_arrives() {
    let folder = Folder::new("description");
    let text = spec()
        .replace("spec:\n  service: shop\n", "spec:\n  service: shop\n  description: Orders are answered.\n");
    let (spec, log) = (folder.file("slo.yaml", text), folder.file("access.log", outage()));
    let report = |more: &[&'static str]| {
        toban(of_log("report", &spec, &log).into_iter().chain(more.iter().copied())).stdout
    };
    let json = report(&["--format", "json"]);
    assert!(json.contains("\"description\": \"Orders are answered.\""), "{json}");
    assert!(report(&[]).contains("\nOrders are answered.\n"), "{}", report(&[]));
}

#[test]
fn a_value_is_told_with_its_statistic_and_unit() {
    let folder = Folder::new("value");
    let threshold = "      thresholdMetric:
        metricSource: {type: access-log, spec: {value: p95, unit: ms}}
";
    let whole = spec();
    let (before, behind) = (whole.find("      ratioMetric").unwrap(), whole.find("  timeWindow").unwrap());
    let text = whole[..before].to_owned() + threshold + &whole[behind..];
    let text = text.replace("    - target: 0.999", "    - target: 0.9\n      op: lte\n      value: 200");
    let text = text.replace("  annotations:\n    toban.dev/alert-policy: sre-workbook\n", "");
    let (spec, log) = (folder.file("slo.yaml", text), folder.file("access.log", outage()));
    for command in ["report", "explain"] {
        let outcome = toban(of_log(command, &spec, &log));
        let (told, errors) = (outcome.stdout, outcome.stderr);
        assert!(told.contains("p95 request time <= 200 ms"), "{told}{errors}");
    }
}

/// The log ends at 23:59; the slice from 23:45 on may still go bad, and is no part of the record.
#[test]
fn a_record_of_slices_ends_with_the_last_one_that_is_over() {
    let folder = Folder::new("slices");
    let threshold = "      thresholdMetric:
        metricSource: {type: access-log, spec: {value: mean, unit: ms}}
";
    let whole = spec();
    let (before, behind) = (whole.find("      ratioMetric").unwrap(), whole.find("  timeWindow").unwrap());
    let text = whole[..before].to_owned() + threshold + &whole[behind..];
    let text = text
        .replace("  annotations:\n    toban.dev/alert-policy: sre-workbook\n", "")
        .replace("budgetingMethod: Occurrences", "budgetingMethod: Timeslices")
        .replace(
            "    - target: 0.999",
            "    - target: 0.9\n      timeSliceTarget: 1\n      timeSliceWindow: 15m\n      op: lte\n      value: 200",
        );
    let log = access_log(2879, |_| false).replace("\"t\"", "\"t\" 0.050");
    let (spec, log) = (folder.file("slo.yaml", text), folder.file("access.log", log));
    let outcome = toban(of_log("report", &spec, &log));
    let record = "Record     2026-03-01 00:00 to 2026-03-02 23:45 UTC, 1d23h45m in steps of 15m";
    assert!(outcome.stdout.contains(record), "{}{}", outcome.stdout, outcome.stderr);
    assert!(outcome.stdout.contains("as of 2026-03-02 23:59 UTC"), "{}", outcome.stdout);
}

#[test]
fn standard_input_and_a_file_give_the_same() {
    let folder = Folder::new("stdin");
    let log = outage();
    let (spec, file) = (folder.file("slo.yaml", spec()), folder.file("access.log", &log));
    let report = |path: &str, input: &str| {
        let arguments = of_log("report", &spec, Path::new(path)).into_iter().chain(["--format", "json"]);
        let outcome = toban_reading(arguments, input.as_bytes());
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        outcome.stdout.replace(file.to_str().unwrap(), "LOG").replace("standard input", "LOG")
    };
    assert_eq!(report(file.to_str().unwrap(), ""), report("-", &log));
}

#[test]
fn the_moment_of_a_report_can_be_chosen() {
    let folder = Folder::new("moment");
    let (spec, log) = (folder.file("slo.yaml", spec()), folder.file("access.log", outage()));
    let at = |at: &str| {
        let arguments = of_log("report", &spec, &log).into_iter().chain(["--format", "json", "--at", at]);
        toban(arguments).stdout
    };
    assert!(at("2026-03-02T01:00:00Z").contains("\"bad\": 0"));
    assert!(at("2026-03-02T01:20:00Z").contains("\"state\": \"firing\""));
    assert!(at("2026-03-05T00:00:00Z").contains("frozen"));
}

#[test]
fn a_page_is_written_whole() {
    let folder = Folder::new("page");
    let (spec, log) = (folder.file("slo.yaml", spec()), folder.file("access.log", outage()));
    let out = folder.path("report.html");
    let more = ["--format", "html", "--out", out.to_str().unwrap(), "--lang", "ja"];
    assert_eq!(toban(of_log("report", &spec, &log).into_iter().chain(more)).code, 0);
    let page = std::fs::read_to_string(&out).unwrap();
    assert!(page.starts_with("<!") && page.trim_end().ends_with("</html>"));
    assert!(page.contains("<svg") && !page.contains("NaN"));
}

#[test]
fn an_explanation_names_its_inputs() {
    let folder = Folder::new("explain");
    let (spec, log) = (folder.file("slo.yaml", spec()), folder.file("access.log", outage()));
    let explain = |more: &[&'static str]| {
        toban(of_log("explain", &spec, &log).into_iter().chain(more.iter().copied())).stdout
    };
    // 30 of 2,880 against a budget of 2.88.
    let spent = explain(&["--figure", "spent"]);
    assert!(spent.contains("30d spent = 125/12 (about 10.416667)\n"), "{spent}");
    assert!(spent.contains("    = 30 / (2880 * (1 - 0.999))\n"), "{spent}");
    let all = explain(&[]);
    let window = "window                       [2026-02-01T00:00:00Z, 2026-03-03T00:00:00Z)\n";
    assert_eq!(all.matches(window).count(), 1, "{all}");
    let fired = "alert page-fast fired = 2026-03-02T01:0";
    assert!(all.contains(fired) && all.contains("/ (1 - 0.999) >= 14.4: yes"), "{all}");
}

#[test]
fn an_explanation_comes_in_japanese_and_as_json() {
    let folder = Folder::new("explain-forms");
    let (spec, log) = (folder.file("slo.yaml", spec()), folder.file("access.log", outage()));
    let explain =
        |more: &[&'static str]| toban(of_log("explain", &spec, &log).into_iter().chain(more.iter().copied()));
    let told = explain(&["--lang", "ja", "--figure", "消費"]).stdout;
    assert!(told.contains("30d の消費 = 125/12 (約 10.416667)\n    異常 / 許容\n"), "{told}");
    assert!(!told.contains("バーンレート ="), "{told}");
    let json = explain(&["--format", "json", "--figure", "30d spent"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["schema"], "toban.slo.explain/1");
    let figures = json["objectives"][0]["figures"].as_array().unwrap();
    assert_eq!((figures.len(), &figures[0]["number"]["exact"]), (1, &serde_json::Value::from("125/12")));
    assert_eq!(figures[0]["formula"], "30 / (2880 * (1 - 0.999))");
    let nothing = explain(&["--figure", "x y z"]);
    assert_eq!((nothing.code, nothing.stderr.as_str()), (2, "error: no figure has \"x y z\" in its name\n"));
}

#[test]
fn a_backtest_finds_the_outage_and_fails_when_it_would_be_missed() {
    let folder = Folder::new("backtest");
    let log = folder.file("access.log", outage());
    let blunt = spec().replace("  annotations:\n    toban.dev/alert-policy: sre-workbook\n", "");
    let run = |spec: &Path| toban(of_log("backtest", spec, &log).into_iter().chain(["--fail-on-miss"]));
    let sharp = run(&folder.file("sharp.yaml", spec()));
    assert!(sharp.code == 0 && sharp.stdout.contains("every incident was detected"), "{}", sharp.stdout);
    let blunt = run(&folder.file("blunt.yaml", blunt));
    assert!(blunt.code == 1 && blunt.stdout.contains("1 of 1 incidents MISSED"), "{}", blunt.stdout);
}

#[test]
fn lint_says_what_is_there() {
    let folder = Folder::new("lint");
    let spec = folder.file("slo.yaml", spec());
    let outcome = toban(["slo", "lint", "--spec", spec.to_str().unwrap()]);
    assert_eq!(outcome.code, 0);
    assert!(outcome.stdout.ends_with("2 documents, 1 objective, 0 warnings\n"), "{}", outcome.stdout);
    // A target of 90 % can never burn at 14.4.
    let loose = folder.file("loose.yaml", super::report::spec().replace("0.999", "0.9"));
    let outcome = toban(["slo", "lint", "--spec", loose.to_str().unwrap()]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("a burn rate of 14.4 is never reached"), "{}", outcome.stderr);
}

#[test]
fn a_contract_is_reported_beside_its_objective_and_must_be_looser() {
    let folder = Folder::new("contract");
    let log = folder.file("access.log", outage());
    let contract = |text: &str| {
        let annotation = format!("sre-workbook\n    toban.dev/sla: {text}\n");
        folder.file("slo.yaml", spec().replace("sre-workbook\n", &annotation))
    };
    let spec = contract("0.98 1M Asia/Tokyo; 10 % credit");
    let arguments = of_log("report", &spec, &log);
    let outcome = toban(arguments);
    assert!(outcome.stdout.contains("10 % credit") && outcome.stdout.contains("98 %"), "{}", outcome.stdout);
    contract("0.9995 30d; 10 % credit");
    let outcome = toban(["slo", "lint", "--spec", spec.to_str().unwrap()]);
    assert_eq!(outcome.code, 0);
    assert!(
        outcome.stderr.contains("looser than the contract, which promises 99.95 %"),
        "{}",
        outcome.stderr
    );
    contract("most of the time");
    let outcome = toban(["slo", "lint", "--spec", spec.to_str().unwrap()]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("slo.yaml:13:"), "{}", outcome.stderr);
}

#[test]
fn a_table_gives_the_report_that_the_log_behind_it_gives() {
    let folder = Folder::new("table");
    let rows = (0..2880).map(|minute: u32| {
        let (day, hour) = (1 + minute / 1440, minute / 60 % 24);
        let bad = u32::from((1500..1530).contains(&minute));
        format!("2026-03-{day:02}T{hour:02}:{:02}:00Z,{bad},1\n", minute % 60)
    });
    let table: String = std::iter::once("time,bad,total\n".to_owned()).chain(rows).collect();
    let (table, log) = (folder.file("shop.csv", table), folder.file("access.log", outage()));
    let from_log = folder.file("log.yaml", spec());
    let from_table =
        spec().replace("access-log", "csv").replace("              status: 5xx", "              column: bad");
    let from_table = folder.file("table.yaml", from_table);
    let objectives = |option: &str, spec: &Path, data: &Path| {
        let (spec, data) = (spec.to_str().unwrap(), data.to_str().unwrap());
        let outcome = toban(["slo", "report", "--spec", spec, option, data, "--format", "json"]);
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        let (_, objectives) = outcome.stdout.split_once("\"objectives\"").unwrap();
        objectives.replace(data, "DATA")
    };
    assert_eq!(objectives("--csv", &from_table, &table), objectives("--access-log", &from_log, &log));
}

#[test]
fn maintenance_is_taken_out_of_the_maths() {
    let folder = Folder::new("maintenance");
    let (spec, log) = (folder.file("slo.yaml", spec()), folder.file("access.log", outage()));
    let list = "start,end,treatment,reason,recorded_by,recorded_at
2026-03-02T01:00:00Z,2026-03-02T01:30:00Z,count_good,moving house,mika,2026-03-03T09:00:00Z
";
    let list = folder.file("maintenance.csv", list);
    let more = ["--corrections", list.to_str().unwrap()];
    let text = toban(of_log("explain", &spec, &log).into_iter().chain(more)).stdout;
    assert!(text.contains("30d spent = 0\n"), "{text}");
    assert!(text.contains("30d, without corrections, spent = 125/12 (about 10.416667)\n"), "{text}");
    assert!(
        text.contains("counts as good: moving house, recorded by mika at 2026-03-03 09:00:00 UTC"),
        "{text}"
    );
}

#[test]
fn maintenance_may_recur() {
    let folder = Folder::new("recurring");
    let (spec, log) = (folder.file("slo.yaml", spec()), folder.file("access.log", outage()));
    let list = "\
zone: Asia/Tokyo
calendars:
  works:
    base: japan
    working: {2026-03-01: stocktaking}
corrections:
  - when: {on: working, calendar: works, at: \"10:00\"}
    length: 30m
    treatment: count_good
    reason: moving house
";
    let list = folder.file("maintenance.yaml", list);
    let more = ["--corrections", list.to_str().unwrap()];
    let text = toban(of_log("explain", &spec, &log).into_iter().chain(more)).stdout;
    // 10:00 in Tokyo is 01:00 in UTC, of Sunday the 1st, on which people work, and of Monday the 2nd.
    assert!(text.contains("30d spent = 0\n"), "{text}");
    assert_eq!(text.matches("counts as good: moving house").count(), 2, "{text}");
    assert!(text.contains("2026-03-02T01:00:00Z"), "{text}");
}

#[test]
fn a_moment_behind_the_data_is_told() {
    let folder = Folder::new("behind");
    let (spec, log) = (folder.file("slo.yaml", spec()), folder.file("access.log", outage()));
    let text = |at: &'static str| {
        let more = ["--at", at];
        let found = toban(of_log("report", &spec, &log).into_iter().chain(more));
        assert_eq!(found.code, 0, "{}", found.stderr);
        found.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let hint = "the record ends 2026-03-03 00:00:00 UTC; asked for was 2026-03-05 00:00:00 UTC";
    assert!(text("2026-03-05T00:00:00Z").contains(hint));
    assert!(!text("2026-03-03T00:00:59Z").contains("the record ends"));
    assert!(!text("2026-03-02T00:00:00Z").contains("the record ends"));
    let text = text("2026-02-05T00:00:00Z");
    assert!(
        text.contains("the record begins 2026-03-01 00:00:00 UTC; asked for was 2026-02-05 00:00:00 UTC"),
        "{text}"
    );
}

#[test]
fn a_list_of_outages_is_a_history() {
    let folder = Folder::new("outages");
    let spec = folder.file("slo.yaml", spec());
    let list =
        folder.file("outages.csv", "start,end,severity\n0,3600,0.5\n400000,400060,0.002\n500000,503600,0\n");
    let run = |more: &[&'static str]| {
        let arguments =
            ["slo", "backtest", "--spec", spec.to_str().unwrap(), "--outages", list.to_str().unwrap()];
        toban(arguments.into_iter().chain(more.iter().copied()))
    };
    let outcome = run(&["--format", "json"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    for field in ["\"incidents\": 2", "\"detected\": 1", "\"schema\": \"toban.slo.backtest/1\""] {
        assert!(outcome.stdout.contains(field), "{field}: {}", outcome.stdout);
    }
    assert_eq!(run(&["--fail-on-miss"]).code, 1);
    let against = run(&["--against", spec.to_str().unwrap().to_owned().leak(), "--search"]);
    assert!(against.stdout.contains("the other is nowhere worse"), "{}", against.stdout);
    assert!(against.stdout.contains("Policies that no other one beats"), "{}", against.stdout);
}

#[test]
fn a_silence_of_the_log_is_pointed_out_and_with_a_gap_no_alert_resolves_in_it() {
    let folder = Folder::new("silence");
    let spec = |silence: &str| {
        let spec = definition("0.999", "30d", "access-log");
        let spec = spec.replace("status: 5xx", &format!("status: 5xx\n              silence: {silence}"));
        spec.replace(
            "metadata:\n  name: availability",
            "metadata:\n  name: availability\n  annotations:\n    toban.dev/alert-policy: sre-workbook",
        )
    };
    let all = access_log(900, |minute| (100..110).contains(&minute));
    let log: String = all
        .lines()
        .enumerate()
        .filter(|(minute, _)| !(110..800).contains(minute))
        .map(|(_, line)| format!("{line}\n"))
        .collect();
    let log = folder.file("access.log", log);
    let report = |name: &str, spec: String| {
        let spec = folder.file(name, spec);
        toban(of_log("report", &spec, &log).into_iter().chain(["--at", "2026-03-01T08:00:00Z"]))
    };
    let (told, kept) = (report("told.yaml", spec("no_traffic")), report("kept.yaml", spec("gap")));
    assert_eq!((told.code, kept.code), (0, 0), "{}{}", told.stderr, kept.stderr);
    assert!(told.stdout.contains("silence: gap") && !kept.stdout.contains("silence: gap"), "{}", told.stdout);
    let states = |text: &str| {
        let row =
            text.lines().find(|line| line.trim_start().starts_with("page-fast")).unwrap_or(text).to_owned();
        row.to_lowercase()
    };
    assert!(states(&told.stdout).contains("inactive"), "{}", told.stdout);
    assert!(states(&kept.stdout).contains("frozen (firing)"), "{}", kept.stdout);
}

/// The same objective under two names.
fn two() -> String {
    let spec = spec();
    let (_, slo) = spec.split_once("---\n").unwrap();
    spec.clone() + "---\n" + &slo.replace("name: availability", "name: availability-too")
}

#[test]
fn the_summary_says_how_loudly_and_how_surely_something_fires() {
    let folder = Folder::new("loudest");
    let (spec, whole) = (folder.file("slo.yaml", two()), folder.file("access.log", outage()));
    let cut_off = folder.file("cut-off.log", access_log(1800, |minute| (1500..1530).contains(&minute)));
    let state = |log: &Path, at: &'static str| {
        let text = toban(of_log("report", &spec, log).into_iter().chain(["--at", at])).stdout;
        let (_, summary) = text.split_once("Summary").unwrap();
        summary.lines().nth(2).unwrap().to_owned()
    };
    assert!(state(&whole, "2026-03-02T01:20:00Z").ends_with(" FIRING, page"));
    assert!(state(&whole, "2026-03-02T05:00:00Z").ends_with(" FIRING, ticket"));
    assert!(state(&cut_off, "2027-03-02T00:00:00Z").ends_with(" FROZEN (firing), ticket"));
}

#[test]
fn a_whole_name_means_that_objective_and_the_beginning_of_names_all_of_them() {
    let folder = Folder::new("names");
    let (spec, log) = (folder.file("slo.yaml", two()), folder.file("access.log", outage()));
    let told = |name: &'static str| {
        let more = ["--format", "json", "--objective", name];
        toban(of_log("report", &spec, &log).into_iter().chain(more)).stdout.matches("\"sli\"").count()
    };
    let (all, one, too) = (told("avail"), told("availability"), told("availability-"));
    assert!(all > 0 && one + too == all && one == too, "{all} {one} {too}");
}
