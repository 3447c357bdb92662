//! The faults that put another reply in the place of the real one.

use serde_json::{Value, json};

use crate::support::Bench;

/// Every kind that answers with an envelope of failure, with its code and status.
const FAILURES: [(&str, &str, u16); 12] = [
    ("rate-limit", "RATE_LIMIT_EXCEEDED", 429),
    ("rate-limit-200", "RATE_LIMIT_EXCEEDED", 200),
    ("blocked-by-task", "ILLEGAL_OPERATION", 400),
    ("blocked-by-task-without-id", "ILLEGAL_OPERATION", 400),
    ("job-busy", "OPERATION_FAILED", 400),
    ("job-busy-200", "OPERATION_FAILED", 200),
    ("server-error", "INTERNAL_ERROR", 500),
    ("service-unavailable", "SERVICE_UNAVAILABLE", 503),
    ("unknown-error", "UNKNOWN_ERROR", 400),
    ("permission-denied", "PERMISSION_DENIED", 400),
    ("invalid-version", "INVALID_VERSION", 400),
    ("deprecated", "DEPRECATED_REQUEST", 400),
];

#[tokio::test]
async fn each_failure_has_its_form_executes_nothing_and_comes_once() {
    for (kind, code, status) in FAILURES {
        let bench = Bench::start().await;
        let token = bench.log_in().await;
        bench.fault(kind, json!({}));
        bench.create(&token, "edge1").await.fails(status, code);
        let entry = bench.last();
        let outcome = format!("failure:{code}");
        assert!(entry.outcome == outcome || entry.outcome == "rate-limited", "{entry:?}");
        assert_eq!((entry.status, entry.executed), (Some(status), false));
        assert!(bench.nicknames().is_empty() && bench.running.faults().is_empty());
        if !kind.starts_with("rate-limit") {
            bench.create(&token, "edge1").await.data();
        }
    }
}

#[tokio::test]
async fn a_failure_is_hidden_work_if_so_ordered() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    for (number, kind) in [
        "server-error",
        "service-unavailable",
        "unknown-error",
        "maintenance-html",
        "not-found-html",
        "failure-without-msgs",
        "failure",
    ]
    .into_iter()
    .enumerate()
    {
        bench.fault(kind, json!({"executed": true}));
        bench.create(&token, kind.get(..8).unwrap_or(kind)).await;
        assert!(bench.last().executed && bench.last().outcome != "success");
        assert_eq!(bench.nicknames().len(), number + 1, "{kind}");
    }
}

#[tokio::test]
async fn a_task_that_blocks_is_named() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    let infos = |reply: Value| -> Vec<String> {
        let msgs = reply["msgs"].as_array().unwrap();
        msgs.iter().map(|message| message["INFO"].as_str().unwrap().to_owned()).collect()
    };
    bench.fault("blocked-by-task", json!({"taskId": 77, "taskName": "Publish", "status": 200}));
    let reply = bench.create(&token, "edge1").await;
    let expected = ["Operation blocked by current task", "task_name: Publish", "task_id: 77"];
    assert_eq!(infos(reply.fails(200, "ILLEGAL_OPERATION").json()), expected);
    bench.fault("blocked-by-task-without-id", json!({"taskName": "Publish"}));
    assert_eq!(infos(bench.create(&token, "edge1").await.json()), expected[..2]);
}

#[tokio::test]
async fn a_busy_session_can_have_the_status_running() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    bench.fault("job-running", json!({}));
    let reply = bench.create(&token, "edge1").await;
    let envelope = reply.json();
    assert_eq!((reply.status, &envelope["status"]), (200, &json!("running")));
    assert_eq!(reply.info(), "token: This session already has a job running");
    assert!(envelope["job_id"].is_u64());
    assert_eq!(bench.last().outcome, "running");
}

#[tokio::test]
async fn html_stands_for_maintenance_and_for_what_is_not_found() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    for (kind, status) in [("maintenance-html", 503), ("not-found-html", 404)] {
        bench.fault(kind, json!({}));
        let reply = bench.create(&token, "edge1").await;
        assert_eq!((reply.status, reply.header("content-type")), (status, Some("text/html")));
        assert!(reply.text.starts_with("<html>"));
        assert_eq!(bench.last().outcome, format!("html-{status}"));
    }
    assert!(bench.nicknames().is_empty());
}

#[tokio::test]
async fn an_empty_reply_hides_work_or_does_none() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    bench.fault("empty", json!({}));
    bench.fault("empty", json!({"executed": false}));
    for nickname in ["edge1", "edge2"] {
        let reply = bench.create(&token, nickname).await;
        assert_eq!((reply.status, reply.text.as_str()), (200, ""));
        assert_eq!(bench.last().outcome, "empty");
    }
    assert_eq!(bench.nicknames(), ["edge1"]);
}

#[tokio::test]
async fn a_failure_can_lack_its_messages() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    bench.fault("failure-without-msgs", json!({}));
    bench.fault("failure-without-msgs", json!({"empty": true}));
    for msgs in [None, Some(json!([]))] {
        let reply = bench.create(&token, "edge1").await;
        assert_eq!((reply.status, &reply.json()["status"]), (400, &json!("failure")));
        assert_eq!(reply.json().get("msgs"), msgs.as_ref());
    }
    assert_eq!(bench.last().outcome, "failure");
}

#[tokio::test]
async fn a_failure_can_be_wrapped_in_an_array() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    bench.fault("array-wrapped", json!({}));
    bench.fault("array-wrapped", json!({"code": "TARGET_EXISTS", "status": 404}));
    for (code, status) in [("INVALID_DATA", 400), ("TARGET_EXISTS", 404)] {
        let reply = bench.create(&token, "edge1").await;
        assert_eq!((reply.status, &reply.json()[0]["msgs"][0]["ERR_CD"]), (status, &json!(code)));
        assert_eq!(reply.json().as_array().unwrap().len(), 1);
        assert_eq!(bench.last().outcome, format!("failure:{code}"));
    }
    assert!(bench.nicknames().is_empty());
}

#[tokio::test]
async fn any_other_failure_can_be_put_into_words() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    bench.fault("failure", json!({"code": "NEW_CODE", "info": "new: words", "status": 409}));
    let reply = bench.create(&token, "edge1").await;
    assert_eq!(reply.fails(409, "NEW_CODE").info(), "new: words");
    bench.fault("failure", json!({}));
    bench.create(&token, "edge1").await.fails(400, "UNKNOWN_ERROR");
    bench.fault("permission-denied", json!({"status": 403}));
    bench.create(&token, "edge1").await.fails(403, "PERMISSION_DENIED");
    bench.fault("unknown-error", json!({"status": 500}));
    bench.create(&token, "edge1").await.fails(500, "UNKNOWN_ERROR");
}

#[tokio::test]
async fn unknown_keys_stand_beside_the_known_ones() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    bench.fault("unknown-keys", json!({"times": 2}));
    let reply = bench.create(&token, "edge1").await;
    assert_eq!(reply.data()["user_name"], "acme-edge1");
    assert!(reply.json().get("x_trace").is_some() && reply.data().get("x_note").is_some());
    let list = bench.get("/REST/UpdateUser/?detail=Y", &token).await.data();
    assert_eq!(
        (&list[0]["user_name"], list[0].get("x_note").is_some()),
        (&json!("acme-edge1"), true)
    );
}
