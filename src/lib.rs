//! Roster keeps user accounts in remote systems exactly as they are declared.
//!
//! Each layer may use the ones named behind it, and nothing else; `tests/layers` holds it to that.
//!
//! ```text
//! cli         every layer: what a person types
//! controller  all below: watches objects in a cluster, reconciles, reports
//! kinds       plan, remote, systems: the custom resources and how each maps to its system
//! sync        plan, remote: look, decide, do; batches and sessions
//! systems     remote: typed HTTP clients
//! remote      plan: the seam to a system, its errors, its request budget
//! plan        nothing: the pure difference between declared and seen
//! sim         nothing of ours: stateful stand-ins for the systems
//! ```

pub mod cli;
pub mod controller;
pub mod kinds;
pub mod plan;
pub mod remote;
pub mod sim;
pub mod sync;
pub mod systems;
