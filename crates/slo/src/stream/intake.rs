//! The slots of a block that have not ended yet: what was recorded in each, beside the sums.

use super::bulk;
use super::gaps::Seen;

/// A ring of open slots.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Intake {
    pub(crate) open: Vec<Open>,
    /// For each open slot a bit for each lane that was recorded in it.
    pub(crate) seen: Vec<u64>,
    pub(crate) words: usize,
}

/// A slot that takes data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Open {
    /// Whether anything was recorded in it: until then its column holds what it held before.
    pub(crate) is_touched: bool,
    /// The most events of one lane.
    pub(crate) peak: u64,
}

impl Intake {
    pub(crate) fn new(slots: i64, lanes: usize) -> Self {
        let (slots, words) = (usize::try_from(slots).unwrap_or(1), lanes.div_ceil(64));
        Self { open: vec![Open::default(); slots], seen: vec![0; slots * words], words }
    }

    fn place(&self, slot: i64) -> usize {
        let slots = i64::try_from(self.open.len()).unwrap_or(1);
        usize::try_from(slot.rem_euclid(slots)).unwrap_or(0)
    }

    pub(crate) fn at(&self, slot: i64) -> Open {
        self.open.get(self.place(slot)).copied().unwrap_or_default()
    }

    fn set(&mut self, slot: i64, open: Open) {
        let place = self.place(slot);
        if let Some(slot) = self.open.get_mut(place) {
            *slot = open;
        }
    }

    /// The first tally of a slot comes: what its place in the ring held before is gone.
    pub(crate) fn touch(&mut self, slot: i64) {
        let place = self.place(slot);
        bulk::column_mut(&mut self.seen, self.words, place).fill(0);
        self.set(slot, Open { is_touched: true, peak: 0 });
    }

    /// A lane of a touched slot now holds so many events.
    pub(crate) fn see(&mut self, slot: i64, lane: usize, events: u64) {
        let place = self.place(slot);
        if let Some(word) = bulk::column_mut(&mut self.seen, self.words, place).get_mut(lane / 64) {
            *word |= 1 << (lane % 64);
        }
        let Open { is_touched, peak } = self.at(slot);
        self.set(slot, Open { is_touched, peak: peak.max(events) });
    }

    /// Which of so many lanes were recorded.
    pub(crate) fn seen(&self, slot: i64, lanes: usize) -> Seen<'_> {
        if !self.at(slot).is_touched {
            return Seen::None;
        }
        let words = bulk::column(&self.seen, self.words, self.place(slot));
        let seen: usize = words.iter().map(|word| word.count_ones() as usize).sum();
        if seen == lanes { Seen::All } else { Seen::Some(words) }
    }

    /// The slot has ended, and its place is for a later one.
    pub(crate) fn close(&mut self, slot: i64) {
        self.set(slot, Open::default());
    }

    /// The sum of the most events of one lane in each slot.
    pub(crate) fn peaks(&self) -> u64 {
        self.open.iter().map(|open| open.peak).sum()
    }
}
