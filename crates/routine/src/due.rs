//! What is due: which of the times that have passed still run.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use toban_calendar::{Jitter, Recurrence};
use toban_core::{Interval, Length, Text};

/// What becomes of times at which a task was due and nobody was there.
///
/// A time is *on time* for as long as `grace` after it; later it was *missed*, and for as long as `catch_up` after it
/// the policy says what becomes of it. What lies further back never runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DueRules {
    /// What becomes of missed times.
    pub missed: Missed,
    /// How late on time still is.
    pub grace: Length,
    /// How far back missed times are caught up with.
    pub catch_up: Length,
    /// What becomes of times that the wall clock jumped over because somebody set it.
    pub jumped: Jumped,
}

/// One run for what was missed in the last day; a minute late is on time; a clock that was set forward is no reason to
/// leave work undone.
impl Default for DueRules {
    fn default() -> Self {
        Self {
            missed: Missed::Coalesce,
            grace: Length::minutes(1),
            catch_up: Length::minutes(24 * 60),
            jumped: Jumped::AsMissed,
        }
    }
}

/// What becomes of missed times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Missed {
    /// Each runs, the oldest first; of more than so many, the newest.
    All {
        /// The most that run.
        most: u32,
    },
    /// One run stands for all of them, and for the one that is on time, if there is one.
    Coalesce,
    /// The last of them runs, where none is on time.
    Latest,
    /// None runs.
    Skip,
}

/// What becomes of times that the wall clock jumped over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Jumped {
    /// They were missed.
    AsMissed,
    /// They do not run.
    Skip,
}

/// The moment of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// What the wall clock shows.
    pub now: DateTime<Utc>,
    /// How much time has really passed since the last decision, where somebody knows. A wall clock that has moved
    /// further by more than [`Moment::TOLERANCE`] has jumped.
    pub elapsed: Option<TimeDelta>,
}

impl Moment {
    /// What is put down to a clock that is steered, and not set.
    pub const TOLERANCE: TimeDelta = TimeDelta::seconds(60);

    /// That moment, of which nobody knows how much time has passed since the last decision.
    #[must_use]
    pub fn at(now: DateTime<Utc>) -> Self {
        Self { now, elapsed: None }
    }
}

/// What was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// What runs, in the order of its times.
    pub runs: Vec<Run>,
    /// What does not run, in the order of its times.
    pub left_out: Vec<LeftOut>,
    /// Up to where times are decided about: the next decision begins after it. It never goes back.
    pub decided: DateTime<Utc>,
    /// The next time.
    pub next: Option<DateTime<Utc>>,
}

/// A time that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its time: with its task, its identity.
    pub nominal: DateTime<Utc>,
    /// How many times it stands for, itself included.
    pub stands_for: u64,
    /// Whether it runs on time.
    pub is_late: bool,
}

/// Times one after another that do not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The first of them.
    pub first: DateTime<Utc>,
    /// The last of them.
    pub last: DateTime<Utc>,
    /// How many.
    pub count: u64,
    /// Why.
    pub why: WhyLeftOut,
}

/// Why times do not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyLeftOut {
    /// A later run stands for them.
    Coalesced,
    /// They lie too far back to be caught up with.
    Expired,
    /// The wall clock jumped over them.
    Jumped,
    /// More were missed than run.
    Most,
    /// A later run was to stand for them, and did not begin either.
    NoneBegan,
    /// Missed ones do not run.
    Skipped,
    /// A later one runs.
    Superseded,
}

impl WhyLeftOut {
    /// In words.
    #[must_use]
    pub fn text(self) -> Text {
        let (ja, en) = match self {
            Self::Coalesced => ("後の1回にまとめた", "a later run stands for it"),
            Self::Expired => ("遡れる期間を過ぎていた", "too long ago to be caught up with"),
            Self::Jumped => ("時計が飛び越えた", "the clock jumped over it"),
            Self::Most => ("まとめて実行する上限を超えた", "more were missed than run"),
            Self::NoneBegan => (
                "後の1回にまとめたが、その回も始まらなかった",
                "a later run was to stand for it, and did not begin either",
            ),
            Self::Skipped => ("実施できず、後からは行わない", "missed, and missed ones do not run"),
            Self::Superseded => ("後の回を実行した", "a later one runs"),
        };
        Text::new(ja, en)
    }
}

/// What of the times after `last` and up to the moment runs.
///
/// Equal arguments give equal answers, and deciding step by step with each `decided` as the next `last` covers each
/// time exactly once, whatever the wall clock does: a moment before `last` decides nothing.
///
/// ```
/// use chrono::{TimeDelta, TimeZone, Utc};
/// use toban_calendar::{ClockChange, Dates, Recurrence, Times, Zone};
/// use toban_routine::{DueRules, Missed, Moment, due};
/// let daily = Recurrence::new(Dates::daily(), Times::parse(["09:00"])?, Zone::UTC, ClockChange::ONCE)?;
/// let last = Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).unwrap();
/// let now = Moment::at(last + TimeDelta::hours(70)); // the machine was off over two times of three
/// let rules = DueRules { missed: Missed::Latest, ..DueRules::default() };
/// let decided = due(&daily, last, now, &rules);
/// assert_eq!(decided.runs.len(), 1);
/// assert_eq!(decided.runs[0].nominal, last + TimeDelta::hours(48));
/// assert_eq!(decided.left_out[0].count, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn due(recurrence: &Recurrence, last: DateTime<Utc>, moment: Moment, rules: &DueRules) -> Due {
    spread(recurrence, None, last, moment, rules)
}

