//! serde's view of a tree.

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde::{Deserialize, forward_to_deserialize_any};
use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::marker::PhantomData;

use crate::failure::{Failure, one_of};
use crate::path::Step;
use crate::scalar::{self, Scalar};
use crate::source::MAX_BYTES;
use crate::stream::{MAX_DEPTH, MAX_VALUES};
use crate::tree::{Node, NodeId, Shape, Tree};

/// One reading of a tree, from which some nodes are left out, and in which some keys are read as what was meant.
#[derive(Debug)]
pub(crate) struct Reader<'de, 'l> {
    tree: &'de Tree,
    /// Items of lists, and keys or values of entries.
    skipped: &'l HashSet<NodeId>,
    meant: &'l HashMap<NodeId, &'static str>,
    values: Cell<usize>,
    bytes: Cell<usize>,
}

impl<'de, 'l> Reader<'de, 'l> {
    pub(crate) fn new(
        tree: &'de Tree,
        skipped: &'l HashSet<NodeId>,
        meant: &'l HashMap<NodeId, &'static str>,
    ) -> Self {
        Self { tree, skipped, meant, values: Cell::new(0), bytes: Cell::new(0) }
    }

    /// Reads a node that stands so deep in its document; paths and nodes of a failure begin there.
    pub(crate) fn read<T: Deserialize<'de>>(&self, node: NodeId, depth: usize) -> Result<T, Failure> {
        let root = Link { above: None, node, down: Down::Root, depth };
        self.descend(root, PhantomData)
    }

    /// Reads a node; a failure that has no place yet happened here.
    fn descend<T: DeserializeSeed<'de>>(&self, link: Link<'de, '_>, seed: T) -> Result<T::Value, Failure> {
        seed.deserialize(At { reader: self, link }).map_err(|failure| link.place(failure))
    }

    /// The text of a key, or what was meant by it.
    fn key(&self, key: NodeId) -> Option<&'de str> {
        self.meant.get(&key).copied().or_else(|| self.tree.text(key))
    }

    /// Aliases let a small file unfold to a large value.
    fn count(&self, node: &Node) -> Result<(), Failure> {
        self.values.set(self.values.get() + 1);
        if let Shape::Scalar { text, .. } = &node.shape {
            self.bytes.set(self.bytes.get().saturating_add(text.len()));
        }
        if self.values.get() > MAX_VALUES {
            return Err(Failure::limit(format!(
                "with its aliases, the document holds more than {MAX_VALUES} values"
            )));
        }
        if self.bytes.get() as u64 > MAX_BYTES {
            let most = MAX_BYTES >> 20;
            return Err(Failure::limit(format!(
                "with its aliases, the document holds more than {most} MiB of text"
            )));
        }
        Ok(())
    }

    /// The entries of a mapping, those included that `<<` takes over; its own come first and count.
    fn entries(&self, map: &'de [(NodeId, NodeId)]) -> Result<Cow<'de, [(NodeId, NodeId)]>, Failure> {
        if !map.iter().any(|(key, _)| self.tree.is_merge(*key)) {
            return Ok(Cow::Borrowed(map));
        }
        let (mut all, mut seen) = (Vec::new(), HashSet::new());
        self.merge(map, &mut all, &mut seen, 0)?;
        Ok(Cow::Owned(all))
    }

    fn merge(
        &self,
        map: &'de [(NodeId, NodeId)],
        all: &mut Vec<(NodeId, NodeId)>,
        seen: &mut HashSet<&'de str>,
        depth: usize,
    ) -> Result<(), Failure> {
        if depth > MAX_DEPTH {
            return Err(too_deep());
        }
        let (merges, own): (Vec<_>, Vec<_>) = map.iter().partition(|(key, _)| self.tree.is_merge(*key));
        for (key, value) in own {
            if self.tree.text(key).is_none_or(|text| seen.insert(text)) {
                all.push((key, value));
            }
        }
        for (_, value) in merges {
            let value = self.tree.target(value);
            let sources = match &self.tree.node(value).shape {
                Shape::List(items) => items.as_slice(),
                _ => &[value],
            };
            for source in sources {
                let source = self.tree.node(self.tree.target(*source));
                self.count(source)?;
                let Shape::Map(map) = &source.shape else {
                    return Err(Failure::custom("`<<` takes over a mapping, or a list of mappings"));
                };
                self.merge(map, all, seen, depth + 1)?;
            }
        }
        Ok(())
    }
}

