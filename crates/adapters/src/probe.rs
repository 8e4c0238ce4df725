//! What this machine has of what a release needs: its processors, memory, disk and network, its environment, and the
//! services that answer it.

use async_trait::async_trait;
use rustix::fs::statvfs;
use std::fs;
use std::io;
use std::time::Duration;
use toban_core::{PortError, PortErrorKind};
use toban_release_core::Probe;
use toban_release_core::plan::{Need, Observation, Resource};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Looks at this machine.
#[derive(Clone, Debug)]
pub struct LocalProbe {
    hosts: Vec<String>,
    patience: Duration,
    disk: String,
}

/// How long a service may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

impl LocalProbe {
    /// Known to plans as `localhost`; its disk is where `disk` lies.
    #[must_use]
    pub fn new(disk: impl Into<String>) -> Self {
        Self { hosts: vec!["localhost".into()], patience: PATIENCE, disk: disk.into() }
    }

    /// Known by this name too.
    #[must_use]
    pub fn known_as(mut self, host: impl Into<String>) -> Self {
        self.hosts.push(host.into());
        self
    }

    /// How long a service may take to answer; 3 seconds where nothing is said.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    fn amount(&self, resource: Resource) -> io::Result<Option<u64>> {
        Ok(match resource {
            Resource::Cpus => Some(std::thread::available_parallelism()?.get() as u64),
            Resource::MemoryMib => fs::read_to_string("/proc/meminfo")?
                .lines()
                .find_map(|line| {
                    line.strip_prefix("MemAvailable:")?.trim().strip_suffix("kB")?.trim().parse().ok()
                })
                .map(|kib: u64| kib / 1024),
            Resource::DiskMib => {
                let disk = statvfs(self.disk.as_str())?;
                Some(disk.f_bavail.saturating_mul(disk.f_frsize) >> 20)
            }
            Resource::NetworkMbits => fastest_link()?,
        })
    }

    async fn answers(&self, address: &str) -> Result<Observation, PortError> {
        let Some(address) = host_and_port(address) else {
            let why =
                io::Error::new(io::ErrorKind::InvalidInput, format!("{address:?} has no host and port"));
            return Err(PortError::new(PortErrorKind::Invalid, "look for a service", "probe", why));
        };
        Ok(match timeout(self.patience, TcpStream::connect(address)).await {
            Ok(Ok(_)) => Observation::Present,
            Ok(Err(_)) | Err(_) => Observation::Absent,
        })
    }
}

/// Of the links that are up and say how fast they are.
fn fastest_link() -> io::Result<Option<u64>> {
    let is_up = |link: &std::path::PathBuf| {
        fs::read_to_string(link.join("operstate")).is_ok_and(|state| state.trim() == "up")
    };
    let links = fs::read_dir("/sys/class/net")?.flatten().map(|link| link.path()).filter(is_up);
    let speed = |link: std::path::PathBuf| fs::read_to_string(link.join("speed")).ok()?.trim().parse().ok();
    Ok(links.filter_map(speed).max())
}

/// Of `host:port` or a URL; schemes that are well known have their ports.
fn host_and_port(address: &str) -> Option<String> {
    let (scheme, rest) =
        address.split_once("://").map_or((None, address), |(scheme, rest)| (Some(scheme), rest));
    let authority = rest.split(['/', '?', '#']).next()?;
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    // The address of IPv6 stands in brackets.
    let after_host = authority.rfind(']').map_or(0, |end| end + 1);
    let (host, port) = match authority.get(after_host..)?.split_once(':') {
        Some((_, port)) if port.parse::<u16>().is_err() => return None,
        Some((host, port)) => (authority.get(..after_host + host.len())?, Some(port)),
        None => (authority, None),
    };
    if host.is_empty() {
        return None;
    }
    let port = match scheme {
        _ if port.is_some() => return Some(authority.to_owned()),
        Some("http" | "ws") => 80,
        Some("https" | "wss") => 443,
        Some("postgres" | "postgresql") => 5432,
        Some("redis") => 6379,
        Some("amqp") => 5672,
        _ => return None,
    };
    Some(format!("{authority}:{port}"))
}

#[async_trait]
impl Probe for LocalProbe {
    async fn probe(&self, need: &Need) -> Result<Observation, PortError> {
        match need {
            Need::Variable { name } => Ok(match std::env::var_os(name) {
                Some(value) if !value.is_empty() => Observation::Present,
                _ => Observation::Absent,
            }),
            Need::Service { address } => self.answers(address).await,
            Need::Server { host, resource, .. } if self.hosts.contains(host) => {
                let unseen =
                    |why| PortError::new(PortErrorKind::Unavailable, "look at this machine", "probe", why);
                self.amount(*resource).map_err(unseen)?.map(Observation::Amount).ok_or_else(|| {
                    unseen(io::Error::other(format!("it does not say how many {resource} it has")))
                })
            }
            _ => {
                let why = io::Error::other("only this machine can be looked at from here");
                Err(PortError::new(PortErrorKind::Unsupported, "look at another machine", "probe", why))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::host_and_port;

    #[test]
    fn an_address_has_a_host_and_a_port_or_a_scheme_that_has_one() {
        let read = |address| host_and_port(address);
        for (address, meant) in [
            ("db:5432", "db:5432"),
            ("[::1]:5432", "[::1]:5432"),
            ("http://[::1]/x", "[::1]:80"),
            ("https://me@shop.example/cart?a=1", "shop.example:443"),
            ("postgres://db", "db:5432"),
            ("redis://db:6380/0", "db:6380"),
        ] {
            assert_eq!(read(address).as_deref(), Some(meant), "{address}");
        }
        for address in
            ["db", "db:", "db:99999", "http://db:99999/", "::1", "::1:80", ":80", "http:///x", "ftp://db"]
        {
            assert_eq!(read(address), None, "{address}");
        }
    }
}
