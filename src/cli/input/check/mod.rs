//! Whether a document has the shape that its schema asks for.
//!
//! The schema is walked here, and not given to a validator for JSON Schema, because half of what is told (quotes that
//! are missing, the place, the nearest field) is about the text, of which JSON knows nothing.

mod scalars;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use regex::Regex;
use serde_json::{Map, Value as Json};

use super::place::Span;
use super::scalar::Plain;
use super::suggest::{listed, nearest};
use super::tree::{Entry, Node, Value};

/// A difference between a document and its schema.
pub(super) struct Finding {
    pub(super) message: String,
    pub(super) span: Span,
    pub(super) help: Option<String>,
}

/// Checks documents against schemas, one after the other.
#[derive(Default)]
pub(super) struct Checker {
    patterns: HashMap<String, Option<Regex>>,
}

/// The check of one document.
struct Check<'a> {
    patterns: &'a mut HashMap<String, Option<Regex>>,
    /// The schema of the whole document.
    root: &'a Json,
    /// What the document says is never repeated.
    secret: bool,
    findings: Vec<Finding>,
}

impl Checker {
    /// All that is wrong with `node`, which is at `path` of a document with the schema `root`.
    pub(super) fn check(&mut self, node: &Node, root: &Json, secret: bool) -> Vec<Finding> {
        let mut check = Check { patterns: &mut self.patterns, root, secret, findings: Vec::new() };
        check.value(node, root, "", node.span);
        check.findings
    }
}

