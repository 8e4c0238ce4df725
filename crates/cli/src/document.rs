//! Files in YAML, and what one document of them says.

use crate::failure::Failure;
use crate::sources::name_of;
use serde::de::DeserializeOwned;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use toban_yaml::{Document, Findings, Stream};

/// The documents of a file.
pub(crate) fn in_file(path: &Path) -> Result<Stream, Failure> {
    read(&path.display().to_string(), || File::open(path))
}

/// The documents of a file, `-` being standard input.
pub(crate) fn in_file_or_stdin(path: &Path) -> Result<Stream, Failure> {
    if path == Path::new("-") { read(&name_of(path), || Ok(std::io::stdin().lock())) } else { in_file(path) }
}

fn read<R: Read>(name: &str, open: impl FnOnce() -> std::io::Result<R>) -> Result<Stream, Failure> {
    let mut bytes = Vec::new();
    // One byte beyond the limit shows that there is more; the reader of YAML says so.
    let most = toban_yaml::MAX_BYTES + 1;
    let read = open().and_then(|input| input.take(most).read_to_end(&mut bytes));
    read.map_err(|error| Failure::new(format_args!("{name}: cannot be read: {error}")))?;
    Ok(Stream::parse(name, bytes))
}

/// The only document, with what it says.
pub(crate) fn only<T: DeserializeOwned>(path: &Path, stream: Stream) -> Result<(Document, T), Failure> {
    let document = alone(path, stream)?;
    let value = document.read().map_err(|findings| Failure::findings(findings.render()))?;
    Ok((document, value))
}

/// The only document, not yet read.
pub(crate) fn alone(path: &Path, stream: Stream) -> Result<Document, Failure> {
    let Stream { documents, findings, .. } = stream;
    findings.into_result(()).map_err(|findings| Failure::findings(findings.render()))?;
    let mut documents = documents.into_iter();
    match (documents.next(), documents.next()) {
        (Some(document), None) => Ok(document),
        (None, _) => Err(Failure::new(format_args!("{}: there is no document in it", name_of(path)))),
        (Some(_), Some(second)) => {
            let finding = second
                .finding(&toban_yaml::Path::root(), "a file holds one document, and this is a second one");
            Err(Failure::findings(Findings::from(finding).render()))
        }
    }
}
