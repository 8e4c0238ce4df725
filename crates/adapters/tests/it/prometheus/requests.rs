//! What a server is asked, and how its answers are read.

use super::fake::{answer, matrix, serve};
use super::{at, grid, run};
use chrono::{DateTime, TimeDelta};
use toban_adapters::prometheus::Prometheus;
use toban_core::{Labels, MetricSource};

#[test]
fn a_long_query_is_posted_below_the_path_of_the_address() {
    let (address, asked) = serve(|_| matrix(""));
    let query = format!(r#"x{{a=~"{}", b="ü&+ %"}}"#, "y|".repeat(20_000));
    for (below, path) in
        [("", "/api"), ("/", "/api"), ("/prometheus", "/prometheus/api"), ("/a/b/", "/a/b/api")]
    {
        let source = Prometheus::new(&format!("{address}{below}")).unwrap();
        assert_eq!(run(source.range(&query, grid(3, 60))).unwrap().series, []);
        let request = asked.recv().unwrap();
        assert!(
            request.head.starts_with(&format!("POST {path}/v1/query_range HTTP/1.1\r\n")),
            "{}",
            request.head
        );
        assert_eq!(request.field("query"), query);
        let range = ["start", "end", "step"].map(|field| request.field(field));
        assert_eq!(range, ["2026-03-01T00:00:00.000Z", "2026-03-01T00:02:00.000Z", "60.000"]);
    }
}

#[test]
fn a_server_hears_how_old_a_sample_may_be() {
    let (address, asked) = serve(|_| matrix(""));
    let source = Prometheus::new(&address).unwrap();
    for (query, age, expected) in [
        ("up ", TimeDelta::seconds(90), ["last_over_time(up[90000ms])", "90000ms", "90000ms"]),
        ("sum(up) / 2", TimeDelta::milliseconds(20), ["sum(up) / 2", "20ms", "20ms"]),
        ("sum(up)", TimeDelta::zero(), ["sum(up)", "1ms", "1ms"]),
    ] {
        assert_eq!(run(source.range_within(query, grid(1, 1), age)).unwrap().series, []);
        let request = asked.recv().unwrap();
        let told = ["query", "lookback_delta", "max_lookback"].map(|field| request.field(field));
        assert_eq!(told, expected);
    }
    run(source.range("up", grid(1, 1))).unwrap();
    let fields: Vec<_> = asked.recv().unwrap().form.into_iter().map(|(name, _)| name).collect();
    assert_eq!(fields, ["query", "start", "end", "step"], "else it is left to the server");
}

/// The server gives a sample at each instant that it was asked for.
#[test]
fn a_long_grid_is_asked_in_pieces_that_a_server_answers() {
    let (address, asked) = serve(|request| {
        let second = |field| DateTime::parse_from_rfc3339(request.field(field)).unwrap().timestamp();
        let values: Vec<_> = (second("start")..=second("end")).map(|at| format!("[{at},\"{at}\"]")).collect();
        matrix(&format!(r#"{{"metric":{{"a":"b"}},"values":[{}]}}"#, values.join(",")))
    });
    let grid = grid(25_001, 1);
    let answer = run(Prometheus::new(&address).unwrap().range("x", grid)).unwrap();
    assert_eq!(answer.series.len(), 1);
    let samples: Vec<_> = answer.series[0].samples().map(|sample| (sample.at(), sample.value())).collect();
    let expected: Vec<_> = grid.instants().map(|at| (at, at.timestamp() as f64)).collect();
    assert!(samples == expected, "{} samples", samples.len());
    assert_eq!(asked.try_iter().count(), 6);
}

#[test]
fn what_is_no_number_is_a_gap_and_numbers_are_kept() {
    let (address, _asked) = serve(|_| {
        matrix(
            r#"{"metric":{"s":"a"},"values":[[1772323200,"9007199254740991"],[1772323260,"NaN"],
                [1772323320.000,"1.5e-7"],[1772323380,"+Inf"],[1772323440,"-0.25"]]},
               {"metric":{"s":"b"},"values":[[1772323200,"NaN"],[1772323260,"-Inf"]]},
               {"metric":{"__name__":"x","s":"\"ü\n"},"values":[[1772323440,"0"]]}"#,
        )
    });
    let answer = run(Prometheus::new(&address).unwrap().range("x", grid(5, 60))).unwrap();
    let found: Vec<_> = answer
        .series
        .iter()
        .map(|series| {
            let samples: Vec<_> = series.samples().map(|sample| (sample.at(), sample.value())).collect();
            (series.labels().clone(), samples)
        })
        .collect();
    let (a, named): (Labels, Labels) =
        ([("s", "a")].into_iter().collect(), [("__name__", "x"), ("s", "\"ü\n")].into_iter().collect());
    let known = vec![(at(0), 9_007_199_254_740_991.0), (at(120), 1.5e-7), (at(240), -0.25)];
    assert_eq!(found, [(named, vec![(at(240), 0.0)]), (a, known)]);
}

#[test]
fn warnings_are_passed_on_once() {
    let (address, _asked) = serve(|_| {
        let body = r#"{"status":"success","isPartial":true,"data":{"resultType":"matrix","result":[]},
            "warnings":["a store is gone"],"infos":["no counter"]}"#;
        answer(200, "", body)
    });
    let answer = run(Prometheus::new(&address).unwrap().range("x", grid(12_000, 60))).unwrap();
    assert_eq!(answer.warnings, ["a store is gone", "no counter", "some stores did not answer"]);
}
