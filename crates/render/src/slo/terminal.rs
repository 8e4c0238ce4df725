//! The report as lines of text.

use super::Document;
use super::view::{self, Block, View};
use crate::Language;
use crate::table::{Cell, Grid, Style, Tone, coloured};
use crate::text::moment;

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
    page.line(Tone::Strong, &language.headline(&document.at().map_or_else(|| "-".into(), moment)));
    if !document.sources.is_empty() {
        page.show(&view::sources(document, language));
    }
    if document.has_several() {
        page.show(&view::summary(document, language));
    }
    let decimals = view::decimals(document);
    for section in &document.sections {
        page.section(&View::of(section, decimals, language));
    }
    for section in &document.composites {
        page.section(&View::of_composite(section, decimals, language));
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

    pub(super) fn width(&self) -> u16 {
        self.width
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

    pub(super) fn facts(&mut self, grid: &Grid) {
        self.text.push_str(&grid.lines(self.width));
    }

    pub(super) fn list(&mut self, notes: &[Cell]) {
        if !notes.is_empty() {
            self.text.push_str(&Grid::of_notes(notes).lines(self.width));
        }
    }

    fn show(&mut self, block: &Block) {
        self.block(block.heading, &block.grid);
        if block.grid.rows.is_empty() {
            self.text.push('\n');
            self.line(Tone::Strong, block.heading);
        }
        self.list(&block.notes);
    }

    fn section(&mut self, view: &View) {
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
        self.facts(&view.facts);
        for block in &view.blocks {
            self.show(block);
        }
    }
}
