//! One objective over several indicators.

use crate::budget::{Balance, Burn, Reading};
use crate::track::{Track, View};
use crate::{AlertPolicy, Budget, Correction, Counts, Objective, Slo, Tally, Window};
use chrono::{DateTime, TimeDelta, Utc};
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
    burn_windows: Vec<TimeDelta>,
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
    ///
    /// Exact, unless the fraction is too long to be compared with the objective: then down to a billionth.
    pub good: Option<Share>,
    /// The budget, as parts of the whole: what may be bad is the share that the objective allows. `None` where `good`
    /// is.
    pub budget: Option<Budget>,
    /// The budget of the whole window, as parts of it: what went bad, if from now on all is good at the mean traffic of
    /// each member so far, as [`WholeBudget`](crate::WholeBudget) has it of one objective. The share of bad of a member
    /// that speaks for itself counts times the part of the window that it has seen the record of; what another is
    /// taken for counts in full. Overspent here stays overspent at that traffic, however good the rest of the window is.
    ///
    /// `None` where `good` is, and where the fraction is too long to be exact: nothing is said to be certain by a
    /// rounded one.
    pub whole: Option<Budget>,
    /// Each member.
    pub members: Vec<MemberReport>,
    /// The burn rate over each stretch that was asked for and that the data of every member resolves, the shortest
    /// first.
    pub burn_rates: Vec<CompositeBurnReport>,
}

/// How fast the budget of a composite burned over the last stretch.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompositeBurnReport {
    /// The length of the stretch.
    pub window: TimeDelta,
    /// The weighted share of good over it; `None` where the composite says nothing about it.
    pub good: Option<Share>,
    /// The share of bad over the share that the objective allows.
    pub burn: Burn,
    /// Each member over that stretch: who was silent in it counts as silence does.
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
    /// The slots of the whole window, or of the whole period of the calendar, without time that a correction drops.
    /// Where the reading expects fewer, it is of the window so far. `None` where there is no reading.
    pub slots_of_whole: Option<u64>,
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

    /// Whether its figures are of the window so far: of a member that speaks for itself only a part of the window was
    /// to be seen, since its record is younger, or since the period of the calendar is not over.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.members.iter().any(MemberReport::is_partial)
    }
}

