//! Every path that a file uses, whether it is imported or written out.

use super::lexer::Token;

/// A path of two or more segments, or an import; it begins with `crate` or with the name of a crate or an item.
#[derive(Debug)]
pub struct UsedPath {
    pub segments: Vec<String>,
    pub line: usize,
}

/// The paths of a file that is this module. Paths from `self` and `super` are given from `crate` on.
pub fn used_paths(module: &[String], tokens: &[Token]) -> Vec<UsedPath> {
    let mut reader = Reader { tokens, at: 0, inline: Vec::new(), depth: 0, found: Vec::new() };
    while let Some(token) = tokens.get(reader.at) {
        reader.step(token);
    }
    let Reader { found, .. } = reader;
    let resolve = |(segments, line, inline): (Vec<String>, usize, Vec<String>)| {
        let here: Vec<String> = module.iter().cloned().chain(inline).collect();
        UsedPath { segments: absolute(&here, segments), line }
    };
    found.into_iter().map(resolve).collect()
}

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    /// The modules that are open here, each with the depth of its brace.
    inline: Vec<(String, usize)>,
    depth: usize,
    found: Vec<(Vec<String>, usize, Vec<String>)>,
}

impl Reader<'_> {
    fn text(&self, ahead: usize) -> &str {
        self.tokens.get(self.at + ahead).map_or("", |token| &token.text)
    }

    fn step(&mut self, token: &Token) {
        match &*token.text {
            "mod" if self.text(2) == "{" => {
                self.depth += 1;
                self.inline.push((self.text(1).to_owned(), self.depth));
                self.at += 3;
            }
            "{" => {
                self.depth += 1;
                self.at += 1;
            }
            "}" => {
                if self.inline.last().is_some_and(|(_, depth)| *depth == self.depth) {
                    self.inline.pop();
                }
                self.depth = self.depth.saturating_sub(1);
                self.at += 1;
            }
            "use" => {
                self.at += 1;
                self.tree(&[], true);
            }
            text if is_word(text) => self.tree(&[], false),
            _ => self.at += 1,
        }
    }

    /// One path, or all paths of a tree such as `a::{b, c::d}`.
    fn tree(&mut self, prefix: &[String], is_import: bool) {
        let line = self.tokens.get(self.at).map_or(0, |token| token.line);
        let mut segments = prefix.to_vec();
        if self.text(0) == "::" {
            self.at += 1;
        }
        loop {
            if is_import && self.text(0) == "{" {
                self.at += 1;
                while !matches!(self.text(0), "}" | "") {
                    self.tree(&segments, true);
                    if self.text(0) == "," {
                        self.at += 1;
                    }
                }
                self.at += 1;
                return;
            }
            let word = self.text(0).to_owned();
            self.at += 1;
            if is_word(&word) {
                segments.push(word);
            }
            if self.text(0) != "::" || !(is_word(self.text(1)) || is_import) {
                break;
            }
            self.at += 1;
        }
        if is_import && self.text(0) == "as" {
            self.at += 2;
        }
        if is_import || segments.len() > 1 {
            let inline = self.inline.iter().map(|(name, _)| name.clone()).collect();
            self.found.push((segments, line, inline));
        }
    }
}

/// The same path from the root of the crate, if it is relative.
fn absolute(here: &[String], segments: Vec<String>) -> Vec<String> {
    let above = segments.iter().take_while(|segment| *segment == "super").count();
    let itself = segments.first().is_some_and(|first| first == "self");
    if above == 0 && !itself {
        return segments;
    }
    let kept = here.len().saturating_sub(above);
    let rest = segments.into_iter().skip(above.max(1));
    std::iter::once("crate".to_owned()).chain(here[..kept].iter().cloned()).chain(rest).collect()
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}
