//! When faults act, and those that concern the session or the connection.

use std::time::{Duration, Instant};

use roster::sim::{Fault, FaultKind, FaultParameters};
use serde_json::{Value, json};

use crate::support::{Bench, until};

const DEAD: &str = "login: Bad or expired credentials";

#[tokio::test]
async fn a_fault_without_a_path_leaves_logins_and_polls_alone() {
    let bench = Bench::start().await;
    bench.running.fault(Fault::new(FaultKind::ServerError));
    let token = bench.log_in().await;
    assert_eq!(bench.get("/REST/Session/", &token).await.status, 200);
    bench.get("/REST/Job/7/", &token).await.fails(404, "NOT_FOUND");
    bench.get("/REST/UpdateUser/", &token).await.fails(500, "INTERNAL_ERROR");
    bench.get("/REST/UpdateUser/", &token).await.data();
}

#[tokio::test]
async fn a_fault_with_a_path_can_hit_logins() {
    let bench = Bench::start().await;
    bench
        .running
        .fault(Fault::new(FaultKind::MaintenanceHtml).method("POST").path("/REST/Session/"));
    let reply = bench.log_in_as("acme", "operator", "operator-password").await;
    assert_eq!(reply.status, 503);
    let token = bench.log_in().await;
    bench.running.fault(Fault::new(FaultKind::DropBefore).path("/REST/Session"));
    assert!(bench.try_send("GET", "/REST/Session/", Some(&token), Value::Null).await.is_err());
    bench.running.fault(Fault::new(FaultKind::DropAfter).path("/REST/Session"));
    let body = json!({
        "customer_name": "acme", "user_name": "operator", "password": "operator-password",
    });
    assert!(bench.try_send("POST", "/REST/Session/", None, body).await.is_err());
    assert_eq!(
        (bench.running.open_sessions(), bench.last().session.as_deref()),
        (2, Some("session-2"))
    );
}

#[tokio::test]
async fn a_fault_hits_what_its_match_names_as_often_as_it_says() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    let list = "/REST/UpdateUser/";
    bench.create(&token, "edge1").await.data();
    let one = "/REST/UpdateUser/acme-edge1";
    bench.fault("server-error", json!({"match": {"method": "get", "path": one}, "times": 2}));
    bench.get(list, &token).await.data();
    bench.send("PUT", one, &token, json!({"block": true})).await.data();
    bench.get(one, &token).await.fails(500, "INTERNAL_ERROR");
    bench.get(&format!("{one}/"), &token).await.fails(500, "INTERNAL_ERROR");
    bench.get(one, &token).await.data();

    bench.fault("server-error", json!({"match": {"path": "/REST/UpdateUser", "exact": true}}));
    bench.get(one, &token).await.data();
    bench.get(list, &token).await.fails(500, "INTERNAL_ERROR");

    bench.fault("server-error", json!({"skip": 2}));
    bench.get(list, &token).await.data();
    bench.get(one, &token).await.data();
    bench.get(one, &token).await.fails(500, "INTERNAL_ERROR");

    bench.fault("server-error", json!({"times": 0}));
    for _ in 0..4 {
        bench.get(list, &token).await.fails(500, "INTERNAL_ERROR");
    }
    bench.running.clear_faults();
    bench.get(list, &token).await.data();
}

#[tokio::test]
async fn faults_act_in_the_order_in_which_they_were_ordered() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    bench.running.fault(Fault::new(FaultKind::ServerError).skip(1));
    bench.running.fault(Fault::new(FaultKind::UnknownError).times(2));
    bench.get("/REST/UpdateUser/", &token).await.fails(400, "UNKNOWN_ERROR");
    bench.get("/REST/UpdateUser/", &token).await.fails(500, "INTERNAL_ERROR");
    bench.get("/REST/UpdateUser/", &token).await.fails(400, "UNKNOWN_ERROR");
    bench.get("/REST/UpdateUser/", &token).await.data();
}

#[tokio::test]
async fn sessions_expire_when_the_request_arrives() {
    let bench = Bench::start().await;
    let (token, other) = (bench.log_in().await, bench.log_in_elsewhere().await);
    bench.fault("expire-sessions", json!({}));
    bench.create(&token, "edge1").await.is_dead_session(DEAD);
    bench.get("/REST/Session/", &other).await.is_dead_session(DEAD);
    assert!(bench.nicknames().is_empty());
    assert_eq!(bench.last().session.as_deref(), Some("session-2"));
}

#[tokio::test]
async fn an_inactivity_logout_is_said_once() {
    let bench = Bench::start().await;
    let (token, other) = (bench.log_in().await, bench.log_in().await);
    bench.fault("inactivity-logout", json!({}));
    bench.create(&token, "edge1").await.is_dead_session("login: inactivity logout");
    bench.create(&token, "edge1").await.is_dead_session(DEAD);
    bench.create(&other, "edge1").await.data();
}

#[tokio::test]
async fn an_address_mismatch_leaves_the_session_alive() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    bench.fault("ip-mismatch", json!({}));
    let reply = bench.create(&token, "edge1").await;
    reply.is_dead_session("login: IP address does not match current session");
    bench.create(&token, "edge1").await.data();
}

