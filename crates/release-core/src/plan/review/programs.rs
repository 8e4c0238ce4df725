//! What is filled into the arguments of the programs of a draft: a field that nobody fills in is a slip.

use super::super::draft::PlanDraft;
use super::super::step::StepKind;
use super::{Review, steps};
use std::iter;
use toban_core::nearest;

/// Whoever moves traffic is told how much of it, and which version gets it.
const MOVES: &[&str] = &["weight", "version"];

/// What stands before a brace that some other notation reads: `${HOME}`, `%{http_code}`, `HEAD^{commit}`, `{{name}}`.
const FOREIGN: &[char] = &['$', '%', '@', '^', '#', '{', '\\'];

/// Each argument that has a field which is never filled in.
pub(super) fn fields(draft: &PlanDraft, notes: &mut Review) {
    for (list, steps) in steps::all(draft) {
        let may_move = matches!(list, "steps" | "rollback.steps");
        for (place, step) in steps.iter().enumerate() {
            let known = if may_move && step.kind == StepKind::Deploy { MOVES } else { &[] };
            of(step.command.as_deref(), known, &format!("{list}[{place}].command"), notes);
        }
    }
    let given = &draft.rollout;
    for (program, known, at) in [
        (&given.measure, &["query", "name", "stage"][..], "rollout.measure"),
        (&given.tell, &["what", "to", "ja", "en"], "rollout.tell"),
        (&given.find_out, &["step"], "rollout.find_out"),
        (&given.approvals, &["revision"], "rollout.approvals"),
    ] {
        of(program.as_deref(), known, at, notes);
    }
}

fn of(argv: Option<&[String]>, known: &[&'static str], at: &str, notes: &mut Review) {
    for (place, argument) in argv.unwrap_or_default().iter().enumerate() {
        let Some(field) = words(argument).find(|word| !known.contains(word)) else { continue };
        let is_given = |known: &[&'static str]| nearest(field, known.iter().copied());
        let meant = match (is_given(known), is_given(MOVES)) {
            (Some(meant), _) => format!("did you mean {{{meant}}}?"),
            (None, Some(moves)) if known.is_empty() => {
                format!("only the step of kind `deploy`, which moves traffic, is given {{{moves}}}")
            }
            (None, _) if known.is_empty() => format!("where it is meant as it stands, write {{ {field} }}"),
            (None, _) => {
                let known: Vec<_> = known.iter().map(|known| format!("{{{known}}}")).collect();
                format!("there is {}; where it is meant as it stands, write {{ {field} }}", known.join(", "))
            }
        };
        let message = format!("nothing is filled in for {{{field}}}: {meant}");
        notes.error("unknown-field", format!("{at}[{place}]"), message);
    }
}

/// The single words in braces, but for those that belong to another notation.
fn words(argument: &str) -> impl Iterator<Item = &str> {
    let mut from = 0;
    iter::from_fn(move || {
        loop {
            let open = from + argument.get(from..)?.find('{')?;
            from = open + 1;
            let rest = argument.get(from..)?;
            let word = rest.split_once('}').map_or("", |(word, _)| word);
            let begins = word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
            let is_word =
                begins && word.chars().all(|one| one.is_ascii_alphanumeric() || matches!(one, '_' | '-'));
            let is_foreign = argument.get(..open).is_some_and(|before| before.ends_with(FOREIGN));
            if is_word && !is_foreign {
                return Some(word);
            }
        }
    })
}
