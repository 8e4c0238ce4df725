//! Backtests as terminal tables.

mod words;

use self::words::Aside;
use super::terminal::TableOptions;
use crate::Language;
use crate::table::{Cell, Grid, NEVER_BROKEN, Side, Tone, coloured};
use crate::terminal::Page;
use crate::text::{clean, cut, cut_up, grouped, moment, number, percent, percent_in_full, span};
use chrono::TimeDelta;
use toban_core::{Interval, Ratio, Reason, Share};
use toban_slo::backtest::{
    Backtest, Candidate, Detection, Difference, Edge, IncidentOutcome, IncidentResult, IncidentSource, Score,
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

/// Backtests as lines of text for a terminal or a log.
#[must_use]
pub fn backtest_table(document: &BacktestDocument<'_>, options: &TableOptions) -> String {
    let TableOptions { language, style, .. } = *options;
    let mut page = Page::new(options.width);
    let mut has_legend = false;
    for section in &document.sections {
        show(&mut page, section, language, &mut has_legend);
    }
    if !document.untested.is_empty() {
        page.line(Tone::Strong, language.backtest().untested);
        let row = |(name, why): &(String, Reason)| (clean(name), clean(&why.to_string()));
        page.facts(&Grid::of_facts(document.untested.iter().map(row)));
    }
    coloured(page.text(), style)
}

fn show(page: &mut Page, section: &BacktestSection<'_>, language: Language, has_legend: &mut bool) {
    let Backtest { slo, record, incidents, score, .. } = section.backtest;
    let words = language.backtest();
    page.line(Tone::Strong, &language.backtest_of(slo));
    for (tone, text) in headlines(section.backtest, language) {
        page.line(tone, &text);
    }
    let found = incidents.iter().filter(|one| one.incident.source == IncidentSource::Found).count();
    let sources = language.sources(incidents.len() - found, found);
    let stretch = language.stretch(&moment(record.start()), &moment(record.end()));
    let history = [stretch, span(record.length())].join(words.comma);
    let facts_of_it = [(words.history, history), (words.incidents, sources)];
    page.block("", &Grid::of_facts(facts_of_it.map(|(label, fact)| (label.to_owned(), fact))));
    page.block("", &Grid::of_notes(&notes(section, language)));
    page.block(words.score, &Grid::of_facts(facts(section.backtest, language)));
    list_incidents(page, section.backtest, language, has_legend);
    list_alerts(page, section.backtest, language);
    if let Some((other, difference)) = &section.against {
        compare(page, &other.slo, difference, section.backtest, language);
    }
    search(page, &section.candidates, score, record, language);
    page.line(Tone::Plain, "");
}

/// What became of the incidents, the worst first, and what fired in vain.
fn headlines(found: &Backtest, language: Language) -> Vec<(Tone, String)> {
    let Backtest { score, untouched, .. } = found;
    let (words, all, missed) = (language.backtest(), score.incidents, score.missed());
    let mut lines = Vec::new();
    match all {
        0 if untouched.is_empty() => lines.push((Tone::Warning, words.no_incidents.to_owned())),
        0 => lines.push((Tone::Warning, words.no_incident_touched.to_owned())),
        all if all == score.detected => lines.push((Tone::Good, words.all_detected.to_owned())),
        _ => {}
    }
    if missed > 0 {
        lines.push((Tone::Bad, language.missed_of(missed, all)));
    }
    if score.already_firing > 0 {
        lines.push((Tone::Warning, language.already_of(score.already_firing, all)));
    }
    if score.cut > 0 {
        lines.push((Tone::Warning, language.cut_of(score.cut, all)));
    }
    let (alerts, in_vain) = (score.alerts, score.alerts_in_vain());
    if in_vain > 0 {
        let tone = if 2 * in_vain >= alerts { Tone::Bad } else { Tone::Warning };
        lines.push((tone, language.in_vain_of(&grouped(in_vain as u128), &grouped(alerts as u128))));
    }
    if Ratio::new(1, 2).is_ok_and(|half| score.time_firing > half) {
        let parts = [score.time_firing, score.time_outside, score.time_in_vain].map(bad_part);
        lines.push((Tone::Warning, language.mostly_firing(parts.each_ref().map(String::as_str))));
    }
    lines
}

/// What a reader should know, and which incidents are set aside.
fn notes(section: &BacktestSection<'_>, language: Language) -> Vec<Cell> {
    let Backtest { elsewhere, outside, repeated, untouched, .. } = section.backtest;
    let findings = section.findings.iter().map(|why| clean(&why.to_string()).into());
    let aside = [
        (outside, Tone::Warning, Aside::Outside),
        (repeated, Tone::Warning, Aside::Repeated),
        (untouched, Tone::Plain, Aside::Untouched),
        (elsewhere, Tone::Plain, Aside::Elsewhere),
    ];
    let aside = aside.into_iter().filter(|(incidents, ..)| !incidents.is_empty());
    let aside = aside.map(|(incidents, tone, why)| {
        let some: Vec<_> = incidents.iter().take(3).map(|one| moment(one.interval.start())).collect();
        let more = if incidents.len() > some.len() { ", .." } else { "" };
        let some = format!("{}{more}", some.join(", "));
        Cell::new(language.set_aside(incidents.len(), why, &some), tone)
    });
    findings.chain(aside).collect()
}

fn list_incidents(page: &mut Page, found: &Backtest, language: Language, has_legend: &mut bool) {
    let Backtest { incidents, record, score, .. } = found;
    let words = language.backtest();
    let mut grid = Grid::new([
        (words.incident, Side::Left),
        (words.lasted, Side::Right),
        (words.budget, Side::Right),
        (words.first_alert, Side::Left),
        (words.after, Side::Right),
        (words.gone, Side::Right),
        (words.page, Side::Right),
        (words.over, Side::Right),
    ]);
    // The worst ones say most; a list of hundreds says nothing.
    let mut shown: Vec<_> = incidents.iter().collect();
    let is_missed = |one: &IncidentResult| one.outcome() == IncidentOutcome::Missed;
    shown.sort_by_key(|incident| (!is_missed(incident), std::cmp::Reverse(incident.spent)));
    shown.truncate(MOST_INCIDENTS);
    shown.sort_by_key(|incident| incident.incident.interval.start());
    for incident in &shown {
        grid.row(incident_row(incident, record, language));
    }
    page.block(words.incidents, &grid);
    if !shown.is_empty() && !std::mem::replace(has_legend, true) {
        page.list(&[words.legend.into()]);
    }
    if shown.iter().any(|incident| known_part(incident, record).is_some()) {
        page.list(&[words.of_cut.into()]);
    }
    if shown.len() < incidents.len() {
        let is_full_of_missed = score.missed() > shown.len();
        let which = if is_full_of_missed { words.dearest_missed } else { words.missed_and_dearest };
        page.list(&[language.some_of(shown.len(), incidents.len(), which).into()]);
    }
}

fn list_alerts(page: &mut Page, found: &Backtest, language: Language) {
    let words = language.backtest();
    let condition = (words.condition, Side::Left);
    let mut conditions = Grid::new([(words.alert, Side::Left), condition]);
    let figures = [
        (words.alert, Side::Left),
        (words.severity, Side::Left),
        (words.fired, Side::Right),
        (words.for_incidents, Side::Right),
        (words.in_vain, Side::Right),
        (words.firing, Side::Right),
    ];
    let mut grid = Grid::new(figures);
    let mut whole = Grid::new(figures.into_iter().chain([condition]));
    for rule in &found.rules {
        let vain = rule.in_vain();
        let (name, condition) = (clean(&rule.rule.name), language.condition(&rule.rule.condition));
        let figures: [Cell; 6] = [
            name.clone().into(),
            language.severity(rule.rule.severity).into(),
            rule.episodes.len().to_string().into(),
            rule.for_incidents.to_string().into(),
            Cell::new(vain.to_string(), if vain > 0 { Tone::Warning } else { Tone::Plain }),
            bad_part(rule.time_firing).into(),
        ];
        whole.row(figures.iter().cloned().chain([condition.clone().into()]));
        grid.row(figures);
        conditions.row([name.into(), condition.into()]);
    }
    if whole.fits(page.width()) {
        page.block(words.alerts, &whole);
    } else {
        page.block(words.alerts, &grid);
        page.block("", &conditions);
    }
}

const MOST_INCIDENTS: usize = 30;

/// More than these are no choice any more.
const MOST_CANDIDATES: usize = 6;

/// Whether so short a history says how many pages a week has.
fn is_short(record: &Interval) -> bool {
    record.length() < TimeDelta::days(7)
}

/// A figure, and what it is of.
struct Fact {
    label: &'static str,
    figure: String,
    /// What it is of; without any where there is nothing to say.
    of: Option<String>,
}

fn score_facts(score: &Score, tested: &Backtest, language: Language) -> Vec<Fact> {
    let Backtest { record, incidents, .. } = tested;
    let has_early = incidents.iter().any(|one| one.incident.interval.start() < record.start());
    let words = language.backtest();
    let share = |share: Option<Share>| share.map_or("-".to_owned(), |share| percent(share.as_ratio(), 1));
    let time = |time: Option<TimeDelta>| time.map_or("-".to_owned(), brief);
    let fact = |label, figure: String, of: String| Fact { label, figure, of: Some(of) };
    let count = |count: usize| grouped(count as u128);
    let undecided = score.already_firing + score.cut;
    let pages = language.pages_in(&count(score.pages), record.length());
    vec![
        fact(
            words.recall,
            share(score.recall),
            language.recall_of(score.detected, score.detected + score.missed(), score.paged),
        ),
        Fact {
            label: words.undecided,
            figure: if undecided == 0 { words.none.to_owned() } else { undecided.to_string() },
            of: (undecided > 0).then(|| language.undecided_of(score.already_firing, score.cut)),
        },
        fact(
            words.precision,
            share(score.precision),
            language.precision_of(&count(score.true_alerts), &count(score.alerts)),
        ),
        fact(words.in_vain, count(score.alerts_in_vain()), words.for_no_incident.to_owned()),
        fact(words.calls, count(score.calls), language.joined(&count(score.calls_in_vain()))),
        if is_short(record) {
            fact(words.pages, pages, words.too_short.to_owned())
        } else {
            fact(words.pages_a_week, pages_a_week(score), language.as_calls(&pages))
        },
        fact(
            words.time_firing,
            bad_part(score.time_firing),
            language.firing_of(&bad_part(score.time_outside), &bad_part(score.time_in_vain)),
        ),
        fact(
            words.mean_detection,
            time(score.mean_detection),
            language.of_detected(score.detected, has_early),
        ),
        fact(
            words.mean_gone,
            score.mean_budget_gone.map_or("-".to_owned(), bad_part),
            words.gone_at.to_owned(),
        ),
        fact(words.mean_reset, time(score.mean_reset), words.reset_from.to_owned()),
    ]
}

fn facts(tested: &Backtest, language: Language) -> Vec<(String, String)> {
    let row = |Fact { label, figure, of }: Fact| {
        (label.to_owned(), of.map_or(figure.clone(), |of| format!("{figure}  ({of})")))
    };
    score_facts(&tested.score, tested, language).into_iter().map(row).collect()
}

/// The edge behind which a part of an incident lies that was detected: its figures are of the rest.
fn known_part(result: &IncidentResult, record: &Interval) -> Option<Edge> {
    let interval = &result.incident.interval;
    let is_cut = [interval.start() < record.start(), record.end() <= interval.end()];
    let edges = [Edge::Start, Edge::End].into_iter().zip(is_cut);
    edges.filter(|_| result.first.is_some()).find_map(|(edge, is_cut)| is_cut.then_some(edge))
}

fn incident_row(result: &IncidentResult, record: &Interval, language: Language) -> Vec<Cell> {
    let part = |part: Option<Ratio>| part.map_or("-".to_owned(), bad_part);
    let after = |found: &Option<Detection>| found.as_ref().map_or("-".to_owned(), |found| brief(found.after));
    let silent = |what: &str, tone| match &result.frozen[..] {
        [] => Cell::new(what, tone),
        frozen => Cell::new(language.and_frozen(what, &clean(&frozen.join(", "))), tone),
    };
    let first = match (&result.first, result.cut, &result.already_firing) {
        (Some(first), ..) => match known_part(result, record) {
            None => Cell::from(clean(&first.rule)),
            Some(edge) => Cell::new(language.and_cut(&clean(&first.rule), edge), Tone::Warning),
        },
        (None, Some(edge), _) => silent(&language.undecided_by(edge), Tone::Warning),
        (None, None, Some(already)) => {
            let text = language.already_since(&clean(&already.rule), &moment(already.since));
            Cell::new(text, Tone::Warning)
        }
        (None, None, None) => silent(language.backtest().missed, Tone::Bad),
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

fn compare(page: &mut Page, name: &str, difference: &Difference, tested: &Backtest, language: Language) {
    let Backtest { incidents, .. } = tested;
    let words = language.backtest();
    let mut grid = Grid::new([("", Side::Left), (words.this, Side::Left), (words.other, Side::Left)]);
    let [before, after] =
        [&difference.before, &difference.after].map(|score| score_facts(score, tested, language));
    for (before, after) in before.into_iter().zip(after) {
        grid.row([Cell::new(before.label, Tone::Quiet), before.figure.into(), after.figure.into()]);
    }
    page.block(&language.against(name), &grid);
    let label = |place: &usize| {
        incidents.get(*place).map_or(String::new(), |one| moment(one.incident.interval.start()))
    };
    let names = |places: &[usize]| places.iter().map(label).collect::<Vec<_>>().join(", ");
    let mut notes = Vec::new();
    if !difference.lost.is_empty() {
        notes.push(Cell::new(language.only_this_detects(&names(&difference.lost)), Tone::Bad));
    }
    if !difference.gained.is_empty() {
        notes.push(language.only_other_detects(&names(&difference.gained)).into());
    }
    let changed = difference.later_by.iter().filter(|(_, later)| *later != TimeDelta::zero());
    let (later, earlier): (Vec<&(usize, TimeDelta)>, Vec<_>) =
        changed.partition(|(_, later)| *later > TimeDelta::zero());
    if later.len() + earlier.len() > 0 {
        notes.push(language.shifted(later.len(), earlier.len()).into());
    }
    notes.push(language.worse_in(words.this, &difference.better_in()).into());
    notes.push(language.worse_in(words.other, &difference.worse_in()).into());
    page.list(&notes);
}

/// The candidates that a person would look at: among those that detect the most incidents the ones that are best at
/// something, and beside them those that page less often because they detect less.
fn search(page: &mut Page, candidates: &[Candidate], tested: &Score, record: &Interval, language: Language) {
    let words = language.backtest();
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
    show(top.first(), words.best_pages);
    show(balanced(top), words.best_balance);
    show(top.iter().min_by_key(|one| known_first(one.score.mean_budget_gone)), words.best_budget);
    show(top.iter().min_by_key(|one| known_first(one.score.mean_reset)), words.best_reset);
    let mut pages = top.first().map_or(0, |one| one.score.pages);
    for candidate in rest {
        if candidate.score.pages < pages && shown.len() < MOST_CANDIDATES {
            pages = candidate.score.pages;
            shown.push((candidate, vec![words.detects_less]));
        }
    }
    let mut grid = Grid::new([
        (words.best_at, Side::Left),
        (words.detected, Side::Right),
        (if is_short(record) { words.pages } else { words.pages_a_week_short }, Side::Right),
        (words.in_vain, Side::Right),
        (words.mean_gone_short, Side::Right),
        (words.reset, Side::Right),
        (words.rules, Side::Left),
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
    grid.row(row(words.as_tested, tested, words.those_above.to_owned()));
    for (Candidate { rules, score, .. }, reasons) in &shown {
        let rules: Vec<_> = rules.iter().map(|rule| clean(&rule.name)).collect();
        grid.row(row(&reasons.join(words.comma), score, rules.join(", ")));
    }
    page.block(words.candidates, &grid);
    let is_complete = candidates.len() == shown.len();
    let left_out = if is_complete { String::new() } else { language.left_out(shown.len(), candidates.len()) };
    let balance = format!("{left_out}{}", words.balance);
    page.list(&[words.all_page.into(), balance.into(), words.caution.into()]);
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
    let text = if cut(part, 3).is_zero() {
        percent(part, 1)
    } else if part < Ratio::ONE && up == Ratio::ONE {
        format!(">{}", percent_in_full(cut(part, 3), 1))
    } else {
        percent_in_full(up, 1)
    };
    text.replace(' ', &NEVER_BROKEN.to_string())
}

/// Up: nobody is called more often than it says.
fn pages_a_week(score: &Score) -> String {
    let pages = score.pages_per_week;
    number(if cut(pages, 2).is_zero() { pages } else { cut_up(pages, 2) }, 2)
}

/// A length of time in its two largest units and no more than seconds of them, up: nothing is called sooner than it
/// was.
fn brief(length: TimeDelta) -> String {
    let millis = length.num_milliseconds();
    let unit = match millis {
        86_400_000.. => 3_600_000,
        3_600_000.. => 60_000,
        1000.. => 1000,
        _ => 1,
    };
    span(TimeDelta::milliseconds((millis + unit - 1) / unit * unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_time_is_shown_shorter_than_it_was_and_none_in_more_than_two_units() {
        let shown = |millis| brief(TimeDelta::milliseconds(millis));
        assert_eq!([0, 1, 999].map(shown), ["0s", "1ms", "999ms"]);
        assert_eq!([1000, 1001, 119_000, 119_001].map(shown), ["1s", "2s", "1m59s", "2m"]);
        assert_eq!([3_600_000, 3_600_001, 7_141_000].map(shown), ["1h", "1h1m", "2h"]);
        assert_eq!(
            [86_399_000, 86_400_000, 86_400_001, 180_000_001].map(shown),
            ["1d", "1d", "1d1h", "2d3h"]
        );
    }
}
