//! What a change does not touch is not worked out again, and nothing comes out otherwise for that.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that meets the unexpected shall fail"
)]

#[path = "../../tests/it/capacity/drafts.rs"]
mod drafts;

use chrono::NaiveTime;
use drafts::{full_drafts, persons, some_drafts, two_months};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;
use toban_core::{Length, Party, PersonId, RoleId, Text};

use super::evaluate::{Evaluated, evaluate};
use super::world::{Before, time};
use super::{Change, Shortfall};
use crate::routine::RoutineDraft;

/// What a change is made of, whatever the draft is that it is made for.
type Seed = (u8, Index, Index, Value, u32);

fn seeds() -> impl Strategy<Value = Vec<Seed>> {
    let seed = (0_u8..8, any::<Index>(), any::<Index>(), persons(), 0_u32..96);
    prop::collection::vec(seed, 1..=3)
}

fn change(draft: &RoutineDraft, (kind, who, what, new, quarter): &Seed, place: usize) -> Change {
    let people = &draft.team.as_ref().unwrap().people;
    let person = people[who.index(people.len())].id.clone();
    let mut new: crate::PersonDraft = serde_json::from_value(new.clone()).unwrap();
    new.id = PersonId::new(format!("new-{place}")).unwrap();
    let open: Vec<_> = draft.tasks.iter().filter(|task| task.on.is_some()).collect();
    let task = &draft.tasks[what.index(draft.tasks.len())];
    let at = NaiveTime::from_hms_opt(quarter / 4, quarter % 4 * 15, 0).unwrap();
    let id = task.id.clone();
    let words = task.when.iter().flat_map(|when| &when.at.0);
    let from = words.filter_map(|word| time(word)).next();
    match (kind, from) {
        (0, _) => Change::AddPerson(new),
        (1, _) => Change::AddHours { person, hours: new.hours.remove(0) },
        (2, _) => Change::Enable { person, roles: new.roles, skills: new.skills },
        (3, _) => Change::Reassign { task: id, owner: Party::Person(person) },
        (4, _) => Change::Reassign { task: id, owner: Party::Role(RoleId::new("net").unwrap()) },
        (5, _) => Change::Shorten { task: id, by: Length::minutes(quarter * 2) },
        (6, _) if !open.is_empty() => Change::SetTime { task: open[what.index(open.len())].id.clone(), at },
        (_, Some(from)) => Change::Move { task: id, from, to: at },
        _ => Change::SetTime { task: id, at },
    }
}

fn shortfalls(evaluated: &Evaluated) -> Vec<Shortfall> {
    // Only what is read has words.
    let without_words = |found: &Shortfall| Shortfall { text: Text::same(""), ..found.clone() };
    evaluated.report.shortfalls.iter().map(without_words).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.div_ceil(2), ..ProptestConfig::default() })]

    #[test]
    fn what_is_kept_is_what_would_be_found_anew(
        draft in prop_oneof![some_drafts(), full_drafts()],
        seeds in seeds(),
    ) {
        let draft: RoutineDraft = serde_json::from_value(draft).unwrap();
        let (within, as_of) = (two_months(), two_months().start());
        let old = evaluate(&draft, within, as_of, None);
        let before = Before { draft: &draft, world: old.world.as_ref().unwrap(), clashes: &old.clashes };
        let mut changed = draft.clone();
        let mut changes = Vec::new();
        for (place, seed) in seeds.iter().enumerate() {
            let change = change(&changed, seed, place);
            change.apply(&mut changed);
            changes.push(change);
            let anew = evaluate(&changed, within, as_of, None);
            let kept = evaluate(&changed, within, as_of, Some(before));
            prop_assert_eq!(shortfalls(&kept), shortfalls(&anew), "{:?}", changes);
            prop_assert_eq!((&kept.report.months, &kept.report.weeks), (&anew.report.months, &anew.report.weeks));
            prop_assert_eq!(&kept.report.unknown, &anew.report.unknown);
        }
    }
}
