//! One objective over several indicators.

use crate::budget::Reading;
use crate::evaluate::horizon;
use crate::track::{Track, View};
use crate::{AlertPolicy, Budget, Correction, Counts, Objective, Slo, Tally, Window};
use chrono::{DateTime, Utc};
use toban_core::{Ratio, Share};

/// What a member counts as while it says nothing: it has not reported yet, or not for most of the window.
///
/// There is no default: silence means something else for every system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Absence {
    /// As wholly bad.
    Bad,
    /// The composite says nothing either.
    Freeze,
    /// As wholly good.
    Good,
    /// It is left out, and the others weigh more.
    Ignore,
}

/// A member of a composite.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Member {
    /// The SLO of the member; its own objective and windows do not matter here, its budgeting and corrections do.
    pub slo: Slo,
    /// How much it weighs beside the others.
    pub weight: Ratio,
    /// What it counts as while it says nothing.
    pub absence: Absence,
}

impl Member {
    /// A member with its weight, and what its silence means.
    #[must_use]
    pub fn new(slo: Slo, weight: Ratio, absence: Absence) -> Self {
        Self { slo, weight, absence }
    }
}

/// An objective over the weighted mean of its members' good shares.
///
/// The share of good of the composite is `Σ weight · share / Σ weight`, each member over the same window. Traffic does
/// not weigh: a member with little traffic counts as much as its weight says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composite {
    name: String,
    objective: Objective,
    window: Window,
    members: Vec<Member>,
    min_coverage: Share,
}

/// What was found for a composite.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompositeReport {
    /// The name of the composite.
    pub name: String,
    /// What must be good.
    pub objective: Objective,
    /// The moment of the report.
    pub at: DateTime<Utc>,
    /// The weighted share of good; `None` where it is frozen, or no member says anything.
    pub good: Option<Share>,
    /// The budget, in billionths of the whole; `None` where `good` is.
    pub budget: Option<Budget>,
    /// Each member.
    pub members: Vec<MemberReport>,
}

/// What a member contributed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemberReport {
    /// The name of the member's SLO.
    pub slo: String,
    /// What was counted; `None` where its data cannot resolve the window.
    pub reading: Option<Reading>,
    /// The share of good that entered the mean; `None` where it was left out.
    pub good: Option<Share>,
    /// What it was taken for, where it said too little itself.
    pub absence: Option<Absence>,
}

impl CompositeReport {
    /// Whether a member says too little, of which it was said that the composite then says nothing either.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        is_frozen(&self.members)
    }
}

fn is_frozen(members: &[MemberReport]) -> bool {
    members.iter().any(|member| member.absence == Some(Absence::Freeze))
}

impl Composite {
    /// An objective over several members.
    ///
    /// A member of whose window less than nine tenths was seen counts as absent.
    ///
    /// # Errors
    /// When there are no members, or all weigh nothing, or the weights are so fine that their sum cannot be held.
    pub fn new(
        name: impl Into<String>,
        objective: Objective,
        window: Window,
        members: Vec<Member>,
    ) -> Result<Self, CompositeError> {
        let total = members.iter().try_fold(Ratio::ZERO, |sum, member| sum.checked_add(member.weight));
        match total {
            None => Err(CompositeError::WeightsTooFine),
            Some(total) if total.is_zero() => Err(CompositeError::NoWeight),
            Some(_) => Ok(Self {
                name: name.into(),
                objective,
                window,
                members,
                min_coverage: AlertPolicy::new().min_coverage(),
            }),
        }
    }

    /// Sets which share of the window must have been seen for a member not to count as absent.
    #[must_use]
    pub fn with_min_coverage(mut self, share: Share) -> Self {
        self.min_coverage = share;
        self
    }

