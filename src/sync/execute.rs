//! The writing half: carry a plan out and say what became of each object.

use std::fmt;

use crate::plan::{
    Account, Action, Claim, Held, Item, Memo, ObjectName, Origin, Plan, Reason, Refusal, Snapshot,
    Verdict,
};
use crate::remote::{Applied, Remote, RemoteError};

/// What became of one object.
#[derive(Debug)]
pub struct Outcome<A: Account> {
    pub object: ObjectName,
    pub key: Option<A::Key>,
    /// The one word for it.
    pub reason: Reason,
    /// What is to be remembered of the object; `None`: forget it, its account is no longer managed.
    pub memo: Option<Memo<A::Key>>,
    pub problem: Option<Problem>,
}

/// Why an object is not as declared. `Display` says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// The write was not sent, because it could not be recorded first.
    #[error("nothing was sent, because it cannot be recorded: {0}")]
    NotRecorded(String),
    /// The write was made, but what became of it could not be recorded. The next run looks for it.
    #[error("done, but it cannot be recorded: {0}")]
    Unsaved(String),
}

/// Where progress is recorded, so that a crash at any point can be resolved by looking.
pub trait Journal<A: Account> {
    /// Records what is about to be sent. Nothing is sent if this fails.
    fn begin(&mut self, claims: &[(&ObjectName, Memo<A::Key>)]) -> Result<(), String>;
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
    let mut work: Vec<(u8, usize, Item<A>)> = Vec::new();
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

/// Removals free what others may be waiting for, and a person waits for an edit; nobody waits for drift.
fn rank<A: Account>(action: &Action<A>, drift: bool) -> u8 {
    match action {
        Action::Disable(_) | Action::Delete(_) => 0,
        Action::Create(_) | Action::Update { .. } if !drift => 1,
        Action::Create(_) | Action::Update { .. } => 2,
    }
}

/// The result of an item that sends nothing.
fn without_action<A: Account>(mut item: Item<A>) -> Outcome<A> {
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
    Outcome { object: item.object, key: item.key, reason, memo, problem }
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
    /// The fields that were as declared before.
    settled: Vec<&'static str>,
    /// What is recorded until the result is known.
    pending: Memo<A::Key>,
}

async fn send<A: Account, R: Remote<A>>(
    remote: &R,
    batch: Vec<(usize, Item<A>)>,
    seen: &Snapshot<A>,
    journal: &mut impl Journal<A>,
) -> Vec<(usize, Outcome<A>)> {
    let mut sent = Vec::with_capacity(batch.len());
    let mut actions = Vec::with_capacity(batch.len());
    for (place, mut item) in batch {
        let settled: Vec<&'static str> = item.settled().collect();
        let verdict = std::mem::replace(&mut item.verdict, Verdict::Keep);
        let Verdict::Act { action, .. } = verdict else { continue };
        let pending = match &action {
            // An account that vanished is given up for the new one.
            Action::Create(account) => {
                Memo { claim: Some(Claim { evidence: account.evidence(seen) }), ..Memo::default() }
            }
            Action::Update { .. } | Action::Disable(_) | Action::Delete(_) => item.memo.clone(),
        };
        sent.push(Sent { place, item, effect: Effect::of(&action), settled, pending });
        actions.push(action);
    }
    let claims: Vec<_> =
        sent.iter().map(|sent| (&sent.item.object, sent.pending.clone())).collect();
    if let Err(error) = journal.begin(&claims) {
        let failed = |Sent { place, item, effect, .. }: Sent<A>| {
            let Item { object, key, memo, adopts, .. } = item;
            let (reason, problem) = (effect.reason(adopts), Problem::NotRecorded(error.clone()));
            (place, Outcome { object, key, reason, memo: Some(memo), problem: Some(problem) })
        };
        return sent.into_iter().map(failed).collect();
    }
    let applied = remote.apply(actions, seen).await;
    debug_assert_eq!(applied.len(), sent.len(), "the contract: one answer per action");
    sent.into_iter()
        .zip(applied)
        .map(|(sent, applied)| (sent.place, sent.outcome(applied)))
        .collect()
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
    fn outcome(self, applied: Applied<A>) -> Outcome<A> {
        let Self { place: _, mut item, effect, settled, pending } = self;
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
                let mut fresh = Item { memo: Memo::default(), ..item };
                let memo = fresh.recorded(key.clone(), Origin::Created, written);
                let problem = result.err().map(Problem::from);
                let (object, key) = (fresh.object, Some(key.clone()));
                return Outcome { object, key, reason, memo: Some(memo), problem };
            }
            (Effect::Create, Err(error), None) if error.proves_nothing_was_written() => {
                Some(Memo { claim: None, ..item.memo })
            }
            (Effect::Update, _, Some(key)) => {
                let origin = match (item.adopts, item.memo.origin) {
                    (true, _) => Origin::Adopted,
                    (false, origin) => origin.unwrap_or(Origin::Created),
                };
                Some(item.recorded(key.clone(), origin, settled.into_iter().chain(written)))
            }
            _ => Some(pending),
        };
        Outcome { object: item.object, key, reason, memo, problem: result.err().map(Problem::from) }
    }
}

impl<A: Account> fmt::Display for Outcome<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { object, key, reason, memo: _, problem } = self;
        write!(f, "{object}")?;
        if let Some(key) = key {
            write!(f, " ({key})")?;
        }
        match problem {
            None => write!(f, ": {reason}"),
            Some(problem) => write!(f, ": {reason}, {problem}"),
        }
    }
}
