//! Exact non-negative numbers.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// An exact non-negative number: a fraction in lowest terms, without NaN, infinity or rounding.
///
/// Printed as a decimal where it is one, otherwise as a fraction; with a precision (`{:.2}`) rounded half up.
///
/// ```
/// use toban_core::Ratio;
/// let factor: Ratio = "14.4".parse()?;
/// assert_eq!(factor, Ratio::new(144, 10)?);
/// assert_eq!(factor.to_string(), "14.4");
/// assert_eq!(Ratio::new(2, 3)?.to_string(), "2/3");
/// assert_eq!(format!("{:.3}", Ratio::new(2, 3)?), "0.667");
/// # Ok::<(), toban_core::RatioError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ratio {
    num: u128,
    den: u128,
}

/// The most digits behind the point that a decimal text may have.
const MOST_DECIMALS: usize = 18;

impl Ratio {
    /// Nothing.
    pub const ZERO: Self = Self { num: 0, den: 1 };
    /// One whole.
    pub const ONE: Self = Self { num: 1, den: 1 };

    /// `num / den` in lowest terms.
    ///
    /// # Errors
    /// When `den` is zero.
    pub fn new(num: u128, den: u128) -> Result<Self, RatioError> {
        if den == 0 {
            return Err(RatioError::ZeroDenominator { num });
        }
        let shared = gcd(num, den);
        Ok(Self { num: num / shared, den: den / shared })
    }

    /// A whole number.
    #[must_use]
    pub const fn whole(number: u128) -> Self {
        Self { num: number, den: 1 }
    }

    /// The number that a float shows: its shortest decimal text, so that `14.4` is 72/5.
    ///
    /// # Errors
    /// When the float is negative, NaN, infinite, or needs more than 18 decimals.
    pub fn from_shown_f64(float: f64) -> Result<Self, RatioError> {
        float.to_string().parse()
    }

    /// The upper part of the fraction in lowest terms.
    #[must_use]
    pub fn numerator(&self) -> u128 {
        self.num
    }

    /// The lower part of the fraction in lowest terms, never zero.
    #[must_use]
    pub fn denominator(&self) -> u128 {
        self.den
    }

    /// Whether it is nothing.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.num == 0
    }

    /// The sum, or `None` where 128 bits do not hold it.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let shared = gcd(self.den, other.den);
        let (left, right) = (other.den / shared, self.den / shared);
        let num = self.num.checked_mul(left)?.checked_add(other.num.checked_mul(right)?)?;
        Self::new(num, self.den.checked_mul(left)?).ok()
    }

    /// The difference, or `None` where it would be negative or 128 bits do not hold it.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        let shared = gcd(self.den, other.den);
        let (left, right) = (other.den / shared, self.den / shared);
        let num = self.num.checked_mul(left)?.checked_sub(other.num.checked_mul(right)?)?;
        Self::new(num, self.den.checked_mul(left)?).ok()
    }

    /// The product, or `None` where 128 bits do not hold it.
    #[must_use]
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        let (a, b) = (gcd(self.num, other.den), gcd(other.num, self.den));
        Some(Self {
            num: (self.num / a).checked_mul(other.num / b)?,
            den: (self.den / b).checked_mul(other.den / a)?,
        })
    }

    /// The quotient, or `None` where `other` is zero or 128 bits do not hold it.
    #[must_use]
    pub fn checked_div(self, other: Self) -> Option<Self> {
        if other.num == 0 {
            return None;
        }
        self.checked_mul(Self { num: other.den, den: other.num })
    }

    /// The nearest float, for drawing and for statistics: never for a decision.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "the method says that it rounds")]
    pub fn to_f64(self) -> f64 {
        self.num as f64 / self.den as f64
    }

    /// Without what lies behind so many decimals: what is good is not shown as more than it is. The number itself where
    /// 128 bits do not hold it in units of the last decimal.
    ///
    /// ```
    /// use toban_core::Ratio;
    /// let third = Ratio::new(1, 3)?;
    /// assert_eq!(third.rounded_down(2).to_string(), "0.33");
    /// assert_eq!(third.rounded_up(2).to_string(), "0.34");
    /// // Up, unless it would reach what it does not reach.
    /// let below = |shown: &Ratio| *shown < Ratio::ONE;
    /// assert_eq!(Ratio::new(999, 1000)?.rounded_up_within(2, below).to_string(), "0.99");
    /// # Ok::<(), toban_core::RatioError>(())
    /// ```
    #[must_use]
    pub fn rounded_down(self, decimals: usize) -> Self {
        let scale = u32::try_from(decimals).ok().and_then(|decimals| 10_u128.checked_pow(decimals));
        let scaled = scale.and_then(|scale| Some((self.checked_mul(Self::whole(scale))?, scale)));
        scaled.and_then(|(scaled, scale)| Self::new(scaled.num / scaled.den, scale).ok()).unwrap_or(self)
    }

    /// The same, up: what is bad is not shown as less than it is.
    #[must_use]
    pub fn rounded_up(self, decimals: usize) -> Self {
        let down = self.rounded_down(decimals);
        if down == self {
            return self;
        }
        let unit = u32::try_from(decimals).ok().and_then(|decimals| 10_u128.checked_pow(decimals));
        let unit = unit.and_then(|scale| Self::new(1, scale).ok());
        unit.and_then(|unit| down.checked_add(unit)).unwrap_or(self)
    }

    /// Up; or down where only that lies within what is allowed.
    #[must_use]
    pub fn rounded_up_within(self, decimals: usize, is_allowed: impl Fn(&Self) -> bool) -> Self {
        let up = self.rounded_up(decimals);
        if is_allowed(&up) { up } else { Some(self.rounded_down(decimals)).filter(is_allowed).unwrap_or(up) }
    }

    /// How many decimals it has, where it is a decimal of at most 18.
    fn decimals(self) -> Option<usize> {
        let mut power = 1_u128;
        for digits in 0..=MOST_DECIMALS {
            if power.is_multiple_of(self.den) {
                return Some(digits);
            }
            power *= 10;
        }
        None
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.num.checked_mul(other.den), other.num.checked_mul(self.den)) {
            (Some(left), Some(right)) => left.cmp(&right),
            _ => compare_products(&[self.num, other.den], &[other.num, self.den]),
        }
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<u64> for Ratio {
    fn from(number: u64) -> Self {
        Self::whole(u128::from(number))
    }
}

