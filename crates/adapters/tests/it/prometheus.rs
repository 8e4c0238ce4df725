//! The room of Prometheus: against sources that were told what to say, a server that misbehaves, and a real one.

mod counts;
mod failures;
mod fake;
mod real;
mod requests;
mod server;
mod traffic;

use chrono::{DateTime, TimeDelta, Utc};
use std::future::Future;
use toban_core::{Grid, Interval};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_323_200 + seconds, 0).unwrap()
}

/// So many instants, that many seconds apart.
fn grid(count: u32, step: i64) -> Grid {
    let step = TimeDelta::seconds(step);
    Grid::new(Interval::starting(at(0), step * i32::try_from(count).unwrap()).unwrap(), step).unwrap()
}

fn run<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}
