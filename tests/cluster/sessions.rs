//! Sessions: when they log in and out, and what they let through.

use kube::ResourceExt;
use roster::sim::AccountState;
use serde_json::json;

use crate::bench::{Bench, SOON};
use crate::controlplane::wait_for;
use crate::manifests::user;
use crate::observe::{ACCOUNTS, LOGINS, condition, condition_of, pending};

#[tokio::test]
async fn a_suspended_session_is_logged_out_and_a_read_only_one_holds_every_write() {
    let bench = Bench::start().await;
    let operator = bench.operator().await;
    bench.apply(&bench.session("  autoLogin: false")).await;
    bench.session_condition("acme", "Ready", "True", "NotLoggedIn").await;
    assert_eq!(bench.count("POST", LOGINS), 0, "nobody needs it yet");
    bench.apply(&user("edge1", "secret-1", "  loginState: Active")).await;
    bench.ready("edge1").await;
    let status = bench.session_condition("acme", "Authenticated", "True", "LoggedIn").await;
    assert_eq!(status.authenticated_as.as_deref(), Some("operator"));

    bench.edit_session("acme", json!({ "spec": { "suspend": true } })).await;
    let status = bench.session_condition("acme", "Suspended", "True", "Suspended").await;
    assert!(condition(&status.conditions, "Stalled").is_none());
    assert_eq!(condition(&status.conditions, "Authenticated").unwrap().status, "False");
    assert_eq!((bench.simulator.open_sessions(), bench.count("DELETE", LOGINS)), (0, 1));
    bench.simulator.clear_journal();
    bench.edit_user("edge1", json!({ "spec": { "loginState": "Blocked" } })).await;
    let waiting = bench.condition("edge1", "Reconciling", "True", "SessionNotReady").await;
    assert!(condition_of(&waiting, "Ready").unwrap().message.contains("Suspended"));
    assert_eq!(bench.simulator.journal().len(), 0, "nothing goes out");

    let read_only = json!({ "spec": { "suspend": null, "mode": "ReadOnly" } });
    bench.edit_session("acme", read_only).await;
    let held = bench.condition("edge1", "Reconciling", "True", "PendingChanges").await;
    assert_eq!(pending(&held), ["loginState: Active → Blocked"]);
    bench.apply(&user("edge2", "secret-2", "")).await;
    let held = bench.condition("edge2", "Reconciling", "True", "PendingChanges").await;
    assert!(!pending(&held).is_empty());
    bench.remove(&["edge1"]).await;
    let blocked = bench.condition("edge1", "DeletionBlocked", "True", "PendingChanges").await;
    let message = &condition_of(&blocked, "DeletionBlocked").unwrap().message;
    assert!(message.contains("the session is ReadOnly"), "{message}");
    assert_eq!(bench.account_writes(), Vec::<String>::new());

    bench.edit_session("acme", json!({ "spec": { "mode": "ReadWrite" } })).await;
    bench.ready("edge2").await;
    bench.gone("edge1").await;
    assert_eq!(bench.state("acme-edge1"), Some(AccountState::Blocked));
    operator.stop().await;
}

#[tokio::test]
async fn a_refused_login_is_not_tried_again_until_its_secret_changes() {
    let bench = Bench::start().await;
    let operator = bench.operator().await;
    let session = bench.session("  resyncInterval: 1s");
    bench.apply(&session.replace("password: operator-password", "password: mistyped")).await;
    bench.apply(&user("edge1", "secret-1", "")).await;
    let status =
        bench.session_condition("acme", "Authenticated", "False", "AuthenticationFailed").await;
    assert!(condition(&status.conditions, "Stalled").is_some());
    let waiting = bench.condition("edge1", "Reconciling", "True", "AuthenticationFailed").await;
    assert!(condition_of(&waiting, "Stalled").is_none(), "the object itself is in order");
    bench.event("acme", "AuthenticationFailed").await;
    // Neither another object nor an edit of the session makes another attempt.
    bench.apply(&user("edge2", "secret-2", "")).await;
    bench.condition("edge2", "Reconciling", "True", "AuthenticationFailed").await;
    bench.edit_session("acme", json!({ "spec": { "resyncInterval": "2s" } })).await;
    bench.session_condition("acme", "Authenticated", "False", "AuthenticationFailed").await;
    assert_eq!(bench.count("POST", LOGINS), 1);

    bench.edit_secret("acme-login", json!({ "password": "operator-password" })).await;
    bench.session_condition("acme", "Ready", "True", "LoggedIn").await;
    bench.ready("edge1").await;
    bench.ready("edge2").await;
    assert_eq!(bench.count("POST", LOGINS), 2);

    // The own password is rotated by one edit of one Secret.
    let keys = json!({ "spec": { "credentialsSecretRef": { "previousPasswordKey": "previous" } } });
    bench.edit_session("acme", keys).await;
    let rotated = json!({ "password": "operator-2", "previous": "operator-password" });
    bench.edit_secret("acme-login", rotated).await;
    wait_for(SOON, "the login has the new password", async || {
        bench.simulator.login_password_is("acme", "operator", "operator-2")
    })
    .await;
    bench.session_condition("acme", "Ready", "True", "LoggedIn").await;
    bench.look_at("edge1", "with the new login").await;
    bench.ready("edge1").await;
    operator.stop().await;
}

