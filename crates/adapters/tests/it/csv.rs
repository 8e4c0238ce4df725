//! Tables of good and total by time, and lists of outages.

mod corrections;
mod laws;
mod outages;
mod refusals;
mod tables;

use toban_adapters::csv::{Answer, Error, Events, Query, Scan, Source};
use toban_slo::Counts;

fn source(spec: &str) -> Source {
    serde_json::from_str(spec).unwrap_or_else(|error| panic!("{spec}: {error}"))
}

fn good_of_total(spec: &str) -> Query {
    Query::good_of_total(&source(spec), &source(spec), Events::PerSlot).unwrap()
}

fn answer(query: &Query, table: &str) -> Result<Answer, Error> {
    let answers = Scan::new(std::slice::from_ref(query)).read("shop.csv", table.as_bytes())?;
    Ok(answers.into_iter().next().unwrap())
}

fn counts(query: &Query, table: &str) -> Counts {
    match answer(query, table) {
        Ok(Answer::Counts(counts)) => counts,
        other => panic!("{other:?}"),
    }
}

/// Good and total of each slot.
fn slots(counts: &Counts) -> Vec<Option<(u64, u64)>> {
    counts.iter().map(|(_, tally)| tally.map(|tally| (tally.good(), tally.total()))).collect()
}
