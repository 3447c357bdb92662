//! Roster on a real Kubernetes control plane.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bench;
mod budgets;
mod controlplane;
mod crash;
mod crowd;
mod definitions;
mod deploy;
mod faults;
mod gate;
mod kstatus;
mod leaders;
mod life;
mod plane;
mod process;
mod recreate;
