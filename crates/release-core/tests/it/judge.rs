//! Judges: the labels of another judge, and a comparison that states its risks.

mod cases;
mod oracle;
mod risks;

use std::num::NonZero;
use toban_release_core::judge::{Allowed, Compare, CompareRules, Direction, Level, Looks, Points};

fn level(value: f64) -> Level {
    Level::new(value).unwrap()
}

fn number(number: u32) -> NonZero<u32> {
    NonZero::new(number).unwrap()
}

/// Looked at once, a tenth more is still well.
fn rules() -> CompareRules {
    let allowed = Allowed { relative: level(0.1), absolute: None };
    CompareRules { looks: Looks::AtMost(number(1)), ..CompareRules::cautious(Direction::Increase, allowed) }
}

fn independent() -> CompareRules {
    CompareRules { points: Points::Independent, ..rules() }
}

fn compare(rules: CompareRules) -> Compare {
    Compare::new(rules).unwrap()
}
