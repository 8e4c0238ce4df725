//! Programs: started with their arguments, never through a shell, and never left behind.

use rustix::process::{Pid, Signal, kill_process_group};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;
use toban_core::{PortError, PortErrorKind};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command as Process;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

/// A program and what it is given.
///
/// The program sees those variables of the environment that are named, and no other: neither secrets nor a locale
/// that changes what it prints get in by accident. It has no input. Of what it prints the last bytes are kept.
#[derive(Clone, Debug)]
pub struct Command {
    argv: Vec<String>,
    allowed: Vec<String>,
    variables: BTreeMap<String, String>,
    folder: Option<PathBuf>,
    time_out: Duration,
    most_bytes: usize,
}

impl Command {
    /// What a program sees of the environment unless it is said otherwise.
    pub const ALLOWED: &[&str] = &["HOME", "LANG", "PATH", "TMPDIR", "TZ", "USER"];

    /// How much of each of its two outputs is kept unless it is said otherwise.
    pub const MOST_BYTES: usize = 64 << 10;

    /// This program with these arguments, and so much time.
    ///
    /// # Errors
    /// When there is no program, or an argument holds a NUL.
    pub fn new(argv: &[String], time_out: Duration) -> Result<Self, CommandError> {
        if argv.first().is_none_or(String::is_empty) {
            return Err(CommandError::NoProgram);
        }
        if let Some(place) = argv.iter().position(|argument| argument.contains('\0')) {
            return Err(CommandError::Nul { place });
        }
        Ok(Self {
            argv: argv.to_vec(),
            allowed: Self::ALLOWED.iter().map(|name| (*name).to_owned()).collect(),
            variables: BTreeMap::new(),
            folder: None,
            time_out,
            most_bytes: Self::MOST_BYTES,
        })
    }

    /// It also sees this variable of the environment, where there is one.
    #[must_use]
    pub fn allowing(mut self, name: impl Into<String>) -> Self {
        self.allowed.push(name.into());
        self
    }

    /// It sees this variable, whatever the environment says.
    #[must_use]
    pub fn with_variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// It runs there.
    #[must_use]
    pub fn in_folder(self, folder: impl Into<PathBuf>) -> Self {
        Self { folder: Some(folder.into()), ..self }
    }

    /// So much of each output is kept.
    #[must_use]
    pub fn keeping(self, bytes: usize) -> Self {
        Self { most_bytes: bytes, ..self }
    }

    /// Runs it to its end. When its time is over, and when this future is dropped, the program and all that it has
    /// started are killed.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn run(&self) -> Result<Ran, PortError> {
        self.run_heeding(&Ending::new()).await
    }

    /// The same, but for what it is told meanwhile.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn run_heeding(&self, ending: &Ending) -> Result<Ran, PortError> {
        let mut told = ending.0.subscribe();
        // What was said before it began counts too.
        told.mark_changed();
        let started = Instant::now();
        let end = started + self.time_out;
        let mut child = self.process().spawn().map_err(|error| self.not_started(error))?;
        // Whatever happens to this future, the group goes with it.
        let group = Group(child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw));
        let mut out = Kept::new(self.most_bytes);
        let mut err = Kept::new(self.most_bytes);
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let status = {
            let reading = async { tokio::join!(out.read(stdout), err.read(stderr)) };
            tokio::pin!(reading);
            let mut is_read = false;
            let ended = async {
                loop {
                    tokio::select! {
                        status = child.wait() => break status,
                        _ = &mut reading, if !is_read => is_read = true,
                        Ok(()) = told.changed() => {
                            let signal = *told.borrow_and_update();
                            if let (Some(group), Some(signal)) = (group.0, signal) {
                                let _ = kill_process_group(group, signal);
                            }
                        }
                    }
                }
            };
            let status = timeout_at(end, ended).await;
            drop(group);
            // What is still in the pipes; a program that was started and left behind is dead by now.
            if !is_read {
                let _ = timeout_at(Instant::now() + GRACE, reading).await;
            }
            status
        };
        let end = match status {
            Ok(Ok(status)) => End::of(status),
            Ok(Err(error)) => return Err(self.not_started(error)),
            Err(_) => {
                // Reaped, so that no dead process stays in the table.
                let _ = child.wait().await;
                End::TimedOut
            }
        };
        Ok(Ran { end, took: started.elapsed(), out: out.end(), err: err.end() })
    }

    fn process(&self) -> Process {
        let (program, arguments) =
            self.argv.split_first().map_or(("", [].as_slice()), |(first, rest)| (first, rest));
        let mut process = Process::new(program);
        let seen = |name: &String| std::env::var_os(name).map(|value| (name.clone(), value));
        let inherited: BTreeMap<String, OsString> = self.allowed.iter().filter_map(seen).collect();
        process.args(arguments).env_clear().envs(inherited).envs(&self.variables);
        process.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        process.process_group(0).kill_on_drop(true);
        if let Some(folder) = &self.folder {
            process.current_dir(folder);
        }
        process
    }

    fn not_started(&self, error: io::Error) -> PortError {
        let kind = match error.kind() {
            io::ErrorKind::NotFound => PortErrorKind::NotFound,
            io::ErrorKind::PermissionDenied => PortErrorKind::Denied,
            io::ErrorKind::InvalidInput | io::ErrorKind::ArgumentListTooLong => PortErrorKind::Invalid,
            _ => PortErrorKind::Unavailable,
        };
        let program = self.argv.first().cloned().unwrap_or_default();
        PortError::new(kind, "start a program", "command", NotStarted { program, source: error })
    }
}

