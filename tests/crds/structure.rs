//! The schemas are ones that an API server takes, and say all that a person needs.

use roster::kinds::{self, common::text};
use serde_json::Value;

/// Calls `visit` with every schema of a kind and the path to it.
fn walk(path: &str, schema: &Value, visit: &mut dyn FnMut(&str, &Value)) {
    visit(path, schema);
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        walk(&format!("{path}.{name}"), property, visit);
    }
    for (field, suffix) in [("items", "[]"), ("additionalProperties", "{}")] {
        if let Some(inner @ Value::Object(_)) = schema.get(field) {
            walk(&format!("{path}{suffix}"), inner, visit);
        }
    }
}

/// The complaints of `check` about all schemas of all kinds.
fn complaints(check: impl Fn(&str, &Value) -> Option<String>) -> Vec<String> {
    let mut found = Vec::new();
    for definition in kinds::all() {
        walk(&definition.kind, &definition.schema, &mut |path, schema| {
            found.extend(check(path, schema).map(|complaint| format!("{path}: {complaint}")));
        });
    }
    found
}

fn none() -> Vec<String> {
    Vec::new()
}

/// What an API server demands of a structural schema. The shapes it allows below `allOf`, `anyOf` and `oneOf` are hard
/// to see, so we use none of these.
#[test]
fn every_schema_is_structural() {
    const REFUSED: [&str; 10] = [
        "$ref",
        "$defs",
        "definitions",
        "patternProperties",
        "const",
        "uniqueItems",
        "allOf",
        "anyOf",
        "oneOf",
        "not",
    ];
    let unstructured = complaints(|_, schema| {
        let object = schema.as_object()?;
        let typed = object.get("type").is_some_and(Value::is_string);
        let both = object.contains_key("properties") && object.contains_key("additionalProperties");
        let array_of_nothing = schema["type"] == "array" && !object.contains_key("items");
        let refused = REFUSED.iter().find(|keyword| object.contains_key(**keyword));
        match refused {
            Some(keyword) => Some(format!("has {keyword}")),
            None if !typed => Some("has no type".to_owned()),
            None if both => Some("has properties and additionalProperties".to_owned()),
            None if array_of_nothing => Some("is an array of nothing in particular".to_owned()),
            None => None,
        }
    });
    assert_eq!(unstructured, none());
}

#[test]
fn every_field_is_described() {
    let silent = complaints(|path, schema| {
        let is_element = path.ends_with("[]") || path.ends_with("{}");
        let described = schema["description"].as_str().is_some_and(|text| text.len() > 10);
        (!is_element && !described).then(|| "has no description".to_owned())
    });
    assert_eq!(silent, none());
}

/// Optional fields of the specification say what happens without them.
#[test]
fn every_optional_field_says_what_happens_when_it_is_unset() {
    /// Fields of which others decide whether they are needed, so their descriptions say when they are.
    const CONDITIONAL: [&str; 16] = [
        "ApiSession.spec.dynect",
        "ApiSession.spec.cteraPortal",
        "ApiSession.spec.cteraPortal.tenant",
        "ApiSession.spec.zatoSso",
        "ApiSession.spec.allowedConsumers[].namespaces",
        "ApiSession.spec.allowedConsumers[].namespaceSelector",
        "ApiSession.spec.allowedConsumers[].namespaceSelector.matchExpressions[].values",
        "UpdateUser.spec.nickname",
        "UpdateUser.spec.userName",
        "UpdateUser.spec.password.secretKeyRef",
        "UpdateUser.spec.password.generate",
        "PortalUser.spec.password.secretKeyRef",
        "PortalUser.spec.password.generate",
        "PortalUser.spec.requirePasswordChange.atFirstLogin",
        "PortalUser.spec.requirePasswordChange.inDays",
        "PortalUser.spec.requirePasswordChange.on",
    ];
    let silent = complaints(|path, schema| {
        let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
        let names: Vec<_> = schema["properties"]
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(name, _)| !required.contains(&Value::from(name.as_str())))
            .map(|(name, property)| (format!("{path}.{name}"), property))
            .filter(|(path, _)| path.contains(".spec."))
            .filter(|(path, _)| !CONDITIONAL.contains(&path.as_str()))
            .filter(|(path, _)| !path.ends_with(".password.fromRemote"))
            .filter(|(_, property)| {
                !property["description"].as_str().unwrap_or_default().contains("Unset: ")
            })
            .map(|(path, _)| path)
            .collect();
        (!names.is_empty()).then(|| format!("{names:?}"))
    });
    assert_eq!(silent, none());
}

