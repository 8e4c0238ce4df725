//! With how much traffic checks see: held against exact chances, and against releases that are drawn.

use crate::support::{check, course, minutes, wall};
use chrono::TimeDelta;
use std::collections::BTreeMap;
use std::num::NonZero;
use toban_core::{Confidence, Share, bounds};
use toban_release_core::analysis::{Check, CheckSpec, MissingData, Patience, Rules, Schedule, StrictRules};
use toban_release_core::judge::{
    Allowed, Compare, CompareRules, Direction, Judge, Level, Looks, Points, Reading, Region, Threshold,
};
use toban_release_core::rollout::{Course, Phase};
use toban_release_core::{
    Least, Sight, Signal, SignalError, Stage, Strategy, StrategyKind, Weight, least_traffic, replay,
};

fn level(value: f64) -> Level {
    Level::new(value).unwrap()
}

fn share(part: u64, of: u64) -> Share {
    Share::of(part, of).unwrap()
}

fn sure(percent: &str) -> Confidence {
    Confidence::percent(percent).unwrap()
}

/// Passes below 2 % of errors, measured each minute.
fn errors() -> Check {
    let region = level(0.02);
    let judge = Judge::Threshold(Threshold {
        success: Some(Region::Below(region)),
        failure: Some(Region::AtLeast(region)),
    });
    Check::new(CheckSpec { judge, ..CheckSpec::from(check("errors")) }).unwrap()
}

/// A tenth slower is still well; looked at after 5, 10 and 15 minutes.
fn latency() -> Check {
    let allowed = Allowed { relative: level(0.1), absolute: None };
    let rules = CompareRules {
        points: Points::Independent,
        looks: Looks::AtMost(NonZero::new(3).unwrap()),
        ..CompareRules::cautious(Direction::Increase, allowed)
    };
    Check::new(CheckSpec {
        name: "latency".into(),
        query: "times of both".into(),
        judge: Judge::Compare(Compare::new(rules).unwrap()),
        schedule: Schedule::UntilEnd { interval: minutes(5), after: minutes(5) },
        rules: Rules::Strict(StrictRules {
            min_successes: 1,
            max_failures: 0,
            max_failures_in_row: None,
            max_inconclusive: 5,
            missing: MissingData::Hold,
            patience: Patience { retry: minutes(1), hold_after: 50, abort_after: 99 },
        }),
        stages: Vec::new(),
    })
    .unwrap()
}

/// A stage of that weight and soak, and one with all traffic that nothing soaks in.
fn staged(weight: u8, soak: i64, check: Check) -> Course {
    let stage = |weight, soak| Stage::new("stage", Weight::percent(weight).unwrap(), minutes(soak));
    let strategy = Strategy::new(StrategyKind::Canary, vec![stage(weight, soak), stage(100, 0)]).unwrap();
    Course { strategy, checks: vec![check], preparation: vec![], completion: vec![], ..course() }
}

/// What is said of the first stage.
fn first(course: &Course, signal: Signal, sure: Confidence, per_minute: u64) -> Sight {
    let signals = BTreeMap::from([(course.checks[0].name().to_owned(), signal)]);
    least_traffic(course, &signals, sure, per_minute).unwrap().remove(0)
}

/// The exact chances that a bad version is caught, and that a good one passes, in five measurements of so many requests.
fn exact(requests: u64, good: Share, bad: Share) -> (f64, f64) {
    let fails = requests.div_ceil(50);
    let fails = |part| bounds::binomial_at_least(fails, requests, part);
    (1.0 - (1.0 - fails(bad)).powi(5), (1.0 - fails(good)).powi(5))
}

