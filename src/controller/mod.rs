//! The controller in a cluster, and the only holder of a client for one.

pub mod admin;
pub mod client;
pub mod lease;
pub mod metrics;
