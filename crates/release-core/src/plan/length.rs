//! Lengths of time in files and journals: as people write them.

pub use toban_core::{Length, LengthError};

pub(crate) mod text {
    use super::Length;
    use chrono::TimeDelta;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(length: &TimeDelta, serializer: S) -> Result<S::Ok, S::Error> {
        Length::new(*length).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TimeDelta, D::Error> {
        Ok(Length::deserialize(deserializer)?.as_time_delta())
    }
}
