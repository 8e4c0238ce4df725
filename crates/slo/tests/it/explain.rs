//! What is explained can be computed again.

use crate::explain::arithmetic::{Number, holds, value};
use crate::explain::redraw::{Case, redrawn, told};
use crate::support::{counts, minutes, month, slo, start};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use toban_calendar::{Period, Zone};
use toban_core::{Confidence, Interval, Ratio, Share};
use toban_slo::{
    Absence, AlertPolicy, AlertReport, AlertRule, Balance, Budget, Burn, Composite, Condition, Correction,
    Counts, Explanation, LowTraffic, Member, Outlook, Report, Severity, Slo, Treatment, WholeBudget, Window,
    evaluate, explain, explain_composite,
};

pub(crate) mod arithmetic;
mod redraw;

/// The figure of that name.
fn figure<'a>(all: &'a [Explanation], name: &str) -> &'a Explanation {
    all.iter().find(|one| one.figure == name).unwrap_or_else(|| panic!("no figure {name}"))
}

/// What the formula of a figure gives.
fn computed(all: &[Explanation], name: &str) -> Number {
    let one = figure(all, name);
    value(one.formula.as_ref().unwrap_or_else(|| panic!("{one}")))
}

fn exact(ratio: Ratio) -> Number {
    Number::of(ratio.numerator(), ratio.denominator())
}

fn of_balance(balance: Balance) -> Number {
    match balance {
        Balance::Left(left) => exact(left),
        Balance::Overspent(over) => exact(over).negated(),
    }
}

fn of_burn(burn: Burn) -> Number {
    exact(burn.times().unwrap())
}

fn of_share(share: Option<Share>) -> Number {
    exact(share.unwrap().as_ratio())
}

/// What a value shows: the text of the report, not of the formula.
fn shown(all: &[Explanation], name: &str) -> Number {
    value(&figure(all, name).value)
}

fn assert_window(all: &[Explanation], name: &str, found: (toban_slo::Reading, Budget)) {
    let (reading, budget) = found;
    let expected = [
        ("seen", of_share(reading.coverage())),
        ("good", of_share(reading.tally.good_share())),
        ("allowed", exact(budget.allowed)),
        ("left", of_balance(budget.left)),
        ("spent", of_burn(budget.spent)),
    ];
    for (figure, expected) in expected {
        let name = format!("{name} {figure}");
        assert_eq!(computed(all, &name), expected, "{name}");
        assert_eq!(shown(all, &name), expected, "{name}");
    }
}

/// The budget of the whole window; it is told where it is another than that of what was seen.
fn assert_whole(all: &[Explanation], window: &str, budget: &Budget, whole: &WholeBudget) {
    let name = |figure: &str| format!("{window}, as a whole, {figure}");
    if whole.slots == whole.expected {
        assert!(all.iter().all(|one| one.figure != name("allowed")));
        assert_eq!((whole.allowed, whole.spent), (budget.allowed, budget.spent));
        return;
    }
    for (name, expected) in [(name("allowed"), exact(whole.allowed)), (name("spent"), of_burn(whole.spent))] {
        assert_eq!(computed(all, &name), expected, "{name}");
        assert_eq!(shown(all, &name), expected, "{name}");
    }
    let one = figure(all, &name("allowed"));
    assert_eq!(one.input("steps of the whole").unwrap(), whole.slots.to_string());
    let names = [format!("{window} seen"), format!("{window}, seen")];
    let seen = all.iter().find(|one| names.contains(&one.figure)).unwrap();
    assert_eq!(seen.input("steps that should hold data").unwrap(), whole.expected.to_string());
}

