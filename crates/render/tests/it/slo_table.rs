//! The terminal table: at every width, in every language, with and without colours.

use crate::example::{self, Case};
use crate::golden::assert_golden;
use chrono::TimeDelta;
use toban_calendar::{Period, Zone};
use toban_core::{Interval, Ratio, Share};
use toban_render::slo::{About, CompositeSection, Document, Section, TableOptions, html, json, table};
use toban_render::{Language, Style};
use toban_slo::{
    Absence, AlertPolicy, AlertRule, Composite, Correction, Counts, Member, Objective, Severity, Sla, Slo,
    Tally, Treatment, Window,
};
use unicode_width::UnicodeWidthStr;

fn everything(options: &TableOptions) -> String {
    table(&example::document(), options)
}

fn widest(text: &str) -> usize {
    text.lines().map(UnicodeWidthStr::width).max().unwrap_or(0)
}

fn of_width(width: u16) -> TableOptions {
    TableOptions { width, ..TableOptions::default() }
}

#[test]
fn the_table_reads_well_at_80_columns() {
    assert_golden("report-80.txt", &everything(&of_width(80)));
}

#[test]
fn the_table_reads_well_at_140_columns() {
    assert_golden("report-140.txt", &everything(&of_width(140)));
}

#[test]
fn the_table_reads_well_in_japanese() {
    assert_golden("report-80.ja.txt", &everything(&TableOptions { language: Language::Ja, ..of_width(80) }));
}

#[test]
fn no_line_is_wider_than_asked_for_in_any_language() {
    for width in [60, 72, 80, 100, 140, 200] {
        for language in [Language::En, Language::Ja] {
            let text = everything(&TableOptions { language, ..of_width(width) });
            assert!(widest(&text) <= width.into(), "{width} {language:?}:\n{text}");
        }
    }
}

/// Two windows and a contract, two of them also without corrections: what is compared stands side by side.
#[test]
fn all_windows_of_an_objective_stand_in_one_table() {
    for width in [80, 140] {
        let text = everything(&of_width(width));
        let checkout = text.split("────").find(|part| part.contains("SLA terms")).unwrap();
        assert_eq!(checkout.matches("Allowed bad").count(), 1, "{checkout}");
        assert_eq!(checkout.matches("database").count(), 1, "{checkout}");
    }
}

#[test]
fn no_line_ends_in_blanks() {
    for line in everything(&of_width(80)).lines() {
        assert_eq!(line, line.trim_end());
    }
}

#[test]
fn colours_add_nothing_to_the_words() {
    let coloured = everything(&TableOptions { style: Style::Ansi, ..of_width(80) });
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    plain.push_str(rest);
    assert_ne!(coloured, plain);
    assert_eq!(plain, everything(&of_width(80)));
}

#[test]
fn no_colour_reaches_over_the_end_of_a_line() {
    for line in everything(&TableOptions { style: Style::Ansi, ..of_width(60) }).lines() {
        let last = line.rsplit_once("\u{1b}[").map(|(_, after)| after.split_once('m').unwrap().0);
        assert!(last.is_none_or(|code| code == "0"), "{line:?}");
    }
}

#[test]
fn a_line_from_outside_cannot_steer_the_terminal() {
    let text = everything(&of_width(80));
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text}");
    assert!(text.contains("\\u{1b}[31m/ <script>"), "{text}");
}

#[test]
fn a_name_longer_than_the_line_is_broken_not_lost() {
    let checkout = example::checkout();
    let name = "x".repeat(300);
    let document = Document::new([
        Section::new(&checkout.slo, &checkout.report).with_about(About::new().with_title(&name))
    ]);
    let text = table(&document, &of_width(80));
    assert!(widest(&text) <= 80);
    let unnamed =
        Document::new(
            [Section::new(&checkout.slo, &checkout.report).with_about(About::new().with_title(""))],
        );
    let elsewhere = table(&unnamed, &of_width(80)).matches('x').count();
    assert_eq!(text.matches('x').count(), 300 + elsewhere);
}

