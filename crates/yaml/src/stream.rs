//! A file as documents, and what is wrong with it as YAML.

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span, Tag};
use serde::de::DeserializeOwned;
use std::collections::{HashMap, HashSet};
use std::mem;
use std::sync::Arc;

use crate::document::Document;
use crate::finding::{Finding, Findings};
use crate::path::Path;
use crate::source::{MAX_BYTES, Place, Source};
use crate::tree::{Node, NodeId, Shape, Tree};

/// The most values (scalars, lists, mappings) that a file may hold, and a document may unfold to through aliases.
pub const MAX_VALUES: usize = 250_000;

/// How deep lists and mappings may stand in each other.
pub const MAX_DEPTH: usize = 64;

/// The most findings that one file, and the reading of one document, gives; what is beyond shows after mending.
pub const MAX_FINDINGS: usize = 50;

/// A file as documents, and what is wrong with it as YAML.
///
/// A document with a syntax error is left out; the others are there. Documents that hold nothing are left out too.
///
/// ```
/// use toban_yaml::{Path, Stream};
/// let stream = Stream::parse("all.yaml", b"kind: Service\n---\nkind: SLO\n");
/// assert!(stream.findings.is_empty());
/// let kind = Path::root().key("kind");
/// assert_eq!(stream.documents[1].scalar(&kind), Some("SLO"));
/// assert_eq!(stream.documents[1].place(&kind).line, 3);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Stream {
    name: Arc<str>,
    /// The documents, in the order of the file.
    pub documents: Vec<Document>,
    /// What is wrong with the file whatever its documents mean: encoding, size, syntax, duplicate keys, tags.
    pub findings: Findings,
}

impl Stream {
    /// Reads a file, which should be UTF-8, with or without a byte order mark, with line breaks of any kind.
    ///
    /// `name` is what the findings call the file. Time and memory are proportional to the size, which is at most
    /// [`MAX_BYTES`]; beyond a limit there is one finding and no document.
    pub fn parse(name: &str, bytes: impl AsRef<[u8]>) -> Self {
        match decode(name, bytes.as_ref()) {
            Ok(source) => Builder::new(&source).build(),
            Err(findings) => Self { name: name.into(), documents: Vec::new(), findings },
        }
    }

    /// Reads every document as a `T`.
    ///
    /// # Errors
    /// Everything that is wrong with the file and with any of its documents.
    pub fn read_each<T: DeserializeOwned>(self) -> Result<Vec<T>, Findings> {
        let mut findings = self.findings;
        let mut values = Vec::with_capacity(self.documents.len());
        for document in &self.documents {
            match document.read() {
                Ok(value) => values.push(value),
                Err(more) => findings.extend(more),
            }
        }
        findings.sort();
        findings.into_result(values)
    }

    /// Reads the only document as a `T`.
    ///
    /// # Errors
    /// Everything that is wrong with the file and with its document, also when there is none, or a second.
    pub fn read_one<T: DeserializeOwned>(mut self) -> Result<T, Findings> {
        if let Some(second) = self.documents.get(1) {
            let message = "expected one document, and here a second begins";
            self.findings.push(second.finding(&Path::root(), message));
        }
        let name = Arc::clone(&self.name);
        let mut values = self.read_each()?;
        values.pop().ok_or_else(|| about_file(&name, "the file holds no document"))
    }
}

/// A finding without a place in a text.
fn about_file(name: &str, message: &str) -> Findings {
    let start = Place { line: 1, column: 1, bytes: 0..0 };
    Finding::new(&Source::new(name, ""), start, Path::root(), message).into()
}

fn decode(name: &str, bytes: &[u8]) -> Result<Source, Findings> {
    if bytes.len() as u64 > MAX_BYTES {
        return Err(about_file(name, &format!("the file is larger than {} MiB", MAX_BYTES >> 20)));
    }
    if bytes.starts_with(&[0xFE, 0xFF]) || bytes.starts_with(&[0xFF, 0xFE]) {
        return Err(about_file(name, "the file is UTF-16; expected UTF-8"));
    }
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    str::from_utf8(bytes).map(|text| Source::new(name, text)).map_err(|error| {
        let source = Source::new(name, &String::from_utf8_lossy(bytes));
        let place = source.place_of(error.valid_up_to());
        Finding::new(&source, place, Path::root(), "this byte is not UTF-8").into()
    })
}

