//! A free-form value as the source of any type.

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, MapAccess,
    SeqAccess, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use std::fmt;
use std::iter::Enumerate;
use std::slice;
use toban_core::nearest;

use super::super::path::{FieldPath, Step};
use super::{Mapping, Value};

impl Value {
    /// Reads it as a type of the caller: what a metric source of one kind wants in its `spec`.
    ///
    /// ```
    /// use toban_slo::openslo::Value;
    /// #[derive(Debug, PartialEq, serde::Deserialize)]
    /// struct Query { query: String, offset: Option<u32> }
    ///
    /// let spec = Value::from_iter([("query", Value::from("up"))]);
    /// assert_eq!(spec.read::<Query>()?, Query { query: "up".into(), offset: None });
    /// # Ok::<(), toban_slo::openslo::ValueError>(())
    /// ```
    ///
    /// # Errors
    /// When it does not have the shape of the type; the error names the path from here on.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, ValueError> {
        T::deserialize(self)
    }
}

impl<K: Into<String>> FromIterator<(K, Value)> for Value {
    fn from_iter<I: IntoIterator<Item = (K, Value)>>(entries: I) -> Self {
        Self::Mapping(entries.into_iter().collect())
    }
}

/// A free-form value does not have the shape that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueError {
    path: FieldPath,
    message: String,
}

impl ValueError {
    /// Where in the value, from its root on.
    #[must_use]
    pub fn path(&self) -> &FieldPath {
        &self.path
    }

    /// What is wrong there.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    fn below(mut self, step: impl Into<Step>) -> Self {
        self.path.begin_with(step.into());
        self
    }
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.path, self.message)
        }
    }
}

impl std::error::Error for ValueError {}

impl serde::de::Error for ValueError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { path: FieldPath::default(), message: message.to_string() }
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        match nearest(field, expected.iter().copied()) {
            Some(meant) => Self::custom(format_args!("unknown field `{field}`, did you mean `{meant}`?")),
            None => Self::custom(format_args!("unknown field `{field}`, expected {}", one_of(expected))),
        }
    }
}

fn one_of(expected: &[&str]) -> String {
    let names: Vec<String> = expected.iter().map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => "none".to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

impl<'de> Deserializer<'de> for &'de Value {
    type Error = ValueError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self {
            Value::Boolean(boolean) => visitor.visit_bool(*boolean),
            Value::List(items) => visitor.visit_seq(Items(items.iter().enumerate())),
            Value::Mapping(mapping) => visitor.visit_map(Entries { rest: mapping.0.iter(), value: None }),
            Value::Null => visitor.visit_unit(),
            Value::Number(number) => number.visit_with(visitor),
            Value::Text(text) => visitor.visit_borrowed_str(text),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        if self.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        match self {
            Value::Text(variant) => visitor.visit_enum(variant.as_str().into_deserializer()),
            Value::Mapping(Mapping(entries)) => match entries.as_slice() {
                [(variant, value)] => visitor.visit_enum(Variant { variant, value }),
                _ => Err(ValueError::custom("expected one name with its value")),
            },
            _ => Err(ValueError::custom("expected a name, or one name with its value")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

struct Items<'de>(Enumerate<slice::Iter<'de, Value>>);

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = ValueError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ValueError> {
        let Some((number, item)) = self.0.next() else { return Ok(None) };
        seed.deserialize(item).map(Some).map_err(|error| error.below(number))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

struct Entries<'de> {
    rest: slice::Iter<'de, (String, Value)>,
    value: Option<(&'de str, &'de Value)>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = ValueError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, ValueError> {
        self.value = self.rest.next().map(|(key, value)| (key.as_str(), value));
        let Some((key, _)) = self.value else { return Ok(None) };
        // A key that is not known is named by its path.
        seed.deserialize(StrDeserializer::new(key))
            .map(Some)
            .map_err(|error: ValueError| error.below(key.to_owned()))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, ValueError> {
        let Some((key, value)) = self.value.take() else {
            return Err(ValueError::custom("a value was asked for before its key"));
        };
        seed.deserialize(value).map_err(|error| error.below(key.to_owned()))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

/// One key with one value, read as a variant with what it holds.
struct Variant<'de> {
    variant: &'de str,
    value: &'de Value,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = ValueError;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self), ValueError> {
        seed.deserialize(StrDeserializer::new(self.variant)).map(|variant| (variant, self))
    }
}

impl<'de> Variant<'de> {
    fn inside<T>(&self, result: Result<T, ValueError>) -> Result<T, ValueError> {
        result.map_err(|error| error.below(self.variant.to_owned()))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = ValueError;

    fn unit_variant(self) -> Result<(), ValueError> {
        self.inside(serde::Deserialize::deserialize(self.value))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, ValueError> {
        self.inside(seed.deserialize(self.value))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, ValueError> {
        self.inside(self.value.deserialize_any(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        self.inside(self.value.deserialize_any(visitor))
    }
}
