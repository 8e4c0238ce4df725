//! How long will the rest of the budget last?

mod ahead;
mod draw;
mod walk;

use crate::budget::{Balance, Burn, Reading};
use crate::track::{Track, View};
use crate::{Counts, Slo, Tally};
pub(crate) use ahead::Ahead;
use chrono::{DateTime, TimeDelta, Utc};
use draw::Draw;
pub(crate) use draw::parts;
use toban_core::{Confidence, Ratio, Share, bounds};
use walk::PARTS;
pub(crate) use walk::{Moment, Walk};

/// How a forecast is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ForecastPolicy {
    /// How sure the interval is: at 80 % one in ten futures lies before it and one in ten behind it.
    pub confidence: Confidence,
    /// The stretch whose pace is continued.
    pub pace: TimeDelta,
    /// The length after which load and errors repeat themselves.
    pub season: TimeDelta,
    /// How many seasons of history must have been seen for a projection.
    pub min_seasons: usize,
    /// Which seasons of the record a season of the future is like.
    pub rhythm: Rhythm,
    /// How many futures are drawn.
    pub futures: usize,
    /// The seed of the draw: equal seeds give equal forecasts.
    pub seed: u64,
}

/// Which seasons of the record a season of the future is drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rhythm {
    /// From all of them: one is like the other. Where days differ by weekday, futures then differ more than they
    /// should, and a chance to miss is too high.
    Even,
    /// From those that lie whole weeks before it: a Saturday from Saturdays.
    Weekly {
        /// In a policy: how many of each weekday must have been seen, and until then the rhythm is even. In a
        /// projection: how many were seen at least.
        weeks: usize,
    },
}

impl ForecastPolicy {
    /// An interval of 80 % from 400 futures, made of days of which at least seven were seen; the pace is that of the
    /// last day.
    ///
    /// From four weeks on a day is drawn from days of the same weekday. With fewer, the spread of one weekday is a
    /// guess, and a month is what most records hold. The numbers are of our own choosing.
    #[must_use]
    pub fn by_day(seed: u64) -> Self {
        let day = TimeDelta::days(1);
        Self {
            confidence: Confidence::FOUR_FIFTHS,
            pace: day,
            season: day,
            min_seasons: 7,
            rhythm: Rhythm::Weekly { weeks: 4 },
            futures: 400,
            seed,
        }
    }
}

/// What is expected of the rest of the budget.
///
/// Figures are of the steps that are over, and times begin with the moment of the report ([`Report::at`], or the `now`
/// of [`forecast`]), of which up to a step, and the patience for late data, has passed since then. A turn is told by
/// the end of the step in which it comes.
///
/// [`Report::at`]: crate::Report::at
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Forecast {
    /// The part of the whole window's budget that is left, as
    /// [`WindowReport::whole`](crate::WindowReport::whole) has it; `None` where there is no budget, or nothing was
    /// seen.
    pub remaining: Option<Balance>,
    /// What follows if the last while goes on as it did; `None` where nothing was seen in it or nothing is left.
    pub pace: Option<Pace>,
    /// What follows if the future is made of days like those of the record.
    pub outlook: Outlook,
    /// Where nothing is left: how something will be; `None` where something is left, or the last while of a rolling
    /// window holds no data.
    pub recovery: Option<Recovery>,
}

/// How something of a budget is left again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Recovery {
    /// A rolling window lets go of what was bad.
    Leaving {
        /// The last while, continued as a [`Pace`] continues it.
        over: TimeDelta,
        /// What was counted in it.
        reading: Reading,
        /// Its burn rate.
        burn: Burn,
        /// When the first step is over after which something is left; `None`: never at that pace.
        left_in: Option<TimeDelta>,
        /// The same where nothing goes bad any more, at the traffic of the last while; `None` where that has none.
        left_at_best: Option<TimeDelta>,
    },
    /// A period of the calendar lets go of nothing: unless more traffic comes than so far, nothing of its budget is
    /// left before its end.
    NewPeriod {
        /// When the next one begins, with a budget of its own.
        begins_in: TimeDelta,
    },
}

