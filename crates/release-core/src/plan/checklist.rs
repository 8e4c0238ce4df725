//! Lists of what must be done, and when an item of them is.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use toban_core::{PersonId, Text};

/// A list of items that are ticked off.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checklist {
    /// What it is about.
    pub name: Text,
    /// Its items in order.
    pub items: Vec<ChecklistItem>,
}

/// One item. Where it lacks a part, a review asks for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChecklistItem {
    /// What it is called by, once in the plan.
    pub id: String,
    /// What is done.
    pub item: Text,
    /// 完了条件: what must hold for it to be done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Text>,
    /// 成果物: what there is afterwards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deliverables: Vec<Text>,
    /// テスト基準: how it is tested, and against which limit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<Text>,
}

/// That an item of a checklist has been done.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Done {
    /// Which item.
    pub item: String,
    /// Who says so.
    pub by: PersonId,
    /// When.
    #[serde(deserialize_with = "crate::plan::moment::read")]
    pub at: DateTime<Utc>,
    /// Where it can be seen.
    pub source: String,
}

/// The items that nobody has reported as done up to now, in order.
#[must_use]
pub fn open_items<'a>(
    lists: &'a [Checklist],
    done: &[Done],
    now: DateTime<Utc>,
) -> Vec<(&'a Checklist, &'a ChecklistItem)> {
    let is_open = |item: &ChecklistItem| !done.iter().any(|done| done.item == item.id && done.at <= now);
    let items = |list: &'a Checklist| list.items.iter().map(move |item| (list, item));
    lists.iter().flat_map(items).filter(|(_, item)| is_open(item)).collect()
}
