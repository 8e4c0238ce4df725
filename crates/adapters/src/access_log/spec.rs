//! How conditions are written in a definition: as a text or a number, or as a list of them.

use super::filter::{ConditionError, LatencyBound, Method, PathPattern, StatusRange};
use super::measure::{Statistic, Unit};
use crate::text::Text;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, IntoDeserializer, SeqAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// Reads what is written as a text.
macro_rules! written_as_text {
    ($($name:ty),+) => {$(
        impl TryFrom<Text> for $name {
            type Error = ConditionError;

            fn try_from(text: Text) -> Result<Self, ConditionError> {
                text.0.parse()
            }
        }
    )+};
}
written_as_text!(LatencyBound, Method, PathPattern, Statistic, StatusRange, Unit);

/// One value, or a list of them that is not empty.
pub(super) fn any_of<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_any(AnyOf(PhantomData))
}

struct AnyOf<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for AnyOf<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or a list of texts that is not empty")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<T>, E> {
        Ok(vec![T::deserialize(text.into_deserializer())?])
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Vec<T>, E> {
        Ok(vec![T::deserialize(number.into_deserializer())?])
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Vec<T>, E> {
        Ok(vec![T::deserialize(number.into_deserializer())?])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Vec<T>, A::Error> {
        let values = Vec::deserialize(SeqAccessDeserializer::new(list))?;
        if values.is_empty() { Err(A::Error::invalid_length(0, &self)) } else { Ok(values) }
    }
}
