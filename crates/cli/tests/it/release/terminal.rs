//! What a person sees who sits at a terminal, in a real one of a given width.

use super::{PLAN, Release};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::fs::{File, OpenOptions};
use std::io::Read;
use std::process::Command;

/// A plan that waits for nobody, with a check that passes while a stage soaks.
fn plan() -> String {
    let check = "{name: errors, query: errors, judge: {threshold: {failure: {above: 1.0}}}, schedule: {until_end: \
                 {interval: 50ms, after: 10ms}}, rules: {strict: {min_successes: 1, max_failures: 0, \
                 max_inconclusive: 0, missing: hold, patience: {retry: 20ms, hold_after: 3, abort_after: 9}}}}";
    PLAN.replace("demands: [approval]", "demands: []")
        .replace("two_persons", "one_person")
        .replace("weight: 5, soak: 200ms", "weight: 5, soak: 1500ms")
        .replace("name: first visitors", "name: スキーマledger-42の最初の利用者")
        .replace("stage: first visitors", "stage: スキーマledger-42の最初の利用者")
        .replace("rollout: {}", &format!("rollout: {{checks: [{check}], measure: [echo, \"0\"]}}"))
}

/// What was seen while a command ran: each screen that differed from the one before, the last one with all that had been
/// scrolled out of it.
fn seen(release: &Release, words: &[&str], columns: u16) -> Vec<String> {
    const ROWS: u16 = 200;
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    let slave = OpenOptions::new().read(true).write(true).open(name).unwrap();
    let size = Winsize { ws_row: ROWS, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&slave, size).unwrap();
    let again = || slave.try_clone().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_toban"));
    command.arg("release").args(words).arg("--journal").arg(&release.journal);
    command.env("TERM", "xterm-256color").env_remove("COLUMNS").env_remove("NO_COLOR");
    let mut child = command.stdin(again()).stdout(again()).stderr(again()).spawn().unwrap();
    // The terminal ends when the last one that has it does.
    drop((command, slave));
    let (mut master, mut terminal) = (File::from(master), vt100::Parser::new(ROWS, columns, 0));
    let (mut seen, mut block) = (Vec::new(), [0; 4096]);
    while let Ok(count @ 1..) = master.read(&mut block) {
        terminal.process(&block[..count]);
        let rows: Vec<_> = terminal.screen().rows(0, columns).collect();
        let screen = rows.join("\n").trim_end().to_owned();
        if seen.last() != Some(&screen) {
            seen.push(screen);
        }
    }
    assert!(child.wait().unwrap().success(), "{:?}", seen.last());
    seen
}

#[test]
fn the_line_that_lives_stays_in_its_place_and_is_gone_in_the_end() {
    for (language, columns) in [("en", 60), ("en", 140), ("ja", 60), ("ja", 80), ("ja", 140)] {
        let release = Release::new(&format!("terminal-{language}-{columns}"), &plan());
        let plan = release.plan.to_str().unwrap();
        let seen = seen(&release, &["run", "--plan", plan, "--lang", language], columns);
        // The bar of a soak stands in no other line.
        let lines = |screen: &String| screen.lines().filter(|line| line.contains(['█', '░'])).count();
        assert!(seen.iter().any(|screen| lines(screen) == 1), "{seen:?}");
        assert!(seen.iter().all(|screen| lines(screen) <= 1), "{columns} {language}: {}", seen.join("\n\n"));
        assert_eq!(lines(seen.last().unwrap()), 0);
    }
}

#[test]
fn what_has_no_room_on_a_line_goes_on_below_with_its_words_and_names_whole() {
    let soaking = [("en", "soaks for 2s more", "errors is measured"), ("ja", "観察あと2s", "errors 計測中")];
    for (language, left, stands) in soaking {
        for columns in [60, 80, 140] {
            let release = Release::new(&format!("words-{language}-{columns}"), &plan());
            let plan = release.plan.to_str().unwrap();
            let seen = seen(&release, &["run", "--plan", plan, "--lang", language], columns);
            let without = |text: &str| text.split_whitespace().collect::<String>();
            // However the line that lives is broken, all of it is there.
            let has = |screen: &String, what: &str| without(screen).contains(&without(what));
            assert!(
                seen.iter().any(|screen| has(screen, left) && has(screen, stands)),
                "{columns} {language}: {seen:#?}"
            );
            let status: serde_json::Value =
                serde_json::from_str(&release.tell(&["status", "--format", "json"])).unwrap();
            let revision = &status["revision"].as_str().unwrap()[..19];
            for screen in &seen[1..] {
                for whole in [revision, "ledger-42", "shop 2.0", "`toban", "prepare"] {
                    let (there, told) =
                        (without(screen).matches(&without(whole)).count(), screen.matches(whole));
                    assert_eq!(told.count(), there, "{columns} {language}, {whole}: {screen}");
                }
            }
            let last = seen.last().unwrap();
            let is_told_in_utc = |line: &str| line.get(2..3) == Some(":") && line.get(8..13) == Some(" UTC ");
            assert!(last.lines().any(is_told_in_utc), "{last}");
        }
    }
}
