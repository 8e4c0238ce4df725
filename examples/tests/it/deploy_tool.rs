//! The deploy tool, killed at random moments and started again.

#[path = "../../deploy_tool.rs"]
#[expect(dead_code, reason = "of the tool its deployer alone")]
mod tool;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use toban_release_core::rollout::{Next, Part};
use toban_release_core::testing::{DeployerExamples, deployer_keeps_its_contract};
use toban_release_core::{Move, Weight};

struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("toban-deploy-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn tool(&self) -> Command {
        let mut tool = Command::new(env!("CARGO_BIN_EXE_deploy-tool"));
        tool.arg(self.0.join("journal.db"))
            .arg(self.0.join("log"))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        tool
    }

    /// What was done, without what people were told: each order with its key.
    fn done(&self) -> Vec<(String, String)> {
        let log = fs::read_to_string(self.0.join("log")).unwrap_or_default();
        let lines = log.lines().filter_map(|line| line.split_once(' '));
        let done = lines.filter(|(_, what)| !what.starts_with("told"));
        done.map(|(key, what)| (key.to_owned(), what.to_owned())).collect()
    }

    fn told(&self) -> BTreeSet<String> {
        let log = fs::read_to_string(self.0.join("log")).unwrap_or_default();
        log.lines().filter(|line| line.contains(" told: ")).map(str::to_owned).collect()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const CALM: [&str; 5] = [
    "migrate the database",
    "5 % of traffic to 2.0",
    "25 % of traffic to 2.0",
    "50 % of traffic to 2.0",
    "100 % of traffic to 2.0",
];

#[test]
fn its_deployer_keeps_the_contract() {
    let place = Place::new("contract");
    let step = |name: &str| {
        let part = Part::Next(Next::Prepare(0));
        Move::Step { part, name: name.into(), argv: Vec::new(), is_repeatable: false }
    };
    let weight = |what: &str| Weight::percent(what.strip_suffix(" % of traffic to 2.0")?.parse().ok()?).ok();
    let examples = DeployerExamples {
        traffic: &|weight| Move::Traffic { weight, version: "2.0".into(), argv: Vec::new() },
        routes: &|| place.done().iter().rev().find_map(|(_, what)| weight(what)),
        step: step("migrate the database"),
        times: &|| place.done().iter().filter(|(_, what)| what == "migrate the database").count(),
        broken: step("a step\nwhose name is two lines"),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(deployer_keeps_its_contract(&tool::Log(place.0.join("log")), &examples));
}

#[test]
fn it_takes_a_release_through_its_stages() {
    let place = Place::new("calm");
    let output = place.tool().stdout(Stdio::piped()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && text.contains("done; the chain's head is "), "{text}");
    let done: Vec<_> = place.done().into_iter().map(|(_, what)| what).collect();
    assert_eq!(done, CALM);
    assert_eq!(place.told().len(), 6);
    // Over is over.
    assert!(place.tool().status().unwrap().success());
    assert_eq!(place.done().len(), CALM.len());
}

/// A small generator, so that a failure can be told by its seed and told again.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// Kills, over all releases.
const KILLS: usize = 50;
/// Kills of one release; then it is let go on to its end.
const MOST_KILLS: u64 = 25;

#[test]
fn killed_at_any_moment_it_goes_on_and_ends_as_the_calm_one() {
    let mut random = Random(20_261_125);
    let (mut kills, mut releases) = (0, 0);
    let deadline = Instant::now() + Duration::from_secs(400);
    while kills < KILLS {
        releases += 1;
        let place = Place::new(&format!("killed-{releases}"));
        let killed_before = kills;
        loop {
            assert!(Instant::now() < deadline, "{kills} kills in {releases} releases take too long");
            let mut tool = place.tool().spawn().unwrap();
            // What is killed in the middle is tried again after a pause that grows: who never waits longer may, on a
            // slow machine, kill every attempt.
            let killed = u64::try_from(kills - killed_before).unwrap();
            let patience = match killed {
                0..MOST_KILLS => Duration::from_millis(random.below(500 + 25 * killed)),
                _ => Duration::from_secs(120),
            };
            let begun = Instant::now();
            let mut ended = None;
            while ended.is_none() && begun.elapsed() < patience {
                std::thread::sleep(Duration::from_millis(2));
                ended = tool.try_wait().unwrap();
            }
            if let Some(status) = ended {
                assert!(status.success(), "release {releases}: {status}");
                break;
            }
            tool.kill().unwrap();
            tool.wait().unwrap();
            kills += 1;
        }
        let done = place.done();
        let whats: Vec<_> = done.iter().map(|(_, what)| what.as_str()).collect();
        let mut calm = whats.clone();
        calm.dedup();
        assert_eq!(calm, CALM, "release {releases} after {kills} kills: {whats:?}");
        assert_eq!(whats.iter().filter(|what| **what == CALM[0]).count(), 1, "migrated once");
        // A weight that is set again is set again under its key.
        let keys: BTreeSet<_> = done.iter().map(|(key, _)| key).collect();
        assert_eq!(keys.len(), CALM.len());
        assert_eq!(place.told().len(), 6, "each told once, to one who knows the keys");
    }
    println!("{kills} kills in {releases} releases");
}
