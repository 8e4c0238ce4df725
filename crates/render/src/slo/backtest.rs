//! Backtests as terminal tables.

use super::terminal::{Page, TableOptions};
use crate::table::{Cell, Grid, Side, Tone, coloured};
use crate::text::{about, clean, cut, cut_up, grouped, moment, number, percent, percent_in_full, span};
use chrono::TimeDelta;
use toban_core::{Interval, Ratio, Reason, Share};
use toban_slo::backtest::{
    Backtest, Candidate, Detection, Difference, Edge, Incident, IncidentOutcome, IncidentResult,
    IncidentSource, Score,
};

/// The objectives whose policies were tested, and those that could not be.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct BacktestDocument<'a> {
    /// What was found, one for each objective.
    pub sections: Vec<BacktestSection<'a>>,
    /// The objectives that were not tested, each with the reason.
    pub untested: Vec<(String, Reason)>,
}

impl<'a> BacktestDocument<'a> {
    /// What was found for each objective.
    #[must_use]
    pub fn new(sections: impl IntoIterator<Item = BacktestSection<'a>>) -> Self {
        Self { sections: sections.into_iter().collect(), untested: Vec::new() }
    }

    /// Adds an objective that was not tested.
    #[must_use]
    pub fn with_untested(mut self, objective: impl Into<String>, why: Reason) -> Self {
        self.untested.push((objective.into(), why));
        self
    }
}

/// One objective's policy on recorded history.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BacktestSection<'a> {
    /// What was found.
    pub backtest: &'a Backtest,
    /// What a reader should know about the history.
    pub findings: Vec<Reason>,
    /// How another policy did on the same history.
    pub against: Option<(&'a Backtest, Difference)>,
    /// The policies that nothing beats, where a search was made.
    pub candidates: Vec<Candidate>,
}

impl<'a> BacktestSection<'a> {
    /// What was found, with nothing beside it yet.
    #[must_use]
    pub fn new(backtest: &'a Backtest) -> Self {
        Self { backtest, findings: Vec::new(), against: None, candidates: Vec::new() }
    }