impl Check<'_> {
    /// Checks a value; `name` is where its field's name is.
    fn value(&mut self, node: &Node, schema: &Json, path: &str, name: Span) {
        let expected = schema["type"].as_str().unwrap_or_default();
        match (&node.value, expected) {
            // Any value may be there.
            (_, "") => {}
            (Value::Mapping(entries), "object") => self.object(entries, schema, path, name),
            (Value::Sequence(items), "array") => self.array(items, schema, path, name),
            (Value::Scalar(_), _) if node.is_null() => {
                let message = format!("`{path}` is empty; give it a value, or leave the field out");
                self.find(message, if node.span.length == 0 { name } else { node.span });
            }
            (Value::Scalar(scalar), "string") => self.string(scalar, schema, path, node.span),
            (Value::Scalar(scalar), "integer") => self.integer(scalar, schema, path, node.span),
            (Value::Scalar(scalar), "boolean") => self.boolean(scalar, path, node.span),
            (found, expected) => {
                let expected = match expected {
                    "object" => "a mapping of fields",
                    "array" => "a list",
                    "integer" => "a whole number",
                    "boolean" => "`true` or `false`",
                    _ => "text",
                };
                let (found, span) = match found {
                    Value::Mapping(_) => ("a mapping", name),
                    Value::Sequence(_) => ("a list", name),
                    Value::Scalar(scalar) => (scalars::kind_of(scalar), node.span),
                };
                let path =
                    if path.is_empty() { "the document".into() } else { format!("`{path}`") };
                self.find(format!("{path} must be {expected}, not {found}"), span);
            }
        }
    }

    fn object(&mut self, entries: &[Entry], schema: &Json, path: &str, name: Span) {
        let fields = schema["properties"].as_object();
        let others = schema.get("additionalProperties");
        for Entry { key, span, value } in entries {
            let inner = child(path, &key.text);
            match (fields.and_then(|fields| fields.get(key.text.as_str())), others) {
                (Some(schema), _) => self.value(value, schema, &inner, *span),
                (None, Some(schema)) => {
                    if matches!(key.resolve(), Plain::Bool(_) | Plain::OtherBool) {
                        let message = format!(
                            "`{inner}`: a name that YAML takes for a truth value needs quotes"
                        );
                        self.find(message, *span);
                    }
                    self.value(value, schema, &inner, *span);
                }
                (None, None) => self.unknown(fields, &key.text, &inner, *span),
            }
        }
        if let Some(max) = schema["maxProperties"].as_u64()
            && entries.len() as u64 > max
        {
            let message =
                format!("`{path}` must have at most {max} entries, not {}", entries.len());
            self.find(message, name);
        }
        for field in schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str) {
            if !entries.iter().any(|entry| *entry.key.text == field) {
                let help = first_sentence(&schema["properties"][field]);
                let message = format!("`{}` is missing", child(path, field));
                self.findings.push(Finding { message, span: name, help });
            }
        }
    }

    fn unknown(&mut self, fields: Option<&Map<String, Json>>, key: &str, path: &str, span: Span) {
        let names = || fields.into_iter().flat_map(|fields| fields.keys().map(String::as_str));
        let elsewhere = || {
            let mut found = Vec::new();
            places_of(key, self.root, "", &mut found);
            found.retain(|found| found != path);
            (!found.is_empty()).then(|| listed(found.iter().map(String::as_str), "or"))
        };
        let mut message = format!("unknown field `{path}`");
        let mut help = None;
        if let Some(name) = nearest(key, names()) {
            message = format!("{message}; did you mean `{name}`?");
        } else if let Some(places) = elsewhere() {
            message = format!("{message}; did you mean {places}?");
        } else if names().next().is_some() {
            help = Some(format!("the fields here are {}", listed(names(), "and")));
        }
        self.findings.push(Finding { message, span, help });
    }

    fn array(&mut self, items: &[Arc<Node>], schema: &Json, path: &str, name: Span) {
        let count = items.len() as u64;
        let (min, max) = (schema["minItems"].as_u64(), schema["maxItems"].as_u64());
        if count < min.unwrap_or(0) {
            let message = format!("`{path}` must not be empty; leave the field out instead");
            self.find(message, name);
        } else if count > max.unwrap_or(u64::MAX) {
            let message =
                format!("`{path}` must have at most {} entries, not {count}", max.unwrap_or(0));
            self.find(message, name);
        }
        let is_set = schema["x-kubernetes-list-type"] == "set";
        // The fields that tell the elements of a list apart.
        let keys: Vec<&str> = match schema["x-kubernetes-list-map-keys"].as_array() {
            Some(keys) => keys.iter().filter_map(Json::as_str).collect(),
            None => Vec::new(),
        };
        let mut seen = HashSet::new();
        let mut known = HashSet::new();
        for (index, item) in items.iter().enumerate() {
            let inner = format!("{path}[{index}]");
            self.value(item, &schema["items"], &inner, item.span);
            if is_set
                && let Some(text) = item.text()
                && !seen.insert(text)
            {
                self.find(format!("`{inner}` is in the list already"), item.span);
            }
            let identity: Option<Vec<_>> =
                keys.iter().map(|key| item.get(key).and_then(|value| value.text())).collect();
            if let Some((identity, key)) = identity.zip(keys.first())
                && !known.insert(identity)
            {
                let span = item.get(key).map_or(item.span, |value| value.span);
                self.find(format!("`{inner}.{key}` is in the list already"), span);
            }
        }
    }

    fn find(&mut self, message: String, span: Span) {
        self.findings.push(Finding { message, span, help: None });
    }
}

/// The path of a field of the mapping at `path`.
fn child(path: &str, field: &str) -> String {
    let field = field.escape_debug();
    if path.is_empty() { field.to_string() } else { format!("{path}.{field}") }
}

/// Every path of a schema that ends with the field `name`.
fn places_of(name: &str, schema: &Json, path: &str, found: &mut Vec<String>) {
    for (field, inner) in schema["properties"].as_object().into_iter().flatten() {
        let path = child(path, field);
        places_of(name, inner, &path, found);
        if field == name {
            found.push(path);
        }
    }
    if let Some(items) = schema.get("items") {
        places_of(name, items, &format!("{path}[]"), found);
    }
}

/// What a field is, in its schema's words.
fn first_sentence(schema: &Json) -> Option<String> {
    let description = schema["description"].as_str()?;
    let end = description.find(". ").map_or(description.len(), |end| end + 1);
    description.get(..end).map(|sentence| sentence.trim_end_matches('.').to_owned())
}
