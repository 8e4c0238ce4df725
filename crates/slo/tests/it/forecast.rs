//! Forecasts: what follows from plain arithmetic, and how often the interval is right.

use crate::support::{minutes, month, slo, start};
use chrono::TimeDelta;
use toban_calendar::{Period, Zone};
use toban_slo::{
    AlertPolicy, Balance, Counts, ForecastPolicy, Outlook, Projection, Tally, Undecided, Window, evaluate,
    forecast,
};

/// A generator of the test's own, so that the forecast does not draw from the source that it is tested with.
struct Xorshift(u64);

impl Xorshift {
    fn unit(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        #[expect(clippy::cast_precision_loss, reason = "a random number")]
        let unit = (self.0 >> 11) as f64 / (1_u64 << 53) as f64;
        unit
    }
}

fn projection(counts: &Counts, now: chrono::DateTime<chrono::Utc>, window: Window) -> Projection {
    match forecast(&slo("99", window), counts, now, &ForecastPolicy::by_day(7)).outlook {
        Outlook::Projected(projection) => projection,
        other => panic!("{other:?}"),
    }
}

/// Hours of a service with a daily rhythm of traffic, a daily mood of errors and now and then a bad hour.
fn service(seed: u64, days: i64) -> Counts {
    let mut random = Xorshift(seed.wrapping_mul(0x2545_F491_4F6C_DD1D) | 1);
    let mut counts = Counts::new(start(), TimeDelta::hours(1)).unwrap();
    for day in 0..days {
        let mood = 0.002 + 0.010 * random.unit();
        for hour in 0..24 {
            let traffic = if (8..20).contains(&hour) { 2000.0 } else { 400.0 };
            let burst = if random.unit() < 0.02 { 0.10 * random.unit() } else { 0.0 };
            let share = mood * (0.5 + random.unit()) + burst;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "small positive numbers"
            )]
            let tally = Tally::from_bad((traffic * share) as u64, traffic as u64).unwrap();
            counts.add(start() + TimeDelta::hours(day * 24 + hour), tally).unwrap();
        }
    }
    counts
}

const HISTORY: usize = 28 * 24;
const WEEK: usize = 7 * 24;

/// What a service looked like for four weeks, and the burn of the seven days before each hour of the week after them.
fn past_and_future(seed: u64) -> (Counts, Vec<f64>) {
    let whole = service(seed, 35);
    let hours: Vec<Tally> = whole.iter().map(|(_, tally)| tally.unwrap()).collect();
    let mut past = Counts::new(start(), TimeDelta::hours(1)).unwrap();
    for (at, tally) in whole.iter().take(HISTORY) {
        past.add(at, tally.unwrap()).unwrap();
    }
    let spent = (HISTORY..=HISTORY + WEEK).map(|end| {
        let week = &hours[end - WEEK..end];
        let (bad, total): (u64, u64) =
            (week.iter().map(|tally| tally.bad()).sum(), week.iter().map(|tally| tally.total()).sum());
        #[expect(clippy::cast_precision_loss, reason = "small counts")]
        let spent = bad as f64 / (0.01 * total as f64);
        spent
    });
    (past, spent.collect())
}

/// Of the weeks that follow four weeks of history, 75 to 85 of 100 spend what an interval of 80 % says, and about as many
/// exhaust the budget as the chances add up to.
#[test]
fn four_of_five_weeks_end_within_the_interval() {
    let (mut weeks, mut within) = (0, 0);
    let (mut told, mut came) = (0.0, 0.0);
    for seed in 1..=1500 {
        let (past, spent) = past_and_future(seed);
        if spent[0] >= 1.0 {
            continue;
        }
        let projection = projection(&past, past.end(), Window::rolling_days(7));
        let [low, _, high] = projection.spent_at_horizon;
        weeks += 1;
        within += u64::from((low..=high).contains(&spent[WEEK]));
        told += projection.chance_to_miss;
        came += f64::from(u8::from(spent.iter().any(|spent| *spent > 1.0)));
    }
    let percent = within * 100 / weeks;
    assert!((75..=85).contains(&percent), "{percent} % of {weeks} weeks lie within an interval of 80 %");
    // Not knowing the true mean makes a rare miss look less rare: the chance may be too high by a third, not too low.
    assert!(came > 50.0 && (0.9..1.35).contains(&(told / came)), "told {told}, came {came} of {weeks}");
}

#[test]
fn a_steady_burn_runs_out_when_arithmetic_says() {
    // 0.5 % bad against 1 %: half of the budget of a calendar month by its end, never exhausted.
    let steady = month(1000, |_| 5);
    let march = Window::calendar(Period::month(), Zone::UTC);
    let ten_days = start() + TimeDelta::days(10);
    let told = projection(&steady, ten_days, march);
    assert_eq!((told.chance_to_miss, told.earliest, told.seasons), (0.0, None, 10));
    assert!((told.spent_at_horizon[1] - 0.5).abs() < 1e-9);
    assert_eq!(told.horizon, TimeDelta::days(21));
    // Clean for ten days of a rolling ten, then 2 % bad: exhausted when half of the window is bad.
    let turned = month(1000, |minute| if minute < 20 * 1440 { 0 } else { 20 });
    let now = start() + TimeDelta::days(20) + TimeDelta::hours(24);
    let found = forecast(&slo("99", Window::rolling_days(10)), &turned, now, &ForecastPolicy::by_day(1));
    assert_eq!(found.remaining, Some(Balance::Left("0.8".parse().unwrap())));
    let pace = found.pace.unwrap();
    // What is left, 8 of 10 days' budgets, at twice the pace.
    assert_eq!(pace.exhausted_in, Some(TimeDelta::days(4)));
    assert!(pace.earliest < pace.exhausted_in && pace.exhausted_in < pace.latest);
}

#[test]
fn too_little_history_is_undecided() {
    let counts = month(1000, |_| 1);
    let report =
        |now| evaluate(&slo("99", Window::rolling_days(30)), &AlertPolicy::new(), &counts, now).forecast;
    let early = report(start() + TimeDelta::days(3) + minutes(5));
    assert_eq!(early.outlook, Outlook::Undecided(Undecided::TooShort { have: 3, need: 7 }));
    assert!(early.pace.is_some());
    assert!(matches!(report(start() + TimeDelta::days(7)).outlook, Outlook::Projected(_)));
    let total =
        evaluate(&slo("100", Window::rolling_days(1)), &AlertPolicy::new(), &counts, counts.end()).forecast;
    assert_eq!(total.outlook, Outlook::Undecided(Undecided::NoBudget));
    let gone =
        evaluate(&slo("99.99", Window::rolling_days(1)), &AlertPolicy::new(), &counts, counts.end()).forecast;
    assert_eq!((gone.outlook, gone.pace), (Outlook::Exhausted, None));
}

#[test]
fn equal_seeds_give_equal_forecasts() {
    let counts = service(5, 28);
    let told = |seed| {
        forecast(&slo("99", Window::rolling_days(7)), &counts, counts.end(), &ForecastPolicy::by_day(seed))
    };
    assert_eq!(told(3), told(3));
    assert_ne!(told(3), told(4));
}
