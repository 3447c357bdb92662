//! Secrets and `ConfigMap`s that are given along with the objects that refer to them.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;
use zeroize::Zeroizing;

use super::check::Finding;
use super::tree::{Entry, Node, Value};

/// A core/v1 Secret. `Debug` shows its keys and no value.
#[derive(Debug)]
pub struct SecretDocument {
    /// The namespace, `default` if none is named.
    pub namespace: String,
    pub name: String,
    values: BTreeMap<String, SecretString>,
    binary: BTreeSet<String>,
}

/// A core/v1 `ConfigMap`.
#[derive(Debug)]
pub struct ConfigMapDocument {
    /// The namespace, `default` if none is named.
    pub namespace: String,
    pub name: String,
    values: BTreeMap<String, String>,
}

impl SecretDocument {
    /// The value of a key, if it is text.
    pub fn get(&self, key: &str) -> Option<&SecretString> {
        self.values.get(key)
    }

    /// Whether the key is there and its value is no text, so that [`Self::get`] cannot give it.
    pub fn is_binary(&self, key: &str) -> bool {
        self.binary.contains(key)
    }

    /// The keys whose values are text.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// Takes a document of the right shape. As in Kubernetes, `stringData` goes before `data`.
    pub(super) fn read(
        namespace: String,
        name: String,
        root: &Node,
        findings: &mut Vec<Finding>,
    ) -> Self {
        let mut values = BTreeMap::new();
        let mut binary = BTreeSet::new();
        for (key, encoded, node) in texts(root, "data") {
            let encoded = Zeroizing::new(encoded.replace(['\n', '\r'], ""));
            let Ok(bytes) = STANDARD.decode(encoded.as_bytes()).map(Zeroizing::new) else {
                let message =
                    format!("`data.{key}` is not base64; plain text belongs in `stringData`");
                findings.push(Finding { message, span: node.span, help: None });
                continue;
            };
            match str::from_utf8(&bytes) {
                Ok(text) => {
                    values.insert(key.to_owned(), SecretString::from(text));
                }
                Err(_) => {
                    binary.insert(key.to_owned());
                }
            }
        }
        for (key, text, _) in texts(root, "stringData") {
            binary.remove(key);
            values.insert(key.to_owned(), SecretString::from(text));
        }
        Self { namespace, name, values, binary }
    }
}

impl ConfigMapDocument {
    /// The value of a key of `data`.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// Takes a document of the right shape.
    pub(super) fn read(namespace: String, name: String, root: &Node) -> Self {
        let values = texts(root, "data").map(|(key, text, _)| (key.to_owned(), text.to_owned()));
        Self { namespace, name, values: values.collect() }
    }
}

/// The entries of a mapping of texts.
fn texts<'a>(root: &'a Node, field: &str) -> impl Iterator<Item = (&'a str, &'a str, &'a Node)> {
    let entries: &[Entry] = match root.get(field).map(|node| &node.value) {
        Some(Value::Mapping(entries)) => entries,
        _ => &[],
    };
    entries
        .iter()
        .filter_map(|Entry { key, value, .. }| Some((key.text.as_str(), value.text()?, &**value)))
}
