//! Rust source as a text check needs it: without comments and literals, and as paths with their lines.

/// The code of a file with every comment, string and character literal blanked; lines stay where they were.
#[derive(Clone, Debug)]
pub struct Code {
    tokens: Vec<Token>,
}

/// A word, or a single character of punctuation (`::` counts as one).
#[derive(Clone, Debug, PartialEq, Eq)]
struct Token {
    line: usize,
    text: String,
}

/// A path such as `std::fs::read`, spelled out where a `use` tree folds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedPath {
    /// Counted from 1.
    pub line: usize,
    /// Joined by `::`.
    pub path: String,
}

impl Code {
    /// Reads a file's text.
    #[must_use]
    pub fn read(text: &str) -> Self {
        Self { tokens: tokens(&blanked(text)) }
    }

    /// The same without what stands under `#[cfg(test)]`.
    #[must_use]
    pub fn without_tests(&self) -> Self {
        const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
        let mut kept = Vec::new();
        let mut rest = self.tokens.as_slice();
        while let Some((first, tail)) = rest.split_first() {
            if starts_with(rest, &MARK) {
                rest = after_item(rest);
            } else {
                kept.push(first.clone());
                rest = tail;
            }
        }
        Self { tokens: kept }
    }

    /// The lines on which these tokens follow one another.
    #[must_use]
    pub fn lines_of(&self, sequence: &[&str]) -> Vec<usize> {
        let hits = self.tokens.windows(sequence.len()).filter(|window| starts_with(window, sequence));
        hits.filter_map(|window| window.first()).map(|token| token.line).collect()
    }

    /// Every path of at least two segments, those inside `use` trees spelled out.
    #[must_use]
    pub fn paths(&self) -> Vec<NamedPath> {
        let mut found = Vec::new();
        let mut rest = self.tokens.as_slice();
        while let Some((first, tail)) = rest.split_first() {
            rest = if is_word(first) { path(rest, "", &mut found) } else { tail };
        }
        found
    }
}

/// Reads the path that begins here and gives what follows it.
fn path<'a>(mut rest: &'a [Token], prefix: &str, found: &mut Vec<NamedPath>) -> &'a [Token] {
    let mut so_far = prefix.to_owned();
    let line = rest.first().map_or(0, |token| token.line);
    while let Some((first, tail)) = rest.split_first().filter(|(first, _)| is_word(first)) {
        if !so_far.is_empty() {
            so_far.push_str("::");
        }
        so_far.push_str(&first.text);
        rest = tail;
        match rest {
            [sep, open, tail @ ..] if sep.text == "::" && open.text == "{" => {
                return branches(tail, &so_far, found);
            }
            [sep, tail @ ..] if sep.text == "::" => rest = tail,
            _ => break,
        }
    }
    if so_far.contains("::") {
        found.push(NamedPath { line, path: so_far });
    }
    rest
}

/// Reads the inside of a `use` tree's braces and gives what follows the closing one.
fn branches<'a>(mut rest: &'a [Token], prefix: &str, found: &mut Vec<NamedPath>) -> &'a [Token] {
    while let Some((first, tail)) = rest.split_first() {
        match first.text.as_str() {
            "}" => return tail,
            "as" => rest = tail.get(1..).unwrap_or_default(),
            _ if is_word(first) => rest = path(rest, prefix, found),
            _ => rest = tail,
        }
    }
    rest
}

/// Words that a path may follow, as in `use ::std::fs`, and that are no part of it.
const BEFORE_A_PATH: &[&str] = &[
    "as", "const", "dyn", "else", "for", "if", "impl", "in", "let", "match", "move", "mut", "ref", "return",
    "use", "where", "while",
];

/// Whether a segment of a path can stand here.
fn is_word(token: &Token) -> bool {
    let is_name = token.text.starts_with(|c: char| c.is_alphabetic() || c == '_');
    is_name && !BEFORE_A_PATH.contains(&token.text.as_str())
}

fn starts_with(tokens: &[Token], sequence: &[&str]) -> bool {
    tokens.len() >= sequence.len() && tokens.iter().zip(sequence).all(|(token, text)| token.text == *text)
}

/// What follows the item that begins here: attributes, then up to a `;` or the end of a braced body.
fn after_item(tokens: &[Token]) -> &[Token] {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && (token.text == ";" || token.text == "}") {
            return tokens.get(at + 1..).unwrap_or_default();
        }
    }
    &[]
}

fn tokens(code: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    for (line, text) in (1..).zip(code.lines()) {
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let is_part = |c: char| c.is_alphanumeric() || c == '_';
            let length = if is_part(first) {
                rest.find(|c| !is_part(c)).unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            let (token, tail) = rest.split_at(length);
            if !first.is_whitespace() {
                tokens.push(Token { line, text: token.to_owned() });
            }
            rest = tail;
        }
    }
    tokens
}

/// The text with comments and literals replaced by spaces, line by line as long as before.
fn blanked(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let follows_word = before.is_alphanumeric() || before == '_';
        let length = literal(rest, follows_word).unwrap_or(0);
        let (taken, tail) = rest.split_at(if length == 0 { first.len_utf8() } else { length });
        if length == 0 {
            kept.push(first);
        } else {
            kept.extend(taken.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        }
        before = taken.chars().next_back().unwrap_or(' ');
        rest = tail;
    }
    kept
}

/// The length in bytes of the comment or literal that begins here, if one does.
fn literal(rest: &str, follows_word: bool) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(block_comment(rest));
    }
    if rest.starts_with('"') {
        return Some(quoted(rest, '"'));
    }
    if rest.starts_with('\'') {
        return character(rest);
    }
    let opening = rest.trim_start_matches(['b', 'c', 'r']);
    let prefix = rest.len() - opening.len();
    if follows_word || !(1..=2).contains(&prefix) {
        return None;
    }
    let is_raw = rest.get(..prefix).is_some_and(|prefix| prefix.ends_with('r'));
    if is_raw {
        let hashes = opening.len() - opening.trim_start_matches('#').len();
        let body = opening.get(hashes..)?.strip_prefix('"')?;
        let close = format!("\"{}", "#".repeat(hashes));
        let end = body.find(&close).map_or(body.len(), |at| at + close.len());
        Some(prefix + hashes + 1 + end)
    } else if opening.starts_with('"') {
        Some(prefix + quoted(opening, '"'))
    } else if opening.starts_with('\'') {
        character(opening).map(|length| prefix + length)
    } else {
        None
    }
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(here) = rest.get(at..).filter(|here| !here.is_empty()) {
        if here.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += here.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// The length of a literal up to its closing quote, escapes heeded.
fn quoted(rest: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// A character literal; a lifetime or a label is none.
fn character(rest: &str) -> Option<usize> {
    let mut inside = rest.chars().skip(1);
    let first = inside.next()?;
    (first == '\\' || inside.next() == Some('\'')).then(|| quoted(rest, '\''))
}
