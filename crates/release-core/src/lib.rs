//! Release plans that cannot lose their way back, and rollouts that cannot lose their place.

mod course;
mod figures;
mod rollout;
mod strategy;

pub use course::{Action, Course, Freeze, Step};
pub use figures::{Figures, Lap, ReleaseFigures, Targets, release_figures};
pub use rollout::{
    Announcement, Asking, Back, Cause, CourseFault, Effect, Event, Hold, Needed, Next, Outcome, Part, Phase,
    Refused, Request, Rollout, Ruled, State, Why,
};
pub use strategy::{
    Gate, Return, RollingLimits, Stage, Strategy, StrategyError, StrategyKind, Weight, WeightError,
};
