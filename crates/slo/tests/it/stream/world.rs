//! Grids, SLOs and policies drawn at random, and what is heard of their SLOs.

use super::kinds::named;
use crate::policies;
use crate::support::{minutes, start};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use toban_calendar::{Period, Zone};
use toban_core::Share;
use toban_slo::{AlertPolicy, Budgeting, LowTraffic, Slo, Slots, Window};

/// What happens to one SLO in one slot: bad, total, and how many slots later it is heard of.
pub(super) type Heard = Option<(u64, u64, usize)>;

/// A grid, an SLO and a policy whose windows are all short enough to be passed several times.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) slot: TimeDelta,
    /// How far from a round instant the record begins, in slots.
    pub(super) offset: i32,
    pub(super) windows: [Window; 2],
    pub(super) budgeting: Budgeting,
    pub(super) policy: AlertPolicy,
}

impl World {
    pub(super) fn slo(&self, name: &str) -> Slo {
        named(name, self.windows, self.budgeting)
    }

    pub(super) fn start(&self) -> DateTime<Utc> {
        start() + self.slot * self.offset
    }

    pub(super) fn slots(&self) -> Slots {
        Slots::new(self.start(), self.slot).unwrap()
    }

    pub(super) fn time(&self, slot: usize) -> DateTime<Utc> {
        self.start() + self.slot * i32::try_from(slot).unwrap()
    }
}

pub(super) fn gate() -> impl Strategy<Value = LowTraffic> {
    prop_oneof![
        1 => Just(LowTraffic::default()),
        1 => (0..3000_u64, 0..20_u64)
            .prop_map(|(events, bad)| LowTraffic::default().with_min_events(events).with_min_failures(bad)),
    ]
}

pub(super) fn window(longest: i32, step: TimeDelta) -> impl Strategy<Value = Window> {
    prop_oneof![
        3 => Just(Window::rolling(step * longest).unwrap()),
        1 => Just(Window::calendar(Period::day(), Zone::UTC)),
        1 => Just(Window::calendar(Period::week(), Zone::UTC)),
    ]
}

pub(super) fn budgeting(slot: TimeDelta) -> impl Strategy<Value = Budgeting> {
    let target = Share::percent("90").unwrap();
    prop_oneof![
        3 => Just(Budgeting::Occurrences),
        1 => (1..4_i32).prop_map(move |slots| Budgeting::Timeslices { slice: slot * slots, target }),
    ]
}

pub(super) fn world() -> impl Strategy<Value = World> {
    world_with(budgeting)
}

pub(super) fn world_with<B: Strategy<Value = Budgeting>>(
    budgeting: impl Fn(TimeDelta) -> B + Clone,
) -> impl Strategy<Value = World> {
    let slot = prop_oneof![Just(minutes(60)), Just(minutes(180))];
    (slot, 0..5_i32).prop_flat_map(move |(slot, offset)| {
        budgeting(slot).prop_flat_map(move |budgeting| {
            let step = budgeting.slice().unwrap_or(slot);
            let longest = 15;
            let rules = policies::rules(longest, step);
            (window(longest, step), window(longest, step), rules, gate(), policies::floor()).prop_map(
                move |(main, sla, rules, gate, floor)| {
                    let windows = [main, sla];
                    let slo = named("any", windows, budgeting);
                    let policy = policies::policy(&slo, step, rules, gate, floor);
                    World { slot, offset, windows, budgeting, policy }
                },
            )
        })
    })
}

/// Data of several SLOs: each is mostly fed in order; `delay` is the most slots that a tally comes late.
pub(super) fn heard(slots: usize, delay: usize) -> impl Strategy<Value = Vec<Vec<Heard>>> {
    proptest::collection::vec(series(slots, delay, Just(1)), 1..4)
}

pub(super) fn series(
    slots: usize,
    delay: usize,
    scale: impl Strategy<Value = u64>,
) -> impl Strategy<Value = Vec<Heard>> {
    (scale, 0..4_u64).prop_flat_map(move |(scale, badness)| {
        let bad = move |total: u64| (0..=total * badness / 4).prop_map(move |bad| (bad, total));
        let tally = prop_oneof![6 => (0..200_u64).prop_flat_map(bad), 1 => Just((0, 0)), 1 => (0..200_u64).prop_map(|total| (total, total))];
        let slot = (tally, 0..=delay).prop_map(move |((bad, total), delay)| (bad * scale, total * scale, delay));
        // Stretches without any data, beside single gaps.
        let part = prop_oneof![
            5 => proptest::collection::vec(prop_oneof![9 => slot.prop_map(Some), 1 => Just(None)], 1..20),
            1 => (1..25_usize).prop_map(|length| vec![None; length]),
        ];
        proptest::collection::vec(part, 1..16).prop_map(move |parts| {
            parts.into_iter().flatten().take(slots).collect()
        })
    })
}

/// One SLO with few events, in order.
pub(super) fn quiet(slots: usize) -> impl Strategy<Value = Vec<Vec<Heard>>> {
    let bad = |total: u64| (0..=total).prop_map(move |bad| Some((bad, total, 0)));
    let slot = prop_oneof![3 => (0..6_u64).prop_flat_map(bad), 1 => Just(None)];
    proptest::collection::vec(slot, slots..=slots).prop_map(|series| vec![series])
}

/// The longest delay of late data, in slots: shorter than the longest window.
pub(super) const DELAY: usize = 12;

/// What is heard of in the slot `now`.
pub(super) fn arriving(heard: &[Vec<Heard>], now: usize) -> impl Iterator<Item = (usize, usize, (u64, u64))> {
    heard.iter().enumerate().flat_map(move |(slo, series)| {
        series.iter().enumerate().filter_map(move |(slot, heard)| {
            heard.filter(|(_, _, delay)| slot + delay == now).map(|(bad, total, _)| (slo, slot, (bad, total)))
        })
    })
}
