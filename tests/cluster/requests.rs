//! What people ask for by annotation, and passwords that change by the clock.

use roster::kinds::update_user::UpdateUser;
use serde_json::json;

use crate::bench::{Bench, SOON};
use crate::controlplane::wait_for;
use crate::manifests::generated;
use crate::observe::ACCOUNTS;

const ROTATE: &str = "roster.rs/rotate-requested-at";

fn rotated(user: &UpdateUser) -> Option<&str> {
    user.status.as_ref()?.account.last_handled_rotate_at.as_deref()
}

#[tokio::test]
async fn a_request_for_a_new_password_makes_exactly_one() {
    let bench = Bench::start().await;
    let operator = bench.operator().await;
    bench.apply(&bench.session("")).await;
    bench.apply(&generated("edge1", "", "")).await;
    bench.ready("edge1").await;
    let first = bench.secret_value("edge1-login", "password").await;

    bench.annotate("edge1", ROTATE, "monday").await;
    bench.user_until("edge1", "the request is handled", |u| rotated(u) == Some("monday")).await;
    let second = bench.secret_value("edge1-login", "password").await;
    assert_ne!(first, second);
    assert!(bench.simulator.password_is("acme", "acme-edge1", &second));
    // Other work in between asks for nothing.
    bench.edit_user("edge1", json!({ "spec": { "loginState": "Blocked" } })).await;
    bench.ready("edge1").await;
    bench.look_at("edge1", "now").await;
    operator.stop().await;
    let operator = bench.operator().await;
    bench.look_at("edge1", "after the restart").await;
    assert_eq!(bench.secret_value("edge1-login", "password").await, second);
    assert_eq!(bench.password_writes(), 1);
    operator.stop().await;
}

#[tokio::test]
async fn a_password_is_made_anew_after_its_interval() {
    let bench = Bench::start().await;
    let operator = bench.operator().await;
    bench.apply(&bench.session("")).await;
    bench.apply(&generated("edge1", "    rotation:\n      interval: 3s", "")).await;
    bench.ready("edge1").await;
    wait_for(SOON, "two further passwords", async || bench.password_writes() >= 2).await;
    bench.edit_user("edge1", json!({ "spec": { "password": { "rotation": null } } })).await;
    bench.ready("edge1").await;
    let last = bench.secret_value("edge1-login", "password").await;
    assert!(bench.simulator.password_is("acme", "acme-edge1", &last));
    let times: Vec<_> =
        bench.requests("PUT", ACCOUNTS).into_iter().map(|entry| entry.time).collect();
    let between = times[1].duration_since(times[0]);
    // The Secret's time is from before it was sent.
    assert!(between.as_millis() >= 2500, "{between}");
    operator.stop().await;
}

#[tokio::test]
async fn a_request_for_a_look_causes_one_list_and_one_write() {
    let bench = Bench::start().await;
    let operator = bench.operator().await;
    bench.apply(&bench.session("")).await;
    bench.apply(&generated("edge1", "", "")).await;
    bench.ready("edge1").await;
    bench.look_at("edge1", "before").await;
    let lists = bench.count("GET", ACCOUNTS);
    let mark = bench.plane.audit().mark();
    bench.look_at("edge1", "now").await;
    assert_eq!(bench.count("GET", ACCOUNTS), lists + 1);
    let writes = bench.plane.audit().since(mark).writes_by(&bench.identity().username());
    let of_accounts = writes.only(|entry| entry.resource == "updateusers");
    let written: Vec<_> = of_accounts.0.iter().map(|entry| entry.subresource.as_str()).collect();
    assert_eq!(written, ["status"]);
    operator.stop().await;
}
