//! What the conditions of a policy say after each step of a track.

use crate::alarm::{self, Alarm, Change, Episode, Outcome};
use crate::alert::{AlertPolicy, AlertRule, Condition, LowTraffic, Threshold};
use crate::duration;
use crate::track::{self, Sums, Track};
use crate::{Objective, Slo, Window};
use chrono::{DateTime, Utc};
use std::cmp::Ordering;
use toban_core::{Ratio, Share, compare_products};

/// A policy, compiled for one grid: what each rule says of the sums that it asks for.
#[derive(Debug)]
pub(crate) struct Rulebook {
    rules: Vec<Compiled>,
    low_traffic: LowTraffic,
    /// How much of the sums is one event.
    one: u64,
    coverage: (u64, u64),
    /// The allowance of the objective: `num` of `den` may be bad.
    budget: (u128, u128),
    /// The nominal length of the main window in milliseconds.
    period: u128,
}

#[derive(Debug)]
struct Compiled {
    /// `None` where the grid cannot resolve a window of the rule: it is never known.
    test: Option<Test>,
    lasting: i64,
    cool_down: i64,
}

/// A condition; windows are steps of the grid.
#[derive(Debug)]
pub(crate) enum Test {
    Absent { steps: usize },
    BurnRate { long: usize, short: Option<usize>, threshold: Threshold, share: Share },
    Exhaustion { within: u128, pace: usize },
    Spent { part: Ratio, within: Option<usize> },
}

impl Rulebook {
    /// Compiles a policy for a grid with steps of so many milliseconds.
    pub(crate) fn new(slo: &Slo, policy: &AlertPolicy, step: i64) -> Self {
        let ratio = policy.min_coverage().as_ratio();
        let word = |number: u128| u64::try_from(number).unwrap_or(u64::MAX);
        let (num, den) = slo.objective().allowance();
        let compile = |rule: &AlertRule| Compiled {
            test: Test::new(&rule.condition, slo.objective(), step),
            lasting: duration::millis(rule.lasting),
            cool_down: duration::millis(rule.cool_down),
        };
        Self {
            rules: policy.rules().iter().map(compile).collect(),
            low_traffic: policy.low_traffic(),
            one: track::unit(slo).one(),
            coverage: (word(ratio.numerator()), word(ratio.denominator())),
            budget: (num.into(), den.into()),
            period: u128::try_from(duration::millis(slo.window().nominal_length())).unwrap_or(0),
        }
    }

    /// The least share of a window that must have been seen, as numerator and denominator.
    pub(crate) fn coverage(&self) -> (u64, u64) {
        self.coverage
    }

    /// The test of each rule; `None` where the grid cannot resolve it.
    pub(crate) fn tests(&self) -> impl Iterator<Item = Option<&Test>> {
        self.rules.iter().map(|rule| rule.test.as_ref())
    }

    /// Steps the alarm of a rule once, at a moment in milliseconds of the Unix epoch.
    #[inline]
    pub(crate) fn step(&self, place: usize, at: i64, outcome: Outcome, alarm: &mut Alarm) -> Option<Change> {
        let rule = self.rules.get(place)?;
        alarm.step(at, outcome, rule.lasting, rule.cool_down)
    }

    /// What a rule says. `last` gives the sums of so many last steps, `main` those of the main window.
    #[inline]
    pub(crate) fn outcome(
        &self,
        place: usize,
        last: impl Fn(usize) -> Sums,
        main: impl FnOnce() -> Sums,
    ) -> Outcome {
        let Some(Compiled { test: Some(test), .. }) = self.rules.get(place) else { return Outcome::Unknown };
        match test {
            Test::Absent { steps } => {
                let sums = last(*steps);
                match (sums.observed, sums.expected) {
                    (0, 0) => Outcome::Unknown,
                    (0, expected) if expected as usize >= *steps => Outcome::Met,
                    _ => Outcome::Unmet,
                }
            }
            Test::BurnRate { long, short, threshold, share } => {
                // The short window is the one that is quiet nearly always.
                if let Some(short) = short {
                    let sums = last(*short);
                    if !self.is_covered(sums) {
                        return Outcome::Unknown;
                    }
                    if !threshold.is_crossed(sums.bad, sums.total) {
                        return Outcome::Unmet;
                    }
                }
                let sums = last(*long);
                if !self.is_covered(sums) {
                    Outcome::Unknown
                } else if !threshold.is_crossed(sums.bad, sums.total) {
                    Outcome::Unmet
                } else if self.low_traffic.is_proof(sums.bad / self.one, sums.total / self.one, *share) {
                    Outcome::Met
                } else {
                    Outcome::Unproven
                }
            }
            Test::Spent { part, within } => {
                let whole = main();
                let spent = within.map_or(whole, last);
                if !self.is_covered(whole) || !self.is_covered(spent) {
                    return Outcome::Unknown;
                }
                let (num, den) = self.budget;
                let bad = [spent.bad.into(), den, part.denominator()];
                let allowed = [whole.total.into(), num, part.numerator()];
                met(spent.bad > 0 && compare_products(&bad, &allowed) != Ordering::Less)
            }
            Test::Exhaustion { within, pace } => {
                let (whole, recent) = (main(), last(*pace));
                if !self.is_covered(whole) || !self.is_covered(recent) {
                    return Outcome::Unknown;
                }
                let (num, den) = self.budget;
                // Of a period in which nothing happened yet, all of the budget is left, however little that is.
                let total = u128::from(whole.total.max(1));
                let Some(left) = (num * total).checked_sub(den * u128::from(whole.bad)) else {
                    return Outcome::Met;
                };
                // left / allowed · period ≤ within · burn rate of the recent stretch
                let time_left = [self.period, left, recent.total.into()];
                let burned = [*within, den, recent.bad.into(), total];
                met(recent.bad > 0 && compare_products(&time_left, &burned) != Ordering::Greater)
            }
        }
    }

