//! From the floats that Prometheus prints to exact numbers.

use toban_core::{Ratio, Share};
use toban_slo::Tally;

/// One event. Events are kept in billionths: they come in fractions where somebody extrapolated.
pub(super) const ONE: u128 = Tally::RATIO_UNITS as u128;

/// The whole number that the float shows.
pub(super) fn whole(value: f64) -> Option<u64> {
    shown(value).parse().ok()
}

/// The number of events that the float shows, to a billionth.
pub(super) fn billionths(value: f64) -> Option<u128> {
    if let Ok(whole) = shown(value).parse::<u128>() {
        return whole.checked_mul(ONE);
    }
    rounded(value, 9).replace('.', "").parse().ok()
}

/// The value that the float shows; of one that is very small, 18 decimals.
pub(super) fn exact(value: f64) -> Option<Ratio> {
    shown(value).parse().or_else(|_| rounded(value, 18).parse()).ok()
}

/// The share that the float shows. What lies outside by less than half a billionth is where floats err.
pub(super) fn share(value: f64) -> Option<Share> {
    let ratio = match billionths(value)? {
        0 if value < 0.0 => Ratio::whole(0),
        ONE if value > 1.0 => Ratio::whole(1),
        _ => exact(value)?,
    };
    Share::new(ratio).ok()
}

/// The shortest text that is this float and no other, as Prometheus prints it; zero has no sign.
fn shown(value: f64) -> String {
    (value + 0.0).to_string()
}

/// So many decimals; what is zero then has no sign.
fn rounded(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(rest) if rest.bytes().all(|byte| matches!(byte, b'0' | b'.')) => rest.to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_is_kept_as_it_is_printed() {
        for (text, expected) in [
            ("0", Some(0)),
            ("-0", Some(0)),
            ("9007199254740991", Some(9_007_199_254_740_991)),
            ("1152921504606847000", Some(1_152_921_504_606_847_000)),
            ("18446744073709552000", None),
            ("0.5", None),
            ("-1", None),
        ] {
            assert_eq!(text.parse().ok().and_then(whole), expected, "{text}");
        }
        assert_eq!(billionths(1e18), Some(1_000_000_000_000_000_000 * ONE));
    }

    #[test]
    fn a_fraction_is_kept_to_a_billionth() {
        for (value, expected) in
            [(59.999_7, Some(59_999_700_000)), (1e-10, Some(0)), (-1e-10, Some(0)), (-0.5, None)]
        {
            assert_eq!(billionths(value), expected, "{value}");
        }
    }

    #[test]
    fn a_share_may_err_as_floats_do() {
        let known = [(1.000_000_000_000_000_2, 1, 1), (-1e-17, 0, 1), (0.999, 999, 1000), (1e-20, 0, 1)];
        for (value, numerator, denominator) in known {
            let expected = Ratio::new(numerator, denominator).and_then(Share::new).ok();
            assert_eq!(share(value), expected, "{value}");
        }
        assert_eq!((share(1.1), share(-0.1)), (None, None));
    }
}
