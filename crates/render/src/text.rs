//! Words, numbers and times as people read them.
//!
//! No number flatters, and none seems to stand on another side of a limit than it does. What is good (a share of good,
//! what is left) is rounded down: 99.9996 % is never shown as 100 %. What is bad (a burn rate, what is spent) is rounded
//! up, and down where rounding up would have it reach a limit that it does not reach: 14.399 is never shown as the 14.4
//! that would have called somebody.

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use toban_core::Ratio;
use toban_slo::Comparison;

/// The language of headings and sentences. Names, terms and diagnostics stay as they were given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Japanese.
    Ja,
}

impl Language {
    /// The one of two texts that is in this language.
    pub(crate) fn pick<T>(self, en: T, ja: T) -> T {
        match self {
            Self::En => en,
            Self::Ja => ja,
        }
    }
}

/// A number, cut after so many decimals: `1,234.5`; what is more than nothing never looks like nothing: `<0.01`.
pub(crate) fn number(ratio: Ratio, decimals: usize) -> String {
    let scale = (0..decimals).fold(1_u128, |scale, _| scale * 10);
    let Some(scaled) = ratio.checked_mul(Ratio::whole(scale)) else { return format!("{ratio:.decimals$}") };
    let cut = scaled.numerator() / scaled.denominator();
    if cut == 0 && !ratio.is_zero() {
        return format!("<{}", Ratio::new(1, scale).unwrap_or(Ratio::ONE));
    }
    let digits = format!("{:0decimals$}", cut % scale);
    let part = if decimals == 0 { "" } else { digits.trim_end_matches('0') };
    let whole = grouped(cut / scale);
    if part.is_empty() { whole } else { format!("{whole}.{part}") }
}

/// The same with all decimals shown: `20.00`. Nothing has none.
pub(crate) fn number_in_full(ratio: Ratio, decimals: usize) -> String {
    let text = number(ratio, decimals);
    if decimals == 0 || ratio.is_zero() || text.starts_with('<') {
        return text;
    }
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    format!("{whole}.{part:0<decimals$}")
}

/// What a number is compared with.
pub(crate) type Limit = (Comparison, Ratio);

/// A number that is bad to be large, to so many decimals: up, or down where only that leaves it on its side of all
/// limits.
pub(crate) fn raised(ratio: Ratio, decimals: usize, limits: &[Limit]) -> Ratio {
    Comparison::round_up(ratio, decimals, limits)
}

/// A number to so many decimals, up.
pub(crate) fn cut_up(ratio: Ratio, decimals: usize) -> Ratio {
    ratio.rounded_up(decimals)
}

/// A number that somebody has chosen, exactly; beside a fraction stands what it is about: `14/15 (~0.933)`.
pub(crate) fn exact(ratio: Ratio) -> String {
    let exact = ratio.to_string();
    if exact.contains('/') { format!("{exact} (~{ratio:.3})") } else { exact }
}

/// A number without what lies behind so many decimals.
pub(crate) fn cut(ratio: Ratio, decimals: usize) -> Ratio {
    ratio.rounded_down(decimals)
}

/// A share of one as a percentage, cut after so many decimals, all of which are shown: `99.470 %`. Nothing and
/// everything have none.
pub(crate) fn percent_in_full(ratio: Ratio, decimals: usize) -> String {
    match ratio.checked_mul(Ratio::whole(100)) {
        Some(percent) if ratio != Ratio::ONE => format!("{} %", number_in_full(percent, decimals)),
        _ => percent(ratio, decimals),
    }
}

/// A share of one as a percentage, cut after so many decimals: `99.998 %`.
pub(crate) fn percent(ratio: Ratio, decimals: usize) -> String {
    match ratio.checked_mul(Ratio::whole(100)) {
        Some(percent) => format!("{} %", number(percent, decimals)),
        None => format!("{ratio:.decimals$}"),
    }
}

/// A natural number with its digits in groups of three: `43,200`.
pub(crate) fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The units of a length of time, in milliseconds.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

/// A length of time: `5m`, `1h30m`, `30d`.
pub(crate) fn span(length: TimeDelta) -> String {
    span_of(length.num_milliseconds().unsigned_abs())
}

/// A length of time that is waited for still, up to the second.
pub(crate) fn span_left(length: TimeDelta) -> String {
    span_of(length.num_milliseconds().unsigned_abs().div_ceil(1000) * 1000)
}

/// A length of time that has passed, cut to the second; what is less than one in milliseconds.
pub(crate) fn span_gone(length: TimeDelta) -> String {
    let millis = length.num_milliseconds().unsigned_abs();
    span_of(if millis < 1000 { millis } else { millis - millis % 1000 })
}

/// A length of time that was taken, up: from a second on to the second, and in two units.
pub(crate) fn span_taken(length: TimeDelta) -> String {
    let seconds = length.num_milliseconds().unsigned_abs().div_ceil(1000);
    let whole = i64::try_from(seconds).ok().and_then(TimeDelta::try_seconds);
    about_up(whole.filter(|whole| *whole > TimeDelta::seconds(1)).unwrap_or(length))
}

