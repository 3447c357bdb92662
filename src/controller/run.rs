//! The life of the process: watch, reconcile, drain.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures::StreamExt;
use k8s_openapi::api::core::v1::{Namespace, Secret};
use kube::core::error_boundary::InvalidObject;
use kube::core::{DeserializeGuard, PartialObjectMeta};
use kube::runtime::controller::Action;
use kube::runtime::{WatchStreamExt, reflector, watcher};
use kube::{Api, Client, ResourceExt};
use thiserror::Error;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::admin::Health;
use super::cache::{Cache, Events as WatchEvents, Namespaces, Wakes};
use super::error::Error;
use super::events::Events;
use super::marker_key::{self, MarkerKeyError};
use super::metrics::Metrics;
use super::runner::{self, Reconciler};
use super::secrets::Secrets;
use super::session::{self, SessionMemories};
use super::sessions::Registry;
use super::shard::Shard;
use super::shared::Shared;
use super::{accounts, invalid, measure, watch};
use crate::kinds::api_session::ApiSession;

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
///
/// # Errors
/// If the controller cannot start. What fails later is tried again for ever.
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
    // Whoever drops this future ends everything that it began.
    let _ended = stop.clone().drop_guard();

    let (session_cache, session_watches) =
        Cache::<DeserializeGuard<ApiSession>>::new(&client, &namespaces);
    let (session_wakes, session_woken) = Wakes::new(&namespaces);
    let (secret_cache, secret_watches) =
        Cache::<PartialObjectMeta<Secret>>::new(&client, &namespaces);
    let labels = (namespaces == Namespaces::All).then(|| watch_namespaces(&client));
    let shared = Arc::new(Shared {
        secrets: Secrets::new(client.clone(), secret_cache.clone()),
        events: Events::new(client.clone(), identity, metrics.clone()),
        metrics,
        key,
        shard,
        sessions: Registry::default(),
        memories: SessionMemories::default(),
        session_cache: session_cache.clone(),
        session_wakes,
        namespaces: labels.as_ref().map(|(store, _)| store.clone()),
        kinds: OnceLock::new(),
        stop: stop.clone(),
        client,
    });
    let mut accounts = accounts::all(&shared, &namespaces);
    // Only here; the error would be a second run in the same state.
    let _ = shared.kinds.set(accounts.iter().map(|accounts| accounts.kind()).collect());

    let watching = TaskTracker::new();
    let mut session_stores = Vec::new();
    for watch in session_watches {
        session_stores.push(watch.store);
        let follow = watch::sessions(Arc::clone(&shared), watch.events);
        watching.spawn(stop.clone().run_until_cancelled_owned(follow));
    }
    for watch in secret_watches {
        let follow = watch::secrets(Arc::clone(&shared), watch.events);
        watching.spawn(stop.clone().run_until_cancelled_owned(follow));
    }
    if let Some((_, events)) = labels {
        let follow = watch::namespaces(Arc::clone(&shared), events);
        watching.spawn(stop.clone().run_until_cancelled_owned(follow));
    }
    for accounts in &mut accounts {
        accounts.watch(&watching, &stop);
    }
    let known: Vec<_> = accounts.iter().map(|kind| (kind.name(), kind.synced())).collect();
    let labels_known = shared.namespaces.as_ref().map(|_| NAMESPACES);
    for name in [SESSIONS, SECRETS]
        .into_iter()
        .chain(labels_known)
        .chain(known.iter().map(|(name, _)| *name))
    {
        health.expect(name);
    }
    let synced = async {
        session_cache.synced().await;
        health.synced(SESSIONS);
        secret_cache.synced().await;
        health.synced(SECRETS);
        for (name, synced) in known {
            synced.await;
            health.synced(name);
        }
        if let Some(store) = &shared.namespaces {
            // The only error is that the watch is gone, and with it the process.
            let _ = store.wait_until_ready().await;
            health.synced(NAMESPACES);
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
    for accounts in accounts {
        accounts.reconcile(&reconciling, &stop);
    }
    let measure = measure::run(Arc::clone(&shared));
    watching.spawn(stop.clone().run_until_cancelled_owned(measure));
    reconciling.close();
    tokio::select! {
        () = shutdown.cancelled() => tracing::info!("draining"),
        // Only a fault of this program ends a loop; the process must not go on doing nothing.
        () = reconciling.wait() => tracing::error!("the reconcile loops ended"),
    }
    stop.cancel();
    if tokio::time::timeout(DRAIN, reconciling.wait()).await.is_err() {
        tracing::warn!("some reconciles did not end in time");
    }
    shared.sessions.close_all().await;
    watching.close();
    watching.wait().await;
    Ok(())
}

/// What has to be known before anything is reconciled, for people who ask why the process is not ready.
const SESSIONS: &str = "ApiSession";
const SECRETS: &str = "Secret";
const NAMESPACES: &str = "Namespace";

/// The labels of all namespaces.
fn watch_namespaces(
    client: &Client,
) -> (reflector::Store<PartialObjectMeta<Namespace>>, WatchEvents<PartialObjectMeta<Namespace>>) {
    let (store, writer) = reflector::store();
    let api: Api<PartialObjectMeta<Namespace>> = Api::all(client.clone());
    let events = watcher(api, watcher::Config::default())
        .default_backoff()
        .modify(|object: &mut PartialObjectMeta<Namespace>| object.managed_fields_mut().clear())
        .reflect(writer)
        .boxed();
    (store, events)
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
