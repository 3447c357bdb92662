//! The custom resource definitions: current, structural, documented, frozen, and enforced.

#![allow(clippy::unwrap_used, clippy::panic, clippy::needless_pass_by_value)]

mod files;
mod portal_user;
mod rules;
mod structure;
