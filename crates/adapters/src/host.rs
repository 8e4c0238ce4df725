//! This machine as a source of metrics: what its processors, memory and disks are used for.
//!
//! | query | value |
//! |---|---|
//! | `host:cpu` | the share of the time of all processors that they work, over half a second before the answer: 0 to 1 |
//! | `host:memory` | the share of the memory that is not available to what is started: 0 to 1 |
//! | `host:swap` | the share of the swap that is used: 0 to 1; no data where there is none |
//! | `host:disk:/var` | the share of the space of the file system that holds that folder which is used, as its owner may use it: 0 to 1 |
//! | `host:load` | the mean number of tasks that wanted to work over the last minute, for each processor |
//!
//! It keeps nothing: only now has a value, and every other instant is a gap.

use async_trait::async_trait;
use chrono::TimeDelta;
use std::path::Path;
use std::sync::Arc;
use sysinfo::{Disks, MINIMUM_CPU_UPDATE_INTERVAL, System};
use toban_core::{Clock, Grid, Labels, MetricAnswer, MetricSource, PortError, PortErrorKind, Sample, Series};
use tokio::time::sleep;

/// How long processors are looked at, in milliseconds.
const LOOKED_AT: u64 = 500;

/// This machine, and for all other queries another source.
#[derive(Clone, Debug)]
pub struct Host {
    clock: Arc<dyn Clock>,
    other: Option<Arc<dyn MetricSource>>,
}

impl Host {
    /// This machine, whose clock tells what now is.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, other: None }
    }

    /// What does not begin with `host:` is asked of that source.
    #[must_use]
    pub fn or(self, other: Arc<dyn MetricSource>) -> Self {
        Self { other: Some(other), ..self }
    }
}

#[async_trait]
impl MetricSource for Host {
    async fn range(&self, query: &str, grid: Grid) -> Result<MetricAnswer, PortError> {
        let Some(what) = query.strip_prefix("host:") else {
            return match &self.other {
                Some(other) => other.range(query, grid).await,
                None => Err(not_measured(query)),
            };
        };
        let Some(value) = measure(what).await? else { return Ok(MetricAnswer::default()) };
        let now = self.clock.wall();
        // The instant that now stands for: the last one that has come, if it came not longer ago than it took to ask.
        let patience = grid.step().max(TimeDelta::milliseconds(LOOKED_AT.cast_signed()) * 2);
        let last = grid.instants().take_while(|instant| *instant <= now).last();
        let Some(at) = last.filter(|last| now - *last <= patience) else {
            return Ok(MetricAnswer::default());
        };
        let mut series = Series::new(Labels::default(), grid);
        if let Ok(sample) = Sample::new(at, value) {
            series
                .insert(sample)
                .map_err(|error| PortError::new(PortErrorKind::Invalid, OPERATION, HOST, error))?;
        }
        Ok(MetricAnswer::new(vec![series], Vec::new()))
    }

    async fn range_within(&self, query: &str, grid: Grid, age: TimeDelta) -> Result<MetricAnswer, PortError> {
        match &self.other {
            Some(other) if !query.starts_with("host:") => other.range_within(query, grid, age).await,
            _ => self.range(query, grid).await,
        }
    }
}

const OPERATION: &str = "measure";
const HOST: &str = "host";

fn not_measured(query: &str) -> PortError {
    let why = format!(
        "`{query}` is nothing that this machine measures: expected host:cpu, host:memory, host:swap, host:load or host:disk:/FOLDER"
    );
    PortError::new(PortErrorKind::Invalid, OPERATION, HOST, why)
}

async fn measure(what: &str) -> Result<Option<f64>, PortError> {
    let mut system = System::new();
    Ok(match what.split_once(':') {
        Some(("disk", folder)) if folder.starts_with('/') => {
            let folder = folder.to_owned();
            let used = tokio::task::spawn_blocking(move || used_of(&folder)).await;
            return used
                .map_err(|error| PortError::new(PortErrorKind::Unavailable, OPERATION, HOST, error))?;
        }
        Some(_) => return Err(not_measured(&format!("host:{what}"))),
        None => match what {
            "cpu" => {
                system.refresh_cpu_usage();
                sleep(MINIMUM_CPU_UPDATE_INTERVAL.max(std::time::Duration::from_millis(LOOKED_AT))).await;
                system.refresh_cpu_usage();
                Some(f64::from(system.global_cpu_usage()) / 100.0)
            }
            "memory" => {
                system.refresh_memory();
                share(system.total_memory().saturating_sub(system.available_memory()), system.total_memory())
            }
            "swap" => {
                system.refresh_memory();
                share(system.used_swap(), system.total_swap())
            }
            "load" => {
                system.refresh_cpu_usage();
                let processors = u32::try_from(system.cpus().len()).ok().filter(|count| *count > 0);
                processors.map(|count| System::load_average().one / f64::from(count))
            }
            _ => return Err(not_measured(&format!("host:{what}"))),
        },
    })
}

/// The share of a file system that is used: of the one that is mounted nearest above the folder.
fn used_of(folder: &str) -> Result<Option<f64>, PortError> {
    let folder = Path::new(folder)
        .canonicalize()
        .map_err(|error| PortError::new(PortErrorKind::NotFound, OPERATION, HOST, error))?;
    let disks = Disks::new_with_refreshed_list();
    let above = disks.iter().filter(|disk| folder.starts_with(disk.mount_point()));
    let nearest = above.max_by_key(|disk| disk.mount_point().components().count());
    Ok(nearest.and_then(|disk| {
        share(disk.total_space().saturating_sub(disk.available_space()), disk.total_space())
    }))
}

/// So much of the whole; nothing where there is none.
#[expect(clippy::cast_precision_loss, reason = "a share of bytes, of which 53 bits are enough")]
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
