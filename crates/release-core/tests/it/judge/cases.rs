//! Cases that users reported, and what cannot be told.

use super::{compare, independent, level, number, rules};
use proptest::prelude::*;
use serde_json::json;
use toban_release_core::analysis::CheckPhase;
use toban_release_core::analysis::Measured;
use toban_release_core::judge::{
    AcaJudged, AcaLabel, AcaRules, Allowed, Because, Compare, CompareRules, Compared, Direction, Ground,
    Judge, Level, Looks, NanStrategy, Outbreak, Reading, ScoreLabel, ScoreLimits, Shift, Side, Spread, Tail,
};

const BURST: [f64; 10] = [100.0, 100.0, 100.0, 100.0, 100.0, 100.0, 100.0, 1.0, 1.0, 1.0];
const SPARSE: [f64; 6] = [0.0, 1.0, 2.0, 1.0, 0.0, 0.0];
const WILD: [f64; 15] =
    [1.0, 100.0, 4.0, 101.0, 5.0, 102.0, 6.0, 103.0, 7.0, 104.0, 8.0, 105.0, 9.0, 106.0, 17.0];
const CALM: [f64; 15] =
    [10.0, 10.1, 10.2, 10.3, 10.4, 10.5, 10.6, 17.0, 17.1, 17.2, 17.3, 17.4, 17.5, 17.6, 17.7];

fn outbreak(points: u32) -> Option<Outbreak> {
    Some(Outbreak { factor: level(10.0), points: number(points) })
}

#[test]
fn seven_of_ten_points_at_a_hundred_times_the_baseline_fail() {
    assert_eq!(AcaRules::netflix().judge(&[1.0; 10], &BURST).label, AcaLabel::Pass);
    // The middle of the ranks does not prove it, the points beyond do where they do not go together; whoever names an
    // outbreak need not know that.
    let free = compare(independent()).judge(&[1.0; 10], &BURST, 1);
    assert_eq!(free.compared, Compared::Undecided);
    let seen = compare(CompareRules { tail: Tail::Watched, ..independent() }).judge(&[1.0; 10], &BURST, 1);
    let Because::Tail { side: Side::Above, points: 7, chance } = seen.because else { panic!("{seen:?}") };
    assert!((chance - 286.0 / 184_756.0).abs() < 1e-12, "{chance}");
    let seen = compare(CompareRules { outbreak: outbreak(3), ..rules() }).judge(&[1.0; 10], &BURST, 1);
    assert_eq!((seen.compared, seen.because), (Compared::Fail, Because::Outbreak { points: 7, limit: 10.0 }));
    // Seven points that come in one row may be one event: without either it is not passed, but asked about.
    let guarded = compare(CompareRules { tail: Tail::Watched, ..rules() });
    assert_eq!(guarded.judge(&[1.0; 10], &BURST, 1).compared, Compared::Undecided);
}

#[test]
fn errors_where_the_baseline_has_none_fail_where_an_outbreak_is_named() {
    assert_eq!(AcaRules::netflix().judge(&[0.0; 6], &SPARSE).label, AcaLabel::Pass);
    let named = compare(CompareRules { outbreak: outbreak(3), ..rules() });
    assert_eq!(named.judge(&[0.0; 6], &SPARSE, 1).compared, Compared::Fail);
    assert_eq!(named.judge(&[0.0; 6], &[0.0, 1.0, 0.0, 1.0, 0.0, 0.0], 1).compared, Compared::Undecided);
    // Three of twelve points, all on one side, are no proof: 20 of 220 ways by chance alone.
    let at = |risk| {
        compare(CompareRules { false_fail: level(risk), ..independent() }).judge(&[0.0; 6], &SPARSE, 1)
    };
    assert_eq!([0.0909, 0.091].map(|risk| at(risk).compared), [Compared::Undecided, Compared::Fail]);
    assert!((at(0.2).chance.unwrap() - 20.0 / 220.0).abs() < 1e-12);
}

#[test]
fn another_spread_fails_where_the_spread_is_looked_at() {
    assert_eq!(AcaRules::netflix().judge(&WILD, &CALM).label, AcaLabel::Pass);
    let spread = |direction| Some(Spread { direction, allowed: level(0.5) });
    let either = CompareRules { spread: spread(Direction::Either), ..independent() };
    let seen = compare(either.clone()).judge(&WILD, &CALM, 1);
    assert!(matches!(seen.because, Because::Spread { side: Side::Below, .. }), "{seen:?}");
    let seen = compare(either).judge(&CALM, &WILD, 1);
    assert!(matches!(seen.because, Because::Spread { side: Side::Above, .. }), "{seen:?}");
    // A smaller one is no harm to who only asks for a larger.
    let wider = compare(CompareRules { spread: spread(Direction::Increase), ..independent() });
    assert_ne!(wider.judge(&WILD, &CALM, 1).compared, Compared::Fail);
    // Although neighbours may go together.
    let guarded = compare(CompareRules { spread: spread(Direction::Either), ..rules() });
    assert_eq!(guarded.judge(&WILD, &CALM, 1).compared, Compared::Fail);
}