#[tokio::test]
async fn a_session_gives_policies_and_tells_how_its_accounts_are() {
    let bench = Bench::start().await;
    for nickname in ["legacy", "other"] {
        bench.simulator.create_update_user("acme", nickname, "old").unwrap();
    }
    let operator = bench.operator().await;
    bench.apply(&bench.session("  history:\n    limit: 20")).await;
    let legacy = "apiVersion: roster.rs/v1alpha1
kind: UpdateUser
metadata:
  name: legacy
spec:
  sessionRef:
    name: acme
  userName: acme-legacy
  loginState: Active
";
    bench.apply(&[user("edge1", "secret-1", ""), legacy.to_owned()].concat()).await;
    bench.ready("edge1").await;
    bench.condition("legacy", "Stalled", "True", "AlreadyExists").await;
    let defaults = json!({ "adoptionPolicy": "IfExists", "deletionPolicy": "Delete" });
    bench.edit_session("acme", json!({ "spec": { "defaults": defaults } })).await;
    bench.ready("legacy").await;
    for name in ["edge1", "legacy"] {
        bench
            .user_until(name, "the session's policy is in effect", |user| {
                let policy = user.status.as_ref().and_then(|s| s.account.deletion_policy);
                format!("{policy:?}") == "Some(Delete)"
            })
            .await;
    }

    let status = bench
        .session_until("acme", "everything is counted", |status| {
            let accounts = status.accounts.as_ref();
            let inventory = status.inventory.as_ref();
            accounts.is_some_and(|accounts| (accounts.total, accounts.ready) == (2, 2))
                && inventory.is_some_and(|all| (all.total, all.managed) == (3, 2))
        })
        .await;
    assert!(status.permissions.iter().any(|name| name == "UpdateUserAdd"), "{status:?}");
    assert_eq!(status.inventory.unwrap().unmanaged, 1);

    let history = wait_for(SOON, "the create is in the history", async || {
        let map = bench.config_maps().get_opt("acme-history").await.unwrap().ok_or("none yet")?;
        let text = map.data.clone().unwrap_or_default().remove("calls").unwrap_or_default();
        if text.contains("POST /REST/UpdateUser/") { Ok((map, text)) } else { Err("not yet") }
    })
    .await;
    let (map, text) = history;
    let session = bench.sessions().get("acme").await.unwrap();
    assert_eq!(Some(&map.owner_references()[0].uid), session.uid().as_ref());
    assert!(text.contains("*****"), "{text}");
    for secret in ["operator-password", "secret-1"] {
        assert!(!text.contains(secret), "{text}");
    }
    operator.stop().await;
}

#[tokio::test]
async fn sessions_of_one_customer_share_the_lowest_budget() {
    let bench = Bench::start().await;
    let operator = bench.operator().await;
    // 120 a minute: seven at once, then one each 0.53 s.
    bench.apply(&bench.session("  requestBudget:\n    requestsPerMinute: 120")).await;
    let second = bench.session("").replace("name: acme\n", "name: second\n");
    bench.apply(&second).await;
    let names = ["edge1", "edge2", "edge3", "edge4", "edge5", "edge6"];
    let users = names.map(|name| {
        let session = if name < "edge4" { "acme" } else { "second" };
        user(name, "secret", "").replace("    name: acme", &format!("    name: {session}"))
    });
    bench.apply(&users.concat()).await;
    for name in names {
        bench.ready(name).await;
    }
    assert_eq!(bench.count("POST", ACCOUNTS), names.len());
    let times: Vec<_> = bench.simulator.journal().into_iter().map(|entry| entry.time).collect();
    let sessions = bench.requests("POST", ACCOUNTS).into_iter().filter_map(|entry| entry.session);
    assert_eq!(sessions.collect::<std::collections::BTreeSet<_>>().len(), 2);
    // Whatever nine requests follow each other: at least two of them had to wait for a place of their own.
    let hasty = times.windows(9).filter(|nine| nine[8].duration_since(nine[0]).as_millis() < 800);
    assert_eq!(hasty.count(), 0, "{times:?}");
    assert!(times.len() > 9);
    operator.stop().await;
}
