//! Backtests: as terminal tables and as JSON.

use super::terminal::{Page, TableOptions};
use super::wire::kinds::{RatioWire, instant};
use crate::table::{Cell, Grid, Side, Tone, coloured};
use crate::text::{grouped, moment, number, percent, span};
use chrono::TimeDelta;
use serde_json::{Value, json};
use toban_core::{Ratio, Share};
use toban_slo::backtest::{
    Backtest, Candidate, Detection, Difference, IncidentResult, IncidentSource, Score,
};
use toban_slo::{AlertRule, Condition};

/// What the field `schema` of a backtest says.
pub const BACKTEST_SCHEMA: &str = "toban.slo.backtest/1";

/// One objective's policy on recorded history.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BacktestSection<'a> {
    /// What was found.
    pub backtest: &'a Backtest,
    /// What a reader should know about the history.
    pub notes: Vec<String>,
    /// How another policy did on the same history.
    pub against: Option<(&'a Backtest, Difference)>,
    /// The policies that nothing beats, where a search was made.
    pub candidates: Vec<Candidate>,
}

impl<'a> BacktestSection<'a> {
    /// What was found, with nothing beside it yet.
    #[must_use]
    pub fn new(backtest: &'a Backtest) -> Self {
        Self { backtest, notes: Vec::new(), against: None, candidates: Vec::new() }
    }

    /// Adds something that a reader should know about the history.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Sets another policy beside it, tested on the same incidents.
    #[must_use]
    pub fn with_against(mut self, other: &'a Backtest, difference: Difference) -> Self {
        self.against = Some((other, difference));
        self
    }

    /// Adds what a search found.
    #[must_use]
    pub fn with_candidates(mut self, candidates: Vec<Candidate>) -> Self {
        self.candidates = candidates;
        self
    }
}

