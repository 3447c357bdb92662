//! What is about to happen to one object, and what became of it.

use std::fmt;

use crate::plan::{Account, Held, Memo, ObjectName, Reason, Refusal};
use crate::remote::RemoteError;

/// What became of one object.
#[derive(Debug)]
pub struct Outcome<A: Account> {
    pub object: ObjectName,
    pub key: Option<A::Key>,
    /// The one word for it.
    pub reason: Reason,
    /// What is to be remembered of the object; `None`: forget it, its account is no longer managed.
    pub memo: Option<Memo<A::Key>>,
    pub problem: Option<Problem>,
    /// The fields that were written, also when a later step failed.
    pub written: Vec<&'static str>,
    /// What differs and was left as it is.
    pub held: Option<Held<A>>,
    /// What was written, or was to be, only takes back an edit that somebody made at the system.
    pub drift: bool,
}

/// A write that is about to be sent.
#[derive(Debug, Clone)]
pub struct Starting<K> {
    pub object: ObjectName,
    /// What has to be remembered until the result is known.
    pub memo: Memo<K>,
    /// The fields that it writes.
    pub fields: Vec<&'static str>,
}

/// Why an object is not as declared. `Display` says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// The write was not sent, because it could not be recorded first.
    #[error("nothing was sent, because it cannot be recorded: {0}")]
    NotRecorded(String),
    /// The write was made, but what became of it could not be recorded. The next run looks for it.
    #[error("done, but it cannot be recorded: {0}")]
    Unsaved(String),
}

impl<A: Account> fmt::Display for Outcome<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { object, key, reason, problem, .. } = self;
        write!(f, "{object}")?;
        if let Some(key) = key {
            write!(f, " ({key})")?;
        }
        match problem {
            None => write!(f, ": {reason}"),
            Some(problem) => write!(f, ": {reason}, {problem}"),
        }
    }
}
