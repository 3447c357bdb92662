//! The life of the process: watch, reconcile, drain.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures::{Stream, TryStreamExt};
use k8s_openapi::api::core::v1::{Namespace, Secret};
use kube::core::error_boundary::InvalidObject;
use kube::core::{DeserializeGuard, PartialObjectMeta};
use kube::runtime::controller::Action;
use kube::runtime::{WatchStreamExt, reflector, watcher};
use kube::{Api, Client, ResourceExt};
use thiserror::Error;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::account;
use super::admin::Health;
use super::cache::{Cache, Namespaces, Wakes, Watch};
use super::error::Error;
use super::events::Events;
use super::invalid;
use super::kind::{AccountKind, Kind};
use super::marker_key::{self, MarkerKeyError};
use super::metrics::Metrics;
use super::runner::{self, Reconciler};
use super::secrets::Secrets;
use super::session;
use super::shard::Shard;
use super::shared::Shared;
use super::watch;
use crate::kinds::AccountResource;
use crate::kinds::api_session::ApiSession;
use crate::kinds::update_user::UpdateUser;
use crate::plan::Account;

/// How long reconciles may go on after the end was ordered. Kubernetes kills a pod 30 s after asking it to end.
const DRAIN: Duration = Duration::from_secs(20);

/// What to watch, and as whom.
#[derive(Debug, Clone)]
pub struct Options {
    pub namespaces: Namespaces,
    /// The operator's own namespace, where its marker key is.
    pub own_namespace: String,
    /// Tells this process from others, such as the name of its pod.
    pub identity: String,
    pub shard: Shard,
}

