//! Which alerts count for an incident, minute by minute.

use crate::support::{minutes, slo, start};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use toban_core::{Interval, Ratio, Share};
use toban_slo::backtest::{
    Aspect, Backtest, Edge, Incident, IncidentOutcome, Score, backtest, compare, find_incidents,
};
use toban_slo::{
    AlertPolicy, AlertRule, Comparison, Condition, Counts, Episode, Severity, Slo, Tally, Window,
};

fn tight() -> Slo {
    slo("99.9", Window::rolling_days(1))
}

/// A rule that fires at the end of each minute in which at least so many of 1,000 are bad, and resolves at the end of
/// the first other one.
fn minutely(name: &str, severity: Severity, bad: u64) -> AlertRule {
    let long = minutes(1);
    let condition =
        Condition::BurnRate { comparison: Comparison::AtLeast, factor: bad.into(), long, short: None };
    AlertRule::new(name, severity, condition)
}

fn policy(rules: impl IntoIterator<Item = AlertRule>) -> AlertPolicy {
    rules.into_iter().fold(AlertPolicy::new(), |policy, rule| policy.with_rule(&tight(), rule).unwrap())
}

fn day(bad: impl Fn(i64) -> u64) -> Counts {
    let mut counts = Counts::per_minute(start());
    for minute in 0..1440 {
        counts.add(at(minute), Tally::from_bad(bad(minute), 1000).unwrap()).unwrap();
    }
    counts
}

fn at(minute: i64) -> DateTime<Utc> {
    start() + minutes(minute)
}

/// One that names the SLO, and so is never set aside as untouched.
fn incident(from: i64, to: i64) -> Incident {
    anywhere(from, to).with_slos(["other", tight().name()])
}

/// One that names none.
fn anywhere(from: i64, to: i64) -> Incident {
    Incident::labelled(Interval::new(at(from), at(to)).unwrap(), format!("{from} to {to}"))
}

fn test(policy: &AlertPolicy, counts: &Counts, incidents: &[Incident], tolerance: i64) -> Backtest {
    backtest(&tight(), policy, counts, incidents, minutes(tolerance)).unwrap()
}

/// Each thousandth of a minute that is bad spends this part of the budget.
fn part(bad: u128) -> Ratio {
    Ratio::new(bad, 1440).unwrap()
}

#[test]
fn an_alert_counts_from_the_start_of_an_incident_to_the_end_of_the_tolerance_and_not_a_minute_longer() {
    let page = policy([minutely("page", Severity::Page, 500)]);
    // It fires at 100, and is over at 101.
    let counts = day(|minute| if minute == 99 { 900 } else { 0 });
    for (from, to, tolerance, outcome) in [
        (90, 110, 0, IncidentOutcome::Detected),
        (90, 110, -15, IncidentOutcome::Detected),
        (100, 110, 0, IncidentOutcome::Detected),
        (101, 110, 0, IncidentOutcome::Missed),
        (90, 100, 0, IncidentOutcome::Detected),
        (90, 99, 0, IncidentOutcome::Missed),
        (30, 40, 60, IncidentOutcome::Detected),
        (30, 40, 59, IncidentOutcome::Missed),
    ] {
        let found = test(&page, &counts, &[incident(from, to)], tolerance);
        assert_eq!(found.incidents[0].outcome(), outcome, "{from} to {to}, {tolerance}");
        let is_detected = outcome == IncidentOutcome::Detected;
        assert_eq!(found.score.true_calls, usize::from(is_detected), "{from} to {to}, {tolerance}");
        assert_eq!(found.rules[0].for_incidents, usize::from(is_detected));
    }
}

#[test]
fn an_alert_that_came_and_went_during_the_incident_detected_it() {
    let page = policy([minutely("page", Severity::Page, 500)]);
    let counts = day(|minute| if (100..110).contains(&minute) { 900 } else { 0 });
    let found = test(&page, &counts, &[incident(95, 200)], 0);
    assert_eq!(found.incidents[0].first.as_ref().unwrap().after, minutes(6));
    assert_eq!(found.incidents[0].reset_after, Some(TimeDelta::zero()));
    assert_eq!((found.score.recall, found.score.precision), (Some(Share::ALL), Some(Share::ALL)));
    assert_eq!(found.score.time_firing, Ratio::new(10, 1440).unwrap());
}

