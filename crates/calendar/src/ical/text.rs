//! Content lines.

use icalendar::Property;
use std::fmt;

/// Content lines, each as the crate icalendar escapes it. Its components would read a clock and draw an identifier
/// where theirs is missing, and it has none for a time zone: what stands between BEGIN and END is written here. Lines are
/// folded here as well: the last part of one may have 76 octets there.
#[derive(Debug, Default)]
pub(super) struct Lines(String);

impl Lines {
    pub(super) fn begin(&mut self, component: &str) {
        self.add("BEGIN", component);
    }

    pub(super) fn end(&mut self, component: &str) {
        self.add("END", component);
    }

    pub(super) fn add(&mut self, name: &str, value: impl Into<String>) {
        self.push(Property::new(name, value));
    }

    /// With a time zone, where there is one.
    pub(super) fn add_in(&mut self, name: &str, zone: Option<&str>, value: impl Into<String>) {
        let mut property = Property::new(name, value);
        if let Some(zone) = zone {
            property.add_parameter("TZID", zone);
        }
        self.push(property);
    }

    /// Text in the sense of RFC 5545: no control characters but tabs and ends of lines.
    pub(super) fn add_text(&mut self, name: &str, text: &str) {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let text: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
        self.push(Property::new(name, text));
    }

    pub(super) fn append(&mut self, other: Self) {
        self.0.push_str(&other.0);
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }

    fn push(&mut self, property: Property) {
        // Writing to a string does not fail.
        let line: Result<String, fmt::Error> = property.try_into();
        let whole = line.unwrap_or_default().replace("\r\n ", "");
        let mut length = 0;
        for c in whole.trim_end_matches("\r\n").chars() {
            if length + c.len_utf8() > OCTETS {
                self.0.push_str("\r\n ");
                length = 1;
            }
            self.0.push(c);
            length += c.len_utf8();
        }
        self.0.push_str("\r\n");
    }
}

/// The most that a line has, its end not counted.
const OCTETS: usize = 75;
