//! Elements of HTML and SVG: well-formed by construction, every text escaped.

use crate::Language;
use crate::table::{Cell, Grid, Side, Tone};
use std::fmt::{self, Write as _};

/// An element with its attributes and what is inside.
#[derive(Clone, Debug)]
pub(crate) struct Element {
    tag: &'static str,
    attributes: Vec<(&'static str, String)>,
    children: Vec<Node>,
}

#[derive(Clone, Debug)]
enum Node {
    Element(Element),
    /// A text of our own that is no HTML, such as a style sheet: nothing from outside can be one.
    Raw(&'static str),
    Text(String),
}

/// An element without anything in it yet.
pub(crate) fn el(tag: &'static str) -> Element {
    Element { tag, attributes: Vec::new(), children: Vec::new() }
}

impl Element {
    pub(crate) fn attr(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.attributes.push((name, value.to_string()));
        self
    }

    pub(crate) fn class(self, class: impl fmt::Display) -> Self {
        self.attr("class", class)
    }

    pub(crate) fn text(mut self, text: impl Into<String>) -> Self {
        self.children.push(Node::Text(text.into()));
        self
    }

    pub(crate) fn raw(mut self, text: &'static str) -> Self {
        self.children.push(Node::Raw(text));
        self
    }

    pub(crate) fn child(mut self, child: Self) -> Self {
        self.children.push(Node::Element(child));
        self
    }

    pub(crate) fn children(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children.into_iter().map(Node::Element));
        self
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}", self.tag)?;
        for (name, value) in &self.attributes {
            write!(f, " {name}=\"{}\"", Escaped(value))?;
        }
        if matches!(self.tag, "br" | "hr" | "link" | "meta") {
            return f.write_str("/>");
        }
        f.write_char('>')?;
        for child in &self.children {
            match child {
                Node::Element(element) => element.fmt(f)?,
                Node::Raw(text) => f.write_str(text)?,
                Node::Text(text) => Escaped(text).fmt(f)?,
            }
        }
        write!(f, "</{}>", self.tag)?;
        // A line of its own for what stands beside others: for whoever reads the source.
        if matches!(self.tag, "article" | "figure" | "p" | "section" | "style" | "table" | "tr") {
            f.write_char('\n')?;
        }
        Ok(())
    }
}

struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// A whole page in one file: it asks for nothing from anywhere, and needs no script to be read.
pub(crate) fn page(language: Language, title: &str, body: Element) -> String {
    let meta = |name: &str, content: &str| el("meta").attr("name", name).attr("content", content);
    let head = el("head")
        .child(el("meta").attr("charset", "utf-8"))
        .child(meta("viewport", "width=device-width, initial-scale=1"))
        .child(meta("color-scheme", "light dark"))
        .child(el("title").text(title))
        .child(el("style").raw(include_str!("page.css")));
    let html = el("html").attr("lang", language.pick("en", "ja")).child(head).child(el("body").child(body));
    format!("<!DOCTYPE html>\n{html}\n")
}

impl Tone {
    /// The class that the style sheet knows.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Bad => "bad",
            Self::Quiet => "quiet",
            Self::Strong => "strong",
        }
    }
}

/// A text in its tone.
pub(crate) fn span(cell: &Cell) -> Element {
    let span = el("span").text(cell.text.as_str());
    if cell.tone == Tone::Plain { span } else { span.class(cell.tone.class()) }
}

/// A grid as a table that scrolls where it is wider than the screen.
pub(crate) fn grid(grid: &Grid) -> Element {
    let side = |cell: Element, side: Side| if side == Side::Right { cell.class("right") } else { cell };
    let mut table = el("table");
    if grid.head.iter().any(|(text, _)| !text.is_empty()) {
        let head =
            grid.head.iter().map(|(text, to)| side(el("th"), *to).attr("scope", "col").text(text.as_str()));
        table = table.child(el("thead").child(el("tr").children(head)));
    }
    let rows = grid.rows.iter().map(|row| {
        // The last cell reaches to the end of its row.
        let rest = grid.head.len().saturating_sub(row.len());
        let cells = grid.head.iter().zip(row).enumerate().map(|(place, ((_, to), cell))| {
            let field = if rest > 0 && place + 1 == row.len() {
                el("td").attr("colspan", rest + 1)
            } else {
                el("td")
            };
            side(field, *to).child(span(cell))
        });
        el("tr").children(cells)
    });
    el("div").class("scroll").child(table.child(el("tbody").children(rows)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_and_attribute_is_escaped() {
        let element = el("p").attr("title", "\"><script>").text("<script>alert('&')</script>");
        let shown =
            "<p title=\"&quot;&gt;&lt;script&gt;\">&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;</p>\n";
        assert_eq!(element.to_string(), shown);
    }
}
