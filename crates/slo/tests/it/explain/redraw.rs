//! The futures of a forecast, drawn again from the numbers of its text and the slots of its record.

use crate::explain::arithmetic::value;
use toban_slo::Explanation;

/// A record of minutes up to the moment of the forecast, and what is forecast.
pub(crate) struct Case<'a> {
    /// `(bad, total)` of each minute; `None` is a gap.
    pub(crate) record: &'a [Option<(u64, u64)>],
    /// The first minute of the period of the calendar; `None` where the window rolls.
    pub(crate) begun: Option<usize>,
    /// So many of so many may be bad.
    pub(crate) allowed: (u64, u64),
}

/// What a projection says: when the budget is gone and what is spent of it, each early, in the middle and late.
#[derive(Debug, PartialEq)]
pub(crate) struct Told {
    pub(crate) chance: f64,
    pub(crate) minutes: [Option<usize>; 3],
    pub(crate) spent: [f64; 3],
}

/// A length of time such as `1d6h`, in minutes; `None` where the text is none.
fn length(text: &str) -> Option<usize> {
    let parts = text.split_inclusive(char::is_alphabetic).map(|part| {
        let (count, unit) = part.split_at(part.len() - 1);
        Some(
            count.parse::<usize>().ok()?
                * [("d", 1440), ("h", 60), ("m", 1)].iter().find(|it| it.0 == unit)?.1,
        )
    });
    parts.sum()
}

pub(crate) fn told(one: &Explanation) -> Told {
    let number = |name: &str| one.input(name).unwrap().parse::<f64>().unwrap();
    let time = |name: &str| length(one.input(name).unwrap());
    Told {
        chance: number("chance to miss the objective"),
        minutes: [time("early end of the interval"), length(&one.value), time("late end of the interval")],
        spent: ["early end", "median", "late end"]
            .map(|name| number(&format!("spent at the horizon, {name}"))),
    }
}

/// Drawn as the documentation of the forecast says, step by step.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "counts of a test are small"
)]
pub(crate) fn redrawn(one: &Explanation, case: &Case<'_>) -> Told {
    let number = |name: &str| one.input(name).unwrap().parse::<usize>().unwrap();
    let minutes = |name: &str| length(one.input(name).unwrap()).unwrap();
    let (season, ahead, parts) =
        (minutes("length of a season"), minutes("horizon"), number("parts of a season"));
    let (now, part) = (case.record.len(), season / parts);
    let sum = |from: usize, to: usize| {
        let seen = case.record[from..to].iter().flatten();
        seen.fold((0, 0), |(bad, all), slot| (bad + i128::from(slot.0), all + i128::from(slot.1)))
    };
    // The seasons, and which of them each one ahead is drawn from.
    let is_seen = |from: usize| case.record[from..from + season].iter().flatten().count() * 10 >= season * 9;
    let backs: Vec<usize> = (1..=now / season).filter(|back| is_seen(now - back * season)).collect();
    assert_eq!(backs.len(), number("seasons of which 0.9 was seen"));
    let cycle =
        if one.input("a season is drawn from").unwrap() == "any of them" { 1 } else { 7 * 1440 / season };
    let places: Vec<Vec<Vec<_>>> = (0..cycle)
        .map(|place| backs.iter().filter(move |back| (*back + place) % cycle == 0))
        .map(|backs| backs.map(|back| now - back * season))
        .map(|starts| {
            starts.map(|at| (0..parts).map(|k| sum(at + k * part, at + (k + 1) * part)).collect()).collect()
        })
        .collect();
    let root = one.input("distance from the mean, times").unwrap();
    let widening = value(root.strip_prefix("sqrt").unwrap()).to_f64().sqrt();
    let passed = |part_count: usize| (part_count * part).min(ahead);
    let cut = |after: usize, count: i128| count * (passed(after + 1) - passed(after)) as i128 / part as i128;
    let window = case.begun.is_none().then(|| minutes("window"));
    let from =
        |after| window.map_or(case.begun.unwrap_or(0), |window| (now + passed(after)).saturating_sub(window));
    let kept: Vec<_> = (0..=ahead.div_ceil(part)).map(|after| sum(from(after).min(now), now)).collect();
    let mut mean = vec![0.0];
    for after in 0..ahead.div_ceil(part) {
        let place = &places[after / parts % cycle];
        let bad: i128 = place.iter().map(|season| cut(after, season[after % parts].0)).sum();
        mean.push(mean[after] + bad as f64 / place.len() as f64);
    }
    let mut state = number("seed") as u64;
    let mut random = |below: usize| {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((u128::from(mixed ^ (mixed >> 31)) * below as u128) >> 64) as usize
    };
    let (num, den) = (i128::from(case.allowed.0), i128::from(case.allowed.1));
    let mut futures: Vec<(usize, f64)> = Vec::new();
    for _ in 0..number("futures") {
        let pools: Vec<Vec<usize>> =
            places.iter().map(|place| place.iter().map(|_| random(place.len())).collect()).collect();
        let (mut bad, mut all, mut drawn, mut path) = (0, 0, 0, Vec::new());
        for after in 0..=ahead.div_ceil(part) {
            let moved = (widening - 1.0) * (bad as f64 - mean[after]);
            let (kept, kept_all) = kept[after];
            path.push((kept + (bad + moved.round() as i128).max(0), kept_all + all));
            let place = after / parts % cycle;
            if after % parts == 0 && after < ahead.div_ceil(part) {
                drawn = pools[place][random(pools[place].len())];
            }
            let (more, more_all) = places[place][drawn][after % parts];
            (bad, all) = (bad + cut(after, more), all + cut(after, more_all));
        }
        let (last, last_all) = *path.last().unwrap();
        let gone = path.iter().enumerate().position(|(after, (bad, all))| match window {
            Some(window) => {
                let age = (now + passed(after)).min(window);
                bad * den * age as i128 > all * num * window as i128
            }
            None => last * den > last_all * num && bad * den > last_all * num,
        });
        futures.push((gone.map_or(usize::MAX, passed), (last * den) as f64 / (last_all * num) as f64));
    }
    let sure: usize = one.input("confidence").unwrap().strip_suffix(" %").unwrap().parse().unwrap();
    let at = [(100 - sure) * futures.len() / 200, futures.len() / 2, (100 + sure) * futures.len() / 200];
    let (mut gone, mut spent): (Vec<usize>, Vec<f64>) = futures.into_iter().unzip();
    gone.sort_unstable();
    spent.sort_unstable_by(f64::total_cmp);
    let missed = gone.iter().filter(|gone| **gone != usize::MAX).count();
    Told {
        chance: missed as f64 / gone.len() as f64,
        minutes: at.map(|at| Some(gone[at]).filter(|gone| *gone != usize::MAX)),
        spent: at.map(|at| spent[at]),
    }
}
