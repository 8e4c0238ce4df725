//! What a scheduler does not do of what a task says.

use chrono::{DateTime, TimeDelta, Utc};
use std::num::NonZeroU32;
use toban_core::{Length, Text};
use toban_routine::{Missed, Overlap, TaskId};

/// Something that a scheduler does not do as a task says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportNote {
    /// Of which task; `None` where it concerns all that is written.
    pub task: Option<TaskId>,
    /// Whether the task is written all the same.
    pub effect: Effect,
    /// What it does not do, or why nothing is written.
    pub unsaid: Unsaid,
}

/// Whether something is written that loses a part of what was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// It is not: it would run at other times, or not at all.
    NotWritten,
    /// It is: it runs at the times of the task, but for what is noted.
    Written,
}

/// What a scheduler does not do of what a task says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unsaid {
    /// Dates move to working days of a calendar, or are left out by it.
    Adjusted,
    /// What its alerts measure is measured by nobody.
    Alerts,
    /// It is written as several, and how runs overlap is looked at for each by itself.
    Apart {
        /// How many they are.
        count: usize,
    },
    /// No program does it, people do.
    ByHand,
    /// What was missed runs however long ago that was.
    CatchUp {
        /// How far back the task looks.
        asked: Length,
    },
    /// From a change of the clock on, the scheduler skips, doubles or moves other times than the task.
    Clock {
        /// The first instant in the next five years at which the two differ.
        at: DateTime<Utc>,
    },
    /// The command, or the folder that it runs in, has a character that cannot be written: the end of a line, or another that is none of text.
    Control,
    /// The rule for dates: a calendar, every so many days or weeks, listed dates, years.
    Dates,
    /// Days of the month and weekdays that must both match.
    DaysAndWeekdays,
    /// Days that count from the end of the month.
    DaysFromEnd,
    /// Nobody looks at by when it is to be done.
    Deadline {
        /// By when, from the time it is due on.
        asked: Length,
    },
    /// Its starts are spread, and each by another delay than the task's: one for the task, the same at each of its times.
    Delay {
        /// The time over which they are.
        asked: Length,
    },
    /// What becomes of a try of which nobody has heard: nobody finds out, repeats it or gives it up.
    Doubt,
    /// Times that the clock jumps over all run at the end of the gap, one after another, where the task runs once.
    EachSkipped {
        /// The end of the first such gap in the next five years.
        at: DateTime<Utc>,
        /// How often it runs there.
        count: u32,
    },
    /// It ends.
    Ends {
        /// When.
        at: DateTime<Utc>,
    },
    /// Events start it too.
    Events,
    /// Commands run elsewhere than in the folder of the definition; a program that is named from there cannot be found where
    /// the folder is not known.
    Folder,
    /// The scheduler waits for a start that is late for at least ten seconds.
    Grace {
        /// How late on time still is for the task.
        asked: Length,
    },
    /// The command itself asks for the date, and ends at once on others. It needs `date` of GNU.
    Guarded,
    /// An interval of elapsed time that is no whole part of a day, nor a day or a week.
    Interval {
        /// The interval.
        step: TimeDelta,
    },
    /// Its starts are not spread.
    Jitter {
        /// The time over which the task spreads them.
        asked: Length,
    },
    /// It would take more lines, or a longer line, than the scheduler reads.
    Long,
    /// What becomes of missed times.
    Missed {
        /// What the task says.
        asked: Missed,
        /// What the scheduler does.
        done: Missed,
    },
    /// What happens when it is due while it still runs.
    Overlap {
        /// What the task says.
        asked: Overlap,
        /// What the scheduler does.
        done: Overlap,
    },
    /// Between two tries the scheduler waits ten seconds, then twice as long each time, and six minutes at most.
    Pause {
        /// How long the task does.
        asked: Length,
    },
    /// The program has a name that the scheduler refuses, or takes for something else.
    Program,
    /// It is called something else, since the name is too long, ends with `-` or is taken.
    Renamed {
        /// What it is called.
        name: String,
    },
    /// Times between two minutes.
    Seconds,
    /// It starts later.
    Starts {
        /// When.
        at: DateTime<Utc>,
    },
    /// Nobody ends it that takes too long.
    TimeOut {
        /// How long it may take.
        asked: Length,
    },
    /// It is begun once, also where it fails.
    Tries {
        /// How often the task has it begun until it comes to a good end.
        asked: NonZeroU32,
    },
    /// Its times are not known.
    Unscheduled,
    /// Programs do not see these variables of the environment of whoever runs the definition.
    Variables {
        /// Their names.
        names: Vec<String>,
    },
    /// The zone has no name: it is an offset that is not whole hours.
    Zone {
        /// The zone.
        zone: String,
    },
    /// The zone stands in `CRON_TZ`: cronie goes by it, and Debian's cron does not and has that of the host alone.
    ZoneVariable,
}

