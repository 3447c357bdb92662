//! `PortalUser`: a user of a CTERA Portal.

#![allow(clippy::duplicated_attributes, reason = "several columns have the same type")]

mod account;
mod change;
mod first_password;
mod remote;
mod resource;
mod role;
#[cfg(test)]
mod tests;

pub use account::PortalUserAccount;
pub use change::PortalUserChange;
pub use first_password::PasswordChange;
pub(in crate::kinds) use remote::PERMISSIONS;
pub use role::Role;

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

use super::access_keys::{AccessKey, AccessKeyStatus};
use super::common::{AccountSpec, AccountStatus, OutputSecret, Password, text};

/// The account as its author wants it. A field that is left out is neither compared nor written.
#[derive(CustomResource, Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "roster.rs",
    version = "v1alpha1",
    kind = "PortalUser",
    plural = "portalusers",
    singular = "portaluser",
    shortname = "pu",
    category = "roster",
    namespaced,
    status = "PortalUserStatus",
    derive = "PartialEq",
    cel,
    doc = "PortalUser is a user of a CTERA Portal, with its S3 credentials.",
    printcolumn(
        name = "Session",
        type_ = "string",
        json_path = ".spec.sessionRef.name",
        description = "The session that the account is managed through"
    ),
    printcolumn(
        name = "User",
        type_ = "string",
        json_path = ".spec.name",
        description = "The name that the user signs in with"
    ),
    printcolumn(
        name = "Role",
        type_ = "string",
        json_path = ".status.role",
        description = "What the user may do, as last seen"
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
        name = "Uid",
        type_ = "string",
        json_path = ".status.uid",
        description = "The identity that the portal assigned",
        priority = 1
    ),
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
#[x_kube(validation = Rule::new(
    "has(self.directory) == has(oldSelf.directory) && (!has(self.directory) || self.directory == oldSelf.directory)")
    .message("directory is immutable; make another object for another account")
    .field_path(".directory")
    .reason(Reason::FieldValueForbidden))]
#[x_kube(validation = Rule::new(
    "!has(self.directory) || self.name == oldSelf.name")
    .message("the name of a user of a directory is the directory's to change; make another object for another account")
    .field_path(".name")
    .reason(Reason::FieldValueForbidden))]
#[x_kube(validation = Rule::new(
    "!has(self.directory) || !(has(self.email) || has(self.firstName) || has(self.lastName) || has(self.role) \
     || has(self.company) || has(self.comment) || has(self.password) || has(self.requirePasswordChange) \
     || has(self.outputSecret))")
    .message("a user of a directory is never edited: with directory, leave out email, firstName, lastName, role, \
              company, comment, password, requirePasswordChange and outputSecret")
    .field_path(".directory")
    .reason(Reason::FieldValueForbidden))]
#[x_kube(validation = Rule::new(
    "!has(self.directory) || !has(self.deletionPolicy) || self.deletionPolicy != 'Disable'")
    .message("a user of a directory is never edited, so it cannot be disabled; use Retain or Delete")
    .field_path(".deletionPolicy")
    .reason(Reason::FieldValueInvalid))]
#[x_kube(validation = Rule::new(
    "!has(self.password) || has(self.outputSecret) || !has(self.password.generate)")
    .message("a generated password needs outputSecret, the Secret that it is stored in")
    .field_path(".outputSecret")
    .reason(Reason::FieldValueRequired))]
#[x_kube(validation = Rule::new(
    "has(self.directory) || !has(self.outputSecret) || has(self.password)")
    .message("a portal shows no passwords, so there is none for outputSecret; set password, or leave outputSecret out")
    .field_path(".outputSecret")
    .reason(Reason::FieldValueForbidden))]
#[x_kube(validation = Rule::new("!has(self.password) || !has(self.password.fromRemote)")
    .message("a portal shows no passwords; use secretKeyRef or generate")
    .field_path(".password.fromRemote")
    .reason(Reason::FieldValueForbidden))]
