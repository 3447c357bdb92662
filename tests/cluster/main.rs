//! Roster on a real Kubernetes control plane.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod controlplane;
mod definitions;
mod plane;
