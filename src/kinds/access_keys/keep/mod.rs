//! The access keys of one account, made to be as declared.
//!
//! Four phases. What the Secrets hold is read; nothing is done unless all of it could be. Keys that an earlier run was
//! about to make are resolved. Then each key takes its steps. At last the keys that no Secret holds any more are deleted,
//! once every Secret is known to hold what was read or written.

mod issue;
mod report;
mod resolve;
mod retire;
mod slots;

use std::collections::BTreeSet;

use jiff::Timestamp;

use self::report::Notes;
use self::slots::{Is, Slot};
use super::{AccessKey, AccessKeyStatus, KeptKeys, KeyIssuer, KeyVault, Step, step};
use crate::plan::Reason;
use crate::remote::{Cause, RemoteError, Retry};

/// What is wanted of the access keys of one account.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    pub declared: &'a [AccessKey],
    /// What the status says. It may be older than the Secrets.
    pub recorded: &'a [AccessKeyStatus],
    /// What a person last asked for new keys with, answered or not: each Secret remembers what its pair was made for.
    pub request: Option<&'a str>,
    /// A key is made, and then stays.
    pub create_only: bool,
    /// Ask the remote system whether the keys still exist: a person asked for a look, or the account was made anew.
    /// Otherwise it is asked nothing while nothing is to be done.
    pub verify: bool,
    pub now: Timestamp,
}

/// What came of it.
#[derive(Debug)]
pub struct KeysReport<E> {
    /// What the status is to say, also after a failure.
    pub status: Vec<AccessKeyStatus>,
    /// When there is something to do next.
    pub next: Option<Timestamp>,
    /// What a person has to be told, of all keys.
    pub problem: Option<(Reason, String)>,
    /// When to try again because of `problem`.
    pub retry: Option<Retry>,
    /// A Secret could not be read or written. Nothing was deleted after that; the whole is to be done again.
    pub failure: Option<E>,
    /// The ids of the keys that were made and stored.
    pub issued: Vec<String>,
    /// The ids of the keys that were deleted.
    pub revoked: Vec<String>,
}

/// One run, as far as it got.
struct Run<'a, I, V: KeyVault> {
    wish: Wish<'a>,
    issuer: &'a I,
    vault: &'a V,
    /// The declared keys, in their order.
    slots: Vec<Slot<'a>>,
    /// The Secrets that keys were written to and that no key is declared for any more.
    old: Vec<Slot<'a>>,
    /// What the account has, if it was asked for.
    listed: Option<BTreeSet<String>>,
    /// The remote system is asked for nothing more.
    halted: bool,
    notes: Notes<V::Error>,
}

/// Makes the access keys of one account as declared.
///
/// - At rest the remote system is asked for nothing. In a run that changes something it is asked for one list.
/// - A pair is in its Secret before anything else is done with it; if it cannot be stored, it is deleted again.
/// - After a crash at any point, the next run finds the one key that may have been made, also if the status was not
///   stored.
/// - A key is deleted only if it is recorded in the status or a Secret, or is the one that came since a write-ahead.
/// - One key that cannot be kept does not stop the others.
pub async fn keep_keys<I: KeyIssuer, V: KeyVault>(
    wish: Wish<'_>,
    issuer: &I,
    vault: &V,
) -> KeysReport<V::Error> {
    let (slots, old) = match slots::read(wish, vault).await {
        Ok(read) => read,
        Err(failure) => return KeysReport::failed(failure, wish),
    };
    let notes = Notes::default();
    let mut run = Run { wish, issuer, vault, slots, old, listed: None, halted: false, notes };
    run.say_conflicts();
    if wish.verify {
        run.forget_gone().await;
    }
    run.resolve().await;
    for slot in 0..run.slots.len() {
        run.keep(slot).await;
    }
    run.store().await;
    let retired = run.retire().await;
    run.report(retired)
}

