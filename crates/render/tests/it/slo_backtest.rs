//! Backtests: as tables at every width, and as JSON in the kinds of the report.

use crate::example::{counts, start};
use crate::golden::assert_golden;
use chrono::TimeDelta;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::LazyLock;
use toban_core::{Interval, Ratio, Reason};
use toban_render::slo::{BacktestDocument, BacktestSection, TableOptions, backtest_json, backtest_table};
use toban_render::{Language, Style};
use toban_slo::backtest::{Backtest, Candidate, Grid, Incident, backtest, compare, find_incidents, search};
use toban_slo::{AlertPolicy, AlertRule, Objective, Severity, Slo, Window};
use unicode_width::UnicodeWidthStr;

struct Tested {
    found: Backtest,
    other: Backtest,
    candidates: Vec<Candidate>,
}

/// Two weeks with an outage, a second one under an alert that fires still, one that nobody notices, one that goes on when
/// the record ends, a burst that nobody labelled, one that is listed twice, and three that are set aside.
static TESTED: LazyLock<Tested> = LazyLock::new(|| {
    let slo = Slo::availability("checkout", Objective::percent("99.9").unwrap(), Window::rolling_days(30));
    let counts = counts(
        14 * 1440,
        |_| 1000,
        |minute| match minute {
            3000..3025 => Some(250),
            3300..3310 => Some(9),
            9000..9003 => Some(4),
            6000..6010 => Some(300),
            12_000..12_240 => Some(if minute % 40 < 20 { 60 } else { 0 }),
            _ => Some(0),
        },
    );
    let incident = |from: i64, length: i64| {
        let start = start() + TimeDelta::minutes(from);
        Incident::labelled(Interval::starting(start, TimeDelta::minutes(length)).unwrap(), "labelled")
    };
    let incidents = [
        incident(3000, 25),
        incident(3000, 25),
        incident(3300, 10),
        incident(9000, 3),
        incident(12_000, 240),
        incident(20_140, 60),
        incident(30_000, 60),
        incident(9500, 20),
        incident(3000, 25).with_slos(["billing"]),
    ];
    let workbook = AlertPolicy::sre_workbook(&slo).unwrap();
    let hours = TimeDelta::hours;
    let slow = AlertRule::burn_rate("slow-and-alone", Severity::Page, hours(6), hours(1), Ratio::whole(10));
    let slow = AlertPolicy::new().with_rule(&slo, slow).unwrap();
    let test = |policy| backtest(&slo, policy, &counts, &incidents, TimeDelta::minutes(5)).unwrap();
    let factors = ["1", "3", "6", "14.4"].map(|factor| factor.parse().unwrap());
    let grid = Grid::new([1, 2, 6, 24].map(hours).to_vec(), factors.to_vec());
    let candidates = search(&slo, &counts, &incidents, &grid, TimeDelta::minutes(5)).unwrap();
    Tested { found: test(&workbook), other: test(&slow), candidates }
});

fn document() -> BacktestDocument<'static> {
    let Tested { found, other, candidates } = &*TESTED;
    let section = BacktestSection::new(found)
        .with_finding(Reason::new("made-up-traffic", "a made-up service with 1000 requests a minute"))
        .with_against(other, compare(found, other).unwrap())
        .with_candidates(candidates.clone());
    let why = Reason::new("outages-say-nothing", "a list of outages says nothing of latency < 500ms");
    BacktestDocument::new([section]).with_untested("latency", why)
}

fn table(width: u16) -> String {
    table_in(Language::En, width)
}

fn table_in(language: Language, width: u16) -> String {
    backtest_table(&document(), &TableOptions { width, language, ..TableOptions::default() })
}

#[test]
fn a_backtest_reads_well_at_80_columns() {
    assert_golden("backtest-80.txt", &table(80));
}

#[test]
fn a_backtest_reads_well_at_140_columns() {
    assert_golden("backtest-140.txt", &table(140));
}

#[test]
fn a_backtest_reads_well_in_japanese() {
    assert_golden("backtest-80.ja.txt", &table_in(Language::Ja, 80));
    assert_golden("backtest-140.ja.txt", &table_in(Language::Ja, 140));
    for width in [60, 66, 72, 80, 100, 140, 200] {
        let text = table_in(Language::Ja, width);
        assert!(text.lines().all(|line| line.width() <= width.into()), "{width}:\n{text}");
    }
}