/// Turns events into trees.
struct Builder<'s> {
    source: &'s Source,
    documents: Vec<Document>,
    findings: Findings,
    values: usize,
    tree: Tree,
    open: Vec<Open>,
    anchors: HashMap<usize, NodeId>,
}

/// A list or mapping whose end is still to come; a mapping's keys and values alternate.
struct Open {
    id: NodeId,
    is_map: bool,
    children: Vec<NodeId>,
}

/// A limit has been passed: nothing more is read.
struct Exhausted;

impl<'s> Builder<'s> {
    fn new(source: &'s Source) -> Self {
        Self {
            source,
            documents: Vec::new(),
            findings: Findings::default(),
            values: 0,
            tree: Tree::default(),
            open: Vec::new(),
            anchors: HashMap::new(),
        }
    }

    fn build(mut self) -> Stream {
        let options = granit_parser::options! {
            emit_comments: false,
            emit_unresolved_aliases: true,
            flow_nesting_limit: MAX_DEPTH + 1,
            block_nesting_limit: MAX_DEPTH + 1,
        };
        let mut parser = Parser::new_from_str_with_options(self.source.text(), options);
        while let Some(next) = parser.next_event() {
            let went_on = match next {
                Ok((event, span)) => self.event(event, &span),
                Err(error) => {
                    self.syntax(&error);
                    match parser.proceed_next_document() {
                        Ok(true) if self.findings.len() < MAX_FINDINGS => Ok(()),
                        _ => break,
                    }
                }
            };
            if went_on.is_err() {
                self.documents.clear();
                break;
            }
        }
        Stream { name: self.source.name(), documents: self.documents, findings: self.findings }
    }

