//! Futures, drawn from the seasons of a record, so that they can be drawn again from what is said of them:
//!
//! 1. Seasons lie back from the moment of the forecast, the newest first. One of which nine in ten slots hold data is
//!    taken. It has 24 parts where its slots can be divided so, otherwise one.
//! 2. An even rhythm draws every season of the future from all of them. A weekly one draws it from those that lie
//!    whole weeks before it.
//! 3. Each future draws pools first: for the next season, and where the rhythm is weekly for each other one of the
//!    week after it, as many seasons as there are to draw from. Then it draws its seasons from them, in their order.
//! 4. Of `n` seasons, a number of 64 random bits draws the one with the place `number * n / 2^64`.
//! 5. What is bad up to the end of each part becomes `bad + (widening - 1) * (bad - mean)`, rounded, and at least
//!    nothing; the mean is that of all seasons that could have been drawn. Totals stay as they are. A part that the
//!    horizon cuts counts in proportion, cut to whole events.
//! 6. What the window still holds of the record is added. A rolling window is exhausted now, or after the first part
//!    where more is bad than allowed; a record that is younger than the window is taken for the mean of it, so that
//!    it allows `window / age` as much. A period is exhausted where more is bad than what is allowed at its end, and
//!    only if it is so at its end.
//! 7. Of the sorted futures, a share `s` of `n` is the one with the place `s * n`.

use super::ahead::{Ahead, Span};
use super::{ForecastPolicy, Projection, Rhythm, Undecided};
use crate::track::Sums;
use crate::{Objective, Slo, duration};
use chrono::TimeDelta;
use std::cmp::Ordering;
use toban_core::{Ratio, compare_products};

/// Bad and total of each bucket of a season.
type Season = Vec<(u64, u64)>;

/// Everything that the futures have in common.
pub(super) struct Draw<'a> {
    objective: Objective,
    ahead: &'a Ahead<'a>,
    /// The seasons of the record by their place in the rhythm, the place of the next season first.
    places: Vec<Vec<Season>>,
    rhythm: Rhythm,
    weeks_needed: Option<usize>,
    /// Steps in a bucket.
    bucket: usize,
    /// What the window still holds of the record before each bucket ahead, and behind the last one.
    kept: Vec<Sums>,
    /// The bad events that are to be expected before the end of each bucket ahead: the mean of the record.
    expected: Vec<f64>,
    /// How much further than they were drawn the futures lie from that.
    widening: f64,
}

impl<'a> Draw<'a> {
    pub(super) fn new(slo: &Slo, ahead: &'a Ahead<'a>, policy: &ForecastPolicy) -> Result<Self, Undecided> {
        let (track, end) = (ahead.track, ahead.end);
        let season = track.steps_in(policy.season).ok_or(Undecided::TooCoarse)?;
        let buckets = buckets_in(season);
        let bucket = season / buckets;
        let seen = |sums: &Sums| sums.observed as usize * 10 >= season * 9;
        // What lies behind the record was not seen, however long it is.
        let newest = end.saturating_sub(track.len()) / season + 1;
        let seasons: Vec<(usize, Season)> = (newest..=end / season)
            .filter(|back| seen(&track.last(season, end - (back - 1) * season)))
            .map(|back| {
                let from = end - back * season;
                let sums = (1..=buckets).map(|next| track.last(bucket, from + next * bucket));
                (back, sums.map(|sums| (sums.bad, sums.total)).collect())
            })
            .collect();
        let (have, need) = (seasons.len(), policy.min_seasons.max(1));
        if have < need {
            return Err(Undecided::TooShort { have, need });
        }
        let in_week = track.steps_in(TimeDelta::weeks(1)).filter(|week| week % season == 0);
        let (rhythm, places) = by_rhythm(seasons, in_week.map(|week| week / season), policy.rhythm);
        let weeks_needed = match (policy.rhythm, rhythm, in_week) {
            (Rhythm::Weekly { weeks }, Rhythm::Even, Some(_)) => Some(weeks.max(1)),
            _ => None,
        };
        let fewest = places.iter().map(Vec::len).min().unwrap_or(0);
        let mut draw = Self {
            objective: slo.objective(),
            ahead,
            places,
            rhythm,
            weeks_needed,
            bucket,
            kept: Vec::new(),
            expected: Vec::new(),
            widening: widening(fewest),
        };
        draw.kept = (0..=draw.buckets()).map(|passed| ahead.kept(draw.passed(passed))).collect();
        draw.expected = draw.mean();
        Ok(draw)
    }

