//! The schemas of whole documents, as people write them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Value as Json, json};

use crate::kinds::{self, common::text};

/// The schemas of all that is read.
pub(super) struct Shapes {
    /// Those of our kinds, by name.
    pub(super) kinds: BTreeMap<&'static str, Json>,
    pub(super) secret: Json,
    pub(super) config_map: Json,
}

pub(super) static SHAPES: LazyLock<Shapes> = LazyLock::new(|| {
    let kinds = kinds::all().iter().map(|definition| {
        let mut fields = definition.schema["properties"].clone();
        // What was once read from a cluster holds a status, perhaps one of another version; it is not to be checked.
        fields["status"] = json!({});
        (definition.kind.as_str(), document(&fields, &["apiVersion", "kind", "metadata", "spec"]))
    });
    let texts = json!({ "type": "object", "additionalProperties": { "type": "string" } });
    Shapes {
        kinds: kinds.collect(),
        secret: document(
            &json!({ "data": texts, "stringData": texts, "type": { "type": "string" }, "immutable": { "type": "boolean" } }),
            &["apiVersion", "kind", "metadata"],
        ),
        config_map: document(
            &json!({ "data": texts, "binaryData": texts, "immutable": { "type": "boolean" } }),
            &["apiVersion", "kind", "metadata"],
        ),
    }
});

/// A document with these fields besides those that every object has.
fn document(fields: &Json, required: &[&str]) -> Json {
    let mut schema = json!({
        "type": "object",
        "required": required,
        "properties": {
            "apiVersion": { "type": "string" },
            "kind": { "type": "string" },
            "metadata": metadata(),
        },
    });
    for (name, field) in fields.as_object().into_iter().flatten() {
        schema["properties"][name] = field.clone();
    }
    schema
}

/// The fields of `metadata` that matter here, and those that an API server adds.
fn metadata() -> Json {
    let mut schema = json!({
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {
                "type": "string",
                "minLength": 1,
                "maxLength": 253,
                "pattern": text::DNS_SUBDOMAIN.regex,
                "description": "The name of the object, different from all others of its kind and namespace",
            },
            "namespace": {
                "type": "string",
                "minLength": 1,
                "maxLength": 63,
                "pattern": text::DNS_LABEL.regex,
            },
            "labels": {
                "type": "object",
                "additionalProperties": {
                    "type": "string",
                    "maxLength": 63,
                    "pattern": text::LABEL_VALUE.regex,
                },
            },
            "annotations": { "type": "object", "additionalProperties": { "type": "string" } },
        },
    });
    let added = [
        "creationTimestamp",
        "deletionGracePeriodSeconds",
        "deletionTimestamp",
        "finalizers",
        "generateName",
        "generation",
        "managedFields",
        "ownerReferences",
        "resourceVersion",
        "selfLink",
        "uid",
    ];
    for name in added {
        schema["properties"][name] = json!({});
    }
    schema
}
