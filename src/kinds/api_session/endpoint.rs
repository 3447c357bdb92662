//! Where a session connects to, and with which login.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::common::{BasicCredentialsRef, CaBundleRef, text};

/// The host and port of the remote system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Endpoint {
    /// The host name or IP address, without scheme, port and path. Example: `api.dynect.net`.
    #[schemars(length(min = 1, max = 253), regex(pattern = text::HOST.regex))]
    pub host: String,
    /// The TCP port. Unset: 443 with TLS, 80 without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<u16>,
    /// How the connection is protected. Unset: TLS with the system's certificate authorities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,
}

/// How a connection is protected.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tls {
    /// Whether TLS is used at all. Without it passwords travel in clear text: for tests only. Unset: `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Certificate authorities, besides those of the system, that the server's certificate may come from. Unset: only
    /// those of the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_bundle_ref: Option<CaBundleRef>,
    /// Accepts any certificate. Anyone on the way can then read the passwords: for tests only. Unset: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insecure_skip_verify: Option<bool>,
}

/// An HTTP proxy; the connection to the remote system is tunnelled through it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Proxy {
    /// The host name or IP address of the proxy, without scheme and port. Example: `proxy.example.com`.
    #[schemars(length(min = 1, max = 253), regex(pattern = text::HOST.regex))]
    pub host: String,
    /// The TCP port of the proxy. Example: `3128`.
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
    /// The login for the proxy. Unset: the proxy needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials_secret_ref: Option<BasicCredentialsRef>,
}

/// The login of a session: keys of one Secret in the namespace of the `ApiSession`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct CredentialsRef {
    /// The name of the Secret, in the namespace of this object. Example: `dynect-login`.
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
    /// The key that holds the password used before. When the remote system refuses the password and takes this one, the
    /// remote password is changed to the new one: so a login is rotated by editing one Secret. Unset: the remote password
    /// is never changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253), regex(pattern = text::DATA_KEY.regex))]
    pub previous_password_key: Option<String>,
    /// The key that holds the key which the stored passwords are encrypted with, in the AES-256-CBC form of the vendor's
    /// Python SDK. Unset: the passwords are stored as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253), regex(pattern = text::DATA_KEY.regex))]
    pub encryption_key_key: Option<String>,
}

impl Endpoint {
    /// Whether TLS is used.
    #[must_use]
    pub fn uses_tls(&self) -> bool {
        self.tls.as_ref().and_then(|tls| tls.enabled).unwrap_or(true)
    }

    /// The TCP port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(if self.uses_tls() { 443 } else { 80 })
    }
}

impl CredentialsRef {
    /// The key that holds the user name.
    #[must_use]
    pub fn username_key(&self) -> &str {
        self.username_key.as_deref().unwrap_or(BasicCredentialsRef::USERNAME_KEY)
    }

    /// The key that holds the password.
    #[must_use]
    pub fn password_key(&self) -> &str {
        self.password_key.as_deref().unwrap_or(BasicCredentialsRef::PASSWORD_KEY)
    }
}
