//! Why a lease could not be read or written.

use std::error::Error as StdError;
use std::time::Duration;

use thiserror::Error;

/// What went wrong with one request, in words for a person.
#[derive(Debug, Error)]
pub(super) enum LeaseError {
    #[error("no reply of the API server within {} s", .0.as_secs_f32())]
    Timeout(Duration),
    #[error("{0}; grant get, create and update on leases of coordination.k8s.io")]
    Forbidden(String),
    #[error("{0}")]
    Refused(String),
    #[error("the API server cannot be reached: {0}")]
    Unreachable(String),
    #[error(transparent)]
    Other(kube::Error),
}

impl From<kube::Error> for LeaseError {
    fn from(error: kube::Error) -> Self {
        match error {
            kube::Error::Api(status) if status.is_forbidden() => Self::Forbidden(status.message),
            kube::Error::Api(status) => Self::Refused(status.message),
            kube::Error::Service(error) => Self::Unreachable(innermost(&*error)),
            kube::Error::HyperError(error) => Self::Unreachable(innermost(&error)),
            error => Self::Other(error),
        }
    }
}

/// The layers above say only that there is something below.
fn innermost(error: &(dyn StdError + 'static)) -> String {
    let mut innermost = error;
    while let Some(below) = innermost.source() {
        innermost = below;
    }
    innermost.to_string()
}
