//! Starting the simulators, and the handle to those that run.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::certificate::Certificate;
use super::clock::Clock;
use super::control::{self, Controls};
use super::dynect::{AccountError, Fault, Ledger, Simulator, Switches};
use super::http;
use super::journal::{Journal, JournalEntry, JournalFilter};
use super::proxy::Proxy;
use super::{Options, ProxyOptions};

/// Simulators that run, until this is shut down or dropped.
pub struct Running {
    controls: Controls,
    dynect: SocketAddr,
    control: Option<SocketAddr>,
    tls: Option<(SocketAddr, String)>,
    proxy: Option<SocketAddr>,
    tasks: JoinSet<()>,
    stop: DropGuard,
}

/// Starts everything that the options name. All listeners accept when this returns.
///
/// # Errors
/// If an address cannot be bound, which the text names, or the seed names something twice.
pub async fn start(options: Options) -> io::Result<Running> {
    let Options { dynect, control, tls, proxy, seed } = options;
    seed.check().map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    let clock = Arc::new(Clock::default());
    let journal = Arc::new(Journal::default());
    let simulator = Simulator::new(seed, Arc::clone(&clock), Arc::clone(&journal));
    let simulator = Arc::new(simulator);
    let controls = Controls {
        dynect: Arc::clone(&simulator),
        clock: Arc::clone(&clock),
        journal: Arc::clone(&journal),
    };
    let stop = CancellationToken::new();
    let mut tasks = JoinSet::new();

    let listener = bind(dynect, "DynECT").await?;
    let dynect = listener.local_addr()?;
    tasks.spawn(http::serve(Arc::clone(&simulator), listener, None, stop.clone()));

    let tls = match tls {
        None => None,
        Some(address) => {
            let Certificate { acceptor, authority_pem } = Certificate::generate()?;
            let listener = bind(address, "DynECT over TLS").await?;
            let address = listener.local_addr()?;
            tasks.spawn(http::serve(simulator, listener, Some(acceptor), stop.clone()));
            Some((address, authority_pem))
        }
    };
    let proxy = match proxy {
        None => None,
        Some(ProxyOptions { address, login }) => {
            let listener = bind(address, "the proxy").await?;
            let address = listener.local_addr()?;
            tasks.spawn(Proxy { login, clock, journal }.serve(listener, stop.clone()));
            Some(address)
        }
    };
    let control = match control {
        None => None,
        Some(address) => {
            let listener = bind(address, "the control API").await?;
            let address = listener.local_addr()?;
            tasks.spawn(control::serve(controls.clone(), listener, stop.clone()));
            Some(address)
        }
    };
    Ok(Running { controls, dynect, control, tls, proxy, tasks, stop: stop.drop_guard() })
}

async fn bind(address: SocketAddr, what: &str) -> io::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        io::Error::new(error.kind(), format!("{what} cannot be served on {address}: {error}"))
    })
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
        self.tls.as_ref().map(|(address, _)| format!("https://{address}"))
    }

    /// The authority to trust in order to trust the TLS listener.
    #[must_use]
    pub fn ca_certificate_pem(&self) -> Option<&str> {
        self.tls.as_ref().map(|(_, pem)| pem.as_str())
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
