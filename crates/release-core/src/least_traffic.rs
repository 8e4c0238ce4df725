//! The least traffic with which the checks of a course can see what they are for.

use crate::analysis::{Check, CheckPhase, Measured, Moment, Tally};
use crate::judge::{Level, Reading};
use crate::rollout::Course;
use crate::strategy::Stage;
use chrono::TimeDelta;
use std::collections::BTreeMap;
use toban_core::{Confidence, Share, bounds};

/// What the readings of a check are made of, in a version that is to pass and in one that is to be caught.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signal {
    /// Of both versions a point for each stretch of time: the mean of its requests. A reading holds those since the stage
    /// began; a stretch without a request has no point, and where all traffic goes to the new version, the live one has
    /// none. Times of one request are spread like that around their mean, in both versions.
    Points {
        /// The stretch.
        every: TimeDelta,
        /// The standard deviation of one request, as a part of the mean: 0.5 is half of it.
        spread: Level,
        /// The mean of a bad version, as a multiple of that of the live one; a good one has the same as that.
        bad: Level,
    },
    /// The part of the requests of the new version, since the measurement before, that are counted; without a request
    /// there is no data.
    Ratio {
        /// In a version that is to pass.
        good: Share,
        /// In one that is to be caught.
        bad: Share,
    },
}

/// With how much traffic a check sees, and with how much it has to.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Sight {
    /// The stage, from 0.
    pub stage: usize,
    /// The name of the check.
    pub check: String,
    /// What the new version needs.
    pub least: Least,
    /// What the new version gets in that stage, in requests a minute.
    pub given: u64,
    /// As many requests a bad version gets in this stage, with what is given, until the check fails, at most, as surely
    /// as was asked for; `None`: it is not caught as surely.
    pub exposed: Option<u64>,
}

/// How many requests the new version must get.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Least {
    /// So many a minute.
    PerMinute(u64),
    /// No traffic is enough: the soak is too short, the limits are too wide or too narrow, or there is nothing to compare
    /// with.
    Never,
    /// Nobody said what its readings are made of.
    Unsaid,
}

impl Sight {
    /// Whether the check cannot see in that stage.
    #[must_use]
    pub fn is_blind(&self) -> bool {
        match self.least {
            Least::PerMinute(least) => self.given < least,
            Least::Never => true,
            Least::Unsaid => false,
        }
    }
}

/// For each stage and check of a course, the least traffic of the new version with which, within the soak of the stage, a
/// bad version fails and a good one passes, each as surely as that; beside what it gets where `per_minute` requests reach
/// both versions together.
///
/// The checks themselves are asked, with their judges, schedules and rules, over readings that are drawn: the answer
/// knows of resolution, fewest points, looks and limits what they do. It is the same for the same input. The chances
/// are counted in 400 draws, and counted as reached where an exact bound (one-sided, 95 %) says so, so that the least is
/// rather too much, by some percent. Judges that compare many points take their time for each draw.
///
/// # Errors
/// When a signal is for no check of the course, or cannot be drawn.
pub fn least_traffic(
    course: &Course,
    signals: &BTreeMap<String, Signal>,
    sure: Confidence,
    per_minute: u64,
) -> Result<Vec<Sight>, SignalError> {
    for (name, signal) in signals {
        if !course.checks.iter().any(|check| check.name() == name) {
            return Err(SignalError::NoCheck { check: name.clone() });
        }
        signal.check(name)?;
    }
    let mut sights = Vec::new();
    for (place, stage) in course.stages().iter().enumerate() {
        for check in course.checks.iter().filter(|check| check.is_of(&stage.name)) {
            let weight = u64::from(stage.weight.as_percent());
            let given = u64::try_from(u128::from(per_minute) * u128::from(weight) / 100).unwrap_or(u64::MAX);
            let (least, exposed) = match signals.get(check.name()) {
                None => (Least::Unsaid, None),
                Some(signal) => {
                    let trial = Trial { check, signal, stage, sure };
                    (trial.least(), trial.exposed(given))
                }
            };
            sights.push(Sight { stage: place, check: check.name().to_owned(), least, given, exposed });
        }
    }
    Ok(sights)
}

/// How often a stage is drawn.
const DRAWS: u32 = 400;

/// More a minute is not looked at.
const MOST: u64 = 1 << 30;

