//! Reads a tree as a serde type, and finds more than one mistake.

use serde::Deserialize;
use std::collections::{HashMap, HashSet};

use crate::deserializer::Reader;
use crate::failure::{Failure, Kind};
use crate::finding::{Finding, Findings};
use crate::source::Source;
use crate::stream::MAX_FINDINGS;
use crate::tree::Tree;

/// serde stops at the first mistake. So what is wrong is left out and the rest is read again, until nothing is wrong or
/// nothing is left; each round leaves out one value more, or reads a misspelled key as what was meant.
pub(crate) fn all<'d, T: Deserialize<'d>>(source: &Source, tree: &'d Tree) -> Result<T, Findings> {
    let mut findings = Findings::default();
    let (mut skipped, mut meant) = (HashSet::new(), HashMap::new());
    // What stands below a key that was guessed; where it does not fit, the guess was wrong.
    let mut guessed = HashSet::new();
    // What lacks something only because it is left out; a mistake found here may be none.
    let mut incomplete = HashSet::new();
    for _ in 0..2 * MAX_FINDINGS {
        let Failure { message, kind, path, nodes } = match Reader::new(tree, &skipped, &meant).read::<T>() {
            Ok(value) if findings.is_empty() => return Ok(value),
            Ok(_) => break,
            Err(failure) => failure,
        };
        let at = nodes.last().copied().unwrap_or(Tree::ROOT);
        if ![&skipped, &guessed].iter().any(|told| told.contains(&at))
            && !incomplete.contains(&tree.target(at))
        {
            findings.push(Finding::new(source, tree.node(at).place.clone(), path, &message));
        }
        if let Kind::Misspelled(name, value) = kind
            && findings.len() < MAX_FINDINGS
            && meant.insert(at, name).is_none()
        {
            guessed.insert(value);
            continue;
        }
        let next = nodes.iter().rposition(|id| *id != Tree::ROOT && !skipped.contains(id));
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
