//! Vocabulary that the Toban operations crates share.
//!
//! The question it answers: *what do two crates mean by the same word?*
//!
//! ```
//! use toban_core::{Confidence, Ratio, Share, bounds};
//!
//! // Exact where floats round: 144 of 10,000 against a budget of 0.1 % is 14.4, not 14.399999999999999.
//! let budget = Share::percent("99.9")?.rest();
//! let burn = Share::of(144, 10_000)?.as_ratio().checked_div(budget.as_ratio());
//! assert_eq!(burn, Some("14.4".parse::<Ratio>()?));
//!
//! // One failure of ten requests: what can be said for sure about the error rate?
//! let at_least = bounds::binomial_lower(1, 10, Confidence::percent("95")?);
//! assert!((at_least - 0.005_116_2).abs() < 1e-7);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Vocabulary
//! [`Ratio`] and [`Share`] are exact numbers, [`Interval`] a half-open stretch of time, [`Confidence`] and
//! [`bounds`] say what a count proves, [`Ruling`] is what a crate answers to a gate, [`nearest`]
//! guesses which name was meant.
//! A [`Question`] is what is important and unknown, in both languages of a [`Text`]; an [`Answer`] is a person's, and
//! stale once the [`Fingerprint`] of what it is about has changed. A [`Party`] is to do something, an [`Actor`] did it.
//! With the feature `ports`: [`Series`] of [`Sample`]s on a [`Grid`] of instants, what a [`MetricSource`] answers; a
//! [`Message`] to people and the [`Notifier`] that delivers it; a [`Clock`]; and [`PortError`], how any port fails.
//!
//! # Time and units
//! Instants are `chrono::DateTime<Utc>`. Ratios are shares of one, never percentages, unless a name says so.
//!
//! # What it does not do
//! It reads no clock, does no I/O, and holds nothing that only one crate needs.
//!
//! # Features
//! - `ports`: what crates ask of the world, as async traits, and the words that they are asked in.
//! - `serde`: the words that stand in files and journals.
//! - `testing`: fakes of the ports, and their contracts as suites.

pub mod bounds;
#[cfg(feature = "ports")]
mod error;
mod fingerprint;
mod interval;
mod length;
#[cfg(feature = "ports")]
mod metric;
mod nearest;
mod person;
#[cfg(feature = "ports")]
mod port;
mod question;
mod ratio;
mod ruling;
mod special;
#[cfg(feature = "testing")]
pub mod testing;
mod text;

pub use bounds::{Confidence, ConfidenceError};
#[cfg(feature = "ports")]
pub use error::{PortError, PortErrorKind, Retry};
pub use fingerprint::{Fingerprint, FingerprintError};
pub use interval::{Interval, IntervalError};
pub use length::{Length, LengthError};
#[cfg(feature = "ports")]
pub use metric::{Grid, GridError, Labels, Sample, SampleError, Series, SeriesError};
pub use nearest::nearest;
pub use person::{Actor, IdError, Party, PersonId, RoleId};
#[cfg(feature = "ports")]
pub use port::{Clock, Message, MetricAnswer, MetricSource, Notifier, Receipt, value_at};
pub use question::{Answer, Priority, Question};
pub use ratio::{Ratio, RatioError, Share, compare_products};
pub use ruling::{Evidence, Reason, Ruling, Verdict};
pub use text::Text;
