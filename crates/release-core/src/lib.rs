//! Release plans that cannot lose their way back, and rollouts that cannot lose their place.

mod strategy;

pub use strategy::{
    Gate, Return, RollingLimits, Stage, Strategy, StrategyError, StrategyKind, Weight, WeightError,
};