    /// The first of the steps from `from` to `end` after which the condition of a rule may be met; `end` where there is
    /// none.
    fn next_met(&self, place: usize, track: &Track, from: usize, end: usize) -> usize {
        match self.rules.get(place).map(|rule| &rule.test) {
            Some(Some(Test::BurnRate { long, short, threshold, .. })) => {
                track.next_crossed(short.unwrap_or(*long), threshold, from, end)
            }
            Some(Some(_)) => from,
            _ => end,
        }
    }

    fn is_covered(&self, sums: Sums) -> bool {
        let (num, den) = self.coverage;
        let (observed, expected) = (u128::from(sums.observed), u128::from(sums.expected));
        // Whatever the floor is: nothing seen decides nothing.
        observed > 0 && observed * u128::from(den) >= expected * u128::from(num)
    }
}

fn met(holds: bool) -> Outcome {
    if holds { Outcome::Met } else { Outcome::Unmet }
}

/// A policy on the grid of one track.
#[derive(Debug)]
pub(crate) struct Judge<'a> {
    rules: &'a [AlertRule],
    book: Rulebook,
    main: MainWindow,
}

impl<'a> Judge<'a> {
    pub(crate) fn new(slo: &Slo, policy: &'a AlertPolicy, track: &Track) -> Self {
        Self {
            rules: policy.rules(),
            book: Rulebook::new(slo, policy, duration::millis(track.step())),
            main: MainWindow::new(slo.window()),
        }
    }

    /// Follows every rule over the first `end` steps: where each stands then, and each time it fired.
    pub(crate) fn replay(&mut self, track: &Track, end: usize) -> (Vec<Alarm>, Vec<Vec<Episode>>) {
        (0..self.rules.len()).map(|rule| self.follow(rule, track, end)).unzip()
    }

    fn follow(&mut self, rule: usize, track: &Track, end: usize) -> (Alarm, Vec<Episode>) {
        let (mut alarm, mut episodes) = (Alarm::default(), Vec::new());
        self.main.rewind();
        let mut place = 1;
        while place <= end {
            // At rest it stays as long as its condition is not met; only how it stands in the end counts then.
            if alarm.is_at_rest() {
                place = self.book.next_met(rule, track, place, end);
            }
            let outcome = self.outcome(rule, track, place);
            if let Some(change) = self.book.step(rule, track.millis_of(place), outcome, &mut alarm) {
                alarm::record(&mut episodes, track.time_of(place), change);
            }
            place += 1;
        }
        (alarm, episodes)
    }

    /// After how many steps no alert changes any more, whenever that is: every window lies behind the data then, and
    /// a rule that waits for its absence has waited.
    pub(crate) fn settled(&self, track: &Track) -> usize {
        let main = self.main.settled(track);
        let behind = self.book.rules.iter().filter_map(|rule| {
            let ends = match rule.test.as_ref()? {
                Test::Absent { steps } => track.len().saturating_add(*steps),
                Test::BurnRate { long, short, .. } => {
                    track.len().saturating_add(short.unwrap_or(0).max(*long))
                }
                Test::Exhaustion { pace, .. } => main.max(track.len().saturating_add(*pace)),
                Test::Spent { within, .. } => main.max(track.len().saturating_add(within.unwrap_or(0))),
            };
            let lasting = rule.lasting.div_euclid(duration::millis(track.step())) + 1;
            Some(ends.saturating_add(usize::try_from(lasting).unwrap_or(usize::MAX)))
        });
        // A rule whose windows the grid cannot resolve has settled after its first step: it knows nothing, for ever.
        behind.max().unwrap_or(1)
    }

