//! The last list that was read, and how far it can be trusted.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::Instant;

use super::outcome::Outcome;
use crate::plan::{Account, Declared, Snapshot};

/// A list and what we did since.
pub(super) struct View<A: Account> {
    read: Instant,
    pub(super) seen: Snapshot<A>,
    /// The accounts that we wrote to since; the list is too old for them.
    touched: BTreeSet<A::Key>,
    /// A write whose account is not known may have changed anything.
    doubtful: bool,
}

impl<A: Account> View<A> {
    pub(super) fn new(seen: Snapshot<A>) -> Self {
        Self { read: Instant::now(), seen, touched: BTreeSet::new(), doubtful: false }
    }

    /// Whether the object can be decided from this list.
    pub(super) fn serves(&self, declared: &Declared<A>, max_age: Duration) -> bool {
        let memo = &declared.memo;
        let touched = memo.key.as_ref().is_some_and(|key| self.touched.contains(key));
        // What an unfinished create left behind came after any list that was read before.
        let unfinished = memo.key.is_none() && memo.claim.is_some();
        let covered = self.seen.covers(declared.desired.account());
        covered && !touched && !unfinished && !self.doubtful && self.read.elapsed() <= max_age
    }

    /// Something was sent, or was about to be.
    pub(super) fn touch(&mut self, outcome: &Outcome<A>) {
        let unfinished = outcome.memo.as_ref().is_some_and(|memo| memo.claim.is_some());
        match &outcome.key {
            Some(key) => drop(self.touched.insert(key.clone())),
            None => self.doubtful |= unfinished,
        }
    }

    /// The accounts that came, went or look different in `now`. One that we made since, and that is gone already, was in
    /// neither list.
    pub(super) fn changed(&self, now: &Snapshot<A>) -> Vec<A::Key> {
        let listed = |key: &A::Key| {
            self.seen.accounts().contains_key(key) || now.accounts().contains_key(key)
        };
        let vanished = self.touched.iter().filter(|key| !listed(key)).cloned();
        let mut before = self.seen.accounts().iter().peekable();
        let mut after = now.accounts().iter().peekable();
        let mut changed: Vec<A::Key> = vanished.collect();
        // Both are in the order of the keys.
        loop {
            match (before.peek(), after.peek()) {
                (None, None) => return changed,
                (Some((key, old)), Some((other, new))) if key == other => {
                    if !A::is_unchanged(old, new) {
                        changed.push((*key).clone());
                    }
                    before.next();
                    after.next();
                }
                (Some((key, _)), Some((other, _))) if key < other => {
                    changed.push((*key).clone());
                    before.next();
                }
                (Some((key, _)), None) => {
                    changed.push((*key).clone());
                    before.next();
                }
                (_, Some((key, _))) => {
                    changed.push((*key).clone());
                    after.next();
                }
            }
        }
    }
}