#[test]
fn few_points_are_held_however_far_they_lie() {
    let compare = compare(independent());
    for (n, m) in [(0_u32, 0_u32), (2, 2), (3, 3), (4, 4), (3, 100), (100, 3)] {
        let candidate: Vec<f64> = (0..n).map(|point| 1e6 + f64::from(point)).collect();
        let baseline: Vec<f64> = (0..m).map(|point| 1.0 + f64::from(point) * 1e-3).collect();
        let seen = compare.judge(&baseline, &candidate, 1);
        assert_eq!(seen.compared, Compared::Undecided);
        assert_eq!(seen.because, Because::TooFew { points: usize::try_from(n.min(m)).unwrap(), needed: 5 });
    }
}

#[test]
fn what_is_no_number_never_passes_a_comparison() {
    for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut points = [1.0; 40];
        points[7] = odd;
        for (baseline, candidate) in [(points, [1.0; 40]), ([1.0; 40], points)] {
            let seen = compare(independent()).judge(&baseline, &candidate, 1);
            assert_eq!(
                (seen.compared, seen.because),
                (Compared::Undecided, Because::NotFinite { points: 1 })
            );
        }
    }
    assert_eq!(AcaRules::netflix().judge(&[1.0, 2.0], &[f64::INFINITY]).label, AcaLabel::Error);
}

#[test]
fn two_that_stand_still_pass_where_the_new_one_is_no_worse() {
    let at =
        |baseline: f64, candidate: f64| compare(rules()).judge(&[baseline; 8], &[candidate; 8], 1).compared;
    assert_eq!(at(0.0, 0.0), Compared::Pass);
    assert_eq!(at(5.0, 5.0), Compared::Pass);
    assert_eq!(at(5.0, 4.0), Compared::Pass);
    assert_eq!(at(5.0, 5.2), Compared::Pass);
    assert_eq!(at(5.0, 9.0), Compared::Fail);
    assert_eq!(at(0.0, 1e-9), Compared::Fail);
    let absolute = Allowed { relative: level(0.1), absolute: Some(level(0.5)) };
    let some = compare(CompareRules { allowed: absolute, ..rules() });
    assert_eq!(some.judge(&[0.0; 8], &[0.2; 8], 1).compared, Compared::Pass);
}

#[test]
fn a_direction_sees_its_own_harm_alone() {
    let (low, high): (Vec<f64>, Vec<f64>) =
        (0..40).map(|point| (f64::from(point * 7 % 40) + 100.0, f64::from(point * 11 % 40) + 200.0)).unzip();
    let of = |direction, baseline: &[f64], candidate: &[f64]| {
        compare(CompareRules { direction, ..independent() }).judge(baseline, candidate, 1).compared
    };
    assert_eq!(of(Direction::Increase, &low, &high), Compared::Fail);
    assert_eq!(of(Direction::Decrease, &low, &high), Compared::Pass);
    assert_eq!(of(Direction::Either, &low, &high), Compared::Fail);
    assert_eq!(of(Direction::Increase, &high, &low), Compared::Pass);
    assert_eq!(of(Direction::Decrease, &high, &low), Compared::Fail);
    assert_eq!(of(Direction::Either, &high, &low), Compared::Fail);
}

#[test]
fn the_shift_is_an_exact_difference_of_two_points_with_the_places_that_the_risk_allows() {
    // Without guard, for n = m = 30: 2.326 deviations of 67.6 leave 292 differences beyond each end.
    let x: Vec<f64> = (0..30).map(|point| f64::from(point * 17 % 30).powi(2)).collect();
    let y: Vec<f64> = (0..30).map(|point| f64::from(point * 13 % 30) * 3.5).collect();
    let mut all: Vec<f64> = x.iter().flat_map(|x| y.iter().map(move |y| x - y)).collect();
    all.sort_by(f64::total_cmp);
    let seen = compare(independent()).judge(&y, &x, 1).shift.unwrap();
    let middle = all[449] + (all[450] - all[449]) / 2.0;
    assert_eq!((seen.estimate, seen.lower, seen.upper), (middle, Some(all[292]), Some(all[899 - 292])));
    // Five and five exclude nothing at a risk of 1/1000.
    let careful = CompareRules { false_fail: level(0.001), ..independent() };
    let Shift { lower, upper, .. } = compare(careful).judge(&y[..5], &x[..5], 1).shift.unwrap();
    assert_eq!((lower, upper), (None, None));
}

