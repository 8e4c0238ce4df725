//! Whoever a draft names must be somebody.

use super::super::ask::Ask;
use super::super::draft::PlanDraft;
use super::Review;
use std::collections::{BTreeMap, BTreeSet};
use toban_core::{Party, PersonId, RoleId, nearest};

/// Who can be reached, and who holds which role.
pub(super) struct Directory<'a> {
    people: BTreeSet<&'a PersonId>,
    roles: BTreeMap<&'a RoleId, usize>,
}

impl<'a> Directory<'a> {
    pub(super) fn new(draft: &'a PlanDraft, notes: &mut Review) -> Self {
        let mut directory = Self { people: BTreeSet::new(), roles: BTreeMap::new() };
        if draft.contacts.is_empty() {
            notes.ask(Ask::Contacts, "contacts");
        }
        for (place, contact) in draft.contacts.iter().enumerate() {
            let at = format!("contacts[{place}]");
            if !directory.people.insert(&contact.person) {
                notes.error(
                    "twice",
                    format!("{at}.person"),
                    format_args!("{} is listed twice", contact.person),
                );
            }
            if contact.channels.is_empty() {
                notes.ask(Ask::Contacts, format!("{at}.channels"));
            }
        }
        for (place, role) in draft.roles.iter().enumerate() {
            let at = format!("roles[{place}]");
            if directory.roles.insert(&role.role, place).is_some() {
                notes.error("twice", format!("{at}.role"), format_args!("{} is listed twice", role.role));
            }
            if role.held_by.is_empty() {
                notes.ask(Ask::RoleHolder, format!("{at}.held_by"));
            }
            for (holder, person) in role.held_by.iter().enumerate() {
                directory.person(Some(person), &format!("{at}.held_by[{holder}]"), notes);
            }
        }
        directory
    }

    pub(super) fn person(&self, person: Option<&PersonId>, place: &str, notes: &mut Review) {
        // Without any contacts, these are what is asked for.
        if let Some(person) = person
            && !self.people.is_empty()
            && !self.people.contains(person)
        {
            let meant = meant(person.as_str(), self.people.iter().map(|one| one.as_str()));
            notes.error("unknown-person", place, format_args!("{person} is not among the contacts{meant}"));
        }
    }

    pub(super) fn party(&self, party: Option<&Party>, place: &str, notes: &mut Review) {
        match party {
            Some(Party::Person(person)) => self.person(Some(person), &format!("{place}.person"), notes),
            Some(Party::Role(role)) if !self.roles.contains_key(role) => {
                let meant = meant(role.as_str(), self.roles.keys().map(|one| one.as_str()));
                let place = format!("{place}.role");
                notes.error("unknown-role", place, format_args!("{role} is not among the roles{meant}"));
            }
            Some(Party::Role(_)) | None => {}
        }
    }
}

/// Which name was meant, where one is near.
pub(super) fn meant<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> String {
    nearest(name, names).map_or_else(String::new, |meant| format!(", did you mean {meant}?"))
}
