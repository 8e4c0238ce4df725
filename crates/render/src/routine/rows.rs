//! The firings of a report, those that went alike in one row.

use super::day::TaskDay;
use super::status::{notes, notes_in_short, occasion, overdue};
use super::words::{local, picked, time};
use crate::Language;
use crate::table::{Cell, Tone};
use crate::text::{clean, clipped, span_taken};
use chrono::{DateTime, Utc};
use toban_calendar::Zone;
use toban_core::Interval;
use toban_routine::FiringId;
use toban_routine::firing::{Finish, Phase, State};

/// More firings than that are one row where they went alike.
const HANDFUL: usize = 5;
/// The same for those that were done late: each of them is of interest.
const MOST_LATE: usize = 20;
/// How many different notes of one row are told.
const MOST_NOTES: usize = 3;

/// A firing of a task.
#[derive(Clone, Copy)]
pub(super) struct Fired<'d> {
    pub(super) task: &'d TaskDay,
    pub(super) id: &'d FiringId,
    pub(super) state: &'d State,
}

/// Firings of one task that went alike, or one alone.
pub(super) struct Row<'d> {
    first: Fired<'d>,
    more: Vec<Fired<'d>>,
}

/// Rows in the order of their first times; the firings come in that order.
pub(super) fn rows<'d>(fired: &[Fired<'d>]) -> Vec<Row<'d>> {
    let mut alike: Vec<Row<'d>> = Vec::new();
    for one in fired {
        match alike.iter_mut().find(|row| row.first.is_like(one)) {
            Some(row) => row.more.push(*one),
            None => alike.push(Row { first: *one, more: Vec::new() }),
        }
    }
    let split = |row: Row<'d>| {
        let most = if row.first.state.phase == Phase::Ended(Finish::Late) { MOST_LATE } else { HANDFUL };
        if row.more.len() >= most {
            return vec![row];
        }
        row.all().map(|one| Row { first: *one, more: Vec::new() }).collect()
    };
    let mut rows: Vec<_> = alike.into_iter().flat_map(split).collect();
    rows.sort_by_key(|row| row.first.id.nominal);
    rows
}

impl Fired<'_> {
    fn is_like(&self, other: &Self) -> bool {
        let of = |one: &Self| {
            let State { phase, is_overdue, untold, .. } = one.state;
            let is_open = !matches!(phase, Phase::Ended(_));
            (*phase, is_open && *is_overdue, one.state.holding().next().is_some(), untold.is_some())
        };
        self.task.id == other.task.id && of(self) == of(other)
    }

    fn who(&self) -> String {
        let who = self.state.by.clone().or_else(|| self.task.owner.as_ref().map(ToString::to_string));
        clean(&who.unwrap_or_default())
    }

    fn tone(&self) -> Tone {
        match self.state.phase {
            Phase::Ended(Finish::Done) => Tone::Good,
            Phase::Ended(Finish::Late | Finish::Waived | Finish::Cancelled) | Phase::Blocked => Tone::Warning,
            Phase::Ended(_) | Phase::InDoubt => Tone::Bad,
            _ if self.state.is_overdue => Tone::Bad,
            _ => Tone::Plain,
        }
    }

    fn notes(&self, language: Language) -> Vec<String> {
        let evidence = self.state.evidence.iter().map(|evidence| clipped(&clean(evidence), 120));
        evidence.chain(occasion(self.state, language)).chain(notes(self.state, language)).collect()
    }
}

impl<'d> Row<'d> {
    fn all(&self) -> impl Iterator<Item = &Fired<'d>> {
        std::iter::once(&self.first).chain(&self.more)
    }

    /// When, which task, who, what came of it, when it ended, what else is to be said.
    pub(super) fn cells(&self, within: Interval, zone: Zone, language: Language) -> [Cell; 6] {
        let Fired { task, id, state } = self.first;
        let shown = |at: DateTime<Utc>| {
            if within.contains(at) { time(at, zone) } else { local(at, zone, language) }
        };
        let phase = state.phase.text();
        let result = format!("{}{}", picked(&phase, language), overdue(state, language));
        let count = self.more.len() + 1;
        let (when, who, result, ended, notes) = match self.more.last() {
            None => {
                let ended = state.ended_at.map(shown).unwrap_or_default();
                (shown(id.nominal), self.first.who(), result, ended, self.first.notes(language))
            }
            Some(last) => (
                [id.nominal, last.id.nominal].map(shown).join(language.pick(" – ", "〜")),
                self.who(language),
                language.pick(format!("{result} ({count} times)"), format!("{result}（{count}回）")),
                String::new(),
                self.notes(shown, language),
            ),
        };
        [
            when.into(),
            clean(picked(&task.title, language)).into(),
            who.into(),
            Cell::new(result, self.first.tone()),
            ended.into(),
            Cell::new(notes.join(language.pick("; ", "、")), Tone::Quiet),
        ]
    }

    fn who(&self, language: Language) -> String {
        let mut all: Vec<String> = Vec::new();
        for who in self.all().map(Fired::who) {
            if !all.contains(&who) {
                all.push(who);
            }
        }
        match all.as_slice() {
            [first, _, _, ..] => {
                let others = all.len() - 1;
                language.pick(format!("{first} and {others} others"), format!("{first}ほか{others}名"))
            }
            few => few.join(language.pick(", ", "、")),
        }
    }

    /// What took longest, and what is to be said of several of them: the most frequent first.
    fn notes(&self, shown: impl Fn(DateTime<Utc>) -> String, language: Language) -> Vec<String> {
        let took = |one: &&Fired<'_>| {
            let is_done = matches!(one.state.phase, Phase::Ended(how) if how.is_done());
            Some(one.state.ended_at.filter(|_| is_done)? - one.state.began_at?)
        };
        let longest = self.all().filter(|one| took(one).is_some()).max_by_key(took);
        let longest = longest.and_then(|one| {
            let (took, at) = (span_taken(took(&one)?), shown(one.id.nominal));
            Some(language.pick(format!("the longest took {took} ({at})"), format!("最長{took}（{at}）")))
        });
        let mut counted: Vec<(String, usize)> = Vec::new();
        for note in self.all().flat_map(|one| notes_in_short(one.state, language)) {
            match counted.iter_mut().find(|(before, _)| *before == note) {
                Some((_, count)) => *count += 1,
                None => counted.push((note, 1)),
            }
        }
        counted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        // One more takes no more room than that there is one.
        let most = if counted.len() == MOST_NOTES + 1 { MOST_NOTES + 1 } else { MOST_NOTES };
        let rest = counted.len().saturating_sub(most);
        let told = counted.into_iter().take(most).map(|(note, count)| match count {
            1 => note,
            _ => language.pick(format!("{note} ({count} times)"), format!("{note}（{count}回）")),
        });
        let rest =
            (rest > 0).then(|| language.pick(format!("{rest} other notes"), format!("ほか{rest}種類の備考")));
        longest.into_iter().chain(told).chain(rest).collect()
    }
}
