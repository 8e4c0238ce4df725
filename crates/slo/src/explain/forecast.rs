//! Forecasts: what is left, the pace of the last while, and how the futures were drawn.

use super::Explanation;
use super::formula::{Term, allowance, burn, seconds, spent_of_whole};
use crate::budget::Balance;
use crate::duration::{Short, from_millis};
use crate::report::Report;
use crate::{Outlook, Pace, Projection, Rhythm, Slo, forecast};
use chrono::{SecondsFormat, TimeDelta};
use toban_core::Ratio;

pub(super) fn explain(slo: &Slo, report: &Report) -> Vec<Explanation> {
    let found = &report.forecast;
    let mut all = Vec::new();
    if let Some(left) = found.remaining {
        let spent = report.main().and_then(|main| spent_of_whole(main, slo.objective()));
        let rule = if spent.is_some() { "1 - spent, of the whole window" } else { "nothing was bad" };
        let explained = Explanation::new("part of the budget left", left, rule);
        all.push(explained.with_formula(spent.map(|spent| format!("1 - {spent}"))));
    }
    if let (Some(pace), Some(Balance::Left(left))) = (&found.pace, found.remaining) {
        all.extend(at_pace(slo, pace, left));
    }
    all.push(match &found.outlook {
        Outlook::Exhausted => Explanation::new("budget gone in", "gone", "nothing is left"),
        Outlook::Undecided(reason) => Explanation::new("budget gone in", "undecided", reason.to_string()),
        Outlook::Projected(projection) => projected(slo, report, projection),
    });
    all
}

/// In seconds, as the formulas are, and in its two largest units for people.
fn time(time: TimeDelta) -> String {
    let millis = time.num_milliseconds();
    let units = [86_400_000, 3_600_000, 60_000, 1000, 1];
    let finest = units.into_iter().skip_while(|unit| millis < *unit).take(2).last().unwrap_or(1);
    format!("{} s (about {})", seconds(time), Short(from_millis(millis - millis % finest)))
}

/// When a budget is gone that so many bad events burn.
fn gone(found: Option<TimeDelta>, within: Option<TimeDelta>, is_burning: bool) -> String {
    match (found, within) {
        (Some(found), _) => time(found),
        (None, _) if !is_burning => "never".to_owned(),
        (None, Some(within)) => format!("not within {}", time(within)),
        (None, None) => "not within 9000 years".to_owned(),
    }
}

fn at_pace(slo: &Slo, pace: &Pace, left: Ratio) -> Vec<Explanation> {
    let (reading, objective) = (&pace.reading, slo.objective());
    let (bad, total) = (reading.tally.bad(), reading.tally.total());
    let period = slo.window().at(reading.end()).map_or(TimeDelta::zero(), |whole| whole.length());
    let lasts = |rate: String| format!("{} * {} / ({rate})", Term(left), seconds(period));
    let figure = format!("budget gone at the pace of the last {}", Short(pace.over));
    let (rule, formula) = match burn(reading, objective).filter(|_| bad > 0) {
        Some(rate) => {
            ("part left * length of the window / burn rate, in seconds, cut after 0.001", Some(lasts(rate)))
        }
        None => ("nothing was bad", None),
    };
    let mut explained = Explanation::new(&figure, gone(pace.exhausted_in, pace.within, bad > 0), rule)
        .with_formula(formula)
        .with("burn rate", pace.burn)
        .with_reading(reading);
    if let Some(within) = pace.within {
        explained = explained.with("until the period ends", time(within));
    }
    let mut all = vec![explained];
    let Some((fewest, most)) = forecast::bounds_of(bad, pace.confidence).filter(|_| total > 0) else {
        return all;
    };
    let ends = [("earliest", "most", most, pace.earliest), ("latest", "fewest", fewest, pace.latest)];
    for (end, name, count, found) in ends {
        let rule = format!("the same for the {name} bad events that their count leaves possible");
        let rate = format!("{count} / ({total} * {})", allowance(objective));
        let end = Explanation::new(format!("{figure}, {end}"), gone(found, pace.within, count > 0.0), rule)
            .with_formula((count > 0.0).then(|| lasts(rate)))
            .with("bad events", count)
            .with("confidence", pace.confidence);
        all.push(end);
    }
    all
}

/// The numbers with which the futures can be drawn again, as `forecast/draw.rs` says.
fn projected(slo: &Slo, report: &Report, found: &Projection) -> Explanation {
    let within = |time: Option<TimeDelta>| match time {
        Some(time) => Short(time).to_string(),
        None => format!("not within {}", Short(found.horizon)),
    };
    let (like, fewest) = match found.rhythm {
        Rhythm::Even => ("any of them".to_owned(), found.seasons),
        Rhythm::Weekly { weeks } => (format!("those whole weeks before it, {weeks} or more"), weeks),
    };
    let is_missed = match slo.window().is_rolling() {
        true => "with more bad than allowed, at any time",
        false => "with more bad than allowed, at its end",
    };
    let [low, middle, high] = found.spent_at_horizon;
    let parts = forecast::parts(found.season, report.step);
    let rule = "the median of futures whose seasons are drawn from those of the record";
    let mut explained = Explanation::new("budget gone in", within(found.median), rule)
        .with("window", slo.window())
        .with("horizon", Short(found.horizon))
        .with("futures", found.futures)
        .with("seed", found.seed)
        .with("length of a season", Short(found.season))
        .with("parts of a season", parts)
        .with("seasons lie back from", report.until.to_rfc3339_opts(SecondsFormat::AutoSi, true))
        .with("seasons of which 0.9 was seen", found.seasons)
        .with("a season is drawn from", like)
        .with("each future draws first", "as many of these, and then from those");
    if fewest > 1 {
        let further = format!("sqrt(({fewest} + 1) / ({fewest} - 1))");
        explained = explained.with("distance from the mean, times", further);
    }
    if slo.window().is_rolling() && report.main().is_some_and(|main| main.whole.slots > main.whole.expected) {
        explained = explained.with("what a young record allows", "times window / its age");
    }
    explained
        .with("the objective is missed", is_missed)
        .with("confidence", found.confidence)
        .with("early end of the interval", within(found.earliest))
        .with("late end of the interval", within(found.latest))
        .with("chance to miss the objective", found.chance_to_miss)
        .with("spent at the horizon, early end", low)
        .with("spent at the horizon, median", middle)
        .with("spent at the horizon, late end", high)
}