/// Tells a program that runs to end. All clones tell the same ones, also those that begin later.
#[derive(Clone, Debug)]
pub struct Ending(Arc<watch::Sender<Option<Signal>>>);

impl Ending {
    /// Nothing is said yet.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }

    /// Asks the program and all that it has started to end: they get the signal TERM.
    pub fn ask(&self) {
        self.0.send_if_modified(|said| {
            let is_first = said.is_none();
            *said = said.or(Some(Signal::TERM));
            is_first
        });
    }

    /// Ends the program and all that it has started, at once.
    pub fn end(&self) {
        self.0.send_replace(Some(Signal::KILL));
    }
}

impl Default for Ending {
    fn default() -> Self {
        Self::new()
    }
}

/// How long the rest of an output is waited for once the program has ended.
const GRACE: Duration = Duration::from_millis(200);

/// Killed when it goes.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // Gone already is as good.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// The last bytes of an output.
struct Kept {
    bytes: Vec<u8>,
    most: usize,
    lost: u64,
}

impl Kept {
    fn new(most: usize) -> Self {
        Self { bytes: Vec::new(), most, lost: 0 }
    }

    async fn read(&mut self, output: Option<impl AsyncRead + Unpin>) {
        let Some(mut output) = output else { return };
        let mut buffer = [0; 8 << 10];
        while let Ok(read @ 1..) = output.read(&mut buffer).await {
            self.bytes.extend_from_slice(buffer.get(..read).unwrap_or_default());
            // Not at each read: moving what is kept costs as much as all of it.
            if self.bytes.len() > self.most.saturating_mul(2).saturating_add(buffer.len()) {
                self.cut();
            }
        }
    }

    fn cut(&mut self) {
        let over = self.bytes.len().saturating_sub(self.most);
        self.bytes.drain(..over);
        self.lost += over as u64;
    }

    fn end(mut self) -> Output {
        self.cut();
        Output { text: String::from_utf8_lossy(&self.bytes).into_owned(), lost: self.lost }
    }
}

/// What came of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ran {
    /// How it ended.
    pub end: End,
    /// How long it took.
    pub took: Duration,
    /// What it said.
    pub out: Output,
    /// What it complained of.
    pub err: Output,
}

impl Ran {
    /// Whether it ended with 0.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.end == End::Exit(0)
    }
}

/// The end of an output.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Output {
    /// The last of it; what is no UTF-8 is replaced.
    pub text: String,
    /// How many bytes before that were not kept.
    pub lost: u64,
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum End {
    /// By itself, with this code.
    Exit(i32),
    /// By this signal.
    Signal(i32),
    /// Its time was over, and it was killed.
    TimedOut,
}

impl End {
    fn of(status: ExitStatus) -> Self {
        use std::os::unix::process::ExitStatusExt;
        match (status.code(), status.signal()) {
            (Some(code), _) => Self::Exit(code),
            (None, signal) => Self::Signal(signal.unwrap_or_default()),
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exit(code) => write!(f, "ended with {code}"),
            Self::Signal(signal) => write!(f, "was killed by signal {signal}"),
            Self::TimedOut => f.write_str("did not end in its time, and was killed"),
        }
    }
}

/// This is no command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// There is nothing to run.
    #[error("a command needs a program")]
    NoProgram,
    /// No program can be given such an argument.
    #[error("argument {place} holds a NUL")]
    Nul {
        /// Its place; 0 is the program.
        place: usize,
    },
}

/// A program could not be started.
#[derive(Debug, thiserror::Error)]
#[error("{program:?} cannot be started")]
struct NotStarted {
    program: String,
    source: io::Error,
}
