//! `ApiSession`: one login to one remote system, shared by the accounts that refer to it.

#![allow(clippy::duplicated_attributes, reason = "several columns have the same type")]

mod access;
mod applied_changes;
mod client;
mod connection;
mod consumer;
mod endpoint;
mod limits;
mod system;

pub use access::{AccessDenied, Consumer};
pub use applied_changes::{AppliedChanges, AppliedOutcome};
pub use client::{ClientError, SystemClient};
pub use connection::{
    ClientConfig, Connection, ConnectionOptions, ConnectionProblem, Values, request_limits,
};
pub use consumer::{
    AllowedConsumer, ConsumerKind, LabelOperator, LabelRequirement, NamespaceSelector,
};
pub use endpoint::{CredentialsRef, Endpoint, Proxy, Tls};
pub use limits::{DeletionGuard, History, RequestBudget};
pub use system::{
    ApplyChanges, CteraPortalSystem, DynectSystem, PortalScope, System, SystemError, ZatoSsoSystem,
};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{Duration, Policies};

/// The host of the `DynECT` API.
const DYNECT_HOST: &str = "api.dynect.net";

/// The time between two looks at all accounts when none is named.
const RESYNC_INTERVAL: std::time::Duration = std::time::Duration::from_mins(5);

/// The session as its author wants it.
#[derive(CustomResource, Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "roster.rs",
    version = "v1alpha1",
    kind = "ApiSession",
    plural = "apisessions",
    singular = "apisession",
    shortname = "apis",
    category = "roster",
    namespaced,
    status = "ApiSessionStatus",
    derive = "PartialEq",
    cel,
    doc = "ApiSession is one login to one remote system, shared by the accounts that refer to it.",
    printcolumn(
        name = "User",
        type_ = "string",
        json_path = ".status.authenticatedAs",
        description = "The user that the session is logged in as"
    ),
    printcolumn(
        name = "Accounts",
        type_ = "integer",
        json_path = ".status.accounts.total",
        description = "How many objects use the session"
    ),
    printcolumn(
        name = "Authenticated",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Authenticated')].status",
        description = "Whether the login was accepted"
    ),
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = ".status.conditions[?(@.type=='Ready')].status",
        description = "Whether accounts can be managed through the session"
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
        type_ = "integer",
        json_path = ".status.accounts.drifted",
        description = "How many accounts were edited at the remote system",
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
    "[has(self.dynect), has(self.cteraPortal), has(self.zatoSso)].filter(given, given).size() == 1",
    "set exactly one of dynect, cteraPortal and zatoSso",
))]
#[x_kube(validation = Rule::new("has(self.endpoint) || has(self.dynect)")
    .message("cteraPortal and zatoSso need endpoint, the host to connect to")
    .field_path(".endpoint")
    .reason(Reason::FieldValueRequired))]
#[serde(rename_all = "camelCase")]
pub struct ApiSessionSpec {
    /// The session is for a `DynECT` customer. Exactly one of `dynect`, `cteraPortal` and `zatoSso` is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dynect: Option<DynectSystem>,
    /// The session is for a CTERA Portal. Exactly one of `dynect`, `cteraPortal` and `zatoSso` is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ctera_portal: Option<CteraPortalSystem>,
    /// The session is for a Zato SSO server. Exactly one of `dynect`, `cteraPortal` and `zatoSso` is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zato_sso: Option<ZatoSsoSystem>,
    /// Where to connect to. Unset: `api.dynect.net`, port 443, with TLS; `cteraPortal` and `zatoSso` need it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<Endpoint>,
    /// The HTTP proxy to connect through. Unset: the connection is direct; proxy variables of the environment mean
    /// nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<Proxy>,
    /// The login: a Secret in the namespace of this object.
    pub credentials_secret_ref: CredentialsRef,
    /// Whether to log in at once (`true`), or when the first account needs the session (`false`). Unset: `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_login: Option<bool>,
    /// What the session may do. `ReadWrite`: read and write. `ReadOnly`: it never writes, whatever the accounts say, and
    /// their differences are listed in their status. Unset: `ReadWrite`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// Logs out and stops all calls to the remote system; the accounts stay as they are. Unset: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
    /// The time between two looks at all accounts of the remote system, in days (`d`), hours (`h`), minutes (`m`) and
    /// seconds (`s`). Unset: `5m`. Example: `1h30m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resync_interval: Option<Duration>,
    /// How many requests may be made. Sessions with the same endpoint and customer or tenant share one budget, and the
    /// least one holds. Unset: what the system is known to allow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_budget: Option<RequestBudget>,
    /// Whether the last calls are remembered. Unset: they are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<History>,
    /// The objects of other namespaces that may use the session. Objects in its own namespace always may. Unset: no
    /// others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 16))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub allowed_consumers: Option<Vec<AllowedConsumer>>,
    /// The policies of accounts that name none of their own. Unset: the built-in ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub defaults: Option<Policies>,
    /// How many accounts may be disabled or deleted before a person has to look. Unset: 10 within one hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_guard: Option<DeletionGuard>,
}

