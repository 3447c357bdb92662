//! From values to text.

use std::fmt::Write;

use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use super::{Object, Part, Value};
use crate::systems::redact::MASK;

/// What stands for attributes that go back as they came.
const UNTOUCHED: &str = "…";

/// What a text is written for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    /// The portal: everything, secrets included.
    Portal,
    /// A person: no secret, and nothing that was only passed on.
    Person,
}

/// Whether XML can carry this text at all: it has no place for most control characters, not even escaped.
pub(super) fn is_writable(text: &str) -> bool {
    text.chars().all(|letter| match letter {
        '\t' | '\n' | '\r' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        letter => letter >= ' ',
    })
}

/// A start tag with at most one attribute.
pub(super) fn start(tag: &str, attribute: Option<(&str, &str)>) -> String {
    match attribute {
        Some((name, value)) => format!("<{tag} {name}=\"{}\">", escaped(value)),
        None => format!("<{tag}>"),
    }
}

impl Value {
    /// The text to be sent; its memory is wiped with it.
    pub(in crate::systems::ctera) fn written(&self) -> Zeroizing<String> {
        // Room for all of it at once: growing would leave copies of a secret behind.
        let mut text = Zeroizing::new(String::with_capacity(self.size()));
        self.write(&mut text, For::Portal);
        text
    }

    /// The text to be shown.
    pub(in crate::systems::ctera) fn shown(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, For::Person);
        text
    }

    /// Whether XML can carry every text in it.
    pub(in crate::systems::ctera) fn is_writable(&self) -> bool {
        match self {
            Self::Null | Self::Foreign => true,
            Self::Text(text) => is_writable(text),
            Self::Secret(secret) => is_writable(secret.expose_secret()),
            Self::List(list) => list.iter().all(Self::is_writable),
            Self::Object(object) => {
                object.parts.iter().all(|part| part.raw.is_some() || part.value.is_writable())
            }
        }
    }

    fn write(&self, out: &mut String, to: For) {
        match self {
            // Only an attribute can hold nothing, and only kept bytes can hold what is not known.
            Self::Null | Self::Foreign => {}
            Self::Text(text) => write_val(out, text),
            Self::Secret(secret) if to == For::Portal => write_val(out, secret.expose_secret()),
            Self::Secret(_) => write_val(out, MASK),
            Self::List(list) if list.is_empty() => out.push_str("<list/>"),
            Self::List(list) => {
                out.push_str("<list>");
                for value in list {
                    value.write(out, to);
                }
                out.push_str("</list>");
            }
            Self::Object(object) => object.write(out, to),
        }
    }

    /// At least as many bytes as the written form has.
    fn size(&self) -> usize {
        const TAGS: usize = 16;
        /// The longest escape stands for one byte.
        const ESCAPE: usize = 6;
        match self {
            Self::Null | Self::Foreign => TAGS,
            Self::Text(text) => TAGS + text.len() * ESCAPE,
            Self::Secret(secret) => TAGS + secret.expose_secret().len() * ESCAPE,
            Self::List(list) => TAGS + list.iter().map(Self::size).sum::<usize>(),
            Self::Object(object) => {
                let part = |part: &Part| match &part.raw {
                    Some(raw) => raw.len(),
                    None => TAGS + part.open.len() + part.value.size(),
                };
                TAGS + object.open.len() + object.parts.iter().map(part).sum::<usize>()
            }
        }
    }
}

impl Object {
    fn write(&self, out: &mut String, to: For) {
        if self.parts.is_empty() {
            return write_empty(out, &self.open);
        }
        out.push_str(&self.open);
        let mut left_out = false;
        for part in &self.parts {
            match (&part.raw, to) {
                (Some(raw), For::Portal) => out.push_str(raw),
                (Some(_), For::Person) if left_out => {}
                (Some(_), For::Person) => out.push_str(UNTOUCHED),
                (None, _) => part.write(out, to),
            }
            left_out = part.raw.is_some();
        }
        out.push_str("</obj>");
    }
}

impl Part {
    fn write(&self, out: &mut String, to: For) {
        if matches!(self.value, Value::Null) {
            return write_empty(out, &self.open);
        }
        out.push_str(&self.open);
        self.value.write(out, to);
        out.push_str("</att>");
    }
}

/// The element with this start tag, and nothing in it.
fn write_empty(out: &mut String, open: &str) {
    out.push_str(open.strip_suffix('>').unwrap_or(open));
    out.push_str("/>");
}

fn write_val(out: &mut String, text: &str) {
    if text.is_empty() {
        return out.push_str("<val/>");
    }
    out.push_str("<val>");
    for letter in text.chars() {
        write_escaped(out, letter, false);
    }
    out.push_str("</val>");
}

/// The text as the value of an XML attribute.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        write_escaped(&mut out, letter, true);
    }
    out
}

fn write_escaped(out: &mut String, letter: char, in_attribute: bool) {
    match letter {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '"' if in_attribute => out.push_str("&quot;"),
        // A reader takes it for the end of a line, and makes it a line feed.
        '\r' => out.push_str("&#13;"),
        // A reader takes them for blanks there.
        '\n' | '\t' if in_attribute => {
            let _ = write!(out, "&#{};", u32::from(letter));
        }
        letter => out.push(letter),
    }
}
