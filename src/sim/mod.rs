//! Simulators: stateful stand-ins for the systems, speaking their wire contracts on loopback.
//!
//! They share no type with the clients that they are there to check. Each can be seeded, watched
//! (journal, ledger), and made to misbehave (faults, switches), from within the process through
//! [`Running`] and from outside through the control API (`control` lists its routes).
//!
//! Passwords are in the memory of a simulator in clear: it is for made-up ones.

mod certificate;
mod clock;
mod control;
pub mod ctera;
mod dynect;
mod faults;
mod http;
mod journal;
mod proxy;
mod running;
mod seed;
mod start;
mod switches;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

pub use self::dynect::{
    AccountError, AccountState, Deletion, Fault, FaultKind, FaultMatch, FaultParameters, Ledger,
    LedgerAccount, Switches,
};
pub use self::journal::{JournalEntry, JournalFilter, System};
pub use self::running::Running;
pub use self::seed::{CustomerSeed, Seed, SeedError, UpdateUserSeed, UserSeed};
pub use self::start::start;

/// Any free port on loopback.
pub const ANY_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// What to start and where. Port 0 takes any free port.
pub struct Options {
    /// Where `DynECT` is served over plain HTTP.
    pub dynect: SocketAddr,
    /// Where the control API is served, if it is.
    pub control: Option<SocketAddr>,
    /// Where the same `DynECT` is served over TLS too, with a certificate made at start.
    pub tls: Option<SocketAddr>,
    /// Where the CTERA Portal is served over TLS, if it is, with a certificate made at start.
    pub ctera: Option<SocketAddr>,
    /// Where the same portal is served over plain HTTP, if it is.
    pub ctera_plain: Option<SocketAddr>,
    /// Where a CONNECT proxy is served, if it is.
    pub proxy: Option<ProxyOptions>,
    pub seed: Seed,
}

pub struct ProxyOptions {
    pub address: SocketAddr,
    /// User and password that the proxy asks for, if it does.
    pub login: Option<(String, String)>,
}

/// `DynECT` alone, on any free port, with the default seed.
impl Default for Options {
    fn default() -> Self {
        Options {
            dynect: ANY_PORT,
            control: None,
            tls: None,
            ctera: None,
            ctera_plain: None,
            proxy: None,
            seed: Seed::default(),
        }
    }
}
