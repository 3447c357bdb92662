//! What goes wrong when it is told to.

use std::time::{Duration, Instant};

use roster::sim::ctera::{Fault, FaultKind, FaultParameters};
use serde_json::{Value, json};

use super::support::{Portal, user};

fn adds() -> Value {
    json!({"match": {"operation": "add"}})
}

#[tokio::test]
async fn a_fault_hits_work_once_and_leaves_the_session_alone() {
    let portal = Portal::start().await;
    portal.fault("status", json!({"status": 503}));
    let session = portal.log_in_to_acme().await;
    for path in ["/currentSession", "/version", "/rolesSettings/supportAdminSettings"] {
        assert_eq!(session.get(path).await.status, 200);
    }
    let reply = session.get("/users/dana").await;
    assert_eq!((reply.status, &*reply.text), (503, ""));
    assert_eq!(session.get("/users/dana").await.status, 200);
    assert!(portal.ctera().faults().is_empty());
}

#[tokio::test]
async fn faults_match_by_method_path_and_operation_skip_and_repeat() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    portal.fault("status", json!({"status": 500, "msg": "No", "skip": 1, "times": 2, "match": {"method": "get", "path": "/admin/api/users"}}));
    let mut statuses = Vec::new();
    for _ in 0..4 {
        session.call("/users/dana", "get-multi", "<list/>").await;
        statuses.push(session.get("/users/dana").await.status);
    }
    assert_eq!(statuses, [200, 500, 500, 200]);
    portal.fault("status", json!({"status": 404, "msg": "Gone", "times": 0, "match": {"path": "/admin/api/users/dana", "exact": true}}));
    portal.fault("status", json!({"status": 401, "match": {"operation": "get-multi"}}));
    assert_eq!(session.get("/users/dana").await.refused(404), "Gone");
    assert_eq!(session.get("/users/dana/name").await.status, 200);
    assert_eq!(session.call("/users/erez", "get-multi", "<list/>").await.status, 401);
    assert_eq!(portal.ctera().faults().len(), 1);
    portal.ctera().clear_faults();
    assert_eq!(session.get("/users/dana").await.status, 200);
    // With a path, the login can be hit too.
    portal.fault("status", json!({"status": 403, "match": {"path": "/admin/api/login"}}));
    assert_eq!(portal.try_log_in("admin", "admin", "admin-password").await.status, 403);
}

#[tokio::test]
async fn every_status_that_the_vendors_client_knows_comes_with_and_without_words() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    for status in [400, 401, 403, 404, 405, 409, 412, 422, 500, 502, 503, 504] {
        portal.fault("status", json!({"status": status, "msg": "Because"}));
        assert_eq!(session.add("new", "").await.refused(status), "Because");
        portal.fault("status", json!({"status": status}));
        let reply = session.add("new", "").await;
        assert_eq!((reply.status, &*reply.text), (status, ""));
    }
    assert!(portal.ctera().user("acme", "new").is_none());
    portal.fault("status", json!({"executed": true}));
    assert_eq!(session.add("new", "").await.status, 500);
    assert!(portal.ctera().user("acme", "new").is_some());
}

#[tokio::test]
async fn faults_can_be_ordered_in_types() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    let parameters = FaultParameters { status: Some(409), ..FaultParameters::default() };
    let fault = Fault::new(FaultKind::Status).with(parameters);
    let fault = fault.operation("add").method("POST").path("/admin/api/users").skip(1).times(2);
    portal.ctera().fault(fault.clone());
    assert_eq!(portal.ctera().faults(), [fault]);
    let mut statuses = Vec::new();
    for name in ["a", "b", "c", "d"] {
        statuses.push(session.add(name, "").await.status);
    }
    assert_eq!(statuses, [200, 409, 409, 200]);
}

#[tokio::test]
async fn throttling_says_when_to_come_back_or_does_not() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    portal.fault("throttle", json!({"retryAfterSeconds": 7}));
    let reply = session.add("new", "").await;
    assert_eq!((reply.status, reply.header("retry-after")), (429, Some("7")));
    portal.fault("throttle", json!({"msg": "Slow down"}));
    let reply = session.add("new", "").await;
    assert_eq!((&*reply.refused(429), reply.header("retry-after")), ("Slow down", None));
    assert!(portal.ctera().user("acme", "new").is_none());
}