#[test]
fn an_objective_without_requests_has_no_traffic_and_one_without_a_record_no_data() {
    let slo = Slo::availability("quiet", Objective::percent("99").unwrap(), Window::rolling_days(1));
    let minutes = example::counts(1440, |_| 0, |_| Some(0));
    let sli = |counts: &Counts| {
        let at = example::start() + TimeDelta::days(1);
        let case = Case::new(slo.clone(), &AlertPolicy::new(), counts, at);
        let document = Document::new([Section::new(&case.slo, &case.report)]);
        let text = table(&document, &of_width(80));
        let row = text.lines().find_map(|line| line.trim().strip_prefix("SLI ")).unwrap();
        (row.trim().to_owned(), html(&document, Language::En))
    };
    let (told, page) = sli(&minutes);
    assert!(
        told == "no traffic" && page.contains("no traffic") && !page.contains("no data"),
        "{told}: {page}"
    );
    let (told, page) = sli(&Counts::per_minute(example::start()));
    assert!(told == "no data" && !page.contains("no traffic"), "{told}: {page}");
}

/// Twelve days of a month that went wrong from its first day on: whatever comes, more is bad than the month allows.
#[test]
fn a_budget_that_is_gone_is_said_to_be_gone_and_not_to_last_no_time() {
    let month = Window::calendar(Period::month(), Zone::UTC);
    let slo = Slo::availability("broken", Objective::percent("99").unwrap(), month);
    let at = example::start() + TimeDelta::days(12);
    let forecast = |bad: &dyn Fn(i64) -> u64| {
        let minutes = example::counts(12 * 1440, |_| 100, |minute| Some(bad(minute)));
        let case = Case::new(slo.clone(), &AlertPolicy::new(), &minutes, at);
        let document = Document::new([Section::new(&case.slo, &case.report)]);
        let text = table(&document, &of_width(140));
        let row = text.lines().find(|line| line.contains("12 recorded seasons")).unwrap();
        let cells: Vec<_> = row.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
        (cells.join(" | "), html(&document, Language::En), json(&document))
    };
    let (row, page, wire) = forecast(&|_| 700);
    assert_eq!(row, "12 recorded seasons | gone already | gone already | 100 % within 19d");
    assert!(page.contains("gone already") && !page.contains("undecided") && !page.contains(">0s"), "{page}");
    let wire: serde_json::Value = serde_json::from_str(&wire).unwrap();
    let projection = &wire["objectives"][0]["forecast"]["projection"];
    for end in ["earliest", "median", "latest"] {
        assert_eq!(projection[end]["text"], "gone already");
        assert_eq!(projection[end]["seconds"], 0.0);
    }
    // Spent by the traffic so far, and no future drawn says that the month will not make up for it: not gone.
    let (row, page, _) = forecast(&|minute| if minute < 3 * 1440 { 30 } else { 5 });
    assert!(!row.contains("gone already") && !page.contains("undecided"), "{row}");
}

/// One line, and only where days of the same weekday would be drawn if there were more of them.
#[test]
fn a_record_of_less_than_four_weeks_says_that_weekdays_are_drawn_alike() {
    let note = |days: i64, language| {
        let slo = Slo::availability("young", Objective::percent("99").unwrap(), Window::rolling_days(7));
        let minutes = example::counts(days * 1440, |_| 100, |_| Some(0));
        let case = Case::new(slo, &AlertPolicy::new(), &minutes, example::start() + TimeDelta::days(days));
        let document = Document::new([Section::new(&case.slo, &case.report)]);
        let text = table(&document, &TableOptions { language, ..of_width(140) });
        let said = ["fewer than 4 weeks were seen", "4 週間に満たない"];
        text.lines().filter(|line| said.iter().any(|said| line.contains(said))).count()
    };
    for language in [Language::En, Language::Ja] {
        let found: Vec<_> = [6, 7, 27, 28].into_iter().map(|days| note(days, language)).collect();
        assert_eq!(found, [0, 1, 1, 0]);
    }
}

