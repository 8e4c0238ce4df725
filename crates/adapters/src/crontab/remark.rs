//! What an entry of a table means to cron and not here, or the other way round.

use toban_calendar::BothDays;
use toban_core::Text;

/// What somebody should know about a line that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Note {
    /// The line, counted from one.
    pub line: u64,
    /// What there is to know.
    pub remark: Remark,
}

/// What there is to know about a line that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remark {
    /// The day of the month and that of the week are both restricted, and so Debian's cron joins them.
    BothDays {
        /// How it joins them.
        both: BothDays,
    },
    /// What follows `%` is standard input, with a line for each further `%`: a pipe from `printf` here.
    Input,
    /// What entries print is mailed by cron, and by nobody here.
    Mail {
        /// To whom; nobody where it is empty.
        to: String,
    },
    /// Neither the table nor the caller says in which zone the times are: nothing can be scheduled before that is said.
    NoZone,
    /// What cron does: each runs beside what still runs of it, and what was missed is lost. Said once.
    Policies,
    /// An event, and no time.
    Reboot,
    /// Where commands run: as whom, in which directory, with which `PATH`. Said once.
    Surroundings,
    /// `TZ` is environment of the commands; cron starts nothing by it.
    TimeZoneOfCommands,
    /// Cron runs it as this user; nothing here changes the user.
    User {
        /// The user.
        user: String,
    },
    /// The commands below have this environment, given by `env`.
    Variable {
        /// The name.
        name: String,
    },
    /// The times below are those of this zone, as cronie reads `CRON_TZ`; Debian's cron reads it as environment alone.
    Zone {
        /// The zone.
        zone: String,
    },
}

impl Note {
    /// The note in words, without its line.
    #[must_use]
    pub fn text(&self) -> Text {
        self.remark.text()
    }
}

impl Remark {
    /// The remark in words.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::BothDays { both: BothDays::And } => Text::new(
                "日と曜日の両方を指定し、一方が「*」で始まるため、両方に合う日とした (Debianのcron)",
                "restricts both the day of the month and that of the week, and one begins with `*`: a date must match both, as Debian's cron has it",
            ),
            Self::BothDays { both: BothDays::Or } => Text::new(
                "日と曜日の両方を指定しているため、どちらかに合う日とした (crontab(5))",
                "restricts both the day of the month and that of the week: a date that matches one of them is enough, as crontab(5) has it",
            ),
            Self::Input => Text::new(
                "「%」以降は標準入力。printfからのパイプとして残した",
                "what follows `%` is standard input: kept as a pipe from printf",
            ),
            Self::Mail { to } if to.is_empty() => Text::new(
                "MAILTOが空: cronは出力を誰にも送らない。ここでも送らない",
                "MAILTO is empty: cron mails the output to nobody, and so does nothing here",
            ),
            Self::Mail { to } => Text::new(
                format!("MAILTO={to}: cronは出力をメールで送る。ここでは送らない"),
                format!("MAILTO={to}: cron mails the output, and nothing here does"),
            ),
            Self::NoZone => Text::new(
                "時刻のタイムゾーンが不明: CRON_TZも引数もない。決めるまで予定できない",
                "in which zone are the times? neither CRON_TZ nor the caller says it, and nothing can be scheduled before",
            ),
            Self::Policies => Text::new(
                "cronと同じ: 前回が実行中でも並行して始め (overlap: allow_all)、逃した回は実行しない (missed: skip)",
                "as cron does: runs start beside what still runs (overlap: allow_all), and what was missed is not caught up with (missed: skip)",
            ),
            Self::Reboot => Text::new(
                "@rebootは時刻でなく出来事: 起動時に行う作業とした",
                "@reboot is an event and no time: a task for when the machine starts",
            ),
            Self::Surroundings => Text::new(
                "cronは表の持ち主として、そのホームディレクトリで、指定がなければPATH=/usr/bin:/binで実行する",
                "cron runs commands as the owner of the table, in the home directory, with PATH=/usr/bin:/bin where none is set",
            ),
            Self::TimeZoneOfCommands => Text::new(
                "TZはコマンドの環境であり、cronが始める時刻には関わらない",
                "TZ is environment of the commands: cron starts nothing by it",
            ),
            Self::User { user } => Text::new(
                format!("cronはユーザー{user}として実行する。ここではユーザーを変えない"),
                format!("cron runs it as the user {user}; nothing here changes the user"),
            ),
            Self::Variable { name } => Text::new(
                format!("以降のコマンドの環境: {name} (envで渡す)"),
                format!("environment of the commands below: {name} (given by env)"),
            ),
            Self::Zone { zone } => Text::new(
                format!(
                    "CRON_TZ={zone}: cronieと同じく以降の時刻のタイムゾーンとした。Debianのcronは環境とみなす"
                ),
                format!(
                    "CRON_TZ={zone}: the zone of the times below, as cronie has it; to Debian's cron it is environment alone"
                ),
            ),
        }
    }
}
