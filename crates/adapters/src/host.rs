//! This machine as a source of metrics: what its processors, memory and disks are used for.
//!
//! | query | value |
//! |---|---|
//! | `host:cpu` | the share of the time of all processors that they work, over half a second before the answer: 0 to 1 |
//! | `host:memory` | the share of the memory that is not available to what is started: 0 to 1 |
//! | `host:swap` | the share of the swap that is used: 0 to 1; no data where there is none |
//! | `host:disk:/var` | the share of the space of the file system of that folder which is used, as `df` counts it: of what is used and what may still be used: 0 to 1 |
//! | `host:load` | the mean number of tasks that wanted to work over the last minute, for each processor |
//!
//! It keeps nothing: only now has a value, and every other instant is a gap.
//! A file system that does not answer, such as one of a server that is gone, holds one thread; who asks of it hears
//! so after five seconds.

use async_trait::async_trait;
use chrono::TimeDelta;
use rustix::io::Errno;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use sysinfo::{MINIMUM_CPU_UPDATE_INTERVAL, System};
use toban_core::{Clock, Grid, Labels, MetricAnswer, MetricSource, PortError, PortErrorKind, Sample, Series};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// How long processors are looked at, in milliseconds.
const LOOKED_AT: u64 = 500;

/// How long a file system is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// The blocks of a file system that are used, and those that its owner may still use.
type Used = Result<(u64, u64), Errno>;

/// What this machine measures.
///
/// ```
/// use toban_adapters::host::Measured;
/// let of_var: Measured = "host:disk:/var".parse()?;
/// assert!(of_var.is_share());
/// assert!("host:disc".parse::<Measured>().is_err());
/// # Ok::<(), toban_adapters::host::UnknownMeasure>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Measured {
    /// `host:cpu`.
    Cpu,
    /// `host:memory`.
    Memory,
    /// `host:swap`.
    Swap,
    /// `host:load`.
    Load,
    /// `host:disk:/FOLDER`.
    Disk(PathBuf),
}

/// A query of which this machine knows nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{query}` is nothing that this machine measures: expected host:cpu, host:memory, host:swap, host:load or host:disk:/FOLDER"
)]
pub struct UnknownMeasure {
    /// The rejected query.
    pub query: String,
}

impl FromStr for Measured {
    type Err = UnknownMeasure;

    fn from_str(query: &str) -> Result<Self, UnknownMeasure> {
        let unknown = || UnknownMeasure { query: query.to_owned() };
        let what = query.strip_prefix(PREFIX).ok_or_else(unknown)?;
        Ok(match what {
            "cpu" => Self::Cpu,
            "memory" => Self::Memory,
            "swap" => Self::Swap,
            "load" => Self::Load,
            _ => {
                let folder = what.strip_prefix("disk:").filter(|folder| folder.starts_with('/'));
                Self::Disk(folder.ok_or_else(unknown)?.into())
            }
        })
    }
}

impl Measured {
    /// Whether it is a share, 0 to 1; a load may be any number from 0 on.
    #[must_use]
    pub fn is_share(&self) -> bool {
        *self != Self::Load
    }
}

/// What begins so is asked of this machine.
pub const PREFIX: &str = "host:";

/// This machine, and for all other queries another source.
#[derive(Clone, Debug)]
pub struct Host {
    clock: Arc<dyn Clock>,
    other: Option<Arc<dyn MetricSource>>,
    /// The folders whose file systems have not answered yet.
    asked: Arc<Mutex<BTreeMap<PathBuf, watch::Receiver<Option<Used>>>>>,
}

