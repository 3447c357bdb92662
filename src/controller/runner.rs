//! How every reconcile is run: one object at a time, with a deadline, a guard against panics, and growing pauses.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::{FutureExt, StreamExt};
use kube::core::DeserializeGuard;
use kube::core::error_boundary::InvalidObject;
use kube::runtime::Controller;
use kube::runtime::controller::Action;
use kube::runtime::reflector::{ObjectRef, Store};
use rand::RngExt;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_stream::wrappers::UnboundedReceiverStream;

use super::cache::Watched;
use super::error::Error;
use super::metrics::{Metrics, ReconcileResult};
use super::names::Name;

/// Longer than the life of a decision, the longest wait for a call and all repetitions of it together.
const DEADLINE: Duration = Duration::from_mins(10);
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// What is done for one kind of object.
pub(super) trait Reconciler<K>: Send + Sync + 'static {
    const KIND: &'static str;

    fn metrics(&self) -> &Metrics;

    fn reconcile(&self, object: Arc<K>) -> impl Future<Output = Result<Action, Error>> + Send;

    /// Says of an object what is wrong with it, if it cannot even be read.
    fn invalid(&self, object: &InvalidObject)
    -> impl Future<Output = Result<Action, Error>> + Send;
}

/// What a reconciler is run with.
struct Context<R> {
    reconciler: Arc<R>,
    /// How often in a row each object failed.
    failures: Mutex<HashMap<Name, u32>>,
}

/// Reconciles the objects of one store whenever they are woken, until `stop`; what is under way then is finished.
pub(super) async fn run<K, R>(
    store: Store<DeserializeGuard<K>>,
    wakes: mpsc::UnboundedReceiver<ObjectRef<DeserializeGuard<K>>>,
    reconciler: Arc<R>,
    stop: tokio_util::sync::CancellationToken,
) where
    K: Watched,
    DeserializeGuard<K>: Watched,
    R: Reconciler<K>,
{
    let context = Arc::new(Context { reconciler, failures: Mutex::default() });
    // The watch runs on its own, so that a failing one does not keep the others from being heard.
    let no_triggers = futures::stream::pending();
    Controller::for_stream(no_triggers, store)
        .reconcile_on(UnboundedReceiverStream::new(wakes))
        .graceful_shutdown_on(stop.cancelled_owned())
        .run(step::<K, R>, |object, _, context| pause(&*object, &context), context)
        .for_each(|_| std::future::ready(()))
        .await;
}

async fn step<K, R>(
    object: Arc<DeserializeGuard<K>>,
    context: Arc<Context<R>>,
) -> Result<Action, Error>
where
    K: Watched,
    DeserializeGuard<K>: Watched,
    R: Reconciler<K>,
{
    let started = Instant::now();
    let name = Name::of(&*object);
    let reconciler = &context.reconciler;
    let work = async {
        match &object.0 {
            Ok(object) => reconciler.reconcile(Arc::new(object.clone())).await,
            Err(invalid) => reconciler.invalid(invalid).await,
        }
    };
    let guarded = tokio::time::timeout(DEADLINE, AssertUnwindSafe(work).catch_unwind()).await;
    let (result, label) = match guarded {
        Ok(Ok(Ok(action))) => (Ok(action), ReconcileResult::Done),
        Ok(Ok(Err(error))) => (Err(error), ReconcileResult::Failed),
        // The panic hook has printed where it happened.
        Ok(Err(_)) => (Err(Error::Panicked), ReconcileResult::Panicked),
        Err(_) => (Err(Error::Deadline(DEADLINE)), ReconcileResult::TimedOut),
    };
    reconciler.metrics().reconciled(R::KIND, label, started.elapsed());
    match &result {
        Ok(_) => {
            context.failures.lock().unwrap_or_else(PoisonError::into_inner).remove(&name);
        }
        Err(error) => {
            let error = super::error::chain(error);
            tracing::warn!(kind = R::KIND, object = %name, error, "a reconcile failed; it is tried again");
        }
    }
    result
}

/// Grows with every failure of the object in a row, with jitter, so that objects that failed together do not come back
/// together.
fn pause<K: kube::Resource, R>(object: &K, context: &Context<R>) -> Action {
    let mut failures = context.failures.lock().unwrap_or_else(PoisonError::into_inner);
    let times = failures.entry(Name::of(object)).or_default();
    let doubled = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(*times)).min(LONGEST_PAUSE);
    *times = times.saturating_add(1);
    Action::requeue(doubled.mul_f64(rand::rng().random_range(0.5..=1.0)))
}
