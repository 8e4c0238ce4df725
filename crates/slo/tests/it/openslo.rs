//! OpenSLO: reading, printing, checking, and what becomes of it.

mod check;
mod export;
mod model;
mod refusal;
mod round_trip;
mod strategy;

use toban_slo::openslo::Document;

/// The documents of a fixture.
fn fixture(name: &str) -> Vec<Document> {
    let text = match name {
        "broken" => include_str!("../fixtures/openslo/broken.json"),
        "every-field" => include_str!("../fixtures/openslo/every-field.json"),
        "shop" => include_str!("../fixtures/openslo/shop.json"),
        _ => panic!("no fixture {name}"),
    };
    serde_json::from_str(text).unwrap()
}
