//! What a burn rate must rest on where traffic is low.

use toban_core::{Confidence, Share};

/// What must be seen before a burn rate counts as proven, where traffic is low.
///
/// One failure of ten requests is a burn rate of 100 against 99.9 %, and means nothing. The gate looks at the long
/// window of a rule; it only withholds: an alert that fires already is not resolved by it, and one that waits goes on
/// waiting.
///
/// Where events are not known one by one, a precomputed ratio counts as one event, and so does a slice of time under
/// time slices of either kind; the bad parts of several are added up, and only whole ones count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct LowTraffic {
    /// The fewest events.
    pub min_events: u64,
    /// The fewest bad events.
    pub min_failures: u64,
    /// How sure it must be that the true burn rate lies above the factor: the one-sided exact (Clopper–Pearson)
    /// lower bound decides.
    pub confidence: Option<Confidence>,
}

impl LowTraffic {
    /// Demands that many events.
    #[must_use]
    pub fn with_min_events(mut self, events: u64) -> Self {
        self.min_events = events;
        self
    }

    /// Demands that many bad events.
    #[must_use]
    pub fn with_min_failures(mut self, failures: u64) -> Self {
        self.min_failures = failures;
        self
    }

    /// Demands proof at that confidence, each time one looks.
    ///
    /// The confidence is that of one look: while the true burn rate is the factor, no more than `1 - confidence` of
    /// all looks take it for more, and while it lies below, fewer. A day of minutes is 1,440 looks, so the chance of
    /// a page within a day is far greater. Simulated with ten requests a minute, 99.9 %, and the workbook's page for
    /// 14.4 over an hour and five minutes:
    ///
    /// | confidence | looks that are proof, at 14.4 | days with a page, at 14.4 | at 10 | at 7.2 | at 3 |
    /// |---|---|---|---|---|---|
    /// | none | 49 % | 100 % | 100 % | 88 % | 1 % |
    /// | 80 % | 15 % | 100 % | 79 % | 21 % | none |
    /// | 95 % | 2.4 % | 94 % | 15 % | 1 % | none |
    /// | 99 % | 0.5 % | 48 % | 4 % | none | none |
    /// | 99.9 % | | 8 % | none | none | none |
    ///
    /// Burning at the factor is no false alarm worth avoiding; whoever wants fewer pages a day from burn rates just
    /// below it takes 99 % or more. What that costs in real alarms, [`Power`](crate::Power) says.
    #[must_use]
    pub fn with_confidence(mut self, confidence: Confidence) -> Self {
        self.confidence = Some(confidence);
        self
    }

    /// Whether `bad` of `total` events prove a share of bad events above `threshold`.
    #[must_use]
    pub fn is_proof(&self, bad: u64, total: u64, threshold: Share) -> bool {
        total >= self.min_events
            && bad >= self.min_failures
            && self.confidence.is_none_or(|confidence| {
                // P(X ≥ bad) ≤ 1 − c at the threshold is the same as: the lower bound lies at or above it.
                let risk = confidence.as_share().rest().to_f64();
                toban_core::bounds::binomial_at_least(bad, total, threshold) <= risk
            })
    }

    /// The fewest bad events of `total` that are proof, or `None` where no number is.
    #[must_use]
    pub fn failures_needed(&self, total: u64, threshold: Share) -> Option<u64> {
        if !self.is_proof(total, total, threshold) {
            return None;
        }
        // The more of them are bad, the stronger the proof.
        let (mut silent, mut proof) = (0, total);
        if self.is_proof(0, total, threshold) {
            return Some(0);
        }
        while proof - silent > 1 {
            let middle = silent + (proof - silent) / 2;
            if self.is_proof(middle, total, threshold) { proof = middle } else { silent = middle }
        }
        Some(proof)
    }
}
