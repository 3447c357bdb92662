//! Each switch changes what it says, and only that.

use roster::sim::Switches;
use serde_json::{Value, json};

use crate::support::{Bench, read};

const ONE: &str = "/REST/UpdateUser/acme-edge1/";

/// What has a key: reply to POST, list, GET of one, PUT, PUT of the name alone.
async fn where_is(bench: &Bench, token: &str, key: &str) -> [bool; 5] {
    let has = |record: &Value| record.get(key).is_some();
    let created = bench.create(token, "edge1").await.data();
    let list = bench.get("/REST/UpdateUser/?detail=Y", token).await.data();
    let one = bench.get(ONE, token).await.data();
    let changed = bench.send("PUT", ONE, token, json!({"block": true})).await.data();
    let same = bench.send("PUT", ONE, token, json!({"user_name": "acme-edge1"})).await.data();
    [has(&created), has(&list[0]), has(&one), has(&changed), has(&same)]
}

#[tokio::test]
async fn the_switches_choose_the_keys_of_replies() {
    type Change = fn(&mut Switches);
    let cases: [(Change, &str, [bool; 5]); 8] = [
        (|_| {}, "nickname", [false; 5]),
        (|switches| switches.nickname_in_replies = true, "nickname", [true; 5]),
        (|_| {}, "password", [true; 5]),
        (|s| s.password_in_put_replies = false, "password", [true, true, true, false, false]),
        (|s| s.password_in_list = false, "password", [true, false, true, true, true]),
        (|s| s.password_in_get_one = false, "password", [true, true, false, true, true]),
        (|s| s.strict_get_one = true, "password", [true; 5]),
        (|s| s.strict_get_one = true, "status", [true, true, false, true, true]),
    ];
    for (number, (change, key, expected)) in cases.into_iter().enumerate() {
        let bench = Bench::start().await;
        bench.running.switch(change);
        let token = bench.log_in().await;
        assert_eq!(where_is(&bench, &token, key).await, expected, "case {number}: {key}");
    }
}

#[tokio::test]
async fn the_list_can_have_objects_without_detail() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    bench.create(&token, "edge1").await.data();
    assert!(bench.get("/REST/UpdateUser/", &token).await.data()[0].is_string());
    bench.running.switch(|switches| switches.detail_required = false);
    assert!(bench.get("/REST/UpdateUser/", &token).await.data()[0].is_object());
}

#[tokio::test]
async fn repeating_a_block_can_fail() {
    let bench = Bench::start().await;
    bench.running.switch(|switches| switches.fail_on_repeated_block = true);
    let token = bench.log_in().await;
    bench.create(&token, "edge1").await.data();
    for (action, repeat) in [("block", "block"), ("unblock", "unblock")] {
        bench.send("PUT", ONE, &token, json!({ action: true })).await.data();
        let reply = bench.send("PUT", ONE, &token, json!({ repeat: true })).await;
        reply.fails(400, "ILLEGAL_OPERATION");
    }
    let account = &bench.running.ledger().accounts[0];
    assert_eq!((account.blocks, account.unblocks), (1, 1));
}

#[tokio::test]
async fn nicknames_can_be_anything_of_seventeen_characters() {
    let bench = Bench::start().await;
    bench.running.switch(|switches| switches.strict_nicknames = false);
    let token = bench.log_in().await;
    let data = bench.create(&token, "ä b/c_d.e").await.data();
    assert_eq!(data["user_name"], "acme-ä b/c_d.e");
    let path = "/REST/UpdateUser/acme-%C3%A4%20b%2Fc_d.e/";
    assert_eq!(bench.get(path, &token).await.data(), data);
    bench.create(&token, "eighteen-letters-x").await.fails(400, "INVALID_DATA");
}

#[tokio::test]
async fn the_content_type_must_be_json_unless_switched() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    let url = format!("{}/REST/UpdateUser/", bench.running.dynect_url());
    let with = |content_type: Option<&str>| {
        let request = bench.client.get(&url).header("Auth-Token", &token);
        match content_type {
            Some(content_type) => request.header("Content-Type", content_type),
            None => request,
        }
    };
    for wrong in [None, Some("text/html"), Some("application/jsonp")] {
        read(with(wrong)).await.unwrap().fails(400, "INVALID_REQUEST");
    }
    for right in ["application/json", "Application/JSON; charset=utf-8"] {
        read(with(Some(right))).await.unwrap().data();
    }
    bench.running.switch(|switches| switches.strict_content_type = false);
    for wrong in [None, Some("text/html")] {
        read(with(wrong)).await.unwrap().data();
    }
}

#[tokio::test]
async fn failures_can_travel_with_other_statuses() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    bench.running.switch(|switches| switches.missing_data_status = 404);
    let reply = bench.send("POST", "/REST/UpdateUser/", &token, json!({})).await;
    reply.fails(404, "MISSING_DATA");
    bench.running.switch(|switches| switches.failures_with_status_200 = true);
    bench.get(ONE, &token).await.fails(200, "NOT_FOUND");
    bench.get("/REST/Session/", "dead").await.fails(200, "INVALID_DATA");
    bench.log_in_as("acme", "operator", "wrong").await.fails(200, "INVALID_DATA");
}