impl ExportNote {
    /// The note in words, the task with it.
    #[must_use]
    pub fn text(&self) -> Text {
        let (text, task) = (self.unsaid.text(), self.task.as_ref());
        let (ja, en) = match self.effect {
            Effect::NotWritten => ("書き出さない: ", "not written: "),
            Effect::Written => ("", ""),
        };
        let task = task.map(|task| format!("{task}: ")).unwrap_or_default();
        Text::new(format!("{task}{ja}{}", text.ja), format!("{task}{en}{}", text.en))
    }
}

impl Unsaid {
    /// It in words.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Adjusted => {
                Text::new("営業日への移動", "dates move to working days, or are left out by a calendar")
            }
            Self::Alerts => {
                Text::new("アラート条件は誰も測らない", "nobody measures what its alerts are about")
            }
            Self::Apart { count } => Text::new(
                format!("{count}個に分けて書き、実行の重なりは個別に判断される"),
                format!("written as {count}, and how runs overlap is looked at for each by itself"),
            ),
            Self::ByHand => Text::new("コマンドのない手作業", "no program does it, people do"),
            Self::CatchUp { asked } => Text::new(
                format!("逃した回は、どれだけ前でも実行する (作業の指定は{asked}前まで)"),
                format!("what was missed runs however long ago it was (the task looks back {asked})"),
            ),
            Self::Clock { at } => Text::new(
                format!("時計の変更の扱いが異なる。最初は{}", show(*at)),
                format!("changes of the clock are taken differently, first at {}", show(*at)),
            ),
            Self::Control => Text::new(
                "コマンドか、その実行フォルダーに、改行などの制御文字がある",
                "the command, or the folder that it runs in, has an end of a line or another control character",
            ),
            Self::Dates => Text::new(
                "日付の規則 (カレンダー、n日・n週ごと、日付の列挙、年)",
                "its dates: a calendar, every so many days or weeks, listed dates or years",
            ),
            Self::DaysAndWeekdays => {
                Text::new("日と曜日の両方に合う日", "days of the month and weekdays that must both match")
            }
            Self::DaysFromEnd => Text::new("月末から数えた日", "days that count from the end of the month"),
            Self::Deadline { asked } => Text::new(
                format!("期限 ({asked}) は誰も見ない"),
                format!("nobody looks at its deadline ({asked})"),
            ),
            Self::Delay { asked } => Text::new(
                format!("開始は{asked}までの間でずれるが、ずれ方は異なる (毎回同じ長さ)"),
                format!(
                    "a start waits for up to {asked}, but not for as long as here: it is the same each time"
                ),
            ),
            Self::Doubt => Text::new(
                "結果の分からない試行の扱い (find_out、repeatable、give_up) はない",
                "nothing becomes of a try of which nobody has heard (find_out, repeatable, give_up)",
            ),
            Self::EachSkipped { at, count } => Text::new(
                format!(
                    "時計が飛ばす時刻の分もその直後に1回ずつ実行する (作業の指定は合わせて1回)。最初は{}の{count}回",
                    show(*at)
                ),
                format!(
                    "runs once for each time that the clock jumps over, where the task runs once for all: first {count} times at {}",
                    show(*at)
                ),
            ),
            Self::Ends { at } => {
                Text::new(format!("{}での終了", show(*at)), format!("it ends at {}", show(*at)))
            }
            Self::Events => Text::new("出来事による開始", "events start it too"),
            Self::Folder => Text::new(
                "定義のフォルダーでは実行されない: そこから名指したものは見つからない",
                "nothing runs in the folder of the definition: what is named from there is not found",
            ),
            Self::Grace { asked } => Text::new(
                format!("遅れは少なくとも10秒許される (作業の指定は{asked})"),
                format!("it may start ten seconds late at least (the task says {asked})"),
            ),
            Self::Guarded => Text::new(
                "日付はコマンド自身が確かめ、合わなければ直ちに終わる (GNUのdateが必要)",
                "the command itself asks for the date, and ends at once on others (it needs GNU date)",
            ),
            Self::Interval { step } => Text::new(
                format!("{}秒ごと: 1日を割り切らない間隔", step.num_seconds()),
                format!("every {} s: no whole part of a day", step.num_seconds()),
            ),
            Self::Jitter { asked } => Text::new(
                format!("開始を{asked}の間に散らさない"),
                format!("starts are not spread over {asked}"),
            ),
            Self::Long => {
                Text::new("行が多すぎるか長すぎる", "it takes too many lines, or one that is too long")
            }
            Self::Missed { asked, done } => {
                let (asked, done) = (missed(*asked), missed(*done));
                Text::new(
                    format!("逃した回は{} (作業の指定は「{}」)", done.ja, asked.ja),
                    format!("of what was missed, {} (the task says: {})", done.en, asked.en),
                )
            }
            Self::Overlap { asked, done } => {
                let (asked, done) = (overlap(*asked), overlap(*done));
                Text::new(
                    format!("前回が実行中のとき{} (作業の指定は「{}」)", done.ja, asked.ja),
                    format!("while it still runs, {} (the task says: {})", done.en, asked.en),
                )
            }
            Self::Pause { asked } => Text::new(
                format!("やり直しまで10秒、以後は倍ずつ、最大6分待つ (作業の指定は{asked})"),
                format!(
                    "it waits ten seconds between tries, then twice as long each time, six minutes at most (the task says {asked})"
                ),
            ),
            Self::Program => Text::new(
                "プログラム名が拒まれるか、別の意味に読まれる",
                "the name of the program would be refused, or taken for something else",
            ),
            Self::Renamed { name } => Text::new(format!("名前は{name}"), format!("it is called {name}")),
            Self::Seconds => Text::new("分より細かい時刻", "times between two minutes"),
            Self::Starts { at } => {
                Text::new(format!("{}からの開始", show(*at)), format!("it starts at {}", show(*at)))
            }
            Self::TimeOut { asked } => Text::new(
                format!("{asked}を過ぎても終わらせない"),
                format!("nobody ends it that takes longer than {asked}"),
            ),
            Self::Tries { asked } => Text::new(
                format!("失敗しても1回しか始めない (作業の指定は{asked}回まで)"),
                format!("it is begun once, also where it fails (the task says up to {asked} times)"),
            ),
            Self::Unscheduled => Text::new("時刻が決まっていない", "its times are not known"),
            Self::Variables { names } => Text::new(
                format!("環境変数{}は渡らない", names.join("、")),
                format!("programs do not see these variables of the environment: {}", names.join(", ")),
            ),
            Self::Zone { zone } => Text::new(
                format!("タイムゾーン{zone}には名前がない"),
                format!("the zone {zone} has no name: it is not whole hours from UTC"),
            ),
            Self::ZoneVariable => Text::new(
                "タイムゾーンはCRON_TZで指定: cronieは従い、Debianのcronは無視してホストのものを使う",
                "the zone is said by CRON_TZ: cronie goes by it, Debian's cron ignores it and has the host's",
            ),
        }
    }
}

fn missed(missed: Missed) -> Text {
    match missed {
        Missed::All { most } => {
            Text::new(format!("最大{most}回まですべて実行する"), format!("all run, at most {most}"))
        }
        Missed::Coalesce => Text::new("まとめて1回実行する", "one run stands for all"),
        Missed::Latest => Text::new("最後の回を実行する", "the last runs"),
        Missed::Skip => Text::new("実行しない", "none runs"),
    }
}

fn overlap(overlap: Overlap) -> Text {
    match overlap {
        Overlap::AllowAll => Text::new("並行して始める", "another one starts beside it"),
        Overlap::BufferAll => Text::new("すべて順に待つ", "all wait"),
        Overlap::BufferOne => Text::new("1回だけ待つ", "one waits"),
        Overlap::CancelOther => {
            Text::new("実行中のものに終了を求めてから始める", "it is asked to end, and the next one starts")
        }
        Overlap::Skip => Text::new("始めない", "none starts"),
        Overlap::TerminateOther => {
            Text::new("実行中のものを直ちに終わらせて始める", "it is ended at once, and the next one starts")
        }
    }
}

fn show(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%SZ").to_string()
}
