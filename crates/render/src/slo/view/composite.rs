//! A composite in words.

use super::figures::{self, parts, share};
use super::{Block, Tile, View, finding, title};
use crate::Language;
use crate::slo::CompositeSection;
use crate::slo::words::Words;
use crate::table::{Cell, Grid, Side, Tone};
use crate::text::{clean, exact, moment, percent, percent_in_full, span};
use chrono::TimeDelta;
use toban_core::Share;
use toban_slo::{Absence, Budget, Burn, MemberReport, Reading};

/// How a composite is shown.
#[derive(Clone, Copy)]
struct Teller<'a> {
    language: Language,
    words: &'static Words,
    section: &'a CompositeSection<'a>,
    /// How many decimals of a per cent a share of good has.
    decimals: usize,
}

/// Its row among all objectives.
pub(super) fn summary(section: &CompositeSection<'_>, language: Language, decimals: usize) -> [Cell; 6] {
    let teller = Teller::new(section, decimals, language);
    [
        Cell::new(teller.title(), Tone::Strong),
        section.report.objective.to_string().into(),
        teller.sli(section.report.good).into(),
        language.spent(section.report.budget.map_or(Burn::NoData, |budget| budget.spent), &[]),
        section.report.whole.map_or_else(|| "-".into(), |whole| language.spent(whole.spent, &[])),
        teller.standing(),
    ]
}

impl View {
    pub(crate) fn of_composite(section: &CompositeSection<'_>, decimals: usize, language: Language) -> Self {
        let words = language.words();
        let teller = Teller::new(section, decimals, language);
        let is_short = |member: &MemberReport| member.absence.is_some();
        let rule = section.report.members.iter().any(is_short).then(|| {
            let least = percent(section.composite.min_coverage().as_ratio(), 1);
            language.silent_below(&least).into()
        });
        let mut blocks = vec![
            Block::new(words.budget, teller.budget()),
            Block::new(words.burn_rates, teller.burn_rates()),
            Block::new(words.members, teller.members()).with_notes(rule),
            Block::new(words.notes, Grid::default()).with_notes(section.about.findings.iter().map(finding)),
        ];
        blocks.retain(|block| !block.is_empty());
        let status = match section.report.budget {
            _ if teller.is_certain() => teller.overspent(),
            Some(budget) if section.report.is_partial() => language.balance_so_far(&budget),
            Some(budget) => language.balance(&budget, &[]),
            None => teller.standing(),
        };
        Self {
            title: teller.title(),
            description: section.about.description.as_deref().map(clean),
            status: vec![status],
            tiles: teller.tiles(),
            facts: Grid::of_facts(teller.facts()),
            blocks,
        }
    }
}

impl<'a> Teller<'a> {
    /// With so many decimals as the document has, or more where its target does.
    fn new(section: &'a CompositeSection<'a>, decimals: usize, language: Language) -> Self {
        let decimals = decimals.max(figures::decimals([section.report.objective]));
        Self { language, words: language.words(), section, decimals }
    }
}

