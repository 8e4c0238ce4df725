//! Lengths of time as whole milliseconds: the grid of all windows and slots.

use chrono::TimeDelta;
use std::fmt;

/// Milliseconds, where the length is a positive whole number of them.
pub(crate) fn as_millis(length: TimeDelta) -> Option<i64> {
    let millis = length.num_milliseconds();
    (millis > 0 && TimeDelta::try_milliseconds(millis) == Some(length)).then_some(millis)
}

/// Milliseconds, rounded towards the past.
pub(crate) fn millis(length: TimeDelta) -> i64 {
    let millis = length.num_milliseconds();
    if TimeDelta::try_milliseconds(millis).is_some_and(|rounded| rounded > length) {
        millis - 1
    } else {
        millis
    }
}

/// The length of so many milliseconds, at most what a length can express.
pub(crate) fn from_millis(millis: i64) -> TimeDelta {
    TimeDelta::try_milliseconds(millis).unwrap_or(TimeDelta::MAX)
}

/// A length of time as people write it: `5m`, `1h30m`, `30d`.
pub(crate) struct Short(pub(crate) TimeDelta);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.num_milliseconds();
        if rest < 0 {
            f.write_str("-")?;
            rest = rest.saturating_neg();
        }
        if rest == 0 {
            return f.write_str("0s");
        }
        for (unit, length) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)] {
            if rest >= length {
                write!(f, "{}{unit}", rest / length)?;
                rest %= length;
            }
        }
        Ok(())
    }
}