    pub(crate) fn outcome(&mut self, place: usize, track: &Track, end: usize) -> Outcome {
        self.book.outcome(place, |steps| track.last(steps, end), || self.main.sums(track, end))
    }

    /// The rules of the policy whose windows the grid cannot resolve.
    pub(crate) fn unresolved(&self) -> impl Iterator<Item = &'a AlertRule> {
        self.rules.iter().zip(self.book.tests()).filter(|(_, test)| test.is_none()).map(|(rule, _)| rule)
    }
}

impl Test {
    fn new(condition: &Condition, objective: Objective, step: i64) -> Option<Self> {
        let steps_in = |window| track::steps_in(window, step);
        Some(match condition {
            Condition::Absent { lasting } => Self::Absent { steps: steps_in(*lasting)? },
            Condition::BudgetConsumed { part } => Self::Spent { part: *part, within: None },
            Condition::BudgetDrop { part, within } => {
                Self::Spent { part: *part, within: Some(steps_in(*within)?) }
            }
            Condition::BurnRate { comparison, factor, long, short } => {
                let threshold = Threshold::new(*factor, objective, *comparison);
                let short = match short {
                    Some(short) => Some(steps_in(*short)?),
                    None => None,
                };
                Self::BurnRate { long: steps_in(*long)?, short, threshold, share: threshold.as_share() }
            }
            Condition::Exhaustion { within, pace } => Self::Exhaustion {
                within: u128::try_from(duration::as_millis(*within)?).ok()?,
                pace: steps_in(*pace)?,
            },
        })
    }
}

/// The main window of an SLO on a track, without asking the calendar after every step.
#[derive(Debug)]
struct MainWindow {
    window: Window,
    /// The first step of the period of the calendar, and the moment until which it is that.
    current: Option<(usize, DateTime<Utc>)>,
}

impl MainWindow {
    fn new(window: Window) -> Self {
        Self { window, current: None }
    }

    /// Time begins anew.
    fn rewind(&mut self) {
        self.current = None;
    }

    /// After how many steps it holds nothing of a track any more.
    fn settled(&self, track: &Track) -> usize {
        if self.window.is_rolling() {
            let steps = track.steps_in(self.window.nominal_length());
            return track.len().saturating_add(steps.unwrap_or(0));
        }
        // The moment of a boundary closes the period before it.
        let last = self.window.at(track.time_of(track.len()));
        last.map_or(track.len(), |last| track.steps_until(last.end()).saturating_add(1))
    }

    fn sums(&mut self, track: &Track, end: usize) -> Sums {
        if self.window.is_rolling() {
            return track
                .steps_in(self.window.nominal_length())
                .map(|steps| track.last(steps, end))
                .unwrap_or_default();
        }
        let at = track.time_of(end);
        if self.current.is_none_or(|(_, until)| at > until) {
            let until = self.window.at(at).map(|whole| whole.end());
            self.current = track.window_start(self.window, end).zip(until);
        }
        self.current.map(|(start, _)| track.last(end.saturating_sub(start), end)).unwrap_or_default()
    }
}

/// The budget of a whole main window at the mean traffic of a record: `num / den` bad units.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FullBudget {
    num: u128,
    den: u128,
    allowance: (u128, u128),
}

impl FullBudget {
    pub(crate) fn new(slo: &Slo, track: &Track) -> Self {
        let all = track.last(track.len(), track.len());
        let step = u128::try_from(duration::millis(track.step())).unwrap_or(1);
        let period = u128::try_from(duration::millis(slo.window().nominal_length())).unwrap_or(0);
        let (num, den) = slo.objective().allowance();
        // All events, for as many steps as the window has of those that were seen.
        let (steps, seen) = (period / step, u128::from(all.observed).max(1));
        Self { num: u128::from(all.total) * steps, den: seen, allowance: (num.into(), den.into()) }
    }

    /// Whether so many bad units are at least that part of it.
    pub(crate) fn is_part_spent(&self, bad: u64, part: Ratio) -> bool {
        let left = [bad.into(), self.den, self.allowance.1, part.denominator()];
        let right = [self.num, self.allowance.0, part.numerator()];
        bad > 0 && compare_products(&left, &right) != Ordering::Less
    }

    /// Which part of it so many bad units are; `None` where there is no budget.
    pub(crate) fn part(&self, bad: u64) -> Option<Ratio> {
        let allowed = Ratio::new(self.num, self.den).ok()?;
        let allowed = allowed.checked_mul(Ratio::new(self.allowance.0, self.allowance.1).ok()?)?;
        Ratio::from(bad).checked_div(allowed)
    }
}