/// More measurements of one stage are not drawn.
const MOST_MEASUREMENTS: u32 = 100_000;

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Bad,
    Good,
}

struct Trial<'a> {
    check: &'a Check,
    signal: &'a Signal,
    stage: &'a Stage,
    sure: Confidence,
}

/// How a check ended in one draw.
enum End {
    /// It failed, so long after the stage began.
    Failed(TimeDelta),
    Open,
    Passed,
}

impl Trial<'_> {
    /// Chances do not rise evenly with traffic, for one more request may be one more that is borne: what is looked for is
    /// the end of what is too little.
    fn least(&self) -> Least {
        let mut enough = None;
        let mut rate = MOST;
        while rate > 0 && self.sees(rate) {
            (enough, rate) = (Some(rate), rate / 2);
        }
        let Some(mut enough) = enough else { return Least::Never };
        let mut few = rate;
        while enough - few > (enough / 64).max(1) {
            let middle = few + (enough - few) / 2;
            if self.sees(middle) { enough = middle } else { few = middle }
        }
        Least::PerMinute(enough)
    }

    fn sees(&self, rate: u64) -> bool {
        self.is_sure(rate, Kind::Bad, |end| matches!(end, End::Failed(_)))
            && self.is_sure(rate, Kind::Good, |end| matches!(end, End::Passed))
    }

    /// Whether it ends like that as surely as is asked for; no more is drawn than it takes to see that it does not.
    fn is_sure(&self, rate: u64, kind: Kind, is_it: impl Fn(&End) -> bool) -> bool {
        let enough = self.enough();
        let mut missed = 0;
        (0..DRAWS).all(|draw| {
            missed += u32::from(!is_it(&self.draw(rate, kind, draw)));
            DRAWS - missed >= enough
        })
    }

    /// So many draws show the chance that is asked for.
    fn enough(&self) -> u32 {
        let Some(proof) = Share::of(95, 100).ok().and_then(|share| Confidence::new(share).ok()) else {
            return DRAWS + 1;
        };
        let asked = self.sure.as_share().to_f64();
        let shows = |hits: &u32| bounds::binomial_lower(u64::from(*hits), u64::from(DRAWS), proof) >= asked;
        (0..=DRAWS).find(shows).unwrap_or(DRAWS + 1)
    }

    fn exposed(&self, given: u64) -> Option<u64> {
        let mut times: Vec<_> = (0..DRAWS)
            .filter_map(|draw| match self.draw(given, Kind::Bad, draw) {
                End::Failed(after) => Some(after),
                End::Open | End::Passed => None,
            })
            .collect();
        times.sort_unstable();
        let longest = *times.get(usize::try_from(self.enough()).ok()?.checked_sub(1)?)?;
        Some(requests(given, longest))
    }

    /// One stage.
    fn draw(&self, rate: u64, kind: Kind, draw: u32) -> End {
        let mut chance = Chance(u64::from(draw) << 1 | u64::from(kind == Kind::Good));
        let mut source = Source::new(self.signal, kind, rate, self.stage);
        let (mut tally, mut at, mut last) = (Tally::new(), TimeDelta::zero(), None::<Measured>);
        for _ in 0..MOST_MEASUREMENTS {
            at += self.check.next_in(last);
            if at > self.stage.soak {
                break;
            }
            let judged = self.check.judge_reading(&tally, &source.reading(at, &mut chance));
            self.check.observe(&mut tally, judged.measured);
            last = Some(judged.measured);
            match self.check.assess(&tally, Moment::During).phase {
                CheckPhase::Failed => return End::Failed(at),
                phase if phase.is_final() => break,
                _ => {}
            }
        }
        match self.check.assess(&tally, Moment::Ended).phase {
            CheckPhase::Failed => End::Failed(self.stage.soak),
            CheckPhase::Successful if !tally.is_empty() => End::Passed,
            _ => End::Open,
        }
    }
}

/// The requests of so long, at so many a minute.
fn requests(rate: u64, length: TimeDelta) -> u64 {
    let millis = u128::try_from(length.num_milliseconds()).unwrap_or(0);
    u64::try_from(u128::from(rate) * millis / 60_000).unwrap_or(u64::MAX)
}

