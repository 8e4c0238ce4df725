//! What people look at: terminal tables, JSON and self-contained HTML pages, in English and Japanese.
//!
//! The question it answers: *how do I show this to a person, or to another program?*
//!
//! ```
//! use chrono::{TimeDelta, TimeZone, Utc};
//! use toban_render::slo::{self, Document, Section};
//! use toban_slo::{AlertPolicy, Counts, Objective, Slo, Tally, Window, evaluate};
//!
//! let start = Utc.with_ymd_and_hms(2026, 3, 1, 0, 0, 0).unwrap();
//! let slo = Slo::availability("checkout", Objective::percent("99")?, Window::rolling_days(7));
//! let policy = AlertPolicy::sre_workbook(&slo)?;
//! let mut counts = Counts::per_minute(start);
//! for minute in 0..4_320 {
//!     counts.add(start + TimeDelta::minutes(minute), Tally::new(99, 100)?)?;
//! }
//! let report = evaluate(&slo, &policy, &counts, counts.end());
//!
//! let document = Document::new([Section::new(&slo, &report)]);
//! let table = slo::table(&document, &slo::TableOptions::default());
//! assert!(table.contains("3d of 7d"), "{table}"); // figures cover what the data covers, and say so
//! let json = slo::json(&document);
//! assert!(json.contains(r#""good": 427680"#), "{json}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Vocabulary
//! [`slo`] shows objectives, [`release`] releases, [`routine`] routine work. A document holds sections, one for each thing reported on.
//! [`Language`] and [`Style`] say how it is shown.
//!
//! # Time and units
//! All instants are shown in UTC. Numbers for people never flatter: what is good is rounded down, what is bad is
//! rounded up, and neither seems to reach a limit that it does not reach; JSON carries the exact ones.
//!
//! # What it does not do
//! No I/O, no clock, no question to the terminal: width and colour are arguments.

mod page;
pub mod release;
pub mod routine;
pub mod slo;
mod svg;
mod table;
mod terminal;
mod text;
mod wrap;

pub use table::Style;
pub use text::Language;
pub use wrap::wrapped;
