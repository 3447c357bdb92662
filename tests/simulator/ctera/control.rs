//! The control API, as far as it is about the portal.

use serde_json::{Value, json};

use super::support::{Portal, Reply};
use crate::support::read;

async fn control(portal: &Portal, method: &str, path: &str, body: Value) -> Reply {
    let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
    let url = format!("{}{path}", portal.running.control_url().unwrap());
    let request = portal.client.request(method, url);
    read(if body.is_null() { request } else { request.body(body.to_string()) }).await.unwrap()
}

fn error(reply: &Reply, status: u16) -> String {
    assert_eq!(reply.status, status, "{}", reply.text);
    reply.json()["error"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn faults_are_ordered_and_shown_by_system() {
    let portal = Portal::start().await;
    let ordered =
        json!({"system": "ctera", "kind": "status", "status": 503, "match": {"operation": "add"}});
    let reply = control(&portal, "POST", "/faults", ordered).await;
    assert_eq!(reply.status, 201);
    let fault = json!({
        "system": "ctera", "kind": "status", "times": 1, "skip": 0, "status": 503,
        "match": {"operation": "add", "exact": false},
    });
    assert_eq!(reply.json(), fault);
    control(&portal, "POST", "/faults", json!({"system": "dynect", "kind": "empty"})).await;
    let count = async |path: &str| {
        control(&portal, "GET", path, Value::Null).await.json().as_array().unwrap().len()
    };
    assert_eq!(count("/faults").await, 2);
    assert_eq!(count("/faults?system=ctera").await, 1);
    assert_eq!(control(&portal, "DELETE", "/faults?system=dynect", Value::Null).await.status, 204);
    assert_eq!(count("/faults").await, 1);
    control(&portal, "DELETE", "/faults", Value::Null).await;
    assert_eq!(count("/faults").await, 0);
    for (fault, words) in [
        (json!({"system": "ctera", "kind": "job-307"}), "kill-sessions"),
        (
            json!({"system": "ctera", "kind": "slow", "rows": 1}),
            "takes system, kind, times, skip, match, millis",
        ),
        (json!({"system": "ctera", "kind": "status", "status": 99}), "no HTTP status"),
        (json!({"system": "zato", "kind": "slow"}), "expected \"dynect\" or \"ctera\""),
        (json!({"system": "ctera", "kind": "slow", "match": {"operations": "add"}}), "operation"),
    ] {
        let said = error(&control(&portal, "POST", "/faults", fault).await, 400);
        assert!(said.contains(words), "{said}");
    }
}

#[tokio::test]
async fn switches_and_sessions_are_the_portals_when_it_is_named() {
    let portal = Portal::start().await;
    portal.log_in().await;
    let changed = json!({"deadSession": "unauthorized", "pageLimit": 5});
    let reply = control(&portal, "POST", "/switches?system=ctera", changed).await;
    assert_eq!(
        (&reply.json()["deadSession"], &reply.json()["pageLimit"]),
        (&json!("unauthorized"), &json!(5))
    );
    let in_body = json!({"system": "ctera", "task": "never", "pageLimit": null});
    control(&portal, "POST", "/switches", in_body).await;
    let now = control(&portal, "GET", "/switches?system=ctera", Value::Null).await.json();
    assert_eq!((&now["task"], &now["pageLimit"]), (&json!("never"), &Value::Null));
    let dynect = control(&portal, "GET", "/switches", Value::Null).await.json();
    assert!(dynect.get("passwordInList").is_some() && dynect.get("task").is_none());
    for (changes, words) in [
        (json!({"task": "perhaps"}), "not-found"),
        (json!({"passwordInList": false}), "passwordInList"),
        (json!({"duplicateStatus": 200}), "200 is no HTTP status of a refusal"),
    ] {
        let said = error(&control(&portal, "POST", "/switches?system=ctera", changes).await, 400);
        assert!(said.contains(words), "{said}");
    }
    let open = control(&portal, "GET", "/sessions?system=ctera", Value::Null).await.json();
    assert_eq!(open, json!({"open": 1}));
    assert_eq!(control(&portal, "GET", "/sessions", Value::Null).await.json(), json!({"open": 0}));
    control(&portal, "DELETE", "/sessions", Value::Null).await;
    assert_eq!(portal.ctera().sessions().len(), 1);
    control(&portal, "DELETE", "/sessions?system=ctera", Value::Null).await;
    assert!(portal.ctera().sessions().is_empty());
    error(&control(&portal, "GET", "/sessions?system=proxy", Value::Null).await, 400);
}

#[tokio::test]
async fn users_are_made_changed_shown_and_deleted_behind_the_clients_backs() {
    let portal = Portal::start().await;
    let new = json!({"tenant": "acme", "name": "gil", "password": "p", "attributes": {"sla": "gold", "stats": {"$class": "S", "n": "01"}}});
    let reply = control(&portal, "POST", "/portal/users", new.clone()).await;
    assert_eq!(reply.status, 201);
    let uid = reply.json()["uid"].clone();
    assert!(error(&control(&portal, "POST", "/portal/users", new).await, 409).contains("gil"));
    let path = "/portal/users/acme/gil";
    let there = control(&portal, "GET", path, Value::Null).await.json();
    assert_eq!((&there["$class"], &there["stats"]["n"]), (&json!("PortalUser"), &json!("01")));
    let equal = control(&portal, "GET", &format!("{path}/password-is?value=p"), Value::Null).await;
    assert_eq!(equal.json(), json!({"equal": true}));
    let changes =
        json!({"name": "gila", "password": "q", "role": "Disabled", "sla": null, "x": ["1"]});
    assert_eq!(control(&portal, "PATCH", path, changes).await.status, 204);
    let listed = control(&portal, "GET", "/portal/users?tenant=acme", Value::Null).await;
    let listed = listed.json().as_array().unwrap().last().unwrap().clone();
    assert_eq!(listed["uid"], uid);
    assert_eq!((&listed["name"], &listed["role"]), (&json!("gila"), &json!("Disabled")));
    assert_eq!((&listed["creator"], &listed["passwordChanges"]), (&json!("control"), &json!(1)));
    assert_eq!((&listed["deleted"], &listed["changes"]), (&Value::Null, &json!(0)));
    assert_eq!(
        control(&portal, "DELETE", "/portal/users/acme/gila", Value::Null).await.status,
        204
    );
    let all = control(&portal, "GET", "/portal/users", Value::Null).await.json();
    assert_eq!(all.as_array().unwrap().last().unwrap()["deleted"]["session"], json!("control"));
    assert_eq!(portal.folders(), 0);
    for (method, path, body, status) in [
        ("GET", "/portal/users/acme/gila", Value::Null, 404),
        ("PATCH", "/portal/users/acme/dana", json!({"uid": "1"}), 400),
        ("PATCH", "/portal/users/acme/dana", json!({"name": "erez"}), 409),
        ("DELETE", "/portal/users/initech/dana", Value::Null, 404),
        ("POST", "/portal/users", json!({"tenant": "acme", "name": ""}), 400),
        ("POST", "/portal/users", json!({"tenant": "acme", "name": "no.where\\x"}), 404),
        ("POST", "/portal/users", json!({"tenant": "acme", "name": "x", "sla": "1"}), 400),
        ("GET", "/portal/users/acme/nobody/password-is?value=x", Value::Null, 404),
    ] {
        error(&control(&portal, method, path, body).await, status);
    }
    let directory = "/portal/users/acme/corp.example%5Ccorp-ann";
    assert_eq!(
        control(&portal, "GET", directory, Value::Null).await.json()["$class"],
        json!("ADUser")
    );
    assert_eq!(control(&portal, "GET", "/portal/users/-/admin", Value::Null).await.status, 200);
}

#[tokio::test]
async fn keys_sessions_rights_and_counters_have_routes_too() {
    let portal = Portal::start().await;
    let made = control(&portal, "POST", "/portal/users/acme/dana/keys", Value::Null).await.json();
    let (access, secret) =
        (made["accessKey"].as_str().unwrap(), made["secretKey"].as_str().unwrap());
    let path = format!("/portal/keys/{access}");
    let equal =
        control(&portal, "GET", &format!("{path}/secret-is?value={secret}"), Value::Null).await;
    assert_eq!(equal.json(), json!({"equal": true}));
    let users = control(&portal, "GET", "/portal/users", Value::Null).await;
    assert!(users.text.contains(access) && !users.text.contains(secret));
    assert!(!users.text.contains("-password\""));
    assert_eq!(control(&portal, "DELETE", &path, Value::Null).await.status, 204);
    error(&control(&portal, "DELETE", &path, Value::Null).await, 404);

    let session = portal.log_in_to_acme().await;
    control(&portal, "PATCH", "/portal/sessions", json!({"tenant": "globex"})).await;
    let sessions = control(&portal, "GET", "/portal/sessions", Value::Null).await.json();
    let expected =
        json!([{"label": "session-1", "context": "admin", "user": "admin", "tenant": "globex"}]);
    assert_eq!(sessions, expected);
    let rights = json!({"canManageUsers": false});
    control(&portal, "PATCH", "/portal/roles/-/readWriteAdminSettings", rights).await;
    session.add("new", "").await.refused(403);
    let wrong = control(&portal, "PATCH", "/portal/roles/-/kings", json!({"a": true})).await;
    assert!(error(&wrong, 400).contains("readWriteAdminSettings"));
    let counters = control(&portal, "GET", "/portal/counters", Value::Null).await.json();
    assert_eq!(counters, json!({"accountUpdates": {}, "deletedFolders": 0}));
    assert_eq!(control(&portal, "POST", "/reset", Value::Null).await.status, 204);
    assert!(portal.ctera().sessions().is_empty());
}
