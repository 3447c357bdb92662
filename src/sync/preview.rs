//! The reading half: look at the system once and decide.

use std::collections::BTreeSet;

use crate::plan::{Account, Declared, Others, Plan, Rules, Snapshot, plan, unproven};
use crate::remote::{Cause, Remote, RemoteError};

/// A plan and what it was made from.
#[derive(Debug)]
pub struct Preview<A: Account> {
    pub plan: Plan<A>,
    pub seen: Snapshot<A>,
}

/// Reads each list that the objects' accounts are in once, whatever the number of objects, and decides. Never writes.
/// Without any object, the default list tells whether the session works.
///
/// `previous` is the number of accounts in the last list that was believed, for [`look`]. The permissions of the
/// session's user are asked for only if the plan would write.
pub async fn preview<A: Account, R: Remote<A>>(
    remote: &R,
    declared: Vec<Declared<A>>,
    rules: &Rules,
    others: &dyn Others<A::Key>,
    previous: Option<usize>,
) -> Result<Preview<A>, RemoteError> {
    let mut parts: BTreeSet<A::Part> =
        declared.iter().map(|object| object.desired.account().part()).collect();
    if parts.is_empty() {
        parts.insert(A::Part::default());
    }
    let mut seen = look(remote, &parts, previous).await?;
    let plan = decide(remote, declared, &mut seen, rules, others).await?;
    Ok(Preview { plan, seen })
}

/// Decides from what was seen. Asks for accounts by themselves only if the list proves nothing of them, and for
/// permissions only if there is something to write.
pub(super) async fn decide<A: Account, R: Remote<A>>(
    remote: &R,
    declared: Vec<Declared<A>>,
    seen: &mut Snapshot<A>,
    rules: &Rules,
    others: &dyn Others<A::Key>,
) -> Result<Plan<A>, RemoteError> {
    let unproven = unproven(&declared, seen, others);
    if !unproven.is_empty() {
        remote.prove(&unproven, seen).await?;
    }
    let plan = plan(declared, seen, rules, others);
    if !plan.writes() {
        return Ok(plan);
    }
    Ok(plan.without(&remote.forbidden().await?))
}

/// Reads these lists, and reads them again before it believes that more than a fifth of the accounts are gone.
pub async fn look<A: Account, R: Remote<A>>(
    remote: &R,
    parts: &BTreeSet<A::Part>,
    previous: Option<usize>,
) -> Result<Snapshot<A>, RemoteError> {
    let first = remote.observe(parts).await?;
    if !shrank(previous, first.accounts().len()) {
        return Ok(first);
    }
    let second = remote.observe(parts).await?;
    let agree = first.accounts().keys().eq(second.accounts().keys());
    if agree || !shrank(previous, second.accounts().len()) {
        return Ok(second);
    }
    Err(RemoteError::new(
        R::SYSTEM,
        "list accounts",
        Cause::Malformed,
        "the list lost more than a fifth of its accounts, and a second reading gave yet another list; nothing is decided from either",
    ))
}

/// Whether the list lost more than 20 %, which is rarely a person's work and often a broken reply.
fn shrank(previous: Option<usize>, now: usize) -> bool {
    previous.is_some_and(|previous| now * 5 < previous * 4)
}
