//! The six approaches to alerting of the Site Reliability Workbook, chapter 5, against their formulae.
//!
//! For an onset from clean, with a steady share e of bad events, an allowance B, a burn rate b = e/B and a period P:
//! a window W reaches the factor F after F·W/b, or never where b lies below F; b·d/P of the budget is gone by a
//! detection after d; and a window is below the factor again W·(1 − F/b) after the end. Windows are joined by the
//! later detection and the earlier reset, rules by the earlier detection and the later reset.

use crate::support::slo;
use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use toban_core::{Interval, Ratio};
use toban_slo::backtest::{Backtest, Incident, backtest};
use toban_slo::{AlertPolicy, AlertRule, Comparison, Condition, Counts, Severity, Slo, Tally, Window};

const MINUTE: u64 = 60;
const HOUR: u64 = 3600;
const DAY: u64 = 86_400;

/// The allowance is a thousandth, so that 1,000 requests a second at a burn rate of b have b bad ones.
const TRAFFIC: u64 = 1000;
const PERIOD: u64 = 30 * DAY;
/// As long as the longest window is, and a little, so that each is full when it ends.
const OUTAGE: u64 = 3 * DAY + HOUR;
/// At 100 %, 1 % and 0.2 % of errors.
const BURNS: [u64; 3] = [1000, 10, 2];

/// A rule: windows in seconds, the factor in tenths, how long it must hold.
struct Rule {
    severity: Severity,
    comparison: Comparison,
    tenths: u64,
    windows: (u64, Option<u64>),
    lasting: u64,
}

fn at_least(severity: Severity, tenths: u64, long: u64, short: Option<u64>) -> Rule {
    Rule { severity, comparison: Comparison::AtLeast, tenths, windows: (long, short), lasting: 0 }
}

fn above(tenths: u64, window: u64, lasting: u64) -> Rule {
    let (severity, comparison) = (Severity::Page, Comparison::Above);
    Rule { severity, comparison, tenths, windows: (window, None), lasting }
}

fn approaches() -> [Vec<Rule>; 6] {
    use Severity::{Page, Ticket};
    [
        vec![at_least(Page, 10, 10 * MINUTE, None)],
        vec![above(10, 36 * HOUR, 0)],
        vec![above(10, MINUTE, HOUR)],
        vec![above(360, HOUR, 0)],
        vec![
            at_least(Page, 144, HOUR, None),
            at_least(Page, 60, 6 * HOUR, None),
            at_least(Ticket, 10, 3 * DAY, None),
        ],
        vec![
            at_least(Page, 144, HOUR, Some(5 * MINUTE)),
            at_least(Page, 60, 6 * HOUR, Some(30 * MINUTE)),
            at_least(Ticket, 30, DAY, Some(2 * HOUR)),
            at_least(Ticket, 10, 3 * DAY, Some(6 * HOUR)),
        ],
    ]
}

impl Rule {
    fn windows(&self) -> impl Iterator<Item = u64> {
        std::iter::once(self.windows.0).chain(self.windows.1)
    }

    /// The first whole second at which the formula says that it has fired.
    fn detection(&self, burn: u64) -> Option<u64> {
        let is_out_of_reach = match self.comparison {
            Comparison::Above => 10 * burn <= self.tenths,
            _ => 10 * burn < self.tenths,
        };
        let reached = |window: u64| match self.comparison {
            Comparison::Above => self.tenths * window / (10 * burn) + 1,
            _ => (self.tenths * window).div_ceil(10 * burn),
        };
        if is_out_of_reach { None } else { Some(self.windows().map(reached).max()? + self.lasting) }
    }

    /// The first whole second after the end at which the formula says that it does not hold any more.
    fn reset(&self, burn: u64) -> Option<u64> {
        self.detection(burn)?;
        let over = |window: u64| match self.comparison {
            Comparison::Above => (window * (10 * burn - self.tenths)).div_ceil(10 * burn),
            _ => window * (10 * burn - self.tenths) / (10 * burn) + 1,
        };
        self.windows().map(over).min()
    }

    fn named(&self, slo: &Slo, policy: AlertPolicy, name: String) -> AlertPolicy {
        let (long, short) = (seconds(self.windows.0), self.windows.1.map(seconds));
        let factor = Ratio::new(self.tenths.into(), 10).unwrap();
        let condition = Condition::BurnRate { comparison: self.comparison, factor, long, short };
        let rule = AlertRule::new(name, self.severity, condition).with_lasting(seconds(self.lasting));
        policy.with_rule(slo, rule).unwrap()
    }
}

fn seconds(count: u64) -> TimeDelta {
    TimeDelta::seconds(count.try_into().unwrap())
}

fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 1, 0, 0, 0).unwrap()
}

fn outage() -> Interval {
    Interval::starting(start() + seconds(3 * DAY), seconds(OUTAGE)).unwrap()
}

