//! CTERA Portal: users, their S3 credentials, and provisioning, through the management API.
//!
//! [`Client`] is the way in. A call takes its part of the tenant's request budget, logs in if nobody is, goes out, and its
//! reply is given a meaning in one place. No request names its tenant: the portal acts on the tenant that the session
//! selected. So every write is preceded by a proof of that selection.

mod client;
mod config;
mod keys;
mod object;
mod permissions;
mod tasks;
mod users;

pub use client::Client;
pub use config::{Config, ConfigError, Pace, Scope};
pub use keys::{ApiKey, NewApiKey};
pub use permissions::Permissions;
pub use tasks::{TaskOutcome, TaskReport};
pub use users::{Absence, Listed, NewUser, Place, User, UserEdit};

use crate::remote::{Cause, RemoteError};

/// The system's name in messages.
pub const SYSTEM: &str = "CTERA Portal";

fn failure(operation: &'static str, cause: Cause, detail: impl Into<String>) -> RemoteError {
    RemoteError::new(SYSTEM, operation, cause, detail)
}
