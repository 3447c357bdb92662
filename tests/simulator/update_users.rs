//! List, create, read, change and delete.

use serde_json::{Value, json};

use crate::support::Bench;

fn record(user_name: &str, status: &str, password: &str) -> Value {
    json!({"user_name": user_name, "status": status, "password": password, "group_name": []})
}

#[tokio::test]
async fn the_server_assigns_the_user_name_of_what_is_created() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    let reply = bench.create(&token, "edge1").await;
    assert_eq!(reply.data(), record("acme-edge1", "active", "pw-1"));
    assert_eq!(reply.info(), "create: Done");
    let account = &bench.running.ledger().accounts[0];
    assert_eq!((account.nickname.as_str(), account.creator.as_str()), ("edge1", "session-1"));
}

#[tokio::test]
async fn an_empty_nickname_or_password_is_generated_anew_each_time() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    for _ in 0..2 {
        let body = json!({"nickname": "", "password": ""});
        let data = bench.send("POST", "/REST/UpdateUser/", &token, body).await.data();
        assert!(!data["password"].as_str().unwrap().is_empty());
    }
    let nicknames = bench.nicknames();
    assert_eq!(nicknames.len(), 2);
    assert_ne!(nicknames[0], nicknames[1]);
    assert!(nicknames.iter().all(|nickname| (1..=17).contains(&nickname.len())));
}

#[tokio::test]
async fn what_cannot_be_created_is_refused_and_changes_nothing() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    bench.create(&token, "seventeen-letters").await.data();
    for (body, code) in [
        (json!({"nickname": "eighteen-letters-x", "password": "p"}), "INVALID_DATA"),
        (json!({"nickname": "a b", "password": "p"}), "INVALID_DATA"),
        (json!({"nickname": 5, "password": "p"}), "INVALID_DATA"),
        (json!({"nickname": "a", "password": null}), "INVALID_DATA"),
        (json!({"nickname": "a"}), "MISSING_DATA"),
        (json!({"password": "p"}), "MISSING_DATA"),
        (json!({}), "MISSING_DATA"),
        (Value::Null, "MISSING_DATA"),
        (json!({"nickname": "seventeen-letters", "password": "other"}), "TARGET_EXISTS"),
    ] {
        let reply = bench.send("POST", "/REST/UpdateUser/", &token, body).await;
        reply.fails(400, code);
    }
    assert_eq!(bench.nicknames(), ["seventeen-letters"]);
    assert!(bench.running.password_is("acme", "acme-seventeen-letters", "pw-1"));
}

#[tokio::test]
async fn a_nickname_can_be_used_again_after_deletion_and_by_another_customer() {
    let bench = Bench::start().await;
    let (acme, globex) = (bench.log_in().await, bench.log_in_elsewhere().await);
    bench.create(&acme, "edge1").await.data();
    assert_eq!(bench.create(&globex, "edge1").await.data()["user_name"], "globex-edge1");
    let reply = bench.send("DELETE", "/REST/UpdateUser/acme-edge1/", &acme, json!({})).await;
    assert_eq!((reply.data(), reply.info().as_str()), (json!({}), "delete: Done"));
    bench.create(&acme, "edge1").await.data();
}

#[tokio::test]
async fn an_assigned_user_name_gives_way_to_one_that_exists() {
    let bench = Bench::start().await;
    bench.running.create_update_user_named("acme", "old", "acme-edge1", "pw").unwrap();
    let token = bench.log_in().await;
    assert_eq!(bench.create(&token, "edge1").await.data()["user_name"], "acme-edge1-2");
}

#[tokio::test]
async fn the_list_has_objects_with_detail_and_uris_without() {
    let bench = Bench::start().await;
    let (acme, globex) = (bench.log_in().await, bench.log_in_elsewhere().await);
    assert_eq!(bench.get("/REST/UpdateUser/", &acme).await.data(), json!([]));
    bench.running.create_update_user("acme", "edge1", "pw-1").unwrap();
    bench.running.create_update_user_named("acme", "edge2", "old edge/2", "pw-2").unwrap();
    bench.running.set_blocked("acme", "old edge/2", true).unwrap();
    bench.running.create_update_user("globex", "edge1", "pw-3").unwrap();
    let list =
        json!([record("acme-edge1", "active", "pw-1"), record("old edge/2", "blocked", "pw-2"),]);
    let in_body = bench.send("GET", "/REST/UpdateUser/", &acme, json!({"detail": "Y"})).await;
    assert_eq!(in_body.data(), list);
    assert_eq!(bench.get("/REST/UpdateUser/?detail=Y", &acme).await.data(), list);
    assert_eq!(bench.get("/REST/UpdateUser?detail=y", &acme).await.data(), list);
    let uris = json!(["/REST/UpdateUser/acme-edge1/", "/REST/UpdateUser/old%20edge%2F2/"]);
    for body in [Value::Null, json!({}), json!({"detail": "N"})] {
        assert_eq!(bench.send("GET", "/REST/UpdateUser/", &acme, body).await.data(), uris);
    }
    for uri in uris.as_array().unwrap() {
        assert_eq!(bench.get(uri.as_str().unwrap(), &acme).await.status, 200);
    }
    let elsewhere = bench.get("/REST/UpdateUser/?detail=Y", &globex).await.data();
    assert_eq!(elsewhere, json!([record("globex-edge1", "active", "pw-3")]));
}

