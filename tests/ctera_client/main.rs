//! The CTERA client against a server that does what each test tells it, over real sockets on loopback.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod add;
mod delete;
mod edit;
mod failures;
mod find;
mod keys;
mod list;
mod login;
mod observer;
mod own_password;
mod permissions;
mod raw;
mod secrets;
mod session;
mod stage;
mod support;
mod tasks;
mod tenant;
mod wire;
