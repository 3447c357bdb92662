//! Roster on a real Kubernetes control plane.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod adoption;
mod bench;
mod conflicts;
mod controlplane;
mod definitions;
mod drift;
mod leaks;
mod life;
mod observe;
mod output;
mod passwords;
mod plane;
mod poison;
mod removal;
mod requests;
mod sessions;
mod sharing;
mod status;
