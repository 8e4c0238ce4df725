//! What the report says, as texts and grids: the same for a terminal and for a page.

mod composite;
mod figures;
mod tiles;

use figures::{amount, amounts, chance, risk};
pub(crate) use tiles::Tile;

use super::words::Words;
use super::{About, Document, Section};
use crate::Language;
use crate::table::{Cell, Grid, Side, Tone};
use crate::text::{self, about, clean, grouped, moment, number, percent, span};
use chrono::TimeDelta;
use toban_core::{Ratio, Reason};
use toban_slo::{
    AlertReport, AlertState, Balance, Budget, Burn, BurnReport, Comparison, Condition, Objective, Outlook,
    Pace, Projection, Reading, WindowReport,
};

/// How many firings are listed.
const FIRINGS_SHOWN: usize = 20;

/// One objective in words.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) title: String,
    pub(crate) description: Option<String>,
    /// What matters most, the worst first.
    pub(crate) status: Vec<Cell>,
    pub(crate) tiles: Vec<Tile>,
    pub(crate) facts: Grid,
    /// The rest, in order.
    pub(crate) blocks: Vec<Block>,
}

/// A table, a list, or both, under a heading.
#[derive(Debug, Default)]
pub(crate) struct Block {
    pub(crate) heading: &'static str,
    pub(crate) grid: Grid,
    pub(crate) notes: Vec<Cell>,
}

impl Block {
    fn new(heading: &'static str, grid: Grid) -> Self {
        Self { heading, grid, notes: Vec::new() }
    }

    /// Adds sentences below the table.
    fn with_notes(mut self, notes: impl IntoIterator<Item = Cell>) -> Self {
        self.notes.extend(notes);
        self
    }

    fn is_empty(&self) -> bool {
        self.grid.rows.is_empty() && self.notes.is_empty()
    }
}

/// How an objective is shown.
#[derive(Clone, Copy)]
struct Teller<'a> {
    language: Language,
    words: &'static Words,
    section: &'a Section<'a>,
}

impl View {
    pub(crate) fn of(section: &Section<'_>, language: Language) -> Self {
        let words = language.words();
        let teller = Teller { language, words, section };
        let power = teller.power();
        let power_note = (!power.rows.is_empty()).then(|| words.power_note.into());
        let whole_note = teller.is_of_whole().then(|| words.forecast_note.into());
        let forecast_notes = whole_note.into_iter().chain(teller.alike().map(Cell::from));
        let mut blocks = vec![
            Block::new(words.budget, teller.budget()),
            Block::new(words.burn_rates, teller.burn_rates()),
            Block::new(words.forecast, teller.forecast()).with_notes(forecast_notes),
            Block::new(words.alerts, teller.alerts()),
            teller.firings(),
            Block::new(words.power, power).with_notes(power_note),
            Block::new(words.corrections, teller.corrections()),
            Block::new(words.notes, Grid::default()).with_notes(teller.notes()),
        ];
        blocks.retain(|block| !block.is_empty());
        Self {
            title: title(&section.about, section.slo.name()),
            description: section.about.description.as_deref().map(clean),
            status: teller.status(),
            tiles: teller.tiles(),
            facts: Grid::of_facts(teller.facts()),
            blocks,
        }
    }
}

fn title(about: &About, name: &str) -> String {
    clean(about.title.as_deref().unwrap_or(name))
}

/// All objectives, a row each.
pub(crate) fn summary(document: &Document<'_>, language: Language) -> Block {
    let words = language.words();
    let mut grid = Grid::new([
        (words.objective, Side::Left),
        (words.target, Side::Right),
        (words.sli, Side::Right),
        (words.spent, Side::Right),
        (words.state, Side::Left),
    ]);
    let targets = document.sections.iter().map(|section| section.report.objective);
    let composed = document.composites.iter().map(|section| section.report.objective);
    let decimals = figures::decimals(targets.chain(composed));
    for section in &document.sections {
        let teller = Teller { language, words, section };
        let sli = section.report.main().map(|main| teller.sli(&main.reading, decimals));
        grid.row([
            Cell::new(title(&section.about, section.slo.name()), Tone::Strong),
            section.report.objective.to_string().into(),
            sli.unwrap_or_else(|| words.no_data.into()).into(),
            language.spent(section.report.spent),
            teller.state(),
        ]);
    }
    grid.rows
        .extend(document.composites.iter().map(|section| composite::summary(section, language, decimals)));
    Block::new(words.summary, grid)
}

