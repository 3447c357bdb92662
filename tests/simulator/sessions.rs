//! Logging in and out, and what a session may be used for.

use std::net::IpAddr;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Bench, client_builder, until};

const DEAD: &str = "login: Bad or expired credentials";

#[tokio::test]
async fn a_login_is_answered_with_a_token_and_the_version() {
    let bench = Bench::start().await;
    let reply = bench.log_in_as("acme", "operator", "operator-password").await;
    let envelope = reply.json();
    assert_eq!(reply.header("content-type"), Some("application/json"));
    let mut keys: Vec<_> = envelope.as_object().unwrap().keys().cloned().collect();
    keys.sort();
    assert_eq!(keys, ["data", "job_id", "msgs", "status"]);
    assert_eq!(reply.data()["version"], "3.7.16");
    assert_eq!(reply.token().len(), 172);
    assert!(envelope["job_id"].as_u64().unwrap() > 1 << 31);
    let message = json!({
        "INFO": "login: Login successful", "SOURCE": "BLL", "ERR_CD": null, "LVL": "INFO",
    });
    assert_eq!(envelope["msgs"], json!([message]));
}

#[tokio::test]
async fn a_pinned_version_is_the_one_that_serves_and_a_strange_one_is_refused() {
    let bench = Bench::start().await;
    let body = json!({
        "customer_name": "acme", "user_name": "operator", "password": "operator-password",
    });
    let with = |version: &str| {
        bench
            .request("POST", "/REST/Session/", None)
            .header("API-Version", version)
            .body(body.to_string())
    };
    for (asked, served) in [("current", "3.7.16"), ("3.5.2", "3.5.2")] {
        let reply = crate::support::read(with(asked)).await.unwrap();
        assert_eq!(reply.data()["version"], served);
    }
    for strange in ["latest", "3..1", ""] {
        let reply = crate::support::read(with(strange)).await.unwrap();
        reply.fails(400, "INVALID_VERSION");
    }
}

#[tokio::test]
async fn a_wrong_customer_user_or_password_is_one_and_the_same_failure() {
    let bench = Bench::start().await;
    bench.running.create_update_user("acme", "edge1", "pw-1").unwrap();
    for (customer, user_name, password) in [
        ("nobody", "operator", "operator-password"),
        ("acme", "nobody", "operator-password"),
        ("acme", "operator", "wrong"),
        ("globex", "operator", "operator-password"),
        // An update user cannot open a session.
        ("acme", "acme-edge1", "pw-1"),
    ] {
        let reply = bench.log_in_as(customer, user_name, password).await;
        reply.fails(400, "INVALID_DATA");
        let info = "login: Credentials you entered did not match those in our database. \
                    Please try again";
        assert_eq!(reply.info(), info);
        assert_eq!(reply.json()["msgs"][1]["INFO"], "login: Login failed");
        assert_eq!(reply.json()["msgs"][1]["ERR_CD"], Value::Null);
    }
    assert_eq!(bench.running.open_sessions(), 0);
}

#[tokio::test]
async fn each_missing_field_of_a_login_has_its_message() {
    let bench = Bench::start().await;
    for body in [json!({"user_name": "operator"}), json!({"user_name": "operator", "x": 1})] {
        let reply = bench.try_send("POST", "/REST/Session/", None, body).await.unwrap();
        reply.fails(400, "MISSING_DATA");
        let envelope = reply.json();
        assert_eq!((&envelope["data"], &envelope["job_id"]), (&Value::Null, &Value::Null));
        let message = |field: &str| {
            json!({
                "INFO": format!("{field}: required field missing"),
                "SOURCE": "API-A", "ERR_CD": "MISSING_DATA", "LVL": "ERROR",
            })
        };
        assert_eq!(envelope["msgs"], json!([message("customer_name"), message("password")]));
    }
}

#[tokio::test]
async fn sessions_of_one_user_coexist_and_end_one_by_one() {
    let bench = Bench::start().await;
    let (first, second) = (bench.log_in().await, bench.log_in().await);
    assert_ne!(first, second);
    let reply = bench.get("/REST/Session/", &first).await;
    assert_eq!(reply.data(), json!({}));
    assert_eq!(reply.info(), "isalive: User session is still active");
    assert_eq!(bench.send("PUT", "/REST/Session/", &first, json!({})).await.data(), json!({}));
    // The vendor's client drops an old session without the slash.
    let reply = bench.send("DELETE", "/REST/Session", &first, json!({})).await;
    assert_eq!((reply.data(), reply.info().as_str()), (json!({}), "logout: Logout successful"));
    for method in ["GET", "PUT", "DELETE"] {
        bench.send(method, "/REST/Session/", &first, Value::Null).await.is_dead_session(DEAD);
    }
    assert_eq!(bench.get("/REST/SESSION/", &second).await.status, 200);
}

#[tokio::test]
async fn the_token_that_comes_with_a_login_is_ignored() {
    let bench = Bench::start().await;
    let old = bench.log_in().await;
    let body = json!({
        "customer_name": "acme", "user_name": "operator", "password": "operator-password",
    });
    for stale in [old.as_str(), "never-heard-of"] {
        let new = bench.send("POST", "/REST/Session/", stale, body.clone()).await.token();
        assert_ne!(new, old);
    }
    assert_eq!(bench.get("/REST/Session/", &old).await.status, 200);
    assert_eq!(bench.running.open_sessions(), 3);
}

