//! The streaming evaluator against the calculation: one SLO and policy of any kind, tallies in order or late, ticks of
//! any length; after each tick that is looked at both say the same.

#![no_main]

use chrono::{DateTime, TimeDelta, Utc};
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use toban_calendar::{Period, Zone};
use toban_core::{Confidence, Ratio, Share};
use toban_slo::{
    AlertPolicy, AlertReport, AlertRule, Budgeting, Burn, Comparison, Condition, Counts, Evaluator,
    LowTraffic, Objective, Severity, Sla, Slo, SloKey, Slots, Tally, Window, evaluate,
};

/// The longest rolling window, in steps: short, so that it is passed several times.
const LONGEST: i32 = 15;

/// The longest delay of late data, in slots: shorter than the longest window.
const DELAY: usize = 12;

/// The longest history, in slots.
const MOST_SLOTS: usize = 120;

fuzz_target!(|bytes: &[u8]| {
    let mut from = Unstructured::new(bytes);
    // Without enough bytes there is nothing to try.
    let Ok(world) = World::read(&mut from) else { return };
    let _ = world.run(&mut from);
});

/// How tallies come in, and what may be compared then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arrival {
    InOrder,
    /// An alert does not take back what it said before it knew.
    Late,
    /// As late as the lag allows for, which is not late.
    Lagging,
}

#[derive(Debug)]
struct World {
    slot: TimeDelta,
    start: DateTime<Utc>,
    main: Window,
    sla: Window,
    budgeting: Budgeting,
    policy: AlertPolicy,
    arrival: Arrival,
    slos: usize,
}

impl World {
    fn read(from: &mut Unstructured<'_>) -> Result<Self> {
        let slot = TimeDelta::minutes(*from.choose(&[1, 60, 180])?);
        let offset = slot * from.int_in_range(0..=4)?;
        let start = DateTime::from_timestamp(1_772_323_200, 0).unwrap() + offset;
        let target = Share::percent("90").unwrap();
        let slice = slot * from.int_in_range(1..=3)?;
        let budgeting = match from.int_in_range(0..=5)? {
            0 => Budgeting::Timeslices { slice, target },
            1 => Budgeting::RatioTimeslices { slice },
            _ => Budgeting::Occurrences,
        };
        let step = budgeting.slice().unwrap_or(slot);
        let (main, sla) = (window(from, step)?, window(from, step)?);
        let arrival = *from.choose(&[Arrival::InOrder, Arrival::Late, Arrival::Lagging])?;
        let slos = from.int_in_range(1..=3)?;
        let world = Self { slot, start, main, sla, budgeting, policy: policy(from)?, arrival, slos };
        let slo = world.slo("any");
        let mut policy = world.policy.clone();
        for place in 0..from.int_in_range(1..=4)? {
            let rule = AlertRule::new(format!("rule-{place}"), Severity::Page, condition(from, step)?)
                .with_lasting(step * from.int_in_range(0..=3)?)
                .with_cool_down(step * from.int_in_range(0..=3)?);
            // Some rules are refused, such as one with a window longer than the main one.
            policy = policy.clone().with_rule(&slo, rule).unwrap_or(policy);
        }
        Ok(Self { policy, ..world })
    }

    fn slo(&self, name: &str) -> Slo {
        Slo::availability(name, Objective::percent("90").unwrap(), self.main)
            .with_budgeting(self.budgeting)
            .unwrap()
            .with_sla(Sla::new(Objective::percent("80").unwrap(), self.sla, "none"))
    }

    fn time(&self, slot: usize) -> DateTime<Utc> {
        self.start + self.slot * i32::try_from(slot).unwrap()
    }

    fn run(&self, from: &mut Unstructured<'_>) -> Result<()> {
        let lag = if self.arrival == Arrival::Lagging { self.slot * DELAY as i32 } else { TimeDelta::zero() };
        let slots = Slots::new(self.start, self.slot).and_then(|slots| slots.with_lag(lag)).unwrap();
        let mut evaluator = Evaluator::new(slots);
        let mut members = Vec::new();
        for place in 0..self.slos {
            let name = format!("slo-{place}");
            // What the stream does not take, such as slices on no grid of its own, is not the matter here.
            let Ok(key) = evaluator.add(&self.slo(&name), &self.policy) else { return Ok(()) };
            members.push((key, Counts::new(self.start, self.slot).unwrap(), Vec::new()));
        }
        let scale = *from.choose(&[1, 1, 1000, 50_000_000, 1 << 40])?;
        let mut late: Vec<Vec<(usize, usize, Tally)>> = vec![Vec::new(); MOST_SLOTS + DELAY + 1];
        let mut slot = 0;
        while slot < MOST_SLOTS && !from.is_empty() {
            for _ in 0..from.int_in_range(1..=3)? {
                for place in 0..self.slos {
                    if let Some((tally, delay)) = heard(from, self.arrival, scale)? {
                        late[slot + delay].push((place, slot, tally));
                    }
                }
                for (place, of, tally) in std::mem::take(&mut late[slot]) {
                    let (key, counts, _) = &mut members[place];
                    let at = self.time(of) + TimeDelta::seconds(7);
                    evaluator.record(*key, at, tally).unwrap();
                    counts.add(at, tally).unwrap();
                }
                slot += 1;
                if slot == MOST_SLOTS {
                    break;
                }
            }
            let now = self.time(slot);
            let ticked = evaluator.tick(now, |change| {
                assert_ne!(change.from, change.to);
                let (_, _, heard) = members.iter_mut().find(|(key, _, _)| *key == change.slo).unwrap();
                heard.push((change.rule.name.clone(), change.at, change.to.is_firing()));
            });
            ticked.unwrap();
            if from.ratio(1, 6)? || slot == MOST_SLOTS || from.is_empty() {
                for (key, counts, heard) in &members {
                    self.compare(&evaluator, *key, counts, heard, now - lag);
                }
            }
        }
        Ok(())
    }