/// What a document of one objective says under the heading of forecasts, and as a page, and as JSON.
fn forecast_of(slo: &Slo, minutes: i64, bad: &dyn Fn(i64) -> u64, language: Language) -> [String; 3] {
    let counts = example::counts(minutes, |_| 1000, |minute| Some(bad(minute)));
    let case = Case::new(slo.clone(), &AlertPolicy::new(), &counts, counts.end());
    let document = Document::new([Section::new(&case.slo, &case.report).with_history(&case.history)]);
    let text = table(&document, &TableOptions { language, ..of_width(100) });
    let heading = format!("\n{}\n", if language == Language::En { "Forecast" } else { "予測" });
    let forecast = text.split_once(&heading).unwrap_or_else(|| panic!("{text}")).1;
    let forecast = forecast.split("\n\n").next().unwrap();
    let lines: Vec<_> = forecast
        .lines()
        .map(|line| {
            line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join(" | ")
        })
        .collect();
    [lines.join("\n"), html(&document, language), json(&document)]
}

/// Two hours of the third day spend more than seven days allow; of each other minute a fifth of what it allows is bad.
#[test]
fn a_budget_that_is_gone_says_when_something_of_it_is_left_again() {
    let slo = Slo::availability("shop", Objective::percent("99").unwrap(), Window::rolling_days(7));
    let outage = |minute| if (2880..3000).contains(&minute) { 900 } else { 2 };
    let [text, page, wire] = forecast_of(&slo, 7 * 1440, &outage, Language::En);
    // 127,920 bad of 100,800 that may be; each minute of the outage that leaves takes 898 or 900 of them along.
    let rows = "Basis | Left again in\nburn 0.20, last 1d | 2d31m\nnothing bad from now on | 2d24m";
    assert_eq!(text, rows);
    assert!(page.contains("left again in 2d31m, at the pace of the last 1d"), "{page}");
    let wire: serde_json::Value = serde_json::from_str(&wire).unwrap();
    let recovery = &wire["objectives"][0]["forecast"]["recovery"];
    let times = ["left_in", "left_at_best"].map(|name| &recovery[name]["text"]);
    assert_eq!(times, ["2d31m", "2d24m"]);
    assert!(recovery["new_period_in"].is_null());
    let [text, page, _] = forecast_of(&slo, 7 * 1440, &|_| 20, Language::Ja);
    assert_eq!(text.lines().next(), Some("根拠 | 残りが戻るまで"));
    assert_eq!(text.lines().nth(1), Some("直近 1d のバーンレート 2.00 | このペースでは戻らない"));
    assert!(page.contains("直近 1d のペースでは戻らない"), "{page}");
}

#[test]
fn a_budget_of_the_calendar_that_is_gone_says_when_there_is_a_new_one() {
    let march = Window::calendar(Period::month(), Zone::UTC);
    let slo = Slo::availability("shop", Objective::percent("99").unwrap(), march);
    let note = "-  Of the budget of the whole window, at the mean traffic so far.".replace("  ", " | ");
    let [text, page, wire] = forecast_of(&slo, 2 * 1440, &|_| 700, Language::En);
    assert_eq!(text, format!("Basis | Left again in\nthe next period | 29d\n{note}"));
    assert!(page.contains("left again in 29d, with the next period"), "{page}");
    let wire: serde_json::Value = serde_json::from_str(&wire).unwrap();
    let recovery = &wire["objectives"][0]["forecast"]["recovery"];
    assert_eq!(recovery["new_period_in"]["text"], "29d");
    // 28 days, 7 hours and 20 minutes: what is hoped for is not promised too early.
    let [text, page, _] = forecast_of(&slo, 2 * 1440 + 1000, &|_| 700, Language::En);
    assert_eq!(text.lines().nth(1), Some("the next period | 28d8h"));
    assert!(page.contains("left again in 28d8h, with the next period"), "{page}");
    // Futures can be drawn: they say what the traffic so far does not.
    let [text, ..] = forecast_of(&slo, 12 * 1440, &|_| 700, Language::En);
    assert!(text.contains("12 recorded seasons | gone already"), "{text}");
    assert!(
        text.contains("By the traffic so far all of it is spent. The next period begins in 19d."),
        "{text}"
    );
    let [text, ..] = forecast_of(&slo, 2 * 1440, &|_| 700, Language::Ja);
    assert!(text.contains("次の期間 | 29d"), "{text}");
}

