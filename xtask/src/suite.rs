//! The test suite, run once, with the seconds that each package took.

use crate::workspace::Workspace;
use crate::{Result, shell};
use cargo_metadata::{Message, PackageId};
use std::collections::BTreeMap;
use std::path::Path;

/// Which test binary belongs to which package, and what came out.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    owners: BTreeMap<String, String>,
    running: Option<String>,
    seconds: BTreeMap<String, f64>,
    passed: u64,
}

impl Tally {
    /// A tally that attributes each binary (its file name) to a package.
    #[must_use]
    pub fn new(owners: BTreeMap<String, String>) -> Self {
        Self { owners, ..Self::default() }
    }

    /// Reads one line that `cargo test` printed.
    pub fn see(&mut self, line: &str) {
        let line = line.trim();
        if let Some(binary) = line.strip_prefix("Running ").and_then(|rest| rest.split(['(', ')']).nth(1)) {
            let file = Path::new(binary).file_name().unwrap_or_default().to_string_lossy().into_owned();
            self.running = self.owners.get(&file).cloned();
        } else if let Some(package) = line.strip_prefix("Doc-tests ") {
            self.running = Some(package.replace('_', "-"));
        } else if let Some(rest) = line.strip_prefix("test result: ") {
            let number_before = |word: &str| rest.split(word).next()?.split_whitespace().next_back();
            let seconds =
                rest.split("finished in ").nth(1).and_then(|s| s.trim_end_matches('s').parse::<f64>().ok());
            self.passed += number_before(" passed").and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
            let package = self.running.clone().unwrap_or_default();
            *self.seconds.entry(package).or_default() += seconds.unwrap_or(0.0);
        }
    }

    /// How many tests passed.
    #[must_use]
    pub fn passed(&self) -> u64 {
        self.passed
    }

    /// The count, and the packages that took a tenth of a second or more, longest first.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut slow: Vec<_> = self.seconds.iter().filter(|(_, seconds)| **seconds >= 0.1).collect();
        slow.sort_by(|a, b| b.1.total_cmp(a.1));
        let shares = slow.iter().map(|(package, seconds)| format!("{package} {seconds:.1} s"));
        let shares: Vec<_> = std::iter::once(format!("{} passed", self.passed)).chain(shares).collect();
        shares.join(", ")
    }
}

/// What every run of the suite builds: one profile, so that nothing is built twice.
const WHAT: &[&str] = &["test", "--workspace", "--all-features", "--profile", "proof"];

/// The targets that hold tests; benches and doc tests have stages of their own.
const TARGETS: &[&str] = &["--lib", "--bins", "--tests", "--examples"];

/// Builds the test binaries.
///
/// # Errors
/// When they do not build.
pub fn build(workspace: &Workspace) -> Result<BTreeMap<String, String>> {
    let mut command = workspace.cargo();
    command.args(WHAT).args(TARGETS).args(["--no-run", "--message-format", "json-render-diagnostics"]);
    println!("$ {}", shell::spelled(&command));
    let messages = shell::read(&mut command)?;
    let names: BTreeMap<PackageId, String> =
        workspace.packages().iter().map(|p| (p.id.clone(), p.name.to_string())).collect();
    let mut owners = BTreeMap::new();
    for message in Message::parse_stream(messages.as_bytes()) {
        if let Message::CompilerArtifact(artifact) = message?
            && let Some(file) = artifact.executable.as_ref().and_then(|path| path.file_name())
            && let Some(package) = names.get(&artifact.package_id)
        {
            owners.insert(file.to_owned(), package.clone());
        }
    }
    Ok(owners)
}

/// Runs them, with this many random cases for each law where a number is given.
///
/// # Errors
/// When a test fails, or none ran.
pub fn run(workspace: &Workspace, cases: Option<u32>) -> Result<String> {
    let mut tally = Tally::new(build(workspace)?);
    let mut command = workspace.cargo();
    command.args(WHAT).args(TARGETS).arg("--no-fail-fast");
    if let Some(cases) = cases {
        command.env("PROPTEST_CASES", cases.to_string());
    }
    shell::watch(&mut command, |line| tally.see(line))?;
    if tally.passed() == 0 { Err("no test ran".into()) } else { Ok(tally.summary()) }
}

/// Runs the doc tests.
///
/// # Errors
/// When one fails.
pub fn run_docs(workspace: &Workspace) -> Result<String> {
    let mut tally = Tally::default();
    let mut command = workspace.cargo();
    command.args(WHAT).args(["--doc", "--no-fail-fast"]);
    shell::watch(&mut command, |line| tally.see(line))?;
    Ok(tally.summary())
}
