//! The orders of a firing, performed through ports.

use crate::book::Book;
use crate::firing::{Alerted, Announcement, Effect, Firing, FiringId, Outcome, Reading};
use crate::port::{Halt, Job, TaskRunner};
use crate::task::Finite;
use async_trait::async_trait;
use std::error::Error;
use std::sync::Arc;
use toban_core::{Clock, Message, MetricSource, Notifier, Party, PortError, Retry, Text, value_at};
use toban_durable::{Found, Order, Perform};

/// Performs the orders of firings: a runner runs programs, a source of metrics measures, a notifier tells people, and the
/// book hears what has ended.
#[derive(Clone, Debug)]
pub struct Ports {
    book: Book,
    runner: Arc<dyn TaskRunner>,
    metrics: Option<(Arc<dyn MetricSource>, Arc<dyn Clock>)>,
    notifier: Option<Arc<dyn Notifier>>,
}

impl Ports {
    /// For the firings of that book, whose programs this runner runs. Nothing is measured, and nobody is told.
    #[must_use]
    pub fn new(book: Book, runner: Arc<dyn TaskRunner>) -> Self {
        Self { book, runner, metrics: None, notifier: None }
    }

    /// What alerts are about is measured by this source: each asks for the value of one series now, by that clock.
    #[must_use]
    pub fn with_metrics(self, source: Arc<dyn MetricSource>, clock: Arc<dyn Clock>) -> Self {
        Self { metrics: Some((source, clock)), ..self }
    }

    /// People are told through this one. The words of a message name the task; its data is JSON: the `firing`, the
    /// `title` and `owner` of its task, and `what`, an [`Announcement`].
    #[must_use]
    pub fn with_notifier(self, notifier: Arc<dyn Notifier>) -> Self {
        Self { notifier: Some(notifier), ..self }
    }

    async fn measure(&self, query: &str) -> Outcome {
        let Some((source, clock)) = &self.metrics else {
            return Outcome::Measured(Reading::Failed { why: "nothing measures".into() });
        };
        match value_at(&**source, query, clock.wall(), None).await {
            Ok(value) => {
                let value = value.and_then(|value| Finite::new(value).ok());
                Outcome::Measured(value.map_or(Reading::NoData, Reading::Value))
            }
            // Asking again can help, or it cannot.
            Err(error) if error.retry() == Retry::Never => {
                Outcome::Measured(Reading::Failed { why: why(&error) })
            }
            Err(error) => Outcome::Failed { why: why(&error) },
        }
    }
}

#[async_trait]
impl Perform<Firing> for Ports {
    async fn perform(&self, order: &Order<Effect>) -> Outcome {
        let Some(firing) = firing(&order.key) else {
            return Outcome::Failed { why: format!("{} is no order of a firing", order.key) };
        };
        match &order.effect {
            Effect::Run { .. } => match self.runner.run(&job(order, firing)).await {
                Ok(ran) => Outcome::Ran(ran),
                Err(error) => Outcome::Failed { why: why(&error) },
            },
            Effect::Measure { query, .. } => self.measure(query).await,
            Effect::Stop { is_at_once } => {
                let halt = Halt { firing, is_at_once: *is_at_once };
                done(self.runner.stop(&of(order, halt)).await)
            }
            Effect::Tell { title, owner, what } => match &self.notifier {
                Some(notifier) => {
                    let message = message(order, &firing, title, owner.as_ref(), what);
                    done(notifier.notify(&message).await.map(|_| ()))
                }
                None => Outcome::Done,
            },
            Effect::Close { how } => match self.book.close(&firing, *how).await {
                Ok(_) => Outcome::Done,
                // Once it can be read again, the task looks for itself what has ended.
                Err(error) if error.damage().is_some() => Outcome::Done,
                Err(error) => Outcome::Failed { why: told(&error) },
            },
        }
    }

    async fn find_out(&self, order: &Order<Effect>) -> Found<Outcome> {
        let Some(firing) = firing(&order.key) else { return Found::Unknown };
        match self.runner.find_out(&job(order, firing)).await {
            Found::Outcome(ran) => Found::Outcome(Outcome::Ran(ran)),
            Found::NotDone => Found::NotDone,
            Found::Unknown => Found::Unknown,
        }
    }
}

/// Of which firing an order is: `routine-firing/backup-check/2026-11-25T22:00:00Z#3.0`.
fn firing(key: &str) -> Option<FiringId> {
    let (stream, _) = key.rsplit_once('#')?;
    stream.split_once('/')?.1.parse().ok()
}

fn job(order: &Order<Effect>, firing: FiringId) -> Order<Job> {
    let job = match order.effect.clone() {
        Effect::Run { argv, is_repeatable, find_out, .. } => Job { firing, argv, is_repeatable, find_out },
        _ => Job { firing, argv: Vec::new(), is_repeatable: true, find_out: None },
    };
    of(order, job)
}

/// The same order, told in the words of a port.
fn of<E>(order: &Order<Effect>, effect: E) -> Order<E> {
    let Order { id, attempt, fence, time_out, is_in_doubt, is_wanted, .. } = *order;
    Order { id, key: order.key.clone(), attempt, fence, effect, time_out, is_in_doubt, is_wanted }
}

fn done(done: Result<(), PortError>) -> Outcome {
    done.map_or_else(|error| Outcome::Failed { why: why(&error) }, |()| Outcome::Done)
}

/// What happened. Who was asked for what stands beside it in the record.
fn why(error: &PortError) -> String {
    told(&*error.source)
}

/// An error and what it comes from.
fn told(error: &dyn Error) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        told = format!("{told}: {deeper}");
        cause = deeper.source();
    }
    told
}

fn message(
    order: &Order<Effect>,
    firing: &FiringId,
    title: &Text,
    owner: Option<&Party>,
    what: &Announcement,
) -> Message {
    let firing = firing.to_string();
    let Text { ja, en } = words(what);
    Message {
        key: order.key.clone(),
        attempt: order.attempt,
        fence: order.fence.0,
        words: Text::new(format!("{}：{ja}", title.ja), format!("{}: {en}", title.en)),
        data: serde_json::json!({ "firing": firing, "title": title, "owner": owner, "what": what })
            .to_string(),
    }
}

/// In few words, for whoever knows the task.
fn words(what: &Announcement) -> Text {
    match what {
        Announcement::ToDo { .. } => Text::new("実施してください", "to be done"),
        Announcement::Alert { alerts } => {
            let all = |pick: fn(&Alerted) -> String, between: &str| {
                alerts.iter().map(pick).collect::<Vec<_>>().join(between)
            };
            let ja = all(|one| format!("{}（{}）", one.text.ja, one.reading.text().ja), "、");
            let en = all(|one| format!("{} ({})", one.text.en, one.reading.text().en), "; ");
            Text::new(format!("要確認：{ja}"), format!("look at this: {en}"))
        }
        Announcement::Overdue => Text::new("期限超過", "its deadline has passed"),
        Announcement::InDoubt => Text::new(
            "プログラムが完了したか不明。担当者の確認が必要",
            "nobody knows whether its program has done it: a person has to say",
        ),
        Announcement::Ended { how, by, why } => {
            let Text { ja, en } = how.text();
            let (by_ja, by_en) = by
                .as_ref()
                .map_or((String::new(), String::new()), |by| (format!("（{by}）"), format!(" by {by}")));
            let (why_ja, why_en) = why
                .as_ref()
                .map_or((String::new(), String::new()), |why| (format!("：{why}"), format!(": {why}")));
            Text::new(format!("{ja}{by_ja}{why_ja}"), format!("{en}{by_en}{why_en}"))
        }
    }
}
