//! Roster on a real Kubernetes control plane.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod adoption;
mod bench;
mod budgets;
mod conflicts;
mod controlplane;
mod crash;
mod crowd;
mod definitions;
mod deploy;
mod drift;
mod faults;
mod gate;
mod kstatus;
mod leaders;
mod leaks;
mod life;
mod manifests;
mod observe;
mod operator;
mod output;
mod passwords;
mod plane;
mod poison;
mod portal;
mod process;
mod races;
mod rbac;
mod recreate;
mod removal;
mod requests;
mod sessions;
mod sharing;
mod status;