/// How a node was reached; the way down lives on the stack.
#[derive(Clone, Copy, Debug)]
struct Link<'de, 'l> {
    above: Option<&'l Link<'de, 'l>>,
    node: NodeId,
    down: Down<'de>,
    depth: usize,
}

#[derive(Clone, Copy, Debug)]
enum Down<'de> {
    Root,
    Index(usize),
    Key(&'de str),
}

impl<'de> Link<'de, '_> {
    fn to<'a>(&'a self, node: NodeId, down: Down<'de>) -> Link<'de, 'a> {
        Link { above: Some(self), node, down, depth: self.depth + 1 }
    }

    /// A failure without a place happened here.
    fn place(&self, mut failure: Failure) -> Failure {
        if failure.nodes.is_empty() {
            let mut way: Vec<&Link<'_, '_>> = std::iter::successors(Some(self), |link| link.above).collect();
            way.reverse();
            failure.nodes = way.iter().map(|link| link.node).collect();
            let steps = way.iter().filter_map(|link| match link.down {
                Down::Root => None,
                Down::Index(index) => Some(Step::Index(index)),
                Down::Key(key) => Some(Step::Key(key.to_owned())),
            });
            failure.path = steps.collect();
        }
        failure
    }
}

fn too_deep() -> Failure {
    Failure::limit(format!("with its aliases, the document is deeper than {MAX_DEPTH} levels"))
}

/// A node, ready to be read.
struct At<'de, 'l> {
    reader: &'l Reader<'de, 'l>,
    link: Link<'de, 'l>,
}

impl<'de> At<'de, '_> {
    fn node(&self) -> &'de Node {
        let tree = self.reader.tree;
        tree.node(tree.target(self.link.node))
    }

    fn value<V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Failure> {
        let node = self.node();
        self.reader.count(node)?;
        match &node.shape {
            Shape::Scalar { text, plain: true } => match scalar::resolve(text) {
                Scalar::Null => visitor.visit_unit(),
                Scalar::Bool(value) => visitor.visit_bool(value),
                Scalar::Unsigned(value) => visitor.visit_u64(value),
                Scalar::Signed(value) => visitor.visit_i64(value),
                Scalar::Float(value) if scalar::is_rounded(text, value) => Err(Failure::custom(
                    format_args!("{text} would be rounded to {value}: it has too many digits"),
                )),
                Scalar::Float(value) => visitor.visit_f64(value),
                Scalar::Text(text) => visitor.visit_borrowed_str(text),
            },
            Shape::Scalar { text, plain: false } => visitor.visit_borrowed_str(text),
            _ if self.link.depth > MAX_DEPTH => Err(too_deep()),
            Shape::Map(map) => {
                let entries = self.reader.entries(map)?;
                visitor.visit_map(Entries { map: self, all: &entries, entries: entries.iter(), value: None })
            }
            Shape::List(items) => {
                let mut left = Items { list: self, items: items.iter().enumerate(), read: 0 };
                let value = visitor.visit_seq(&mut left)?;
                match left.items.len() {
                    0 => Ok(value),
                    more => Err(Failure::custom(format_args!(
                        "expected a list of {} items, found {}",
                        left.read,
                        left.read + more
                    ))),
                }
            }
            Shape::Alias(_) => Err(Failure::custom("an alias of an alias")),
            Shape::Broken(message) => Err(Failure::custom(message)),
        }
    }

    fn text<V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Failure> {
        if let Some(meant) = self.reader.meant.get(&self.link.node) {
            return visitor.visit_borrowed_str(meant);
        }
        match &self.node().shape {
            Shape::Scalar { text, plain } if !plain || scalar::resolve(text) != Scalar::Null => {
                self.reader.count(self.node())?;
                visitor.visit_borrowed_str(text)
            }
            _ => self.value(visitor),
        }
    }

    fn variant<V: Visitor<'de>>(&self, names: &[&str], visitor: V) -> Result<V::Value, Failure> {
        match &self.node().shape {
            Shape::Scalar { .. } => {
                visitor.visit_enum(Variant { reader: self.reader, name: self.link, value: None })
            }
            Shape::Map(map) => match map.as_slice() {
                [(key, value)] => {
                    let down = Down::Key(self.reader.tree.text(*key).unwrap_or("?"));
                    let (name, value) = (self.link.to(*key, down), self.link.to(*value, down));
                    visitor.visit_enum(Variant { reader: self.reader, name, value: Some(value) })
                }
                _ => Err(Failure::custom(format_args!(
                    "expected {} as the only key, found {} keys",
                    one_of(names),
                    map.len()
                ))),
            },
            _ => self.value(visitor),
        }
    }
}

