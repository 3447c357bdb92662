//! From text to values.

use std::ops::Range;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::{Object, Part, Value};

/// How deep values may be nested. The deepest that is known has a handful of levels.
const DEEPEST: usize = 40;

/// Reads a whole document. `None` if it is none: not XML, more than one value, or with a type definition, which could
/// make a short text long.
pub(in crate::systems::ctera) fn read(body: &[u8]) -> Option<Value> {
    let source = std::str::from_utf8(body).ok()?;
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    let mut parser = Parser { source, reader: Reader::from_str(source) };
    parser.reader.config_mut().enable_all_checks(true);
    let mut root = None;
    loop {
        match parser.next_element()? {
            Item::Start(tag, is_empty, _) if root.is_none() => {
                root = Some(parser.value(&tag, is_empty, 0)?);
            }
            Item::Over => return root,
            _ => return None,
        }
    }
}

struct Parser<'a> {
    source: &'a str,
    reader: Reader<&'a [u8]>,
}

/// What stands next in the text.
enum Item<'a> {
    /// A start tag; whether it is an end tag too; and where it is.
    Start(BytesStart<'a>, bool, Range<usize>),
    End,
    Text(String),
    /// What carries no meaning: a comment, a declaration, a line between two elements.
    Blank,
    Over,
}

impl<'a> Parser<'a> {
    fn position(&self) -> Option<usize> {
        usize::try_from(self.reader.buffer_position()).ok()
    }

    fn next(&mut self) -> Option<Item<'a>> {
        let begin = self.position()?;
        let event = self.reader.read_event().ok()?;
        let at = begin..self.position()?;
        Some(match event {
            Event::Start(tag) => Item::Start(tag, false, at),
            Event::Empty(tag) => Item::Start(tag, true, at),
            Event::End(_) => Item::End,
            Event::Text(text) => Item::Text(text.xml10_content().into_owned()),
            Event::CData(text) => Item::Text(text.xml10_content().into_owned()),
            Event::GeneralRef(reference) => {
                let letter = match reference.resolve_char_ref().ok()? {
                    Some(letter) => letter,
                    None => match &*reference.into_inner() {
                        "amp" => '&',
                        "lt" => '<',
                        "gt" => '>',
                        "quot" => '"',
                        "apos" => '\'',
                        _ => return None,
                    },
                };
                Item::Text(letter.to_string())
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => Item::Blank,
            Event::DocType(_) => return None,
            Event::Eof => Item::Over,
        })
    }

    /// What stands next between elements, where blanks carry no meaning and text has no place.
    fn next_element(&mut self) -> Option<Item<'a>> {
        loop {
            match self.next()? {
                Item::Blank => {}
                Item::Text(text) if text.bytes().all(|byte| byte.is_ascii_whitespace()) => {}
                Item::Text(_) => return None,
                item => return Some(item),
            }
        }
    }

    /// The value that begins with this tag, which was just read.
    fn value(&mut self, tag: &BytesStart<'_>, is_empty: bool, depth: usize) -> Option<Value> {
        if depth > DEEPEST {
            return None;
        }
        match (tag.name().as_ref(), is_empty) {
            ("val", true) => Some(Value::Text(String::new())),
            ("val", false) => self.text(depth),
            ("list", true) => Some(Value::List(Vec::new())),
            ("list", false) => self.list(depth).map(Value::List),
            ("obj", _) => self.object(tag, is_empty, depth).map(Value::Object),
            (_, true) => Some(Value::Foreign),
            (_, false) => self.skip(depth).map(|()| Value::Foreign),
        }
    }

    fn text(&mut self, depth: usize) -> Option<Value> {
        let mut text = String::new();
        loop {
            match self.next()? {
                Item::Text(more) => text.push_str(&more),
                Item::Blank => {}
                Item::End => return Some(Value::Text(text)),
                Item::Start(_, is_empty, _) => {
                    if !is_empty {
                        self.skip(depth)?;
                    }
                    return self.skip(depth).map(|()| Value::Foreign);
                }
                Item::Over => return None,
            }
        }
    }

    fn list(&mut self, depth: usize) -> Option<Vec<Value>> {
        let mut list = Vec::new();
        loop {
            match self.next_element()? {
                Item::Start(tag, is_empty, _) => {
                    list.push(self.value(&tag, is_empty, depth + 1)?);
                }
                Item::End => return Some(list),
                _ => return None,
            }
        }
    }

    fn object(&mut self, tag: &BytesStart<'_>, is_empty: bool, depth: usize) -> Option<Object> {
        let class = attribute(tag, "class").ok()?;
        let mut object = Object { class, open: open(tag), parts: Vec::new() };
        if is_empty {
            return Some(object);
        }
        loop {
            let (tag, is_empty, begin) = match self.next_element()? {
                Item::Start(tag, is_empty, at) => (tag, is_empty, at.start),
                Item::End => return Some(object),
                _ => return None,
            };
            let id = if tag.name().as_ref() == "att" { attribute(&tag, "id").ok()? } else { None };
            let value = match (&id, is_empty) {
                (Some(_), false) => self.attribute_value(depth)?,
                (Some(_), true) => Value::Null,
                (None, false) => self.skip(depth).map(|()| Value::Foreign)?,
                (None, true) => Value::Foreign,
            };
            // Nobody could say which one counts.
            if id.as_deref().is_some_and(|id| object.get(id).is_some()) {
                return None;
            }
            let raw = self.source.get(begin..self.position()?)?.to_owned();
            object.parts.push(Part { id, open: open(&tag), value, raw: Some(raw) });
        }
    }

    /// What an attribute holds: nothing, one value, or something that is kept and not understood.
    fn attribute_value(&mut self, depth: usize) -> Option<Value> {
        let mut value = Value::Null;
        let mut is_first = true;
        loop {
            match self.next()? {
                Item::Start(tag, is_empty, _) => {
                    let read = self.value(&tag, is_empty, depth + 1)?;
                    value = if is_first { read } else { Value::Foreign };
                    is_first = false;
                }
                Item::Text(text) if text.bytes().all(|byte| byte.is_ascii_whitespace()) => {}
                Item::Text(_) => {
                    value = Value::Foreign;
                    is_first = false;
                }
                Item::Blank => {}
                Item::End => return Some(value),
                Item::Over => return None,
            }
        }
    }

    /// Reads on to the end of the element whose start was just read.
    fn skip(&mut self, depth: usize) -> Option<()> {
        let mut inside = depth;
        loop {
            match self.next()? {
                Item::Start(_, false, _) if inside > DEEPEST => return None,
                Item::Start(_, false, _) => inside += 1,
                Item::End if inside == depth => return Some(()),
                Item::End => inside -= 1,
                Item::Start(..) | Item::Text(_) | Item::Blank => {}
                Item::Over => return None,
            }
        }
    }
}

/// The value of an XML attribute, if it is there.
///
/// # Errors
/// It is there and cannot be read.
fn attribute(tag: &BytesStart<'_>, name: &str) -> Result<Option<String>, quick_xml::Error> {
    let Some(attribute) = tag.try_get_attribute(name)? else {
        return Ok(None);
    };
    attribute.normalized_value(XmlVersion::Implicit1_0).map(|value| Some(value.into_owned()))
}

/// The tag as the start of an element that holds something.
fn open(tag: &BytesStart<'_>) -> String {
    format!("<{}>", tag.trim_ascii_end())
}