#[test]
fn an_alert_that_fired_before_the_incident_neither_detects_nor_misses_it() {
    let both = policy([
        minutely("ticket", Severity::Ticket, 10),
        minutely("page", Severity::Page, 100),
        minutely("loud", Severity::Page, 500),
    ]);
    // The ticket fires from 50 on, a page from 60 on; what comes at 100 makes the loud one fire at 101.
    let counts = |worst: u64| {
        day(move |minute| match minute {
            49..59 => 20,
            59..100 | 110..120 => 200,
            100..110 => worst,
            _ => 0,
        })
    };
    let found = test(&both, &counts(600), &[incident(100, 110)], 0);
    let [result] = &found.incidents[..] else { panic!("one incident") };
    assert_eq!(result.outcome(), IncidentOutcome::Detected);
    let first = result.first.as_ref().unwrap();
    assert_eq!((first.rule.as_str(), first.after, first.budget_gone), ("loud", minutes(1), Some(part(600))));
    let already = result.already_firing.as_ref().unwrap();
    assert_eq!((already.rule.as_str(), already.severity, already.since), ("page", Severity::Page, at(60)));
    // It is over when the loud one is; the other two go on, and had not fired for it.
    assert_eq!(result.reset_after, Some(minutes(1)));
    // From 50 to 121, however many alerts fired at once.
    assert_eq!(found.score.time_firing, Ratio::new(71, 1440).unwrap());

    let found = test(&both, &counts(200), &[incident(100, 110), incident(300, 310)], 0);
    assert_eq!(found.incidents[0].outcome(), IncidentOutcome::AlreadyFiring);
    assert_eq!((found.incidents[0].reset_after, found.score.mean_reset), (None, None));
    assert_eq!(found.incidents[1].outcome(), IncidentOutcome::Missed);
    let score = &found.score;
    assert_eq!((score.incidents, score.detected, score.already_firing, score.missed()), (2, 0, 1, 1));
    assert_eq!((score.recall, score.precision), (Some(Share::NONE), Some(Share::NONE)));
    // Nobody was called for either: both count with all that they spent.
    assert_eq!(score.mean_budget_gone, Some(part(1000)));
    assert_eq!(score.mean_detection, None);
}

#[test]
fn an_alert_that_resolves_as_the_incident_begins_was_not_firing_then() {
    let page = policy([minutely("page", Severity::Page, 500)]);
    let counts = day(|minute| if minute == 99 { 900 } else { 0 });
    let found = test(&page, &counts, &[incident(101, 110)], 0);
    assert_eq!(found.incidents[0].already_firing, None);
    assert_eq!(found.incidents[0].outcome(), IncidentOutcome::Missed);
}

/// The law behind the words: what always fires says nothing.
#[test]
fn a_rule_that_always_fires_detects_nothing_and_its_call_is_in_vain() {
    let always = policy([minutely("always", Severity::Page, 1)]);
    let counts = day(|minute| if minute % 200 > 190 { 900 } else { 2 });
    let incidents: Vec<_> = (0..7).map(|place| incident(place * 200 + 191, place * 200 + 200)).collect();
    let score = test(&always, &counts, &incidents, 30).score;
    assert_eq!((score.detected, score.already_firing, score.missed()), (0, 7, 0));
    assert_eq!((score.recall, score.precision), (None, Some(Share::NONE)));
    assert_eq!(score.time_firing, Ratio::new(1439, 1440).unwrap());
    // Outside the incidents and the half hour after each; the last of these ends in the record.
    assert_eq!(score.time_outside, Ratio::new(1439 - 7 * 39, 1440).unwrap());
    assert_eq!(score.time_in_vain, score.time_outside);
    // In full, as if nobody had ever been called.
    assert_eq!(score.mean_budget_gone, Some(part(9 * 900)));
    assert_eq!((score.mean_detection, score.mean_reset), (None, None));

    let sharp = policy([minutely("sharp", Severity::Page, 500)]);
    let score = test(&sharp, &counts, &incidents, 30).score;
    assert_eq!((score.recall, score.precision), (Some(Share::ALL), Some(Share::ALL)));
}

