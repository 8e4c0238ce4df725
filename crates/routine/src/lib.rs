//! Recurring operations work: tasks with what they check and report, when they are due, and what happens when runs
//! overlap.
//!
//! The questions it answers: *what is to be done next, what was missed, and what becomes of it? Does the work fit the
//! team, and what would it pay to automate?*
//!
//! ```
//! use chrono::{TimeZone, Utc};
//! use toban_routine::{Circumstances, Moment, RoutineDraft, Standing, due, review};
//!
//! let draft: RoutineDraft = serde_json::from_str(
//!     r#"{"zone": "+09:00", "tasks": [
//!         {"id": "backup-check", "title": {"ja": "バックアップ確認", "en": "backup check"},
//!          "when": {"on": "daily", "at": "07:00"}}
//!     ]}"#,
//! )?;
//! let review = review(&draft);
//! let task = &review.scheduled[0];
//!
//! let last = Utc.with_ymd_and_hms(2026, 11, 25, 0, 0, 0).unwrap();
//! let now = Utc.with_ymd_and_hms(2026, 11, 25, 22, 0, 10).unwrap(); // 07:00:10 in Japan
//! let decided = due(&task.recurrence, last, Moment::at(now), &task.due);
//! let come: Vec<_> = decided.runs.iter().map(|run| run.nominal).collect();
//! let step = task.overlap.decide(&Standing::default(), &come, Circumstances::default());
//! assert_eq!(step.start, [Utc.with_ymd_and_hms(2026, 11, 25, 22, 0, 0).unwrap()]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Vocabulary
//! - [`TaskDraft`]: what is to be done, when, by whom, what it checks, alerts on, reports and hands over.
//! - [`RoutineDraft`], [`review`]: a team's tasks, what can be scheduled, what has to be asked, what is wrong.
//! - [`preset`]: the routine work that the requirement documents ask for.
//! - *Nominal time*: when a task is due by its rule. With the task it is the identity of a firing.
//! - [`due`]: which of the times that have passed still run.
//! - [`Overlap`]: what becomes of them while the task still runs.
//! - [`TeamDraft`], [`capacity()`]: who there is, and whether the work fits them; each [`Shortfall`] has its witness and the
//!   [`Change`] that mends it.
//! - *Toil*: work by hand. [`inventory`] adds it up, [`automation_plan`] says when a program would have paid back.
//! - [`Book`]: the records. In it a [`Schedule`] is a task as it goes on, and a [`Firing`] one of its times, from its
//!   beginning to its end.
//! - [`Wheel`]: which of many tasks is due next, with one timer for all.
//!
//! | the caller does | the crate does |
//! |---|---|
//! | says what time it is, and up to when was decided | which times run, which do not and why, and when to ask again |
//! | says what runs and what waits | what starts, waits, ends, or is refused |
//! | keeps what was decided, or lets a [`Book`] do so | equal answers for equal questions; each firing begins once, whoever sees to it |
//! | performs orders, or hands them to [`Ports`] | retries, deadlines, what is missed, what is told to whom |
//! | says who is in the team, and how long tasks take | loads, clashes, what hangs on one person; asks for what is missing |
//!
//! # Time and units
//! Instants are `DateTime<Utc>` on whole seconds. The crate has no clock.
//!
//! # Ports to provide
//! [`TaskRunner`] runs the programs of tasks; `toban_core` has those for what is measured, for people, and for clocks. A
//! [`Book`] keeps what was decided in any journal of `toban-durable`; `toban-adapters` has the loop for tokio, programs
//! as a runner, and the machine's own processors, memory and disks as a source.
//!
//! # What it does not do
//! It has no runtime and no timer: who drives it says what time it is. What a program did that nobody heard of it asks.
//!
//! # Features
//! - `testing`: a fake runner, and the contract of runners as a suite.
//! - `zones`: IANA time zones.

mod book;
mod capacity;
mod damage;
mod due;
pub mod firing;
mod overlap;
mod perform;
mod port;
pub mod preset;
mod routine;
pub mod schedule;
mod task;
mod team;
#[cfg(feature = "testing")]
pub mod testing;
mod toil;
mod wheel;

pub use book::{Advanced, Book, BookError, Happened, Past};
pub use capacity::{CapacityReport, Change, PeriodLoad, Shortfall, ShortfallKind, Witness, capacity};
pub use damage::Damage;
pub use due::{Due, DueRules, Jumped, LeftOut, Missed, Moment, Run, WhyLeftOut, due};
pub use firing::{Finish, Firing, FiringId, FiringIdError};
pub use overlap::{Circumstances, Overlap, Standing, Step, WhyRefused};
pub use perform::Ports;
pub use port::{Halt, Job, TaskRunner};
pub use routine::{
    BLOCKS_GATE_4, BLOCKS_SCHEDULE, Finding, Level, Review, RoutineDraft, ScheduledTask, ServicesDraft,
    review,
};
pub use schedule::{Schedule, TaskPlan, TaskPlanError};
pub use task::{
    AlertCondition, Compared, Finite, FiniteError, Frequency, ListKind, ProgramRules, TaskDraft, TaskId,
    TaskIdError, Threshold,
};
pub use team::{AutomationDraft, HoursDraft, People, PersonDraft, TeamDraft};
pub use toil::{Inventory, Payback, Toil, automation_plan, inventory};

pub use wheel::Wheel;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
