//! The control API.

use serde_json::{Value, json};

use crate::support::{Bench, Reply, read};

async fn control(bench: &Bench, method: &str, path: &str, body: Value) -> Reply {
    let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
    let url = format!("{}{path}", bench.running.control_url().unwrap());
    let request = bench.client.request(method, url);
    read(if body.is_null() { request } else { request.body(body.to_string()) }).await.unwrap()
}

fn error(reply: &Reply, status: u16) -> String {
    assert_eq!(reply.status, status, "{}", reply.text);
    reply.json()["error"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_journal_can_be_read_filtered_and_emptied() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    bench.create(&token, "edge1").await.data();
    bench.get("/REST/UpdateUser/", &token).await.data();
    let all = control(&bench, "GET", "/journal", Value::Null).await.json();
    assert_eq!(all.as_array().unwrap().len(), 3);
    let mut keys: Vec<_> = all[1].as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    let expected = [
        "body",
        "executed",
        "method",
        "operation",
        "outcome",
        "overlapped",
        "path",
        "query",
        "session",
        "status",
        "system",
        "tenant",
        "time",
    ];
    assert_eq!(keys, expected);
    assert_eq!(all[1]["body"], json!({"nickname": "edge1", "password": "*****"}));
    assert_eq!((&all[1]["system"], &all[1]["session"]), (&json!("dynect"), &json!("session-1")));
    assert!(all[1]["time"].as_str().unwrap().ends_with('Z'));
    for (query, count) in [
        ("?method=POST", 2),
        ("?path=/REST/UpdateUser/", 2),
        ("?method=post&path=/REST/UpdateUser", 1),
        ("?method=DELETE", 0),
    ] {
        let some = control(&bench, "GET", &format!("/journal{query}"), Value::Null).await.json();
        assert_eq!(some.as_array().unwrap().len(), count, "{query}");
    }
    let wrong = control(&bench, "GET", "/journal?verb=POST", Value::Null).await;
    assert!(error(&wrong, 400).contains("method or path"));
    assert_eq!(control(&bench, "DELETE", "/journal", Value::Null).await.status, 204);
    assert_eq!(control(&bench, "GET", "/journal", Value::Null).await.json(), json!([]));
}

#[tokio::test]
async fn faults_are_ordered_listed_and_cleared() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    let fault = json!({
        "system": "dynect", "kind": "rate-limit", "times": 2, "retryAfterSeconds": 0,
        "match": {"method": "GET", "path": "/REST/UpdateUser/"},
    });
    let reply = control(&bench, "POST", "/faults", fault).await;
    assert_eq!(reply.status, 201);
    bench.get("/REST/UpdateUser/", &token).await.fails(429, "RATE_LIMIT_EXCEEDED");
    let listed = control(&bench, "GET", "/faults", Value::Null).await.json();
    let expected = json!([{
        "system": "dynect", "kind": "rate-limit", "times": 1, "skip": 0, "retryAfterSeconds": 0,
        "match": {"method": "GET", "path": "/REST/UpdateUser/", "exact": false},
    }]);
    assert_eq!(listed, expected);
    let again = listed[0].clone();
    assert_eq!(control(&bench, "POST", "/faults", again).await.json(), expected[0]);
    assert_eq!(control(&bench, "DELETE", "/faults", Value::Null).await.status, 204);
    assert_eq!(control(&bench, "GET", "/faults", Value::Null).await.json(), json!([]));
    let unknown = json!({"system": "dynect", "kind": "explode"});
    let reply = control(&bench, "POST", "/faults", unknown).await;
    assert!(error(&reply, 400).contains("`drop-before`"));
    assert!(error(&control(&bench, "POST", "/faults", Value::Null).await, 400).contains("EOF"));
}

#[tokio::test]
async fn switches_are_shown_and_merged_all_or_none() {
    let bench = Bench::start().await;
    let before = control(&bench, "GET", "/switches", Value::Null).await.json();
    for (switch, value) in [
        ("nicknameInReplies", json!(false)),
        ("passwordInPutReplies", json!(true)),
        ("passwordInList", json!(true)),
        ("strictGetOne", json!(false)),
        ("detailRequired", json!(true)),
        ("failOnRepeatedBlock", json!(false)),
        ("inactivitySeconds", Value::Null),
        ("pinSourceAddress", json!(false)),
        ("rateLimitPerMinute", Value::Null),
        ("rateLimitLockSeconds", json!(60)),
        ("strictContentType", json!(true)),
    ] {
        assert_eq!(before[switch], value, "{switch}");
    }
    let change = json!({"inactivitySeconds": 5, "strictGetOne": true});
    let after = control(&bench, "POST", "/switches", change).await.json();
    assert_eq!((&after["inactivitySeconds"], &after["strictGetOne"]), (&json!(5), &json!(true)));
    assert_eq!(after["passwordInList"], json!(true));
    for (wrong, word) in [
        (json!({"strictGetOne": false, "strict": true}), "`passwordInList`"),
        (json!({"strictGetOne": false, "inactivitySeconds": "x"}), "u64"),
        (json!({"missingDataStatus": 99}), "99"),
        (json!([]), "map"),
    ] {
        assert!(error(&control(&bench, "POST", "/switches", wrong).await, 400).contains(word));
        assert_eq!(control(&bench, "GET", "/switches", Value::Null).await.json(), after);
    }
    let back = control(&bench, "POST", "/switches", json!({"inactivitySeconds": null})).await;
    assert_eq!(back.json()["inactivitySeconds"], Value::Null);
}

