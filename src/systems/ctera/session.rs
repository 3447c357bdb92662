//! The session: who is logged in, and what is known since then.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use secrecy::SecretString;
use tokio::sync::{OwnedMutexGuard, Semaphore, SemaphorePermit};
use tokio::time::Instant;

use super::call::Call;
use super::config::{Config, ConfigError};
use super::permissions::Permissions;
use crate::remote::{Budget, Cause, Lanes, Priority};
use crate::systems::Redactor;
use crate::systems::history::History;
use crate::systems::http::{Transport, TransportOptions};
use crate::systems::report::Audience;

/// How many users one request asks for, until the portal refuses it.
pub(super) const LARGE_PAGE: usize = 1000;

/// One login and everything that serves it.
#[derive(Debug)]
pub(super) struct Session {
    pub config: Config,
    pub transport: Transport,
    pub budget: Arc<Budget>,
    pub history: History,
    /// One login at a time.
    pub logins: Lanes,
    in_flight: Semaphore,
    /// Who waits for one of the places in flight, in the order of priority.
    waiting: Lanes,
    state: Mutex<State>,
    /// The accounts that somebody is at work on. One at a time: what is read is written back.
    at_work: Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>,
}

/// Where a login was accepted, which is the root of everything that follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    /// Administrators of the whole system; at a tenant's own host name also that tenant's.
    Admin,
    /// Users and administrators of one tenant.
    Services,
}

#[derive(Debug)]
pub(super) struct State {
    logins: u64,
    pub open: Option<Arc<Open>>,
    /// The portal's verdict on the credentials. They are not tried again.
    pub refused: Option<(Cause, String)>,
    /// Where the credentials were accepted.
    pub context: Option<Context>,
    pub page: usize,
    /// How often somebody began to select a tenant again, and how many are at it now.
    selections: u64,
    selecting: usize,
    /// When a login was replaced because the portal denied something.
    pub denied: Option<Instant>,
}

/// The login and the selection that something is read with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Selection {
    login: Option<u64>,
    selections: u64,
}

/// A tenant is being selected, until this is dropped.
pub(super) struct Selecting<'a>(&'a Session);

impl Drop for Selecting<'_> {
    fn drop(&mut self) {
        self.0.state().selecting -= 1;
    }
}

/// What is known since the login. The tenant was selected, and that was read back.
#[derive(Debug)]
pub(super) struct Open {
    /// Counts the logins: whoever saw this one end does not end the next one.
    pub number: u64,
    pub since: Instant,
    pub context: Context,
    pub cookie: SecretString,
    pub who: String,
    pub role: Option<String>,
    /// An administrator from outside the tenant: the tenant's roles say nothing about it.
    pub is_visitor: bool,
    pub version: Option<String>,
    pub permissions: OnceLock<Arc<Permissions>>,
}

impl State {
    /// The number of the login, if there is one.
    pub(super) fn number(&self) -> Option<u64> {
        self.open.as_ref().map(|open| open.number)
    }
}

impl Context {
    pub(super) fn root(self) -> &'static str {
        match self {
            Self::Admin => "/admin/api",
            Self::Services => "/ServicesPortal/api",
        }
    }
}

impl Session {
    pub(super) fn new(config: Config, budget: Arc<Budget>) -> Result<Self, ConfigError> {
        config.check()?;
        let transport = Transport::new(TransportOptions {
            endpoint: config.endpoint.clone(),
            proxy: config.proxy.clone(),
            connect_timeout: config.pace.connect,
        })?;
        Ok(Self {
            transport,
            budget,
            history: History::new(config.history_limit),
            logins: Lanes::default(),
            in_flight: Semaphore::new(config.max_in_flight.get().min(Semaphore::MAX_PERMITS)),
            waiting: Lanes::default(),
            state: Mutex::new(State {
                logins: 0,
                open: None,
                refused: None,
                context: None,
                page: LARGE_PAGE,
                selections: 0,
                selecting: 0,
                denied: None,
            }),
            at_work: Mutex::default(),
            config,
        })
    }

    /// The login, if there is one.
    pub(super) fn current(&self) -> Option<Arc<Open>> {
        self.state().open.clone()
    }

    /// The number of the next login.
    pub(super) fn next_number(&self) -> u64 {
        let mut state = self.state();
        state.logins += 1;
        state.logins
    }

    /// What is selected now, to be compared with what is selected later.
    pub(super) fn selection(&self) -> Selection {
        let state = self.state();
        Selection { login: state.number(), selections: state.selections }
    }

    /// Whether whatever was read since then was read in one tenant.
    pub(super) fn is_settled(&self, since: Selection) -> bool {
        let state = self.state();
        let now = Selection { login: state.number(), selections: state.selections };
        // Who was not logged in then has read with a login that was made since, in its tenant.
        let login = since.login.or(now.login);
        state.selecting == 0 && now == Selection { login, ..since }
    }

    /// Counts a selection that begins.
    pub(super) fn selecting(&self) -> Selecting<'_> {
        let mut state = self.state();
        state.selections += 1;
        state.selecting += 1;
        drop(state);
        Selecting(self)
    }

    pub(super) fn keep_login(&self, open: &Arc<Open>) {
        self.state().open = Some(Arc::clone(open));
    }

    /// Forgets this login. `false` if somebody did already; there may be a newer one.
    pub(super) fn forget_login(&self, number: u64) -> bool {
        let mut state = self.state();
        let is_this = state.number() == Some(number);
        if is_this {
            state.open = None;
        }
        is_this
    }

    /// What the texts of the portal must not show.
    pub(super) fn redactor(&self, call: &Call, cookie: Option<&SecretString>) -> Redactor {
        let open = self.current();
        let known = [
            Some(&self.config.password),
            self.config.previous_password.as_ref(),
            cookie,
            open.as_ref().map(|open| &open.cookie),
        ];
        Redactor::new(known.into_iter().flatten().chain(call.secrets()))
    }

    /// Who is told of each request.
    pub(super) fn audience(&self) -> Audience<'_> {
        let Config { observer, clock, .. } = &self.config;
        Audience { observer: observer.as_deref(), history: &self.history, clock: *clock }
    }

    /// Waits for a place in flight. `None` never happens: nobody closes the semaphore.
    pub(super) async fn place(&self, priority: Priority) -> Option<SemaphorePermit<'_>> {
        let _turn = self.waiting.turn(priority).await;
        self.in_flight.acquire().await.ok()
    }

    /// Waits until nobody else of this client is at work on the account.
    pub(super) async fn alone_with(&self, uid: &str) -> OwnedMutexGuard<()> {
        let lock = {
            let mut at_work = self.at_work.lock().unwrap_or_else(PoisonError::into_inner);
            at_work.retain(|_, lock| lock.strong_count() > 0);
            let known = at_work.get(uid).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                let lock = Arc::default();
                at_work.insert(uid.to_owned(), Arc::downgrade(&lock));
                lock
            })
        };
        lock.lock_owned().await
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
