//! Releases, as people run them.

mod asked;
mod back;
mod bad_input;
mod honest;
mod kubernetes;
mod people;
mod replay;
mod rivals;
mod shop;
mod terminal;

use crate::support::{Folder, Outcome, toban};
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A plan whose programs write down what they do.
const PLAN: &str = include_str!("release/plan.yaml");

/// The plan with that in place of this, which stands in it once.
#[track_caller]
fn plan_with(this: &str, that: &str) -> String {
    assert_eq!(PLAN.matches(this).count(), 1, "{this}");
    PLAN.replace(this, that)
}

/// A plan in a folder of its own, and the journal of its release.
struct Release {
    folder: Folder,
    plan: PathBuf,
    journal: PathBuf,
    running: Vec<Child>,
}

impl Release {
    fn new(name: &str, plan: &str) -> Self {
        let folder = Folder::new(name);
        let (plan, journal) = (folder.file("plan.yaml", plan), folder.path("toban.db"));
        Self { folder, plan, journal, running: Vec::new() }
    }

    /// `toban release` with these words about its journal, as far as they end.
    fn say(&self, words: &[&str]) -> Outcome {
        let journal = ["--journal", self.journal.to_str().unwrap()];
        toban(["release"].iter().chain(words).copied().chain(journal))
    }

    /// Says them, and they do as they are told.
    #[track_caller]
    fn tell(&self, words: &[&str]) -> String {
        let Outcome { code, stdout, stderr } = self.say(words);
        assert_eq!(code, 0, "{words:?}: {stdout}{stderr}");
        stdout
    }

    /// Says them, and waits for what comes of it beside what the test does.
    fn tell_beside(&self, words: &[&str]) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_toban"));
        command.arg("release").args(words).arg("--journal").arg(&self.journal);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Interrupts the process that carries it out, as a person at its terminal does.
    fn interrupt(&mut self) {
        let child = self.running.last().unwrap();
        let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(killed.success());
    }

    /// A process that carries it out, until the release is over or the test is. What it says stands in `said`, what it
    /// complains of in `complained`.
    fn begin(&mut self, words: &[&str]) {
        self.begin_with(words, &[]);
    }

    /// The same, with these variables.
    fn begin_with(&mut self, words: &[&str], variables: &[(&str, &str)]) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_toban"));
        command.arg("release").args(words).arg("--journal").arg(&self.journal);
        let [said, complained] =
            ["said", "complained"].map(|file| fs::File::create(self.folder.path(file)).unwrap());
        command.envs(variables.iter().copied());
        command.stdin(Stdio::null()).stdout(said).stderr(complained);
        self.running.push(command.spawn().unwrap());
    }

    /// Begins it, and comes back when it waits for its approval.
    fn propose(&mut self) {
        let plan = self.plan.to_str().unwrap().to_owned();
        self.begin(&["run", "--plan", &plan]);
        self.until("waiting for approvals");
    }

    /// Waits until it stands there.
    #[track_caller]
    fn until(&self, phase: &str) {
        let wanted = format!("\"phase\":\"{phase}\"");
        let mut stands = String::new();
        within(Duration::from_secs(60), || {
            stands = self.say(&["status", "--format", "json"]).stdout;
            stands.contains(&wanted)
        })
        .unwrap_or_else(|| panic!("{phase}: {stands}\n{}", self.say(&["report"]).stdout));
    }

    /// What its programs wrote down, line by line.
    fn done(&self) -> Vec<String> {
        let log = fs::read_to_string(self.folder.path("log")).unwrap_or_default();
        log.lines().map(str::to_owned).collect()
    }

    /// Everything that is on record of it.
    fn record(&self) -> String {
        self.tell(&["report", "--format", "json"])
    }
}

impl Drop for Release {
    fn drop(&mut self) {
        for child in &mut self.running {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// How long it took until that is so; `None` where it is not in time.
fn within(time: Duration, mut is_so: impl FnMut() -> bool) -> Option<Duration> {
    let begun = Instant::now();
    loop {
        if is_so() {
            return Some(begun.elapsed());
        }
        if begun.elapsed() > time {
            return None;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// What tells that there is a python that runs the scripts of the examples.
const PYTHON: [&str; 3] = ["python3", "-c", "import sys; sys.exit(sys.version_info < (3, 11))"];

/// `None` where that program is not there, which on CI is a failure.
fn needs(what: &str, argv: &[&str]) -> Option<()> {
    let found = Command::new(argv[0]).args(&argv[1..]).stdout(Stdio::null()).status();
    if found.is_ok_and(|status| status.success()) {
        return Some(());
    }
    let is_ci = std::env::var("CI").is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"));
    assert!(!is_ci, "{what} is not installed, and on CI nothing is left out");
    eprintln!("{what} is not installed: this is left out");
    None
}
