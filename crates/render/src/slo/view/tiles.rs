//! The figures that are seen first.

use super::figures::{self, amount, amounts};
use super::{Teller, is_young};
use crate::table::{Cell, Tone};
use crate::text::{about, percent_in_full};
use toban_slo::{Outlook, Recovery};

/// A figure of the main window that is seen first.
#[derive(Debug)]
pub(crate) struct Tile {
    pub(crate) label: &'static str,
    pub(crate) figure: Cell,
    /// How full a bar is, in per cent.
    pub(crate) full: Option<u8>,
    pub(crate) detail: String,
}

impl Teller<'_> {
    pub(super) fn tiles(&self) -> Vec<Tile> {
        let Self { words, language, section, .. } = self;
        let Some(main) = section.report.main() else { return Vec::new() };
        let (reading, budget, objective) = (&main.reading, &main.budget, section.report.objective);
        let standing = language.standing_of_whole(budget, &main.whole);
        let [whole, bad, left] = amounts(budget, reading.unit);
        let mut detail = language.part_of(&left, &whole);
        if is_young(main) && main.whole.spent.times().is_some() {
            let (spent, window) = (self.spent_of_whole().text, language.window(main.window));
            detail = language.and_of_whole(&detail, self.steps(reading.observed), &spent, &window);
        }
        let label = if is_young(main) { words.budget_left_so_far } else { words.budget_left };
        let (left, full, detail) = match figures::left(budget, &self.parts()) {
            _ if reading.observed == 0 => (self.no_data(), None, String::new()),
            Some(left) => (Cell::new(left, standing.tone), figures::full(budget), detail),
            None if budget.left.is_overspent() => (Cell::new(words.no_budget, Tone::Bad), Some(0), detail),
            None => {
                let is_idle = reading.tally.total() == 0;
                let text = if is_idle { words.no_traffic } else { words.no_budget };
                (text.into(), None, String::new())
            }
        };
        let sli =
            Cell::new(self.sli(reading), reading.tally.good_share().map_or(Tone::Plain, |_| standing.tone));
        let total = amount(reading.tally.total().into(), reading.unit);
        let covered = self.covered(reading).map_or_else(|| self.no_data(), Cell::from);
        let seen = (reading.observed > 0).then(|| reading.coverage()).flatten();
        let seen = seen.map(|seen| language.seen(&percent_in_full(seen.as_ratio(), 1))).unwrap_or_default();
        vec![
            Tile {
                label: words.sli,
                figure: sli,
                full: None,
                detail: format!("{} {objective}", words.target),
            },
            Tile { label, figure: left, full, detail },
            Tile { label: words.bad, figure: bad.into(), full: None, detail: language.out_of(&total) },
            self.gone_in(),
            Tile { label: words.covers, figure: covered, full: None, detail: seen },
        ]
    }

    /// When something of a budget that is gone is left again.
    fn back_in(&self) -> String {
        let Self { words, language, section, .. } = self;
        match &section.report.forecast.recovery {
            Some(Recovery::Leaving { over, reading, left_in, .. }) => {
                language.left_again(*left_in, &language.last_while(*over, self.seen_part(reading)))
            }
            Some(Recovery::NewPeriod { begins_in }) => {
                language.left_again(Some(*begins_in), words.with_new_period)
            }
            _ => String::new(),
        }
    }

    fn gone_in(&self) -> Tile {
        let Self { words, language, section, .. } = self;
        let forecast = &section.report.forecast;
        let (figure, detail) = match (&forecast.outlook, &forecast.pace) {
            _ if self.is_over() => (words.period_over.into(), String::new()),
            (Outlook::Exhausted, _) => (Cell::new(words.gone, Tone::Bad), self.back_in()),
            (_, Some(pace)) => {
                let time = pace.exhausted_in.map_or_else(|| self.beyond(pace), about);
                (time.into(), language.last_while(pace.over, self.seen_part(&pace.reading)))
            }
            (Outlook::Projected(it), None) => {
                let tone = if it.median.is_some_and(|time| time.is_zero()) { Tone::Bad } else { Tone::Plain };
                (Cell::new(self.drawn(it, it.median), tone), language.seasons(it.seasons, it.rhythm))
            }
            (_, None) => (Cell::new(words.undecided, Tone::Warning), String::new()),
        };
        Tile { label: self.gone_in_label(), figure, full: None, detail }
    }
}
