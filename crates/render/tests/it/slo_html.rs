//! The page: one file, well-formed, without a word from outside that is not escaped.

use crate::example::{self, Case, counts, start};
use chrono::TimeDelta;
use toban_core::{Interval, Ratio, Reason};
use toban_render::Language;
use toban_render::slo::{About, CompositeSection, Document, Section, Source, Unread, html};
use toban_slo::{
    Absence, AlertPolicy, AlertRule, Composite, Correction, Counts, Member, Objective, Severity, Sla, Slo,
    Tally, Treatment, Window,
};

fn everything(language: Language) -> String {
    html(&example::document(), language)
}

/// The names of all elements, each closed where it must be; `Err` says what is not well-formed.
fn elements(page: &str) -> Result<Vec<String>, String> {
    let mut rest = page.strip_prefix("<!DOCTYPE html>\n").ok_or("no doctype")?;
    let (mut open, mut names) = (Vec::new(), Vec::new());
    while let Some((text, after)) = rest.split_once('<') {
        if text.contains('>') && open.last() != Some(&"style") {
            return Err(format!("a bare > in {text:?}"));
        }
        let (tag, after) = after.split_once('>').ok_or("a tag without end")?;
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Err(format!("</{name}> closes nothing"));
            }
            continue;
        }
        let name = tag.split([' ', '/']).next().unwrap();
        if tag.matches('"').count() % 2 != 0 || tag.contains('<') {
            return Err(format!("quotes in {tag:?}"));
        }
        names.push(name.to_owned());
        if !tag.ends_with('/') {
            open.push(name);
        }
    }
    if open.is_empty() { Ok(names) } else { Err(format!("still open: {open:?}")) }
}

fn paths(page: &str) -> Vec<&str> {
    page.split(" d=\"").skip(1).map(|after| after.split_once('"').unwrap().0).collect()
}

#[test]
fn the_page_is_well_formed_in_both_languages() {
    for language in [Language::En, Language::Ja] {
        let names = elements(&everything(language)).unwrap();
        // Nine charts: a budget each, where there is data, and a burn rate for each of eight rules.
        assert_eq!(names.iter().filter(|name| *name == "figure").count(), 3 + 8);
    }
    assert!(elements("<!DOCTYPE html>\n<p><b></p></b>").is_err());
}

/// A row of fewer cells than there are columns would end in the middle of its table.
#[test]
fn every_row_reaches_over_its_table() {
    let page = everything(Language::En);
    let mut short = 0;
    for table in page.split("<table>").skip(1) {
        let (table, _) = table.split_once("</table>").unwrap();
        let columns = |row: &str| {
            let spans = row.split("colspan=\"").skip(1).map(|after| after.split_once('"').unwrap().0);
            let more: usize = spans.map(|span| span.parse::<usize>().unwrap() - 1).sum();
            short += usize::from(more > 0);
            row.matches("<td").count() + row.matches("<th ").count() + more
        };
        let rows: Vec<_> = table.split("<tr>").skip(1).map(columns).collect();
        assert!(rows.iter().all(|row| *row == rows[0]), "{rows:?} {table}");
    }
    assert!(short > 0);
}

#[test]
fn the_page_asks_for_nothing_from_anywhere_and_runs_nothing() {
    let page = everything(Language::En);
    for word in ["http", "url(", "@import", "src=", "href=", "<script", "<link", "onload"] {
        assert!(!page.contains(word), "{word}");
    }
}

