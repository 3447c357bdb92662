//! Who may do what.

use serde_json::{Value, json};

use crate::support::Bench;

const SEED: &str = "
customers:
  acme:
    users:
      - {userName: boss, password: p, administrator: true}
      - {userName: helper, password: p, permissions: [UpdateUserUpdate, ZoneGet]}
      - {userName: nobody, password: p}
    updateUsers:
      - {nickname: edge1, password: pw-1}
";

fn names(report: &Value) -> Vec<&str> {
    let allowed = report["allowed"].as_array().unwrap();
    assert!(allowed.iter().all(|entry| entry["zone"].is_array() && entry["reason"].is_array()));
    assert_eq!(report["forbidden"], json!([]));
    allowed.iter().map(|entry| entry["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_report_names_the_permissions_of_any_user_of_the_customer() {
    let bench = Bench::seeded(SEED).await;
    let token = bench.log_in_as("acme", "boss", "p").await.token();
    let path = "/REST/UserPermissionReport/";
    for body in [Value::Null, json!({}), json!({"user_name": "boss"})] {
        let report = bench.send("POST", path, &token, body).await.data();
        assert_eq!(names(&report), ["UpdateUserAdd", "UpdateUserUpdate", "UpdateUserDelete"]);
        assert_eq!(report["admin_override"], "1");
    }
    let report = bench.send("POST", path, &token, json!({"user_name": "helper"})).await.data();
    assert_eq!(names(&report), ["UpdateUserUpdate", "ZoneGet"]);
    assert_eq!(report["admin_override"], "0");
    let reply = bench.send("POST", path, &token, json!({"user_name": "acme-edge1"})).await;
    reply.fails(404, "NOT_FOUND");
    bench.send("POST", path, &token, json!({"user_name": 7})).await.fails(400, "INVALID_DATA");
}

#[tokio::test]
async fn the_check_reports_on_the_names_that_are_asked_for() {
    let bench = Bench::seeded(SEED).await;
    let token = bench.log_in_as("acme", "helper", "p").await.token();
    let path = "/REST/CheckPermissionReport";
    let body = json!({"permission": ["UpdateUserAdd", "UpdateUserUpdate"]});
    let report = bench.send("POST", path, &token, body).await.data();
    assert_eq!(names(&report), ["UpdateUserUpdate"]);
    bench.send("POST", path, &token, json!({})).await.fails(400, "MISSING_DATA");
    bench.send("POST", path, &token, json!({"permission": "x"})).await.fails(400, "INVALID_DATA");
}

#[tokio::test]
async fn a_restricted_user_is_denied_what_it_may_not() {
    let bench = Bench::seeded(SEED).await;
    let one = "/REST/UpdateUser/acme-edge1/";
    let create = json!({"nickname": "edge2", "password": "p"});
    for (user, adds, updates, deletes) in [
        ("nobody", false, false, false),
        ("helper", false, true, false),
        ("boss", true, true, true),
    ] {
        let token = bench.log_in_as("acme", user, "p").await.token();
        assert_eq!(bench.get(one, &token).await.status, 200);
        for (method, path, body, may) in [
            ("POST", "/REST/UpdateUser/", create.clone(), adds),
            ("PUT", one, json!({"block": true}), updates),
            ("DELETE", one, json!({}), deletes),
        ] {
            let reply = bench.send(method, path, &token, body).await;
            if may {
                reply.data();
            } else {
                reply.fails(400, "PERMISSION_DENIED");
            }
        }
    }
}

#[tokio::test]
async fn reading_takes_a_permission_if_so_switched() {
    let bench = Bench::seeded(SEED).await;
    bench.running.switch(|switches| {
        switches.reads_need_permission = true;
        switches.permission_denied_status = 403;
    });
    let nobody = bench.log_in_as("acme", "nobody", "p").await.token();
    let helper = bench.log_in_as("acme", "helper", "p").await.token();
    for path in [
        "/REST/UpdateUser/",
        "/REST/UpdateUser/acme-edge1/",
        "/REST/UpdateUserPassword/acme-edge1/",
    ] {
        bench.get(path, &nobody).await.fails(403, "PERMISSION_DENIED");
        bench.get(path, &helper).await.data();
    }
}