/// Clean days, the outage, and clean days again, second by second.
fn series(burn: u64) -> Counts {
    let mut counts = Counts::new(start(), seconds(1)).unwrap();
    for second in 0..3 * DAY + OUTAGE + 3 * DAY {
        let at = start() + seconds(second);
        let bad = if outage().contains(at) { burn } else { 0 };
        counts.add(at, Tally::from_bad(bad, TRAFFIC).unwrap()).unwrap();
    }
    counts
}

/// Only the rules of that severity, as a policy of their own.
fn test(slo: &Slo, rules: &[Rule], severity: Severity, counts: &Counts) -> Backtest {
    let rules = rules.iter().filter(|rule| rule.severity == severity).enumerate();
    let policy = rules
        .fold(AlertPolicy::new(), |policy, (place, rule)| rule.named(slo, policy, format!("rule {place}")));
    let incident = Incident::labelled(outage(), "outage");
    backtest(slo, &policy, counts, &[incident], TimeDelta::zero()).unwrap()
}

#[test]
fn the_six_approaches_detect_and_reset_as_their_formulae_say() {
    let slo = slo("99.9", Window::rolling_days(30));
    let mut detections = Vec::new();
    for burn in BURNS {
        let counts = series(burn);
        for (place, rules) in approaches().iter().enumerate() {
            for severity in [Severity::Page, Severity::Ticket] {
                let own = || rules.iter().filter(|rule| rule.severity == severity);
                if own().next().is_none() {
                    continue;
                }
                let found = test(&slo, rules, severity, &counts);
                let [result] = &found.incidents[..] else { panic!("one incident") };
                let told = format!("approach {}, {severity}, burn rate {burn}", place + 1);
                let detection = own().filter_map(|rule| rule.detection(burn)).min();
                let first = result.first.as_ref();
                assert_eq!(first.map(|first| first.after), detection.map(seconds), "{told}");
                let gone = detection.map(|after| Ratio::new((burn * after).into(), PERIOD.into()).unwrap());
                assert_eq!(first.and_then(|first| first.budget_gone), gone, "{told}");
                let reset = own().filter_map(|rule| rule.reset(burn)).max();
                assert_eq!(result.reset_after, reset.map(seconds), "{told}");
                assert_eq!(found.score.detected, usize::from(detection.is_some()), "{told}");
                detections.push((place + 1, severity, burn, detection));
            }
        }
    }
    // The same in the figures that are read off the formulae by hand, rounded up to whole seconds.
    let table = [
        (1, Severity::Page, [Some(1), Some(60), Some(5 * MINUTE)]),
        (2, Severity::Page, [Some(130), Some(12_961), Some(64_801)]),
        (3, Severity::Page, [Some(3601), Some(3607), Some(3631)]),
        (4, Severity::Page, [Some(130), None, None]),
        (5, Severity::Page, [Some(52), Some(12_960), None]),
        (5, Severity::Ticket, [Some(260), Some(25_920), Some(36 * HOUR)]),
        (6, Severity::Page, [Some(52), Some(12_960), None]),
        (6, Severity::Ticket, [Some(260), Some(25_920), Some(36 * HOUR)]),
    ];
    for (approach, severity, after) in table {
        for (burn, after) in BURNS.into_iter().zip(after) {
            assert!(detections.contains(&(approach, severity, burn, after)), "{approach} {severity} {burn}");
        }
    }
}

/// Five bad minutes of ten spend 11.6 % of the budget each time, and never last an hour.
#[test]
fn a_rule_that_waits_an_hour_misses_what_comes_and_goes() {
    let slo = slo("99.9", Window::rolling_days(30));
    let mut counts = Counts::per_minute(start());
    let spikes = Interval::starting(start() + seconds(DAY), seconds(HOUR)).unwrap();
    for minute in 0..4 * 1440 {
        let at = start() + seconds(minute * MINUTE);
        let bad = if spikes.contains(at) && minute % 10 < 5 { TRAFFIC } else { 0 };
        counts.add(at, Tally::from_bad(bad, TRAFFIC).unwrap()).unwrap();
    }
    let incident = Incident::labelled(spikes, "spikes");
    let [_, _, waiting, ..] = approaches();
    let policy = waiting[0].named(&slo, AlertPolicy::new(), "waiting".into());
    let found = backtest(&slo, &policy, &counts, std::slice::from_ref(&incident), TimeDelta::zero()).unwrap();
    assert_eq!((found.score.detected, found.score.missed(), found.score.calls), (0, 1, 0));
    // 30 minutes of 43.2 that are allowed.
    assert_eq!(found.incidents[0].spent, Some(Ratio::new(300, 432).unwrap()));
    let workbook = AlertPolicy::sre_workbook(&slo).unwrap();
    let found = backtest(&slo, &workbook, &counts, &[incident], TimeDelta::zero()).unwrap();
    assert_eq!(found.score.detected, 1);
}
