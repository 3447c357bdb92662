//! The seam between the engine and a remote system: what the engine may ask, and in which words a system fails.

mod budget;
mod error;

pub use budget::{Budget, BudgetLimits, Creations, Lanes, Priority, Turn};
pub use error::{Cause, RemoteError, Retry, gone_is_done, if_shown};

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;

use crate::plan::{Account, Action, Declared, Snapshot, Verb};

/// What became of one action. A failure after a part was done says which part.
#[derive(Debug)]
pub struct Applied<A: Account> {
    /// The account's identity, as soon as the system told it, also when a later step failed.
    pub key: Option<A::Key>,
    /// The fields that are now as declared.
    pub settled: Vec<&'static str>,
    /// The first thing that went wrong; what follows it was not tried.
    pub result: Result<(), RemoteError>,
}

/// One kind of account in one remote system, reached through one session.
///
/// # Contract
///
/// - [`observe`](Self::observe) never writes. A list that could not be read completely is an error, not a shorter list.
/// - [`apply`](Self::apply) answers exactly once per action, in the order of the actions. One bad action fails alone:
///   when the system refuses a batch as a whole, its actions are replayed one by one.
/// - *Created exists already*: if the request can have been an earlier try of this very action, the system is looked
///   at, and an account proven to be that one is success; else the cause is [`Cause::Conflict`].
/// - *Deleted is gone already*, *disabled is disabled already*: success.
/// - A create whose reply was lost is resolved by looking. If looking does not settle it, the cause is
///   [`Cause::OutcomeUnknown`], and the action is not repeated.
/// - A write that the system refused before executing it may be repeated inside `apply`.
pub trait Remote<A: Account>: Sync {
    /// The system's name in messages.
    const SYSTEM: &'static str;
    /// How many actions travel in one call of [`apply`](Self::apply). What a run did is recorded after each call.
    const BATCH: usize;

    /// Reads these lists.
    fn observe(
        &self,
        parts: &BTreeSet<A::Part>,
    ) -> impl Future<Output = Result<Snapshot<A>, RemoteError>> + Send;

    /// Asks for the accounts of these objects one by one, and adds to `seen` what is found of them or proven absent.
    /// For systems whose lists alone prove no absence, see [`Coverage::Pages`](crate::plan::Coverage::Pages).
    fn prove(
        &self,
        _objects: &[&Declared<A>],
        _seen: &mut Snapshot<A>,
    ) -> impl Future<Output = Result<(), RemoteError>> + Send {
        std::future::ready(Ok(()))
    }

    /// Does what was planned from `seen`.
    fn apply(
        &self,
        actions: Vec<Action<A>>,
        seen: &Snapshot<A>,
    ) -> impl Future<Output = Vec<Applied<A>>> + Send;

    /// What the session's user may not do: each verb with the permission that it lacks. Asked only before a write.
    fn forbidden(&self)
    -> impl Future<Output = Result<BTreeMap<Verb, String>, RemoteError>> + Send;
}