#[tokio::test]
async fn every_other_resource_takes_a_live_token() {
    let bench = Bench::start().await;
    for (method, path) in [
        ("GET", "/REST/UpdateUser/"),
        ("POST", "/REST/UpdateUser/"),
        ("DELETE", "/REST/UpdateUser/x/"),
        ("PUT", "/REST/Password/"),
        ("POST", "/REST/UserPermissionReport/"),
        ("GET", "/REST/Job/7/"),
        ("GET", "/REST/Zone/"),
        ("GET", "/REST/Session/"),
    ] {
        let reply = bench.try_send(method, path, None, Value::Null).await.unwrap();
        reply.fails(400, "MISSING_DATA");
        let info = "The Auth-Token HTTP header must be set to make this call";
        assert_eq!(reply.info(), info);
        bench.send(method, path, "unknown", Value::Null).await.is_dead_session(DEAD);
    }
}

#[tokio::test]
async fn an_idle_session_is_logged_out_once_and_then_unknown() {
    let bench = Bench::start().await;
    bench.running.switch(|switches| switches.inactivity_seconds = Some(600));
    let token = bench.log_in().await;
    for _ in 0..3 {
        // Each call counts as activity.
        bench.running.advance(Duration::from_secs(590));
        assert_eq!(bench.send("PUT", "/REST/Session/", &token, Value::Null).await.status, 200);
    }
    bench.running.advance(Duration::from_mins(10));
    let reply = bench.get("/REST/UpdateUser/", &token).await;
    reply.is_dead_session("login: inactivity logout");
    bench.get("/REST/UpdateUser/", &token).await.is_dead_session(DEAD);
}

#[tokio::test]
async fn a_session_with_a_lifetime_ends_although_it_is_used() {
    let bench = Bench::start().await;
    bench.running.switch(|switches| switches.lifetime_seconds = Some(100));
    let token = bench.log_in().await;
    bench.running.advance(Duration::from_secs(90));
    assert_eq!(bench.get("/REST/Session/", &token).await.status, 200);
    bench.running.advance(Duration::from_secs(10));
    bench.get("/REST/Session/", &token).await.is_dead_session(DEAD);
}

#[tokio::test]
async fn a_pinned_session_is_refused_from_another_address_and_lives_on() {
    let bench = Bench::start().await;
    bench.running.switch(|switches| switches.pin_source_address = true);
    let token = bench.log_in().await;
    let other = client_builder().local_address(IpAddr::from([127, 0, 0, 2])).build().unwrap();
    let other = Bench { client: other, running: bench.running };
    let reply = other.get("/REST/Session/", &token).await;
    reply.is_dead_session("login: IP address does not match current session");
    let own = Bench { client: crate::support::client(), running: other.running };
    assert_eq!(own.get("/REST/Session/", &token).await.status, 200);
}

#[tokio::test]
async fn changing_the_own_password_changes_the_next_login_and_no_live_session() {
    let bench = Bench::start().await;
    let (first, second) = (bench.log_in().await, bench.log_in().await);
    bench.send("PUT", "/REST/Password/", &first, json!({})).await.fails(400, "MISSING_DATA");
    for wrong in [json!(""), json!(7)] {
        let reply = bench.send("PUT", "/REST/Password/", &first, json!({"password": wrong})).await;
        reply.fails(400, "INVALID_DATA");
    }
    let reply = bench.send("PUT", "/REST/Password/", &first, json!({"password": "new"})).await;
    let record = reply.data();
    assert_eq!((&record["user_name"], &record["status"]), (&json!("operator"), &json!("active")));
    assert!(record.get("email").is_some() && record.get("password").is_none());
    for token in [&first, &second] {
        assert_eq!(bench.get("/REST/Session/", token).await.status, 200);
    }
    bench.log_in_as("acme", "operator", "operator-password").await.fails(400, "INVALID_DATA");
    assert_eq!(bench.log_in_as("acme", "operator", "new").await.status, 200);
    assert!(bench.running.login_password_is("acme", "operator", "new"));
}

#[tokio::test]
async fn a_session_serves_one_request_at_a_time() {
    let bench = Bench::start().await;
    let (token, other) = (bench.log_in().await, bench.log_in().await);
    bench.fault("slow", json!({"millis": 3_600_000}));
    let slow = {
        let request = bench.request("GET", "/REST/UpdateUser/", Some(&token));
        tokio::spawn(async move { request.send().await })
    };
    until("the slow request arrives", || bench.running.journal().len() == 3).await;
    let reply = bench.get("/REST/UpdateUser/", &token).await;
    reply.fails(400, "OPERATION_FAILED");
    assert_eq!(reply.info(), "token: This session already has a job running");
    assert!(bench.last().overlapped && !bench.last().executed);
    assert_eq!(bench.get("/REST/UpdateUser/", &other).await.status, 200);
    assert!(!bench.last().overlapped);
    slow.abort();
    let mut free = false;
    while !free {
        free = bench.get("/REST/UpdateUser/", &token).await.status == 200;
    }
}

#[tokio::test]
async fn killing_all_sessions_kills_those_of_every_customer() {
    let bench = Bench::start().await;
    let tokens = [bench.log_in().await, bench.log_in_elsewhere().await];
    bench.running.kill_sessions();
    for token in tokens {
        bench.get("/REST/Session/", &token).await.is_dead_session(DEAD);
    }
}
