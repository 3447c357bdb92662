//! What a kubelet and Prometheus ask of the process: `/livez`, `/readyz`, `/metrics`. Nothing can be changed here.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::metrics::Metrics;

/// How long a client may take to send its request.
const HEADERS_WITHIN: Duration = Duration::from_secs(5);
/// How long a connection may last. Each serves one request.
const CONNECTION_WITHIN: Duration = Duration::from_secs(30);
/// How long requests may go on after the end was ordered.
const DRAIN_WITHIN: Duration = Duration::from_secs(5);
/// More connections than this at a time wait to be accepted.
const MOST_CONNECTIONS: usize = 64;
/// The least that hyper takes. A scrape has a request of some hundred bytes.
const BUFFER: usize = 8 << 10;
/// How long to rest after a connection could not be accepted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What [`Metrics::encode`] gives.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// How the process is, as its parts report it.
#[derive(Debug)]
pub struct Health {
    stale_after: Duration,
    last_alive: Mutex<Instant>,
    leads: AtomicBool,
    /// What must be synced before this process is ready, and whether it is.
    expected: Mutex<BTreeMap<String, bool>>,
}

impl Health {
    /// Alive from now on; follows nobody and expects nothing yet. When the main loop is silent for longer than
    /// `stale_after`, the process counts as dead.
    #[must_use]
    pub fn new(stale_after: Duration) -> Self {
        Self {
            stale_after,
            last_alive: Mutex::new(Instant::now()),
            leads: AtomicBool::new(false),
            expected: Mutex::default(),
        }
    }

    /// A leader is not ready before this is [`synced`](Self::synced). `name` is shown to people: `the cache of
    /// ApiSessions`.
    pub fn expect(&self, name: &str) {
        self.expected().entry(name.to_owned()).or_insert(false);
    }

    /// What is expected is there, and stays.
    pub fn synced(&self, name: &str) {
        self.expected().insert(name.to_owned(), true);
    }

    /// Whether this process leads. One that waits to lead is ready: it would hold up every rollout otherwise.
    pub fn leading(&self, leads: bool) {
        self.leads.store(leads, Ordering::Relaxed);
    }

    /// The main loop turns. It has to call this more often than every `stale_after`.
    pub fn alive(&self) {
        *self.last_alive.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Whether the main loop was heard of lately.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        let last = *self.last_alive.lock().unwrap_or_else(PoisonError::into_inner);
        last.elapsed() <= self.stale_after
    }

    /// What a leader still waits for, by name. Empty when the process is ready.
    #[must_use]
    pub fn missing(&self) -> Vec<String> {
        if !self.leads.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let expected = self.expected();
        let missing = expected.iter().filter(|(_, synced)| !**synced);
        missing.map(|(name, _)| name.clone()).collect()
    }

    fn expected(&self) -> MutexGuard<'_, BTreeMap<String, bool>> {
        self.expected.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves probes and metrics on this listener until told to stop, and for at most five seconds more. There is no login:
/// bind it where only the cluster reaches it. The answers hold no secret and no name of an account.
pub async fn serve(
    listener: TcpListener,
    health: Arc<Health>,
    metrics: Metrics,
    stop: CancellationToken,
) {
    let router = router(health, metrics);
    let mut connections = JoinSet::new();
    loop {
        let has_room = connections.len() < MOST_CONNECTIONS;
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            Some(_) = connections.join_next() => continue,
            accepted = listener.accept(), if has_room => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                connections.spawn(connection(stream, router.clone(), stop.clone()));
            }
            Err(error) => {
                tracing::debug!(%error, "a connection for probes or metrics was not accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    // What is left after that ends with the set.
    let _ = timeout(DRAIN_WITHIN, async { while connections.join_next().await.is_some() {} }).await;
}

/// One request. Whatever goes wrong is the client's to see.
async fn connection(stream: TcpStream, router: Router, stop: CancellationToken) {
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_WITHIN)
        .max_buf_size(BUFFER)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut served = std::pin::pin!(served);
    let _ = timeout(CONNECTION_WITHIN, async {
        tokio::select! {
            result = served.as_mut() => return result,
            () = stop.cancelled() => {}
        }
        served.as_mut().graceful_shutdown();
        served.await
    })
    .await;
}

fn router(health: Arc<Health>, metrics: Metrics) -> Router {
    let probes =
        Router::new().route("/livez", get(livez)).route("/readyz", get(readyz)).with_state(health);
    let metrics = Router::new().route("/metrics", get(exported)).with_state(metrics);
    probes.merge(metrics).fallback(unknown).layer(middleware::from_fn(without_body))
}

async fn livez(State(health): State<Arc<Health>>) -> Response {
    if health.is_alive() {
        return "ok\n".into_response();
    }
    let seconds = health.stale_after.as_secs();
    let text = format!("the main loop has not been heard of for more than {seconds} s\n");
    (StatusCode::SERVICE_UNAVAILABLE, text).into_response()
}

async fn readyz(State(health): State<Arc<Health>>) -> Response {
    let missing = health.missing();
    if missing.is_empty() {
        return "ok\n".into_response();
    }
    let lines = missing.iter().fold(String::new(), |mut lines, name| {
        // Writing into memory cannot fail.
        let _ = writeln!(lines, "{name} is not synced");
        lines
    });
    (StatusCode::SERVICE_UNAVAILABLE, lines).into_response()
}

async fn exported(State(metrics): State<Metrics>) -> Response {
    ([(CONTENT_TYPE, OPEN_METRICS)], metrics.encode()).into_response()
}

async fn unknown() -> Response {
    (StatusCode::NOT_FOUND, "there is /livez, /readyz and /metrics\n").into_response()
}

/// Nothing here takes a body, so none is read.
async fn without_body(request: Request, next: Next) -> Response {
    if !request.body().is_end_stream() {
        return (StatusCode::PAYLOAD_TOO_LARGE, "no body is accepted\n").into_response();
    }
    next.run(request.map(|_| Body::empty())).await
}
