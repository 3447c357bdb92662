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
    KillSessions,
    /// The session of the request is dead when it arrives.
    DeadSession,
    /// The same, answered with 401 whatever the switch says.
    Unauthorized,
    /// 302 to `location` (`/admin/login.html`), nothing executed. The session lives on.
    Redirect,
    /// The sessions of all global administrators have `tenant` (the global context) selected when
    /// the request arrives.
    SelectTenant,
    /// An anonymous session is planted with the answer, over the one of the client.
    PlantCookie,
    /// Any `status` (500) with `rc` and `msg`, or without a body if there is no `msg` (`executed`).
    Status,
    /// 429, with `Retry-After` if `retryAfterSeconds` is given (`msg`).
    Throttle,
    /// The connection closes, nothing executed.
    DropBefore,
    /// The request is executed, then the connection closes.
    DropAfter,
    /// The reply comes `millis` (2000) late; the request is executed at once.
    Slow,
    /// The reply stops in the middle; the request is executed (`executed`).
    Truncate,
    /// The reply never ends: a piece every `millis` (5); the request is executed (`executed`).
    Endless,
    /// A page in HTML, with `status` (200) (`executed`).
    Html,
    /// 200 without a body; the request is executed (`executed`).
    Empty,
    /// A query returns its first `rows` (1) rows only, and says that there are more.
    ShortPage,
    /// A query returns null in the place of its list.
    NullObjects,
}

impl FaultKind {
    /// Whether only a query can be hit.
    pub(super) fn is_of_queries(self) -> bool {
        matches!(self, FaultKind::ShortPage | FaultKind::NullObjects)
    }
}

impl Kind for FaultKind {
    const SYSTEM: &'static str = "ctera";
    type Match = FaultMatch;
    type Parameters = FaultParameters;

    fn parameters(self) -> &'static [&'static str] {
        match self {
            FaultKind::KillSessions
            | FaultKind::DeadSession
            | FaultKind::Unauthorized
            | FaultKind::PlantCookie
            | FaultKind::DropBefore
            | FaultKind::DropAfter
            | FaultKind::NullObjects => &[],
            FaultKind::Redirect => &["location"],
            FaultKind::SelectTenant => &["tenant"],
            FaultKind::Status => &["status", "msg", "executed"],
            FaultKind::Throttle => &["retryAfterSeconds", "msg"],
            FaultKind::Slow => &["millis"],
            FaultKind::Truncate | FaultKind::Empty => &["executed"],
            FaultKind::Endless => &["millis", "executed"],
            FaultKind::Html => &["status", "executed"],
            FaultKind::ShortPage => &["rows"],
        }
    }
}