/// The schema can describe a field, but not the values of an enumeration.
#[test]
fn every_allowed_value_is_in_the_description_of_its_field() {
    let silent = complaints(|path, schema| {
        if path.ends_with("[]") {
            return None;
        }
        let values = schema["enum"].as_array().or(schema["items"]["enum"].as_array())?;
        let description = schema["description"].as_str().unwrap_or_default();
        let missing: Vec<_> = values
            .iter()
            .filter_map(Value::as_str)
            .filter(|value| !description.contains(&format!("`{value}`")))
            .collect();
        (!missing.is_empty()).then(|| format!("does not describe {missing:?}"))
    });
    assert_eq!(silent, none());
}

/// Defaults are resolved at run time, so that what compares manifests with a cluster sees what the author wrote.
#[test]
fn only_the_status_has_a_default() {
    let defaults = complaints(|_, schema| schema.get("default").map(ToString::to_string));
    assert_eq!(
        defaults,
        [
            r#"ApiSession.status: {"observedGeneration":-1}"#,
            r#"UpdateUser.status: {"observedGeneration":-1}"#,
            r#"PortalUser.status: {"observedGeneration":-1}"#,
        ]
    );
}

/// An empty field is a mistake, not a second way to leave it out.
#[test]
fn no_field_may_be_null() {
    let nullable = complaints(|_, schema| {
        let null = schema["enum"].as_array().is_some_and(|values| values.contains(&Value::Null));
        (null || schema.get("nullable").is_some()).then(|| "may be null".to_owned())
    });
    assert_eq!(nullable, none());
}

/// The API server estimates what its rules cost at worst, and refuses a schema where that is unbounded.
#[test]
fn everything_that_an_author_writes_has_a_bound() {
    let unbounded = complaints(|path, schema| {
        if !path.contains(".spec.") {
            return None;
        }
        let bound = match schema["type"].as_str()? {
            "string" if schema.get("enum").is_none() => "maxLength",
            "array" => "maxItems",
            "integer" => "maximum",
            "object" if schema.get("additionalProperties").is_some() => "maxProperties",
            _ => return None,
        };
        schema.get(bound).is_none().then(|| format!("has no {bound}"))
    });
    assert_eq!(unbounded, none());
}

#[test]
fn every_list_says_how_it_is_merged() {
    let silent = complaints(|_, schema| {
        let silent = schema["type"] == "array" && schema.get("x-kubernetes-list-type").is_none();
        silent.then(|| "has no x-kubernetes-list-type".to_owned())
    });
    assert_eq!(silent, none());
}

#[test]
fn every_pattern_has_words_for_a_person() {
    let unexplained = complaints(|_, schema| {
        let pattern = schema["pattern"].as_str()?;
        text::meaning(pattern).is_none().then(|| format!("{pattern} has no words"))
    });
    assert_eq!(unexplained, none());
}

#[test]
fn every_rule_compiles_and_has_a_message() {
    fn check(path: &str, rules: &kube::core::cel::CompiledSchema, found: &mut Vec<String>) {
        found.extend(rules.compilation_errors().iter().map(|error| format!("{path}: {error}")));
        for (name, inner) in &rules.properties {
            check(&format!("{path}.{name}"), inner, found);
        }
        for inner in rules.items.iter().chain(&rules.additional_properties) {
            check(path, inner, found);
        }
    }
    let mut found = complaints(|_, schema| {
        let rules = schema["x-kubernetes-validations"].as_array()?;
        let silent = rules.iter().find(|rule| rule["message"].as_str().is_none())?;
        Some(format!("{} has no message", silent["rule"]))
    });
    for definition in kinds::all() {
        check(&definition.kind, &definition.rules, &mut found);
    }
    assert_eq!(found, none());
}
