//! Release plans that cannot lose their way back, and rollouts that cannot lose their place.

mod analysis;
mod figures;
mod judge;
pub mod rollout;
mod strategy;

pub use analysis::{
    ArgoRules, Assessment, Check, CheckError, CheckSpec, Decisive, FlaggerRules, Measured, MissingData,
    Moment, Overall, Patience, Phase, Profile, Rules, RulesError, Schedule, ScheduleError, Severity,
    StrictRules, Tally, Trigger, TriggerError, Why, overall,
};
pub use figures::{Figures, Lap, ReleaseFigures, Targets, release_figures};
pub use judge::{
    Ground, Judge, JudgeError, Judged, Level, LevelError, Reading, Region, Threshold, ThresholdError,
};
pub use strategy::{
    Gate, Return, RollingLimits, Stage, Strategy, StrategyError, StrategyKind, Weight, WeightError,
};
