//! CTERA Portal: users, their S3 credentials, and provisioning, through the management API.
//!
//! [`Client`] is the way in. A call takes its part of the tenant's request budget, logs in if nobody is, goes out, and its
//! reply is given a meaning in one place. No request names its tenant: the portal acts on the tenant that the session
//! selected. So every write is preceded by a proof of that selection.

mod add;
mod call;
mod classify;
mod client;
mod config;
mod delete;
mod edit;
mod exchange;
mod find;
mod keys;
mod list;
mod locate;
mod login;
mod object;
mod own_password;
mod permissions;
mod portal;
mod session;
mod tasks;
mod users;

#[cfg(test)]
mod tests;

pub use client::Client;
pub use config::{Config, ConfigError, MAX_IN_FLIGHT, Pace, Scope};
pub use keys::{ApiKey, NewApiKey};
pub use permissions::Permissions;
pub use tasks::{TaskOutcome, TaskReport};
pub use users::{Absence, Listed, NewUser, Place, User, UserEdit};

use crate::remote::{Cause, RemoteError};
use crate::systems::Redactor;

/// The system's name in messages.
pub const SYSTEM: &str = "CTERA Portal";

fn failure(operation: &'static str, cause: Cause, detail: impl Into<String>) -> RemoteError {
    RemoteError::new(SYSTEM, operation, cause, detail)
}

/// A name as it may be shown, which can be the portal's own text: short, and on one line.
fn shown(name: &str) -> String {
    Redactor::default().clean(name)
}
