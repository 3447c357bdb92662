//! References to other objects, by name.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text;

/// The session that an account is managed through.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionRef {
    /// The name of the `ApiSession`. Example: `dns-example`.
    #[schemars(length(min = 1, max = 253), regex(pattern = text::DNS_SUBDOMAIN.regex))]
    pub name: String,
    /// The namespace of the `ApiSession`. Unset: the namespace of this object. Another namespace works only if the
    /// `ApiSession` lists this one in `allowedConsumers`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = text::DNS_LABEL.regex))]
    pub namespace: Option<String>,
}

/// One value of a Secret in the namespace of the object that refers to it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretKeySelector {
    /// The name of the Secret, in the namespace of this object. Example: `edge1-password`.
    #[schemars(length(min = 1, max = 253), regex(pattern = text::DNS_SUBDOMAIN.regex))]
    pub name: String,
    /// The key in the Secret's data. Example: `password`.
    #[schemars(length(min = 1, max = 253), regex(pattern = text::DATA_KEY.regex))]
    pub key: String,
}

/// A user name and a password in one Secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct BasicCredentialsRef {
    /// The name of the Secret, in the namespace of this object. Example: `proxy-login`.
    #[schemars(length(min = 1, max = 253), regex(pattern = text::DNS_SUBDOMAIN.regex))]
    pub name: String,
    /// The key that holds the user name. Unset: `username`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253), regex(pattern = text::DATA_KEY.regex))]
    pub username_key: Option<String>,
    /// The key that holds the password. Unset: `password`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253), regex(pattern = text::DATA_KEY.regex))]
    pub password_key: Option<String>,
}

/// A Secret that is read as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretRef {
    /// The name of the Secret, in the namespace of this object. Example: `gateway-headers`.
    #[schemars(length(min = 1, max = 253), regex(pattern = text::DNS_SUBDOMAIN.regex))]
    pub name: String,
}

/// The kinds of object that can hold certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum BundleKind {
    Secret,
    ConfigMap,
}

/// Certificates in PEM form, in a Secret or a `ConfigMap`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct CaBundleRef {
    /// What holds the certificates: a `Secret` or a `ConfigMap`. Unset: `Secret`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<BundleKind>,
    /// Its name, in the namespace of this object. Example: `company-ca`.
    #[schemars(length(min = 1, max = 253), regex(pattern = text::DNS_SUBDOMAIN.regex))]
    pub name: String,
    /// The key that holds the certificates, one PEM block after the other. Example: `ca.crt`.
    #[schemars(length(min = 1, max = 253), regex(pattern = text::DATA_KEY.regex))]
    pub key: String,
}

impl BasicCredentialsRef {
    /// The key of the user name when none is named.
    pub const USERNAME_KEY: &'static str = "username";
    /// The key of the password when none is named.
    pub const PASSWORD_KEY: &'static str = "password";

    /// The key that holds the user name.
    #[must_use]
    pub fn username_key(&self) -> &str {
        self.username_key.as_deref().unwrap_or(Self::USERNAME_KEY)
    }

    /// The key that holds the password.
    #[must_use]
    pub fn password_key(&self) -> &str {
        self.password_key.as_deref().unwrap_or(Self::PASSWORD_KEY)
    }
}

impl CaBundleRef {
    /// What holds the certificates.
    #[must_use]
    pub fn kind(&self) -> BundleKind {
        self.kind.unwrap_or(BundleKind::Secret)
    }
}
