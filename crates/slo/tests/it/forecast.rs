//! Forecasts: what follows from plain arithmetic, and how often the interval is right.

use crate::support::{minutes, month, slo, start};
use chrono::TimeDelta;
use toban_calendar::{Period, Zone};
use toban_slo::{
    AlertPolicy, Balance, Counts, ForecastPolicy, Outlook, Projection, Rhythm, Tally, Undecided, Window,
    evaluate, forecast,
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

/// A share of bad for each day of a record.
type Mood = fn(i64, &mut Xorshift) -> f64;

/// Days that are like each other, with a mood of their own each.
fn even(_: i64, random: &mut Xorshift) -> f64 {
    0.002 + 0.010 * random.unit()
}

/// Busy days and quiet weekends: the budget of a week is nearly spent by its five working days.
fn weekly(day: i64, random: &mut Xorshift) -> f64 {
    let of_the_week = if day % 7 < 5 { 0.0112 } else { 0.001 };
    of_the_week * (0.6 + 0.8 * random.unit())
}

/// The same, where a month may end on either side of its budget.
fn strained(day: i64, random: &mut Xorshift) -> f64 {
    let of_the_week = if day % 7 < 5 { 0.0134 } else { 0.0015 };
    of_the_week * (0.6 + 0.8 * random.unit())
}

/// Hours of a service with a daily rhythm of traffic, a daily mood of errors and now and then a bad hour.
fn service(seed: u64, days: i64, mood: Mood, bursts: f64) -> Counts {
    let mut random = Xorshift(seed.wrapping_mul(0x2545_F491_4F6C_DD1D) | 1);
    let mut counts = Counts::new(start(), TimeDelta::hours(1)).unwrap();
    for day in 0..days {
        let mood = mood(day, &mut random);
        for hour in 0..24 {
            let traffic = if (8..20).contains(&hour) { 2000.0 } else { 400.0 };
            let burst = if random.unit() < bursts { 0.10 * random.unit() } else { 0.0 };
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

const WEEK: usize = 7 * 24;

/// What a service looked like for some weeks, and the burn of the seven days before each hour of the week after them.
fn past_and_future(whole: &Counts, weeks: usize) -> (Counts, Vec<f64>) {
    let history = weeks * WEEK;
    let hours: Vec<Tally> = whole.iter().map(|(_, tally)| tally.unwrap()).collect();
    let mut past = Counts::new(start(), TimeDelta::hours(1)).unwrap();
    for (at, tally) in whole.iter().take(history) {
        past.add(at, tally.unwrap()).unwrap();
    }
    let spent = (history..=history + WEEK).map(|end| burn(&hours[end - WEEK..end]));
    (past, spent.collect())
}

/// Of an objective of 99 %.
fn burn(hours: &[Tally]) -> f64 {
    let (bad, total): (u64, u64) =
        (hours.iter().map(|tally| tally.bad()).sum(), hours.iter().map(|tally| tally.total()).sum());
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    let spent = bad as f64 / (0.01 * total as f64);
    spent
}

/// How forecasts and what came after them went together.
#[derive(Debug, Default)]
struct Calibration {
    forecasts: u32,
    /// How many ended within the interval of 80 %.
    within: u32,
    /// What the chances add up to, and how many missed the objective.
    told: f64,
    came: f64,
    /// How wide the intervals were, in parts of the budget.
    width: f64,
}

impl Calibration {
    fn add(&mut self, told: &Projection, spent: f64, is_missed: bool) {
        let [low, _, high] = told.spent_at_horizon;
        self.forecasts += 1;
        self.within += u32::from((low..=high).contains(&spent));
        self.told += told.chance_to_miss;
        self.came += f64::from(u8::from(is_missed));
        self.width += high - low;
    }

    fn of_rolling_weeks(seeds: u64, weeks: usize, mood: Mood, bursts: f64, rhythm: Rhythm) -> Self {
        let mut found = Self::default();
        for seed in 1..=seeds {
            let days = i64::try_from(weeks * 7 + 7).unwrap();
            let (past, spent) = past_and_future(&service(seed, days, mood, bursts), weeks);
            if spent[0] >= 1.0 {
                continue;
            }
            let told = projection(&past, past.end(), Window::rolling_days(7));
            assert_eq!(told.rhythm, rhythm);
            found.add(&told, spent[WEEK], spent.iter().any(|spent| *spent > 1.0));
        }
        found
    }

    /// Ten days into a calendar month after a month of history, held against its end.
    fn of_months(seeds: u64, mood: Mood, bursts: f64) -> Self {
        let mut found = Self::default();
        let april = Window::calendar(Period::month(), Zone::UTC);
        for seed in 1..=seeds {
            let whole = service(seed, 61, mood, bursts);
            let hours: Vec<Tally> = whole.iter().map(|(_, tally)| tally.unwrap()).collect();
            // April, of which ten days are known.
            let now = start() + TimeDelta::days(41);
            let told = projection(&whole, now, april);
            assert_eq!(told.horizon, TimeDelta::days(20));
            let spent = burn(&hours[31 * 24..]);
            found.add(&told, spent, spent > 1.0);
        }
        found
    }

    fn percent(&self) -> u32 {
        self.within * 100 / self.forecasts
    }
}

/// Of the weeks and months that follow a record, 75 to 85 of 100 spend what an interval of 80 % says, whether or not
/// their days differ by weekday, and about as many exhaust the budget as the chances add up to.
#[test]
fn four_of_five_futures_end_within_the_interval() {
    let cases: [(usize, Mood, f64, Rhythm); 3] = [
        (4, even, 0.02, Rhythm::Weekly { weeks: 4 }),
        (3, even, 0.02, Rhythm::Even),
        (4, weekly, 0.01, Rhythm::Weekly { weeks: 4 }),
    ];
    for (weeks, mood, bursts, rhythm) in cases {
        let found = Calibration::of_rolling_weeks(400, weeks, mood, bursts, rhythm);
        assert!((75..=85).contains(&found.percent()), "{weeks} weeks: {} %, {found:?}", found.percent());
        // Not knowing the true mean makes a rare miss look less rare: the chance may be too high, not too low.
        let ratio = found.told / found.came;
        assert!(found.came > 30.0 && (0.9..1.4).contains(&ratio), "{weeks} weeks: {ratio}, {found:?}");
    }
    for (mood, bursts) in [(even as Mood, 0.06), (strained, 0.0)] {
        let found = Calibration::of_months(300, mood, bursts);
        assert!((75..=85).contains(&found.percent()), "months: {} %, {found:?}", found.percent());
        let ratio = found.told / found.came;
        assert!(found.came > 60.0 && (0.85..1.3).contains(&ratio), "months: {ratio}, {found:?}");
    }
}

/// Weeks that repeat themselves to the event: nothing is left to chance.
#[test]
fn weekdays_that_repeat_leave_nothing_to_chance() {
    let mut counts = Counts::new(start(), TimeDelta::hours(1)).unwrap();
    for hour in 0..63 * 24 {
        let bad = if hour / 24 % 7 < 5 { 115 } else { 10 };
        counts.add(start() + TimeDelta::hours(hour), Tally::from_bad(bad, 10_000).unwrap()).unwrap();
    }
    let week = Window::rolling_days(7);
    for hour in [28 * 24, 31 * 24 + 7, 35 * 24] {
        let told = projection(&counts, start() + TimeDelta::hours(hour), week);
        assert_eq!(told.rhythm, Rhythm::Weekly { weeks: usize::try_from(hour / 24 / 7).unwrap() });
        assert_eq!((told.chance_to_miss, told.earliest, told.weeks_needed), (0.0, None, None));
        let spent = (5.0 * 1.15 + 2.0 * 0.1) / 7.0;
        assert!(told.spent_at_horizon.iter().all(|found| (found - spent).abs() < 1e-3), "{told:?}");
    }
    // In an April that is not over each day is the weekday that it is.
    let month = Window::calendar(Period::month(), Zone::UTC);
    let came: u64 = counts.iter().skip(31 * 24).take(30 * 24).map(|(_, tally)| tally.unwrap().bad()).sum();
    #[expect(clippy::cast_precision_loss, reason = "a small count")]
    let came = came as f64 / (30.0 * 24.0 * 100.0);
    for hour in [32 * 24, 37 * 24 + 5, 54 * 24, 59 * 24 + 23] {
        let told = projection(&counts, start() + TimeDelta::hours(hour), month);
        assert!(told.spent_at_horizon.iter().all(|found| (found - came).abs() < 1e-9), "{came}: {told:?}");
    }
    // Three weeks are too few to tell a Saturday from a Monday, and the interval says so.
    let early = projection(&counts, start() + TimeDelta::days(27), week);
    assert_eq!((early.rhythm, early.weeks_needed), (Rhythm::Even, Some(4)));
    assert!(early.chance_to_miss > 0.0 && early.spent_at_horizon[2] > 1.0);
}

/// Two hours into a month: one day in ten burns three times the budget, the others a fifth of it. The month keeps its
/// objective nearly always, though it stands beyond it on the way once in four times.
#[test]
fn a_period_of_the_calendar_is_judged_at_its_end() {
    let mut counts = Counts::new(start(), TimeDelta::hours(1)).unwrap();
    for hour in 0..31 * 24 + 2 {
        let bad = if hour / 24 % 10 == 8 { 30 } else { 2 };
        counts.add(start() + TimeDelta::hours(hour), Tally::from_bad(bad, 1000).unwrap()).unwrap();
    }
    let april = Window::calendar(Period::month(), Zone::UTC);
    let told = projection(&counts, counts.end(), april);
    assert!(told.chance_to_miss < 0.06, "{told:?}");
    let ahead = TimeDelta::days(30) - TimeDelta::hours(2);
    assert_eq!(told.horizon, ahead);
    let found = forecast(&slo("99", april), &counts, counts.end(), &ForecastPolicy::by_day(7));
    let pace = found.pace.unwrap();
    // At a fifth of the budget it would be gone in 150 days; the month is over before.
    assert_eq!((pace.burn.times().unwrap().to_string().as_str(), pace.exhausted_in), ("0.2", None));
    assert_eq!((pace.within, pace.earliest, pace.latest), (Some(ahead), None, None));
    // Half an hour before the end nothing lies further ahead than that.
    let minutely = month(1000, |_| 9);
    let late = start() + TimeDelta::days(30) - minutes(30);
    let told = projection(&minutely, late, Window::calendar(Period::day(), Zone::UTC));
    assert_eq!((told.horizon, told.chance_to_miss), (minutes(30), 0.0));
    assert!((told.spent_at_horizon[1] - 0.9).abs() < 1e-6, "{told:?}");
}

/// What went bad at once does not exhaust a month that can still make up for it; at its end it would.
#[test]
fn a_bad_beginning_is_no_exhausted_month() {
    let bad_day = |minute| if minute < 60 { 100 } else { 0 };
    let march = Window::calendar(Period::month(), Zone::UTC);
    let report = |window, days: i64| {
        let counts = month(1000, bad_day);
        let now = start() + minutes(60) + TimeDelta::days(days);
        forecast(&slo("99", window), &counts, now, &ForecastPolicy::by_day(1))
    };
    // An hour at ten times the budget is ten hours' worth of it.
    let first = report(march, 0);
    assert_eq!(first.outlook, Outlook::Undecided(Undecided::TooShort { have: 0, need: 7 }));
    let Some(Balance::Left(left)) = first.remaining else { panic!("{first:?}") };
    assert_eq!(left, toban_core::Ratio::new(734, 744).unwrap());
    assert!(first.pace.unwrap().exhausted_in.unwrap() < TimeDelta::days(4));
    let Outlook::Projected(eighth) = report(march, 8).outlook else { panic!("no projection") };
    assert!(eighth.chance_to_miss < 1e-9 && eighth.earliest.is_none(), "{eighth:?}");
    assert_eq!(report(Window::calendar(Period::day(), Zone::UTC), 0).outlook, first.outlook);
    // The day that such an hour belongs to is over when it is over.
    let day = Window::calendar(Period::day(), Zone::UTC);
    let end = forecast(
        &slo("99.9", day),
        &month(1000, bad_day),
        start() + TimeDelta::days(1),
        &ForecastPolicy::by_day(1),
    );
    assert_eq!((end.outlook, end.pace), (Outlook::Exhausted, None));
}

/// Each day fails between 18 and 19 o'clock. Seen from six in the morning that is the thirteenth hour.
#[test]
fn the_hours_of_a_day_keep_their_order() {
    let mut counts = Counts::new(start(), TimeDelta::hours(1)).unwrap();
    for hour in 0..10 * 24 + 6 {
        let bad = if hour % 24 == 18 { 500 } else { 0 };
        counts.add(start() + TimeDelta::hours(hour), Tally::from_bad(bad, 1000).unwrap()).unwrap();
    }
    let told = projection(&counts, counts.end(), Window::calendar(Period::day(), Zone::UTC));
    let thirteen = Some(TimeDelta::hours(13));
    assert_eq!(
        (told.chance_to_miss, told.earliest, told.median, told.latest),
        (1.0, thirteen, thirteen, thirteen)
    );
}

#[test]
fn a_day_full_of_gaps_is_no_day_seen() {
    // Of every third day one hour in five is missing.
    let mut counts = Counts::new(start(), TimeDelta::hours(1)).unwrap();
    for hour in (0..9 * 24).filter(|hour| hour / 24 % 3 != 1 || hour % 5 != 0) {
        counts.add(start() + TimeDelta::hours(hour), Tally::from_bad(0, 10).unwrap()).unwrap();
    }
    let told = forecast(
        &slo("99", Window::rolling_days(9)),
        &counts,
        start() + TimeDelta::days(9),
        &ForecastPolicy::by_day(0),
    );
    assert_eq!(told.outlook, Outlook::Undecided(Undecided::TooShort { have: 6, need: 7 }));
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

/// Weeks are missed only where weekdays are asked for and can be told apart.
#[test]
fn an_even_rhythm_that_is_asked_for_needs_no_weeks() {
    let counts = service(3, 14, even, 0.02);
    let needed = |rhythm, season| {
        let mut policy = ForecastPolicy::by_day(1);
        (policy.rhythm, policy.season, policy.min_seasons) = (rhythm, TimeDelta::days(season), 2);
        match forecast(&slo("99", Window::rolling_days(7)), &counts, counts.end(), &policy).outlook {
            Outlook::Projected(projection) => projection.weeks_needed,
            other => panic!("{other:?}"),
        }
    };
    let weekly = |weeks| Rhythm::Weekly { weeks };
    assert_eq!([needed(weekly(3), 1), needed(weekly(2), 1)], [Some(3), None]);
    assert_eq!([needed(Rhythm::Even, 1), needed(weekly(3), 3)], [None, None]);
}

#[test]
fn equal_seeds_give_equal_forecasts() {
    let counts = service(5, 28, even, 0.02);
    let told = |seed| {
        forecast(&slo("99", Window::rolling_days(7)), &counts, counts.end(), &ForecastPolicy::by_day(seed))
    };
    assert_eq!(told(3), told(3));
    assert_ne!(told(3), told(4));
}