/// An incident that spends fifty times the budget, in a table in which every column is wide.
#[test]
fn no_percentage_is_broken_however_little_room_there_is() {
    let target = Objective::percent("99.999").unwrap();
    let slo = Slo::availability("checkout", target, Window::rolling_days(7));
    let counts =
        counts(7 * 1440, |_| 1000, |minute| Some(if (3000..3331).contains(&minute) { 900 } else { 0 }));
    let interval =
        Interval::starting(start() + TimeDelta::seconds(180_007), TimeDelta::seconds(19_853)).unwrap();
    let policy = AlertPolicy::sre_workbook(&slo).unwrap();
    let incidents = [Incident::labelled(interval, "labelled")];
    let found = backtest(&slo, &policy, &counts, &incidents, TimeDelta::minutes(5)).unwrap();
    let document = BacktestDocument::new([BacktestSection::new(&found)]);
    for width in 60..=100 {
        let text = backtest_table(&document, &TableOptions { width, ..TableOptions::default() });
        let is_broken = |line: &str| line.trim_start().starts_with('%') || line.contains("  %");
        assert!(text.contains(" %") && !text.lines().any(is_broken), "{width}:\n{text}");
        assert!(!text.contains('\u{202f}'), "{text}");
    }
}

/// A history of so many minutes, what is bad in each, and incidents.
type Told<'a> = (i64, &'a dyn Fn(i64) -> u64, &'a [(i64, i64)]);

#[test]
fn a_backtest_in_japanese_has_no_english_but_names() {
    let own =
        ["checkout", "page-fast", "page-slow", "ticket-fast", "ticket-slow", "slow-and-alone", "latency"];
    let written = ["UTC", "--format", "json", "JSON", "toban.dev/burn-rate-pairs", "--significant"];
    let is_english = |word: &&str| {
        let word = word.trim_matches(|c: char| !c.is_ascii() || ",.;:()".contains(c));
        let letters = word.chars().filter(char::is_ascii_alphabetic).count();
        letters > 2 && !own.contains(&word) && !written.contains(&word)
    };
    let check = |text: &str| {
        let words = text.split(|c: char| c.is_whitespace() || !c.is_ascii());
        let english: Vec<_> = words.filter(is_english).filter(|word| !word.contains(">=")).collect();
        assert!(english.is_empty(), "{english:?}\n{text}");
        assert!(text.contains("のバックテスト"), "{text}");
    };
    let Tested { found, other, candidates } = &*TESTED;
    let section = BacktestSection::new(found).with_candidates(candidates.clone());
    let section = section.with_against(other, compare(found, other).unwrap());
    let reversed = BacktestSection::new(other).with_against(found, compare(other, found).unwrap());
    let why = Reason::new("x", "理由");
    let document = BacktestDocument::new([section, reversed]).with_untested("latency", why);
    let ja = |document: &BacktestDocument<'_>| {
        let language = Language::Ja;
        backtest_table(document, &TableOptions { width: 140, language, ..TableOptions::default() })
    };
    check(&ja(&document));
    // What the example has none of: no incidents, only untouched ones, only detected ones, found ones, frozen rules, a
    // record that is cut at its start, one that always burns, and more incidents than are shown.
    let burns = |minute: i64| if minute < 30 { 500 } else { 2 };
    let many: Vec<_> = (0..40).map(|place| (place * 20, 10)).collect();
    let told: [Told<'_>; 6] = [
        (9 * 1440, &burns, &[(0, 30)]),
        (1440, &|_| 0, &[(0, 30)]),
        (1440, &|_| 0, &[]),
        (1440, &|_| 0, &[(-30, 60)]),
        (1440, &|_| 5, &many),
        (1440, &|minute| u64::from(minute < 40) * 900, &[(0, 50)]),
    ];
    for (minutes, bad, incidents) in told {
        check(&of_in(Language::Ja, minutes, bad, incidents));
    }
    let slo = Slo::availability("checkout", Objective::percent("99.9").unwrap(), Window::rolling_days(30));
    let gone = counts(
        1440,
        |_| 1000,
        |minute| if minute < 500 { None } else { Some(u64::from(minute < 510) * 601) },
    );
    let policy = AlertPolicy::sre_workbook(&slo).unwrap();
    let mut incidents = find_incidents(&slo, &gone, "0.02".parse().unwrap(), TimeDelta::minutes(5));
    let some = backtest(&slo, &policy, &gone, &incidents, TimeDelta::zero()).unwrap();
    check(&ja(&BacktestDocument::new([BacktestSection::new(&some)])));
    incidents.push(Incident::labelled(Interval::starting(start(), TimeDelta::hours(5)).unwrap(), "labelled"));
    let both = backtest(&slo, &policy, &gone, &incidents, TimeDelta::zero()).unwrap();
    check(&ja(&BacktestDocument::new([BacktestSection::new(&both)])));
}

