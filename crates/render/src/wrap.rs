//! Where a line of text may be broken.

use crate::table::{NEVER_BROKEN, UNBROKEN, is_mark};
use unicode_linebreak::linebreaks;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// So many wide characters that follow one another stay on one line where it can hold them; a longer run is a sentence
/// of a language without blanks, and may be broken where that language allows it.
const UNBROKEN_RUN: usize = 10;

/// A text in lines of at most so many columns. Words stay whole where a line can hold them, and so do names and numbers
/// in a sentence of a language without blanks.
#[must_use]
pub fn wrapped(text: &str, columns: u16) -> Vec<String> {
    let text = text.replace(" %", &format!("{NEVER_BROKEN}%"));
    let lines = lines(&text, columns.max(1).into());
    lines.iter().map(|line| line.replace([UNBROKEN, NEVER_BROKEN], " ")).collect()
}

/// The same of a text with marks for colours and with blanks at which no line is broken.
pub(crate) fn lines(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for word in paragraph.split_inclusive(' ') {
            let is_whole = !is_sentence(word) && word.trim_end().width() <= columns;
            for piece in if is_whole { vec![word] } else { pieces(word) } {
                if !line.is_empty() && line.width() + piece.trim_end_matches(' ').width() > columns {
                    lines.push(ended(&std::mem::take(&mut line)));
                }
                for c in piece.chars() {
                    // What no line can hold is broken anywhere.
                    if c != ' ' && line.width() + c.width().unwrap_or(0) > columns {
                        lines.push(ended(&std::mem::take(&mut line)));
                    }
                    line.push(c);
                }
            }
        }
        lines.push(ended(&line));
    }
    lines
}

fn ended(line: &str) -> String {
    line.trim_end_matches(' ').to_owned()
}

/// Whether a character fills two columns, as those of Japanese do.
fn is_wide(c: char) -> bool {
    c.width() == Some(2)
}

/// Whether what stands between two blanks may be broken.
pub(crate) fn is_sentence(word: &str) -> bool {
    word.chars().filter(|c| is_wide(*c)).count() > UNBROKEN_RUN
}

/// The parts of a word that stay whole: it is broken beside wide characters alone, where their language allows it.
fn pieces(word: &str) -> Vec<&str> {
    let (mut pieces, mut begin) = (Vec::new(), 0);
    for (end, _) in linebreaks(word) {
        let (Some(piece), Some(rest)) = (word.get(begin..end), word.get(end..)) else { continue };
        let beside = [piece.chars().rfind(|c| !is_mark(*c)), rest.chars().find(|c| !is_mark(*c))];
        // A mark for a colour stays with its text.
        if rest.is_empty() || (piece.width() > 0 && beside.into_iter().flatten().any(is_wide)) {
            pieces.push(piece);
            begin = end;
        }
    }
    pieces
}

/// Each word on a line of its own; what may be broken in pieces of a legible length.
pub(crate) fn below_each_other(text: &str) -> String {
    let mut below = Vec::new();
    for word in text.split([' ', '\n']) {
        if !is_sentence(word) {
            below.push(word.to_owned());
            continue;
        }
        let mut part = String::new();
        for piece in pieces(word) {
            if part.chars().filter(|c| is_wide(*c)).count() >= UNBROKEN_RUN {
                below.push(std::mem::take(&mut part));
            }
            part.push_str(piece);
        }
        below.push(part);
    }
    below.join("\n")
}

/// What of a text must not be broken, without marks: words, and the names and numbers in sentences of a language without
/// blanks.
pub(crate) fn unbroken(text: &str) -> impl Iterator<Item = String> {
    words(text).flat_map(|word| if is_sentence(&word) { runs(&word) } else { vec![word] })
}

/// All that is whole in a text.
pub(crate) fn whole(text: &str) -> impl Iterator<Item = String> {
    words(text).flat_map(|word| {
        let mut whole = runs(&word);
        whole.push(word);
        whole
    })
}

fn words(text: &str) -> impl Iterator<Item = String> {
    let words = text.split([' ', '\n']).map(|word| word.chars().filter(|c| !is_mark(*c)).collect());
    words.filter(|word: &String| !word.is_empty())
}

/// The names and numbers in a word.
fn runs(word: &str) -> Vec<String> {
    word.split(is_wide).filter(|run| !run.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_in_a_sentence_without_blanks_stays_whole_and_no_line_begins_with_a_full_stop() {
        let text = "スキーマledger-42への移行を行い、payments-7.4.0-productionを確認する。";
        for columns in 26..60 {
            let lines = wrapped(text, columns);
            assert_eq!(lines.concat(), text);
            for name in ["ledger-42", "payments-7.4.0-production"] {
                assert_eq!(
                    lines.iter().filter(|line| line.contains(name)).count(),
                    1,
                    "{columns}: {lines:?}"
                );
            }
            assert!(lines.iter().all(|line| !line.starts_with(['、', '。'])), "{columns}: {lines:?}");
        }
    }

    #[test]
    fn words_and_shares_stay_whole_and_what_no_line_can_hold_is_broken() {
        assert_eq!(wrapped("traffic to 25 % of it", 13), ["traffic to", "25 % of it"]);
        assert_eq!(wrapped("to be159940540dcafe", 8), ["to", "be159940", "540dcafe"]);
        assert_eq!(wrapped("", 8), [""]);
        assert_eq!(wrapped("one\n  two", 8), ["one", "  two"]);
    }

    proptest! {
        #[test]
        fn no_line_is_longer_and_nothing_is_lost(text in "[a-c 、。「」表示中%-]{0,60}", columns in 2..40_u16) {
            let lines = wrapped(&text, columns);
            prop_assert!(lines.iter().all(|line| line.width() <= columns.into()), "{:?}", lines);
            let without = |text: &str| text.replace(' ', "");
            prop_assert_eq!(without(&lines.concat()), without(&text));
        }
    }
}
