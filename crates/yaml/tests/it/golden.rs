//! The texts as a reader sees them.

use serde::Deserialize;
use toban_yaml::{Document, Level, Path, Stream, from_str};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read, and not looked at")]
struct Slo {
    name: String,
    objectives: Vec<Objective>,
    #[serde(default)]
    method: Method,
    retries: Option<u8>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read, and not looked at")]
struct Objective {
    target: f64,
    window: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Method {
    #[default]
    Occurrences,
    Timeslices(#[expect(dead_code, reason = "read, and not looked at")] String),
}

#[track_caller]
fn shows(text: &str, expected: &str) {
    let findings = from_str::<Slo>("slo.yaml", text).unwrap_err();
    assert_eq!(findings.render(), expected.trim_start_matches('\n'), "\n{}", findings.render());
}

#[test]
fn every_mistake_of_a_document_is_shown_at_its_place() {
    shows(
        "\
name:
名前: 決済
objectives:
  - target: 99,9   # a comma
    window: 30d
  - {window: 決済の窓, target: 1.0, targett: 2}
  - target: 1
  - windw: 30d
  - \"x\"
  - target: [1]
    window: {a: b}
method: timeslice
retries: 300
",
        "
error: expected a string, found nothing
 --> slo.yaml:1:5
  |
1 | name:
  |     ^ name

error: unknown field `名前`, expected `name`, `objectives`, `method` or `retries`
 --> slo.yaml:2:1
  |
1 | name:
2 | 名前: 決済
  | ^^^^ 名前

error: expected a number, found the text \"99,9\"
 --> slo.yaml:4:13
  |
3 | objectives:
4 |   - target: 99,9   # a comma
  |             ^^^^ objectives[0].target

error: unknown field `targett`, expected `target` or `window`
 --> slo.yaml:6:33
  |
5 |     window: 30d
6 |   - {window: 決済の窓, target: 1.0, targett: 2}
  |                                     ^^^^^^^ objectives[1].targett

error: missing field `window`
 --> slo.yaml:7:5
  |
6 |   - {window: 決済の窓, target: 1.0, targett: 2}
7 |   - target: 1
  |     ^^^^^^ objectives[2]

error: unknown field `windw`, did you mean `window`?
 --> slo.yaml:8:5
  |
7 |   - target: 1
8 |   - windw: 30d
  |     ^^^^^ objectives[3].windw

error: missing field `target`
 --> slo.yaml:8:5
  |
7 |   - target: 1
8 |   - windw: 30d
  |     ^^^^^ objectives[3]

error: expected a mapping, found the text \"x\"
 --> slo.yaml:9:5
  |
8 |   - windw: 30d
9 |   - \"x\"
  |     ^^^ objectives[4]

error: expected a number, found a list
  --> slo.yaml:10:13
   |
 9 |   - \"x\"
10 |   - target: [1]
   |             ^ objectives[5].target

error: expected a string, found a mapping
  --> slo.yaml:11:13
   |
10 |   - target: [1]
11 |     window: {a: b}
   |             ^ objectives[5].window

error: unknown value `timeslice`, did you mean `timeslices`?
  --> slo.yaml:12:9
   |
11 |     window: {a: b}
12 | method: timeslice
   |         ^^^^^^^^^ method

error: expected a whole number from 0 to 255, found `300`
  --> slo.yaml:13:10
   |
12 | method: timeslice
13 | retries: 300
   |          ^^^ retries
",
    );
}

#[test]
fn a_misspelled_field_is_one_mistake() {
    shows(
        "\
objectives:
  - {target: 1, windows: 7d}
  - {traget: 1, windw: 7d}
nmae: a
",
        "
error: unknown field `windows`, did you mean `window`?
 --> slo.yaml:2:17
  |
1 | objectives:
2 |   - {target: 1, windows: 7d}
  |                 ^^^^^^^ objectives[0].windows

error: unknown field `traget`, did you mean `target`?
 --> slo.yaml:3:6
  |
2 |   - {target: 1, windows: 7d}
3 |   - {traget: 1, windw: 7d}
  |      ^^^^^^ objectives[1].traget

error: unknown field `windw`, did you mean `window`?
 --> slo.yaml:3:17
  |
2 |   - {target: 1, windows: 7d}
3 |   - {traget: 1, windw: 7d}
  |                 ^^^^^ objectives[1].windw

error: unknown field `nmae`, did you mean `name`?
 --> slo.yaml:4:1
  |
3 |   - {traget: 1, windw: 7d}
4 | nmae: a
  | ^^^^ nmae
",
    );
}

#[test]
fn what_stands_below_a_misspelled_field_is_looked_at_unless_it_shows_that_another_was_meant() {
    shows(
        "\
name: a
objective:
  - {target: 1, window: [7d]}
retrys: often
",
        "
error: unknown field `objective`, did you mean `objectives`?
 --> slo.yaml:2:1
  |
1 | name: a
2 | objective:
  | ^^^^^^^^^ objective

error: expected a string, found a list
 --> slo.yaml:3:25
  |
2 | objective:
3 |   - {target: 1, window: [7d]}
  |                         ^ objective[0].window

error: unknown field `retrys`, did you mean `retries`?
 --> slo.yaml:4:1
  |
3 |   - {target: 1, window: [7d]}
4 | retrys: often
  | ^^^^^^ retrys
",
    );
}

#[test]
fn a_field_that_is_there_was_not_meant_by_another_one() {
    let told = |text: &str| from_str::<Slo>("slo.yaml", text).unwrap_err().to_string();
    let expected = "expected `name`, `objectives`, `method` or `retries`";
    assert_eq!(
        told("nam: b\nname: a\nobjectives: []\n"),
        format!("slo.yaml:1:1: nam: unknown field `nam`, {expected}"),
    );
    // The first of two takes the name, and the own one of a mapping before that of another.
    assert_eq!(
        told("nam: b\nnme: a\nobjectives: []\n"),
        format!(
            "slo.yaml:1:1: nam: unknown field `nam`, did you mean `name`?\n\
             slo.yaml:2:1: nme: unknown field `nme`, {expected}"
        ),
    );
    assert_eq!(
        told("<<: {name: b}\nnam: a\nobjectives: []\n"),
        format!("slo.yaml:2:1: nam: unknown field `nam`, {expected}"),
    );
}

#[test]
fn syntax_and_duplicate_keys_are_shown_for_all_documents_at_once() {
    shows(
        "\
name: a
objectives: []
name: b
---
name: [1
---
name: c
objectives:
\t- target: 1
",
        "
error: duplicate key `name`
 --> slo.yaml:3:1
  |
2 | objectives: []
3 | name: b
  | ^^^^

error: unclosed bracket '['
 --> slo.yaml:5:7
  |
4 | ---
5 | name: [1
  |       ^

error: tabs disallowed within this context (block indentation)
 --> slo.yaml:9:2
  |
8 | objectives:
9 |  - target: 1
  |  ^
",
    );
}

#[test]
fn an_enum_that_is_neither_a_name_nor_one_key_is_told_its_names() {
    shows(
        "{name: a, objectives: [], method: {timeslices: x, occurrences: y}}",
        "
error: expected `occurrences` or `timeslices` as the only key, found 2 keys
 --> slo.yaml:1:35
  |
1 | {name: a, objectives: [], method: {timeslices: x, occurrences: y}}
  |                                   ^ method
",
    );
    shows(
        "{name: a, objectives: [], method: timeslices}",
        "
error: expected a mapping of the name to its value, found only its name
 --> slo.yaml:1:35
  |
1 | {name: a, objectives: [], method: timeslices}
  |                                   ^^^^^^^^^^ method
",
    );
}

#[test]
fn aliases_that_lead_nowhere_or_into_themselves_are_shown_where_they_stand() {
    shows(
        "name: *gone\nobjectives: &all [*all]\n",
        "
error: no anchor `&gone` stands before this alias
 --> slo.yaml:1:7
  |
1 | name: *gone
  |       ^^^^^ name

error: an alias cannot stand inside what it stands for
 --> slo.yaml:2:19
  |
1 | name: *gone
2 | objectives: &all [*all]
  |                   ^^^^ objectives[0]
",
    );
}

#[test]
fn a_tag_without_meaning_is_refused() {
    shows(
        "name: !secret x\nobjectives: []\n",
        "
error: the tag `!secret` is not supported
 --> slo.yaml:1:7
  |
1 | name: !secret x
  |       ^^^^^^^
",
    );
}

#[test]
fn a_file_of_one_document_has_exactly_one() {
    for text in ["", "# nothing\n", "---\n...\n", "~"] {
        shows(text, "error: the file holds no document\n --> slo.yaml:1:1\n");
    }
    shows(
        "name: a\nobjectives: []\n---\nname: b\nobjectives: []\n",
        "
error: expected one document, and here a second begins
 --> slo.yaml:4:1
  |
3 | ---
4 | name: b
  | ^^^^
",
    );
}

#[test]
fn bytes_that_are_no_utf_8_are_shown_at_their_place() {
    let shows = |bytes: &[u8], expected: &str| {
        assert_eq!(Stream::parse("slo.yaml", bytes).findings.render(), expected);
    };
    shows(
        b"name: a\r\nwindow: \xFF\xFE\n",
        "error: this byte is not UTF-8\n --> slo.yaml:2:9\n  |\n1 | name: a\n2 | window: \u{fffd}\u{fffd}\n  |         ^\n",
    );
    shows(b"\xFF\xFEn\0", "error: the file is UTF-16; expected UTF-8\n --> slo.yaml:1:1\n");
}

#[test]
fn a_long_line_is_cropped_around_the_value_and_a_long_value_in_the_message() {
    let text = format!("note: {{name: a}}\nname: a{}\nobjectives: {}\n", " x".repeat(300), "あ".repeat(900));
    shows(
        &text,
        &format!(
            "error: unknown field `note`, expected `name`, `objectives`, `method` or `retries`
 --> slo.yaml:1:1
  |
1 | note: {{name: a}}
  | ^^^^ note

error: expected a list, found the text \"{}…
 --> slo.yaml:3:13
  |
2 | name: a{} …
3 | objectives: {}…
  |             {} objectives
",
            "あ".repeat(167),
            " x".repeat(66),
            "あ".repeat(128),
            "^".repeat(140),
        ),
    );
    let text = format!("{{name: {}, retries: 256, objectives: []{} }}", "x".repeat(300), " ".repeat(300));
    shows(
        &text,
        &format!(
            "error: expected a whole number from 0 to 255, found `256`
 --> slo.yaml:1:319
  |
1 | …{}, retries: 256, objectives: []{}…
  |  {}^^^ retries
",
            "x".repeat(59),
            " ".repeat(51),
            " ".repeat(70),
        ),
    );
}

#[test]
fn control_characters_of_a_file_do_not_reach_the_terminal() {
    let text = "name: \"\\e[31m\"\nobjectives: \"\\e[31m\"\n\"\\e[2J\": 1\n";
    let rendered = from_str::<Slo>("a\u{1b}[1m.yaml", text).unwrap_err();
    for shown in [rendered.render(), rendered.to_string()] {
        assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown:?}");
        assert!(shown.contains("a\u{fffd}[1m.yaml:2:13"), "{shown}");
    }
}

#[test]
fn line_breaks_of_any_kind_count_the_same() {
    for end in ["\n", "\r\n", "\r"] {
        let text = ["\u{feff}name: a", "objectives: 1", "retries: x", ""].join(end);
        shows(
            &text,
            "
error: expected a list, found `1`
 --> slo.yaml:2:13
  |
1 | name: a
2 | objectives: 1
  |             ^ objectives

error: expected a whole number from 0 to 255, found the text \"x\"
 --> slo.yaml:3:10
  |
2 | objectives: 1
3 | retries: x
  |          ^ retries
",
        );
    }
}

fn document(text: &str) -> Document {
    Stream::parse("slo.yaml", text).documents.remove(0)
}

#[test]
fn a_caller_attaches_what_it_finds_to_the_place_of_a_value() {
    let document = document("name: a\nlabels:\n  a.b/c: [x, 決済]\n");
    let path: Path = "labels[\"a.b/c\"][1]".parse().unwrap();
    let finding = document.finding(&path, "labels are short").with_level(Level::Warning);
    assert_eq!(finding.to_string(), "slo.yaml:3:14: labels[\"a.b/c\"][1]: labels are short");
    assert_eq!(
        finding.render(),
        "\
warning: labels are short
 --> slo.yaml:3:14
  |
2 | labels:
3 |   a.b/c: [x, 決済]
  |              ^^^^ labels[\"a.b/c\"][1]
"
    );
}

#[test]
fn a_place_that_is_not_there_is_the_deepest_on_the_way() {
    let document = document("spec: {a: &x {b: 1}}\nmore: *x\n");
    let at = |path: &str| {
        let place = document.place(&path.parse().unwrap());
        (place.line, place.column)
    };
    assert_eq!(at(""), (1, 1));
    assert_eq!(at("spec.a.b"), (1, 18));
    assert_eq!(at("spec.a.missing.deeper"), (1, 14));
    assert_eq!(at("spec[3]"), (1, 7));
    assert_eq!(at("more"), (2, 7));
    assert_eq!(at("more.b"), (1, 18));
}

#[test]
fn a_mistake_in_one_item_is_told_at_its_place_and_spoils_no_other() {
    let list = Path::root().key("objectives");
    let text = "name: a\nobjectives:\n- {target: 1, window: x}\n- {target: 1, windwo: x}\n- {target: x, window: 1, y: 2}\n- &z {target: 2, window: z}\n- *z\n- 7\n";
    let read = document(text);
    let read = read.read_apart::<Slo, Objective>(&list).unwrap();
    assert_eq!((read.value.objectives.len(), read.left_out), (3, vec![1, 2, 5]));
    assert_eq!(
        read.findings.to_string(),
        "\
slo.yaml:4:15: objectives[1].windwo: unknown field `windwo`, did you mean `window`?
slo.yaml:5:12: objectives[2].target: expected a number, found the text \"x\"
slo.yaml:5:26: objectives[2].y: unknown field `y`, expected `target` or `window`
slo.yaml:8:3: objectives[5]: expected a mapping, found `7`"
    );
    assert!(
        read.findings
            .render()
            .contains("4 | - {target: 1, windwo: x}\n  |               ^^^^^^ objectives[1].windwo"),
        "{}",
        read.findings.render()
    );
    // What is wrong beside the list is wrong with the whole, and both are told.
    let both = document("name: a\nobjectives:\n- 7\nlabels: {}\n");
    assert_eq!(
        both.read_apart::<Slo, Objective>(&list).unwrap_err().to_string(),
        "\
slo.yaml:3:3: objectives[0]: expected a mapping, found `7`
slo.yaml:4:1: labels: unknown field `labels`, expected `name`, `objectives`, `method` or `retries`"
    );
    // Where no list stands, the whole is read.
    let none = document("name: a\nobjectives: 7\n");
    assert_eq!(
        none.read_apart::<Slo, Objective>(&list).unwrap_err().to_string(),
        "slo.yaml:2:13: objectives: expected a list, found `7`"
    );
}