#[tokio::test]
async fn a_connection_drops_before_or_after_the_work() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    for (kind, nickname, outcome) in
        [("drop-before", "edge1", "dropped-before"), ("drop-after", "edge2", "dropped-after")]
    {
        bench.fault(kind, json!({}));
        let body = json!({"nickname": nickname, "password": "pw"});
        let lost = bench.try_send("POST", "/REST/UpdateUser/", Some(&token), body).await;
        assert!(lost.unwrap_err().is_request());
        let entry = bench.last();
        assert_eq!((entry.outcome.as_str(), entry.status), (outcome, None));
        assert_eq!(entry.executed, kind == "drop-after");
    }
    assert_eq!(bench.nicknames(), ["edge2"]);
}

#[tokio::test]
async fn a_reply_is_cut_off_in_the_middle() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    for (nickname, executed) in [("edge1", true), ("edge2", false)] {
        bench.fault("truncate", json!({"executed": executed}));
        let body = json!({"nickname": nickname, "password": "pw"}).to_string();
        let request = bench.request("POST", "/REST/UpdateUser/", Some(&token)).body(body);
        let mut response = request.send().await.unwrap();
        let length = response.content_length().unwrap();
        let mut received = 0;
        let end = loop {
            match response.chunk().await {
                Ok(Some(chunk)) => received += chunk.len() as u64,
                end => break end,
            }
        };
        assert!(end.is_err());
        assert_eq!(received, length / 2);
        assert_eq!(bench.last().outcome, "truncated");
    }
    assert_eq!(bench.nicknames(), ["edge1"]);
}

#[tokio::test]
async fn a_slow_reply_is_late_but_right() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    bench.fault("slow", json!({"millis": 120}));
    let begun = Instant::now();
    bench.create(&token, "edge1").await.data();
    assert!(begun.elapsed() >= Duration::from_millis(120));
    assert_eq!(bench.last().outcome, "success");
}

#[tokio::test]
async fn an_endless_reply_holds_the_session_until_the_client_goes_away() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    let parameters = FaultParameters { millis: Some(0), ..FaultParameters::default() };
    bench.running.fault(Fault::new(FaultKind::Endless).with(parameters));
    let request = bench.request("GET", "/REST/UpdateUser/", Some(&token));
    let mut response = request.send().await.unwrap();
    let mut received = 0;
    while received < 1 << 20 {
        received += response.chunk().await.unwrap().unwrap().len();
    }
    assert_eq!(bench.last().outcome, "endless");
    bench.get("/REST/UpdateUser/", &token).await.fails(400, "OPERATION_FAILED");
    drop(response);
    let free = tokio::time::timeout(Duration::from_secs(20), async {
        while bench.get("/REST/UpdateUser/", &token).await.status != 200 {}
    });
    free.await.unwrap();
}

#[tokio::test]
async fn a_client_that_goes_away_frees_its_session_although_the_work_was_done() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    bench.fault("slow", json!({"millis": 3_600_000}));
    let body = json!({"nickname": "edge1", "password": "pw"}).to_string();
    let request = bench.request("POST", "/REST/UpdateUser/", Some(&token)).body(body);
    let waiting = tokio::spawn(request.send());
    until("the account is there", || bench.nicknames() == ["edge1"]).await;
    waiting.abort();
    let free = tokio::time::timeout(Duration::from_secs(20), async {
        while bench.get("/REST/UpdateUser/", &token).await.status != 200 {}
    });
    free.await.unwrap();
}

#[test]
fn a_fault_that_cannot_be_is_refused_with_the_valid_words() {
    for (fault, words) in [
        (json!([]), vec!["object"]),
        (json!({"kind": "slow"}), vec!["system", "dynect"]),
        (json!({"system": "other", "kind": "slow"}), vec!["other", "dynect"]),
        (json!({"system": "dynect"}), vec!["kind"]),
        (json!({"system": "dynect", "kind": "sloow"}), vec!["sloow", "drop-before", "job-307"]),
        (json!({"system": "dynect", "kind": "slow", "polls": 1}), vec!["polls", "slow", "millis"]),
        (json!({"system": "dynect", "kind": "slow", "time": 1}), vec!["time", "times"]),
        (json!({"system": "dynect", "kind": "slow", "times": -1}), vec!["times"]),
        (json!({"system": "dynect", "kind": "slow", "millis": "x"}), vec!["x", "u64"]),
        (json!({"system": "dynect", "kind": "slow", "match": {"verb": 1}}), vec!["verb", "method"]),
        (json!({"system": "dynect", "kind": "failure", "status": 99}), vec!["status", "99"]),
    ] {
        let error = Fault::from_json(fault.clone()).unwrap_err();
        assert!(words.iter().all(|word| error.contains(word)), "{fault} → {error}");
    }
}

#[test]
fn a_fault_in_json_is_the_one_that_is_built() {
    let built = Fault::new(FaultKind::Job307)
        .times(2)
        .skip(1)
        .method("POST")
        .path("/REST/UpdateUser/")
        .with(FaultParameters { polls: Some(3), ..FaultParameters::default() });
    let read = Fault::from_json(json!({
        "system": "dynect", "kind": "job-307", "times": 2, "skip": 1, "polls": 3,
        "match": {"method": "POST", "path": "/REST/UpdateUser/"},
    }));
    assert_eq!(read, Ok(built));
}
