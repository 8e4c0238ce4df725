//! How many slots of each SLO went by without data: running counts beside the running sums.
//!
//! Nearly always the SLOs of a block are fed alike, and one number holds for all of them: such a column is shared.
//! The others hold a count for each SLO; they are read and written only where they are.

use super::bulk;
use std::fmt::Debug;

/// Which lanes were seen in a slot.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Seen<'a> {
    All,
    None,
    /// One bit each.
    Some(&'a [u64]),
}

impl Seen<'_> {
    pub(crate) fn has(&self, lane: usize) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::Some(words) => words.get(lane / 64).is_some_and(|word| word >> (lane % 64) & 1 == 1),
        }
    }
}

/// A running count that wraps: what counts is the difference of two, which fits.
pub(crate) trait Count: Copy + Default + Debug + PartialEq + 'static {
    fn wrap(count: u32) -> Self;

    fn since(self, earlier: Self) -> u32;

    fn value(self) -> u32;
}

impl Count for u16 {
    #[expect(clippy::cast_possible_truncation, reason = "the count wraps")]
    fn wrap(count: u32) -> Self {
        count as Self
    }

    fn since(self, earlier: Self) -> u32 {
        self.wrapping_sub(earlier).into()
    }

    fn value(self) -> u32 {
        self.into()
    }
}

impl Count for u32 {
    fn wrap(count: u32) -> Self {
        count
    }

    fn since(self, earlier: Self) -> u32 {
        self.wrapping_sub(earlier)
    }

    fn value(self) -> u32 {
        self
    }
}

/// The counts of a block, a column for each of its columns.
#[derive(Clone, Debug)]
pub(crate) struct Gaps<C> {
    /// The count of all lanes, where it is the same. Before the block began it is 0.
    pub(crate) shared: Vec<Option<u32>>,
    /// The count of each lane, where it is not.
    pub(crate) cells: Vec<C>,
    pub(crate) stride: usize,
}

impl<C: Count> Gaps<C> {
    /// Nothing is missing yet.
    pub(crate) fn new(columns: usize, stride: usize) -> Self {
        // Zeroed memory that nobody writes to takes no room: columns that stay shared cost nothing.
        Self { shared: vec![Some(0); columns], cells: vec![C::default(); columns * stride], stride }
    }

    #[expect(clippy::indexing_slicing, reason = "a layout names no column outside its block")]
    fn shared(&self, column: usize) -> Option<u32> {
        self.shared[column]
    }

    #[expect(clippy::indexing_slicing, reason = "a layout names no column outside its block")]
    fn share(&mut self, column: usize, count: Option<u32>) {
        self.shared[column] = count;
    }

    fn column(&self, column: usize) -> &[C] {
        bulk::column(&self.cells, self.stride, column)
    }

    fn at(&self, column: usize, lane: usize) -> C {
        match self.shared(column) {
            Some(count) => C::wrap(count),
            None => self.column(column).get(lane).copied().unwrap_or_default(),
        }
    }

    /// The slots without data of a lane since an earlier column; without one, since the block began.
    pub(crate) fn count(&self, lane: usize, old: Option<usize>, head: usize) -> u32 {
        self.at(head, lane).since(old.map_or(C::default(), |old| self.at(old, lane)))
    }

    /// The column after the slot that follows `last`.
    pub(crate) fn seal(&mut self, last: usize, head: usize, seen: Seen<'_>) -> Mixed {
        let missed = |lane: usize| u32::from(!seen.has(lane));
        match (self.shared(last), seen) {
            (Some(count), Seen::All) => self.share(head, Some(count)),
            (Some(count), Seen::None) => self.share(head, Some(count.wrapping_add(1))),
            (Some(count), Seen::Some(_)) => {
                self.share(head, None);
                for (lane, cell) in
                    bulk::column_mut(&mut self.cells, self.stride, head).iter_mut().enumerate()
                {
                    *cell = C::wrap(count.wrapping_add(missed(lane)));
                }
            }
            (None, _) => {
                self.share(head, None);
                let (last, head) = bulk::two_columns(&mut self.cells, self.stride, last, head);
                for (lane, (cell, last)) in head.iter_mut().zip(last).enumerate() {
                    *cell = C::wrap(last.value().wrapping_add(missed(lane)));
                }
            }
        }
        if matches!(seen, Seen::Some(_)) { Mixed::Yes } else { Mixed::No }
    }

    pub(crate) fn copy(&mut self, from: usize, to: usize) {
        let count = self.shared(from);
        self.share(to, count);
        if count.is_none() {
            bulk::copy_column(&mut self.cells, self.stride, from, to);
        }
    }