#[test]
fn metrics_and_looks_share_the_risk() {
    let points = [1.0; 8];
    let risk = |rules: CompareRules, look| compare(rules).judge(&points, &points, look).risk;
    let close = |one: f64, other: f64| assert!((one - other).abs() < 1e-15, "{one} {other}");
    close(risk(rules(), 1), 0.01);
    close(
        risk(CompareRules { metrics: number(5), looks: Looks::AtMost(number(4)), ..rules() }, 3),
        0.01 / 20.0,
    );
    close(risk(CompareRules { direction: Direction::Either, ..rules() }, 1), 0.005);
    // After the last look that was named there is no risk left.
    close(risk(rules(), 2), 0.0);
    let endless = CompareRules { looks: Looks::Endless, ..rules() };
    let all: f64 = (1..10_000).map(|look| risk(endless.clone(), look)).sum();
    assert!(all < 0.01 && all > 0.0099, "{all}");
}

#[test]
fn rules_that_compare_nothing_are_refused() {
    assert!(Compare::new(rules()).is_ok());
    let nothing = Allowed { relative: level(0.0), absolute: None };
    for refused in [
        CompareRules { allowed: nothing, ..rules() },
        CompareRules { false_fail: level(0.0), ..rules() },
        CompareRules { false_fail: level(0.5), ..rules() },
        CompareRules { false_pass: level(-0.1), ..rules() },
        CompareRules { min_points: 4, ..rules() },
        CompareRules { outbreak: Some(Outbreak { factor: level(0.9), points: number(1) }), ..rules() },
        CompareRules {
            spread: Some(Spread { direction: Direction::Either, allowed: level(-0.1) }),
            ..rules()
        },
    ] {
        assert!(Compare::new(refused.clone()).is_err(), "{refused:?}");
        assert!(serde_json::from_value::<Compare>(serde_json::to_value(refused).unwrap()).is_err());
    }
    for value in [f64::NAN, f64::INFINITY] {
        assert!(Level::new(value).is_err());
    }
    assert!(ScoreLimits::new(level(50.0), level(75.0)).is_err());
    assert!(serde_json::from_value::<ScoreLimits>(json!({ "pass": 101.0, "marginal": 50.0 })).is_err());
}

#[test]
fn a_judge_that_cannot_read_an_answer_reports_an_error() {
    let compare = Judge::Compare(compare(rules()));
    let seen = compare.judge(&Reading::Value(1.0), 1);
    assert_eq!((seen.measured, seen.ground), (Measured::Error, Ground::Unreadable));
    assert_eq!(compare.judge(&Reading::NoData, 1).measured, Measured::NoData);
    let samples = Reading::Samples { baseline: vec![5.0; 9], candidate: vec![5.0; 9] };
    assert_eq!(compare.judge(&samples, 1).measured, Measured::Success);
    assert_eq!(Judge::Aca(AcaRules::netflix()).judge(&samples, 1).measured, Measured::Success);
    let down = Reading::Error { reason: "503".into() };
    assert_eq!(compare.judge(&down, 1).measured, Measured::Error);
}

#[test]
fn labels_become_measurements_and_scores_phases_as_their_readers_have_it() {
    let measured = [AcaLabel::Pass, AcaLabel::High, AcaLabel::Low, AcaLabel::Nodata, AcaLabel::Error];
    let expected =
        [Measured::Success, Measured::Failure, Measured::Failure, Measured::NoData, Measured::Error];
    assert_eq!(measured.map(AcaLabel::measured), expected);
    assert_eq!(AcaLabel::NodataFailMetric.measured(), Measured::Failure);

    let limits = ScoreLimits::orca();
    let labels = [75.0, 74.99, 50.0, 49.99].map(|score| limits.label(score));
    assert_eq!(labels, [ScoreLabel::Pass, ScoreLabel::Marginal, ScoreLabel::Marginal, ScoreLabel::Fail]);
    // Exactly marginal fails a run of Orca; the last run must pass.
    assert_eq!(limits.orca_runs(&[], 3), CheckPhase::Pending);
    assert_eq!(limits.orca_runs(&[80.0, 50.0], 3), CheckPhase::Failed);
    assert_eq!(limits.orca_runs(&[80.0, 51.0], 3), CheckPhase::Running);
    assert_eq!(limits.orca_runs(&[80.0, 51.0, 74.0], 3), CheckPhase::Failed);
    assert_eq!(limits.orca_runs(&[51.0, 51.0, 75.0], 3), CheckPhase::Successful);
    assert_eq!(limits.orca_runs(&[f64::NAN], 3), CheckPhase::Failed);
    // Argo Rollouts cuts a score to a whole number first.
    let limits = ScoreLimits::new(level(94.5), level(75.5)).unwrap();
    let phases = [94.9, 95.0, 75.9, 76.0].map(|score| limits.argo_rollouts(score));
    assert_eq!(
        phases,
        [CheckPhase::Inconclusive, CheckPhase::Successful, CheckPhase::Failed, CheckPhase::Inconclusive]
    );
}

