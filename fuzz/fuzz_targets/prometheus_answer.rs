//! Any bytes as what Prometheus says of a part and of all events, a line for each: what is told is told again, whole or
//! in pieces, and good of total agrees with sums that are made another way.

#![no_main]

use chrono::{DateTime, TimeDelta, Utc};
use libfuzzer_sys::fuzz_target;
use serde_json::json;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use toban_adapters::SlotValue;
use toban_adapters::prometheus::{Answer, Events, Note, Query, Reading, Source, read, told};
use toban_core::testing::FakeMetricSource;
use toban_core::{Grid, Interval, MetricAnswer, Series};
use toban_slo::{RatioOf, Tally};

/// How many slots are asked about.
const SLOTS: u32 = 8;

/// The seconds at which the first of them begins.
const START: i64 = 1_767_225_600;

fuzz_target!(|bytes: &[u8]| {
    let mut lines = bytes.splitn(2, |byte| *byte == b'\n').map(<[u8]>::to_vec);
    let mut answer = || {
        let line = lines.next().unwrap_or_default();
        // A status other than 200 stands before the body.
        match line.split_first_chunk::<3>().map(|(status, body)| (std::str::from_utf8(status), body)) {
            Some((Ok(status), body)) if status.parse::<u16>().is_ok() => {
                (status.parse().unwrap(), body.to_vec())
            }
            _ => (200, line),
        }
    };
    let grid = grid(SLOTS + 1);
    let [part, all] = [answer(), answer()].map(|answer| told(grid, &[answer]).unwrap_or_default());
    let mut source = FakeMetricSource::new();
    for (query, answer) in [("+part", &part), ("+all", &all)] {
        check(answer, grid);
        for series in &answer.series {
            for sample in series.samples() {
                source = source.with_sample(query, series.labels().clone(), sample);
            }
        }
    }
    let reading = |query: &Query| now(read(&source, query, self::grid(SLOTS), &mut |_| {}));
    let (named, total) = (Source::new("+part"), Source::new("+all"));
    for events in [Events::Cumulative, Events::PerSlot] {
        let sums = [&part, &all].map(|answer| sums(answer, events));
        for is_good in [true, false] {
            let query = if is_good { Query::good_of_total } else { Query::bad_of_total };
            if let Ok(found) = reading(&query(&named, &total, events).unwrap()) {
                let [Some(part), Some(all)] = &sums else { panic!("{events:?} of no numbers: {found:?}") };
                match events {
                    Events::Cumulative => counted(&found, is_good, part, all),
                    Events::PerSlot => carried(&found, is_good, part, all),
                }
            }
        }
    }
    let samples = |answer: &MetricAnswer| -> usize {
        answer.series.iter().map(|series| after_first(series).count()).sum()
    };
    if let Ok(Reading { answer: Answer::Values(values), .. }) = reading(&Query::value(&named)) {
        let values = values.iter().filter(|(_, value)| matches!(value, SlotValue::Value(_))).count();
        assert_eq!(values, samples(&part));
    }
    for of in [RatioOf::Failure, RatioOf::Success] {
        if let Ok(found) = reading(&Query::ratio(&named, of)) {
            let tallies = tallies(&found);
            assert!(tallies.iter().flatten().all(|tally| tally.total() == Tally::RATIO_UNITS));
            assert_eq!(tallies.iter().flatten().count(), samples(&part));
        }
    }
});

fn grid(count: u32) -> Grid {
    let start = DateTime::from_timestamp(START, 0).unwrap();
    let minute = TimeDelta::minutes(1);
    Grid::new(Interval::starting(start, minute * i32::try_from(count).unwrap()).unwrap(), minute).unwrap()
}

/// The series are those of the grid, in order; and said again, whole or in pieces, they are the same.
fn check(answer: &MetricAnswer, grid: Grid) {
    assert!(answer.series.iter().is_sorted_by(|one, other| one.labels() < other.labels()));
    for series in &answer.series {
        assert_eq!(series.grid(), grid);
        assert!(series.samples().count() > 0 && series.samples().all(|sample| sample.value().is_finite()));
    }
    for size in [1, 3, u32::MAX] {
        let pieces: Vec<_> = grid.chunks(size).map(|piece| (200, said(answer, piece))).collect();
        let again = told(grid, &pieces).unwrap();
        let samples = |answer: &MetricAnswer| -> Vec<Vec<_>> {
            answer.series.iter().map(|series| series.samples().collect()).collect()
        };
        assert_eq!(samples(&again), samples(answer));
    }
}

/// The series as Prometheus says them, as far as they lie on that grid, the last one first; named by their places.
fn said(answer: &MetricAnswer, grid: Grid) -> Vec<u8> {
    let series = answer.series.iter().enumerate().rev().map(|(place, series)| {
        let samples = series.samples().filter(|sample| grid.place(sample.at()).is_some());
        let values = samples.map(|sample| json!([sample.at().timestamp(), sample.value().to_string()]));
        json!({ "metric": { "place": format!("{place:09}") }, "values": values.collect::<Vec<_>>() })
    });
    let data = json!({ "resultType": "matrix", "result": series.collect::<Vec<_>>() });
    serde_json::to_vec(&json!({ "status": "success", "data": data })).unwrap()
}