#[test]
fn an_incident_that_is_listed_twice_is_named() {
    let text = table(140);
    assert!(text.contains("1 incident repeats another one and does not count: 2026-03-03 02:00"), "{text}");
}

#[test]
fn a_comparison_says_in_what_each_policy_is_worse() {
    let text = table(140);
    assert!(text.contains("this policy is worse in: alerts in vain, pages\n"), "{text}");
    let worse = "the other is worse in: incidents missed, time to the first alert\n";
    assert!(text.contains(worse), "{text}");
}

#[test]
fn no_line_of_a_backtest_is_too_wide_and_no_word_is_broken() {
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<BTreeSet<_>>();
    let whole = words(&table(400));
    for width in [60, 66, 72, 80, 100, 140, 200] {
        let text = table(width);
        assert!(text.lines().all(|line| line.width() <= width.into()), "{width}:\n{text}");
        let broken: Vec<_> = words(&text).difference(&whole).cloned().collect();
        assert!(broken.is_empty(), "{width}: {broken:?}\n{text}");
    }
}

/// What a history of so many minutes says, that is bad in some of them.
fn of(minutes: i64, bad: impl Fn(i64) -> u64, incidents: &[(i64, i64)]) -> String {
    of_in(Language::En, minutes, bad, incidents)
}

fn of_in(language: Language, minutes: i64, bad: impl Fn(i64) -> u64, incidents: &[(i64, i64)]) -> String {
    let slo = Slo::availability("checkout", Objective::percent("99.9").unwrap(), Window::rolling_days(30));
    let counts = counts(minutes, |_| 1000, |minute| Some(bad(minute)));
    let incident = |(from, length): &(i64, i64)| {
        let start = start() + TimeDelta::minutes(*from);
        Incident::labelled(Interval::starting(start, TimeDelta::minutes(*length)).unwrap(), "labelled")
    };
    let incidents: Vec<_> = incidents.iter().map(incident).collect();
    let policy = AlertPolicy::sre_workbook(&slo).unwrap();
    let found = backtest(&slo, &policy, &counts, &incidents, TimeDelta::zero()).unwrap();
    let document = BacktestDocument::new([BacktestSection::new(&found)]);
    backtest_table(&document, &TableOptions { width: 140, language, ..TableOptions::default() })
}

#[test]
fn the_headline_hides_neither_what_fired_in_vain_nor_what_always_fires() {
    // An incident from which the service never recovers, and bursts while the alert for it goes on.
    let burst = |minute: i64| if minute % 720 == 700 { 900 } else { 2 };
    let text = of(9 * 1440, |minute| if minute < 30 { 500 } else { burst(minute) }, &[(0, 30)]);
    let lines: Vec<_> = text.lines().skip(1).take(3).collect();
    assert_eq!(lines[0], "every incident was detected", "{text}");
    let (in_vain, all) = lines[1].split_once(" of ").unwrap();
    assert!(in_vain.parse::<u32>().unwrap() > 10 && all.ends_with(" alerts fired in vain"), "{text}");
    assert!(
        lines[2].starts_with("an alert was firing >99.9 %") && lines[2].contains("outside incidents"),
        "{text}"
    );
    assert!(text.contains(&format!("In vain           {in_vain}  ")), "{text}");
    let well = of(9 * 1440, |minute| if minute < 30 { 500 } else { 0 }, &[(0, 30)]);
    assert_eq!(well.lines().nth(2), Some(""), "{well}");
}

#[test]
fn what_is_bad_is_rounded_up_and_what_is_good_down() {
    // Four bursts in nine days, each of 5 * 601 of a budget of 43,200: 6.956 % of it, and 1.391 % a minute.
    let bad = |minute: i64| if minute < 4 * 2880 && minute % 2880 < 5 { 601 } else { 0 };
    let text = of(9 * 1440, bad, &[(0, 5), (2880, 5), (5000, 5)]);
    assert!(text.contains("Pages a week      3.12  (calls; 4 in 9d)"), "28/9: {text}");
    assert!(text.contains("5m   7.0 %  page-fast       1m  1.4 %"), "{text}");
    // Both times; the third incident touched nothing.
    assert!(text.contains("Mean budget gone  1.4 %"), "{text}");
    // 53.846 %.
    assert!(text.contains("Precision         53.8 %  (7 of 13 alerts"), "{text}");
}

