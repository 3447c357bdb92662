//! The three systems that a session can be for.

use std::error::Error;
use std::fmt;

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::common::{SecretRef, text};

use super::ApiSessionSpec;

/// A `DynECT` customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct DynectSystem {
    /// The name of the customer whose accounts are managed, as used to log in. Example: `example`.
    #[schemars(length(min = 1, max = 255))]
    pub customer: String,
    /// The version of the API to ask for: `current`, or a fixed one. Unset: `current`. Example: `3.7.16`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 16), regex(pattern = text::API_VERSION.regex))]
    pub api_version: Option<String>,
}

/// A CTERA Portal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("(self.scope == 'Tenant') == has(self.tenant)")
    .message("scope: Tenant needs tenant, and scope: Global must not have one")
    .field_path(".tenant"))]
pub struct CteraPortalSystem {
    /// Whose users are managed. `Tenant`: those of one virtual portal. `Global`: the administrators of the whole system.
    pub scope: PortalScope,
    /// The name of the virtual portal. With scope `Tenant` only, and needed there. Example: `acme`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255), regex(pattern = text::PATH_SEGMENT.regex))]
    pub tenant: Option<String>,
    /// Whether the portal is told to apply what was written. `Never`: it does so by itself. `AfterChanges`: after each
    /// batch of changes. Unset: `Never`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub apply_changes: Option<ApplyChanges>,
}

/// Whose users a session manages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PortalScope {
    Tenant,
    Global,
}

/// When the portal is told to apply what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ApplyChanges {
    Never,
    AfterChanges,
}

/// A Zato single sign-on server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ZatoSsoSystem {
    /// The application that the session logs in to, one of those that the server allows. Example: `CRM`.
    #[schemars(length(min = 1, max = 255))]
    pub current_app: String,
    /// The user agent that the session reports. Unset: `roster` and its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255), regex(pattern = text::HEADER_VALUE.regex))]
    pub user_agent: Option<String>,
    /// The remote address that the session reports, for servers that record it. Unset: none is reported.
    /// Example: `192.0.2.10`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255), regex(pattern = text::HOST.regex))]
    pub remote_address: Option<String>,
    /// A Secret whose keys and values are sent as headers with every request, for example to pass a gateway.
    /// Unset: no further headers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers_secret_ref: Option<SecretRef>,
}

/// The system of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System<'a> {
    Dynect(&'a DynectSystem),
}

/// Why a session has no system to talk to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemError {
    /// The system is declared correctly, and this version cannot manage it.
    NotSupported { field: &'static str, name: &'static str },
    /// None or several are declared; the schema lets no such object in.
    NotExactlyOne,
}

impl DynectSystem {
    /// The value of the header `API-Version`.
    #[must_use]
    pub fn api_version(&self) -> &str {
        self.api_version.as_deref().unwrap_or("current")
    }
}

impl ApiSessionSpec {
    /// The system that the session is for.
    pub fn system(&self) -> Result<System<'_>, SystemError> {
        match (&self.dynect, &self.ctera_portal, &self.zato_sso) {
            (Some(dynect), None, None) => Ok(System::Dynect(dynect)),
            (None, Some(_), None) => {
                Err(SystemError::NotSupported { field: "cteraPortal", name: "CTERA Portal" })
            }
            (None, None, Some(_)) => {
                Err(SystemError::NotSupported { field: "zatoSso", name: "Zato SSO" })
            }
            _ => Err(SystemError::NotExactlyOne),
        }
    }
}

impl fmt::Display for SystemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSupported { field, name } => write!(
                f,
                "{name} (spec.{field}) is not supported yet; only DynECT (spec.dynect) is"
            ),
            Self::NotExactlyOne => {
                f.write_str("set exactly one of spec.dynect, spec.cteraPortal and spec.zatoSso")
            }
        }
    }
}

impl Error for SystemError {}