#[test]
fn a_period_that_is_over_has_no_rest_to_forecast() {
    let march = Window::calendar(Period::month(), Zone::UTC);
    let slo = Slo::availability("shop", Objective::percent("99").unwrap(), march);
    for permille in [0, 5, 700] {
        let [text, page, _] = forecast_of(&slo, 31 * 1440, &|_| permille, Language::En);
        assert_eq!(text, "- | The period ends here; the next one has a budget of its own.");
        assert!(page.contains("period over") && !page.contains("&gt; 0s"), "{page}");
        let [text, page, _] = forecast_of(&slo, 31 * 1440, &|_| permille, Language::Ja);
        assert_eq!(text, "- | 期間はここで終わり、次の期間には新しいバジェットがあります。");
        assert!(page.contains("期間終了"), "{page}");
    }
    // Of a step that does not end with the period, no later one of it is left either.
    let day = Window::calendar(Period::day(), Zone::parse("Asia/Kolkata").unwrap());
    let slo = Slo::availability("shop", Objective::percent("99").unwrap(), day);
    let mut counts = Counts::new(example::start(), TimeDelta::hours(1)).unwrap();
    for hour in 0..18 {
        counts.add(example::start() + TimeDelta::hours(hour), Tally::from_bad(1, 1000).unwrap()).unwrap();
    }
    let case = Case::new(slo, &AlertPolicy::new(), &counts, counts.end() + TimeDelta::minutes(30));
    let document = Document::new([Section::new(&case.slo, &case.report)]);
    let text = table(&document, &of_width(100));
    assert!(text.contains("period over           period over") && !text.contains("> 0s"), "{text}");
    let slo = Slo::availability("shop", Objective::percent("99").unwrap(), march);
    let [text, ..] = forecast_of(&slo, 31 * 1440 - 60, &|_| 0, Language::En);
    assert!(text.contains("> 1h"), "{text}");
}

#[test]
fn a_pace_says_how_much_of_the_last_while_was_seen() {
    let slo = Slo::availability("shop", Objective::percent("99").unwrap(), Window::rolling_days(30));
    let told = |minutes, language| {
        let [text, page, _] = forecast_of(&slo, minutes, &|_| 5, language);
        (text.lines().nth(1).unwrap().split(" | ").next().unwrap().to_owned(), page)
    };
    let (text, page) = told(480, Language::En);
    assert_eq!(text, "burn 0.50, last 1d (8h seen)");
    assert!(page.contains("at the pace of the last 1d (8h seen)"), "{page}");
    assert_eq!(told(480, Language::Ja).0, "直近 1d (観測 8h) のバーンレート 0.50");
    let [text, ..] = forecast_of(&slo, 480, &|_| 5, Language::Ja);
    assert!(text.contains("必要な 7 周期のうち 0 周期のみ観測 | 判断不能"), "{text}");
    assert_eq!(told(1440, Language::En).0, "burn 0.50, last 1d");
}

