//! The rate limit.

use std::time::Duration;

use serde_json::json;

use crate::support::Bench;

#[tokio::test]
async fn one_request_too_many_locks_the_customer_out_for_a_while() {
    let bench = Bench::start().await;
    bench.running.switch(|switches| switches.rate_limit_per_minute = Some(4));
    let (first, second) = (bench.log_in().await, bench.log_in().await);
    let other = bench.log_in_elsewhere().await;
    bench.get("/REST/UpdateUser/", &first).await.data();
    bench.get("/REST/UpdateUser/", &second).await.data();
    let reply = bench.create(&first, "edge1").await;
    reply.fails(429, "RATE_LIMIT_EXCEEDED");
    assert_eq!(reply.header("retry-after"), None);
    assert_eq!(bench.last().outcome, "rate-limited");
    // All requests, of all sessions, logins too; and only of this customer.
    bench.running.advance(Duration::from_secs(58));
    bench.get("/REST/Session/", &second).await.fails(429, "RATE_LIMIT_EXCEEDED");
    let login = bench.log_in_as("acme", "operator", "operator-password").await;
    login.fails(429, "RATE_LIMIT_EXCEEDED");
    bench.get("/REST/UpdateUser/", &other).await.data();
    bench.running.advance(Duration::from_secs(2));
    for nickname in ["edge1", "edge2", "edge3", "edge4"] {
        bench.create(&first, nickname).await.data();
    }
    bench.create(&first, "edge5").await.fails(429, "RATE_LIMIT_EXCEEDED");
}

#[tokio::test]
async fn requests_count_for_a_minute() {
    let bench = Bench::start().await;
    bench.running.switch(|switches| switches.rate_limit_per_minute = Some(2));
    let token = bench.log_in().await;
    for _ in 0..5 {
        bench.running.advance(Duration::from_secs(31));
        bench.get("/REST/UpdateUser/", &token).await.data();
    }
}

#[tokio::test]
async fn the_lock_can_be_of_any_length_and_tell_when_it_ends() {
    let bench = Bench::start().await;
    bench.running.switch(|switches| {
        switches.rate_limit_per_minute = Some(1);
        switches.rate_limit_lock_seconds = 100;
        switches.rate_limit_retry_after = true;
    });
    let token = bench.log_in().await;
    let reply = bench.get("/REST/UpdateUser/", &token).await;
    assert_eq!(reply.header("retry-after"), Some("100"));
    bench.running.advance(Duration::from_secs(90));
    let left: u64 = bench
        .get("/REST/UpdateUser/", &token)
        .await
        .header("retry-after")
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=10).contains(&left));
    bench.running.advance(Duration::from_secs(10));
    bench.get("/REST/UpdateUser/", &token).await.data();
}

#[tokio::test]
async fn a_limit_to_order_comes_in_three_forms_and_lasts_as_long_as_it_says() {
    for (kind, status, content_type) in [
        ("rate-limit", 429, "application/json"),
        ("rate-limit-200", 200, "application/json"),
        ("rate-limit-plain", 429, "text/plain"),
    ] {
        let bench = Bench::start().await;
        let (token, other) = (bench.log_in().await, bench.log_in_elsewhere().await);
        bench.fault(kind, json!({}));
        for _ in 0..2 {
            let reply = bench.create(&token, "edge1").await;
            assert_eq!((reply.status, reply.header("content-type")), (status, Some(content_type)));
            assert_eq!((reply.header("retry-after"), bench.last().executed), (None, false));
            if kind == "rate-limit-plain" {
                assert_eq!(reply.text, "Rate limit exceeded\n");
            } else {
                reply.fails(status, "RATE_LIMIT_EXCEEDED");
            }
            bench.get("/REST/UpdateUser/", &other).await.data();
            bench.running.advance(Duration::from_secs(55));
        }
        bench.running.advance(Duration::from_secs(5));
        bench.create(&token, "edge1").await.data();
    }
}

#[tokio::test]
async fn a_limit_to_order_can_tell_when_it_ends() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    bench.fault("rate-limit", json!({"retryAfterSeconds": 7}));
    assert_eq!(bench.create(&token, "edge1").await.header("retry-after"), Some("7"));
    bench.running.advance(Duration::from_secs(7));
    bench.create(&token, "edge1").await.data();
    bench.fault("rate-limit", json!({"retryAfterSeconds": 7, "seconds": 0}));
    assert_eq!(bench.create(&token, "edge2").await.header("retry-after"), Some("7"));
    bench.create(&token, "edge2").await.data();
}

#[tokio::test]
async fn faults_wait_while_a_customer_is_locked_out() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    bench.fault("rate-limit", json!({}));
    bench.fault("server-error", json!({}));
    for _ in 0..3 {
        bench.get("/REST/UpdateUser/", &token).await.fails(429, "RATE_LIMIT_EXCEEDED");
    }
    bench.running.advance(Duration::from_mins(1));
    bench.get("/REST/UpdateUser/", &token).await.fails(500, "INTERNAL_ERROR");
}

#[tokio::test]
async fn there_is_no_limit_by_default() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    for _ in 0..400 {
        assert_eq!(bench.get("/REST/Session/", &token).await.status, 200);
    }
}
