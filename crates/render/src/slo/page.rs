//! The report as a page: figures first, then charts, then every table.

use super::charts;
use super::view::{self, Block, View};
use super::{Document, Section};
use crate::Language;
use crate::page::{Element, el, grid, page, span};
use crate::text::moment;

/// The report as one HTML file that needs nothing else: no network, no script.
///
/// Charts are drawn of the sections that have a history. Light or dark as the reader's system is; it prints well.
#[must_use]
pub fn html(document: &Document<'_>, language: Language) -> String {
    let at = document.sections.iter().map(|section| section.report.at).max();
    let title = language.headline(&at.map_or_else(|| "-".into(), moment));
    let mut main = el("main").child(el("h1").text(title.as_str()));
    let card = |shown: Block| block(&shown).class("card");
    if !document.sources.is_empty() {
        main = main.child(card(view::sources(document, language)));
    }
    if document.sections.len() > 1 {
        main = main.child(card(view::summary(document, language)));
    }
    main = main.children(document.sections.iter().map(|section| article(section, language)));
    page(language, &title, main)
}

fn article(section: &Section<'_>, language: Language) -> Element {
    let words = language.words();
    let view = View::of(section, language);
    let mut article = el("article").child(el("h2").text(view.title.as_str()));
    if let Some(description) = &view.description {
        article = article.child(el("p").text(description.as_str()));
    }
    let badges = view.status.iter().map(|badge| el("li").class(badge.tone.class()).text(badge.text.as_str()));
    article = article.child(el("ul").class("badges").children(badges));
    article = article.child(el("div").class("tiles").children(view.tiles.iter().map(tile)));
    if let Some(history) = section.history {
        article = article.children(charts::of(section, history, language));
    }
    let about = Block { heading: words.about, grid: view.facts, ..Block::default() };
    article.child(el("div").class("tables").children(view.blocks.iter().chain([&about]).map(block)))
}

fn block(shown: &Block) -> Element {
    let mut section = el("section").child(el("h3").text(shown.heading));
    if !shown.grid.rows.is_empty() {
        section = section.child(grid(&shown.grid));
    }
    if !shown.notes.is_empty() {
        let items = shown.notes.iter().map(|note| el("li").child(span(note)));
        section = section.child(el("ul").class("notes").children(items));
    }
    section
}

fn tile(tile: &view::Tile) -> Element {
    let mut element = el("div").class("tile").child(el("div").class("label").text(tile.label));
    element = element.child(el("div").class("figure").child(span(&tile.figure)));
    if let Some(full) = &tile.full {
        let bar = el("div").attr("style", format!("width:{full}%"));
        element = element.child(el("div").class(format!("meter {}", tile.figure.tone.class())).child(bar));
    }
    element.child(el("div").class("detail").text(tile.detail.as_str()))
}
