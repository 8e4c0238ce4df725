//! Signs of life while something long is read.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::Duration;

/// A bar of things that are counted, on standard error, if that is a terminal.
pub(crate) fn count(name: &str, of: u64, what: &str) -> ProgressBar {
    let template = format!("{{msg}} {{wide_bar}} {{pos}} of {{len}} {what}, {{eta}} left");
    let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar =
        ProgressBar::with_draw_target(Some(of), ProgressDrawTarget::stderr_with_hz(5)).with_style(style);
    bar.set_message(name.to_owned());
    bar
}

/// A bar on standard error, if that is a terminal: of bytes where their number is known, otherwise a spinner.
pub(crate) fn bar(name: &str, bytes: Option<u64>) -> ProgressBar {
    let template = match bytes {
        Some(_) => "{msg} {wide_bar} {bytes} of {total_bytes}, {eta} left",
        None => "{msg} {spinner} {bytes}",
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::with_draw_target(bytes, ProgressDrawTarget::stderr_with_hz(5)).with_style(style);
    bar.set_message(name.to_owned());
    if bytes.is_none() {
        bar.enable_steady_tick(Duration::from_millis(200));
    }
    bar
}
