//! What a person does while an earlier wish is being carried out is not lost.

use kube::api::{Patch, PatchParams};
use roster::sim::{AccountState, Fault, FaultKind, FaultParameters};
use serde_json::{Value, json};

use crate::bench::{Bench, Operator, SOON};
use crate::controlplane::wait_for;
use crate::crowd::{PASSWORDS, UNLIMITED, password_of};

const NAME: &str = "edge0";
const LOOK: &str = "roster.rs/reconcile-requested-at";

async fn start(more: &Value) -> (Bench, Operator) {
    let bench = Bench::start().await;
    let operator = bench.operator().await;
    bench.apply(&bench.session(UNLIMITED)).await;
    bench.create_passwords([&NAME.to_owned()]).await;
    bench.create_users(&[NAME.to_owned()], more).await;
    bench.ready(NAME).await;
    // A list that is newer than the account, so that the change to come needs none, whose news would have the object
    // looked at once more.
    patch(&bench, json!({ "metadata": { "annotations": { LOOK: "now" } } })).await;
    wait_for(SOON, "it was looked at", async || {
        let status = bench.users().get(NAME).await.unwrap().status.unwrap().account;
        status.last_handled_reconcile_at.as_deref() == Some("now")
    })
    .await;
    bench.simulator.clear_journal();
    (bench, operator)
}

/// Begins a change whose reply comes late, and waits until the system has it.
async fn begin_a_slow_change(bench: &Bench) {
    let parameters = FaultParameters { millis: Some(1500), ..FaultParameters::default() };
    bench.simulator.fault(Fault::new(FaultKind::Slow).method("PUT").with(parameters));
    patch(bench, json!({ "spec": { "loginState": "Blocked" } })).await;
    wait_for(SOON, "the change is under way", async || bench.changes().len() == 1).await;
}

async fn patch(bench: &Bench, patch: Value) {
    bench.patch_users(&[NAME.to_owned()], &patch).await;
}

async fn state_becomes(bench: &Bench, state: AccountState) {
    wait_for(SOON, "the account's state", async || {
        let is = bench.accounts_of(NAME)[0].state;
        if is == state { Ok(()) } else { Err(is) }
    })
    .await;
}

#[tokio::test]
async fn an_edit_during_a_change_is_carried_out_after_it() {
    let (bench, operator) = start(&json!({})).await;
    begin_a_slow_change(&bench).await;
    patch(&bench, json!({ "spec": { "loginState": "Active" } })).await;
    bench.ready(NAME).await;
    state_becomes(&bench, AccountState::Active).await;
    assert_eq!(bench.changes().len(), 2);
    operator.stop().await;
}

#[tokio::test]
async fn a_new_password_during_a_change_is_sent_after_it() {
    let (bench, operator) = start(&json!({})).await;
    begin_a_slow_change(&bench).await;
    let value = json!({ "stringData": { NAME: "another" } });
    let parameters = PatchParams::default();
    bench.secrets().patch(PASSWORDS, &parameters, &Patch::Merge(value)).await.unwrap();
    wait_for(SOON, "the new password is in force", async || {
        bench.simulator.password_is("acme", "acme-edge0", "another")
    })
    .await;
    bench.ready(NAME).await;
    assert!(!bench.simulator.password_is("acme", "acme-edge0", &password_of(NAME)));
    state_becomes(&bench, AccountState::Blocked).await;
    operator.stop().await;
}

#[tokio::test]
async fn a_rotation_that_is_asked_for_during_a_change_is_done_after_it() {
    let fields =
        json!({ "password": { "generate": {} }, "outputSecret": { "name": "credentials" } });
    let (bench, operator) = start(&fields).await;
    let kept = async || {
        let secret = bench.secrets().get("credentials").await.unwrap();
        String::from_utf8(secret.data.unwrap()["password"].0.clone()).unwrap()
    };
    let before = kept().await;
    begin_a_slow_change(&bench).await;
    let request = json!({ "roster.rs/rotate-requested-at": "now" });
    patch(&bench, json!({ "metadata": { "annotations": request } })).await;
    wait_for(SOON, "the rotation is done", async || {
        let status = bench.users().get(NAME).await.unwrap().status.unwrap().account;
        status.last_handled_rotate_at.as_deref() == Some("now")
    })
    .await;
    let after = kept().await;
    assert_ne!(before, after);
    assert!(bench.simulator.password_is("acme", "acme-edge0", &after));
    state_becomes(&bench, AccountState::Blocked).await;
    assert_eq!(bench.accounts_of(NAME)[0].password_changes, 1);
    operator.stop().await;
}
