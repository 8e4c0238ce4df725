//! What is written everywhere in the same way: instants, lengths, numbers, findings, readings.

use crate::slo::About;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::Serialize;
use toban_core::{Interval, Ratio, Reason, Share};
use toban_slo::{Balance, Burn, Episode, Reading, Refusal, Unit};

/// An exact number and the nearest float. No budget to divide by: `exact` is `unbounded`, `value` is null.
#[derive(Serialize)]
pub(crate) struct RatioWire {
    exact: String,
    value: Option<f64>,
}

/// What is said about an objective or a composite.
#[derive(Serialize)]
pub(crate) struct AboutWire<'a> {
    title: Option<&'a str>,
    service: Option<&'a str>,
    description: Option<&'a str>,
}

#[derive(Serialize)]
pub(crate) struct LengthWire {
    text: String,
    seconds: f64,
}

#[derive(Serialize)]
pub(crate) struct IntervalWire {
    start: String,
    end: String,
}

#[derive(Serialize)]
pub(crate) struct FiringWire {
    pending_at: String,
    fired_at: String,
    resolved_at: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct FindingWire<'a> {
    code: &'a str,
    message: String,
}

#[derive(Serialize)]
pub(crate) struct ReadingWire {
    start: String,
    end: String,
    good: u64,
    bad: u64,
    total: u64,
    unit: &'static str,
    sli: Option<RatioWire>,
    slots: u64,
    expected: u64,
    observed: u64,
}

impl RatioWire {
    pub(crate) fn of(ratio: Ratio) -> Self {
        let exact = match ratio.denominator() {
            1 => ratio.numerator().to_string(),
            den => format!("{}/{den}", ratio.numerator()),
        };
        Self { exact, value: Some(ratio.to_f64()) }
    }

    pub(crate) fn of_share(share: Share) -> Self {
        Self::of(share.as_ratio())
    }

    pub(crate) fn of_burn(burn: Burn) -> Option<Self> {
        match burn {
            Burn::NoData => None,
            Burn::Times(times) => Some(Self::of(times)),
            Burn::Unbounded => Some(Self { exact: "unbounded".into(), value: None }),
        }
    }

    pub(crate) fn of_balance(balance: Balance) -> Self {
        match balance {
            Balance::Left(left) => Self::of(left),
            Balance::Overspent(over) => {
                Self { exact: format!("-{}", Self::of(over).exact), value: Some(balance.to_f64()) }
            }
        }
    }
}

impl<'a> AboutWire<'a> {
    pub(crate) fn of(about: &'a About) -> Self {
        Self {
            title: about.title.as_deref(),
            service: about.service.as_deref(),
            description: about.description.as_deref(),
        }
    }
}

impl LengthWire {
    pub(crate) fn of(length: TimeDelta) -> Self {
        Self { text: crate::text::span(length), seconds: length.as_seconds_f64() }
    }

    /// How long a budget lasts.
    pub(crate) fn until_gone(length: TimeDelta) -> Self {
        let lasts = Self::of(length);
        if length.is_zero() { Self { text: "gone already".into(), ..lasts } } else { lasts }
    }
}

impl IntervalWire {
    pub(crate) fn of(interval: Interval) -> Self {
        Self { start: instant(interval.start()), end: instant(interval.end()) }
    }
}

impl FiringWire {
    pub(crate) fn of(episode: &Episode) -> Self {
        Self {
            pending_at: instant(episode.pending_at),
            fired_at: instant(episode.fired_at),
            resolved_at: episode.resolved_at.map(instant),
        }
    }
}

impl<'a> FindingWire<'a> {
    pub(crate) fn of(reason: &'a Reason) -> Self {
        Self { code: &reason.code, message: reason.to_string() }
    }

    pub(crate) fn of_refusal(refusal: &Refusal) -> Self {
        let code = match refusal {
            Refusal::Rule(_) => "rule-refused",
            Refusal::Silence { .. } => "silence-not-followed",
            Refusal::Slices { .. } => "slices-refused",
            Refusal::Steps { .. } => "steps-refused",
            Refusal::Window { .. } => "window-refused",
            _ => "refused",
        };
        Self { code, message: refusal.to_string() }
    }
}

impl ReadingWire {
    pub(crate) fn of(reading: &Reading) -> Self {
        let tally = reading.tally;
        Self {
            start: instant(reading.interval.start()),
            end: instant(reading.interval.end()),
            good: tally.good(),
            bad: tally.bad(),
            total: tally.total(),
            unit: unit(reading.unit),
            sli: tally.good_share().map(RatioWire::of_share),
            slots: reading.slots,
            expected: reading.expected,
            observed: reading.observed,
        }
    }
}

pub(crate) fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Events => "events",
        Unit::RatioShares => "billionths_of_ratios",
        Unit::SliceShares => "billionths_of_slices",
        _ => "slices",
    }
}

/// RFC 3339.
pub(crate) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
