//! Calendars as people write them in a file.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;
use toban_core::Text;

use super::DatesSpec;
use super::error::{SpecCause, SpecError};
use super::words::Words;
use crate::calendar::{Calendar, CalendarSpec, Closed};
use crate::sets::Weekdays;

/// A calendar as it stands in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CalendarFileSpec {
    /// What it is called; its key where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Text>,
    /// The calendar that it adds to; it begins with Saturdays, Sundays and nothing else where this is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// Weekdays on which nobody works; those of the base where they are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weekend: Option<Words>,
    /// Days on which nobody works, with their names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub holidays: BTreeMap<NaiveDate, Text>,
    /// Days on which people work all the same, with the reason.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub working: BTreeMap<NaiveDate, Text>,
    /// Rules for days on which all is closed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<ClosedSpec>,
    /// The first date for which it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_from: Option<NaiveDate>,
    /// The last date for which it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_to: Option<NaiveDate>,
    /// Works when all of these calendars do, beside what it says itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub all_of: Vec<String>,
    /// Works when one of these calendars does, beside what it says itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub any_of: Vec<String>,
}

/// Days on which all is closed, as they stand in a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosedSpec {
    /// Which days.
    pub on: DatesSpec,
    /// Why.
    pub why: Text,
}

/// Calendars by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendars {
    known: BTreeMap<String, Calendar>,
    /// Those of a file that are wrong.
    broken: BTreeSet<String>,
}

impl Calendars {
    /// The calendars that need no file: `japan`, `mon_to_fri` and `every_day`.
    #[must_use]
    pub fn known() -> Self {
        // Holidays of centuries are computed once.
        static KNOWN: OnceLock<Calendars> = OnceLock::new();
        let known = || {
            let calendars = [
                ("every_day", Calendar::every_day()),
                ("japan", Calendar::japan()),
                ("mon_to_fri", Calendar::mon_to_fri()),
            ];
            let known = calendars.map(|(name, calendar)| (name.to_owned(), calendar)).into();
            Self { known, broken: BTreeSet::new() }
        };
        KNOWN.get_or_init(known).clone()
    }

    /// Those, and the ones of a file; these may be made of each other, and hide the ones of the same name.
    ///
    /// # Errors
    /// When one of them cannot be.
    pub fn resolve(specs: &BTreeMap<String, CalendarFileSpec>) -> Result<Self, SpecError> {
        let (calendars, wrong) = Self::resolve_each(specs);
        wrong.into_iter().next().map_or(Ok(calendars), Err)
    }

    /// The same where what is wrong with one calendar stops no other: with everything that is wrong.
    #[must_use]
    pub fn resolve_each(specs: &BTreeMap<String, CalendarFileSpec>) -> (Self, Vec<SpecError>) {
        let mut calendars = Self::known();
        let mut wrong = Vec::new();
        let mut open: Vec<_> = specs.iter().collect();
        while !open.is_empty() {
            let waits = |spec: &CalendarFileSpec, open: &[(&String, &CalendarFileSpec)]| {
                spec.parts().any(|part| open.iter().any(|(name, _)| *name == part))
            };
            let Some(place) = open.iter().position(|(_, spec)| !waits(spec, &open)) else {
                wrong.extend(open.iter().map(|(name, _)| SpecError::at(name, SpecCause::Circle)));
                calendars.broken.extend(open.drain(..).map(|(name, _)| name.clone()));
                break;
            };
            let (name, spec) = open.swap_remove(place);
            match spec.resolve(name, &calendars) {
                Ok(calendar) => _ = calendars.known.insert(name.clone(), calendar),
                Err(error) => {
                    wrong.push(error.within(name));
                    calendars.broken.insert(name.clone());
                }
            }
        }
        wrong.sort_by(|one, other| one.path.cmp(&other.path));
        (calendars, wrong)
    }

    /// The calendar of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Calendar> {
        self.known.get(name).filter(|_| !self.broken.contains(name))
    }

    pub(super) fn find(&self, name: &str) -> Result<&Calendar, SpecCause> {
        self.get(name).ok_or_else(|| {
            if self.broken.contains(name) {
                return SpecCause::Broken { name: name.to_owned() };
            }
            let known = self.known.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            SpecCause::UnknownCalendar { name: name.to_owned(), known }
        })
    }
}

impl CalendarFileSpec {
    fn parts(&self) -> impl Iterator<Item = &String> {
        self.base.iter().chain(&self.all_of).chain(&self.any_of)
    }

    fn resolve(&self, key: &str, calendars: &Calendars) -> Result<Calendar, SpecError> {
        let name = self.name.clone().unwrap_or_else(|| Text::same(key));
        let find = |path: &str, names: &[String]| {
            let one = |name: &String| calendars.find(name).cloned();
            let found = names.iter().map(one).collect::<Result<Vec<_>, _>>();
            found.map_err(|cause| SpecError::at(path, cause))
        };
        let mut parts = find("all_of", &self.all_of)?;
        parts.extend(find("base", self.base.as_slice())?);
        if !self.any_of.is_empty() {
            let any = Calendar::any_of(name.clone(), find("any_of", &self.any_of)?);
            parts.push(any.map_err(|error| SpecError::at("any_of", SpecCause::Calendar(error)))?);
        }
        let weekend = match &self.weekend {
            Some(words) => words.weekdays("weekend")?,
            None if parts.is_empty() => Weekdays::SAT_AND_SUN,
            None => Weekdays::NONE,
        };
        let closed = self.closed.iter().enumerate().map(|(place, closed)| {
            let on = closed.on.resolve(None).map_err(|error| error.within(&format!("closed[{place}].on")))?;
            Ok(Closed { on, why: closed.why.clone() })
        });
        let known = match (self.known_from, self.known_to) {
            (None, None) => None,
            (from, to) => Some((from.unwrap_or(NaiveDate::MIN), to.unwrap_or(NaiveDate::MAX))),
        };
        let spec = CalendarSpec {
            name,
            base: parts,
            weekend,
            holidays: self.holidays.clone(),
            working: self.working.clone(),
            closed: closed.collect::<Result<_, _>>()?,
            known,
        };
        Calendar::new(spec).map_err(|error| SpecError::at("", SpecCause::Calendar(error)))
    }
}
