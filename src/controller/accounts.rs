//! The kinds of account that are reconciled: one line each in [`all`].

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use kube::core::DeserializeGuard;
use kube::core::error_boundary::InvalidObject;
use kube::runtime::controller::Action;
use kube::runtime::reflector::{ObjectRef, Store};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::cache::{Cache, Namespaces, Wakes, Watch};
use super::error::Error;
use super::kind::{AccountKind, Kind};
use super::metrics::Metrics;
use super::runner::{self, Reconciler};
use super::shared::Shared;
use super::{account, invalid, watch};
use crate::kinds::AccountResource;
use crate::kinds::portal_user::PortalUser;
use crate::kinds::update_user::UpdateUser;
use crate::plan::Account;

/// Every kind of account.
pub(super) fn all(shared: &Arc<Shared>, namespaces: &Namespaces) -> Vec<Box<dyn Accounts>> {
    vec![
        OfKind::<UpdateUser>::boxed(shared, namespaces),
        OfKind::<PortalUser>::boxed(shared, namespaces),
    ]
}

/// The objects of one kind, whichever it is.
pub(super) trait Accounts: Send {
    fn name(&self) -> &'static str;

    fn kind(&self) -> Arc<dyn AccountKind>;

    /// Begins to follow the objects, until `stop`.
    fn watch(&mut self, tasks: &TaskTracker, stop: &CancellationToken);

    /// Returns when all objects are known.
    fn synced(&self) -> BoxFuture<'static, ()>;

    /// Begins to reconcile the objects, until `stop`.
    fn reconcile(self: Box<Self>, tasks: &TaskTracker, stop: &CancellationToken);
}

struct OfKind<K: AccountResource> {
    kind: Arc<Kind<K>>,
    watches: Vec<Watch<DeserializeGuard<K>>>,
    stores: Vec<Store<DeserializeGuard<K>>>,
    woken: Vec<mpsc::UnboundedReceiver<ObjectRef<DeserializeGuard<K>>>>,
}

impl<K: AccountResource> OfKind<K> {
    fn boxed(shared: &Arc<Shared>, namespaces: &Namespaces) -> Box<dyn Accounts> {
        let (cache, watches) = Cache::new(&shared.client, namespaces);
        let (wakes, woken) = Wakes::new(namespaces);
        let kind = Arc::new(Kind::new(Arc::clone(shared), cache, wakes));
        let stores = watches.iter().map(|watch| watch.store.clone()).collect();
        Box::new(Self { kind, watches, stores, woken })
    }
}

impl<K: AccountResource> Accounts for OfKind<K> {
    fn name(&self) -> &'static str {
        K::Account::KIND
    }

    fn kind(&self) -> Arc<dyn AccountKind> {
        Arc::clone(&self.kind) as Arc<dyn AccountKind>
    }

    fn watch(&mut self, tasks: &TaskTracker, stop: &CancellationToken) {
        for Watch { namespace, store: _, events } in std::mem::take(&mut self.watches) {
            let follow = watch::accounts(Arc::clone(&self.kind), namespace, events);
            tasks.spawn(stop.clone().run_until_cancelled_owned(follow));
        }
    }

    fn synced(&self) -> BoxFuture<'static, ()> {
        let cache = self.kind.cache.clone();
        async move { cache.synced().await }.boxed()
    }

    fn reconcile(self: Box<Self>, tasks: &TaskTracker, stop: &CancellationToken) {
        let Self { kind, watches: _, stores, woken } = *self;
        let reconciler = Arc::new(AccountReconciler(kind));
        for (store, woken) in stores.into_iter().zip(woken) {
            tasks.spawn(runner::run(store, woken, Arc::clone(&reconciler), stop.clone()));
        }
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
