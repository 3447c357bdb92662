//! Faults to order: which requests they hit, and when.

use serde::{Deserialize, Serialize};

use super::fault_kind::FaultKind;
use super::request::{Request, Resource};
use crate::sim::faults;

/// A fault that waits for its request.
///
/// It acts on the next `times` matching requests, after letting `skip` of them pass. A fault whose
/// match names no path leaves `/REST/Session` and `/REST/Job` alone, so that it hits work and
/// neither a login nor the polling of a job; no kind is excepted from this. With a path every kind
/// can act on logins too, but for the kinds that make a job, which wait for a request of a live
/// session that is no poll. While a customer is locked out, faults wait.
pub type Fault = faults::Fault<FaultKind>;

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FaultMatch {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Start of the path. A slash at its end or at the end of the request's path may be missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The path is the whole path.
    pub exact: bool,
}

/// The particulars of a fault; which kind takes which is said at [`FaultKind`].
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FaultParameters {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub polls: Option<u32>,
    /// Announce the job by `incomplete` and not by 307.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incomplete: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub millis: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub info: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Whether the request does its work although the reply hides it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub executed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub empty: Option<bool>,
}

impl Fault {
    /// Acts on requests of this method only.
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

    /// `alive`: the request belongs to a live session.
    pub(super) fn hits(&self, request: &Request, alive: bool) -> bool {
        let FaultMatch { method, path, exact } = &self.matching;
        let resource = request.resource();
        let is_poll = matches!(resource, Resource::Job(_));
        if self.kind.makes_a_job() && (!alive || is_poll || request.is_login()) {
            return false;
        }
        if method.as_deref().is_some_and(|m| !m.eq_ignore_ascii_case(request.method.as_str())) {
            return false;
        }
        match path.as_deref() {
            None => !is_poll && resource != Resource::Session,
            Some(path) if *exact => same(&request.path) == same(path),
            Some(path) => request.path.starts_with(path) || same(&request.path) == same(path),
        }
    }
}

fn same(path: &str) -> &str {
    path.strip_suffix('/').unwrap_or(path)
}