/// Why the controller could not start.
#[derive(Debug, Error)]
pub enum RunError {
    #[error(transparent)]
    MarkerKey(#[from] MarkerKeyError),
}

/// Keeps accounts as their objects declare them, until `shutdown`. Then nothing new is begun; what is under way is
/// finished, and every session is logged out.
pub async fn run(
    client: Client,
    options: Options,
    metrics: Metrics,
    health: Arc<Health>,
    shutdown: CancellationToken,
) -> Result<(), RunError> {
    let Options { namespaces, own_namespace, identity, shard } = options;
    let key = marker_key::load(&client, &own_namespace).await?;
    let stop = CancellationToken::new();
    let watching = TaskTracker::new();
    let _unwatch = stop.clone().drop_guard();

    let (session_cache, session_watches) =
        Cache::<DeserializeGuard<ApiSession>>::new(&client, &namespaces);
    let (session_wakes, session_woken) = Wakes::new(&namespaces);
    let (secret_cache, secret_watches) =
        Cache::<PartialObjectMeta<Secret>>::new(&client, &namespaces);
    let (known_namespaces, namespace_events) = watch_namespaces(&client, &namespaces);
    let shared = Arc::new(Shared {
        secrets: Secrets::new(client.clone(), secret_cache.clone()),
        events: Events::new(client.clone(), identity),
        metrics,
        key,
        shard,
        sessions: super::sessions::Registry::default(),
        memories: session::SessionMemories::default(),
        session_cache: session_cache.clone(),
        session_wakes,
        namespaces: known_namespaces.clone(),
        kinds: OnceLock::new(),
        stop: stop.clone(),
        client,
    });

    let update_users = Accounts::<UpdateUser>::new(&shared, &namespaces);
    let kinds: Vec<Arc<dyn AccountKind>> = vec![update_users.kind.clone()];
    // Set once, here; the error would be a second run in the same state.
    let _ = shared.kinds.set(kinds);

    let spawn = |task: std::pin::Pin<Box<dyn Future<Output = ()> + Send>>| {
        let stop = stop.clone();
        watching.spawn(async move { stop.run_until_cancelled(task).await });
    };
    let mut session_stores = Vec::new();
    for Watch { namespace: _, store, events } in session_watches {
        session_stores.push(store);
        spawn(Box::pin(watch::sessions(Arc::clone(&shared), events)));
    }
    for Watch { events, .. } in secret_watches {
        spawn(Box::pin(watch::secrets(Arc::clone(&shared), events)));
    }
    if let Some(events) = namespace_events {
        spawn(Box::pin(watch::namespaces(Arc::clone(&shared), events)));
    }
    let (update_users, update_user_watches) = update_users.split();
    for (namespace, events) in update_user_watches {
        spawn(Box::pin(watch::accounts(Arc::clone(&update_users.kind), namespace, events)));
    }

    let synced = async {
        let expect = [("ApiSession", 0), ("Secret", 1), (UPDATE_USERS, 2)];
        for (name, _) in expect {
            health.expect(name);
        }
        session_cache.synced().await;
        health.synced("ApiSession");
        secret_cache.synced().await;
        health.synced("Secret");
        update_users.kind.cache.synced().await;
        health.synced(UPDATE_USERS);
        if let Some(store) = &known_namespaces {
            // The only error is that the watch is gone, and with it the process.
            let _ = store.wait_until_ready().await;
        }
    };
    if shutdown.run_until_cancelled(synced).await.is_none() {
        return Ok(());
    }
    tracing::info!("all objects are known; reconciling");

    let reconciling = TaskTracker::new();
    let sessions = Arc::new(SessionReconciler(Arc::clone(&shared)));
    for (store, woken) in session_stores.into_iter().zip(session_woken) {
        reconciling.spawn(runner::run(store, woken, Arc::clone(&sessions), stop.clone()));
    }
    let accounts = Arc::new(AccountReconciler(Arc::clone(&update_users.kind)));
    for (store, woken) in update_users.stores.into_iter().zip(update_users.woken) {
        reconciling.spawn(runner::run(store, woken, Arc::clone(&accounts), stop.clone()));
    }
    reconciling.close();
    tokio::select! {
        () = shutdown.cancelled() => {}
        // Only a fault of this program ends a runner; the process must not go on doing nothing.
        () = reconciling.wait() => tracing::error!("a reconcile loop ended"),
    }
    tracing::info!("draining");
    stop.cancel();
    if tokio::time::timeout(DRAIN, reconciling.wait()).await.is_err() {
        tracing::warn!("some reconciles did not end in time");
    }
    shared.sessions.close_all().await;
    watching.close();
    watching.wait().await;
    Ok(())
}

const UPDATE_USERS: &str = UpdateUserKind::KIND;
type UpdateUserKind = <UpdateUser as AccountResource>::Account;

type NamespaceStore = reflector::Store<PartialObjectMeta<Namespace>>;

/// The namespaces and their labels, if all of them are watched.
fn watch_namespaces(
    client: &Client,
    namespaces: &Namespaces,
) -> (
    Option<NamespaceStore>,
    Option<
        impl Stream<Item = Result<watcher::Event<PartialObjectMeta<Namespace>>, watcher::Error>>
        + Send
        + use<>,
    >,
) {
    if *namespaces != Namespaces::All {
        return (None, None);
    }
    let (store, writer) = reflector::store();
    let api: Api<PartialObjectMeta<Namespace>> = Api::all(client.clone());
    let events = watcher(api, watcher::Config::default())
        .default_backoff()
        .modify(|object: &mut PartialObjectMeta<Namespace>| object.managed_fields_mut().clear())
        .reflect(writer)
        .into_stream();
    (Some(store), Some(events))
}

/// One kind of account with its watches.
struct Accounts<K: AccountResource> {
    kind: Arc<Kind<K>>,
    watches: Vec<Watch<DeserializeGuard<K>, EventStream<K>>>,
    woken: Vec<tokio::sync::mpsc::UnboundedReceiver<reflector::ObjectRef<DeserializeGuard<K>>>>,
}

type EventStream<K> = std::pin::Pin<
    Box<dyn Stream<Item = Result<watcher::Event<DeserializeGuard<K>>, watcher::Error>> + Send>,
>;

/// What is left of [`Accounts`] once its watches are being followed.
struct Watched<K: AccountResource> {
    kind: Arc<Kind<K>>,
    stores: Vec<reflector::Store<DeserializeGuard<K>>>,
    woken: Vec<tokio::sync::mpsc::UnboundedReceiver<reflector::ObjectRef<DeserializeGuard<K>>>>,
}

impl<K: AccountResource> Accounts<K> {
    fn new(shared: &Arc<Shared>, namespaces: &Namespaces) -> Self {
        let (cache, watches) = Cache::new(&shared.client, namespaces);
        let (wakes, woken) = Wakes::new(namespaces);
        let watches = watches
            .into_iter()
            .map(|Watch { namespace, store, events }| Watch {
                namespace,
                store,
                events: Box::pin(events) as EventStream<K>,
            })
            .collect();
        Self { kind: Arc::new(Kind::new(Arc::clone(shared), cache, wakes)), watches, woken }
    }

    fn split(self) -> (Watched<K>, Vec<(Option<String>, EventStream<K>)>) {
        let mut stores = Vec::new();
        let mut streams = Vec::new();
        for Watch { namespace, store, events } in self.watches {
            stores.push(store);
            streams.push((namespace, events));
        }
        (Watched { kind: self.kind, stores, woken: self.woken }, streams)
    }
}

struct SessionReconciler(Arc<Shared>);

impl Reconciler<ApiSession> for SessionReconciler {
    const KIND: &'static str = "ApiSession";

    fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    async fn reconcile(&self, object: Arc<ApiSession>) -> Result<Action, Error> {
        session::reconcile(&self.0, object).await
    }

    async fn invalid(&self, object: &InvalidObject) -> Result<Action, Error> {
        invalid::say::<ApiSession>(&self.0.client, object).await
    }
}

struct AccountReconciler<K: AccountResource>(Arc<Kind<K>>);

impl<K: AccountResource> Reconciler<K> for AccountReconciler<K> {
    const KIND: &'static str = K::Account::KIND;

    fn metrics(&self) -> &Metrics {
        &self.0.shared.metrics
    }

    async fn reconcile(&self, object: Arc<K>) -> Result<Action, Error> {
        account::reconcile(&self.0, object).await
    }

    async fn invalid(&self, object: &InvalidObject) -> Result<Action, Error> {
        invalid::say::<K>(&self.0.shared.client, object).await
    }
}
