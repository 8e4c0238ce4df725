//! A grid of texts, and how a terminal shows it.

use crate::wrap::{self, below_each_other, unbroken, whole};
use comfy_table::{
    Cell as Field, CellAlignment, ColumnConstraint, ContentArrangement, Table, TableStyle, Width,
};
use std::collections::BTreeSet;

/// How a text is meant, beside what it says. A tone never stands alone: the text says the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tone {
    #[default]
    Plain,
    Good,
    Warning,
    Bad,
    Quiet,
    Strong,
}

impl Tone {
    const ALL: [Self; 6] = [Self::Plain, Self::Good, Self::Warning, Self::Bad, Self::Quiet, Self::Strong];

    /// A character without width that opens a text of this tone while it is laid out. `clean` lets none of them
    /// through from outside.
    fn mark(self) -> char {
        match self {
            Self::Plain => '\u{2060}',
            Self::Good => '\u{2061}',
            Self::Warning => '\u{2062}',
            Self::Bad => '\u{2063}',
            Self::Quiet => '\u{2064}',
            Self::Strong => '\u{206a}',
        }
    }

    fn ansi(self) -> &'static str {
        match self {
            Self::Plain => "\u{1b}[0m",
            Self::Good => "\u{1b}[32m",
            Self::Warning => "\u{1b}[33m",
            Self::Bad => "\u{1b}[1;31m",
            Self::Quiet => "\u{1b}[2m",
            Self::Strong => "\u{1b}[1m",
        }
    }

    /// The text between marks.
    pub(crate) fn mark_up(self, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            _ => format!("{}{text}{}", self.mark(), Self::Plain.mark()),
        }
    }
}

/// Whether colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Style {
    /// With colours, by ANSI escape sequences.
    Ansi,
    /// Without.
    #[default]
    Plain,
}

/// The blank at which no line is broken, unless a grid finds no room otherwise.
pub(crate) const UNBROKEN: char = '\u{a0}';

/// The blank at which no line is ever broken.
pub(crate) const NEVER_BROKEN: char = '\u{202f}';

/// Turns marks into colours, or drops them. No colour reaches over the end of a line.
pub(crate) fn coloured(text: &str, style: Style) -> String {
    let mut out = String::with_capacity(text.len());
    let mut is_open = false;
    for c in text.chars() {
        let tone = Tone::ALL.into_iter().find(|tone| tone.mark() == c);
        match tone {
            Some(_) if style == Style::Plain => {}
            Some(tone) => {
                out.push_str(tone.ansi());
                is_open = tone != Tone::Plain;
            }
            None => {
                if c == '\n' && std::mem::take(&mut is_open) {
                    out.push_str(Tone::Plain.ansi());
                }
                match c {
                    UNBROKEN | NEVER_BROKEN => out.push(' '),
                    // Whatever was laid out: nothing but our own colours steers the terminal.
                    _ if c.is_control() && c != '\n' => out.extend(c.escape_unicode()),
                    _ => out.push(c),
                }
            }
        }
    }
    out
}

/// A text in a grid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) tone: Tone,
}

impl Cell {
    pub(crate) fn new(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::new(text, Tone::Plain)
    }
}

/// To which side the texts of a column are set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
}

/// Rows under headings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grid {
    pub(crate) head: Vec<(String, Side)>,
    pub(crate) rows: Vec<Vec<Cell>>,
}

/// Between two columns.
const GUTTER: u16 = 2;

/// Whether a line of a cell begins with what ends a word, a sentence or a bracket in Japanese.
fn begins_with_an_end(text: &str) -> bool {
    let pairs = text.chars().zip(text.chars().skip(1));
    pairs
        .into_iter()
        .any(|(before, c)| before == ' ' && matches!(c, '、' | '。' | '）' | '」' | '』' | '・' | 'ー'))
}

impl Grid {
    pub(crate) fn new<T: Into<String>>(head: impl IntoIterator<Item = (T, Side)>) -> Self {
        Self { head: head.into_iter().map(|(text, side)| (text.into(), side)).collect(), ..Self::default() }
    }

    /// Two columns without headings: a label and what it says.
    pub(crate) fn of_facts(facts: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut grid = Self::new([("", Side::Left), ("", Side::Left)]);
        grid.rows
            .extend(facts.into_iter().map(|(label, fact)| vec![Cell::new(label, Tone::Quiet), fact.into()]));
        grid
    }

