//! The writing half: carry a plan out and say what became of each object.

use std::future::Future;

use super::outcome::{Outcome, Problem, Starting};
use crate::plan::{
    Account, Action, Change, Claim, Held, Item, Memo, Origin, Plan, Reason, Snapshot, Verdict,
};
use crate::remote::{Applied, Remote};

/// Where progress is recorded, so that a crash at any point can be resolved by looking.
pub trait Journal<A: Account> {
    /// Records what is about to be sent, and answers once for each. What cannot be recorded is not sent.
    fn begin(
        &mut self,
        starting: Vec<Starting<A::Key>>,
    ) -> impl Future<Output = Vec<Result<(), String>>> + Send;
    /// Records what became of one object. Called once per object, as soon as it is known.
    fn end(&mut self, outcome: &mut Outcome<A>);
}

/// Carries the plan out: removals and edits of people first, corrections of drift last.
///
/// Answers once per item of the plan, in the plan's order. Before a batch is sent, each create in it is recorded as a
/// claim; after it, each result. A failure of one action does not stop the others.
pub async fn execute<A: Account, R: Remote<A>>(
    remote: &R,
    plan: Plan<A>,
    seen: &Snapshot<A>,
    journal: &mut impl Journal<A>,
) -> Vec<Outcome<A>> {
    let mut outcomes: Vec<Option<Outcome<A>>> = Vec::with_capacity(plan.items.len());
    let mut work: Vec<(Rank, usize, Item<A>)> = Vec::new();
    for (place, item) in plan.items.into_iter().enumerate() {
        if let Verdict::Act { action, drift } = &item.verdict {
            work.push((rank(action, *drift), place, item));
            outcomes.push(None);
        } else {
            let mut outcome = without_action(item);
            journal.end(&mut outcome);
            outcomes.push(Some(outcome));
        }
    }
    work.sort_by_key(|(rank, place, _)| (*rank, *place));
    let mut work = work.into_iter().map(|(_, place, item)| (place, item)).peekable();
    while work.peek().is_some() {
        let batch: Vec<(usize, Item<A>)> = work.by_ref().take(R::BATCH.max(1)).collect();
        for (place, mut outcome) in send(remote, batch, seen, journal).await {
            journal.end(&mut outcome);
            if let Some(slot) = outcomes.get_mut(place) {
                *slot = Some(outcome);
            }
        }
    }
    outcomes.into_iter().flatten().collect()
}

/// The order of writes: removals free what others may be waiting for, and a person waits for an edit; nobody waits for
/// drift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Removal,
    Edit,
    Drift,
}

/// When an action is to be sent, compared with others.
pub(super) fn rank<A: Account>(action: &Action<A>, drift: bool) -> Rank {
    match action {
        Action::Disable(_) | Action::Delete(_) => Rank::Removal,
        Action::Create(_) | Action::Update { .. } if !drift => Rank::Edit,
        Action::Create(_) | Action::Update { .. } => Rank::Drift,
    }
}

/// The result of an item that sends nothing.
pub(super) fn without_action<A: Account>(mut item: Item<A>) -> Outcome<A> {
    let verdict = std::mem::replace(&mut item.verdict, Verdict::Keep);
    let (reason, memo, problem) = match verdict {
        Verdict::Refuse(refusal) => (refusal.reason(), Some(item.memo), Some(refusal.into())),
        Verdict::Release => (Reason::Released, None, None),
        Verdict::Keep | Verdict::Act { .. } => {
            let memo = kept(&mut item);
            let reason = if item.adopts {
                Reason::Adopted
            } else if matches!(item.held, Some(Held { .. })) {
                Reason::PendingChanges
            } else {
                Reason::InSync
            };
            (reason, Some(memo), None)
        }
    };
    let Item { object, key, held, .. } = item;
    Outcome { object, key, reason, memo, problem, written: Vec::new(), held, drift: false }
}

/// What is remembered of an account that nothing was sent for. One that is only observed is not ours.
fn kept<A: Account>(item: &mut Item<A>) -> Memo<A::Key> {
    let ours = item.memo.key.is_some() || item.memo.claim.is_some();
    let origin =
        if item.adopts { Origin::Adopted } else { item.memo.origin.unwrap_or(Origin::Created) };
    match &item.key {
        Some(key) if item.adopts || ours => {
            let (key, settled) = (key.clone(), item.settled().collect::<Vec<_>>());
            item.recorded(key, origin, settled)
        }
        _ => std::mem::take(&mut item.memo),
    }
}

/// An item whose action was handed over.
struct Sent<A: Account> {
    place: usize,
    /// With the memo of the run before.
    item: Item<A>,
    effect: Effect,
    drift: bool,
    /// The fields that were as declared before.
    settled: Vec<&'static str>,
    /// What is recorded until the result is known.
    pending: Memo<A::Key>,
}

