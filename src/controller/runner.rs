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

#[cfg(test)]
mod tests {
    use kube::runtime::{reflector, watcher};
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::kinds::update_user::UpdateUser;

    /// Does with each object what its name says, and notes when it was asked to.
    #[derive(Default)]
    struct Scripted {
        metrics: Metrics,
        times: Mutex<HashMap<String, Vec<Instant>>>,
    }

    impl Reconciler<UpdateUser> for Scripted {
        const KIND: &'static str = "UpdateUser";

        fn metrics(&self) -> &Metrics {
            &self.metrics
        }

        async fn reconcile(&self, object: Arc<UpdateUser>) -> Result<Action, Error> {
            let name = object.metadata.name.clone().unwrap();
            let times = {
                let mut times = self.times.lock().unwrap();
                let times = times.entry(name.clone()).or_default();
                times.push(Instant::now());
                times.len()
            };
            match name.as_str() {
                "panics" => panic!("as the test asked"),
                "hangs" => std::future::pending().await,
                "recovers" if times == 4 => Ok(Action::requeue(Duration::from_secs(1))),
                "fails" | "recovers" => Err(Error::Again("as the test asked".to_owned())),
                _ => Ok(Action::await_change()),
            }
        }

        async fn invalid(&self, _: &InvalidObject) -> Result<Action, Error> {
            Ok(Action::await_change())
        }
    }

    /// Runs the objects of these names for so long, and returns the pauses before each look after the first.
    async fn pauses(names: &[&str], long: Duration) -> HashMap<String, Vec<Duration>> {
        let (store, mut writer) = reflector::store();
        let (sender, wakes) = mpsc::unbounded_channel();
        writer.apply_watcher_event(&watcher::Event::Init);
        for name in names {
            let object = serde_json::from_value(serde_json::json!({
                "metadata": { "name": name, "namespace": "dns" },
                "spec": { "sessionRef": { "name": "acme" }, "nickname": name },
            }));
            let object = DeserializeGuard(Ok(object.unwrap()));
            writer.apply_watcher_event(&watcher::Event::InitApply(object));
            sender.send(ObjectRef::new(name).within("dns")).unwrap();
        }
        writer.apply_watcher_event(&watcher::Event::InitDone);
        let reconciler = Arc::new(Scripted::default());
        let running =
            run::<UpdateUser, _>(store, wakes, Arc::clone(&reconciler), CancellationToken::new());
        assert!(tokio::time::timeout(long, running).await.is_err(), "it goes on");
        let times = reconciler.times.lock().unwrap();
        let pauses = |times: &Vec<Instant>| times.windows(2).map(|two| two[1] - two[0]).collect();
        times.iter().map(|(name, times)| (name.clone(), pauses(times))).collect()
    }

    /// The pause is between half and all of this, and the timer has a millisecond of its own.
    fn assert_about(pause: Duration, most: Duration) {
        let slack = Duration::from_millis(5);
        assert!(pause >= most / 2 && pause <= most + slack, "{pause:?}, at most {most:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_pauses_of_an_object_that_fails_double_up_to_five_minutes() {
        let pauses = &pauses(&["fails"], Duration::from_hours(2)).await["fails"];
        for (times, pause) in pauses.iter().enumerate() {
            let doubled = FIRST_PAUSE * 2_u32.pow(u32::try_from(times).unwrap().min(10));
            assert_about(*pause, doubled.min(LONGEST_PAUSE));
        }
        assert!((20..60).contains(&pauses.len()), "{}", pauses.len());
    }

    #[tokio::test(start_paused = true)]
    async fn a_success_ends_the_growth_of_the_pauses() {
        let pauses = &pauses(&["recovers"], Duration::from_secs(10)).await["recovers"];
        let most = [1, 2, 4, 1, 1].map(Duration::from_secs);
        for (pause, most) in pauses.iter().zip(most) {
            assert_about(*pause, most);
        }
        assert!(pauses.len() >= 5, "{pauses:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_object_that_panics_or_hangs_is_tried_again_and_hurts_nobody_else() {
        let pauses = pauses(&["panics", "hangs", "works"], DEADLINE + LONGEST_PAUSE).await;
        assert!(pauses["works"].is_empty());
        assert_about(pauses["panics"][0], FIRST_PAUSE);
        assert!(pauses["panics"].len() > 5);
        assert_about(pauses["hangs"][0].saturating_sub(DEADLINE), FIRST_PAUSE);
    }
}