/// Compares the product of the left factors with the product of the right ones, exactly, at most four a side.
///
/// ```
/// use std::cmp::Ordering;
/// let most = u128::MAX;
/// assert_eq!(toban_core::compare_products(&[most, most], &[most - 1, most]), Ordering::Greater);
/// ```
#[must_use]
pub fn compare_products(left: &[u128], right: &[u128]) -> Ordering {
    // Nearly all products are short, and compared several times as fast.
    let short = |factors: &[u128]| match factors.split_first() {
        Some((first, rest)) => rest.iter().try_fold(*first, |product, factor| product.checked_mul(*factor)),
        None => Some(1),
    };
    if let (Some(left), Some(right)) = (short(left), short(right)) {
        return left.cmp(&right);
    }
    let (left, right) = (Wide::product(left), Wide::product(right));
    left.limbs.iter().rev().cmp(right.limbs.iter().rev())
}

/// A natural number of up to four 128-bit factors, lowest limb first.
struct Wide {
    limbs: [u64; 8],
}

impl Wide {
    fn product(factors: &[u128]) -> Self {
        debug_assert!(factors.len() <= 4, "four factors fit into 512 bits");
        let mut product = Self { limbs: [1, 0, 0, 0, 0, 0, 0, 0] };
        for factor in factors {
            product = product.times(*factor);
        }
        product
    }

    #[expect(clippy::cast_possible_truncation, reason = "a limb is the low half, the carry is the high half")]
    fn times(&self, factor: u128) -> Self {
        let mut limbs = [0_u64; 8];
        for (shift, half) in [factor as u64, (factor >> 64) as u64].into_iter().enumerate() {
            let mut carry = 0_u128;
            for (out, limb) in limbs.iter_mut().skip(shift).zip(self.limbs) {
                let sum = u128::from(*out) + u128::from(limb) * u128::from(half) + carry;
                *out = sum as u64;
                carry = sum >> 64;
            }
        }
        Self { limbs }
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(digits) = f.precision().or_else(|| self.decimals()) else {
            return f.pad_integral(true, "", &format!("{}/{}", self.num, self.den));
        };
        f.pad_integral(true, "", &self.rounded(digits))
    }
}

impl Ratio {
    /// Long division to that many decimals, rounded half up.
    fn rounded(self, digits: usize) -> String {
        let mut whole = self.num / self.den;
        let mut rest = self.num % self.den;
        let mut decimals = Vec::with_capacity(digits);
        for _ in 0..digits {
            let (digit, left) = next_digit(rest, self.den);
            decimals.push(digit);
            rest = left;
        }
        if rest >= self.den - rest {
            let carried = decimals.iter_mut().rev().all(|digit| {
                *digit = (*digit + 1) % 10;
                *digit == 0
            });
            whole += u128::from(carried);
        }
        let mut text = whole.to_string();
        if digits > 0 {
            text.push('.');
            text.extend(decimals.into_iter().map(|digit| char::from(b'0' + digit)));
        }
        text
    }
}

