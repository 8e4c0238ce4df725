//! Releases of the shop of the examples, with a real nginx and programs of its own, as a person would start them.

use super::{PYTHON, needs, within};
use crate::support::Folder;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// One after the other: they measure times, and there may be two processors.
static TURN: Mutex<()> = Mutex::new(());

/// What one of the scripts of the canary says, when it ends well and in time; `None` where the programs it needs are
/// not there, which on CI is a failure.
#[track_caller]
fn script(name: &str, arguments: &[&str], seconds: u64) -> Option<String> {
    needs("python 3.11", &PYTHON)?;
    needs("nginx", &["sh", "-c", "PATH=$PATH:/usr/sbin:/usr/local/sbin command -v nginx"])?;
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = Folder::new(&format!("shop-{}", name.replace('.', "-")));
    let said = folder.path("said");
    let file = File::create(&said).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/shop/canary").join(name);
    let mut child = Command::new("python3")
        .arg(script)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(file.try_clone().unwrap())
        .stderr(file)
        .spawn()
        .unwrap();
    let mut ended = None;
    let in_time = within(Duration::from_secs(seconds), || {
        ended = child.try_wait().unwrap();
        ended.is_some()
    });
    if in_time.is_none() {
        // Asked and not forced, so that it ends what it has started.
        let _ = Command::new("kill").arg(child.id().to_string()).status();
        let _ = child.wait();
    }
    let said = fs::read_to_string(said).unwrap();
    assert!(ended.is_some_and(|status| status.success()), "{name}: {ended:?} within {seconds} s\n{said}");
    Some(said)
}

/// What draws the moments at which processes are killed: other ones each time. To have those of another run again, its
/// seed is given as `TOBAN_SEED`.
fn seed() -> String {
    let now = || SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos() % (1 << 32);
    let seed = std::env::var("TOBAN_SEED").unwrap_or_else(|_| now().to_string());
    println!("seed {seed}: TOBAN_SEED={seed} draws the same moments");
    seed
}

const TOBAN: &str = env!("CARGO_BIN_EXE_toban");

#[test]
fn the_shop_keeps_what_a_release_relies_on() {
    if let Some(said) = script("check.py", &[&seed()], 180) {
        assert!(said.contains("all right after "), "{said}");
    }
}

#[test]
fn a_good_version_gets_all_traffic_and_no_request_fails() {
    if let Some(said) = script("demo.py", &["good", "--toban", TOBAN], 120) {
        assert!(said.contains("traffic of 2.0: 5 %, 25 %, 50 %, 100 %"), "{said}");
        assert!(said.contains("all the time: sent ") && said.contains(", failed 0 (0.00 %)"), "{said}");
    }
}

#[test]
fn a_bad_version_is_found_out_and_brought_back_in_time() {
    if let Some(said) = script("demo.py", &["bad", "--toban", TOBAN], 120) {
        assert!(said.contains("from the first of them to traffic at 0 %: "), "{said}");
        assert!(said.contains("rolled back: "), "{said}");
    }
}

#[test]
fn killed_fifty_times_at_random_moments_releases_end_as_calm_ones() {
    if let Some(said) = script("kill.py", &["--kills", "50", "--seed", &seed(), "--toban", TOBAN], 180) {
        assert!(
            said.contains("50 kills in ") && said.contains(" releases, all ended right after "),
            "{said}"
        );
    }
}
