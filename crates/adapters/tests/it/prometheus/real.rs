//! Against a real Prometheus that holds what we have made up.

use super::server::Server;
use super::traffic::{SCRAPES, known, openmetrics, traffic};
use super::{at, grid, run};
use chrono::TimeDelta;
use toban_adapters::SlotValue;
use toban_adapters::prometheus::{Answer, Error, Events, Prometheus, Query, Source, read};
use toban_core::testing::{MetricExamples, keeps_metric_contract};
use toban_core::{Grid, Interval, Labels, MetricSource, PortErrorKind, Sample, Series};
use toban_slo::{Counter, RatioOf, Tally};

/// The minutes of the traffic, the first scrape being the beginning of the first.
const MINUTES: u32 = 239;

#[test]
fn a_real_prometheus_says_what_went_in() {
    let traffic = traffic();
    let Some(server) = Server::start("adapters", &openmetrics(&traffic, at(0).timestamp())) else { return };
    let prometheus = Prometheus::new(&server.address()).unwrap();
    the_contract_is_kept(&prometheus);
    counters_give_what_happened(&prometheus);
    one_counter_is_what_the_domain_makes_of_its_samples(&prometheus);
    other_measures_give_what_happened(&prometheus);
    a_wrong_query_is_named(&prometheus);
    a_sample_is_no_older_than_it_may_be(&prometheus);
}

/// The last sample of a counter, asked about later.
fn a_sample_is_no_older_than_it_may_be(prometheus: &Prometheus) {
    let query = r#"http_requests_total{code="500",pod="a"}"#;
    let last = (0_i64..).zip(&traffic()[2].seen).filter(|(_, seen)| seen.is_some()).last().unwrap().0;
    let later = Interval::starting(at(last * 15 + 40), TimeDelta::seconds(1)).unwrap();
    let now = Grid::new(later, TimeDelta::seconds(1)).unwrap();
    let is_there = |age| !run(prometheus.range_within(query, now, age)).unwrap().series.is_empty();
    assert!(!run(prometheus.range(query, now)).unwrap().series.is_empty(), "the server keeps it for minutes");
    let ages = [0, 10, 39, 41, 100].map(TimeDelta::seconds);
    assert_eq!(ages.map(is_there), [false, false, false, true, true]);
}

