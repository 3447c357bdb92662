//! From what the API server tells to which objects are looked at.

use std::collections::HashMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{Namespace, Secret};
use kube::ResourceExt;
use kube::core::{DeserializeGuard, PartialObjectMeta};
use kube::runtime::watcher::Event;

use super::cache::{Events, Wakes, Watched, follow};
use super::kind::Kind;
use super::names::Name;
use super::shared::Shared;
use super::trigger::trigger;
use crate::kinds::AccountResource;
use crate::kinds::api_session::ApiSession;

/// What was last known of each object that makes it worth a look.
struct News(HashMap<Name, u64>);

impl News {
    /// Wakes the object if its author did something since.
    fn tell<K>(&mut self, event: &Event<DeserializeGuard<K>>, wakes: &Wakes<DeserializeGuard<K>>)
    where
        K: Watched,
        DeserializeGuard<K>: Watched,
    {
        match event {
            Event::Apply(object) | Event::InitApply(object) => {
                let name = Name::of(object);
                let now = trigger(object);
                if self.0.insert(name.clone(), now) != Some(now) {
                    wakes.wake(&name.namespace, &name.name);
                }
            }
            Event::Delete(object) => drop(self.0.remove(&Name::of(object))),
            Event::Init | Event::InitDone => {}
        }
    }
}

/// Follows the objects of one kind of account.
pub(super) async fn accounts<K: AccountResource>(
    kind: Arc<Kind<K>>,
    namespace: Option<String>,
    events: Events<DeserializeGuard<K>>,
) {
    let mut news = News(HashMap::new());
    follow(events, |event| {
        kind.observe(namespace.as_deref(), event);
        news.tell(event, &kind.wakes);
    })
    .await;
}

/// Follows the sessions. One that is gone without having been removed by us is closed all the same.
pub(super) async fn sessions(shared: Arc<Shared>, events: Events<DeserializeGuard<ApiSession>>) {
    let mut news = News(HashMap::new());
    follow(events, |event| {
        news.tell(event, &shared.session_wakes);
        match event {
            Event::Delete(session) => {
                let name = Name::of(session);
                if let Some(open) = shared.sessions.remove(&name) {
                    tokio::spawn(async move { open.close().await });
                }
                wake_accounts(&shared, &name);
            }
            Event::Apply(session) => {
                let name = Name::of(session);
                if shared.sessions.standing(&name).is_none() {
                    wake_accounts(&shared, &name);
                }
            }
            Event::Init | Event::InitApply(_) | Event::InitDone => {}
        }
    })
    .await;
}

fn wake_accounts(shared: &Shared, session: &Name) {
    for kind in shared.kinds() {
        kind.wake_session(session);
    }
}

/// Follows the metadata of Secrets, and wakes who refers to one that changed. Our own writes are no news.
pub(super) async fn secrets(shared: Arc<Shared>, events: Events<PartialObjectMeta<Secret>>) {
    follow(events, |event| match event {
        Event::Apply(secret) | Event::InitApply(secret) => {
            let name = Name::of(secret);
            if shared.secrets.version(&name) != secret.resource_version() {
                wake_users(&shared, &name);
            }
        }
        Event::Delete(secret) => {
            let name = Name::of(secret);
            shared.secrets.forget(&name);
            wake_users(&shared, &name);
        }
        Event::Init => {}
        Event::InitDone => {
            for name in shared.secrets.forget_gone() {
                wake_users(&shared, &name);
            }
        }
    })
    .await;
}

fn wake_users(shared: &Shared, secret: &Name) {
    for kind in shared.kinds() {
        kind.wake_secret(secret);
    }
    for session in shared.all_sessions() {
        let Ok(session) = &session.0 else { continue };
        let refers = session.spec.references().iter().any(|(_, name)| *name == secret.name);
        let name = Name::of(session);
        if refers && name.namespace == secret.namespace {
            shared.wake_session(&name);
        }
    }
}

/// Follows the labels of namespaces, which decide who may use a session.
pub(super) async fn namespaces(shared: Arc<Shared>, events: Events<PartialObjectMeta<Namespace>>) {
    let mut known = HashMap::new();
    follow(events, |event| {
        let Event::Apply(namespace) = event else { return };
        let labels = namespace.labels().clone();
        let before = known.insert(namespace.name_any(), labels.clone());
        if before.as_ref() == Some(&labels) {
            return;
        }
        for session in shared.all_sessions() {
            let Ok(session) = &session.0 else { continue };
            let selects = session
                .spec
                .allowed_consumers
                .iter()
                .flatten()
                .any(|rule| rule.namespace_selector.is_some());
            if selects {
                wake_accounts(&shared, &Name::of(session));
            }
        }
    })
    .await;
}
