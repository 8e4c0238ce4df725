//! The report as a page: figures first, then charts, then every table.

use super::charts;
use super::view::{self, View};
use super::{Document, Section};
use crate::Language;
use crate::page::{Element, el, grid, page, span};
use crate::table::{Cell, Grid};
use crate::text::moment;

/// The report as one HTML file that needs nothing else: no network, no script.
///
/// Charts are drawn of the sections that have a history. Light or dark as the reader's system is; it prints well.
#[must_use]
pub fn html(document: &Document<'_>, language: Language) -> String {
    let words = language.words();
    let at = document.sections.iter().map(|section| section.report.at).max();
    let title = language.headline(&at.map_or_else(|| "-".into(), moment));
    let mut main = el("main").child(el("h1").text(title.as_str()));
    if !document.sources.is_empty() {
        let (sources, found) = view::sources(document, language);
        let card = el("section").class("card");
        main = main.child(block(card, words.sources, &sources).children(list(&found)));
    }
    if document.sections.len() > 1 {
        main =
            main.child(block(el("section").class("card"), words.summary, &view::summary(document, language)));
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
    let quiet = |text: String| el("p").class("quiet").text(text);
    let mut firings = block(el("section"), words.firings, &view.firings);
    if view.firings.rows.is_empty() && !view.alerts.rows.is_empty() {
        firings = firings.child(quiet(words.never_fired.into()));
    }
    if view.earlier_firings > 0 {
        firings = firings.child(quiet(language.earlier_firings(view.earlier_firings)));
    }
    let mut power = block(el("section"), words.power, &view.power);
    if !view.power.rows.is_empty() {
        power = power.child(quiet(words.power_note.into()));
    }
    let mut notes = el("section");
    if !view.notes.is_empty() {
        notes = notes.child(el("h3").text(words.notes)).children(list(&view.notes));
    }
    let tables = el("div")
        .class("tables")
        .child(block(el("section"), words.budget, &view.budget))
        .child(block(el("section"), words.burn_rates, &view.burn_rates))
        .child(block(el("section"), words.alerts, &view.alerts))
        .child(firings)
        .child(power)
        .child(block(el("section"), words.corrections, &view.corrections))
        .child(notes)
        .child(block(el("section"), words.about, &Grid::of_facts(view.facts)));
    article.child(tables)
}

/// Adds a table under a heading, where it has rows.
fn block(parent: Element, heading: &str, table: &Grid) -> Element {
    if table.rows.is_empty() { parent } else { parent.child(el("h3").text(heading)).child(grid(table)) }
}

fn list(notes: &[Cell]) -> Option<Element> {
    let items = notes.iter().map(|note| el("li").child(span(note)));
    (!notes.is_empty()).then(|| el("ul").class("notes").children(items))
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
