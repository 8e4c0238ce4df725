//! A report in one line.

use crate::support::{counts, minutes, month, slo, start};
use chrono::TimeDelta;
use proptest::prelude::*;
use toban_core::Ratio;
use toban_slo::{AlertPolicy, Counts, Window, evaluate};

fn line(percent: &str, window: Window, counts: &Counts) -> String {
    let slo = slo(percent, window);
    evaluate(&slo, &AlertPolicy::sre_workbook(&slo).unwrap_or_default(), counts, counts.end()).to_string()
}

#[test]
fn a_report_says_in_a_line_how_it_stands() {
    let days = Window::rolling_days;
    let burning = month(10_000, |minute| if minute >= 43_140 { 144 } else { 0 });
    assert_eq!(
        line("99.9", days(30), &burning),
        "shop 99.9 %: 99.998 % over 30d, 2.0 % of the budget spent, burn 14.40 over 1h, firing: page-fast"
    );
    let young = counts(&[Some((1, 50)); 1440]);
    assert_eq!(
        line("99", days(30), &young),
        "shop 99 %: 98.00 % over 30d, 200.0 % of the budget spent so far, 6.7 % of the whole window's, burn 2.00 over \
         1h, firing: ticket-slow"
    );
    let quiet = counts(&[Some((0, 0)); 60]);
    assert_eq!(
        line("100", days(1), &quiet),
        "shop 100 %: no traffic over 1d, 0 % of the budget spent so far, 0 % of the whole window's"
    );
    assert_eq!(
        line("100", days(1), &counts(&[Some((1, 2)); 1440])),
        "shop 100 %: 50.00 % over 1d, no budget"
    );
    let slo = slo("99.9", days(30));
    let policy = AlertPolicy::sre_workbook(&slo).unwrap();
    let nothing = evaluate(&slo, &policy, &Counts::per_minute(start()), start() + minutes(60));
    assert!(nothing.to_string().starts_with("shop 99.9 %: no data over 30d, frozen: page-fast"), "{nothing}");
}

proptest! {
    /// The line never flatters, and reaches neither the whole budget nor a burn of 1 unless the report does.
    #[test]
    fn no_number_of_the_line_flatters(bad in 1..400_u64, off in prop_oneof![-3..4_i64, -999..60_000_i64]) {
        // Some of them spend all of the budget but for an event or two.
        let total = (bad * 1000).checked_add_signed(off).unwrap();
        let counts = counts(&[Some((bad, total)); 1440]);
        let slo = slo("99.9", Window::rolling_days(1));
        let limit = Ratio::ONE;
        let rule = toban_slo::AlertRule::burn_rate("x", toban_slo::Severity::Page, TimeDelta::hours(1), minutes(5), limit);
        let policy = AlertPolicy::new().with_rule(&slo, rule).unwrap();
        let report = evaluate(&slo, &policy, &counts, counts.end());
        let told = report.to_string();
        let number = |before: &str, after: &str| {
            let (_, rest) = told.split_once(before).unwrap();
            let (number, _) = rest.split_once(after).unwrap();
            let exact = number.trim_matches(['<', '>']).parse::<Ratio>().unwrap();
            (number.chars().next().filter(|c| !c.is_ascii_digit()), exact)
        };
        let per_cent = |ratio: Ratio| ratio.checked_mul(Ratio::whole(100)).unwrap();
        let good = report.main().unwrap().reading.tally.good_share().unwrap();
        prop_assert!(number(": ", " %").1 <= per_cent(good.as_ratio()), "{}", told);
        let spent = per_cent(report.spent.times().unwrap());
        let (sign, shown) = number("over 1d, ", " %");
        prop_assert!(if sign == Some('>') { shown < spent } else { shown >= spent }, "{}", told);
        prop_assert_eq!(shown >= Ratio::whole(100), spent >= Ratio::whole(100), "{}", told);
        let burn = report.burn_rate(TimeDelta::hours(1)).unwrap().times().unwrap();
        let (_, shown) = number("burn ", " over 1h");
        prop_assert_eq!(shown >= limit, burn >= limit, "{}", told);
        prop_assert!(shown >= burn || burn < limit, "{}", told);
    }
}
