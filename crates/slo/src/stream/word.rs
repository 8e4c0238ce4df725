//! Running sums in machine words, and the comparison of many of them at once.

use crate::alert::Threshold;
use std::fmt::Debug;

/// The most SLOs in a block: the columns of one tick then fit into the caches.
pub(crate) const LANES: usize = 4096;

/// So many lanes are looked at together: where none of them may lie beyond a crossing, none is compared exactly.
pub(crate) const FEW: usize = 16;

/// A running sum that wraps: a difference of two is right as long as it fits, however often they have wrapped.
pub(crate) trait Word: Copy + Default + Debug + PartialEq + 'static {
    /// A column of nothing.
    const ZEROS: &'static [Self];

    fn wrap(sum: u64) -> Self;

    fn value(self) -> u64;

    fn plus(self, other: Self) -> Self;

    fn minus(self, other: Self) -> Self;

    /// Whether any of a few lanes may lie beyond the crossing: quick, and never wrong about a "no".
    fn may_cross(bad: Few<'_, Self>, total: Few<'_, Self>, crossing: &Crossing) -> bool;
}

/// Sums now and where a window began, of a few lanes.
pub(crate) type Few<'a, W> = (&'a [W; FEW], &'a [W; FEW]);

/// The most events of any window in words of 32 bits: with a sign, which is what a processor turns into floats.
pub(crate) const MOST_NARROW: u64 = i32::MAX as u64;

impl Word for u32 {
    const ZEROS: &'static [Self] = &[0; LANES];

    #[expect(clippy::cast_possible_truncation, reason = "the sum wraps")]
    fn wrap(sum: u64) -> Self {
        sum as Self
    }

    fn value(self) -> u64 {
        self.into()
    }

    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }

    fn minus(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }

    #[inline]
    fn may_cross(bad: Few<'_, Self>, total: Few<'_, Self>, crossing: &Crossing) -> bool {
        let since = |(now, old): (&Self, &Self)| now.wrapping_sub(*old).cast_signed();
        let bad = bad.0.iter().zip(bad.1).map(since);
        let total = total.0.iter().zip(total.1).map(since);
        // All of them, not until the first: a processor does them at once.
        bad.zip(total).fold(false, |any, (bad, total)| any | crossing.is_near(bad, total))
    }
}

impl Word for u64 {
    const ZEROS: &'static [Self] = &[0; LANES];

    fn wrap(sum: u64) -> Self {
        sum
    }

    fn value(self) -> u64 {
        self
    }

    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }

    fn minus(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }

    fn may_cross(_: Few<'_, Self>, _: Few<'_, Self>, _: &Crossing) -> bool {
        true
    }
}

/// A threshold, ready to be compared with many pairs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crossing {
    threshold: Threshold,
    /// A share a little below the threshold: by more than the roundings of a short float can make of it.
    nearly: f32,
}

impl Crossing {
    #[expect(clippy::cast_possible_truncation, reason = "rounds, by less than what it is lowered by")]
    pub(crate) fn new(threshold: Threshold) -> Self {
        // Two numbers of events, the share and the product are rounded: each by less than 6e-8.
        let nearly = (threshold.to_f64() * (1.0 - 1e-6)).min(f32::MAX.into());
        Self { threshold, nearly: nearly as f32 }
    }

    #[inline]
    #[expect(clippy::cast_precision_loss, reason = "an answer in doubt is yes")]
    fn is_near(&self, bad: i32, total: i32) -> bool {
        bad as f32 > total as f32 * self.nearly
    }

    /// Sets `bit` in the mask of each lane in which bad lies beyond, measured against total.
    pub(crate) fn mark<W: Word>(&self, bad: (&[W], &[W]), total: (&[W], &[W]), bit: u32, mask: &mut [u64]) {
        let since = |(now, old): (&W, &W)| now.minus(*old).value();
        let bad = bad.0.iter().zip(bad.1).map(since);
        let total = total.0.iter().zip(total.1).map(since);
        for (mask, (bad, total)) in mask.iter_mut().zip(bad.zip(total)) {
            *mask |= u64::from(self.threshold.is_crossed(bad, total)) << bit;
        }
    }
}
