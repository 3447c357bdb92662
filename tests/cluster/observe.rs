//! What a test does to objects, and what it sees of them and of the remote system.

use std::fmt::Debug;

use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::events::v1::Event;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams};
use kube::{Api, ResourceExt};
use roster::kinds::api_session::{ApiSession, ApiSessionStatus};
use roster::kinds::update_user::UpdateUser;
use roster::sim::{AccountState, JournalEntry, JournalFilter, LedgerAccount};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::bench::{Bench, SOON};
use crate::controlplane::wait_for;

/// Where update users are in the remote system.
pub const ACCOUNTS: &str = "/REST/UpdateUser/";
/// Where logins are.
pub const LOGINS: &str = "/REST/Session/";

/// Merges the patch into the object.
pub async fn patch<K>(api: &Api<K>, name: &str, patch: Value) -> K
where
    K: Clone + DeserializeOwned + Debug,
{
    api.patch(name, &PatchParams::default(), &Patch::Merge(patch)).await.unwrap()
}

/// The condition of this type, if the object has it.
pub fn condition<'a>(conditions: &'a [Condition], kind: &str) -> Option<&'a Condition> {
    conditions.iter().find(|condition| condition.type_ == kind)
}

/// The condition of this type of an account's object.
pub fn condition_of<'a>(user: &'a UpdateUser, kind: &str) -> Option<&'a Condition> {
    condition(&user.status.as_ref()?.account.conditions, kind)
}

/// The differences that a policy holds back.
pub fn pending(user: &UpdateUser) -> &[String] {
    user.status.as_ref().map_or(&[], |status| &status.account.pending_changes)
}

impl Bench {
    pub async fn edit_user(&self, name: &str, edit: Value) -> UpdateUser {
        patch(&self.users(), name, edit).await
    }

    pub async fn edit_session(&self, name: &str, edit: Value) -> ApiSession {
        patch(&self.sessions(), name, edit).await
    }

    /// Sets keys of a Secret.
    pub async fn edit_secret(&self, name: &str, values: Value) {
        patch(&self.secrets(), name, json!({ "stringData": values })).await;
    }

    pub async fn annotate(&self, user: &str, annotation: &str, value: &str) {
        let annotations = json!({ annotation: value });
        self.edit_user(user, json!({ "metadata": { "annotations": annotations } })).await;
    }

    pub async fn remove(&self, names: &[&str]) {
        for name in names {
            self.users().delete(name, &DeleteParams::default()).await.unwrap();
        }
    }

    pub async fn user(&self, name: &str) -> UpdateUser {
        self.users().get(name).await.unwrap()
    }

    /// The value of a key of a Secret.
    pub async fn secret_value(&self, name: &str, key: &str) -> String {
        let secret = self.secrets().get(name).await.unwrap();
        let value = secret.data.unwrap_or_default().remove(key);
        String::from_utf8(value.unwrap_or_else(|| panic!("{name} has no {key}")).0).unwrap()
    }

    pub fn config_maps(&self) -> Api<ConfigMap> {
        Api::namespaced(self.admin.clone(), &self.namespace.name)
    }

    /// Waits until the object is as asked for.
    pub async fn user_until(
        &self,
        name: &str,
        what: &str,
        holds: impl Fn(&UpdateUser) -> bool,
    ) -> UpdateUser {
        wait_for(SOON, &format!("{name}: {what}"), async || {
            let user = self.users().get(name).await.map_err(|error| error.to_string())?;
            if holds(&user) { Ok(user) } else { Err(format!("{:#?}", user.status)) }
        })
        .await
    }

    /// Waits until the session's status is as asked for.
    pub async fn session_until(
        &self,
        name: &str,
        what: &str,
        holds: impl Fn(&ApiSessionStatus) -> bool,
    ) -> ApiSessionStatus {
        wait_for(SOON, &format!("ApiSession {name}: {what}"), async || {
            let session = self.sessions().get(name).await.map_err(|error| error.to_string())?;
            let status = session.status.unwrap_or_default();
            let is_of_now = status.observed_generation == session.metadata.generation;
            if is_of_now && holds(&status) { Ok(status) } else { Err(format!("{status:#?}")) }
        })
        .await
    }