#[test]
fn for_a_ratio_the_least_is_what_exact_chances_say() {
    for (good, bad, percent) in [
        (share(0, 1), share(1, 20), "90"),
        (share(1, 1_000), share(1, 20), "90"),
        (share(1, 1_000), share(1, 25), "95"),
        (share(1, 100), share(3, 100), "80"),
    ] {
        let asked = percent.parse::<f64>().unwrap() / 100.0;
        let holds = |requests: u64| {
            let (caught, passes) = exact(requests, good, bad);
            caught >= asked && passes >= asked
        };
        let course = staged(25, 5, errors());
        let sight = first(&course, Signal::Ratio { good, bad }, sure(percent), 4_000);
        let Least::PerMinute(least) = sight.least else { panic!("{sight:?}") };
        let (caught, passes) = exact(least, good, bad);
        println!("{good} {bad}: {least} a minute, {caught:.3} caught, {passes:.3} pass");
        assert!(caught >= asked && passes >= asked, "{least}: {caught} {passes}");
        // The true least, above which it always holds; the bound on the draws adds to it.
        let truly = (1..5_000).rev().find(|requests| !holds(*requests)).unwrap() + 1;
        assert!(least * 10 <= truly * 15, "{least}, where {truly} are enough");
        let (caught, passes) = exact(least / 2, good, bad);
        assert!(caught < asked || passes < asked, "half of {least}: {caught} {passes}");
        assert_eq!((sight.given, sight.is_blind()), (1_000, 1_000 < least));
    }
}

/// Draws from a generator of its own: xorshift64 (Marsaglia, 2003).
struct Draw(u64);

impl Draw {
    fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (2.0 * std::f64::consts::PI * self.uniform()).cos()
    }

    /// The mean of so many requests: each one drawn.
    fn mean(&mut self, requests: u64, mean: f64, spread: f64) -> f64 {
        (0..requests).map(|_| mean * (1.0 + spread * self.normal())).sum::<f64>() / requests as f64
    }
}

const RELEASES: u32 = 200;

/// The part of so many releases, followed by the real machine, that end like that; both versions get so many requests a
/// minute.
fn part(course: &Course, draw: &mut Draw, requests: u64, bad: f64, end: impl Fn(Phase) -> bool) -> f64 {
    let ended = (0..RELEASES).filter(|_| {
        let (mut live, mut new) = (Vec::new(), Vec::new());
        let read = |_, at: chrono::DateTime<chrono::Utc>, stage: usize| {
            // Nothing is compared where all traffic goes to one.
            if stage > 0 {
                return Reading::NoData;
            }
            while minutes(new.len() as i64 + 1) <= at - wall(0) {
                live.push(draw.mean(requests, 1.0, 1.0));
                new.push(draw.mean(requests, bad, 1.0));
            }
            Reading::Samples { baseline: live.clone(), candidate: new.clone() }
        };
        end(replay(course, wall(0), wall(20), read).unwrap().end)
    });
    f64::from(u32::try_from(ended.count()).unwrap()) / f64::from(RELEASES)
}

#[test]
fn for_a_comparison_real_releases_are_caught_and_pass_as_often_as_stated_and_with_half_of_it_not() {
    let mut draw = Draw(0x1234_5678_9abc_def1);
    let course = staged(50, 15, latency());
    let signal = Signal::Points { every: minutes(1), spread: level(1.0), bad: level(1.25) };
    let sight = first(&course, signal, sure("90"), 1_000);
    let Least::PerMinute(least) = sight.least else { panic!("{sight:?}") };
    let is_caught = |end| end == Phase::RolledBack;
    let has_passed = |end| matches!(end, Phase::Soaking { stage: 1, .. } | Phase::Done);
    let mut seen = |requests| {
        let caught = part(&course, &mut draw, requests, 1.25, is_caught);
        (caught, part(&course, &mut draw, requests, 1.0, has_passed))
    };
    let (full, half) = (seen(least), seen(least / 2));
    println!("{least} a minute: {full:?}, with half of it {half:?}");
    // What chance takes from it in so many releases: three deviations.
    let few = 0.9 - 3.0 * (0.9_f64 * 0.1 / f64::from(RELEASES)).sqrt();
    assert!(full.0 >= few && full.1 >= few, "{full:?}");
    assert!(half.0 < 0.9 || half.1 < 0.9, "{half:?}");
}

#[test]
fn what_a_bad_version_gets_until_it_is_caught_is_told() {
    let course = staged(25, 5, errors());
    let signal = Signal::Ratio { good: share(0, 1), bad: share(1, 2) };
    let sight = first(&course, signal, sure("90"), 4_000);
    assert_eq!((sight.given, sight.exposed), (1_000, Some(1_000)));
    let blind = Signal::Ratio { good: share(0, 1), bad: share(1, 1_000) };
    assert_eq!(first(&course, blind, sure("90"), 40).exposed, None);
}

