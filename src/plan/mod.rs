//! The pure core: what is declared, what was seen, and the difference between the two.
//!
//! Nothing here does I/O, reads a clock or draws a random number, so equal input gives an equal plan. What decides
//! cannot write: a [`Plan`] is data, and a dry run is a plan that nobody executes.
//!
//! The order of the parts: [`Account`] says what a kind must know about itself, [`Declared`] is one object as its
//! author wants it, [`Snapshot`] is what a remote system showed, [`plan`] compares them into a [`Plan`] of one
//! [`Item`] per object.

mod account;
mod decide;
mod display;
mod holders;
mod others;
mod policy;
mod reason;
mod refusal;
mod snapshot;
mod verdict;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod toy;

pub use account::{
    Account, Change, Claim, Declared, Desired, Located, Marker, Memo, ObjectName, Origin,
};
pub use decide::{plan, unproven};
pub use display::{Line, Summary, Symbol};
pub use others::{Claimant, Others};
pub use policy::{Adoption, Deletion, Drift, Hold, Management, Policy, Rules, Verb};
pub use reason::Reason;
pub use refusal::Refusal;
pub use snapshot::{Coverage, Seen, Snapshot};
pub use verdict::{Action, Held, Item, Plan, Verdict};
