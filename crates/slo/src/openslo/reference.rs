//! Definitions inside other definitions: in place, or by name.

use serde::de::{Error as _, Expected, MapAccess, Visitor};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;

use super::alert::{AlertConditionSpec, AlertNotificationTargetSpec, AlertPolicySpec};
use super::document::DocumentSpec;
use super::field::{Exactly, Field, fill};
use super::metadata::Metadata;

/// A definition that stands inside another one: a name and a specification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition<S> {
    /// Name, labels, annotations.
    pub metadata: Metadata,
    /// What it defines.
    pub spec: S,
}

/// A definition in place, or the name of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference<S> {
    /// Here it stands.
    Inline(Definition<S>),
    /// A document of that name defines it.
    Named(String),
}

/// The specifications that a list holds in place or by name.
pub trait Referable: DocumentSpec {
    /// The fields of an entry of such a list; the first is the one that holds a name.
    const FIELDS: &'static [&'static str; 4];
}

impl Referable for AlertConditionSpec {
    const FIELDS: &'static [&'static str; 4] = &["conditionRef", "kind", "metadata", "spec"];
}

impl Referable for AlertNotificationTargetSpec {
    const FIELDS: &'static [&'static str; 4] = &["targetRef", "kind", "metadata", "spec"];
}

impl Referable for AlertPolicySpec {
    const FIELDS: &'static [&'static str; 4] = &["alertPolicyRef", "kind", "metadata", "spec"];
}

impl<S: Referable + Serialize> Serialize for Reference<S> {
    fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        let [named, kind, metadata, spec] = *S::FIELDS;
        match self {
            Self::Inline(definition) => {
                let mut entry = serializer.serialize_struct("Reference", 3)?;
                entry.serialize_field(kind, &S::KIND)?;
                entry.serialize_field(metadata, &definition.metadata)?;
                entry.serialize_field(spec, &definition.spec)?;
                entry.end()
            }
            Self::Named(name) => {
                let mut entry = serializer.serialize_struct("Reference", 1)?;
                entry.serialize_field(named, name)?;
                entry.end()
            }
        }
    }
}

impl<'de, S: Referable + Deserialize<'de>> Deserialize<'de> for Reference<S> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("Reference", S::FIELDS, ReferenceVisitor(PhantomData))
    }
}

struct ReferenceVisitor<S>(PhantomData<S>);

impl<'de, S: Referable + Deserialize<'de>> Visitor<'de> for ReferenceVisitor<S> {
    type Value = Reference<S>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [named, ..] = S::FIELDS;
        write!(f, "either `{named}`, or `kind`, `metadata` and `spec`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Reference<S>, A::Error> {
        let [named_field, kind_field, metadata_field, spec_field] = *S::FIELDS;
        let either = &self as &dyn Expected;
        let (mut name, mut kind, mut metadata, mut spec) = (None, None, None, None);
        while let Some(field) = map.next_key_seed(Field(S::FIELDS))? {
            if field == named_field {
                fill(&mut name, &mut map, PhantomData::<String>, field)?;
            } else if field == kind_field {
                fill(&mut kind, &mut map, Exactly(S::KIND.as_str()), field)?;
            } else if field == metadata_field {
                fill(&mut metadata, &mut map, PhantomData::<Metadata>, field)?;
            } else {
                fill(&mut spec, &mut map, PhantomData::<S>, field)?;
            }
        }
        match (name, kind, metadata, spec) {
            (Some(name), None, None, None) => Ok(Reference::Named(name)),
            (None, Some(()), Some(metadata), Some(spec)) => {
                Ok(Reference::Inline(Definition { metadata, spec }))
            }
            (None, None, ..) => Err(A::Error::custom(format_args!("expected {either}"))),
            (None, Some(()), None, _) => Err(A::Error::missing_field(metadata_field)),
            (None, Some(()), Some(_), None) => Err(A::Error::missing_field(spec_field)),
            (Some(_), ..) => Err(A::Error::custom(format_args!("expected {either}, not both"))),
        }
    }
}
