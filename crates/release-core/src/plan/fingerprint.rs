//! What a plan is, told by its contents.

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use toban_core::Fingerprint;

/// The SHA-256 of a value's canonical JSON: keys in order, no white space, no fields that are absent.
#[expect(
    clippy::expect_used,
    reason = "the types of this crate have texts as keys and no number that JSON lacks"
)]
pub(crate) fn fingerprint(value: &impl Serialize) -> Fingerprint {
    let value = serde_json::to_value(value).expect("plain data");
    let mut text = String::new();
    write(&value, &mut text);
    Fingerprint::from_bytes(Sha256::digest(text.as_bytes()).into())
}

/// The order of keys is written out here: a map keeps another one where somebody turns that feature of `serde_json` on.
fn write(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().filter(|(_, value)| !value.is_null()).collect();
            fields.sort_by_key(|(key, _)| *key);
            text.push('{');
            for (place, (key, value)) in fields.into_iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
                write(value, text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (place, value) in items.iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                write(value, text);
            }
            text.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            text.push_str(&value.to_string())
        }
    }
}
