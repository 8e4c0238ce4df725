//! A definition file: OpenSLO documents with the places where everything stands.

use crate::document;
use crate::failure::Failure;
use crate::sources::name_of;
use std::collections::BTreeSet;
use std::path::Path;
use toban_slo::openslo::{self, Bundle, FieldPath, Problem, Step};
use toban_yaml::{Finding, Findings, Level};

/// The documents of a definition that could be read, not yet judged.
#[derive(Debug)]
pub(crate) struct Definition {
    pub(crate) bundle: Bundle,
    /// Those of the file that are in the bundle.
    documents: Vec<toban_yaml::Document>,
    /// What is wrong with the others.
    pub(crate) unread: Findings,
    /// What could not be read may define any of these; `None` where nobody knows what stands in it.
    undefined: Option<BTreeSet<(String, String)>>,
}

impl Definition {
    /// Reads a definition, `-` from standard input; a document that cannot be read is a finding.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let stream = document::in_file_or_stdin(path)?;
        let mut undefined = stream.findings.is_empty().then(BTreeSet::new);
        let mut unread = stream.findings;
        let (mut read, mut documents) = (Vec::new(), Vec::new());
        for document in stream.documents {
            match document.read::<openslo::Document>() {
                Ok(one) => {
                    read.push(one);
                    documents.push(document);
                }
                Err(more) => {
                    unread.extend(more);
                    match (head(&document), &mut undefined) {
                        (Some(head), Some(undefined)) => _ = undefined.insert(head),
                        _ => undefined = None,
                    }
                }
            }
        }
        if read.is_empty() && unread.is_empty() {
            return Err(Failure::new(format_args!("{}: there is no document in it", name_of(path))));
        }
        Ok(Self { bundle: Bundle::new(read), documents, unread, undefined })
    }

    /// What was found by whoever knows what the documents mean, at its place in the file.
    pub(crate) fn finding(
        &self,
        place: &openslo::Place,
        level: openslo::Level,
        message: &str,
    ) -> Option<Finding> {
        let document = self.documents.get(place.document)?;
        Some(document.finding(&yaml_path(&place.path), message).with_level(yaml_level(level)))
    }

    /// The same of a key that nothing knows, whatever its value is.
    pub(crate) fn finding_at_key(&self, place: &openslo::Place, message: &str) -> Option<Finding> {
        Some(self.documents.get(place.document)?.finding_at_key(&yaml_path(&place.path), message))
    }

    /// The same for many, as far as what could not be read does not explain them.
    pub(crate) fn findings(&self, found: &[openslo::Finding]) -> Findings {
        let told = found.iter().filter(|finding| !self.is_explained(&finding.problem));
        let finding = |finding: &openslo::Finding| {
            let message = finding.problem.to_string();
            match finding.problem {
                Problem::InvalidKey | Problem::MisplacedAnnotation { .. } | Problem::UnknownAnnotation => {
                    self.finding_at_key(&finding.place, &message)
                }
                _ => self.finding(&finding.place, finding.level, &message),
            }
        };
        told.filter_map(finding).collect()
    }

    /// Whether a name was not found because its document could not be read.
    fn is_explained(&self, problem: &Problem) -> bool {
        let (kind, name) = match problem {
            Problem::Unresolved { kind, name, .. } | Problem::WrongKind { expected: kind, name, .. } => {
                (kind, name)
            }
            _ => return false,
        };
        match &self.undefined {
            Some(undefined) => undefined.contains(&(kind.to_string(), name.clone())),
            None => true,
        }
    }
}

/// Kind and name of a document that has not the shape of its kind.
fn head(document: &toban_yaml::Document) -> Option<(String, String)> {
    let root = toban_yaml::Path::root;
    let (kind, name) = (root().key("kind"), root().key("metadata").key("name"));
    Some((document.scalar(&kind)?.to_owned(), document.scalar(&name)?.to_owned()))
}

fn yaml_level(level: openslo::Level) -> Level {
    match level {
        openslo::Level::Error => Level::Error,
        openslo::Level::Warning => Level::Warning,
    }
}

fn yaml_path(path: &FieldPath) -> toban_yaml::Path {
    path.steps().iter().fold(toban_yaml::Path::root(), |path, step| match step {
        Step::Item(index) => path.index(*index),
        Step::Field(key) => path.key(key.as_ref()),
    })
}
