//! What the report says, as texts and grids: the same for a terminal and for a page.

mod alerts;
mod composite;
mod figures;
mod tiles;

use figures::{amount, amounts, risk};
pub(crate) use tiles::Tile;

use super::phrases;
use super::words::Words;
use super::{About, Document, Section};
use crate::Language;
use crate::table::{Cell, Grid, Side, Tone};
use crate::text::{self, Limit, about, about_up, clean, grouped, moment, percent_in_full, span};
use chrono::TimeDelta;
use toban_core::{Ratio, Reason};
use toban_slo::{
    AlertReport, AlertState, Balance, Budget, Burn, Comparison, Condition, Objective, Outlook, Pace,
    PolicyError, Projection, Reading, Recovery, Refusal, Uncorrected, WholeBudget, WindowReport,
};

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

/// A window, or the contract, in the table of budgets.
struct Column {
    name: String,
    objective: Objective,
    reading: Reading,
    budget: Budget,
    whole: WholeBudget,
}

/// How an objective is shown.
#[derive(Clone, Copy)]
struct Teller<'a> {
    language: Language,
    words: &'static Words,
    section: &'a Section<'a>,
    /// How many decimals of a per cent a share of good has.
    decimals: usize,
}

impl<'a> Teller<'a> {
    /// With so many decimals as the document has, or more where its targets do.
    fn new(section: &'a Section<'a>, decimals: usize, language: Language) -> Self {
        let decimals = decimals.max(figures::decimals(targets(section)));
        Self { language, words: language.words(), section, decimals }
    }
}

