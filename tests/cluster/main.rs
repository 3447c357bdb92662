//! Roster on a real Kubernetes control plane.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bench;
mod controlplane;
mod definitions;
mod deploy;
mod kstatus;
mod life;
mod plane;
mod rbac;
