//! The fakes against the contracts of their ports; a rollout through ports, and approvals that were given elsewhere.
#![cfg(feature = "testing")]

use crate::support::{abort, course, minutes, propose};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::Arc;
use toban_core::testing::{FakeClock, FakeMetricSource, FakeNotifier};
use toban_core::{Clock, Grid, Labels, MetricAnswer, MetricSource, PortError, PortErrorKind, Sample, Series};
use toban_durable::testing::block_on;
use toban_durable::{Epoch, Found, MemoryJournal, Order, OrderId, Perform, Run, Settled, Turn, settle};
use toban_release_core::judge::Reading;
use toban_release_core::rollout::{
    Announcement, Course, Effect, Needed, Next, Outcome, Part, Phase, Rollout, Why,
};
use toban_release_core::testing::{
    DeployerExamples, FakeApprovals, FakeDeployer, approvals_keep_their_contract, deployer_keeps_its_contract,
};
use toban_release_core::{Approval, Approvals, Deployer, Move, Ports, Weight, take_approvals};

fn step(name: &str) -> Move {
    let part = Part::Next(Next::Prepare(0));
    Move::Step { part, name: name.into(), argv: Vec::new(), is_repeatable: false }
}

/// A deployer that breaks its contract in one way, or in none.
#[derive(Debug)]
struct Faulty(FakeDeployer, Fault);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    DoesNothing,
    DoesOtherStepsByTheWay,
    FindsAllDone,
    FindsNoneDone,
    DoesWhatItFindsOut,
    HidesFailures,
    MovesTrafficByTheWay,
}

#[async_trait]
impl Deployer for Faulty {
    async fn deploy(&self, order: &Order<Move>) -> Result<(), PortError> {
        match (self.1, &order.effect) {
            (Fault::DoesNothing, _) => return Ok(()),
            (Fault::DoesOtherStepsByTheWay, Move::Step { name, .. }) if name == "break" => {
                self.0.deploy(&Order { effect: step("migrate"), ..order.clone() }).await?;
            }
            (Fault::MovesTrafficByTheWay, Move::Step { .. }) => {
                let traffic = Move::Traffic { weight: Weight::NONE, version: "2.0".into(), argv: Vec::new() };
                self.0.deploy(&Order { effect: traffic, ..order.clone() }).await?;
            }
            _ => {}
        }
        match self.0.deploy(order).await {
            Err(_) if self.1 == Fault::HidesFailures => Ok(()),
            done => done,
        }
    }

    async fn is_done(&self, order: &Order<Move>) -> Option<bool> {
        match self.1 {
            Fault::FindsAllDone => return Some(true),
            Fault::FindsNoneDone => return Some(false),
            Fault::DoesWhatItFindsOut => self.0.deploy(order).await.ok()?,
            _ => {}
        }
        self.0.is_done(order).await
    }
}

fn keeps_its_contract(fault: Fault) -> bool {
    let deployer = Faulty(FakeDeployer::new().with_failure("break"), fault);
    let Faulty(world, _) = &deployer;
    let steps = || world.done().iter().filter(|order| order.effect == step("migrate")).count();
    let examples = DeployerExamples {
        traffic: &|weight| Move::Traffic { weight, version: "2.0".into(), argv: Vec::new() },
        routes: &|| world.weight(),
        step: step("migrate"),
        times: &steps,
        broken: step("break"),
    };
    let run = || block_on(deployer_keeps_its_contract(&deployer, &examples));
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_ok()
}

#[test]
fn the_fake_keeps_the_contract_of_a_deployer_and_no_fault_does() {
    assert!(keeps_its_contract(Fault::None));
    let faults = [
        Fault::DoesNothing,
        Fault::DoesOtherStepsByTheWay,
        Fault::FindsAllDone,
        Fault::FindsNoneDone,
        Fault::DoesWhatItFindsOut,
        Fault::HidesFailures,
        Fault::MovesTrafficByTheWay,
    ];
    assert_eq!(faults.into_iter().find(|fault| keeps_its_contract(*fault)), None);
}

fn approval(by: &str, revision: &str) -> Approval {
    Approval { by: by.into(), revision: revision.into(), why: "looked at it".into() }
}

#[test]
fn the_fake_keeps_the_contract_of_approvals() {
    let approvals = FakeApprovals::new();
    approvals.give(approval("ann", "r1"));
    approvals.give(approval("bea", "r0"));
    approvals.give(approval("cleo", "r1"));
    let expected = [approval("ann", "r1"), approval("cleo", "r1")];
    let unseen = FakeApprovals::new().with_failure(PortErrorKind::Unavailable);
    block_on(approvals_keep_their_contract(&approvals, &expected, &unseen)).unwrap();
}

