//! The command line, run as a person runs it: the real program against simulators on loopback.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod apply;
mod counts;
mod crash;
mod delete;
mod export;
mod generated;
mod golden;
mod input;
mod leaks;
mod manifests;
mod plan;
mod portal;
mod portal_keys;
mod portal_tasks;
mod prompt;
mod remote;
mod secrets;
mod state;
mod support;
mod terminal;
mod tools;
