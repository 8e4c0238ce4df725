//! Running sums of bad and total in one machine word each, and the comparison of a whole column at once.

use crate::alert::Threshold;
use std::fmt::Debug;

/// The most SLOs in a block: the columns of one tick then fit into the caches.
pub(crate) const LANES: usize = 4096;

/// A pair of sums `(bad, total)`, added and subtracted as one number that wraps: bad in the lower half, total in
/// the upper. What the lower half carries into the upper, a difference takes out again, so that a difference is
/// right as long as it fits, however often the running sums have wrapped.
pub(crate) trait Word: Copy + Default + Debug + PartialEq + 'static {
    /// A column of nothing.
    const ZEROS: &'static [Self];

    fn pack(bad: u64, total: u64) -> Self;

    fn unpack(self) -> (u64, u64);

    fn plus(self, other: Self) -> Self;

    fn minus(self, other: Self) -> Self;

    /// Sets `bit` in the mask of each lane in which the bad of one window lies beyond the crossing, measured against
    /// the total of another (or of the same).
    fn mark_crossed(head: &[Self], since: Since<'_, Self>, crossing: &Crossing, bit: u32, mask: &mut [u64]);
}

/// The columns in which the windows of a comparison begin.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Since<'a, W> {
    /// One window.
    Same(&'a [W]),
    /// Bad from the first, total from the second.
    Two(&'a [W], &'a [W]),
}

/// A threshold, ready to be compared with many pairs of 32 bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crossing {
    threshold: Threshold,
    narrow: Option<Narrow>,
}

/// `bad * den > total * num`, or `>=`, where neither side can leave 63 bits.
#[derive(Clone, Copy, Debug)]
struct Narrow {
    num: u32,
    den: u32,
    or_equal: u64,
}

impl Crossing {
    pub(crate) fn new(threshold: Threshold) -> Self {
        let half = |word: u64| u32::try_from(word).ok().filter(|word| *word < 1 << 31);
        let narrow = threshold.words().and_then(|(num, den)| {
            Some(Narrow { num: half(num)?, den: half(den)?, or_equal: u64::from(threshold.is_inclusive()) })
        });
        Self { threshold, narrow }
    }
}

impl Narrow {
    /// The bit 63 is set where the pair lies beyond; nothing bad never does.
    #[inline]
    fn judge(self, bad: u64, total: u64) -> u64 {
        let room = (total * u64::from(self.num)).wrapping_sub(bad * u64::from(self.den));
        room.wrapping_sub(self.or_equal) & bad.wrapping_neg()
    }
}

const LOWER: u64 = 0xffff_ffff;

impl Word for u64 {
    const ZEROS: &'static [Self] = &[0; LANES];

    fn pack(bad: u64, total: u64) -> Self {
        (total << 32).wrapping_add(bad)
    }

    fn unpack(self) -> (u64, u64) {
        (self & LOWER, self >> 32)
    }

    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }

    fn minus(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }

    fn mark_crossed(head: &[Self], since: Since<'_, Self>, crossing: &Crossing, bit: u32, mask: &mut [u64]) {
        let Some(narrow) = crossing.narrow else {
            return mark_exactly(head, since, crossing, bit, mask);
        };
        match since {
            Since::Same(old) => {
                for ((mask, head), old) in mask.iter_mut().zip(head).zip(old) {
                    let sums = head.wrapping_sub(*old);
                    *mask |= narrow.judge(sums & LOWER, sums >> 32) >> 63 << bit;
                }
            }
            Since::Two(bad, total) => {
                for (((mask, head), bad), total) in mask.iter_mut().zip(head).zip(bad).zip(total) {
                    let (bad, total) = (head.wrapping_sub(*bad) & LOWER, head.wrapping_sub(*total) >> 32);
                    *mask |= narrow.judge(bad, total) >> 63 << bit;
                }
            }
        }
    }
}

impl Word for u128 {
    const ZEROS: &'static [Self] = &[0; LANES];

    fn pack(bad: u64, total: u64) -> Self {
        u128::from(total) << 64 | u128::from(bad)
    }

    #[expect(clippy::cast_possible_truncation, reason = "a pair is its lower half and its upper half")]
    fn unpack(self) -> (u64, u64) {
        (self as u64, (self >> 64) as u64)
    }

    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }

    fn minus(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }

    fn mark_crossed(head: &[Self], since: Since<'_, Self>, crossing: &Crossing, bit: u32, mask: &mut [u64]) {
        mark_exactly(head, since, crossing, bit, mask);
    }
}

fn mark_exactly<W: Word>(head: &[W], since: Since<'_, W>, crossing: &Crossing, bit: u32, mask: &mut [u64]) {
    let (bad, total) = match since {
        Since::Same(old) => (old, old),
        Since::Two(bad, total) => (bad, total),
    };
    for (((mask, head), bad), total) in mask.iter_mut().zip(head).zip(bad).zip(total) {
        let (bad, total) = (head.minus(*bad).unpack().0, head.minus(*total).unpack().1);
        *mask |= u64::from(crossing.threshold.is_crossed(bad, total)) << bit;
    }
}
