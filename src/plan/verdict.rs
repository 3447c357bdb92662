//! What a plan consists of: one verdict per object.

use std::collections::BTreeMap;

use super::{Account, Change, Hold, Marker, Memo, ObjectName, Origin, Refusal, Verb};

/// One write, decided.
#[derive(Debug)]
pub enum Action<A: Account> {
    Create(A),
    Update { account: A, key: A::Key, changes: Vec<A::Change> },
    Disable(A::Key),
    Delete(A::Key),
}

impl<A: Account> Action<A> {
    /// What this write does, for permissions.
    pub fn verb(&self) -> Verb {
        match self {
            Self::Create(_) => Verb::Create,
            Self::Update { .. } => Verb::Update,
            Self::Disable(_) => Verb::Disable,
            Self::Delete(_) => Verb::Delete,
        }
    }
}

/// What the plan says of one object.
#[derive(Debug)]
pub enum Verdict<A: Account> {
    /// Nothing is written.
    Keep,
    /// `drift`: the change only takes back an edit that was made at the remote system.
    Act {
        action: Action<A>,
        drift: bool,
    },
    /// The object goes and its account stays as it is.
    Release,
    Refuse(Refusal),
}

/// Differences that a policy leaves as they are.
#[derive(Debug)]
pub struct Held<A: Account> {
    pub hold: Hold,
    pub changes: Vec<A::Change>,
}

/// One object's part of the plan.
#[derive(Debug)]
pub struct Item<A: Account> {
    pub object: ObjectName,
    /// The account, when there is one.
    pub key: Option<A::Key>,
    pub verdict: Verdict<A>,
    /// The account was not ours and is from now on.
    pub adopts: bool,
    pub held: Option<Held<A>>,
    /// What earlier runs recorded.
    pub memo: Memo<A::Key>,
    pub markers: BTreeMap<&'static str, Marker>,
}

impl<A: Account> Item<A> {
    /// What is to be recorded once `settled` fields of the account `key` are as declared. It is moved out of the item.
    #[must_use]
    pub fn recorded(
        &mut self,
        key: A::Key,
        origin: Origin,
        settled: impl IntoIterator<Item = &'static str>,
    ) -> Memo<A::Key> {
        let mut applied = std::mem::take(&mut self.memo.applied);
        for field in settled {
            let Some(marker) = self.markers.remove(field) else { continue };
            match applied.get_mut(field) {
                Some(before) => *before = marker,
                None => drop(applied.insert(field.to_owned(), marker)),
            }
        }
        Memo { key: Some(key), origin: Some(origin), claim: None, applied }
    }

    /// The managed fields that are as declared already.
    pub fn settled(&self) -> impl Iterator<Item = &'static str> {
        let changing: &[A::Change] = match &self.verdict {
            Verdict::Act { action: Action::Update { changes, .. }, .. } => changes,
            _ => &[],
        };
        let held = self.held.as_ref().map_or(&[][..], |held| &held.changes);
        let differs =
            move |field: &&str| changing.iter().chain(held).any(|change| change.field() == *field);
        self.markers.keys().copied().filter(move |field| !differs(field))
    }
}

/// The whole difference between what is declared and what was seen: one item per object, in the order declared.
#[derive(Debug)]
pub struct Plan<A: Account> {
    pub items: Vec<Item<A>>,
}

impl<A: Account> Plan<A> {
    /// Whether executing the plan would change anything: at the system, or in what is recorded as ours.
    #[must_use]
    pub fn has_changes(&self) -> bool {
        self.writes() || self.items.iter().any(|item| item.adopts)
    }

    /// Refuses the actions that need a permission which the session's user lacks.
    #[must_use]
    pub fn without(mut self, forbidden: &BTreeMap<Verb, String>) -> Self {
        for item in &mut self.items {
            let Verdict::Act { action, .. } = &item.verdict else { continue };
            let Some(permission) = forbidden.get(&action.verb()) else { continue };
            let refusal = Refusal::Forbidden { permission: permission.clone() };
            item.adopts = false;
            item.verdict = Verdict::Refuse(refusal);
        }
        self
    }

    /// Whether executing the plan would send a write to the system.
    #[must_use]
    pub fn writes(&self) -> bool {
        self.items.iter().any(|item| matches!(item.verdict, Verdict::Act { .. }))
    }

    /// The refused items and why.
    pub fn refusals(&self) -> impl Iterator<Item = (&Item<A>, &Refusal)> {
        self.items.iter().filter_map(|item| match &item.verdict {
            Verdict::Refuse(refusal) => Some((item, refusal)),
            _ => None,
        })
    }
}
