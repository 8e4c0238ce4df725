//! What a plain scalar is: the core schema of YAML 1.2 (§10.3.2).

/// A scalar, resolved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scalar<'t> {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(&'t str),
}

/// An integer beyond 64 bits is a float, as in JSON; a number beyond what a float can hold is text.
pub(crate) fn resolve(text: &str) -> Scalar<'_> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "true" | "True" | "TRUE" => return Scalar::Bool(true),
        "false" | "False" | "FALSE" => return Scalar::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Scalar::Float(f64::NAN),
        _ => {}
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Scalar::Float(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY });
    }
    let (digits, radix) = match (text.strip_prefix("0x"), text.strip_prefix("0o")) {
        (Some(hex), _) => (hex, 16),
        (_, Some(octal)) => (octal, 8),
        _ => (unsigned, 10),
    };
    if !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix)) {
        let small = if text.starts_with('-') {
            text.parse().ok().map(Scalar::Signed)
        } else {
            u64::from_str_radix(digits, radix).ok().map(Scalar::Unsigned)
        };
        if let Some(integer) = small {
            return integer;
        }
    }
    let float = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && unsigned.bytes().all(|b| b.is_ascii_digit() || b".eE+-".contains(&b));
    match text.parse::<f64>() {
        Ok(number) if float && number.is_finite() => Scalar::Float(number),
        _ => Scalar::Text(text),
    }
}

/// Whether the text has digits that the float has not: what was written is not what would be read.
pub(crate) fn is_rounded(text: &str, float: f64) -> bool {
    let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let written = digits(text);
    // What the float is by its shortest name, and what it is exactly.
    let is_name = |name: &str| digits(name) == written;
    let is_kept = is_name(&format!("{float:e}"))
        || (decimals <= MOST_DECIMALS && is_name(&format!("{float:.decimals$}")));
    float.is_finite() && !is_kept
}

/// As many decimals as a float can have when it is written exactly: 1 074 in the smallest one. A text with more of
/// them either is the shortest name with zeros behind it, or no float.
const MOST_DECIMALS: usize = 1_074;

/// The digits of a number that count, without its point and its power.
fn digits(text: &str) -> String {
    let number = text.split(['e', 'E']).next().unwrap_or(text);
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    digits.trim_matches('0').to_owned()
}
