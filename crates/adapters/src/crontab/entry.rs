//! The lines of a table, as cron takes them apart.

/// What a line of a table is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    Assignment {
        name: String,
        value: String,
    },
    Blank,
    /// The text after `#`.
    Comment(&'a str),
    Entry(Entry<'a>),
}

/// When, as whom, and what: as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    /// Five fields, or a word with `@`; fewer where the line has fewer.
    pub(super) schedule: &'a str,
    pub(super) user: Option<&'a str>,
    pub(super) command: &'a str,
}

/// A command and its standard input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) command: String,
    /// Its lines, where there is any.
    pub(super) input: Option<String>,
}

const BLANK: [char; 2] = [' ', '\t'];

impl<'a> Line<'a> {
    pub(super) fn of(line: &'a str, has_user: bool) -> Self {
        let line = line.trim_start_matches(BLANK);
        if line.trim().is_empty() {
            return Self::Blank;
        }
        if let Some(comment) = line.strip_prefix('#') {
            return Self::Comment(comment.trim_matches('#').trim());
        }
        if let Some((name, value)) = assignment(line) {
            return Self::Assignment { name, value };
        }
        let (schedule, rest) = split_words(line, if line.starts_with('@') { 1 } else { 5 });
        let (user, command) = match has_user {
            true => {
                let (user, command) = split_words(rest, 1);
                (Some(user), command)
            }
            false => (None, rest),
        };
        Self::Entry(Entry { schedule, user, command })
    }
}

/// So many words, and what comes after them.
fn split_words(text: &str, count: usize) -> (&str, &str) {
    let mut rest = text;
    for _ in 0..count {
        rest = rest.trim_start_matches(BLANK).trim_start_matches(|c| !BLANK.contains(&c));
    }
    let words = text.strip_suffix(rest).unwrap_or(text);
    (words.trim_matches(BLANK), rest.trim_start_matches(BLANK))
}

/// `NAME = value`, each perhaps in quotes.
fn assignment(line: &str) -> Option<(String, String)> {
    let (name, rest) = match quoted(line) {
        Some(both) => both,
        None => line.split_at(line.find(|c| c == '=' || BLANK.contains(&c))?),
    };
    let value = rest.trim_start_matches(BLANK).strip_prefix('=')?.trim_matches(BLANK);
    let value = match quoted(value) {
        Some((value, "")) => value,
        Some(_) => return None,
        None => value,
    };
    (!name.is_empty()).then(|| (name.to_owned(), value.to_owned()))
}

/// What stands in the quotes with which a text begins, and what comes after them.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    text.strip_prefix(quote)?.split_once(quote)
}

impl Command {
    /// The first `%` ends the command, the others end lines of its input; `\%` is `%`.
    pub(super) fn of(text: &str) -> Self {
        let (mut command, mut input, mut is_escaped) = (String::new(), None::<String>, false);
        for c in text.chars() {
            if is_escaped {
                if c != '%' {
                    input.as_mut().unwrap_or(&mut command).push('\\');
                }
            } else if c == '%' {
                match &mut input {
                    None => input = Some(String::new()),
                    Some(input) => input.push('\n'),
                }
                continue;
            }
            is_escaped = c == '\\';
            if !is_escaped {
                input.as_mut().unwrap_or(&mut command).push(c);
            }
        }
        if is_escaped {
            input.as_mut().unwrap_or(&mut command).push('\\');
        }
        // Cron ends the last line where nothing does.
        let input = input.filter(|input| !input.is_empty());
        let input = input.map(|input| input.strip_suffix('\n').map_or(input.clone(), str::to_owned));
        Self { command: command.trim().to_owned(), input }
    }
}

#[cfg(test)]
mod tests {
    use super::{Command, Entry, Line};

    #[test]
    fn lines_are_taken_apart_as_cron_does() {
        let set =
            |name: &str, value: &str| Line::Assignment { name: name.to_owned(), value: value.to_owned() };
        let entry = |schedule, user, command| Line::Entry(Entry { schedule, user, command });
        for (line, has_user, expected) in [
            ("", false, Line::Blank),
            (" \t ", false, Line::Blank),
            ("  # # 夜 ##", false, Line::Comment("# 夜")),
            ("PATH=/bin:/usr/bin", false, set("PATH", "/bin:/usr/bin")),
            (" A = b c ", false, set("A", "b c")),
            ("A=\" b c \"", false, set("A", " b c ")),
            ("'A' = 'x=y'", false, set("A", "x=y")),
            ("MAILTO=", false, set("MAILTO", "")),
            ("0 9\t* *  1-5 \t a=b  run ", false, entry("0 9\t* *  1-5", None, "a=b  run ")),
            ("@daily X=1 run", false, entry("@daily", None, "X=1 run")),
            ("0 9 * * * root run it", true, entry("0 9 * * *", Some("root"), "run it")),
            ("0 9 *", false, entry("0 9 *", None, "")),
            ("A=\"b\" c", false, entry("A=\"b\" c", None, "")),
        ] {
            assert_eq!(Line::of(line, has_user), expected, "{line:?}");
        }
    }

    #[test]
    fn the_first_percent_ends_the_command_and_the_others_end_lines_of_its_input() {
        for (text, command, input) in [
            ("date +\\%F", "date +%F", None),
            ("mail -s x a%Hi,%%bye\\%", "mail -s x a", Some("Hi,\n\nbye%")),
            ("cat%", "cat", None),
            ("cat%%", "cat", Some("")),
            ("cat%a%", "cat", Some("a")),
            ("a\\b\\\\% c\\", "a\\b\\% c\\", None),
            ("printf '\\\\n'", "printf '\\\\n'", None),
        ] {
            let expected = Command { command: command.to_owned(), input: input.map(str::to_owned) };
            assert_eq!(Command::of(text), expected, "{text:?}");
        }
    }
}
