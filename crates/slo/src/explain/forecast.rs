//! Forecasts: what is left, the pace of the last while, and the futures that were drawn.

use super::Explanation;
use super::formula::{Term, allowance, burn, seconds};
use crate::budget::{Balance, Reading};
use crate::duration::{Short, from_millis};
use crate::report::Report;
use crate::{Outlook, Pace, Projection, Slo, forecast};
use chrono::TimeDelta;
use toban_core::Ratio;

pub(super) fn explain(slo: &Slo, report: &Report) -> Vec<Explanation> {
    let found = &report.forecast;
    let mut all = Vec::new();
    if let Some(left) = found.remaining {
        let explained = Explanation::new("part of the budget left", left, "1 - bad / allowed");
        let main = report.main().map(|main| main.reading).filter(|main| main.tally.total() > 0);
        all.push(explained.with_formula(main.map(|main| left_of(slo, &main))));
    }
    if let (Some(pace), Some(Balance::Left(left))) = (&found.pace, found.remaining) {
        all.push(at_pace(slo, pace, left));
    }
    all.push(match &found.outlook {
        Outlook::Exhausted => Explanation::new("budget gone in", "gone", "nothing is left"),
        Outlook::Undecided(reason) => Explanation::new("budget gone in", "undecided", reason.to_string()),
        Outlook::Projected(projection) => projected(slo, projection),
    });
    all
}

fn left_of(slo: &Slo, main: &Reading) -> String {
    format!("1 - {} / ({} * {})", main.tally.bad(), main.tally.total(), allowance(slo.objective()))
}

/// In seconds, as the formulas are, and in its two largest units for people.
fn time(time: Option<TimeDelta>) -> String {
    let Some(time) = time else { return "never".to_owned() };
    let millis = time.num_milliseconds();
    let units = [86_400_000, 3_600_000, 60_000, 1000, 1];
    let finest = units.into_iter().skip_while(|unit| millis < *unit).take(2).last().unwrap_or(1);
    format!("{} s (about {})", seconds(time), Short(from_millis(millis - millis % finest)))
}

fn at_pace(slo: &Slo, pace: &Pace, left: Ratio) -> Explanation {
    let (reading, objective) = (&pace.reading, slo.objective());
    let (left, period) = (Term(left), seconds(slo.window().nominal_length()));
    let lasts = |rate: String| format!("{left} * {period} / ({rate})");
    let figure = format!("budget gone at the pace of the last {}", Short(pace.over));
    let explained = match burn(reading, objective).filter(|_| reading.tally.bad() > 0) {
        Some(rate) => {
            let rule = "part left * window / burn rate, in seconds, cut to milliseconds";
            Explanation::new(figure, time(pace.exhausted_in), rule).with_formula(lasts(rate))
        }
        None => Explanation::new(figure, time(pace.exhausted_in), "nothing was bad"),
    };
    let mut explained = explained.with("burn rate", pace.burn).with_reading(reading);
    if let Some((fewest, most)) = forecast::bounds_of(reading.tally.bad(), pace.confidence) {
        let total = reading.tally.total();
        let bound = |found: Option<TimeDelta>, count: f64| match found {
            Some(_) => {
                let rate = format!("{count} / ({total} * {})", allowance(objective));
                format!("{} = {}", time(found), lasts(rate))
            }
            None => time(None),
        };
        explained = explained
            .with("confidence", pace.confidence)
            .with("most bad events that the count leaves possible", most)
            .with("gone at that, at the earliest", bound(pace.earliest, most))
            .with("fewest bad events that the count leaves possible", fewest)
            .with("gone at that, at the latest", bound(pace.latest, fewest));
    }
    explained
}

fn projected(slo: &Slo, found: &Projection) -> Explanation {
    let within = |time: Option<TimeDelta>| match time {
        Some(time) => Short(time).to_string(),
        None => format!("not within {}", Short(found.horizon)),
    };
    let rule = format!(
        "{} futures of {}, drawn from the record in seasons of {}: the median of them",
        found.futures,
        Short(found.horizon),
        Short(found.season),
    );
    let [low, middle, high] = found.spent_at_horizon;
    Explanation::new("budget gone in", within(found.median), rule)
        .with("window", slo.window())
        .with("horizon", Short(found.horizon))
        .with("futures", found.futures)
        .with("seed", found.seed)
        .with("length of a season", Short(found.season))
        .with("seasons of the record", found.seasons)
        .with("confidence", found.confidence)
        .with("early end of the interval", within(found.earliest))
        .with("late end of the interval", within(found.latest))
        .with("share of futures that exhaust the budget", found.chance_to_miss)
        .with("spent at the horizon, early end", low)
        .with("spent at the horizon, median", middle)
        .with("spent at the horizon, late end", high)
}