#[test]
fn what_the_configuration_of_a_metric_leaves_out_is_what_it_says_for_nothing() {
    let outlier = [10.0, 10.1, 10.2, 10.3, 10.4, 500.0];
    let baseline = [10.0, 10.15, 10.2, 10.3, 10.4, 10.5];
    let kept = AcaRules::netflix().judge(&baseline, &outlier).effect.unwrap();
    let without = AcaRules::netflix().without_outliers().judge(&baseline, &outlier).effect.unwrap();
    assert!(kept > 8.0 && without < 1.0, "{kept} {without}");
    let gaps = AcaRules { nan: NanStrategy::Replace, ..AcaRules::netflix() };
    let AcaJudged { label, interval, .. } = gaps.judge(&[f64::NAN; 5], &[3.0; 5]);
    assert_eq!((label, interval), (AcaLabel::High, Some((3.0, 3.0, 3.0))));
}

fn samples() -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
    let sample = || prop::collection::vec((0..40_u32).prop_map(f64::from), 5..40);
    (sample(), sample())
}

proptest! {
    #[test]
    fn no_unit_changes_a_comparison((baseline, candidate) in samples(), power in -40..40_i32) {
        // Powers of two, so that the factor itself rounds nothing.
        let scaled = |sample: &[f64]| sample.iter().map(|point| point * 2.0_f64.powi(power)).collect::<Vec<_>>();
        let judge = compare(CompareRules {
            spread: Some(Spread { direction: Direction::Either, allowed: level(0.25) }),
            outbreak: outbreak(3),
            tail: Tail::Watched,
            direction: Direction::Either,
            ..rules()
        });
        let (one, other) =
            (judge.judge(&baseline, &candidate, 1), judge.judge(&scaled(&baseline), &scaled(&candidate), 1));
        prop_assert_eq!(one.compared, other.compared);
        prop_assert_eq!(one.inflation, other.inflation);
        prop_assert_eq!(one.chance, other.chance);
        let back = |shift: f64| shift * 2.0_f64.powi(-power);
        let ends = |shift: Shift| [Some(shift.estimate), shift.lower, shift.upper];
        prop_assert_eq!(one.shift.map(ends), other.shift.map(|shift| ends(shift).map(|end| end.map(back))));
    }

    #[test]
    fn a_worse_point_never_lowers_the_chance_that_it_is_chance(
        (baseline, mut candidate) in samples(), place in 0..40_usize, more in 0..40_u32
    ) {
        let judge = compare(independent());
        let before = judge.judge(&baseline, &candidate, 1);
        let place = place % candidate.len();
        candidate[place] += f64::from(more);
        let after = judge.judge(&baseline, &candidate, 1);
        prop_assert!(after.shift.unwrap().estimate >= before.shift.unwrap().estimate);
        if before.compared != Compared::Pass {
            prop_assert_ne!(after.compared, Compared::Pass, "{:?} {:?}", before, after);
        }
    }

    #[test]
    fn the_estimate_is_the_median_of_all_differences((baseline, candidate) in samples()) {
        let mut all: Vec<f64> =
            candidate.iter().flat_map(|x| baseline.iter().map(move |y| x - y)).collect();
        all.sort_by(f64::total_cmp);
        let (low, high) = (all[(all.len() - 1) / 2], all[all.len() / 2]);
        let shift = compare(rules()).judge(&baseline, &candidate, 1).shift.unwrap();
        prop_assert_eq!(shift.estimate.to_bits(), (low + (high - low) / 2.0).to_bits());
    }

    #[test]
    fn no_answer_makes_a_judge_panic(
        baseline in prop::collection::vec(prop::num::f64::ANY, 0..30),
        candidate in prop::collection::vec(prop::num::f64::ANY, 0..30),
        look in 0..9_u32,
    ) {
        let either = CompareRules {
            direction: Direction::Either,
            spread: Some(Spread { direction: Direction::Either, allowed: level(0.0) }),
            outbreak: outbreak(1),
            tail: Tail::Watched,
            ..rules()
        };
        let _ = compare(either).judge(&baseline, &candidate, look);
        let _ = AcaRules::netflix().without_outliers().judge(&baseline, &candidate);
    }
}
