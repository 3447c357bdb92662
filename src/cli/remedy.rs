//! What a person can do about a system that could not be read.

use super::input::Problem;
use super::target::Session;
use crate::kinds::api_session::SystemClient;
use crate::remote::{Cause, RemoteError};

/// The failure of a session with everything below it, and what to do.
pub fn problem(session: &Session, error: &RemoteError) -> Problem {
    let mut text = format!("{}: {error}", session.name);
    let mut cause = std::error::Error::source(error);
    while let Some(below) = cause {
        text = format!("{text}: {below}");
        cause = below.source();
    }
    let problem = Problem::error(text);
    match remedy(&session.system, error.cause()) {
        Some(remedy) => problem.help(remedy),
        None => problem,
    }
}

fn remedy(system: &SystemClient, cause: Cause) -> Option<&'static str> {
    match cause {
        Cause::Unreachable => Some(
            "nothing was written; check endpoint, proxy and network, and tls.caBundleRef if the authority is a private one",
        ),
        Cause::Unauthorized => Some(match system {
            SystemClient::Dynect(_) => {
                "nothing was written; correct the customer, or the credentials in the session's Secret"
            }
            SystemClient::CteraPortal(_) => {
                "nothing was written; correct scope and tenant, or the credentials in the session's Secret"
            }
        }),
        Cause::Throttled { .. } | Cause::Busy => Some("nothing was written; run again later"),
        Cause::Forbidden => Some(match system {
            SystemClient::Dynect(_) => "nothing was written; grant the permission at DynECT",
            SystemClient::CteraPortal(_) => {
                "nothing was written; correct scope and tenant, or grant the permission at the portal"
            }
        }),
        Cause::Unsupported => Some(match system {
            SystemClient::Dynect(_) => "nothing was written; correct apiVersion in the session",
            SystemClient::CteraPortal(_) => "nothing was written; correct endpoint in the session",
        }),
        Cause::Malformed | Cause::OutcomeUnknown => {
            Some("nothing was written; look what is between here and the remote system")
        }
        Cause::Conflict | Cause::NotFound | Cause::Rejected => None,
    }
}
