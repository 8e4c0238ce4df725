//! A definition file: OpenSLO documents with the places where everything stands.

use crate::failure::Failure;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use toban_slo::openslo::{self, Bundle, FieldPath, Step};
use toban_yaml::{Finding, Findings, Level, Stream};

/// The documents of a definition, read but not yet judged.
#[derive(Debug)]
pub(crate) struct Definition {
    pub(crate) bundle: Bundle,
    documents: Vec<toban_yaml::Document>,
}

impl Definition {
    /// Reads a definition.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let name = path.display().to_string();
        let cannot = |error| Failure::new(format_args!("{name}: cannot be read: {error}"));
        let mut bytes = Vec::new();
        // One byte beyond the limit shows that there is more; the reader of YAML says so.
        let most = toban_yaml::MAX_BYTES + 1;
        File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes)).map_err(cannot)?;
        let stream = Stream::parse(&name, bytes);
        let mut findings = stream.findings.clone();
        let mut read = Vec::new();
        for document in &stream.documents {
            match document.read::<openslo::Document>() {
                Ok(one) => read.push(one),
                Err(more) => findings.extend(more),
            }
        }
        if read.is_empty() && findings.is_empty() {
            return Err(Failure::new(format_args!("{name}: there is no document in it")));
        }
        findings.sort();
        if !findings.is_empty() {
            return Err(Failure::findings(findings.render()));
        }
        Ok(Self { bundle: Bundle::new(read), documents: stream.documents })
    }

    /// What was found by whoever knows what the documents mean, at its place in the file.
    pub(crate) fn finding(
        &self,
        place: &openslo::Place,
        level: openslo::Level,
        message: &str,
    ) -> Option<Finding> {
        let path: toban_yaml::Path = yaml_path(&place.path);
        let level = match level {
            openslo::Level::Error => Level::Error,
            openslo::Level::Warning => Level::Warning,
        };
        Some(self.documents.get(place.document)?.finding(&path, message).with_level(level))
    }

    /// The same for many.
    pub(crate) fn findings(&self, found: &[openslo::Finding]) -> Findings {
        let mut findings: Findings = found
            .iter()
            .filter_map(|finding| self.finding(&finding.place, finding.level, &finding.problem.to_string()))
            .collect();
        findings.sort();
        findings
    }
}

fn yaml_path(path: &FieldPath) -> toban_yaml::Path {
    path.steps().iter().fold(toban_yaml::Path::root(), |path, step| match step {
        Step::Item(index) => path.index(*index),
        Step::Field(key) => path.key(key.as_ref()),
    })
}
