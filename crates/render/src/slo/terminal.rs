//! The report as lines of text.

use super::view::{self, View};
use super::{Document, Section};
use crate::table::{Grid, Style, Tone, coloured};
use crate::text::moment;
use crate::{Language, table};

/// How the terminal table is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableOptions {
    /// The columns that no line exceeds; fewer than 60 count as 60.
    pub width: u16,
    /// Whether colours are used. They never say more than the words do.
    pub style: Style,
    /// The language of headings and sentences.
    pub language: Language,
}

impl Default for TableOptions {
    /// 80 columns, no colours, English.
    fn default() -> Self {
        Self { width: 80, style: Style::Plain, language: Language::En }
    }
}

/// The report as lines of text for a terminal or a log.
#[must_use]
pub fn table(document: &Document<'_>, options: &TableOptions) -> String {
    let TableOptions { language, style, .. } = *options;
    let mut page = Page::new(options.width);
    let at = document.sections.iter().map(|section| section.report.at).max();
    page.line(Tone::Strong, &language.headline(&at.map_or_else(|| "-".into(), moment)));
    let words = language.words();
    if !document.sources.is_empty() {
        let (sources, notes) = view::sources(document, language);
        page.block(words.sources, &sources);
        page.list(&notes);
    }
    if document.sections.len() > 1 {
        page.block(words.summary, &view::summary(document, language));
    }
    for section in &document.sections {
        page.section(section, language);
    }
    coloured(&page.text, style)
}

pub(super) struct Page {
    text: String,
    width: u16,
}

impl Page {
    pub(super) fn new(width: u16) -> Self {
        Self { text: String::new(), width: width.max(60) }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn line(&mut self, tone: Tone, text: &str) {
        for line in Grid::of_line(tone, text).lines(self.width + 2).lines() {
            self.text.push_str(line.strip_prefix("  ").unwrap_or(line));
            self.text.push('\n');
        }
    }

    pub(super) fn block(&mut self, heading: &str, grid: &Grid) {
        if !grid.rows.is_empty() {
            self.text.push('\n');
            if !heading.is_empty() {
                self.line(Tone::Strong, heading);
            }
            self.text.push_str(&grid.lines(self.width));
        }
    }

    pub(super) fn list(&mut self, notes: &[table::Cell]) {
        if !notes.is_empty() {
            self.text.push_str(&Grid::of_notes(notes).lines(self.width));
        }
    }

    fn section(&mut self, section: &Section<'_>, language: Language) {
        let words = language.words();
        let view = View::of(section, language);
        self.text.push('\n');
        self.text.push_str(&Tone::Quiet.mark_up(&"─".repeat(self.width.into())));
        self.text.push('\n');
        self.line(Tone::Strong, &view.title);
        for status in &view.status {
            self.line(status.tone, &status.text);
        }
        if let Some(description) = &view.description {
            self.line(Tone::Plain, description);
        }
        self.text.push('\n');
        self.text.push_str(&Grid::of_facts(view.facts).lines(self.width));
        for (place, part) in view.budget.split(self.width).iter().enumerate() {
            self.block(if place == 0 { words.budget } else { "" }, part);
        }
        self.block(words.burn_rates, &view.burn_rates);
        self.block(words.alerts, &view.alerts);
        self.block(words.firings, &view.firings);
        if view.firings.rows.is_empty() && !view.alerts.rows.is_empty() {
            self.list(&[words.never_fired.into()]);
        }
        if view.earlier_firings > 0 {
            self.list(&[language.earlier_firings(view.earlier_firings).into()]);
        }
        self.block(words.power, &view.power);
        if !view.power.rows.is_empty() {
            self.list(&[words.power_note.into()]);
        }
        self.block(words.corrections, &view.corrections);
        self.block(words.notes, &Grid::of_notes(&view.notes));
    }
}