fn the_contract_is_kept(prometheus: &Prometheus) {
    let grid = grid(MINUTES + 1, 60);
    let mut series = Vec::new();
    for stream in traffic() {
        let labels = [("__name__", "http_requests_total"), ("code", stream.code), ("pod", stream.pod)];
        let labels: Labels = labels.into_iter().collect();
        let mut one = Series::new(labels, grid);
        for (at, value) in grid.instants().zip(stream.seen.iter().step_by(4)) {
            if let Some(value) = value {
                one.insert(Sample::new(at, *value as f64).unwrap()).unwrap();
            }
        }
        series.push(one);
    }
    let examples = MetricExamples {
        grid,
        query: "last_over_time(http_requests_total[59999ms])",
        series: &series,
        nothing: "http_requests_total{code=\"418\"}",
        refused: "sum(",
    };
    run(keeps_metric_contract(prometheus, &examples));
    // More instants than the server answers at once; it keeps a sample for five minutes.
    let long = super::grid(14_400, 1);
    let answer = run(prometheus.range(r#"http_requests_total{code="500",pod="a"}"#, long)).unwrap();
    let naive = |second: usize| {
        let newest = (0..=second / 15).rev().find_map(|scrape| Some((scrape, traffic()[2].seen[scrape]?)))?;
        (second - newest.0 * 15 <= 300).then_some(newest.1 as f64)
    };
    let samples: Vec<_> = answer.series[0].samples().map(|sample| (sample.at(), sample.value())).collect();
    for second in (0..14_400).step_by(97) {
        let instant = at(i64::try_from(second).unwrap());
        let found = samples.iter().find(|(at, _)| *at == instant).map(|(_, value)| *value);
        assert_eq!(found, naive(second), "{instant}");
    }
}

fn counts(prometheus: &Prometheus, query: &Query) -> Vec<Option<Tally>> {
    let reading = run(read(prometheus, query, grid(MINUTES, 60), &mut |_| {})).unwrap();
    assert_eq!(reading.notes, []);
    let Answer::Counts(counts) = reading.answer else { panic!("no counts") };
    (0..MINUTES).map(|minute| counts.at(at(60 * i64::from(minute)))).collect()
}

fn counters_give_what_happened(prometheus: &Prometheus) {
    let traffic = traffic();
    let (bad, good) = (r#"http_requests_total{code=~"5.."}"#, r#"http_requests_total{code!~"5.."}"#);
    let [bad, good, total] = [bad, good, "http_requests_total"].map(Source::new);
    let from_bad = counts(prometheus, &Query::bad_of_total(&bad, &total, Events::Cumulative).unwrap());
    let from_good = counts(prometheus, &Query::good_of_total(&good, &total, Events::Cumulative).unwrap());
    let expected: Vec<_> = (4..SCRAPES)
        .step_by(4)
        .map(|scrape| {
            let (bad, total) = (known(&traffic, Some("500"), scrape)?, known(&traffic, None, scrape)?);
            Some(Tally::from_bad(bad, total).unwrap())
        })
        .collect();
    for (minute, expected) in expected.iter().enumerate() {
        assert_eq!((&from_bad[minute], &from_good[minute]), (expected, expected), "minute {minute}");
    }
    assert_eq!(expected.iter().filter(|tally| tally.is_none()).count(), 10, "ten minutes without scrapes");
}

/// Counter for counter, from all scrapes rather than from those at the ends of the slots.
fn one_counter_is_what_the_domain_makes_of_its_samples(prometheus: &Prometheus) {
    let traffic = traffic();
    let counter = |place: usize| {
        let mut counter = Counter::new();
        for (value, scrape) in traffic[place].seen.iter().zip(0_i64..) {
            if let Some(value) = value {
                counter.observe(at(scrape * 15), *value).unwrap();
            }
        }
        counter
    };
    let source = |code| Source::new(format!(r#"http_requests_total{{code="{code}",pod="b"}}"#));
    let query = Query::good_of_total(&source("500"), &source("200"), Events::Cumulative).unwrap();
    let found = counts(prometheus, &query);
    let (total, part) = (counter(1), counter(3));
    let (expected, _) = Counter::tally(&part, &total, at(0), TimeDelta::minutes(1)).unwrap();
    let expected: Vec<_> = (0..MINUTES)
        .map(|minute| expected.at(at(60 * i64::from(minute))).map(|tally| (tally.bad(), tally.total())))
        .collect();
    assert_eq!(
        found.iter().map(|tally| tally.map(|tally| (tally.good(), tally.total()))).collect::<Vec<_>>(),
        expected
    );
}

fn other_measures_give_what_happened(prometheus: &Prometheus) {
    let per_slot = |query: &str| Source::new(format!("sum(clamp_min({query} - {query} offset 1m, 0))"));
    let [bad, total] =
        [r#"http_requests_total{code="500",pod="b"}"#, r#"http_requests_total{pod="b"}"#].map(per_slot);
    let found = counts(prometheus, &Query::bad_of_total(&bad, &total, Events::PerSlot).unwrap());
    let pod: Vec<_> = traffic().into_iter().filter(|stream| stream.pod == "b").collect();
    for minute in (70..140).chain(170..200) {
        let scrape = 4 * (minute + 1);
        let expected =
            Tally::from_bad(known(&pod, Some("500"), scrape).unwrap(), known(&pod, None, scrape).unwrap());
        assert_eq!(found[minute], expected.ok(), "{minute}");
    }
    let half = counts(prometheus, &Query::ratio(&Source::new("vector(0.5)"), RatioOf::Success));
    assert_eq!(half, vec![Some(Tally::new(Tally::RATIO_UNITS / 2, Tally::RATIO_UNITS).unwrap()); half.len()]);
    let nothing = Query::value(&Source::new("vector(0) / 0"));
    let reading = run(read(prometheus, &nothing, grid(5, 60), &mut |_| {})).unwrap();
    let Answer::Values(values) = reading.answer else { panic!("no values") };
    assert!(values.iter().all(|(_, value)| value == SlotValue::Gap), "nothing of nothing is no number");
}

fn a_wrong_query_is_named(prometheus: &Prometheus) {
    let query = Query::value(&Source::new("sum("));
    match run(read(prometheus, &query, grid(5, 60), &mut |_| {})) {
        Err(Error::Port { query, source }) => {
            assert_eq!((query.as_str(), source.kind), ("sum(", PortErrorKind::Invalid));
            assert!(source.source.to_string().contains("unclosed left parenthesis"), "{}", source.source);
        }
        other => panic!("{other:?}"),
    }
}
