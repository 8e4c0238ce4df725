//! Months and quarters of named zones, through the calculation: clocks that change, and a February of 29 days.

use crate::support::slo;
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use toban_calendar::{Period, Zone};
use toban_slo::{AlertPolicy, Counts, Evaluator, Slots, Tally, Window, evaluate};

/// A period of a zone: the moment at which it is over, its hours so far, and those of them that lie in a Sunday there.
///
/// The figures are those of Python's `zoneinfo` for hours of UTC, counted one by one: an hour belongs to the period
/// in which it begins, and to Sunday if it begins on one.
const PERIODS: [(&str, &str, &str, u64, u64); 10] = [
    // The clock goes forward on 31 March 2024: 91 days less an hour.
    ("Europe/Berlin", "quarter", "2024-03-31T22:00:00Z", 2183, 311),
    ("Europe/Berlin", "month", "2024-03-31T22:00:00Z", 743, 119),
    // And back on 27 October: 92 days and an hour.
    ("Europe/Berlin", "quarter", "2024-12-31T23:00:00Z", 2209, 313),
    // February of a leap year, and of the year after.
    ("Europe/Berlin", "month", "2024-02-29T23:00:00Z", 696, 96),
    ("Europe/Berlin", "month", "2025-02-28T23:00:00Z", 672, 96),
    ("Europe/Berlin", "year", "2024-12-31T23:00:00Z", 8784, 1248),
    // Three weeks earlier than in Europe, and a week later.
    ("America/New_York", "quarter", "2024-04-01T04:00:00Z", 2183, 311),
    ("America/New_York", "quarter", "2025-01-01T05:00:00Z", 2209, 313),
    // Never.
    ("Asia/Tokyo", "quarter", "2024-03-31T15:00:00Z", 2184, 312),
    // By half an hour: it begins with an hour of UTC and ends at 13:30, within its last one, which is not over yet.
    ("Australia/Lord_Howe", "quarter", "2024-06-30T13:00:00Z", 2184, 312),
];

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn period(name: &str) -> Period {
    match name {
        "month" => Period::month(),
        "quarter" => Period::quarter(),
        _ => Period::year(),
    }
}

/// A hundred events in each hour, of which one is bad on Sundays there.
fn hours(
    zone: Zone,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> impl Iterator<Item = (DateTime<Utc>, Tally)> {
    let hours = std::iter::successors(Some(from), |at| Some(*at + TimeDelta::hours(1)));
    hours.take_while(move |at| *at < until).map(move |at| {
        let is_sunday = zone.civil(at).unwrap().weekday() == chrono::Weekday::Sun;
        (at, Tally::from_bad(u64::from(is_sunday), 100).unwrap())
    })
}

#[test]
fn a_report_of_a_period_holds_the_hours_that_it_has_in_its_zone() {
    for (zone, name, end, expected_hours, sundays) in PERIODS {
        let (zone, end): (Zone, _) = (zone.parse().unwrap(), at(end));
        let window = Window::calendar(period(name), zone);
        let slo = slo("99.9", window);
        // It begins in the middle of the period before.
        let from = at("2023-11-01T00:00:00Z");
        let mut counts = Counts::new(from, TimeDelta::hours(1)).unwrap();
        let mut evaluator = Evaluator::new(Slots::new(from, TimeDelta::hours(1)).unwrap());
        let key = evaluator.add(&slo, &AlertPolicy::new()).unwrap();
        for (hour, tally) in hours(zone, from, end) {
            counts.add(hour, tally).unwrap();
            evaluator.record(key, hour, tally).unwrap();
            evaluator.tick(hour + TimeDelta::hours(1), |_| ()).unwrap();
        }
        let report = evaluate(&slo, &AlertPolicy::new(), &counts, end);
        let main = report.main().unwrap();
        let case = format!("{name} of {zone} until {end}");
        for reading in [main.reading, evaluator.window(key, window).unwrap()] {
            assert_eq!(
                (reading.tally.total(), reading.tally.bad()),
                (expected_hours * 100, sundays),
                "{case}"
            );
            assert_eq!(
                (reading.slots, reading.expected, reading.observed),
                { (expected_hours, expected_hours, expected_hours) },
                "{case}"
            );
        }
        // A tenth of a hundredth of all events may be bad.
        let spent = toban_core::Ratio::new((sundays * 10).into(), expected_hours.into()).unwrap();
        assert_eq!(report.spent.times(), Some(spent), "{case}");
    }
}

/// The moment of a boundary closes the period; an hour later there is a new one, with one hour in it.
#[test]
fn a_quarter_begins_anew_with_its_first_hour() {
    let zone: Zone = "Europe/Berlin".parse().unwrap();
    let slo = slo("99.9", Window::calendar(Period::quarter(), zone));
    let (from, end) = (at("2023-12-01T00:00:00Z"), at("2024-03-31T22:00:00Z"));
    let mut counts = Counts::new(from, TimeDelta::hours(1)).unwrap();
    for (hour, tally) in hours(zone, from, end + TimeDelta::hours(1)) {
        counts.add(hour, tally).unwrap();
    }
    let held = |now| {
        let report = evaluate(&slo, &AlertPolicy::new(), &counts, now);
        let main = report.main().unwrap();
        (main.reading.interval.start(), main.reading.slots, main.reading.tally.total())
    };
    let new_year = at("2023-12-31T23:00:00Z");
    assert_eq!(held(end - TimeDelta::hours(1)), (new_year, 2182, 218_200));
    assert_eq!(held(end), (new_year, 2183, 218_300));
    assert_eq!(held(end + TimeDelta::hours(1)), (end, 1, 100));
}
