//! The orders of a release as real programs.

use chrono::TimeDelta;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use toban_adapters::release::Programs;
use toban_core::Message;
use toban_core::testing::notifier_keeps_its_contract;
use toban_durable::{Epoch, Found, Order, OrderId, Perform};
use toban_release_core::judge::Reading;
use toban_release_core::rollout::{Announcement, Commands, Effect, Next, Outcome, Part};
use toban_release_core::testing::{
    DeployerExamples, approvals_keep_their_contract, deployer_keeps_its_contract,
};
use toban_release_core::{Approval, Approvals, Move, Ports, Weight};

fn argv(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn order(effect: Effect) -> Order<Effect> {
    Order {
        id: OrderId { record: 3, place: 0 },
        key: "rollout/shop#3.0".into(),
        attempt: 2,
        fence: Epoch(7),
        effect,
        time_out: TimeDelta::seconds(5),
        is_in_doubt: false,
        is_wanted: true,
    }
}

fn step(words: &[&str]) -> Effect {
    let part = Part::Next(Next::Prepare(0));
    let time_out = TimeDelta::seconds(5);
    Effect::Step { part, name: "migrate".into(), argv: argv(words), time_out, is_repeatable: false }
}

fn weight(words: &[&str]) -> Effect {
    let weight = Weight::percent(25).unwrap();
    Effect::SetWeight {
        part: Part::Next(Next::Stage(0)),
        weight,
        version: "2.0".into(),
        argv: argv(words),
        time_out: TimeDelta::seconds(5),
    }
}

fn programs(commands: Commands) -> Programs {
    Programs::new(commands).unwrap()
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn ports(programs: &Programs) -> Ports {
    let programs = Arc::new(programs.clone());
    Ports::new(Arc::clone(&programs) as _).with_notifier(programs)
}

fn performed(programs: &Programs, effect: Effect) -> Outcome {
    block_on(ports(programs).perform(&order(effect)))
}

fn found(programs: &Programs, effect: Effect) -> Found<Outcome> {
    block_on(ports(programs).find_out(&order(effect)))
}

/// A folder of its own, gone with the test.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("toban-programs-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn lines(&self, file: &str) -> Vec<String> {
        let text = std::fs::read_to_string(self.0.join(file)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    fn programs(&self, commands: Commands) -> Programs {
        programs(Commands { folder: Some(self.0.display().to_string()), ..commands })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn sh(script: &str) -> Vec<String> {
    argv(&["sh", "-c", script])
}

#[test]
fn programs_keep_the_contract_of_a_deployer() {
    let folder = Folder::new("deployer");
    let find_out = Some(argv(&["sh", "-c", "test -e done-$1", "sh", "{step}"]));
    let programs = folder.programs(Commands { find_out, ..Commands::default() });
    let step = |name: &str, script: &str| {
        let part = Part::Next(Next::Prepare(0));
        Move::Step { part, name: name.into(), argv: sh(script), is_repeatable: false }
    };
    let examples = DeployerExamples {
        traffic: &|weight| {
            let argv = sh(&format!("echo {} > weight", weight.as_percent()));
            Move::Traffic { weight, version: "2.0".into(), argv }
        },
        routes: &|| Weight::percent(folder.lines("weight").first()?.parse().ok()?).ok(),
        step: step("migrate", "echo migrated >> log; touch done-migrate"),
        times: &|| folder.lines("log").len(),
        broken: step("break", "echo 'it is broken' >&2; exit 3"),
    };
    block_on(deployer_keeps_its_contract(&programs, &examples));
}

#[test]
fn programs_keep_the_contract_of_a_notifier() {
    let folder = Folder::new("notifier");
    // One delivery is one file: what is told may have several lines.
    let script =
        "mkdir -p \"$TOBAN_ORDER\"; printf '%s|%s|%s' \"$1\" \"$2\" \"$3\" > \"$TOBAN_ORDER/$TOBAN_ATTEMPT\"";
    let tell = |argv| folder.programs(Commands { tell: Some(argv), ..Commands::default() });
    let programs = tell(argv(&["sh", "-c", script, "sh", "{what}", "{ja}", "{en}"]));
    let told = |message: &Message| {
        let Message { key, words, data, .. } = message;
        let Ok(deliveries) = folder.0.join(key).read_dir() else { return 0 };
        let expected = format!("{data}|{}|{}", words.ja, words.en);
        let texts = deliveries.map(|delivery| std::fs::read_to_string(delivery.unwrap().path()).unwrap());
        texts.filter(|text| *text == expected).count()
    };
    block_on(notifier_keeps_its_contract(&programs, &told, &tell(argv(&["false"]))));
}

#[test]
fn programs_keep_the_contract_of_approvals() {
    let folder = Folder::new("approvals");
    let given = r#"{"by": "bea", "why": "read it", "at": "noon"}

{"by": "cleo", "why": "so", "revision": "r1"}"#;
    std::fs::write(folder.0.join("r1"), given).unwrap();
    let asks = |argv| folder.programs(Commands { approvals: Some(argv), ..Commands::default() });
    let approval = |by: &str, why: &str| Approval { by: by.into(), revision: "r1".into(), why: why.into() };
    let expected = [approval("bea", "read it"), approval("cleo", "so")];
    let programs = asks(argv(&["sh", "-c", "test ! -e $1 || cat $1", "sh", "{revision}"]));
    block_on(approvals_keep_their_contract(&programs, &expected, &asks(argv(&["false"]))));
    let why =
        |printed: &str| block_on(asks(argv(&["echo", printed])).given("r1")).unwrap_err().source.to_string();
    assert!(why("bea says yes").starts_with("\"bea says yes\" is no approval"), "{}", why("bea says yes"));
    assert!(why(r#"{"by": "bea"}"#).contains("missing field `why`"));
    assert_eq!(
        block_on(self::programs(Commands::default()).given("r1")).unwrap(),
        [],
        "nobody gives any elsewhere"
    );
}

#[test]
fn a_program_learns_its_order() {
    // It fails on purpose: what it says comes back.
    let script = "echo \"$1 $TOBAN_ORDER $TOBAN_ATTEMPT $TOBAN_FENCE\" >&2; exit 4";
    let none = programs(Commands::default());
    let why = "sh ended with 4: 25 rollout/shop#3.0 2 7";
    assert_eq!(
        performed(&none, weight(&["sh", "-c", script, "sh", "25"])),
        Outcome::Failed { why: why.into() }
    );
    assert_eq!(performed(&none, weight(&["true"])), Outcome::Done);
    assert_eq!(performed(&none, weight(&[])), Outcome::Failed { why: "no program moves traffic".into() });
}

#[test]
fn steps_end_well_with_0_and_a_program_that_is_not_there_is_a_failure() {
    let none = programs(Commands::default());
    assert_eq!(performed(&none, step(&["true"])), Outcome::Done);
    assert_eq!(performed(&none, step(&["false"])), Outcome::Failed { why: "false ended with 1".into() });
    let Outcome::Failed { why } = performed(&none, step(&["/no/such"])) else { panic!("it is not there") };
    assert!(why.contains("\"/no/such\" cannot be started"), "{why}");
}

#[test]
fn programs_run_in_their_folder_and_see_what_they_are_allowed_to() {
    let commands =
        Commands { folder: Some("/".into()), variables: vec!["CARGO".into()], ..Commands::default() };
    let shows = step(&["sh", "-c", "test $PWD = / && test -n \"$CARGO\" && test -z \"$CARGO_PKG_NAME\""]);
    assert_eq!(performed(&programs(commands), shows.clone()), Outcome::Done);
    assert!(matches!(performed(&programs(Commands::default()), shows), Outcome::Failed { .. }));
}

#[test]
fn people_are_told_once_there_is_a_program_for_it() {
    let told = Effect::Announce(Announcement::StageReached { stage: 1 });
    assert_eq!(performed(&programs(Commands::default()), told.clone()), Outcome::Done);
    let tell = Some(argv(&["test", "{what}", "=", r#"{"stage_reached":{"stage":1}}"#]));
    assert_eq!(performed(&programs(Commands { tell, ..Commands::default() }), told), Outcome::Done);
}

#[test]
fn a_check_reads_a_number_or_nothing_or_an_error() {
    let measure = || Effect::Measure {
        stage: 1,
        check: 0,
        name: "errors".into(),
        query: "0.25".into(),
        after: TimeDelta::zero(),
        time_out: TimeDelta::seconds(5),
    };
    let read = |script| {
        let measure_by = Some(argv(&["sh", "-c", script, "sh", "{query}", "{name}", "{stage}"]));
        let commands = Commands { measure: measure_by, ..Commands::default() };
        let Outcome::Read(reading) = performed(&programs(commands), measure()) else {
            panic!("a measurement is a reading")
        };
        reading
    };
    assert_eq!(read("echo $1"), Reading::Value(0.25));
    assert_eq!(read("test $2$3 = errors2"), Reading::NoData);
    assert_eq!(
        read(r#"echo '{"baseline": [1, 2], "candidate": [1.5]}'"#),
        Reading::Samples { baseline: vec![1.0, 2.0], candidate: vec![1.5] }
    );
    assert_eq!(read("echo many"), Reading::Error { reason: "\"many\" is no number".into() });
    assert_eq!(
        read("echo refused >&2; exit 7"),
        Reading::Error { reason: "sh ended with 7: refused".into() }
    );
}

#[test]
fn what_is_filled_in_is_not_filled_in_again() {
    let script = "echo \"$1\" >&2; exit 1";
    let measure = Some(argv(&["sh", "-c", script, "sh", "{query} {stage} {else} {"]));
    let effect = Effect::Measure {
        stage: 1,
        check: 0,
        name: "errors".into(),
        query: "up{name}".into(),
        after: TimeDelta::zero(),
        time_out: TimeDelta::seconds(5),
    };
    let reason = "sh ended with 1: up{name} 2 {else} {".into();
    let read = performed(&programs(Commands { measure, ..Commands::default() }), effect);
    assert_eq!(read, Outcome::Read(Reading::Error { reason }));
}

#[test]
fn what_became_of_a_step_is_known_to_a_program_or_to_nobody() {
    assert_eq!(found(&programs(Commands::default()), step(&["true"])), Found::Unknown);
    let asks = |script| {
        let find_out = Some(argv(&["sh", "-c", script, "sh", "{step}"]));
        programs(Commands { find_out, ..Commands::default() })
    };
    assert_eq!(found(&asks("test $1 = migrate"), step(&["true"])), Found::Outcome(Outcome::Done));
    assert_eq!(found(&asks("test $1 = else"), step(&["true"])), Found::NotDone);
    assert_eq!(found(&asks("exit 2"), step(&["true"])), Found::Unknown);
}

/// A program as a process that is gone has left it behind.
fn left(script: &str, folder: &Path, release: &str, repeatable: &str) -> std::process::Child {
    use std::os::unix::process::CommandExt;
    std::process::Command::new("sh")
        .args(["-c", script])
        .current_dir(folder)
        .env("TOBAN_ORDER", format!("rollout/{release}#2.0"))
        .env("TOBAN_FENCE", "3")
        .env("TOBAN_JOURNAL", "/left.db") // Other tests have releases of this name, too.
        .env("TOBAN_REPEATABLE", repeatable)
        .process_group(0)
        .spawn()
        .unwrap()
}

#[test]
fn a_release_of_the_same_name_in_another_journal_is_another_one() {
    let folder = std::env::temp_dir().join(format!("toban-other-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    use std::os::unix::process::CommandExt;
    let mut other = std::process::Command::new("sh")
        .args(["-c", "sleep 0.3; touch moved"])
        .current_dir(&folder)
        .envs([("TOBAN_JOURNAL", "/theirs.db"), ("TOBAN_ORDER", "rollout/shop#2.0"), ("TOBAN_FENCE", "3")])
        .process_group(0)
        .spawn()
        .unwrap();
    let ours = programs(Commands::default()).of_journal("/ours.db");
    assert_eq!(performed(&ours, weight(&["sh", "-c", "test $TOBAN_JOURNAL = /ours.db"])), Outcome::Done);
    assert!(other.wait().unwrap().success());
    assert!(folder.join("moved").exists());
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn what_a_dead_process_left_behind_is_killed_or_waited_for() {
    let folder = std::env::temp_dir().join(format!("toban-left-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let there = |name: &str| folder.join(name).exists();
    let until_there = |name: &str| {
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while !there(name) {
            assert!(std::time::Instant::now() < deadline, "{name} is not there");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    };
    let waits = |name: &str| format!("until test -e go; do sleep 0.01; done; touch {name}");
    let mut mover = left(&waits("moved"), &folder, "shop", "yes");
    let mut other = left(&waits("other"), &folder, "another", "yes");
    let mut once = left(&waits("once"), &folder, "shop", "no");
    let of_its_own = format!("exec setsid sh -c 'touch up; {}'", waits("served"));
    let mut service = left(&of_its_own, &folder, "shop", "yes");
    // A leader of a group leaves its session to a child.
    assert!(service.wait().unwrap().success());
    until_there("up");
    // Traffic does not wait for a step.
    assert_eq!(
        performed(&programs(Commands::default()).of_journal("/left.db"), weight(&["true"])),
        Outcome::Done
    );
    assert!(!mover.wait().unwrap().success() && !there("once"));
    let go = folder.join("go");
    let later = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(200));
        std::fs::write(go, "").unwrap();
    });
    let find_out = Some(argv(&["test", "-e", folder.join("once").to_str().unwrap()]));
    let asking = programs(Commands { find_out, ..Commands::default() }).of_journal("/left.db");
    assert_eq!(found(&asking, step(&["true"])), Found::Outcome(Outcome::Done), "it was waited for");
    later.join().unwrap();
    assert!(once.wait().unwrap().success() && other.wait().unwrap().success());
    until_there("served");
    assert!(!there("moved") && there("other"));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn programs_that_are_none_are_refused() {
    let commands = Commands { tell: Some(Vec::new()), ..Commands::default() };
    assert_eq!(Programs::new(commands).unwrap_err().to_string(), "a command needs a program");
}

/// The example for Kubernetes moves shares of pods; here of a hundred, so that there is one for each share.
#[test]
fn the_example_for_kubernetes_keeps_the_contract_of_a_deployer() {
    let version = "import sys; sys.exit(sys.version_info < (3, 11))";
    let has_python = std::process::Command::new("python3").args(["-c", version]).status();
    if !has_python.is_ok_and(|status| status.success()) {
        let is_ci = std::env::var("CI").is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"));
        assert!(!is_ci, "python 3.11 is not installed, and on CI nothing is left out");
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), "left out: python 3.11 is not installed");
        return;
    }
    let folder = Folder::new("kubernetes");
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/kubernetes");
    let script = std::fs::read_to_string(example.join("deploy.py")).unwrap();
    assert!(script.contains("\"shop\", \"registry.example/shop\", 10\n"));
    std::fs::write(folder.0.join("deploy.py"), script.replace("shop\", 10\n", "shop\", 100\n")).unwrap();
    let stand_in = folder.0.join("kubectl");
    std::fs::copy(example.join("fake_kubectl.py"), &stand_in).unwrap();
    std::fs::set_permissions(&stand_in, std::fs::Permissions::from_mode(0o755)).unwrap();
    let old = r#"["registry.example/shop:1.0"]"#;
    let deployments = format!(
        r#"{{"shop": {{"images": {old}, "pods": 100}}, "shop-canary": {{"images": {old}, "pods": 0}}}}"#
    );
    let cluster = format!(r#"{{"deployments": {deployments}, "never_ready": {{}}}}"#);
    std::fs::write(folder.0.join("cluster.json"), cluster).unwrap();

    let path = format!("PATH={}:{}", folder.0.display(), std::env::var("PATH").unwrap());
    let deploy = |words: &[&str]| argv(&[&["env", &path, "python3", "deploy.py"], words].concat());
    let pods = |deployment: &str| {
        let cluster = std::fs::read_to_string(folder.0.join("cluster.json")).unwrap();
        let cluster: serde_json::Value = serde_json::from_str(&cluster).unwrap();
        let one = &cluster["deployments"][deployment];
        let image = one["images"].as_array().unwrap().last().unwrap().as_str().unwrap().to_owned();
        (image, u8::try_from(one["pods"].as_u64().unwrap()).unwrap())
    };
    let step = |name: &str, argv| {
        let part = Part::Next(Next::Prepare(0));
        Move::Step { part, name: name.into(), argv, is_repeatable: false }
    };
    let examples = DeployerExamples {
        traffic: &|weight| {
            let argv = deploy(&["weight", &weight.as_percent().to_string(), "2.0"]);
            Move::Traffic { weight, version: "2.0".into(), argv }
        },
        routes: &|| {
            let ((new, canary), (_, serving)) = (pods("shop-canary"), pods("shop"));
            assert_eq!(canary + serving, 100, "there are never fewer pods");
            assert!(canary == 0 || new == "registry.example/shop:2.0");
            Weight::percent(canary).ok()
        },
        step: step("migrate", sh("echo migrated >> log")),
        times: &|| folder.lines("log").len(),
        broken: step("look", deploy(&["verify", "2.0"])),
    };
    block_on(deployer_keeps_its_contract(&folder.programs(Commands::default()), &examples));
}
