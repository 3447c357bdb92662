//! What several kinds have in common.

mod credentials;
mod duration;
mod generate;
mod marker;
mod output;
mod password;
mod policy;
mod reference;
mod status;
pub mod text;

pub use credentials::{
    DesiredPassword, Keeping, Kept, Source, Sources, UnusableCredential, credential, next_rotation,
    resolve_password,
};
pub use duration::{Duration, InvalidDuration};
pub use marker::MarkerKey;
pub(in crate::kinds) use output::labels;
pub use output::{GENERATED_AT, OWNER, OutputKeys, OutputSecret, OutputTemplate, ROTATED_FOR};
pub use password::{FromRemote, Generate, Password, PasswordSource, Rotation, UpdatePolicy};
pub use policy::{AdoptionPolicy, DeletionPolicy, DriftPolicy, ManagementPolicy, Origin, Policies};
pub use reference::{
    BasicCredentialsRef, BundleKind, CaBundleRef, SecretKeySelector, SecretRef, SessionRef,
};
pub use status::AccountStatus;

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// The fields that every kind of account has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountSpec {
    /// The session that the account is managed through. Immutable: to move an account to another session, make another
    /// object.
    #[x_kube(validation = Rule::new("self == oldSelf")
        .message("sessionRef is immutable; make another object to use another session")
        .reason(Reason::FieldValueForbidden))]
    pub session_ref: SessionRef,
    /// Stops all calls to the remote system for this object; the account stays as it is. Unset: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
    #[serde(flatten)]
    pub policies: Policies,
}