#[tokio::test]
async fn one_user_is_read_with_its_password() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    bench.create(&token, "edge1").await.data();
    for path in ["/REST/UpdateUser/acme-edge1/", "/REST/UpdateUser/acme-edge1"] {
        let reply = bench.get(path, &token).await;
        assert_eq!(reply.data(), record("acme-edge1", "active", "pw-1"));
        assert_eq!(reply.info(), "get: Done");
    }
    let reply = bench.get("/REST/UpdateUserPassword/acme-edge1/", &token).await;
    assert_eq!(reply.data(), json!({"password": "pw-1"}));
}

#[tokio::test]
async fn blocking_and_unblocking_take_yes_in_three_spellings_and_can_be_repeated() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    bench.create(&token, "edge1").await.data();
    let path = "/REST/UpdateUser/acme-edge1/";
    for (action, status) in [("block", "blocked"), ("unblock", "active")] {
        for yes in [json!(true), json!("True"), json!("Y")] {
            let reply = bench.send("PUT", path, &token, json!({ action: yes })).await;
            assert_eq!(reply.data(), record("acme-edge1", status, "pw-1"));
        }
        for no in [json!(false), json!("N"), json!(1), json!(null)] {
            let reply = bench.send("PUT", path, &token, json!({ action: no })).await;
            reply.fails(400, "INVALID_DATA");
        }
    }
    let account = &bench.running.ledger().accounts[0];
    assert_eq!((account.blocks, account.unblocks, account.password_changes), (3, 3, 0));
}

#[tokio::test]
async fn block_beside_another_argument_is_refused_and_nothing_is_applied() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    bench.create(&token, "edge1").await.data();
    let path = "/REST/UpdateUser/acme-edge1/";
    for body in [
        json!({"block": true, "password": "pw-2"}),
        json!({"block": true, "user_name": "acme-edge1"}),
        json!({"block": true, "unblock": true}),
    ] {
        bench.send("PUT", path, &token, body).await.fails(400, "INVALID_DATA");
    }
    assert_eq!(bench.get(path, &token).await.data(), record("acme-edge1", "active", "pw-1"));
}

#[tokio::test]
async fn a_password_is_changed_and_echoed() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    bench.create(&token, "edge1").await.data();
    let path = "/REST/UpdateUser/acme-edge1/";
    let reply = bench.send("PUT", path, &token, json!({"password": "pw-2"})).await;
    assert_eq!(reply.data(), record("acme-edge1", "active", "pw-2"));
    assert_eq!(reply.info(), "update: Done");
    for wrong in [json!(""), json!(null), json!(["x"])] {
        let reply = bench.send("PUT", path, &token, json!({"password": wrong})).await;
        reply.fails(400, "INVALID_DATA");
    }
    assert!(bench.running.password_is("acme", "acme-edge1", "pw-2"));
}

#[tokio::test]
async fn a_put_of_the_user_name_alone_changes_nothing_and_shows_the_password() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    bench.create(&token, "edge1").await.data();
    bench.running.set_password("acme", "acme-edge1", "behind").unwrap();
    let path = "/REST/UpdateUser/acme-edge1/";
    let same = json!({"user_name": "acme-edge1"});
    let reply = bench.send("PUT", path, &token, same).await;
    assert_eq!(reply.data(), record("acme-edge1", "active", "behind"));
    let other = json!({"user_name": "acme-edge2", "password": "pw-2"});
    bench.send("PUT", path, &token, other).await.fails(400, "INVALID_DATA");
    assert!(bench.running.password_is("acme", "acme-edge1", "behind"));
}

#[tokio::test]
async fn who_is_not_there_is_not_found_by_any_method() {
    let bench = Bench::start().await;
    let (acme, globex) = (bench.log_in().await, bench.log_in_elsewhere().await);
    bench.create(&acme, "edge1").await.data();
    for token in [&acme, &globex] {
        let name = if *token == acme { "edge1" } else { "acme-edge1" };
        for method in ["GET", "PUT", "DELETE"] {
            let path = format!("/REST/UpdateUser/{name}/");
            let body = json!({"password": "stolen"});
            bench.send(method, &path, token, body).await.fails(404, "NOT_FOUND");
        }
        let path = format!("/REST/UpdateUserPassword/{name}/");
        bench.get(&path, token).await.fails(404, "NOT_FOUND");
    }
    let path = "/REST/UpdateUser/acme-edge1/";
    bench.send("DELETE", path, &acme, Value::Null).await.data();
    bench.send("DELETE", path, &acme, Value::Null).await.fails(404, "NOT_FOUND");
}