    /// Waits until the session's condition has this status and reason for the newest generation.
    pub async fn session_condition(
        &self,
        name: &str,
        kind: &str,
        status: &str,
        reason: &str,
    ) -> ApiSessionStatus {
        self.session_until(name, &format!("{kind}={status} ({reason})"), |seen| {
            condition(&seen.conditions, kind)
                .is_some_and(|seen| seen.status == status && seen.reason == reason)
        })
        .await
    }

    /// Has the account looked at, and waits until that is done: whatever was to happen before it has happened.
    pub async fn look_at(&self, user: &str, request: &str) {
        self.annotate(user, "roster.rs/reconcile-requested-at", request).await;
        self.user_until(user, "the request is handled", |user| {
            let status = user.status.as_ref().map(|status| &status.account);
            status.and_then(|status| status.last_handled_reconcile_at.as_deref()) == Some(request)
        })
        .await;
    }

    /// The notes of the events about an object with this reason.
    pub async fn events(&self, name: &str, reason: &str) -> Vec<String> {
        let events: Api<Event> = Api::namespaced(self.admin.clone(), &self.namespace.name);
        let events = events.list(&ListParams::default()).await.unwrap();
        let about = |event: &Event| {
            let object = event.regarding.as_ref().and_then(|object| object.name.as_deref());
            object == Some(name) && event.reason.as_deref() == Some(reason)
        };
        events.into_iter().filter(about).filter_map(|event| event.note).collect()
    }

    /// Waits for an event about the object.
    pub async fn event(&self, name: &str, reason: &str) -> String {
        wait_for(SOON, &format!("{name} has an event {reason}"), async || {
            self.events(name, reason).await.into_iter().next()
        })
        .await
    }

    pub async fn is_session_gone(&self, name: &str) -> bool {
        self.sessions().get_opt(name).await.unwrap().is_none()
    }

    /// The requests that the remote system got.
    pub fn requests(&self, method: &str, path: &str) -> Vec<JournalEntry> {
        let (method, path) = (Some(method.to_owned()), Some(path.to_owned()));
        let filter = JournalFilter { method, path, ..JournalFilter::default() };
        self.simulator.journal_of(&filter)
    }

    pub fn count(&self, method: &str, path: &str) -> usize {
        self.requests(method, path).len()
    }

    /// How often a password was sent for an account that existed.
    pub fn password_writes(&self) -> usize {
        let puts = self.requests("PUT", ACCOUNTS);
        puts.iter().filter(|put| put.body.get("password").is_some()).count()
    }

    /// Everything that was to change accounts.
    pub fn account_writes(&self) -> Vec<String> {
        let writes = ["POST", "PUT", "DELETE"].map(|method| self.requests(method, ACCOUNTS));
        writes.iter().flatten().map(|entry| format!("{} {}", entry.method, entry.path)).collect()
    }

    /// The newest account with this login name.
    pub fn account(&self, user_name: &str) -> Option<LedgerAccount> {
        let ledger = self.simulator.ledger();
        ledger.accounts.into_iter().rev().find(|account| account.user_name == user_name)
    }

    pub fn state(&self, user_name: &str) -> Option<AccountState> {
        self.account(user_name).map(|account| account.state)
    }

    /// Waits until the account is in this state at the remote system.
    pub async fn state_is(&self, user_name: &str, state: AccountState) {
        wait_for(SOON, &format!("{user_name} is {state:?}"), async || {
            let now = self.state(user_name);
            if now == Some(state) { Ok(()) } else { Err(now) }
        })
        .await;
    }

    /// The names of the objects that still exist.
    pub async fn user_names(&self) -> Vec<String> {
        let users = self.users().list(&ListParams::default()).await.unwrap();
        users.iter().map(ResourceExt::name_any).collect()
    }
}
