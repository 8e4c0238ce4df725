//! The answers of cronsim, which follows Debian's cron (see `oracle/cron.py`), row by row.

use chrono::{DateTime, Utc};
use toban_calendar::{BothDays, Cron, CronDialect, CronError, Recurrence};

use crate::{utc, zone};

fn read(expression: &str, days: &str) -> Cron {
    let both = match days {
        "one" => return Cron::parse(expression, CronDialect::Posix5).unwrap(),
        "and" => BothDays::And,
        "or" => BothDays::Or,
        other => panic!("{other}"),
    };
    let refused = Cron::parse(expression, CronDialect::Posix5);
    assert!(matches!(refused, Err(CronError::BothDays { .. })), "{expression}: {refused:?}");
    Cron::parse_both(expression, CronDialect::Posix5, both).unwrap()
}

fn firings(recurrence: &Recurrence, start: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let next = |at: &DateTime<Utc>| recurrence.next(*at);
    std::iter::successors(next(&start), next).take(5).collect()
}

#[test]
fn a_cron_expression_starts_what_cron_starts() {
    let mut seen = [0; 3];
    for line in include_str!("oracle/cron.csv").lines() {
        let [expression, days, name, start, expected @ ..] =
            line.split(';').collect::<Vec<_>>().try_into().map(|row: [&str; 9]| row).unwrap();
        let expected = expected.map(utc);
        let cron = read(expression, days);
        let recurrence = cron.recurrence(zone(name), cron.clock_change()).unwrap();
        assert_eq!(
            firings(&recurrence, utc(start)),
            expected,
            "{expression} ({days}) in {name} after {start}"
        );
        for pair in expected.windows(2) {
            let previous = recurrence.previous(pair[1]);
            assert_eq!(previous, Some(pair[0]), "{expression} ({days}) in {name} before {}", pair[1]);
        }
        assert!(recurrence.previous(expected[0]).is_none_or(|previous| previous <= utc(start)));
        seen[["one", "and", "or"].iter().position(|one| *one == days).unwrap()] += 1;
    }
    assert!(seen.iter().zip([550, 60, 120]).all(|(seen, least)| *seen >= least), "{seen:?} rows");
}

/// What the rows leave out because cronsim differs from the cron that it follows: for crontab(5) a step divides its
/// range, which here is one value; for cronsim a range of one value is a start, and the steps go on to the end.
#[test]
fn a_step_in_a_range_of_one_value_leaves_that_value() {
    let hours = |text: &str| Cron::parse(text, CronDialect::Posix5).unwrap().times().count();
    assert_eq!([hours("0 2-2/3 * * *"), hours("0 2-3/3 * * *"), hours("0 2-5/3 * * *")], [1, 1, 2]);
}
