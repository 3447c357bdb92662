//! The simulated portal in the hands of a test.

use serde_json::{Map, Value};

use super::Simulator;
use super::behind::PortalError;
use super::faults::Fault;
use super::ledger::{Counters, LedgerUser, OpenSession};
use super::switches::Switches;
use crate::sim::journal::{Journal, JournalEntry, JournalFilter, System};

/// The portal of simulators that run: see [`Running::ctera`](crate::sim::Running::ctera).
///
/// A tenant is named by its name, the global context by the empty one. A user is named by its name,
/// one of a directory by `DOMAIN\NAME`. What is done here asks for no right and no policy.
#[derive(Clone, Copy)]
pub struct Ctera<'a> {
    pub(in crate::sim) simulator: &'a Simulator,
    pub(in crate::sim) journal: &'a Journal,
    pub(in crate::sim) tls: Option<std::net::SocketAddr>,
    pub(in crate::sim) plain: Option<std::net::SocketAddr>,
}

impl Ctera<'_> {
    /// `https://127.0.0.1:PORT`, if it is served over TLS.
    pub fn url(&self) -> Option<String> {
        self.tls.map(|address| format!("https://{address}"))
    }

    /// `http://127.0.0.1:PORT`, if it is served without.
    pub fn plain_url(&self) -> Option<String> {
        self.plain.map(|address| format!("http://{address}"))
    }

    /// Everything that arrived here since the start, the last reset or the last clearing.
    pub fn journal(&self) -> Vec<JournalEntry> {
        self.journal_of(JournalFilter::default())
    }

    /// The same, as far as the filter lets it pass; its system is set.
    pub fn journal_of(&self, filter: JournalFilter) -> Vec<JournalEntry> {
        self.journal.entries(&JournalFilter { system: Some(System::Ctera), ..filter })
    }

    /// Orders a fault.
    pub fn fault(&self, fault: Fault) {
        self.simulator.push_fault(fault);
    }

    /// The faults that have not acted, or not for the last time.
    pub fn faults(&self) -> Vec<Fault> {
        self.simulator.faults()
    }

    pub fn clear_faults(&self) {
        self.simulator.clear_faults();
    }

    /// Sets switches: `ctera.switch(|switches| switches.page_limit = Some(2))`.
    pub fn switch(&self, change: impl FnOnce(&mut Switches)) {
        change(&mut self.simulator.state().switches);
    }

    pub fn switches(&self) -> Switches {
        self.simulator.switches()
    }

    /// Every user that there ever was, in the order of their creation.
    pub fn users(&self) -> Vec<LedgerUser> {
        self.simulator.state().ledger()
    }

    /// A user that is there.
    pub fn user(&self, tenant: &str, name: &str) -> Option<LedgerUser> {
        let state = self.simulator.state();
        let uid = state.uid_behind(tenant, name).ok()?;
        state.entry_of(uid)
    }

    /// The whole user as clients see it: texts, nulls, lists, and objects with `$class` and `$uuid`.
    ///
    /// # Errors
    /// If there is no such user.
    pub fn attributes(&self, tenant: &str, name: &str) -> Result<Map<String, Value>, PortalError> {
        self.simulator.state().attributes_behind(tenant, name)
    }

    /// Makes a user behind the clients' backs and returns its uid. Without a role it is an `EndUser`.
    ///
    /// # Errors
    /// If there is no such tenant or domain, or the name is taken.
    pub fn create_user(
        &self,
        tenant: &str,
        name: &str,
        password: Option<&str>,
        attributes: Map<String, Value>,
    ) -> Result<u64, PortalError> {
        self.simulator.state().create_behind(tenant, name, password, attributes)
    }

    /// Sets the attributes that are named; `name` renames, `password` sets the password.
    ///
    /// # Errors
    /// If there is no such user, a new name is taken, or an attribute cannot be set.
    pub fn set_attributes(
        &self,
        tenant: &str,
        name: &str,
        attributes: Map<String, Value>,
    ) -> Result<(), PortalError> {
        self.simulator.state().change_behind(tenant, name, attributes)
    }

    /// Changes a password. Live sessions go on.
    ///
    /// # Errors
    /// If there is no such user.
    pub fn set_password(
        &self,
        tenant: &str,
        name: &str,
        password: &str,
    ) -> Result<(), PortalError> {
        let attributes = Map::from_iter([("password".to_owned(), password.into())]);
        self.set_attributes(tenant, name, attributes)
    }

    /// Deletes a user with its keys. No folder is counted.
    ///
    /// # Errors
    /// If there is no such user.
    pub fn delete_user(&self, tenant: &str, name: &str) -> Result<(), PortalError> {
        self.simulator.state().delete_behind(tenant, name)
    }

    /// Whether a user exists and has this password.
    pub fn login_password_is(&self, tenant: &str, name: &str, value: &str) -> bool {
        self.simulator.state().password_is(tenant, name, value) == Ok(true)
    }

    /// Makes an S3 key, whatever the limit, and returns its access key and its secret.
    ///
    /// # Errors
    /// If there is no such user.
    pub fn create_key(&self, tenant: &str, name: &str) -> Result<(String, String), PortalError> {
        self.simulator.state().create_key_behind(tenant, name)
    }

    /// Deletes an S3 key.
    ///
    /// # Errors
    /// If there is no such key.
    pub fn delete_key(&self, access_key: &str) -> Result<(), PortalError> {
        self.simulator.state().delete_key_behind(access_key)
    }

    /// Whether a key exists and has this secret.
    pub fn secret_is(&self, access_key: &str, secret: &str) -> bool {
        self.simulator.state().secret_is(access_key, secret) == Ok(true)
    }

    /// The sessions that could be used now, if they have not timed out, the oldest first.
    pub fn sessions(&self) -> Vec<OpenSession> {
        self.simulator.state().open_sessions()
    }

    /// Ends all sessions.
    pub fn kill_sessions(&self) {
        self.simulator.kill_sessions();
    }

    /// Selects a tenant, or the global context, for all sessions of global administrators.
    ///
    /// # Errors
    /// If there is no such tenant.
    pub fn select_tenant(&self, tenant: &str) -> Result<(), PortalError> {
        self.simulator.state().select_behind(tenant)
    }

    /// Sets one setting of a role, such as `canManageUsers` of `readWriteAdminSettings`.
    ///
    /// # Errors
    /// If there is no such tenant, role or setting.
    pub fn set_right(
        &self,
        tenant: &str,
        role: &str,
        setting: &str,
        value: bool,
    ) -> Result<(), PortalError> {
        self.simulator.state().set_right(tenant, role, setting, value)
    }

    pub fn counters(&self) -> Counters {
        self.simulator.state().counters()
    }
}
