//! All tests of the rooms, in one binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test fails by panicking"
)]

#[cfg(feature = "access-log")]
mod access_log;
#[cfg(feature = "command")]
mod command;
#[cfg(feature = "crontab")]
mod crontab;
#[cfg(feature = "csv")]
mod csv;
#[cfg(feature = "drive")]
mod drive;
#[cfg(all(feature = "host", feature = "drive"))]
mod host;
#[cfg(feature = "probe")]
mod probe;
#[cfg(feature = "prometheus")]
mod prometheus;
#[cfg(feature = "release")]
mod release;
#[cfg(feature = "routine")]
mod routine;
#[cfg(all(feature = "crontab", feature = "kubernetes", feature = "systemd"))]
mod schedule;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(any(feature = "drive", feature = "sqlite"))]
mod toy;
