//! A CONNECT proxy that leads to loopback only.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::clock::Clock;
use super::journal::{Arrival, Journal, System, Verdict};

/// The longest head of a request that is read.
const HEAD_LIMIT: usize = 8 << 10;
/// How long to rest after a connection could not be accepted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

pub(super) struct Proxy {
    /// User and password that a client must give, if any.
    pub(super) login: Option<(String, String)>,
    pub(super) clock: Arc<Clock>,
    pub(super) journal: Arc<Journal>,
}

/// Why a client is not connected.
struct Refused {
    status: u16,
    reason: &'static str,
    outcome: &'static str,
}

impl Proxy {
    /// Serves until told to stop; then all connections close.
    pub(super) async fn serve(self, listener: TcpListener, stop: CancellationToken) {
        let proxy = Arc::new(self);
        let mut connections = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => return,
                Some(_) = connections.join_next() => continue,
                accepted = listener.accept() => accepted,
            };
            let Ok((stream, _)) = accepted else {
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            };
            let proxy = Arc::clone(&proxy);
            connections.spawn(async move {
                // What goes wrong here is the client's to see.
                let _ = proxy.connection(stream).await;
            });
        }
    }

    async fn connection(&self, mut client: TcpStream) -> io::Result<()> {
        let mut read = Vec::new();
        let head = loop {
            if let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") {
                let rest = read.split_off(end + 4);
                break String::from_utf8_lossy(&std::mem::replace(&mut read, rest)).into_owned();
            }
            if read.len() > HEAD_LIMIT || client.read_buf(&mut read).await? == 0 {
                return Ok(());
            }
        };
        let mut words = head.lines().next().unwrap_or_default().split(' ');
        let method = words.next().unwrap_or_default().to_owned();
        let target = words.next().unwrap_or_default().to_owned();
        let id = self.journal.open(Arrival {
            time: self.clock.now(),
            system: System::Proxy,
            method: method.clone(),
            path: target.clone(),
            query: None,
            operation: None,
            body: Value::Null,
        });
        let connected = self.connect(&method, &target, &head).await;
        let (status, outcome) = match &connected {
            Ok(_) => (200, "connected"),
            Err(refused) => (refused.status, refused.outcome),
        };
        self.journal.close(
            id,
            Verdict {
                session: None,
                tenant: None,
                outcome: outcome.to_owned(),
                status: Some(status),
                executed: connected.is_ok(),
                overlapped: false,
            },
        );
        match connected {
            Ok(mut server) => {
                client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
                // What the client did not wait with.
                server.write_all(&read).await?;
                copy_bidirectional(&mut client, &mut server).await?;
            }
            Err(Refused { status, reason, .. }) => {
                let challenge = match status {
                    407 => "Proxy-Authenticate: Basic realm=\"simulator\"\r\n",
                    _ => "",
                };
                let reply = format!(
                    "HTTP/1.1 {status} {reason}\r\n{challenge}Content-Length: 0\r\n\
                     Connection: close\r\n\r\n"
                );
                client.write_all(reply.as_bytes()).await?;
                client.shutdown().await?;
            }
        }
        Ok(())
    }

    async fn connect(&self, method: &str, target: &str, head: &str) -> Result<TcpStream, Refused> {
        if method != "CONNECT" {
            let reason = "Method Not Allowed";
            return Err(Refused { status: 405, reason, outcome: "not-connect" });
        }
        if !self.lets_in(head) {
            let reason = "Proxy Authentication Required";
            return Err(Refused { status: 407, reason, outcome: "unauthorized" });
        }
        let Some(target) = loopback(target) else {
            return Err(Refused { status: 403, reason: "Forbidden", outcome: "not-loopback" });
        };
        TcpStream::connect(target).await.map_err(|_| Refused {
            status: 502,
            reason: "Bad Gateway",
            outcome: "unreachable",
        })
    }

    fn lets_in(&self, head: &str) -> bool {
        let Some((user, password)) = &self.login else { return true };
        let expected = STANDARD.encode(format!("{user}:{password}"));
        head.lines()
            .skip(1)
            .filter_map(|line| line.split_once(':'))
            .filter(|(name, _)| name.trim().eq_ignore_ascii_case("proxy-authorization"))
            .filter_map(|(_, value)| value.trim().split_once(' '))
            .any(|(scheme, value)| {
                // The vendor's client 1.8.6 on Python 3 sends the literal `b'…'` around the value.
                let bare = value.strip_prefix("b'").and_then(|value| value.strip_suffix('\''));
                scheme.eq_ignore_ascii_case("basic") && bare.unwrap_or(value) == expected
            })
    }
}

fn loopback(target: &str) -> Option<SocketAddr> {
    if let Ok(address) = target.parse::<SocketAddr>() {
        return address.ip().is_loopback().then_some(address);
    }
    let (host, port) = target.rsplit_once(':')?;
    let address = IpAddr::from([127, 0, 0, 1]);
    host.eq_ignore_ascii_case("localhost").then_some(SocketAddr::new(address, port.parse().ok()?))
}
