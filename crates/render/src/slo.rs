//! The SLO report: as a terminal table, as JSON, and as a page with charts.

mod about;
mod backtest;
mod charts;
mod composite;
mod explain;
mod page;
mod phrases;
mod terminal;
mod view;
mod wire;
mod words;

pub use about::About;
pub use backtest::{BacktestDocument, BacktestSection, backtest_table};
pub use composite::CompositeSection;
pub use explain::{ExplainDocument, ExplainSection, explain_text};
pub use page::html;
pub use terminal::{TableOptions, table};
pub(crate) use wire::LengthWire;
pub use wire::{BACKTEST_SCHEMA, EXPLAIN_SCHEMA, SCHEMA, backtest_json, explain_json, json};

use chrono::{DateTime, Utc};
use toban_core::Reason;
use toban_slo::{History, Report, Slo};

/// What one SLO report shows: the objectives, and where their data came from.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Document<'a> {
    /// What was read.
    pub sources: Vec<Source>,
    /// The objectives, in the order in which they are shown.
    pub sections: Vec<Section<'a>>,
    /// The composites, shown after the objectives.
    pub composites: Vec<CompositeSection<'a>>,
}

impl<'a> Document<'a> {
    /// A document of these objectives.
    #[must_use]
    pub fn new(sections: impl IntoIterator<Item = Section<'a>>) -> Self {
        Self { sections: sections.into_iter().collect(), ..Self::default() }
    }

    /// Adds a composite.
    #[must_use]
    pub fn with_composite(mut self, section: CompositeSection<'a>) -> Self {
        self.composites.push(section);
        self
    }

    /// Says where data came from.
    #[must_use]
    pub fn with_source(mut self, source: Source) -> Self {
        self.sources.push(source);
        self
    }

    /// The moment of the report.
    fn at(&self) -> Option<DateTime<Utc>> {
        let sections = self.sections.iter().map(|section| section.report.at);
        sections.chain(self.composites.iter().map(|section| section.report.at)).max()
    }

    /// Whether there is so much that it needs a summary.
    fn has_several(&self) -> bool {
        self.sections.len() + self.composites.len() > 1
    }
}

/// One objective and what was found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Section<'a> {
    /// The objective.
    pub slo: &'a Slo,
    /// What was found.
    pub report: &'a Report,
    /// How it came to that: what charts are drawn from.
    pub history: Option<&'a History>,
    /// What is said about it beside the figures; its title is the name of the SLO where there is none.
    pub about: About,
    /// What is measured, in more words than the SLO knows, such as `mean request time <= 200 ms`.
    pub indicator: Option<String>,
    /// The name of the source its data came from.
    pub source: Option<String>,
}

impl<'a> Section<'a> {
    /// An objective and what was found, with nothing said about it yet.
    #[must_use]
    pub fn new(slo: &'a Slo, report: &'a Report) -> Self {
        Self { slo, report, history: None, about: About::default(), indicator: None, source: None }
    }

    /// Adds how it came to that.
    #[must_use]
    pub fn with_history(mut self, history: &'a History) -> Self {
        self.history = Some(history);
        self
    }

    /// Says something about it.
    #[must_use]
    pub fn with_about(mut self, about: About) -> Self {
        self.about = about;
        self
    }

    /// Says what is measured.
    #[must_use]
    pub fn with_indicator(mut self, indicator: impl Into<String>) -> Self {
        self.indicator = Some(indicator.into());
        self
    }

    /// Names the source its data came from.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<String>) -> Self {
        self.source = Some(source.into());
        self
    }
}

/// Where data came from, and what of it could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Source {
    /// Its name, such as `access-log shop.log.gz`.
    pub name: String,
    /// How much was read, what was not understood included.
    pub read: u64,
    /// What that counts.
    pub unit: SourceUnit,
    /// Those of them that were not understood.
    pub unread: u64,
    /// Some of those.
    pub examples: Vec<Unread>,
    /// What a reader should know before trusting the figures.
    pub findings: Vec<Reason>,
}

impl Source {
    /// A source made of lines, such as a log or a table, all of which were understood.
    #[must_use]
    pub fn new(name: impl Into<String>, read: u64) -> Self {
        Self {
            name: name.into(),
            read,
            unit: SourceUnit::Lines,
            unread: 0,
            examples: Vec::new(),
            findings: Vec::new(),
        }
    }

    /// A source that answers with samples, such as Prometheus, all of which were understood.
    #[must_use]
    pub fn of_samples(name: impl Into<String>, read: u64) -> Self {
        Self { unit: SourceUnit::Samples, ..Self::new(name, read) }
    }

    /// Says how many lines were not understood, with examples.
    #[must_use]
    pub fn with_unread(mut self, unread: u64, examples: impl IntoIterator<Item = Unread>) -> Self {
        self.unread = unread;
        self.examples = examples.into_iter().collect();
        self
    }

    /// Adds something that a reader should know before trusting the figures.
    #[must_use]
    pub fn with_finding(mut self, finding: Reason) -> Self {
        self.findings.push(finding);
        self
    }
}

/// What is counted as read of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SourceUnit {
    /// Lines of a file.
    Lines,
    /// Samples of series.
    Samples,
}

/// A line that was not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Its number, from 1.
    pub line: u64,
    /// The line, or its beginning.
    pub text: String,
    /// Why it was not understood.
    pub why: String,
}