fn span_of(mut rest: u64) -> String {
    let mut text = String::new();
    for (unit, millis) in UNITS {
        if rest >= millis {
            text.push_str(&format!("{}{unit}", rest / millis));
            rest %= millis;
        }
    }
    if text.is_empty() { "0s".into() } else { text }
}

/// A length of time, cut to its two largest units: `34d3h`. Until something bad there is no more time than that.
pub(crate) fn about(length: TimeDelta) -> String {
    span_of(in_two_units(length).0)
}

/// The same, up: something good comes no later than that.
pub(crate) fn about_up(length: TimeDelta) -> String {
    let (shown, rest, unit) = in_two_units(length);
    span_of(if rest > 0 { shown + unit } else { shown })
}

/// What a length has in its two largest units, the rest, and the smaller one of the two, all in milliseconds.
fn in_two_units(length: TimeDelta) -> (u64, u64, u64) {
    let all = length.num_milliseconds().unsigned_abs();
    let (mut rest, mut smaller) = (all, 1);
    for _ in 0..2 {
        let unit = UNITS.into_iter().map(|(_, millis)| millis).find(|millis| *millis <= rest);
        smaller = unit.unwrap_or(smaller);
        rest %= smaller;
    }
    (all - rest, rest, smaller)
}

/// An instant in UTC, with seconds where there are any: `2026-03-31 23:05`, with a blank that no line breaks at.
pub(crate) fn moment(at: DateTime<Utc>) -> String {
    let shape = match (at.second(), at.timestamp_subsec_millis()) {
        (0, 0) => "%Y-%m-%d\u{a0}%H:%M",
        (_, 0) => "%Y-%m-%d\u{a0}%H:%M:%S",
        _ => "%Y-%m-%d\u{a0}%H:%M:%S%.3f",
    };
    at.format(shape).to_string()
}

/// A text in which moments stand as RFC 3339 has them, with these as all others are shown.
pub(crate) fn with_moments(text: &str) -> String {
    let told = |word: &str| {
        let end =
            word.find(|c: char| !(c.is_ascii_alphanumeric() || "-:.+".contains(c))).unwrap_or(word.len());
        let (at, rest) = word.split_at_checked(end)?;
        let (at, sign) = at.split_at(at.trim_end_matches(['.', ':']).len());
        Some(format!("{} UTC{sign}{rest}", moment(DateTime::parse_from_rfc3339(at).ok()?.to_utc())))
    };
    let words = text.split(' ').map(|word| told(word).unwrap_or_else(|| word.to_owned()));
    words.collect::<Vec<_>>().join(" ")
}

/// A text from outside, fit for one line: what would steer a terminal, or hide, is shown by its code.
pub(crate) fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        let steers = c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        match c {
            '\n' | '\r' | '\t' => clean.push(' '),
            _ if steers => clean.extend(c.escape_unicode()),
            _ => clean.push(c),
        }
    }
    clean
}