#[test]
fn the_chart_of_a_young_window_says_that_it_is_of_what_was_seen_so_far() {
    let slo = Slo::availability("shop", Objective::percent("99").unwrap(), Window::rolling_days(2));
    let chart = |days: i64, language| {
        let [_, page, _] = forecast_of(&slo, days * 1440, &|_| 5, language);
        page.split_once("class=\"name\">").unwrap().1.split_once('<').unwrap().0.to_owned()
    };
    assert_eq!(chart(1, Language::En), "Error budget left so far · 2d");
    assert_eq!(chart(1, Language::Ja), "エラーバジェットの残り（現時点） · 2d");
    assert_eq!(chart(2, Language::En), "Error budget left · 2d");
}

/// The row of that label in a text.
fn row<'t>(text: &'t str, label: &str) -> &'t str {
    text.lines()
        .find_map(|line| line.trim().strip_prefix(label))
        .unwrap_or_else(|| panic!("{label}: {text}"))
        .trim()
}

/// A day of a window of thirty: twice what was allowed so far is a fifteenth of the whole.
#[test]
fn summary_and_section_judge_a_young_record_by_the_whole_window() {
    let young = |name: &str, permille: u64| {
        let slo = Slo::availability(name, Objective::percent("99").unwrap(), Window::rolling_days(30));
        let counts = example::counts(1440, |_| 1000, |_| Some(permille));
        Case::new(slo, &AlertPolicy::new(), &counts, example::start() + TimeDelta::days(1))
    };
    for (permille, state, status) in [
        (5, "within budget", "50.0 % of the budget left for 1d of data · 1.7 % spent for the whole 30d"),
        (20, "overspent so far", "overspent by 100 % for 1d of data · 6.7 % spent for the whole 30d"),
        (400, "OVERSPENT", "BUDGET OVERSPENT by 33.4 % for the whole 30d · by 3,900.0 % for 1d of data"),
        (300, "BUDGET SPENT", "overspent by 2,900.0 % for 1d of data · 100 % spent for the whole 30d"),
    ] {
        let (one, other) = (young("one", permille), young("other", 0));
        let sections = [&one, &other].map(|case| Section::new(&case.slo, &case.report));
        let text = table(&Document::new(sections), &of_width(100));
        let (summary, sections) = text.split_once("────").unwrap();
        let summary = row(summary, "one ");
        assert!(summary.ends_with(state), "{summary}");
        assert_eq!(row(sections, "State"), state, "{text}");
        assert!(sections.contains(status), "{text}");
        for label in ["Spent so far", "Spent of whole"] {
            assert!(summary.contains(row(sections, label)), "{label}: {text}");
        }
    }
}

/// A day of thirty, with six hours corrected: what is the same without corrections is judged in the same way.
#[test]
fn what_stands_without_corrections_is_judged_by_its_whole_window_too() {
    let thirty = Window::rolling_days(30);
    let quiet = Interval::starting(example::start(), TimeDelta::hours(6)).unwrap();
    let slo = Slo::availability("young", Objective::percent("99").unwrap(), thirty)
        .with_sla(Sla::new(Objective::percent("98").unwrap(), thirty, ""))
        .with_correction(Correction::new(quiet, Treatment::DropEvents, "moving house"));
    let counts = example::counts(1440, |_| 1000, |_| Some(400));
    let case = Case::new(slo, &AlertPolicy::new(), &counts, counts.end());
    let document = Document::new([Section::new(&case.slo, &case.report)]);
    let text = table(&document, &of_width(140));
    let cells =
        |label| row(&text, label).split("  ").map(str::trim).filter(|it| !it.is_empty()).collect::<Vec<_>>();
    assert_eq!(cells("Spent of whole"), ["133.4 %", "133.4 %", "66.7 %", "66.7 %"], "{text}");
    let states = ["OVERSPENT", "OVERSPENT", "overspent so far", "overspent so far"];
    assert_eq!(cells("State"), states, "{text}");
    let wire: serde_json::Value = serde_json::from_str(&json(&document)).unwrap();
    let found = &wire["objectives"][0];
    for (raw, spent) in [(&found["windows"][0]["uncorrected"], "4/3"), (&found["sla"]["uncorrected"], "2/3")]
    {
        assert_eq!(
            (&raw["whole"]["slots"], &raw["whole"]["spent"]["exact"]),
            (&43_200.into(), &spent.into())
        );
    }
}

