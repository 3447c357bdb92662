//! Why a reconcile did not end well.

use crate::sync::Stopped;

/// A reconcile that will be tried again. What a person should know is in the object's status by then.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot {operation}")]
    Api { operation: &'static str, source: Box<kube::Error> },
    /// The remote system, or the way to it.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// The object has to be looked at again after a growing pause; its status says why.
    #[error("{0}")]
    Again(String),
    #[error("the reconcile did not end within {} seconds", .0.as_secs())]
    Deadline(std::time::Duration),
    /// A fault of this program; nothing else is hurt.
    #[error("the reconcile panicked; this is a fault of roster")]
    Panicked,
}

impl Error {
    /// For `map_err`: a failed request to the API server.
    pub(super) fn api(operation: &'static str) -> impl Fn(kube::Error) -> Self {
        move |source| Self::Api { operation, source: Box::new(source) }
    }
}

/// Whether somebody else changed or removed the object meanwhile, so that its newer state decides.
pub(super) fn is_outdated(error: &kube::Error) -> bool {
    match error {
        kube::Error::Api(status) => {
            status.is_conflict() || status.is_not_found() || status.is_invalid()
        }
        _ => false,
    }
}

/// The error with what caused it, once.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut below = error.source();
    while let Some(cause) = below {
        text = format!("{text}: {cause}");
        below = cause.source();
    }
    text
}