impl<'de> Deserializer<'de> for At<'de, '_> {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.value(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.text(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_str(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        if self.reader.tree.is_null(self.link.node) { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.variant(names, visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 bytes byte_buf unit unit_struct seq tuple tuple_struct
        map struct
    }
}

/// The items of a list.
struct Items<'de, 'a> {
    list: &'a At<'de, 'a>,
    items: std::iter::Enumerate<std::slice::Iter<'de, NodeId>>,
    read: usize,
}

impl<'de> SeqAccess<'de> for Items<'de, '_> {
    type Error = Failure;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Failure> {
        let At { reader, link } = self.list;
        let Some((index, id)) = self.items.find(|(_, id)| !reader.skipped.contains(id)) else {
            return Ok(None);
        };
        self.read += 1;
        reader.descend(link.to(*id, Down::Index(index)), seed).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        // Where something is left out, nobody can tell what comes last.
        let is_left_out = |id| self.list.reader.skipped.contains(id);
        (!self.items.clone().any(|(_, id)| is_left_out(id))).then(|| self.items.len())
    }
}

/// The entries of a mapping.
struct Entries<'de, 'a> {
    map: &'a At<'de, 'a>,
    all: &'a [(NodeId, NodeId)],
    entries: std::slice::Iter<'a, (NodeId, NodeId)>,
    value: Option<Link<'de, 'a>>,
}

impl<'de> MapAccess<'de> for Entries<'de, '_> {
    type Error = Failure;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Failure> {
        let At { reader, link } = self.map;
        let is_read =
            |(key, value): &&(NodeId, NodeId)| ![key, value].iter().any(|id| reader.skipped.contains(id));
        let Some((key, value)) = self.entries.find(is_read) else { return Ok(None) };
        let down = Down::Key(reader.tree.text(*key).unwrap_or("?"));
        self.value = Some(link.to(*value, down));
        reader.descend(link.to(*key, down), seed).map(Some).map_err(|failure| {
            let is_there = |name: &str| self.all.iter().any(|(key, _)| reader.key(*key) == Some(name));
            failure.about_key(reader.tree.text(*key).unwrap_or("?"), *value, is_there)
        })
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Failure> {
        let link =
            self.value.take().ok_or_else(|| Failure::custom("a value was asked for before its key"))?;
        self.map.reader.descend(link, seed)
    }
}

/// A variant of an enum: a text, or a mapping whose only key names it.
struct Variant<'de, 'a> {
    reader: &'a Reader<'de, 'a>,
    name: Link<'de, 'a>,
    value: Option<Link<'de, 'a>>,
}

impl<'de> Variant<'de, '_> {
    fn content<T: DeserializeSeed<'de>>(self, expected: &str, seed: T) -> Result<T::Value, Failure> {
        match self.value {
            Some(link) => self.reader.descend(link, seed),
            None => Err(Failure::custom(format_args!("expected {expected}, found only its name"))),
        }
    }
}

impl<'de> EnumAccess<'de> for Variant<'de, '_> {
    type Error = Failure;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Failure> {
        let name = self.reader.descend(self.name, seed)?;
        Ok((name, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de, '_> {
    type Error = Failure;

    fn unit_variant(self) -> Result<(), Failure> {
        self.value.map_or(Ok(()), |link| self.reader.descend(link, PhantomData))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Failure> {
        self.content("a mapping of the name to its value", seed)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Failure> {
        self.content("a mapping of the name to a list", Visit(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.content("a mapping of the name to a mapping", Visit(visitor))
    }
}

/// Shows a visitor whatever is there.
struct Visit<V>(V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Visit<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        deserializer.deserialize_any(self.0)
    }
}
