//! Tables of cron, crontab(5): read as routine work, and written from it.
//!
//! [`import`] reads the table of a user, or of the system. What it cannot read is told with its line, and the rest is
//! read all the same; what means something else here than to cron is told in notes.
//!
//! ```
//! use toban_adapters::crontab::{Form, Remark, import};
//! use toban_calendar::Zone;
//!
//! let table = "# 夜間バックアップ\n30 2 * * 1-5 /usr/local/bin/backup --all\n@reboot /usr/local/bin/warm-up\n";
//! let imported = import(table, Form::User, Some(Zone::parse("+09:00")?));
//! assert!(imported.errors.is_empty());
//! let [backup, warm_up] = &imported.draft.tasks[..] else { unreachable!() };
//! assert_eq!((backup.id.as_str(), backup.title.ja.as_str()), ("backup-all", "夜間バックアップ"));
//! assert!(warm_up.when.is_none() && imported.notes.iter().any(|note| note.line == 3 && note.remark == Remark::Reboot));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is read
//! - Comments, empty lines and assignments, also quoted ones. The comment right above an entry is its title.
//! - `CRON_TZ` is the zone of the entries below it, as cronie has it; `TZ` is no more than environment. The zone of the
//!   host is not guessed: without `CRON_TZ` it is the one that was given, or none, and the draft has no times then.
//! - Five fields or `@daily` and its like; where both the day of the month and that of the week are restricted, what
//!   Debian's cron makes of it: both where one begins with `*`, and one of them else.
//! - A command is what its shell is given, `/bin/sh -c` where `SHELL` says nothing else; `%` begins its standard input.
//! - `@reboot` is an event, and no time.
//! - Each runs beside what still runs of it, and what was missed is lost: that is what cron does.
//!
//! [`export`] writes a table, and says what it cannot.

mod entry;
mod export;
mod import;
mod remark;

pub use export::{Table, export};
pub use import::{Form, ImportCause, ImportError, Imported, import};
pub use remark::{Note, Remark};

pub use crate::schedule::{Effect, ExportNote, Unsaid};
