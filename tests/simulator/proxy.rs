//! The CONNECT proxy.

use reqwest::Proxy;
use roster::sim::{ANY_PORT, JournalEntry, Options, ProxyOptions, System};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{Bench, client_builder};

async fn bench(login: Option<(&str, &str)>) -> Bench {
    let login = login.map(|(user, password)| (user.to_owned(), password.to_owned()));
    let proxy = Some(ProxyOptions { address: ANY_PORT, login });
    Bench::start_with(Options { proxy, tls: Some(ANY_PORT), ..Options::default() }).await
}

/// Sends bytes to the proxy and reads until it has answered.
async fn ask(bench: &Bench, request: &str) -> String {
    let address = bench.running.proxy_url().unwrap().replace("http://", "");
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut reply = Vec::new();
    while !reply.windows(4).any(|window| window == b"\r\n\r\n") {
        if stream.read_buf(&mut reply).await.unwrap() == 0 {
            break;
        }
    }
    String::from_utf8(reply).unwrap()
}

fn proxied(bench: &Bench) -> Vec<JournalEntry> {
    bench.running.journal().into_iter().filter(|entry| entry.system == System::Proxy).collect()
}

#[tokio::test]
async fn an_ordinary_client_gets_through_with_its_login() {
    let bench = bench(Some(("pu", "pp"))).await;
    let authority = bench.running.ca_certificate_pem().unwrap();
    let authority = reqwest::Certificate::from_pem(authority.as_bytes()).unwrap();
    let base = bench.running.tls_url().unwrap();
    let through = |login: Option<(&str, &str)>| {
        let proxy = Proxy::https(bench.running.proxy_url().unwrap()).unwrap();
        let proxy = match login {
            Some((user, password)) => proxy.basic_auth(user, password),
            None => proxy,
        };
        let client = client_builder().tls_certs_only([authority.clone()]).proxy(proxy);
        client.build().unwrap().get(&base).header("Content-Type", "application/json").send()
    };
    assert_eq!(through(Some(("pu", "pp"))).await.unwrap().status(), 400);
    for wrong in [None, Some(("pu", "wrong"))] {
        assert!(through(wrong).await.is_err());
    }
    let told: Vec<_> = proxied(&bench)
        .into_iter()
        .map(|entry| (entry.method, entry.outcome, entry.status))
        .collect();
    let entry = |outcome: &str, status| ("CONNECT".to_owned(), outcome.to_owned(), Some(status));
    assert_eq!(
        told,
        [entry("connected", 200), entry("unauthorized", 407), entry("unauthorized", 407)]
    );
}

#[tokio::test]
async fn the_malformed_login_of_the_vendors_client_is_taken() {
    let bench = bench(Some(("pu", "pp"))).await;
    let target = bench.running.dynect_address();
    for (value, lets_in) in [
        ("Basic cHU6cHA=", true),
        ("basic cHU6cHA=", true),
        ("Basic b'cHU6cHA='", true),
        ("Basic b'cHU6cHA=", false),
        ("Basic cHU6eHg=", false),
        ("Bearer cHU6cHA=", false),
        ("cHU6cHA=", false),
    ] {
        let request = format!("CONNECT {target} HTTP/1.0\r\nproxy-Authorization: {value}\r\n\r\n");
        let reply = ask(&bench, &request).await;
        let status = if lets_in { "HTTP/1.1 200 " } else { "HTTP/1.1 407 " };
        assert!(reply.starts_with(status), "{value}: {reply}");
        assert_eq!(reply.contains("Proxy-Authenticate: Basic"), !lets_in);
    }
}

#[tokio::test]
async fn the_proxy_leads_to_loopback_only() {
    let bench = bench(None).await;
    let target = bench.running.dynect_address();
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = free.local_addr().unwrap();
    drop(free);
    for (request, status) in [
        (format!("CONNECT {target} HTTP/1.1"), 200),
        (format!("CONNECT localhost:{} HTTP/1.1", target.port()), 200),
        (format!("CONNECT {nobody} HTTP/1.1"), 502),
        ("CONNECT 192.0.2.1:443 HTTP/1.1".to_owned(), 403),
        ("CONNECT api.example.com:443 HTTP/1.1".to_owned(), 403),
        ("CONNECT localhost HTTP/1.1".to_owned(), 403),
        ("GET http://127.0.0.1/ HTTP/1.1".to_owned(), 405),
    ] {
        let reply = ask(&bench, &format!("{request}\r\nHost: x\r\n\r\n")).await;
        assert!(reply.starts_with(&format!("HTTP/1.1 {status} ")), "{request}: {reply}");
        assert_eq!(proxied(&bench).last().unwrap().status, Some(status));
    }
    let outcomes: Vec<_> = proxied(&bench).into_iter().map(|entry| entry.outcome).collect();
    assert_eq!(
        outcomes,
        [
            "connected",
            "connected",
            "unreachable",
            "not-loopback",
            "not-loopback",
            "not-loopback",
            "not-connect"
        ]
    );
}

#[tokio::test]
async fn what_the_client_does_not_wait_with_is_passed_on_and_a_head_has_its_limit() {
    let bench = bench(None).await;
    let target = bench.running.dynect_address();
    let address = bench.running.proxy_url().unwrap().replace("http://", "");
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let eager = format!(
        "CONNECT {target} HTTP/1.1\r\n\r\nGET /REST/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(eager.as_bytes()).await.unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    assert!(
        reply.starts_with("HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 400 "),
        "{reply}"
    );
    let endless = format!("CONNECT {target} HTTP/1.1\r\nX: {}", "x".repeat(100_000));
    let mut stream = TcpStream::connect(&address).await.unwrap();
    // The proxy may close before all is written.
    let _ = stream.write_all(endless.as_bytes()).await;
    assert_eq!(stream.read(&mut [0]).await.unwrap_or(0), 0);
}