#[test]
fn a_stretch_found_in_the_data_need_not_exhaust_the_budget() {
    let slo = Slo::availability("checkout", Objective::percent("99.9").unwrap(), Window::rolling_days(30));
    let counts = counts(1440, |_| 1000, |minute| Some(if minute < 5 { 601 } else { 0 }));
    let found = find_incidents(&slo, &counts, "0.02".parse().unwrap(), TimeDelta::minutes(5));
    let policy = AlertPolicy::sre_workbook(&slo).unwrap();
    let found = backtest(&slo, &policy, &counts, &found, TimeDelta::zero()).unwrap();
    let document = BacktestDocument::new([BacktestSection::new(&found)]);
    let text = backtest_table(&document, &TableOptions { width: 140, ..TableOptions::default() });
    let told =
        "1 found in the data itself: stretches that spend a significant part of the budget (--significant)";
    assert!(text.contains(told) && text.contains("5m   7.0 %"), "{text}");
}

/// A condition that finds no room beside the figures has a line to itself.
#[test]
fn the_condition_of_an_alert_is_on_one_line_at_every_width() {
    let conditions = ["1h and 5m >= 14.4", "6h and 30m >= 6", "1d and 2h >= 3", "3d and 6h >= 1"];
    for width in [60, 72, 80, 100, 140] {
        let text = table(width);
        for condition in conditions {
            let told = format!("  burn rate over {condition}\n");
            assert_eq!(text.matches(&told).count(), 1, "{width}: {told}{text}");
        }
        assert_eq!(text.contains("\n  Alert        Condition\n"), width < 100, "{width}:\n{text}");
    }
}

#[test]
fn a_search_says_that_it_tries_no_tickets() {
    let is_told = |text: &str| text.contains("all candidates page");
    assert!(is_told(&table(140)));
    assert!(!is_told(&of(1440, |_| 5, &[(0, 5)])));
}

#[test]
fn a_missed_incident_says_which_alerts_were_frozen() {
    let slo = Slo::availability("checkout", Objective::percent("99.9").unwrap(), Window::rolling_days(30));
    let bad = |minute: i64| match minute {
        440..500 => None,
        500..515 => Some(900),
        _ => Some(0),
    };
    let counts = counts(1440, |_| 1000, bad);
    let (hours, minutes) = (TimeDelta::hours, TimeDelta::minutes);
    let fast = AlertRule::burn_rate("fast", Severity::Page, hours(1), minutes(5), "14.4".parse().unwrap());
    let policy = AlertPolicy::new().with_rule(&slo, fast).unwrap();
    let outage = Interval::starting(start() + minutes(500), minutes(15)).unwrap();
    let incidents = [Incident::labelled(outage, "labelled")];
    let found = backtest(&slo, &policy, &counts, &incidents, TimeDelta::zero()).unwrap();
    let document = BacktestDocument::new([BacktestSection::new(&found)]);
    let text = backtest_table(&document, &TableOptions { width: 140, ..TableOptions::default() });
    assert!(text.contains("MISSED (frozen for want of data: fast)"), "{text}");
    let value: Value = serde_json::from_str(&backtest_json(&document)).unwrap();
    assert_eq!(value["objectives"][0]["incidents"][0]["frozen"], serde_json::json!(["fast"]));
}

#[test]
fn an_incident_that_the_history_cuts_is_not_called_missed() {
    let ends = of(8 * 1440, |_| 0, &[(8 * 1440 - 30, 60)]);
    assert!(!ends.contains("MISSED"), "{ends}");
    let told = "1 of 1 incidents cut by an edge of the history, and not detected within it";
    assert_eq!(ends.lines().nth(1), Some(told), "{ends}");
    assert!(ends.contains("cut by the end of the history: undecided"), "{ends}");
    assert!(ends.contains("Recall            -  (0 of 0 incidents;"), "{ends}");
    let starts = of(8 * 1440, |_| 0, &[(-30, 60)]);
    assert!(starts.contains("cut by the start of the history: undecided"), "{starts}");
}

