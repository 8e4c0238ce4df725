//! In which order steps may run.

use std::collections::{BTreeMap, BTreeSet};

/// Which steps must have ended before a step begins.
pub(crate) struct Order {
    /// By step: those before it, directly.
    before: Vec<Vec<usize>>,
    /// All of them, each after those before it.
    sequence: Vec<usize>,
}

impl Order {
    /// Of steps by id, with the ids of those that must have ended; `None`: the one before it in the list.
    pub(crate) fn new(steps: &[(&str, Option<&[String]>)]) -> Result<Self, OrderError> {
        let mut places = BTreeMap::new();
        for (place, (id, _)) in steps.iter().enumerate() {
            if places.insert(*id, place).is_some() {
                return Err(OrderError::Duplicate { place, step: (*id).into() });
            }
        }
        let mut before = Vec::new();
        for (place, (id, after)) in steps.iter().enumerate() {
            before.push(match after {
                None => place.checked_sub(1).into_iter().collect(),
                Some(names) => {
                    let known = |name: &String| {
                        let unknown =
                            || OrderError::Unknown { place, step: (*id).into(), after: name.clone() };
                        places.get(name.as_str()).copied().ok_or_else(unknown)
                    };
                    names.iter().map(known).collect::<Result<Vec<_>, _>>()?
                }
            });
        }
        let (mut done, mut sequence) = (BTreeSet::new(), Vec::new());
        while sequence.len() < steps.len() {
            let is_next = |(place, needs): &(usize, &Vec<usize>)| {
                !done.contains(place) && needs.iter().all(|need| done.contains(need))
            };
            let Some((next, _)) = before.iter().enumerate().find(is_next) else {
                let stuck = steps.iter().enumerate().find(|(place, _)| !done.contains(place));
                let (place, id) = stuck.map_or((0, ""), |(place, (id, _))| (place, *id));
                return Err(OrderError::Cycle { place, step: id.into() });
            };
            done.insert(next);
            sequence.push(next);
        }
        Ok(Self { before, sequence })
    }

    /// All steps, each after those before it.
    pub(crate) fn sequence(&self) -> &[usize] {
        &self.sequence
    }

    /// Those directly before a step.
    pub(crate) fn before(&self, place: usize) -> &[usize] {
        self.before.get(place).map_or(&[], Vec::as_slice)
    }

    /// By step: all that must have ended before it.
    pub(crate) fn ancestors(&self) -> Vec<BTreeSet<usize>> {
        let mut all = vec![BTreeSet::new(); self.before.len()];
        for place in &self.sequence {
            let mut mine = BTreeSet::new();
            for before in self.before(*place) {
                mine.insert(*before);
                mine.extend(all.get(*before).into_iter().flatten());
            }
            if let Some(slot) = all.get_mut(*place) {
                *slot = mine;
            }
        }
        all
    }
}

/// Steps that no order puts one after the other.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OrderError {
    /// A step waits for itself.
    #[error("step {step} waits for itself, over other steps or directly")]
    Cycle {
        /// Its place in the list.
        place: usize,
        /// Its id.
        step: String,
    },
    /// Two steps have one id.
    #[error("another step is called {step} too")]
    Duplicate {
        /// The place of the later one in the list.
        place: usize,
        /// The id.
        step: String,
    },
    /// A step waits for one that is not there.
    #[error("step {step} comes after {after}, which is no step of the same list")]
    Unknown {
        /// Its place in the list.
        place: usize,
        /// Its id.
        step: String,
        /// What it waits for.
        after: String,
    },
}

impl OrderError {
    /// The place in the list of the step that is wrong.
    #[must_use]
    pub fn place(&self) -> usize {
        match self {
            Self::Cycle { place, .. } | Self::Duplicate { place, .. } | Self::Unknown { place, .. } => *place,
        }
    }
}
