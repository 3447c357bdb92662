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
use super::ctera::{self, Ctera};
use super::dynect::{AccountError, Fault, Ledger, Simulator, Switches};
use super::http;
use super::journal::{Journal, JournalEntry, JournalFilter};
use super::proxy::Proxy;
use super::{Options, ProxyOptions, Seed};

/// Simulators that run, until this is shut down or dropped.
pub struct Running {
    controls: Controls,
    dynect: SocketAddr,
    control: Option<SocketAddr>,
    tls: Option<SocketAddr>,
    ctera: Option<SocketAddr>,
    ctera_plain: Option<SocketAddr>,
    /// The authority of all that is served over TLS.
    authority_pem: Option<String>,
    proxy: Option<SocketAddr>,
    tasks: JoinSet<()>,
    stop: DropGuard,
}

/// Starts everything that the options name. All listeners accept when this returns.
///
/// # Errors
/// If an address cannot be bound, which the text names, or the seed names something twice.
pub async fn start(options: Options) -> io::Result<Running> {
    let Options { dynect, control, tls, ctera, ctera_plain, proxy, seed } = options;
    seed.check().map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    let clock = Arc::new(Clock::default());
    let journal = Arc::new(Journal::default());
    let Seed { customers, portal } = seed;
    let simulator = Simulator::new(customers, Arc::clone(&clock), Arc::clone(&journal));
    let simulator = Arc::new(simulator);
    let portal = ctera::Simulator::new(portal, Arc::clone(&clock), Arc::clone(&journal));
    let portal = Arc::new(portal);
    let controls = Controls {
        dynect: Arc::clone(&simulator),
        ctera: Arc::clone(&portal),
        clock: Arc::clone(&clock),
        journal: Arc::clone(&journal),
    };
    let stop = CancellationToken::new();
    let mut tasks = JoinSet::new();

    let (listener, dynect) = listen(dynect, "DynECT").await?;
    tasks.spawn(http::serve(Arc::clone(&simulator), listener, None, stop.clone()));

    let certificate = match tls.or(ctera) {
        Some(_) => Some(Certificate::generate()?),
        None => None,
    };
    let (acceptor, authority_pem) =
        certificate.map(|made| (made.acceptor, made.authority_pem)).unzip();
    let tls = match tls {
        Some(address) => {
            let (listener, address) = listen(address, "DynECT over TLS").await?;
            tasks.spawn(http::serve(simulator, listener, acceptor.clone(), stop.clone()));
            Some(address)
        }
        None => None,
    };
    let ctera = match ctera {
        Some(address) => {
            let (listener, address) = listen(address, "the portal").await?;
            tasks.spawn(http::serve(Arc::clone(&portal), listener, acceptor, stop.clone()));
            Some(address)
        }
        None => None,
    };
    let ctera_plain = match ctera_plain {
        Some(address) => {
            let (listener, address) = listen(address, "the portal over plain HTTP").await?;
            tasks.spawn(http::serve(portal, listener, None, stop.clone()));
            Some(address)
        }
        None => None,
    };
    let proxy = match proxy {
        None => None,
        Some(ProxyOptions { address, login }) => {
            let (listener, address) = listen(address, "the proxy").await?;
            tasks.spawn(Proxy { login, clock, journal }.serve(listener, stop.clone()));
            Some(address)
        }
    };
    let control = match control {
        None => None,
        Some(address) => {
            let (listener, address) = listen(address, "the control API").await?;
            tasks.spawn(control::serve(controls.clone(), listener, stop.clone()));
            Some(address)
        }
    };
    let stop = stop.drop_guard();
    Ok(Running {
        controls,
        dynect,
        control,
        tls,
        ctera,
        ctera_plain,
        authority_pem,
        proxy,
        tasks,
        stop,
    })
}

/// A listener and the address that it has got.
async fn listen(address: SocketAddr, what: &str) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address).await.map_err(|error| {
        io::Error::new(error.kind(), format!("{what} cannot be served on {address}: {error}"))
    })?;
    let address = listener.local_addr()?;
    Ok((listener, address))
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
