//! What a kubelet and Prometheus ask of the process: `/livez`, `/readyz`, `/metrics`. Nothing can be changed here.

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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::net::SocketAddr;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::task::JoinHandle;

    use super::*;

    struct Admin {
        address: SocketAddr,
        health: Arc<Health>,
        stop: CancellationToken,
        task: JoinHandle<()>,
    }

    async fn admin() -> Admin {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let health = Arc::new(Health::new(Duration::from_mins(1)));
        let stop = CancellationToken::new();
        let served = serve(listener, Arc::clone(&health), Metrics::new(), stop.clone());
        Admin { address, health, stop, task: tokio::spawn(served) }
    }

    impl Admin {
        /// Sends this and reads until the connection ends.
        async fn raw(&self, request: &str) -> String {
            let mut stream = TcpStream::connect(self.address).await.unwrap();
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut reply = Vec::new();
            let read = stream.read_to_end(&mut reply);
            timeout(Duration::from_secs(20), read).await.unwrap().unwrap();
            String::from_utf8(reply).unwrap()
        }

        /// Status and body.
        async fn get(&self, path: &str) -> (u16, String) {
            let reply = self.raw(&format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")).await;
            (status(&reply), reply.split_once("\r\n\r\n").unwrap().1.to_owned())
        }
    }

    fn status(reply: &str) -> u16 {
        reply.split(' ').nth(1).unwrap().parse().unwrap()
    }

    #[tokio::test]
    async fn a_follower_is_ready_and_a_leader_when_everything_is_synced() {
        let admin = admin().await;
        let ok = (200, "ok\n".to_owned());
        admin.health.expect("the cache of UpdateUsers");
        admin.health.expect("the cache of ApiSessions");
        assert_eq!(admin.get("/readyz").await, ok);
        admin.health.leading(true);
        let missing =
            "the cache of ApiSessions is not synced\nthe cache of UpdateUsers is not synced\n";
        assert_eq!(admin.get("/readyz").await, (503, missing.to_owned()));
        admin.health.synced("the cache of UpdateUsers");
        admin.health.expect("the cache of UpdateUsers");
        let missing = "the cache of ApiSessions is not synced\n";
        assert_eq!(admin.get("/readyz").await, (503, missing.to_owned()));
        admin.health.synced("the cache of ApiSessions");
        assert_eq!(admin.get("/readyz").await, ok);
    }

    #[tokio::test]
    async fn metrics_are_open_metrics_text_and_everything_else_is_unknown() {
        let admin = admin().await;
        let reply = admin.raw("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert_eq!(status(&reply), 200);
        assert!(reply.contains(&format!("\r\ncontent-type: {OPEN_METRICS}\r\n")), "{reply}");
        assert!(reply.contains("roster_leader 0\n") && reply.ends_with("# EOF\n"), "{reply}");
        for path in ["/", "/metrics/", "/livez/x", "/debug/pprof"] {
            assert_eq!(admin.get(path).await.0, 404, "{path}");
        }
        assert_eq!(admin.get("/livez?verbose").await.0, 200);
    }

    #[tokio::test]
    async fn nothing_but_reading_is_allowed_and_no_body_is_taken() {
        let admin = admin().await;
        let ask = |head: &str| format!("{head} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
        for head in ["POST /livez", "PUT /readyz", "DELETE /metrics"] {
            assert_eq!(status(&admin.raw(&ask(head)).await), 405, "{head}");
        }
        let with_body = "GET /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nsomething";
        assert_eq!(status(&admin.raw(with_body).await), 413);
        let endless = "GET /livez HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n";
        assert_eq!(status(&admin.raw(endless).await), 413);
        let long = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(BUFFER));
        assert!([414, 431].contains(&status(&admin.raw(&long).await)));
    }

    #[tokio::test(start_paused = true)]
    async fn the_process_is_dead_when_its_main_loop_is_silent_for_too_long() {
        let health = Health::new(Duration::from_mins(1));
        assert!(health.is_alive());
        tokio::time::advance(Duration::from_secs(60)).await;
        assert!(health.is_alive());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(!health.is_alive());
        let reply = livez(State(Arc::new(health))).await;
        assert_eq!(reply.status(), StatusCode::SERVICE_UNAVAILABLE);
        let health = Health::new(Duration::from_mins(1));
        tokio::time::advance(Duration::from_secs(59)).await;
        health.alive();
        tokio::time::advance(Duration::from_secs(59)).await;
        assert!(health.is_alive());
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_sends_no_request_is_left() {
        let admin = admin().await;
        // The clock runs on by itself while everybody waits.
        let reply = admin.raw("GET /livez HTTP/1.1\r\nHost:").await;
        assert!(!reply.contains("200 OK"), "{reply}");
    }

    #[tokio::test]
    async fn it_stops_when_told_and_does_not_wait_for_idle_clients() {
        let admin = admin().await;
        let idle = TcpStream::connect(admin.address).await.unwrap();
        assert_eq!(admin.get("/livez").await.0, 200);
        admin.stop.cancel();
        timeout(Duration::from_secs(20), admin.task).await.unwrap().unwrap();
        assert!(TcpStream::connect(admin.address).await.is_err());
        drop(idle);
    }
}