#[tokio::test]
async fn a_connection_closes_before_or_after_the_work() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    for (kind, done) in [("drop-before", false), ("drop-after", true)] {
        portal.fault(kind, adds());
        let body = super::support::call("add", &user("new", ""));
        session.try_send("POST", "/users", &body).await.unwrap_err();
        assert_eq!(portal.ctera().user("acme", "new").is_some(), done, "{kind}");
        let last = portal.ctera().journal().pop().unwrap();
        assert_eq!((last.status, last.executed), (None, done));
    }
}

#[tokio::test]
async fn replies_are_late_cut_endless_empty_or_no_xml() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    portal.fault("slow", json!({"millis": 60}));
    let begun = Instant::now();
    assert_eq!(session.get("/users/dana").await.status, 200);
    assert!(begun.elapsed() >= Duration::from_millis(60));
    portal.fault("truncate", json!({}));
    session.try_send("GET", "/users/dana", "").await.unwrap_err();
    portal.fault("empty", json!({}));
    session.add("new1", "").await.is_empty();
    portal.fault("html", json!({}));
    let reply = session.add("new2", "").await;
    assert!(reply.status == 200 && reply.text.starts_with("<html>"));
    portal.fault("html", json!({"status": 502, "executed": true}));
    assert_eq!(session.add("new3", "").await.status, 502);
    let made = |name| portal.ctera().user("acme", name).is_some();
    assert_eq!((made("new1"), made("new2"), made("new3")), (true, false, true));

    portal.fault("endless", json!({"millis": 1}));
    let url = format!("{}/admin/api/users", portal.ctera().plain_url().unwrap());
    let cookie = format!("JSESSIONID={}", session.cookie);
    let mut reply = portal.client.get(url).header("Cookie", cookie).send().await.unwrap();
    let mut length = 0;
    while length < 1 << 20 {
        length += reply.chunk().await.unwrap().unwrap().len();
    }
}

#[tokio::test]
async fn sessions_die_are_redirected_or_are_planted_over() {
    let portal = Portal::start().await;
    let (first, second) = (portal.log_in_to_acme().await, portal.log_in_to_acme().await);
    portal.fault("dead-session", json!({}));
    first.get("/users/dana").await.leads_to_login();
    assert_eq!(second.get("/users/dana").await.status, 200);
    portal.fault("redirect", json!({"location": "https://elsewhere.invalid/"}));
    let reply = second.get("/users/dana").await;
    assert_eq!((reply.status, reply.header("location")), (302, Some("https://elsewhere.invalid/")));
    portal.fault("redirect", json!({}));
    let reply = second.call("/users/dana", "delete", "<val>true</val>").await;
    assert_eq!(reply.header("location"), Some("/admin/login.html"));
    portal.fault("plant-cookie", json!({}));
    let reply = second.get("/users/dana").await;
    assert_eq!(reply.att("name").unwrap(), "dana");
    assert_ne!(reply.cookie().unwrap(), second.cookie);
    assert_eq!(second.get("/users/dana").await.status, 200);
    portal.fault("unauthorized", json!({}));
    second.get("/users/dana").await.refused(401);
    second.get("/users/dana").await.leads_to_login();

    let (first, second) = (portal.log_in_to_acme().await, portal.log_in_to_acme().await);
    portal.fault("kill-sessions", json!({}));
    first.get("/users/dana").await.leads_to_login();
    second.get("/users/dana").await.leads_to_login();
}

#[tokio::test]
async fn the_tenant_changes_right_before_a_request() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    portal.fault("select-tenant", json!({"tenant": "globex", "match": {"operation": "delete"}}));
    session.call("/users/dana", "delete", "<val>true</val>").await.is_empty();
    assert!(portal.ctera().user("acme", "dana").is_some());
    assert!(portal.ctera().user("globex", "dana").is_none());
    assert_eq!(portal.ctera().journal().pop().unwrap().tenant.unwrap(), "globex");
}

#[tokio::test]
async fn lists_are_short_of_rows_or_no_lists() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    portal.fault("short-page", json!({"rows": 2}));
    assert_eq!(session.get("/users").await.status, 200);
    assert_eq!(session.names("/users", "").await, (vec!["acme-admin".into(), "dana".into()], true));
    portal.fault("null-objects", json!({}));
    let reply = session.call("/users", "query", "<obj/>").await;
    assert!(reply.has_null("objects"), "{}", reply.text);
}
