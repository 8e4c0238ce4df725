//! The orders of a rollout, performed through ports.

use crate::judge::Reading;
use crate::port::{Deployer, Measurement, Move};
use crate::rollout::{Announcement, Asking, Effect, Needed, Outcome, Rollout};
use async_trait::async_trait;
use chrono::TimeDelta;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use toban_core::{Clock, Message, MetricSource, Notifier, PortError, Text, value_at};
use toban_durable::{Found, Order, Perform};

/// Performs the orders of rollouts: a deployer moves traffic and runs steps, a source of metrics measures, a notifier
/// tells people.
#[derive(Clone, Debug)]
pub struct Ports {
    deployer: Arc<dyn Deployer>,
    metrics: Option<Metrics>,
    notifier: Option<Arc<dyn Notifier>>,
}

impl Ports {
    /// This deployer moves traffic, runs steps, and measures as well as it can. Nobody is told.
    #[must_use]
    pub fn new(deployer: Arc<dyn Deployer>) -> Self {
        Self { deployer, metrics: None, notifier: None }
    }

    /// Checks are measured by this source, and not by the deployer: what a check asks is a query that selects one
    /// series, and its value now, by that clock, is what was measured. What was measured before the stage began is no
    /// data, as far as the source [can tell](MetricSource::range_within); a range within the query reaches back as far as
    /// it says. A comparison needs the points of both versions, which only a deployer gives.
    #[must_use]
    pub fn with_metrics(self, source: Arc<dyn MetricSource>, clock: Arc<dyn Clock>) -> Self {
        Self { metrics: Some(Metrics { source, clock, begun: Arc::default() }), ..self }
    }

    /// People are told through this one. The words of a message name the release; its data is the [`Announcement`] as
    /// JSON.
    #[must_use]
    pub fn with_notifier(self, notifier: Arc<dyn Notifier>) -> Self {
        Self { notifier: Some(notifier), ..self }
    }
}

#[async_trait]
impl Perform<Rollout> for Ports {
    async fn perform(&self, order: &Order<Effect>) -> Outcome {
        match &order.effect {
            Effect::Announce(what) => match &self.notifier {
                Some(notifier) => outcome(notifier.notify(&message(order, what)).await.map(|_| ())),
                None => Outcome::Done,
            },
            Effect::Measure { stage, name, query, after, .. } => {
                if let Some(metrics) = &self.metrics {
                    return Outcome::Read(metrics.read(query, metrics.age(&order.key, *after)).await);
                }
                let what = Measurement { stage: *stage, name: name.clone(), query: query.clone() };
                let reading = self.deployer.measure(&of(order, what)).await;
                Outcome::Read(reading.unwrap_or_else(|error| Reading::Error { reason: why(&error) }))
            }
            Effect::Wait { .. } => Outcome::Done,
            effect => match as_move(effect) {
                Some(what) => outcome(self.deployer.deploy(&of(order, what)).await),
                None => Outcome::Failed { why: "nobody does that".into() },
            },
        }
    }

    async fn find_out(&self, order: &Order<Effect>) -> Found<Outcome> {
        let Some(what) = as_move(&order.effect) else { return Found::Unknown };
        match self.deployer.is_done(&of(order, what)).await {
            Some(true) => Found::Outcome(Outcome::Done),
            Some(false) => Found::NotDone,
            None => Found::Unknown,
        }
    }
}

/// What the deployer does of it.
fn as_move(effect: &Effect) -> Option<Move> {
    match effect.clone() {
        Effect::SetWeight { weight, version, argv, .. } => Some(Move::Traffic { weight, version, argv }),
        Effect::Step { part, name, argv, is_repeatable, .. } => {
            Some(Move::Step { part, name, argv, is_repeatable })
        }
        Effect::Announce(_) | Effect::Measure { .. } | Effect::Wait { .. } => None,
    }
}

/// The same order, told in the words of a port.
fn of<E>(order: &Order<Effect>, effect: E) -> Order<E> {
    let Order { id, attempt, fence, time_out, is_in_doubt, is_wanted, .. } = *order;
    Order { id, key: order.key.clone(), attempt, fence, effect, time_out, is_in_doubt, is_wanted }
}

fn outcome(done: Result<(), PortError>) -> Outcome {
    done.map_or_else(|error| Outcome::Failed { why: why(&error) }, |()| Outcome::Done)
}