#[tokio::test]
async fn accounts_are_made_changed_proved_and_deleted_behind_the_back() {
    let bench = Bench::start().await;
    let new = json!({
        "customer": "acme", "nickname": "edge1", "userName": "old edge", "password": "pw-1",
        "blocked": true,
    });
    let reply = control(&bench, "POST", "/accounts", new.clone()).await;
    assert_eq!((reply.status, &reply.json()["userName"]), (201, &json!("old edge")));
    let plain = json!({"customer": "acme", "nickname": "edge2", "password": "pw-2"});
    let reply = control(&bench, "POST", "/accounts", plain).await;
    assert_eq!(reply.json()["userName"], "acme-edge2");
    let path = "/accounts/acme/old%20edge";
    let change = json!({"password": "pw 3&", "blocked": false});
    assert_eq!(control(&bench, "PATCH", path, change).await.status, 204);
    for (value, equal) in [("pw%203%26", true), ("pw-1", false)] {
        let path = format!("{path}/password-is?value={value}");
        assert_eq!(
            control(&bench, "GET", &path, Value::Null).await.json(),
            json!({"equal": equal})
        );
    }
    assert_eq!(control(&bench, "DELETE", path, Value::Null).await.status, 204);
    let ledger = control(&bench, "GET", "/accounts", Value::Null).await;
    assert!(!ledger.text.contains("pw"));
    let account = &ledger.json()["accounts"][0];
    assert_eq!((&account["userName"], &account["state"]), (&json!("old edge"), &json!("deleted")));
    assert_eq!((&account["unblocks"], &account["creator"]), (&json!(1), &json!("control")));
    assert_eq!(ledger.json()["deletions"][0]["session"], "control");

    let twin = json!({"customer": "acme", "nickname": "edge2", "password": "p"});
    for (method, path, body, status) in [
        ("POST", "/accounts", twin, 409),
        ("POST", "/accounts", json!({"customer": "x", "nickname": "e", "password": "p"}), 404),
        ("POST", "/accounts", json!({"customer": "acme"}), 400),
        ("PATCH", path, json!({"blocked": true}), 404),
        ("PATCH", "/accounts/acme/acme-edge2", json!({"state": "blocked"}), 400),
        ("DELETE", path, Value::Null, 404),
        ("GET", "/accounts/acme/x/password-is?value=p", Value::Null, 404),
        ("GET", "/accounts/acme/acme-edge2/password-is", Value::Null, 400),
    ] {
        error(&control(&bench, method, path, body).await, status);
    }
}

#[tokio::test]
async fn logins_sessions_and_the_clock_are_at_hand_too() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    let open = control(&bench, "GET", "/sessions", Value::Null).await.json();
    assert_eq!(open, json!({"open": 1}));
    let path = "/users/acme/operator";
    let change = json!({"password": "turned"});
    assert_eq!(control(&bench, "PATCH", path, change.clone()).await.status, 204);
    let is = format!("{path}/password-is?value=turned");
    assert_eq!(control(&bench, "GET", &is, Value::Null).await.json(), json!({"equal": true}));
    error(&control(&bench, "PATCH", "/users/acme/x", change).await, 404);
    error(&control(&bench, "GET", "/users/acme/x/password-is?value=p", Value::Null).await, 404);

    bench.running.switch(|switches| switches.inactivity_seconds = Some(60));
    assert_eq!(control(&bench, "POST", "/clock", json!({"advanceSeconds": 60})).await.status, 204);
    error(&control(&bench, "POST", "/clock", json!({"back": 60})).await, 400);
    bench.get("/REST/Session/", &token).await.is_dead_session("login: inactivity logout");

    let token = bench.log_in_as("acme", "operator", "turned").await.token();
    assert_eq!(control(&bench, "DELETE", "/sessions", Value::Null).await.status, 204);
    bench.get("/REST/Session/", &token).await.is_dead_session("login: Bad or expired credentials");
    assert_eq!(control(&bench, "POST", "/reset", Value::Null).await.status, 204);
    bench.log_in().await;
}

#[tokio::test]
async fn an_unknown_route_or_method_is_told_the_known_ones() {
    let bench = Bench::start().await;
    let text = error(&control(&bench, "GET", "/nothing", Value::Null).await, 404);
    assert!(text.contains("/journal") && text.contains("/faults"));
    error(&control(&bench, "PUT", "/journal", Value::Null).await, 405);
    // The control API is no part of the service, and has no place in its journal.
    assert!(bench.running.journal().is_empty());
}
