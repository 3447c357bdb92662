//! The `DynECT` simulator against its contract, over loopback, with a client that knows nothing of it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod control;
mod faults;
mod http;
mod jobs;
mod journal;
mod limits;
mod permissions;
mod proxy;
mod refusals;
mod seed;
mod sessions;
mod support;
mod switches;
mod update_users;