/// A day of thirty: the contract is broken by what was seen so far, and keeps within what the thirty days allow.
#[test]
fn a_contract_is_judged_by_its_whole_window_too() {
    let thirty = Window::rolling_days(30);
    let slo = Slo::availability("young", Objective::percent("99").unwrap(), thirty).with_sla(Sla::new(
        Objective::percent("98").unwrap(),
        thirty,
        "",
    ));
    let counts = example::counts(1440, |_| 1000, |_| Some(30));
    let case = Case::new(slo, &AlertPolicy::new(), &counts, counts.end());
    let document = Document::new([Section::new(&case.slo, &case.report)]);
    let text = table(&document, &of_width(100));
    assert_eq!(row(&text, "Spent of whole"), "10.0 %             5.0 %", "{text}");
    assert_eq!(row(&text, "State"), "overspent so far  overspent so far", "{text}");
    let ja = table(&document, &TableOptions { language: Language::Ja, ..of_width(100) });
    assert_eq!(row(&ja, "期間全体の消費"), "10.0 %             5.0 %", "{ja}");
    let wire: serde_json::Value = serde_json::from_str(&json(&document)).unwrap();
    let whole = &wire["objectives"][0]["sla"]["whole"];
    assert_eq!((&whole["slots"], &whole["spent"]["exact"]), (&43_200.into(), &"1/20".into()));
}

/// Eight hours and four of them of a window of a day, and the same on the next day.
#[test]
fn a_composite_says_how_much_of_its_window_was_seen_and_what_is_true_so_far() {
    let told = |hours: [i64; 2], permille: u64, language| {
        let cases = hours.map(|hours| {
            let slo = Slo::availability("part", Objective::percent("99").unwrap(), Window::rolling_days(1));
            let counts = example::counts(hours * 60, |_| 1000, |_| Some(permille));
            Case::new(slo, &AlertPolicy::new(), &counts, counts.end())
        });
        let members = cases.iter().map(|case| Member::new(case.slo.clone(), Ratio::ONE, Absence::Ignore));
        let objective = Objective::percent("99").unwrap();
        let composite =
            Composite::new("both", objective, Window::rolling_days(1), members.collect()).unwrap();
        let composite = composite.with_min_coverage(Share::of(1, 3).unwrap());
        let at = cases.iter().map(|case| case.counts.end()).max().unwrap();
        let report = composite.evaluate(&[&cases[0].counts, &cases[1].counts], at);
        let document = Document::new([]).with_composite(CompositeSection::new(&composite, &report));
        let wire: serde_json::Value = serde_json::from_str(&json(&document)).unwrap();
        let text = table(&document, &TableOptions { language, ..of_width(100) });
        let status = text.lines().skip_while(|line| !line.starts_with("both")).nth(1).unwrap().to_owned();
        let covers = row(&text, language_of(language, "Data covers", "データの範囲")).to_owned();
        let state = row(&text, language_of(language, "State", "状態")).to_owned();
        let is_partial = wire["composites"][0]["is_partial"].as_bool().unwrap();
        (status, covers, state, is_partial, html(&document, language))
    };
    let (status, covers, state, is_partial, page) = told([8, 4], 5, Language::En);
    assert_eq!(status, "50.0 % of the budget left so far");
    assert_eq!(
        (covers.as_str(), state.as_str(), is_partial),
        ("4h of 1d to 8h of 1d", "within budget", true)
    );
    assert!(page.contains("0.5 % of 1 % so far"), "{page}");
    let (status, covers, state, ..) = told([8, 8], 20, Language::En);
    assert_eq!((status.as_str(), covers.as_str()), ("overspent so far by 100 %", "8h of 1d"));
    assert_eq!(state, "overspent so far");
    let (status, covers, state, ..) = told([8, 8], 20, Language::Ja);
    assert_eq!((status.as_str(), covers.as_str()), ("現時点で 100 % 超過", "1d のうち 8h"));
    assert_eq!(state, "現時点で超過");
    let (status, covers, state, is_partial, _) = told([24, 24], 20, Language::En);
    assert_eq!((status.as_str(), covers.as_str()), ("BUDGET OVERSPENT by 100 %", "all 1d"));
    assert_eq!((state.as_str(), is_partial), ("OVERSPENT", false));
}