/// What is told of the pace, and of each end of it: the step after which the budget is gone, and what is spent then
/// and one step before; or what is spent of it as far as is looked.
fn assert_time(one: &Explanation, found: Option<TimeDelta>, within: Option<TimeDelta>) {
    let seconds = |text: &str| value(text.split_once(" s (about ").unwrap().0);
    let exact = |time: TimeDelta| Number::of(time.num_milliseconds().try_into().unwrap(), 1000);
    let compared = |name| one.input(name).and_then(holds);
    assert_eq!(one.formula.as_ref().map(|formula| value(formula)), found.map(exact), "{one}");
    assert_eq!(compared("spent then"), Some((true, true)), "{one}");
    assert_eq!(one.input("spent then").unwrap().ends_with(" >= 1: yes"), found.is_some(), "{one}");
    match (found, within) {
        (Some(time), within) => {
            assert_eq!(compared("spent one step before"), Some((true, true)), "{one}");
            assert!(one.input("spent one step before").unwrap().ends_with(" < 1: yes"), "{one}");
            assert_eq!(seconds(&one.value), exact(time), "{one}");
            assert!(within.is_none_or(|within| time <= within));
            let about = one.value.split_once(" s (about ").unwrap().1;
            assert!(about.chars().filter(char::is_ascii_alphabetic).count() <= 3, "{one}");
        }
        (None, Some(within)) => {
            assert_eq!(seconds(one.value.strip_prefix("not within ").unwrap()), exact(within), "{one}");
        }
        (None, None) => assert_eq!(one.value, "never"),
    }
}

/// Every comparison of each firing, computed again.
fn assert_episodes(all: &[Explanation], found: &AlertReport) {
    let moments = |what: &str| {
        let name = format!("alert {} {what}", found.rule.name);
        all.iter().filter(move |one| one.figure == name).collect::<Vec<_>>()
    };
    let (fired, resolved) = (moments("fired"), moments("resolved"));
    // The last twenty are explained.
    let episodes = &found.episodes[found.episodes.len().saturating_sub(20)..];
    assert_eq!(fired.len(), episodes.len());
    assert_eq!(resolved.len(), episodes.iter().filter(|one| one.resolved_at.is_some()).count());
    let compared = |one: &Explanation| {
        let held: Vec<_> = one.inputs.iter().filter_map(|input| holds(&input.value)).collect();
        assert!(held.len() > 1, "{one}");
        assert!(held.iter().all(|(computed, told)| computed == told), "{one}");
        held.into_iter().map(|(computed, _)| computed).collect::<Vec<_>>()
    };
    for (one, episode) in fired.iter().zip(episodes) {
        assert_eq!(one.value.parse::<DateTime<Utc>>().unwrap(), episode.fired_at);
        assert!(compared(one).into_iter().all(|held| held), "{one}");
    }
    for (one, episode) in resolved.iter().zip(episodes) {
        assert_eq!(one.value.parse::<DateTime<Utc>>().ok(), episode.resolved_at);
        assert!(!compared(one).into_iter().all(|held| held), "{one}");
    }
}

/// Everything that a report shows, computed again from the text alone.
fn assert_recomputed(slo: &Slo, policy: &AlertPolicy, counts: &Counts, report: &Report) -> Vec<Explanation> {
    let all = explain(slo, policy, counts, report);
    for window in &report.windows {
        assert_window(&all, &window.window.to_string(), (window.reading, window.budget));
        assert_whole(&all, &window.window.to_string(), &window.budget, &window.whole);
        if let Some(raw) = window.uncorrected {
            let name = format!("{}, without corrections", window.window);
            assert_window(&all, &format!("{name},"), (raw.reading, raw.budget));
            assert_whole(&all, &name, &raw.budget, &raw.whole);
        }
    }
    assert_eq!(report.main().map(|main| main.whole.spent), Some(report.spent_of_whole));
    if let Some(sla) = &report.sla {
        let name = format!("contract {}", sla.sla.window);
        assert_window(&all, &name, (sla.reading.unwrap(), sla.budget.unwrap()));
        assert_whole(&all, &name, &sla.budget.unwrap(), &sla.whole.unwrap());
    }
    for found in &report.burn_rates {
        let name = format!("burn rate over {}", text(found.window));
        assert_eq!(computed(&all, &name), of_burn(found.burn), "{name}");
    }
    for found in &report.alerts {
        assert_episodes(&all, found);
    }
    if let Some(left) = report.forecast.remaining {
        assert_eq!(computed(&all, "part of the budget left"), of_balance(left));
    }
    if let Some(pace) = &report.forecast.pace {
        let one = figure(&all, &format!("budget gone at the pace of the last {}", text(pace.over)));
        assert_time(one, pace.exhausted_in, pace.within);
        let rate =
            value(&format!("{} / {}", one.input("bad events").unwrap(), one.input("all events").unwrap()));
        assert_eq!(pace.reading.error_ratio().map(|share| exact(share.as_ratio())), Some(rate));
        assert_eq!(value(one.input("burn rate").unwrap()), of_burn(pace.burn));
        for (end, bound) in [("earliest", pace.earliest), ("latest", pace.latest)] {
            let one = all.iter().find(|it| it.figure == format!("{}, {end}", one.figure));
            // Without traffic nothing more is known of the pace.
            let Some(one) = one else {
                assert_eq!((pace.reading.tally.total(), bound), (0, pace.exhausted_in));
                continue;
            };
            assert_time(one, bound, pace.within);
        }
    }
    for (one, found) in
        all[0].inputs.iter().filter(|input| input.name == "slots that it corrects").zip(&report.corrections)
    {
        assert_eq!(one.value, found.slots.to_string());
    }
    all
}

