//! `UpdateUser`: a `DynECT` account that dynamic DNS update clients log in with.

#![allow(clippy::duplicated_attributes, reason = "several columns have the same type")]

mod account;
mod change;
mod remote;
mod resource;
#[cfg(test)]
mod tests;

pub use account::UpdateUserAccount;
pub use change::{PASSWORD, UpdateUserChange};
pub(in crate::kinds) use remote::PERMISSIONS;

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{AccountSpec, AccountStatus, OutputSecret, Password, text};

/// The account as its author wants it. A field that is left out is neither compared nor written.
#[derive(CustomResource, Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "roster.rs",
    version = "v1alpha1",
    kind = "UpdateUser",
    plural = "updateusers",
    singular = "updateuser",
    shortname = "uu",
    category = "roster",
    namespaced,
    status = "UpdateUserStatus",
    derive = "PartialEq",
    cel,
    doc = "UpdateUser is a DynECT account that dynamic DNS update clients log in with.",
    printcolumn(
        name = "Session",
        type_ = "string",
        json_path = ".spec.sessionRef.name",
        description = "The session that the account is managed through"
    ),
    printcolumn(
        name = "Login",
        type_ = "string",
        json_path = ".status.userName",
        description = "The login name that the remote system assigned"
    ),
    printcolumn(
        name = "State",
        type_ = "string",
        json_path = ".status.loginState",
        description = "Whether the account can log in"
    ),
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].status",
        description = "Whether the account is as declared"
    ),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].reason",
        description = "Why it is ready or not, in one word"
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(
        name = "Drifted",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Drifted')].status",
        description = "Whether the account was edited at the remote system",
        priority = 1
    ),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].message",
        description = "What is the matter and what to do",
        priority = 1
    )
)]
#[x_kube(validation = (
    "has(self.nickname) || has(self.userName)",
    "set nickname to create an account, userName to take over one that exists, or both",
))]
#[x_kube(validation = Rule::new(
    "!has(oldSelf.nickname) || (has(self.nickname) && self.nickname == oldSelf.nickname)")
    .message("nickname is immutable; make another object for another account")
    .field_path(".nickname")
    .reason(Reason::FieldValueForbidden))]
#[x_kube(validation = Rule::new(
    "!has(oldSelf.userName) || (has(self.userName) && self.userName == oldSelf.userName)")
    .message("userName is immutable once it is set; make another object for another account")
    .field_path(".userName")
    .reason(Reason::FieldValueForbidden))]
#[x_kube(validation = Rule::new(
    "!has(self.password) || has(self.outputSecret) || !has(self.password.generate)")
    .message("a generated password needs outputSecret, the Secret that it is stored in")
    .field_path(".outputSecret")
    .reason(Reason::FieldValueRequired))]
#[x_kube(validation = Rule::new(
    "!has(self.password) || has(self.outputSecret) || !has(self.password.fromRemote)")
    .message("password.fromRemote needs outputSecret, the Secret that the password is stored in")
    .field_path(".outputSecret")
    .reason(Reason::FieldValueRequired))]
#[serde(rename_all = "camelCase")]
pub struct UpdateUserSpec {
    #[serde(flatten)]
    pub account: AccountSpec,
    /// The name that the account is created with; the remote system makes the login name of it. 1 to 17 letters, digits,
    /// `-`, `_` and `.`, beginning with a letter or digit. It can be left out when `userName` is given: then the account
    /// is never created. Immutable once it is set. Example: `edge1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 17), regex(pattern = text::NICKNAME.regex))]
    pub nickname: Option<String>,
    /// The login name of an account that exists already and is to be taken over. The remote system assigns login names,
    /// so leave it out for a new account; the assigned one is shown in the status. Immutable once it is set.
    /// Example: `example-edge1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64), regex(pattern = text::PATH_SEGMENT.regex))]
    pub user_name: Option<String>,
    /// Whether the account can log in: `Active` or `Blocked`. Unset: left as it is; a new account is active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_state: Option<LoginState>,
    /// The account's password. Unset: it is left as it is. A new account needs a password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Password>,
    /// The Secret that the account's login name and password are written to. Unset: they are written nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_secret: Option<OutputSecret>,
}

/// Whether an account can log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum LoginState {
    Active,
    Blocked,
}

/// The account as it was last seen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("default" = { "observedGeneration": -1 }))]
pub struct UpdateUserStatus {
    #[serde(flatten)]
    pub account: AccountStatus,
    /// The login name that the remote system assigned. Unset until the account is created or taken over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    /// Whether the account can log in, as last seen: `Active` or `Blocked`. Unset until it was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_state: Option<LoginState>,
}
