//! All histories up to a length: what the strict rules promise, and where the rules of others fall short.

use super::{ALL, argo, argo_rules, flagger, rules, strict, tally, times, until_end};
use toban_release_core::analysis::{Check, CheckPhase, Measured, MissingData, Moment, overall};

const MOMENTS: [Moment; 2] = [Moment::During, Moment::Ended];

/// Every history up to that length, whatever a controller would do; `None` ends the walk into longer ones.
fn walk(
    letters: &[Measured],
    most: usize,
    history: &mut Vec<Measured>,
    visit: &mut dyn FnMut(&[Measured]) -> bool,
) {
    if !visit(history) || history.len() == most {
        return;
    }
    for letter in letters {
        history.push(*letter);
        walk(letters, most, history, visit);
        history.pop();
    }
}

fn phase(check: &Check, history: &[Measured], moment: Moment) -> CheckPhase {
    check.assess(&tally(check, history), moment).phase
}

/// Strict checks of every kind.
fn kinds() -> Vec<(MissingData, Check)> {
    let missing = [MissingData::Fail, MissingData::Hold, MissingData::Pass];
    let checks = missing
        .map(|missing| [(missing, times(4)), (missing, until_end())].map(|(m, s)| (m, strict(s, rules(m)))));
    checks.into_iter().flatten().collect()
}

#[test]
fn no_history_passes_without_the_successes_that_are_asked_for() {
    for (missing, check) in kinds() {
        let (mut seen, mut passed) = (0, 0);
        walk(&ALL, 8, &mut Vec::new(), &mut |history| {
            for moment in MOMENTS {
                seen += 1;
                if phase(&check, history, moment) == CheckPhase::Successful {
                    passed += 1;
                    let successes = history.iter().filter(|one| **one == Measured::Success).count();
                    assert!(successes >= 2, "{missing:?} {history:?} {moment:?}");
                }
            }
            true
        });
        assert_eq!(seen, 2 * (5_usize.pow(9) - 1) / 4);
        assert!(passed > 1000, "{missing:?}: {passed} histories pass");
    }
}

#[test]
fn what_failed_stays_failed_and_an_error_never_lightens_it() {
    for (missing, check) in kinds() {
        let mut failed = 0;
        walk(&ALL, 7, &mut Vec::new(), &mut |history| {
            for moment in MOMENTS {
                if phase(&check, history, moment) != CheckPhase::Failed {
                    continue;
                }
                for next in ALL {
                    failed += 1;
                    let longer: Vec<_> = history.iter().copied().chain([next]).collect();
                    assert_eq!(phase(&check, &longer, moment), CheckPhase::Failed, "{missing:?} {longer:?}");
                    assert_eq!(
                        phase(&check, &longer, Moment::Ended),
                        CheckPhase::Failed,
                        "{missing:?} {longer:?}"
                    );
                }
            }
            true
        });
        assert!(failed > 10_000);
    }
}

#[test]
fn worse_data_in_place_of_a_success_never_makes_a_check_pass() {
    for (missing, check) in kinds() {
        let mut replaced = 0;
        walk(&ALL, 7, &mut Vec::new(), &mut |history| {
            for moment in MOMENTS {
                let before = phase(&check, history, moment);
                if before == CheckPhase::Successful {
                    continue;
                }
                for (place, _) in history.iter().enumerate().filter(|(_, one)| **one == Measured::Success) {
                    for worse in ALL {
                        let mut history = history.to_vec();
                        history[place] = worse;
                        replaced += 1;
                        let after = phase(&check, &history, moment);
                        assert!(after != CheckPhase::Successful, "{missing:?} {history:?} {moment:?}");
                        if before == CheckPhase::Failed && worse == Measured::Failure {
                            assert_eq!(after, CheckPhase::Failed, "{missing:?} {history:?} {moment:?}");
                        }
                    }
                }
            }
            true
        });
        assert!(replaced > 100_000);
    }
}

#[test]
fn more_bad_data_never_makes_a_check_pass_that_has_ended_otherwise() {
    for (missing, check) in kinds() {
        walk(&ALL, 7, &mut Vec::new(), &mut |history| {
            let before = phase(&check, history, Moment::During);
            if before.is_final() && before != CheckPhase::Successful {
                for bad in ALL.into_iter().filter(|one| *one != Measured::Success) {
                    let longer: Vec<_> = history.iter().copied().chain([bad]).collect();
                    for moment in MOMENTS {
                        let after = phase(&check, &longer, moment);
                        assert_ne!(after, CheckPhase::Successful, "{missing:?} {longer:?} was {before}");
                    }
                }
            }
            true
        });
    }
}

#[test]
fn missing_data_counts_as_a_pass_only_where_that_is_declared_and_never_alone() {
    for (missing, check) in kinds() {
        let mut with_gaps = 0;
        walk(&ALL, 7, &mut Vec::new(), &mut |history| {
            // What it counts as: a failure, or a provider that is down.
            let counts_as = match missing {
                MissingData::Fail => Measured::Failure,
                MissingData::Hold => Measured::Error,
                MissingData::Pass => return true,
            };
            let other = |one: &Measured| if *one == Measured::NoData { counts_as } else { *one };
            let replaced: Vec<_> = history.iter().map(other).collect();
            for moment in MOMENTS {
                assert_eq!(phase(&check, history, moment), phase(&check, &replaced, moment), "{history:?}");
            }
            with_gaps += usize::from(history.contains(&Measured::NoData));
            true
        });
        assert!(with_gaps > 50_000 || missing == MissingData::Pass);
        for moment in MOMENTS {
            assert_ne!(phase(&check, &[Measured::NoData; 7], moment), CheckPhase::Successful);
        }
    }
}

