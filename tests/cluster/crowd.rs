//! Many objects, made without `kubectl`, and what became of them.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use k8s_openapi::api::core::v1::Secret;
use kube::ResourceExt;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use roster::kinds::update_user::UpdateUser;
use roster::sim::{JournalEntry, LedgerAccount};
use serde_json::{Value, json};

use crate::bench::Bench;
use crate::controlplane::audit::{Entries, Mark};
use crate::controlplane::wait_for;

/// Requests at the same time. More make the API server no faster.
const AT_ONCE: usize = 16;

/// A thousand objects on a busy machine.
pub const LONG: Duration = Duration::from_secs(150);

/// The Secret with the passwords of a crowd, one key for each.
pub const PASSWORDS: &str = "passwords";

/// Fields of a session that neither limits requests nor removals.
pub const UNLIMITED: &str =
    "  requestBudget: {requestsPerMinute: 60000}\n  deletionGuard: {maxDeletions: 100000}";

impl Bench {
    /// The Secret with a password of its own for each name.
    pub async fn create_passwords<'n>(&self, names: impl IntoIterator<Item = &'n String>) {
        let values: BTreeMap<&String, String> =
            names.into_iter().map(|name| (name, password_of(name))).collect();
        let secret: Secret = serde_json::from_value(json!({
            "metadata": { "name": PASSWORDS },
            "stringData": values,
        }))
        .unwrap();
        self.secrets().create(&PostParams::default(), &secret).await.unwrap();
    }

    /// Creates objects of these names, with these further fields of their spec. Each has the password that
    /// [`create_passwords`](Self::create_passwords) gave it, unless the fields say otherwise.
    pub async fn create_users(&self, names: &[String], more: &Value) {
        let users = self.users();
        let parameters = PostParams::default();
        stream::iter(names)
            .map(Ok::<_, kube::Error>)
            .try_for_each_concurrent(AT_ONCE, |name| {
                let (users, object, parameters) = (users.clone(), crowded(name, more), &parameters);
                async move { users.create(parameters, &object).await.map(drop) }
            })
            .await
            .unwrap();
    }

    pub async fn patch_users(&self, names: &[String], patch: &Value) {
        let (users, parameters) = (self.users(), PatchParams::default());
        let patches = stream::iter(names).map(|name| {
            let users = users.clone();
            let parameters = &parameters;
            async move { users.patch(name, parameters, &Patch::Merge(patch)).await.unwrap() }
        });
        patches.buffer_unordered(AT_ONCE).map(drop).collect::<()>().await;
    }

    pub async fn delete_users(&self, names: &[String]) {
        let (users, parameters) = (self.users(), DeleteParams::default());
        let deletions = stream::iter(names).map(|name| {
            let users = users.clone();
            let parameters = &parameters;
            async move { users.delete(name, parameters).await.map(drop).unwrap() }
        });
        deletions.buffer_unordered(AT_ONCE).collect::<()>().await;
    }

    pub async fn all_users(&self) -> Vec<UpdateUser> {
        self.listed_users().await.unwrap()
    }

    /// The same, where the API server may be on its way back.
    async fn listed_users(&self) -> Result<Vec<UpdateUser>, String> {
        let users = self.users().list(&ListParams::default()).await;
        users.map(|users| users.items).map_err(|error| error.to_string())
    }

    /// Waits until there are this many objects and each is as its newest edit declares.
    pub async fn all_ready(&self, number: usize) {
        wait_for(LONG, "every object is ready", async || {
            let users = self.listed_users().await?;
            let waiting: Vec<String> =
                users.iter().filter(|user| !is_ready(user)).map(ResourceExt::name_any).collect();
            if users.len() == number && waiting.is_empty() {
                Ok(())
            } else {
                Err(format!("{} objects, of which not ready: {waiting:?}", users.len()))
            }
        })
        .await;
    }

    /// Waits until every object of these names is gone.
    pub async fn all_gone(&self, names: &[String]) {
        wait_for(LONG, "the objects are gone", async || {
            let mut left = self.listed_users().await?;
            left.retain(|user| names.contains(&user.name_any()));
            if left.is_empty() { Ok(()) } else { Err(left.len().to_string()) }
        })
        .await;
    }

    /// The accounts of the customer `acme`, gone ones too.
    pub fn accounts(&self) -> Vec<LedgerAccount> {
        let accounts = self.simulator.ledger().accounts;
        accounts.into_iter().filter(|account| account.customer == "acme").collect()
    }

    /// The accounts that there were ever for this object.
    pub fn accounts_of(&self, name: &str) -> Vec<LedgerAccount> {
        self.accounts().into_iter().filter(|account| account.nickname == name).collect()
    }

    /// What the operator wrote to the API server since.
    pub fn writes_since(&self, mark: Mark) -> Entries {
        self.plane.audit().since(mark).writes_by(&self.identity().username())
    }

    /// How often the simulator was asked for something with this method and this beginning of the path.
    pub fn calls(&self, method: &str, path: &str) -> usize {
        let calls = self.simulator.journal();
        calls.iter().filter(|call| call.method == method && call.path.starts_with(path)).count()
    }

    /// How often all accounts were read.
    pub fn lists(&self) -> usize {
        self.simulator.journal().iter().filter(|call| is_list(call)).count()
    }

    /// The requests that were to change an account.
    pub fn changes(&self) -> Vec<String> {
        let calls = self.simulator.journal();
        let changes = calls
            .iter()
            .filter(|call| call.method != "GET" && call.path.starts_with("/REST/UpdateUser"));
        changes.map(|call| format!("{} {}", call.method, call.path)).collect()
    }
}

pub fn is_list(call: &JournalEntry) -> bool {
    call.method == "GET" && call.path.trim_end_matches('/') == "/REST/UpdateUser"
}

/// `edge0`, `edge1` and so on.
pub fn names(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|number| format!("edge{number}")).collect()
}

pub fn password_of(name: &str) -> String {
    format!("password-of-{name}")
}

/// Whether the account is as the newest edit declares.
pub fn is_ready(user: &UpdateUser) -> bool {
    let Some(status) = user.status.as_ref().map(|status| &status.account) else { return false };
    let ready = |condition: &k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition| {
        condition.type_ == "Ready" && condition.status == "True"
    };
    status.observed_generation == user.metadata.generation && status.conditions.iter().any(ready)
}

/// An object of the session `acme`.
fn crowded(name: &str, more: &Value) -> UpdateUser {
    let mut spec = json!({
        "sessionRef": { "name": "acme" },
        "nickname": name,
        "password": { "secretKeyRef": { "name": PASSWORDS, "key": name } },
    });
    for (field, value) in more.as_object().into_iter().flatten() {
        spec[field] = value.clone();
    }
    serde_json::from_value(json!({
        "apiVersion": "roster.rs/v1alpha1",
        "kind": "UpdateUser",
        "metadata": { "name": name },
        "spec": spec,
    }))
    .unwrap()
}

/// How often what was written, with `/` before a subresource.
pub fn summed(entries: &Entries) -> BTreeMap<String, usize> {
    let mut sums = BTreeMap::new();
    for entry in &entries.0 {
        let slash = if entry.subresource.is_empty() { "" } else { "/" };
        let what = format!("{} {}{slash}{}", entry.verb, entry.resource, entry.subresource);
        *sums.entry(what).or_default() += 1;
    }
    sums
}
