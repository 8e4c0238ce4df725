//! Release plans that cannot lose their way back, and rollouts that cannot lose their place.

mod figures;
pub mod rollout;
mod strategy;

pub use figures::{Figures, Lap, ReleaseFigures, Targets, release_figures};
pub use strategy::{
    Gate, Return, RollingLimits, Stage, Strategy, StrategyError, StrategyKind, Weight, WeightError,
};
