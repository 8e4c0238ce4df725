//! Files of several documents, and the findings of all of them together.

use serde::Deserialize;
use toban_yaml::{Findings, MAX_FINDINGS, Path, Stream, from_str};

use crate::any::Any;

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Service {
    kind: String,
    team: String,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Slo {
    kind: String,
    target: f64,
}

#[test]
fn a_kind_chooses_the_type_and_all_findings_come_together() {
    let text =
        "kind: Service\nteam: a\n---\nkind: SLO\ntarget: x\n---\nkind: Slo\n---\nkind: Service\nteem: b\n";
    let stream = Stream::parse("all.yaml", text);
    let kind = Path::root().key("kind");
    let mut findings = stream.findings;
    for document in &stream.documents {
        let read = match document.scalar(&kind) {
            Some("Service") => document.read::<Service>().map(drop),
            Some("SLO") => document.read::<Slo>().map(drop),
            other => Err(document.finding(&kind, &format!("no such kind: {other:?}")).into()),
        };
        findings.extend(read.err().into_iter().flatten());
    }
    let expected = "\
all.yaml:5:9: target: expected a number, found the text \"x\"
all.yaml:7:7: kind: no such kind: Some(\"Slo\")
all.yaml:10:1: teem: unknown field `teem`, did you mean `team`?";
    assert_eq!(findings.to_string(), expected);
}

#[test]
fn documents_without_content_are_left_out_and_the_others_read_in_order() {
    let text = "# first\n---\n---\nkind: a\ntarget: 1\n...\n---\n# nothing\n---\nkind: b\ntarget: 2\n---\n";
    let slos: Vec<Slo> = Stream::parse("f", text).read_each().unwrap();
    let kinds: Vec<_> = slos.iter().map(|slo| slo.kind.as_str()).collect();
    assert_eq!(kinds, ["a", "b"]);
}

#[test]
fn a_document_with_a_syntax_error_does_not_hide_the_others() {
    let stream = Stream::parse("f", "kind: a\ntarget: 1\n---\n}\n---\nkind: c\ntarget: 3\n");
    assert_eq!(stream.findings.len(), 1);
    assert_eq!(stream.documents.len(), 2);
    assert_eq!(stream.documents[1].read::<Slo>().unwrap().target.to_bits(), 3.0_f64.to_bits());
}

#[test]
fn the_text_that_looks_like_a_divider_inside_a_block_divides_nothing() {
    let stream = Stream::parse("f", "a: |\n  x\n  ---\n  y\nb: \"1\n  --- 2\"\n");
    assert_eq!(stream.documents.len(), 1);
    assert_eq!(stream.documents[0].scalar(&Path::root().key("a")), Some("x\n---\ny\n"));
}

#[test]
fn a_scalar_is_there_only_where_the_path_leads_to_one() {
    let stream = Stream::parse("f", "a: {b: &x [0o17, yes]}\nc: *x\n");
    let scalar = |path: &str| stream.documents[0].scalar(&path.parse().unwrap()).map(str::to_owned);
    assert_eq!(scalar("a.b[0]").as_deref(), Some("0o17"));
    assert_eq!(scalar("c[1]").as_deref(), Some("yes"));
    for absent in ["", "a", "a.b", "a.b[2]", "a.b[0].c", "a[0]", "d"] {
        assert_eq!(scalar(absent), None, "{absent}");
    }
}

#[test]
fn what_follows_from_another_mistake_is_not_reported() {
    // `target` is there, though wrong: nobody shall read that it is missing.
    let findings =
        from_str::<Vec<Slo>>("f", "- {kind: a, target: x}\n- {kind: [b], target: y}\n").unwrap_err();
    let lines: Vec<String> = findings.iter().map(|finding| finding.path().to_string()).collect();
    assert_eq!(lines, ["[0].target", "[1].kind", "[1].target"]);
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "Vec<u8>")]
struct Pair;

impl TryFrom<Vec<u8>> for Pair {
    type Error = String;

    fn try_from(items: Vec<u8>) -> Result<Self, String> {
        if items.len() == 2 { Ok(Self) } else { Err(format!("a pair has 2 items, not {}", items.len())) }
    }
}

#[test]
fn a_judgement_of_the_type_is_placed_and_not_made_of_what_was_left_out() {
    let findings = from_str::<Vec<Pair>>("f", "- [1, 2]\n- [1, x]\n- [1]\n").unwrap_err();
    assert_eq!(
        findings.to_string(),
        "f:2:7: [1][1]: expected a whole number from 0 to 255, found the text \"x\"\n\
         f:3:3: [2]: a pair has 2 items, not 1"
    );
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(dead_code, reason = "read, and not looked at")]
enum Tagged {
    File { path: String },
    Url { url: String },
}

#[test]
fn a_mistake_that_serde_hides_inside_a_tagged_enum_is_placed_at_the_enum() {
    let text = "- {type: file, path: a}\n- {type: url, path: b}\n- {type: pipe}\n";
    let findings = from_str::<Vec<Tagged>>("f", text).unwrap_err();
    assert_eq!(
        findings.to_string(),
        "f:2:3: [1]: missing field `url`\nf:3:10: [2].type: unknown value `pipe`, expected `file` or `url`"
    );
}

#[test]
fn an_aliased_mistake_is_reported_once() {
    let findings = from_str::<Vec<Slo>>("f", "- &a {kind: a, target: x}\n- *a\n- *a\n").unwrap_err();
    assert_eq!(findings.to_string(), "f:1:24: [0].target: expected a number, found the text \"x\"");
}

#[test]
fn a_limited_number_of_findings_is_given() {
    let wrong = "- x\n".repeat(3 * MAX_FINDINGS);
    assert_eq!(from_str::<Vec<u8>>("f", &wrong).unwrap_err().len(), MAX_FINDINGS);
    let broken = "}\n---\n".repeat(3 * MAX_FINDINGS);
    assert_eq!(from_str::<Any>("f", &broken).unwrap_err().len(), MAX_FINDINGS);
}

#[test]
fn findings_say_file_line_column_and_path_one_by_one() {
    let findings: Findings = from_str::<Slo>("dir/f.yaml", "kind: a\ntarget: x\n").unwrap_err();
    let finding = findings.iter().next().unwrap();
    assert_eq!((finding.file(), finding.line(), finding.column()), ("dir/f.yaml", 2, 9));
    assert_eq!(finding.path(), &Path::root().key("target"));
    assert_eq!(finding.message(), "expected a number, found the text \"x\"");
}