/// At most so many characters of a text; where it is longer, it ends in `…`.
pub(crate) fn clipped(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or(text)),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_cut_and_never_reach_what_they_do_not_reach() {
        let ratio = |num, den| Ratio::new(num, den).unwrap();
        assert_eq!(percent(ratio(999_999_999, 1_000_000_000), 3), "99.999 %");
        assert_eq!(percent(Ratio::ONE, 3), "100 %");
        assert_eq!(number(ratio(14_399, 1000), 1), "14.3");
        assert_eq!(number(ratio(1, 1000), 2), "<0.01");
        assert_eq!(number(ratio(1, 3), 0), "<1");
        assert_eq!(number(ratio(12_345_678, 10), 1), "1,234,567.8");
        assert_eq!(number(ratio(1005, 100), 2), "10.05");
        assert_eq!(number(Ratio::ZERO, 2), "0");
        assert_eq!(number(Ratio::whole(200), 0), "200");
    }

    #[test]
    fn a_percentage_in_full_shows_every_decimal() {
        let told = |text: &str| percent_in_full(text.parse().unwrap(), 3);
        assert_eq!(
            ["0.9947", "0.99479", "0.994", "1", "0", "0.000001"].map(told),
            ["99.470 %", "99.479 %", "99.400 %", "100 %", "0 %", "<0.001 %"]
        );
    }

    fn ratios() -> impl Strategy<Value = Ratio> {
        (0..10_000_000_u128, 1..1_000_000_u128).prop_map(|(num, den)| Ratio::new(num, den).unwrap())
    }

    proptest! {
        #[test]
        fn what_is_good_is_never_shown_as_more(good in ratios(), decimals in 0..5_usize) {
            let shown = number_in_full(good, decimals).replace(['<', ','], "").parse::<Ratio>().unwrap();
            let is_tiny = number_in_full(good, decimals).starts_with('<');
            prop_assert!(if is_tiny { good < shown } else { shown <= good }, "{} as {}", good, shown);
        }

        #[test]
        fn what_is_bad_is_never_shown_as_less_but_to_stay_below_a_limit(
            bad in ratios(), limit in ratios(), is_strict: bool, decimals in 0..5_usize,
        ) {
            let limit = (if is_strict { Comparison::Above } else { Comparison::AtLeast }, limit);
            let shown = raised(bad, decimals, &[limit]);
            let crosses = |it: &Ratio| limit.0.holds(it, &limit.1);
            prop_assert_eq!(crosses(&shown), crosses(&bad), "{} as {}", bad, shown);
            let unit = Ratio::new(1, 10_u128.pow(u32::try_from(decimals).unwrap())).unwrap();
            prop_assert!(shown.max(bad).checked_sub(shown.min(bad)).unwrap() < unit);
            prop_assert!(shown >= bad || cut_up(bad, decimals) >= limit.1, "{} as {}", bad, shown);
        }
    }

    #[test]
    fn what_is_bad_is_rounded_up_and_reaches_no_limit_that_it_does_not_reach() {
        let ratio = |text: &str| text.parse::<Ratio>().unwrap();
        let shown = |burn: &str, limit: &str| {
            number_in_full(raised(ratio(burn), 2, &[(Comparison::AtLeast, ratio(limit))]), 2)
        };
        assert_eq!(shown("5/3", "2"), "1.67");
        assert_eq!(shown("14.3999", "14.4"), "14.39");
        assert_eq!([shown("14.4", "14.4"), shown("14.4001", "14.4")], ["14.40", "14.41"]);
        assert_eq!([shown("0.9332", "14/15"), shown("14/15", "14/15")], ["0.93", "0.94"]);
        assert_eq!([shown("0", "1"), shown("20", "1")], ["0", "20.00"]);
    }

    #[test]
    fn a_chosen_number_is_shown_exactly() {
        let shown = |text: &str| exact(text.parse().unwrap());
        assert_eq!(["14.4", "6", "13.4375", "14/15"].map(shown), ["14.4", "6", "13.4375", "14/15 (~0.933)"]);
    }

    #[test]
    fn what_is_left_is_never_less_than_a_second_says_and_what_is_gone_never_more() {
        let of = |told: fn(TimeDelta) -> String| {
            [0, 1, 999, 1000, 1001, 4999, 160_016].map(|millis| told(TimeDelta::milliseconds(millis)))
        };
        assert_eq!(of(span_left), ["0s", "1s", "1s", "1s", "2s", "5s", "2m41s"]);
        assert_eq!(of(span_gone), ["0s", "1ms", "999ms", "1s", "1s", "4s", "2m40s"]);
        assert_eq!(of(span_taken), ["0s", "1ms", "999ms", "1s", "2s", "5s", "2m41s"]);
    }

    #[test]
    fn a_length_is_told_in_two_units() {
        let told = |millis| about(TimeDelta::milliseconds(millis));
        assert_eq!([told(0), told(61_001), told(90_061_000), told(86_400_000)], ["0s", "1m1s", "1d1h", "1d"]);
        let up = |millis| about_up(TimeDelta::milliseconds(millis));
        assert_eq!([up(0), up(61_001), up(90_061_000), up(86_400_000)], ["0s", "1m2s", "1d2h", "1d"]);
        assert_eq!([up(86_399_000), up(86_460_000), up(86_460_001)], ["1d", "1d1m", "1d2m"]);
    }

    proptest! {
        #[test]
        fn a_length_lies_between_what_it_is_cut_and_raised_to(millis in 0..40_000_000_000_i64) {
            let length = TimeDelta::milliseconds(millis);
            let (shown, rest, unit) = in_two_units(length);
            prop_assert!(i64::try_from(shown + rest) == Ok(millis) && rest < unit);
            let units = |text: &str| text.split(|c: char| c.is_ascii_digit()).filter(|it| !it.is_empty()).count();
            let [down, up] = [about(length), about_up(length)];
            prop_assert!(units(&down) <= 2 && units(&up) <= 2, "{} to {}", down, up);
            prop_assert_eq!(down == up, rest == 0);
        }
    }

    #[test]
    fn a_number_too_large_to_be_cut_exactly_is_still_shown() {
        assert!(number(Ratio::new(u128::MAX, 7).unwrap(), 2).starts_with("4861176"));
    }

    #[test]
    fn a_moment_in_a_text_is_shown_as_all_others_are() {
        let text = "verified 2026-11-26T10:46:00+00:00, seen 2026-11-26T19:46:05.5+09:00; 10:46 and REL-42: \
                    2026-11-26T10:46:00Z: so.";
        let told = with_moments(text).replace('\u{a0}', " ");
        assert_eq!(
            told,
            "verified 2026-11-26 10:46 UTC, seen 2026-11-26 10:46:05.500 UTC; 10:46 and REL-42: 2026-11-26 10:46 UTC: so."
        );
    }

    #[test]
    fn nothing_from_outside_can_steer_a_terminal() {
        assert_eq!(clean("a\u{1b}[31mb\nc\u{202e}d\u{2063}"), "a\\u{1b}[31mb c\\u{202e}d\\u{2063}");
        assert_eq!(clipped("日本語の名前", 3), "日本語…");
    }
}
