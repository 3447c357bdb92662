//! How a remote system fails, in the engine's words.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::plan::Reason;

/// What went wrong, for the decision what to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// No connection, no answer, or an answer from a gateway. A read or an idempotent write may be repeated.
    Unreachable,
    /// The request limit is reached; nothing was executed. The system may have said for how long.
    Throttled { wait: Option<Duration> },
    /// Another task blocks this one; nothing was executed.
    Busy,
    /// The login was refused.
    Unauthorized,
    /// The session's user lacks a permission.
    Forbidden,
    /// The account exists already.
    Conflict,
    /// The account does not exist.
    NotFound,
    /// The declared values are refused.
    Rejected,
    /// The system does not speak the configured API version.
    Unsupported,
    /// The reply cannot be understood.
    Malformed,
    /// It is not known whether a write was executed.
    OutcomeUnknown,
}

/// What may be done after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Again after a growing pause with jitter.
    Backoff,
    /// Again after this long.
    After(Duration),
    /// Again when the object, its Secret or its session changes.
    WhenChanged,
    /// Again when the session's Secret changes; nobody else's login is tried meanwhile.
    WhenCredentialsChange,
    /// Again after a long pause: somebody has to change something at the remote system.
    Slowly,
    /// Not before the system was looked at.
    AfterLooking,
}

/// How long a remote system is left alone after it named no time of its own.
/// DynECT locks an account for up to 60 s (vendor documentation).
const THROTTLE_PAUSE: Duration = Duration::from_mins(1);

/// A failed call. `Display` speaks for this level only; the cause below it is `source()`.
///
/// Neither form ever holds a secret or a reply's body: `detail` is text that the client checked and shortened.
#[derive(Debug)]
pub struct RemoteError {
    system: &'static str,
    operation: &'static str,
    cause: Cause,
    detail: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Cause {
    /// The one word for this cause.
    #[must_use]
    pub fn reason(self) -> Reason {
        match self {
            Self::Unreachable => Reason::Unreachable,
            Self::Throttled { .. } => Reason::Throttled,
            Self::Busy => Reason::Busy,
            Self::Unauthorized => Reason::AuthenticationFailed,
            Self::Forbidden => Reason::Forbidden,
            Self::Conflict => Reason::AlreadyExists,
            Self::NotFound => Reason::NotFound,
            Self::Rejected => Reason::Rejected,
            Self::Unsupported => Reason::Unsupported,
            Self::Malformed => Reason::Malformed,
            Self::OutcomeUnknown => Reason::OutcomeUnknown,
        }
    }
}

impl RemoteError {
    /// A failure of `operation` (words such as "list update users") at `system` ("DynECT").
    pub fn new(
        system: &'static str,
        operation: &'static str,
        cause: Cause,
        detail: impl Into<String>,
    ) -> Self {
        Self { system, operation, cause, detail: detail.into(), source: None }
    }

    /// Adds the failure below this one.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn cause(&self) -> Cause {
        self.cause
    }

    /// What the client was doing.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// What is the matter, without system and operation.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// What may be done next.
    #[must_use]
    pub fn retry(&self) -> Retry {
        match self.cause {
            Cause::Unreachable | Cause::Busy | Cause::Malformed => Retry::Backoff,
            Cause::Throttled { wait } => Retry::After(wait.unwrap_or(THROTTLE_PAUSE)),
            Cause::Unauthorized => Retry::WhenCredentialsChange,
            Cause::Forbidden => Retry::Slowly,
            Cause::Conflict | Cause::Rejected | Cause::Unsupported => Retry::WhenChanged,
            Cause::NotFound | Cause::OutcomeUnknown => Retry::AfterLooking,
        }
    }

    /// Whether a failed write certainly changed nothing at the system.
    #[must_use]
    pub fn proves_nothing_was_written(&self) -> bool {
        match self.cause {
            Cause::Throttled { .. }
            | Cause::Busy
            | Cause::Unauthorized
            | Cause::Forbidden
            | Cause::Conflict
            | Cause::NotFound
            | Cause::Rejected
            | Cause::Unsupported => true,
            Cause::Unreachable | Cause::Malformed | Cause::OutcomeUnknown => false,
        }
    }

    /// The one word for this failure.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.cause.reason()
    }
}

/// What is gone already is disabled or deleted: what a [`Remote`](super::Remote) says of a removal.
pub fn gone_is_done(result: Result<(), RemoteError>) -> Result<(), RemoteError> {
    match result {
        Err(error) if error.cause() == Cause::NotFound => Ok(()),
        other => other,
    }
}

/// The permissions, if the system shows them. Who may not read them, or whose system has none to read, may still write;
/// the writes will tell.
pub fn if_shown<T>(permissions: Result<T, RemoteError>) -> Result<Option<T>, RemoteError> {
    match permissions {
        Ok(permissions) => Ok(Some(permissions)),
        Err(error)
            if matches!(error.cause(), Cause::Forbidden | Cause::NotFound | Cause::Rejected) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

impl fmt::Display for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: cannot {}: {}", self.system, self.operation, self.detail)
    }
}

impl Error for RemoteError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
