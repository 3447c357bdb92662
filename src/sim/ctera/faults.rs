//! Faults to order: which requests they hit, and when.

use serde::{Deserialize, Serialize};

use super::fault_kind::FaultKind;
use super::request::{Request, Resource};
use crate::sim::faults;

/// A fault that waits for its request.
///
/// It acts on the next `times` matching requests, after letting `skip` of them pass. A fault whose
/// match names neither path nor operation leaves alone what opens and ends sessions, what they say
/// of themselves, and the polls of tasks, so that it hits work.
pub type Fault = faults::Fault<FaultKind>;

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FaultMatch {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Start of the path, with its context.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The path is the whole path.
    pub exact: bool,
    /// The method that a POST invokes, such as `get-multi`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
}

/// The particulars of a fault; which kind takes which is said at [`FaultKind`].
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FaultParameters {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub msg: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// Empty for the global context.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub millis: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<usize>,
    /// Whether the request does its work although the reply hides it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub executed: Option<bool>,
}

impl Fault {
    /// Acts on requests of this HTTP method only.
    #[must_use]
    pub fn method(mut self, method: &str) -> Fault {
        self.matching.method = Some(method.to_owned());
        self
    }

    /// Acts on requests whose path starts with this only.
    #[must_use]
    pub fn path(mut self, path: &str) -> Fault {
        self.matching.path = Some(path.to_owned());
        self
    }

    /// Acts on requests that invoke this method only, such as `add`.
    #[must_use]
    pub fn operation(mut self, operation: &str) -> Fault {
        self.matching.operation = Some(operation.to_owned());
        self
    }

    pub(super) fn hits(&self, request: &Request) -> bool {
        let FaultMatch { method, path, exact, operation } = &self.matching;
        if method.as_deref().is_some_and(|m| !m.eq_ignore_ascii_case(request.method.as_str())) {
            return false;
        }
        let invoked = request.operation();
        if operation.is_some() && *operation != invoked {
            return false;
        }
        if self.kind.is_of_queries() && invoked.as_deref() != Some("query") {
            return false;
        }
        match path.as_deref() {
            None => operation.is_some() || is_work(request, invoked.as_deref()),
            Some(path) if *exact => request.path == path,
            Some(path) => request.path.starts_with(path),
        }
    }
}

/// Neither of the session itself nor a poll of a task.
fn is_work(request: &Request, operation: Option<&str>) -> bool {
    let is_of_session = matches!(
        request.resource(),
        Resource::Startup
            | Resource::PublicInfo
            | Resource::Page
            | Resource::Login
            | Resource::Logout
            | Resource::CurrentSession
            | Resource::CurrentPortal
            | Resource::Version
            | Resource::RoleSettings(_)
            | Resource::Task(_)
    );
    !is_of_session && operation != Some("getTaskStatus")
}
