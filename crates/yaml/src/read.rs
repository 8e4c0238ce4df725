//! Reads a tree as a serde type, and finds more than one mistake.

use serde::Deserialize;
use std::collections::HashSet;

use crate::deserializer::Reader;
use crate::failure::{Failure, Kind};
use crate::finding::{Finding, Findings};
use crate::source::Source;
use crate::stream::MAX_FINDINGS;
use crate::tree::Tree;

/// serde stops at the first mistake. So what is wrong is left out and the rest is read again, until nothing is wrong or
/// nothing is left; each round leaves out one value more.
pub(crate) fn all<'d, T: Deserialize<'d>>(source: &Source, tree: &'d Tree) -> Result<T, Findings> {
    let mut findings = Findings::default();
    let mut skipped = HashSet::new();
    // What lacks something only because it is left out; a mistake found here may be none.
    let mut incomplete = HashSet::new();
    for _ in 0..2 * MAX_FINDINGS {
        let Failure { message, kind, path, nodes } = match Reader::new(tree, &skipped).read::<T>() {
            Ok(value) if findings.is_empty() => return Ok(value),
            Ok(_) => break,
            Err(failure) => failure,
        };
        let at = nodes.last().copied().unwrap_or(Tree::ROOT);
        if !incomplete.contains(&tree.target(at)) && !skipped.contains(&at) {
            findings.push(Finding::new(source, tree.node(at).place.clone(), path, &message));
        }
        let next = nodes.iter().rposition(|id| *id != Tree::ROOT && !skipped.contains(id));
        let Some((next, above)) = next.and_then(|next| nodes.get(..=next)?.split_last()) else { break };
        if kind == Kind::Limit || findings.len() == MAX_FINDINGS {
            break;
        }
        skipped.insert(*next);
        if kind != Kind::UnknownField {
            incomplete.extend(above.iter().map(|id| tree.target(*id)));
        }
    }
    findings.sort();
    Err(findings)
}
