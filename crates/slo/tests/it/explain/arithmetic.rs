//! The arithmetic of a reader: formulas as texts, computed in fractions that share nothing with the crate.

use std::cmp::Ordering;

/// A fraction in lowest terms; the lower part is above zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Number {
    num: i128,
    den: i128,
}

impl Number {
    pub(crate) fn of(num: u128, den: u128) -> Self {
        Self::new(num.try_into().unwrap(), den.try_into().unwrap())
    }

    fn new(num: i128, den: i128) -> Self {
        assert!(den != 0, "a division by nothing");
        let (mut a, mut b) = (num.abs(), den.abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let sign = den.signum();
        Self { num: sign * num / a.max(1), den: sign * den / a.max(1) }
    }

    pub(crate) fn negated(self) -> Self {
        Self { num: -self.num, ..self }
    }

    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    pub(crate) fn to_f64(self) -> f64 {
        self.num as f64 / self.den as f64
    }

    fn combine(self, sign: char, other: Self) -> Self {
        let mul = |a: i128, b: i128| a.checked_mul(b).expect("the formulas of a test stay short");
        match sign {
            '+' => Self::new(mul(self.num, other.den) + mul(other.num, self.den), mul(self.den, other.den)),
            '-' => self.combine('+', other.negated()),
            '*' => {
                let (a, b) = (Self::new(self.num, other.den), Self::new(other.num, self.den));
                Self::new(mul(a.num, b.num), mul(a.den, b.den))
            }
            '/' => self.combine('*', Self::new(other.den, other.num)),
            other => panic!("no sign: {other}"),
        }
    }

    pub(crate) fn cmp(self, other: Self) -> Ordering {
        self.combine('-', other).num.cmp(&0)
    }
}

/// What a formula gives.
pub(crate) fn value(text: &str) -> Number {
    let mut rest = text.trim();
    let number = sum(&mut rest);
    assert!(rest.trim().is_empty(), "{text}: {rest}");
    number
}

/// What a comparison gives, and what is told of it; `None` where the text is none.
pub(crate) fn holds(text: &str) -> Option<(bool, bool)> {
    let (compared, told) = text.rsplit_once(": ")?;
    let told = match told {
        "yes" => true,
        "no" => false,
        _ => return None,
    };
    let (left, sign, right) = [" >= ", " <= ", " > ", " < ", " = "]
        .into_iter()
        .find_map(|sign| compared.split_once(sign).map(|(left, right)| (left, sign.trim(), right)))
        .unwrap_or_else(|| panic!("no comparison: {text}"));
    let order = value(left).cmp(value(right));
    let computed = match sign {
        ">=" => order.is_ge(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        "<" => order.is_lt(),
        _ => order.is_eq(),
    };
    Some((computed, told))
}

fn sum(rest: &mut &str) -> Number {
    chain(rest, &['+', '-'], product)
}

fn product(rest: &mut &str) -> Number {
    chain(rest, &['*', '/'], factor)
}

fn chain(rest: &mut &str, signs: &[char], part: fn(&mut &str) -> Number) -> Number {
    let mut number = part(rest);
    while let Some(sign) = rest.trim_start().chars().next().filter(|sign| signs.contains(sign)) {
        *rest = &rest.trim_start()[1..];
        number = number.combine(sign, part(rest));
    }
    number
}

fn factor(rest: &mut &str) -> Number {
    *rest = rest.trim_start();
    if let Some(inside) = rest.strip_prefix('(') {
        *rest = inside;
        let number = sum(rest);
        *rest = rest.trim_start().strip_prefix(')').expect("a closing parenthesis");
        return number;
    }
    if let Some(behind) = rest.strip_prefix('-') {
        *rest = behind;
        return factor(rest).negated();
    }
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    let (digits, behind) = rest.split_at(end);
    *rest = behind;
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let scale = 10_i128.pow(decimals.len().try_into().unwrap());
    let number = |text: &str| if text.is_empty() { 0 } else { text.parse::<i128>().unwrap() };
    assert!(!digits.is_empty(), "a number is missing before {behind:?}");
    Number::new(number(whole) * scale + number(decimals), scale)
}

#[test]
fn a_formula_is_computed_as_it_is_written() {
    assert_eq!(value("8640 / 600000 / (1 - 0.999)"), Number::of(72, 5));
    assert_eq!(value("1 - 2 * 3 / 4"), Number::new(-1, 2));
    assert_eq!(holds("1 / 3 >= 0.3: no"), Some((true, false)));
    assert_eq!(holds("14.4"), None);
}
