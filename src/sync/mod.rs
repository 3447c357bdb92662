//! Look, decide, do: how a plan is made from a remote system and carried out.
//!
//! [`preview`] and [`execute`] are the two halves; between them stands a person, or nobody. [`Batcher`] does
//! both for objects that come one by one: those that ask within a short time share one look and one plan, and it looks
//! at intervals and says what changed. [`Sessions`] keeps one open session per login.
//! Nothing here knows a kind, a cluster or a protocol.

mod batcher;
mod begin;
mod execute;
mod guard;
mod outcome;
mod preview;
mod sessions;
mod view;
mod worker;

#[cfg(test)]
mod batcher_tests;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod tests;

pub use batcher::{Batcher, Beginning, Look, Pace, Parts, Report, Settings, Stopped, Submission};
pub use execute::{Journal, execute};
pub use guard::{RemovalGuard, RemovalLimit};
pub use outcome::{Outcome, Problem, Starting};
pub use preview::{Preview, look, preview};
pub use sessions::{Session, Sessions};