impl View {
    pub(crate) fn of(section: &Section<'_>, decimals: usize, language: Language) -> Self {
        let words = language.words();
        let teller = Teller::new(section, decimals, language);
        let power = teller.power();
        let power_note = (!power.rows.is_empty()).then(|| words.power_note.into());
        let mut blocks = vec![
            teller.budget(),
            Block::new(words.burn_rates, teller.burn_rates()),
            teller.forecast(),
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
    let decimals = decimals(document);
    let mut rows = Vec::new();
    for section in &document.sections {
        let teller = Teller::new(section, decimals, language);
        let sli = section.report.main().map(|main| teller.sli(&main.reading));
        rows.push([
            Cell::new(title(&section.about, section.slo.name()), Tone::Strong),
            section.report.objective.to_string().into(),
            sli.unwrap_or_else(|| words.no_data.into()).into(),
            teller.spent(section.report.spent),
            teller.spent_of_whole(),
            teller.state(),
        ]);
    }
    rows.extend(document.composites.iter().map(|section| composite::summary(section, language, decimals)));
    // Where each window was seen from end to end, both parts are the same.
    let has_whole = document.sections.iter().any(|section| section.report.main().is_some_and(is_young))
        || document.composites.iter().any(|section| section.report.is_partial());
    for [title, target, sli, spent, of_whole, state] in rows {
        let whole = has_whole.then_some(of_whole);
        grid.row([title, target, sli, spent].into_iter().chain(whole).chain([state]));
    }
    if has_whole {
        grid.head.splice(3..4, [words.spent_so_far, words.of_whole].map(|of| (of.into(), Side::Right)));
    }
    Block::new(words.summary, grid).with_notes(has_whole.then(|| words.so_far_note.into()))
}

/// How many decimals of a per cent a share of good needs everywhere in a document, so that one figure looks the same
/// wherever it stands; a section with a finer target has more.
pub(crate) fn decimals(document: &Document<'_>) -> usize {
    let targets = document.sections.iter().flat_map(targets);
    figures::usual_decimals(targets.chain(document.composites.iter().map(|section| section.report.objective)))
}

/// What is promised, and what is owed.
fn targets<'a>(section: &'a Section<'_>) -> impl Iterator<Item = Objective> + 'a {
    section.report.sla.iter().map(|sla| sla.sla.objective).chain([section.report.objective])
}

/// Whether only a part of a window was to be seen so far.
pub(super) fn is_young(window: &WindowReport) -> bool {
    figures::is_partial(&window.whole)
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
        let read = language.read(&grouped(source.read.into()), source.unit);
        grid.row([clean(&source.name).into(), read.into(), unread]);
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

/// The window of a rule that the data cannot resolve, where that is what is refused.
fn off_grid(refusal: &Refusal, name: &str) -> Option<TimeDelta> {
    match refusal {
        Refusal::Rule(PolicyError::OffGrid { rule, window, .. }) if rule == name => Some(*window),
        _ => None,
    }
}

fn finding(reason: &Reason) -> Cell {
    Cell::new(clean(&reason.to_string()), Tone::Warning)
}

impl Teller<'_> {
    fn state(&self) -> Cell {
        // A page before a ticket, and one that is known to fire before one that is frozen.
        let firing = self.section.report.alerts.iter().filter(|alert| alert.state.is_firing());
        let loudest = firing.min_by_key(|alert| (alert.state != AlertState::Firing, alert.rule.severity));
        if let Some(AlertReport { rule, state, .. }) = loudest {
            let (state, severity) =
                (self.language.alert_state(*state), self.language.severity(rule.severity));
            let between = self.language.pick(", ", "、");
            return Cell::new(format!("{state}{between}{severity}"), Tone::Bad);
        }
        self.section
            .report
            .main()
            .map_or_else(|| self.no_data(), |main| self.language.standing_of_whole(&main.budget, &main.whole))
    }

    /// The spent part of the main window's budget, beside the parts at which an alert calls.
    fn spent(&self, spent: Burn) -> Cell {
        self.language.spent(spent, &self.parts())
    }

    fn spent_of_whole(&self) -> Cell {
        let whole = self.section.report.main().map_or(Burn::NoData, |main| main.whole.spent);
        self.language.spent(whole, &[])
    }

    /// The parts of the main window's budget that rules compare with what is spent.
    fn parts(&self) -> Vec<Limit> {
        let rules = self.section.report.alerts.iter().map(|alert| &alert.rule.condition);
        rules
            .filter_map(|condition| match condition {
                Condition::BudgetConsumed { part } => Some((Comparison::AtLeast, *part)),
                _ => None,
            })
            .collect()
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
        let off_grid = |rule: &str| report.refusals.iter().find_map(|refusal| off_grid(refusal, rule));
        let is_frozen = |alert: &AlertReport| {
            matches!(alert.state, AlertState::Frozen(_)) && off_grid(&alert.rule.name).is_none()
        };
        if let Some(frozen) = names(&is_frozen) {
            status.push(Cell::new(self.language.frozen(&frozen), Tone::Warning));
        }
        // More data of this kind changes nothing.
        let never = report.alerts.iter().filter_map(|alert| {
            Some(format!("{} ({})", clean(&alert.rule.name), span(off_grid(&alert.rule.name)?)))
        });
        let never: Vec<_> = never.collect();
        if !never.is_empty() {
            status.push(Cell::new(self.language.off_grid(&never.join(", "), report.step), Tone::Warning));
        }
        status
    }

    /// What is left, and where only a part of the window was seen, what that is of the whole.
    fn balance(&self, main: &WindowReport) -> Cell {
        let Self { language, .. } = self;
        let left = figures::left(&main.budget, &self.parts());
        let (Some(left), Some(spent)) = (left.filter(|_| is_young(main)), main.whole.spent.times()) else {
            return language.balance(&main.budget, &self.parts());
        };
        let (window, seen) = (language.window(main.window), self.steps(main.reading.observed));
        let of_whole = figures::left_of(spent, &[]);
        let text = match (left.strip_prefix('-'), of_whole.strip_prefix('-')) {
            (None, _) => language.left_so_far(&left, seen, &self.spent_of_whole().text, &window),
            (Some(over), None) => language.over_so_far(over, seen, &self.spent_of_whole().text, &window),
            (Some(over), Some(of_whole)) => language.over_both(of_whole, over, seen, &window),
        };
        Cell { text, tone: language.standing_of_whole(&main.budget, &main.whole).tone }
    }

    fn facts(&self) -> Vec<(String, String)> {
        let Self { words, language, section, .. } = self;
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
        facts.push((words.counting.into(), language.budgeting(section.slo, section.report.slot)));
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
    fn budget(&self) -> Block {
        let Self { words, language, .. } = self;
        let columns = self.columns();
        let is_partial = columns.iter().any(|column| figures::is_partial(&column.whole));
        let so_far = |so_far, usual| if is_partial { so_far } else { usual };
        let unit = columns.first().map_or("", |column| language.unit(column.reading.unit));
        let names = columns.iter().map(|column| (column.name.clone(), Side::Right));
        let mut grid = Grid::new(std::iter::once((unit.to_owned(), Side::Left)).chain(names));
        let label = |label: &str| Cell::new(label, Tone::Quiet);
        let mut row = |name: &str, tell: &dyn Fn(&Column) -> Cell| {
            grid.row(std::iter::once(label(name)).chain(columns.iter().map(tell)));
        };
        row(words.from, &|column| moment(column.reading.interval.start()).into());
        row(words.to, &|column| moment(column.reading.interval.end()).into());
        row(words.covers, &|column| match self.covered(&column.reading) {
            Some(covered) => covered.into(),
            None => self.no_data(),
        });
        row(words.seen, &|column| match column.reading.coverage() {
            Some(seen) => percent_in_full(seen.as_ratio(), 1).into(),
            None => Cell::new("-", Tone::Plain),
        });
        row(words.target, &|column| column.objective.to_string().into());
        row(words.sli, &|column| Cell::new(self.sli(&column.reading), Tone::Strong));
        row(words.good, &|Column { reading, .. }| amount(reading.tally.good().into(), reading.unit).into());
        row(words.total, &|Column { reading, .. }| amount(reading.tally.total().into(), reading.unit).into());
        row(so_far(words.allowed_so_far, words.allowed), &|column| {
            let [allowed, ..] = amounts(&column.budget, column.reading.unit);
            allowed.into()
        });
        row(words.bad, &|column| {
            let [_, bad, _] = amounts(&column.budget, column.reading.unit);
            bad.into()
        });
        row(so_far(words.left_so_far, words.left), &|column| {
            let [.., left] = amounts(&column.budget, column.reading.unit);
            match column.budget.left {
                _ if column.reading.observed == 0 => self.no_data(),
                Balance::Left(_) => left.into(),
                Balance::Overspent(_) => Cell::new(left, Tone::Bad),
            }
        });
        row(so_far(words.spent_so_far, words.spent), &|column| self.spent(column.budget.spent));
        // Of a window that was seen from end to end both parts are the same.
        if is_partial {
            row(words.spent_of_whole, &|column| language.spent(column.whole.spent, &[]));
        }
        row(words.state, &|column| language.standing_of_whole(&column.budget, &column.whole));
        Block::new(words.budget, grid).with_notes(is_partial.then(|| words.so_far_note.into()))
    }

    fn columns(&self) -> Vec<Column> {
        let Self { words, language, section, .. } = self;
        let report = section.report;
        let mut columns = Vec::new();
        let without = |name: &str, objective, Uncorrected { reading, budget, whole, .. }| {
            let name = format!("{name} {}", words.uncorrected);
            Column { name, objective, reading, budget, whole }
        };
        for WindowReport { window, reading, budget, whole, uncorrected, .. } in &report.windows {
            let (name, objective) = (language.window(*window), report.objective);
            let raw = uncorrected.map(|raw| without(&name, objective, raw));
            columns.push(Column { name, objective, reading: *reading, budget: *budget, whole: *whole });
            columns.extend(raw);
        }
        // The contract stands beside the main window.
        if let Some(sla) = &report.sla
            && let (Some(reading), Some(budget), Some(whole)) = (sla.reading, sla.budget, sla.whole)
        {
            let objective = sla.sla.objective;
            let name = format!("SLA {}", language.window(sla.sla.window));
            let raw = sla.uncorrected.map(|raw| without(&name, objective, raw));
            let place = report.windows.first().map_or(0, |main| 1 + usize::from(main.uncorrected.is_some()));
            let contract = Column { name, objective, reading, budget, whole };
            columns.splice(place..place, std::iter::once(contract).chain(raw));
        }
        columns
    }

    /// When the rest of the budget is gone, or something of it is left again.
    fn forecast(&self) -> Block {
        let Self { words, language, section, .. } = self;
        let forecast = &section.report.forecast;
        if self.is_over() {
            return Block::new(words.forecast, Grid::default()).with_notes([words.period_ends.into()]);
        }
        let grid = match forecast.outlook {
            Outlook::Exhausted => self.recovery(),
            _ => self.exhaustion(),
        };
        let anew = match forecast.recovery {
            Some(Recovery::NewPeriod { begins_in }) if forecast.outlook != Outlook::Exhausted => {
                Some(language.new_budget(begins_in).into())
            }
            _ => None,
        };
        let of_whole = self.is_of_whole().then(|| words.forecast_note.into());
        let notes = of_whole.into_iter().chain(anew).chain(self.alike().map(Cell::from));
        Block::new(words.forecast, grid).with_notes(notes)
    }

    /// Whether nothing lies ahead of the period of the calendar.
    fn is_over(&self) -> bool {
        let (window, until) = (self.section.slo.window(), self.section.report.until);
        !window.is_rolling() && window.at(until).is_some_and(|whole| whole.end() <= until)
    }

    /// When something of a budget is left again: at the pace of the last while, and at best.
    fn recovery(&self) -> Grid {
        let Self { words, language, section, .. } = self;
        let mut grid = Grid::new([(words.basis, Side::Left), (words.left_again_in, Side::Left)]);
        let mut row = |basis: String, time: String| grid.row([basis.into(), Cell::new(time, Tone::Strong)]);
        match &section.report.forecast.recovery {
            Some(Recovery::Leaving { over, reading, burn, left_in, left_at_best, .. }) => {
                let time = left_in.map_or_else(|| words.not_at_this_pace.to_owned(), about_up);
                row(language.pace(&language.burn(*burn, &[]), *over, self.seen_part(reading)), time);
                // With nothing bad in the last while both are the same.
                if let Some(best) = left_at_best.filter(|best| Some(*best) != *left_in) {
                    row(words.nothing_bad.into(), about_up(best));
                }
            }
            Some(Recovery::NewPeriod { begins_in }) => row(words.new_period.into(), about_up(*begins_in)),
            _ => grid.row([words.no_data.into(), Cell::new(words.undecided, Tone::Warning)]),
        }
        grid
    }

    /// When the rest of the budget is gone: at the pace of the last while, and in futures drawn from the record.
    fn exhaustion(&self) -> Grid {
        let Self { words, language, section, .. } = self;
        let mut grid = Grid::new([
            (words.basis, Side::Left),
            (self.gone_in_label(), Side::Left),
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
                language
                    .pace(&language.burn(pace.burn, &[]), pace.over, self.seen_part(&pace.reading))
                    .into(),
                Cell::new(time(pace.exhausted_in), Tone::Strong),
                interval.into(),
                Cell::default(),
            ]);
        }
        match &section.report.forecast.outlook {
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
                let why = phrases::rule(&why.to_string(), *language);
                grid.row([why.into(), Cell::new(words.undecided, Tone::Warning)]);
            }
            _ => {}
        }
        grid
    }

    /// Whether a forecast speaks of another budget than that of what was seen.
    fn is_of_whole(&self) -> bool {
        let report = self.section.report;
        let main = report.main().filter(|_| report.forecast.remaining.is_some());
        main.is_some_and(is_young)
    }

    /// Of which budget it is told when it is gone.
    fn gone_in_label(&self) -> &'static str {
        if self.is_of_whole() { self.words.whole_gone_in } else { self.words.gone_in }
    }

