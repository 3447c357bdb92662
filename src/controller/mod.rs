//! The controller in a cluster, and the only holder of a client for one.
//!
//! [`run`] starts the watches, waits until all is known, and reconciles: one generic reconcile for every kind of
//! account in `account`, one for sessions in `session`. A watch fills a `Cache` and wakes objects; a
//! reconcile reads caches, hands its object to the session's batcher, and writes what came of it.

mod account;
mod accounts;
pub mod admin;
mod cache;
mod claims;
pub mod client;
mod conditions;
mod error;
mod events;
mod index;
mod invalid;
mod key_vault;
mod kind;
pub mod lease;
pub mod marker_key;
mod measure;
mod memory;
pub mod metrics;
mod names;
mod output;
mod provisioning;
mod run;
mod runner;
mod secrets;
mod session;
mod sessions;
mod shard;
mod shared;
mod stored;
mod trigger;
mod watch;

pub use cache::Namespaces;
pub use run::{Options, RunError, run};
pub use shard::Shard;