impl<'a, I: KeyIssuer, V: KeyVault> Run<'a, I, V> {
    /// Takes the steps of one key.
    async fn keep(&mut self, at: usize) {
        loop {
            let slot = &self.slots[at];
            let Some(terms) = slot.terms(self.wish) else { return };
            let went_on = match step(&slot.kept, terms) {
                // What could not be resolved waits.
                Step::Resolve => false,
                Step::Issue => self.issue(at).await,
                Step::DropPrevious => self.drop_previous(at).await,
                Step::Rest(next) => {
                    self.notes.wake_at(next);
                    false
                }
            };
            if !went_on {
                return;
            }
        }
    }

    /// Stores what differs, and makes sure of the rest: a Secret that somebody changed since it was read is a failure,
    /// and then nothing is deleted.
    async fn store(&mut self) {
        for slot in &mut self.slots {
            let nothing_to_say = slot.is == Is::Free && slot.kept.is_same(&KeptKeys::default());
            if slot.blocked || slot.is == Is::Foreign || slot.is_stored || nothing_to_say {
                continue;
            }
            let ages = slot.key.is_some_and(|key| key.rotation.is_some());
            if slot.kept.current.is_some() && (ages || slot.kept.previous.is_some()) {
                slot.kept.generated_at.get_or_insert(self.wish.now);
            }
            match self.vault.write(&slot.secret, &slot.kept).await {
                Ok(()) => (slot.is, slot.is_stored) = (Is::Ours, true),
                Err(failure) => self.notes.fail(failure),
            }
        }
    }

    /// Deletes the previous pair. It leaves the Secret after that, so that it is not forgotten before.
    async fn drop_previous(&mut self, at: usize) -> bool {
        let slot = &self.slots[at];
        let (name, previous) = (slot.name.clone(), slot.kept.previous.as_ref());
        let Some(previous) = previous.map(|pair| pair.id.clone()) else { return false };
        if self.notes.has_failed() || !self.revoke(&name, &previous).await {
            return false;
        }
        let slot = &mut self.slots[at];
        slot.kept.previous = None;
        slot.is_stored = false;
        true
    }

    /// Deletes a key, for the access key `name`; whether it is gone.
    async fn revoke(&mut self, name: &str, id: &str) -> bool {
        if self.halted {
            return false;
        }
        match self.issuer.revoke(id).await {
            Ok(()) => {
                if let Some(listed) = &mut self.listed {
                    listed.remove(id);
                }
                self.notes.revoked.push(id.to_owned());
                true
            }
            Err(error) => {
                self.note_remote(name, &format!("the key `{id}` is not deleted"), &error);
                false
            }
        }
    }

    /// What the account has, asked for once.
    async fn list(&mut self, name: &str) -> Option<BTreeSet<String>> {
        if self.listed.is_none() && !self.halted {
            match self.issuer.list().await {
                Ok(listed) => self.listed = Some(listed.into_iter().collect()),
                Err(error) => self.note_remote(name, "nothing is done for it", &error),
            }
        }
        self.listed.clone()
    }

    /// Pairs that the remote system does not have any more are none.
    async fn forget_gone(&mut self) {
        let holds = |slot: &Slot<'_>| slot.kept.ids().next().is_some();
        let Some(first) = self.slots.iter().find(|slot| holds(slot)) else { return };
        let Some(listed) = self.list(&first.name.clone()).await else { return };
        for slot in &mut self.slots {
            for pair in [&mut slot.kept.current, &mut slot.kept.previous] {
                if pair.as_ref().is_some_and(|pair| !listed.contains(&pair.id)) {
                    *pair = None;
                    slot.is_stored = false;
                }
            }
        }
    }

    /// One of the Secrets: the declared keys come first, then the old ones.
    fn slot_mut(&mut self, at: usize) -> &mut Slot<'a> {
        let declared = self.slots.len();
        if at < declared { &mut self.slots[at] } else { &mut self.old[at - declared] }
    }

    /// Notes what the remote system said. Only a refusal of this very request leaves hope for the next one.
    fn note_remote(&mut self, name: &str, what: &str, error: &RemoteError) {
        self.halted |= !matches!(error.cause(), Cause::Rejected | Cause::Conflict);
        self.notes.remote(name, what, error);
    }
}
