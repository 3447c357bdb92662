//! As much of Rust's lexical grammar as it takes to tell code from comments and text.

/// A word of the code, `::`, or one other character.
#[derive(Debug, PartialEq, Eq)]
pub struct Token {
    pub text: String,
    /// From 1.
    pub line: usize,
}

/// The code without comments, literals of text and lifetimes.
pub fn tokens(code: &str) -> Vec<Token> {
    let mut lexer = Lexer { rest: code, line: 1, tokens: Vec::new() };
    while !lexer.rest.is_empty() {
        lexer.step();
    }
    lexer.tokens
}

struct Lexer<'a> {
    rest: &'a str,
    line: usize,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    fn step(&mut self) {
        let rest = self.rest;
        if rest.starts_with("//") {
            self.skip(rest.find('\n').unwrap_or(rest.len()));
        } else if rest.starts_with("/*") {
            self.skip(block_comment(rest));
        } else if let Some(length) =
            raw_text(rest).or_else(|| text(rest)).or_else(|| character(rest))
        {
            self.skip(length);
        } else if rest.starts_with("::") {
            self.take(2);
        } else {
            let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            match rest.chars().next() {
                Some(first) if word == 0 && first.is_whitespace() => self.skip(first.len_utf8()),
                Some(first) => self.take(word.max(first.len_utf8())),
                None => {}
            }
        }
    }

    fn take(&mut self, length: usize) {
        self.tokens.push(Token { text: self.rest[..length].to_owned(), line: self.line });
        self.rest = &self.rest[length..];
    }

    fn skip(&mut self, length: usize) {
        self.line += self.rest[..length].matches('\n').count();
        self.rest = &self.rest[length..];
    }
}

/// Comments of this form can hold each other.
fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        let here = &rest[at..];
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
            let Some(next) = here.chars().next() else { return at };
            at += next.len_utf8();
        }
    }
}

/// `r"…"`, `br#"…"#` and the like.
fn raw_text(rest: &str) -> Option<usize> {
    let start = ["r", "br", "cr"].into_iter().find_map(|prefix| {
        let after = rest.strip_prefix(prefix)?;
        let hashes = after.len() - after.trim_start_matches('#').len();
        after[hashes..].starts_with('"').then_some((prefix.len() + hashes + 1, hashes))
    });
    let (start, hashes) = start?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(rest[start..].find(&end).map_or(rest.len(), |found| start + found + end.len()))
}

/// `"…"`, `b"…"`, `c"…"`.
fn text(rest: &str) -> Option<usize> {
    let start = ["\"", "b\"", "c\""].into_iter().find(|start| rest.starts_with(start))?.len();
    let mut escaped = false;
    for (at, c) in rest[start..].char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(start + at + 1),
            _ => {}
        }
    }
    Some(rest.len())
}

/// `'x'`, `b'\n'`, and lifetimes such as `'a`.
fn character(rest: &str) -> Option<usize> {
    let start = if rest.starts_with("b'") { 2 } else { 1 };
    let after = rest.strip_prefix("b'").or_else(|| rest.strip_prefix('\''))?;
    let mut letters = after.char_indices();
    let (_, first) = letters.next()?;
    if first == '\\' {
        letters.next()?;
        return after
            .char_indices()
            .skip(2)
            .find(|(_, c)| *c == '\'')
            .map(|(at, _)| start + at + 1);
    }
    match letters.next() {
        Some((at, '\'')) => Some(start + at + 1),
        _ => Some(
            start + after.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(after.len()),
        ),
    }
}
