//! Civil time, holidays and what recurs, held to tables, to laws, and to the answers of others: Python's zoneinfo, two
//! libraries for holidays, cronsim and systemd.
#![allow(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that meets the unexpected shall fail"
)]

use chrono::{DateTime, NaiveDateTime, Utc};
use toban_calendar::Zone;

#[cfg(feature = "zones")]
mod brute;
#[cfg(feature = "cron")]
mod cron_errors;
#[cfg(all(feature = "cron", feature = "zones"))]
mod cron_oracle;
mod edges;
#[cfg(feature = "zones")]
mod gaps;
#[cfg(all(feature = "cron", feature = "icalendar", feature = "zones"))]
mod ical;
mod japan;
mod jitter;
#[cfg(feature = "zones")]
mod laws;
#[cfg(feature = "zones")]
mod naive;
#[cfg(feature = "zones")]
mod oracle;
#[cfg(feature = "zones")]
mod periods;
mod recurrences;
#[cfg(feature = "zones")]
mod recurring;
#[cfg(feature = "serde")]
mod spec;
mod systemd;
mod zones;

fn zone(text: &str) -> Zone {
    Zone::parse(text).unwrap()
}

fn civil(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}
