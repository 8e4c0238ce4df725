//! Files and runs.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A folder of its own for a test, gone with it.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) fn toban<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Outcome {
    toban_reading(arguments, std::io::empty())
}

/// Runs the command with that on its standard input, as far as it wants it.
pub(crate) fn toban_reading<'a>(
    arguments: impl IntoIterator<Item = &'a str>,
    mut input: impl Read + Send,
) -> Outcome {
    let mut child = Command::new(env!("CARGO_BIN_EXE_toban"))
        .args(arguments)
        .env("COLUMNS", "80")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut block = vec![0; 1 << 16];
            // A reader that has seen enough closes the pipe.
            while let Ok(count) = input.read(&mut block)
                && count > 0
                && pipe.write_all(&block[..count]).is_ok()
            {}
        });
        let output = child.wait_with_output().unwrap();
        Outcome {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    })
}

/// The arguments of a command about a definition and an access log.
pub(crate) fn of_log<'a>(command: &'a str, spec: &'a Path, log: &'a Path) -> [&'a str; 6] {
    let [spec, log] = [spec, log].map(|path| path.to_str().unwrap());
    ["slo", command, "--spec", spec, "--access-log", log]
}

/// A definition of one objective.
pub(crate) fn definition(target: &str, window: &str, source: &str) -> String {
    format!(
        "apiVersion: openslo/v1
kind: Service
metadata:
  name: shop
spec: {{}}
---
apiVersion: openslo/v1
kind: SLO
metadata:
  name: availability
spec:
  service: shop
  indicator:
    metadata:
      name: no-5xx
    spec:
      ratioMetric:
        counter: false
        bad:
          metricSource:
            type: {source}
            spec:
              status: 5xx
        total:
          metricSource:
            type: {source}
            spec: {{}}
  timeWindow:
    - duration: {window}
      isRolling: true
  budgetingMethod: Occurrences
  objectives:
    - target: {target}
"
    )
}

/// A log with a line each minute, of which some are bad.
pub(crate) fn access_log(minutes: u32, is_bad: impl Fn(u32) -> bool) -> String {
    let line = |minute: u32| {
        let (day, hour) = (1 + minute / 1440, minute / 60 % 24);
        let status = if is_bad(minute) { 503 } else { 200 };
        format!(
            "192.0.2.1 - - [{day:02}/Mar/2026:{hour:02}:{:02}:30 +0000] \"GET / HTTP/1.1\" {status} 5 \"-\" \"t\"\n",
            minute % 60
        )
    };
    (0..minutes).map(line).collect()
}
