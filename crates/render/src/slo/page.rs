//! The report as a page: figures first, then charts, then every table.

use super::Document;
use super::charts;
use super::view::{self, Block, View};
use crate::Language;
use crate::page::{Element, el, grid, page, span};
use crate::text::moment;

/// The report as one HTML file that needs nothing else: no network, no script.
///
/// Charts are drawn of the sections that have a history. Light or dark as the reader's system is; it prints well.
#[must_use]
pub fn html(document: &Document<'_>, language: Language) -> String {
    let title = language.headline(&document.at().map_or_else(|| "-".into(), moment));
    let mut main = el("main").child(el("h1").text(title.as_str()));
    let card = |shown: Block| block(&shown).class("card");
    if !document.sources.is_empty() {
        main = main.child(card(view::sources(document, language)));
    }
    if document.has_several() {
        main = main.child(card(view::summary(document, language)));
    }
    let decimals = view::decimals(document);
    main = main.children(document.sections.iter().map(|section| {
        let charts = section.history.map(|history| charts::of(section, history, language));
        article(View::of(section, decimals, language), charts.into_iter().flatten(), language)
    }));
    let composite = |section| article(View::of_composite(section, decimals, language), [], language);
    main = main.children(document.composites.iter().map(composite));
    page(language, &title, main)
}

fn article(view: View, charts: impl IntoIterator<Item = Element>, language: Language) -> Element {
    let words = language.words();
    let mut article = el("article").child(el("h2").text(view.title.as_str()));
    if let Some(description) = &view.description {
        article = article.child(el("p").text(description.as_str()));
    }
    let badges = view.status.iter().map(|badge| el("li").class(badge.tone.class()).text(badge.text.as_str()));
    article = article.child(el("ul").class("badges").children(badges));
    article = article.child(el("div").class("tiles").children(view.tiles.iter().map(tile)));
    article = article.children(charts);
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
