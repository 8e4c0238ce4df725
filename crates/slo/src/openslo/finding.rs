//! What is wrong with a set of documents, and where.

use crate::duration::Short;
use crate::{CompositeError, Objective, ObjectiveError, PolicyError};
use chrono::TimeDelta;
use std::fmt;
use toban_core::Ratio;

use super::annotation;
use super::document::Kind;
use super::number::Number;
use super::path::FieldPath;
use super::shorthand::{DurationUnit, SliceWindow};
use super::slo::Operator;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The documents say something that cannot be right.
    Error,
    /// The documents are valid, but do not say what their author will have meant.
    Warning,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// A place in a [`Bundle`](super::Bundle).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The number of the document, counted from 0.
    pub document: usize,
    /// The way into it.
    pub path: FieldPath,
}

impl fmt::Display for Place {
    /// The way into the document; which document that is, the reader of the file knows better.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path.fmt(f)
    }
}

/// Something that is wrong with a set of documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How much it weighs.
    pub level: Level,
    /// Where it stands; for a field that is missing, where the field should be.
    pub place: Place,
    /// What it is.
    pub problem: Problem,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.problem)
    }
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The objective cannot have that alert.
    Alert(PolicyError),
    /// Alerts of a composite call for each of its objectives alone.
    AlertsOfMembers,
    /// Two fields exclude each other.
    Both {
        /// The two.
        fields: [&'static str; 2],
    },
    /// The objectives make no composite.
    Composite(CompositeError),
    /// Two documents of one kind have the same name.
    Duplicate {
        /// Their kind.
        kind: Kind,
        /// Their name.
        name: String,
        /// The number of the document that has it first, counted from 0.
        first: usize,
    },
    /// A text must not be empty.
    Empty,
    /// An alert fires at a burn rate at which the budget would last.
    FactorBelowOne {
        /// The name of the rule.
        rule: String,
        /// Its factor.
        factor: Ratio,
    },
    /// The alert would begin while the budget is safe, and end when it burns.
    FiresWhenCalm {
        /// The comparison that has it so.
        op: Operator,
    },
    /// A target of 100 %, which OpenSLO v1 does not know.
    FullTarget,
    /// A target of 100 %, and an annotation that says that it is meant.
    FullTargetMeant,
    /// A field has no effect here.
    Ignored {
        /// Why not.
        because: &'static str,
    },
    /// An annotation of Toban's says something that it cannot say.
    InvalidAnnotation {
        /// What stands there, at most its first 40 characters.
        text: String,
        /// What may stand there.
        expected: &'static str,
    },
    /// The key of a label or an annotation has a form that OpenSLO does not allow.
    InvalidKey,
    /// A name is not a DNS label (RFC 1123).
    InvalidName {
        /// The name, at most its first 70 characters.
        name: String,
    },
    /// A field or one of two fields is needed.
    Missing {
        /// What one of is needed.
        one_of: &'static [&'static str],
        /// For what.
        because: &'static str,
    },
    /// The objective is looser than the contract behind it: it is kept while the contract is missed.
    LooserThanContract {
        /// What the contract promises.
        contract: Objective,
    },
    /// The annotation belongs on documents of another kind.
    MisplacedAnnotation {
        /// The kind that it stands on.
        on: Kind,
        /// The kind that it belongs on.
        belongs_on: Kind,
    },
    /// The policy alerts in no case.
    NeverAlerts,
    /// No calendar has periods of that unit.
    NoCalendarUnit {
        /// The unit.
        unit: DurationUnit,
    },
    /// OpenSLO gives a composite no target, and no annotation does.
    NoCompositeTarget,
    /// A time slice has no fixed length, or is no whole number of seconds.
    NoSlice {
        /// The rejected length.
        window: SliceWindow,
    },
    /// A rolling window cannot be a month, a quarter or a year long; it counts as 30, 90 or 365 days.
    NominalLength,
    /// No objective has that target.
    Objective(ObjectiveError),
    /// A number lies outside what is allowed.
    OutOfRange {
        /// The number.
        value: Number,
        /// What is allowed, as an interval.
        allowed: &'static str,
    },
    /// A window of the objective is no whole number of time slices: what it holds cannot be said.
    SliceOffWindow {
        /// The slice.
        slice: TimeDelta,
        /// The window.
        window: TimeDelta,
    },
    /// The data source that was named does not tell what the metric source tells.
    SourceTypesDiffer {
        /// What the data source says.
        data_source: String,
    },
    /// A text is too long.
    TooLong {
        /// How many characters it has.
        characters: usize,
        /// How many it may have.
        most: usize,
    },
    /// An annotation under `toban.dev/` that means nothing.
    UnknownAnnotation,
    /// A severity that is neither `page` nor `ticket`; it is taken for the louder one.
    UnknownSeverity {
        /// The severity, at most its first 40 characters.
        severity: String,
    },
    /// No time zone has that name.
    UnknownZone {
        /// The name, at most its first 40 characters.
        name: String,
    },
    /// No document has that name.
    Unresolved {
        /// The kind that was looked for.
        kind: Kind,
        /// The name.
        name: String,
        /// The name that was likely meant.
        likely: Option<String>,
        /// The names that there are, at most the first ten in order.
        names: Vec<String>,
        /// How many there are.
        count: usize,
    },
    /// A list has too many or too few entries.
    WrongCount {
        /// How many it has.
        found: usize,
        /// How many it may have.
        allowed: &'static str,
    },
    /// A document has that name, but is of another kind.
    WrongKind {
        /// The name.
        name: String,
        /// The kind that was looked for.
        expected: Kind,
        /// The kind that was found.
        found: Kind,
    },
    /// A window is said to roll, and lies in a calendar all the same.
    WindowBothWays,
    /// A window neither rolls nor lies in a calendar.
    WindowNeitherWay {
        /// Whether it says that it does not roll.
        is_said: bool,
    },
    /// A duration is nothing.
    ZeroDuration,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alert(error) => error.fmt(f),
            Self::AlertsOfMembers => {
                f.write_str("calls for each objective alone: nothing alerts on the composite as a whole")
            }
            Self::Both { fields: [one, other] } => write!(f, "`{one}` and `{other}` exclude each other"),
            Self::Composite(error) => error.fmt(f),
            Self::Duplicate { kind, name, .. } => write!(f, "another {kind} has the name `{name}`"),
            Self::Empty => f.write_str("must not be empty"),
            Self::FactorBelowOne { rule, factor } => {
                write!(f, "rule {rule}: fires at a burn rate of {factor}")?;
                if factor.to_string().contains('/') {
                    write!(f, " (about {factor:.3})")?;
                }
                f.write_str(", although the budget would last: only above 1 is it gone before its window is over")
            }
            Self::FiresWhenCalm { op } => {
                write!(f, "with `{op}` the alert begins while the budget is safe and ends when it burns")
            }
            Self::FullTarget => {
                f.write_str("OpenSLO ends below 100 %; the annotation `toban.dev/full-target: allowed` says it is meant")
            }
            Self::FullTargetMeant => f.write_str("OpenSLO ends below 100 %: other readers will refuse it"),
            Self::Ignored { because } => write!(f, "has no effect: {because}"),
            Self::InvalidAnnotation { text, expected } => write!(f, "expected {expected}, not {text:?}"),
            Self::InvalidKey => f.write_str(
                "a key has at most 63 letters, digits, dashes, underscores and dots, and begins and ends with a \
                 letter or digit; in annotations a DNS name and a slash may stand before it",
            ),
            Self::InvalidName { name } => write!(
                f,
                "a name has at most 63 lowercase letters, digits and dashes, and begins and ends with a letter or \
                 digit: {name:?}"
            ),
            Self::LooserThanContract { contract } => {
                write!(f, "looser than the contract, which promises {contract}: it is kept while the contract is missed")
            }
            Self::MisplacedAnnotation { on, belongs_on } => {
                write!(f, "the annotation belongs on documents of kind {belongs_on}")?;
                let taken: Vec<_> = annotation::KNOWN.iter().filter(|known| known.on == *on).collect();
                if taken.is_empty() {
                    return Ok(());
                }
                write!(f, "; for kind {on} there are")?;
                annotation::list(f, &taken)
            }
            Self::Missing { one_of, because } => {
                for (number, field) in one_of.iter().enumerate() {
                    write!(f, "{}`{field}`", if number == 0 { "" } else { " or " })?;
                }
                write!(f, " is missing: {because}")
            }
            Self::NeverAlerts => f.write_str("alerts neither when breaching nor when resolved nor without data"),
            Self::NoCalendarUnit { unit } => write!(
                f,
                "no calendar has periods of `{}`: a window of the calendar is counted in d, w, M, Q or Y, and one \
                 that always ends now has no `calendar`",
                unit.letter()
            ),
            Self::NoCompositeTarget => f.write_str(
                "each objective is judged alone, because OpenSLO has no target for a composite; the annotations \
                 `toban.dev/composite-target` and `toban.dev/when-absent` give it one",
            ),
            Self::NoSlice { window } => write!(f, "a time slice of {window} is no fixed, whole number of seconds"),
            Self::NominalLength => {
                f.write_str("a rolling window has no calendar: a month counts 30 days, a quarter 90, a year 365")
            }
            Self::Objective(error) => error.fmt(f),
            Self::OutOfRange { value, allowed } => write!(f, "{value} is not in {allowed}"),
            Self::SliceOffWindow { slice, window } => {
                let (slice, window) = (Short(*slice), Short(*window));
                write!(f, "a window of {window} is no whole number of time slices of {slice}")
            }
            Self::SourceTypesDiffer { data_source } => write!(f, "the data source has the type `{data_source}`"),
            Self::TooLong { characters, most } => write!(f, "{characters} characters, {most} are allowed"),
            Self::UnknownAnnotation => {
                f.write_str("no such annotation; there are")?;
                annotation::list(f, &annotation::KNOWN.iter().collect::<Vec<_>>())
            }
            Self::UnknownSeverity { severity } => {
                write!(f, "neither `page` nor `ticket`, so it is taken for `page`: {severity:?}")
            }
            Self::UnknownZone { name } => {
                write!(f, "no such time zone: {name:?}; an IANA name is expected, such as `Asia/Tokyo` or `UTC`")
            },
            Self::Unresolved { kind, name, likely, names, count } => {
                write!(f, "no {kind} has the name `{name}`")?;
                match (likely, names.as_slice()) {
                    (Some(likely), _) => return write!(f, ", did you mean `{likely}`?"),
                    (None, []) => return f.write_str(": there is none at all"),
                    (None, [only]) => return write!(f, ": there is only `{only}`"),
                    (None, several) => write!(f, ": there are `{}`", several.join("`, `"))?,
                }
                match count.saturating_sub(names.len()) {
                    0 => Ok(()),
                    more => write!(f, " and {more} more"),
                }
            }
            Self::WrongCount { found, allowed } => write!(f, "{found} entries, {allowed} allowed"),
            Self::WrongKind { name, expected, found } => {
                write!(f, "`{name}` has the kind {found}, {expected} is expected")
            }
            Self::WindowBothWays => f.write_str(
                "`calendar` and `isRolling: true` exclude each other: a window that always ends now has no \
                 `calendar`, one of the calendar says `isRolling: false` or leaves it out",
            ),
            Self::WindowNeitherWay { is_said } => {
                f.write_str(match is_said {
                    true => "`isRolling: false` needs a `calendar` beside it",
                    false => "`isRolling: true` or a `calendar` is missing",
                })?;
                f.write_str(
                    ": `isRolling: true` for a window that always ends now, or `calendar: { startTime: 2026-01-01 \
                     00:00:00, timeZone: UTC }` for one of the calendar",
                )
            }
            Self::ZeroDuration => f.write_str("a duration above zero is needed"),
        }
    }
}