fn text(window: TimeDelta) -> String {
    Window::rolling(window).map(|window| window.to_string()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_figure_follows_from_its_formula(
        slots in proptest::collection::vec(proptest::option::weighted(0.97, (0..60_u64, 500..1000_u64)), 90..200),
        percent in "9[0-8]\\.[0-9]{1,3}",
        gate in 0..3_u8,
        outage in 0..80_usize,
        main in 0..3_u8,
        treatment in 0..3_u8,
    ) {
        let mut slots = slots;
        slots[0] = Some((3, 700));
        for slot in slots.iter_mut().skip(outage).take(10) {
            *slot = Some((600, 700));
        }
        let counts = counts(&slots);
        let maintenance = Interval::starting(start(), minutes(10)).unwrap();
        let treatment = [Treatment::CountGood, Treatment::DropEvents, Treatment::DropTime][usize::from(treatment)];
        let month = Window::calendar(Period::month(), Zone::UTC);
        let main = [Window::rolling_days(7), month, Window::calendar(Period::day(), Zone::UTC)][usize::from(main)];
        let slo = slo(&percent, main)
            .with_window(Window::rolling_days(28))
            .with_sla(toban_slo::Sla::new(toban_slo::Objective::percent("90").unwrap(), Window::rolling_days(7), ""))
            .with_correction(Correction::new(maintenance, treatment, "maintenance"));
        let gate = match gate {
            0 => LowTraffic::default(),
            1 => LowTraffic::default().with_min_events(3000).with_min_failures(50),
            _ => LowTraffic::default().with_confidence(Confidence::percent("95").unwrap()),
        };
        let half: Ratio = "0.001".parse().unwrap();
        let rules = [
            AlertRule::burn_rate("both", Severity::Page, minutes(30), minutes(5), Ratio::ONE),
            AlertRule::new("spent", Severity::Ticket, Condition::BudgetConsumed { part: half }),
            AlertRule::new("drop", Severity::Ticket, Condition::BudgetDrop { part: half, within: minutes(5) }),
            AlertRule::new("gone", Severity::Ticket, Condition::Exhaustion { within: minutes(60 * 24), pace: minutes(10) }),
            AlertRule::new("silent", Severity::Ticket, Condition::Absent { lasting: minutes(2) }),
        ];
        let policy = rules.into_iter().fold(AlertPolicy::new(), |policy, rule| policy.with_rule(&slo, rule).unwrap())
            .with_low_traffic(gate).with_min_coverage(Share::of(4, 5).unwrap());
        let report = evaluate(&slo, &policy, &counts, counts.end());
        assert_recomputed(&slo, &policy, &counts, &report);
    }
}

/// Minutes with a daily rhythm, an outage on each day, longer or shorter, and a day that was hardly seen.
fn outages(minutes: u64) -> Vec<Option<(u64, u64)>> {
    let slot = |minute: u64| {
        let (day, of_day) = (minute / 1440, minute % 1440);
        let outage = if day % 7 < 5 { 13 + day * day % 11 } else { 1 };
        let total = 100 + of_day / 60 + day;
        let bad = if of_day < outage { 90 } else { 0 };
        (day != 4 || of_day % 5 > 0).then_some((bad, total))
    };
    (0..minutes).map(slot).collect()
}

#[test]
fn a_month_with_firings_and_a_forecast_is_recomputed() {
    let slo = slo("99", Window::rolling_days(30));
    let policy = AlertPolicy::sre_workbook(&slo).unwrap();
    let counts = counts(&outages(14 * 1440));
    let report = evaluate(&slo, &policy, &counts, counts.end());
    assert_recomputed(&slo, &policy, &counts, &report);
    assert!(report.alerts.iter().any(|alert| alert.episodes.len() > 5));
}

/// The futures of a young record, of weekdays and of a month that is not over, drawn from what is told of them.
#[test]
fn a_forecast_is_drawn_again_from_its_text() {
    let month = Window::calendar(Period::month(), Zone::UTC);
    let cases = [
        (14 * 1440, Window::rolling_days(30), None, "any of them"),
        (35 * 1440 + 437, Window::rolling_days(7), None, "those whole weeks before it, 4 or more"),
        (41 * 1440 + 437, month, Some(31 * 1440), "those whole weeks before it, 5 or more"),
    ];
    for (minutes, window, begun, like) in cases {
        let record = outages(minutes);
        let counts = counts(&record);
        let slo = slo("99.4", window);
        let report = evaluate(&slo, &AlertPolicy::new(), &counts, counts.end());
        let all = assert_recomputed(&slo, &AlertPolicy::new(), &counts, &report);
        let one = figure(&all, "budget gone in");
        assert_eq!(one.input("a season is drawn from"), Some(like));
        let alike = Some("are drawn alike: fewer than 4 weeks were seen").filter(|_| like == "any of them");
        assert_eq!(one.input("days of every weekday"), alike);
        assert!((0.1..0.9).contains(&told(one).chance), "{one}");
        let case = Case { record: &record, begun, allowed: (6, 1000) };
        assert_eq!(redrawn(one, &case), told(one), "{one}");
        let Outlook::Projected(projection) = report.forecast.outlook else { panic!("{one}") };
        let times = [projection.earliest, projection.median, projection.latest];
        assert_eq!(told(one).minutes.map(|it| it.map(|it| self::minutes(it.try_into().unwrap()))), times);
        assert_eq!(
            (told(one).chance, told(one).spent),
            (projection.chance_to_miss, projection.spent_at_horizon)
        );
    }
}

/// A month that has spent more than all of it can allow, and is not over.
#[test]
fn a_budget_that_is_gone_is_not_gone_in_no_time() {
    let slo = slo("99", Window::calendar(Period::month(), Zone::UTC));
    let counts = counts(&vec![Some((70, 100)); 12 * 1440]);
    let report = evaluate(&slo, &AlertPolicy::new(), &counts, counts.end());
    let Outlook::Projected(projection) = report.forecast.outlook else { panic!("no projection") };
    assert_eq!((projection.latest, report.forecast.pace), (Some(TimeDelta::zero()), None));
    let all = explain(&slo, &AlertPolicy::new(), &counts, &report);
    let one = figure(&all, "budget gone in");
    assert_eq!(one.value, "gone already");
    assert_eq!(one.input("late end of the interval"), Some("gone already"));
}

#[test]
fn of_many_firings_the_last_twenty_are_explained_and_the_rest_is_counted() {
    let slo = slo("99", Window::rolling_days(1));
    let rule = AlertRule::new(
        "flapping",
        Severity::Page,
        Condition::BurnRate {
            comparison: toban_slo::Comparison::Above,
            factor: Ratio::ONE,
            long: minutes(1),
            short: None,
        },
    );
    let policy = AlertPolicy::new().with_rule(&slo, rule).unwrap();
    let slots: Vec<_> = (0..60).map(|minute| Some((if minute % 2 == 0 { 50 } else { 0 }, 100))).collect();
    let counts = counts(&slots);
    let report = evaluate(&slo, &policy, &counts, counts.end());
    let all = explain(&slo, &policy, &counts, &report);
    let of = |name: &str| all.iter().filter(|one| one.figure == name).count();
    assert_eq!((of("alert flapping fired"), of("alert flapping resolved")), (20, 20));
    assert_eq!(figure(&all, "alert flapping").input("earlier firings, not explained here"), Some("10"));
}

#[test]
fn the_inputs_of_a_window_are_told_once() {
    let slo = slo("99.9", Window::rolling_days(30));
    let counts = month(100, |minute| u64::from(minute % 2000 == 0));
    let policy = AlertPolicy::new();
    let report = evaluate(&slo, &policy, &counts, counts.end());
    let all = explain(&slo, &policy, &counts, &report);
    let told = |name: &str| {
        all.iter().filter(|one| one.figure.starts_with("30d")).filter(|one| one.input(name).is_some()).count()
    };
    assert_eq!((told("bad events"), told("window"), told("steps that hold data")), (1, 1, 1));
}

#[test]
fn an_explanation_reads_well() {
    let slo = slo("99.9", Window::rolling_days(30));
    let policy = AlertPolicy::sre_workbook(&slo).unwrap();
    let counts = counts(&vec![Some((144, 10_000)); 60]);
    let report = evaluate(&slo, &policy, &counts, counts.end());
    let all = explain(&slo, &policy, &counts, &report);
    assert_eq!(
        figure(&all, "burn rate over 1h").to_string(),
        "burn rate over 1h = 14.4
    bad / all / (1 - objective)
    = 8640 / 600000 / (1 - 0.999)
    bad events                   8640
    all events                   600000
    window                       [2026-03-01T00:00:00Z, 2026-03-01T01:00:00Z)
    steps in the window          60
    steps that should hold data  60
    steps that hold data         60
"
    );
    assert_eq!(
        figure(&all, "alert page-fast fired").to_string(),
        "alert page-fast fired = 2026-03-01T00:05:00Z
    all of these hold
    burn rate over 1h  720 / 50000 / (1 - 0.999) >= 14.4: yes
    seen of 1h         5 / 5 >= 0.9: yes
    burn rate over 5m  720 / 50000 / (1 - 0.999) >= 14.4: yes
    seen of 5m         5 / 5 >= 0.9: yes
"
        .replace("00:05:00Z", "00:01:00Z")
        .replace("720 / 50000", "144 / 10000")
        .replace("5 / 5", "1 / 1")
    );
}

proptest! {
    #[test]
    fn every_figure_of_a_composite_follows_from_its_formula(
        parts in proptest::collection::vec((0..100_u64, 100..1000_u64, 1..9_u128, any::<bool>(), 0..4_u8), 1..6),
    ) {
        let minute = |(bad, all, _, is_silent, _): &(u64, u64, u128, bool, u8)| {
            let early = vec![Some((*bad, *all)); 60];
            let late = if *is_silent { None } else { Some((bad / 2, *all)) };
            counts(&early.into_iter().chain(std::iter::repeat_n(late, 60)).collect::<Vec<_>>())
        };
        let all: Vec<Counts> = parts.iter().map(minute).collect();
        let members = parts.iter().map(|(.., weight, _, absence)| {
            let absence = [Absence::Bad, Absence::Freeze, Absence::Good, Absence::Ignore][usize::from(*absence)];
            Member::new(slo("99", Window::rolling_days(1)), Ratio::new(*weight, 7).unwrap(), absence)
        });
        let objective = toban_slo::Objective::percent("99.5").unwrap();
        let composite = Composite::new("all", objective, Window::rolling_days(1), members.collect()).unwrap()
            .with_burn_windows([minutes(30), minutes(90)]);
        let at = start() + minutes(120);
        let report = composite.evaluate(&all.iter().collect::<Vec<_>>(), at);
        let all = explain_composite(&composite, &report);
        let budget = report.budget.map(|budget| (exact(budget.allowed), of_balance(budget.left), of_burn(budget.spent)));
        if let Some((allowed, left, spent)) = budget {
            prop_assert_eq!(computed(&all, "1d good"), of_share(report.good));
            prop_assert_eq!(computed(&all, "1d allowed"), allowed);
            prop_assert_eq!(computed(&all, "1d left"), left);
            prop_assert_eq!(computed(&all, "1d spent"), spent);
        }
        prop_assert_eq!(report.burn_rates.len(), 2);
        for found in &report.burn_rates {
            let window = text(found.window);
            if found.good.is_some() {
                prop_assert_eq!(computed(&all, &format!("good over {window}")), of_share(found.good));
                prop_assert_eq!(computed(&all, &format!("burn rate over {window}")), of_burn(found.burn));
            }
        }
        // Each member's own share, and whether it was seen enough to speak for itself.
        let over = |window: &str| all.iter().filter(|one| one.figure == format!("member shop over {window}")).collect::<Vec<_>>();
        for (one, found) in over("1d").into_iter().zip(&report.members) {
            let (computed, told) = holds(one.input("seen").unwrap()).unwrap();
            prop_assert!(computed == told && computed == found.absence.is_none(), "{}", one);
            if let Some(formula) = &one.formula {
                prop_assert_eq!(value(formula), of_share(found.good));
            }
        }
    }
}
