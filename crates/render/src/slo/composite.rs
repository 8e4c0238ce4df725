//! What a report shows of a composite.

use super::About;
use toban_slo::{Composite, CompositeReport};

/// One composite and what was found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CompositeSection<'a> {
    /// The composite.
    pub composite: &'a Composite,
    /// What was found.
    pub report: &'a CompositeReport,
    /// What is said about it beside the figures; its title is the name of the composite where there is none.
    pub about: About,
}

impl<'a> CompositeSection<'a> {
    /// A composite and what was found, with nothing said about it yet.
    #[must_use]
    pub fn new(composite: &'a Composite, report: &'a CompositeReport) -> Self {
        Self { composite, report, about: About::default() }
    }

    /// Says something about it.
    #[must_use]
    pub fn with_about(mut self, about: About) -> Self {
        self.about = about;
        self
    }
}
