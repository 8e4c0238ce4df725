//! Real programs, and what is left of them.

use std::time::{Duration, Instant};
use toban_adapters::command::{Command, CommandError, End, Ran};
use toban_core::PortErrorKind;

fn command(argv: &[&str], millis: u64) -> Command {
    let argv: Vec<_> = argv.iter().map(|argument| (*argument).to_owned()).collect();
    Command::new(&argv, Duration::from_millis(millis)).unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn run(command: &Command) -> Ran {
    runtime().block_on(command.run()).unwrap()
}

#[test]
fn arguments_arrive_as_they_are_and_no_shell_reads_them() {
    let ran = run(&command(&["printf", "%s|", "a b", "$HOME", "`id`", "; rm *", "", "日本"], 5000));
    assert_eq!((ran.end, ran.out.text.as_str()), (End::Exit(0), "a b|$HOME|`id`|; rm *||日本|"));
    assert_eq!((ran.err.text.as_str(), ran.out.lost), ("", 0));
}

#[test]
fn how_it_ended_is_told() {
    assert_eq!(run(&command(&["sh", "-c", "echo no >&2; exit 3"], 5000)).end, End::Exit(3));
    assert_eq!(run(&command(&["sh", "-c", "kill -9 $$"], 5000)).end, End::Signal(9));
    let missing = runtime().block_on(command(&["/no/such/program"], 5000).run()).unwrap_err();
    assert_eq!(missing.kind, PortErrorKind::NotFound);
    assert_eq!(missing.source.to_string(), "\"/no/such/program\" cannot be started");
    let denied = runtime().block_on(command(&["/etc/passwd"], 5000).run()).unwrap_err();
    assert_eq!(denied.kind, PortErrorKind::Denied);
}

#[test]
fn what_is_no_command_is_refused() {
    let new = |argv: &[&str]| {
        let argv: Vec<_> = argv.iter().map(|argument| (*argument).to_owned()).collect();
        Command::new(&argv, Duration::from_secs(1)).unwrap_err()
    };
    assert_eq!(new(&[]), CommandError::NoProgram);
    assert_eq!(new(&["", "a"]), CommandError::NoProgram);
    assert_eq!(new(&["a", "b\0c"]), CommandError::Nul { place: 1 });
}

#[test]
fn it_sees_what_is_allowed_of_the_environment_and_nothing_else() {
    // Cargo sets this one for every test.
    assert!(std::env::var_os("CARGO_PKG_NAME").is_some());
    let seen = run(&command(&["env"], 5000).with_variable("ORDER", "7")).out.text;
    let names: Vec<_> = seen.lines().filter_map(|line| line.split('=').next()).collect();
    assert!(names.contains(&"PATH") && names.contains(&"ORDER"), "{seen}");
    assert!(names.iter().all(|name| Command::ALLOWED.contains(name) || *name == "ORDER"), "{seen}");
    let seen = run(&command(&["env"], 5000).allowing("CARGO_PKG_NAME")).out.text;
    assert!(seen.contains("CARGO_PKG_NAME=toban-adapters"));
}

#[test]
fn when_its_time_is_over_it_and_its_children_are_killed() {
    let folder = std::env::temp_dir().join(format!("toban-command-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let begun = Instant::now();
    // The child outlives its parent and holds the pipe.
    let script = "echo $$; (sleep 60; touch late) & sleep 60";
    let ran = run(&command(&["sh", "-c", script], 300).in_folder(&folder));
    assert_eq!(ran.end, End::TimedOut);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    let group = ran.out.text.trim();
    let alive = run(&command(&["ps", "-o", "pid=", "-g", group], 5000));
    assert_eq!(alive.out.text.trim(), "", "nobody of the group is left");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_child_that_is_left_behind_does_not_hold_up_its_parents_end() {
    let begun = Instant::now();
    let ran = run(&command(&["sh", "-c", "sleep 60 & echo done"], 30_000));
    assert_eq!((ran.end, ran.out.text.as_str()), (End::Exit(0), "done\n"));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn a_future_that_is_dropped_leaves_nothing_behind() {
    let runtime = runtime();
    let command = command(&["sh", "-c", "exec sleep 61.7"], 60_000);
    runtime.block_on(async {
        let running = tokio::time::timeout(Duration::from_millis(200), command.run());
        assert!(running.await.is_err());
    });
    let deadline = Instant::now() + Duration::from_secs(5);
    while run(&self::command(&["pgrep", "-f", "^sleep 61.7$"], 5000)).is_success() {
        assert!(Instant::now() < deadline, "it still runs");
    }
}

#[test]
fn of_a_long_output_the_end_is_kept() {
    let ran = run(&command(&["sh", "-c", "seq 1 200000; seq 1 10 >&2"], 20_000).keeping(1000));
    assert!(ran.out.text.ends_with("199999\n200000\n"), "{}", ran.out.text.len());
    assert_eq!(ran.out.text.len() as u64 + ran.out.lost, 1_288_895);
    assert_eq!((ran.out.text.len(), ran.err.lost), (1000, 0));
    assert_eq!(ran.err.text.lines().count(), 10);
}
