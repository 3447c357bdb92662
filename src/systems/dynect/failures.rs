//! How an attempt fails, and whether another one may follow.

use std::error::Error;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

use super::call::Call;
use super::config::Pace;
use super::failure;
use crate::remote::{Cause, RemoteError};
use crate::systems::http::TransportError;

/// Why one attempt brought no data.
#[derive(Debug)]
pub(super) enum Failure {
    /// Nothing is left to try.
    Final(RemoteError),
    /// Not executed: a task is in the way.
    Blocked(String),
    /// Not executed: the request was not even sent.
    NotSent(Trouble),
    /// Not executed: the token that was to be used is no good any more.
    SessionEnded(String),
    /// Nobody knows whether it was executed.
    Unclear(Trouble),
}

/// Text that may be shown, and what is below it.
#[derive(Debug)]
pub(super) struct Trouble {
    text: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// How often one call may still be attempted again, and when.
#[derive(Debug)]
pub(super) struct Patience {
    repeats: ExponentialBackoff,
    blocked: std::vec::IntoIter<Duration>,
}

impl Patience {
    pub(super) fn new(pace: &Pace) -> Self {
        let repeats = ExponentialBuilder::default()
            .with_jitter()
            .with_min_delay(pace.repeat_first)
            .with_max_times(pace.repeats)
            .build();
        Self { repeats, blocked: pace.blocked_steps.clone().into_iter() }
    }

    /// How long to wait before the next attempt.
    ///
    /// # Errors
    /// The call's failure, if another attempt could do harm or is one too many.
    pub(super) fn after(&mut self, failed: Failure, call: &Call) -> Result<Duration, RemoteError> {
        match failed {
            Failure::Final(error) => Err(error),
            Failure::Blocked(task) => self.blocked.next().ok_or_else(|| {
                let text = format!("a task of the customer is in the way ({task})");
                failure(call.operation, Cause::Busy, text)
            }),
            Failure::NotSent(trouble) => self
                .repeats
                .next()
                .ok_or_else(|| trouble.into_error(call.operation, Cause::Unreachable)),
            Failure::SessionEnded(text) => {
                let text = format!("the session ends again right after a login ({text})");
                Err(failure(call.operation, Cause::Unreachable, text))
            }
            Failure::Unclear(trouble) => {
                let repeat = if call.repeatable { self.repeats.next() } else { None };
                let cause = call.uncertain(Cause::Unreachable);
                repeat.ok_or_else(|| trouble.into_error(call.operation, cause))
            }
        }
    }
}

impl Failure {
    pub(super) fn unclear(text: impl Into<String>) -> Self {
        Self::Unclear(Trouble { text: text.into(), source: None })
    }

    /// There was no reply.
    pub(super) fn not_answered(call: &Call, error: TransportError) -> Self {
        let text = error.to_string();
        let is_settled = match &error {
            TransportError::NotConnected { .. }
            | TransportError::ProxyLogin { .. }
            | TransportError::Proxy { .. }
            | TransportError::Lost { .. } => None,
            // Asking again would take as long, or bring as much.
            TransportError::Deadline { .. } => Some(Cause::Unreachable),
            TransportError::TooLarge { .. } => Some(Cause::Malformed),
        };
        let nothing_was_sent = error.nothing_was_sent();
        let trouble = Trouble { text, source: error.into_source() };
        match is_settled {
            Some(cause) => Self::Final(trouble.into_error(call.operation, call.uncertain(cause))),
            None if nothing_was_sent => Self::NotSent(trouble),
            None => Self::Unclear(trouble),
        }
    }

    /// The same failure of a request that had to come first: the one that it was for was not sent.
    pub(super) fn before_sending(self) -> Self {
        match self {
            Self::Unclear(trouble) => Self::NotSent(trouble),
            Self::Blocked(text) | Self::SessionEnded(text) => {
                Self::NotSent(Trouble { text, source: None })
            }
            Self::Final(_) | Self::NotSent(_) => self,
        }
    }
}

impl Trouble {
    fn into_error(self, operation: &'static str, cause: Cause) -> RemoteError {
        let error = failure(operation, cause, self.text);
        match self.source {
            Some(source) => error.caused_by(source),
            None => error,
        }
    }
}
