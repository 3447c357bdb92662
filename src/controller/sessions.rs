//! The sessions that are open, and what goes through them.

use std::any::{Any, TypeId};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::index::Spaces;
use super::names::Name;
use super::provisioning::{Provisioning, Provisionings};
use crate::kinds::api_session::SystemClient;
use crate::plan::{Marker, Reason};
use crate::remote::{Budget, BudgetLimits, RemoteError};
use crate::sync::{RemovalGuard, Settings};

/// How long a closing session may take to finish what it sends and to log out.
const CLOSING: Duration = Duration::from_secs(20);

/// A session with its client, and one batcher per kind of account.
pub struct OpenSession {
    pub name: Name,
    /// The account space: system, endpoint and customer.
    pub space: String,
    pub system: SystemClient,
    pub guard: Arc<RemovalGuard>,
    pub settings: watch::Sender<Settings>,
    /// Where the portal is to apply what is written.
    pub(super) provisioning: Option<Arc<Provisioning>>,
    /// Tells this session from one of the same name that was opened before or after.
    pub incarnation: u64,
    batchers: Mutex<HashMap<TypeId, Box<dyn Any + Send + Sync>>>,
    pub stop: CancellationToken,
    pub tasks: TaskTracker,
    health: Mutex<Health>,
    only_removals: AtomicBool,
}

/// What was last heard of the remote system through a session.
#[derive(Debug, Clone, Default)]
pub struct Health {
    /// The last reading failed.
    pub failure: Option<Arc<RemoteError>>,
    /// How many accounts each kind's last list had.
    pub totals: BTreeMap<&'static str, usize>,
}

impl OpenSession {
    pub(super) fn new(
        name: Name,
        space: String,
        system: SystemClient,
        guard: Arc<RemovalGuard>,
        settings: Settings,
        incarnation: u64,
        stop: CancellationToken,
    ) -> Self {
        Self {
            name,
            space,
            system,
            guard,
            settings: watch::channel(settings).0,
            provisioning: None,
            incarnation,
            batchers: Mutex::default(),
            stop,
            tasks: TaskTracker::new(),
            health: Mutex::default(),
            only_removals: AtomicBool::new(false),
        }
    }

    /// The same, where the portal is to apply what is written.
    pub(super) fn with_provisioning(self, provisioning: Option<Arc<Provisioning>>) -> Self {
        Self { provisioning, ..self }
    }

    /// The one batcher of a kind, which `T` stands for.
    pub(super) fn batcher<T: 'static, B: Clone + Send + Sync + 'static>(
        &self,
        make: impl FnOnce() -> B,
    ) -> Option<B> {
        let mut batchers = self.batchers.lock().unwrap_or_else(PoisonError::into_inner);
        let batcher = batchers.entry(TypeId::of::<T>()).or_insert_with(|| Box::new(make()));
        batcher.downcast_ref::<B>().cloned()
    }

    /// Whether nothing is served any more but removals. Returns what held before.
    pub(super) fn serve_only_removals(&self, only: bool) -> bool {
        self.only_removals.swap(only, Ordering::Relaxed)
    }

    /// Whether nothing is served any more but removals.
    pub(super) fn serves_only_removals(&self) -> bool {
        self.only_removals.load(Ordering::Relaxed)
    }

    /// Whether objects of some kind went through this session.
    pub(super) fn is_used(&self) -> bool {
        !self.batchers.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// What was last heard through this session.
    pub fn health(&self) -> Health {
        self.locked_health().clone()
    }

    /// A list was read. Returns whether the one before had failed.
    pub(super) fn heard(&self, kind: &'static str, total: usize) -> bool {
        let mut health = self.locked_health();
        health.totals.insert(kind, total);
        health.failure.take().is_some()
    }

    /// A reading or a login failed.
    pub(super) fn failed(&self, error: Arc<RemoteError>) {
        self.locked_health().failure = Some(error);
    }

    /// Something was written to the system.
    pub(super) fn note_change(&self) {
        if let Some(provisioning) = &self.provisioning {
            provisioning.note_change();
        }
    }

    /// The login was accepted.
    pub(super) fn recovered(&self) {
        self.locked_health().failure = None;
    }

    fn locked_health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Finishes what is being sent and logs out. Answers everybody who waits.
    pub async fn close(&self) {
        self.stop.cancel();
        self.tasks.close();
        let closing = async {
            self.tasks.wait().await;
            self.system.logout().await;
        };
        if tokio::time::timeout(CLOSING, closing).await.is_err() {
            tracing::warn!(session = %self.name, "the session did not close in time; it ends by itself");
        }
    }
}

impl fmt::Debug for OpenSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenSession").field("name", &self.name).finish_non_exhaustive()
    }
}

