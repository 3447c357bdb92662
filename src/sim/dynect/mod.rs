//! A stand-in for the `DynECT` REST API: sessions, permissions and update users, with the service's
//! habits and, to order, its faults.

mod accounts;
mod answer;
mod envelope;
mod fault_kind;
mod faults;
mod jobs;
mod ledger;
mod limits;
mod misbehave;
mod permissions;
mod request;
mod routes;
mod serve;
mod sessions;
mod state;
mod switches;
mod update_users;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::accounts::NewUpdateUser;
use self::answer::Answer;
use self::request::Request;
use self::state::State;
use super::clock::Clock;
use super::http::Delivery;
use super::journal::{Arrival, Journal, System, Verdict, redacted, redacted_query};
use super::seed::CustomerSeed;

pub use self::accounts::AccountError;
pub use self::fault_kind::FaultKind;
pub use self::faults::{Fault, FaultMatch, FaultParameters};
pub use self::ledger::{AccountState, Deletion, Ledger, LedgerAccount};
pub use self::switches::Switches;

/// Name in the ledger of whoever acts behind the clients' backs.
const BEHIND: &str = "control";

/// The whole service; its listeners and its controls share one.
pub(super) struct Simulator {
    state: Mutex<State>,
    seed: BTreeMap<String, CustomerSeed>,
    clock: Arc<Clock>,
    journal: Arc<Journal>,
}

/// A request that is not answered yet; answered when dropped.
pub(super) struct InFlight {
    simulator: Arc<Simulator>,
    token: Option<String>,
}

impl Simulator {
    pub(super) fn new(
        seed: BTreeMap<String, CustomerSeed>,
        clock: Arc<Clock>,
        journal: Arc<Journal>,
    ) -> Simulator {
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
            system: System::Dynect,
            method: request.method.to_string(),
            path: request.path.clone(),
            query: request.query.as_deref().map(redacted_query),
            operation: None,
            body: redacted(&request.body),
        });
        // The token that comes along with a login is ignored.
        let token = request.token().filter(|_| !request.is_login()).map(str::to_owned);
        let mut overlapped = false;
        if let Some(session) = token.as_ref().and_then(|token| state.sessions.get_mut(token)) {
            overlapped = session.in_flight > 0;
            session.in_flight += 1;
        }
        let session = token.as_ref().and_then(|token| state.label(token)).map(str::to_owned);
        let answer = misbehave::answer(&mut state, request);
        simulator.journal.close(
            id,
            Verdict {
                session: answer.opened.clone().or(session),
                tenant: None,
                outcome: answer.outcome.clone(),
                status: (answer.delivery != Delivery::Never).then_some(answer.status),
                executed: answer.executed,
                overlapped,
            },
        );
        drop(state);
        (answer, InFlight { simulator: Arc::clone(simulator), token })
    }

    fn closes_after(&self, number: u32) -> bool {
        self.state().switches.requests_per_connection.is_some_and(|most| number >= most)
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

    pub(super) fn switch(&self, change: impl FnOnce(&mut Switches)) {
        change(&mut self.state().switches);
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

    pub(super) fn open_sessions(&self) -> usize {
        self.state().sessions.len()
    }

    pub(super) fn ledger(&self) -> Ledger {
        self.state().accounts.ledger()
    }

    pub(super) fn create_account(
        &self,
        customer: &str,
        nickname: &str,
        user_name: Option<&str>,
        password: &str,
        blocked: bool,
    ) -> Result<String, AccountError> {
        let new = NewUpdateUser {
            nickname: nickname.to_owned(),
            user_name: user_name.map(str::to_owned),
            password: password.to_owned(),
            blocked,
        };
        let mut state = self.state();
        let now = state.now;
        state.accounts.create(customer, new, BEHIND, now)
    }

    pub(super) fn change_account(
        &self,
        customer: &str,
        user_name: &str,
        password: Option<&str>,
        blocked: Option<bool>,
    ) -> Result<(), AccountError> {
        let mut state = self.state();
        let user = state
            .accounts
            .update_user_mut(customer, user_name)
            .ok_or_else(|| AccountError::UnknownUser(user_name.to_owned()))?;
        if let Some(password) = password {
            user.set_password(password.to_owned());
        }
        if let Some(blocked) = blocked {
            user.set_blocked(blocked);
        }
        Ok(())
    }

    pub(super) fn delete_account(
        &self,
        customer: &str,
        user_name: &str,
    ) -> Result<(), AccountError> {
        let mut state = self.state();
        let now = state.now;
        state.accounts.delete(customer, user_name, BEHIND, now)
    }

    /// Whether this is the password of the update user; none if there is no such user.
    pub(super) fn account_password_is(
        &self,
        customer: &str,
        user_name: &str,
        value: &str,
    ) -> Option<bool> {
        let state = self.state();
        state.accounts.update_user(customer, user_name).map(|user| user.password == value)
    }

    /// Whether this is the password of the user who can log in; none if there is no such user.
    pub(super) fn user_password_is(
        &self,
        customer: &str,
        user_name: &str,
        value: &str,
    ) -> Option<bool> {
        let state = self.state();
        state.accounts.user(customer, user_name).map(|user| user.password == value)
    }

    pub(super) fn set_user_password(
        &self,
        customer: &str,
        user_name: &str,
        password: &str,
    ) -> Result<(), AccountError> {
        let mut state = self.state();
        let user = state
            .accounts
            .user_mut(customer, user_name)
            .ok_or_else(|| AccountError::UnknownUser(user_name.to_owned()))?;
        password.clone_into(&mut user.password);
        Ok(())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let Some(token) = &self.token else { return };
        if let Some(session) = self.simulator.state().sessions.get_mut(token) {
            session.in_flight = session.in_flight.saturating_sub(1);
        }
    }
}
