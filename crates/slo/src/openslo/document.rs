//! Documents: a kind, metadata, and the specification of that kind.

use serde::de::{DeserializeSeed, Error as _, MapAccess, Visitor};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;

use super::alert::{AlertConditionSpec, AlertNotificationTargetSpec, AlertPolicySpec};
use super::field::{Exactly, Field, fill};
use super::metadata::Metadata;
use super::sli::{DataSourceSpec, ServiceSpec, SliSpec};
use super::slo::SloSpec;
use super::value::Value;

/// The version of the format that this module reads and writes.
pub const API_VERSION: &str = "openslo/v1";

/// The kinds of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// When an alert begins.
    AlertCondition,
    /// Whom to tell.
    AlertNotificationTarget,
    /// Which condition leads to which notifications.
    AlertPolicy,
    /// Where metrics are.
    DataSource,
    /// What objectives are grouped by.
    Service,
    /// What is measured.
    #[serde(rename = "SLI")]
    Sli,
    /// What is promised.
    #[serde(rename = "SLO")]
    Slo,
}

impl Kind {
    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AlertCondition => "AlertCondition",
            Self::AlertNotificationTarget => "AlertNotificationTarget",
            Self::AlertPolicy => "AlertPolicy",
            Self::DataSource => "DataSource",
            Self::Service => "Service",
            Self::Sli => "SLI",
            Self::Slo => "SLO",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One document of OpenSLO v1.
///
/// It is read in one pass, so that errors keep their places, as long as `kind` stands before `spec`. Where it does
/// not, `spec` is set aside first, and an error in it names the path but the reader knows no line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Name, labels, annotations.
    pub metadata: Metadata,
    /// What the document defines, which tells its kind.
    pub spec: Spec,
}

impl Document {
    /// What it defines.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.spec.kind()
    }
}

/// The specification of a document, by kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[expect(clippy::large_enum_variant, reason = "documents are read once and borrowed from then on")]
pub enum Spec {
    /// When an alert begins.
    AlertCondition(AlertConditionSpec),
    /// Whom to tell.
    AlertNotificationTarget(AlertNotificationTargetSpec),
    /// Which condition leads to which notifications.
    AlertPolicy(AlertPolicySpec),
    /// Where metrics are.
    DataSource(DataSourceSpec),
    /// What objectives are grouped by.
    Service(ServiceSpec),
    /// What is measured.
    Sli(SliSpec),
    /// What is promised.
    Slo(SloSpec),
}

impl Spec {
    /// Which kind it is the specification of.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::AlertCondition(_) => Kind::AlertCondition,
            Self::AlertNotificationTarget(_) => Kind::AlertNotificationTarget,
            Self::AlertPolicy(_) => Kind::AlertPolicy,
            Self::DataSource(_) => Kind::DataSource,
            Self::Service(_) => Kind::Service,
            Self::Sli(_) => Kind::Sli,
            Self::Slo(_) => Kind::Slo,
        }
    }
}

/// The specifications that stand alone as documents.
pub trait DocumentSpec: sealed::Sealed + Sized + 'static {
    /// The kind of such documents.
    const KIND: Kind;

    /// The specification of a document, if it is of this kind.
    fn of(spec: &Spec) -> Option<&Self>;
}

mod sealed {
    pub trait Sealed {}
}

impl sealed::Sealed for AlertConditionSpec {}
impl sealed::Sealed for AlertNotificationTargetSpec {}
impl sealed::Sealed for AlertPolicySpec {}
impl sealed::Sealed for DataSourceSpec {}
impl sealed::Sealed for ServiceSpec {}
impl sealed::Sealed for SliSpec {}
impl sealed::Sealed for SloSpec {}

impl DocumentSpec for AlertConditionSpec {
    const KIND: Kind = Kind::AlertCondition;
    fn of(spec: &Spec) -> Option<&Self> {
        if let Spec::AlertCondition(spec) = spec { Some(spec) } else { None }
    }
}

impl DocumentSpec for AlertNotificationTargetSpec {
    const KIND: Kind = Kind::AlertNotificationTarget;
    fn of(spec: &Spec) -> Option<&Self> {
        if let Spec::AlertNotificationTarget(spec) = spec { Some(spec) } else { None }
    }
}

