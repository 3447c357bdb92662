//! What tools that wait for objects go by: every status that an object ever had is one that they understand.

use std::sync::{Arc, Mutex};

use futures::TryStreamExt;
use kube::api::DeleteParams;
use kube::runtime::{WatchStreamExt, watcher};
use roster::kinds::update_user::UpdateUser;
use roster::plan::Reason;
use serde_json::json;

use crate::bench::{Bench, SOON};
use crate::controlplane::wait_for;
use crate::manifests::user;
use crate::observe::{LOGINS, condition_of};

/// Takes down every state of every object in the namespace.
fn record(bench: &Bench) -> Arc<Mutex<Vec<UpdateUser>>> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&seen);
    let states = watcher(bench.users(), watcher::Config::default()).applied_objects();
    tokio::spawn(states.try_for_each(move |object| {
        kept.lock().unwrap().push(object);
        std::future::ready(Ok(()))
    }));
    seen
}

/// Panics if a tool could take the state for another one.
fn check(user: &UpdateUser) {
    let status = user.status.as_ref().map(|status| &status.account).expect("it has a default");
    let observed = status.observed_generation.expect("it is never taken away");
    let is = |kind: &str| condition_of(user, kind).is_some_and(|seen| seen.status == "True");
    assert!(observed <= user.metadata.generation.unwrap(), "{status:#?}");
    assert!(!(is("Reconciling") && is("Stalled")), "{status:#?}");
    let looked_at = observed != -1;
    assert_eq!(condition_of(user, "Ready").is_some(), looked_at, "{status:#?}");
    if looked_at && !is("Suspended") {
        assert_eq!(is("Ready"), !is("Reconciling") && !is("Stalled"), "{status:#?}");
    }
    for condition in &status.conditions {
        assert_eq!(condition.observed_generation, Some(observed), "{status:#?}");
        let known = Reason::ALL.iter().any(|reason| reason.as_str() == condition.reason);
        assert!(known, "{status:#?}");
        let is_abnormal = !["Ready", "Synced", "CredentialsReady"].contains(&&*condition.type_);
        assert!(!is_abnormal || condition.status == "True", "absent when it is false: {status:#?}");
    }
}

#[tokio::test]
async fn no_state_on_the_way_misleads_a_tool_that_waits() {
    let bench = Bench::start().await;
    let seen = record(&bench);
    let manifests = user("edge1", "secret-1", "  loginState: Active");
    let (secret, object) = manifests.split_once("---").unwrap();
    bench.apply(object).await;
    bench
        .user_until("edge1", "is unknown before the first look", |user| {
            user.status.as_ref().is_some_and(|s| s.account.observed_generation == Some(-1))
        })
        .await;

    let operator = bench.operator().await;
    bench.condition("edge1", "Ready", "False", "SessionMissing").await;
    let session = bench.session("");
    bench.apply(&session.replace("password: operator-password", "password: mistyped")).await;
    // The password is missing too, and that is known without the remote system.
    bench.condition("edge1", "Ready", "False", "SecretMissing").await;
    bench.apply(secret).await;
    bench.condition("edge1", "Ready", "False", "AuthenticationFailed").await;
    bench.edit_secret("acme-login", json!({ "password": "operator-password" })).await;
    bench.ready("edge1").await;

    let foreign = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: foreign\n";
    bench.apply(foreign).await;
    bench.edit_user("edge1", json!({ "spec": { "outputSecret": { "name": "foreign" } } })).await;
    bench.condition("edge1", "Stalled", "True", "SecretConflict").await;
    bench.edit_user("edge1", json!({ "spec": { "outputSecret": null } })).await;
    bench.ready("edge1").await;
    bench.secrets().delete("edge1-password", &DeleteParams::default()).await.unwrap();
    bench.condition("edge1", "Ready", "False", "SecretMissing").await;
    // An edit that fails is observed too.
    bench.edit_user("edge1", json!({ "spec": { "loginState": "Blocked" } })).await;
    bench.condition("edge1", "Reconciling", "True", "SecretMissing").await;
    bench.apply(secret).await;
    bench.ready("edge1").await;

    // A session that fails later changes nothing in what is said of a settled account.
    bench.edit_secret("acme-login", json!({ "password": "mistyped" })).await;
    bench.session_condition("acme", "Ready", "False", "AuthenticationFailed").await;
    bench.ready("edge1").await;
    bench.edit_user("edge1", json!({ "spec": { "loginState": "Active" } })).await;
    bench.condition("edge1", "Ready", "False", "AuthenticationFailed").await;
    bench.edit_secret("acme-login", json!({ "password": "operator-password" })).await;
    bench.ready("edge1").await;
    let logins = bench.count("POST", LOGINS);
    assert_eq!(logins, 4, "one for each password that the Secret had");

    bench.remove(&["edge1"]).await;
    bench.gone("edge1").await;
    operator.stop().await;
    let states = wait_for(SOON, "the last state was recorded", async || {
        let states = seen.lock().unwrap().clone();
        let deleted = |user: &UpdateUser| user.metadata.deletion_timestamp.is_some();
        if states.iter().any(deleted) { Ok(states) } else { Err(states.len()) }
    })
    .await;
    assert!(states.len() > 15, "only {} states were seen", states.len());
    states.iter().for_each(check);
}
