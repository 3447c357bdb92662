//! The simulators against their contracts, over loopback, with clients that know nothing of them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod control;
mod ctera;
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
