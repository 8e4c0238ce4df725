//! Numbers as they are written.

use serde::de::{Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use toban_core::{Ratio, RatioError};

/// A number as it stands in a document: finite, and exact to the digits that were written.
///
/// YAML and JSON readers hand decimals over as floats. The shortest decimal text of such a float is what the author
/// wrote, as long as that had at most 15 significant digits; [`Display`](fmt::Display) prints it, and
/// [`Number::to_ratio`] computes with it; `toban-yaml` refuses a number that a float would round. `2` and `2.0` are
/// different writings of equal numbers, and print as written.
///
/// ```
/// use toban_core::Ratio;
/// use toban_slo::openslo::Number;
/// let target = Number::try_from(0.999)?;
/// assert_eq!(target.to_string(), "0.999");
/// assert_eq!(target.to_ratio()?, Ratio::new(999, 1000)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number(Written);

/// `Natural` holds only what `Integer` cannot; a float is never NaN, infinite or negative zero.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Written {
    Float(f64),
    Integer(i64),
    Natural(u64),
}

impl Eq for Number {}

impl Number {
    /// The exact value.
    ///
    /// # Errors
    /// When it is negative or needs more than 18 decimals.
    pub fn to_ratio(self) -> Result<Ratio, RatioError> {
        self.to_string().parse()
    }

    /// The nearest float, for drawing: never for a decision.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "the method says that it rounds")]
    pub fn to_f64(self) -> f64 {
        match self.0 {
            Written::Float(float) => float,
            Written::Integer(integer) => integer as f64,
            Written::Natural(natural) => natural as f64,
        }
    }

    /// How it compares with a small whole number, exactly.
    pub(super) fn compare_to(self, whole: i32) -> Ordering {
        self.to_f64().total_cmp(&f64::from(whole))
    }

    /// Hands it to a visitor as the kind of number that it is.
    pub(super) fn visit_with<'de, V: Visitor<'de>, E: serde::de::Error>(
        self,
        visitor: V,
    ) -> Result<V::Value, E> {
        match self.0 {
            Written::Float(float) => visitor.visit_f64(float),
            Written::Integer(integer) => visitor.visit_i64(integer),
            Written::Natural(natural) => visitor.visit_u64(natural),
        }
    }
}

impl fmt::Display for Number {
    /// A plain decimal without exponent: `0.999`, `-3`, `2` for `2.0`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Written::Float(float) => write!(f, "{float}"),
            Written::Integer(integer) => write!(f, "{integer}"),
            Written::Natural(natural) => write!(f, "{natural}"),
        }
    }
}

impl From<i64> for Number {
    fn from(integer: i64) -> Self {
        Self(Written::Integer(integer))
    }
}

impl From<u64> for Number {
    fn from(natural: u64) -> Self {
        Self(i64::try_from(natural).map_or(Written::Natural(natural), Written::Integer))
    }
}

impl TryFrom<f64> for Number {
    type Error = NumberError;

    fn try_from(float: f64) -> Result<Self, NumberError> {
        if !float.is_finite() {
            return Err(NumberError { text: float.to_string() });
        }
        // Adding zero turns negative zero into zero.
        Ok(Self(Written::Float(float + 0.0)))
    }
}

impl FromStr for Number {
    type Err = NumberError;

    /// Reads a plain decimal, and refuses one that a document could not give back to the last digit. `2.0` is read as
    /// the `2` that it is printed as.
    fn from_str(text: &str) -> Result<Self, NumberError> {
        let bad = || NumberError { text: text.chars().take(40).collect() };
        let digits = text.strip_prefix('-').unwrap_or(text);
        if !digits.starts_with(|first: char| first.is_ascii_digit()) {
            return Err(bad());
        }
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        if decimals.is_empty() || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(bad());
        }
        let decimals = decimals.trim_end_matches('0');
        if decimals.is_empty() {
            let integer = whole.parse::<i64>().map(Self::from);
            return integer.or_else(|_| whole.parse::<u64>().map(Self::from)).map_err(|_| bad());
        }
        let number = Self::try_from(text.parse::<f64>().map_err(|_| bad())?)?;
        if number.to_string() == text.trim_end_matches('0') { Ok(number) } else { Err(bad()) }
    }
}

/// A text is no number that a document can hold exactly.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a decimal that a document holds exactly: {text}")]
pub struct NumberError {
    /// The rejected text, at most its first 40 characters.
    pub text: String,
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Written::Float(float) => serializer.serialize_f64(float),
            Written::Integer(integer) => serializer.serialize_i64(integer),
            Written::Natural(natural) => serializer.serialize_u64(natural),
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a finite number")
    }

    fn visit_i64<E>(self, integer: i64) -> Result<Number, E> {
        Ok(integer.into())
    }

    fn visit_u64<E>(self, natural: u64) -> Result<Number, E> {
        Ok(natural.into())
    }

    fn visit_f64<E: serde::de::Error>(self, float: f64) -> Result<Number, E> {
        Number::try_from(float).map_err(|_| E::invalid_value(Unexpected::Float(float), &self))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_decimal_of_fifteen_digits_survives_the_float(digits in 1_u64..1_000_000_000_000_000, point in 0_usize..15) {
            let digits = format!("{digits:016}");
            let (whole, decimals) = digits.split_at(digits.len() - point);
            let text = if point == 0 { whole.to_owned() } else { format!("{whole}.{decimals}") };
            let exact: Ratio = text.parse().unwrap();
            let number = Number::try_from(text.parse::<f64>().unwrap()).unwrap();
            prop_assert_eq!(number.to_ratio().unwrap(), exact);
        }

        #[test]
        fn a_text_is_kept_to_the_last_digit_or_refused(text in "-?[0-9]{1,20}(\\.[0-9]{1,20})?") {
            if let Ok(number) = text.parse::<Number>() {
                let shown = number.to_string();
                let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
                let bare = |text: &str| text.trim_start_matches(['-', '0']).to_owned();
                prop_assert_eq!(bare(&shown), bare(text));
            }
        }

        #[test]
        fn what_was_read_from_a_text_is_read_again_from_what_it_prints(text in "-?[0-9]{1,25}(\\.[0-9]{1,4}0{0,3})?") {
            if let Ok(number) = text.parse::<Number>() {
                prop_assert_eq!(number.to_string().parse(), Ok(number));
            }
        }

        #[test]
        fn comparing_with_a_small_whole_number_is_exact(thousandths in -5_000_i32..5_000, whole in -3_i32..4) {
            let number = Number::try_from(f64::from(thousandths) / 1000.0).unwrap();
            prop_assert_eq!(number.compare_to(whole), thousandths.cmp(&(whole * 1000)));
        }
    }

    #[test]
    fn decimals_that_are_all_zero_do_not_make_another_number() {
        for (text, whole) in [("99.0", 99_i64), ("6.00", 6), ("-3.0", -3), ("0.0", 0)] {
            assert_eq!(text.parse(), Ok(Number::from(whole)), "{text}");
        }
    }

    #[test]
    fn what_a_document_cannot_hold_is_refused() {
        for text in
            ["", "-", ".5", "1.", "1e3", "NaN", "inf", "+1", "0.12345678901234567890", "99999999999999999999"]
        {
            assert!(text.parse::<Number>().is_err(), "{text}");
        }
        for float in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(Number::try_from(float).is_err());
        }
        assert_eq!(Number::try_from(-0.0).unwrap().to_string(), "0");
    }
}
