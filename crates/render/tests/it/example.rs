//! Reports on made-up counts with outages, gaps, corrections and low traffic.

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use std::sync::LazyLock;
use toban_calendar::{Period, Zone};
use toban_core::{Confidence, Interval, Ratio, Reason, Share};
use toban_render::slo::{About, CompositeSection, Document, Section, Source, Unread};
use toban_slo::{
    Absence, AlertPolicy, AlertRule, Budgeting, Comparison, Composite, CompositeReport, Condition,
    Correction, Counts, History, LowTraffic, Member, Objective, Report, Severity, Sla, Slo, Tally, Treatment,
    Window, evaluate, history,
};

pub(crate) fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 1, 0, 0, 0).unwrap()
}

fn percent(text: &str) -> Objective {
    Objective::percent(text).unwrap()
}

/// An objective with its policy, its counts and what was found.
pub(crate) struct Case {
    pub(crate) slo: Slo,
    pub(crate) counts: Counts,
    pub(crate) report: Report,
    pub(crate) history: History,
}

impl Case {
    pub(crate) fn new(slo: Slo, policy: &AlertPolicy, counts: &Counts, at: DateTime<Utc>) -> Self {
        let report = evaluate(&slo, policy, counts, at);
        let history = history(&slo, policy, counts, at, 50_000);
        Self { slo, counts: counts.clone(), report, history }
    }
}

/// Counts by the minute: `traffic` says how many, `bad` how many of a thousand fail; `None` is a gap.
pub(crate) fn counts(minutes: i64, traffic: impl Fn(i64) -> u64, bad: impl Fn(i64) -> Option<u64>) -> Counts {
    let mut counts = Counts::per_minute(start());
    for minute in 0..minutes {
        if let Some(permille) = bad(minute) {
            let total = traffic(minute);
            let tally = Tally::from_bad(total * permille / 1000, total).unwrap();
            counts.add(start() + TimeDelta::minutes(minute), tally).unwrap();
        }
    }
    counts
}

fn day(minute: i64) -> i64 {
    minute / 1440
}

/// A month of a shop: outages, maintenance, a gap, an outage that still goes on.
pub(crate) fn checkout() -> Case {
    let maintenance = Interval::starting(start() + TimeDelta::days(10), TimeDelta::hours(2)).unwrap();
    let correction = Correction::new(maintenance, Treatment::DropTime, "database upgrade")
        .with_recorded("suzuki", start() + TimeDelta::days(9));
    let slo = Slo::availability("checkout-availability", percent("99.9"), Window::rolling_days(30))
        .with_window(Window::rolling_days(7))
        .with_correction(correction)
        .with_sla(Sla::new(percent("99.5"), Window::rolling_days(30), "10 % credit below 99.5 %"));
    let policy = AlertPolicy::sre_workbook(&slo).unwrap();
    let counts = counts(
        43_200,
        |minute| 1000 + 400 * u64::from((6..22).contains(&(minute % 1440 / 60))),
        |minute| match minute {
            6_000..6_020 => Some(250),   // twenty bad minutes
            14_400..14_520 => Some(900), // the maintenance
            20_000..20_600 => Some(9),   // a slow burn of ten hours
            28_800..28_860 => None,      // nothing was recorded
            43_140.. => Some(20),        // it has begun again
            _ if minute % 97 == 0 => Some(2),
            _ => Some(0),
        },
    );
    Case::new(slo, &policy, &counts, start() + TimeDelta::days(30))
}

/// Three days of a service that is used little, with more spent than there was.
pub(crate) fn search() -> Case {
    let slo =
        Slo::latency("search-latency", percent("99"), TimeDelta::milliseconds(300), Window::rolling_days(7))
            .with_sla(Sla::new(percent("99.5"), Window::rolling_days(7), "best effort"));
    let gate = LowTraffic::default().with_confidence(Confidence::percent("95").unwrap());
    let policy = AlertPolicy::sre_workbook(&slo).unwrap().with_low_traffic(gate);
    let counts =
        counts(3 * 1440, |_| 20, |minute| Some(if (2_000..2_600).contains(&minute) { 300 } else { 0 }));
    Case::new(slo, &policy, &counts, start() + TimeDelta::days(3))
}

/// Slices of five minutes, by the calendar, with Japanese names.
pub(crate) fn batch() -> Case {
    let target = Share::percent("95").unwrap();
    let slice = TimeDelta::minutes(5);
    let month = Window::calendar(Period::month(), Zone::UTC);
    let slo = Slo::availability("決済バッチ", percent("99.5"), month)
        .with_budgeting(Budgeting::Timeslices { slice, target })
        .unwrap();
    let policy = AlertPolicy::new();
    let counts = counts(
        9 * 1440,
        |_| 100,
        |minute| Some(if day(minute) == 4 && minute % 1440 < 40 { 100 } else { 1 }),
    );
    Case::new(slo, &policy, &counts, start() + TimeDelta::days(9))
}

/// An objective whose data never came.
pub(crate) fn silent() -> Case {
    let slo = Slo::latency("no-times", percent("95"), TimeDelta::milliseconds(500), Window::rolling_days(28));
    let policy = AlertPolicy::new();
    Case::new(slo, &policy, &Counts::per_minute(start()), start() + TimeDelta::days(30))
}

/// All of them, evaluated once.
static ALL: LazyLock<[Case; 4]> = LazyLock::new(|| [checkout(), search(), batch(), silent()]);

/// A composite and what was found.
pub(crate) struct Composed {
    pub(crate) composite: Composite,
    pub(crate) report: CompositeReport,
}

