//! The running sums of a block, in words that are widened before a window of theirs could outgrow them.

use super::bulk;
use super::plan::Compared;
use super::word::{Since, Word};
use std::ops::Range;

/// Column after column of words, as wide as the busiest SLO of the block needs.
#[derive(Clone, Debug)]
pub(crate) struct Cells {
    pub(crate) words: Words,
    pub(crate) stride: usize,
}

/// Sums of 32 bits each in words of 64, or of 64 bits each in words of 128.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Words {
    Narrow(Vec<u64>),
    Wide(Vec<u128>),
}

/// What a column holds, for widening it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// What was recorded in one slot.
    Slot,
    /// Running sums.
    Sums,
}

impl Cells {
    pub(crate) fn narrow(columns: usize, stride: usize) -> Self {
        Self { words: Words::Narrow(vec![0; columns * stride]), stride }
    }

    pub(crate) fn wide(columns: usize, stride: usize) -> Self {
        Self { words: Words::Wide(vec![0; columns * stride]), stride }
    }

    pub(crate) fn is_narrow(&self) -> bool {
        matches!(self.words, Words::Narrow(_))
    }

    /// Bad and total of one lane in one column.
    pub(crate) fn at(&self, column: usize, lane: usize) -> (u64, u64) {
        self.since(lane, None, column)
    }

    /// Bad and total of one lane since an earlier column; without one, since the block began.
    pub(crate) fn since(&self, lane: usize, old: Option<usize>, head: usize) -> (u64, u64) {
        match &self.words {
            Words::Narrow(words) => difference(words, self.stride, lane, old, head),
            Words::Wide(words) => difference(words, self.stride, lane, old, head),
        }
    }

    /// Adds to one lane of one column, and takes away; both wrap.
    pub(crate) fn add(&mut self, column: usize, lane: usize, more: (u64, u64), less: (u64, u64)) {
        match &mut self.words {
            Words::Narrow(words) => add(words, self.stride, column, lane, more, less),
            Words::Wide(words) => add(words, self.stride, column, lane, more, less),
        }
    }

    /// Turns the slot in `head` into the running sums after it.
    pub(crate) fn seal(&mut self, last: usize, head: usize) {
        match &mut self.words {
            Words::Narrow(words) => seal(words, self.stride, last, head),
            Words::Wide(words) => seal(words, self.stride, last, head),
        }
    }

    pub(crate) fn copy(&mut self, from: usize, to: usize) {
        match &mut self.words {
            Words::Narrow(words) => bulk::copy_column(words, self.stride, from, to),
            Words::Wide(words) => bulk::copy_column(words, self.stride, from, to),
        }
    }

    pub(crate) fn clear(&mut self, column: usize) {
        match &mut self.words {
            Words::Narrow(words) => bulk::column_mut(words, self.stride, column).fill(0),
            Words::Wide(words) => bulk::column_mut(words, self.stride, column).fill(0),
        }
    }

    /// Sets `bit` in the mask of each lane from `first` on that lies beyond the crossing, where it says anything.
    /// `None` is where the block began.
    pub(crate) fn mark_crossed(
        &self,
        head: usize,
        since: (Option<usize>, Option<usize>),
        first: usize,
        compared: &Compared,
        bit: u32,
        mask: &mut [u64],
    ) {
        match &self.words {
            Words::Narrow(words) => mark(words, self.stride, head, since, first, compared, bit, mask),
            Words::Wide(words) => mark(words, self.stride, head, since, first, compared, bit, mask),
        }
    }

    /// Doubles the words. Running sums go on from `oldest`, the first that is still looked at.
    pub(crate) fn widen(&mut self, oldest: Option<usize>, holds: impl Fn(usize) -> Holds) {
        let Words::Narrow(narrow) = &self.words else { return };
        let mut wide = vec![0; narrow.len()];
        let zeros = vec![0; self.stride];
        let first = oldest.map_or(&zeros[..], |oldest| bulk::column(narrow, self.stride, oldest));
        let columns = narrow.chunks_exact(self.stride.max(1)).zip(wide.chunks_exact_mut(self.stride.max(1)));
        for (column, (from, to)) in columns.enumerate() {
            let first = if holds(column) == Holds::Sums { first } else { &zeros[..] };
            for ((from, first), to) in from.iter().zip(first).zip(to) {
                let (bad, total) = from.minus(*first).unpack();
                *to = u128::pack(bad, total);
            }
        }
        self.words = Words::Wide(wide);
    }
}

fn difference<W: Word>(
    words: &[W],
    stride: usize,
    lane: usize,
    old: Option<usize>,
    head: usize,
) -> (u64, u64) {
    let word = |column| bulk::column(words, stride, column).get(lane).copied().unwrap_or_default();
    word(head).minus(old.map_or(W::default(), word)).unpack()
}

fn add<W: Word>(
    words: &mut [W],
    stride: usize,
    column: usize,
    lane: usize,
    more: (u64, u64),
    less: (u64, u64),
) {
    if let Some(word) = bulk::column_mut(words, stride, column).get_mut(lane) {
        *word = word.plus(W::pack(more.0, more.1)).minus(W::pack(less.0, less.1));
    }
}

fn seal<W: Word>(words: &mut [W], stride: usize, last: usize, head: usize) {
    let (last, head) = bulk::two_columns(words, stride, last, head);
    for (head, last) in head.iter_mut().zip(last) {
        *head = last.plus(*head);
    }
}

/// So many lanes are left out together where a comparison says nothing about any of them.
const FEW: usize = 16;

#[expect(clippy::too_many_arguments, reason = "a place in the cells, and what is asked there")]
fn mark<W: Word>(
    words: &[W],
    stride: usize,
    head: usize,
    (bad, total): (Option<usize>, Option<usize>),
    first: usize,
    compared: &Compared,
    bit: u32,
    mask: &mut [u64],
) {
    let column = |place: Option<usize>| match place {
        Some(place) => bulk::column(words, stride, place).get(first..).unwrap_or_default(),
        None => W::ZEROS,
    };
    let (head, is_same) = (column(Some(head)), bad == total);
    let (bad, total) = (column(bad), column(total));
    let test = |from: usize, mask: &mut [u64]| {
        let lanes = from..from + mask.len();
        let (head, bad, total) = (lanes_of(head, &lanes), lanes_of(bad, &lanes), lanes_of(total, &lanes));
        let since = if is_same { Since::Same(bad) } else { Since::Two(bad, total) };
        W::mark_crossed(head, since, &compared.crossing, bit, mask);
    };
    let Some(after) = compared.after else { return test(0, mask) };
    for (place, mask) in mask.chunks_mut(FEW).enumerate() {
        if mask.iter().fold(0, |all, mask| all | mask) & after != 0 {
            test(place * FEW, mask);
        }
    }
}

fn lanes_of<'c, W>(column: &'c [W], lanes: &Range<usize>) -> &'c [W] {
    column.get(lanes.clone()).unwrap_or_default()
}