#[test]
fn every_text_from_outside_is_escaped() {
    let evil = "</title><script>alert('1')</script>\" onmouseover=\"x";
    let interval = Interval::starting(start() + TimeDelta::minutes(5), TimeDelta::minutes(5)).unwrap();
    let slo = Slo::availability(evil, Objective::percent("99").unwrap(), Window::rolling_days(7))
        .with_correction(Correction::new(interval, Treatment::DropTime, evil).with_recorded(evil, start()))
        .with_sla(Sla::new(Objective::percent("99.5").unwrap(), Window::rolling_days(7), evil));
    let minutes = TimeDelta::minutes;
    let rule = AlertRule::burn_rate(evil, Severity::Page, minutes(10), minutes(2), Ratio::whole(2));
    let policy = AlertPolicy::new().with_rule(&slo, rule).unwrap();
    let case = Case::new(slo, &policy, &counts(120, |_| 10, |_| Some(500)), start() + TimeDelta::hours(2));
    let unread = Unread { line: 1, text: evil.into(), why: evil.into() };
    let about = About::new()
        .with_title(evil)
        .with_service(evil)
        .with_description(evil)
        .with_finding(Reason::new(evil, evil).with_evidence(evil, evil));
    let section = Section::new(&case.slo, &case.report)
        .with_history(&case.history)
        .with_about(about.clone())
        .with_indicator(evil)
        .with_source(evil);
    let member = Member::new(case.slo.clone(), Ratio::ONE, Absence::Bad);
    let composite =
        Composite::new(evil, case.slo.objective(), Window::rolling_days(7), vec![member]).unwrap();
    let found = composite.evaluate(&[&case.counts], case.report.at);
    let composite = CompositeSection::new(&composite, &found).with_about(about);
    let plain = html(&Document::new([Section::new(&case.slo, &case.report)]), Language::En);
    let document = Document::new([section])
        .with_composite(composite)
        .with_source(Source::new(evil, 1).with_unread(1, [unread]));
    for language in [Language::En, Language::Ja] {
        let page = html(&document, language);
        let names = elements(&page).unwrap();
        assert!(!names.iter().any(|name| name == "script"));
        assert!(!page.contains("<script") && !page.contains("\" onmouseover") && !page.contains("alert('"));
        assert!(page.matches("&lt;script&gt;").count() > plain.matches("&lt;script&gt;").count() + 10);
    }
}

#[test]
fn no_path_holds_what_is_no_number() {
    let page = everything(Language::En);
    assert!(paths(&page).len() >= 20);
    for path in paths(&page) {
        assert!(path.starts_with('M'), "{path}");
        assert!(path.chars().all(|c| c.is_ascii_digit() || "MLHVZ,.".contains(c)), "{path}");
    }
    assert!(!page.contains("NaN") && !page.contains("inf%") && !page.contains("\"inf"));
}

#[test]
fn no_tile_breaks_before_the_last_word_of_what_it_covers() {
    let page = everything(Language::En);
    assert!(page.contains("<div class=\"figure\"><span>29d21h of\u{a0}30d</span>"), "{page}");
}

/// An hour of failures, a gap of an hour in it, and nothing any more at the end.
#[test]
fn no_firing_is_shaded_where_nothing_was_seen() {
    let slo = Slo::availability("x", Objective::percent("99").unwrap(), Window::rolling_days(1));
    let minutes = TimeDelta::minutes;
    let rule = AlertRule::burn_rate("loud", Severity::Page, minutes(10), minutes(2), Ratio::whole(2));
    let policy = AlertPolicy::new().with_rule(&slo, rule).unwrap();
    let bad = |minute: i64| (!(120..180).contains(&minute)).then_some(u64::from(minute >= 60) * 500);
    let case = Case::new(slo, &policy, &counts(240, |_| 10, bad), start() + TimeDelta::hours(5));
    assert_eq!(case.report.alerts[0].episodes.len(), 1);
    let section = Section::new(&case.slo, &case.report).with_history(&case.history);
    let page = html(&Document::new([section]), Language::En);
    let charts = page.split("<figure").nth(2).unwrap();
    let stretches = |class: &str| {
        let of = |rect: &str, name: &str| {
            let (_, value) = rect.split_once(&format!("{name}=\"")).unwrap();
            value.split_once('%').unwrap().0.parse::<f64>().unwrap()
        };
        let rect = format!("<rect class=\"{class}\"");
        let rects = charts.split(&rect).skip(1);
        rects.map(|rect| (of(rect, " x"), of(rect, " x") + of(rect, " width"))).collect::<Vec<_>>()
    };
    assert_eq!(stretches("gap"), [(40.0, 60.0), (80.0, 100.0)]);
    let [(from, to), (60.0, 80.0)] = stretches("firing")[..] else { panic!("{:?}", stretches("firing")) };
    assert!((20.0..25.0).contains(&from) && (39.9..=40.0).contains(&to), "{from} to {to}");
    // That it fired all the time is marked at the top.
    let [(_, 100.0)] = stretches("fired")[..] else { panic!("{:?}", stretches("fired")) };
}

