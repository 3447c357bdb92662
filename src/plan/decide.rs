//! The decision: one verdict per declared object.

use std::collections::{BTreeMap, BTreeSet};

use super::holders::Holders;
use super::{
    Account, Action, Adoption, Change, Declared, Deletion, Desired, Drift, Held, Hold, Item,
    Located, Management, Marker, Memo, Origin, Others, Plan, Policy, Refusal, Rules, Seen,
    Snapshot, Verb, Verdict,
};

/// Decides what has to be done so that the accounts become as declared.
///
/// Guarantees: no account is created unless the snapshot proves it absent; nothing is ever removed because a list did
/// not show it; an account that no object of ours created or adopted is not written; two objects never write one
/// account, those of `others` included; more `rules` never add an action.
pub fn plan<A: Account>(
    declared: Vec<Declared<A>>,
    seen: &Snapshot<A>,
    rules: &Rules,
    others: &dyn Others<A::Key>,
) -> Plan<A> {
    let held = held_beside_claims(&declared);
    let is_held = |key: &A::Key| held.contains(key) || others.is_held(key);
    let located: Vec<Result<Located<A::Key>, Refusal>> = declared
        .iter()
        .map(|object| object.desired.account().locate(&object.memo, seen, &is_held))
        .collect();
    let mut holders = Holders::of(&declared, &located, others);
    let mut removals_left = rules.removals_left;
    let items = declared
        .into_iter()
        .zip(located)
        .map(|(declared, located)| {
            let Declared { object, desired, policy, memo, markers, seniority: _ } = declared;
            let conflict = holders.conflict(&object);
            let mut decision = Decision { policy, memo: &memo, markers: &markers, rules, seen };
            let outcome = match (conflict, located, desired) {
                (Some(refusal), ..) | (None, Err(refusal), _) => Outcome::refuse(None, refusal),
                (None, Ok(Located::Unknown), _) => Outcome::refuse(None, decision.unread()),
                (None, Ok(Located::Found(key)), Desired::Present(account)) => {
                    let ours = decision.is_ours(&key);
                    decision.found(account, key, ours)
                }
                (None, Ok(Located::Other(key)), Desired::Present(account)) => {
                    decision.other(account, key)
                }
                (None, Ok(Located::Absent), Desired::Present(account)) => decision.absent(account),
                (None, Ok(Located::Found(key)), Desired::Absent(account)) => {
                    let held_elsewhere = holders.is_inherited(&key, &object);
                    decision.removed(&account, key, held_elsewhere, &mut removals_left)
                }
                // What was ours is gone, whoever has its name now.
                (None, Ok(Located::Absent | Located::Other(_)), Desired::Absent(_)) => {
                    Outcome { verdict: Verdict::Release, ..Outcome::keep(None) }
                }
            };
            let Outcome { key, verdict, adopts, held } = outcome;
            Item { object, key, verdict, adopts, held, memo, markers }
        })
        .collect();
    Plan { items }
}

/// The objects whose account has to be asked for by itself, because the list proves nothing of it.
pub fn unproven<'d, A: Account>(
    declared: &'d [Declared<A>],
    seen: &Snapshot<A>,
    others: &dyn Others<A::Key>,
) -> Vec<&'d Declared<A>> {
    if seen.is_complete() {
        return Vec::new();
    }
    let held = held_beside_claims(declared);
    let is_held = |key: &A::Key| held.contains(key) || others.is_held(key);
    let unknown = |object: &&Declared<A>| {
        let located = object.desired.account().locate(&object.memo, seen, &is_held);
        matches!(located, Ok(Located::Unknown))
    };
    declared.iter().filter(unknown).collect()
}

/// The accounts that objects are recorded to hold, if some create is unfinished.
fn held_beside_claims<A: Account>(declared: &[Declared<A>]) -> BTreeSet<A::Key> {
    if declared.iter().all(|object| object.memo.claim.is_none()) {
        return BTreeSet::new();
    }
    declared.iter().filter_map(|object| object.memo.key.clone()).collect()
}

/// The part of an [`Item`] that is decided.
struct Outcome<A: Account> {
    key: Option<A::Key>,
    verdict: Verdict<A>,
    adopts: bool,
    held: Option<Held<A>>,
}

impl<A: Account> Outcome<A> {
    fn keep(key: Option<A::Key>) -> Self {
        Self { key, verdict: Verdict::Keep, adopts: false, held: None }
    }

    fn refuse(key: Option<A::Key>, refusal: Refusal) -> Self {
        Self { verdict: Verdict::Refuse(refusal), ..Self::keep(key) }
    }

    fn hold(key: Option<A::Key>, hold: Hold, changes: Vec<A::Change>) -> Self {
        if changes.is_empty() {
            return Self::keep(key);
        }
        Self { held: Some(Held { hold, changes }), ..Self::keep(key) }
    }
}

/// All that the verdict on one object depends on.
struct Decision<'a, A: Account> {
    policy: Policy,
    memo: &'a Memo<A::Key>,
    markers: &'a BTreeMap<&'static str, Marker>,
    rules: &'a Rules,
    seen: &'a Snapshot<A>,
}

