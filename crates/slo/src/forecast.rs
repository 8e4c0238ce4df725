//! How long will the rest of the budget last?

use crate::budget::{Balance, Burn, Reading};
use crate::duration;
use crate::track::{Sums, Track, View};
use crate::{Counts, Objective, Slo, Window};
use chrono::{DateTime, TimeDelta, Utc};
use toban_core::{Confidence, Ratio, Share, bounds};

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
    /// How many futures are drawn.
    pub futures: usize,
    /// The seed of the draw: equal seeds give equal forecasts.
    pub seed: u64,
}

impl ForecastPolicy {
    /// An interval of 80 % from 400 futures, made of days of which at least a week was seen, so that a weekend is
    /// among them; the pace is that of the last day. The numbers are of our own choosing.
    #[must_use]
    pub fn by_day(seed: u64) -> Self {
        let day = TimeDelta::days(1);
        Self {
            confidence: Confidence::FOUR_FIFTHS,
            pace: day,
            season: day,
            min_seasons: 7,
            futures: 400,
            seed,
        }
    }
}

/// What is expected of the rest of the budget.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Forecast {
    /// The part of the budget that is left; `None` where there is no budget, or nothing was seen.
    pub remaining: Option<Balance>,
    /// What follows if the last while goes on as it did; `None` where nothing was seen in it or nothing is left.
    pub pace: Option<Pace>,
    /// What follows if the future is made of days like those of the record.
    pub outlook: Outlook,
}

/// The last while, continued.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Pace {
    /// The last while.
    pub over: TimeDelta,
    /// What was counted in it.
    pub reading: Reading,
    /// Its burn rate.
    pub burn: Burn,
    /// When the rest is gone; `None`: never, nothing burns.
    pub exhausted_in: Option<TimeDelta>,
    /// How sure the two ends are.
    pub confidence: Confidence,
    /// The same at the largest burn rate that the count of bad events leaves possible (exact Poisson bound), as if
    /// they were independent: bursts make the truth less sure than this.
    pub earliest: Option<TimeDelta>,
    /// The same at the smallest burn rate that the count leaves possible; `None`: maybe never.
    pub latest: Option<TimeDelta>,
}

/// What the record says of the future.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Outlook {
    /// The budget is gone.
    Exhausted,
    /// Futures were drawn from the record.
    Projected(Projection),
    /// The data does not say.
    Undecided(Undecided),
}

/// Futures drawn from the record. What leaves a rolling window is known, and counted.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Projection {
    /// How far it looks: one window ahead, or to the end of the period of the calendar.
    pub horizon: TimeDelta,
    /// The share of futures in which the budget is exhausted within the horizon.
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
/// A future is made of seasons drawn from the record, season by season, each at its own time of day; before that a
/// pool is drawn from the record for each future, so that not knowing the true mean widens the interval as well.
#[must_use]
pub fn forecast(slo: &Slo, counts: &Counts, now: DateTime<Utc>, policy: &ForecastPolicy) -> Forecast {
    match Track::new(slo, counts, now, View::Corrected) {
        Ok(track) => on_track(slo, &track, track.steps_until(now), policy),
        Err(_) => Forecast { remaining: None, pace: None, outlook: Outlook::Undecided(Undecided::TooCoarse) },
    }
}

pub(crate) fn on_track(slo: &Slo, track: &Track, end: usize, policy: &ForecastPolicy) -> Forecast {
    let undecided = |reason| Forecast { remaining: None, pace: None, outlook: Outlook::Undecided(reason) };
    let Some(reading) = track.window_reading(slo.window(), end) else {
        return undecided(Undecided::TooCoarse);
    };
    if slo.objective().budget().is_none() {
        return undecided(Undecided::NoBudget);
    }
    let Burn::Times(spent) = reading.burn(slo.objective()) else { return undecided(Undecided::NoData) };
    let left = Ratio::ONE.checked_sub(spent);
    let over = || spent.checked_sub(Ratio::ONE).map(Balance::Overspent);
    let remaining = left.map(Balance::Left).or_else(over);
    let Some(left) = left.filter(|left| !left.is_zero()) else {
        return Forecast { remaining, pace: None, outlook: Outlook::Exhausted };
    };
    let outlook = match Draw::new(slo, track, end, policy) {
        Ok(draw) => Outlook::Projected(draw.project(policy)),
        Err(reason) => Outlook::Undecided(reason),
    };
    Forecast { remaining, pace: pace(slo, track, end, left, policy), outlook }
}

