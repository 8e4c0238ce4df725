//! Lines of text under one another, none wider than asked for.

use crate::table::{Cell, Grid, Tone};

/// Lines with marks for colours, as they grow.
pub(crate) struct Page {
    text: String,
    width: u16,
}

impl Page {
    pub(crate) fn new(width: u16) -> Self {
        Self { text: String::new(), width: width.max(60) }
    }

    pub(crate) fn width(&self) -> u16 {
        self.width
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// A rule from side to side.
    pub(crate) fn rule(&mut self) {
        self.text.push('\n');
        self.text.push_str(&Tone::Quiet.mark_up(&"─".repeat(self.width.into())));
        self.text.push('\n');
    }

    pub(crate) fn gap(&mut self) {
        self.text.push('\n');
    }

    pub(crate) fn line(&mut self, tone: Tone, text: &str) {
        for line in Grid::of_line(tone, text).lines(self.width + 2).lines() {
            self.text.push_str(line.strip_prefix("  ").unwrap_or(line));
            self.text.push('\n');
        }
    }

    pub(crate) fn block(&mut self, heading: &str, grid: &Grid) {
        if !grid.rows.is_empty() {
            self.text.push('\n');
            if !heading.is_empty() {
                self.line(Tone::Strong, heading);
            }
            self.text.push_str(&grid.lines(self.width));
        }
    }

    pub(crate) fn facts(&mut self, grid: &Grid) {
        self.text.push_str(&grid.lines(self.width));
    }

    pub(crate) fn list(&mut self, notes: &[Cell]) {
        if !notes.is_empty() {
            self.text.push_str(&Grid::of_notes(notes).lines(self.width));
        }
    }
}
