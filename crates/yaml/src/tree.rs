//! A document as a tree of nodes that know their places.

use crate::path::{Path, Step};
use crate::scalar::{self, Scalar};
use crate::source::{MAX_BYTES, Place};
use crate::stream::{MAX_DEPTH, MAX_VALUES};

/// Which node of a [`Tree`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct NodeId(pub(crate) usize);

#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) shape: Shape,
}

#[derive(Clone, Debug)]
pub(crate) enum Shape {
    Alias(NodeId),
    /// Nothing can be read here, and why.
    Broken(String),
    List(Vec<NodeId>),
    Map(Vec<(NodeId, NodeId)>),
    /// `plain` is without quotes and therefore may be something else than text.
    Scalar {
        text: String,
        plain: bool,
    },
}

/// Nodes of one document; the first is the root.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    pub(crate) nodes: Vec<Node>,
}

impl Tree {
    pub(crate) const ROOT: NodeId = NodeId(0);

    /// The node itself, which may be an alias.
    #[expect(clippy::indexing_slicing, reason = "an id is given out by the tree whose node it names")]
    pub(crate) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// The node, or what it is an alias of.
    pub(crate) fn target(&self, id: NodeId) -> NodeId {
        match self.node(id).shape {
            Shape::Alias(target) => target,
            _ => id,
        }
    }

    /// The text of a scalar, or of what it is an alias of.
    pub(crate) fn text(&self, id: NodeId) -> Option<&str> {
        match &self.node(self.target(id)).shape {
            Shape::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Whether it is the key `<<`, under which a mapping takes over the entries of others.
    pub(crate) fn is_merge(&self, key: NodeId) -> bool {
        matches!(&self.node(key).shape, Shape::Scalar { text, plain: true } if text == "<<")
    }

    pub(crate) fn is_null(&self, id: NodeId) -> bool {
        let node = self.node(self.target(id));
        matches!(&node.shape, Shape::Scalar { text, plain: true } if scalar::resolve(text) == Scalar::Null)
    }

    /// The deepest node on the path that exists, and how many steps lead to it.
    pub(crate) fn find(&self, path: &Path) -> (NodeId, usize) {
        let mut at = Self::ROOT;
        for (depth, step) in path.steps().iter().enumerate() {
            let next = match (&self.node(self.target(at)).shape, step) {
                (Shape::List(items), Step::Index(index)) => items.get(*index).copied(),
                (Shape::Map(entries), Step::Key(key)) => {
                    let found = entries.iter().find(|(id, _)| self.text(*id) == Some(key));
                    found.map(|(_, value)| *value)
                }
                _ => None,
            };
            match next {
                Some(next) => at = next,
                None => return (at, depth),
            }
        }
        (at, path.steps().len())
    }

    /// The items of the list that stands there; none where no list does.
    pub(crate) fn items(&self, path: &Path) -> &[NodeId] {
        let (list, depth) = self.find(path);
        match &self.node(self.target(list)).shape {
            Shape::List(items) if depth == path.steps().len() => items,
            _ => &[],
        }
    }

    /// Whether a reader surely passes no limit, with all that its aliases stand for.
    pub(crate) fn is_within_limits(&self) -> bool {
        let (mut values, mut bytes) = (0_usize, 0_u64);
        let mut ahead = vec![(Self::ROOT, 0)];
        while let Some((id, depth)) = ahead.pop() {
            let node = self.node(self.target(id));
            values += 1;
            match &node.shape {
                Shape::Scalar { text, .. } => bytes = bytes.saturating_add(text.len() as u64),
                Shape::List(items) => ahead.extend(items.iter().map(|id| (*id, depth + 1))),
                Shape::Map(entries) => {
                    ahead.extend(
                        entries.iter().flat_map(|(key, value)| [*key, *value]).map(|id| (id, depth + 1)),
                    );
                }
                Shape::Alias(_) | Shape::Broken(_) => {}
            }
            if values > MAX_VALUES || bytes > MAX_BYTES || depth > MAX_DEPTH {
                return false;
            }
        }
        true
    }

    /// The key of the value that stands there.
    pub(crate) fn key(&self, path: &Path) -> Option<NodeId> {
        let (Step::Key(last), above) = path.steps().split_last()? else { return None };
        let above = above.iter().fold(Path::root(), |above, step| match step {
            Step::Key(key) => above.key(key.as_str()),
            Step::Index(index) => above.index(*index),
        });
        let (map, depth) = self.find(&above);
        match &self.node(self.target(map)).shape {
            Shape::Map(entries) if depth == above.steps().len() => {
                entries.iter().map(|(key, _)| *key).find(|key| self.text(*key) == Some(last))
            }
            _ => None,
        }
    }
}
