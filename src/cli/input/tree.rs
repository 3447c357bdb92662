//! A YAML document as it was written: every value with its place.

use std::fmt;
use std::sync::Arc;

use serde_json::Value as Json;
use zeroize::Zeroizing;

use super::place::Span;
use super::scalar::{self, Plain};

/// A value and where it is.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) span: Span,
    /// How many values it holds, itself included.
    pub(super) size: usize,
    /// How many levels it has, itself included.
    pub(super) depth: usize,
}

#[derive(Debug)]
pub(super) enum Value {
    Scalar(Scalar),
    Sequence(Vec<Arc<Node>>),
    Mapping(Vec<Entry>),
}

/// A text, a number, a truth value or nothing; which of them depends on how it is written.
///
/// It may be a secret, so `Debug` does not show it and it is wiped when it is no longer needed.
pub(super) struct Scalar {
    pub(super) text: Zeroizing<String>,
    /// Written without quotes, so that it need not be text.
    pub(super) plain: bool,
}

/// A field of a mapping.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: Scalar,
    pub(super) span: Span,
    pub(super) value: Arc<Node>,
}

impl Scalar {
    /// What the scalar is to YAML.
    pub(super) fn resolve(&self) -> Plain {
        if self.plain { scalar::resolve(&self.text) } else { Plain::Text }
    }
}

impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scalar(…)")
    }
}

impl Node {
    pub(super) fn new(value: Value, span: Span) -> Self {
        let children: &mut dyn Iterator<Item = &Arc<Node>> = match &value {
            Value::Scalar(_) => &mut std::iter::empty(),
            Value::Sequence(items) => &mut items.iter(),
            Value::Mapping(entries) => &mut entries.iter().map(|entry| &entry.value),
        };
        let (size, depth) = children.fold((1_usize, 0), |(size, depth), child| {
            (size.saturating_add(child.size), depth.max(child.depth))
        });
        Self { value, span, size, depth: depth + 1 }
    }

    /// Whether nothing is written, or that there is nothing.
    pub(super) fn is_null(&self) -> bool {
        match &self.value {
            Value::Scalar(scalar) => scalar.resolve() == Plain::Null,
            Value::Sequence(_) | Value::Mapping(_) => false,
        }
    }

    /// The field of a mapping.
    pub(super) fn entry(&self, name: &str) -> Option<&Entry> {
        match &self.value {
            Value::Mapping(entries) => entries.iter().find(|entry| *entry.key.text == name),
            Value::Scalar(_) | Value::Sequence(_) => None,
        }
    }

    /// The value of a field of a mapping.
    pub(super) fn get(&self, name: &str) -> Option<&Arc<Node>> {
        self.entry(name).map(|entry| &entry.value)
    }

    /// The text of a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(scalar) => Some(&scalar.text),
            Value::Sequence(_) | Value::Mapping(_) => None,
        }
    }

    /// The text of a field of a mapping.
    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(|value| value.text())
    }

    /// Where the field with a path such as `spec.allowedConsumers[0].kinds` is, or the innermost field around it that
    /// is there: its value if that is one text, else its name.
    pub(super) fn locate(&self, path: &str) -> Option<Span> {
        let mut node = self;
        let mut found = None;
        let steps = path.split(['.', '[']).map(|step| step.trim_end_matches(']'));
        for step in steps.filter(|step| !step.is_empty()) {
            let next = match &node.value {
                Value::Scalar(_) => None,
                Value::Sequence(items) => step
                    .parse()
                    .ok()
                    .and_then(|index: usize| items.get(index))
                    .map(|item| (item.span, item)),
                Value::Mapping(_) => node.entry(step).map(|entry| (entry.span, &entry.value)),
            };
            let Some((span, inner)) = next else { break };
            let is_short = matches!(inner.value, Value::Scalar(_)) && inner.span.length > 0;
            found = Some(if is_short { inner.span } else { span });
            node = inner;
        }
        found
    }

    /// The value as JSON.
    pub(super) fn to_json(&self) -> Json {
        match &self.value {
            Value::Scalar(scalar) => match scalar.resolve() {
                Plain::Null => Json::Null,
                Plain::Bool(value) => Json::from(value),
                Plain::Integer(value) => Json::from(value),
                Plain::Text | Plain::OtherBool | Plain::OtherNumber => {
                    Json::from(scalar.text.as_str())
                }
            },
            Value::Sequence(items) => items.iter().map(|item| item.to_json()).collect(),
            Value::Mapping(entries) => entries
                .iter()
                .map(|entry| (entry.key.text.to_string(), entry.value.to_json()))
                .collect(),
        }
    }
}
