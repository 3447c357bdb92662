//! The access keys of an account that is as declared: made, rotated and deleted, each kept in a Secret of its own.

use std::sync::Arc;

use jiff::Timestamp;
use kube::ResourceExt;
use kube::runtime::controller::Action;

use super::Turn;
use super::prepare::After;
use crate::controller::error::Error;
use crate::controller::key_vault::SecretVault;
use crate::controller::sessions::OpenSession;
use crate::controller::trigger::annotation;
use crate::kinds::AccountResource;
use crate::kinds::access_keys::{KeysReport, Wish, keep_keys};
use crate::plan::{Account, Management, Reason};
use crate::sync::Outcome;

impl<K: AccountResource> Turn<'_, K> {
    /// Makes the access keys as declared; `None` if there is nothing to do with any, or nothing may be done.
    pub(super) async fn keep_access_keys(
        &self,
        open: &OpenSession,
        after: &After,
        outcome: &Outcome<K::Account>,
    ) -> Option<KeysReport<Error>> {
        let (declared, recorded) = (self.object.access_keys(), self.object.recorded_access_keys());
        if declared.is_empty() && recorded.is_empty() {
            return None;
        }
        let management = after.policy.management;
        let is_ours = outcome.memo.as_ref().is_some_and(|memo| memo.key.is_some());
        if management == Management::Observe || open.settings.borrow().read_only || !is_ours {
            return None;
        }
        let (Some(key), None) = (&outcome.key, &outcome.problem) else { return None };
        let client = K::client(&open.system)?;
        let issuer = K::issuer(&client, key)?;
        let vault = SecretVault::new(&self.kind.shared, after.owner.as_ref()?);
        // Keys of an account that was there before are not those of this one.
        let is_another = self.object.recorded_key().is_some_and(|recorded| recorded != *key);
        let looked_for = self
            .request(annotation::RECONCILE, |status| status.last_handled_reconcile_at.as_deref());
        let wish = Wish {
            declared,
            recorded,
            request: self.object.annotations().get(annotation::ROTATE).map(String::as_str),
            create_only: management == Management::CreateOnly,
            verify: is_another || looked_for.is_some(),
            now: Timestamp::now(),
        };
        Some(keep_keys(wish, &issuer, &vault).await)
    }

    /// Whether the time has come to rotate or to delete an access key.
    pub(super) fn are_keys_due(&self) -> bool {
        let next = self.kind.remember(&self.object, |memory| memory.keys_next);
        next.is_some_and(|next| next <= Timestamp::now())
    }

    /// Waits for what is due next of password and access keys, if anything ever is.
    pub(super) fn until_due(&self, after: &After) -> Action {
        let keys = self.kind.remember(&self.object, |memory| memory.keys_next);
        match after.next_rotation.into_iter().chain(keys).min() {
            Some(next) => {
                let wait = next.duration_since(Timestamp::now());
                Action::requeue(wait.try_into().unwrap_or_default())
            }
            None => Action::await_change(),
        }
    }

    /// An event of the keys that were made and deleted.
    pub(super) async fn tell_keys(&self, report: Option<&KeysReport<Error>>, written: &Arc<K>) {
        let Some(note) = report.and_then(note) else { return };
        let events = &self.kind.shared.events;
        events.normal(K::Account::KIND, &**written, Reason::Updated, &note).await;
    }
}

/// What was done.
fn note<E>(report: &KeysReport<E>) -> Option<String> {
    let KeysReport { issued, revoked, .. } = report;
    let done = [("made", issued), ("deleted", revoked)]
        .into_iter()
        .filter(|(_, ids)| !ids.is_empty())
        .map(|(what, ids)| format!("{what}: {}", ids.join(", ")))
        .collect::<Vec<_>>();
    (!done.is_empty()).then(|| format!("access keys {}", done.join("; ")))
}
