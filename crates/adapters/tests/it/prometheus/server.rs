//! A Prometheus of its own for a test, with data from the past, gone with the test.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub(crate) struct Server {
    child: Child,
    port: u16,
    /// Dropped after the child was waited for.
    _folder: Option<Folder>,
}

impl Server {
    /// A server that holds what the text says in the format of OpenMetrics; `None` where Prometheus is not installed,
    /// which on CI is a failure.
    pub(crate) fn start(name: &str, metrics: &str) -> Option<Self> {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        let folder = Folder(path.clone());
        std::fs::create_dir_all(&path).unwrap();
        std::fs::write(path.join("metrics.txt"), metrics).unwrap();
        std::fs::write(path.join("prometheus.yml"), "global: {}\n").unwrap();
        let mut backfill = Command::new("promtool");
        backfill.args(["tsdb", "create-blocks-from", "openmetrics"]).args(["metrics.txt", "data"]);
        let filled = match backfill.current_dir(&path).output() {
            Err(error) if error.kind() == ErrorKind::NotFound => return left_out("promtool"),
            filled => filled.unwrap(),
        };
        assert!(filled.status.success(), "{}", String::from_utf8_lossy(&filled.stderr));
        let data = path.join("data");
        let flag = &format!("--storage.tsdb.path={}", data.display());
        let deadline = Instant::now() + Duration::from_secs(60);
        for port in ports() {
            let mut command = Command::new("prometheus");
            command.args(["--config.file=prometheus.yml", "--log.level=error"]).arg(flag);
            command
                .arg("--storage.tsdb.retention.time=100y")
                .arg(format!("--web.listen-address=127.0.0.1:{port}"));
            command.current_dir(&path).stdout(Stdio::null()).stderr(Stdio::null());
            let child = match command.spawn() {
                Err(error) if error.kind() == ErrorKind::NotFound => return left_out("prometheus"),
                child => child.unwrap(),
            };
            let mut server = Self { child, port, _folder: None };
            // One that ends by itself has found its port taken.
            while server.child.try_wait().unwrap().is_none() {
                if server.is_ready(&data) {
                    server._folder = Some(folder);
                    return Some(server);
                }
                assert!(Instant::now() < deadline, "Prometheus is not ready in a minute");
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        panic!("no port is free");
    }

    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Whether it answers, and is the one that was started: it knows where its data lies.
    fn is_ready(&self, data: &Path) -> bool {
        let address = SocketAddr::from(([127, 0, 0, 1], self.port));
        let ask = || -> std::io::Result<String> {
            let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
            stream.set_read_timeout(Some(Duration::from_secs(5)))?;
            stream.write_all(b"GET /api/v1/status/flags HTTP/1.0\r\n\r\n")?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok(answer)
        };
        let data = format!("{:?}", data.display().to_string());
        ask().is_ok_and(|answer| answer.starts_with("HTTP/1.0 200") && answer.contains(&data))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder, gone with the test.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn left_out(program: &str) -> Option<Server> {
    let is_ci = std::env::var("CI").is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"));
    assert!(!is_ci, "{program} is not installed, and on CI nothing is left out");
    // Past the capture of a test that passes.
    let _ = writeln!(std::io::stderr(), "left out: {program} is not installed");
    None
}

/// Ports that are free now, below those that the system gives to outgoing connections.
fn ports() -> impl Iterator<Item = u16> {
    let start = u16::try_from(std::process::id() % 10_000).unwrap();
    let all = (0..1000).map(move |offset| 20_000 + (start + offset * 7) % 10_000);
    all.filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
}