#[test]
fn means_are_of_the_incidents_that_they_speak_of() {
    let page = policy([minutely("page", Severity::Page, 500)]);
    // Detected after 1 and 11 minutes, over after 1 and 6; the third is too small to be seen.
    let counts = day(|minute| match minute {
        100..120 | 310..335 => 600,
        1000..1010 => 100,
        _ => 0,
    });
    let incidents = [incident(100, 120), incident(300, 330), incident(1000, 1010)];
    let score = test(&page, &counts, &incidents, 0).score;
    assert_eq!(score.mean_detection, Some(minutes(6)));
    assert_eq!(score.mean_reset, Some(TimeDelta::seconds(210)));
    // 600 and 600 at the first alert, and all 1,000 of the missed one.
    assert_eq!(score.mean_budget_gone, Some(part(2200).checked_div(Ratio::whole(3)).unwrap()));
    assert_eq!(score.recall, Share::of(2, 3).ok());
}

#[test]
fn a_comparison_names_what_is_gained_what_is_lost_and_who_is_earlier() {
    let counts = day(|minute| match minute {
        100..110 => 50,
        110..120 => 600,
        500..510 => 50,
        _ => 0,
    });
    let incidents = [incident(100, 120), incident(500, 510)];
    let found = |bad| test(&policy([minutely("page", Severity::Page, bad)]), &counts, &incidents, 0);
    let (sharp, blunt) = (found(40), found(500));
    let better = compare(&blunt, &sharp).unwrap();
    assert_eq!((better.gained.as_slice(), better.lost.as_slice()), (&[1][..], &[][..]));
    assert_eq!(better.later_by, [(0, -minutes(10))]);
    // It pages more often, for the incident that the other one misses.
    assert!(!better.is_no_worse());
    assert_eq!(better.worse_in(), [Aspect::Pages]);
    assert_eq!(better.better_in(), [Aspect::Detected, Aspect::Missed, Aspect::TimeToDetect]);
    let worse = compare(&sharp, &blunt).unwrap();
    assert_eq!((worse.gained.as_slice(), worse.lost.as_slice()), (&[][..], &[1][..]));
    assert_eq!(worse.later_by, [(0, minutes(10))]);
    assert_eq!((worse.worse_in(), worse.better_in()), (better.better_in(), better.worse_in()));
    let same = compare(&sharp, &sharp).unwrap();
    assert_eq!((same.worse_in(), same.better_in()), (Vec::new(), Vec::new()));
    assert!(compare(&sharp, &test(&policy([]), &counts, &incidents[..1], 0)).is_none());
}

#[test]
fn more_pages_for_the_same_incident_are_worse_though_none_is_in_vain() {
    let counts = day(|minute| match minute {
        100..160 if minute % 2 == 0 => 600,
        100..160 => 300,
        _ => 0,
    });
    let incidents = [incident(100, 160)];
    let found = |bad| test(&policy([minutely("page", Severity::Page, bad)]), &counts, &incidents, 0);
    let (calm, nervous) = (found(300), found(500));
    assert_eq!((calm.score.pages, nervous.score.pages, nervous.score.calls_in_vain()), (1, 30, 0));
    assert!(!compare(&calm, &nervous).unwrap().is_no_worse());
    assert!(compare(&nervous, &calm).unwrap().is_no_worse());
}

