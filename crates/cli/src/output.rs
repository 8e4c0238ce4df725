//! Where results go.

use crate::args::{Colour, Output};
use crate::failure::Failure;
use std::fs;
use std::io::Write;
use std::path::Path;
use toban_render::Style;

/// Writes a whole result, or nothing: a file is written beside its place and then moved there.
pub(crate) fn write(text: &str, output: &Output) -> Result<(), Failure> {
    match &output.out {
        Some(path) => write_file(text, path)
            .map_err(|error| Failure::new(format_args!("{}: cannot be written: {error}", path.display()))),
        None => match std::io::stdout().lock().write_all(text.as_bytes()) {
            // Whoever reads has read enough, such as `head`.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            written => Ok(written?),
        },
    }
}

fn write_file(text: &str, path: &Path) -> std::io::Result<()> {
    // What is no plain file, such as a pipe, is written where it is.
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return fs::write(path, text);
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.part", std::process::id()));
    let moved = fs::write(&beside, text).and_then(|()| fs::rename(&beside, path));
    if moved.is_err() {
        // What is left of it helps nobody; that it cannot be removed either is not news.
        let _ = fs::remove_file(&beside);
    }
    moved
}

/// Columns and colour, as the terminal has them or the caller wants them.
pub(crate) fn style(output: &Output) -> (u16, Style) {
    let terminal = console::Term::stdout();
    let is_terminal = output.out.is_none() && terminal.is_term();
    let has_colour = match output.color {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    };
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let width = columns.or_else(|| Some(terminal.size_checked().filter(|_| is_terminal)?.1)).unwrap_or(100);
    (width.clamp(60, 200), if has_colour { Style::Ansi } else { Style::Plain })
}
