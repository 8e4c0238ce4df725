//! Figures that objectives and composites show in the same way.

use crate::Language;
use crate::table::{Cell, Tone};
use crate::text::{Limit, cut, cut_up, number, number_in_full, percent, percent_in_full, raised};
use std::fmt;
use toban_core::{Ratio, Share};
use toban_slo::{Balance, Budget, Burn, Comparison, Objective, Tally, Unit, WholeBudget};

/// A budget that burns at 1 lasts just as long as its window.
const EVEN: Limit = (Comparison::AtLeast, Ratio::ONE);

/// Whether there is more of the window than was to be seen so far.
pub(super) fn is_partial(whole: &WholeBudget) -> bool {
    whole.slots != whole.expected
}

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

    /// How the budget of a window stands, of which only a part may have been to be seen: what its whole allows
    /// decides, as it does for a budget policy.
    pub(super) fn standing_of_whole(self, budget: &Budget, whole: &WholeBudget) -> Cell {
        let words = self.words();
        match (budget.spent, whole.spent) {
            _ if !is_partial(whole) => self.standing(budget),
            (Burn::NoData, _) => self.no_data(),
            (_, Burn::Times(Ratio::ONE)) => Cell::new(words.exhausted, Tone::Bad),
            (Burn::Times(_), Burn::Times(part)) if part < Ratio::ONE => self.standing_so_far(budget),
            _ => Cell::new(words.overspent, Tone::Bad),
        }
    }

    /// How a budget stands by what was seen so far, where nobody says what that is of the whole.
    pub(super) fn standing_so_far(self, budget: &Budget) -> Cell {
        match budget.left {
            Balance::Overspent(_) if budget.spent.times().is_some() => {
                Cell::new(self.words().overspent_so_far, Tone::Warning)
            }
            _ => self.standing(budget),
        }
    }

    /// The same with how much is left, or was spent beyond it, where there is a budget.
    pub(super) fn balance(self, budget: &Budget, limits: &[Limit]) -> Cell {
        let standing = self.standing(budget);
        let text = left(budget, limits).map(|left| match left.strip_prefix('-') {
            None => self.budget_left(&left),
            Some(over) => self.budget_overspent(over),
        });
        Cell { text: text.unwrap_or(standing.text), tone: standing.tone }
    }

    /// The same of a window of which more is to come.
    pub(super) fn balance_so_far(self, budget: &Budget) -> Cell {
        let standing = self.standing_so_far(budget);
        let text = left(budget, &[]).map(|left| match left.strip_prefix('-') {
            None => self.budget_left_so_far(&left),
            Some(over) => self.overspent_so_far_by(over),
        });
        Cell { text: text.unwrap_or(standing.text), tone: standing.tone }
    }

    pub(super) fn spent(self, spent: Burn, limits: &[Limit]) -> Cell {
        match spent {
            Burn::Times(part) => {
                let tone = if part > Ratio::ONE { Tone::Bad } else { Tone::Plain };
                Cell::new(Spent::of(part, limits).to_string(), tone)
            }
            Burn::NoData => self.no_data(),
            Burn::Unbounded => Cell::new(self.words().no_budget, Tone::Bad),
        }
    }

    /// A burn rate, beside what it is compared with.
    pub(super) fn burn(self, burn: Burn, limits: &[Limit]) -> String {
        match burn {
            Burn::NoData => self.words().no_data.into(),
            Burn::Times(times) if cut(times, 2).is_zero() => number(times, 2),
            Burn::Times(times) => {
                let limits: Vec<_> = limits.iter().copied().chain([EVEN]).collect();
                number_in_full(raised(times, 2, &limits), 2)
            }
            Burn::Unbounded => self.words().no_budget.into(),
        }
    }
}

/// The spent part of a budget as it is shown, to a tenth of a per cent.
struct Spent {
    /// How it stands to what is shown.
    sign: &'static str,
    shown: Ratio,
}

