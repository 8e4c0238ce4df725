//! A fake of each port, and the contract of each port as a suite.
#![expect(clippy::expect_used, clippy::panic, reason = "a broken contract fails a test by panicking")]

use crate::{
    Clock, Grid, Labels, Message, MetricAnswer, MetricSource, Notifier, PortError, PortErrorKind, Receipt,
    Retry, Sample, Series, Text,
};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;

/// A source of metrics that knows what it was told, by the text of the query.
///
/// ```
/// use chrono::{TimeZone, Utc};
/// use toban_core::testing::FakeMetricSource;
/// use toban_core::{Labels, PortErrorKind, Sample};
/// let noon = Utc.with_ymd_and_hms(2026, 3, 1, 12, 0, 0).unwrap();
/// let source = FakeMetricSource::new()
///     .with_sample("requests", Labels::default(), Sample::new(noon, 7.0)?)
///     .with_failure("broken", PortErrorKind::Invalid);
/// # Ok::<(), toban_core::SampleError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct FakeMetricSource {
    series: BTreeMap<String, BTreeMap<Labels, BTreeMap<DateTime<Utc>, Sample>>>,
    warnings: BTreeMap<String, Vec<String>>,
    failures: BTreeMap<String, PortErrorKind>,
}

impl FakeMetricSource {
    /// A source that knows nothing: every query selects nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The query gives this sample at its instant, in the series of these labels. The last one told stands.
    #[must_use]
    pub fn with_sample(mut self, query: &str, labels: Labels, sample: Sample) -> Self {
        self.series.entry(query.into()).or_default().entry(labels).or_default().insert(sample.at(), sample);
        self
    }

    /// The answer to the query comes with this warning.
    #[must_use]
    pub fn with_warning(mut self, query: &str, warning: &str) -> Self {
        self.warnings.entry(query.into()).or_default().push(warning.into());
        self
    }

    /// The query fails like this.
    #[must_use]
    pub fn with_failure(mut self, query: &str, kind: PortErrorKind) -> Self {
        self.failures.insert(query.into(), kind);
        self
    }
}

/// A clock that is set by hand; it begins at the Unix epoch.
///
/// Clocks of one origin are one clock for several processes.
#[derive(Debug, Default)]
pub struct FakeClock {
    times: Mutex<(TimeDelta, TimeDelta)>,
    origin: Option<String>,
}

impl FakeClock {
    /// A clock that no other process shares.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A clock whose elapsed time other processes may count from too.
    #[must_use]
    pub fn with_origin(self, origin: &str) -> Self {
        Self { origin: Some(origin.to_owned()), ..self }
    }

    /// Time passes.
    pub fn advance(&self, by: TimeDelta) {
        let mut times = self.times();
        *times = (times.0 + by, times.1 + by);
    }

    /// Somebody sets the wall clock, forward or back.
    pub fn jump(&self, by: TimeDelta) {
        self.times().0 += by;
    }

    fn times(&self) -> MutexGuard<'_, (TimeDelta, TimeDelta)> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for FakeClock {
    fn wall(&self) -> DateTime<Utc> {
        DateTime::<Utc>::UNIX_EPOCH + self.times().0
    }

    fn elapsed(&self) -> TimeDelta {
        self.times().1
    }

    fn origin(&self) -> Option<String> {
        self.origin.clone()
    }
}

/// A fake was told to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the fake was told to fail")]
struct Told;

#[async_trait]
impl MetricSource for FakeMetricSource {
    async fn range(&self, query: &str, grid: Grid) -> Result<MetricAnswer, PortError> {
        if let Some(kind) = self.failures.get(query) {
            return Err(PortError::new(*kind, "range query", "fake", Told));
        }
        let mut answer = Vec::new();
        for (labels, samples) in self.series.get(query).into_iter().flatten() {
            let mut series = Series::new(labels.clone(), grid);
            let of_grid = samples.range(grid.first()..=grid.last()).map(|(_, sample)| *sample);
            // What lies between two instants of the grid is not asked for.
            if of_grid.filter(|sample| series.insert(*sample).is_ok()).count() > 0 {
                answer.push(series);
            }
        }
        Ok(MetricAnswer::new(answer, self.warnings.get(query).cloned().unwrap_or_default()))
    }
}

/// What the [contract](keeps_metric_contract) asks a source, and what it must find.
#[derive(Clone, Copy, Debug)]
pub struct MetricExamples<'a> {
    /// The instants of which the source knows something.
    pub grid: Grid,
    /// A query that gives several series, at least one of them with a gap between two samples.
    pub query: &'a str,
    /// What that query gives.
    pub series: &'a [Series],
    /// A query that is understood and selects nothing.
    pub nothing: &'a str,
    /// A query that is not understood.
    pub refused: &'a str,
}