    /// Adds something that a reader should know about the history.
    #[must_use]
    pub fn with_finding(mut self, finding: Reason) -> Self {
        self.findings.push(finding);
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
pub fn backtest_table(document: &BacktestDocument<'_>, options: &TableOptions) -> String {
    let mut page = Page::new(options.width);
    let mut has_legend = false;
    for section in &document.sections {
        show(&mut page, section, &mut has_legend);
    }
    if !document.untested.is_empty() {
        page.line(Tone::Strong, "Not tested");
        let row = |(name, why): &(String, Reason)| (clean(name), clean(&why.to_string()));
        page.facts(&Grid::of_facts(document.untested.iter().map(row)));
    }
    coloured(page.text(), options.style)
}

fn show(page: &mut Page, section: &BacktestSection<'_>, has_legend: &mut bool) {
    let Backtest { slo, record, incidents, elsewhere, outside, untouched, rules, score, .. } =
        section.backtest;
    page.line(Tone::Strong, &format!("Backtest of {slo}"));
    for (tone, text) in headlines(score, untouched) {
        page.line(tone, &text);
    }
    let (alerts, in_vain) = (score.alerts, score.alerts_in_vain());
    if in_vain > 0 {
        let tone = if 2 * in_vain >= alerts { Tone::Bad } else { Tone::Warning };
        let (all, in_vain) = (grouped(alerts as u128), grouped(in_vain as u128));
        page.line(tone, &format!("{in_vain} of {all} alerts fired in vain"));
    }
    if Ratio::new(1, 2).is_ok_and(|half| score.time_firing > half) {
        let parts = [score.time_firing, score.time_outside, score.time_in_vain];
        let [all, outside, in_vain] = parts.map(bad_part);
        let text =
            format!("an alert was firing {all} of the time: {outside} outside incidents, {in_vain} in vain");
        page.line(Tone::Warning, &text);
    }
    let history =
        format!("{} to {} UTC, {}", moment(record.start()), moment(record.end()), span(record.length()));
    page.block(
        "",
        &Grid::of_facts([("History".to_owned(), history), ("Incidents".to_owned(), sources(incidents))]),
    );
    let mut notes: Vec<Cell> = section.findings.iter().map(|why| clean(&why.to_string()).into()).collect();
    let aside = |incidents: &[Incident], tone, why: [&str; 2]| {
        (!incidents.is_empty()).then(|| Cell::new(set_aside(incidents, why), tone))
    };
    let why = ["lies outside the history and does", "lie outside the history and do"];
    notes.extend(aside(outside, Tone::Warning, why));
    let why = ["left this objective untouched and does", "left this objective untouched and do"];
    notes.extend(aside(untouched, Tone::Plain, why));
    let why = ["names other objectives and does", "name other objectives and do"];
    notes.extend(aside(elsewhere, Tone::Plain, why));
    page.block("", &Grid::of_notes(&notes));
    page.block("Score", &Grid::of_facts(facts(score, record)));

    let mut grid = Grid::new([
        ("Incident (UTC)", Side::Left),
        ("Lasted", Side::Right),
        ("Budget", Side::Right),
        ("First alert", Side::Left),
        ("After", Side::Right),
        ("Gone", Side::Right),
        ("Page", Side::Right),
        ("Over", Side::Right),
    ]);
    // The worst ones say most; a list of hundreds says nothing.
    let mut shown: Vec<_> = incidents.iter().collect();
    let is_missed = |one: &IncidentResult| one.outcome() == IncidentOutcome::Missed;
    shown.sort_by_key(|incident| (!is_missed(incident), std::cmp::Reverse(incident.spent)));
    shown.truncate(MOST_INCIDENTS);
    shown.sort_by_key(|incident| incident.incident.interval.start());
    for incident in &shown {
        grid.row(incident_row(incident));
    }
    page.block("Incidents", &grid);
    if !shown.is_empty() && !std::mem::replace(has_legend, true) {
        page.list(&[LEGEND.into()]);
    }
    if shown.len() < incidents.len() {
        let which = if score.missed() > shown.len() {
            "those of the missed ones that cost most"
        } else {
            "the missed ones and those that cost most"
        };
        let (some, all) = (grouped(shown.len() as u128), grouped(incidents.len() as u128));
        let note = format!("{some} of {all}: {which}; --format json has all");
        page.list(&[note.as_str().into()]);
    }

    let mut grid = Grid::new([
        ("Alert", Side::Left),
        ("Severity", Side::Left),
        ("Fired", Side::Right),
        ("For incidents", Side::Right),
        ("In vain", Side::Right),
        ("Firing", Side::Right),
        ("Condition", Side::Left),
    ]);
    for rule in rules {
        let vain = rule.in_vain();
        grid.row([
            clean(&rule.rule.name).into(),
            rule.rule.severity.to_string().into(),
            rule.episodes.len().to_string().into(),
            rule.for_incidents.to_string().into(),
            Cell::new(vain.to_string(), if vain > 0 { Tone::Warning } else { Tone::Plain }),
            bad_part(rule.time_firing).into(),
            rule.rule.condition.to_string().into(),
        ]);
    }
    page.block("Alerts", &grid);
    if let Some((other, difference)) = &section.against {
        compare(page, &other.slo, difference, section.backtest);
    }
    search(page, &section.candidates, score, record);
    page.line(Tone::Plain, "");
}

/// What became of the incidents, the worst first.
fn headlines(score: &Score, untouched: &[Incident]) -> Vec<(Tone, String)> {
    let (all, missed) = (score.incidents, score.missed());
    if all == 0 {
        let why = if untouched.is_empty() { "no incidents" } else { "no incident touched this objective" };
        return vec![(Tone::Warning, format!("{why}: nothing to detect"))];
    }
    if score.detected == all {
        return vec![(Tone::Good, "every incident was detected".to_owned())];
    }
    let line =
        |count, tone, what: &str| (count > 0).then(|| (tone, format!("{count} of {all} incidents {what}")));
    let already = "began while an alert was firing already";
    let lines = [
        line(missed, Tone::Bad, "MISSED"),
        line(score.already_firing, Tone::Warning, already),
        line(score.cut, Tone::Warning, "cut by an edge of the history, and not detected within it"),
    ];
    lines.into_iter().flatten().collect()
}

const MOST_INCIDENTS: usize = 30;

/// More than these are no choice any more.
const MOST_CANDIDATES: usize = 6;

/// What the columns of the incidents hold.
const LEGEND: &str = "Budget: what the incident spent of it; Gone: how much of it by the first alert; After and \
                      Page: from its start to the first alert and to the first page; Over: from its end to the end \
                      of the alerts that fired for it";

/// Incidents that are set aside, with why for one and for several, the first ones by name.
fn set_aside(incidents: &[Incident], [one, several]: [&str; 2]) -> String {
    let some: Vec<_> = incidents.iter().take(3).map(|one| moment(one.interval.start())).collect();
    let more = if incidents.len() > some.len() { ", .." } else { "" };
    let (count, some) = (grouped(incidents.len() as u128), some.join(", "));
    let what = if incidents.len() == 1 { format!("incident {one}") } else { format!("incidents {several}") };
    format!("{count} {what} not count: {some}{more}")
}

fn sources(incidents: &[IncidentResult]) -> String {
    let found = incidents.iter().filter(|one| one.incident.source == IncidentSource::Found).count();
    match (found, incidents.len() - found) {
        (0, 0) => "none".to_owned(),
        (0, labelled) => format!("{labelled} labelled"),
        (found, 0) => format!(
            "{found} found in the data itself: stretches that spend a significant part of the budget \
             (--significant)"
        ),
        (found, labelled) => format!("{labelled} labelled, {found} found in the data itself"),
    }
}

/// Whether so short a history says how many pages a week has.
fn is_short(record: &Interval) -> bool {
    record.length() < TimeDelta::days(7)
}

fn facts(score: &Score, record: &Interval) -> Vec<(String, String)> {
    let share = |share: Option<Share>| share.map_or("-".to_owned(), |share| percent(share.as_ratio(), 1));
    let time = |time: Option<TimeDelta>| time.map_or("-".to_owned(), brief);
    let gone = score.mean_budget_gone.map_or("-".to_owned(), bad_part);
    let pages = format!("{} in {}", grouped(score.pages as u128), span(record.length()));
    [
        (
            "Recall",
            format!(
                "{}  ({} of {} incidents; {} by a page)",
                share(score.recall),
                score.detected,
                score.detected + score.missed(),
                score.paged
            ),
        ),
        (
            "Undecided",
            match (score.already_firing, score.cut) {
                (0, 0) => "none".to_owned(),
                (already, cut) => format!(
                    "{}  ({already} began while an alert was firing already, {cut} cut by an edge of the history)",
                    already + cut
                ),
            },
        ),
        (
            "Precision",
            format!(
                "{}  ({} of {} alerts fired for an incident)",
                share(score.precision),
                grouped(score.true_alerts as u128),
                grouped(score.alerts as u128)
            ),
        ),
        (
            "In vain",
            format!("{}  (alerts that fired for no incident)", grouped(score.alerts_in_vain() as u128)),
        ),
        (
            "Calls",
            format!(
                "{}  (overlapping alerts of one severity are one; {} wholly in vain)",
                grouped(score.calls as u128),
                grouped(score.calls_in_vain() as u128)
            ),
        ),
        if is_short(record) {
            ("Pages", format!("{pages}  (calls; too short a history for a weekly figure)"))
        } else {
            ("Pages a week", format!("{}  (calls; {pages})", pages_a_week(score)))
        },
        (
            "Time firing",
            format!(
                "{}  (of the history; {} outside incidents, {} in vain)",
                bad_part(score.time_firing),
                bad_part(score.time_outside),
                bad_part(score.time_in_vain)
            ),
        ),
        (
            "Mean detection",
            format!(
                "{}  (from the start to the first alert, of the {} detected)",
                time(score.mean_detection),
                score.detected
            ),
        ),
        ("Mean budget gone", format!("{gone}  (at the first alert; in full where none fired for it)")),
        (
            "Mean reset",
            format!("{}  (from the end to the end of the alerts that fired for it)", time(score.mean_reset)),
        ),
    ]
    .map(|(name, fact)| (name.to_owned(), fact))
    .to_vec()
}

fn incident_row(result: &IncidentResult) -> Vec<Cell> {
    let part = |part: Option<Ratio>| part.map_or("-".to_owned(), bad_part);
    let after = |found: &Option<Detection>| found.as_ref().map_or("-".to_owned(), |found| brief(found.after));
    let silent = |what: &str, tone| {
        let frozen = &result.frozen;
        let why = format!(" (frozen for want of data: {})", clean(&frozen.join(", ")));
        Cell::new(format!("{what}{}", if frozen.is_empty() { "" } else { &why }), tone)
    };
    let first = match (&result.first, result.cut, &result.already_firing) {
        (Some(first), ..) => Cell::from(clean(&first.rule)),
        (None, Some(Edge::End), _) => silent("cut by the end of the history: undecided", Tone::Warning),
        (None, Some(Edge::Start), _) => silent("cut by the start of the history: undecided", Tone::Warning),
        (None, None, Some(already)) => {
            let text = format!("{} already firing since {}", clean(&already.rule), moment(already.since));
            Cell::new(text, Tone::Warning)
        }
        (None, None, None) => silent("MISSED", Tone::Bad),
    };
    vec![
        moment(result.incident.interval.start()).into(),
        brief(result.incident.interval.length()).into(),
        part(result.spent).into(),
        first,
        after(&result.first).into(),
        part(result.first.as_ref().and_then(|first| first.budget_gone)).into(),
        after(&result.first_page).into(),
        result.reset_after.map_or("-".to_owned(), brief).into(),
    ]
}

fn compare(page: &mut Page, name: &str, difference: &Difference, tested: &Backtest) {
    let Backtest { incidents, record, .. } = tested;
    let mut grid = Grid::new([("", Side::Left), ("This policy", Side::Left), ("The other", Side::Left)]);
    let (before, after) = (facts(&difference.before, record), facts(&difference.after, record));
    for ((label, before), (_, after)) in before.into_iter().zip(after) {
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

/// The candidates that a person would look at: among those that detect the most incidents the ones that are best at
/// something, and beside them those that page less often because they detect less.
fn search(page: &mut Page, candidates: &[Candidate], tested: &Score, record: &Interval) {
    let Some(most) = candidates.first().map(|candidate| candidate.score.detected) else { return };
    let (top, rest) = candidates.split_at(candidates.partition_point(|one| one.score.detected == most));
    let mut shown: Vec<(&Candidate, Vec<&str>)> = Vec::new();
    let mut show = |candidate: Option<_>, why| {
        let Some(candidate) = candidate else { return };
        match shown.iter_mut().find(|(other, _)| *other == candidate) {
            Some((_, reasons)) => reasons.push(why),
            None => shown.push((candidate, vec![why])),
        }
    };
    show(top.first(), "pages");
    show(balanced(top), "balance");
    show(top.iter().min_by_key(|one| known_first(one.score.mean_budget_gone)), "budget");
    show(top.iter().min_by_key(|one| known_first(one.score.mean_reset)), "reset");
    let mut pages = top.first().map_or(0, |one| one.score.pages);
    for candidate in rest {
        if candidate.score.pages < pages && shown.len() < MOST_CANDIDATES {
            pages = candidate.score.pages;
            shown.push((candidate, vec!["(detects less)"]));
        }
    }
    let mut grid = Grid::new([
        ("Best at", Side::Left),
        ("Detected", Side::Right),
        (if is_short(record) { "Pages" } else { "Pages a week" }, Side::Right),
        ("In vain", Side::Right),
        ("Budget gone", Side::Right),
        ("Reset", Side::Right),
        ("Rules (pairs)", Side::Left),
    ]);
    let row = |why: &str, score: &Score, rules: String| -> [Cell; 7] {
        [
            why.into(),
            format!("{}/{}", score.detected, score.incidents).into(),
            if is_short(record) { score.pages.to_string() } else { pages_a_week(score) }.into(),
            score.alerts_in_vain().to_string().into(),
            score.mean_budget_gone.map_or("-".to_owned(), bad_part).into(),
            score.mean_reset.map_or("-".to_owned(), brief).into(),
            rules.into(),
        ]
    };
    grid.row(row("(as tested)", tested, "(those above)".to_owned()));
    for (Candidate { rules, score, .. }, reasons) in &shown {
        let rules: Vec<_> = rules.iter().map(|rule| clean(&rule.name)).collect();
        grid.row(row(&reasons.join(", "), score, rules.join(", ")));
    }
    page.block("Policies that no other one beats in everything", &grid);
    let left_out = if candidates.len() > shown.len() {
        format!("{} of {}, --format json has all; ", shown.len(), candidates.len())
    } else {
        String::new()
    };
    let rules = "the rules are written as the annotation toban.dev/burn-rate-pairs takes them";
    let text = format!("{left_out}balance: the smallest product of pages, budget gone and reset; {rules}");
    let pages = "all candidates page: a ticket of the tested policy has no counterpart among their rules";
    let caution = "they fit this very history: a backtest on another one says whether they are as good there";
    page.list(&[pages.into(), text.into(), caution.into()]);
}

/// The candidate with the smallest product of pages, budget gone and reset: halving one is worth doubling another.
fn balanced(candidates: &[Candidate]) -> Option<&Candidate> {
    let product = |Score { pages, mean_budget_gone, mean_reset, .. }: &Score| {
        // A reset at once would outweigh everything.
        let minutes = u128::try_from((*mean_reset)?.num_minutes()).ok()? + 1;
        Ratio::whole(*pages as u128).checked_mul((*mean_budget_gone)?)?.checked_mul(Ratio::whole(minutes))
    };
    candidates.iter().min_by_key(|one| known_first(product(&one.score)))
}

/// A key by which what is not known comes last.
fn known_first<T>(figure: Option<T>) -> (bool, Option<T>) {
    (figure.is_none(), figure)
}

/// A share that is bad to be large, to a tenth of a per cent, up; nothing but the whole is shown as the whole.
fn bad_part(part: Ratio) -> String {
    let up = cut_up(part, 3);
    if cut(part, 3).is_zero() {
        percent(part, 1)
    } else if part < Ratio::ONE && up == Ratio::ONE {
        format!(">{}", percent_in_full(cut(part, 3), 1))
    } else {
        percent_in_full(up, 1)
    }
}

/// Up: nobody is called more often than it says.
fn pages_a_week(score: &Score) -> String {
    let pages = score.pages_per_week;
    number(if cut(pages, 2).is_zero() { pages } else { cut_up(pages, 2) }, 2)
}

/// A length of time, cut to its two largest units and, from a second on, to whole seconds.
fn brief(length: TimeDelta) -> String {
    let seconds = TimeDelta::seconds(length.num_seconds());
    about(if seconds.is_zero() { length } else { seconds })
}