fn pace(slo: &Slo, track: &Track, end: usize, left: Ratio, policy: &ForecastPolicy) -> Option<Pace> {
    let period = slo.window().nominal_length();
    let over = policy.pace.min(period);
    let reading = track.reading(over, end)?;
    let burn = reading.burn(slo.objective());
    let times = burn.times()?;
    let millis = u128::try_from(duration::as_millis(period)?).ok()?;
    let lasting = left.checked_mul(Ratio::whole(millis))?;
    let lasts = |burn: f64| (burn > 0.0).then(|| length(lasting.to_f64() / burn)).flatten();
    let exhausted_in = lasting.checked_div(times).and_then(|time| {
        i64::try_from(time.numerator() / time.denominator()).ok().and_then(TimeDelta::try_milliseconds)
    });
    let (fewest, most) = bounds_of(reading.tally.bad(), policy.confidence)?;
    let allowed = slo.objective().budget()?.to_f64() * Ratio::from(reading.tally.total()).to_f64();
    // Without traffic nothing is known of the pace of burning.
    let at_most = |count: f64| if allowed > 0.0 { lasts(count / allowed) } else { None };
    Some(Pace {
        over,
        reading,
        burn,
        exhausted_in,
        confidence: policy.confidence,
        earliest: at_most(most),
        latest: at_most(fewest),
    })
}

/// The fewest and the most bad events that a count leaves possible: half of what is not sure lies on each side.
pub(crate) fn bounds_of(bad: u64, confidence: Confidence) -> Option<(f64, f64)> {
    let side = confidence.as_share().as_ratio().checked_add(Ratio::ONE)?.checked_div(Ratio::whole(2))?;
    let side = Confidence::new(Share::new(side).ok()?).ok()?;
    Some((bounds::poisson_lower(bad, side), bounds::poisson_upper(bad, side)))
}

#[expect(clippy::cast_possible_truncation, reason = "checked to lie within ten thousand years")]
fn length(millis: f64) -> Option<TimeDelta> {
    (millis < 3e14).then(|| TimeDelta::try_milliseconds(millis as i64)).flatten()
}

/// Everything that the futures have in common.
struct Draw<'a> {
    objective: Objective,
    track: &'a Track,
    end: usize,
    /// Bad and total of each bucket of each season, the newest season last.
    seasons: Vec<Vec<(u64, u64)>>,
    /// Steps in a bucket.
    bucket: usize,
    /// How many buckets the horizon has.
    horizon: usize,
    /// What a future adds to: the first step of the window after so many buckets.
    rolls: Option<usize>,
    start: usize,
}

impl<'a> Draw<'a> {
    fn new(slo: &Slo, track: &'a Track, end: usize, policy: &ForecastPolicy) -> Result<Self, Undecided> {
        let season = track.steps_in(policy.season).ok_or(Undecided::TooCoarse)?;
        let buckets = if season % 24 == 0 { 24 } else { 1 };
        let bucket = season / buckets;
        let start = track.window_start(slo.window(), end).ok_or(Undecided::TooCoarse)?;
        let (rolls, ahead) = horizon(slo.window(), track, end).ok_or(Undecided::TooCoarse)?;
        let seen = |sums: &Sums| sums.observed as usize * 10 >= season * 9;
        let seasons: Vec<_> = (1..=end / season.max(1))
            .rev()
            .filter(|back| seen(&track.last(season, end - (back - 1) * season)))
            .map(|back| {
                let from = end - back * season;
                let sums = (1..=buckets).map(|next| track.last(bucket, from + next * bucket));
                sums.map(|sums| (sums.bad, sums.total)).collect()
            })
            .collect();
        let need = policy.min_seasons.max(1);
        if seasons.len() < need {
            return Err(Undecided::TooShort { have: seasons.len(), need });
        }
        let horizon = ahead.div_ceil(bucket.max(1));
        Ok(Self { objective: slo.objective(), track, end, seasons, bucket, horizon, rolls, start })
    }