/// Sends the actions of these items in one call, each only if it could be recorded first. Answers once per item.
pub(super) async fn send<A: Account, R: Remote<A>>(
    remote: &R,
    batch: Vec<(usize, Item<A>)>,
    seen: &Snapshot<A>,
    journal: &mut impl Journal<A>,
) -> Vec<(usize, Outcome<A>)> {
    let mut prepared = Vec::with_capacity(batch.len());
    let mut starting = Vec::with_capacity(batch.len());
    for (place, mut item) in batch {
        let settled: Vec<&'static str> = item.settled().collect();
        let verdict = std::mem::replace(&mut item.verdict, Verdict::Keep);
        let Verdict::Act { action, drift } = verdict else { continue };
        let (pending, fields) = match &action {
            // An account that vanished is given up for the new one.
            Action::Create(account) => {
                let claim = Some(Claim { evidence: account.evidence(seen) });
                let creation = account.creation().unwrap_or_default();
                (Memo { claim, ..Memo::default() }, fields(&creation))
            }
            Action::Update { changes, .. } => (item.memo.clone(), fields(changes)),
            Action::Disable(_) | Action::Delete(_) => (item.memo.clone(), Vec::new()),
        };
        let object = item.object.clone();
        starting.push(Starting { object, memo: pending.clone(), fields });
        let effect = Effect::of(&action);
        prepared.push((Sent { place, item, effect, drift, settled, pending }, action));
    }
    let recorded = journal.begin(starting).await;
    debug_assert_eq!(recorded.len(), prepared.len(), "one answer per write");
    let mut outcomes = Vec::with_capacity(prepared.len());
    let (mut sent, mut actions) = (Vec::new(), Vec::new());
    for ((prepared, action), recorded) in prepared.into_iter().zip(recorded) {
        match recorded {
            Ok(()) => {
                sent.push(prepared);
                actions.push(action);
            }
            Err(error) => outcomes.push((prepared.place, prepared.not_recorded(error))),
        }
    }
    if !actions.is_empty() {
        let applied = remote.apply(actions, seen).await;
        debug_assert_eq!(applied.len(), sent.len(), "the contract: one answer per action");
        let sent = sent.into_iter().zip(applied);
        outcomes.extend(sent.map(|(sent, applied)| (sent.place, sent.outcome(applied))));
    }
    outcomes
}

fn fields<C: Change>(changes: &[C]) -> Vec<&'static str> {
    changes.iter().map(Change::field).collect()
}

/// What an action does to what is remembered.
#[derive(Clone, Copy)]
enum Effect {
    Create,
    Update,
    Disable,
    Delete,
}

impl Effect {
    fn of<A: Account>(action: &Action<A>) -> Self {
        match action {
            Action::Create(_) => Self::Create,
            Action::Update { .. } => Self::Update,
            Action::Disable(_) => Self::Disable,
            Action::Delete(_) => Self::Delete,
        }
    }

    fn reason(self, adopts: bool) -> Reason {
        match self {
            Self::Create => Reason::Created,
            Self::Update if adopts => Reason::Adopted,
            Self::Update => Reason::Updated,
            Self::Disable => Reason::Disabled,
            Self::Delete => Reason::Deleted,
        }
    }
}

impl<A: Account> Sent<A> {
    fn not_recorded(self, error: String) -> Outcome<A> {
        let Self { item, effect, drift, .. } = self;
        let Item { object, key, memo, adopts, held, .. } = item;
        let (reason, problem) = (effect.reason(adopts), Some(Problem::NotRecorded(error)));
        Outcome { object, key, reason, memo: Some(memo), problem, written: Vec::new(), held, drift }
    }

    fn outcome(self, applied: Applied<A>) -> Outcome<A> {
        let Self { place: _, mut item, effect, drift, settled, pending } = self;
        let Applied { key, settled: written, result } = applied;
        let reason = match &result {
            Ok(()) => effect.reason(item.adopts),
            Err(error) => error.reason(),
        };
        let key = key.or_else(|| item.key.clone());
        let memo = match (effect, &result, &key) {
            (Effect::Disable | Effect::Delete, Ok(()), _) => None,
            (Effect::Create, _, Some(key)) => {
                // An account made anew has none of the values that an earlier one was given.
                item.memo = Memo::default();
                Some(item.recorded(key.clone(), Origin::Created, written.iter().copied()))
            }
            (Effect::Create, Err(error), None) if error.proves_nothing_was_written() => {
                Some(Memo { claim: None, ..std::mem::take(&mut item.memo) })
            }
            (Effect::Update, _, Some(key)) => {
                let origin = match (item.adopts, item.memo.origin) {
                    (true, _) => Origin::Adopted,
                    (false, origin) => origin.unwrap_or(Origin::Created),
                };
                let settled = settled.into_iter().chain(written.iter().copied());
                Some(item.recorded(key.clone(), origin, settled))
            }
            _ => Some(pending),
        };
        let problem = result.err().map(Problem::from);
        let Item { object, held, .. } = item;
        Outcome { object, key, reason, memo, problem, written, held, drift }
    }
}
