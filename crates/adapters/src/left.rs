//! Programs that a process which is gone has left behind.
//!
//! A program is killed when the process that started it lets go of it, and not when that process is killed itself. Who
//! takes over sees to what still runs: what may be repeated is killed, what must be done once is left to end.

use crate::ordered::For;
use rustix::process::{Pid, Signal, kill_process_group};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How often it is looked whether they are gone.
const PAUSE: Duration = Duration::from_millis(20);

/// Until nothing of the same machine runs that was started under a lower fence; what must be done once only where it is
/// waited for.
pub(crate) async fn alone(
    journal: Option<&str>,
    what: For<'_>,
    waits_for_once: bool,
) -> Result<(), &'static str> {
    let until = Instant::now() + what.time_out.to_std().unwrap_or_default();
    loop {
        let left = left_behind(journal, what.key, what.fence);
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
            return Err("what a process started that is gone still runs");
        }
        sleep(PAUSE).await;
    }
}

/// Ends what of the same machine was started under a lower fence, and waits until nothing of it runs any more.
#[cfg(feature = "routine")]
pub(crate) async fn ended(journal: Option<&str>, what: For<'_>, is_at_once: bool) {
    let signal = if is_at_once { Signal::KILL } else { Signal::TERM };
    let mut told = Vec::new();
    loop {
        let left = left_behind(journal, what.key, what.fence);
        if left.is_empty() {
            return;
        }
        for Left { group, .. } in left {
            if is_at_once || !told.contains(&group) {
                let _ = kill_process_group(group, signal);
                told.push(group);
            }
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
fn left_behind(journal: Option<&str>, key: &str, fence: u64) -> Vec<Left> {
    let machine = machine(key);
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    let left = |process: std::fs::DirEntry| {
        process.file_name().to_str()?.parse::<u32>().ok()?;
        let environment = std::fs::read(process.path().join("environ")).ok()?;
        let variable = |name: &str| {
            let mut variables = environment.split(|byte| *byte == 0);
            variables.find_map(|one| std::str::from_utf8(one).ok()?.strip_prefix(name)?.strip_prefix('='))
        };
        let is_of_it = self::machine(variable("TOBAN_ORDER")?) == machine;
        let is_older = variable("TOBAN_FENCE")?.parse::<u64>().ok()? < fence;
        if !is_of_it || !is_older || variable("TOBAN_JOURNAL") != journal {
            return None;
        }
        let (group, session) =
            group_and_session(&std::fs::read_to_string(process.path().join("stat")).ok()?)?;
        let is_left = group.as_raw_nonzero().get() != session;
        is_left.then(|| Left { group, is_repeatable: variable("TOBAN_REPEATABLE") != Some("no") })
    };
    processes.flatten().filter_map(left).collect()
}

/// The stream that an order stands in, from its key. A stream's name may hold the sign that stands before the order.
fn machine(key: &str) -> &str {
    key.rsplit_once('#').map_or(key, |(machine, _)| machine)
}

/// Of a process, from its line in `/proc/<id>/stat`. A number is 0 where it is of a process that a container's cannot
/// see: so is the session of whatever was started in it from without. Such a group cannot be ended from here.
fn group_and_session(stat: &str) -> Option<(Pid, i32)> {
    // The name, in parentheses, may hold any character.
    let mut numbers = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(2);
    // Of a process that is ending both are -1.
    let group = numbers.next()?.parse().ok().filter(|group| *group > 0).and_then(Pid::from_raw)?;
    Some((group, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use std::os::unix::process::CommandExt;

    #[test]
    fn two_machines_are_two_whatever_stands_in_their_names() {
        assert_eq!(machine("rollout/shop#3.0"), machine("rollout/shop#12.1"));
        assert_eq!(machine("rollout/shop#a#3.0"), "rollout/shop#a");
        assert_ne!(machine("rollout/shop#a#3.0"), machine("rollout/shop#b#3.0"));
    }

    fn read(stat: &str) -> Option<(i32, i32)> {
        group_and_session(stat).map(|(group, session)| (group.as_raw_nonzero().get(), session))
    }

    #[test]
    fn a_process_tells_its_group_and_session_whatever_its_name() {
        assert_eq!(read("7 (sh) S 1 5 3 0 -1"), Some((5, 3)));
        assert_eq!(read("7 (a) R 9 8) S 1 5 3 0 -1"), Some((5, 3)));
        let mut real = std::process::Command::new("sleep").arg("9").process_group(0).spawn().unwrap();
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", real.id())).unwrap();
        real.kill().unwrap();
        real.wait().unwrap();
        assert_eq!(read(&stat).map(|(group, _)| group), i32::try_from(real.id()).ok(), "{stat}");
    }

    #[test]
    fn in_a_container_a_session_may_be_none_that_it_sees_and_no_group_of_0_is_ever_ended() {
        assert_eq!(read("7 (sh) S 1 5 0 0 -1"), Some((5, 0)));
        assert_eq!(read("7 (sh) S 0 0 0 0 -1"), None);
        assert_eq!(read("7 (sh) Z 1 -1 -1 0 -1"), None);
        assert_eq!(read("7 (sh"), None);
    }
}
