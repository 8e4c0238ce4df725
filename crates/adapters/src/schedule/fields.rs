//! The five fields of crontab(5).

use chrono::Weekday;

use super::{Rule, Unsaid};

/// How a field says that every minute, or every hour, will do: cron takes changes of the clock by that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// By numbers: `0-59`, `0-59/15`.
    #[cfg_attr(not(feature = "crontab"), expect(dead_code, reason = "tables of cron alone take it"))]
    Numbers,
    /// By a star: `*`, `*/15`.
    Star,
}

/// Minute and hour.
pub(crate) fn time_fields(rule: &Rule, style: Style) -> String {
    format!("{} {}", field(&rule.minutes, 59, style), field(&rule.hours, 23, style))
}

/// Day of the month, month and day of the week, where they say the days.
pub(crate) fn day_fields(rule: &Rule) -> Result<String, Unsaid> {
    let part = &rule.part;
    let days = match &part.days {
        None => "*".to_owned(),
        Some(days) if !days.from_end.is_empty() => return Err(Unsaid::DaysFromEnd),
        Some(_) if weekdays(rule) != "*" => return Err(Unsaid::DaysAndWeekdays),
        Some(days) => listed(&days.from_start),
    };
    Ok(format!("{days} {} {}", months(rule), weekdays(rule)))
}

pub(crate) fn months(rule: &Rule) -> String {
    let months: Vec<_> = rule.part.months.iter().collect();
    if months.len() == 12 { "*".to_owned() } else { listed(&months) }
}

/// Sunday is 0, which all know.
pub(crate) fn weekdays(rule: &Rule) -> String {
    let mut days: Vec<_> = rule.part.weekdays.iter().map(|day: Weekday| day.num_days_from_sunday()).collect();
    days.sort_unstable();
    if days.len() == 7 { "*".to_owned() } else { listed(&days) }
}

fn field(values: &[u32], last: u32, style: Style) -> String {
    let step = match values {
        [first, second, ..] => second - first,
        _ => return listed(values),
    };
    let (first, end) =
        (values.first().copied().unwrap_or_default(), values.last().copied().unwrap_or_default());
    let is_even = values.windows(2).all(|pair| matches!(pair, [one, other] if other - one == step));
    if !is_even || values.len() < 3 {
        return listed(values);
    }
    let is_all = first == 0 && end + step > last;
    match (style, is_all, step) {
        (Style::Star, true, 1) => "*".to_owned(),
        (Style::Star, true, _) => format!("*/{step}"),
        (_, _, 1) => format!("{first}-{end}"),
        _ => format!("{first}-{end}/{step}"),
    }
}

/// `1,8-14`.
pub(crate) fn listed(values: &[u32]) -> String {
    let runs = values.chunk_by(|one, other| one + 1 == *other);
    let run = |run: &[u32]| match run {
        [first, _, .., last] => format!("{first}-{last}"),
        few => few.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
    };
    runs.map(run).collect::<Vec<_>>().join(",")
}