impl Composed {
    /// The example's objectives over 30 days, with a weight and a meaning of silence each.
    fn new(name: &str, target: &str, members: &[(usize, &str, Absence)]) -> Self {
        let case = |place: usize| &ALL[place];
        let weighed = members.iter().map(|(place, weight, absence)| {
            Member::new(case(*place).slo.clone(), weight.parse().unwrap(), *absence)
        });
        let window = Window::rolling_days(30);
        let composite = Composite::new(name, percent(target), window, weighed.collect())
            .unwrap()
            .with_burn_windows([TimeDelta::hours(1), TimeDelta::days(3)]);
        let counts: Vec<_> = members.iter().map(|(place, ..)| &case(*place).counts).collect();
        let report = composite.evaluate(&counts, start() + TimeDelta::days(30));
        Self { composite, report }
    }
}

/// Whatever a member may be taken for; the second says nothing.
static COMPOSED: LazyLock<[Composed; 2]> = LazyLock::new(|| {
    [
        Composed::new(
            "shop-as-a-whole",
            "90",
            &[
                (0, "3", Absence::Bad),
                (1, "0.25", Absence::Bad),
                (2, "1", Absence::Good),
                (3, "1", Absence::Ignore),
            ],
        ),
        Composed::new("店全体", "99.5", &[(0, "2", Absence::Bad), (3, "1", Absence::Freeze)]),
    ]
});

/// The objectives, each with the policy that it was judged by.
pub(crate) fn explained() -> Vec<(&'static Case, AlertPolicy)> {
    let policy = |case: &Case| AlertPolicy::sre_workbook(&case.slo).unwrap();
    let gate = LowTraffic::default().with_confidence(Confidence::percent("95").unwrap());
    let [checkout, search, batch, silent] = &*ALL;
    let none = AlertPolicy::new();
    vec![
        (checkout, policy(checkout)),
        (search, policy(search).with_low_traffic(gate)),
        (batch, none.clone()),
        (silent, none),
    ]
}

/// The composites.
pub(crate) fn composed() -> &'static [Composed] {
    &*COMPOSED
}

/// Two hours with an outage and a gap, and a rule of each kind.
pub(crate) fn every_condition() -> (Case, AlertPolicy) {
    let (minutes, hours) = (TimeDelta::minutes, TimeDelta::hours);
    let slo = Slo::availability("all", percent("90"), Window::rolling_days(1));
    let (part, factor) = (Ratio::new(1, 20).unwrap(), Ratio::whole(2));
    let conditions = [
        Condition::Absent { lasting: minutes(5) },
        Condition::BudgetConsumed { part },
        Condition::BudgetDrop { part, within: minutes(30) },
        Condition::BurnRate {
            comparison: Comparison::Above,
            factor,
            long: minutes(30),
            short: Some(minutes(5)),
        },
        Condition::BurnRate { comparison: Comparison::AtLeast, factor, long: minutes(10), short: None },
        Condition::Exhaustion { within: hours(4), pace: minutes(10) },
    ];
    let policy = conditions.into_iter().enumerate().fold(AlertPolicy::new(), |policy, (place, condition)| {
        let rule = AlertRule::new(format!("rule-{place}"), Severity::Ticket, condition);
        let rule =
            if place % 2 == 0 { rule } else { rule.with_lasting(minutes(2)).with_cool_down(minutes(3)) };
        policy.with_rule(&slo, rule).unwrap()
    });
    let policy = policy.with_low_traffic(LowTraffic::default().with_min_events(10));
    let counts = counts(
        240,
        |_| 1000,
        |minute| match minute {
            60..90 => Some(500),
            120..140 => None,
            _ => Some(0),
        },
    );
    (Case::new(slo, &policy, &counts, counts.end()), policy)
}

/// All of them as one document.
pub(crate) fn document() -> Document<'static> {
    let [checkout, search, batch, silent] = &*ALL;
    let [whole, frozen] = &*COMPOSED;
    let unread = Unread { line: 17, text: "GET \u{1b}[31m/ <script>".into(), why: "no status".into() };
    let log = Source::new("access-log shop.log.gz", 41_231_112).with_unread(3, [unread]);
    let no_times = Reason::new("no-latency", "the log has no request times");
    Document::new([
        Section::new(&checkout.slo, &checkout.report)
            .with_history(&checkout.history)
            .with_about(
                About::new()
                    .with_service("shop")
                    .with_description("Orders are answered without a server error."),
            )
            .with_source("access-log shop.log.gz"),
        Section::new(&search.slo, &search.report)
            .with_history(&search.history)
            .with_about(About::new().with_title("Search answers in time").with_service("shop")),
        Section::new(&batch.slo, &batch.report)
            .with_history(&batch.history)
            .with_about(
                About::new()
                    .with_service("決済サービス")
                    .with_description("夜間の決済処理が五分ごとに成功すること。"),
            )
            .with_indicator("五分ごとの成功率"),
        Section::new(&silent.slo, &silent.report)
            .with_history(&silent.history)
            .with_about(About::new().with_finding(no_times.clone())),
    ])
    .with_composite(
        CompositeSection::new(&whole.composite, &whole.report).with_about(
            About::new()
                .with_service("shop")
                .with_description("Whoever shops gets through, from search to payment."),
        ),
    )
    .with_composite(
        CompositeSection::new(&frozen.composite, &frozen.report)
            .with_about(About::new().with_finding(no_times)),
    )
    .with_source(log)
    .with_source(Source::new("csv 決済.csv", 12_960))
    .with_source(Source::of_samples("prometheus metrics:9090", 86_402))
}
