//! What the numbers of good, bad and all events mean.

/// What the numbers of good, bad and all events mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Events {
    /// Counters that only ever grow, except when they begin again: all events so far.
    Cumulative,
    /// Those of the slot.
    PerSlot,
}

/// Which events are counted beside all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Bad,
    Good,
}