impl Spent {
    fn of(part: Ratio, limits: &[Limit]) -> Self {
        let least = Ratio::new(1, 1000).unwrap_or(Ratio::ZERO);
        let most = Ratio::ONE.checked_sub(least).unwrap_or(Ratio::ONE);
        if part < least && !part.is_zero() {
            return Self { sign: "<", shown: least };
        }
        if part > most && part < Ratio::ONE {
            return Self { sign: ">", shown: most };
        }
        let limits: Vec<_> = limits.iter().copied().chain([EVEN]).collect();
        Self { sign: "", shown: raised(part, 3, &limits) }
    }
}

impl fmt::Display for Spent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.sign, percent_in_full(self.shown, 1))
    }
}

/// What is left of a budget as a part of it, below zero where overspent; `None` where there is no budget.
///
/// It is the rest of what is shown as spent: the two always add up.
pub(super) fn left(budget: &Budget, limits: &[Limit]) -> Option<String> {
    Some(left_of(budget.spent.times().filter(|_| !budget.allowed.is_zero())?, limits))
}

/// The same of the spent part.
pub(super) fn left_of(spent: Ratio, limits: &[Limit]) -> String {
    let Spent { sign, shown } = Spent::of(spent, limits);
    let sign = match sign {
        "<" => ">",
        ">" => "<",
        other => other,
    };
    match Ratio::ONE.checked_sub(shown) {
        Some(left) => format!("{sign}{}", percent_in_full(left, 1)),
        None => format!("-{}", percent_in_full(shown.checked_sub(Ratio::ONE).unwrap_or(shown), 1)),
    }
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
    let (shown_allowed, up) = (cut(allowed, decimals), cut_up(bad, decimals));
    // What keeps within the budget is not shown beyond it.
    let shown_bad = if bad <= allowed && up > shown_allowed { cut(bad, decimals) } else { up };
    let left = match budget.left {
        Balance::Left(left) => {
            let shown = shown_allowed.checked_sub(shown_bad).filter(|shown| !shown.is_zero());
            tell(shown.unwrap_or_else(|| per(left)))
        }
        Balance::Overspent(over) => {
            let shown = shown_bad.checked_sub(shown_allowed).filter(|shown| !shown.is_zero());
            format!("-{}", tell(shown.unwrap_or_else(|| per(over))))
        }
    };
    [tell(allowed), tell(if shown_bad.is_zero() { bad } else { shown_bad }), left]
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
    targets.into_iter().map(decimals_of).max().unwrap_or(0) + 2
}

/// The same for all of a document: what a target needs that is finer than usual is its own affair.
pub(super) fn usual_decimals(targets: impl IntoIterator<Item = Objective>) -> usize {
    let decimals = targets.into_iter().map(decimals_of).filter(|decimals| *decimals <= USUAL_DECIMALS);
    decimals.max().unwrap_or(0) + 2
}

/// Of the targets that services have: 99.9999 %.
const USUAL_DECIMALS: usize = 4;

