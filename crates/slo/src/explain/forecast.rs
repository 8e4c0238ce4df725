//! Forecasts: what is left, the pace of the last while, and how the futures were drawn.

use super::Explanation;
use super::formula::{Term, allowance, check, seconds, spent_of_whole};
use crate::budget::Reading;
use crate::duration::{Short, from_millis};
use crate::forecast::{self, Ahead, Moment, Walk};
use crate::report::Report;
use crate::track::{Track, View};
use crate::{Counts, Outlook, Pace, Projection, Recovery, Rhythm, Slo};
use chrono::{SecondsFormat, TimeDelta};
use toban_core::Ratio;

pub(super) fn explain(slo: &Slo, counts: &Counts, report: &Report) -> Vec<Explanation> {
    let found = &report.forecast;
    let mut all = Vec::new();
    if let Some(left) = found.remaining {
        let spent = report
            .main()
            .and_then(|main| spent_of_whole(&main.reading, (&main.budget, &main.whole), slo.objective()));
        let rule = if spent.is_some() { "1 - spent, of the whole window" } else { "nothing was bad" };
        let explained = Explanation::new("part of the budget left", left, rule);
        all.push(explained.with_formula(spent.map(|spent| format!("1 - {spent}"))));
    }
    if let Some(pace) = &found.pace
        && let Ok(track) = Track::new(slo, counts, report.at, View::Corrected)
        && let Some(known) = Ahead::new(slo.window(), &track, track.steps_until(report.until), report.at)
    {
        all.extend(at_pace(slo, &known, pace));
    }
    if let Some(recovery) = &found.recovery
        && let Ok(track) = Track::new(slo, counts, report.at, View::Corrected)
        && let Some(known) = Ahead::new(slo.window(), &track, track.steps_until(report.until), report.at)
    {
        all.extend(recovered(slo, &known, recovery));
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

fn at_pace(slo: &Slo, known: &Ahead<'_>, pace: &Pace) -> Vec<Explanation> {
    let tally = pace.reading.tally;
    let figure = format!("budget gone at the pace of the last {}", Short(pace.over));
    let rule = "the first step after which all of the whole window is spent, where what is still in it and so many \
                steps of that pace count, in seconds";
    let bad = tally.bad().into();
    let to = (&pace.reading, pace.within, Turn::Gone);
    let mut explained = turn(slo, known, to, (&figure, rule), (pace.exhausted_in, bad))
        .with("burn rate", pace.burn)
        .with_reading(&pace.reading);
    if let Some(within) = pace.within {
        explained = explained.with("until the period ends", time(within));
    }
    let mut all = vec![explained];
    let bounds = forecast::bounds_of(tally, pace.confidence).filter(|_| tally.total() > 0);
    let Some([fewest, most]) = bounds else {
        return all;
    };
    for (end, name, bad, found) in
        [("earliest", "most", most, pace.earliest), ("latest", "fewest", fewest, pace.latest)]
    {
        let rule = format!("the same for the {name} bad events that their count leaves possible");
        let end = turn(slo, known, to, (&format!("{figure}, {end}"), &rule), (found, bad))
            .with("bad events", bad)
            .with("confidence", pace.confidence);
        all.push(end);
    }
    all
}

/// When something of a budget is left again.
fn recovered(slo: &Slo, known: &Ahead<'_>, recovery: &Recovery) -> Vec<Explanation> {
    let (over, reading, burn, left_in, left_at_best) = match recovery {
        Recovery::NewPeriod { begins_in } => {
            let rule = "nothing leaves a period of the calendar: the next one has a budget of its own";
            return vec![Explanation::new("something left in", time(*begins_in), rule)];
        }
        Recovery::Leaving { over, reading, burn, left_in, left_at_best } => {
            (*over, reading, *burn, *left_in, *left_at_best)
        }
    };
    let figure = format!("something left at the pace of the last {}", Short(over));
    let rule = "the first step after which less than all of the whole window is spent, where what is still in it and \
                so many steps of that pace count, in seconds";
    let pace = (reading, None, Turn::Left);
    let bad = reading.tally.bad().into();
    let first =
        turn(slo, known, pace, (&figure, rule), (left_in, bad)).with("burn rate", burn).with_reading(reading);
    let rule = "the same where nothing goes bad any more";
    let best = turn(slo, known, pace, (&format!("{figure}, at best"), rule), (left_at_best, Ratio::ZERO));
    let best = best.with("bad events", 0);
    std::iter::once(first).chain((reading.tally.total() > 0).then_some(best)).collect()
}

/// Which way a budget turns.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Gone,
    Left,
}

impl Turn {
    /// How what is spent compares with all, before it has turned and then.
    fn signs(self) -> [&'static str; 2] {
        match self {
            Self::Gone => ["<", ">="],
            Self::Left => [">=", "<"],
        }
    }
}

/// When a budget turns at a pace of so many bad events: the step after which it has and the one before it, or the
/// last one that is looked at.
fn turn(
    slo: &Slo,
    known: &Ahead<'_>,
    (reading, within, to): (&Reading, Option<TimeDelta>, Turn),
    (figure, rule): (&str, &str),
    (found, bad): (Option<TimeDelta>, Ratio),
) -> Explanation {
    let value = match (found, within) {
        (Some(found), _) => time(found),
        (None, Some(within)) => format!("not within {}", time(within)),
        (None, None) => "never".to_owned(),
    };
    let mut explained = Explanation::new(figure, value, rule);
    let Some(walk) = Walk::new(known, slo.objective(), reading, bad) else { return explained };
    let steps = found.and_then(|_| match to {
        Turn::Gone => walk.gone(),
        Turn::Left => walk.left(),
    });
    let then = |steps: usize| spent_then(slo, reading, bad, steps, &walk.at(steps));
    let last = steps.unwrap_or(known.steps);
    if let Some(steps) = steps {
        explained = explained.with_formula(formula(known, steps));
    }
    if !known.since().is_zero() {
        explained = explained.with("since the last step was over", time(known.since()));
    }
    explained = explained.with("steps until then", last);
    if slo.window().is_rolling() {
        let (now, then) = (walk.at(0), walk.at(last));
        explained = explained
            .with("bad that leaves the window by then", format!("{} of {}", now.bad - then.bad, now.bad))
            .with(
                "all that leaves the window by then",
                format!("{} of {}", now.total - then.total, now.total),
            );
    }
    let [before, turned] = to.signs();
    let sign = if steps.is_some() { turned } else { before };
    let is_told = |spent: Option<String>, sign: &str| match spent {
        Some(spent) => check(spent, sign, 1, true),
        None => "nothing is counted".to_owned(),
    };
    explained = explained.with("spent then", is_told(then(last), sign));
    match steps {
        Some(steps) => explained.with("spent one step before", is_told(then(steps - 1), before)),
        None => explained,
    }
}

/// When so many steps more are over; `None` where they are at the moment of the report.
fn formula(known: &Ahead<'_>, steps: usize) -> Option<String> {
    let ahead = format!("{steps} * {}", seconds(known.track.step()));
    match known.length(steps) {
        Some(_) if known.since().is_zero() => Some(ahead),
        Some(length) if !length.is_zero() => Some(format!("{ahead} - {}", seconds(known.since()))),
        _ => None,
    }
}

/// What of the whole window is spent so many steps from now; `None` where nothing is counted then.
fn spent_then(slo: &Slo, pace: &Reading, bad: Ratio, steps: usize, then: &Moment) -> Option<String> {
    let (total, over) = (pace.tally.total(), pace.expected);
    if then.total == 0 && (total == 0 || steps == 0) {
        return None;
    }
    let all = format!("({} + {total} * {steps} / {over}) * {}", then.total, allowance(slo.objective()));
    let spent = format!("({} + {} * {steps} / {over}) / ({all})", then.bad, Term(bad));
    let is_young = then.expected != then.slots;
    Some(if is_young { format!("{spent} * {} / {}", then.expected, then.slots) } else { spent })
}

/// The numbers with which the futures can be drawn again, as `forecast/draw.rs` says.
fn projected(slo: &Slo, report: &Report, found: &Projection) -> Explanation {
    let within = |time: Option<TimeDelta>| match time {
        Some(time) if time.is_zero() => "gone already".to_owned(),
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
    if let Some(weeks) = found.weeks_needed {
        let alike = format!("are drawn alike: fewer than {weeks} weeks were seen");
        explained = explained.with("days of every weekday", alike);
    }
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
