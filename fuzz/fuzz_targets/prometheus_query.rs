//! Any text as what a definition asks of Prometheus, and as a query: what a server is asked is the query as it stands,
//! or the same with a range behind what a second reader finds to name series only.

#![no_main]

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta};
use libfuzzer_sys::fuzz_target;
use std::pin::pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};
use toban_adapters::prometheus::{Answer, Error, Events, Query, Source, read};
use toban_core::{Grid, Interval, MetricAnswer, MetricSource, PortError};
use toban_slo::RatioOf;

fuzz_target!(|text: &str| {
    let source = match serde_json::from_str::<Source>(text) {
        Ok(source) => {
            assert!(!source.query.trim().is_empty());
            source
        }
        Err(_) => Source::new(text),
    };
    let step = source.slot.map_or(TimeDelta::minutes(1), |slot| slot.as_delta());
    assert!(step > TimeDelta::zero());
    let total = Source { slot: source.slot, ..Source::new("+all") };
    for (query, parts) in [
        (Query::bad_of_total(&source, &total, Events::Cumulative).unwrap(), 2),
        (Query::good_of_total(&total, &source, Events::PerSlot).unwrap(), 2),
        (Query::ratio(&source, RatioOf::Success), 1),
        (Query::value(&source), 1),
    ] {
        assert_eq!((query.parts(), query.slot()), (parts, source.slot));
        let listener = Listener::default();
        let start = DateTime::UNIX_EPOCH;
        let slots = Grid::new(Interval::starting(start, step * 3).unwrap(), step).unwrap();
        let mut told = 0;
        let reading = now(read(&listener, &query, slots, &mut |more| told += more)).unwrap();
        assert!(matches!(reading.answer, Answer::Counts(_) | Answer::Values(_)));
        assert!((3 * parts..=4 * parts).contains(&u64::from(told)));
        let asked = listener.0.lock().unwrap();
        assert_eq!(asked.len() as u64, parts);
        assert!(asked.iter().any(|asked| *asked == expected(&source.query, step)), "{asked:?}");
    }
    let other = Source { slot: Some("7s".parse().unwrap()), ..total };
    let differs = Query::bad_of_total(&source, &other, Events::PerSlot);
    assert_eq!(matches!(differs, Err(Error::Differ)), source.slot != other.slot);
});

/// What a server should be asked.
fn expected(query: &str, step: TimeDelta) -> String {
    let query = query.trim();
    match step.num_milliseconds() - 1 {
        reach @ 1.. if names_series(query) => format!("last_over_time({query}[{reach}ms])"),
        _ => query.to_owned(),
    }
}

/// Whether it is a name, or conditions in braces, or both.
fn names_series(query: &str) -> bool {
    let is_of_name = |letter: char| letter.is_ascii_alphanumeric() || "_:".contains(letter);
    let conditions = query.trim_start_matches(is_of_name);
    let name = &query[..query.len() - conditions.len()];
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        return false;
    }
    let Some(mut rest) = conditions.trim_start().strip_prefix('{') else {
        return conditions.is_empty() && !name.is_empty();
    };
    loop {
        let mut letters = rest.chars();
        match letters.next() {
            None => return false,
            Some('}') => return letters.as_str().is_empty(),
            Some(quote @ ('"' | '\'' | '`')) => loop {
                match letters.next() {
                    None => return false,
                    Some('\\') if quote != '`' => drop(letters.next()),
                    Some(letter) if letter == quote => break,
                    Some(_) => {}
                }
            },
            Some(_) => {}
        }
        rest = letters.as_str();
    }
}

/// Knows nothing, and remembers what it was asked.
#[derive(Debug, Default)]
struct Listener(Mutex<Vec<String>>);

#[async_trait]
impl MetricSource for Listener {
    async fn range(&self, query: &str, _: Grid) -> Result<MetricAnswer, PortError> {
        self.0.lock().unwrap().push(query.to_owned());
        Ok(MetricAnswer::default())
    }
}

/// What a future gives that waits for nothing.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing is waited for"),
    }
}