impl Teller<'_> {
    fn title(&self) -> String {
        title(&self.section.about, &self.section.report.name)
    }

    fn sli(&self, good: Option<Share>) -> String {
        good.map_or_else(|| self.words.no_data.into(), |good| share(good, self.decimals))
    }

    /// Whether the budget of the whole window is overspent while only a part of it was to be seen.
    fn is_certain(&self) -> bool {
        let report = self.section.report;
        report.is_partial() && report.whole.is_some_and(|whole| whole.left.is_overspent())
    }

    /// By how much, of the whole window and so far.
    fn overspent(&self) -> Cell {
        let report = self.section.report;
        let over = |budget: Option<Budget>| budget.and_then(|budget| figures::left(&budget, &[]));
        let standing = self.standing();
        let (Some(of_whole), Some(so_far)) = (over(report.whole), over(report.budget)) else {
            return standing;
        };
        let window = self.language.window(self.section.composite.window());
        let [of_whole, so_far] = [&of_whole, &so_far].map(|left| left.trim_start_matches('-'));
        Cell { text: self.language.over_whole(of_whole, so_far, &window), tone: standing.tone }
    }

    fn standing(&self) -> Cell {
        let report = self.section.report;
        match report.budget {
            Some(_) if self.is_certain() => Cell::new(self.words.overspent, Tone::Bad),
            Some(budget) if report.is_partial() => self.language.standing_so_far(&budget),
            Some(budget) => self.language.standing(&budget),
            None if report.is_frozen() => Cell::new(self.words.composite_frozen, Tone::Warning),
            None => self.language.no_data(),
        }
    }

    fn facts(&self) -> Vec<(String, String)> {
        let Self { words, language, section, .. } = self;
        let service = section.about.service.as_deref().map(|service| (words.service.into(), clean(service)));
        let window = language.window(section.composite.window());
        let members = language.composite_of(section.report.members.len());
        let objective = format!("{} · {members} · {window}", section.report.objective);
        let facts = [(words.objective, objective), (words.counting, words.weighted_mean.into())];
        service.into_iter().chain(facts.map(|(label, fact)| (label.to_owned(), fact))).collect()
    }

    fn tiles(&self) -> Vec<Tile> {
        let Self { words, language, section, .. } = self;
        let target = format!("{} {}", words.target, section.report.objective);
        let tone = self.standing().tone;
        let sli = self.sli(section.report.good);
        let mut tiles =
            vec![Tile { label: words.sli, figure: Cell::new(sli, tone), full: None, detail: target }];
        let Some(budget) = section.report.budget else { return tiles };
        let figure = Cell::new(figures::left(&budget, &[]).unwrap_or_else(|| words.no_budget.into()), tone);
        let [allowed, _, left] = parts(&budget, self.decimals);
        let detail = language.part_of(&left, &allowed);
        let detail = if section.report.is_partial() { language.so_far(&detail) } else { detail };
        tiles.push(Tile { label: words.budget_left, figure, full: figures::full(&budget), detail });
        tiles
    }

    fn budget(&self) -> Grid {
        let Self { words, language, section, .. } = self;
        let window = section.composite.window();
        let mut grid = Grid::new([("".into(), Side::Left), (language.window(window), Side::Right)]);
        let mut row = |label: &str, cell: Cell| grid.row([Cell::new(label, Tone::Quiet), cell]);
        if let Some(interval) = window.at(section.report.at) {
            row(words.from, moment(interval.start()).into());
            row(words.to, moment(interval.end().min(section.report.at)).into());
        }
        row(words.covers, self.covers());
        row(words.target, section.report.objective.to_string().into());
        row(words.sli, Cell::new(self.sli(section.report.good), Tone::Strong));
        if let Some(budget) = section.report.budget {
            let [allowed, bad, left] = parts(&budget, self.decimals);
            let is_partial = section.report.is_partial();
            let so_far = |so_far, usual| if is_partial { so_far } else { usual };
            row(so_far(words.allowed_so_far, words.allowed), allowed.into());
            row(words.bad, bad.into());
            let tone = if budget.left.is_overspent() { Tone::Bad } else { Tone::Plain };
            row(so_far(words.left_so_far, words.left), Cell::new(left, tone));
            row(so_far(words.spent_so_far, words.spent), language.spent(budget.spent, &[]));
        }
        row(words.state, self.standing());
        grid
    }

    /// How much of the window those members hold data of that speak for themselves: the least and the most.
    fn covers(&self) -> Cell {
        let speaking = self.section.report.members.iter().filter(|member| member.absence.is_none());
        let mut readings: Vec<_> = speaking.filter_map(|member| member.reading).collect();
        readings.sort_by_key(Reading::reach);
        let told = |reading: &Reading| self.language.covered(observed(reading), reading.length());
        match (readings.first().map(told), readings.last().map(told)) {
            (Some(least), Some(most)) if least != most => self.language.between(&least, &most).into(),
            (Some(all), _) => all.into(),
            (None, _) => self.language.no_data(),
        }
    }

    /// How fast the budget burned, beside the mean that it follows from.
    fn burn_rates(&self) -> Grid {
        let words = self.words;
        let columns = [(words.window, Side::Right), (words.burn_rate, Side::Right), (words.sli, Side::Right)];
        let mut grid = Grid::new(columns);
        for found in &self.section.report.burn_rates {
            let tone = match found.burn {
                Burn::NoData => Tone::Warning,
                Burn::Times(_) => Tone::Plain,
                Burn::Unbounded => Tone::Bad,
            };
            let burn = Cell::new(self.language.burn(found.burn, &[]), tone);
            let good = self.sli(found.good);
            grid.row([span(found.window).into(), burn, good.into()]);
        }
        grid
    }

    fn members(&self) -> Grid {
        let Self { words, language, section, .. } = self;
        let mut grid = Grid::new([
            (words.member, Side::Left),
            (words.weight, Side::Right),
            (words.sli, Side::Right),
            (words.taken, Side::Left),
            (words.seen_alone, Side::Right),
        ]);
        for (member, found) in section.composite.members().iter().zip(&section.report.members) {
            let is_idle = found.reading.is_some_and(|reading| reading.tally.total() == 0);
            let tone = match found.absence {
                None => Tone::Plain,
                Some(Absence::Bad) => Tone::Bad,
                Some(Absence::Freeze | Absence::Good | Absence::Ignore) => Tone::Warning,
            };
            let good = found.good.map_or_else(|| "-".to_owned(), |good| share(good, self.decimals));
            let seen = found.reading.and_then(|reading| reading.coverage());
            grid.row([
                clean(&found.slo).into(),
                exact(member.weight).into(),
                good.into(),
                Cell::new(language.taken(found.absence, is_idle), tone),
                seen.map_or_else(|| "-".to_owned(), |seen| percent_in_full(seen.as_ratio(), 1)).into(),
            ]);
        }
        grid
    }
}

/// The time that a reading holds data of.
fn observed(reading: &Reading) -> TimeDelta {
    let millis = i128::from(reading.length().num_milliseconds()) * i128::from(reading.observed);
    let millis = i64::try_from(millis / i128::from(reading.slots.max(1))).unwrap_or(i64::MAX);
    TimeDelta::try_milliseconds(millis).unwrap_or(TimeDelta::MAX)
}