/// Calls join what overlaps, so one long alert would hide all others in its own: each is counted by itself.
#[test]
fn a_long_alert_hides_none_that_fires_in_vain_beside_it() {
    let both = policy([
        minutely("long", Severity::Page, 1),
        minutely("nervous", Severity::Page, 100),
        minutely("ticket", Severity::Ticket, 400),
    ]);
    // The long one begins with the incident and never ends; the nervous one fires for it and eleven times later.
    let counts = day(|minute| match minute {
        0..100 => 0,
        100..110 => 500,
        _ if minute % 100 == 50 => 200,
        _ => 2,
    });
    let found = test(&both, &counts, &[incident(100, 110)], 0);
    let score = &found.score;
    assert_eq!((score.detected, score.calls, score.calls_in_vain()), (1, 2, 0));
    assert_eq!((score.alerts, score.true_alerts, score.alerts_in_vain()), (16, 3, 13));
    assert_eq!(score.precision, Share::of(3, 16).ok());
    let rules = found.rules.iter().map(|rule| (rule.episodes.len(), rule.for_incidents, rule.in_vain()));
    assert_eq!(rules.collect::<Vec<_>>(), [(1, 1, 0), (14, 1, 13), (1, 1, 0)]);
    // Nothing was in vain while the one that fired for the incident was not over.
    assert_eq!(score.time_firing, Ratio::new(1339, 1440).unwrap());
    assert_eq!(score.time_outside, Ratio::new(1330, 1440).unwrap());
    assert_eq!(score.time_in_vain, Ratio::ZERO);
    let firing = found.rules.iter().map(|rule| rule.time_firing).collect::<Vec<_>>();
    assert_eq!(firing, [1339, 10 + 13, 10].map(|minutes| Ratio::new(minutes, 1440).unwrap()));

    // Two that are in vain at once are two alerts, and one time.
    let found = test(&both, &counts, &[incident(20, 30)], 0).score;
    assert_eq!((found.calls_in_vain(), found.alerts_in_vain(), found.precision), (2, 16, Some(Share::NONE)));
    assert_eq!(found.time_in_vain, found.time_firing);
}

#[test]
fn the_time_after_an_incident_is_in_vain_only_once_its_own_alert_is_over() {
    let both = policy([minutely("early", Severity::Page, 100), minutely("own", Severity::Page, 400)]);
    // The early one fires from 91 to 151, its own from 101 to 121, and the incident and its tolerance end at 115.
    let counts = day(|minute| match minute {
        100..120 => 500,
        90..150 => 200,
        _ => 0,
    });
    let score = test(&both, &counts, &[incident(100, 110)], 5).score;
    assert_eq!(score.time_firing, Ratio::new(60, 1440).unwrap());
    assert_eq!(score.time_outside, Ratio::new(60 - 15, 1440).unwrap());
    assert_eq!(score.time_in_vain, Ratio::new(9 + 30, 1440).unwrap());
}

#[test]
fn an_incident_that_names_other_slos_is_none_of_this_one() {
    let page = policy([minutely("page", Severity::Page, 500)]);
    let counts = day(|minute| if (100..110).contains(&minute) { 900 } else { 0 });
    let other = |from| anywhere(from, from + 20).with_slos(["other"]);
    let found = test(&page, &counts, &[other(95), other(-90), incident(300, 310)], 0);
    assert_eq!(found.elsewhere, [other(95), other(-90)]);
    assert_eq!((found.outside.len(), found.untouched.len()), (0, 0));
    assert_eq!((found.score.incidents, found.score.missed(), found.score.alerts_in_vain()), (1, 1, 1));
}

#[test]
fn an_incident_that_left_the_slo_alone_is_set_aside_unless_it_names_it() {
    let page = policy([minutely("page", Severity::Page, 500)]);
    // One of 1,000 is allowed; 100 is worse, 200 is not.
    let counts = day(|minute| match minute {
        100 => 2,
        200 => 1,
        _ => 0,
    });
    let half = |from: i64| {
        let start = at(from) + TimeDelta::seconds(10);
        Incident::labelled(Interval::starting(start, TimeDelta::seconds(30)).unwrap(), "half a minute")
    };
    for (one, tolerance, is_untouched) in [
        (anywhere(90, 110), 0, false),
        (anywhere(90, 100), 0, true),
        (anywhere(90, 100), 1, false),
        (anywhere(101, 110), 0, true),
        (anywhere(190, 210), 30, true),
        (half(99), 0, true),
        (half(100), 0, false),
        (half(101), 0, true),
        (incident(190, 210), 0, false),
        // What lies partly outside the record is in doubt.
        (anywhere(-1, 10), 0, false),
        (anywhere(1430, 1441), 0, false),
        (anywhere(1430, 1440), 90, true),
    ] {
        let found = test(&page, &counts, std::slice::from_ref(&one), tolerance);
        assert_eq!(found.untouched.len(), usize::from(is_untouched), "{one:?}, {tolerance}");
        let in_doubt = found.score.missed() + found.score.cut;
        assert_eq!(in_doubt, usize::from(!is_untouched), "{one:?}, {tolerance}");
        assert_eq!(found.score.recall.is_none(), found.score.missed() == 0);
    }
    let spent = |one| test(&page, &counts, &[one], 0).incidents[0].spent;
    assert_eq!(spent(half(100)), Some(part(2)), "all of the minute that it touches");
}