/// What was read, and what of it was not understood.
pub(crate) fn sources(document: &Document<'_>, language: Language) -> Block {
    let words = language.words();
    let mut grid =
        Grid::new([(words.source, Side::Left), (words.read, Side::Right), (words.unread, Side::Right)]);
    let mut notes = Vec::new();
    for source in &document.sources {
        let tone = if source.unread > 0 { Tone::Warning } else { Tone::Plain };
        let unread = Cell::new(grouped(source.unread.into()), tone);
        grid.row([clean(&source.name).into(), grouped(source.read.into()).into(), unread]);
        for example in &source.examples {
            let (text, why) = (text::clipped(&clean(&example.text), 100), clean(&example.why));
            let line = language
                .pick(format!("{} {}", words.line, example.line), format!("{} {}", example.line, words.line));
            notes.push(Cell::new(format!("{}, {line}: {why}: {text}", clean(&source.name)), Tone::Warning));
        }
        notes.extend(source.findings.iter().map(finding));
    }
    Block::new(words.sources, grid).with_notes(notes)
}

fn finding(reason: &Reason) -> Cell {
    Cell::new(clean(&reason.to_string()), Tone::Warning)
}

impl Teller<'_> {
    fn state(&self) -> Cell {
        let firing = self.section.report.alerts.iter().any(|alert| alert.state.is_firing());
        if firing {
            return Cell::new(self.language.alert_state(AlertState::Firing), Tone::Bad);
        }
        self.section.report.main().map_or_else(|| self.no_data(), |main| self.language.standing(&main.budget))
    }

    fn no_data(&self) -> Cell {
        self.language.no_data()
    }

    fn status(&self) -> Vec<Cell> {
        let Section { report, .. } = self.section;
        let names = |wanted: &dyn Fn(&AlertReport) -> bool| {
            let names: Vec<_> = report
                .alerts
                .iter()
                .filter(|alert| wanted(alert))
                .map(|alert| clean(&alert.rule.name))
                .collect();
            (!names.is_empty()).then(|| names.join(", "))
        };
        let mut status = Vec::new();
        if let Some(firing) = names(&|alert| alert.state.is_firing()) {
            status.push(Cell::new(self.language.firing(&firing), Tone::Bad));
        }
        status.push(report.main().map_or_else(|| self.no_data(), |main| self.balance(main)));
        if let Some(frozen) = names(&|alert| matches!(alert.state, AlertState::Frozen(_))) {
            status.push(Cell::new(self.language.frozen(&frozen), Tone::Warning));
        }
        status
    }

    /// What is left, and where only a part of the window was seen, what that is of the whole.
    fn balance(&self, main: &WindowReport) -> Cell {
        let so_far = self.language.balance(&main.budget);
        if main.whole.slots == main.whole.expected || main.whole.spent.times().is_none() {
            return so_far;
        }
        let (spent, window) = (self.language.spent(main.whole.spent), self.language.window(main.window));
        Cell { text: self.language.so_far(&so_far.text, &spent.text, &window), ..so_far }
    }

    fn facts(&self) -> Vec<(String, String)> {
        let Self { words, language, section } = self;
        let windows: Vec<_> = section.slo.windows().map(|window| language.window(window)).collect();
        let indicator = match &section.indicator {
            Some(told) => clean(told),
            None => language.indicator(section.slo.indicator()),
        };
        let mut facts = Vec::new();
        if let Some(service) = &section.about.service {
            facts.push((words.service.into(), clean(service)));
        }
        let objective = format!("{} · {indicator} · {}", section.report.objective, windows.join(", "));
        facts.push((words.objective.into(), objective));
        facts.push((words.counting.into(), language.budgeting(section.slo.budgeting())));
        if let Some(source) = &section.source {
            facts.push((words.source.into(), clean(source)));
        }
        let record = match section.report.record {
            None => words.no_data.into(),
            Some(record) => {
                let stretch = language.stretch(&moment(record.start()), &moment(record.end()));
                format!("{stretch}, {}", language.steps(record.length(), section.report.step))
            }
        };
        facts.push((words.record.into(), record));
        if let Some(sla) = section.report.sla.as_ref().filter(|sla| !sla.sla.terms.is_empty()) {
            facts.push((words.terms.into(), clean(&sla.sla.terms)));
        }
        facts
    }

    /// A column for each window, one for the contract, and one for what a window holds without corrections.
    fn budget(&self) -> Grid {
        let Self { words, language, section } = self;
        let report = section.report;
        let mut columns = Vec::new();
        for window in &report.windows {
            let name = language.window(window.window);
            columns.push((name.clone(), report.objective, window.reading, window.budget));
            if let Some((reading, budget)) = window.uncorrected {
                columns.push((format!("{name} {}", words.uncorrected), report.objective, reading, budget));
            }
        }
        // The contract stands beside the main window.
        if let Some(sla) = &report.sla
            && let (Some(reading), Some(budget)) = (sla.reading, sla.budget)
        {
            let name = format!("SLA {}", language.window(sla.sla.window));
            let raw = sla.uncorrected.map(|(reading, budget)| {
                (format!("{name} {}", words.uncorrected), sla.sla.objective, reading, budget)
            });
            let place = columns.len().min(1);
            columns
                .splice(place..place, std::iter::once((name, sla.sla.objective, reading, budget)).chain(raw));
        }
        let unit = columns.first().map_or("", |(_, _, reading, _)| language.unit(reading.unit));
        let names = columns.iter().map(|(name, ..)| (name.clone(), Side::Right));
        let mut grid = Grid::new(std::iter::once((unit.to_owned(), Side::Left)).chain(names));
        grid.splits = true;
        let label = |label: &str| Cell::new(label, Tone::Quiet);
        let mut row = |name: &str, tell: &dyn Fn(Objective, &Reading, &Budget) -> Cell| {
            let cells =
                columns.iter().map(|(_, objective, reading, budget)| tell(*objective, reading, budget));
            grid.row(std::iter::once(label(name)).chain(cells));
        };
        row(words.from, &|_, reading, _| moment(reading.interval.start()).into());
        row(words.to, &|_, reading, _| moment(reading.interval.end()).into());
        row(words.covers, &|_, reading, _| match self.covered(reading) {
            Some(covered) => covered.into(),
            None => self.no_data(),
        });
        row(words.seen, &|_, reading, _| match reading.coverage() {
            Some(seen) => percent(seen.as_ratio(), 1).into(),
            None => Cell::new("-", Tone::Plain),
        });
        row(words.target, &|objective, _, _| objective.to_string().into());
        let decimals = self.decimals();
        row(words.sli, &|_, reading, _| Cell::new(self.sli(reading, decimals), Tone::Strong));
        row(words.good, &|_, reading, _| amount(reading.tally.good().into(), reading.unit).into());
        row(words.total, &|_, reading, _| amount(reading.tally.total().into(), reading.unit).into());
        row(words.allowed, &|_, reading, budget| {
            let [allowed, ..] = amounts(budget, reading.unit);
            allowed.into()
        });
        row(words.bad, &|_, reading, budget| {
            let [_, bad, _] = amounts(budget, reading.unit);
            bad.into()
        });
        row(words.left, &|_, reading, budget| {
            let [.., left] = amounts(budget, reading.unit);
            match budget.left {
                _ if reading.observed == 0 => self.no_data(),
                Balance::Left(_) => left.into(),
                Balance::Overspent(_) => Cell::new(left, Tone::Bad),
            }
        });
        row(words.spent, &|_, _, budget| language.spent(budget.spent));
        // Of a window that was seen from end to end both parts are the same.
        if report.windows.iter().any(|window| window.whole.slots != window.whole.expected) {
            row(words.spent_of_whole, &|objective, reading, _| {
                let is_it =
                    |window: &&WindowReport| objective == report.objective && window.reading == *reading;
                let window = report.windows.iter().find(is_it);
                window.map_or_else(|| "-".into(), |window| language.spent(window.whole.spent))
            });
        }
        row(words.state, &|_, _, budget| language.standing(budget));
        grid
    }

    fn burn_rates(&self) -> Grid {
        let words = self.words;
        let mut grid = Grid::new([
            (words.window, Side::Right),
            (words.burn_rate, Side::Right),
            (words.bad, Side::Right),
            (words.total, Side::Right),
            (words.alerts_above, Side::Left),
            (words.covers, Side::Left),
        ]);
        for BurnReport { window, reading, burn, .. } in &self.section.report.burn_rates {
            let limits: Vec<_> = self.limits(*window).collect();
            let is_crossed = limits.iter().any(|(comparison, factor, _)| burn.exceeds(*comparison, *factor));
            let tone = match burn {
                Burn::NoData => Tone::Warning,
                _ if is_crossed => Tone::Bad,
                _ => Tone::Plain,
            };
            let limits: Vec<_> = limits
                .into_iter()
                .map(|(comparison, factor, name)| match comparison {
                    Comparison::AtLeast => format!("{} {name}", number(factor, 3)),
                    _ => format!("{comparison} {} {name}", number(factor, 3)),
                })
                .collect();
            let crossed = if is_crossed { "! " } else { "" };
            grid.row([
                span(*window).into(),
                Cell::new(format!("{crossed}{}", self.burn(*burn)), tone),
                amount(reading.tally.bad().into(), reading.unit).into(),
                amount(reading.tally.total().into(), reading.unit).into(),
                limits.join(", ").into(),
                self.covers(reading),
            ]);
        }
        grid
    }

    /// The factors that rules compare the burn rate of a window with.
    fn limits(&self, window: TimeDelta) -> impl Iterator<Item = (Comparison, Ratio, String)> {
        self.section.report.alerts.iter().filter_map(move |alert| match &alert.rule.condition {
            Condition::BurnRate { comparison, factor, long, short }
                if *long == window || *short == Some(window) =>
            {
                Some((*comparison, *factor, clean(&alert.rule.name)))
            }
            _ => None,
        })
    }

    /// When the rest of the budget is gone: at the pace of the last while, and in futures drawn from the record.
    fn forecast(&self) -> Grid {
        let Self { words, language, section } = self;
        let mut grid = Grid::new([
            (words.basis, Side::Left),
            (words.gone_in, Side::Left),
            (words.interval, Side::Left),
            (words.chance, Side::Left),
        ]);
        if let Some(pace) = &section.report.forecast.pace {
            let time = |time: Option<TimeDelta>| time.map_or_else(|| self.beyond(pace), about);
            let interval = match pace.earliest {
                None => time(None),
                earliest => language.between(&time(earliest), &time(pace.latest)),
            };
            grid.row([
                language.pace(&self.burn(pace.burn), pace.over).into(),
                Cell::new(time(pace.exhausted_in), Tone::Strong),
                interval.into(),
                Cell::default(),
            ]);
        }
        match &section.report.forecast.outlook {
            // The state of the budget says it already.
            Outlook::Exhausted => {}
            Outlook::Projected(it) => {
                let time = |time: Option<TimeDelta>| self.drawn(it, time);
                let is_now = |time: Option<TimeDelta>| time.is_some_and(|time| time.is_zero());
                let interval = match it.earliest {
                    None => time(None),
                    now if is_now(now) && is_now(it.latest) => time(now),
                    now if is_now(now) => language.between(words.now, &time(it.latest)),
                    earliest => language.between(&time(earliest), &time(it.latest)),
                };
                grid.row([
                    language.seasons(it.seasons, it.rhythm).into(),
                    Cell::new(time(it.median), Tone::Strong),
                    interval.into(),
                    language.within(&risk(it.chance_to_miss), it.horizon).into(),
                ]);
            }
            Outlook::Undecided(why) => {
                grid.row([why.to_string().into(), Cell::new(words.undecided, Tone::Warning)]);
            }
            _ => {}
        }
        grid
    }

    /// Whether a forecast speaks of another budget than that of what was seen.
    fn is_of_whole(&self) -> bool {
        let report = self.section.report;
        let main = report.main().filter(|_| report.forecast.remaining.is_some());
        let is_told = report.forecast.outlook != Outlook::Exhausted;
        is_told && main.is_some_and(|main| main.whole.slots != main.whole.expected)
    }

    /// When the budget is gone in a future that was drawn.
    fn drawn(&self, projection: &Projection, time: Option<TimeDelta>) -> String {
        match time {
            None => format!("> {}", about(projection.horizon)),
            Some(time) if time.is_zero() => self.words.gone.to_owned(),
            Some(time) => about(time),
        }
    }

    /// That the record is too short to tell weekdays apart.
    fn alike(&self) -> Option<String> {
        match &self.section.report.forecast.outlook {
            Outlook::Projected(projection) => projection.weeks_needed.map(|weeks| self.language.alike(weeks)),
            _ => None,
        }
    }

    /// When a pace has not used up the budget as far as it looks.
    fn beyond(&self, pace: &Pace) -> String {
        pace.within.map_or_else(|| self.words.not_gone.into(), |within| format!("> {}", about(within)))
    }

    fn alerts(&self) -> Grid {
        let Self { words, language, section } = self;
        let mut grid = Grid::new([
            (words.alert, Side::Left),
            (words.calls, Side::Left),
            (words.state, Side::Left),
            (words.condition, Side::Left),
        ]);
        for AlertReport { rule, state, .. } in &section.report.alerts {
            let tone = match state {
                AlertState::Inactive => Tone::Good,
                AlertState::Pending | AlertState::Frozen(_) => Tone::Warning,
                AlertState::Firing => Tone::Bad,
            };
            let condition =
                language.condition(&rule.condition) + &language.patience(rule.lasting, rule.cool_down);
            grid.row([
                clean(&rule.name).into(),
                language.severity(rule.severity).into(),
                Cell::new(language.alert_state(*state), tone),
                condition.into(),
            ]);
        }
        grid
    }

    /// The last firings of all rules, in the order in which they fired.
    fn firings(&self) -> Block {
        let Self { words, language, section } = self;
        let mut grid = Grid::new([
            (words.alert, Side::Left),
            (words.fired, Side::Left),
            (words.resolved, Side::Left),
            (words.lasted, Side::Right),
        ]);
        let mut firings: Vec<_> = (section.report.alerts.iter())
            .flat_map(|alert| alert.episodes.iter().map(move |episode| (episode.fired_at, alert, episode)))
            .collect();
        firings.sort_by_key(|(fired_at, ..)| *fired_at);
        for (fired_at, alert, episode) in firings.iter().skip(firings.len().saturating_sub(FIRINGS_SHOWN)) {
            let resolved = match episode.resolved_at {
                Some(at) => moment(at).into(),
                None => Cell::new(words.still_firing, Tone::Bad),
            };
            let until = episode.resolved_at.unwrap_or(section.report.at);
            grid.row([
                clean(&alert.rule.name).into(),
                moment(*fired_at).into(),
                resolved,
                span(until - *fired_at).into(),
            ]);
        }
        let note = match firings.len().checked_sub(FIRINGS_SHOWN) {
            Some(earlier) if earlier > 0 => Some(language.earlier_firings(earlier).into()),
            _ if firings.is_empty() && !section.report.alerts.is_empty() => Some(words.never_fired.into()),
            _ => None,
        };
        Block::new(words.firings, grid).with_notes(note)
    }

    fn corrections(&self) -> Grid {
        let Self { words, language, section } = self;
        let mut grid = Grid::new([
            (words.from, Side::Left),
            (words.to, Side::Left),
            (words.treatment, Side::Left),
            (words.reason, Side::Left),
            (words.recorded, Side::Left),
            (words.slots, Side::Right),
        ]);
        for found in &section.report.corrections {
            let correction = &found.correction;
            let is_idle = found.is_without_effect(section.report.at);
            let tone = if is_idle { Tone::Warning } else { Tone::Plain };
            let recorded = correction.recorded.as_ref();
            grid.row([
                moment(correction.interval.start()).into(),
                moment(correction.interval.end()).into(),
                language.treatment(correction.treatment).into(),
                clean(&correction.reason).into(),
                recorded.map_or_else(String::new, |it| format!("{} {}", clean(&it.by), moment(it.at))).into(),
                Cell::new(grouped(found.slots.into()), tone),
            ]);
        }
        grid
    }

    fn notes(&self) -> Vec<Cell> {
        let Section { report, about, .. } = self.section;
        let refusals =
            report.refusals.iter().map(|refusal| Cell::new(clean(&refusal.to_string()), Tone::Bad));
        let looser = report.sla.iter().filter(|sla| sla.is_tighter_than_slo);
        let looser = looser.map(|_| Cell::new(self.words.looser_than_sla, Tone::Warning));
        let idle = report.corrections.iter().filter(|found| found.is_without_effect(report.at));
        let idle = idle.map(|found| {
            Cell::new(self.language.without_effect(&clean(&found.correction.reason)), Tone::Warning)
        });
        refusals.chain(looser).chain(idle).chain(about.findings.iter().map(finding)).collect()
    }

    /// What the demand for proof costs each rule.
    fn power(&self) -> Grid {
        let words = self.words;
        let mut grid = Grid::new([
            (words.alert, Side::Left),
            (words.events, Side::Right),
            (words.bad_to_fire, Side::Right),
            (words.ungated, Side::Right),
            (words.caught, Side::Right),
            (words.ungated, Side::Right),
        ]);
        for alert in &self.section.report.alerts {
            if let Some(power) = &alert.power {
                let needed =
                    power.failures_needed.map_or_else(|| words.never.into(), |needed| grouped(needed.into()));
                grid.row([
                    clean(&alert.rule.name).into(),
                    grouped(power.events.into()).into(),
                    needed.into(),
                    grouped(power.failures_ungated.into()).into(),
                    chance(power.chance_at_twice).into(),
                    chance(power.chance_ungated).into(),
                ]);
            }
        }
        grid
    }

    /// How many decimals the shares of good of this objective have, its contract's included.
    fn decimals(&self) -> usize {
        let report = self.section.report;
        figures::decimals(
            std::iter::once(report.objective).chain(report.sla.iter().map(|sla| sla.sla.objective)),
        )
    }

    fn sli(&self, reading: &Reading, decimals: usize) -> String {
        match reading.tally.good_share() {
            Some(share) => figures::share(share, decimals),
            None if reading.observed > 0 => self.words.no_traffic.into(),
            None => self.words.no_data.into(),
        }
    }

    fn burn(&self, burn: Burn) -> String {
        match burn {
            Burn::NoData => self.words.no_data.into(),
            Burn::Times(times) => number(times, 2),
            Burn::Unbounded => self.words.no_budget.into(),
        }
    }

    /// How much of a stretch holds data.
    fn covered(&self, reading: &Reading) -> Option<String> {
        let steps = |steps: u64| {
            let steps = i32::try_from(steps).unwrap_or(i32::MAX);
            self.section.report.step.checked_mul(steps).unwrap_or(TimeDelta::MAX)
        };
        let covered = || self.language.covered(steps(reading.observed), steps(reading.slots));
        (reading.observed > 0).then(covered)
    }

    /// The same, and how much that is of what was expected.
    fn covers(&self, reading: &Reading) -> Cell {
        let seen = reading.coverage().map(|share| share.as_ratio()).filter(|share| *share < Ratio::ONE);
        match (self.covered(reading), seen) {
            (None, _) => self.no_data(),
            (Some(covered), None) => covered.into(),
            (Some(covered), Some(seen)) => self.language.and_seen(&covered, &percent(seen, 1)).into(),
        }
    }
}