/// What there was in a slot, in billionths of an event, and whether a counter began again in it.
type Sum = Option<(u128, bool)>;

/// What there was in each slot; `None` where the samples are no such numbers.
fn sums(answer: &MetricAnswer, events: Events) -> Option<Vec<Sum>> {
    let mut sums = vec![None; SLOTS as usize];
    let mut add = |end: usize, amount: u128, begins_again: bool| {
        if let Some(place) = end.checked_sub(1) {
            let (sum, began) = sums[place].unwrap_or_default();
            sums[place] = Some((amount.saturating_add(sum), began | begins_again));
        }
    };
    for series in &answer.series {
        let mut last: Option<u64> = None;
        for sample in series.samples() {
            let end = series.grid().place(sample.at()).unwrap();
            if events == Events::PerSlot {
                // The beginning of the first slot is not asked about.
                if end > 0 {
                    add(end, billionths(sample.value())?, false);
                }
                continue;
            }
            let value = (sample.value() + 0.0).to_string().parse().ok()?;
            if let Some(last) = last {
                let rise = if value < last { value } else { value - last };
                add(end, u128::from(rise) * ONE, value < last);
            }
            last = Some(value);
        }
    }
    Some(sums)
}

const ONE: u128 = Tally::RATIO_UNITS as u128;

fn billionths(value: f64) -> Option<u128> {
    if value.fract() == 0.0 {
        return (value + 0.0).to_string().parse::<u128>().ok()?.checked_mul(ONE);
    }
    let digits = format!("{value:.9}").replace('.', "");
    if digits.strip_prefix("-").is_some_and(|rest| rest.trim_matches('0').is_empty()) {
        return Some(0);
    }
    digits.parse().ok()
}

fn after_first(series: &Series) -> impl Iterator<Item = DateTime<Utc>> {
    series.samples().map(|sample| sample.at()).filter(|at| at.timestamp() > START)
}

fn tallies(found: &Reading) -> Vec<Option<Tally>> {
    let Answer::Counts(counts) = &found.answer else { panic!("{found:?}") };
    grid(SLOTS).instants().map(|at| counts.at(at)).collect()
}

/// Counters: whole numbers, of which what the part is ahead by in one slot is counted in the next ones.
fn counted(found: &Reading, is_good: bool, part: &[Sum], all: &[Sum]) {
    let (mut ahead, mut more) = (0, 0);
    for (tally, sums) in tallies(found).into_iter().zip(part.iter().zip(all)) {
        let (Some((part, part_began)), Some((all, all_began))) = sums else {
            assert_eq!(tally, None);
            continue;
        };
        let (part, all, began) = (part / ONE, all / ONE, *part_began || *all_began);
        ahead = if began { 0 } else { ahead };
        if part > all {
            assert_eq!(tally, None);
            more += 1;
            ahead = if began { 0 } else { (ahead + part - all).min(part) };
        } else {
            let counted = all.min(part + ahead);
            ahead -= counted - part;
            let tally = tally.unwrap();
            let found = if is_good { tally.good() } else { tally.bad() };
            assert_eq!((u128::from(found), u128::from(tally.total())), (counted, all));
        }
    }
    noted(found, more);
}

/// Numbers of events: what has been counted up to any slot is what there was, without the fraction.
fn carried(found: &Reading, is_good: bool, part: &[Sum], all: &[Sum]) {
    let (mut expected, mut counted, mut more) = ([0; 2], [0; 2], 0);
    for (tally, sums) in tallies(found).into_iter().zip(part.iter().zip(all)) {
        let Some((part, all)) = sums.0.zip(*sums.1).map(|((part, _), (all, _))| (part, all)) else {
            assert_eq!(tally, None);
            continue;
        };
        if part >= all.saturating_add(ONE) {
            assert_eq!(tally, None);
            more += 1;
            continue;
        }
        let tally = tally.unwrap();
        let told = if is_good { [tally.good(), tally.bad()] } else { [tally.bad(), tally.good()] };
        let there_were = [part.min(all), all.saturating_sub(part)];
        for place in 0..2 {
            expected[place] += there_were[place];
            counted[place] += u128::from(told[place]);
            assert_eq!(counted[place], expected[place] / ONE);
        }
    }
    noted(found, more);
}

fn noted(found: &Reading, more: u64) {
    let noted = found.notes.iter().find_map(|note| match note {
        Note::MoreThanAll { slots, .. } => Some(*slots),
        _ => None,
    });
    assert_eq!(noted.unwrap_or(0), more);
}

/// What a future gives that waits for nothing.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing is waited for"),
    }
}