    fn project(&self, policy: &ForecastPolicy) -> Projection {
        let mut random = Random(policy.seed);
        let mut ends = Vec::with_capacity(policy.futures);
        let mut spent = Vec::with_capacity(policy.futures);
        for _ in 0..policy.futures.max(1) {
            let (end, at_horizon) = self.future(&mut random);
            ends.push(end.unwrap_or(usize::MAX));
            spent.push(at_horizon);
        }
        ends.sort_unstable();
        spent.sort_unstable_by(f64::total_cmp);
        let tail = policy.confidence.as_share().rest().to_f64() / 2.0;
        let step = self.track.step();
        let after = |share: f64| {
            let buckets = quantile(&ends, share).filter(|end| *end != usize::MAX)?;
            step.checked_mul(i32::try_from(buckets * self.bucket).ok()?)
        };
        let missed = ends.iter().filter(|end| **end != usize::MAX).count();
        let spent = |share: f64| quantile(&spent, share).unwrap_or(0.0);
        Projection {
            horizon: step
                .checked_mul(i32::try_from(self.horizon * self.bucket).unwrap_or(i32::MAX))
                .unwrap_or(step),
            chance_to_miss: Ratio::new(missed as u128, ends.len() as u128).map_or(0.0, Ratio::to_f64),
            earliest: after(tail),
            median: after(0.5),
            latest: after(1.0 - tail),
            spent_at_horizon: [spent(tail), spent(0.5), spent(1.0 - tail)],
            futures: ends.len(),
            seed: policy.seed,
            seasons: self.seasons.len(),
            season: policy.season,
            confidence: policy.confidence,
        }
    }

    /// After how many buckets the budget is exhausted, and what is spent at the horizon.
    fn future(&self, random: &mut Random) -> (Option<usize>, f64) {
        let (num, den) = self.objective.allowance();
        let (num, den) = (u128::from(num), u128::from(den));
        let pool: Vec<_> = (0..self.seasons.len()).filter_map(|_| random.pick(&self.seasons)).collect();
        let (mut bad, mut total) = (0_u128, 0_u128);
        let mut window = (0, 0);
        let mut exhausted = None;
        let buckets =
            std::iter::repeat_with(|| random.pick(&pool)).flatten().flat_map(|season| season.iter());
        for (passed, (more_bad, more)) in buckets.take(self.horizon).enumerate() {
            bad += u128::from(*more_bad);
            total += u128::from(*more);
            let start = match self.rolls {
                Some(length) => (self.end + (passed + 1) * self.bucket).saturating_sub(length),
                None => self.start,
            };
            let kept = self.track.last(self.end.saturating_sub(start), self.end);
            window = (bad + u128::from(kept.bad), total + u128::from(kept.total));
            if exhausted.is_none() && window.0 * den > window.1 * num {
                exhausted = Some(passed + 1);
            }
        }
        let spent = Ratio::new(window.0 * den, (window.1 * num).max(1));
        (exhausted, spent.map_or(0.0, Ratio::to_f64))
    }
}

/// The length of a rolling window in steps, and how many steps lie ahead.
fn horizon(window: Window, track: &Track, end: usize) -> Option<(Option<usize>, usize)> {
    if window.is_rolling() {
        let length = track.steps_in(window.nominal_length())?;
        return Some((Some(length), length));
    }
    // The moment of a boundary closes the period before it: nothing lies ahead then.
    let whole = window.at(track.time_of(end))?;
    let left = duration::millis(whole.end() - track.time_of(end)) / duration::millis(track.step());
    Some((None, usize::try_from(left).ok()?))
}

fn quantile<T: Copy>(sorted: &[T], share: f64) -> Option<T> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share of a few hundred, rounded to a place among them"
    )]
    let place = (share * sorted.len() as f64) as usize;
    sorted.get(place.min(sorted.len().saturating_sub(1))).copied()
}

/// SplitMix64 (Steele, Lea and Flood, 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let place = (u128::from(self.next()) * from.len() as u128) >> 64;
        from.get(usize::try_from(place).ok()?)
    }
}
