//! One document of a file.

use serde::Deserialize;
use std::collections::HashSet;
use std::sync::Arc;

use crate::finding::{Finding, Findings};
use crate::path::Path;
use crate::read::{self, Apart};
use crate::source::{Place, Source};
use crate::tree::Tree;

/// One document of a file, not yet read as a type.
///
/// It stays useful after [`read`](Self::read): what a caller finds wrong with the meaning of a value is attached to
/// its place by [`finding`](Self::finding).
#[derive(Clone, Debug)]
pub struct Document {
    source: Source,
    tree: Arc<Tree>,
}

impl Document {
    pub(crate) fn new(source: Source, tree: Tree) -> Self {
        Self { source, tree: Arc::new(tree) }
    }

    /// Reads it as any serde type.
    ///
    /// After a mistake the rest is read without the value that is wrong, so that one call finds the mistakes of all
    /// fields and list items; what might only follow from another mistake is not reported.
    ///
    /// # Errors
    /// At least one finding, at most [`MAX_FINDINGS`](crate::MAX_FINDINGS), in the order of the lines.
    pub fn read<'d, T: Deserialize<'d>>(&'d self) -> Result<T, Findings> {
        read::all(&self.source, &self.tree, (Tree::ROOT, &Path::root()), HashSet::new())
    }

    /// Reads it as any serde type, and the items of the list at a path each by itself, as `I`: an item with a mistake is
    /// left out, and the mistake is found as [`read`](Self::read) finds it.
    ///
    /// Where no list stands there, this is `read`.
    ///
    /// ```
    /// use serde::Deserialize;
    /// use toban_yaml::{Path, Stream};
    /// #[derive(Deserialize)]
    /// struct Ports {
    ///     ports: Vec<u16>,
    /// }
    /// let stream = Stream::parse("ports.yaml", "ports: [80, http, 443]\n");
    /// let read = stream.documents[0].read_apart::<Ports, u16>(&Path::root().key("ports"))?;
    /// assert_eq!((read.value.ports, read.left_out), (vec![80, 443], vec![1]));
    /// assert!(read.findings.to_string().starts_with("ports.yaml:1:13: ports[1]: expected a whole number"));
    /// # Ok::<(), toban_yaml::Findings>(())
    /// ```
    ///
    /// # Errors
    /// Where something is wrong outside of the items: that and what is wrong with these, at least one finding, at most
    /// [`MAX_FINDINGS`](crate::MAX_FINDINGS), in the order of the lines.
    pub fn read_apart<'d, T: Deserialize<'d>, I: Deserialize<'d>>(
        &'d self,
        list: &Path,
    ) -> Result<Apart<T>, Findings> {
        read::apart::<T, I>(&self.source, &self.tree, list)
    }

    /// The text of the scalar that stands there, as a string would receive it; with it a caller chooses the type to
    /// read by a key such as `kind`.
    #[must_use]
    pub fn scalar(&self, path: &Path) -> Option<&str> {
        let (id, depth) = self.tree.find(path);
        if depth == path.steps().len() { self.tree.text(id) } else { None }
    }

    /// The place of the value that stands there, or of the deepest value on the way there.
    #[must_use]
    pub fn place(&self, path: &Path) -> Place {
        self.tree.node(self.tree.find(path).0).place.clone()
    }

    /// Something that the caller found wrong with the value that stands there.
    ///
    /// ```
    /// use toban_yaml::{Path, Stream};
    /// let stream = Stream::parse("slo.yaml", "spec:\n  target: 1.2\n");
    /// let path = Path::root().key("spec").key("target");
    /// let finding = stream.documents[0].finding(&path, "a target is below 1");
    /// assert_eq!(finding.to_string(), "slo.yaml:2:11: spec.target: a target is below 1");
    /// ```
    #[must_use]
    pub fn finding(&self, path: &Path, message: &str) -> Finding {
        Finding::new(&self.source, self.place(path), path.clone(), message)
    }

    /// The same at the key of that value, where the key is what is wrong; an item of a list has none, and is told
    /// where it stands.
    ///
    /// ```
    /// use toban_yaml::{Path, Stream};
    /// let stream = Stream::parse("slo.yaml", "spec:\n  tagret: 1.2\n");
    /// let path = Path::root().key("spec").key("tagret");
    /// let finding = stream.documents[0].finding_at_key(&path, "nothing is called so");
    /// assert_eq!(finding.to_string(), "slo.yaml:2:3: spec.tagret: nothing is called so");
    /// ```
    #[must_use]
    pub fn finding_at_key(&self, path: &Path, message: &str) -> Finding {
        let place = self.tree.key(path).map(|key| self.tree.node(key).place.clone());
        Finding::new(&self.source, place.unwrap_or_else(|| self.place(path)), path.clone(), message)
    }
}
