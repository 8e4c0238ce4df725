//! The ban list, on sources made up for the purpose.

use std::path::Path;
use xtask::bans::{Findings, Kind, file};
use xtask::source::Code;

fn check(code: &str, kind: Kind) -> Findings {
    file(Path::new("crates/x/src/a.rs"), &format!("//! A room.\n{code}"), kind)
}

/// The errors of a pure file, each without the path before its line.
fn pure(code: &str) -> Vec<String> {
    let errors = check(code, Kind::Pure).errors;
    errors.iter().map(|error| error.trim_start_matches("crates/x/src/a.rs:").to_owned()).collect()
}

#[test]
fn a_banned_call_is_found_with_its_line() {
    assert_eq!(
        pure("fn f() {\n    let _ = std::fs::read(\"x\");\n}"),
        ["3: std::fs has no place in a pure crate"]
    );
}

#[test]
fn a_banned_module_is_found_however_it_is_imported() {
    for code in [
        "use std::env;",
        "use std::{env};",
        "use std::{fmt, env as e};",
        "use std::{collections::{BTreeMap, HashMap}, env::{self, var}};",
        "use {std::env::var, std::fmt};",
        "use ::std::env::var;",
        "fn f() { ::std::env::args(); }",
        "use std :: env;",
    ] {
        assert_eq!(pure(code), ["2: std::env has no place in a pure crate"; 1], "{code}");
    }
}

#[test]
fn names_that_only_look_banned_pass() {
    for code in [
        "use std::fmt::{self, Display};\nuse crate::env;\nlet fs = network::std::fs_of();",
        "use std::{environment::x, fmt};",
        "fn print(printer: &P) { printer.println(); }",
        "use std::io::{Read, Write};",
        "use std::time::Duration;",
    ] {
        assert_eq!(pure(code), [""; 0], "{code}");
    }
}

#[test]
fn every_way_out_of_a_pure_crate_is_shut() {
    for code in [
        "use std::net::TcpStream;",
        "std::process::exit(1)",
        "std::thread::sleep(d)",
        "std::time::Instant::now()",
        "let t: std::time::SystemTime;",
        "use std::io::{self, stdout};",
        "println!(\"x\")",
        "dbg!(x)",
        "eprint !(\"x\")",
    ] {
        assert_eq!(pure(code).len(), 1, "{code}");
    }
}

#[test]
fn comments_and_literals_do_not_trip_it() {
    for code in [
        "/// ```\n/// println!(\"{}\", std::fs::read(x));\n/// ```",
        "// std::env::var\n/* std::net /* nested */ todo!() */",
        "let a = \"std::fs \\\" std::env\"; let b = r#\"println!(\"x\")\"#; let c = b\"todo!()\";",
        "let quote = '\"'; let escaped = '\\''; let byte = b'\"';",
    ] {
        assert_eq!(pure(code), [""; 0], "{code}");
    }
}

#[test]
fn what_follows_a_comment_a_literal_or_a_lifetime_is_still_read() {
    for code in [
        "/* a */ use std::fs;",
        "let a = \"x\\\\\"; std::fs::read(a)",
        "let a = r##\"x\"# y\"##; std::fs::read(a)",
        "fn f<'a>(x: &'a str) { std::fs::read(x) }",
        "let quote = '\"'; std::fs::read(quote)",
        "let c = '\\u{1F980}'; std::fs::read(c)",
        "'outer: loop { std::fs::read(\"x\") }",
    ] {
        assert_eq!(pure(code), ["2: std::fs has no place in a pure crate"; 1], "{code}");
    }
}

#[test]
fn tests_are_lifted_and_what_stands_after_them_is_not() {
    let tests = "#[cfg(test)]\n#[allow(dead_code, reason = \"x\")]\nmod tests { fn f() { println!(\"{}\", [1; 2]); } }";
    assert_eq!(pure(tests), [""; 0]);
    assert_eq!(pure(&format!("{tests}\nuse std::fs;")).len(), 1);
    assert_eq!(
        pure("#[cfg(test)]\nuse std::fs;\nuse std::env;"),
        ["4: std::env has no place in a pure crate"]
    );
}

#[test]
fn a_package_that_touches_the_world_may_do_so() {
    assert_eq!(check("use std::fs; fn f() { println!(\"x\"); }", Kind::Worldly), Findings::default());
}

#[test]
fn an_ignored_test_and_work_left_undone_are_found_anywhere() {
    for code in [
        "#[ignore]",
        "#[ignore = \"slow\"]",
        "fn f() { todo!() }",
        "#[cfg(test)] fn f() { unimplemented!(\"x\") }",
    ] {
        for kind in [Kind::Pure, Kind::Worldly] {
            assert_eq!(check(code, kind).errors.len(), 1, "{code}");
        }
    }
}

#[test]
fn a_file_says_on_its_first_line_what_it_is_for() {
    let found = file(Path::new("a.rs"), "use std::fmt;\n//! Late.\n", Kind::Worldly);
    assert!(matches!(found.errors.as_slice(), [one] if one.starts_with("a.rs:1:")), "{found:?}");
}

#[test]
fn a_module_is_never_called_mod() {
    assert_eq!(file(Path::new("a/mod.rs"), "//! A.\n", Kind::Worldly).errors.len(), 1);
    assert_eq!(file(Path::new("a/model.rs"), "//! A.\n", Kind::Worldly), Findings::default());
}

#[test]
fn length_is_a_warning_above_600_lines_and_an_error_above_1000() {
    // One line more than these: the first says what the file is for.
    let of = |lines: usize| check(&"\n".repeat(lines), Kind::Worldly);
    assert_eq!(of(599), Findings::default());
    assert_eq!((of(600).errors.len(), of(600).warnings.len()), (0, 1));
    assert_eq!((of(999).errors.len(), of(999).warnings.len()), (0, 1));
    assert_eq!((of(1000).errors.len(), of(1000).warnings.len()), (1, 0));
}

#[test]
fn an_unfinished_literal_or_comment_ends_with_the_file() {
    for text in
        ["\"", "'", "'\\", "/*", "/* /", "r#\"", "b", "b'", "#[cfg(test)]", "use std::{", "use std::", "a as"]
    {
        let _ = Code::read(text).without_tests().paths();
    }
}
