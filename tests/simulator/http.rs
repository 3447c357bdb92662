//! Bytes on connections.

use std::net::SocketAddr;

use reqwest::Certificate;
use roster::sim::{ANY_PORT, Options, ProxyOptions};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Bench, client_builder};

/// A connection on which replies are read one at a time.
struct Wire(TcpStream);

impl Wire {
    async fn open(address: SocketAddr) -> Wire {
        Wire(TcpStream::connect(address).await.unwrap())
    }

    async fn write(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Head and body of one reply.
    async fn read(&mut self) -> (String, String) {
        let mut bytes = Vec::new();
        let end = loop {
            if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            assert_ne!(self.0.read_buf(&mut bytes).await.unwrap(), 0, "closed");
        };
        let body = bytes.split_off(end);
        let head = String::from_utf8(bytes).unwrap().to_ascii_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |length| length.parse().unwrap());
        let mut body = body;
        while body.len() < length {
            assert_ne!(self.0.read_buf(&mut body).await.unwrap(), 0, "closed");
        }
        assert_eq!(body.len(), length);
        (head, String::from_utf8(body).unwrap())
    }

    async fn is_closed(&mut self) -> bool {
        self.0.read(&mut [0]).await.unwrap_or(0) == 0
    }
}

#[tokio::test]
async fn one_connection_serves_many_requests_with_bodies_of_any_method_in_two_writes() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    bench.running.create_update_user("acme", "edge1", "pw-1").unwrap();
    let mut wire = Wire::open(bench.running.dynect_address()).await;
    for (method, path, body) in [
        ("GET", "/REST/UpdateUser/", r#"{"detail": "Y"}"#),
        ("GET", "/REST/UpdateUser/acme-edge1/", "{}"),
        ("PUT", "/REST/UpdateUser/acme-edge1/", r#"{"password": "p\u00e4ss"}"#),
        ("GET", "/REST/Session/", ""),
        ("DELETE", "/REST/UpdateUser/acme-edge1/", "{}"),
    ] {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: identity\r\n\
             content-type: application/json\r\nUser-Agent: dyn-py v1.8.6\r\n\
             API-Version: current\r\naUTH-tOKEN: {token}\r\nContent-length: {}\r\n\r\n",
            body.len()
        );
        wire.write(&head).await;
        wire.write(body).await;
        let (head, reply) = wire.read().await;
        assert!(head.starts_with("http/1.1 200 ok\r\n"), "{head} {reply}");
        assert!(head.contains("content-type: application/json\r\n"), "{head}");
        assert!(!head.contains("connection: close"), "{head}");
    }
    let journal = bench.running.journal();
    assert_eq!(journal.last().unwrap().body, json!({}));
}

#[tokio::test]
async fn a_connection_that_is_to_close_says_so_before() {
    let bench = Bench::start().await;
    bench.running.switch(|switches| switches.requests_per_connection = Some(2));
    let token = bench.log_in().await;
    let mut wire = Wire::open(bench.running.dynect_address()).await;
    let request = format!(
        "GET /REST/Session/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
         Auth-Token: {token}\r\n\r\n"
    );
    wire.write(&request).await;
    assert!(!wire.read().await.0.contains("connection: close"));
    wire.write(&request).await;
    assert!(wire.read().await.0.contains("connection: close"));
    assert!(wire.is_closed().await);
}

#[tokio::test]
async fn a_request_that_stops_in_the_middle_is_nobodys() {
    let bench = Bench::start().await;
    let mut wire = Wire::open(bench.running.dynect_address()).await;
    let head = "POST /REST/Session/ HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{\"cust";
    wire.write(head).await;
    wire.0.shutdown().await.unwrap();
    assert!(wire.is_closed().await);
    assert!(bench.running.journal().is_empty());
}