    /// Late data: one slot of the lane is no gap any more, for this column after it.
    pub(crate) fn fill_in(&mut self, lane: usize, column: usize) {
        if let Some(count) = self.shared(column) {
            bulk::column_mut(&mut self.cells, self.stride, column).fill(C::wrap(count));
            self.share(column, None);
        }
        if let Some(cell) = bulk::column_mut(&mut self.cells, self.stride, column).get_mut(lane) {
            *cell = C::wrap(cell.value().wrapping_sub(1));
        }
    }

    /// To be called when the lanes differ by the same in every column that is still looked at: the first lane then
    /// counts for all of them.
    pub(crate) fn settle(&mut self) {
        for (column, shared) in self.shared.iter_mut().enumerate() {
            if shared.is_none() {
                let first = bulk::column(&self.cells, self.stride, column).first();
                *shared = first.map(|count| count.value());
            }
        }
    }

    /// Sets `bit` in the mask of each lane from `first` on with more than `allowed` slots without data; in all where
    /// that is `None`. Says whether in any it may be set.
    pub(crate) fn mark_above(
        &self,
        old: Option<usize>,
        head: usize,
        first: usize,
        allowed: Option<u32>,
        bit: u32,
        mask: &mut [u64],
    ) -> bool {
        let shared =
            |column: Option<usize>| column.map_or(Some(0), |column| self.shared(column)).map(C::wrap);
        let lanes = |column| self.column(column).get(first..).unwrap_or_default();
        let cells = |column: Option<usize>| column.map_or(&[][..], lanes);
        let Some(allowed) = allowed else {
            mask.iter_mut().for_each(|mask| *mask |= 1 << bit);
            return true;
        };
        let above = |head: C, old: C| u64::from(head.since(old) > allowed) << bit;
        match (shared(Some(head)), shared(old)) {
            (Some(head), Some(old)) => {
                let all = above(head, old);
                if all == 0 {
                    return false;
                }
                mask.iter_mut().for_each(|mask| *mask |= all);
            }
            (Some(head), None) => {
                mask.iter_mut().zip(cells(old)).for_each(|(mask, old)| *mask |= above(head, *old));
            }
            (None, Some(old)) => {
                mask.iter_mut().zip(lanes(head)).for_each(|(mask, head)| *mask |= above(*head, old));
            }
            (None, None) => {
                let pairs = lanes(head).iter().zip(cells(old));
                mask.iter_mut().zip(pairs).for_each(|(mask, (head, old))| *mask |= above(*head, *old));
            }
        }
        true
    }
}

/// Whether some lanes of a slot were seen and others not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mixed {
    Yes,
    No,
}

/// The counts of a block, as wide as its longest window needs.
#[derive(Clone, Debug)]
pub(crate) enum Missing {
    Short(Gaps<u16>),
    Long(Gaps<u32>),
}

impl Missing {
    /// Nothing is missing yet; no window has as many as `span` slots.
    pub(crate) fn new(columns: usize, stride: usize, span: i64) -> Self {
        if span < 1 << 16 {
            Self::Short(Gaps::new(columns, stride))
        } else {
            Self::Long(Gaps::new(columns, stride))
        }
    }

    pub(crate) fn count(&self, lane: usize, old: Option<usize>, head: usize) -> u32 {
        match self {
            Self::Short(gaps) => gaps.count(lane, old, head),
            Self::Long(gaps) => gaps.count(lane, old, head),
        }
    }

    pub(crate) fn seal(&mut self, last: usize, head: usize, seen: Seen<'_>) -> Mixed {
        match self {
            Self::Short(gaps) => gaps.seal(last, head, seen),
            Self::Long(gaps) => gaps.seal(last, head, seen),
        }
    }

    pub(crate) fn copy(&mut self, from: usize, to: usize) {
        match self {
            Self::Short(gaps) => gaps.copy(from, to),
            Self::Long(gaps) => gaps.copy(from, to),
        }
    }

    pub(crate) fn fill_in(&mut self, lane: usize, column: usize) {
        match self {
            Self::Short(gaps) => gaps.fill_in(lane, column),
            Self::Long(gaps) => gaps.fill_in(lane, column),
        }
    }

    pub(crate) fn settle(&mut self) {
        match self {
            Self::Short(gaps) => gaps.settle(),
            Self::Long(gaps) => gaps.settle(),
        }
    }

    pub(crate) fn mark_above(
        &self,
        old: Option<usize>,
        head: usize,
        first: usize,
        allowed: Option<u32>,
        bit: u32,
        mask: &mut [u64],
    ) -> bool {
        match self {
            Self::Short(gaps) => gaps.mark_above(old, head, first, allowed, bit, mask),
            Self::Long(gaps) => gaps.mark_above(old, head, first, allowed, bit, mask),
        }
    }
}