    /// One text in one column.
    pub(crate) fn of_line(tone: Tone, text: &str) -> Self {
        let mut grid = Self::new([("", Side::Left)]);
        grid.row([Cell::new(text, tone)]);
        grid
    }

    /// A list of sentences, each behind a dash, or behind a mark where it warns.
    pub(crate) fn of_notes(notes: &[Cell]) -> Self {
        let mut grid = Self::new([("", Side::Left), ("", Side::Left)]);
        grid.rows.extend(notes.iter().map(|note| match note.tone {
            Tone::Plain => vec![Cell::new("-", Tone::Quiet), note.clone()],
            tone => vec![Cell::new("!", tone), note.text.as_str().into()],
        }));
        grid
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The grid without the columns at these places.
    pub(crate) fn without(&self, left_out: &[usize]) -> Self {
        fn kept<T: Clone>(items: &[T], left_out: &[usize]) -> Vec<T> {
            let kept = items.iter().enumerate().filter(|(place, _)| !left_out.contains(place));
            kept.map(|(_, item)| item.clone()).collect()
        }
        Self {
            head: kept(&self.head, left_out),
            rows: self.rows.iter().map(|row| kept(row, left_out)).collect(),
        }
    }

    /// The grid as lines of at most `width` columns, with marks, indented by two. No word is broken where a line can
    /// hold it: texts are wrapped, then moments are, and where that is not enough under headings columns go below each
    /// other.
    pub(crate) fn lines(&self, width: u16) -> String {
        let text = self.laid_out(width, &[]);
        if self.words().is_subset(&whole(&text).collect()) && !begins_with_an_end(&text) {
            return text;
        }
        let wrapped = |grid: &Self| grid.widths(width).map(|widths| grid.laid_out(width, &widths));
        match wrapped(self).or_else(|| wrapped(&self.loosened())) {
            Some(text) => text,
            None if self.has_heading() && self.head.len() > 2 => self.split_lines(width),
            None => text,
        }
    }

    /// The same where a moment may be broken between its day and its time.
    fn loosened(&self) -> Self {
        let mut loose = self.clone();
        for cell in loose.rows.iter_mut().flatten() {
            cell.text = cell.text.replace(UNBROKEN, " ");
        }
        loose
    }

    fn split_lines(&self, width: u16) -> String {
        let parts: Vec<_> = self.split(width).iter().map(|part| part.lines(width)).collect();
        parts.join("\n")
    }

    /// With columns of these widths, or of those that the table chooses.
    fn laid_out(&self, width: u16, widths: &[u16]) -> String {
        let mut table = if widths.is_empty() { self.table() } else { self.wrapped(widths).table() };
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width.saturating_sub(2));
        for (column, width) in table.column_iter_mut().zip(widths) {
            let width = Width::Fixed(width.saturating_add(column.padding_width()));
            column.set_constraint(ColumnConstraint::Absolute(width));
        }
        let mut text = String::new();
        for line in table.lines() {
            text.push_str(format!("  {line}").trim_end());
            text.push('\n');
        }
        text
    }

    /// The same with all texts wrapped to the widths of their columns.
    fn wrapped(&self, widths: &[u16]) -> Self {
        let row = |row: &Vec<Cell>| {
            let cells = row.iter().zip(widths);
            let wrapped = |(cell, width): (&Cell, &u16)| {
                Cell::new(wrap::lines(&cell.text, usize::from(*width).max(1)).join("\n"), cell.tone)
            };
            cells.map(wrapped).collect()
        };
        Self { head: self.head.clone(), rows: self.rows.iter().map(row).collect() }
    }

    fn words(&self) -> BTreeSet<String> {
        let head = self.head.iter().map(|(text, _)| text);
        head.chain(self.rows.iter().flatten().map(|cell| &cell.text))
            .flat_map(|text| unbroken(text))
            .collect()
    }

    fn has_heading(&self) -> bool {
        self.head.iter().any(|(text, _)| !text.is_empty())
    }

    /// How wide each column is in a line of `width` columns: none narrower than its longest word, none wider than its
    /// longest text, and what there is between is shared evenly. `None` where not even the words find room.
    fn widths(&self, width: u16) -> Option<Vec<u16>> {
        let (words, texts) = (self.longest_words(), self.table().column_max_content_widths());
        let gutters = GUTTER.saturating_mul(u16::try_from(texts.len()).unwrap_or(u16::MAX));
        let room = width.saturating_sub(gutters);
        let at = |level: u16| -> Vec<u16> {
            words.iter().zip(&texts).map(|(word, text)| level.clamp(*word, *text.max(word))).collect()
        };
        let fits =
            |widths: &Vec<u16>| widths.iter().fold(0_u16, |sum, width| sum.saturating_add(*width)) <= room;
        (0..=room).rev().map(at).find(fits)
    }