#[test]
#[should_panic(expected = "nothing was done yet")]
fn a_world_that_tells_what_it_is_asked_shows_nothing_of_a_deployer() {
    let deployer = Faulty(FakeDeployer::new().with_failure("break"), Fault::DoesNothing);
    let told = std::sync::Mutex::new(Weight::percent(5).unwrap());
    let examples = DeployerExamples {
        traffic: &|weight| {
            *told.lock().unwrap() = weight;
            Move::Traffic { weight, version: "2.0".into(), argv: Vec::new() }
        },
        routes: &|| Some(*told.lock().unwrap()),
        step: step("migrate"),
        times: &|| 0,
        broken: step("break"),
    };
    block_on(deployer_keeps_its_contract(&deployer, &examples)).unwrap();
}

/// Approvals that break their contract in one way.
#[derive(Debug)]
struct FaultyApprovals(FakeApprovals, &'static str);

#[async_trait]
impl Approvals for FaultyApprovals {
    async fn given(&self, revision: &str) -> Result<Vec<Approval>, PortError> {
        match self.1 {
            "deaf" => Ok(Vec::new()),
            "of whatever revision" => {
                let given = self.0.given("r1").await?;
                Ok(given.into_iter().map(|one| Approval { revision: revision.into(), ..one }).collect())
            }
            "forgetful" => {
                let mut given = self.0.given(revision).await?;
                given.truncate(1);
                Ok(given)
            }
            "hides failures" => Ok(self.0.given(revision).await.unwrap_or_default()),
            _ => self.0.given(revision).await,
        }
    }
}

#[test]
fn no_faulty_approvals_keep_the_contract() {
    let keeps = |fault| {
        let [seen, unseen] =
            [FakeApprovals::new(), FakeApprovals::new().with_failure(PortErrorKind::Unavailable)]
                .map(|fake| FaultyApprovals(fake, fault));
        let expected = [approval("ann", "r1"), approval("cleo", "r1")];
        expected.iter().for_each(|approval| seen.0.give(approval.clone()));
        let run = || block_on(approvals_keep_their_contract(&seen, &expected, &unseen)).unwrap();
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_ok()
    };
    assert!(keeps("none"));
    let faults = ["deaf", "of whatever revision", "forgetful", "hides failures"];
    assert_eq!(faults.into_iter().find(|fault| keeps(fault)), None);
}

fn opened(journal: &Arc<MemoryJournal>, clock: &Arc<FakeClock>) -> Run<Rollout> {
    block_on(Run::open(Arc::clone(journal) as _, Arc::clone(clock) as _, "shop")).unwrap().unwrap()
}

/// A process that holds the claim of a proposed release.
fn proposed(course: &Course) -> (Run<Rollout>, Arc<MemoryJournal>, Arc<FakeClock>) {
    let (journal, clock) = (Arc::new(MemoryJournal::new()), Arc::new(FakeClock::new()));
    let mut run = opened(&journal, &clock);
    assert_eq!(block_on(run.claim("one", minutes(600))).unwrap().unwrap(), Turn::Mine);
    block_on(run.ask(&propose(course))).unwrap().unwrap();
    (run, journal, clock)
}

#[test]
fn approvals_given_elsewhere_count_once_and_what_is_refused_is_told_once() {
    let course =
        Course { approvers: vec!["ann".into(), "bea".into(), "cleo".into()], approvals: 2, ..course() };
    let (mut run, journal, clock) = proposed(&course);
    let mut beside = opened(&journal, &clock);
    let (mut refused, mut elsewhere) = (Vec::new(), Vec::new());
    let mut take = |run: &mut Run<Rollout>, given: &[Approval]| {
        let refusals = block_on(take_approvals(run, given, &mut refused)).unwrap().unwrap();
        refusals.into_iter().map(|refused| refused.why).collect::<Vec<_>>()
    };
    let author = Why::IsAuthor { by: "ann".into() };
    let stranger = Why::NotAnApprover { by: "dan".into() };
    let stale = Why::OtherRevision { asked: "r0".into(), current: "r1".into() };
    elsewhere.extend([approval("ann", "r1"), approval("dan", "r1"), approval("cleo", "r0")]);
    assert_eq!(take(&mut beside, &elsewhere), [author, stranger, stale]);
    elsewhere.push(approval("bea", "r1"));
    assert_eq!(take(&mut beside, &elsewhere), [], "each refusal is told once");
    let seq = beside.seq();
    assert_eq!(take(&mut beside, &elsewhere), []);
    assert_eq!((beside.seq(), beside.state().phase), (seq, Phase::Approving), "bea has approved once");
    // Another process has not seen what this one took in.
    elsewhere.push(approval("cleo", "r1"));
    assert_eq!(take(&mut run, &elsewhere), []);
    assert_ne!(run.state().phase, Phase::Approving);
    assert_eq!(run.state().approved.len(), 2);
    // Nothing is asked of a release that waits for nobody.
    let seq = run.seq();
    assert_eq!(take(&mut run, &[approval("eve", "r1")]), []);
    assert_eq!(run.seq(), seq);
}

#[test]
fn a_rollout_through_ports_moves_traffic_runs_steps_and_tells_people() {
    let (mut run, _, clock) = proposed(&course());
    let (deployer, notifier) = (Arc::new(FakeDeployer::new()), Arc::new(FakeNotifier::new()));
    let ports = Ports::new(Arc::clone(&deployer) as _).with_notifier(Arc::clone(&notifier) as _);
    let approvals = FakeApprovals::new();
    approvals.give(approval("bea", "r1"));
    let given = block_on(approvals.given("r1")).unwrap().unwrap();
    block_on(take_approvals(&mut run, &given, &mut Vec::new())).unwrap().unwrap();
    while let Settled::Until(wakeup) = block_on(settle(&mut run, &ports)).unwrap().unwrap() {
        match (run.state().stage, wakeup.wait(run.now())) {
            (Some(1), Some(_)) => block_on(run.ask(&abort())).unwrap().unwrap(),
            (_, wait) => clock.advance(wait.unwrap()),
        }
    }
    assert_eq!(run.state().phase, Phase::RolledBack);
    let done: Vec<_> = deployer.done().iter().map(|order| order.effect.to_string()).collect();
    let [first, second, back] = ["5 %", "25 %", "0 %"].map(|weight| format!("{weight} of traffic to 2.0"));
    assert_eq!(done, ["migrate", &first, &second, &back, "restore", "smoke"]);
    let told: Vec<_> = notifier.told().into_iter().map(|message| message.words.en).collect();
    let expected = [
        "shop: the release begins",
        "shop: stage 1 is reached",
        "shop: stage 2 is reached",
        "shop: the rollback begins, as somebody decided",
        "shop: it has been rolled back",
    ];
    assert_eq!(told, expected);
}

fn order(effect: Effect) -> Order<Effect> {
    Order {
        id: OrderId { record: 3, place: 0 },
        key: "rollout/shop#blue#3.0".into(),
        attempt: 2,
        fence: Epoch(7),
        effect,
        time_out: minutes(1),
        is_in_doubt: false,
        is_wanted: true,
    }
}

#[test]
fn each_order_finds_its_port_with_its_key_its_attempt_and_its_fence() {
    let (deployer, notifier) =
        (Arc::new(FakeDeployer::new().with_failure("smoke")), Arc::new(FakeNotifier::new()));
    let ports = Ports::new(Arc::clone(&deployer) as _);
    let what = Needed::Gate(2);
    let announced = order(Effect::Announce(Announcement::PersonNeeded { what }));
    assert_eq!(block_on(ports.perform(&announced)).unwrap(), Outcome::Done, "nobody is told");
    let ports = ports.with_notifier(Arc::clone(&notifier) as _);
    assert_eq!(block_on(ports.perform(&announced)).unwrap(), Outcome::Done);
    let [told] = &notifier.told()[..] else { panic!("one") };
    assert_eq!((told.key.as_str(), told.attempt, told.fence), ("rollout/shop#blue#3.0", 2, 7));
    assert_eq!(
        (told.words.ja.as_str(), told.words.en.as_str()),
        ("shop#blue：要対応：段階3のゲート", "shop#blue: a person is needed: the gate of stage 3")
    );
    assert_eq!(told.data, r#"{"person_needed":{"what":{"gate":2}}}"#);
    let deaf = FakeNotifier::new().with_failure(PortErrorKind::Unavailable);
    let failed = block_on(ports.clone().with_notifier(Arc::new(deaf)).perform(&announced)).unwrap();
    assert_eq!(failed, Outcome::Failed { why: "the fake was told to fail".into() });

    let run = |name: &str| {
        let part = Part::Next(Next::Prepare(0));
        let (name, time_out) = (name.to_owned(), minutes(1));
        order(Effect::Step { part, name, argv: vec!["x".into()], time_out, is_repeatable: false })
    };
    let found = |order: &Order<Effect>| block_on(ports.find_out(order)).unwrap();
    assert_eq!(found(&run("migrate")), Found::NotDone);
    assert_eq!(block_on(ports.perform(&run("migrate"))).unwrap(), Outcome::Done);
    assert_eq!(found(&run("migrate")), Found::Outcome(Outcome::Done));
    assert_eq!(found(&announced), Found::Unknown);
    let [done] = &deployer.done()[..] else { panic!("one") };
    assert_eq!((done.key.as_str(), done.attempt, done.fence), ("rollout/shop#blue#3.0", 2, Epoch(7)));
    assert!(matches!(&done.effect, Move::Step { argv, is_repeatable: false, .. } if *argv == ["x"]));
    let failed = Outcome::Failed { why: "as it was told".into() };
    assert_eq!(block_on(ports.perform(&run("smoke"))).unwrap(), failed);
}

#[test]
fn a_check_is_measured_by_a_source_of_metrics_where_there_is_one() {
    let clock = Arc::new(FakeClock::new());
    let sample = |value| Sample::new(clock.wall(), value).unwrap();
    let labels = |pod| Labels::from_iter([("pod", pod)]);
    let source = FakeMetricSource::new()
        .with_sample("rate", Labels::default(), sample(0.25))
        .with_sample("by_pod", labels("a"), sample(0.1))
        .with_sample("by_pod", labels("b"), sample(0.2))
        .with_failure("wrong(", PortErrorKind::Invalid);
    let ports = Ports::new(Arc::new(FakeDeployer::new()));
    let read = |ports: &Ports, query: &str| {
        let (name, query, time_out) = ("errors".into(), query.into(), minutes(1));
        let (after, stage, check) = (minutes(0), 0, 0);
        let effect = Effect::Measure { stage, check, name, query, after, time_out };
        match block_on(ports.perform(&order(effect))).unwrap() {
            Outcome::Read(reading) => reading,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(read(&ports, "rate"), Reading::Error { reason: "nothing measures".into() });
    let ports = ports.with_metrics(Arc::new(source), clock as _);
    assert_eq!(read(&ports, "rate"), Reading::Value(0.25));
    assert_eq!(read(&ports, "nothing"), Reading::NoData);
    let Reading::Error { reason } = read(&ports, "by_pod") else { panic!("which of the two?") };
    assert!(reason.contains("2 series where one is meant"), "{reason}");
    let wrong = Reading::Error {
        reason: "fake: range query failed: the request is wrong: the fake was told to fail".into(),
    };
    assert_eq!(read(&ports, "wrong("), wrong);
}

/// Its one metric was measured at that moment, and stands until it is measured again.
#[derive(Debug)]
struct Standing(DateTime<Utc>);

#[async_trait]
impl MetricSource for Standing {
    async fn range(&self, query: &str, grid: Grid) -> Result<MetricAnswer, PortError> {
        self.range_within(query, grid, minutes(5)).await
    }

    async fn range_within(&self, _: &str, grid: Grid, age: TimeDelta) -> Result<MetricAnswer, PortError> {
        let mut series = Series::new(Labels::default(), grid);
        for at in grid.instants().filter(|at| *at >= self.0 && *at - self.0 <= age) {
            series.insert(Sample::new(at, 0.25).unwrap()).unwrap();
        }
        Ok(MetricAnswer::new(vec![series], Vec::new()))
    }
}

#[test]
fn what_was_measured_before_a_stage_began_is_no_evidence_of_it() {
    let clock = Arc::new(FakeClock::new());
    let measured = Arc::new(Standing(clock.wall()));
    let ports = Ports::new(Arc::new(FakeDeployer::new())).with_metrics(measured, Arc::clone(&clock) as _);
    let read = |key: &str, after| {
        let (name, query, time_out) = ("errors".into(), "rate".into(), minutes(1));
        let effect = Effect::Measure { stage: 0, check: 0, name, query, after, time_out };
        block_on(ports.perform(&Order { key: key.into(), ..order(effect) })).unwrap()
    };
    let (stale, fresh) = (Outcome::Read(Reading::NoData), Outcome::Read(Reading::Value(0.25)));
    clock.advance(minutes(2));
    // It began a minute after the sample, as its first measurement is due after a minute.
    assert_eq!(read("rollout/shop#3.0", minutes(1)), stale);
    clock.advance(minutes(1));
    assert_eq!(read("rollout/shop#3.0", minutes(1)), stale, "nor has the sample become newer");
    assert_eq!(read("rollout/shop#4.0", minutes(3)), fresh, "another one began with the sample");
    clock.advance(minutes(1));
    assert_eq!(read("rollout/shop#4.0", minutes(3)), fresh, "and it is still of that stage");
}
