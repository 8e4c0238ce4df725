//! Moments in time as people write them in files: where one cannot be read, the form that is wanted is said.

use chrono::{DateTime, NaiveTime, Utc};
use serde::de::Error;
use serde::{Deserialize, Deserializer};

pub(crate) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| {
        D::Error::custom(format_args!(
            "{text:?} is no moment in time: write `2026-01-12T01:00:00Z`, or with its offset \
             `2026-01-12T10:00:00+09:00`"
        ))
    })
}

/// The same where it may be left out.
pub(crate) fn read_if_any<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<DateTime<Utc>>, D::Error> {
    #[derive(Deserialize)]
    struct Moment(#[serde(deserialize_with = "read")] DateTime<Utc>);
    Ok(Option::<Moment>::deserialize(deserializer)?.map(|Moment(at)| at))
}

pub(crate) fn read_time_of_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveTime, D::Error> {
    let text = String::deserialize(deserializer)?;
    let wanted = |_| D::Error::custom(format_args!("{text:?} is no time of day: write `09:00:00`"));
    text.parse().map_err(wanted)
}
