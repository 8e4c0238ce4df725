//! What is said about an objective or a composite beside its figures.

use toban_core::Reason;

/// Names, a description, and what a reader should know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct About {
    /// The name that people see.
    pub title: Option<String>,
    /// The service that it belongs to.
    pub service: Option<String>,
    /// What it is for, in a sentence.
    pub description: Option<String>,
    /// What a reader should know before trusting the figures.
    pub findings: Vec<Reason>,
}

impl About {
    /// Nothing said yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
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
