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
mod tally;
mod track;
mod window;

pub use alarm::{AlertState, Episode, Held};
pub use alert::{AlertPolicy, AlertRule, Condition, LowTraffic, PolicyError, Severity};
pub use budget::{Balance, Budget, Burn, Reading, Unit};
pub use budget_policy::{BudgetPolicy, BudgetPolicyError, BudgetState, HEALTHY, Standing};
pub use composite::{Absence, Composite, CompositeError, CompositeReport, Member, MemberReport};
pub use correction::{Correction, Recorded, Treatment};
pub use counter::{Anomaly, Counter, CounterError, Noted};
pub use counts::{Counts, CountsError};
pub use evaluate::evaluate;
pub use explain::{Explanation, explain};
pub use forecast::{Forecast, ForecastPolicy, Outlook, Pace, Projection, Undecided, forecast};
pub use history::{BurnHistory, History, history};
pub use indicator::{Comparison, Indicator, Observation, RatioOf};
pub use objective::{Objective, ObjectiveError};
pub use report::{AlertReport, BurnReport, Power, Refusal, Report, SlaReport, WindowReport};
pub use slo::{Budgeting, Sla, SliceError, Slo};
pub use tally::{Tally, TallyError};
pub use window::{Window, WindowError};