impl Host {
    /// This machine, whose clock tells what now is.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, other: None, asked: Arc::default() }
    }

    /// What does not begin with `host:` is asked of that source.
    #[must_use]
    pub fn or(self, other: Arc<dyn MetricSource>) -> Self {
        Self { other: Some(other), ..self }
    }

    async fn measure(&self, what: Measured) -> Result<Option<f64>, PortError> {
        let mut system = System::new();
        Ok(match what {
            Measured::Cpu => {
                system.refresh_cpu_usage();
                sleep(MINIMUM_CPU_UPDATE_INTERVAL.max(Duration::from_millis(LOOKED_AT))).await;
                system.refresh_cpu_usage();
                Some(f64::from(system.global_cpu_usage()) / 100.0)
            }
            Measured::Memory => {
                system.refresh_memory();
                share(system.total_memory().saturating_sub(system.available_memory()), system.total_memory())
            }
            Measured::Swap => {
                system.refresh_memory();
                share(system.used_swap(), system.total_swap())
            }
            Measured::Load => {
                system.refresh_cpu_usage();
                let processors = u32::try_from(system.cpus().len()).ok().filter(|count| *count > 0);
                processors.map(|count| System::load_average().one / f64::from(count))
            }
            Measured::Disk(folder) => return self.used_of(folder).await,
        })
    }

    /// The share of the file system of a folder that is used, as `df` counts it. However many ask at once, it is looked at
    /// once.
    async fn used_of(&self, folder: PathBuf) -> Result<Option<f64>, PortError> {
        let mut answer = {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            match asked.get(&folder) {
                Some(answer) => answer.clone(),
                None => {
                    let (sender, answer) = watch::channel(None);
                    asked.insert(folder.clone(), answer.clone());
                    let (asked, folder) = (Arc::clone(&self.asked), folder.clone());
                    tokio::task::spawn_blocking(move || {
                        let used = rustix::fs::statvfs(&folder);
                        asked.lock().unwrap_or_else(PoisonError::into_inner).remove(&folder);
                        // Nobody may wait any more.
                        let _ = sender.send(Some(
                            used.map(|used| (used.f_blocks.saturating_sub(used.f_bfree), used.f_bavail)),
                        ));
                    });
                    answer
                }
            }
        };
        let unavailable = || {
            let why = format!("the file system of {} does not answer", folder.display());
            PortError::new(PortErrorKind::Unavailable, OPERATION, HOST, why)
        };
        let used = timeout(PATIENCE, answer.wait_for(Option::is_some)).await;
        let used = used.ok().and_then(Result::ok).and_then(|used| *used).ok_or_else(unavailable)?;
        let kind = |error| match error {
            Errno::NOENT => PortErrorKind::NotFound,
            _ => PortErrorKind::Unavailable,
        };
        let (used, left) = used.map_err(|error| PortError::new(kind(error), OPERATION, HOST, error))?;
        Ok(share(used, used.saturating_add(left)))
    }
}

#[async_trait]
impl MetricSource for Host {
    async fn range(&self, query: &str, grid: Grid) -> Result<MetricAnswer, PortError> {
        if let Some(other) = self.other.as_ref().filter(|_| !query.starts_with(PREFIX)) {
            return other.range(query, grid).await;
        }
        let what = query.parse().map_err(|error: UnknownMeasure| invalid(error))?;
        let Some(value) = self.measure(what).await? else { return Ok(MetricAnswer::default()) };
        let now = self.clock.wall();
        // The instant that now stands for: the last one that has come, if it came not longer ago than it took to ask.
        let patience = grid.step().max(TimeDelta::milliseconds(LOOKED_AT.cast_signed()) * 2);
        let last = grid.instants().take_while(|instant| *instant <= now).last();
        let Some(at) = last.filter(|last| now - *last <= patience) else {
            return Ok(MetricAnswer::default());
        };
        let mut series = Series::new(Labels::default(), grid);
        if let Ok(sample) = Sample::new(at, value) {
            series.insert(sample).map_err(invalid)?;
        }
        Ok(MetricAnswer::new(vec![series], Vec::new()))
    }

    async fn range_within(&self, query: &str, grid: Grid, age: TimeDelta) -> Result<MetricAnswer, PortError> {
        match &self.other {
            Some(other) if !query.starts_with(PREFIX) => other.range_within(query, grid, age).await,
            _ => self.range(query, grid).await,
        }
    }
}

const OPERATION: &str = "measure";
const HOST: &str = "host";

fn invalid(error: impl std::error::Error + Send + Sync + 'static) -> PortError {
    PortError::new(PortErrorKind::Invalid, OPERATION, HOST, error)
}

/// So much of the whole; nothing where there is none.
#[expect(clippy::cast_precision_loss, reason = "a share of bytes, of which 53 bits are enough")]
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