    fn event(&mut self, event: Event<'_>, span: &Span) -> Result<(), Exhausted> {
        match event {
            Event::DocumentStart(..) => self.abandon(),
            Event::DocumentEnd => {
                let tree = mem::take(&mut self.tree);
                self.abandon();
                if !tree.nodes.is_empty() && !tree.is_null(Tree::ROOT) {
                    self.documents.push(Document::new(self.source.clone(), tree));
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                let tagged_text = self.tag(tag.as_deref(), span);
                let plain = style == ScalarStyle::Plain && !tagged_text;
                // The parser calls a value that is not there `~`.
                let text = if span.is_empty() && plain { String::new() } else { text.into_owned() };
                self.node(span, anchor, Shape::Scalar { text, plain })?;
            }
            Event::SequenceStart(_, anchor, tag) => self.start(span, anchor, tag.as_deref(), false)?,
            Event::MappingStart(_, anchor, tag) => self.start(span, anchor, tag.as_deref(), true)?,
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => self.alias(anchor, span)?,
            Event::UnresolvedAlias(name) => {
                let message = format!("no anchor `&{name}` stands before this alias");
                self.node(span, 0, Shape::Broken(message))?;
            }
            _ => {}
        }
        Ok(())
    }

    fn start(
        &mut self,
        span: &Span,
        anchor: usize,
        tag: Option<&Tag>,
        is_map: bool,
    ) -> Result<(), Exhausted> {
        self.tag(tag, span);
        if self.open.len() == MAX_DEPTH {
            self.finding(span, &too_deep());
            return Err(Exhausted);
        }
        let shape = if is_map { Shape::Map(Vec::new()) } else { Shape::List(Vec::new()) };
        let id = self.node(span, anchor, shape)?;
        self.open.push(Open { id, is_map, children: Vec::new() });
        Ok(())
    }

    fn end(&mut self) {
        let Some(Open { id, is_map, children }) = self.open.pop() else { return };
        let shape = if is_map { Shape::Map(self.entries(&children)) } else { Shape::List(children) };
        // A mapping without braces begins where its first key does, and is shown as long as that.
        let first = match &shape {
            Shape::Map(entries) => entries.first().map(|(key, _)| self.tree.node(*key).place.clone()),
            _ => None,
        };
        if let Some(node) = self.tree.nodes.get_mut(id.0) {
            if node.place.bytes.is_empty() {
                node.place = first.unwrap_or_else(|| node.place.clone());
            }
            node.shape = shape;
        }
    }

    /// Keys with their values; a key that the mapping already has is a finding, and the first one counts.
    fn entries(&mut self, children: &[NodeId]) -> Vec<(NodeId, NodeId)> {
        let (mut entries, mut again) = (Vec::with_capacity(children.len() / 2), Vec::new());
        let mut seen = HashSet::new();
        for pair in children.chunks_exact(2) {
            let &[key, value] = pair else { continue };
            match self.tree.text(key) {
                Some(text) if !seen.insert(text) => again.push(key),
                _ => entries.push((key, value)),
            }
        }
        for key in again {
            let message = format!("duplicate key `{}`", self.tree.text(key).unwrap_or_default());
            self.report(self.tree.node(key).place.clone(), &message);
        }
        entries
    }

    fn alias(&mut self, anchor: usize, span: &Span) -> Result<(), Exhausted> {
        let target = self.anchors.get(&anchor).copied().unwrap_or_default();
        let shape = if self.open.iter().any(|open| open.id == target) {
            Shape::Broken("an alias cannot stand inside what it stands for".to_owned())
        } else {
            Shape::Alias(target)
        };
        self.node(span, 0, shape).map(|_| ())
    }

    fn node(&mut self, span: &Span, anchor: usize, shape: Shape) -> Result<NodeId, Exhausted> {
        self.values += 1;
        if self.values > MAX_VALUES {
            self.finding(span, &format!("the file holds more than {MAX_VALUES} values"));
            return Err(Exhausted);
        }
        let id = NodeId(self.tree.nodes.len());
        self.tree.nodes.push(Node { place: place(span), shape });
        if anchor != 0 {
            self.anchors.insert(anchor, id);
        }
        if let Some(open) = self.open.last_mut() {
            open.children.push(id);
        }
        Ok(id)
    }

    /// Whether the tag makes a text of a plain scalar. The tags of the core schema say what serde's type says anyway;
    /// others have no meaning here.
    fn tag(&mut self, tag: Option<&Tag>, span: &Span) -> bool {
        let Some(tag) = tag else { return false };
        match tag.core_suffix() {
            Some("str") => return true,
            Some("bool" | "float" | "int" | "map" | "null" | "seq") => {}
            _ if tag.original() == "!" => return true,
            _ => {
                let span = span.tag_span().unwrap_or(*span);
                self.finding(&span, &format!("the tag `{}` is not supported", tag.original()));
            }
        }
        false
    }

    /// Forgets the document under way, as after a syntax error.
    fn abandon(&mut self) {
        self.tree = Tree::default();
        self.open.clear();
        self.anchors.clear();
    }

    fn syntax(&mut self, error: &ScanError) {
        let marker = error.marker();
        let start = marker.byte_offset().unwrap_or_default();
        let place = Place { line: marker.line(), column: marker.col() + 1, bytes: start..start + 1 };
        match error.kind() {
            ErrorKind::RecursionLimitExceeded => self.report(place, &too_deep()),
            _ => self.report(place, &error.info()),
        }
        self.abandon();
    }

    fn finding(&mut self, span: &Span, message: &str) {
        self.report(place(span), message);
    }

    fn report(&mut self, place: Place, message: &str) {
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(Finding::new(self.source, place, Path::root(), message));
        }
    }
}

fn too_deep() -> String {
    format!("lists and mappings stand deeper in each other than {MAX_DEPTH} levels")
}

fn place(span: &Span) -> Place {
    let bytes = span.byte_range().unwrap_or_default();
    Place { line: span.start.line(), column: span.start.col() + 1, bytes }
}
