//! Grids of instants, series on them, and the contracts of the ports that cross crates.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use toban_core::testing::{
    FakeMetricSource, FakeNotifier, MetricExamples, keeps_metric_contract, notifier_keeps_its_contract,
};
use toban_core::{
    Grid, GridError, Interval, Labels, Message, Notifier, PortError, PortErrorKind, Receipt, Sample, Series,
    SeriesError, Text,
};

fn at(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_772_323_200_000 + millis).unwrap()
}

fn grid(length: i64, step: i64) -> Grid {
    let interval = Interval::starting(at(0), TimeDelta::milliseconds(length)).unwrap();
    Grid::new(interval, TimeDelta::milliseconds(step)).unwrap()
}

/// A fake never waits.
fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

#[test]
fn the_fake_keeps_the_contract_of_a_source_of_metrics() {
    let grid = grid(60_000, 1_000);
    let mut source = FakeMetricSource::new().with_failure("sum(", PortErrorKind::Invalid);
    let mut known = Vec::new();
    for (code, gaps) in [("200", 0..0), ("500", 20..25)] {
        let labels: Labels = [("code", code)].into_iter().collect();
        let mut series = Series::new(labels.clone(), grid);
        for (second, at) in (0_u32..).zip(grid.instants()).filter(|(second, _)| !gaps.contains(second)) {
            let sample = Sample::new(at, f64::from(second)).unwrap();
            source = source.with_sample("requests", labels.clone(), sample);
            series.insert(sample).unwrap();
        }
        known.push(series);
    }
    let examples =
        MetricExamples { grid, query: "requests", series: &known, nothing: "absent", refused: "sum(" };
    at_once(keeps_metric_contract(&source, &examples));
}

#[test]
fn the_fake_keeps_the_contract_of_a_notifier() {
    let (notifier, unreachable) =
        (FakeNotifier::new(), FakeNotifier::new().with_failure(PortErrorKind::Unavailable));
    let told = |message: &Message| notifier.told().iter().filter(|told| told.key == message.key).count();
    at_once(notifier_keeps_its_contract(&notifier, &told, &unreachable));
    assert_eq!((notifier.told().len(), unreachable.told().len()), (3, 0));
}

/// A notifier that breaks its contract in one way, or in none.
#[derive(Debug)]
struct Faulty(FakeNotifier, &'static str);

#[async_trait::async_trait]
impl Notifier for Faulty {
    async fn notify(&self, message: &Message) -> Result<Receipt, PortError> {
        match self.1 {
            "deaf" => Ok(Receipt::default()),
            "hides failures" => Ok(self.0.notify(message).await.unwrap_or_default()),
            "one key for all" => self.0.notify(&Message { key: "k".into(), ..message.clone() }).await,
            "tidies words" => {
                let words =
                    Text::new(message.words.ja.replace('\n', " "), message.words.en.replace('\n', " "));
                self.0.notify(&Message { words, ..message.clone() }).await
            }
            "tells thrice" => {
                for place in 0..3 {
                    let key = format!("{}/{}/{place}", message.key, message.attempt);
                    self.0.notify(&Message { key, ..message.clone() }).await?;
                }
                Ok(Receipt::default())
            }
            _ => self.0.notify(message).await,
        }
    }
}

#[test]
fn no_faulty_notifier_keeps_the_contract() {
    let keeps = |fault| {
        let [notifier, unreachable] =
            [FakeNotifier::new(), FakeNotifier::new().with_failure(PortErrorKind::Unavailable)]
                .map(|fake| Faulty(fake, fault));
        let is_of = |told: &Message, message: &Message| {
            told.key.starts_with(&message.key) && told.words == message.words && told.data == message.data
        };
        let told = |message: &Message| notifier.0.told().iter().filter(|told| is_of(told, message)).count();
        let run = || at_once(notifier_keeps_its_contract(&notifier, &told, &unreachable));
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_ok()
    };
    assert!(keeps("none"));
    let faults = ["deaf", "hides failures", "one key for all", "tidies words", "tells thrice"];
    assert_eq!(faults.into_iter().find(|fault| keeps(fault)), None);
}

proptest! {
    #[test]
    fn the_chunks_of_a_grid_are_the_grid(length in 1_i64..500, step in 1_i64..50, most in 1_u32..20) {
        let whole = grid(length, step);
        let instants: Vec<_> = whole.instants().collect();
        let naive: Vec<_> = (0..length).step_by(usize::try_from(step).unwrap()).map(at).collect();
        prop_assert_eq!(&instants, &naive);
        let chunks: Vec<_> = whole.chunks(most).collect();
        prop_assert!(chunks.iter().all(|chunk| chunk.count() <= most));
        prop_assert_eq!(chunks.iter().flat_map(Grid::instants).collect::<Vec<_>>(), instants);
    }

    #[test]
    fn an_instant_has_a_place_where_the_grid_has_it(length in 1_i64..500, step in 1_i64..50, millis in -50_i64..550) {
        let grid = grid(length, step);
        prop_assert_eq!(grid.place(at(millis)), grid.instants().position(|instant| instant == at(millis)));
        prop_assert_eq!(grid.place(at(millis) + TimeDelta::microseconds(1)), None);
    }
}

#[test]
fn a_grid_is_in_whole_milliseconds_and_not_endless() {
    let hour = Interval::starting(at(0), TimeDelta::hours(1)).unwrap();
    for step in [TimeDelta::zero(), TimeDelta::seconds(-1), TimeDelta::microseconds(1_500)] {
        assert_eq!(Grid::new(hour, step), Err(GridError::Step { step }));
    }
    let start = at(0) + TimeDelta::microseconds(1);
    let odd = Interval::starting(start, TimeDelta::hours(1)).unwrap();
    assert_eq!(Grid::new(odd, TimeDelta::minutes(1)), Err(GridError::Start { start }));
    let ages =
        Interval::new(DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC - TimeDelta::hours(1)).unwrap();
    assert!(matches!(Grid::new(ages, TimeDelta::days(1)), Err(GridError::TooMany { .. })));
}

#[test]
fn a_sample_is_put_into_a_gap_of_its_own_instant() {
    let mut series = Series::new(Labels::default(), grid(3_000, 1_000));
    let sample = |millis, value| Sample::new(at(millis), value).unwrap();
    series.insert(sample(2_000, 1.0)).unwrap();
    series.insert(sample(0, 2.0)).unwrap();
    assert_eq!(series.insert(sample(0, 3.0)), Err(SeriesError::Twice { at: at(0) }));
    assert_eq!(series.insert(sample(3_000, 3.0)), Err(SeriesError::OffGrid { at: at(3_000) }));
    assert_eq!(series.insert(sample(500, 3.0)), Err(SeriesError::OffGrid { at: at(500) }));
    assert_eq!(series.samples().collect::<Vec<_>>(), [sample(0, 2.0), sample(2_000, 1.0)]);
    assert!(Sample::new(at(0), f64::NAN).is_err() && Sample::new(at(0), f64::INFINITY).is_err());
}