fn language_of(language: Language, en: &'static str, ja: &'static str) -> &'static str {
    if language == Language::En { en } else { ja }
}

#[test]
fn a_share_of_good_has_the_same_decimals_wherever_it_stands() {
    let text = everything(&of_width(140));
    // The composite with two decimals fewer in its target, in the summary, its budget and its burn rates.
    assert_eq!((text.matches("94.101 %").count(), text.matches("94.10 %").count()), (3, 0), "{text}");
    assert_eq!((text.matches("95.833 %").count(), text.matches("95.83 %").count()), (3, 0), "{text}");
}

#[test]
fn one_target_of_many_decimals_does_not_give_them_to_all() {
    let counts = example::counts(1440, |_| 1000, |minute| Some(u64::from(minute == 7)));
    let case = |target: &str| {
        let slo = Slo::availability(target, Objective::percent(target).unwrap(), Window::rolling_days(1));
        Case::new(slo, &AlertPolicy::new(), &counts, counts.end())
    };
    let (fine, usual, plain) = (case("99.9999999999"), case("99.9"), case("99"));
    let document = Document::new([&fine, &usual, &plain].map(|case| Section::new(&case.slo, &case.report)));
    let text = table(&document, &of_width(140));
    let row = |name: &str| text.lines().find(|line| line.starts_with(&format!("  {name} "))).unwrap();
    assert!(row("99.9").contains("  99.999 %") && row("99").contains("  99.999 %"), "{text}");
    assert!(row("99.9999999999").contains("  99.999930555555 %"), "{text}");
    assert_eq!(text.matches("99.999930555555 %").count(), 2, "in the summary and in its section:\n{text}");
}

/// One alert fires from the first hour on, another one once an hour.
#[test]
fn an_alert_that_still_fires_is_listed_however_many_fired_since() {
    let slo = Slo::availability("flapping", Objective::percent("99").unwrap(), Window::rolling_days(7));
    let rule = |name: &str, long: i64, short: i64, factor: u128| {
        let (long, short) = (TimeDelta::minutes(long), TimeDelta::minutes(short));
        AlertRule::burn_rate(name, Severity::Page, long, short, Ratio::whole(factor))
    };
    let policy = AlertPolicy::new()
        .with_rule(&slo, rule("stuck", 720, 60, 1))
        .and_then(|policy| policy.with_rule(&slo, rule("flap", 5, 1, 10)))
        .unwrap();
    let counts = example::counts(40 * 60, |_| 1000, |minute| Some(if minute % 60 < 10 { 500 } else { 0 }));
    let case = Case::new(slo, &policy, &counts, counts.end());
    let document = Document::new([Section::new(&case.slo, &case.report)]);
    let text = table(&document, &of_width(100));
    let listed = text.split_once("Fired and resolved").unwrap().1;
    assert_eq!(listed.matches("still firing").count(), 1, "{listed}");
    assert!(listed.contains("stuck") && listed.matches("flap").count() == 20, "{listed}");
    assert!(listed.contains("20 of 41 firings, earlier and resolved, are left out"), "{listed}");
    assert!(html(&document, Language::Ja).contains("発報 41 件のうち、解消済みの古い 20 件は省略しました"));
}

