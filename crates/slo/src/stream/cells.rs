//! The running sums of a block, in words that are widened before a window of theirs could outgrow them.

use super::bulk;
use super::word::{Crossing, FEW, Few, Word};
use std::hint::black_box;
use std::ops::Range;

/// Column after column, as wide as the busiest SLO of the block needs: first the bad of each lane, then its total.
#[derive(Clone, Debug)]
pub(crate) struct Cells {
    pub(crate) words: Words,
    pub(crate) stride: usize,
}

/// Sums of 32 bits each, or of 64.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Words {
    Narrow(Vec<u32>),
    Wide(Vec<u64>),
}

/// What a column holds, for widening it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// What was recorded in one slot.
    Slot,
    /// Running sums.
    Sums,
}

/// A comparison of two windows, and where in the cells it finds them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    /// The column up to which both windows reach.
    pub(crate) head: usize,
    /// The columns in which the window of the bad and that of the total begin; `None` is where the block began.
    pub(crate) since: (Option<usize>, Option<usize>),
    /// The first lane.
    pub(crate) first: usize,
    /// A bit for each few lanes that are to be compared.
    pub(crate) due: u64,
    pub(crate) crossing: &'a Crossing,
    /// What is set in the mask of a lane beyond the crossing.
    pub(crate) bit: u32,
}

impl Cells {
    pub(crate) fn narrow(columns: usize, stride: usize) -> Self {
        Self { words: Words::Narrow(vec![0; columns * 2 * stride]), stride }
    }

    pub(crate) fn wide(columns: usize, stride: usize) -> Self {
        Self { words: Words::Wide(vec![0; columns * 2 * stride]), stride }
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
            Words::Narrow(words) => bulk::copy_column(words, 2 * self.stride, from, to),
            Words::Wide(words) => bulk::copy_column(words, 2 * self.stride, from, to),
        }
    }

    pub(crate) fn clear(&mut self, column: usize) {
        match &mut self.words {
            Words::Narrow(words) => bulk::column_mut(words, 2 * self.stride, column).fill(0),
            Words::Wide(words) => bulk::column_mut(words, 2 * self.stride, column).fill(0),
        }
    }

    /// Sets the bit of a comparison in the mask of each lane that lies beyond. Gives a bit for each few lanes of which
    /// any may.
    pub(crate) fn mark_crossed(&self, asked: &Asked<'_>, mask: &mut [u64]) -> u64 {
        match &self.words {
            Words::Narrow(words) => mark(words, self.stride, asked, mask),
            Words::Wide(words) => mark(words, self.stride, asked, mask),
        }
    }

    /// Reads something of every line of some columns, so that all of them are on their way from memory at once:
    /// a comparison that waits for one after the other waits longer than it compares.
    pub(crate) fn fetch(&self, columns: impl Iterator<Item = usize>, lanes: Range<usize>) {
        match &self.words {
            Words::Narrow(words) => fetch(words, self.stride, columns, lanes),
            Words::Wide(words) => fetch(words, self.stride, columns, lanes),
        }
    }

    /// Doubles the words. Running sums go on from `oldest`, the first that is still looked at.
    pub(crate) fn widen(&mut self, oldest: Option<usize>, holds: impl Fn(usize) -> Holds) {
        let Words::Narrow(narrow) = &self.words else { return };
        let stride = 2 * self.stride;
        let mut wide = vec![0; narrow.len()];
        let zeros = vec![0; stride];
        let first = oldest.map_or(&zeros[..], |oldest| bulk::column(narrow, stride, oldest));
        let columns = narrow.chunks_exact(stride.max(1)).zip(wide.chunks_exact_mut(stride.max(1)));
        for (column, (from, to)) in columns.enumerate() {
            let first = if holds(column) == Holds::Sums { first } else { &zeros[..] };
            for ((from, first), to) in from.iter().zip(first).zip(to) {
                *to = from.minus(*first).value();
            }
        }
        self.words = Words::Wide(wide);
    }
}