    /// The columns that the longest word of each column needs; of what has no blanks in it, the part that stays whole.
    fn longest_words(&self) -> Vec<u16> {
        let row = |row: &Vec<Cell>| row.iter().map(|cell| below_each_other(&cell.text).into()).collect();
        let rows = self.rows.iter().map(row).collect();
        Self { rows, ..self.with_high_head() }.table().column_max_content_widths()
    }

    /// The same with each word of a heading on a line of its own.
    fn with_high_head(&self) -> Self {
        let head = self.head.iter().map(|(text, side)| (below_each_other(text), *side)).collect();
        Self { head, rows: self.rows.clone() }
    }

    /// Whether no text has to be broken in a line of `width` columns.
    pub(crate) fn fits(&self, width: u16) -> bool {
        let widths = self.table().column_max_content_widths();
        let gutters = GUTTER.saturating_mul(u16::try_from(widths.len()).unwrap_or(u16::MAX));
        widths.iter().fold(gutters, |sum, width| sum.saturating_add(*width)) <= width
    }

    /// The grid in parts that need no more than `width` columns each, where that can be, with headings of several
    /// lines; the first column leads each of them.
    fn split(&self, width: u16) -> Vec<Self> {
        let widths = self.with_high_head().table().column_max_content_widths();
        let mut widths = widths.into_iter().map(|width| width.saturating_add(GUTTER));
        let lead = widths.next().unwrap_or(0).saturating_add(2);
        let mut parts: Vec<Vec<usize>> = Vec::new();
        let mut used = u16::MAX;
        for (place, needed) in widths.enumerate() {
            used = used.saturating_add(needed);
            match parts.last_mut() {
                Some(part) if used <= width.saturating_add(GUTTER) => part.push(place + 1),
                _ => {
                    used = lead.saturating_add(needed);
                    parts.push(vec![0, place + 1]);
                }
            }
        }
        let choose = |part: &Vec<usize>| Self {
            head: part.iter().filter_map(|place| self.head.get(*place).cloned()).collect(),
            rows: (self.rows.iter())
                .map(|row| part.iter().filter_map(|place| row.get(*place).cloned()).collect())
                .collect(),
        };
        parts.iter().map(choose).collect()
    }

    fn table(&self) -> Table {
        let mut table = Table::new();
        table.load_style(TableStyle::new());
        let field = |text: String, side: Side| {
            Field::new(text).set_alignment(match side {
                Side::Left => CellAlignment::Left,
                Side::Right => CellAlignment::Right,
            })
        };
        if self.has_heading() {
            table.set_header(self.head.iter().map(|(text, side)| field(Tone::Quiet.mark_up(text), *side)));
        }
        for row in &self.rows {
            let sides = self.head.iter().map(|(_, side)| *side);
            table.add_row(
                row.iter().zip(sides).map(|(cell, side)| field(cell.tone.mark_up(&cell.text), side)),
            );
        }
        let last = table.column_count().saturating_sub(1);
        for (place, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, if place < last { GUTTER } else { 0 }));
        }
        table
    }
}

/// Whether a character marks the colour of a text, and has no width.
pub(crate) fn is_mark(c: char) -> bool {
    Tone::ALL.into_iter().any(|tone| tone.mark() == c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_our_own_colours_steers_the_terminal() {
        let text = format!("{}\u{1b}[2J\n", Tone::Bad.mark_up("gone"));
        assert_eq!(coloured(&text, Style::Plain), "gone\\u{1b}[2J\n");
        assert_eq!(coloured(&text, Style::Ansi), "\u{1b}[1;31mgone\u{1b}[0m\\u{1b}[2J\n");
    }

    #[test]
    fn no_line_of_a_cell_begins_with_a_full_stop() {
        let text = "アラート・チケット・依頼などの割り込みに、チーム全体で週に何時間使いますか。";
        for width in 40..90 {
            let lines = Grid::of_notes(&[Cell::from(text)]).lines(width);
            assert!(!begins_with_an_end(&lines), "{width}:\n{lines}");
            let words: String = lines.chars().filter(|c| !is_mark(*c) && !c.is_whitespace()).collect();
            assert_eq!(words.trim_start_matches('-'), text);
        }
    }
}
