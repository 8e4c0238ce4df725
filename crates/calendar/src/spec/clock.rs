//! Changes of the clock as people write them in a file.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::civil::{Fold, Gap};
use crate::recurrence::ClockChange;

/// The policies as they stand in a file: `each_showing`, or `{ gap: first_after, fold: earlier }`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, remote = "ClockChange")]
enum ClockChangeForm {
    EachShowing,
    Once {
        #[serde(with = "GapForm")]
        gap: Gap,
        #[serde(with = "FoldForm")]
        fold: Fold,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", remote = "Gap")]
enum GapForm {
    FirstAfter,
    #[serde(rename = "leave_out")]
    Refuse,
    Shift,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", remote = "Fold")]
enum FoldForm {
    Earlier,
    Later,
    #[serde(rename = "leave_out")]
    Refuse,
}

impl Serialize for ClockChange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ClockChangeForm::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for ClockChange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        ClockChangeForm::deserialize(deserializer)
    }
}