#[test]
fn a_detected_incident_that_the_history_cuts_says_so() {
    let bad = |minute: i64| if !(30..8 * 1440 - 30).contains(&minute) { 500 } else { 0 };
    let text = of(8 * 1440, bad, &[(-30, 60), (8 * 1440 - 30, 30)]);
    for edge in ["start", "end"] {
        assert!(text.contains(&format!("page-fast, cut by the {edge} of the history")), "{text}");
    }
    let early = "of the 2 detected, but for those that began before the history)";
    assert!(text.contains(early) && text.contains("every figure rests on what the history holds"), "{text}");
    assert!(text.contains("Mean detection    2m  ") && text.contains("  31m  1.2 %   31m  "), "{text}");
    let whole = of(8 * 1440, |minute| if minute < 30 { 500 } else { 0 }, &[(0, 30)]);
    assert!(whole.contains("of the 1 detected)") && !whole.contains("the history holds"), "{whole}");
}

#[test]
fn a_weekly_figure_needs_a_week() {
    let bad = |minute: i64| if minute < 30 { 500 } else { 0 };
    let short = of(7 * 1440 - 1, bad, &[(0, 30)]);
    assert!(short.contains("Pages             1 in 6d23h59m  ") && !short.contains("a week "), "{short}");
    let whole = of(7 * 1440, bad, &[(0, 30)]);
    assert!(whole.contains("Pages a week      1  (calls; 1 in 7d)"), "{whole}");
}

#[test]
fn an_objective_that_no_incident_touched_was_not_tested_and_says_so() {
    let text = of(8 * 1440, |_| 1, &[(100, 10), (300, 10)]);
    assert_eq!(text.lines().nth(1), Some("no incident touched this objective: nothing to detect"), "{text}");
    assert!(
        text.contains("2 incidents left this objective untouched and do not count: 2026-03-01"),
        "{text}"
    );
}

#[test]
fn a_name_from_outside_cannot_steer_the_terminal() {
    let why = Reason::new("refused", "no \u{1b}[2J data");
    let document = BacktestDocument::default().with_untested("a\u{1b}[31m", why);
    let text = backtest_table(&document, &TableOptions { style: Style::Plain, ..TableOptions::default() });
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text}");
    assert!(text.contains("a\\u{1b}[31m") && text.contains("no \\u{1b}[2J data"), "{text}");
}

#[test]
fn the_json_form_of_a_backtest_stays_as_it_is() {
    assert_golden("backtest.json", &backtest_json(&document()));
}

#[test]
fn every_field_of_a_backtest_stands_in_the_readme() {
    fn gather(value: &Value, names: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(name, value)| {
                names.insert(name.clone());
                gather(value, names);
            }),
            Value::Array(items) => items.iter().for_each(|item| gather(item, names)),
            _ => {}
        }
    }
    let mut names = BTreeSet::new();
    gather(&serde_json::from_str(&backtest_json(&document())).unwrap(), &mut names);
    let readme = include_str!("../../README.md").split_once("## The JSON form of a backtest").unwrap().1;
    // What the kinds are made of stands once, before both forms.
    names.retain(|name| !["text", "seconds", "exact", "value", "code", "message"].contains(&name.as_str()));
    let missing: Vec<_> = names.iter().filter(|name| !readme.contains(&format!("`{name}`"))).collect();
    assert!(names.len() > 40 && missing.is_empty(), "{missing:?}");
}

/// A number of seconds or a float alone would be a second way to say the same.
#[test]
fn lengths_and_numbers_have_the_shapes_of_the_report() {
    fn check(name: &str, value: &Value) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(name, value)| check(name, value)),
            Value::Array(items) => items.iter().for_each(|item| check(name, item)),
            Value::Number(number) => {
                assert!(number.is_u64() || ["seconds", "value"].contains(&name), "{name}: {number}");
                assert!(!name.ends_with("_seconds"), "{name}");
            }
            _ => {}
        }
    }
    let value: Value = serde_json::from_str(&backtest_json(&document())).unwrap();
    check("", &value);
    let score = &value["objectives"][0]["score"];
    assert_eq!(score["mean_detection"]["seconds"].as_f64().map(|seconds| seconds > 60.0), Some(true));
    let outcomes: Vec<_> =
        (0..5).map(|place| &value["objectives"][0]["incidents"][place]["outcome"]).collect();
    assert_eq!(outcomes, ["detected", "already_firing", "missed", "detected", "cut"]);
    assert_eq!(value["objectives"][0]["incidents"][4]["cut"], "end");
}
