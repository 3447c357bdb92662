//! One request, as the wire contract wants it.

use std::io;

use bytes::Bytes;
use http::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::ser::Formatter;
use zeroize::Zeroizing;

use super::SYSTEM;
use crate::systems::failures::Asked;
use crate::systems::http::segment;
use crate::systems::redact::MASK;

/// Room for a list of some 300,000 update users, at about 200 bytes each with detail. DynECT has no paging.
const LIST_LIMIT: usize = 64 << 20;

/// Room for every other reply, which is about one user or one report.
const REPLY_LIMIT: usize = 1 << 20;

/// What is asked of the system.
#[derive(Debug)]
pub(super) struct Call {
    /// Words that continue "cannot".
    pub operation: &'static str,
    pub method: Method,
    pub path: String,
    pub arguments: Vec<(&'static str, Argument)>,
    /// Executing it twice leaves the same as executing it once.
    pub repeatable: bool,
    pub limit: usize,
    /// The permission that the call needs, if one is known.
    pub permission: Option<&'static str>,
}

/// The value of one argument.
#[derive(Debug)]
pub(super) enum Argument {
    Text(String),
    Secret(SecretString),
    True,
}

/// The arguments as JSON; secrets are masked unless they are to be sent.
struct Body<'a> {
    arguments: &'a [(&'static str, Argument)],
    send: bool,
}

/// JSON without a character outside ASCII, as the vendor's library writes it.
struct Ascii;

impl Call {
    /// A repeatable request without arguments.
    pub(super) fn new(operation: &'static str, method: Method, path: impl Into<String>) -> Self {
        Self {
            operation,
            method,
            path: path.into(),
            arguments: Vec::new(),
            repeatable: true,
            limit: REPLY_LIMIT,
            permission: None,
        }
    }

    pub(super) fn text(mut self, name: &'static str, value: &str) -> Self {
        self.arguments.push((name, Argument::Text(value.to_owned())));
        self
    }

    pub(super) fn secret(mut self, name: &'static str, value: &SecretString) -> Self {
        self.arguments.push((name, Argument::Secret(value.clone())));
        self
    }

    pub(super) fn flag(mut self, name: &'static str) -> Self {
        self.arguments.push((name, Argument::True));
        self
    }

    pub(super) fn needs(mut self, permission: &'static str) -> Self {
        self.permission = Some(permission);
        self
    }

    pub(super) fn list(mut self) -> Self {
        self.limit = LIST_LIMIT;
        self
    }

    pub(super) fn not_repeatable(mut self) -> Self {
        self.repeatable = false;
        self
    }

    /// What a failure of it is about.
    pub(super) fn asked(&self) -> Asked {
        Asked { system: SYSTEM, operation: self.operation, repeatable: self.repeatable }
    }

    /// The body to be sent; its memory is wiped when it was.
    pub(super) fn body(&self) -> Bytes {
        Bytes::from_owner(Zeroizing::new(self.json(true)))
    }

    /// The body to be shown.
    pub(super) fn shown(&self) -> String {
        String::from_utf8(self.json(false)).unwrap_or_default()
    }

    /// The secrets among the arguments.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &SecretString> {
        self.arguments.iter().filter_map(|(_, argument)| match argument {
            Argument::Secret(secret) => Some(secret),
            Argument::Text(_) | Argument::True => None,
        })
    }

    fn json(&self, send: bool) -> Vec<u8> {
        let mut json = Vec::new();
        let mut serializer = serde_json::Serializer::with_formatter(&mut json, Ascii);
        let body = Body { arguments: &self.arguments, send };
        match body.serialize(&mut serializer) {
            Ok(()) => json,
            // Writing text into memory cannot fail; an empty object would be refused by the system.
            Err(_) => b"{}".to_vec(),
        }
    }
}

/// The path of one resource below `/REST`, named by a single segment.
///
/// `None` for a name that cannot be one segment: empty, or one that stands for a place in the tree.
pub(super) fn resource(collection: &str, name: &str) -> Option<String> {
    match name {
        "" | "." | ".." => None,
        _ => Some(format!("/REST/{collection}/{}/", segment(name))),
    }
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.arguments.len()))?;
        for (name, argument) in self.arguments {
            match argument {
                Argument::Text(text) => map.serialize_entry(name, text)?,
                Argument::Secret(secret) if self.send => {
                    map.serialize_entry(name, secret.expose_secret())?;
                }
                Argument::Secret(_) => map.serialize_entry(name, MASK)?,
                Argument::True => map.serialize_entry(name, &true)?,
            }
        }
        map.end()
    }
}

impl Formatter for Ascii {
    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        for letter in fragment.chars() {
            if letter.is_ascii() {
                write!(writer, "{letter}")?;
            } else {
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_without_arguments_has_an_empty_object_as_its_body() {
        assert_eq!(Call::new("look", Method::GET, "/REST/Session/").body(), "{}");
    }

    #[test]
    fn bodies_are_ascii_and_hide_secrets_only_when_shown() {
        let call = Call::new("create", Method::POST, "/REST/UpdateUser/")
            .text("nickname", "käse😀\"\n")
            .secret("password", &SecretString::from("schlüssel"))
            .flag("block");
        assert_eq!(
            call.body(),
            r#"{"nickname":"k\u00e4se\ud83d\ude00\"\n","password":"schl\u00fcssel","block":true}"#
        );
        assert_eq!(
            call.shown(),
            r#"{"nickname":"k\u00e4se\ud83d\ude00\"\n","password":"*****","block":true}"#
        );
        assert!(!format!("{call:?}").contains("schl"));
    }

    #[test]
    fn a_name_is_one_segment_of_the_path_or_refused() {
        let path = |name| resource("UpdateUser", name);
        assert_eq!(path("acme-edge1").as_deref(), Some("/REST/UpdateUser/acme-edge1/"));
        assert_eq!(
            path("a b/ä?%+~").as_deref(),
            Some("/REST/UpdateUser/a%20b%2F%C3%A4%3F%25%2B~/")
        );
        for name in ["", ".", ".."] {
            assert_eq!(path(name), None);
        }
        assert_eq!(path("...").as_deref(), Some("/REST/UpdateUser/.../"));
    }
}
