//! How often the demand for proof pages although nothing is wrong: the figures in its documentation.

use crate::support::{minutes, slo, start};
use toban_core::{Confidence, Share};
use toban_slo::{
    AlertPolicy, AlertRule, AlertState, Budgeting, Counts, Evaluator, Indicator, LowTraffic, RatioOf,
    Severity, Slo, Tally, Unit, Window, evaluate, explain,
};

const DAYS: usize = 200;
const DAY: usize = 1440;
const HOUR: usize = 60;

/// `SplitMix64` (Steele, Lea and Flood, 2014).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// How many of so many requests fail, each with a chance in a hundred thousand.
    fn failures(&mut self, requests: u64, chance: u64) -> u64 {
        (0..requests).map(|_| u64::from(self.next() % 100_000 < chance)).sum()
    }
}

/// Failures by minute of ten requests a minute.
fn minutes_of(chance: u64, seed: u64) -> Vec<u64> {
    let mut dice = Dice(seed);
    (0..DAYS * DAY).map(|_| dice.failures(10, chance)).collect()
}

fn objective() -> Slo {
    slo("99.9", Window::rolling_days(30))
}

/// The workbook's page for 2 % of the budget in an hour, with a demand for proof.
fn policy(gate: LowTraffic) -> AlertPolicy {
    let slo = objective();
    let rule = AlertRule::burn_rate("page", Severity::Page, minutes(60), minutes(5), "14.4".parse().unwrap());
    AlertPolicy::new().with_low_traffic(gate).with_rule(&slo, rule).unwrap()
}

fn gate(percent: &str) -> LowTraffic {
    LowTraffic::default().with_confidence(Confidence::percent(percent).unwrap())
}

/// Of how many days in a hundred the alert fires at least once.
fn days_with_a_page(failures: &[u64], gate: LowTraffic) -> usize {
    let mut counts = Counts::per_minute(start());
    for (minute, bad) in failures.iter().enumerate() {
        let at = start() + minutes(i64::try_from(minute).unwrap());
        counts.add(at, Tally::from_bad(*bad, 10).unwrap()).unwrap();
    }
    let report = evaluate(&objective(), &policy(gate), &counts, counts.end());
    let mut days: Vec<i64> =
        report.alerts[0].episodes.iter().map(|episode| (episode.fired_at - start()).num_days()).collect();
    days.dedup();
    days.len() * 100 / DAYS
}

/// In how many looks of a million an hour is proof, over every full hour.
fn looks_with_proof(failures: &[u64], gate: LowTraffic) -> usize {
    let threshold = Share::percent("1.44").unwrap();
    let proofs = failures.windows(HOUR).filter(|hour| {
        let (bad, total) = (hour.iter().sum(), 600);
        // Above the factor, and proven to be.
        bad * 10_000 >= total * 144 && gate.is_proof(bad, total, threshold)
    });
    proofs.count() * 1_000_000 / (failures.len() - HOUR + 1)
}

/// The chance of a failure at exactly 14.4 times the budget of 99.9 %.
const AT_THE_FACTOR: u64 = 1_440;

#[test]
fn a_look_at_traffic_exactly_at_the_factor_is_proof_no_more_often_than_the_confidence_allows() {
    let failures = minutes_of(AT_THE_FACTOR, 1);
    let looks = |percent| looks_with_proof(&failures, gate(percent));
    let (eighty, ninety_five, ninety_nine) = (looks("80"), looks("95"), looks("99"));
    // One look is wrong no more often than the confidence says: 20 %, 5 %, 1 %.
    assert!(
        eighty <= 200_000 && ninety_five <= 50_000 && ninety_nine <= 10_000,
        "{eighty} {ninety_five} {ninety_nine}"
    );
    // The gate is not silent either, and without it every second look would be enough.
    let ungated = looks_with_proof(&failures, LowTraffic::default());
    let found = [ungated, eighty, ninety_five, ninety_nine].map(|looks| looks / 1_000);
    assert_eq!(found, [488, 151, 24, 5], "in a thousand looks");
}

