//! Exact SLO maths: objectives, windows, error budgets, burn-rate alerts.
//!
//! The question it answers: *how much unreliability is left, how fast is it going, and should somebody get up?*
//!
//! ```
//! use chrono::{TimeDelta, TimeZone, Utc};
//! use toban_core::Verdict;
//! use toban_slo::{AlertPolicy, AlertState, BudgetPolicy, Counts, Objective, Slo, Tally, Window, evaluate};
//!
//! let start = Utc.with_ymd_and_hms(2026, 3, 1, 0, 0, 0).unwrap();
//! let slo = Slo::availability("checkout", Objective::percent("99.9")?, Window::rolling_days(30));
//! let policy = AlertPolicy::sre_workbook(&slo)?;          // refuses a factor that 99.9 % can never reach
//! let mut counts = Counts::per_minute(start);             // a minute without a tally is a gap
//! for minute in 0..43_200 {
//!     let good = if minute >= 43_140 { 9_856 } else { 10_000 };
//!     counts.add(start + TimeDelta::minutes(minute), Tally::new(good, 10_000)?)?;
//! }
//! let report = evaluate(&slo, &policy, &counts, start + TimeDelta::days(30)); // the caller says what time it is
//! assert_eq!(report.burn_rate(TimeDelta::hours(1)).map(|b| b.to_string()), Some("14.4".into())); // exactly
//! assert_eq!(report.alert("page-fast"), Some(AlertState::Firing));
//! assert_eq!(report.spent.to_string(), "0.02");           // such an hour is 2 % of the month
//! let ruling = BudgetPolicy::google().rule(&report);      // what a release gate asks
//! assert_eq!(ruling.verdict, Verdict::Go);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Vocabulary
//! | word | what it is |
//! |---|---|
//! | [`Objective`] | the share that must be good, an exact decimal; 100 % is allowed and has no budget |
//! | [`Indicator`] | what is measured, and which [`Observation`] is good |
//! | [`Tally`], [`Counts`] | good of total, and that by time, in slots; a slot without a tally is a gap |
//! | [`Counter`] | a cumulative counter with resets, duplicates and late samples, on its way to [`Counts`] |
//! | [`Window`] | a rolling length of time, or a day, week, month, quarter or year in a time zone |
//! | [`Budgeting`] | how tallies spend a budget: by events, or by slices of time |
//! | [`Burn`] | so many times the budget: a burn rate, or the spent part of a budget |
//! | [`Correction`] | time that is treated specially, in one of three ways that are always named |
//! | [`AlertPolicy`] | when a burn calls a person: rules that were checked against the budget they guard |
//! | [`BudgetPolicy`] | what a team does as its budget runs out; rules on a [`Report`] for a gate |
//! | [`Forecast`] | how long the rest will last, with an interval, or why nobody can say |
//! | [`Composite`] | one objective over several members, whose silence has a stated meaning |
//! | [`backtest`] | a policy on recorded history, scored against incidents; a search for better ones |
//! | [`Evaluator`] | the same for a stream: what is recorded is judged at each tick, and it tells what has changed |
//!
//! | the caller does | the crate does |
//! |---|---|
//! | collects events, says what time it is | counts, windows, budgets, burn rates: [`evaluate`] |
//! | chooses objectives and policies | refuses what can never fire, or always would |
//! | says how complete the data is | freezes what the data cannot decide: nothing resolves without data |
//! | shows or sends what was found | says of each figure what it was computed from: [`explain`] |
//!
//! # Exactness, time and units
//! Counts are integers, objectives and factors exact decimals, decisions comparisons of products: no float decides
//! anything but a statistical proof, which says how sure it is. Instants are `DateTime<Utc>`, lengths `TimeDelta` in
//! whole milliseconds, windows half-open `[start, end)`. Shares are parts of one; percentages are called so. A
//! moment that lies within a slot is judged by the slots that have ended.
//!
//! # Ports to provide
//! None: whoever has counts can call it.
//!
//! # What it does not do
//! It reads no clock, file or network, writes no rules for other systems, and draws nothing: `toban-adapters` and
//! `toban-render` do.
//!
//! # Features
//! - `openslo`: the types of OpenSLO v1, checked, and mapped to this model and back; brings serde.
//! - `zones`: IANA time zones for calendar windows; without it UTC and fixed offsets.
//!
//! The default build depends on chrono, thiserror, `toban-core`, `toban-calendar` and what these need.

mod alarm;
mod alert;
pub mod backtest;
mod budget;
mod budget_policy;
mod composite;
mod correction;
mod counter;
mod counts;
mod duration;
mod evaluate;
mod explain;
mod forecast;
mod history;
mod indicator;
mod judge;
mod objective;
#[cfg(feature = "openslo")]
pub mod openslo;
mod report;
mod slo;
mod stream;
mod tally;
mod track;
mod window;

pub use alarm::{AlertState, Episode, Held};
pub use alert::{AlertPolicy, AlertRule, Condition, LowTraffic, PolicyError, Severity};
pub use budget::{Balance, Budget, Burn, Reading, Unit, WholeBudget};
pub use budget_policy::{BudgetPolicy, BudgetPolicyError, BudgetState, HEALTHY, Standing};
pub use composite::{
    Absence, Composite, CompositeBurnReport, CompositeError, CompositeReport, Member, MemberReport,
};
pub use correction::{Correction, Recorded, RecurringCorrection, Treatment};
pub use counter::{Anomaly, Counter, CounterError, Noted};
pub use counts::{Counts, CountsError};
pub use evaluate::evaluate;
pub use explain::{Explanation, explain, explain_composite};
pub use forecast::{
    Forecast, ForecastPolicy, Outlook, Pace, Projection, Recovery, Rhythm, Undecided, forecast,
};
pub use history::{BurnHistory, History, history};
pub use indicator::{Comparison, Indicator, Observation, RatioOf};
pub use objective::{Objective, ObjectiveError};
pub use report::{
    AlertReport, BurnReport, CorrectionReport, Power, Refusal, Report, SlaReport, Uncorrected, WindowReport,
};
pub use slo::{Budgeting, Sla, SliceError, Slo};
pub use stream::{
    AddError, AlertChange, ClockJump, Dropped, Evaluator, RecordError, RestoreError, Restored, SloKey, Slots,
    SlotsError,
};
pub use tally::{Tally, TallyError};
pub use window::{Window, WindowError};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