impl MemberReport {
    /// Whether it speaks for itself, of only a part of the window.
    fn is_partial(&self) -> bool {
        let expected = self.reading.map(|reading| reading.expected);
        self.absence.is_none() && expected != self.slots_of_whole
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
                burn_windows: Vec::new(),
            }),
        }
    }

    /// Sets which share of the window must have been seen for a member not to count as absent.
    #[must_use]
    pub fn with_min_coverage(mut self, share: Share) -> Self {
        self.min_coverage = share;
        self
    }

    /// Asks for the burn rate over stretches of these lengths. They inform; a composite has no alerts.
    #[must_use]
    pub fn with_burn_windows(mut self, windows: impl IntoIterator<Item = TimeDelta>) -> Self {
        self.burn_windows.extend(windows);
        self.burn_windows.sort_unstable();
        self.burn_windows.dedup();
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

    /// The stretches whose burn rate was asked for, the shortest first.
    #[must_use]
    pub fn burn_windows(&self) -> &[TimeDelta] {
        &self.burn_windows
    }

    /// Judges the composite at the moment `now`; `counts` are those of the members, in their order. A member without
    /// counts is absent.
    #[must_use]
    pub fn evaluate(&self, counts: &[&Counts], now: DateTime<Utc>) -> CompositeReport {
        let tracks: Vec<_> = self
            .members
            .iter()
            .enumerate()
            .map(|(place, member)| self.track(member, counts.get(place).copied()?, now))
            .collect();
        let read = |window: Window, track: &Track| {
            let end = track.steps_until(now);
            let reading = track.window_reading(window, end)?;
            Some((reading, track.whole(window, end, &reading)?))
        };
        let (good, members) = self.weigh(&tracks, |track| read(self.window, track));
        let burn_rates = self.burn_windows.iter().filter_map(|window| {
            // A member whose data cannot resolve the stretch is not silent in it.
            if tracks.iter().flatten().any(|track| track.steps_in(*window).is_none()) {
                return None;
            }
            let stretch = Window::rolling(*window).ok()?;
            let (good, members) = self.weigh(&tracks, |track| read(stretch, track));
            let burn = good.map_or(Burn::NoData, |good| burn(good, self.objective));
            Some(CompositeBurnReport { window: *window, good, burn, members })
        });
        CompositeReport {
            name: self.name.clone(),
            objective: self.objective,
            at: now,
            good,
            budget: good.map(|good| budget(good, self.objective)),
            whole: good.and_then(|_| self.good_of_whole(&members)).map(|good| budget(good, self.objective)),
            burn_rates: burn_rates.collect(),
            members,
        }
    }

    fn track(&self, member: &Member, counts: &Counts, now: DateTime<Utc>) -> Option<Track> {
        let slo = member.slo.clone().with_window(self.window);
        Track::new(&slo, counts, now, View::Corrected).ok()
    }

    /// The weighted mean over one stretch, and what each member contributed.
    fn weigh(
        &self,
        tracks: &[Option<Track>],
        read: impl Fn(&Track) -> Option<(Reading, u64)>,
    ) -> (Option<Share>, Vec<MemberReport>) {
        let members: Vec<_> = self
            .members
            .iter()
            .zip(tracks)
            .map(|(member, track)| self.take(member, track.as_ref().and_then(&read)))
            .collect();
        let good = if is_frozen(&members) { None } else { self.mean(&members) };
        (good, members)
    }

    /// What a member is taken for.
    fn take(&self, member: &Member, found: Option<(Reading, u64)>) -> MemberReport {
        let (reading, slots_of_whole) = found.unzip();
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
        MemberReport { slo: member.slo.name().to_owned(), reading, slots_of_whole, good, absence }
    }

    /// Exact where the fraction is short enough; down to a billionth, against the service, where it is not.
    fn mean(&self, members: &[MemberReport]) -> Option<Share> {
        if let Some(exact) = self.exact_mean(members) {
            return Some(exact);
        }
        let unit = Ratio::from(Tally::RATIO_UNITS);
        let cut = |share: Share| Ratio::from(Tally::from_ratio(share).good()).checked_div(unit);
        let mean = self.weighted(members, |_, good| cut(good))?;
        Share::new(cut(Share::new(mean).ok()?)?).ok()
    }

    /// The mean, where it is a fraction that any objective can be compared with.
    pub(crate) fn exact_mean(&self, members: &[MemberReport]) -> Option<Share> {
        let mean = self.weighted(members, |_, good| Some(good.as_ratio()))?;
        Share::new(mean).ok().filter(|_| mean.denominator() <= LONGEST)
    }

    /// The mean of the whole window where nothing goes bad any more, where it is such a fraction.
    fn good_of_whole(&self, members: &[MemberReport]) -> Option<Share> {
        let bad = self.weighted(members, |member, good| {
            let bad = good.rest().as_ratio();
            match (member.absence, member.reading, member.slots_of_whole) {
                (None, Some(reading), Some(slots)) => {
                    bad.checked_mul(Ratio::new(reading.expected.into(), slots.into()).ok()?)
                }
                _ => Some(bad),
            }
        })?;
        Share::new(bad).ok().map(|bad| bad.rest()).filter(|_| bad.denominator() <= LONGEST)
    }

    fn weighted(
        &self,
        members: &[MemberReport],
        part: impl Fn(&MemberReport, Share) -> Option<Ratio>,
    ) -> Option<Ratio> {
        let (mut sum, mut weights) = (Ratio::ZERO, Ratio::ZERO);
        for (member, found) in self.members.iter().zip(members) {
            let Some(good) = found.good else { continue };
            sum = sum.checked_add(member.weight.checked_mul(part(found, good)?)?)?;
            weights = weights.checked_add(member.weight)?;
        }
        sum.checked_div(weights)
    }
}

/// The longest denominator of a share that every objective can be subtracted from, and divided by, in 128 bits.
const LONGEST: u128 = 1 << 88;

/// How often the share that may be bad was bad.
fn burn(good: Share, objective: Objective) -> Burn {
    let bad = good.rest().as_ratio();
    if bad.is_zero() {
        return Burn::Times(Ratio::ZERO);
    }
    bad.checked_div(objective.target().rest().as_ratio()).map_or(Burn::Unbounded, Burn::Times)
}

/// The budget as parts of the whole.
fn budget(good: Share, objective: Objective) -> Budget {
    let (allowed, bad) = (objective.target().rest().as_ratio(), good.rest().as_ratio());
    Budget { allowed, bad, left: Balance::of(allowed, bad), spent: burn(good, objective) }
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