/// Backtests as lines of text for a terminal or a log, in English.
#[must_use]
pub fn backtest_table(sections: &[BacktestSection<'_>], options: &TableOptions) -> String {
    let mut page = Page::new(options.width);
    for section in sections {
        show(&mut page, section);
    }
    coloured(page.text(), options.style)
}

fn show(page: &mut Page, section: &BacktestSection<'_>) {
    let Backtest { slo, record, incidents, rules, score, .. } = section.backtest;
    page.line(Tone::Strong, &format!("Backtest of {slo}"));
    let missed = score.incidents - score.detected;
    match (score.incidents, missed) {
        (0, _) => page.line(Tone::Warning, "no incidents: nothing to detect"),
        (_, 0) => page.line(Tone::Good, "every incident was detected"),
        (all, missed) => page.line(Tone::Bad, &format!("{missed} of {all} incidents MISSED")),
    }
    let history =
        format!("{} to {} UTC, {}", moment(record.start()), moment(record.end()), span(record.length()));
    page.block(
        "",
        &Grid::of_facts([("History".to_owned(), history), ("Incidents".to_owned(), sources(incidents))]),
    );
    page.block(
        "",
        &Grid::of_notes(&section.notes.iter().map(|note| note.as_str().into()).collect::<Vec<_>>()),
    );
    page.block("Score", &Grid::of_facts(facts(score)));

    let mut grid = Grid::new([
        ("Incident (UTC)", Side::Left),
        ("Lasted", Side::Right),
        ("Budget", Side::Right),
        ("First alert", Side::Left),
        ("After", Side::Right),
        ("Budget gone", Side::Right),
        ("Page after", Side::Right),
        ("Over after", Side::Right),
    ]);
    // The worst ones say most; a list of hundreds says nothing.
    let mut shown: Vec<_> = incidents.iter().collect();
    shown.sort_by_key(|incident| (incident.first.is_some(), std::cmp::Reverse(incident.spent)));
    shown.truncate(MOST_INCIDENTS);
    shown.sort_by_key(|incident| incident.incident.interval.start());
    for incident in &shown {
        grid.row(incident_row(incident));
    }
    page.block("Incidents", &grid);
    if shown.len() < incidents.len() {
        let note = format!(
            "{} of {}: the missed ones and those that cost most; --format json has all",
            grouped(shown.len() as u128),
            grouped(incidents.len() as u128)
        );
        page.list(&[note.as_str().into()]);
    }

    let mut grid = Grid::new([
        ("Alert", Side::Left),
        ("Calls", Side::Left),
        ("Fired", Side::Right),
        ("For incidents", Side::Right),
        ("In vain", Side::Right),
        ("Condition", Side::Left),
    ]);
    for rule in rules {
        let vain = rule.episodes.len() - rule.for_incidents;
        grid.row([
            rule.rule.name.as_str().into(),
            rule.rule.severity.to_string().into(),
            rule.episodes.len().to_string().into(),
            rule.for_incidents.to_string().into(),
            Cell::new(vain.to_string(), if vain > 0 { Tone::Warning } else { Tone::Plain }),
            rule.rule.condition.to_string().into(),
        ]);
    }
    page.block("Alerts", &grid);
    if let Some((other, difference)) = &section.against {
        compare(page, &other.slo, difference, incidents);
    }
    search(page, &section.candidates);
    page.line(Tone::Plain, "");
}

const MOST_INCIDENTS: usize = 30;

fn sources(incidents: &[IncidentResult]) -> String {
    let found = incidents.iter().filter(|one| one.incident.source == IncidentSource::Found).count();
    match (found, incidents.len() - found) {
        (0, 0) => "none".to_owned(),
        (0, labelled) => format!("{labelled} labelled"),
        (found, 0) => format!("{found} found in the data itself: stretches that exhaust the budget"),
        (found, labelled) => format!("{labelled} labelled, {found} found in the data itself"),
    }
}

fn facts(score: &Score) -> Vec<(String, String)> {
    let share = |share: Option<Share>| share.map_or("-".to_owned(), |share| percent(share.as_ratio(), 1));
    let time = |time: Option<TimeDelta>| time.map_or("-".to_owned(), span);
    let gone = score.mean_budget_gone.map_or("-".to_owned(), |gone| percent(gone, 2));
    [
        (
            "Recall",
            format!(
                "{}  ({} of {} incidents; {} by a page)",
                share(score.recall),
                score.detected,
                score.incidents,
                score.paged
            ),
        ),
        (
            "Precision",
            format!(
                "{}  ({} of {} calls were for an incident)",
                share(score.precision),
                score.true_calls,
                score.calls
            ),
        ),
        ("Pages a week", number(score.pages_per_week, 2)),
        ("Mean detection", time(score.mean_detection)),
        (
            "Mean budget gone",
            format!("{gone} of the budget at the first alert; a missed incident counts in full"),
        ),
        ("Mean reset", format!("{} after the end of an incident", time(score.mean_reset))),
    ]
    .map(|(name, fact)| (name.to_owned(), fact))
    .to_vec()
}

fn incident_row(result: &IncidentResult) -> Vec<Cell> {
    let part = |part: Option<Ratio>| part.map_or("-".to_owned(), |part| percent(part, 1));
    let after = |found: &Option<Detection>| found.as_ref().map_or("-".to_owned(), |found| span(found.after));
    let first = match &result.first {
        Some(first) => Cell::from(first.rule.as_str()),
        None => Cell::new("MISSED", Tone::Bad),
    };
    vec![
        moment(result.incident.interval.start()).into(),
        span(result.incident.interval.length()).into(),
        part(result.spent).into(),
        first,
        after(&result.first).into(),
        part(result.first.as_ref().and_then(|first| first.budget_gone)).into(),
        after(&result.first_page).into(),
        result.reset_after.map_or("-".to_owned(), span).into(),
    ]
}

fn compare(page: &mut Page, name: &str, difference: &Difference, incidents: &[IncidentResult]) {
    let mut grid = Grid::new([("", Side::Left), ("This policy", Side::Left), ("The other", Side::Left)]);
    for ((label, before), (_, after)) in facts(&difference.before).into_iter().zip(facts(&difference.after)) {
        let short = |fact: String| fact.split("  ").next().unwrap_or_default().to_owned();
        grid.row([Cell::new(label, Tone::Quiet), short(before).into(), short(after).into()]);
    }
    page.block(&format!("Against {name} of the other definition"), &grid);
    let label = |place: &usize| {
        incidents.get(*place).map_or(String::new(), |one| moment(one.incident.interval.start()))
    };
    let names = |places: &[usize]| places.iter().map(label).collect::<Vec<_>>().join(", ");
    let mut notes = Vec::new();
    if !difference.lost.is_empty() {
        notes.push(Cell::new(format!("the other misses {}", names(&difference.lost)), Tone::Bad));
    }
    if !difference.gained.is_empty() {
        notes.push(format!("the other detects {} as well", names(&difference.gained)).into());
    }
    let changed = difference.later_by.iter().filter(|(_, later)| *later != TimeDelta::zero());
    let (later, earlier): (Vec<&(usize, TimeDelta)>, Vec<_>) =
        changed.partition(|(_, later)| *later > TimeDelta::zero());
    notes.push(
        format!("the other is later for {} incidents and earlier for {}", later.len(), earlier.len()).into(),
    );
    let verdict =
        if difference.is_no_worse() { "the other is nowhere worse" } else { "the other is worse somewhere" };
    notes.push(verdict.into());
    page.list(&notes);
}

fn search(page: &mut Page, candidates: &[Candidate]) {
    let mut grid = Grid::new([
        ("Detected", Side::Right),
        ("In vain", Side::Right),
        ("Budget gone", Side::Right),
        ("Reset", Side::Right),
        ("Pages a week", Side::Right),
        ("Rules", Side::Left),
    ]);
    for Candidate { rules, score, .. } in candidates.iter().take(MOST_INCIDENTS) {
        grid.row([
            format!("{}/{}", score.detected, score.incidents).into(),
            (score.calls - score.true_calls).to_string().into(),
            score.mean_budget_gone.map_or("-".to_owned(), |gone| percent(gone, 2)).into(),
            score.mean_reset.map_or("-".to_owned(), span).into(),
            number(score.pages_per_week, 2).into(),
            rules.iter().map(|rule| rule.name.as_str()).collect::<Vec<_>>().join(", ").into(),
        ]);
    }
    page.block("Policies that no other one beats in everything", &grid);
    if candidates.len() > MOST_INCIDENTS {
        page.list(&[format!("{MOST_INCIDENTS} of {}; --format json has all", candidates.len())
            .as_str()
            .into()]);
    }
}

/// Backtests as JSON, indented, with a line break at the end.
#[must_use]
pub fn backtest_json(sections: &[BacktestSection<'_>]) -> String {
    let objectives: Vec<_> = sections.iter().map(section).collect();
    let document = json!({ "schema": BACKTEST_SCHEMA, "objectives": objectives });
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn section(section: &BacktestSection<'_>) -> Value {
    let BacktestSection { backtest, notes, against, candidates } = section;
    let incidents: Vec<_> = backtest.incidents.iter().map(incident).collect();
    let rules = backtest.rules.iter().map(|found| {
        let episodes = found.episodes.iter().map(|episode| {
            json!({
                "pending_at": instant(episode.pending_at),
                "fired_at": instant(episode.fired_at),
                "resolved_at": episode.resolved_at.map(instant),
            })
        });
        let episodes: Vec<_> = episodes.collect();
        json!({ "rule": rule(&found.rule), "for_incidents": found.for_incidents, "episodes": episodes })
    });
    json!({
        "objective": backtest.slo,
        "record": { "start": instant(backtest.record.start()), "end": instant(backtest.record.end()) },
        "notes": notes,
        "score": score(&backtest.score),
        "incidents": incidents,
        "alerts": rules.collect::<Vec<_>>(),
        "against": against.as_ref().map(|(other, difference)| json!({
            "objective": other.slo,
            "score": score(&difference.after),
            "gained": difference.gained,
            "lost": difference.lost,
            "later_by": difference.later_by.iter()
                .map(|(place, later)| json!({ "incident": place, "seconds": seconds(*later) })).collect::<Vec<_>>(),
            "is_no_worse": difference.is_no_worse(),
        })),
        "candidates": candidates.iter().map(|candidate| json!({
            "rules": candidate.rules.iter().map(rule).collect::<Vec<_>>(),
            "score": score(&candidate.score),
        })).collect::<Vec<_>>(),
    })
}

fn incident(result: &IncidentResult) -> Value {
    let detection = |found: &Option<Detection>| {
        found.as_ref().map(|found| {
            json!({
                "rule": found.rule,
                "at": instant(found.at),
                "after_seconds": seconds(found.after),
                "budget_gone": found.budget_gone.map(exact),
            })
        })
    };
    json!({
        "label": result.incident.label,
        "source": match result.incident.source { IncidentSource::Found => "found", IncidentSource::Labelled => "labelled" },
        "start": instant(result.incident.interval.start()),
        "end": instant(result.incident.interval.end()),
        "spent": result.spent.map(exact),
        "detected": result.first.is_some(),
        "first": detection(&result.first),
        "first_page": detection(&result.first_page),
        "reset_after_seconds": result.reset_after.map(seconds),
    })
}

fn rule(rule: &AlertRule) -> Value {
    let mut value = json!({
        "name": rule.name,
        "severity": rule.severity.to_string(),
        "condition": rule.condition.to_string(),
        "for_seconds": seconds(rule.lasting),
        "cool_down_seconds": seconds(rule.cool_down),
    });
    if let (Condition::BurnRate { factor, long, short, .. }, Some(fields)) =
        (&rule.condition, value.as_object_mut())
    {
        fields.insert("factor".into(), serde_json::to_value(exact(*factor)).unwrap_or_default());
        fields.insert("long_seconds".into(), json!(seconds(*long)));
        fields.insert("short_seconds".into(), json!(short.map(seconds)));
    }
    value
}

fn score(score: &Score) -> Value {
    json!({
        "incidents": score.incidents,
        "detected": score.detected,
        "paged": score.paged,
        "calls": score.calls,
        "true_calls": score.true_calls,
        "pages": score.pages,
        "recall": score.recall.map(|share| exact(share.as_ratio())),
        "precision": score.precision.map(|share| exact(share.as_ratio())),
        "pages_per_week": exact(score.pages_per_week),
        "mean_budget_gone": score.mean_budget_gone.map(exact),
        "mean_detection_seconds": score.mean_detection.map(seconds),
        "mean_reset_seconds": score.mean_reset.map(seconds),
    })
}

fn exact(ratio: Ratio) -> RatioWire {
    RatioWire::of(ratio)
}

fn seconds(length: TimeDelta) -> f64 {
    length.as_seconds_f64()
}
