//! What the checks need besides Rust: Debian packages, and the toolchain's own components.

use crate::ci::{Outcome, is_ci};
use crate::workspace::Workspace;
use crate::{Result, shell};
use std::process::Command;

/// A program that a stage starts, and the Debian package it comes from.
#[derive(Clone, Copy, Debug)]
pub struct Need {
    /// What must be found in `PATH`.
    pub program: &'static str,
    /// Where it comes from.
    pub package: &'static str,
    /// Which stage does without it otherwise, and what of it.
    pub stage: &'static str,
}

/// Every program the stages start. What only a script run by hand needs is not here: that script names it.
pub const ALL: &[Need] = &[
    Need { program: "cc", package: "gcc", stage: "every stage that builds (the linker, and ring's C)" },
    Need { program: "c++", package: "g++", stage: "fuzz (libFuzzer)" },
    Need {
        program: "nginx",
        package: "nginx-light",
        stage: "tests (releases of the shop, behind a real nginx)",
    },
    Need { program: "python3", package: "python3", stage: "tests (the programs of the shop)" },
    Need {
        program: "prometheus",
        package: "prometheus",
        stage: "tests (the Prometheus source, against a real server)",
    },
    Need {
        program: "promtool",
        package: "prometheus",
        stage: "tests (alert rules, as Prometheus evaluates them)",
    },
    Need {
        program: "systemd-analyze",
        package: "systemd",
        stage: "tests (timers that are written for systemd)",
    },
];

/// Installs what is missing where that can be done, and says what is left out where it cannot.
///
/// # Errors
/// When a component of the toolchain is missing and cannot be added.
pub fn check(workspace: &Workspace) -> Result<Outcome> {
    if ["fmt", "clippy"].iter().any(|tool| shell::read(workspace.cargo().args([tool, "--version"])).is_err())
    {
        shell::run(Command::new("rustup").args(["component", "add", "rustfmt", "clippy"]))?;
    }
    let missing = missing();
    if missing.is_empty() {
        return Ok(Outcome::Passed("nothing to install".into()));
    }
    let mut packages: Vec<_> = missing.iter().map(|need| need.package).collect();
    packages.dedup();
    let trouble = match installer() {
        Some(installer) => install(&installer, &packages).err().map(|error| error.to_string()),
        None => Some("not root, or no apt-get".to_owned()),
    };
    match trouble {
        None => Ok(Outcome::Passed(format!("installed {}", packages.join(" ")))),
        Some(why) => {
            let without = self::missing();
            let lines = without
                .iter()
                .map(|need| format!("{} (Debian package {}) for {}", need.program, need.package, need.stage));
            Ok(Outcome::LeftOut(format!("{}; {why}", lines.collect::<Vec<_>>().join(", "))))
        }
    }
}

fn missing() -> Vec<Need> {
    ALL.iter().filter(|need| !shell::has(need.program)).copied().collect()
}

/// The words before `apt-get` with which packages can be installed here, if they can.
///
/// `sudo` is used on CI alone: on a person's machine nobody has asked for it.
fn installer() -> Option<Vec<&'static str>> {
    if !shell::has("apt-get") {
        return None;
    }
    let is_root = shell::read(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if is_root {
        return Some(vec!["env"]);
    }
    let may_sudo =
        is_ci() && shell::has("sudo") && shell::read(Command::new("sudo").args(["-n", "true"])).is_ok();
    may_sudo.then(|| vec!["sudo", "-n", "env"])
}

fn install(installer: &[&str], packages: &[&str]) -> Result<()> {
    let apt = |words: &[&str]| {
        let mut words = installer.iter().chain(&["DEBIAN_FRONTEND=noninteractive", "apt-get"]).chain(words);
        let mut command = Command::new(words.next().copied().unwrap_or_default());
        shell::run(command.args(words))
    };
    apt(&["update", "-q"])?;
    let mut words = vec!["install", "-q", "-y", "--no-install-recommends"];
    words.extend(packages);
    apt(&words)
}
