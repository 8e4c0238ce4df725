//! This machine as a source of metrics.

use chrono::TimeDelta;
use std::process::Command;
use std::sync::Arc;
use toban_adapters::drive::SystemClock;
use toban_adapters::host::Host;
use toban_core::testing::FakeMetricSource;
use toban_core::{Clock, Labels, PortErrorKind, Sample, value_at};

fn clock() -> Arc<SystemClock> {
    Arc::new(SystemClock::new())
}

async fn measured(query: &str) -> Option<f64> {
    value_at(&Host::new(clock()), query, clock().wall(), None).await.unwrap()
}

/// The numbers of a program's output.
fn numbers(program: &str, arguments: &[&str]) -> Vec<f64> {
    let output = Command::new(program).args(arguments).env("LC_ALL", "C").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_whitespace().filter_map(|word| word.trim_end_matches('%').parse().ok()).collect()
}

#[tokio::test]
async fn memory_is_what_the_kernel_says_is_not_available() {
    let told = std::fs::read_to_string("/proc/meminfo").unwrap();
    let of = |name: &str| -> f64 {
        let line = told.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    };
    let expected = 1.0 - of("MemAvailable:") / of("MemTotal:");
    let memory = measured("host:memory").await.unwrap();
    assert!((memory - expected).abs() < 0.1, "{memory} and {expected}");
}

#[tokio::test]
async fn a_disk_is_as_full_as_df_says() {
    let numbers = numbers("df", &["--output=pcent", "/"]);
    let [percent] = numbers[..] else { panic!("{numbers:?}") };
    let disk = measured("host:disk:/").await.unwrap();
    // df rounds up.
    assert!((-0.001..0.021).contains(&(percent / 100.0 - disk)), "{disk}, {percent} %");
    // A folder lies on the file system that is mounted above it.
    assert!(measured("host:disk:/usr/bin").await.is_some());
}

#[tokio::test]
async fn however_many_ask_of_a_disk_at_once_all_are_answered() {
    let host = Host::new(clock());
    let asking: Vec<_> = (0..100)
        .map(|_| {
            let host = host.clone();
            tokio::spawn(async move { value_at(&host, "host:disk:/", clock().wall(), None).await })
        })
        .collect();
    for answer in asking {
        assert!(answer.await.unwrap().unwrap().is_some());
    }
}

#[tokio::test]
async fn processors_work_the_more_the_more_is_asked_of_them() {
    let busy = std::thread::available_parallelism().unwrap().get();
    let mut spinning: Vec<_> =
        (0..busy).map(|_| Command::new("sh").args(["-c", "while :; do :; done"]).spawn().unwrap()).collect();
    let cpu = measured("host:cpu").await.unwrap();
    for one in &mut spinning {
        one.kill().unwrap();
        one.wait().unwrap();
    }
    assert!((0.5..=1.0).contains(&cpu), "{cpu}");
    assert!(measured("host:load").await.unwrap() >= 0.0);
}

#[tokio::test]
async fn only_now_has_a_value_and_what_is_unknown_is_refused() {
    let host = Host::new(clock());
    let hour_ago = clock().wall() - TimeDelta::hours(1);
    assert_eq!(value_at(&host, "host:memory", hour_ago, None).await.unwrap(), None);
    for query in ["host:", "host:colour", "host:disk:relative", "host:disk", "up"] {
        let error = value_at(&host, query, clock().wall(), None).await.unwrap_err();
        assert_eq!(error.kind, PortErrorKind::Invalid, "{query}");
    }
    let error = value_at(&host, "host:disk:/no/such/folder", clock().wall(), None).await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::NotFound);
}

#[tokio::test]
async fn what_is_not_of_this_machine_is_asked_of_the_other_source() {
    let noon = chrono::DateTime::from_timestamp(43_200, 0).unwrap();
    let other = FakeMetricSource::new().with_sample("up", Labels::default(), Sample::new(noon, 1.0).unwrap());
    let host = Host::new(clock()).or(Arc::new(other));
    assert_eq!(value_at(&host, "up", noon, None).await.unwrap(), Some(1.0));
    assert_eq!(value_at(&host, "up", noon, Some(TimeDelta::zero())).await.unwrap(), Some(1.0));
}
