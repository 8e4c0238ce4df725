//! The orders of a release as real programs.

use chrono::TimeDelta;
use std::sync::Arc;
use toban_adapters::release::Programs;
use toban_core::testing::{FakeClock, FakeMetricSource};
use toban_core::{Clock, Labels, PortErrorKind, Sample};
use toban_durable::{Epoch, Found, Order, OrderId, Perform};
use toban_release_core::Weight;
use toban_release_core::judge::Reading;
use toban_release_core::rollout::{Announcement, Commands, Effect, Next, Outcome, Part, Rollout};

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
    }
}

fn step(words: &[&str]) -> Effect {
    let part = Part::Next(Next::Prepare(0));
    let time_out = TimeDelta::seconds(5);
    Effect::Step { part, name: "migrate".into(), argv: argv(words), time_out, is_repeatable: false }
}

fn weight(words: &[&str]) -> Effect {
    let weight = Weight::percent(25).unwrap();
    Effect::SetWeight { weight, version: "2.0".into(), argv: argv(words), time_out: TimeDelta::seconds(5) }
}

fn programs(commands: Commands) -> Programs {
    Programs::new(commands).unwrap()
}

fn performed(programs: &Programs, effect: Effect) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(Perform::<Rollout>::perform(programs, &order(effect)))
}

fn found(programs: &Programs, effect: Effect) -> Found<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(Perform::<Rollout>::find_out(programs, &order(effect)))
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
fn a_check_is_measured_by_a_source_of_metrics_where_there_is_one() {
    let clock = FakeClock::new();
    let sample = |value| Sample::new(clock.wall(), value).unwrap();
    let labels = |pod| Labels::from_iter([("pod", pod)]);
    let source = FakeMetricSource::new()
        .with_sample("rate", Labels::default(), sample(0.25))
        .with_sample("by_pod", labels("a"), sample(0.1))
        .with_sample("by_pod", labels("b"), sample(0.2))
        .with_failure("wrong(", PortErrorKind::Invalid);
    // The program would say something else.
    let measure = Some(argv(&["echo", "7"]));
    let programs =
        programs(Commands { measure, ..Commands::default() }).with_metrics(Arc::new(source), Arc::new(clock));
    let read = |query: &str| {
        let (name, time_out) = ("errors".into(), TimeDelta::seconds(5));
        let query = query.into();
        let effect = Effect::Measure { stage: 0, check: 0, name, query, after: TimeDelta::zero(), time_out };
        match performed(&programs, effect) {
            Outcome::Read(reading) => reading,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(read("rate"), Reading::Value(0.25));
    assert_eq!(read("nothing"), Reading::NoData);
    let Reading::Error { reason } = read("by_pod") else { panic!("which of the two?") };
    assert!(reason.starts_with("2 series"), "{reason}");
    assert!(matches!(read("wrong("), Reading::Error { .. }));
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
fn left(script: &str, folder: &std::path::Path, release: &str, repeatable: &str) -> std::process::Child {
    use std::os::unix::process::CommandExt;
    std::process::Command::new("sh")
        .args(["-c", script])
        .current_dir(folder)
        .env("TOBAN_ORDER", format!("rollout/{release}#2.0"))
        .env("TOBAN_FENCE", "3")
        .env("TOBAN_REPEATABLE", repeatable)
        .process_group(0)
        .spawn()
        .unwrap()
}

#[test]
fn what_a_dead_process_left_behind_is_killed_or_waited_for() {
    let folder = std::env::temp_dir().join(format!("toban-left-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let there = |name: &str| folder.join(name).exists();
    let mut mover = left("sleep 1; touch moved", &folder, "shop", "yes");
    let mut other = left("sleep 1; touch other", &folder, "another", "yes");
    let mut service = left("exec setsid sh -c 'sleep 1; touch served'", &folder, "shop", "yes");
    let mut once = left("sleep 1; touch once", &folder, "shop", "no");
    std::thread::sleep(std::time::Duration::from_millis(300)); // until all of them are what they are to be
    // Traffic does not wait for a step.
    assert_eq!(performed(&programs(Commands::default()), weight(&["true"])), Outcome::Done);
    assert!(!mover.wait().unwrap().success() && !there("once"));
    let find_out = Some(argv(&["test", "-e", folder.join("once").to_str().unwrap()]));
    let asking = programs(Commands { find_out, ..Commands::default() });
    assert_eq!(found(&asking, step(&["true"])), Found::Outcome(Outcome::Done), "it was waited for");
    assert!(once.wait().unwrap().success() && other.wait().unwrap().success());
    assert!(service.wait().unwrap().success());
    assert!(!there("moved") && there("other") && there("served"));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn programs_that_are_none_are_refused() {
    let commands = Commands { tell: Some(Vec::new()), ..Commands::default() };
    assert_eq!(Programs::new(commands).unwrap_err().to_string(), "a command needs a program");
}
