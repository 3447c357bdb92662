//! The three systems that a session can be for.

use std::error::Error;
use std::fmt;

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::common::{SecretRef, text};
use crate::systems::ctera;

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
#[x_kube(validation = Rule::new("self.scope != 'Tenant' || has(self.tenant)")
    .message("scope: Tenant needs tenant, the virtual portal whose users are managed")
    .field_path(".tenant")
    .reason(Reason::FieldValueRequired))]
pub struct CteraPortalSystem {
    /// Who logs in. `Global`: an administrator of the whole system; with `tenant`, the users of that virtual portal are
    /// managed, without it the administrators of the whole system. `Tenant`: an administrator of the virtual portal
    /// `tenant`, who signs in there; if the login is refused there, it is tried once as one of the whole system.
    pub scope: PortalScope,
    /// The name of the virtual portal whose users are managed. Needed with scope `Tenant`. Example: `acme`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255), regex(pattern = text::PATH_SEGMENT.regex))]
    pub tenant: Option<String>,
    /// Whether the portal is told to apply what was written. `Never`: it does so by itself. `AfterChanges`: after each
    /// batch of changes. Unset: `Never`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub apply_changes: Option<ApplyChanges>,
}

/// Who logs in to a portal.
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
    CteraPortal(&'a CteraPortalSystem),
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

impl CteraPortalSystem {
    /// Whose users are managed and who logs in, for the client.
    #[must_use]
    pub fn login_scope(&self) -> ctera::Scope {
        match (self.scope, self.tenant.clone()) {
            (PortalScope::Tenant, tenant) => {
                // The schema lets no object in without it, and an empty name is no tenant.
                ctera::Scope::Tenant { tenant: tenant.unwrap_or_default() }
            }
            (PortalScope::Global, Some(tenant)) => ctera::Scope::GlobalInto { tenant },
            (PortalScope::Global, None) => ctera::Scope::Global,
        }
    }

    /// Whether the portal is told to apply what was written.
    #[must_use]
    pub fn applies_changes(&self) -> bool {
        match self.apply_changes {
            None | Some(ApplyChanges::Never) => false,
            Some(ApplyChanges::AfterChanges) => true,
        }
    }
}

impl ApiSessionSpec {
    /// The system that the session is for.
    pub fn system(&self) -> Result<System<'_>, SystemError> {
        match (&self.dynect, &self.ctera_portal, &self.zato_sso) {
            (Some(dynect), None, None) => Ok(System::Dynect(dynect)),
            (None, Some(portal), None) => Ok(System::CteraPortal(portal)),
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
                "{name} (spec.{field}) is not supported yet; DynECT (spec.dynect) and CTERA Portal (spec.cteraPortal) are"
            ),
            Self::NotExactlyOne => {
                f.write_str("set exactly one of spec.dynect, spec.cteraPortal and spec.zatoSso")
            }
        }
    }
}

impl Error for SystemError {}