/// The bad of a column, and its total.
fn halves<W>(words: &[W], stride: usize, column: usize) -> (&[W], &[W]) {
    bulk::column(words, 2 * stride, column).split_at(stride)
}

/// The same, of nothing where the block began.
fn sums<W: Word>(words: &[W], stride: usize, column: Option<usize>) -> (&[W], &[W]) {
    column.map_or((W::ZEROS, W::ZEROS), |column| halves(words, stride, column))
}

fn difference<W: Word>(
    words: &[W],
    stride: usize,
    lane: usize,
    old: Option<usize>,
    head: usize,
) -> (u64, u64) {
    let at = |column| {
        let (bad, total) = sums(words, stride, column);
        let of = |half: &[W]| half.get(lane).copied().unwrap_or_default();
        (of(bad), of(total))
    };
    let (now, old) = (at(Some(head)), at(old));
    (now.0.minus(old.0).value(), now.1.minus(old.1).value())
}

fn add<W: Word>(
    words: &mut [W],
    stride: usize,
    column: usize,
    lane: usize,
    more: (u64, u64),
    less: (u64, u64),
) {
    let (bad, total) = bulk::column_mut(words, 2 * stride, column).split_at_mut(stride);
    if let (Some(bad), Some(total)) = (bad.get_mut(lane), total.get_mut(lane)) {
        *bad = bad.plus(W::wrap(more.0)).minus(W::wrap(less.0));
        *total = total.plus(W::wrap(more.1)).minus(W::wrap(less.1));
    }
}

fn seal<W: Word>(words: &mut [W], stride: usize, last: usize, head: usize) {
    let (last, head) = bulk::two_columns(words, 2 * stride, last, head);
    for (head, last) in head.iter_mut().zip(last) {
        *head = last.plus(*head);
    }
}

fn mark<W: Word>(words: &[W], stride: usize, asked: &Asked<'_>, mask: &mut [u64]) -> u64 {
    let Asked { head, since, first, due, crossing, bit } = *asked;
    let lanes = first..first + mask.len();
    let sums = |column: Option<usize>| {
        let (bad, total) = sums(words, stride, column);
        (bad.get(lanes.clone()).unwrap_or_default(), total.get(lanes.clone()).unwrap_or_default())
    };
    let now = sums(Some(head));
    let (bad, total) = ((now.0, sums(since.0).0), (now.1, sums(since.1).1));
    let mut marked = 0;
    let (few, rest) = mask.as_chunks_mut::<FEW>();
    let ((bad, bad_rest), (total, total_rest)) = (by_few(bad), by_few(total));
    if !rest.is_empty() {
        marked |= 1 << few.len();
        crossing.mark(bad_rest, total_rest, bit, rest);
    }
    for (place, (mask, (bad, total))) in few.iter_mut().zip(bad.zip(total)).enumerate() {
        if due >> place & 1 == 1 && W::may_cross(bad, total, crossing) {
            marked |= 1 << place;
            crossing.mark((bad.0, bad.1), (total.0, total.1), bit, mask);
        }
    }
    marked
}

/// Sums now and where a window began.
type Window<'c, W> = (&'c [W], &'c [W]);

/// A window, few lanes by few lanes, and the rest of it.
fn by_few<'c, W>((now, old): Window<'c, W>) -> (impl Iterator<Item = Few<'c, W>>, Window<'c, W>) {
    let ((now, now_rest), (old, old_rest)) = (now.as_chunks(), old.as_chunks());
    (now.iter().zip(old), (now_rest, old_rest))
}

/// The bytes that a processor reads at once.
const LINE: usize = 64;

fn fetch<W: Word>(words: &[W], stride: usize, columns: impl Iterator<Item = usize>, lanes: Range<usize>) {
    let mut any = W::default();
    for column in columns {
        let (bad, total) = halves(words, stride, column);
        for half in [bad, total] {
            let lines = half.get(lanes.clone()).unwrap_or_default();
            for word in lines.iter().step_by(LINE / size_of::<W>()) {
                any = any.plus(*word);
            }
        }
    }
    black_box(any);
}