    /// Adds a correction of the data to every member.
    #[must_use]
    pub fn with_correction(mut self, correction: &Correction) -> Self {
        for member in &mut self.members {
            member.slo = member.slo.clone().with_correction(correction.clone());
        }
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What must be good.
    #[must_use]
    pub fn objective(&self) -> Objective {
        self.objective
    }

    /// The window over which each member is read.
    #[must_use]
    pub fn window(&self) -> Window {
        self.window
    }

    /// The members.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The share of the window that must have been seen for a member not to count as absent.
    #[must_use]
    pub fn min_coverage(&self) -> Share {
        self.min_coverage
    }

    /// Judges the composite at the moment `now`; `counts` are those of the members, in their order. A member without
    /// counts is absent.
    #[must_use]
    pub fn evaluate(&self, counts: &[&Counts], now: DateTime<Utc>) -> CompositeReport {
        let members: Vec<_> = self
            .members
            .iter()
            .enumerate()
            .map(|(place, member)| self.read(member, counts.get(place).copied(), now))
            .collect();
        let good = if is_frozen(&members) { None } else { self.mean(&members) };
        let budget = good.and_then(|good| {
            let window = self.window.at(now)?;
            // Present and seen: whatever coverage the members have was judged above.
            let reading = Reading {
                interval: window,
                tally: Tally::from_ratio(good),
                unit: crate::Unit::SliceShares,
                slots: 1,
                expected: 1,
                observed: 1,
            };
            Some(reading.budget(self.objective))
        });
        CompositeReport { name: self.name.clone(), objective: self.objective, at: now, good, budget, members }
    }

    fn read(&self, member: &Member, counts: Option<&Counts>, now: DateTime<Utc>) -> MemberReport {
        let reading = counts.and_then(|counts| {
            let slo = member.slo.clone().with_window(self.window);
            let track =
                Track::new(&slo, counts, horizon(&slo, &AlertPolicy::new(), counts, now), View::Corrected)?;
            track.window_reading(self.window, track.steps_until(now))
        });
        let present = reading.filter(|reading| {
            reading.observed > 0 && reading.coverage().is_some_and(|coverage| coverage >= self.min_coverage)
        });
        let (good, absence) = match present {
            // Seen, but nothing happened: nothing was bad.
            Some(reading) => (Some(reading.tally.good_share().unwrap_or(Share::ALL)), None),
            None => match member.absence {
                Absence::Bad => (Some(Share::NONE), Some(Absence::Bad)),
                Absence::Good => (Some(Share::ALL), Some(Absence::Good)),
                absence => (None, Some(absence)),
            },
        };
        MemberReport { slo: member.slo.name().to_owned(), reading, good, absence }
    }

    fn mean(&self, members: &[MemberReport]) -> Option<Share> {
        let unit = Ratio::whole(Tally::RATIO_UNITS.into());
        let (mut sum, mut weights) = (Ratio::ZERO, Ratio::ZERO);
        for (member, found) in self.members.iter().zip(members) {
            let Some(good) = found.good else { continue };
            // Exact while 128 bits hold the fraction; a billionth against the service where they do not.
            let share = member.weight.checked_mul(good.as_ratio());
            let exact = share.and_then(|share| sum.checked_add(share));
            sum = exact.or_else(|| {
                let good = Tally::from_ratio(good).good();
                let kept = Ratio::from(good).checked_div(unit)?;
                round_down(sum)?.checked_add(member.weight.checked_mul(kept)?)
            })?;
            weights = weights.checked_add(member.weight)?;
        }
        Share::new(sum.checked_div(weights)?).ok()
    }
}

/// To a billionth, downwards.
fn round_down(ratio: Ratio) -> Option<Ratio> {
    let units = u128::from(Tally::RATIO_UNITS);
    let whole = ratio.numerator() / ratio.denominator();
    let part = Ratio::new(ratio.numerator() % ratio.denominator(), ratio.denominator()).ok()?;
    let part = Tally::from_ratio(Share::new(part).ok()?).good();
    Ratio::new(whole.checked_mul(units)?.checked_add(part.into())?, units).ok()
}

/// Members make no composite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompositeError {
    /// There is nothing to weigh.
    #[error("a composite needs a member with a weight above zero")]
    NoWeight,
    /// The weights cannot be added up.
    #[error("the weights of a composite are too fine to be added up exactly")]
    WeightsTooFine,
}
