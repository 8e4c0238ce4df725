//! What OpenSLO v1 cannot say, said by annotations under `toban.dev/`.
//!
//! | annotation | on | value | says |
//! |---|---|---|---|
//! | [`ALERT_POLICY`] | `SLO` | `sre-workbook` | the alerts of the Site Reliability Workbook, beside `alertPolicies` |
//! | [`BURN_RATE_PAIRS`] | `AlertPolicy` | `1h/5m>=14.4, 6h/30m>=6` | any number of [`BurnRatePair`]s instead of the one threshold of the condition, which keeps telling severity and `alertAfter` |
//! | [`COMPOSITE_TARGET`] | `SLO` | `0.995` | the target of the composite itself: the weighted mean of its objectives' good shares reaches it |
//! | [`FULL_TARGET`] | `SLO` | `allowed` | targets of 100 % are meant, though OpenSLO ends below them |
//! | [`SLA`] | `SLO` | `0.995 1M Asia/Tokyo; 10 % credit` | the [`Contract`] that stands behind the objectives, on the same indicator |
//! | [`WHEN_ABSENT`] | `SLO` | `freeze` | what a silent objective counts as in the composite: `bad`, `freeze`, `good`, `ignore` |
//! | [`WINDOWS`] | `SLO` | `7d, 1M Asia/Tokyo` | [`ExtraWindow`]s that are reported beside the one of `timeWindow` |
//!
//! Other readers of OpenSLO leave them alone: to them a policy with pairs is the policy of its condition.

use crate::{Absence, Objective};
use std::fmt;
use std::str::FromStr;
use toban_core::Share;

use super::document::Kind;
use super::number::Number;
use super::shorthand::DurationShorthand;
use super::slo::Operator;

/// On an `SLO`: a ready set of alerts. The one value is [`SRE_WORKBOOK`].
pub const ALERT_POLICY: &str = "toban.dev/alert-policy";
/// On an `AlertPolicy`: pairs of windows.
pub const BURN_RATE_PAIRS: &str = "toban.dev/burn-rate-pairs";
/// On a composite `SLO`: the target of the composite itself, a share above 0 and at most 1.
pub const COMPOSITE_TARGET: &str = "toban.dev/composite-target";
/// On an `SLO`: targets of 100 % are meant. The one value is [`ALLOWED`].
pub const FULL_TARGET: &str = "toban.dev/full-target";
/// On an `SLO`: the contract that stands behind it.
pub const SLA: &str = "toban.dev/sla";
/// On a composite `SLO`: what a silent objective counts as.
pub const WHEN_ABSENT: &str = "toban.dev/when-absent";
/// On an `SLO`: more windows.
pub const WINDOWS: &str = "toban.dev/windows";

/// The value of [`ALERT_POLICY`].
pub const SRE_WORKBOOK: &str = "sre-workbook";
/// The value of [`FULL_TARGET`].
pub const ALLOWED: &str = "allowed";

/// The beginning of all keys of this module.
pub(super) const PREFIX: &str = "toban.dev/";

/// A known annotation.
pub(super) struct Known {
    pub(super) key: &'static str,
    pub(super) on: Kind,
    pub(super) expected: &'static str,
    pub(super) is_valid: fn(&str) -> bool,
}

pub(super) const KNOWN: [Known; 7] = [
    Known {
        key: ALERT_POLICY,
        on: Kind::Slo,
        expected: "`sre-workbook`",
        is_valid: |text| text == SRE_WORKBOOK,
    },
    Known {
        key: BURN_RATE_PAIRS,
        on: Kind::AlertPolicy,
        expected: "pairs of windows such as `1h/5m>=14.4, 6h/30m>=6`, the short one behind the long one",
        is_valid: |text| burn_rate_pairs(text).is_ok(),
    },
    Known {
        key: COMPOSITE_TARGET,
        on: Kind::Slo,
        expected: "a share above 0 and at most 1, such as `0.995`",
        is_valid: |text| composite_target(text).is_ok(),
    },
    Known { key: FULL_TARGET, on: Kind::Slo, expected: "`allowed`", is_valid: |text| text == ALLOWED },
    Known {
        key: SLA,
        on: Kind::Slo,
        expected: "a target, a window and terms, such as `0.995 1M Asia/Tokyo; 10 % credit`",
        is_valid: |text| text.parse::<Contract>().is_ok(),
    },
    Known {
        key: WHEN_ABSENT,
        on: Kind::Slo,
        expected: "`bad`, `freeze`, `good` or `ignore`",
        is_valid: |text| when_absent(text).is_ok(),
    },
    Known {
        key: WINDOWS,
        on: Kind::Slo,
        expected: "windows such as `7d, 1M Asia/Tokyo`",
        is_valid: |text| windows(text).is_ok(),
    },
];

/// Their keys, without the beginning that all have, so that a message has room for them.
pub(super) fn list(f: &mut fmt::Formatter<'_>, listed: &[&Known]) -> fmt::Result {
    for (number, known) in listed.iter().enumerate() {
        let key = known.key.strip_prefix(PREFIX).unwrap_or(known.key);
        write!(f, "{} `{key}`", if number == 0 { "" } else { "," })?;
    }
    write!(f, ", each behind `{PREFIX}`")
}