/// A service that nobody reached, or of which nothing is known, is no service that was well.
#[test]
fn a_missed_incident_names_the_rules_that_were_frozen_for_want_of_data() {
    let rule = |name: &str, long, short| {
        AlertRule::burn_rate(name, Severity::Page, minutes(long), minutes(short), 100_u64.into())
    };
    let both = policy([rule("hour", 60, 5), minutely("minute", Severity::Page, 950)]);
    // An outage that the first rule would page for, had it seen the hour before it.
    let counts = |gap: i64| {
        let mut counts = Counts::per_minute(start());
        for minute in (0..1440).filter(|minute| !(500 - gap..500).contains(minute)) {
            let bad = if (500..515).contains(&minute) { 900 } else { 0 };
            counts.add(at(minute), Tally::from_bad(bad, 1000).unwrap()).unwrap();
        }
        counts
    };
    let found = |gap| test(&both, &counts(gap), &[incident(500, 515)], 0).incidents.remove(0);
    assert_eq!(found(0).outcome(), IncidentOutcome::Detected);
    let missed = found(60);
    assert_eq!((missed.outcome(), missed.frozen), (IncidentOutcome::Missed, vec!["hour".to_owned()]));

    // What was seen and was too little to fire is missed, and nothing else.
    let calm = test(&both, &counts(0), &[incident(700, 715), incident(0, 10)], 0);
    assert!(calm.incidents.iter().all(|missed| missed.frozen.is_empty()), "{:?}", calm.incidents);
    assert_eq!(calm.score.missed(), 2);
}

#[test]
fn silence_and_gaps_leave_nobody_untouched() {
    let page = policy([minutely("page", Severity::Page, 500)]);
    let mut counts = Counts::per_minute(start());
    for minute in (0..1440).filter(|minute| !(100..105).contains(minute)) {
        let total = if (200..205).contains(&minute) { 0 } else { 1000 };
        counts.add(at(minute), Tally::new(total, total).unwrap()).unwrap();
    }
    let is_untouched = |from, to| !test(&page, &counts, &[anywhere(from, to)], 0).untouched.is_empty();
    assert!(!is_untouched(90, 101) && is_untouched(90, 100), "a gap");
    assert!(!is_untouched(200, 205) && is_untouched(200, 206), "no traffic");
}

#[test]
fn another_objective_is_compared_on_the_same_incidents() {
    let page = policy([minutely("page", Severity::Page, 500)]);
    let counts = day(|minute| if (100..110).contains(&minute) { 900 } else { 0 });
    let found = |incident| test(&page, &counts, &[incident], 0);
    assert!(compare(&found(anywhere(100, 110)), &found(incident(100, 110))).is_some());
    assert!(compare(&found(anywhere(100, 110)), &found(incident(100, 111))).is_none());
}

#[test]
fn more_alerts_in_vain_are_worse_though_all_are_one_call() {
    let counts = day(|minute| match minute {
        0..100 => 0,
        100..110 => 500,
        _ if minute % 100 == 50 => 200,
        _ => 2,
    });
    let long = || minutely("long", Severity::Page, 1);
    let found = |rules: Vec<AlertRule>| test(&policy(rules), &counts, &[incident(100, 110)], 0);
    let (calm, nervous) = (found(vec![long()]), found(vec![long(), minutely("more", Severity::Page, 100)]));
    assert_eq!((calm.score.pages, nervous.score.pages, nervous.score.calls_in_vain()), (1, 1, 0));
    assert_eq!(compare(&calm, &nervous).unwrap().worse_in(), [Aspect::AlertsInVain]);
    assert!(compare(&nervous, &calm).unwrap().is_no_worse());
}