/// The rows of the documentation: of a hundred days, those with at least one page.
#[test]
fn a_day_is_many_looks_and_clean_traffic_does_not_page() {
    // At 3, 7.2, 10 and 14.4 times the budget.
    for (chance, expected) in [
        (300, [1, 0, 0, 0, 0]),
        (720, [88, 21, 1, 0, 0]),
        (1_000, [100, 79, 15, 4, 0]),
        (AT_THE_FACTOR, [100, 100, 94, 48, 8]),
    ] {
        let failures = minutes_of(chance, 2);
        let gates = [LowTraffic::default(), gate("80"), gate("95"), gate("99"), gate("99.9")];
        assert_eq!(
            gates.map(|gate| days_with_a_page(&failures, gate)),
            expected,
            "a burn of {chance} hundredths"
        );
    }
    // Within its budget, no service pages: not with a demand for proof, and hardly without one.
    assert_eq!(days_with_a_page(&minutes_of(100, 3), gate("80")), 0);
}

/// A ratio is kept in billionths, but nobody has seen a billion events: it is one, of which a part is bad.
#[test]
fn a_precomputed_ratio_and_the_share_of_a_slice_are_one_event_each() {
    let ratios = Slo::new(
        "ratios",
        Indicator::PrecomputedRatio { of: RatioOf::Success },
        objective().objective(),
        Window::rolling_days(30),
    );
    let shares = objective().with_budgeting(Budgeting::RatioTimeslices { slice: minutes(1) }).unwrap();
    for (slo, unit) in [(ratios, Unit::RatioShares), (shares, Unit::SliceShares)] {
        // So many minutes of which so many per cent are bad: what the calculation says, and the stream.
        let look = |count: i64, percent: u64, gate: LowTraffic| {
            let policy = policy(gate);
            let mut counts = Counts::per_minute(start());
            let mut stream = Evaluator::per_minute(start());
            let key = stream.add(&slo, &policy).unwrap();
            for minute in 0..count {
                let share = Share::of(100 - percent, 100).unwrap();
                let at = start() + minutes(minute);
                counts.add(at, Tally::from_ratio(share)).unwrap();
                stream.record(key, at, Tally::from_ratio(share)).unwrap();
                stream.tick(at + minutes(1), |_| ()).unwrap();
            }
            let report = evaluate(&slo, &policy, &counts, counts.end());
            assert_eq!(report.main().unwrap().reading.unit, unit);
            assert_eq!(stream.window(key, slo.window()).unwrap().unit, unit);
            assert_eq!(report.alert("page"), stream.alert(key, "page"));
            let all = explain(&slo, &policy, &counts, &report);
            let proof = all.iter().find_map(|one| one.input("bad events for proof in 1h").map(str::to_owned));
            (report.alert("page") == Some(AlertState::Firing), report.alerts[0].power, proof)
        };
        let fires = |count, percent, gate| look(count, percent, gate).0;
        let few = LowTraffic::default().with_min_events(3);
        assert_eq!((fires(2, 50, few), fires(3, 50, few)), (false, true), "{unit:?}");
        // Three minutes of a half are bad like one whole one and a half.
        let bad = |failures| LowTraffic::default().with_min_failures(failures);
        assert_eq!((fires(3, 50, bad(1)), fires(3, 50, bad(2)), fires(4, 50, bad(2))), (true, false, true));
        // Of sixty, one is to be expected at the factor: 2 % of each are no proof, 10 % are.
        assert_eq!((fires(60, 2, gate("95")), fires(60, 10, gate("95"))), (false, true), "{unit:?}");
        let power = look(60, 2, gate("95")).1.unwrap();
        assert_eq!((power.events, power.failures_ungated, power.failures_needed), (60, 1, Some(4)));
        assert!(power.chance_at_twice < 0.2, "{power:?}");
        // It fires after a third of an hour: two of twenty, where two are needed.
        let proof = look(60, 10, gate("95")).2.unwrap();
        assert_eq!(proof, "2000000000 / 1000000000 >= 2: yes", "{unit:?}");
    }
}
