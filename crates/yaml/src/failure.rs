//! The first mistake that serde meets, in words for the person who wrote the file.

use serde::de::{self, Expected, Unexpected};
use std::fmt::{self, Display};
use toban_core::nearest;

use crate::path::Path;
use crate::tree::NodeId;

/// The first mistake that serde meets.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) kind: Kind,
    pub(crate) path: Path,
    /// From the root to where it happened; empty while that is not yet known.
    pub(crate) nodes: Vec<NodeId>,
}

/// What can be done after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Reading again would cost as much again.
    Limit,
    /// An entry with a key that was likely meant to be another, and its value.
    Misspelled(&'static str, NodeId),
    /// An entry that nothing needs, with the keys that there may be.
    UnknownField(&'static [&'static str]),
    /// A value that something may need.
    Value,
}

impl Failure {
    pub(crate) fn limit(message: String) -> Self {
        Self { kind: Kind::Limit, ..de::Error::custom(message) }
    }

    /// Of a key: an unknown field is told which one was meant, if it is near one that is not there.
    pub(crate) fn about_key(self, key: &str, value: NodeId, is_there: impl Fn(&str) -> bool) -> Self {
        let Kind::UnknownField(expected) = self.kind else { return self };
        match nearest(key, expected.iter().copied().filter(|name| !is_there(name))) {
            Some(meant) => {
                let message = format!("unknown field `{key}`, did you mean `{meant}`?");
                Self { message, kind: Kind::Misspelled(meant, value), ..self }
            }
            None => self,
        }
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl de::Error for Failure {
    fn custom<T: Display>(message: T) -> Self {
        Self { message: message.to_string(), kind: Kind::Value, path: Path::root(), nodes: Vec::new() }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::custom(format_args!("expected {}, found {}", wanted(&expected.to_string()), shown(&found)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        match nearest(variant, expected.iter().copied()) {
            Some(meant) => Self::custom(format_args!("unknown value `{variant}`, did you mean `{meant}`?")),
            None => Self::custom(format_args!("unknown value `{variant}`, expected {}", one_of(expected))),
        }
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let failure = Self::custom(format_args!("unknown field `{field}`, expected {}", one_of(expected)));
        Self { kind: Kind::UnknownField(expected), ..failure }
    }
}

/// serde names Rust's types; whoever writes YAML knows others.
fn wanted(expected: &str) -> &str {
    match expected {
        "f32" | "f64" => "a number",
        "i8" => "a whole number from -128 to 127",
        "i16" => "a whole number from -32768 to 32767",
        "i32" => "a whole number from -2147483648 to 2147483647",
        "i64" | "i128" | "isize" => "a whole number",
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "u128" | "usize" => "a whole number that is not negative",
        "a map" => "a mapping",
        "a sequence" => "a list",
        "unit" => "nothing",
        _ if expected.starts_with("struct ") => "a mapping",
        _ if expected.starts_with("enum ") => "a word, or a mapping with one key",
        _ => expected,
    }
}

fn shown(found: &Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(value) => format!("`{value}`"),
        Unexpected::Unsigned(value) => format!("`{value}`"),
        Unexpected::Signed(value) => format!("`{value}`"),
        Unexpected::Float(value) => format!("`{value}`"),
        Unexpected::Str(text) => format!("the text {text:?}"),
        Unexpected::Unit | Unexpected::Option => "nothing".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a mapping".to_owned(),
        other => other.to_string(),
    }
}

pub(crate) fn one_of(expected: &[&str]) -> String {
    let names: Vec<String> = expected.iter().map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => "none".to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
