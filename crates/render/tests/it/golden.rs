//! Files that hold what a report looks like. `BLESS=1 cargo test` writes them anew; a person reads the difference.

use std::path::Path;

pub(crate) fn assert_golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden").join(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    let line = golden.lines().zip(text.lines()).position(|(old, new)| old != new);
    let line = line.unwrap_or(golden.lines().count().min(text.lines().count())) + 1;
    assert!(golden == text, "{name} differs from line {line} on; it is now:\n{text}");
}
