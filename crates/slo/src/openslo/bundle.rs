//! Documents that refer to each other.

use std::collections::BTreeMap;

use super::check;
use super::document::{Document, DocumentSpec, Kind};
use super::finding::{Finding, Place};
use super::metadata::Metadata;
use super::path::{FieldPath, Step};
use super::reference::{Referable, Reference};

/// A set of documents, in which one finds another by kind and name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bundle {
    documents: Vec<Document>,
    /// By kind, then name: the number of the first document that has both.
    names: BTreeMap<Kind, BTreeMap<String, usize>>,
}

impl Bundle {
    /// The documents of one file, or of several.
    #[must_use]
    pub fn new(documents: Vec<Document>) -> Self {
        let mut names: BTreeMap<Kind, BTreeMap<String, usize>> = BTreeMap::new();
        for (number, document) in documents.iter().enumerate() {
            names.entry(document.kind()).or_default().entry(document.metadata.name.clone()).or_insert(number);
        }
        Self { documents, names }
    }

    /// The documents, in the order in which they were given.
    #[must_use]
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// Everything that is wrong with the documents or with how they refer to each other, in the order of the
    /// documents.
    ///
    /// What can be read and is wrong all the same is found here: names, numbers out of range, fields that exclude or
    /// need each other, references to nothing or to the wrong kind. Without a finding of [`Level::Error`] the
    /// documents conform to OpenSLO v1, as far as they can be understood without asking a data source.
    ///
    /// [`Level::Error`]: super::Level::Error
    #[must_use]
    pub fn check(&self) -> Vec<Finding> {
        check::check(self)
    }

    /// The number of the first document of that kind and name, counted from 0.
    #[must_use]
    pub fn position(&self, kind: Kind, name: &str) -> Option<usize> {
        self.names.get(&kind)?.get(name).copied()
    }

    /// The first document that defines that name with such a specification: `find::<SliSpec>("latency")`.
    #[must_use]
    pub fn find<S: DocumentSpec>(&self, name: &str) -> Option<Found<'_, S>> {
        let document = self.position(S::KIND, name)?;
        let Document { metadata, spec } = self.documents.get(document)?;
        Some(Found { place: Place { document, path: FieldPath::default() }, metadata, spec: S::of(spec)? })
    }

    /// All documents with such a specification, in order.
    pub fn all<S: DocumentSpec>(&self) -> impl Iterator<Item = Found<'_, S>> {
        self.documents.iter().enumerate().filter_map(|(document, Document { metadata, spec })| {
            Some(Found {
                place: Place { document, path: FieldPath::default() },
                metadata,
                spec: S::of(spec)?,
            })
        })
    }

    /// The definition behind an entry that stands at `place`: itself, or the document that it names.
    #[must_use]
    pub fn follow<'a, S: Referable>(
        &'a self,
        reference: &'a Reference<S>,
        place: &Place,
    ) -> Option<Found<'a, S>> {
        match reference {
            Reference::Inline(definition) => {
                Some(Found { place: place.clone(), metadata: &definition.metadata, spec: &definition.spec })
            }
            Reference::Named(name) => self.find(name),
        }
    }

    /// The names of the documents of a kind, in their own order.
    pub(super) fn names(&self, kind: Kind) -> impl Iterator<Item = &str> {
        self.names.get(&kind).into_iter().flat_map(BTreeMap::keys).map(String::as_str)
    }

    /// Another kind under which there is a document of that name.
    pub(super) fn other_kind(&self, name: &str) -> Option<Kind> {
        self.names.iter().find(|(_, names)| names.contains_key(name)).map(|(kind, _)| *kind)
    }
}

impl From<Vec<Document>> for Bundle {
    fn from(documents: Vec<Document>) -> Self {
        Self::new(documents)
    }
}

/// A definition, wherever it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<'a, S> {
    /// Where it stands: its fields are one step further, `metadata` and `spec`.
    pub place: Place,
    /// Name, labels, annotations.
    pub metadata: &'a Metadata,
    /// What it defines.
    pub spec: &'a S,
}

impl<S> Found<'_, S> {
    /// The place that many steps inside.
    #[must_use]
    pub fn inside<const N: usize>(&self, steps: [Step; N]) -> Place {
        let path = self.place.path.steps().iter().cloned().chain(steps).collect();
        Place { document: self.place.document, path }
    }

    /// The place of an annotation.
    #[must_use]
    pub fn annotation(&self, key: &'static str) -> Place {
        self.inside(["metadata".into(), "annotations".into(), key.into()])
    }
}
