//! Figures that objectives and composites show in the same way.

use crate::Language;
use crate::table::{Cell, Tone};
use crate::text::{number, percent};
use toban_core::{Ratio, Share};
use toban_slo::{Balance, Budget, Burn, Objective, Tally, Unit};

impl Language {
    pub(super) fn no_data(self) -> Cell {
        Cell::new(self.words().no_data, Tone::Warning)
    }

    /// How a budget stands, in a word.
    pub(super) fn standing(self, budget: &Budget) -> Cell {
        let words = self.words();
        match (budget.spent, budget.left) {
            (Burn::NoData, _) => self.no_data(),
            (_, Balance::Overspent(_)) => Cell::new(words.overspent, Tone::Bad),
            (Burn::Times(Ratio::ONE), _) => Cell::new(words.exhausted, Tone::Bad),
            _ => Cell::new(words.within_budget, Tone::Good),
        }
    }

    /// The same with how much is left, or was spent beyond it, where there is a budget.
    pub(super) fn balance(self, budget: &Budget) -> Cell {
        let part = |part: Ratio| part.checked_div(budget.allowed).map(|part| percent(part, 1));
        let standing = self.standing(budget);
        let text = match budget.left {
            Balance::Left(left) => part(left).map(|left| self.budget_left(&left)),
            Balance::Overspent(over) => part(over).map(|over| self.budget_overspent(&over)),
        };
        Cell { text: text.unwrap_or(standing.text), tone: standing.tone }
    }

    pub(super) fn spent(self, spent: Burn) -> Cell {
        match spent {
            Burn::Times(part) => {
                Cell::new(percent(part, 1), if part > Ratio::ONE { Tone::Bad } else { Tone::Plain })
            }
            Burn::NoData => self.no_data(),
            Burn::Unbounded => Cell::new(self.words().no_budget, Tone::Bad),
        }
    }
}

/// A share of good, fine enough to be told from its target.
pub(super) fn share(share: Share, target: Objective) -> String {
    part(share.as_ratio(), target)
}

/// Any part of the whole, as finely.
pub(super) fn part(part: Ratio, target: Objective) -> String {
    let target = target.to_string();
    let decimals = target.trim_end_matches(" %").split_once('.').map_or(0, |(_, part)| part.len());
    percent(part, decimals + 2)
}

/// A chance from 0 to 1, cut to whole per cents.
pub(super) fn chance(chance: f64) -> String {
    match chance * 100.0 {
        percent if percent > 0.0 && percent < 1.0 => "<1 %".into(),
        percent => format!("{:.0} %", percent.floor()),
    }
}

/// What was counted, as a number of events or of slices.
pub(super) fn amount(amount: Ratio, unit: Unit) -> String {
    let amount = match unit {
        Unit::SliceShares => amount.checked_div(Ratio::from(Tally::RATIO_UNITS)).unwrap_or(amount),
        _ => amount,
    };
    number(amount, if amount < Ratio::whole(100) { 2 } else { 1 })
}
