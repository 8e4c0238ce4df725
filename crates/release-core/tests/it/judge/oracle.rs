//! Held against SciPy and NumPy.

use super::{compare, independent, level, rules};
use serde_json::Value;
use std::collections::BTreeMap;
use toban_release_core::judge::{
    AcaJudged, AcaLabel, AcaRules, AcaScored, CompareRules, Level, ScoreLimits, score,
};

fn answers(name: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("../../oracle/judge.json")).unwrap();
    all[name].as_array().unwrap().clone()
}

fn points(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|point| point.as_f64().unwrap_or(f64::NAN)).collect()
}

fn is_near(one: f64, other: f64, relative: f64) -> bool {
    (one - other).abs() <= relative * one.abs().max(other.abs()).max(1e-300)
}

#[test]
fn metrics_get_the_labels_intervals_and_effects_of_the_other_judge() {
    let mut seen = BTreeMap::new();
    for case in answers("aca") {
        let rules: AcaRules = serde_json::from_value(case["rules"].clone()).unwrap();
        let judged = rules.judge(&points(&case["baseline"]), &points(&case["candidate"]));
        let label: AcaLabel = serde_json::from_value(case["label"].clone()).unwrap();
        *seen.entry(label).or_insert(0) += 1;
        assert_eq!(judged.label, label, "{case}");
        assert_eq!(judged.is_critical, case["is_critical"].as_bool().unwrap(), "{case}");
        match (judged.interval, case["interval"].as_array()) {
            (None, None) => {}
            (Some((lower, upper, estimate)), Some(expected)) => {
                for (ours, theirs) in [lower, upper, estimate].into_iter().zip(expected) {
                    let theirs = theirs.as_f64().unwrap();
                    assert!((ours - theirs).abs() <= 1e-6 * theirs.abs().max(1.0), "{ours} {theirs} {case}");
                    // On the scale of the metric as well.
                    assert!(is_near(ours, theirs, 1e-6) || theirs.abs() < 1e-9, "{ours} {theirs} {case}");
                }
            }
            other => panic!("{other:?} {case}"),
        }
        if case["interval"].is_array() {
            match (judged.effect, case["effect"].as_f64()) {
                (None, None) => {}
                (Some(ours), Some(theirs)) => assert!(is_near(ours, theirs, 1e-12), "{ours} {theirs} {case}"),
                other => panic!("{other:?} {case}"),
            }
        }
    }
    let enough = |label: AcaLabel, least: i32| assert!(seen[&label] >= least, "{seen:?}");
    enough(AcaLabel::Pass, 50);
    enough(AcaLabel::High, 15);
    enough(AcaLabel::Low, 15);
    enough(AcaLabel::Nodata, 2);
    enough(AcaLabel::NodataFailMetric, 2);
}

#[test]
fn the_interval_that_a_user_printed_comes_out_to_its_last_digits() {
    let rules = AcaRules { allowed_increase: Some(level(1.05)), ..AcaRules::netflix() };
    let candidate = [100.0, 100.0, 100.0, 100.0, 100.0, 100.0, 100.0, 1.0, 1.0, 1.0];
    let judged = rules.judge(&[1.0; 10], &candidate);
    let (lower, upper, estimate) = judged.interval.unwrap();
    assert!(is_near(lower, 6.825_022_991_538_781e-5, 1e-13), "{lower}");
    assert!(
        is_near(upper, 99.0, 1e-15) && is_near(estimate, 98.999_929_041_701_93, 1e-14),
        "{upper} {estimate}"
    );
    assert_eq!((judged.label, judged.effect), (AcaLabel::Pass, Some(70.3)));
    // One more point, and it is seen.
    let mut more = candidate;
    more[7] = 100.0;
    assert_eq!(rules.judge(&[1.0; 10], &more).label, AcaLabel::High);
}

#[test]
fn scores_are_those_of_the_other_judge() {
    for case in answers("scores") {
        let metric = |metric: &Value| {
            AcaScored {
            groups: serde_json::from_value(metric["groups"].clone()).unwrap(),
            is_muted: metric["is_muted"].as_bool().unwrap(),
            judged: serde_json::from_value::<AcaJudged>(serde_json::json!({
                "label": metric["label"], "is_critical": metric["is_critical"], "interval": null, "effect": null
            }))
            .unwrap(),
        }
        };
        let metrics: Vec<_> = case["metrics"].as_array().unwrap().iter().map(metric).collect();
        let weights: BTreeMap<String, Level> = serde_json::from_value(case["weights"].clone()).unwrap();
        let scored = score(&metrics, &weights, ScoreLimits::orca());
        assert!((scored.score - case["score"].as_f64().unwrap()).abs() < 1e-9, "{} {case}", scored.score);
        assert_eq!(serde_json::to_value(scored.label).unwrap(), case["label"], "{case}");
    }
}

#[test]
fn chances_estimates_and_inflations_are_those_of_scipy() {
    // With such a risk all ways are counted almost always.
    let free = compare(CompareRules { false_fail: level(0.45), ..independent() });
    let guarded = compare(rules());
    let (mut exact, mut unlimited) = (0, 0);
    for case in answers("compare") {
        let (baseline, candidate) = (points(&case["baseline"]), points(&case["candidate"]));
        let comparison = free.judge(&baseline, &candidate, 1);
        let normal = case["normal"].as_f64().unwrap();
        let chance = comparison.chance.unwrap();
        if normal > comparison.risk {
            // All ways would decide nothing.
            assert!(is_near(chance, normal, 1e-9), "{chance} {normal} {case}");
        } else if let Some(ways) = case["exact"].as_f64() {
            exact += 1;
            assert!(is_near(chance, normal.max(ways), 1e-9), "{chance} {normal} {ways} {case}");
        } else {
            assert!(chance >= normal * (1.0 - 1e-9), "{chance} {normal} {case}");
        }
        let estimate = case["estimate"].as_f64().unwrap();
        assert!((comparison.shift.unwrap().estimate - estimate).abs() < 1e-9, "{comparison:?} {estimate}");

        let comparison = guarded.judge(&baseline, &candidate, 1);
        match (comparison.inflation, case["inflation"].as_f64()) {
            (None, None) => unlimited += 1,
            (Some(ours), Some(theirs)) => assert!(is_near(ours, theirs, 1e-4), "{ours} {theirs} {case}"),
            other => panic!("{other:?} {case}"),
        }
    }
    assert!(exact > 30 && unlimited > 5, "{exact} {unlimited}");
}
