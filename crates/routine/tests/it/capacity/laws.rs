//! What holds for every team and any work.

use super::drafts::{persons, two_months};
use super::mends::{drafts, some};
use chrono::{DateTime, TimeDelta, Timelike, Utc};
use proptest::prelude::*;
use std::collections::BTreeSet;
use toban_core::{Length, Verdict};
use toban_routine::{CapacityReport, HoursDraft, People, RoutineDraft, ShortfallKind, capacity, review};

fn checked(draft: &RoutineDraft) -> CapacityReport {
    capacity(draft, two_months(), two_months().start())
}

fn verdict(draft: &RoutineDraft) -> Verdict {
    checked(draft).ruling.verdict
}

fn without_meetings(mut draft: RoutineDraft) -> RoutineDraft {
    for task in &mut draft.tasks {
        task.people = task.people.filter(|people| *people != People::All);
    }
    draft
}

/// Every minute of the two months.
fn minutes() -> impl Iterator<Item = DateTime<Utc>> {
    let minutes = two_months().length().num_minutes();
    (0..minutes).map(|minute| two_months().start() + TimeDelta::minutes(minute))
}

/// Whether each of these demands finds people of its own.
fn is_served(demands: &[(Vec<usize>, u32)], taken: &BTreeSet<usize>) -> bool {
    let Some(((able, needs), rest)) = demands.split_first() else { return true };
    if *needs == 0 {
        return is_served(rest, taken);
    }
    able.iter().any(|person| {
        let mut taken = taken.clone();
        taken.insert(*person) && {
            let again = [(able.clone(), needs - 1)];
            is_served(&[&again, rest].concat(), &taken)
        }
    })
}

proptest! {
    #![proptest_config(some(5))]

    #[test]
    fn one_person_more_makes_nothing_worse(draft in drafts(), new in persons()) {
        let draft = without_meetings(draft);
        let mut more = draft.clone();
        more.team.as_mut().unwrap().people.push(serde_json::from_value(new).unwrap());
        prop_assert!(verdict(&more) <= verdict(&draft), "{:#?}", checked(&more).shortfalls);
    }

    /// Of meetings too, where the new one has the hours of somebody who takes part.
    #[test]
    fn a_second_one_of_somebody_makes_nothing_worse(draft in drafts(), place in any::<prop::sample::Index>()) {
        let mut more = draft.clone();
        let people = &mut more.team.as_mut().unwrap().people;
        let mut twin = people[place.index(people.len())].clone();
        twin.id = "zoe".parse().unwrap();
        people.push(twin);
        prop_assert!(verdict(&more) <= verdict(&draft), "{:#?}", checked(&more).shortfalls);
    }

    #[test]
    fn one_task_less_makes_nothing_worse(draft in drafts(), place in any::<prop::sample::Index>()) {
        let mut less = draft.clone();
        less.tasks.remove(place.index(draft.tasks.len()));
        prop_assert!(verdict(&less) <= verdict(&draft), "{:#?}", checked(&less).shortfalls);
    }

    #[test]
    fn the_order_of_people_and_tasks_changes_nothing(draft in drafts(), by in 0_usize..5) {
        let mut other = draft.clone();
        other.tasks.reverse();
        let people = &mut other.team.as_mut().unwrap().people;
        let by = by % people.len();
        people.rotate_left(by);
        let (one, two) = (checked(&draft), checked(&other));
        prop_assert_eq!(one.ruling.verdict, two.ruling.verdict);
        prop_assert_eq!((one.shortfalls, one.months, one.weeks), (two.shortfalls, two.months, two.weeks));
    }
}

proptest! {
    #![proptest_config(some(40))]

    #[test]
    fn loads_are_sums_minute_by_minute(draft in drafts()) {
        let draft = without_meetings(draft);
        let report = checked(&draft);
        let enough = |kind| !matches!(kind, ShortfallKind::TooFew | ShortfallKind::Unskilled | ShortfallKind::Unowned);
        prop_assume!(report.shortfalls.iter().all(|found| enough(found.kind)));
        let review = review(&draft);
        let hour = |text: &str| text[..2].parse::<u32>().unwrap();
        let people = &draft.team.as_ref().unwrap().people;
        let shift = |hours: &HoursDraft| (hours.on.resolve(None).unwrap(), hour(&hours.from), hour(&hours.to));
        let shifts: Vec<_> = people.iter().map(|person| shift(&person.hours[0])).collect();
        for month in &report.months {
            let (mut load, mut there) = (0, 0);
            for at in minutes().filter(|at| month.within.contains(*at)) {
                for task in review.scheduled.iter().filter(|task| task.recurrence.contains(at)) {
                    let people = match draft.tasks[task.place].people {
                        Some(People::Number(number)) => number,
                        _ => 1,
                    };
                    let minutes = draft.tasks[task.place].estimate.unwrap().as_time_delta().num_minutes();
                    (0..minutes).for_each(|_| load += people);
                }
                for (dates, from, to) in &shifts {
                    let is_night = from > to;
                    let (today, yesterday) = (at.date_naive(), at.date_naive().pred_opt().unwrap());
                    let begun = at.hour() >= *from && (is_night || at.hour() < *to) && dates.contains(today);
                    let goes_on = is_night && at.hour() < *to && dates.contains(yesterday);
                    there += i64::from(begun) + i64::from(goes_on);
                }
            }
            prop_assert_eq!(month.tasks, Length::minutes(load));
            // Half of it, less a tenth of leave.
            prop_assert_eq!(month.capacity.as_time_delta(), TimeDelta::milliseconds(there * 60_000 * 9 / 20));
        }
    }
}

proptest! {
    #![proptest_config(some(5))]

    #[test]
    fn overlaps_are_found_exactly_where_no_assignment_exists(draft in drafts()) {
        let mut draft = without_meetings(draft);
        for person in &mut draft.team.as_mut().unwrap().people {
            person.hours = serde_json::from_str(r#"[{"on": "daily", "from": "00:00", "to": "00:00"}]"#).unwrap();
        }
        // All within an hour, so that there is something to assign.
        for word in draft.tasks.iter_mut().flat_map(|task| &mut task.when).flat_map(|when| &mut when.at.0) {
            word.replace_range(..2, "09");
        }
        let report = checked(&draft);
        let is_overlap = report.shortfalls.iter().any(|found| found.kind == ShortfallKind::Overlap);
        let people = draft.team.as_ref().unwrap().people.clone();
        let review = review(&draft);
        let mut times = Vec::new();
        for scheduled in &review.scheduled {
            let task = &draft.tasks[scheduled.place];
            let able: Vec<_> = (0..people.len()).filter(|place| {
                let person = &people[*place];
                let is_owner = person.roles.iter().any(|role| task.owner == Some(toban_core::Party::Role(role.clone())));
                is_owner && task.skills.iter().all(|skill| person.skills.contains(skill))
            }).collect();
            let needs = match task.people { Some(People::Number(number)) => number, _ => 1 };
            if able.len() < needs as usize {
                continue;
            }
            let length = task.estimate.unwrap().as_time_delta();
            times.extend(scheduled.recurrence.between(two_months()).map(|at| (at, at + length, able.clone(), needs)));
        }
        // All times and lengths are whole multiples of five minutes.
        let is_short = minutes().step_by(5).any(|at| {
            let active = times.iter().filter(|(from, to, ..)| *from <= at && at < *to);
            let demands: Vec<_> = active.map(|(.., able, needs)| (able.clone(), *needs)).collect();
            !is_served(&demands, &BTreeSet::new())
        });
        prop_assert_eq!(is_overlap, is_short, "{:#?}", report.shortfalls);
    }
}
