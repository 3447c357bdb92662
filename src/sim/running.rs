//! The handle to simulators that run.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::DropGuard;

use super::control::Controls;
use super::ctera::Ctera;
use super::dynect::{AccountError, Fault, Ledger, Switches};
use super::journal::{JournalEntry, JournalFilter};

/// Simulators that run, until this is shut down or dropped.
pub struct Running {
    pub(super) controls: Controls,
    pub(super) dynect: SocketAddr,
    pub(super) control: Option<SocketAddr>,
    pub(super) tls: Option<SocketAddr>,
    pub(super) ctera: Option<SocketAddr>,
    pub(super) ctera_plain: Option<SocketAddr>,
    /// The authority of all that is served over TLS.
    pub(super) authority_pem: Option<String>,
    pub(super) proxy: Option<SocketAddr>,
    pub(super) tasks: JoinSet<()>,
    pub(super) stop: DropGuard,
}

impl Running {
    /// `http://127.0.0.1:PORT`
    #[must_use]
    pub fn dynect_url(&self) -> String {
        format!("http://{}", self.dynect)
    }

    #[must_use]
    pub fn dynect_address(&self) -> SocketAddr {
        self.dynect
    }

    #[must_use]
    pub fn control_url(&self) -> Option<String> {
        self.control.map(|address| format!("http://{address}"))
    }

    #[must_use]
    pub fn tls_url(&self) -> Option<String> {
        self.tls.map(|address| format!("https://{address}"))
    }

    /// The authority to trust in order to trust what is served over TLS, if anything is.
    #[must_use]
    pub fn ca_certificate_pem(&self) -> Option<&str> {
        self.authority_pem.as_deref()
    }

    /// The simulated CTERA Portal, whether it is served or not. What has no word of its system here
    /// is `DynECT`'s, but for journal, clock and reset, which belong to all.
    #[must_use]
    pub fn ctera(&self) -> Ctera<'_> {
        let Controls { ctera, journal, .. } = &self.controls;
        Ctera { simulator: ctera, journal, tls: self.ctera, plain: self.ctera_plain }
    }

    #[must_use]
    pub fn proxy_url(&self) -> Option<String> {
        self.proxy.map(|address| format!("http://{address}"))
    }

    /// Everything that arrived since the start, the last reset or the last clearing.
    #[must_use]
    pub fn journal(&self) -> Vec<JournalEntry> {
        self.journal_of(&JournalFilter::default())
    }

    #[must_use]
    pub fn journal_of(&self, filter: &JournalFilter) -> Vec<JournalEntry> {
        self.controls.journal.entries(filter)
    }

    pub fn clear_journal(&self) {
        self.controls.journal.clear();
    }

    /// Orders a fault.
    pub fn fault(&self, fault: Fault) {
        self.controls.dynect.push_fault(fault);
    }

    /// The faults that have not acted, or not for the last time.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        self.controls.dynect.faults()
    }

    pub fn clear_faults(&self) {
        self.controls.dynect.clear_faults();
    }

    /// Sets switches: `running.switch(|switches| switches.password_in_list = false)`.
    pub fn switch(&self, change: impl FnOnce(&mut Switches)) {
        self.controls.dynect.switch(change);
    }

    #[must_use]
    pub fn switches(&self) -> Switches {
        self.controls.dynect.switches()
    }

    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.controls.dynect.ledger()
    }

    /// Back to the seed: accounts, sessions, faults, switches, journal, ledger and clock.
    pub fn reset(&self) {
        self.controls.reset();
    }

    /// Puts the simulators' clock forward; session time-outs and rate limits follow it.
    pub fn advance(&self, by: Duration) {
        self.controls.clock.advance(by);
    }

    /// Ends all sessions of all customers.
    pub fn kill_sessions(&self) {
        self.controls.dynect.kill_sessions();
    }

    /// How many sessions could be used now, if none has timed out.
    #[must_use]
    pub fn open_sessions(&self) -> usize {
        self.controls.dynect.open_sessions()
    }

    /// Makes an update user behind the clients' backs and returns its user name.
    ///
    /// # Errors
    /// If there is no such customer, or a name is taken.
    pub fn create_update_user(
        &self,
        customer: &str,
        nickname: &str,
        password: &str,
    ) -> Result<String, AccountError> {
        self.controls.dynect.create_account(customer, nickname, None, password, false)
    }

    /// The same with a user name that need not follow from the nickname.
    ///
    /// # Errors
    /// As [`Running::create_update_user`].
    pub fn create_update_user_named(
        &self,
        customer: &str,
        nickname: &str,
        user_name: &str,
        password: &str,
    ) -> Result<String, AccountError> {
        self.controls.dynect.create_account(customer, nickname, Some(user_name), password, false)
    }

    /// Blocks or unblocks behind the clients' backs.
    ///
    /// # Errors
    /// If there is no such update user.
    pub fn set_blocked(
        &self,
        customer: &str,
        user_name: &str,
        blocked: bool,
    ) -> Result<(), AccountError> {
        self.controls.dynect.change_account(customer, user_name, None, Some(blocked))
    }

    /// Changes the password of an update user behind the clients' backs.
    ///
    /// # Errors
    /// If there is no such update user.
    pub fn set_password(
        &self,
        customer: &str,
        user_name: &str,
        password: &str,
    ) -> Result<(), AccountError> {
        self.controls.dynect.change_account(customer, user_name, Some(password), None)
    }

    /// Deletes behind the clients' backs.
    ///
    /// # Errors
    /// If there is no such update user.
    pub fn delete_update_user(&self, customer: &str, user_name: &str) -> Result<(), AccountError> {
        self.controls.dynect.delete_account(customer, user_name)
    }

    /// Whether an update user exists and has this password.
    #[must_use]
    pub fn password_is(&self, customer: &str, user_name: &str, value: &str) -> bool {
        self.controls.dynect.account_password_is(customer, user_name, value) == Some(true)
    }

    /// Changes the password of somebody who can log in. Live sessions go on.
    ///
    /// # Errors
    /// If there is no such user.
    pub fn set_login_password(
        &self,
        customer: &str,
        user_name: &str,
        password: &str,
    ) -> Result<(), AccountError> {
        self.controls.dynect.set_user_password(customer, user_name, password)
    }

    /// Whether somebody can log in with this password.
    #[must_use]
    pub fn login_password_is(&self, customer: &str, user_name: &str, value: &str) -> bool {
        self.controls.dynect.user_password_is(customer, user_name, value) == Some(true)
    }

    /// Stops listening, closes all connections and waits until that is done.
    pub async fn shutdown(self) {
        let Running { stop, mut tasks, .. } = self;
        drop(stop);
        while tasks.join_next().await.is_some() {}
    }
}
