//! Who else may use a session.

use std::collections::BTreeMap;

use kube::KubeSchema;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::kinds::common::{labels, text};

/// Objects of other namespaces that may use a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = (
    "has(self.namespaces) != has(self.namespaceSelector)",
    "set exactly one of namespaces and namespaceSelector",
))]
pub struct AllowedConsumer {
    /// The namespaces whose objects may use the session. Either this or `namespaceSelector`. Example: `[team-a]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "namespaces")]
    pub namespaces: Option<Vec<String>>,
    /// Selects the namespaces whose objects may use the session by their labels. Either this or `namespaces`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace_selector: Option<NamespaceSelector>,
    /// The kinds of object that may use the session. `UpdateUser`: update users of `DynECT`. `PortalUser`: users of CTERA
    /// Portal. `SsoUser` and `UserAttribute`: users of Zato SSO and their attributes. Unset: all kinds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 4))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub kinds: Option<Vec<ConsumerKind>>,
    /// The names that accounts may have: `*` stands for any text, `?` for any one character. A name has to match one of
    /// them. Unset: any name. Example: `[team-a-*]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "name_patterns")]
    pub name_patterns: Option<Vec<String>>,
    /// Whether the objects may give an account a role with administrator's rights. Unset: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_admin_roles: Option<bool>,
}

/// Selects namespaces by their labels. All that is given has to hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = (
    "has(self.matchLabels) || has(self.matchExpressions)",
    "set matchLabels, matchExpressions or both",
))]
pub struct NamespaceSelector {
    /// Labels that a namespace must have, with these values. Unset: no such condition. Example: `{roster: allowed}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "labels")]
    pub match_labels: Option<BTreeMap<String, String>>,
    /// Further conditions on labels. Unset: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 16))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub match_expressions: Option<Vec<LabelRequirement>>,
}

/// One condition on a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("(self.operator in ['In', 'NotIn']) == has(self.values)")
    .message("In and NotIn need values; Exists and DoesNotExist must not have any")
    .field_path(".values"))]
pub struct LabelRequirement {
    /// The label that the condition is about. Example: `environment`.
    #[schemars(length(min = 1, max = 317), regex(pattern = text::QUALIFIED_NAME.regex))]
    pub key: String,
    /// The condition. `In`: the label has one of the values. `NotIn`: it has none of them or is missing. `Exists`: the
    /// label is there. `DoesNotExist`: it is missing.
    pub operator: LabelOperator,
    /// The values, with `In` and `NotIn` only. Example: `[production]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "label_values")]
    pub values: Option<Vec<String>>,
}

/// What a condition says of a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum LabelOperator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

/// The kinds of object that use sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ConsumerKind {
    UpdateUser,
    PortalUser,
    SsoUser,
    UserAttribute,
}

fn namespaces(_: &mut SchemaGenerator) -> Schema {
    texts(1, 63, text::DNS_LABEL.regex)
}

fn name_patterns(_: &mut SchemaGenerator) -> Schema {
    texts(1, 64, text::NAME_PATTERN.regex)
}

fn label_values(_: &mut SchemaGenerator) -> Schema {
    texts(0, 63, text::LABEL_VALUE.regex)
}

/// A list of up to 64 different texts whose order means nothing.
fn texts(min: u32, max: u32, pattern: &str) -> Schema {
    json_schema!({
        "type": "array",
        "minItems": 1,
        "maxItems": 64,
        "x-kubernetes-list-type": "set",
        "items": { "type": "string", "minLength": min, "maxLength": max, "pattern": pattern },
    })
}
