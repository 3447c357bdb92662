//! Who wants to know of every request, without the clients knowing whom.

use std::fmt;
use std::time::Duration;

use crate::remote::Cause;

/// Told of every request to a system when its reply is in, or when there will be none. Called on the way of the
/// request, so it must be quick and must not block.
pub trait CallObserver: fmt::Debug + Send + Sync {
    fn called(&self, call: &CallReport);
}

/// One request that went out, or was to. It names no account, no argument and no session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallReport {
    /// The system's name in messages, such as `DynECT`.
    pub system: &'static str,
    /// What was asked, in words that continue "cannot", such as `list update users`.
    pub operation: &'static str,
    pub outcome: CallOutcome,
    /// From handing the request to the connection until the whole reply was there.
    pub duration: Duration,
}

/// What became of one request. A call of a client may take several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallOutcome {
    /// Executed.
    Done,
    /// Accepted, and looked at again later.
    Running,
    /// Not executed: the login was over, and another one follows.
    SessionEnded,
    /// What this failure would mean if nobody tried again.
    Failed(Cause),
}

impl CallOutcome {
    /// `ok`, `running`, `session-ended`, or the reason's word. What is written in lower case belongs to normal operation.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "ok",
            Self::Running => "running",
            Self::SessionEnded => "session-ended",
            Self::Failed(cause) => cause.reason().as_str(),
        }
    }
}
