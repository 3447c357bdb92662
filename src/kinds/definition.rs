//! The definition of a kind as the API server gets it, and the checks that go with it.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use kube::core::cel::{CompiledSchema, compile_schema};
use kube::{CustomResourceExt, Resource};
use serde_json::Value;

/// One kind of custom resource.
#[derive(Debug)]
pub struct Definition {
    /// The kind's name, for example `UpdateUser`.
    pub kind: String,
    /// What is installed in a cluster.
    pub crd: CustomResourceDefinition,
    /// The `OpenAPI` schema of the whole object.
    pub schema: Value,
    /// The CEL rules of the schema, ready to run.
    pub rules: CompiledSchema,
}

impl Definition {
    pub(super) fn of<K>() -> Self
    where
        K: CustomResourceExt + Resource<DynamicType = ()>,
    {
        let mut crd = K::crd();
        let mut schema = Value::Null;
        for version in &mut crd.spec.versions {
            let props = version.schema.as_mut().and_then(|s| s.open_api_v3_schema.as_mut());
            if let Some(props) = props {
                tidy(props);
                schema = serde_json::json!(props);
            }
        }
        let rules = compile_schema(&schema);
        Self { kind: K::kind(&()).into_owned(), crd, schema, rules }
    }
}

/// The definitions as YAML, each with the name of its file.
pub fn crds() -> Result<Vec<(String, String)>, serde_saphyr::SerializeError> {
    super::all()
        .iter()
        .map(|definition| {
            let name = format!("{}.yaml", definition.crd.spec.names.plural);
            let text = serde_saphyr::to_string(&definition.crd)?;
            Ok((name, text))
        })
        .collect()
}

/// Says the same in the API server's words.
///
/// Text: one line per paragraph. `nullable`: left out, so that an empty field is an error and not a second way to leave
/// it out. `format`: left out where the API server does not know it and would warn; the range says the same.
fn tidy(schema: &mut JSONSchemaProps) {
    if let Some(description) = &mut schema.description {
        *description = paragraphs(description);
    }
    schema.nullable = None;
    if schema.format.as_deref().is_some_and(|format| format.starts_with("uint")) {
        schema.format = None;
    }
    if let Some(values) = &mut schema.enum_ {
        values.retain(|value| !value.0.is_null());
    }
    for property in schema.properties.iter_mut().flat_map(|properties| properties.values_mut()) {
        tidy(property);
    }
    match &mut schema.items {
        Some(JSONSchemaPropsOrArray::Schema(items)) => tidy(items),
        Some(JSONSchemaPropsOrArray::Schemas(items)) => items.iter_mut().for_each(tidy),
        None => {}
    }
    if let Some(JSONSchemaPropsOrBool::Schema(values)) = &mut schema.additional_properties {
        tidy(values);
    }
}

fn paragraphs(text: &str) -> String {
    let lines = |paragraph: &str| paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    text.split("\n\n").map(lines).collect::<Vec<_>>().join("\n\n")
}