/// Where the readings of one draw come from.
struct Source<'a> {
    signal: &'a Signal,
    kind: Kind,
    /// A minute, of the new version.
    rate: u64,
    /// A minute, of the live one.
    live: u64,
    /// Up to when was drawn.
    drawn: TimeDelta,
    baseline: Vec<f64>,
    candidate: Vec<f64>,
}

impl<'a> Source<'a> {
    fn new(signal: &'a Signal, kind: Kind, rate: u64, stage: &Stage) -> Self {
        let (weight, rest) = (stage.weight.as_percent(), stage.weight.rest().as_percent());
        let live = u128::from(rate) * u128::from(rest) / u128::from(weight.max(1));
        let live = u64::try_from(live).unwrap_or(u64::MAX);
        let drawn = TimeDelta::zero();
        Self { signal, kind, rate, live, drawn, baseline: Vec::new(), candidate: Vec::new() }
    }

    fn reading(&mut self, at: TimeDelta, chance: &mut Chance) -> Reading {
        match *self.signal {
            Signal::Ratio { good, bad } => {
                let all = requests(self.rate, at) - requests(self.rate, self.drawn);
                self.drawn = at;
                let part = if self.kind == Kind::Bad { bad } else { good };
                if all == 0 {
                    return Reading::NoData;
                }
                Reading::Value(chance.binomial(all, part.to_f64()) / float(all))
            }
            Signal::Points { every, spread, bad } => {
                let mean = if self.kind == Kind::Bad { bad.get() } else { 1.0 };
                while let Some(end) = self.drawn.checked_add(&every).filter(|end| *end <= at) {
                    let count = |rate| requests(rate, end) - requests(rate, self.drawn);
                    let point = |all: u64, mean: f64, chance: &mut Chance| {
                        let spread = spread.get() / float(all).sqrt();
                        (all > 0).then(|| mean * (1.0 + spread * chance.normal()))
                    };
                    self.candidate.extend(point(count(self.rate), mean, chance));
                    self.baseline.extend(point(count(self.live), 1.0, chance));
                    self.drawn = end;
                }
                Reading::Samples { baseline: self.baseline.clone(), candidate: self.candidate.clone() }
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "above 2⁵³ requests one more does not matter")]
fn float(count: u64) -> f64 {
    count as f64
}

/// Numbers as if by chance, the same for the same start: SplitMix64 (Steele, Lea and Flood, 2014).
struct Chance(u64);

impl Chance {
    /// Strictly between 0 and 1.
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        (float(mixed >> 11) + 0.5) / float(1 << 53)
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (2.0 * std::f64::consts::PI * self.uniform()).cos()
    }

    /// How many of so many happen: one after another where they are few, by the normal distribution where they are many.
    fn binomial(&mut self, all: u64, part: f64) -> f64 {
        if part > 0.5 {
            return float(all) - self.binomial(all, 1.0 - part);
        }
        let mean = float(all) * part;
        if part <= 0.0 {
            return 0.0;
        }
        if mean > 200.0 {
            let drawn = mean + (mean * (1.0 - part)).sqrt() * self.normal();
            return drawn.round().clamp(0.0, float(all));
        }
        let (mut place, mut hits) = (0.0, 0.0);
        loop {
            place += (self.uniform().ln() / (-part).ln_1p()).floor() + 1.0;
            if place > float(all) {
                return hits;
            }
            hits += 1.0;
        }
    }
}

impl Signal {
    fn check(&self, name: &str) -> Result<(), SignalError> {
        let check = || name.to_owned();
        match self {
            Self::Points { every, .. } if *every <= TimeDelta::zero() => {
                Err(SignalError::Every { check: check(), every: *every })
            }
            Self::Points { spread, .. } if spread.get() < 0.0 => {
                Err(SignalError::Spread { check: check(), spread: *spread })
            }
            Self::Points { .. } | Self::Ratio { .. } => Ok(()),
        }
    }
}

/// A signal that cannot be drawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignalError {
    /// Points at no distance.
    #[error("{check} has a point every {every}: more than no time")]
    Every {
        /// The check.
        check: String,
        /// What was given.
        every: TimeDelta,
    },
    /// It is for nothing.
    #[error("{check} is no check of the course")]
    NoCheck {
        /// What was named.
        check: String,
    },
    /// It is less than none.
    #[error("the requests of {check} are spread by {spread}: not less than nothing")]
    Spread {
        /// The check.
        check: String,
        /// What was given.
        spread: Level,
    },
}