impl<A: Account> Decision<'_, A> {
    fn unread(&self) -> Refusal {
        let account =
            self.memo.key.as_ref().map_or_else(|| A::KIND.to_owned(), |key| self.title(key));
        let question = format!("`{account}` was not read, so it is not known how it is");
        Refusal::Ambiguous { question }
    }

    /// What a person calls the account.
    fn title(&self, key: &A::Key) -> String {
        let observed = match self.seen.look(key) {
            Seen::Found(observed) => Some(observed),
            Seen::Absent | Seen::Unknown => None,
        };
        A::title(key, observed)
    }

    /// Another account has the name. It is no account of ours, but may become one if none was before.
    fn other(&mut self, account: A, key: A::Key) -> Outcome<A> {
        if self.memo.key.is_some() {
            let refusal = Refusal::Replaced { account: self.title(&key) };
            return Outcome::refuse(None, refusal);
        }
        self.found(account, key, false)
    }

    fn found(&mut self, account: A, key: A::Key, ours: bool) -> Outcome<A> {
        let Seen::Found(observed) = self.seen.look(&key) else {
            return Outcome::refuse(Some(key), self.unread());
        };
        let changes = account.changes(observed, self.memo);
        if let Some(hold) = self.hold_all() {
            return Outcome::hold(Some(key), hold, changes);
        }
        if !ours && self.policy.adoption == Adoption::Never {
            let refusal = Refusal::AlreadyExists { account: A::title(&key, Some(observed)) };
            let held = Outcome::<A>::hold(None, Hold::NotAdopted, changes).held;
            return Outcome { held, ..Outcome::refuse(Some(key), refusal) };
        }
        if self.policy.management == Management::CreateOnly {
            return Outcome {
                adopts: !ours,
                ..Outcome::hold(Some(key), Hold::CreateOnly, changes)
            };
        }
        let warns = self.policy.drift == Drift::Warn;
        let (drift, wanted): (Vec<_>, Vec<_>) =
            changes.into_iter().partition(|change| ours && self.is_drift(change.field()));
        let only_drift = wanted.is_empty();
        let (held, changes) = if warns {
            (drift, wanted)
        } else {
            (Vec::new(), drift.into_iter().chain(wanted).collect())
        };
        let kept = Outcome { adopts: !ours, ..Outcome::hold(Some(key.clone()), Hold::Drift, held) };
        if changes.is_empty() {
            return kept;
        }
        let action = Action::Update { account, key, changes };
        Outcome { verdict: Verdict::Act { action, drift: only_drift }, ..kept }
    }

    fn absent(&mut self, account: A) -> Outcome<A> {
        let creation = match account.creation() {
            Ok(creation) => creation,
            Err(refusal) => return Outcome::refuse(None, refusal),
        };
        let vanished = self.memo.key.is_some();
        if let Some(hold) = self.hold_all() {
            return Outcome::hold(None, hold, creation);
        }
        if self.policy.adoption == Adoption::Require {
            let account = account.claim().unwrap_or_else(|| A::KIND.to_owned());
            let remedy = "adoptionPolicy: Require never creates one";
            return Outcome::refuse(None, Refusal::AccountMissing { account, remedy });
        }
        if vanished && self.policy.drift == Drift::Warn {
            return Outcome::hold(None, Hold::Drift, creation);
        }
        let action = Action::Create(account);
        Outcome { verdict: Verdict::Act { action, drift: vanished }, ..Outcome::keep(None) }
    }

    fn removed(
        &mut self,
        account: &A,
        key: A::Key,
        held_elsewhere: bool,
        removals_left: &mut Option<u32>,
    ) -> Outcome<A> {
        let release = Outcome { verdict: Verdict::Release, ..Outcome::keep(Some(key.clone())) };
        if held_elsewhere || self.policy.management == Management::Observe {
            return release;
        }
        let ours = self.is_ours(&key);
        let by_origin = match self.memo.origin {
            Some(Origin::Created) if ours => Deletion::Disable,
            // Found as the result of a create of ours.
            None if ours && self.memo.claim.is_some() => Deletion::Disable,
            Some(Origin::Created | Origin::Adopted) | None => Deletion::Retain,
        };
        let action = match self.policy.deletion.unwrap_or(by_origin) {
            Deletion::Retain => return release,
            Deletion::Disable => Action::Disable(key.clone()),
            Deletion::Delete => Action::Delete(key.clone()),
        };
        if !ours && self.policy.adoption == Adoption::Never {
            let refusal = Refusal::NotOurs { account: self.title(&key) };
            return Outcome::refuse(Some(key), refusal);
        }
        let disabled = match self.seen.look(&key) {
            Seen::Found(observed) => A::is_disabled(observed),
            Seen::Absent | Seen::Unknown => false,
        };
        if disabled && action.verb() == Verb::Disable {
            return release;
        }
        if let Err(refusal) = account.removal(action.verb(), &key, self.memo) {
            return Outcome::refuse(Some(key), refusal);
        }
        if self.rules.read_only {
            return Outcome {
                held: Some(Held { hold: Hold::ReadOnly, changes: Vec::new() }),
                ..Outcome::keep(Some(key))
            };
        }
        match removals_left {
            Some(0) => return Outcome::refuse(Some(key), Refusal::DeletionGuard),
            Some(left) => *left -= 1,
            None => {}
        }
        Outcome { verdict: Verdict::Act { action, drift: false }, ..Outcome::keep(Some(key)) }
    }

    fn hold_all(&self) -> Option<Hold> {
        if self.policy.management == Management::Observe {
            Some(Hold::Observe)
        } else if self.rules.read_only {
            Some(Hold::ReadOnly)
        } else {
            None
        }
    }

    /// Recorded as ours, or the result of a create of ours whose end was not recorded.
    fn is_ours(&self, key: &A::Key) -> bool {
        self.memo.key.as_ref() == Some(key)
            || (self.memo.key.is_none() && self.memo.claim.is_some())
    }

    /// The declared value is the one last applied, so somebody else changed the remote one.
    fn is_drift(&self, field: &str) -> bool {
        let applied = self.memo.applied.get(field);
        applied.is_some() && applied == self.markers.get(field)
    }
}