#[test]
fn an_incident_that_is_listed_twice_counts_once() {
    let page = policy([minutely("page", Severity::Page, 500)]);
    let counts = day(|minute| if (100..110).contains(&minute) { 900 } else { 0 });
    let again = incident(300, 310).with_slos([tight().name()]);
    let incidents =
        [incident(300, 310), incident(100, 110), again.clone(), incident(300, 311), again.clone()];
    let found = test(&page, &counts, &incidents, 0);
    assert_eq!(found.repeated, [again.clone(), again]);
    assert_eq!((found.score.incidents, found.score.recall), (3, Share::of(1, 3).ok()));
    // Of another SLO, or of none that it touched, it is set aside for that.
    let other = anywhere(100, 110).with_slos(["other"]);
    let found = test(&page, &counts, &[other.clone(), anywhere(100, 110), other, anywhere(200, 210)], 0);
    assert_eq!((found.elsewhere.len(), found.untouched.len(), found.repeated.len()), (2, 1, 0));
}

/// One pager rings on from the one to the other: nobody is called a second time.
#[test]
fn alerts_that_meet_are_one_call_and_those_a_minute_apart_are_two() {
    let counts = day(|minute| match minute {
        100..110 => 600,
        110..130 => 200,
        _ => 0,
    });
    // The first one fires from 101 to 111, the second one from the end of its patience to 131.
    for (patience, severity, calls) in [
        (9, Severity::Page, [1, 1]),
        (10, Severity::Page, [1, 1]),
        (11, Severity::Page, [2, 2]),
        (10, Severity::Ticket, [1, 2]),
    ] {
        let both = policy([
            minutely("loud", Severity::Page, 500),
            minutely("patient", severity, 100).with_lasting(minutes(patience)),
        ]);
        let found = test(&both, &counts, &[incident(100, 130)], 0);
        let fired = found.rules.iter().map(|rule| (rule.episodes[0].fired_at, rule.episodes[0].resolved_at));
        assert!(fired.eq([(at(101), Some(at(111))), (at(101 + patience), Some(at(131)))]), "{patience}");
        let Score { pages, calls: all, true_calls, alerts, .. } = found.score;
        assert_eq!(([pages, all], true_calls, alerts), (calls, all, 2), "{patience}, {severity}");
    }
}

#[test]
fn a_mean_time_is_no_shorter_than_it_was() {
    let page = policy([minutely("page", Severity::Page, 500)]);
    let counts = day(|minute| if [100, 200, 300].contains(&minute) { 900 } else { 0 });
    // Detected after 1 m 20 s, 1 m, 1 m and a millisecond.
    let incident = |from: i64, before: i64| {
        let start = at(from) - TimeDelta::milliseconds(before);
        Incident::labelled(Interval::new(start, at(from + 5)).unwrap(), "x")
    };
    let incidents = [incident(100, 20_000), incident(200, 0), incident(300, 1)];
    let score = test(&page, &counts, &incidents, 0).score;
    assert_eq!(score.mean_detection, Some(TimeDelta::milliseconds((180_000 + 20_001_i64 + 2) / 3)));
    assert_eq!(score.mean_detection, Some(TimeDelta::milliseconds(66_667)));
}

#[test]
fn an_incident_outside_the_record_is_set_aside() {
    let page = policy([minutely("page", Severity::Page, 500)]);
    let counts = day(|minute| if (100..110).contains(&minute) { 900 } else { 0 });
    // Before it, up to its first minute, across its edge, inside, from its end on.
    let incidents =
        [incident(-90, -60), incident(-30, 0), incident(-10, 1), incident(100, 110), incident(1440, 1450)];
    let found = test(&page, &counts, &incidents, 200);
    assert_eq!(found.outside, [incidents[0].clone(), incidents[1].clone(), incidents[4].clone()]);
    let inside: Vec<_> = found.incidents.iter().map(|result| result.incident.clone()).collect();
    assert_eq!(inside, incidents[2..4]);
    // One that is listed twice is set aside once.
    let twice = test(&page, &counts, &[incidents[4].clone(), incidents[4].clone()], 200);
    assert_eq!((&twice.outside[..], &twice.repeated[..]), (&incidents[4..], &incidents[4..]));
    let only = test(&page, &counts, &incidents[4..], 200);
    assert_eq!((only.score.incidents, only.score.recall, only.score.true_calls), (0, None, 0));
    assert_eq!(only.score.mean_budget_gone, None);
}