/// What happened. Who was asked for what stands beside it in the record.
fn why(error: &PortError) -> String {
    let mut told = error.source.to_string();
    let mut cause = error.source.source();
    while let Some(deeper) = cause {
        told = format!("{told}: {deeper}");
        cause = deeper.source();
    }
    told
}

/// What measures, and since when.
#[derive(Clone, Debug)]
struct Metrics {
    source: Arc<dyn MetricSource>,
    clock: Arc<dyn Clock>,
    /// When the stages began at the latest, by the orders to measure there.
    begun: Arc<Mutex<BTreeMap<String, TimeDelta>>>,
}

impl Metrics {
    /// How long the stage of an order is under way, at least: its first measurement is due when it has been for so long.
    fn age(&self, key: &str, after: TimeDelta) -> TimeDelta {
        let elapsed = self.clock.elapsed();
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        elapsed - *begun.entry(key.to_owned()).or_insert(elapsed - after)
    }

    /// The value of a query now, no older than that.
    async fn read(&self, query: &str, age: TimeDelta) -> Reading {
        match value_at(&*self.source, query, self.clock.wall(), Some(age)).await {
            Err(error) => Reading::Error { reason: format!("{error}: {}", error.source) },
            Ok(value) => value.map_or(Reading::NoData, Reading::Value),
        }
    }
}

fn message(order: &Order<Effect>, what: &Announcement) -> Message {
    // `rollout/shop#3.0`: an order names its machine, whose name may hold the sign too.
    let machine = order.key.rsplit_once('#').map_or(&*order.key, |(machine, _)| machine);
    let release = machine.split_once('/').map_or(machine, |(_, name)| name);
    let Text { ja, en } = words(what);
    Message {
        key: order.key.clone(),
        attempt: order.attempt,
        fence: order.fence.0,
        words: Text::new(format!("{release}：{ja}"), format!("{release}: {en}")),
        data: serde_json::to_string(what).unwrap_or_default(),
    }
}

/// In few words, for whoever knows the plan. Stages are counted from 1.
fn words(what: &Announcement) -> Text {
    match what {
        Announcement::Started => Text::new("リリース開始", "the release begins"),
        Announcement::StageReached { stage } => {
            let stage = stage + 1;
            Text::new(format!("段階{stage}に到達"), format!("stage {stage} is reached"))
        }
        Announcement::PersonNeeded { what } => {
            let Text { ja, en } = needed(what);
            Text::new(format!("要対応：{ja}"), format!("a person is needed: {en}"))
        }
        Announcement::RollingBack { is_automatic: true } => {
            Text::new("自動切り戻し開始", "the rollback begins, automatically")
        }
        Announcement::RollingBack { is_automatic: false } => {
            Text::new("担当者の判断による切り戻し開始", "the rollback begins, as somebody decided")
        }
        Announcement::RolledBack => Text::new("切り戻し完了", "it has been rolled back"),
        Announcement::Completed => Text::new("完全移行完了", "the release is complete"),
    }
}

fn needed(what: &Needed) -> Text {
    match what {
        Needed::Gate(stage) => {
            let stage = stage + 1;
            Text::new(format!("段階{stage}のゲート"), format!("the gate of stage {stage}"))
        }
        Needed::Check(_) => Text::new("不合格または測定不能の判定", "a check fails, or has no answer"),
        Needed::Late => Text::new("予定した作業時間の超過", "the time that it was scheduled for is over"),
        Needed::Overdue(stage) => {
            let stage = stage + 1;
            Text::new(
                format!("段階{stage}の判定が未完了"),
                format!("not everything has passed in stage {stage}"),
            )
        }
        Needed::Step(Asking::Manual(_)) => Text::new("手作業の手順", "a step is done by hand"),
        Needed::Step(Asking::Doubt(_)) => {
            Text::new("手順が実行されたかの確認", "nobody knows whether a step was done")
        }
        Needed::Look(_) => Text::new(
            "切り戻し中：前進の手順が実行されたか不明",
            "it goes back, and nobody knows whether a step of the way forward was done",
        ),
        Needed::Fix(_) => {
            Text::new("切り戻せない手順の失敗", "a step has failed from which nothing leads back")
        }
        Needed::Stuck(_) => Text::new("切り戻しが進まない", "the way back does not work"),
    }
}
