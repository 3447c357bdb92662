//! What is counted and measured, for Prometheus. `docs/metrics.md` is the reference.
//!
//! No label names an object, an account or an argument. The only label without a closed set of values is the name of a
//! session, and its series end with the session.

mod labels;
#[cfg(test)]
mod tests;

pub use labels::{AccountState, ReconcileResult, Written};

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Metric, Registry, Unit};

use crate::systems::{CallObserver, CallReport};
use labels::{
    AccountLabels, BuildLabels, CallLabels, KindLabels, OperationLabels, ReconcileLabels,
    SessionLabels, WriteLabels,
};

/// In seconds. A request at rest takes tens of milliseconds; a deadline is 60 s, and a job may take five minutes.
const CALL_BUCKETS: [f64; 11] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0];

/// In seconds. A reconcile from a fresh snapshot makes no request; one with a job takes minutes.
const RECONCILE_BUCKETS: [f64; 10] = [0.001, 0.005, 0.025, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0];

type Durations<L> = Family<L, Histogram, fn() -> Histogram>;

/// Everything that the controller exports. Clones are the same metrics.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    remote_calls: Family<CallLabels, Counter>,
    remote_call_duration: Durations<OperationLabels>,
    reconciles: Family<ReconcileLabels, Counter>,
    reconcile_duration: Durations<KindLabels>,
    api_writes: Family<WriteLabels, Counter>,
    drift_detected: Family<KindLabels, Counter>,
    accounts: Family<AccountLabels, Gauge>,
    session_up: Family<SessionLabels, Gauge>,
    request_budget_remaining: Family<SessionLabels, Gauge>,
    credentials_last_rotated: Family<SessionLabels, Gauge>,
    deletions_blocked: Family<SessionLabels, Gauge>,
    leader: Gauge,
    /// The kinds that were counted for each session, to find their series again.
    counted: Mutex<BTreeMap<String, BTreeSet<&'static str>>>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Metrics {
    #[must_use]
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("roster");
        let calls: fn() -> Histogram = || Histogram::new(CALL_BUCKETS);
        let reconciles: fn() -> Histogram = || Histogram::new(RECONCILE_BUCKETS);
        let version = BuildLabels { version: env!("CARGO_PKG_VERSION") };
        registry.register("build", "The version that runs; always 1", Info::new(version));
        let mut add = Adder(&mut registry);
        let inner = Inner {
            leader: add.plain("leader", "1 if this process leads, 0 if it waits to"),
            remote_calls: add.plain(
                "remote_calls",
                "Requests to remote systems, each repetition counted, by what became of them: ok, running (the system goes on with it as a job), session-ended (the login was over and is made again), or the reason of the failure",
            ),
            remote_call_duration: add.seconds(
                "remote_call_duration",
                "How long requests to remote systems took until the whole reply was there",
                Family::new_with_constructor(calls),
            ),
            reconciles: add.plain(
                "reconciles",
                "Reconciles by how they ended: done, failed, timed-out or panicked",
            ),
            reconcile_duration: add.seconds(
                "reconcile_duration",
                "How long reconciles took, waits for the remote system included",
                Family::new_with_constructor(reconciles),
            ),
            api_writes: add.plain(
                "api_writes",
                "Writes to the API server by the kind of the object that they were for, and by what was written: finalizer, status, secret, event, configmap or lease",
            ),
            drift_detected: add.plain(
                "drift_detected",
                "Accounts found to differ from what was last applied although nobody changed the object",
            ),
            accounts: add.plain(
                "accounts",
                "Account objects by their state: deleting, suspended, stalled, drifted, reconciling or ready. Each object is counted once",
            ),
            session_up: add.plain(
                "session_up",
                "1 if the last attempt to use the session's login worked, 0 if not",
            ),
            request_budget_remaining: add.plain(
                "request_budget_remaining",
                "Requests that the session may send at once before it has to wait. Sessions of one customer share a budget",
            ),
            credentials_last_rotated: add.seconds(
                "credentials_last_rotated_timestamp",
                "When the password that is longest in use among the session's accounts was set, in Unix time, as far as it is known. Its age is time() minus this",
                Family::default(),
            ),
            deletions_blocked: add.plain(
                "deletions_blocked",
                "Objects whose removal waits because the session's deletionGuard holds it back",
            ),
            counted: Mutex::default(),
            registry,
        };
        Self(Arc::new(inner))
    }

    /// A reconcile of this kind ended.
    pub fn reconciled(&self, kind: &'static str, result: ReconcileResult, took: Duration) {
        self.0.reconciles.get_or_create(&ReconcileLabels { kind, result }).inc();
        self.0.reconcile_duration.get_or_create(&KindLabels { kind }).observe(took.as_secs_f64());
    }

    /// The API server took a write for an object of this kind.
    pub fn wrote(&self, kind: &'static str, what: Written) {
        self.0.api_writes.get_or_create(&WriteLabels { kind, what }).inc();
    }

    /// An account of this kind was found changed by somebody else. Call it once per change, not per look.
    pub fn drift_detected(&self, kind: &'static str) {
        self.0.drift_detected.get_or_create(&KindLabels { kind }).inc();
    }

    /// How many objects of one session and kind are in which state. States that are not named have none; a kind
    /// without any object disappears.
    pub fn accounts_counted(
        &self,
        session: &str,
        kind: &'static str,
        counts: &BTreeMap<AccountState, u64>,
    ) {
        let mut counted = self.counted();
        if counts.values().all(|count| *count == 0) {
            if let Some(kinds) = counted.get_mut(session) {
                kinds.remove(kind);
            }
            self.forget_accounts(session, kind);
            return;
        }
        counted.entry(session.to_owned()).or_default().insert(kind);
        for state in AccountState::ALL {
            let labels = AccountLabels { session: session.to_owned(), kind, state };
            let count = counts.get(&state).copied().unwrap_or_default();
            self.0.accounts.get_or_create(&labels).set(gauge(count));
        }
    }

    /// Whether the session's login worked when it was last used.
    pub fn session_is_up(&self, session: &str, up: bool) {
        self.0.session_up.get_or_create(&of(session)).set(up.into());
    }

    /// How many requests the session may send at once.
    pub fn request_budget_remaining(&self, session: &str, requests: u64) {
        self.0.request_budget_remaining.get_or_create(&of(session)).set(gauge(requests));
    }

    /// When the oldest password in use among the session's accounts was set; `None` if no time is known.
    pub fn credentials_last_rotated(&self, session: &str, oldest: Option<Timestamp>) {
        let family = &self.0.credentials_last_rotated;
        match oldest {
            Some(time) => drop(family.get_or_create(&of(session)).set(time.as_second())),
            None => drop(family.remove(&of(session))),
        }
    }

    /// How many removals the session's guard holds back.
    pub fn deletions_blocked(&self, session: &str, objects: u64) {
        self.0.deletions_blocked.get_or_create(&of(session)).set(gauge(objects));
    }

    /// The session is gone, or another shard's; so are its series.
    pub fn forget_session(&self, session: &str) {
        let mut counted = self.counted();
        for kind in counted.remove(session).unwrap_or_default() {
            self.forget_accounts(session, kind);
        }
        let inner = &self.0;
        for family in [
            &inner.session_up,
            &inner.request_budget_remaining,
            &inner.credentials_last_rotated,
            &inner.deletions_blocked,
        ] {
            family.remove(&of(session));
        }
    }

    /// Whether this process leads.
    pub fn leading(&self, leads: bool) {
        self.0.leader.set(leads.into());
    }

    /// Everything as `OpenMetrics` text, version 1.0.0.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut text = String::new();
        // Writing into memory cannot fail.
        let _ = text::encode(&mut text, &self.0.registry);
        text
    }

    fn forget_accounts(&self, session: &str, kind: &'static str) {
        for state in AccountState::ALL {
            let labels = AccountLabels { session: session.to_owned(), kind, state };
            self.0.accounts.remove(&labels);
        }
    }

    fn counted(&self) -> MutexGuard<'_, BTreeMap<String, BTreeSet<&'static str>>> {
        self.0.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CallObserver for Metrics {
    fn called(&self, call: &CallReport) {
        let CallReport { system, operation, outcome, duration } = *call;
        let outcome = outcome.as_str();
        self.0.remote_calls.get_or_create(&CallLabels { system, operation, outcome }).inc();
        let labels = OperationLabels { system, operation };
        self.0.remote_call_duration.get_or_create(&labels).observe(duration.as_secs_f64());
    }
}

/// Registers a family, and gives it back.
struct Adder<'a>(&'a mut Registry);

impl Adder<'_> {
    fn plain<M: Metric + Clone + Default>(&mut self, name: &str, help: &str) -> M {
        let metric = M::default();
        self.0.register(name, help, metric.clone());
        metric
    }

    fn seconds<M: Metric + Clone>(&mut self, name: &str, help: &str, metric: M) -> M {
        self.0.register_with_unit(name, help, Unit::Seconds, metric.clone());
        metric
    }
}

fn of(session: &str) -> SessionLabels {
    SessionLabels { session: session.to_owned() }
}

/// The nearest value that a gauge can hold.
fn gauge(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
