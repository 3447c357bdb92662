//! Where credentials that Roster makes or reads go.

use std::collections::BTreeMap;

use kube::KubeSchema;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::text;

/// The annotation that names the object which an output Secret belongs to, as `UpdateUser dns/edge1`. A Secret without
/// it, or of another object, is never written.
pub const OWNER: &str = "roster.rs/owner";
/// The annotation that says when the password in an output Secret was made.
pub const GENERATED_AT: &str = "roster.rs/generated-at";
/// The annotation that says which request of a person the password in an output Secret was made for.
pub const ROTATED_FOR: &str = "roster.rs/rotated-for";

/// A Secret that Roster writes the account's credentials to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct OutputSecret {
    /// The name of the Secret, in the namespace of this object. It must not exist already, unless Roster wrote it.
    /// Example: `edge1-login`.
    #[schemars(length(min = 1, max = 253), regex(pattern = text::DNS_SUBDOMAIN.regex))]
    pub name: String,
    /// The keys that the values are stored under. Unset: `username` and `password`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<OutputKeys>,
    /// Labels and annotations that the Secret gets. Unset: only Roster's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<OutputTemplate>,
}

/// The keys of an output Secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = (
    "(has(self.userName) ? self.userName : 'username') != (has(self.password) ? self.password : 'password')",
    "userName and password need two different keys",
))]
pub struct OutputKeys {
    /// The key that holds the account's login name. Unset: `username`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253), regex(pattern = text::DATA_KEY.regex))]
    pub user_name: Option<String>,
    /// The key that holds the account's password. Unset: `password`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253), regex(pattern = text::DATA_KEY.regex))]
    pub password: Option<String>,
}

/// What an output Secret carries besides the credentials.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct OutputTemplate {
    /// Labels of the Secret. Unset: none but Roster's own. Example: `{team: dns}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "labels")]
    pub labels: Option<BTreeMap<String, String>>,
    /// Annotations of the Secret. Unset: none but Roster's own. Example: `{reloader/match: "true"}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "annotations")]
    pub annotations: Option<BTreeMap<String, String>>,
}

impl OutputSecret {
    /// The key of the login name when none is named.
    pub const USER_NAME_KEY: &'static str = "username";
    /// The key of the password when none is named.
    pub const PASSWORD_KEY: &'static str = "password";

    /// The key that holds the login name.
    #[must_use]
    pub fn user_name_key(&self) -> &str {
        let named = self.keys.as_ref().and_then(|keys| keys.user_name.as_deref());
        named.unwrap_or(Self::USER_NAME_KEY)
    }

    /// The key that holds the password.
    #[must_use]
    pub fn password_key(&self) -> &str {
        let named = self.keys.as_ref().and_then(|keys| keys.password.as_deref());
        named.unwrap_or(Self::PASSWORD_KEY)
    }
}

/// Labels as Kubernetes takes them. Also used to select by labels.
pub(in crate::kinds) fn labels(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "maxProperties": 32,
        "additionalProperties": {
            "type": "string",
            "maxLength": 63,
            "pattern": text::LABEL_VALUE.regex,
        },
    })
}

fn annotations(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "maxProperties": 32,
        "additionalProperties": { "type": "string", "maxLength": 4096 },
    })
}