/// What a session may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Mode {
    ReadWrite,
    ReadOnly,
}

/// The session as it was last seen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("default" = { "observedGeneration": -1 }))]
pub struct ApiSessionStatus {
    /// The generation of the object that this status is about; -1 before the object was first looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// What is the matter with the session, one condition per type: `Ready`, `Authenticated` and `Throttled`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
    /// The user that the session is logged in as. Unset while it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authenticated_as: Option<String>,
    /// The version that the remote system reports. Unset until the first login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_version: Option<String>,
    /// The permissions of the session's user that matter to Roster.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub permissions: Vec<String>,
    /// The objects that use the session. Unset until they were counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts: Option<AccountCounts>,
    /// The accounts of the remote system. Unset until they were counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inventory: Option<Inventory>,
    /// The last time that a CTERA Portal was told to apply what was written. Unset unless `applyChanges` asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied_changes: Option<AppliedChanges>,
    /// How many removals the deletion guard holds back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked_deletions: Option<i64>,
    /// When accounts were disabled or deleted, as far as it counts for the deletion guard.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub recent_removals: Vec<Time>,
}

/// The objects that use a session.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountCounts {
    /// How many there are.
    pub total: i64,
    /// How many are as declared.
    pub ready: i64,
    /// How many were edited at the remote system.
    pub drifted: i64,
}

/// The accounts of a remote system.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Inventory {
    /// How many there are.
    pub total: i64,
    /// How many an object manages.
    pub managed: i64,
    /// How many no object manages.
    pub unmanaged: i64,
}

impl ApiSessionSpec {
    /// Where to connect to. `None`: a system without a known host, and none is named; the schema lets no such object in.
    #[must_use]
    pub fn endpoint(&self) -> Option<Endpoint> {
        let known = self.dynect.as_ref().map(|_| DYNECT_HOST);
        let default =
            || known.map(|host| Endpoint { host: host.to_owned(), port: None, tls: None });
        self.endpoint.clone().or_else(default)
    }

    /// Whether the session never writes.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        match self.mode {
            None | Some(Mode::ReadWrite) => false,
            Some(Mode::ReadOnly) => true,
        }
    }

    /// Whether to log in before an account needs the session.
    #[must_use]
    pub fn logs_in_at_once(&self) -> bool {
        self.auto_login.unwrap_or(true)
    }

    /// Whether no calls are made.
    #[must_use]
    pub fn is_suspended(&self) -> bool {
        self.suspend.unwrap_or(false)
    }

    /// The time between two looks at all accounts.
    #[must_use]
    pub fn resync_interval(&self) -> std::time::Duration {
        self.resync_interval.as_ref().map_or(RESYNC_INTERVAL, Duration::value)
    }

    /// How many accounts may be disabled or deleted before a person has to look.
    #[must_use]
    pub fn deletion_guard(&self) -> DeletionGuard {
        self.deletion_guard.clone().unwrap_or_default()
    }
}