    fn compare(
        &self,
        evaluator: &Evaluator,
        key: SloKey,
        counts: &Counts,
        heard: &[(String, DateTime<Utc>, bool)],
        now: DateTime<Utc>,
    ) {
        if now < self.start {
            return;
        }
        let report = evaluate(&self.slo("any"), &self.policy, counts, now);
        for found in &report.windows {
            assert_eq!(evaluator.window(key, found.window), Some(found.reading), "{self:?} at {now}");
        }
        let sla = report.sla.unwrap();
        assert_eq!(evaluator.window(key, sla.sla.window), sla.reading, "{self:?} at {now}");
        for found in &report.burn_rates {
            assert_eq!(evaluator.last(key, found.window), Some(found.reading), "{self:?} at {now}");
            let burn = evaluator.burn_rate(key, found.window).unwrap_or(Burn::NoData);
            assert_eq!(burn, found.burn, "{self:?} at {now}");
        }
        if self.arrival != Arrival::Late {
            for alert in &report.alerts {
                assert_eq!(evaluator.alert(key, &alert.rule.name), Some(alert.state), "{self:?} at {now}");
                self.episodes(alert, heard, now);
            }
        }
    }

    /// It fired and resolved when the calculation says.
    fn episodes(&self, alert: &AlertReport, heard: &[(String, DateTime<Utc>, bool)], now: DateTime<Utc>) {
        let mut turns = Vec::new();
        for (_, at, is_firing) in heard.iter().filter(|(name, _, _)| *name == alert.rule.name) {
            if *is_firing == turns.len().is_multiple_of(2) {
                turns.push(*at);
            }
        }
        let expected =
            alert.episodes.iter().flat_map(|episode| [Some(episode.fired_at), episode.resolved_at]);
        let expected: Vec<_> = expected.flatten().collect();
        assert_eq!(turns, expected, "{} of {self:?} at {now}", alert.rule.condition);
    }
}

fn window(from: &mut Unstructured<'_>, step: TimeDelta) -> Result<Window> {
    Ok(match from.int_in_range(0..=4)? {
        0 => Window::calendar(Period::day(), Zone::UTC),
        1 => Window::calendar(Period::week(), Zone::UTC),
        _ => Window::rolling(step * from.int_in_range(1..=LONGEST)?).unwrap(),
    })
}

fn policy(from: &mut Unstructured<'_>) -> Result<AlertPolicy> {
    let gate = match from.int_in_range(0..=3)? {
        0 => LowTraffic::default().with_min_events(from.int_in_range(0..=3000)?),
        1 => LowTraffic::default().with_min_failures(from.int_in_range(0..=20)?),
        2 => LowTraffic::default().with_confidence(Confidence::percent("95").unwrap()),
        _ => LowTraffic::default(),
    };
    let floor = from.choose(&["90", "50", "100", "0"])?;
    Ok(AlertPolicy::new().with_low_traffic(gate).with_min_coverage(Share::percent(floor).unwrap()))
}

fn condition(from: &mut Unstructured<'_>, step: TimeDelta) -> Result<Condition> {
    let tenths =
        |from: &mut Unstructured<'_>, most| Ok(Ratio::new(from.int_in_range(1..=most)?, 10).unwrap());
    let steps = |from: &mut Unstructured<'_>, most: i32| Ok(step * from.int_in_range(1..=most)?);
    Ok(match from.int_in_range(0..=7)? {
        0 => Condition::Absent { lasting: steps(from, 4)? },
        1 => Condition::BudgetConsumed { part: tenths(from, 30)? },
        2 => Condition::BudgetDrop { part: tenths(from, 30)?, within: steps(from, LONGEST)? },
        3 => Condition::Exhaustion { within: steps(from, 40)?, pace: steps(from, LONGEST)? },
        _ => Condition::BurnRate {
            comparison: *from.choose(&[Comparison::Above, Comparison::AtLeast])?,
            factor: tenths(from, 90)?,
            long: steps(from, LONGEST)?,
            short: if from.ratio(3, 4)? { Some(steps(from, 3)?) } else { None },
        },
    })
}

/// What happened in a slot, and how many slots later it is heard of; one byte says most of it.
fn heard(from: &mut Unstructured<'_>, arrival: Arrival, scale: u64) -> Result<Option<(Tally, usize)>> {
    let byte: u8 = from.arbitrary()?;
    let (total, bad) = match byte {
        0..16 => return Ok(None),
        16..32 => (0, 0),
        _ => (u64::from(byte), u64::from(byte) * from.int_in_range(0..=4_u64)? / 4),
    };
    let delay = if arrival == Arrival::InOrder { 0 } else { from.int_in_range(0..=DELAY)? };
    Ok(Some((Tally::from_bad(bad * scale, total * scale).unwrap(), delay)))
}