/// `10 * rest / den` and what is left, for `rest < den`, without leaving 128 bits.
fn next_digit(rest: u128, den: u128) -> (u8, u128) {
    let (mut digit, mut left) = (0_u8, 0_u128);
    for bit in [8_u8, 4, 2, 1] {
        // Ten is 0b1010: double what is left, and add `rest` where the bit is set.
        digit *= 2;
        if left >= den - left {
            digit += 1;
            left -= den - left;
        } else {
            left *= 2;
        }
        if 10 & bit != 0 {
            if left >= den - rest {
                digit += 1;
                left -= den - rest;
            } else {
                left += rest;
            }
        }
    }
    (digit, left)
}

impl FromStr for Ratio {
    type Err = RatioError;

    /// Reads `14.4`, `15`, `.5` or `2/3`; no sign, no exponent, at most 18 decimals, zeros at the end not counted.
    fn from_str(text: &str) -> Result<Self, RatioError> {
        let bad = || RatioError::NotANumber { text: text.chars().take(40).collect() };
        if let Some((num, den)) = text.split_once('/') {
            return Self::new(digits(num).ok_or_else(bad)?, digits(den).ok_or_else(bad)?);
        }
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        if whole.is_empty() && decimals.is_empty() {
            return Err(bad());
        }
        let decimals = decimals.trim_end_matches('0');
        if decimals.len() > MOST_DECIMALS {
            return Err(bad());
        }
        let scale = (0..decimals.len()).fold(1_u128, |scale, _| scale * 10);
        let whole = if whole.is_empty() { 0 } else { digits(whole).ok_or_else(bad)? };
        let part = if decimals.is_empty() { 0 } else { digits(decimals).ok_or_else(bad)? };
        Self::new(part, scale)?.checked_add(Self::whole(whole)).ok_or_else(bad)
    }
}

fn digits(text: &str) -> Option<u128> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    // Most numbers fit into a machine word, where division is ten times as fast.
    while b != 0 {
        if let (Ok(x), Ok(y)) = (u64::try_from(a), u64::try_from(b)) {
            return u128::from(gcd_word(x, y));
        }
        (a, b) = (b, a % b);
    }
    a
}

