//! DynECT (Managed DNS): update users, through its REST API.
//!
//! [`Client`] is the way in. A call takes the session's turn (the system runs one job per session), logs in if nobody
//! is, takes its part of the customer's request budget, goes out, and its reply is given a meaning in one place. What
//! can be repeated without harm is repeated there; the rest is a [`RemoteError`].

mod call;
mod classify;
mod client;
mod config;
mod create;
mod envelope;
mod exchange;
mod own_password;
mod session;
mod stored_password;
mod users;

#[cfg(test)]
mod tests;

pub use client::Client;
pub use config::{Config, ConfigError, Pace};
pub use stored_password::{StoredPasswordError, open_stored_password};
pub use users::{LoginState, Permissions, UpdateUser};

use crate::remote::{Cause, RemoteError};

/// The system's name in messages.
pub const SYSTEM: &str = "DynECT";

fn failure(operation: &'static str, cause: Cause, detail: impl Into<String>) -> RemoteError {
    RemoteError::new(SYSTEM, operation, cause, detail)
}
