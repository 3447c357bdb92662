//! The DynECT client against the simulator, over real sockets on loopback.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod create;
mod faults;
mod jobs;
mod login;
mod observer;
mod own_password;
mod raw;
mod secrets;
mod support;
mod switches;
mod system_client;
mod throttling;
mod transport;
mod users;
mod wire;
mod work;