/// The last while, continued: each step to come counts as one of those did on average, gaps among them.
///
/// The whole window is judged after each of these steps as [`WindowReport::whole`](crate::WindowReport::whole) judges
/// it today. What leaves a rolling window by then is known: a steady burn below 1 never exhausts it, and good traffic
/// that leaves takes the budget along that it brought.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Pace {
    /// The last while.
    pub over: TimeDelta,
    /// What was counted in it.
    pub reading: Reading,
    /// Its burn rate.
    pub burn: Burn,
    /// How far it looks: to the end of the period of the calendar, where a new budget begins. `None`: without end,
    /// since a rolling window that nothing but the pace is in stays as it is.
    pub within: Option<TimeDelta>,
    /// When the first step is over after which nothing is left; `None`: not as far as it looks.
    pub exhausted_in: Option<TimeDelta>,
    /// How sure the two ends are.
    pub confidence: Confidence,
    /// The same for the most bad events that their count leaves possible (exact Poisson bound, to a millionth, and at
    /// most all of them), as if they were independent: bursts make the truth less sure than this. Where the last while
    /// had no traffic, nothing more is known than the pace says.
    pub earliest: Option<TimeDelta>,
    /// The same for the fewest bad events that their count leaves possible; `None`: maybe not as far as it looks.
    pub latest: Option<TimeDelta>,
}

/// What the record says of the future.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Outlook {
    /// The budget is gone. Of a period of the calendar that is not over this is said by the traffic so far, and only
    /// where no futures can be drawn that say how the rest of it may go.
    Exhausted,
    /// Futures were drawn from the record.
    Projected(Projection),
    /// The data does not say.
    Undecided(Undecided),
}

/// Futures drawn from the record. What leaves a rolling window is known, and counted.
///
/// In a rolling window the objective is missed when the budget of the window is exhausted at any time. In a period of
/// the calendar it is missed when at its end more went bad than its whole traffic allows, however things stood on the
/// way; it was exhausted when that much had gone bad.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Projection {
    /// How far it looks: one window ahead, or to the end of the period of the calendar.
    pub horizon: TimeDelta,
    /// The share of futures in which the objective is missed. Since the record does not say exactly how good the
    /// service is, futures differ more than they should, and a rare miss looks up to twice as likely as it is.
    pub chance_to_miss: f64,
    /// The early end of the interval; `None`: not within the horizon.
    pub earliest: Option<TimeDelta>,
    /// When half of the futures are exhausted; `None`: not within the horizon.
    pub median: Option<TimeDelta>,
    /// The late end of the interval; `None`: not within the horizon.
    pub latest: Option<TimeDelta>,
    /// The part of the budget spent at the horizon: the lower end of the interval, the median and the upper end.
    pub spent_at_horizon: [f64; 3],
    /// How many futures were drawn.
    pub futures: usize,
    /// The seed of the draw.
    pub seed: u64,
    /// How many seasons the futures were drawn from.
    pub seasons: usize,
    /// The length of a season.
    pub season: TimeDelta,
    /// Which of them each season of the future was drawn from.
    pub rhythm: Rhythm,
    /// Where the rhythm is even only because fewer weeks were seen than the policy asks for: so many. Days of every
    /// weekday are drawn alike then.
    pub weeks_needed: Option<usize>,
    /// How sure the interval is.
    pub confidence: Confidence,
}

/// Why there is no projection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Undecided {
    /// The objective is 100 %.
    #[error("there is no budget")]
    NoBudget,
    /// Nothing was seen in the window.
    #[error("nothing was seen in the window")]
    NoData,
    /// The record does not hold enough whole seasons.
    #[error("{have} of {need} whole seasons seen")]
    TooShort {
        /// How many whole seasons were seen.
        have: usize,
        /// How many are needed.
        need: usize,
    },
    /// The grid of the data does not resolve the seasons or the window.
    #[error("the data is too coarse")]
    TooCoarse,
}

/// Forecasts the exhaustion of the main window's budget from what is left of it.
///
/// A future is made of seasons drawn from the record, season by season, each at its own time of day and, where the
/// record is long enough, from the same weekday. Before that a pool is drawn from the record for each future, so that
/// not knowing the true mean widens the interval; and what a draw from few seasons misses of their spread is made up
/// for.
#[must_use]
pub fn forecast(slo: &Slo, counts: &Counts, now: DateTime<Utc>, policy: &ForecastPolicy) -> Forecast {
    match Track::new(slo, counts, now, View::Corrected) {
        Ok(track) => on_track(slo, &track, track.steps_until(now), now, policy),
        Err(_) => Forecast::undecided(Undecided::TooCoarse),
    }
}

impl Forecast {
    pub(crate) fn undecided(reason: Undecided) -> Self {
        Self { remaining: None, pace: None, outlook: Outlook::Undecided(reason), recovery: None }
    }
}

