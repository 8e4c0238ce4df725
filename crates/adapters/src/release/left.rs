//! Programs that a process which is gone has left behind.
//!
//! A program is killed when the process that started it lets go of it, and not when that process is killed itself. Who
//! takes over sees to what still runs: what may be repeated is killed, what must be done once is left to end.

use rustix::process::{Pid, Signal, getpgid, getsid, kill_process_group};
use std::time::Duration;
use toban_durable::Order;
use tokio::time::{Instant, sleep};

/// How often it is looked whether they are gone.
const PAUSE: Duration = Duration::from_millis(20);

/// Until nothing of the same machine runs that was started under a lower fence; what must be done once only where it is
/// waited for.
pub(super) async fn alone<E>(order: &Order<E>, waits_for_once: bool) -> Result<(), String> {
    let until = Instant::now() + order.time_out.to_std().unwrap_or_default();
    loop {
        let left = left_behind(&order.key, order.fence.0);
        let (repeatable, once): (Vec<Left>, Vec<Left>) =
            left.into_iter().partition(|left| left.is_repeatable);
        for left in &repeatable {
            // Gone already is as good.
            let _ = kill_process_group(left.group, Signal::KILL);
        }
        if repeatable.is_empty() && (once.is_empty() || !waits_for_once) {
            return Ok(());
        }
        if Instant::now() >= until {
            return Err("what a process started that is gone still runs".into());
        }
        sleep(PAUSE).await;
    }
}

#[derive(Clone, Copy, Debug)]
struct Left {
    group: Pid,
    is_repeatable: bool,
}

/// The groups of such programs. What has made a session of its own means to stay, and is none of them.
fn left_behind(key: &str, fence: u64) -> Vec<Left> {
    let machine = key.split('#').next().unwrap_or_default();
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    let left = |process: std::fs::DirEntry| {
        let id: i32 = process.file_name().to_str()?.parse().ok()?;
        let environment = std::fs::read(process.path().join("environ")).ok()?;
        let variable = |name: &str| {
            let mut variables = environment.split(|byte| *byte == 0);
            variables.find_map(|one| std::str::from_utf8(one).ok()?.strip_prefix(name)?.strip_prefix('='))
        };
        let is_of_it = variable("TOBAN_ORDER")?.split('#').next() == Some(machine);
        let is_older = variable("TOBAN_FENCE")?.parse::<u64>().ok()? < fence;
        let pid = Pid::from_raw(id)?;
        let (group, session) = (getpgid(Some(pid)).ok()?, getsid(Some(pid)).ok()?);
        let is_left = is_of_it && is_older && group != session;
        is_left.then(|| Left { group, is_repeatable: variable("TOBAN_REPEATABLE") != Some("no") })
    };
    processes.flatten().filter_map(left).collect()
}
