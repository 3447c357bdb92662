//! Portal users: the same controller, against a simulated CTERA Portal.

mod budgets;
mod crash;
mod credentials;
mod life;
mod provisioning;
mod sessions;

use kube::Api;
use kube::api::{DeleteParams, ListParams};
use roster::kinds::portal_user::PortalUser;
use roster::sim::{JournalEntry, ctera};
use serde_json::{Map, Value, json};

use crate::bench::{Bench, wait_condition, wait_gone};
use crate::observe::patch;

/// A namespace with a simulated portal, and the operator in it.
pub struct Portal(pub Bench);

/// An administrator of the whole system who enters the tenant `acme`.
pub const ENTERING: &str = "    scope: Global\n    tenant: acme";
/// An administrator of the tenant `acme`, who signs in there.
pub const OF_THE_TENANT: &str = "    scope: Tenant\n    tenant: acme";

impl Portal {
    pub async fn start() -> Self {
        Self(Bench::start().await)
    }

    pub fn ctera(&self) -> ctera::Ctera<'_> {
        self.0.simulator.ctera()
    }

    /// The session `acme` of the administrator of the whole system, with its Secret. `more` is further fields of its
    /// spec, as YAML of two blanks.
    pub fn session(&self, more: &str) -> String {
        self.session_of("acme", "admin", ENTERING, more)
    }

    /// A session with a login whose password is its name with `-password` behind.
    pub fn session_of(&self, name: &str, login: &str, portal: &str, more: &str) -> String {
        session_at(&self.ctera().plain_url().unwrap(), name, login, portal, more)
    }

    pub fn users(&self) -> Api<PortalUser> {
        Api::namespaced(self.0.admin.clone(), &self.0.namespace.name)
    }

    pub async fn edit(&self, name: &str, edit: Value) -> PortalUser {
        patch(&self.users(), name, edit).await
    }

    pub async fn delete(&self, name: &str) {
        self.users().delete(name, &DeleteParams::default()).await.unwrap();
    }

    /// Waits until the object's condition has this status and reason for the newest generation.
    pub async fn condition(
        &self,
        name: &str,
        kind: &str,
        status: &str,
        reason: &str,
    ) -> PortalUser {
        wait_condition(&self.users(), name, kind, status, reason).await
    }

    pub async fn ready(&self, name: &str) -> PortalUser {
        self.condition(name, "Ready", "True", "InSync").await
    }

    pub async fn gone(&self, name: &str) {
        wait_gone(&self.users(), name).await;
    }

    pub async fn all(&self) -> Vec<PortalUser> {
        self.users().list(&ListParams::default()).await.unwrap().items
    }

    /// What the portal holds of a user of `acme`.
    pub fn attributes(&self, name: &str) -> Map<String, Value> {
        self.ctera().attributes("acme", name).unwrap()
    }

    /// The requests that the portal got since, each as its method, its path below the root and what it asked for.
    pub fn calls(&self) -> Vec<String> {
        self.ctera().journal().iter().map(call).collect()
    }

    /// How many of them were of this form.
    pub fn count(&self, wanted: &str) -> usize {
        self.calls().iter().filter(|call| *call == wanted).count()
    }
}

/// A session at the portal with this address; its login has its name with `-password` behind it for a password.
pub fn session_at(url: &str, name: &str, login: &str, portal: &str, more: &str) -> String {
    let (host, port) = url.trim_start_matches("http://").split_once(':').unwrap();
    format!(
        "apiVersion: v1
kind: Secret
metadata:
  name: {name}-login
stringData:
  username: {login}
  password: {login}-password
---
apiVersion: roster.rs/v1alpha1
kind: ApiSession
metadata:
  name: {name}
spec:
  cteraPortal:
{portal}
  endpoint:
    host: {host}
    port: {port}
    tls:
      enabled: false
  credentialsSecretRef:
    name: {name}-login
{more}
---
"
    )
}

/// `POST /users query`, `PUT /users/dana`.
pub fn call(entry: &JournalEntry) -> String {
    let path =
        entry.path.trim_start_matches("/admin/api").trim_start_matches("/ServicesPortal/api");
    let path = if path.is_empty() { "/" } else { path };
    match &entry.operation {
        Some(operation) => format!("{} {path} {operation}", entry.method),
        None => format!("{} {path}", entry.method),
    }
}

/// A portal user of this name at the session `acme`, with these further fields.
pub fn portal_user(name: &str, fields: &str) -> String {
    format!(
        "apiVersion: roster.rs/v1alpha1
kind: PortalUser
metadata:
  name: {name}
spec:
  sessionRef:
    name: acme
  name: {name}
{fields}
---
"
    )
}

/// What a new user needs, with a password from the Secret `<name>-password`.
pub fn complete(name: &str, more: &str) -> String {
    let secret = format!(
        "apiVersion: v1
kind: Secret
metadata:
  name: {name}-password
stringData:
  password: first-{name}
---
"
    );
    let fields = format!(
        "  email: {name}@example.com
  firstName: First
  lastName: Last
  password:
    secretKeyRef:
      name: {name}-password
      key: password
{more}"
    );
    secret + &portal_user(name, &fields)
}

/// One attribute to be set behind the operator's back.
pub fn attribute(name: &str, value: &str) -> Map<String, Value> {
    Map::from_iter([(name.to_owned(), json!(value))])
}
