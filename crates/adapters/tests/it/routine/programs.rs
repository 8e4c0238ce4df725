//! The programs of tasks.

use chrono::{DateTime, TimeDelta};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use toban_adapters::routine::Programs;
use toban_core::{Message, Notifier, Text};
use toban_durable::{Epoch, Found, Order, OrderId};
use toban_routine::firing::Ran;
use toban_routine::testing::{Programs as Known, runner_keeps_its_contract};
use toban_routine::{FiringId, Halt, Job, TaskId, TaskRunner};

fn argv(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn sh(script: &str) -> Vec<String> {
    argv(&["sh", "-c", script])
}

/// A folder of its own, gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("toban-programs-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn path(&self, file: &str) -> String {
        self.0.join(file).display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn order<E>(effect: E, fence: u64, time_out: TimeDelta) -> Order<E> {
    Order {
        id: OrderId { record: 1, place: 0 },
        key: "routine-firing/check/2026-11-25T22:00:00Z#1.0".into(),
        attempt: 1,
        fence: Epoch(fence),
        effect,
        time_out,
        is_in_doubt: false,
        is_wanted: true,
    }
}

fn firing() -> FiringId {
    let nominal = DateTime::parse_from_rfc3339("2026-11-25T22:00:00Z").unwrap().to_utc();
    FiringId { task: TaskId::new("check").unwrap(), nominal }
}

fn job(argv: Vec<String>) -> Job {
    Job { firing: firing(), argv, is_repeatable: false, find_out: None }
}

async fn run(programs: &Programs, argv: Vec<String>) -> Ran {
    programs.run(&order(job(argv), 1, TimeDelta::seconds(30))).await.unwrap()
}

async fn until(what: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !what() {
        assert!(Instant::now() < end, "it does not come");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn they_keep_the_contract_of_a_runner() {
    let known = Known {
        succeeds: argv(&["true"]),
        fails: sh("echo 'no space left' >&2; exit 3"),
        hangs: argv(&["sleep", "60"]),
        cannot_start: argv(&["/no/such/program"]),
    };
    runner_keeps_its_contract(&Programs::new(), &known).await;
}

#[tokio::test]
async fn a_program_knows_what_it_is_for_and_what_it_says_last_is_kept() {
    let programs = Programs::new().of_journal("/var/journal.db").in_folder("/");
    let script = r#"echo first; echo "$TOBAN_TASK $TOBAN_NOMINAL $TOBAN_ORDER $TOBAN_ATTEMPT $TOBAN_FENCE $TOBAN_REPEATABLE $TOBAN_JOURNAL $PWD""#;
    let said =
        "check 2026-11-25T22:00:00Z routine-firing/check/2026-11-25T22:00:00Z#1.0 1 1 no /var/journal.db /";
    assert_eq!(run(&programs, sh(script)).await, Ran { is_success: true, said: said.into() });
    let failed = run(&programs, sh("echo 'no space left' >&2; exit 3")).await;
    assert_eq!(failed, Ran { is_success: false, said: "sh ended with 3: no space left".into() });
}

#[tokio::test]
async fn one_that_takes_too_long_is_killed_and_known_to_have_failed_before_its_order_is_given_up() {
    let begun = Instant::now();
    let ran =
        Programs::new().run(&order(job(argv(&["sleep", "60"])), 1, TimeDelta::seconds(2))).await.unwrap();
    assert!(!ran.is_success && ran.said.contains("did not end in its time"), "{ran:?}");
    // It has all of its time, which is what its order has but for a second.
    let took = begun.elapsed();
    assert!((Duration::from_secs(1)..Duration::from_secs(2)).contains(&took), "{took:?}");
}

#[tokio::test]
async fn one_that_is_asked_to_end_may_tidy_up_and_one_that_is_ended_may_not() {
    for (is_at_once, tidied) in [(false, true), (true, false)] {
        let folder = Folder::new(if is_at_once { "end" } else { "ask" });
        let (ready, tidy) = (folder.path("ready"), folder.path("tidied"));
        let script = format!("trap 'touch {tidy}; exit 0' TERM; touch {ready}; while :; do sleep 0.05; done");
        let programs = Arc::new(Programs::new());
        let running = tokio::spawn({
            let programs = Arc::clone(&programs);
            async move { run(&programs, sh(&script)).await }
        });
        until(|| Path::new(&ready).exists()).await;
        let halt = Halt { firing: firing(), is_at_once };
        programs.stop(&order(halt, 1, TimeDelta::seconds(30))).await.unwrap();
        let ran = running.await.unwrap();
        // One that ends well although it was asked to end has done what it is for.
        assert_eq!((ran.is_success, Path::new(&tidy).exists()), (tidied, tidied), "{ran:?}");
    }
}

#[tokio::test]
async fn what_a_dead_process_left_is_waited_for_and_found_out_or_stopped() {
    let folder = Folder::new("left");
    let done = folder.path("done");
    let left = |script: String| {
        let mut command = std::process::Command::new("sh");
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let key = "routine-firing/check/2026-11-25T22:00:00Z#1.0";
        command
            .args(["-c", &script])
            .env("TOBAN_ORDER", key)
            .env("TOBAN_FENCE", "1")
            .env("TOBAN_REPEATABLE", "no");
        let child = command.spawn().unwrap();
        // It is there a moment before its environment is.
        let environment = format!("/proc/{}/environ", child.id());
        while std::fs::read(&environment).unwrap().is_empty() {
            std::thread::yield_now();
        }
        child
    };
    let find_out = sh(&format!("test -e {done}"));
    let in_doubt = order(Job { find_out: Some(find_out), ..job(argv(&["true"])) }, 2, TimeDelta::seconds(30));
    let programs = Programs::new();
    assert_eq!(programs.find_out(&in_doubt).await, Found::NotDone);
    let mut child = left(format!("sleep 0.5; touch {done}"));
    let reaped = std::thread::spawn(move || child.wait().unwrap());
    assert_eq!(
        programs.find_out(&in_doubt).await,
        Found::Outcome(Ran { is_success: true, said: String::new() })
    );
    reaped.join().unwrap();
    let unknown =
        order(Job { find_out: Some(sh("exit 7")), ..job(argv(&["true"])) }, 2, TimeDelta::seconds(30));
    assert_eq!(programs.find_out(&unknown).await, Found::Unknown);
    assert_eq!(
        programs.find_out(&order(job(argv(&["true"])), 2, TimeDelta::seconds(30))).await,
        Found::Unknown
    );

    // No `exec`: at that moment a process has no environment to be known by.
    let mut child = left("sleep 60; true".into());
    let reaped = std::thread::spawn(move || child.wait().unwrap());
    let halt = Halt { firing: firing(), is_at_once: false };
    let begun = Instant::now();
    programs.stop(&order(halt, 2, TimeDelta::seconds(30))).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(10) && !reaped.join().unwrap().success());
}

#[tokio::test]
async fn people_are_told_through_a_program() {
    let folder = Folder::new("tell");
    let told = folder.path("told");
    let tell = sh(&format!("printf '%s\n' \"$1\" \"$2\" \"$3\" > {told}"));
    let tell = [tell, argv(&["tell", "{ja}", "{en}", "{what}"])].concat();
    let programs = Programs::new().telling(tell).unwrap();
    let message = Message {
        key: "routine-firing/check/2026-11-25T22:00:00Z#1.1".into(),
        attempt: 1,
        fence: 1,
        words: Text::new("確認：期限超過", "check: its deadline has passed"),
        data: r#"{"what":"overdue"}"#.into(),
    };
    programs.notify(&message).await.unwrap();
    let text = std::fs::read_to_string(&told).unwrap();
    assert_eq!(text, "確認：期限超過\ncheck: its deadline has passed\n{\"what\":\"overdue\"}\n");
    assert!(Programs::new().telling(Vec::new()).is_err());
}
