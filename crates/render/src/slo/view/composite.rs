//! A composite in words.

use super::figures::{part, share};
use super::tiles::full;
use super::{Block, Tile, View, finding};
use crate::Language;
use crate::slo::CompositeSection;
use crate::slo::words::Words;
use crate::table::{Cell, Grid, Side, Tone};
use crate::text::{clean, moment, number, percent};
use toban_core::Ratio;
use toban_slo::{Absence, Balance, Burn, MemberReport, Tally};

/// How a composite is shown.
#[derive(Clone, Copy)]
struct Teller<'a> {
    language: Language,
    words: &'static Words,
    section: &'a CompositeSection<'a>,
}

/// Its row among all objectives.
pub(super) fn summary(section: &CompositeSection<'_>, language: Language) -> Vec<Cell> {
    let teller = Teller { language, words: language.words(), section };
    vec![
        Cell::new(teller.title(), Tone::Strong),
        section.report.objective.to_string().into(),
        teller.sli().into(),
        language.spent(section.report.budget.map_or(Burn::NoData, |budget| budget.spent)),
        teller.standing(),
    ]
}

impl View {
    pub(crate) fn of_composite(section: &CompositeSection<'_>, language: Language) -> Self {
        let words = language.words();
        let teller = Teller { language, words, section };
        let is_short = |member: &MemberReport| member.absence.is_some();
        let rule = section.report.members.iter().any(is_short).then(|| {
            let least = percent(section.composite.min_coverage().as_ratio(), 1);
            language.silent_below(&least).into()
        });
        let mut blocks = vec![
            Block::new(words.budget, teller.budget()),
            Block::new(words.members, teller.members()).with_notes(rule),
            Block::new(words.notes, Grid::default()).with_notes(section.findings.iter().map(finding)),
        ];
        blocks.retain(|block| !block.is_empty());
        let status = match section.report.budget {
            Some(budget) => language.balance(&budget),
            None => teller.standing(),
        };
        Self {
            title: teller.title(),
            description: section.description.as_deref().map(clean),
            status: vec![status],
            tiles: teller.tiles(),
            facts: Grid::of_facts(teller.facts()),
            blocks,
        }
    }
}

impl Teller<'_> {
    fn title(&self) -> String {
        clean(self.section.title.as_deref().unwrap_or(&self.section.report.name))
    }

    fn sli(&self) -> String {
        let report = self.section.report;
        report.good.map_or_else(|| self.words.no_data.into(), |good| share(good, report.objective))
    }

    fn standing(&self) -> Cell {
        let report = self.section.report;
        match report.budget {
            Some(budget) => self.language.standing(&budget),
            None if report.is_frozen() => Cell::new(self.words.composite_frozen, Tone::Warning),
            None => self.language.no_data(),
        }
    }

    fn facts(&self) -> Vec<(String, String)> {
        let Self { words, language, section } = self;
        let service = section.service.as_deref().map(|service| (words.service.into(), clean(service)));
        let window = language.window(section.composite.window());
        let members = language.composite_of(section.report.members.len());
        let objective = format!("{} · {members} · {window}", section.report.objective);
        let facts = [(words.objective, objective), (words.counting, words.weighted_mean.into())];
        service.into_iter().chain(facts.map(|(label, fact)| (label.to_owned(), fact))).collect()
    }

    fn tiles(&self) -> Vec<Tile> {
        let Self { words, language, section } = self;
        let target = format!("{} {}", words.target, section.report.objective);
        let tone = self.standing().tone;
        let mut tiles =
            vec![Tile { label: words.sli, figure: Cell::new(self.sli(), tone), full: None, detail: target }];
        let Some(budget) = section.report.budget else { return tiles };
        let of_budget = |part: Ratio| part.checked_div(budget.allowed);
        let (left, full) = match budget.left {
            Balance::Left(left) => {
                (of_budget(left).map(|left| percent(left, 1)), of_budget(left).and_then(full))
            }
            Balance::Overspent(over) => {
                (of_budget(over).map(|over| format!("-{}", percent(over, 1))), Some(0))
            }
        };
        let figure = Cell::new(left.unwrap_or_else(|| words.no_budget.into()), tone);
        let detail = language.part_of(&self.left(budget.left), &self.of_whole(budget.allowed));
        tiles.push(Tile { label: words.budget_left, figure, full, detail });
        tiles
    }

    fn budget(&self) -> Grid {
        let Self { words, language, section } = self;
        let window = section.composite.window();
        let mut grid = Grid::new([("".into(), Side::Left), (language.window(window), Side::Right)]);
        let mut row = |label: &str, cell: Cell| grid.row([Cell::new(label, Tone::Quiet), cell]);
        if let Some(interval) = window.at(section.report.at) {
            row(words.from, moment(interval.start()).into());
            row(words.to, moment(interval.end()).into());
        }
        row(words.target, section.report.objective.to_string().into());
        row(words.sli, Cell::new(self.sli(), Tone::Strong));
        if let Some(budget) = section.report.budget {
            row(words.allowed, self.of_whole(budget.allowed).into());
            row(words.bad, self.of_whole(budget.bad).into());
            let tone = if budget.left.is_overspent() { Tone::Bad } else { Tone::Plain };
            row(words.left, Cell::new(self.left(budget.left), tone));
            row(words.spent, language.spent(budget.spent));
        }
        row(words.state, self.standing());
        grid
    }

    fn left(&self, left: Balance) -> String {
        match left {
            Balance::Left(left) => self.of_whole(left),
            Balance::Overspent(over) => format!("-{}", self.of_whole(over)),
        }
    }

    /// A part of a composite's budget, which is kept in billionths, as a percentage.
    fn of_whole(&self, billionths: Ratio) -> String {
        let of_whole = billionths.checked_div(Ratio::from(Tally::RATIO_UNITS)).unwrap_or(billionths);
        part(of_whole, self.section.report.objective)
    }

    fn members(&self) -> Grid {
        let Self { words, language, section } = self;
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
            let good =
                found.good.map_or_else(|| "-".to_owned(), |good| share(good, section.report.objective));
            let seen = found.reading.and_then(|reading| reading.coverage());
            grid.row([
                clean(&found.slo).into(),
                number(member.weight, 3).into(),
                good.into(),
                Cell::new(language.taken(found.absence, is_idle), tone),
                seen.map_or_else(|| "-".to_owned(), |seen| percent(seen.as_ratio(), 1)).into(),
            ]);
        }
        grid
    }
}
