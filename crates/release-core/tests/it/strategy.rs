//! Stages rise to all traffic.

use chrono::TimeDelta;
use proptest::prelude::*;
use toban_release_core::{RollingLimits, Stage, Strategy, StrategyError, StrategyKind, Weight};

fn stage(percent: u8) -> Stage {
    Stage::new("s", Weight::percent(percent).unwrap(), TimeDelta::minutes(5))
}

#[test]
fn the_canary_of_the_documents_goes_in_four_stages() {
    let canary = Strategy::canary(TimeDelta::minutes(5));
    let weights: Vec<_> = canary.stages().iter().map(|stage| stage.weight.as_percent()).collect();
    assert_eq!(weights, [5, 25, 50, 100]);
    assert_eq!(Strategy::new(StrategyKind::Canary, canary.stages().to_vec()), Ok(canary));
}

#[test]
fn presets_are_strategies_that_could_have_been_built_by_hand() {
    let day = TimeDelta::days(1);
    for preset in [Strategy::canary(day), Strategy::five_phases(day), Strategy::blue_green(day, day)] {
        assert_eq!(Strategy::new(preset.kind(), preset.stages().to_vec()), Ok(preset));
    }
    assert_eq!(Strategy::five_phases(day).stages().len(), 5);
}

#[test]
fn stages_that_lead_nowhere_are_refused_with_their_place() {
    let canary =
        |percents: &[u8]| Strategy::new(StrategyKind::Canary, percents.iter().copied().map(stage).collect());
    assert_eq!(canary(&[]).unwrap_err().to_string(), "a strategy needs a stage");
    let error = canary(&[5, 50, 25, 100]).unwrap_err();
    assert_eq!(error.to_string(), "stage 3 has 25 %, which is not above 50 %: stages rise");
    assert_eq!(
        canary(&[5, 50]).unwrap_err().to_string(),
        "the last stage has 50 %: a strategy ends with 100 %"
    );
    assert!(
        matches!(canary(&[0, 100]), Err(StrategyError::NotRising { place: 0, .. })),
        "only a preview is without traffic"
    );
    assert!(Strategy::new(StrategyKind::BlueGreen, vec![stage(0), stage(100)]).is_ok());
    let soak = Stage { soak: TimeDelta::seconds(-1), ..stage(100) };
    assert!(matches!(
        Strategy::new(StrategyKind::Canary, vec![soak]),
        Err(StrategyError::Soak { place: 0, .. })
    ));
    assert_eq!(
        Weight::percent(101).unwrap_err().to_string(),
        "101 % is more than all traffic: a weight is 0 to 100"
    );
}

#[test]
fn what_is_read_is_checked_as_what_is_built() {
    let canary = Strategy::canary(TimeDelta::minutes(5));
    let text = serde_json::to_string(&canary).unwrap();
    assert_eq!(serde_json::from_str::<Strategy>(&text).unwrap(), canary);
    let down = text.replace("\"weight\":50", "\"weight\":10");
    assert!(serde_json::from_str::<Strategy>(&down).unwrap_err().to_string().contains("stages rise"));
    let past = text.replace("\"weight\":100", "\"weight\":101");
    assert!(
        serde_json::from_str::<Strategy>(&past).unwrap_err().to_string().contains("more than all traffic")
    );
    let unknown = text.replace("\"weight\":5,", "\"weight\":5,\"wieght\":5,");
    assert!(serde_json::from_str::<Strategy>(&unknown).is_err());
}

#[test]
fn a_rolling_update_that_whole_percents_cannot_keep_is_refused() {
    let rolling = |instances, surge| {
        let limits = RollingLimits { surge, unavailable: 0 };
        Strategy::rolling(instances, limits, TimeDelta::seconds(1))
    };
    let error = rolling(1000, 1).unwrap_err();
    assert_eq!(error, StrategyError::Coarse { instances: 1000, batch: 1 });
    assert!(error.to_string().starts_with("1000 instances in batches of 1: one percent of them is more"));
    assert_eq!(rolling(1000, 10).unwrap().stages().len(), 100);
    // Some percents of 250 are two instances, others three.
    assert_eq!(rolling(250, 2).unwrap_err(), StrategyError::Coarse { instances: 250, batch: 2 });
    assert_eq!(rolling(250, 3).unwrap().stages().len(), 100);
    let names: Vec<_> = rolling(3, 1).unwrap().stages().iter().map(|stage| stage.name.clone()).collect();
    assert_eq!(names, ["1 of 3", "2 of 3", "3 of 3"]);
}

#[test]
fn a_strategy_keeps_the_limits_that_it_was_made_for_and_no_others() {
    let limits = RollingLimits { surge: 1, unavailable: 1 };
    let rolling = Strategy::rolling(4, limits, TimeDelta::seconds(1)).unwrap();
    assert_eq!((rolling.limits(), Strategy::canary(TimeDelta::zero()).limits()), (Some(limits), None));
    let text = serde_json::to_string(&rolling).unwrap();
    assert_eq!(serde_json::from_str::<Strategy>(&text).unwrap(), rolling);
    let refused = |this: &str, that: &str| {
        assert!(text.contains(this), "{text}");
        serde_json::from_str::<Strategy>(&text.replace(this, that)).unwrap_err().to_string()
    };
    let error = refused(r#"{"kind":"rolling""#, r#"{"kind":"canary""#);
    assert!(error.starts_with("limits are for a rolling update, not for Canary"), "{error}");
    let error = refused(r#"{"surge":1,"unavailable":1}"#, r#"{"surge":0,"unavailable":0}"#);
    assert!(error.starts_with("a rolling update needs one instance that may be"), "{error}");
    let canary = serde_json::to_string(&Strategy::canary(TimeDelta::zero())).unwrap();
    assert!(!canary.contains("limits"));
}

proptest! {
    #[test]
    fn a_rolling_update_ends_with_all_instances_and_never_moves_more_than_it_may(
        instances in 1..3000_u32, surge in 0..40_u32, unavailable in 0..40_u32,
    ) {
        prop_assume!(surge + unavailable > 0);
        let batch = surge + unavailable;
        let at = |percent: u32| percent * instances / 100;
        let limits = RollingLimits { surge, unavailable };
        match Strategy::rolling(instances, limits, TimeDelta::seconds(1)) {
            Ok(rolling) => {
                let again = Strategy::new(StrategyKind::Rolling, rolling.stages().to_vec()).unwrap();
                prop_assert_eq!(again.stages(), rolling.stages());
                let mut before = 0;
                for stage in rolling.stages() {
                    let done = at(u32::from(stage.weight.as_percent()));
                    prop_assert!(before < done && done - before <= batch, "{} after {}", done, before);
                    prop_assert_eq!(&stage.name, &format!("{done} of {instances}"));
                    before = done;
                }
                prop_assert_eq!(before, instances);
                prop_assert!(instances > 100 || rolling.stages().len() == instances.div_ceil(batch) as usize);
            }
            // Somewhere one percent is more than may change at once.
            Err(error) => {
                prop_assert_eq!(error, StrategyError::Coarse { instances, batch });
                prop_assert!((0..100).any(|percent| at(percent + 1) - at(percent) > batch));
            }
        }
    }

    #[test]
    fn no_instance_or_no_room_is_refused(instances in 0..3_u32) {
        let limits = RollingLimits { surge: 0, unavailable: 0 };
        prop_assert!(Strategy::rolling(instances, limits, TimeDelta::seconds(1)).is_err());
    }
}