/// Holds a source of metrics to its contract.
///
/// # Panics
/// When the source breaks it, or the examples show too little.
pub async fn keeps_metric_contract(source: &dyn MetricSource, examples: &MetricExamples<'_>) {
    let MetricExamples { grid, query, series, nothing, refused } = *examples;
    let expected = samples(series);
    let has_gap = |samples: &Vec<Sample>| {
        samples.windows(2).any(|pair| matches!(pair, [one, next] if next.at() - one.at() > grid.step()))
    };
    assert!(expected.len() > 1 && expected.values().any(has_gap), "two series, and a gap in one of them");

    let whole = answer(source, query, grid).await;
    assert_same(&samples(&whole.series), &expected, "what is known is answered, and gaps stay gaps");
    assert!(whole.series.iter().all(|series| series.grid() == grid), "each series covers the grid");
    let labels: Vec<_> = whole.series.iter().map(Series::labels).collect();
    assert!(labels.is_sorted_by(|one, next| one < next), "in the order of labels, none twice");

    begun_and_dropped(source.range(query, grid)).await;
    assert!(answer(source, query, grid).await == whole, "asking changes nothing");

    for most in [1, 7, grid.count().div_ceil(2)] {
        let mut joined = Known::new();
        for piece in grid.chunks(most) {
            for (labels, mut samples) in samples(&answer(source, query, piece).await.series) {
                joined.entry(labels).or_default().append(&mut samples);
            }
        }
        assert_same(&joined, &expected, &format!("pieces of at most {most} instants, joined, are the whole"));
    }

    assert_eq!(answer(source, nothing, grid).await.series, [], "nothing is neither zero nor an error");

    let refusal = source.range(refused, grid).await;
    let error = refusal.expect_err("a query that is not understood is refused");
    assert_eq!((error.kind, error.retry()), (PortErrorKind::Invalid, Retry::Never));
    is_told_once(&error);
}

/// Begins something and lets go of it: every future of a port may be dropped.
pub async fn begun_and_dropped(future: impl Future) {
    let mut future = pin!(future);
    poll_fn(|context| {
        let _ = future.as_mut().poll(context);
        Poll::Ready(())
    })
    .await;
}

/// One line, and what happened is left to the source.
fn is_told_once(error: &PortError) {
    let (shown, source) = (error.to_string(), error.source.to_string());
    assert!(shown.lines().count() == 1 && !shown.contains(&source), "{shown:?} repeats {source:?}");
}

/// A notifier that remembers what it was given, each key once.
#[derive(Debug, Default)]
pub struct FakeNotifier {
    taken: Mutex<Vec<Message>>,
    failure: Option<PortErrorKind>,
}

impl FakeNotifier {
    /// A notifier that takes everything.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Every delivery fails like this.
    #[must_use]
    pub fn with_failure(self, kind: PortErrorKind) -> Self {
        Self { failure: Some(kind), ..self }
    }

    /// What people were told, in order.
    #[must_use]
    pub fn told(&self) -> Vec<Message> {
        self.taken().clone()
    }

    fn taken(&self) -> MutexGuard<'_, Vec<Message>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Notifier for FakeNotifier {
    async fn notify(&self, message: &Message) -> Result<Receipt, PortError> {
        if let Some(kind) = self.failure {
            return Err(PortError::new(kind, "notify", "fake", Told));
        }
        let mut taken = self.taken();
        if taken.iter().all(|known| known.key != message.key) {
            taken.push(message.clone());
        }
        Ok(Receipt { id: Some(message.key.clone()) })
    }
}

/// The contract of [`Notifier`]: of one that reaches its receiver, where `told` is how often people were told what has
/// that key, and of one that does not.
///
/// # Panics
/// When one of them breaks it.
pub async fn notifier_keeps_its_contract(
    notifier: &dyn Notifier,
    told: &dyn Fn(&Message) -> usize,
    unreachable: &dyn Notifier,
) {
    let message = |place: u32| Message {
        key: format!("contract/notifier#{place}.0"),
        attempt: 1,
        fence: 1,
        words: Text::new("「50 %」に達しました\n次へ", "it's at \"50 %\" {en}\n$HOME is `next`"),
        data: format!(r#"{{"stage_reached":{{"stage":{place},"why":"a \"word\" and a \\"}}}}"#),
    };
    let (first, again) = (message(1), Message { attempt: 2, fence: 2, ..message(1) });
    delivered(notifier, &first).await;
    assert_eq!(told(&first), 1, "what is taken is told once");
    delivered(notifier, &again).await;
    assert!((1..=2).contains(&told(&again)), "each delivery is told once at most");

    let (second, before) = (message(2), told(&first));
    delivered(notifier, &second).await;
    assert_eq!((told(&second), told(&first)), (1, before), "another key is another message");

    let third = message(3);
    begun_and_dropped(notifier.notify(&third)).await;
    delivered(notifier, &Message { attempt: 2, ..third.clone() }).await;
    assert!((1..=2).contains(&told(&third)), "what was dropped can be delivered again");

    let error = unreachable.notify(&message(4)).await.expect_err("nobody is reached");
    is_told_once(&error);
}

async fn delivered(notifier: &dyn Notifier, message: &Message) {
    let taken = notifier.notify(message).await;
    taken.unwrap_or_else(|error| panic!("{}: {error}: {}", message.key, error.source));
}

async fn answer(source: &dyn MetricSource, query: &str, grid: Grid) -> MetricAnswer {
    source.range(query, grid).await.unwrap_or_else(|error| panic!("{query}: {error}: {}", error.source))
}

type Known = BTreeMap<Labels, Vec<Sample>>;

fn samples(series: &[Series]) -> Known {
    series.iter().map(|series| (series.labels().clone(), series.samples().collect())).collect()
}

/// Series are long: a person is shown the first place where they differ.
fn assert_same(found: &Known, expected: &Known, law: &str) {
    assert!(found.keys().eq(expected.keys()), "{law}: {:?}, not {:?}", found.keys(), expected.keys());
    for ((labels, found), expected) in found.iter().zip(expected.values()) {
        let differs = found.iter().zip(expected).find(|(found, expected)| found != expected);
        assert!(differs.is_none(), "{law}: {labels}: found and expected: {differs:?}");
        assert_eq!(found.len(), expected.len(), "{law}: {labels}: the number of samples");
    }
}