    /// How many buckets lie ahead; the last one may be cut.
    fn buckets(&self) -> usize {
        self.ahead.steps.div_ceil(self.bucket)
    }

    /// How many steps have passed after so many buckets.
    fn passed(&self, buckets: usize) -> usize {
        (buckets * self.bucket).min(self.ahead.steps)
    }

    /// What a bucket of a season counts as the next one after so many.
    fn cut(&self, after: usize, (bad, total): (u64, u64)) -> (u128, u128) {
        let part = self.passed(after + 1) - self.passed(after);
        if part == self.bucket {
            return (bad.into(), total.into());
        }
        let cut = |count: u64| u128::from(count) * part as u128 / self.bucket as u128;
        (cut(bad), cut(total))
    }

    fn mean(&self) -> Vec<f64> {
        let in_season = self.places.iter().flatten().next().map_or(1, Vec::len);
        let mut sum = 0.0;
        let means = (0..self.buckets()).map(|after| {
            let place = self.places.get(after / in_season % self.places.len());
            let seasons = place.map_or(&[][..], Vec::as_slice);
            let bad = seasons.iter().filter_map(|season| season.get(after % in_season));
            let bad: u128 = bad.map(|tally| self.cut(after, *tally).0).sum();
            sum += Ratio::new(bad, seasons.len() as u128).map_or(0.0, Ratio::to_f64);
            sum
        });
        means.collect()
    }

    pub(super) fn project(&self, policy: &ForecastPolicy) -> Projection {
        let mut random = Random(policy.seed);
        // No room is made beforehand: how many futures are asked for is a number from outside.
        let mut ends = Vec::new();
        let mut spent = Vec::new();
        for _ in 0..policy.futures.max(1) {
            let (end, at_horizon) = self.future(&mut random);
            ends.push(end.unwrap_or(usize::MAX));
            spent.push(at_horizon);
        }
        ends.sort_unstable();
        spent.sort_unstable_by(f64::total_cmp);
        let tail = policy.confidence.as_share().rest().to_f64() / 2.0;
        let after = |share: f64| {
            let buckets = quantile(&ends, share).filter(|end| *end != usize::MAX)?;
            self.ahead.length(self.passed(buckets))
        };
        let missed = ends.iter().filter(|end| **end != usize::MAX).count();
        let spent = |share: f64| quantile(&spent, share).unwrap_or(0.0);
        Projection {
            horizon: self.ahead.length(self.ahead.steps).unwrap_or(TimeDelta::MAX),
            chance_to_miss: Ratio::new(missed as u128, ends.len() as u128).map_or(0.0, Ratio::to_f64),
            earliest: after(tail),
            median: after(0.5),
            latest: after(1.0 - tail),
            spent_at_horizon: [spent(tail), spent(0.5), spent(1.0 - tail)],
            futures: ends.len(),
            seed: policy.seed,
            seasons: self.places.iter().map(Vec::len).sum(),
            season: policy.season,
            rhythm: self.rhythm,
            weeks_needed: self.weeks_needed,
            confidence: policy.confidence,
        }
    }