#[test]
fn a_noisy_month_by_the_minute_stays_below_a_megabyte() {
    let slo = Slo::availability("noisy", Objective::percent("99.9").unwrap(), Window::rolling_days(30));
    let policy = AlertPolicy::sre_workbook(&slo).unwrap();
    let noise = |minute: i64| minute.wrapping_mul(6_364_136_223_846_793_005).rotate_left(20).unsigned_abs();
    let counts = counts(43_200, |_| 1000, |minute| Some(noise(minute) % 40));
    let case = Case::new(slo, &policy, &counts, counts.end());
    let section = Section::new(&case.slo, &case.report).with_history(&case.history);
    let page = html(&Document::new([section]), Language::En);
    assert!(page.len() < 1_000_000, "{}", page.len());
}

#[test]
fn odd_records_make_a_page_too() {
    let whole = Slo::availability("whole", Objective::percent("100").unwrap(), Window::rolling_days(1));
    let half = Slo::availability("half", Objective::percent("50").unwrap(), Window::rolling_days(1));
    let no_alerts = AlertPolicy::new();
    let mut quiet = Counts::per_minute(start());
    quiet.add(start(), Tally::ZERO).unwrap();
    for (slo, counts) in [
        (&whole, counts(60, |_| 10, |_| Some(100))),
        (&half, counts(1, |_| 10, |_| Some(1000))),
        (&half, quiet),
        (&half, Counts::per_minute(start())),
    ] {
        let case = Case::new(slo.clone(), &no_alerts, &counts, start() + TimeDelta::days(90));
        let section = Section::new(&case.slo, &case.report).with_history(&case.history);
        let page = html(&Document::new([section]), Language::Ja);
        elements(&page).unwrap();
        assert!(!page.contains("NaN"), "{}", slo.name());
    }
    elements(&html(&Document::default(), Language::En)).unwrap();
}

/// One bad event of the first ten is many times what ten events allow; the month that follows is what one looks at.
#[test]
fn the_chart_of_a_budget_is_cut_where_a_moment_would_press_all_the_rest_into_a_line() {
    let chart = |days: i64, bad: &dyn Fn(i64) -> u64, language| {
        let month = Window::calendar(toban_calendar::Period::month(), toban_calendar::Zone::UTC);
        let slo = Slo::availability("month", Objective::percent("99").unwrap(), month);
        let counts = counts(days * 1440, |_| 10, |minute| Some(bad(minute)));
        let case = Case::new(slo, &AlertPolicy::new(), &counts, counts.end());
        let section = Section::new(&case.slo, &case.report).with_history(&case.history);
        let page = html(&Document::new([section]), language);
        let figure = page.split_once("<figure").unwrap().1.split_once("</figure>").unwrap().0;
        let labels = figure
            .split("class=\"value\"")
            .skip(1)
            .map(|text| text.split_once('>').unwrap().1.split_once('%').unwrap().0.parse::<f64>().unwrap());
        (labels.reduce(f64::min).unwrap(), figure.to_owned())
    };
    let first = |minute| if minute == 0 { 100 } else { 0 };
    let (lowest, figure) = chart(20, &first, Language::En);
    assert!((-100.0..0.0).contains(&lowest), "{lowest} {figure}");
    assert!(figure.contains("goes below, down to -900 %"), "{figure}");
    assert!(figure.contains("<rect class=\"below\" x=\"0%\""), "{figure}");
    let (_, japanese) = chart(20, &first, Language::Ja);
    assert!(japanese.contains("枠外、最低 -900 %"), "{japanese}");
    // What lasts, or is where it stands now, is drawn.
    let (lowest, figure) = chart(20, &|minute| if minute > 19 * 1440 { 1000 } else { 0 }, Language::En);
    assert!(lowest <= -300.0 && !figure.contains("goes below"), "{lowest} {figure}");
    let (lowest, figure) = chart(20, &|_| 100, Language::En);
    assert!(lowest <= -800.0 && !figure.contains("goes below"), "{lowest} {figure}");
    // And of what is not overspent by more than all of it, everything.
    let (_, figure) = chart(20, &|minute| if minute < 2880 { 10 } else { 0 }, Language::En);
    assert!(!figure.contains("below"), "{figure}");
}