/// The forecast after the first `end` steps, told at the moment `at`.
pub(crate) fn on_track(
    slo: &Slo,
    track: &Track,
    end: usize,
    at: DateTime<Utc>,
    policy: &ForecastPolicy,
) -> Forecast {
    let reading = track.window_reading(slo.window(), end);
    let Some((reading, known)) = reading.zip(Ahead::new(slo.window(), track, end, at)) else {
        return Forecast::undecided(Undecided::TooCoarse);
    };
    if slo.objective().budget().is_none() {
        return Forecast::undecided(Undecided::NoBudget);
    }
    let whole =
        track.whole(slo.window(), end, &reading).map(|whole| reading.whole_budget(slo.objective(), whole));
    let Some(Burn::Times(spent)) = whole.map(|whole| whole.spent) else {
        return Forecast::undecided(Undecided::NoData);
    };
    let left = Ratio::ONE.checked_sub(spent);
    let over = || spent.checked_sub(Ratio::ONE).map(Balance::Overspent);
    let remaining = left.map(Balance::Left).or_else(over);
    let ahead = known.rest_of_period();
    let is_gone = left.is_none_or(|left| left.is_zero());
    let recovery = if is_gone { recovery(slo, &known, ahead, policy) } else { None };
    if is_gone && ahead.is_none_or(|ahead| ahead.is_zero()) {
        return Forecast { remaining, pace: None, outlook: Outlook::Exhausted, recovery };
    }
    let outlook = match Draw::new(slo, &known, policy) {
        Ok(draw) => Outlook::Projected(draw.project(policy)),
        Err(_) if is_gone => Outlook::Exhausted,
        Err(reason) => Outlook::Undecided(reason),
    };
    let pace = if is_gone { None } else { pace(slo, &known, ahead, policy) };
    Forecast { remaining, pace, outlook, recovery }
}

/// The last while and what was counted in it; `None` where nothing was seen.
fn last_while(slo: &Slo, known: &Ahead<'_>, policy: &ForecastPolicy) -> Option<(TimeDelta, Reading)> {
    let Ahead { track, end, .. } = *known;
    let over = policy.pace.min(slo.window().at(track.time_of(end))?.length());
    let reading = track.reading(over, end)?;
    (reading.observed > 0).then_some((over, reading))
}

/// How something is left again; `ahead` is what is left of the period of the calendar.
fn recovery(
    slo: &Slo,
    known: &Ahead<'_>,
    ahead: Option<TimeDelta>,
    policy: &ForecastPolicy,
) -> Option<Recovery> {
    if let Some(ahead) = ahead {
        return Some(Recovery::NewPeriod { begins_in: ahead });
    }
    let (over, reading) = last_while(slo, known, policy)?;
    let left_in = |bad: Ratio| {
        let steps = Walk::new(known, slo.objective(), &reading, bad)?.left()?;
        known.length(steps)
    };
    Some(Recovery::Leaving {
        over,
        reading,
        burn: reading.burn(slo.objective()),
        left_in: left_in(reading.tally.bad().into()),
        left_at_best: left_in(Ratio::ZERO).filter(|_| reading.tally.total() > 0),
    })
}

fn pace(slo: &Slo, known: &Ahead<'_>, within: Option<TimeDelta>, policy: &ForecastPolicy) -> Option<Pace> {
    let (over, reading) = last_while(slo, known, policy)?;
    let burn = reading.burn(slo.objective());
    burn.times()?;
    let lasts = |bad: Ratio| {
        let steps = Walk::new(known, slo.objective(), &reading, bad)?.gone()?;
        known.length(steps)
    };
    let [fewest, most] = bounds_of(reading.tally, policy.confidence)?;
    Some(Pace {
        over,
        reading,
        burn,
        within,
        exhausted_in: lasts(reading.tally.bad().into()),
        confidence: policy.confidence,
        earliest: lasts(most),
        latest: lasts(fewest),
    })
}

/// The fewest and the most bad events that a count leaves possible, to a millionth: half of what is not sure lies on
/// each side. No more than all can be bad.
pub(crate) fn bounds_of(tally: Tally, confidence: Confidence) -> Option<[Ratio; 2]> {
    let side = confidence.as_share().as_ratio().checked_add(Ratio::ONE)?.checked_div(Ratio::whole(2))?;
    let side = Confidence::new(Share::new(side).ok()?).ok()?;
    let exact = |bound: f64| Ratio::new(millionths(bound), PARTS).ok();
    let fewest = exact(bounds::poisson_lower(tally.bad(), side))?;
    let most = exact(bounds::poisson_upper(tally.bad(), side))?;
    Some([fewest, most].map(|bound| bound.min(tally.total().into())))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a bound of a count is no negative number, and is cut to what is counted"
)]
fn millionths(bound: f64) -> u128 {
    (bound * 1e6).round() as u128
}
