//! A fake of each port, and the contract of each port as a suite.
#![expect(clippy::expect_used, clippy::panic, reason = "a broken contract fails a test by panicking")]

use crate::plan::{Need, Observation};
use crate::{Approval, Approvals, Deployer, Move, Probe, Weight};
use async_trait::async_trait;
use chrono::TimeDelta;
use std::sync::{Mutex, PoisonError};
use toban_core::testing::begun_and_dropped;
use toban_core::{PortError, PortErrorKind};
use toban_durable::{Epoch, Order, OrderId};

/// A probe that sees what it was told.
#[derive(Clone, Debug, Default)]
pub struct FakeProbe {
    seen: Vec<(Need, Result<Observation, PortErrorKind>)>,
}

impl FakeProbe {
    /// A probe that sees nothing: every need is absent.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// It sees this of the need.
    #[must_use]
    pub fn with_seen(mut self, need: Need, observation: Observation) -> Self {
        self.seen.push((need, Ok(observation)));
        self
    }

    /// It fails to look at the need.
    #[must_use]
    pub fn with_failure(mut self, need: Need, kind: PortErrorKind) -> Self {
        self.seen.push((need, Err(kind)));
        self
    }
}

#[async_trait]
impl Probe for FakeProbe {
    async fn probe(&self, need: &Need) -> Result<Observation, PortError> {
        match self.seen.iter().rev().find(|(known, _)| known == need) {
            None => Ok(Observation::Absent),
            Some((_, Ok(observation))) => Ok(*observation),
            Some((_, Err(kind))) => Err(PortError::new(*kind, "look", "fake probe", "as it was told")),
        }
    }
}

/// The contract of [`Probe`], run on a world in which everything of `present` is there and nothing of `absent` is.
///
/// # Panics
/// Where the probe breaks it, or where it sees nothing that is there or nothing that is not: one that can see no kind
/// of need is none.
pub async fn probe_keeps_its_contract(probe: &dyn Probe, present: &[Need], absent: &[Need]) {
    let (mut sees_what_is, mut sees_what_is_not) = (false, false);
    for need in present {
        begun_and_dropped(probe.probe(need)).await;
        for look in ["at first", "again"] {
            match (need, probe.probe(need).await) {
                (Need::Server { at_least, .. }, Ok(Observation::Amount(amount))) if amount >= *at_least => {
                    sees_what_is = true;
                }
                (Need::Service { .. } | Need::Variable { .. }, Ok(Observation::Present)) => {
                    sees_what_is = true;
                }
                (_, Err(error)) if error.kind == PortErrorKind::Unsupported => {}
                (_, found) => panic!("{need:?} is there, and {look} the probe says {found:?}"),
            }
        }
    }
    for need in absent {
        match (need, probe.probe(need).await) {
            (Need::Server { at_least, .. }, Ok(Observation::Amount(amount))) if amount < *at_least => {
                sees_what_is_not = true;
            }
            (_, Ok(Observation::Absent)) => sees_what_is_not = true,
            (_, Err(error)) if error.kind == PortErrorKind::Unsupported => {}
            (_, found) => panic!("{need:?} is not there, and the probe says {found:?}"),
        }
    }
    assert!(sees_what_is, "the probe sees nothing of what is there");
    assert!(sees_what_is_not, "the probe sees of nothing that it is not there");
}

/// A deployer that remembers what it did.
#[derive(Debug, Default)]
pub struct FakeDeployer {
    done: Mutex<Vec<Order<Move>>>,
    failing: Vec<String>,
}

impl FakeDeployer {
    /// A deployer that does everything.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What is called so fails: the name of a step, or such as `50 % of traffic to 2.0`.
    #[must_use]
    pub fn with_failure(mut self, what: &str) -> Self {
        self.failing.push(what.to_owned());
        self
    }

    /// What it did, in order.
    #[must_use]
    pub fn done(&self) -> Vec<Order<Move>> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The weight that was set last.
    #[must_use]
    pub fn weight(&self) -> Option<Weight> {
        self.done().iter().rev().find_map(|order| match order.effect {
            Move::Traffic { weight, .. } => Some(weight),
            Move::Step { .. } => None,
        })
    }
}

#[async_trait]
impl Deployer for FakeDeployer {
    async fn deploy(&self, order: &Order<Move>) -> Result<(), PortError> {
        if self.failing.contains(&order.effect.to_string()) {
            return Err(PortError::new(PortErrorKind::Unavailable, "deploy", "fake", "as it was told"));
        }
        self.done.lock().unwrap_or_else(PoisonError::into_inner).push(order.clone());
        Ok(())
    }

    async fn is_done(&self, order: &Order<Move>) -> Option<bool> {
        Some(self.done().iter().any(|done| done.key == order.key))
    }
}

