//! A stand-in for the management API of a CTERA Portal: sessions, tenants, users, S3 keys and tasks,
//! with the portal's habits and, to order, its faults.

mod answer;
mod behind;
mod failure;
mod fault_kind;
mod faults;
mod handle;
mod keys;
mod ledger;
mod misbehave;
mod node;
mod passwords;
mod portal;
mod query;
mod request;
mod rights;
mod routes;
mod seed;
mod serve;
mod sessions;
mod shown;
mod state;
mod switches;
mod tasks;
mod user;
mod users;
mod xml;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::answer::Answer;
use self::request::{Request, Resource};
use self::state::State;
use super::clock::Clock;
use super::http::Delivery;
use super::journal::{Arrival, Journal, System, Verdict, redacted_query};

pub use self::behind::PortalError;
pub use self::fault_kind::FaultKind;
pub use self::faults::{Fault, FaultMatch, FaultParameters};
pub use self::handle::Ctera;
pub use self::ledger::{Counters, Deletion, LedgerKey, LedgerUser, OpenSession};
pub use self::seed::{PortalSeed, PortalUserSeed, RolesSeed, TenantSeed};
pub use self::switches::{DeadSession, Switches, TaskEnd};

/// The whole portal; its listeners and its controls share one.
pub(super) struct Simulator {
    state: Mutex<State>,
    seed: PortalSeed,
    clock: Arc<Clock>,
    journal: Arc<Journal>,
}

/// A request that is not answered yet; answered when dropped.
pub(super) struct InFlight {
    simulator: Arc<Simulator>,
    session: Option<String>,
}

impl Simulator {
    pub(super) fn new(seed: PortalSeed, clock: Arc<Clock>, journal: Arc<Journal>) -> Simulator {
        let state = Mutex::new(State::new(&seed, clock.now()));
        Simulator { state, seed, clock, journal }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.now = self.clock.now();
        state
    }

    /// Decides the reply to a request, and files both.
    fn decide(simulator: &Arc<Simulator>, request: &Request) -> (Answer, InFlight) {
        let mut state = simulator.state();
        let id = simulator.journal.open(Arrival {
            time: state.now,
            system: System::Ctera,
            method: request.method.to_string(),
            path: request.path.clone(),
            query: request.query.as_deref().map(redacted_query),
            operation: request.operation(),
            body: shown::body(request),
        });
        let resource = request.resource();
        // The session that comes along with a login is ignored.
        let session = request.session().filter(|_| resource != Resource::Login);
        let session = session.map(str::to_owned);
        let mut overlapped = false;
        let mut selected = None;
        if let Some(session) = session.as_ref().and_then(|id| state.sessions.get_mut(id)) {
            overlapped = session.in_flight > 0;
            session.in_flight += 1;
            selected = Some(session.tenant.clone());
        }
        let label = session.as_ref().and_then(|id| state.labels.get(id)).cloned();
        let answer = misbehave::answer(&mut state, request);
        // Where it was executed, which a fault may have changed; not what it has selected itself.
        let now = session.as_ref().and_then(|id| state.sessions.get(id));
        let now = now.map(|session| session.tenant.clone());
        let tenant = now.filter(|_| resource != Resource::CurrentPortal).or(selected);
        simulator.journal.close(
            id,
            Verdict {
                session: answer.opened.clone().or(label),
                tenant: tenant.filter(|tenant| !tenant.is_empty()),
                outcome: answer.outcome.clone(),
                status: (answer.delivery != Delivery::Never).then_some(answer.status),
                executed: answer.executed,
                overlapped,
            },
        );
        drop(state);
        (answer, InFlight { simulator: Arc::clone(simulator), session })
    }

    pub(super) fn reset(&self) {
        let now = self.clock.now();
        *self.state() = State::new(&self.seed, now);
    }

    pub(super) fn push_fault(&self, fault: Fault) {
        self.state().faults.push(fault);
    }

    pub(super) fn faults(&self) -> Vec<Fault> {
        self.state().faults.waiting().to_vec()
    }

    pub(super) fn clear_faults(&self) {
        self.state().faults.clear();
    }

    pub(super) fn switches(&self) -> Switches {
        self.state().switches.clone()
    }

    /// Sets the switches that are named; all or none.
    pub(super) fn merge_switches(
        &self,
        changes: serde_json::Map<String, serde_json::Value>,
    ) -> Result<Switches, String> {
        let mut state = self.state();
        state.switches = state.switches.merged(changes)?;
        Ok(state.switches.clone())
    }

    pub(super) fn kill_sessions(&self) {
        self.state().sessions.clear();
    }

    /// How many sessions could be used now, if none has timed out.
    pub(super) fn open_sessions(&self) -> usize {
        self.state().sessions.len()
    }

    /// Everything that can be done with it behind the clients' backs.
    pub(super) fn handle<'a>(&'a self, journal: &'a Journal) -> Ctera<'a> {
        Ctera { simulator: self, journal, tls: None, plain: None }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let Some(id) = &self.session else { return };
        if let Some(session) = self.simulator.state().sessions.get_mut(id) {
            session.in_flight = session.in_flight.saturating_sub(1);
        }
    }
}
