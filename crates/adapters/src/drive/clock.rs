//! The clocks of this machine.

use chrono::{DateTime, TimeDelta, Utc};
use std::time::SystemTime;
use toban_core::Clock;

/// The clocks of this machine. On Linux, time elapsed counts from its start, sleep included, and all processes share
/// it; elsewhere it counts from when this was made, and no other process can share it.
#[derive(Clone, Debug)]
pub struct SystemClock {
    origin: Option<String>,
    #[cfg(not(target_os = "linux"))]
    start: std::time::Instant,
}

impl SystemClock {
    /// The clocks as they run.
    #[must_use]
    pub fn new() -> Self {
        Self {
            origin: boot(),
            #[cfg(not(target_os = "linux"))]
            start: std::time::Instant::now(),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

/// What names the start of this machine: another one after each.
#[cfg(target_os = "linux")]
fn boot() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned()).filter(|id| !id.is_empty())
}

#[cfg(not(target_os = "linux"))]
fn boot() -> Option<String> {
    None
}

impl Clock for SystemClock {
    fn wall(&self) -> DateTime<Utc> {
        SystemTime::now().into()
    }

    #[cfg(target_os = "linux")]
    fn elapsed(&self) -> TimeDelta {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        let nanos = u32::try_from(time.tv_nsec).unwrap_or_default();
        TimeDelta::new(time.tv_sec, nanos).unwrap_or(TimeDelta::MAX)
    }

    #[cfg(not(target_os = "linux"))]
    fn elapsed(&self) -> TimeDelta {
        TimeDelta::from_std(self.start.elapsed()).unwrap_or(TimeDelta::MAX)
    }

    fn origin(&self) -> Option<String> {
        self.origin.clone()
    }
}
