//! Rules for names, labels and annotations.

use super::super::annotation::{self, Known};
use super::super::document::Kind;
use super::super::finding::Problem;
use super::super::metadata::Metadata;
use super::Checker;

impl Checker<'_> {
    pub(super) fn metadata(&mut self, kind: Kind, metadata: &Metadata) {
        self.at("metadata", |checker| {
            checker.name("name", &metadata.name);
            checker.at("labels", |checker| {
                for key in metadata.labels.keys().filter(|key| !is_qualified_name(key)) {
                    checker.error_at(key.clone(), Problem::InvalidKey);
                }
            });
            checker.at("annotations", |checker| {
                for (key, value) in &metadata.annotations {
                    checker.at(key.clone(), |checker| checker.annotation(kind, key, value));
                }
            });
        });
    }

    pub(super) fn name(&mut self, field: &'static str, name: &str) {
        if !is_dns_label(name) {
            self.error_at(field, Problem::InvalidName { name: name.chars().take(70).collect() });
        }
    }

    fn annotation(&mut self, kind: Kind, key: &str, value: &str) {
        if !is_annotation_key(key) {
            self.error(Problem::InvalidKey);
        }
        if !key.starts_with(annotation::PREFIX) {
            return;
        }
        match annotation::KNOWN.iter().find(|known| known.key == key) {
            None => self.error(Problem::UnknownAnnotation),
            Some(Known { on, .. }) if *on != kind => {
                self.error(Problem::MisplacedAnnotation { on: kind, belongs_on: *on })
            }
            Some(Known { is_valid, expected, .. }) if !is_valid(value) => {
                let text = value.chars().take(40).collect();
                self.error(Problem::InvalidAnnotation { text, expected });
            }
            Some(_) => {}
        }
    }
}

/// A DNS label (RFC 1123): at most 63 lowercase letters, digits and dashes, no dash at either end.
pub(in super::super) fn is_dns_label(name: &str) -> bool {
    let is_edge = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit();
    name.len() <= 63
        && name.starts_with(is_edge)
        && name.ends_with(is_edge)
        && name.chars().all(|char| is_edge(char) || char == '-')
}

/// At most 63 letters, digits, dashes, underscores and dots, with a letter or digit at either end.
fn is_qualified_name(key: &str) -> bool {
    let is_edge = |char: char| char.is_ascii_alphanumeric();
    key.len() <= 63
        && key.starts_with(is_edge)
        && key.ends_with(is_edge)
        && key.chars().all(|char| is_edge(char) || matches!(char, '-' | '_' | '.'))
}

/// A qualified name, and before it perhaps a DNS name and a slash.
fn is_annotation_key(key: &str) -> bool {
    match key.split_once('/') {
        Some((prefix, name)) => {
            prefix.len() <= 253 && prefix.split('.').all(is_dns_label) && is_qualified_name(name)
        }
        None => is_qualified_name(key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_at_most_63_lowercase_letters_digits_and_inner_dashes() {
        for name in ["a", "0", "a-b", "a--0", &"a".repeat(63)] {
            assert!(is_dns_label(name), "{name}");
        }
        for name in ["", "-a", "a-", "A", "a.b", "a_b", "a b", "é", &"a".repeat(64)] {
            assert!(!is_dns_label(name), "{name}");
        }
    }

    #[test]
    fn the_key_of_an_annotation_may_have_a_dns_name_before_it() {
        let long = format!("{}.a/{}", vec!["a".repeat(62); 4].join("."), "b".repeat(63));
        for key in ["a", "A.b_c-9", "example.org/Key", "localhost/k", &long] {
            assert!(is_annotation_key(key), "{key}");
        }
        let longer = format!("{}.aa/b", vec!["a".repeat(62); 4].join("."));
        for key in ["", "/a", "a/", "a/b/c", "Example.org/k", "a..b/k", "-a", "a b", &"b".repeat(64), &longer]
        {
            assert!(!is_annotation_key(key), "{key}");
        }
    }
}
