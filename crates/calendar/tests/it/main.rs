//! Civil time and holidays, held to tables, to laws, and to the answers of Python's zoneinfo and of two libraries.
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
mod edges;
#[cfg(all(feature = "cron", feature = "icalendar", feature = "zones"))]
mod ical;
mod japan;
#[cfg(feature = "zones")]
mod laws;
#[cfg(feature = "zones")]
mod oracle;
#[cfg(feature = "zones")]
mod periods;
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
