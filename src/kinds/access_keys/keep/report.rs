//! What a run has to say.

use std::error::Error;

use jiff::Timestamp;

use super::retire::Retired;
use super::slots::{Is, Slot};
use super::{KeysReport, Run, Wish};
use crate::kinds::access_keys::{AccessKeyStatus, KeyIssuer, KeyPair, KeyVault};
use crate::plan::Reason;
use crate::remote::{Cause, RemoteError, Retry};

/// What a run noted on its way.
pub(super) struct Notes<E> {
    pub issued: Vec<String>,
    pub revoked: Vec<String>,
    next: Option<Timestamp>,
    problem: Option<(Reason, String)>,
    retry: Option<Retry>,
    failure: Option<E>,
}

impl<E> Default for Notes<E> {
    fn default() -> Self {
        let (issued, revoked) = (Vec::new(), Vec::new());
        Self { issued, revoked, next: None, problem: None, retry: None, failure: None }
    }
}

impl<E> Notes<E> {
    /// There is something to do then.
    pub fn wake_at(&mut self, time: Option<Timestamp>) {
        self.next = self.next.into_iter().chain(time).min();
    }

    /// A Secret could not be read or written. The first failure is the one that is told.
    pub fn fail(&mut self, failure: E) {
        self.failure.get_or_insert(failure);
    }

    pub fn has_failed(&self) -> bool {
        self.failure.is_some()
    }

    /// Something is the matter with a key. The first reason stands for all.
    pub fn problem(&mut self, name: &str, reason: Reason, what: &str, retry: Retry) {
        let text = format!("access key `{name}`: {what}");
        match &mut self.problem {
            Some((_, texts)) => *texts = format!("{texts}; {text}"),
            none => *none = Some((reason, text)),
        }
        let sooner = |known: &Retry| urgency(*known) <= urgency(retry);
        self.retry = Some(self.retry.filter(sooner).unwrap_or(retry));
    }

    /// The remote system refused, or did not answer.
    pub fn remote(&mut self, name: &str, what: &str, error: &RemoteError) {
        let mut text = format!("{what}: {error}");
        let mut below = error.source();
        while let Some(cause) = below {
            text = format!("{text}: {cause}");
            below = cause.source();
        }
        let retry = match error.cause() {
            // No value of ours was refused: there are too many keys, and nothing tells us when there are fewer.
            Cause::Rejected | Cause::Conflict => Retry::Slowly,
            _ => error.retry(),
        };
        self.problem(name, error.reason(), &text, retry);
    }
}

/// How soon a repetition is of use; less is sooner.
fn urgency(retry: Retry) -> (u8, std::time::Duration) {
    let rank = match retry {
        Retry::Backoff | Retry::AfterLooking => 0,
        Retry::After(_) => 1,
        Retry::Slowly => 2,
        Retry::WhenCredentialsChange => 3,
        Retry::WhenChanged => 4,
    };
    let pause = if let Retry::After(pause) = retry { pause } else { std::time::Duration::ZERO };
    (rank, pause)
}

impl<E> KeysReport<E> {
    /// Nothing could be read, so nothing was done and all stays as it was.
    pub(super) fn failed(failure: E, wish: Wish<'_>) -> Self {
        Self {
            status: wish.recorded.to_vec(),
            next: None,
            problem: None,
            retry: None,
            failure: Some(failure),
            issued: Vec::new(),
            revoked: Vec::new(),
        }
    }
}

impl<I: KeyIssuer, V: KeyVault> Run<'_, I, V> {
    pub(super) fn report(self, mut retired: Retired) -> KeysReport<V::Error> {
        let mut status: Vec<AccessKeyStatus> =
            self.slots.iter().filter_map(|slot| said(slot, &mut retired)).collect();
        // What is left of keys that are not declared any more.
        let names = self.wish.recorded.iter().map(|recorded| &recorded.name);
        let gone = names.filter(|name| self.slots.iter().all(|slot| slot.name != **name));
        for name in gone {
            let (ids, secret) = (retired.ids.remove(name), retired.secrets.remove(name));
            if ids.is_some() || secret.is_some() {
                status.push(AccessKeyStatus {
                    name: name.clone(),
                    access_key_id: None,
                    previous_access_key_id: None,
                    output_secret: secret,
                    retired_access_key_ids: ids.into_iter().flatten().collect(),
                });
            }
        }
        let Notes { issued, revoked, next, problem, retry, failure } = self.notes;
        KeysReport { status, next, problem, retry, failure, issued, revoked }
    }
}

/// What the status says of a declared key; `None` if there is nothing to say.
fn said(slot: &Slot<'_>, retired: &mut Retired) -> Option<AccessKeyStatus> {
    let ids = retired.ids.remove(&*slot.name);
    // What is not removed yet must not be forgotten.
    let old = retired.secrets.remove(&*slot.name);
    if slot.blocked || slot.is == Is::Foreign {
        return slot.recorded.cloned();
    }
    let id = |pair: &Option<KeyPair>| pair.as_ref().map(|pair| pair.id.clone());
    let own = (slot.is == Is::Ours).then(|| slot.secret.name.clone());
    let status = AccessKeyStatus {
        name: slot.name.to_string(),
        access_key_id: id(&slot.kept.current),
        previous_access_key_id: id(&slot.kept.previous),
        output_secret: old.or(own),
        retired_access_key_ids: ids.into_iter().flatten().collect(),
    };
    let says_nothing = status.ids().next().is_none() && status.output_secret.is_none();
    (!says_nothing).then_some(status)
}
