//! The short texts of definitions, each offered to every reader: what one takes, it prints so that it is read again
//! as the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::fmt::{Debug, Display};
use std::str::FromStr;
use toban_adapters::access_log::{LatencyBound, Method, PathPattern, Statistic, StatusRange, Unit};
use toban_adapters::csv::SlotLength;
use toban_core::Ratio;
use toban_slo::Objective;
use toban_slo::openslo::annotation::{
    BurnRatePair, Contract, ExtraWindow, burn_rate_pairs, composite_target, when_absent, windows,
};
use toban_slo::openslo::{DurationShorthand, Number};
use toban_yaml::Path;

fuzz_target!(|text: &str| {
    kept::<BurnRatePair>(text);
    kept::<Contract>(text);
    kept::<DurationShorthand>(text);
    kept::<ExtraWindow>(text);
    kept::<LatencyBound>(text);
    kept::<Method>(text);
    kept::<Path>(text);
    kept::<PathPattern>(text);
    kept::<Statistic>(text);
    kept::<StatusRange>(text);
    kept::<Unit>(text);
    if let Some(number) = kept::<Number>(text) {
        // A ratio has no sign.
        if !text.starts_with('-')
            && let Ok(exact) = number.to_ratio()
        {
            assert_eq!(text.parse::<Ratio>(), Ok(exact));
        }
    }
    if let Some(length) = kept::<DurationShorthand>(text).and_then(|duration| duration.exact()) {
        let again = DurationShorthand::of(length);
        assert!(again.is_none_or(|again| again.exact() == Some(length)));
    }
    listed(text, burn_rate_pairs(text).ok());
    listed(text, windows(text).ok());
    if let Ok(objective) = Objective::percent(text) {
        let shown = objective.to_string();
        assert_eq!(Objective::percent(shown.trim_end_matches(" %")), Ok(objective));
        assert_eq!(composite_target(&objective.target().to_string()), Ok(objective));
    }
    let _ = (composite_target(text), when_absent(text), text.parse::<SlotLength>());
});

/// Reads it, and reads what that prints.
fn kept<T: FromStr + Display + Debug + PartialEq>(text: &str) -> Option<T> {
    let read: T = text.parse().ok()?;
    let printed = read.to_string();
    let again = printed.parse::<T>();
    assert!(again.as_ref().is_ok_and(|again| *again == read), "{text:?} is printed as {printed:?}");
    Some(read)
}

/// The same for a list: its parts, printed with commas between them, are the list.
fn listed<T: FromStr + Display + Debug + PartialEq>(text: &str, list: Option<Vec<T>>) {
    let Some(list) = list else { return };
    let printed: Vec<_> = list.iter().map(ToString::to_string).collect();
    for (printed, part) in printed.iter().zip(&list) {
        assert!(printed.parse::<T>().is_ok_and(|again| again == *part), "{text:?} has {printed:?}");
    }
}
