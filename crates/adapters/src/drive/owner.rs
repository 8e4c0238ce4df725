//! Names of processes that tell whether they are still there.

/// A name for this process that no other one goes by, and that tells the processes beside it when it is dead.
///
/// On Linux it holds the start of the machine, the process's namespace, its number and when it was started.
/// Elsewhere nothing can be told from it.
#[must_use]
pub fn owner() -> String {
    let id = std::process::id();
    let place = place().unwrap_or_else(|| "-".to_owned());
    let started = started(id).unwrap_or_else(|| "-".to_owned());
    format!("{place}/{id}/{started}")
}

/// Whether the process of that name is known to be dead: it was one of this machine, as this process sees it, since
/// its last start, and is not there any more. `false` where that cannot be told.
#[must_use]
pub fn is_gone(owner: &str) -> bool {
    let mut parts = owner.rsplitn(3, '/');
    let (Some(then), Some(id), Some(there)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let is_here = then != "-" && place().as_deref() == Some(there);
    let Some(id) = id.parse().ok().filter(|_| is_here) else { return false };
    // Its number may have gone to another one.
    started(id).is_none_or(|now| now != then)
}

/// This machine since its last start, and the processes that this one can see.
#[cfg(target_os = "linux")]
fn place() -> Option<String> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let namespace = std::fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("{}/{}", boot.trim(), namespace.display()))
}

/// When a process was started, in ticks since the machine was; `None` where there is none, or only what is left of one
/// that nobody has waited for.
#[cfg(target_os = "linux")]
fn started(id: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name of the program stands in brackets and may hold anything.
    let mut fields = stat.get(stat.rfind(')')? + 1..)?.split_whitespace();
    let is_alive = !matches!(fields.next()?, "X" | "Z");
    fields.nth(18).filter(|_| is_alive).map(str::to_owned)
}

#[cfg(not(target_os = "linux"))]
fn place() -> Option<String> {
    None
}

#[cfg(not(target_os = "linux"))]
fn started(_: u32) -> Option<String> {
    None
}