fn gcd_word(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// A share of a whole: an exact number from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(Ratio);

impl Share {
    /// Nothing of it.
    pub const NONE: Self = Self(Ratio::ZERO);
    /// All of it.
    pub const ALL: Self = Self(Ratio::ONE);
    pub(crate) const FOUR_FIFTHS: Self = Self(Ratio { num: 4, den: 5 });

    /// The share `ratio` of a whole.
    ///
    /// # Errors
    /// When it is above 1.
    pub fn new(ratio: Ratio) -> Result<Self, RatioError> {
        if ratio <= Ratio::ONE { Ok(Self(ratio)) } else { Err(RatioError::AboveOne { ratio }) }
    }

    /// Written as a percentage, such as `99.9 %`, exactly.
    #[must_use]
    pub fn to_percent(self) -> String {
        // So fine that a hundred times it cannot be held: the share of one says the same.
        self.0
            .checked_mul(Ratio::whole(100))
            .map_or_else(|| self.to_string(), |percent| format!("{percent} %"))
    }

    /// `part` of `whole`.
    ///
    /// # Errors
    /// When `whole` is zero or smaller than `part`.
    pub fn of(part: u64, whole: u64) -> Result<Self, RatioError> {
        Self::new(Ratio::new(u128::from(part), u128::from(whole))?)
    }

    /// The share that a percentage such as `"99.9"` names.
    ///
    /// # Errors
    /// When the text is no decimal, or above 100.
    pub fn percent(text: &str) -> Result<Self, RatioError> {
        let percent: Ratio = text.parse()?;
        let hundred = Ratio::whole(100);
        match percent.checked_div(hundred) {
            Some(share) => Self::new(share),
            None => Err(RatioError::NotANumber { text: text.chars().take(40).collect() }),
        }
    }

    /// As a number from 0 to 1.
    #[must_use]
    pub fn as_ratio(&self) -> Ratio {
        self.0
    }

    /// What is left of the whole.
    #[must_use]
    pub fn rest(&self) -> Self {
        Self(Ratio { num: self.0.den - self.0.num, den: self.0.den })
    }

    /// The nearest float: never for a decision.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        self.0.to_f64()
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A text or a pair of numbers is no exact ratio.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RatioError {
    /// A share was above 1.
    #[error("a share lies between 0 and 1: {ratio}")]
    AboveOne {
        /// The rejected value.
        ratio: Ratio,
    },
    /// The text is no non-negative decimal of at most 18 decimals, nor a fraction.
    #[error("not a non-negative decimal number: {text:?}")]
    NotANumber {
        /// The rejected text, at most its first 40 characters.
        text: String,
    },
    /// A fraction had zero below the line.
    #[error("a ratio needs a denominator above zero: {num}/0")]
    ZeroDenominator {
        /// What stood above the line.
        num: u128,
    },
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_number_too_fine_to_be_rounded_stays_as_it_is() {
        let fine = Ratio::new(u128::MAX - 1, u128::MAX).unwrap();
        for decimals in [2, 39, usize::MAX] {
            assert_eq!((fine.rounded_down(decimals), fine.rounded_up(decimals)), (fine, fine));
        }
    }

    proptest! {
        #[test]
        fn a_rounded_number_lies_within_a_unit_on_its_side(num: u64, den in 1..u64::MAX, decimals in 0..12_usize) {
            let ratio = Ratio::new(num.into(), den.into()).unwrap();
            let (down, up) = (ratio.rounded_down(decimals), ratio.rounded_up(decimals));
            let unit = Ratio::new(1, 10_u128.pow(decimals.try_into().unwrap())).unwrap();
            prop_assert!(down <= ratio && ratio <= up);
            prop_assert!(ratio < down.checked_add(unit).unwrap());
            prop_assert!(up == down || Some(up) == down.checked_add(unit));
            prop_assert!(down.decimals().is_some_and(|found| found <= decimals));
            prop_assert_eq!(ratio.rounded_up_within(decimals, |_| true), up);
            prop_assert_eq!(ratio.rounded_up_within(decimals, |_| false), up);
            prop_assert_eq!(ratio.rounded_up_within(decimals, |shown| *shown <= ratio), down);
        }

        #[test]
        fn comparing_agrees_with_subtracting(a in 0..u64::MAX, b in 1..u64::MAX, c in 0..u64::MAX, d in 1..u64::MAX) {
            let (x, y) = (Ratio::new(a.into(), b.into()).unwrap(), Ratio::new(c.into(), d.into()).unwrap());
            let expected = (u128::from(a) * u128::from(d)).cmp(&(u128::from(c) * u128::from(b)));
            prop_assert_eq!(x.cmp(&y), expected);
            prop_assert_eq!(x.checked_sub(y).is_some(), expected != Ordering::Less);
        }

        #[test]
        fn comparing_is_exact_beyond_128_bits(a in any::<u128>(), b in 1..u128::MAX, step in 1_u128..9) {
            let x = Ratio::new(a, b).unwrap();
            let y = Ratio::new(a.saturating_sub(step), b).unwrap();
            prop_assert_eq!(x.cmp(&y), a.cmp(&a.saturating_sub(step)));
        }

        #[test]
        fn a_decimal_prints_as_it_was_read(whole in any::<u64>(), decimals in "[0-9]{0,17}[1-9]") {
            let text = format!("{whole}.{decimals}");
            prop_assert_eq!(text.parse::<Ratio>().unwrap().to_string(), text);
        }

        #[test]
        fn what_is_printed_is_read_again(a in any::<u128>(), b in prop_oneof![1..u128::MAX, 1..200_u128]) {
            let x = Ratio::new(a, b).unwrap();
            prop_assert_eq!(x.to_string().parse(), Ok(x));
        }

        #[test]
        fn rounding_is_within_half_a_digit(a in any::<u128>(), b in 1..u128::MAX, digits in 0_usize..6) {
            let x = Ratio::new(a, b).unwrap();
            let shown: Ratio = format!("{x:.digits$}").parse().unwrap();
            let unit = Ratio::new(1, 2 * 10_u128.pow(u32::try_from(digits).unwrap())).unwrap();
            let off = x.max(shown).checked_sub(x.min(shown));
            prop_assert!(off.is_none_or(|off| off <= unit), "{} shown as {}", x, shown);
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            let _ = text.parse::<Ratio>();
        }
    }

    #[test]
    fn refuses_what_is_no_number() {
        for text in ["", ".", "-1", "+1", "NaN", "inf", "1e3", "1/0", "0.1234567890123456789", "1.2.3", "１"]
        {
            assert!(text.parse::<Ratio>().is_err(), "{text}");
        }
        assert!(Ratio::from_shown_f64(f64::NAN).is_err());
        assert!(Share::percent("100.1").is_err());
    }
}
