//! How an attempt fails, and whether another one may follow.

use std::error::Error;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

use crate::remote::{Cause, RemoteError};
use crate::systems::CallOutcome;
use crate::systems::http::TransportError;

/// What a failure is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    /// The system's name in messages.
    pub system: &'static str,
    /// Words that continue "cannot".
    pub operation: &'static str,
    /// Executing it twice leaves the same as executing it once.
    pub repeatable: bool,
}

/// Why one attempt brought no data.
#[derive(Debug)]
pub(crate) enum Failure {
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
pub(crate) struct Trouble {
    text: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// How often one call may still be attempted again, and when.
#[derive(Debug)]
pub(crate) struct Patience {
    repeats: ExponentialBackoff,
    blocked: std::vec::IntoIter<Duration>,
}

/// So many pauses, each twice as long as the one before, with jitter.
pub(crate) fn pauses(first: Duration, times: usize) -> ExponentialBackoff {
    ExponentialBuilder::default().with_jitter().with_min_delay(first).with_max_times(times).build()
}

impl Asked {
    pub(crate) fn failure(self, cause: Cause, detail: impl Into<String>) -> RemoteError {
        RemoteError::new(self.system, self.operation, cause, detail)
    }

    /// The cause of a failure that leaves open whether the request was executed.
    pub(crate) fn uncertain(self, harmless: Cause) -> Cause {
        if self.repeatable { harmless } else { Cause::OutcomeUnknown }
    }

    /// One word for a request without a reply, and what it is reported as.
    pub(crate) fn lost(self, error: &TransportError) -> (&'static str, CallOutcome) {
        let word = if error.nothing_was_sent() { "not sent" } else { "lost" };
        let cause = match error {
            error if error.nothing_was_sent() => Cause::Unreachable,
            TransportError::TooLarge { .. } => self.uncertain(Cause::Malformed),
            _ => self.uncertain(Cause::Unreachable),
        };
        (word, CallOutcome::Failed(cause))
    }
}

impl Patience {
    /// The first repetition of what may be repeated comes after `first`, each further one after twice as long, with
    /// jitter; there are `times` of them. `blocked` are the pauses while something is in the way.
    pub(crate) fn new(first: Duration, times: usize, blocked: Vec<Duration>) -> Self {
        Self { repeats: pauses(first, times), blocked: blocked.into_iter() }
    }

    /// How long to wait before the next attempt.
    ///
    /// # Errors
    /// The call's failure, if another attempt could do harm or is one too many.
    pub(crate) fn after(&mut self, failed: Failure, asked: Asked) -> Result<Duration, RemoteError> {
        match failed {
            Failure::Final(error) => Err(error),
            Failure::Blocked(task) => self.blocked.next().ok_or_else(|| {
                let text = format!("a task of the customer is in the way ({task})");
                asked.failure(Cause::Busy, text)
            }),
            Failure::NotSent(trouble) => {
                self.repeats.next().ok_or_else(|| trouble.into_error(asked, Cause::Unreachable))
            }
            Failure::SessionEnded(text) => {
                let text = format!("the session ends again right after a login ({text})");
                Err(asked.failure(Cause::Unreachable, text))
            }
            Failure::Unclear(trouble) => {
                let repeat = if asked.repeatable { self.repeats.next() } else { None };
                let cause = asked.uncertain(Cause::Unreachable);
                repeat.ok_or_else(|| trouble.into_error(asked, cause))
            }
        }
    }
}

impl Failure {
    pub(crate) fn unclear(text: impl Into<String>) -> Self {
        Self::Unclear(Trouble { text: text.into(), source: None })
    }

    /// There was no reply.
    pub(crate) fn not_answered(asked: Asked, error: TransportError) -> Self {
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
            Some(cause) => Self::Final(trouble.into_error(asked, asked.uncertain(cause))),
            None if nothing_was_sent => Self::NotSent(trouble),
            None => Self::Unclear(trouble),
        }
    }

    /// The same failure of a request that had to come first: the one that it was for was not sent.
    pub(crate) fn before_sending(self) -> Self {
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
    fn into_error(self, asked: Asked, cause: Cause) -> RemoteError {
        let error = asked.failure(cause, self.text);
        match self.source {
            Some(source) => error.caused_by(source),
            None => error,
        }
    }
}
