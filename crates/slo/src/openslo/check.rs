//! The rules of OpenSLO v1.

mod alert;
mod metadata;
mod sli;
mod slo;

use super::bundle::{Bundle, Found};
use super::document::{DocumentSpec, Kind, Spec};
use super::finding::{Finding, Level, Place, Problem};
use super::metadata::Metadata;
use super::number::Number;
use super::path::{FieldPath, Step};
use super::reference::{Definition, Referable, Reference};
pub(super) use metadata::is_dns_label as is_name;
use toban_core::nearest;

/// So many names are told where one was not found.
const TOLD: usize = 10;

/// Everything that is wrong with the documents, in their order.
pub(super) fn check(bundle: &Bundle) -> Vec<Finding> {
    let mut checker =
        Checker { bundle, place: Place { document: 0, path: FieldPath::default() }, findings: Vec::new() };
    for (number, document) in bundle.documents().iter().enumerate() {
        checker.place = Place { document: number, path: FieldPath::default() };
        let (kind, name) = (document.kind(), &document.metadata.name);
        if let Some(first) = bundle.position(kind, name).filter(|first| *first != number) {
            let problem = Problem::Duplicate { kind, name: name.clone(), first };
            checker.at("metadata", |checker| checker.error_at("name", problem));
        }
        checker.metadata(kind, &document.metadata);
        checker.at("spec", |checker| match &document.spec {
            Spec::AlertCondition(spec) => checker.alert_condition(spec),
            Spec::AlertNotificationTarget(spec) => checker.alert_notification_target(spec),
            Spec::AlertPolicy(spec) => checker.alert_policy(spec),
            Spec::DataSource(spec) => checker.data_source(spec),
            Spec::Service(spec) => checker.description(spec.description.as_deref()),
            Spec::Sli(spec) => checker.sli(spec),
            Spec::Slo(spec) => checker.slo(&document.metadata, spec),
        });
    }
    checker.findings
}

/// Walks through the documents and notes what is wrong at the place where it stands.
struct Checker<'a> {
    bundle: &'a Bundle,
    place: Place,
    findings: Vec<Finding>,
}

impl<'a> Checker<'a> {
    /// Looks at something one step further inside.
    fn at(&mut self, step: impl Into<Step>, look: impl FnOnce(&mut Self)) {
        self.place.path.push(step.into());
        look(self);
        self.place.path.pop();
    }

    fn error(&mut self, problem: Problem) {
        self.findings.push(Finding { level: Level::Error, place: self.place.clone(), problem });
    }

    fn warn(&mut self, problem: Problem) {
        self.findings.push(Finding { level: Level::Warning, place: self.place.clone(), problem });
    }

    fn error_at(&mut self, step: impl Into<Step>, problem: Problem) {
        self.at(step, |checker| checker.error(problem));
    }

    fn warn_at(&mut self, step: impl Into<Step>, problem: Problem) {
        self.at(step, |checker| checker.warn(problem));
    }

    /// A text that says something.
    fn filled(&mut self, field: &'static str, text: &str) {
        if text.trim().is_empty() {
            self.error_at(field, Problem::Empty);
        }
    }

    fn description(&mut self, description: Option<&str>) {
        let (characters, most) = (description.unwrap_or_default().chars().count(), 1050);
        if characters > most {
            self.error_at("description", Problem::TooLong { characters, most });
        }
    }

    /// A number from `low` on and below `high`.
    fn at_least_and_below(
        &mut self,
        field: &'static str,
        value: Number,
        (low, high): (i32, i32),
        allowed: &'static str,
    ) {
        if value.compare_to(low).is_lt() || value.compare_to(high).is_ge() {
            self.error_at(field, Problem::OutOfRange { value, allowed });
        }
    }

    /// A number above 0 and, if there is a `most`, at most that.
    fn positive(&mut self, field: &'static str, value: Number, most: Option<i32>, allowed: &'static str) {
        if value.compare_to(0).is_le() || most.is_some_and(|most| value.compare_to(most).is_gt()) {
            self.error_at(field, Problem::OutOfRange { value, allowed });
        }
    }

    /// A name in a field that refers to a document.
    fn refers<S: DocumentSpec>(&mut self, field: &'static str, name: &str) -> Option<Found<'a, S>> {
        let found = self.bundle.find(name);
        if found.is_none() {
            let problem = self.unresolved(S::KIND, name);
            self.error_at(field, problem);
        }
        found
    }

    fn unresolved(&self, kind: Kind, name: &str) -> Problem {
        let likely = nearest(name, self.bundle.names(kind)).map(str::to_owned);
        let name = name.to_owned();
        match self.bundle.other_kind(&name) {
            _ if likely.is_none() && !metadata::is_dns_label(&name) => {
                Problem::InvalidName { name: name.chars().take(70).collect() }
            }
            Some(found) => Problem::WrongKind { name, expected: kind, found },
            None => {
                let names = self.bundle.names(kind).take(TOLD).map(str::to_owned).collect();
                Problem::Unresolved { kind, name, likely, names, count: self.bundle.names(kind).count() }
            }
        }
    }

    /// The entries of a list of definitions in place or by name; those in place are looked into.
    fn entries<S: Referable>(
        &mut self,
        field: &'static str,
        entries: &[Reference<S>],
        look: fn(&mut Self, &Metadata, &S),
    ) {
        self.at(field, |checker| {
            for (number, entry) in entries.iter().enumerate() {
                checker.at(number, |checker| match entry {
                    Reference::Inline(definition) => checker.definition(S::KIND, definition, look),
                    Reference::Named(name) => {
                        let [field, ..] = *S::FIELDS;
                        checker.refers::<S>(field, name);
                    }
                });
            }
        });
    }

    /// A definition in place.
    fn definition<S>(
        &mut self,
        kind: Kind,
        definition: &Definition<S>,
        look: impl FnOnce(&mut Self, &Metadata, &S),
    ) {
        self.metadata(kind, &definition.metadata);
        self.at("spec", |checker| look(checker, &definition.metadata, &definition.spec));
    }
}