/// What the [contract](deployer_keeps_its_contract) has a deployer do, and how it is seen that it did.
#[expect(missing_debug_implementations, reason = "it holds functions")]
pub struct DeployerExamples<'a> {
    /// What gives that share of the traffic to the new version.
    pub traffic: &'a dyn Fn(Weight) -> Move,
    /// Which share the new version has now.
    pub routes: &'a dyn Fn() -> Option<Weight>,
    /// A step that comes to its good end at once, and is not repeatable.
    pub step: Move,
    /// How often it was done.
    pub times: &'a dyn Fn() -> usize,
    /// A step that fails.
    pub broken: Move,
}

/// The contract of [`Deployer`], run on a world in which nothing was done yet.
///
/// # Panics
/// Where the deployer breaks it.
pub async fn deployer_keeps_its_contract(deployer: &dyn Deployer, examples: &DeployerExamples<'_>) {
    let DeployerExamples { traffic, routes, step, times, broken } = examples;
    let order = |record: u64, attempt: u32, effect: &Move| Order {
        id: OrderId { record, place: 0 },
        key: format!("rollout/contract#{record}.0"),
        attempt,
        fence: Epoch(u64::from(attempt)),
        effect: effect.clone(),
        time_out: TimeDelta::seconds(10),
        is_in_doubt: false,
        is_wanted: true,
    };
    let weight = |percent| Weight::percent(percent).expect("a percentage");
    assert_ne!(routes(), Some(weight(5)), "nothing was done yet");
    for (record, percent) in [(1, 5), (2, 50), (3, 0)] {
        let (weight, mover) = (weight(percent), traffic(weight(percent)));
        for attempt in [1, 2] {
            does(deployer, &order(record, attempt, &mover)).await;
            assert_eq!(routes(), Some(weight), "attempt {attempt}: what is done is done, and again is once");
        }
    }
    let mover = traffic(weight(25));
    begun_and_dropped(deployer.deploy(&order(4, 1, &mover))).await;
    does(deployer, &order(4, 2, &mover)).await;
    assert_eq!(routes(), Some(weight(25)), "what was dropped can be done again");

    let first = order(5, 1, step);
    assert_ne!(deployer.is_done(&first).await, Some(true), "nobody has done it");
    assert_eq!(times(), 0, "finding out does nothing");
    does(deployer, &first).await;
    assert_eq!(times(), 1, "a step is done once");
    assert_ne!(deployer.is_done(&order(5, 2, step)).await, Some(false), "it was done");
    assert_eq!(times(), 1, "finding out does nothing");
    assert_eq!(routes(), Some(weight(25)), "a step moves no traffic");

    let broken = order(6, 1, broken);
    let error = deployer.deploy(&broken).await.expect_err("what fails is no success");
    assert!(!error.source.to_string().trim().is_empty(), "people want to know why");
    assert_ne!(deployer.is_done(&broken).await, Some(true), "what failed is not done");
    assert_eq!(
        (routes(), times()),
        (Some(weight(25)), 1),
        "what fails moves no traffic, and is no other step"
    );
}

async fn does(deployer: &dyn Deployer, order: &Order<Move>) {
    let done = deployer.deploy(order).await;
    done.unwrap_or_else(|error| panic!("{}: {error}: {}", order.effect, error.source));
}

/// Approvals that were given as it was told.
#[derive(Debug, Default)]
pub struct FakeApprovals {
    given: Mutex<Vec<Approval>>,
    failure: Option<PortErrorKind>,
}

impl FakeApprovals {
    /// Nobody has approved anything.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Nobody can see what was given.
    #[must_use]
    pub fn with_failure(self, kind: PortErrorKind) -> Self {
        Self { failure: Some(kind), ..self }
    }

    /// Somebody approves.
    pub fn give(&self, approval: Approval) {
        self.given.lock().unwrap_or_else(PoisonError::into_inner).push(approval);
    }
}

#[async_trait]
impl Approvals for FakeApprovals {
    async fn given(&self, revision: &str) -> Result<Vec<Approval>, PortError> {
        if let Some(kind) = self.failure {
            return Err(PortError::new(kind, "look for approvals", "fake", "as it was told"));
        }
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner).clone();
        given.retain(|approval| approval.revision == revision);
        Ok(given)
    }
}

/// The contract of [`Approvals`]: of what sees exactly these approvals, all of one revision, and of what cannot see
/// any.
///
/// # Panics
/// Where one of them breaks it, or nothing was given.
pub async fn approvals_keep_their_contract(
    approvals: &dyn Approvals,
    expected: &[Approval],
    unseen: &dyn Approvals,
) {
    let revision = &expected.first().expect("something was given").revision;
    begun_and_dropped(approvals.given(revision)).await;
    for look in ["at first", "again"] {
        match approvals.given(revision).await {
            Ok(given) => assert_eq!(given, expected, "{look}"),
            Err(error) => panic!("{look}: {error}: {}", error.source),
        }
    }
    let another = format!("{revision}0");
    let given = approvals.given(&another).await.unwrap_or_default();
    assert!(given.iter().all(|one| one.revision != another), "it was given for another revision");
    let error = unseen.given(revision).await.expect_err("what cannot be seen is an error, not nothing");
    assert_eq!(error.to_string().lines().count(), 1, "{error}");
}
