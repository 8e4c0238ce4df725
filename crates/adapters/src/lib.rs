//! Rooms that connect Toban to the world: one for each external system or format, each behind a feature of its own.
//!
//! The question it answers: *what does that system say, in the words of the domain crates?*
//!
//! ```
//! # #[cfg(feature = "access-log")] {
//! use toban_adapters::access_log::{Answer, Filter, Query, Scan};
//!
//! let log = br#"::1 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 17 "-" "curl/8" 0.031
//! ::1 - - [17/May/2015:10:05:04 +0000] "GET / HTTP/1.1" 502 0 "-" "curl/8" 0.002
//! "#;
//! let availability = Query::BadTotal { bad: Filter::any().with_status("5xx".parse()?), total: Filter::any() };
//! let reading = Scan::new(&[availability]).read("shop.log", &log[..])?; // or `read_file(path)`
//! let [Answer::Counts { counts, .. }] = &reading.answers[..] else { unreachable!() };
//! assert_eq!(counts.at(reading.first).map(|tally| (tally.bad(), tally.total())), Some((1, 2)));
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Vocabulary
//! A *room* is a module: it reads one format or talks to one system, has conditions that a definition's
//! `metricSource.spec` is read into, and an `Error` of its own. Rooms for metrics give [`Counts`](toban_slo::Counts)
//! (good of total by time) or [`Values`] (a threshold metric by time). Rooms for machines keep their journal, and drive
//! them.
//!
//! | the caller does | the crate does |
//! |---|---|
//! | says what is good, and of what | counts it, slot by slot, exactly |
//! | opens a connection or names a file | reads it in bounded memory, says how far it is |
//! | opens a machine | drives it, and writes what is decided to the disk before it is done |
//! | shows errors and malformed input to people | names file, line and reason of each |
//!
//! # Time and units
//! Instants are `chrono::DateTime<Utc>`, slots half-open. Request times are whole microseconds, values and ratios
//! exact decimals; nothing is decided with floats.
//!
//! # What it does not do
//! It prints nothing, decides nothing about objectives or machines, and keeps no state between two readings.
//!
//! # Features
//! - `access-log`: Apache and nginx access logs, plain or gzip.
//! - `command`: programs, started with their arguments, timed, and never left behind.
//! - `crontab`: tables of cron, read as routine work, and written from it with what they cannot say.
//! - `csv`: tables of good and total, values or ratios by time; lists of outages and of corrections.
//! - `drive`: drives machines over tokio: claims, orders side by side, time-outs, wakeups; the clocks of the system.
//! - `host`: processors, memory and disks of this machine, as a source of metrics.
//! - `kubernetes`: routine work as CronJobs, with what they cannot say.
//! - `probe`: what this machine has of what a release needs, and whether the services it needs answer.
//! - `prometheus`: Prometheus and what answers as it does (Mimir, Thanos, VictoriaMetrics), over HTTP; a
//!   source of metrics as `toban-core` asks for one.
//! - `release`: the ports of a release as programs: what deploys, measures, tells people, knows who has approved.
//! - `routine`: the scheduler of routine work, and what runs its programs.
//! - `sqlite`: a journal of machines in one SQLite file that several processes share.
//! - `systemd`: routine work as timers and services, with what they cannot say.

#[cfg(feature = "access-log")]
pub mod access_log;
#[cfg(feature = "command")]
pub mod command;
#[cfg(feature = "crontab")]
pub mod crontab;
#[cfg(feature = "csv")]
pub mod csv;
#[cfg(feature = "drive")]
pub mod drive;
#[cfg(any(feature = "csv", feature = "prometheus"))]
mod events;
#[cfg(feature = "host")]
pub mod host;
#[cfg(feature = "kubernetes")]
pub mod kubernetes;
#[cfg(any(feature = "release", feature = "routine"))]
mod left;
#[cfg(any(feature = "access-log", feature = "csv"))]
mod lines;
#[cfg(any(feature = "release", feature = "routine"))]
mod ordered;
#[cfg(feature = "probe")]
pub mod probe;
#[cfg(any(feature = "access-log", feature = "csv"))]
mod progress;
#[cfg(feature = "prometheus")]
pub mod prometheus;
#[cfg(feature = "release")]
pub mod release;
#[cfg(feature = "routine")]
pub mod routine;
#[cfg(any(feature = "crontab", feature = "kubernetes", feature = "systemd"))]
mod schedule;
#[cfg(feature = "crontab")]
mod shell;
#[cfg(any(feature = "csv", feature = "prometheus"))]
mod slot;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(feature = "systemd")]
pub mod systemd;
#[cfg(any(feature = "access-log", feature = "csv", feature = "prometheus"))]
mod text;
mod values;

#[cfg(any(feature = "access-log", feature = "csv"))]
pub use lines::LONGEST_LINE;
pub use values::{MOST_SLOTS, SlotValue, Values};
