//! Look, decide, do: how a plan is made from a remote system and carried out.
//!
//! [`preview`] and [`execute`] are the two halves; between them stands a person, or nobody. [`Batcher`] puts the
//! objects that ask within a short time into one look and one plan. [`Sessions`] keeps one open session per login.
//! Nothing here knows a kind, a cluster or a protocol.

mod batcher;
mod execute;
mod preview;
mod sessions;

#[cfg(test)]
mod memory;
#[cfg(test)]
mod tests;

pub use batcher::{Batcher, BatcherOptions, Stopped};
pub use execute::{Journal, Outcome, Problem, execute};
pub use preview::{Preview, look, preview};
pub use sessions::{Session, Sessions};