/// The pairs that a value of [`BURN_RATE_PAIRS`] names.
///
/// ```
/// use toban_slo::openslo::annotation::burn_rate_pairs;
/// let pairs = burn_rate_pairs("1h/5m>=14.4, 6h/30m>=6")?;
/// assert_eq!(pairs[1].to_string(), "6h/30m>=6");
/// # Ok::<(), toban_slo::openslo::annotation::AnnotationError>(())
/// ```
///
/// # Errors
/// Names the first part that is no pair.
pub fn burn_rate_pairs(text: &str) -> Result<Vec<BurnRatePair>, AnnotationError> {
    text.split(',').map(|pair| pair.trim().parse()).collect()
}

/// The target that a value of [`COMPOSITE_TARGET`] names.
///
/// # Errors
/// When it is no objective.
pub fn composite_target(text: &str) -> Result<Objective, AnnotationError> {
    let share = text.parse().and_then(Share::new);
    share.ok().and_then(|share| Objective::new(share).ok()).ok_or_else(|| AnnotationError::of(text))
}

/// What a value of [`WHEN_ABSENT`] says.
///
/// # Errors
/// When it is not one of the four words.
pub fn when_absent(text: &str) -> Result<Absence, AnnotationError> {
    match text {
        "bad" => Ok(Absence::Bad),
        "freeze" => Ok(Absence::Freeze),
        "good" => Ok(Absence::Good),
        "ignore" => Ok(Absence::Ignore),
        _ => Err(AnnotationError::of(text)),
    }
}

/// The windows that a value of [`WINDOWS`] names.
///
/// # Errors
/// Names the first part that is no window.
pub fn windows(text: &str) -> Result<Vec<ExtraWindow>, AnnotationError> {
    text.split(',').map(|window| window.trim().parse()).collect()
}

/// The burn rate over a long and a short window, both compared with a factor: `1h/5m>=14.4`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BurnRatePair {
    /// Decides what is significant.
    pub long: DurationShorthand,
    /// Decides whether it is still going on.
    pub short: DurationShorthand,
    /// [`Operator::Gt`] or [`Operator::Gte`].
    pub op: Operator,
    /// In budgets per period.
    pub factor: Number,
}

impl FromStr for BurnRatePair {
    type Err = AnnotationError;

    fn from_str(text: &str) -> Result<Self, AnnotationError> {
        let parsed = || {
            let (windows, factor) = text.split_once('>')?;
            let (op, factor) = match factor.strip_prefix('=') {
                Some(factor) => (Operator::Gte, factor),
                None => (Operator::Gt, factor),
            };
            let (long, short) = windows.split_once('/')?;
            let (long, short): (DurationShorthand, DurationShorthand) =
                (long.trim().parse().ok()?, short.trim().parse().ok()?);
            let factor: Number = factor.trim().parse().ok()?;
            let is_pair = !short.is_zero() && short.exact()? < long.exact()?;
            (is_pair && !factor.to_ratio().ok()?.is_zero()).then_some(Self { long, short, op, factor })
        };
        parsed().ok_or_else(|| AnnotationError::of(text))
    }
}

impl fmt::Display for BurnRatePair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let op = if self.op == Operator::Gte { ">=" } else { ">" };
        write!(f, "{}/{}{op}{}", self.long, self.short, self.factor)
    }
}

/// A window: `7d` rolls, `1M Asia/Tokyo` follows the calendar of a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtraWindow {
    /// Its length.
    pub duration: DurationShorthand,
    /// The IANA name of the zone in whose calendar it lies; a rolling window has none.
    pub time_zone: Option<String>,
}

impl FromStr for ExtraWindow {
    type Err = AnnotationError;

    fn from_str(text: &str) -> Result<Self, AnnotationError> {
        let bad = || AnnotationError::of(text);
        let mut words = text.split_whitespace();
        let duration: DurationShorthand = words.next().and_then(|word| word.parse().ok()).ok_or_else(bad)?;
        let time_zone = words.next().map(str::to_owned);
        if duration.is_zero() || words.next().is_some() {
            return Err(bad());
        }
        Ok(Self { duration, time_zone })
    }
}

impl fmt::Display for ExtraWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.duration.fmt(f)?;
        match &self.time_zone {
            Some(zone) => write!(f, " {zone}"),
            None => Ok(()),
        }
    }
}

/// What is promised outside: `0.995 1M Asia/Tokyo; 10 % credit`, a share, a window, and what a miss costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    /// The share that is promised.
    pub objective: Objective,
    /// The window over which it is judged.
    pub window: ExtraWindow,
    /// What the contract says of a miss; may be empty.
    pub terms: String,
}

impl FromStr for Contract {
    type Err = AnnotationError;

    fn from_str(text: &str) -> Result<Self, AnnotationError> {
        let (promise, terms) = text.split_once(';').unwrap_or((text, ""));
        let (target, window) = promise.trim().split_once(' ').ok_or_else(|| AnnotationError::of(text))?;
        let (objective, window) = (composite_target(target)?, window.trim().parse()?);
        Ok(Self { objective, window, terms: terms.trim().to_owned() })
    }
}

impl fmt::Display for Contract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.objective.target(), self.window)?;
        if self.terms.is_empty() { Ok(()) } else { write!(f, "; {}", self.terms) }
    }
}

impl AnnotationError {
    fn of(text: &str) -> Self {
        Self { text: text.chars().take(40).collect() }
    }
}

/// A part of an annotation cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not understood: {text:?}")]
pub struct AnnotationError {
    /// The part, at most its first 40 characters.
    pub text: String,
}
