//! Who claims what: an object as its index entry, and the claims of one account space as a plan asks for them.

use std::sync::{Arc, PoisonError, RwLock};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::ResourceExt;

use super::account::FINALIZER;
use super::conditions::{find, is_true, kind as condition};
use super::index::{Entry, Index, Said, Spaces};
use super::metrics::AccountState;
use super::names::Name;
use super::stored::has_finalizer;
use crate::kinds::AccountResource;
use crate::plan::{Account, Claimant, ObjectName, Others, Reason};

/// The session that an object names.
pub(super) fn session_of<K: AccountResource>(object: &K) -> Name {
    let reference = &object.account_spec().session_ref;
    let own = object.namespace().unwrap_or_default();
    Name::new(reference.namespace.as_deref().unwrap_or(&own), &reference.name)
}

/// The name of an object in plans and messages.
pub(super) fn object_name<K: AccountResource>(object: &K) -> ObjectName {
    let Name { namespace, name } = Name::of(object);
    ObjectName { kind: K::Account::KIND, namespace, name }
}

/// Whoever was created first has the better claim; the uid decides between equals.
pub(super) fn seniority<K: AccountResource>(object: &K) -> Option<(String, String)> {
    let created = object.creation_timestamp()?.0;
    Some((created.to_string(), object.uid()?))
}

/// What the index knows of an object.
pub(super) fn entry<K: AccountResource>(object: &K) -> Entry {
    let conditions = object.account_status().map_or(&[][..], |status| &status.conditions);
    let recorded = object.recorded_key().map(|key| key.to_string());
    let password = object.password().and_then(|password| password.secret_key_ref.as_ref());
    let blocked = find(conditions, condition::DELETION_BLOCKED);
    Entry {
        session: session_of(object),
        claimant: Claimant {
            object: object_name(object),
            seniority: seniority(object),
            recorded: recorded.is_some(),
        },
        recorded,
        declared: object.declared_key().map(|key| key.to_string()),
        claim: object.claim(),
        owes: has_finalizer(object, FINALIZER),
        said: Said {
            ready: is_true(conditions, condition::READY),
            drifted: is_true(conditions, condition::DRIFTED),
            blocked: blocked
                .is_some_and(|condition| condition.reason == Reason::DeletionGuard.as_str()),
        },
        state: state(object, conditions),
        secrets: password
            .map(|reference| reference.name.clone())
            .into_iter()
            .chain(object.output_secret().map(|output| output.name.clone()))
            .chain(object.access_keys().iter().map(|key| key.output_secret.name.clone()))
            .collect(),
    }
}

/// The first state that fits the object.
fn state<K: AccountResource>(object: &K, conditions: &[Condition]) -> AccountState {
    let is = |kind| is_true(conditions, kind);
    if object.meta().deletion_timestamp.is_some() {
        AccountState::Deleting
    } else if object.account_spec().suspend.unwrap_or(false) {
        AccountState::Suspended
    } else if is(condition::STALLED) {
        AccountState::Stalled
    } else if is(condition::DRIFTED) {
        AccountState::Drifted
    } else if is(condition::READY) {
        AccountState::Ready
    } else {
        AccountState::Reconciling
    }
}

/// What the objects of one account space hold and claim.
pub(super) struct SpaceView {
    index: Arc<RwLock<Index>>,
    spaces: Arc<RwLock<Spaces>>,
    space: String,
}

impl SpaceView {
    pub fn new(index: &Arc<RwLock<Index>>, spaces: &Arc<RwLock<Spaces>>, space: &str) -> Self {
        let (index, spaces) = (Arc::clone(index), Arc::clone(spaces));
        Self { index, spaces, space: space.to_owned() }
    }

    fn ask<T>(&self, question: impl FnOnce(&Index, Vec<&Name>) -> T) -> T {
        let spaces = self.spaces.read().unwrap_or_else(PoisonError::into_inner);
        let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
        question(&index, spaces.sessions(&self.space).collect())
    }
}

impl<Key: std::fmt::Display> Others<Key> for SpaceView {
    fn is_held(&self, key: &Key) -> bool {
        let key = key.to_string();
        self.ask(|index, sessions| {
            index.of_account(sessions, &key).any(|(_, entry)| entry.recorded.as_ref() == Some(&key))
        })
    }

    fn claimant(&self, key: &Key) -> Option<Claimant> {
        self.ask(|index, sessions| index.claimant(sessions, &key.to_string()))
    }

    fn claimant_of_name(&self, name: &str) -> Option<Claimant> {
        self.ask(|index, sessions| index.claimant_of_name(sessions, name))
    }
}