/// Nobody knows what the policy would have made of the part that was not recorded.
#[test]
fn an_incident_that_an_edge_of_the_record_cuts_is_missed_by_nobody() {
    let page = policy([minutely("page", Severity::Page, 500)]);
    let quiet = day(|minute| u64::from((1400..1440).contains(&minute)) * 300);
    for (from, to, tolerance, cut) in [
        (1400, 1439, 0, None),
        (1400, 1439, 1, None),
        (1400, 1439, 2, Some(Edge::End)),
        (1400, 1440, 0, Some(Edge::End)),
        (1400, 1500, 0, Some(Edge::End)),
        (700, 2000, 0, Some(Edge::End)),
        (0, 10, 0, None),
        (-1, 10, 0, Some(Edge::Start)),
        (-1, 1440, 0, Some(Edge::End)),
    ] {
        let found = test(&page, &quiet, &[incident(from, to)], tolerance);
        let [result] = &found.incidents[..] else { panic!("one incident") };
        let outcome = cut.map_or(IncidentOutcome::Missed, |_| IncidentOutcome::Cut);
        assert_eq!((result.cut, result.outcome()), (cut, outcome), "{from} to {to}, {tolerance}");
        let Score { incidents, cut, recall, .. } = found.score;
        assert_eq!((incidents, cut, found.score.missed()), (1, cut, 1 - cut), "{from} to {to}, {tolerance}");
        assert_eq!(recall, (cut == 0).then_some(Share::NONE), "it leaves the recall alone");
    }
    // What fired within the record is certain.
    let loud = day(|minute| u64::from((1400..1440).contains(&minute)) * 900);
    for (from, to) in [(1400, 1440), (1400, 1500), (-10, 1440)] {
        let found = test(&page, &loud, &[incident(from, to)], 0);
        assert_eq!(found.incidents[0].outcome(), IncidentOutcome::Detected, "{from} to {to}");
        assert_eq!((found.score.cut, found.score.recall), (0, Some(Share::ALL)));
    }
    // When the alert would have fired for what began before the record, nobody knows: its time is in no mean.
    let loud_from_the_start = day(|minute| u64::from(minute < 10 || (100..110).contains(&minute)) * 900);
    let found = test(&page, &loud_from_the_start, &[incident(-100, 10), incident(98, 110)], 0);
    let afters: Vec<_> = found.incidents.iter().map(|result| result.first.as_ref().unwrap().after).collect();
    assert_eq!((&afters[..], found.score.detected), (&[minutes(101), minutes(3)][..], 2));
    assert_eq!(found.score.mean_detection, Some(minutes(3)));
    let early = test(&page, &loud_from_the_start, &[incident(-100, 10)], 0);
    assert_eq!((early.score.detected, early.score.mean_detection), (1, None));
    // The last moment at which an alert fires for it is the end of the record, and known.
    let last = day(|minute| u64::from(minute == 1439) * 900);
    let found = test(&page, &last, &[incident(1430, 1439)], 1);
    assert_eq!((found.incidents[0].cut, found.incidents[0].outcome()), (None, IncidentOutcome::Detected));
    // It was firing already, and may fire again before the incident is over.
    let found = test(&page, &loud, &[incident(1420, 1440), incident(1420, 1430)], 0);
    let outcomes = found.incidents.iter().map(|result| result.outcome());
    assert!(outcomes.eq([IncidentOutcome::Cut, IncidentOutcome::AlreadyFiring]));
    assert!(found.incidents.iter().all(|result| result.already_firing.is_some()));
}

#[test]
fn found_stretches_are_one_incident_up_to_the_pause_and_two_beyond_it() {
    let slo = tight();
    // Bad for ten minutes, then good for so many, then bad again.
    let found = |good: i64, pause: TimeDelta| {
        let counts = day(move |minute| match minute - 100 {
            0..10 => 500,
            after if (10 + good..20 + good).contains(&after) => 500,
            _ => 1,
        });
        find_incidents(&slo, &counts, "0.02".parse().unwrap(), pause)
    };
    for pause in [0, 1, 15, 60, 700] {
        let together = found(pause, minutes(pause));
        assert_eq!(together.len(), 1, "{pause}");
        assert_eq!(together[0].interval, Interval::new(at(100), at(120 + pause)).unwrap());
        let apart = found(pause + 1, minutes(pause));
        assert_eq!(apart.len(), 2, "{pause}");
        assert_eq!(apart[1].interval, Interval::new(at(111 + pause), at(121 + pause)).unwrap());
    }
}

