//! Places in the input, and how they are shown.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use anstyle::Style;

use super::Source;

/// How much of a long line is shown to the left and right of the place that is meant.
const CONTEXT: usize = 60;

/// A stretch of one line, counted in characters from 1. A length of 0 is a place between two characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) length: usize,
}

/// A place in a source.
#[derive(Debug, Clone)]
pub struct Place {
    source: Arc<Source>,
    span: Span,
    /// The line may hold a secret, so it is never shown.
    hidden: bool,
}

impl Span {
    /// The line and column where it begins.
    pub(super) fn begin(self) -> (usize, usize) {
        (self.line, self.column)
    }
}

impl Place {
    pub(super) fn new(source: &Arc<Source>, span: Span, hidden: bool) -> Self {
        Self { source: Arc::clone(source), span, hidden }
    }

    /// The file as it was named, or `<stdin>`.
    pub fn file(&self) -> &str {
        self.source.name()
    }

    /// The line, counted from 1.
    pub fn line(&self) -> usize {
        self.span.line
    }

    /// The column in characters, counted from 1.
    pub fn column(&self) -> usize {
        self.span.column
    }

    /// Appends the arrow with the position, and the line with carets below it.
    pub(super) fn render(&self, text: &mut String, width: usize, frame: Style, style: Style) {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n {:width$}{frame}-->{frame:#} {self}", "");
        if self.hidden {
            return;
        }
        let line = self.source.line(self.span.line);
        let count = line.chars().count();
        let first = (self.span.column - 1).min(count);
        let length = self.span.length.clamp(1, (count - first).max(1));
        let begin = first.saturating_sub(CONTEXT);
        let end = (first + length.min(CONTEXT) + CONTEXT).min(count);
        let shown: String = line
            .chars()
            .skip(begin)
            .take(end - begin)
            .map(|c| if is_visible(c) { c } else { ' ' })
            .collect();
        let (before, after) =
            (if begin > 0 { "…" } else { "" }, if end < count { "…" } else { "" });
        let indent = first - begin + before.chars().count();
        let carets = "^".repeat(length.min(end.max(first + 1) - first));
        let number = self.span.line;
        let _ = write!(text, "\n {:width$} {frame}|{frame:#}", "");
        let shown = format!("{before}{shown}{after}");
        let _ = write!(text, "\n {frame}{number:width$} |{frame:#} {}", shown.trim_end());
        let _ = write!(
            text,
            "\n {:width$} {frame}|{frame:#} {:indent$}{style}{carets}{style:#}",
            "", ""
        );
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file(), self.line(), self.column())
    }
}

/// Whether a character takes up its place in a line, and does nothing to the rest of it.
fn is_visible(c: char) -> bool {
    let reorders =
        matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}');
    !c.is_control() && !reorders
}
