//! The clocks of this machine.

use chrono::TimeDelta;
use toban_adapters::drive::SystemClock;
use toban_core::Clock;

#[test]
fn two_clocks_of_this_machine_count_from_the_same_moment() {
    let (one, two) = (SystemClock::new(), SystemClock::default());
    assert_eq!(one.origin(), two.origin());
    let (before, between, after) = (one.elapsed(), two.elapsed(), one.elapsed());
    if one.origin().is_some() {
        assert!(before <= between && between <= after, "{before} {between} {after}");
    }
    assert!(before <= after);
    assert!(one.wall() <= two.wall() + TimeDelta::seconds(1));
}

#[cfg(target_os = "linux")]
#[test]
fn elapsed_time_is_that_since_the_start_of_the_machine() {
    let clock = SystemClock::new();
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    assert_eq!(clock.origin().as_deref(), Some(id.trim()));
    let hundredths = |text: &str| text.split(' ').next().unwrap().replace('.', "").parse::<i64>().unwrap();
    let before = clock.elapsed().num_milliseconds() / 10;
    let uptime = hundredths(&std::fs::read_to_string("/proc/uptime").unwrap());
    let after = clock.elapsed().num_milliseconds() / 10;
    assert!(before <= uptime && uptime <= after, "{before} {uptime} {after}");
}