impl DocumentSpec for AlertPolicySpec {
    const KIND: Kind = Kind::AlertPolicy;
    fn of(spec: &Spec) -> Option<&Self> {
        if let Spec::AlertPolicy(spec) = spec { Some(spec) } else { None }
    }
}

impl DocumentSpec for DataSourceSpec {
    const KIND: Kind = Kind::DataSource;
    fn of(spec: &Spec) -> Option<&Self> {
        if let Spec::DataSource(spec) = spec { Some(spec) } else { None }
    }
}

impl DocumentSpec for ServiceSpec {
    const KIND: Kind = Kind::Service;
    fn of(spec: &Spec) -> Option<&Self> {
        if let Spec::Service(spec) = spec { Some(spec) } else { None }
    }
}

impl DocumentSpec for SliSpec {
    const KIND: Kind = Kind::Sli;
    fn of(spec: &Spec) -> Option<&Self> {
        if let Spec::Sli(spec) = spec { Some(spec) } else { None }
    }
}

impl DocumentSpec for SloSpec {
    const KIND: Kind = Kind::Slo;
    fn of(spec: &Spec) -> Option<&Self> {
        if let Spec::Slo(spec) = spec { Some(spec) } else { None }
    }
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut document = serializer.serialize_struct("Document", 4)?;
        document.serialize_field("apiVersion", API_VERSION)?;
        document.serialize_field("kind", &self.kind())?;
        document.serialize_field("metadata", &self.metadata)?;
        document.serialize_field("spec", &self.spec)?;
        document.end()
    }
}

const FIELDS: &[&str; 4] = &["apiVersion", "kind", "metadata", "spec"];

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("Document", FIELDS, DocumentVisitor)
    }
}

struct DocumentVisitor;

impl<'de> Visitor<'de> for DocumentVisitor {
    type Value = Document;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an OpenSLO document")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
        let (mut version, mut kind, mut metadata, mut spec) = (None, None, None, None);
        let mut set_aside = None;
        let [version_field, kind_field, metadata_field, spec_field] = *FIELDS;
        while let Some(field) = map.next_key_seed(Field(FIELDS))? {
            if field == version_field {
                fill(&mut version, &mut map, Exactly(API_VERSION), version_field)?;
            } else if field == kind_field {
                fill(&mut kind, &mut map, PhantomData::<Kind>, kind_field)?;
            } else if field == metadata_field {
                fill(&mut metadata, &mut map, PhantomData::<Metadata>, metadata_field)?;
            } else if let (Some(kind), None) = (kind, &set_aside) {
                fill(&mut spec, &mut map, kind, spec_field)?;
            } else {
                fill(&mut set_aside, &mut map, PhantomData::<Value>, spec_field)?;
            }
        }
        let () = version.ok_or_else(|| A::Error::missing_field(version_field))?;
        let kind: Kind = kind.ok_or_else(|| A::Error::missing_field(kind_field))?;
        let metadata = metadata.ok_or_else(|| A::Error::missing_field(metadata_field))?;
        if let Some(value) = set_aside {
            spec = Some(
                kind.deserialize(&value).map_err(|error| A::Error::custom(format_args!("spec: {error}")))?,
            );
        }
        match spec {
            Some(spec) => Ok(Document { metadata, spec }),
            None if kind == Kind::Service => {
                Ok(Document { metadata, spec: Spec::Service(ServiceSpec::default()) })
            }
            None => Err(A::Error::missing_field(spec_field)),
        }
    }
}

/// A specification of that kind.
impl<'de> DeserializeSeed<'de> for Kind {
    type Value = Spec;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Spec, D::Error> {
        match self {
            Self::AlertCondition => Deserialize::deserialize(deserializer).map(Spec::AlertCondition),
            Self::AlertNotificationTarget => {
                Deserialize::deserialize(deserializer).map(Spec::AlertNotificationTarget)
            }
            Self::AlertPolicy => Deserialize::deserialize(deserializer).map(Spec::AlertPolicy),
            Self::DataSource => Deserialize::deserialize(deserializer).map(Spec::DataSource),
            Self::Service => Deserialize::deserialize(deserializer).map(Spec::Service),
            Self::Sli => Deserialize::deserialize(deserializer).map(Spec::Sli),
            Self::Slo => Deserialize::deserialize(deserializer).map(Spec::Slo),
        }
    }
}