proptest! {
    /// Whatever happened: each incident has one outcome, each call is for an incident or in vain, and more tolerance
    /// loses nothing.
    #[test]
    fn every_incident_and_every_call_is_counted_once(
        bad in proptest::collection::vec(prop_oneof![3 => Just(0_u64), 1 => 0..1000_u64], 300),
        incidents in proptest::collection::vec((-50_i64..320, 1_i64..60), 0..6),
        tolerance in 0_i64..60,
    ) {
        let counts = day(|minute| usize::try_from(minute).ok().and_then(|place| bad.get(place)).copied().unwrap_or(0));
        let rules = [minutely("page", Severity::Page, 300), minutely("ticket", Severity::Ticket, 50)];
        let incidents: Vec<_> = incidents.iter().map(|(from, length)| incident(*from, from + length)).collect();
        let found = test(&policy(rules.clone()), &counts, &incidents, tolerance);
        let score = &found.score;
        prop_assert_eq!(found.incidents.len() + found.outside.len() + found.repeated.len(), incidents.len());
        let outcomes = [score.detected, score.already_firing, score.cut, score.missed()];
        prop_assert_eq!(outcomes.iter().sum::<usize>(), found.incidents.len());
        prop_assert!(score.true_calls <= score.calls && score.pages <= score.calls);
        prop_assert!(score.calls <= score.alerts && score.calls_in_vain() <= score.alerts_in_vain());
        let in_vain: usize = found.rules.iter().map(|rule| rule.in_vain()).sum();
        prop_assert_eq!(score.alerts_in_vain(), in_vain);
        prop_assert_eq!(score.precision, Share::of(score.true_alerts as u64, score.alerts as u64).ok());
        // Minute by minute, from the definitions.
        let inside = |minute: i64| found.incidents.iter().any(|result| {
            let interval = result.incident.interval;
            interval.start() <= at(minute) && at(minute) < interval.end() + minutes(tolerance)
        });
        let is_true = |episode: &Episode| found.incidents.iter().any(|result| {
            let interval = result.incident.interval;
            interval.start() <= episode.fired_at && episode.fired_at <= interval.end() + minutes(tolerance)
        });
        let fires = |minute: i64, of: &dyn Fn(&Episode) -> bool| {
            found.rules.iter().flat_map(|rule| &rule.episodes).any(|episode| {
                of(episode) && episode.fired_at <= at(minute) && episode.resolved_at.is_none_or(|end| at(minute) < end)
            })
        };
        // Nothing happens after the last bad minute, incident and tolerance.
        let time = |holds: &dyn Fn(i64) -> bool| {
            Ratio::new((0..450).filter(|minute| holds(*minute)).count() as u128, 1440).unwrap()
        };
        let any = |_: &Episode| true;
        prop_assert_eq!(score.time_firing, time(&|minute| fires(minute, &any)));
        prop_assert_eq!(score.time_outside, time(&|minute| fires(minute, &any) && !inside(minute)));
        let is_vain = |minute| fires(minute, &any) && !inside(minute) && !fires(minute, &is_true);
        prop_assert_eq!(score.time_in_vain, time(&is_vain));
        for result in &found.incidents {
            let firing = |at: DateTime<Utc>| found.rules.iter().flat_map(|rule| &rule.episodes).any(|episode| {
                episode.fired_at < at && episode.resolved_at.is_none_or(|resolved| resolved > at)
            });
            prop_assert_eq!(result.already_firing.is_some(), firing(result.incident.interval.start()));
            if let Some(first) = &result.first {
                prop_assert!(first.after >= TimeDelta::zero());
                prop_assert!(first.budget_gone <= result.spent);
            }
        }
        let later = test(&policy(rules), &counts, &incidents, tolerance + 30).score;
        prop_assert!(later.detected >= score.detected && later.true_calls >= score.true_calls);
    }
}