#[x_kube(validation = Rule::new(
    "!has(self.s3Credentials) || !has(self.outputSecret) \
     || self.s3Credentials.all(one, one.outputSecret.name != self.outputSecret.name)")
    .message("s3Credentials and outputSecret need different Secrets")
    .field_path(".s3Credentials")
    .reason(Reason::FieldValueInvalid))]
#[serde(rename_all = "camelCase")]
pub struct PortalUserSpec {
    #[serde(flatten)]
    pub account: AccountSpec,
    /// The name that the user signs in with. Changing it renames the user, who keeps its data. Neither blanks around it
    /// nor any of `/ \ % # ?` are allowed. Example: `dana`.
    #[schemars(length(min = 1, max = 128), regex(pattern = text::PORTAL_NAME.regex))]
    pub name: String,
    /// The domain of the directory that the user comes from. Such a user is never created or edited: only its S3
    /// credentials are managed, and it is deleted if `deletionPolicy` says so. Unset `adoptionPolicy` means `IfExists`
    /// then. Unset: a local user of the portal. Immutable. Example: `corp.example`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253), regex(pattern = text::PORTAL_NAME.regex))]
    pub directory: Option<String>,
    /// The e-mail address. Unset: it is left as it is; a new user needs one. Example: `dana@example.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 3, max = 254), regex(pattern = text::EMAIL.regex))]
    pub email: Option<String>,
    /// The first name. Unset: it is left as it is; a new user needs one. Example: `Dana`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255), regex(pattern = text::PLAIN_TEXT.regex))]
    pub first_name: Option<String>,
    /// The last name. Unset: it is left as it is; a new user needs one. Example: `Ivri`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255), regex(pattern = text::PLAIN_TEXT.regex))]
    pub last_name: Option<String>,
    /// What the user may do. `Disabled`: not even sign in. `EndUser`: use the portal. `ReadOnlyAdmin`, `ReadWriteAdmin`,
    /// `Support` and `ComplianceOfficer`: administer it; objects of other namespaces than the session's may give these
    /// only if the session's `allowedConsumers` say `allowAdminRoles`. Unset: it is left as it is; a new user is an
    /// `EndUser`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// The company. An empty text clears it. Unset: it is left as it is. Example: `Example Inc.`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255), regex(pattern = text::PLAIN_TEXT.regex))]
    pub company: Option<String>,
    /// A comment for administrators. An empty text clears it. Unset: it is left as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024), regex(pattern = text::PLAIN_TEXT.regex))]
    pub comment: Option<String>,
    /// When a new user has to choose another password. It is said to the portal when the user is created and never
    /// again. Unset: what the portal's own policy says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub require_password_change: Option<PasswordChange>,
    /// The user's password. Unset: it is left as it is; a new user needs one. The portal shows no passwords, so what
    /// somebody else sets there is not noticed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Password>,
    /// The Secret that the user's name and password are written to. Unset: they are written nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_secret: Option<OutputSecret>,
    /// The S3 credentials of the user: each a pair of keys that Roster makes and stores in a Secret of its own. Keys that
    /// others made are left alone. Unset: none; those that were declared before are deleted at the portal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub s3_credentials: Vec<AccessKey>,
    /// Must be equal to `name` for `deletionPolicy: Delete`, because deleting a portal user destroys all its folders.
    /// Unset: the user is never deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub acknowledge_data_loss: Option<String>,
}

/// The account as it was last seen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("default" = { "observedGeneration": -1 }))]
pub struct PortalUserStatus {
    #[serde(flatten)]
    pub account: AccountStatus,
    /// The identity that the portal assigned. Unset until the user is created or taken over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// What the user may do, as last seen, in the portal's own word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Whether the portal lets the user in apart from its role, as last seen: `active` or `inactive`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_status: Option<String>,
    /// The S3 credentials that Roster made. Their secret halves are in their Secrets and nowhere else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub s3_credentials: Vec<AccessKeyStatus>,
}