    /// When the budget is gone in a future that was drawn.
    fn drawn(&self, projection: &Projection, time: Option<TimeDelta>) -> String {
        match time {
            None => self.after(projection.horizon),
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
        pace.within.map_or_else(|| self.words.not_gone.into(), |within| self.after(within))
    }

    /// Later than that; of what has no rest there is no later.
    fn after(&self, length: TimeDelta) -> String {
        if length.is_zero() { self.words.period_over.to_owned() } else { format!("> {}", about(length)) }
    }

    fn corrections(&self) -> Grid {
        let Self { words, language, section, .. } = self;
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

    fn sli(&self, reading: &Reading) -> String {
        match reading.tally.good_share() {
            Some(share) => figures::share(share, self.decimals),
            None if reading.observed > 0 => self.words.no_traffic.into(),
            None => self.words.no_data.into(),
        }
    }

    /// How much of a stretch holds data.
    fn covered(&self, reading: &Reading) -> Option<String> {
        let covered = || self.language.covered(self.steps(reading.observed), self.steps(reading.slots));
        (reading.observed > 0).then(covered)
    }

    /// How much time of a stretch holds data, where that is not all of it.
    fn seen_part(&self, reading: &Reading) -> Option<TimeDelta> {
        (reading.observed < reading.slots).then(|| self.steps(reading.observed))
    }

    /// The length of so many steps.
    fn steps(&self, steps: u64) -> TimeDelta {
        let steps = i32::try_from(steps).unwrap_or(i32::MAX);
        self.section.report.step.checked_mul(steps).unwrap_or(TimeDelta::MAX)
    }

    /// The same, and how much that is of what was expected.
    fn covers(&self, reading: &Reading) -> Cell {
        let seen = reading.coverage().map(|share| share.as_ratio()).filter(|share| *share < Ratio::ONE);
        match (self.covered(reading), seen) {
            (None, _) => self.no_data(),
            (Some(covered), None) => covered.into(),
            (Some(covered), Some(seen)) => self.language.and_seen(&covered, &percent_in_full(seen, 1)).into(),
        }
    }
}