fn decimals_of(target: Objective) -> usize {
    let target = target.to_string();
    target.trim_end_matches(" %").split_once('.').map_or(0, |(_, part)| part.len())
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

/// What was bad, as a number of events or of slices, up.
pub(super) fn amount_of_bad(amount: Ratio, unit: Unit) -> String {
    let amount = amount.checked_div(unit_of(unit)).unwrap_or(amount);
    let decimals = if amount < Ratio::whole(100) { 2 } else { 1 };
    number(if cut(amount, decimals).is_zero() { amount } else { cut_up(amount, decimals) }, decimals)
}

/// What was counted, as a number of events or of slices, down.
pub(super) fn amount(amount: Ratio, unit: Unit) -> String {
    let amount = amount.checked_div(unit_of(unit)).unwrap_or(amount);
    number(amount, if amount < Ratio::whole(100) { 2 } else { 1 })
}

/// What is one of what is shown.
fn unit_of(unit: Unit) -> Ratio {
    match unit {
        Unit::RatioShares | Unit::SliceShares => Ratio::from(Tally::RATIO_UNITS),
        _ => Ratio::ONE,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use chrono::{DateTime, TimeDelta, Utc};
    use proptest::prelude::*;
    use toban_slo::{AlertPolicy, Budgeting, Counts, Slo, Window, evaluate};

    fn told(num: u128, den: u128) -> [String; 2] {
        let part = Ratio::new(num, den).unwrap();
        [Spent::of(part, &[]).to_string(), left_of(part, &[])]
    }

    #[test]
    fn what_is_spent_and_what_is_left_add_up_and_neither_flatters() {
        assert_eq!(told(2352, 10_000), ["23.6 %", "76.4 %"]);
        assert_eq!(told(0, 1), ["0 %", "100 %"]);
        assert_eq!(told(1, 1), ["100 %", "0 %"]);
        assert_eq!(told(1, 1_000_000), ["<0.1 %", ">99.9 %"]);
        assert_eq!(told(999_999, 1_000_000), [">99.9 %", "<0.1 %"]);
        assert_eq!(told(1_000_001, 1_000_000), ["100.1 %", "-0.1 %"]);
        assert_eq!(told(25, 6), ["416.7 %", "-316.7 %"]);
    }

    proptest! {
        #[test]
        fn the_spent_part_stands_on_its_side_of_the_whole(num in 0..3_000_000_u128, den in 1..1_000_000_u128) {
            let part = Ratio::new(num, den).unwrap();
            let [spent, left] = told(num, den);
            prop_assert_eq!(left.starts_with('-'), part > Ratio::ONE);
            prop_assert_eq!(spent == "100 %", part == Ratio::ONE);
            prop_assert_eq!(left == "100 %", part.is_zero());
            let shown: Ratio = spent.trim_matches(['<', '>', '%', ' ']).replace(',', "").parse().unwrap();
            let shown = shown.checked_div(Ratio::whole(100)).unwrap();
            prop_assert!(if spent.starts_with('>') { shown < part } else { shown >= part }, "{} {}", part, spent);
        }

        /// Of events, which are whole, and of the shares of one slice, which are not.
        #[test]
        fn allowed_bad_and_left_add_up_as_shown(
            bad in 0..2000_u64, total in 2000..40_000_u64, target in 9000..9999_u64, is_sliced: bool,
        ) {
            let objective = Objective::new(Share::of(target, 10_000).unwrap()).unwrap();
            let start = DateTime::<Utc>::UNIX_EPOCH;
            let mut counts = Counts::per_minute(start);
            counts.add(start, Tally::from_bad(bad, total).unwrap()).unwrap();
            let mut slo = Slo::availability("x", objective, Window::rolling_days(1));
            if is_sliced {
                slo = slo.with_budgeting(Budgeting::RatioTimeslices { slice: TimeDelta::minutes(1) }).unwrap();
            }
            let report = evaluate(&slo, &AlertPolicy::new(), &counts, counts.end());
            let main = report.main().unwrap();
            let texts = amounts(&main.budget, main.reading.unit);
            let [allowed, shown_bad, left] = &texts;
            prop_assert_eq!(left.starts_with('-'), main.budget.left.is_overspent());
            let number = |text: &str| text.trim_matches(['<', '-']).replace(',', "").parse::<Ratio>().unwrap();
            if !main.budget.left.is_overspent() {
                prop_assert!(number(shown_bad) <= number(allowed), "{:?}", texts);
            }
            if !texts.iter().any(|text| text.contains('<')) {
                let (more, less) = if left.starts_with('-') { (shown_bad, allowed) } else { (allowed, shown_bad) };
                prop_assert!(number(less).checked_add(number(left)).unwrap() >= number(more), "{:?}", texts);
            }
        }
    }

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