/// How a session stands, for the objects that use it.
#[derive(Debug, Clone)]
pub enum Standing {
    Open(Arc<OpenSession>),
    /// It cannot be used; its own status says more.
    Closed {
        reason: Reason,
    },
}

struct Slot {
    standing: Standing,
    /// What the client was made from.
    made_from: Option<Marker>,
}

/// All sessions.
#[derive(Default)]
pub struct Registry {
    slots: Mutex<HashMap<Name, Slot>>,
    /// Which sessions reach the same accounts.
    pub(super) spaces: Arc<RwLock<Spaces>>,
    budgets: Mutex<HashMap<String, (NonZeroU32, Arc<Budget>)>>,
    opened: AtomicU64,
    pub(super) provisionings: Provisionings,
}

impl Registry {
    /// How the session stands; `None` until it was looked at for the first time.
    pub fn standing(&self, session: &Name) -> Option<Standing> {
        self.slots().get(session).map(|slot| slot.standing.clone())
    }

    /// The open session, if it was made from exactly this.
    pub(super) fn open_from(&self, session: &Name, made_from: &Marker) -> Option<Arc<OpenSession>> {
        match self.slots().get(session) {
            Some(Slot { standing: Standing::Open(open), made_from: Some(before) })
                if before == made_from =>
            {
                Some(Arc::clone(open))
            }
            _ => None,
        }
    }

    /// The open session, whatever it was made from.
    pub(super) fn open(&self, session: &Name) -> Option<Arc<OpenSession>> {
        match self.standing(session) {
            Some(Standing::Open(open)) => Some(open),
            Some(Standing::Closed { .. }) | None => None,
        }
    }

    /// A number that no session had before.
    pub(super) fn next_incarnation(&self) -> u64 {
        self.opened.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn put_open(&self, open: &Arc<OpenSession>, made_from: Marker) {
        self.write_spaces().put(&open.name, &open.space);
        let slot = Slot { standing: Standing::Open(Arc::clone(open)), made_from: Some(made_from) };
        self.slots().insert(open.name.clone(), slot);
    }

    /// The session cannot be used. The open one, if any, is returned to be closed.
    pub(super) fn put_closed(&self, session: &Name, reason: Reason) -> Option<Arc<OpenSession>> {
        let before = self.open(session);
        let standing = Standing::Closed { reason };
        self.slots().insert(session.clone(), Slot { standing, made_from: None });
        before
    }

    /// There is no such session any more.
    pub(super) fn remove(&self, session: &Name) -> Option<Arc<OpenSession>> {
        self.write_spaces().remove(session);
        match self.slots().remove(session)?.standing {
            Standing::Open(open) => Some(open),
            Standing::Closed { .. } => None,
        }
    }

    /// The budget of an account space with this limit: one for all sessions that reach it.
    pub(super) fn budget(&self, space: &str, limit: NonZeroU32) -> Arc<Budget> {
        let mut budgets = self.budgets.lock().unwrap_or_else(PoisonError::into_inner);
        match budgets.get(space) {
            Some((before, budget)) if *before == limit => Arc::clone(budget),
            _ => {
                let budget = Arc::new(Budget::new(BudgetLimits { requests_per_minute: limit }));
                budgets.insert(space.to_owned(), (limit, Arc::clone(&budget)));
                budget
            }
        }
    }

    /// The budget that sessions of the account space share, once one is open.
    pub(super) fn budget_of(&self, space: &str) -> Option<Arc<Budget>> {
        let budgets = self.budgets.lock().unwrap_or_else(PoisonError::into_inner);
        budgets.get(space).map(|(_, budget)| Arc::clone(budget))
    }

    /// Every session that is open.
    pub(super) fn all_open(&self) -> Vec<Arc<OpenSession>> {
        let slots = self.slots();
        let open = slots.values().filter_map(|slot| match &slot.standing {
            Standing::Open(open) => Some(Arc::clone(open)),
            Standing::Closed { .. } => None,
        });
        open.collect()
    }

    /// Closes every session, all at the same time.
    pub async fn close_all(&self) {
        let slots = std::mem::take(&mut *self.slots());
        let open = slots.into_values().filter_map(|slot| match slot.standing {
            Standing::Open(open) => Some(open),
            Standing::Closed { .. } => None,
        });
        let open: Vec<_> = open.collect();
        futures::future::join_all(open.iter().map(|session| session.close())).await;
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<Name, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_spaces(&self) -> std::sync::RwLockWriteGuard<'_, Spaces> {
        self.spaces.write().unwrap_or_else(PoisonError::into_inner)
    }
}
