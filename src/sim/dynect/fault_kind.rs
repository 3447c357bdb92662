//! The kinds of faults.

use serde::{Deserialize, Serialize};

use super::faults::{FaultMatch, FaultParameters};
use crate::sim::faults::Kind;

/// What goes wrong. The words are those of the control API; the parameters that a kind takes are
/// named in brackets.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// All sessions are dead when the request arrives.
    ExpireSessions,
    /// The session of the request is logged out for inactivity: once said so, then unknown.
    InactivityLogout,
    /// The request seems to come from another address than its session. The session lives on.
    IpMismatch,
    /// The request becomes a job, announced by 307; so do `polls` (1) polls before the result.
    #[serde(rename = "job-307")]
    Job307,
    /// The same with an absolute `Location` on this host.
    #[serde(rename = "job-307-absolute")]
    Job307Absolute,
    /// The same with a `Location` on another `host` (`elsewhere.invalid`), never to be followed.
    #[serde(rename = "job-307-foreign")]
    Job307Foreign,
    /// The request becomes a job, announced by status `incomplete` without messages; so do `polls`
    /// (1) polls before the result.
    Incomplete,
    /// The request is executed as a job, of which nothing is known afterwards (`incomplete`).
    JobLost,
    /// The request becomes a job that fails, nothing executed (`polls`, `incomplete`).
    JobFailed,
    /// The request becomes a job that never ends, nothing executed (`incomplete`).
    JobStuck,
    /// 429 with an envelope; the customer is locked out for `seconds` (60). `Retry-After` is sent
    /// if `retryAfterSeconds` is given, which is then also the default of `seconds`.
    RateLimit,
    /// 429 in plain text (`seconds`, `retryAfterSeconds`).
    RateLimitPlain,
    /// The envelope of a rate limit with HTTP 200 (`seconds`, `retryAfterSeconds`).
    #[serde(rename = "rate-limit-200")]
    RateLimit200,
    /// Refused because of a task (`taskId`, `taskName`, `status`).
    BlockedByTask,
    /// The same without the id of the task (`taskName`, `status`).
    BlockedByTaskWithoutId,
    /// The session is said to have a job already, with HTTP 400.
    JobBusy,
    /// The same with HTTP 200.
    #[serde(rename = "job-busy-200")]
    JobBusy200,
    /// The same with HTTP 200 and the status `running`.
    JobRunning,
    /// The connection closes, nothing executed.
    DropBefore,
    /// The request is executed, then the connection closes.
    DropAfter,
    /// 503 with an HTML page (`executed`).
    MaintenanceHtml,
    /// 500 with an envelope, `INTERNAL_ERROR` (`executed`).
    ServerError,
    /// 503 with an envelope, `SERVICE_UNAVAILABLE` (`executed`).
    ServiceUnavailable,
    /// 400 with an envelope, `UNKNOWN_ERROR` (`executed`, `status`).
    UnknownError,
    /// 200 without a body; the request is executed (`executed`).
    Empty,
    /// The reply stops in the middle; the request is executed (`executed`).
    Truncate,
    /// The reply comes `millis` (2000) late; the request is executed at once.
    Slow,
    /// The reply never ends: a piece every `millis` (5); the request is executed (`executed`).
    Endless,
    /// A failure without messages, or with an empty list of them if `empty` (`executed`).
    FailureWithoutMsgs,
    /// The request succeeds, with keys in the reply that nobody knows.
    UnknownKeys,
    /// A failure in an array of one (`code` (`INVALID_DATA`), `status`).
    ArrayWrapped,
    /// `PERMISSION_DENIED` (`status`).
    PermissionDenied,
    /// 404 with an HTML page (`executed`).
    NotFoundHtml,
    /// `INVALID_VERSION`.
    InvalidVersion,
    /// `DEPRECATED_REQUEST`.
    Deprecated,
    /// Any other failure: `code`, `info`, `status` (400) (`executed`).
    Failure,
}

impl FaultKind {
    pub(super) fn makes_a_job(self) -> bool {
        matches!(
            self,
            FaultKind::Job307
                | FaultKind::Job307Absolute
                | FaultKind::Job307Foreign
                | FaultKind::Incomplete
                | FaultKind::JobLost
                | FaultKind::JobFailed
                | FaultKind::JobStuck
        )
    }
}

impl Kind for FaultKind {
    const SYSTEM: &'static str = "dynect";
    type Match = FaultMatch;
    type Parameters = FaultParameters;

    fn parameters(self) -> &'static [&'static str] {
        match self {
            FaultKind::ExpireSessions
            | FaultKind::InactivityLogout
            | FaultKind::IpMismatch
            | FaultKind::JobBusy
            | FaultKind::JobBusy200
            | FaultKind::JobRunning
            | FaultKind::DropBefore
            | FaultKind::DropAfter
            | FaultKind::UnknownKeys
            | FaultKind::InvalidVersion
            | FaultKind::Deprecated => &[],
            FaultKind::Job307 | FaultKind::Job307Absolute | FaultKind::Incomplete => &["polls"],
            FaultKind::Job307Foreign => &["polls", "host"],
            FaultKind::JobLost | FaultKind::JobStuck => &["incomplete"],
            FaultKind::JobFailed => &["polls", "incomplete"],
            FaultKind::RateLimit | FaultKind::RateLimitPlain | FaultKind::RateLimit200 => {
                &["seconds", "retryAfterSeconds"]
            }
            FaultKind::BlockedByTask => &["taskId", "taskName", "status"],
            FaultKind::BlockedByTaskWithoutId => &["taskName", "status"],
            FaultKind::MaintenanceHtml
            | FaultKind::ServerError
            | FaultKind::ServiceUnavailable
            | FaultKind::NotFoundHtml
            | FaultKind::Empty
            | FaultKind::Truncate => &["executed"],
            FaultKind::UnknownError => &["executed", "status"],
            FaultKind::Slow => &["millis"],
            FaultKind::Endless => &["millis", "executed"],
            FaultKind::FailureWithoutMsgs => &["empty", "executed"],
            FaultKind::ArrayWrapped => &["code", "status"],
            FaultKind::PermissionDenied => &["status"],
            FaultKind::Failure => &["code", "info", "status", "executed"],
        }
    }
}
