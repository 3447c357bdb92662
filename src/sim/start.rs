//! Starting the simulators.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::certificate::Certificate;
use super::clock::Clock;
use super::control::{self, Controls};
use super::journal::Journal;
use super::proxy::Proxy;
use super::running::Running;
use super::{Options, ProxyOptions, Seed, ctera, dynect, http};

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
    let simulator = dynect::Simulator::new(customers, Arc::clone(&clock), Arc::clone(&journal));
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
