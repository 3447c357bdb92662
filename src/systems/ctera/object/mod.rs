//! The portal's object notation: a small XML dialect without types.
//!
//! A `PUT` replaces a whole object, and nobody knows every attribute that a portal keeps in one. So what was read and not
//! changed is written back with the very bytes that it was read from.

mod read;
mod write;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use std::fmt;

use secrecy::SecretString;

pub(super) use read::read;
#[cfg(test)]
use write::is_writable;

/// A value. The notation has no types: numbers, dates and truth values are text, and stay the text that they were.
#[derive(Clone)]
pub(super) enum Value {
    /// An attribute that is there and holds nothing. Not the same as an empty text.
    Null,
    Text(String),
    /// Text to be sent, and never to be shown.
    Secret(SecretString),
    List(Vec<Value>),
    Object(Object),
    /// Something that this notation does not know. It is kept as it was read, and otherwise left alone.
    Foreign,
}

/// An object: its attributes in their order.
#[derive(Clone)]
pub(super) struct Object {
    class: Option<String>,
    /// The start tag, with everything in it.
    open: String,
    parts: Vec<Part>,
}

/// One child of an object: an attribute, or something unknown.
#[derive(Clone)]
struct Part {
    /// `None`: it is no attribute, and only kept.
    id: Option<String>,
    /// The start tag, with everything in it.
    open: String,
    value: Value,
    /// The bytes that it was read from, until it is changed.
    raw: Option<String>,
}

impl Value {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        Self::List(texts.into_iter().map(Self::text).collect())
    }

    /// The secrets in it that are to be sent.
    pub(super) fn secrets(&self) -> Vec<&SecretString> {
        match self {
            Self::Secret(secret) => vec![secret],
            Self::List(list) => list.iter().flat_map(Self::secrets).collect(),
            Self::Object(object) => {
                object.parts.iter().flat_map(|part| part.value.secrets()).collect()
            }
            Self::Null | Self::Text(_) | Self::Foreign => Vec::new(),
        }
    }

    /// The text, if it is one. An empty text is one, null is none.
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null | Self::Secret(_) | Self::List(_) | Self::Object(_) | Self::Foreign => None,
        }
    }

    pub(super) fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) => Some(object),
            Self::Null | Self::Text(_) | Self::Secret(_) | Self::List(_) | Self::Foreign => None,
        }
    }

    pub(super) fn as_list(&self) -> Option<&[Value]> {
        match self {
            Self::List(list) => Some(list),
            Self::Null | Self::Text(_) | Self::Secret(_) | Self::Object(_) | Self::Foreign => None,
        }
    }
}

impl Object {
    /// An object without attributes.
    pub(super) fn new(class: Option<&str>) -> Self {
        let open = write::start("obj", class.map(|class| ("class", class)));
        Self { class: class.map(str::to_owned), open, parts: Vec::new() }
    }

    /// The same object with one attribute more.
    #[must_use]
    pub(super) fn with(mut self, id: &str, value: Value) -> Self {
        self.set(id, value);
        self
    }

    pub(super) fn class(&self) -> Option<&str> {
        self.class.as_deref()
    }

    /// The attribute; `None` if it is not there, which is not the same as null.
    pub(super) fn get(&self, id: &str) -> Option<&Value> {
        self.parts.iter().find(|part| part.id.as_deref() == Some(id)).map(|part| &part.value)
    }

    /// The attribute's text; `None` if it is null, not there, or no text.
    pub(super) fn text(&self, id: &str) -> Option<&str> {
        self.get(id).and_then(Value::as_text)
    }

    /// The names of the attributes.
    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| part.id.as_deref())
    }

    /// Changes one attribute in its place, or adds it at the end. Everything else stays as it is.
    pub(super) fn set(&mut self, id: &str, value: Value) {
        match self.parts.iter_mut().find(|part| part.id.as_deref() == Some(id)) {
            Some(part) => {
                part.value = value;
                part.raw = None;
            }
            None => self.parts.push(Part {
                id: Some(id.to_owned()),
                open: write::start("att", Some(("id", id))),
                value,
                raw: None,
            }),
        }
    }
}

/// Shows the shape and no value: a reply may hold a secret.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("Null"),
            Self::Text(_) => f.write_str("Text"),
            Self::Secret(_) => f.write_str("Secret"),
            Self::List(list) => write!(f, "List({})", list.len()),
            Self::Object(object) => object.fmt(f),
            Self::Foreign => f.write_str("Foreign"),
        }
    }
}

/// Shows the names of the attributes, and none of their values.
impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple(self.class().unwrap_or("Object"))
            .field(&self.ids().collect::<Vec<_>>())
            .finish()
    }
}