#[test]
fn an_empty_document_is_still_a_report() {
    assert_eq!(table(&Document::default(), &of_width(80)), "SLO report as of - UTC\n");
}

/// Data by the hour never knows a window of five minutes: that is no want of data.
#[test]
fn a_rule_that_the_data_cannot_resolve_is_not_frozen_for_want_of_data() {
    let slo = Slo::availability("hourly", Objective::percent("99.9").unwrap(), Window::rolling_days(30));
    let policy = AlertPolicy::sre_workbook(&slo).unwrap();
    let hour = TimeDelta::hours(1);
    let mut counts = Counts::new(example::start(), hour).unwrap();
    for place in 0..24 * 5 {
        counts.add(example::start() + hour * place, Tally::from_bad(0, 1000).unwrap()).unwrap();
    }
    let told = |at, language| {
        let case = Case::new(slo.clone(), &policy, &counts, at);
        let document = Document::new([Section::new(&case.slo, &case.report)]);
        table(&document, &TableOptions { language, ..of_width(140) })
    };
    let never = "cannot be evaluated on data in steps of 1h: page-fast (5m), page-slow (30m)";
    let english = told(counts.end(), Language::En);
    assert!(english.contains(never) && !english.contains("for want of data"), "{english}");
    let japanese = told(counts.end(), Language::Ja);
    assert!(japanese.contains("1h 刻みのデータでは判定不能: page-fast (5m), page-slow (30m)"), "{japanese}");
    // The others may want data all the same, and are told apart.
    let later = told(counts.end() + hour * 100, Language::En);
    assert!(
        later.contains(never) && later.contains("frozen for want of data: ticket-fast, ticket-slow"),
        "{later}"
    );
}

/// What is spent for a day of data and what is left of a month must not read as one contradicting the other.
#[test]
fn figures_of_a_young_record_say_which_budget_they_are_of_where_they_stand() {
    let slo = Slo::availability("young", Objective::percent("99").unwrap(), Window::rolling_days(30));
    let counts = example::counts(2 * 1440, |_| 1000, |_| Some(20));
    let case = Case::new(slo, &AlertPolicy::new(), &counts, counts.end());
    let document = Document::new([Section::new(&case.slo, &case.report)]);
    let text = table(&document, &of_width(80));
    for label in ["Allowed so far", "Left so far", "Spent so far", "Spent of whole", "Whole budget gone in"] {
        assert!(text.contains(label), "{label}: {text}");
    }
    assert!(text.contains("  -  So far: of what is allowed of the events in the data."), "{text}");
    let page = html(&document, Language::En);
    let tiles = page.split_once("tiles").unwrap().1.split_once("<h3>").unwrap().0;
    for text in
        ["Error budget left so far", "for 2d of data; 13.4 % spent for the whole 30d", "Whole budget gone in"]
    {
        assert!(tiles.contains(text), "{text}: {tiles}");
    }
    let text = table(&document, &TableOptions { language: Language::Ja, ..of_width(80) });
    for label in ["現時点の許容", "現時点の残り", "現時点の消費", "期間全体の消費", "期間全体の枯渇まで"]
    {
        assert!(text.contains(label), "{label}: {text}");
    }
    assert!(text.contains("データのある 2d 分では 100 % 超過 · 30d 全体では 13.4 % 消費"), "{text}");
    // Of a window that was seen from end to end nothing of this is said.
    let whole = Slo::availability("seen", Objective::percent("99").unwrap(), Window::rolling_days(2));
    let case = Case::new(whole, &AlertPolicy::new(), &counts, counts.end());
    let text = table(&Document::new([Section::new(&case.slo, &case.report)]), &of_width(80));
    assert!(!text.contains("o far") && !text.contains("hole"), "{text}");
}
