//! Figures that objectives and composites show in the same way.

use crate::Language;
use crate::table::{Cell, Tone};
use crate::text::{cut, number, percent, percent_in_full};
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
        let standing = self.standing(budget);
        let text = left(budget).map(|left| match left.strip_prefix('-') {
            None => self.budget_left(&left),
            Some(over) => self.budget_overspent(over),
        });
        Cell { text: text.unwrap_or(standing.text), tone: standing.tone }
    }

    pub(super) fn spent(self, spent: Burn) -> Cell {
        match spent {
            Burn::Times(part) => {
                let text = percent(part, 1);
                match part > Ratio::ONE {
                    // What lies beyond the whole never looks like the whole.
                    true if text == "100 %" => Cell::new(">100 %", Tone::Bad),
                    true => Cell::new(text, Tone::Bad),
                    false => text.into(),
                }
            }
            Burn::NoData => self.no_data(),
            Burn::Unbounded => Cell::new(self.words().no_budget, Tone::Bad),
        }
    }
}

/// What is left of a budget as a part of it, below zero where overspent; `None` where there is no budget.
///
/// What is spent is cut, and what is left is the rest of 100 %: the two always add up.
pub(super) fn left(budget: &Budget) -> Option<String> {
    let spent = budget.spent.times().filter(|_| !budget.allowed.is_zero())?;
    if let Some(over) = spent.checked_sub(Ratio::ONE).filter(|over| !over.is_zero()) {
        return Some(format!("-{}", percent(over, 1)));
    }
    let shown = cut(spent, 3);
    if shown.is_zero() && !spent.is_zero() {
        return Some(">99.9 %".into());
    }
    Some(percent(Ratio::ONE.checked_sub(shown)?, 1))
}

/// How full the bar of what is left is, in whole per cents, cut.
pub(super) fn full(budget: &Budget) -> Option<u8> {
    let spent = budget.spent.times().filter(|_| !budget.allowed.is_zero())?;
    let left = Ratio::ONE.checked_sub(spent).unwrap_or(Ratio::ZERO);
    (0..=100_u8).rev().find(|full| Ratio::new((*full).into(), 100).is_ok_and(|it| it <= left))
}

/// What is allowed, bad and left, with as many decimals each, so that they add up as they are shown.
fn add_up(budget: &Budget, unit: Ratio, decimals: usize, tell: impl Fn(Ratio) -> String) -> [String; 3] {
    let per = |ratio: Ratio| ratio.checked_div(unit).unwrap_or(ratio);
    let (allowed, bad) = (per(budget.allowed), per(budget.bad));
    let (cut_allowed, cut_bad) = (cut(allowed, decimals), cut(bad, decimals));
    let left = match budget.left {
        Balance::Left(left) => {
            let shown = cut_allowed.checked_sub(cut_bad).filter(|shown| !shown.is_zero());
            tell(shown.unwrap_or_else(|| per(left)))
        }
        Balance::Overspent(over) => {
            let shown = cut_bad.checked_sub(cut_allowed).filter(|shown| !shown.is_zero());
            format!("-{}", tell(shown.unwrap_or_else(|| per(over))))
        }
    };
    [tell(allowed), tell(bad), left]
}

/// What is allowed, bad and left, as numbers of events or of slices.
pub(super) fn amounts(budget: &Budget, unit: Unit) -> [String; 3] {
    let unit = unit_of(unit);
    let is_small = budget.allowed.checked_div(unit).is_none_or(|allowed| allowed < Ratio::whole(100));
    let decimals = if is_small { 2 } else { 1 };
    add_up(budget, unit, decimals, |amount| number(amount, decimals))
}

/// What is allowed, bad and left, as shares of the whole with so many decimals of a per cent.
pub(super) fn parts(budget: &Budget, decimals: usize) -> [String; 3] {
    add_up(budget, Ratio::ONE, decimals + 2, |part| percent(part, decimals))
}

/// How many decimals of a per cent a share of good needs to be told from its targets.
pub(super) fn decimals(targets: impl IntoIterator<Item = Objective>) -> usize {
    let decimals = |target: Objective| {
        let target = target.to_string();
        target.trim_end_matches(" %").split_once('.').map_or(0, |(_, part)| part.len())
    };
    targets.into_iter().map(decimals).max().unwrap_or(0) + 2
}

/// A share of good with so many decimals: what stands beside it has as many.
pub(super) fn share(share: Share, decimals: usize) -> String {
    percent_in_full(share.as_ratio(), decimals)
}

/// A chance of what is hoped for, from 0 to 1, cut to whole per cents.
pub(super) fn chance(chance: f64) -> String {
    match chance * 100.0 {
        percent if percent > 0.0 && percent < 1.0 => "<1 %".into(),
        percent => format!("{:.0} %", percent.floor()),
    }
}

/// A chance of what is feared, from 0 to 1, to the nearest whole per cent; what can happen is not shown as 0 %, and
/// what need not is not shown as 100 %.
pub(super) fn risk(risk: f64) -> String {
    match risk * 100.0 {
        percent if percent > 0.0 && percent < 1.0 => "<1 %".into(),
        percent if percent > 99.0 && percent < 100.0 => ">99 %".into(),
        percent => format!("{percent:.0} %"),
    }
}

/// What was counted, as a number of events or of slices.
pub(super) fn amount(amount: Ratio, unit: Unit) -> String {
    let amount = amount.checked_div(unit_of(unit)).unwrap_or(amount);
    number(amount, if amount < Ratio::whole(100) { 2 } else { 1 })
}

/// What is one of what is shown.
fn unit_of(unit: Unit) -> Ratio {
    match unit {
        Unit::SliceShares => Ratio::from(Tally::RATIO_UNITS),
        _ => Ratio::ONE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hoped_for_is_cut_and_what_is_feared_is_not() {
        let shown = |share| [chance(share), risk(share)];
        assert_eq!(shown(0.0275), ["2 %", "3 %"]);
        assert_eq!(shown(0.004), ["<1 %", "<1 %"]);
        assert_eq!(shown(0.999), ["99 %", ">99 %"]);
        assert_eq!(
            (shown(0.0), shown(1.0)),
            (["0 %".into(), "0 %".into()], ["100 %".into(), "100 %".into()])
        );
    }
}