#[test]
fn where_no_traffic_is_enough_it_says_so() {
    let ratio = |good, bad| Signal::Ratio { good, bad };
    let fine = ratio(share(0, 1), share(1, 20));
    let least = |course: &Course, signal| first(course, signal, sure("90"), 1_000).least;
    // No time for three successes; a bad version within the limit; a good one beyond it.
    assert_eq!(least(&staged(25, 2, errors()), fine), Least::Never);
    assert_eq!(least(&staged(25, 5, errors()), ratio(share(0, 1), share(1, 100))), Least::Never);
    assert_eq!(least(&staged(25, 5, errors()), ratio(share(1, 30), share(1, 20))), Least::Never);
    // With all traffic there is nothing to compare with.
    let points = Signal::Points { every: minutes(1), spread: level(0.1), bad: level(2.0) };
    let stages = vec![Stage::new("all", Weight::ALL, minutes(15))];
    let all = Course {
        strategy: Strategy::new(StrategyKind::Canary, stages).unwrap(),
        ..staged(25, 15, latency())
    };
    let sight = first(&all, points, sure("90"), 1_000);
    assert_eq!((sight.least, sight.is_blind()), (Least::Never, true));
}

#[test]
fn each_stage_and_check_is_told_and_a_stage_with_little_weight_is_blind_first() {
    let strategy = Strategy::canary(minutes(5));
    let course = Course { checks: vec![errors(), check("other")], strategy, ..course() };
    let signals =
        BTreeMap::from([("errors".to_owned(), Signal::Ratio { good: share(0, 1), bad: share(1, 20) })]);
    let sights = least_traffic(&course, &signals, sure("90"), 100).unwrap();
    let told: Vec<_> = sights.iter().map(|one| (one.stage, one.check.as_str(), one.given)).collect();
    let stages = [(0, 5), (1, 25), (2, 50), (3, 100)];
    let expected =
        stages.iter().flat_map(|(stage, given)| ["errors", "other"].map(|name| (*stage, name, *given)));
    assert_eq!(told, expected.collect::<Vec<_>>());
    assert!(
        sights
            .iter()
            .filter(|one| one.check == "other")
            .all(|one| one.least == Least::Unsaid && !one.is_blind())
    );
    let blind: Vec<_> = sights.iter().filter(|one| one.is_blind()).map(|one| one.stage).collect();
    assert!(
        !blind.is_empty() && blind == (0..blind.len()).collect::<Vec<_>>() && blind.len() < 4,
        "{sights:?}"
    );
    // What is needed does not depend on what is given.
    let more = least_traffic(&course, &signals, sure("90"), 20_000).unwrap();
    assert!(more.iter().all(|one| !one.is_blind()));
    assert_eq!(more[0].least, sights[0].least);
}

#[test]
fn a_signal_that_cannot_be_drawn_is_refused() {
    let course = staged(25, 5, errors());
    let refused = |name: &str, signal| {
        least_traffic(&course, &BTreeMap::from([(name.to_owned(), signal)]), sure("90"), 1).unwrap_err()
    };
    let check = || String::from("errors");
    let points = |every, spread| Signal::Points { every, spread: level(spread), bad: level(2.0) };
    assert_eq!(refused("eror", points(minutes(1), 1.0)), SignalError::NoCheck { check: "eror".into() });
    let zero = TimeDelta::zero();
    assert_eq!(refused("errors", points(zero, 1.0)), SignalError::Every { check: check(), every: zero });
    let spread = SignalError::Spread { check: check(), spread: level(-1.0) };
    assert_eq!(refused("errors", points(minutes(1), -1.0)), spread);
}

#[test]
fn a_check_of_one_stage_needs_no_traffic_in_another() {
    let of = |name: &str| {
        Check::new(CheckSpec { stages: vec![name.to_owned()], ..CheckSpec::from(errors()) }).unwrap()
    };
    let strategy = Strategy::canary(minutes(5));
    let stages: Vec<_> = strategy.stages().iter().map(|stage| stage.name.clone()).collect();
    let course = Course { strategy, checks: vec![of(&stages[1])], ..course() };
    let sights = least_traffic(&course, &BTreeMap::new(), sure("90"), 100).unwrap();
    assert_eq!(sights.iter().map(|sight| sight.stage).collect::<Vec<_>>(), [1]);
}
