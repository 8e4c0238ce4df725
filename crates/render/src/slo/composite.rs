//! What a report shows of a composite.

use toban_core::Reason;
use toban_slo::{Composite, CompositeReport};

/// One composite and what was found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CompositeSection<'a> {
    /// The composite.
    pub composite: &'a Composite,
    /// What was found.
    pub report: &'a CompositeReport,
    /// The name that people see; the name of the composite where there is none.
    pub title: Option<String>,
    /// The service that it belongs to.
    pub service: Option<String>,
    /// What it is for, in a sentence.
    pub description: Option<String>,
    /// What a reader should know before trusting the figures.
    pub findings: Vec<Reason>,
}

impl<'a> CompositeSection<'a> {
    /// A composite and what was found, with nothing said about it yet.
    #[must_use]
    pub fn new(composite: &'a Composite, report: &'a CompositeReport) -> Self {
        Self { composite, report, title: None, service: None, description: None, findings: Vec::new() }
    }

    /// Gives it a name that people see.
    #[must_use]
    pub fn with_title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Names the service that it belongs to.
    #[must_use]
    pub fn with_service(mut self, service: impl Into<String>) -> Self {
        self.service = Some(service.into());
        self
    }

    /// Says what it is for.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Adds something that a reader should know before trusting the figures.
    #[must_use]
    pub fn with_finding(mut self, finding: Reason) -> Self {
        self.findings.push(finding);
        self
    }
}
