//! Reads any serde type from YAML, and reports every mistake with file, line, path and excerpt, all at once.
//!
//! The question it answers: *what is wrong with the file that I wrote, and where?*
//!
//! ```
//! #[derive(Debug, serde::Deserialize)]
//! #[serde(deny_unknown_fields)]
//! struct Slo {
//!     name: String,
//!     target: f64,
//! }
//!
//! let slo: Slo = toban_yaml::from_str("slo.yaml", "name: checkout\ntarget: 0.999\n")?;
//! assert_eq!((slo.name.as_str(), slo.target), ("checkout", 0.999));
//!
//! let text = "name: 決済\ntarget: high\nnaem: x\n";
//! let findings = toban_yaml::from_str::<Slo>("slo.yaml", text).unwrap_err();
//! assert_eq!(findings.to_string(), "\
//! slo.yaml:2:9: target: expected a number, found the text \"high\"
//! slo.yaml:3:1: naem: unknown field `naem`, expected `name` or `target`");
//! # Ok::<(), toban_yaml::Findings>(())
//! ```
//!
//! # Vocabulary
//! - [`Stream`]: a file as [`Document`]s, which `---` divides.
//! - [`Path`]: where a value stands inside its document, `spec.objectives[0].target`; [`Place`]: where it stands in
//!   the file, line and column.
//! - [`Finding`]: one thing that is wrong, with both; [`Findings`]: all of them.
//!
//! | the caller does | the crate does |
//! |---|---|
//! | reads the file, names it | checks encoding, size, syntax, duplicate keys, tags |
//! | declares the type, with `deny_unknown_fields` | reads it, and finds the mistakes of all fields and items |
//! | says in which list an item with a mistake spoils no other ([`Document::read_apart`]) | leaves these items out, and finds their mistakes |
//! | looks at a `kind` ([`Document::scalar`]) and chooses the type | keeps the document unread until then |
//! | judges what the values mean | puts the judgement at its place ([`Document::finding`]) |
//!
//! # What is read
//! YAML 1.2 with its core schema: `true` and `false` are the only booleans, `yes`, `no` and `1_000` are texts.
//! A field that is a string takes numbers and booleans as they are written. Aliases, and merge keys (`<<`), are
//! followed. Enums are read as a text or as a mapping with one key (serde's external tagging); for enums tagged inside
//! (`tag = ".."`, `untagged`) serde hides which value is wrong, and the finding points at the whole enum.
//!
//! # Limits
//! [`MAX_BYTES`], [`MAX_VALUES`], [`MAX_DEPTH`]: what is beyond gives one finding; nothing is read that would need more
//! memory than a small multiple of them. At most [`MAX_FINDINGS`] are given.
//!
//! # How it works
//! A document becomes a tree whose nodes know their places, and serde reads the tree. A reader that streams has to stop
//! at the first mistake; over a tree the rest is read again without the value that is wrong, and what a caller finds
//! wrong later has a place too. The syntax is `granit-parser`'s. Tests hold what is read to what `serde-saphyr` reads.
//!
//! # What it does not do
//! It writes no YAML, reads no files, and includes none.

mod deserializer;
mod document;
mod failure;
mod finding;
mod path;
mod read;
mod scalar;
mod source;
mod stream;
mod tree;

pub use document::Document;
pub use finding::{Finding, Findings, Level};
pub use path::{Path, PathError};
pub use read::Apart;
pub use source::{MAX_BYTES, Place};
pub use stream::{MAX_DEPTH, MAX_FINDINGS, MAX_VALUES, Stream};

/// Reads the only document of a file as a `T`; `name` is what the findings call the file.
///
/// # Errors
/// Everything that is wrong with the file and with its document.
pub fn from_str<T: serde::de::DeserializeOwned>(name: &str, text: &str) -> Result<T, Findings> {
    Stream::parse(name, text).read_one()
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
