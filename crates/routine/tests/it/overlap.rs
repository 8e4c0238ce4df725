//! What becomes of what is due while the task still runs: every small case there is.

use chrono::{DateTime, TimeZone, Utc};
use toban_routine::{Circumstances, Overlap, Standing, Step, WhyRefused};

const POLICIES: [Overlap; 6] = [
    Overlap::AllowAll,
    Overlap::BufferAll,
    Overlap::BufferOne,
    Overlap::CancelOther,
    Overlap::Skip,
    Overlap::TerminateOther,
];

fn at(hour: usize) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 26, u32::try_from(hour).unwrap(), 0, 0).unwrap()
}

fn some(from: usize, count: usize) -> Vec<DateTime<Utc>> {
    (from..from + count).map(at).collect()
}

/// Every policy with up to two that run, three that wait and three that come, cancelled or not, suspended or not, with
/// each limit of lateness.
fn explore(mut check: impl FnMut(Overlap, &Standing, &[DateTime<Utc>], Circumstances, &Step)) -> usize {
    let mut cases = 0;
    for policy in POLICIES {
        for (running, cancelled) in [(0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2)] {
            for waiting in 0..=3 {
                for come in 0..=3 {
                    for is_suspended in [false, true] {
                        for late in [None, Some(2), Some(3), Some(4), Some(6), Some(12)] {
                            let standing = Standing {
                                running: some(0, running),
                                cancelled: some(0, cancelled),
                                waiting: some(2, waiting),
                            };
                            let come = some(6, come);
                            let circumstances = Circumstances { is_suspended, too_late_before: late.map(at) };
                            let step = policy.decide(&standing, &come, circumstances);
                            check(policy, &standing, &come, circumstances, &step);
                            cases += 1;
                        }
                    }
                }
            }
        }
    }
    cases
}

#[test]
fn every_time_starts_waits_or_is_refused_and_none_twice() {
    let cases = explore(|policy, standing, come, circumstances, step| {
        let mut before: Vec<_> = standing.waiting.iter().chain(come).copied().collect();
        let refused = step.refused.iter().map(|(one, _)| *one);
        let mut after: Vec<_> = step.start.iter().chain(&step.waiting).copied().chain(refused).collect();
        before.sort_unstable();
        after.sort_unstable();
        assert_eq!(before, after, "{policy:?} {standing:?} {come:?} {circumstances:?} {step:?}");
        assert!(step.waiting.is_sorted() && step.start.is_sorted());
    });
    assert_eq!(cases, 6 * 6 * 4 * 4 * 2 * 6);
}

#[test]
fn nothing_but_allow_all_runs_beside_anything() {
    explore(|policy, standing, _, _, step| {
        if policy == Overlap::AllowAll {
            return;
        }
        assert!(step.start.len() <= 1, "{policy:?} {step:?}");
        let is_ended = step.terminate == standing.running;
        assert!(step.start.is_empty() || standing.running.is_empty() || is_ended, "{policy:?} {step:?}");
        assert!(step.terminate.is_empty() || policy == Overlap::TerminateOther);
        assert!(step.cancel.is_empty() || policy == Overlap::CancelOther);
        assert!(
            step.cancel.iter().all(|one| !standing.cancelled.contains(one)),
            "nobody is asked twice to end"
        );
    });
}

#[test]
fn an_idle_task_starts_what_is_there_and_nothing_else_stops_it() {
    explore(|policy, standing, come, circumstances, step| {
        let late = |one: &DateTime<Utc>| circumstances.too_late_before.is_some_and(|limit| *one < limit);
        let is_there = standing.waiting.iter().chain(come).any(|one| !late(one));
        let starts = !step.start.is_empty();
        if circumstances.is_suspended {
            assert!(!starts && step.cancel.is_empty() && step.terminate.is_empty());
            let suspended = |(one, why): &(_, _)| come.contains(one) == (*why == WhyRefused::Suspended);
            assert!(step.refused.iter().all(suspended), "{step:?}");
        } else if standing.running.is_empty() {
            assert_eq!(starts, is_there, "{policy:?} {standing:?} {come:?} {circumstances:?}");
        } else if policy == Overlap::CancelOther {
            let all_asked = step.cancel.len() + standing.cancelled.len() == standing.running.len();
            assert!(!is_there || all_asked, "{standing:?} {step:?}");
        }
        assert!(
            step.start.iter().chain(&step.waiting).all(|one| !late(one)),
            "what is too late neither starts nor waits"
        );
    });
}

#[test]
fn who_waits_is_what_the_policy_says() {
    explore(|policy, standing, come, circumstances, step| {
        if circumstances.is_suspended {
            return;
        }
        let late = |one: &DateTime<Utc>| circumstances.too_late_before.is_some_and(|limit| *one < limit);
        let there: Vec<_> = standing.waiting.iter().chain(come).copied().filter(|one| !late(one)).collect();
        let is_idle = standing.running.is_empty();
        let behind = if is_idle { there.get(1..).unwrap_or_default() } else { &there };
        let (waits, why): (Vec<_>, _) = match policy {
            Overlap::AllowAll | Overlap::TerminateOther => (Vec::new(), WhyRefused::Superseded),
            Overlap::BufferAll => (behind.to_vec(), WhyRefused::Full),
            Overlap::BufferOne => (behind.first().copied().into_iter().collect(), WhyRefused::Buffered),
            Overlap::CancelOther if is_idle => (Vec::new(), WhyRefused::Superseded),
            Overlap::CancelOther => (there.last().copied().into_iter().collect(), WhyRefused::Superseded),
            Overlap::Skip => (Vec::new(), WhyRefused::Running),
        };
        assert_eq!(step.waiting, waits, "{policy:?} {standing:?} {come:?}");
        let others = step.refused.iter().filter(|(one, _)| !late(one));
        assert!(others.clone().all(|(_, said)| *said == why), "{policy:?} {step:?}");
        assert!(policy != Overlap::AllowAll || step.start == there);
    });
}

#[test]
fn no_more_than_a_thousand_wait() {
    let come: Vec<_> = (0..1_500).map(|minute| at(0) + chrono::TimeDelta::minutes(minute)).collect();
    let step = Overlap::BufferAll.decide(&Standing::default(), &come, Circumstances::default());
    assert_eq!((step.start.len(), step.waiting.len(), step.refused.len()), (1, Overlap::MOST_WAITING, 499));
    assert!(step.refused.iter().all(|(_, why)| *why == WhyRefused::Full));
}
