//! Processes that are killed while they write.

use super::{Folder, check_chain, push, read, stream};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use toban_adapters::sqlite::SqliteJournal;
use toban_durable::Hash;

/// What says to a process that it is the one to be killed: the file.
const FILE: &str = "TOBAN_TEST_JOURNAL";

const WRITERS: u64 = 6;

/// Writes until it is killed, to streams of its own and to one for all, and says what was stored.
fn write_for_ever(file: &Path) {
    let journal = SqliteJournal::open(file).unwrap();
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let journal = &journal;
            scope.spawn(move || {
                for round in 0_u64.. {
                    let name = if round % 4 == 3 { "shared".into() } else { format!("own {writer}") };
                    let stored = push(journal, &stream(&name), &format!("{writer} {round}"));
                    // Whole lines: a line that was cut off was never said.
                    let line = format!("stored\t{name}\t{}\t{}\n", stored.seq, stored.hash);
                    if std::io::stdout().write_all(line.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
}

#[test]
fn what_was_answered_before_a_kill_is_there_and_the_chain_is_whole() {
    if let Some(file) = std::env::var_os(FILE) {
        return write_for_ever(Path::new(&file));
    }
    let folder = Folder::new();
    let mut told = BTreeMap::new();
    for round in 0..20 {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "--nocapture", "--test-threads=1"]);
        command.arg("sqlite::kill::what_was_answered_before_a_kill_is_there_and_the_chain_is_whole");
        let mut child = command.env(FILE, folder.file()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Somewhere in the middle of writing, each time elsewhere; what was said until the kill arrives still counts.
        let mut left = usize::from(Hash::of_stream(&stream(&format!("round {round}"))).as_bytes()[0]) + 1;
        for line in lines.map_while(Result::ok) {
            let mut words = line.split('\t').skip_while(|word| !word.ends_with("stored")).skip(1);
            if let (Some(name), Some(seq), Some(hash)) = (words.next(), words.next(), words.next())
                && hash.len() == 64
            {
                told.insert((name.to_owned(), seq.parse::<usize>().unwrap()), hash.to_owned());
                left = left.saturating_sub(1);
                if left == 0 {
                    child.kill().unwrap();
                }
            }
        }
        assert!(!child.wait().unwrap().success(), "it never ends by itself");
        assert_eq!(left, 0, "it wrote until it was killed");
        let journal = folder.journal();
        let own = (0..WRITERS).map(|writer| format!("own {writer}")).chain(["shared".to_owned()]);
        let streams: BTreeMap<_, _> = own
            .map(|name| {
                let records = read(&journal, &stream(&name));
                check_chain(&stream(&name), &records);
                (name, records)
            })
            .collect();
        for ((name, seq), hash) in &told {
            let record = streams[name].get(seq - 1);
            assert_eq!(record.map(|record| record.hash.to_string()).as_ref(), Some(hash), "{name} {seq}");
        }
    }
    assert!(told.len() > 1000, "{}", told.len());
}
