//! The report as lines of text.

use super::Document;
use super::view::{self, Block, View};
use crate::Language;
use crate::table::{Style, Tone, coloured};
use crate::terminal::Page;
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
        show(&mut page, &view::sources(document, language));
    }
    if document.has_several() {
        show(&mut page, &view::summary(document, language));
    }
    let decimals = view::decimals(document);
    for section in &document.sections {
        show_section(&mut page, &View::of(section, decimals, language));
    }
    for section in &document.composites {
        show_section(&mut page, &View::of_composite(section, decimals, language));
    }
    coloured(page.text(), style)
}

fn show(page: &mut Page, block: &Block) {
    page.block(block.heading, &block.grid);
    if block.grid.rows.is_empty() {
        page.gap();
        page.line(Tone::Strong, block.heading);
    }
    page.list(&block.notes);
}

fn show_section(page: &mut Page, view: &View) {
    page.rule();
    page.line(Tone::Strong, &view.title);
    for status in &view.status {
        page.line(status.tone, &status.text);
    }
    if let Some(description) = &view.description {
        page.line(Tone::Plain, description);
    }
    page.gap();
    page.facts(&view.facts);
    for block in &view.blocks {
        show(page, block);
    }
}
