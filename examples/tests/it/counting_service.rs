//! The service tells how fast its budget burns, and Prometheus can read it.

use std::io::Write;
use std::process::{Command, Stdio};

const SERVICE: &str = env!("CARGO_BIN_EXE_counting-service");

#[test]
fn ten_failures_of_five_hundred_burn_a_budget_of_a_thousandth_twenty_times_too_fast() {
    let (code, stdout, stderr) = crate::run(SERVICE, &[]);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stderr.contains("page-fast: firing\n"), "{stderr}");
    let samples: Vec<_> = stdout.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(samples.contains(&r#"slo_burn_rate{slo="cart",hours="1"} 20"#), "{stdout}");
    assert!(samples.contains(&r#"slo_burn_rate{slo="cart",hours="72"} 20"#), "{stdout}");
    assert!(samples.contains(&r#"slo_alert_firing{slo="cart",alert="page-fast"} 1"#), "{stdout}");
    is_readable(&stdout);
}

/// promtool decides, where it is installed.
fn is_readable(metrics: &str) {
    let promtool = Command::new("promtool").args(["check", "metrics"]).stdin(Stdio::piped()).spawn();
    let mut promtool = match promtool {
        Ok(promtool) => promtool,
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "promtool: {error}");
            eprintln!("left out, for promtool cannot be started: {error}");
            return;
        }
    };
    promtool.stdin.take().unwrap().write_all(metrics.as_bytes()).unwrap();
    assert!(promtool.wait().unwrap().success(), "{metrics}");
}