#[tokio::test]
async fn a_body_that_is_no_object_is_refused() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    for (body, code) in
        [("{", "INVALID_REQUEST"), ("[]", "INVALID_REQUEST"), ("null", "MISSING_DATA")]
    {
        let request = bench.request("POST", "/REST/UpdateUser/", Some(&token)).body(body);
        crate::support::read(request).await.unwrap().fails(400, code);
    }
    let request = bench.request("POST", "/REST/Session/", None).body("{");
    crate::support::read(request).await.unwrap().fails(400, "INVALID_REQUEST");
}

#[tokio::test]
async fn what_is_no_resource_is_not_found_and_a_method_it_lacks_is_refused() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    for path in ["/", "/REST/", "/REST/Zone/", "/REST/UpdateUser/a/b/", "/rest/UpdateUser/"] {
        bench.get(path, &token).await.fails(404, "NOT_FOUND");
    }
    for (method, path) in [
        ("DELETE", "/REST/UpdateUser/"),
        ("POST", "/REST/UpdateUser/x/"),
        ("GET", "/REST/Password/"),
        ("GET", "/REST/UserPermissionReport/"),
        ("PATCH", "/REST/Session/"),
    ] {
        let reply = bench.send(method, path, &token, json!({})).await;
        reply.fails(400, "INVALID_REQUEST");
    }
}

#[tokio::test]
async fn the_same_service_is_there_over_tls() {
    let options = Options { tls: Some(ANY_PORT), ..Options::default() };
    let bench = Bench::start_with(options).await;
    let authority = bench.running.ca_certificate_pem().unwrap();
    assert!(authority.starts_with("-----BEGIN CERTIFICATE-----"));
    let authority = Certificate::from_pem(authority.as_bytes()).unwrap();
    let client = client_builder().tls_certs_only([authority]).build().unwrap();
    let token = bench.log_in().await;
    let base = bench.running.tls_url().unwrap();
    bench.fault("job-307-absolute", json!({}));
    for base in [base.clone(), base.replace("127.0.0.1", "localhost")] {
        let request = client
            .get(format!("{base}/REST/UpdateUser/"))
            .header("Content-Type", "application/json")
            .header("Auth-Token", &token);
        let reply = crate::support::read(request).await.unwrap();
        if reply.status == 307 {
            assert!(reply.header("location").unwrap().starts_with(&format!("{base}/REST/Job/")));
        } else {
            reply.fails(400, "OPERATION_FAILED");
        }
    }
    assert!(bench.client.get(base).send().await.is_err(), "an unknown authority is trusted");
}

#[tokio::test]
async fn an_address_that_cannot_be_bound_is_named() {
    let bench = Bench::start().await;
    let taken = bench.running.dynect_address();
    for (what, options) in [
        ("DynECT cannot", Options { dynect: taken, ..Options::default() }),
        ("TLS cannot", Options { tls: Some(taken), ..Options::default() }),
        ("control API cannot", Options { control: Some(taken), ..Options::default() }),
        (
            "proxy cannot",
            Options {
                proxy: Some(ProxyOptions { address: taken, login: None }),
                ..Options::default()
            },
        ),
    ] {
        let error = roster::sim::start(options).await.map(drop).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
        let text = error.to_string();
        assert!(text.contains(what) && text.contains(&taken.to_string()), "{text}");
    }
}

#[tokio::test]
async fn a_shutdown_closes_listeners_and_connections() {
    let options = Options {
        control: Some(ANY_PORT),
        tls: Some(ANY_PORT),
        proxy: Some(ProxyOptions { address: ANY_PORT, login: None }),
        ..Options::default()
    };
    let running = roster::sim::start(options).await.unwrap();
    let address = running.dynect_address();
    let mut wire = Wire::open(address).await;
    // Served once, so that the connection is known to be accepted.
    wire.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    wire.read().await;
    // A request that never gets to its end does not hold the shutdown up.
    let control = running.control_url().unwrap().replace("http://", "").parse().unwrap();
    let mut stuck = Wire::open(control).await;
    stuck.write("POST /reset HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n{").await;
    running.shutdown().await;
    assert!(wire.is_closed().await);
    assert!(TcpStream::connect(address).await.is_err());
}