    /// After how many buckets the budget is exhausted, and what is spent at the horizon.
    fn future(&self, random: &mut Random) -> (Option<usize>, f64) {
        // Not knowing the true mean widens the future as well: it is drawn from a pool that is drawn from the record.
        let pools: Vec<Vec<&Season>> = self
            .places
            .iter()
            .map(|seasons| (0..seasons.len()).filter_map(|_| random.pick(seasons)).collect())
            .collect();
        let seasons = (0..).map_while(|next| random.pick(pools.get(next % pools.len())?).copied());
        let buckets = seasons.flatten().take(self.buckets()).enumerate();
        let (mut bad, mut total) = (0_u128, 0_u128);
        let path: Vec<_> = std::iter::once((0, 0))
            .chain(buckets.map(|(after, tally)| {
                let (more_bad, more) = self.cut(after, *tally);
                bad += more_bad;
                total += more;
                (self.widened(after, bad), total)
            }))
            .zip(&self.kept)
            .map(|((bad, total), kept)| (bad + u128::from(kept.bad), total + u128::from(kept.total)))
            .collect();
        let (num, den) = self.objective.allowance();
        let (num, den) = (u128::from(num), u128::from(den));
        let (bad, total) = path.last().copied().unwrap_or_default();
        let exhausted = match self.ahead.span {
            Span::Rolling(length) => path.iter().enumerate().position(|(passed, (bad, total))| {
                let seen = (self.ahead.end + self.passed(passed)).min(length);
                let (left, right) = ([*bad, den * seen as u128], [*total, num * length as u128]);
                compare_products(&left, &right) == Ordering::Greater
            }),
            // What a period allows is known when it is over, and so is whether that was exceeded.
            Span::Period(_) if bad * den > total * num => {
                path.iter().position(|(bad, _)| bad * den > total * num)
            }
            Span::Period(_) => None,
        };
        let spent = Ratio::new(bad * den, (total * num).max(1));
        (exhausted, spent.map_or(0.0, Ratio::to_f64))
    }

    /// The bad events of a future, as far from what is to be expected as they have to be.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "a float that lies within the range of a count, or is cut to it"
    )]
    fn widened(&self, after: usize, bad: u128) -> u128 {
        let expected = self.expected.get(after).copied().unwrap_or(0.0);
        let further = (self.widening - 1.0) * (bad as f64 - expected);
        bad.saturating_add_signed(further.round() as i128)
    }
}

/// Puts seasons where they belong in the rhythm, as far as enough of each place was seen.
fn by_rhythm(
    seasons: Vec<(usize, Season)>,
    in_week: Option<usize>,
    wanted: Rhythm,
) -> (Rhythm, Vec<Vec<Season>>) {
    if let (Rhythm::Weekly { weeks }, Some(in_week)) = (wanted, in_week) {
        let place =
            |place: usize| seasons.iter().filter(move |(back, _)| (back + place).is_multiple_of(in_week));
        let fewest = (0..in_week).map(|next| place(next).count()).min().unwrap_or(0);
        if fewest >= weeks.max(1) {
            let places = (0..in_week).map(|next| place(next).map(|(_, season)| season.clone()).collect());
            return (Rhythm::Weekly { weeks: fewest }, places.collect());
        }
    }
    (Rhythm::Even, vec![seasons.into_iter().map(|(_, season)| season).collect()])
}

/// How many parts a season has, on a grid of such steps.
pub(crate) fn parts(season: TimeDelta, step: TimeDelta) -> usize {
    let (season, step) = (duration::millis(season), duration::millis(step).max(1));
    usize::try_from(season / step).map_or(1, buckets_in)
}

/// How many buckets a season of so many steps has.
fn buckets_in(season: usize) -> usize {
    if season.is_multiple_of(24) { 24 } else { 1 }
}

/// What a draw from `n` misses of the truth: draws spread like (n − 1)/n of it around a mean that is itself not sure
/// by 1/n, together (n + 1)/n.
fn widening(n: usize) -> f64 {
    let ratio = Ratio::new(n as u128 + 1, (n as u128).saturating_sub(1).max(1));
    if n < 2 { 1.0 } else { ratio.map_or(1.0, Ratio::to_f64).sqrt() }
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