#[test]
fn a_provider_that_is_down_pauses_a_rollout_before_it_ends_the_check() {
    for (missing, check) in kinds() {
        walk(&ALL, 8, &mut Vec::new(), &mut |history| {
            let now = phase(&check, history, Moment::During);
            if now == CheckPhase::Error {
                // Somewhere before it was held, unless it had ended otherwise.
                let passed = (0..history.len()).map(|most| phase(&check, &history[..most], Moment::During));
                let before: Vec<_> = passed.collect();
                assert!(
                    before
                        .iter()
                        .any(|one| *one == CheckPhase::Held || (one.is_final() && *one != CheckPhase::Error)),
                    "{missing:?} {history:?}"
                );
            }
            true
        });
        assert_eq!(phase(&check, &[Measured::Error; 1], Moment::During), CheckPhase::Running);
        assert_eq!(phase(&check, &[Measured::Error; 2], Moment::During), CheckPhase::Held);
        assert_eq!(phase(&check, &[Measured::Error; 3], Moment::Ended), CheckPhase::Held);
        assert_eq!(phase(&check, &[Measured::Error; 4], Moment::During), CheckPhase::Error);
    }
}

#[test]
fn a_verdict_does_not_depend_on_the_order_of_the_checks() {
    let names = ["errors", "latency", "saturation"];
    let check = strict(until_end(), rules(MissingData::Hold));
    let mut assessments = Vec::new();
    walk(&ALL, 4, &mut Vec::new(), &mut |history| {
        for moment in MOMENTS {
            let assessment = check.assess(&tally(&check, history), moment);
            if !assessments.contains(&assessment) {
                assessments.push(assessment);
            }
        }
        true
    });
    assert!(assessments.len() > 10);
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    for a in &assessments {
        for b in &assessments {
            for c in &assessments {
                let all = [(names[0], *a), (names[1], *b), (names[2], *c)];
                let verdicts: Vec<_> =
                    orders.iter().map(|order| overall(order.map(|place| all[place]))).collect();
                assert!(verdicts.iter().all(|one| *one == verdicts[0]));
                let worst = [a, b, c].iter().map(|one| one.phase).max().unwrap();
                assert_eq!(verdicts[0].phase, worst);
                assert!(!verdicts[0].decisive.is_empty());
            }
        }
    }
    assert_eq!(overall([]).phase, CheckPhase::Pending);
}

/// What a controller reaches: it stops to measure once a phase is final. The empty history is one of them.
fn reached(
    check: &Check,
    letters: &[Measured],
    most: usize,
) -> (usize, Vec<Vec<Measured>>, Vec<Vec<Measured>>) {
    let (mut all, mut terminated, mut natural) = (0, Vec::new(), Vec::new());
    walk(letters, most, &mut Vec::new(), &mut |history| {
        all += 1;
        let during = phase(check, history, Moment::During);
        let has_success = history.contains(&Measured::Success);
        if during == CheckPhase::Successful && !has_success {
            natural.push(history.to_vec());
        }
        let ended = phase(check, history, Moment::Ended);
        if !during.is_final() && ended == CheckPhase::Successful && !has_success {
            terminated.push(history.to_vec());
        }
        !during.is_final()
    });
    (all, terminated, natural)
}

/// What Argo Rollouts can measure.
const WITHOUT_GAPS: [Measured; 4] =
    [Measured::Success, Measured::Failure, Measured::Inconclusive, Measured::Error];

#[test]
fn argo_rollouts_passes_120_of_10_325_histories_without_a_success_when_it_is_told_to_end() {
    let (all, terminated, natural) = reached(&argo(times(5), argo_rules(2)), &WITHOUT_GAPS, 9);
    assert_eq!((all, terminated.len(), natural.len()), (10_325, 120, 0));
    assert!(terminated.contains(&super::history("F E E F E E E E")));
    assert!(terminated.contains(&Vec::new()));
}

#[test]
fn argo_rollouts_passes_by_itself_after_five_failures_of_five_where_five_are_borne() {
    let (_, _, natural) = reached(&argo(times(5), argo_rules(5)), &WITHOUT_GAPS, 9);
    assert_eq!(natural.len(), 126);
    assert!(natural.contains(&super::history("FFFFF")));
}

#[test]
fn under_the_strict_rules_no_reached_history_passes_without_a_success() {
    for (missing, check) in kinds() {
        let (all, terminated, natural) = reached(&check, &ALL, 9);
        assert!(all > 1000, "{missing:?}: {all}");
        assert_eq!((terminated.len(), natural.len()), (0, 0), "{missing:?}");
    }
}

#[test]
fn flagger_never_takes_a_failed_check_back_and_never_passes_unseen() {
    let check = flagger(times(3), 2);
    walk(&ALL, 8, &mut Vec::new(), &mut |history| {
        let bad = history.iter().filter(|one| **one != Measured::Success).count();
        for moment in MOMENTS {
            let expected = match (bad, history.len() - bad) {
                (2.., _) => CheckPhase::Failed,
                (_, 3..) => CheckPhase::Successful,
                (0, 0) => CheckPhase::Pending,
                _ => CheckPhase::Running,
            };
            assert_eq!(phase(&check, history, moment), expected, "{history:?}");
        }
        true
    });
}