/// The same, where starts are spread: a time has come when it starts.
pub(crate) fn spread(
    recurrence: &Recurrence,
    jitter: Option<Jitter>,
    last: DateTime<Utc>,
    moment: Moment,
    rules: &DueRules,
) -> Due {
    let start = |nominal| jitter.map_or(nominal, |jitter| jitter.start(recurrence, nominal));
    // No time starts after the next one is due, so that all before the newest have started.
    let newest = jitter.and(after(moment.now)).and_then(|now| recurrence.previous(now));
    let waits = newest.filter(|newest| start(*newest) > moment.now);
    let upto = waits.map_or(moment.now, |newest| newest - TimeDelta::nanoseconds(1));
    let mut decision = Decision { runs: Vec::new(), left_out: Vec::new() };
    let next_after = upto.max(last);
    let stretch = after(last).zip(after(upto)).and_then(|(from, to)| Interval::new(from, to).ok());
    if let Some(stretch) = stretch {
        decision.make(recurrence, &start, stretch, last, moment, rules);
    }
    decision.runs.sort_by_key(|run| run.nominal);
    decision.left_out.sort_by_key(|left| left.first);
    let Decision { runs, left_out } = decision;
    Due { runs, left_out, decided: next_after, next: recurrence.next(next_after) }
}

/// The first instant after another: times lie on whole seconds.
fn after(at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    at.checked_add_signed(TimeDelta::nanoseconds(1))
}

struct Decision {
    runs: Vec<Run>,
    left_out: Vec<LeftOut>,
}

impl Decision {
    fn make(
        &mut self,
        recurrence: &Recurrence,
        start: &dyn Fn(DateTime<Utc>) -> DateTime<Utc>,
        stretch: Interval,
        last: DateTime<Utc>,
        moment: Moment,
        rules: &DueRules,
    ) {
        let now = moment.now;
        // Time that the wall clock really went through ends here, counted from the last decision.
        let lived = moment.elapsed.map(|elapsed| elapsed.max(TimeDelta::zero()));
        let jumped_from = lived
            .filter(|lived| now - last - Moment::TOLERANCE > *lived && rules.jumped == Jumped::Skip)
            .and_then(|lived| last.checked_add_signed(lived));
        let mut missed = Vec::new();
        let mut on_time = Vec::new();
        for nominal in recurrence.between(stretch) {
            let age = now - start(nominal);
            if age <= rules.grace.as_time_delta() {
                on_time.push(nominal);
            } else if jumped_from.is_some_and(|from| nominal > from) {
                self.leave_out(nominal, WhyLeftOut::Jumped);
            } else if age > rules.catch_up.as_time_delta() {
                self.leave_out(nominal, WhyLeftOut::Expired);
            } else {
                missed.push(nominal);
            }
        }
        let run = |nominal, stands_for, is_late| Run { nominal, stands_for, is_late };
        match rules.missed {
            Missed::All { most } => {
                let most = usize::try_from(most).unwrap_or(usize::MAX);
                let too_many = missed.len().saturating_sub(most);
                for (place, nominal) in missed.into_iter().enumerate() {
                    if place < too_many {
                        self.leave_out(nominal, WhyLeftOut::Most);
                    } else {
                        self.runs.push(run(nominal, 1, true));
                    }
                }
            }
            Missed::Coalesce => {
                let all: Vec<_> = missed.iter().chain(&on_time).copied().collect();
                if let Some((newest, older)) = all.split_last() {
                    let count = u64::try_from(all.len()).unwrap_or(u64::MAX);
                    self.runs.push(run(*newest, count, on_time.is_empty()));
                    older.iter().for_each(|nominal| self.leave_out(*nominal, WhyLeftOut::Coalesced));
                }
                return;
            }
            Missed::Latest => {
                if let Some((newest, older)) = missed.split_last() {
                    older.iter().for_each(|nominal| self.leave_out(*nominal, WhyLeftOut::Superseded));
                    if on_time.is_empty() {
                        self.runs.push(run(*newest, 1, true));
                    } else {
                        self.leave_out(*newest, WhyLeftOut::Superseded);
                    }
                }
            }
            Missed::Skip => {
                missed.into_iter().for_each(|nominal| self.leave_out(nominal, WhyLeftOut::Skipped))
            }
        }
        self.runs.extend(on_time.into_iter().map(|nominal| run(nominal, 1, false)));
    }

    fn leave_out(&mut self, nominal: DateTime<Utc>, why: WhyLeftOut) {
        match self.left_out.last_mut().filter(|left| left.why == why) {
            Some(left) => (left.last, left.count) = (nominal, left.count + 1),
            None => self.left_out.push(LeftOut { first: nominal, last: nominal, count: 1, why }),
        }
    }
}
