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
    tokio::time::advance(Duration::from_mins(1)).await;
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
