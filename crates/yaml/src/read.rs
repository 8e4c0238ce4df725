//! Reads a tree as a serde type, and finds more than one mistake.

use serde::Deserialize;
use std::collections::{HashMap, HashSet};

use crate::deserializer::Reader;
use crate::failure::{Failure, Kind};
use crate::finding::{Finding, Findings};
use crate::path::Path;
use crate::source::Source;
use crate::stream::MAX_FINDINGS;
use crate::tree::{NodeId, Tree};

/// What was read of a document whose list was read item by item ([`Document::read_apart`](crate::Document::read_apart)).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Apart<T> {
    /// The document without the items that could not be read.
    pub value: T,
    /// The places of these in the list, counted from 0, in order.
    pub left_out: Vec<usize>,
    /// What is wrong with them; empty where none is left out.
    pub findings: Findings,
}

/// serde stops at the first mistake. So what is wrong is left out and the rest is read again, until nothing is wrong or
/// nothing is left; each round leaves out one value more, or reads a misspelled key as what was meant.
///
/// It begins at a node, which stands at a path, and without what is to be skipped.
pub(crate) fn all<'d, T: Deserialize<'d>>(
    source: &Source,
    tree: &'d Tree,
    (root, base): (NodeId, &Path),
    mut skipped: HashSet<NodeId>,
) -> Result<T, Findings> {
    let mut findings = Findings::default();
    let mut meant = HashMap::new();
    // What stands below a key that was guessed; where it does not fit, the guess was wrong.
    let mut guessed = HashSet::new();
    // What lacks something only because it is left out; a mistake found here may be none.
    let mut incomplete = HashSet::new();
    for _ in 0..2 * MAX_FINDINGS {
        let Failure { message, kind, path, nodes } =
            match Reader::new(tree, &skipped, &meant).read::<T>(root, base.steps().len()) {
                Ok(value) if findings.is_empty() => return Ok(value),
                Ok(_) => break,
                Err(failure) => failure,
            };
        let at = nodes.last().copied().unwrap_or(root);
        if ![&skipped, &guessed].iter().any(|told| told.contains(&at))
            && !incomplete.contains(&tree.target(at))
        {
            findings.push(Finding::new(
                source,
                tree.node(at).place.clone(),
                base.clone().joined(path),
                &message,
            ));
        }
        if let Kind::Misspelled(name, value) = kind
            && findings.len() < MAX_FINDINGS
            && meant.insert(at, name).is_none()
        {
            guessed.insert(value);
            continue;
        }
        let next = nodes.iter().rposition(|id| *id != root && !skipped.contains(id));
        let Some((next, above)) = next.and_then(|next| nodes.get(..=next)?.split_last()) else { break };
        if kind == Kind::Limit || findings.len() == MAX_FINDINGS {
            break;
        }
        skipped.insert(*next);
        if !matches!(kind, Kind::Misspelled(..) | Kind::UnknownField(_)) {
            incomplete.extend(above.iter().map(|id| tree.target(*id)));
        }
    }
    findings.sort();
    Err(findings)
}

/// A document of which one list is read item by item, so that a mistake in one item is no mistake of the others.
pub(crate) fn apart<'d, T: Deserialize<'d>, I: Deserialize<'d>>(
    source: &Source,
    tree: &'d Tree,
    list: &Path,
) -> Result<Apart<T>, Findings> {
    let items = tree.items(list);
    let mut findings = Findings::default();
    let (mut left_out, mut skipped) = (Vec::new(), HashSet::new());
    // What each item unfolds to is bounded, and so is all of it only where the whole is.
    if tree.is_within_limits() {
        for (place, item) in items.iter().enumerate() {
            let path = list.clone().index(place);
            if let Err(more) = all::<I>(source, tree, (*item, &path), HashSet::new()) {
                left_out.push(place);
                skipped.insert(*item);
                findings.extend(more);
            }
        }
    }
    let read = all(source, tree, (Tree::ROOT, &Path::root()), skipped);
    findings.extend(read.as_ref().err().into_iter().flatten().cloned());
    findings.sort();
    findings.truncate(MAX_FINDINGS);
    match read {
        Ok(value) => Ok(Apart { value, left_out, findings }),
        Err(_) => Err(findings),
    }
}
