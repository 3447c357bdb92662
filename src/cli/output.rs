//! Where results go: a terminal, or a pipe.

use std::io::{self, IsTerminal, Write};

/// Standard output of a command. Colours are taken out by what is below it, where they do not belong.
pub struct Output<'a> {
    inner: &'a mut dyn Write,
    width: Option<usize>,
}

impl<'a> Output<'a> {
    /// Output without a width: long lines stay whole, so that another program can read them.
    pub fn plain(inner: &'a mut dyn Write) -> Self {
        Self { inner, width: None }
    }

    /// Output that folds explanations to the width of the terminal, if standard output is one.
    pub fn of_process(inner: &'a mut dyn Write) -> Self {
        let terminal = io::stdout().is_terminal().then(terminal_size::terminal_size).flatten();
        Self { inner, width: terminal.map(|(width, _)| width.0.into()) }
    }

    /// The same output, folded at this width at the latest.
    pub fn at_most(&mut self, width: usize) -> Output<'_> {
        let width = self.width.map_or(width, |own| own.min(width));
        Output { inner: self.inner, width: Some(width) }
    }

    /// Writes a paragraph with this indent, folded where the output has a width.
    pub fn paragraph(&mut self, indent: usize, text: &str) -> io::Result<()> {
        let indent = " ".repeat(indent);
        match self.width {
            None => writeln!(self.inner, "{indent}{text}"),
            Some(width) => {
                let options = textwrap::Options::new(width.max(20))
                    .initial_indent(&indent)
                    .subsequent_indent(&indent)
                    .break_words(false);
                writeln!(self.inner, "{}", textwrap::fill(text, options))
            }
        }
    }
}

impl Write for Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paragraph_is_folded_only_where_there_is_a_width() {
        let text = "one two three four five six";
        let mut buffer = Vec::new();
        Output::plain(&mut buffer).paragraph(2, text).unwrap();
        Output::plain(&mut buffer).at_most(20).paragraph(2, text).unwrap();
        let expected = "  one two three four five six\n  one two three four\n  five six\n";
        assert_eq!(String::from_utf8(buffer).unwrap(), expected);
    }
}
