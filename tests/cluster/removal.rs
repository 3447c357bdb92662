//! Objects that are deleted, and what becomes of their accounts.

use roster::sim::AccountState::{Active, Blocked, Deleted};
use serde_json::json;

use crate::bench::{Bench, SOON};
use crate::controlplane::wait_for;
use crate::manifests::user;
use crate::observe::{ACCOUNTS, LOGINS, condition, condition_of};

#[tokio::test]
async fn what_becomes_of_an_account_is_what_its_policy_says() {
    let bench = Bench::start().await;
    bench.simulator.create_update_user("acme", "adopted", "old").unwrap();
    let operator = bench.operator().await;
    bench.apply(&bench.session("")).await;
    let adopted = "
apiVersion: roster.rs/v1alpha1
kind: UpdateUser
metadata:
  name: adopted
spec:
  sessionRef:
    name: acme
  userName: acme-adopted
  adoptionPolicy: IfExists
  loginState: Active
";
    let objects = [
        user("created", "secret-1", ""),
        user("deleted", "secret-2", "  deletionPolicy: Delete"),
        user("retained", "secret-3", "  deletionPolicy: Retain"),
        user("orphan", "secret-4", "  deletionPolicy: Delete"),
        user("asleep", "secret-5", "  deletionPolicy: Delete"),
        user("gone", "secret-6", "  deletionPolicy: Delete"),
        adopted.to_owned(),
    ];
    bench.apply(&objects.concat()).await;
    let names = ["created", "deleted", "retained", "orphan", "asleep", "gone", "adopted"];
    for name in names {
        bench.ready(name).await;
    }
    let effective = bench.user("created").await.status.unwrap().account.deletion_policy;
    assert_eq!(format!("{effective:?}"), "Some(Disable)");
    bench.edit_user("asleep", json!({ "spec": { "suspend": true } })).await;
    bench.annotate("orphan", "roster.rs/orphan", "true").await;
    // Deleting what is gone already is success.
    bench.simulator.delete_update_user("acme", "acme-gone").unwrap();
    bench.remove(&names).await;
    for name in ["created", "deleted", "retained", "orphan", "gone", "adopted"] {
        bench.gone(name).await;
    }
    for (account, state) in [
        ("acme-created", Blocked),
        ("acme-deleted", Deleted),
        ("acme-retained", Active),
        ("acme-orphan", Active),
        ("acme-asleep", Active),
        ("acme-gone", Deleted),
        ("acme-adopted", Active),
    ] {
        assert_eq!(bench.state(account), Some(state), "{account}");
    }
    for (name, reason) in [
        ("created", "Disabled"),
        ("deleted", "Deleted"),
        ("retained", "Released"),
        ("orphan", "Orphaned"),
        ("adopted", "Released"),
    ] {
        let note = bench.event(name, reason).await;
        assert!(note.contains("acme-") || reason == "Orphaned", "{note}");
    }

    let blocked = bench.condition("asleep", "DeletionBlocked", "True", "Suspended").await;
    let message = &condition_of(&blocked, "DeletionBlocked").unwrap().message;
    assert!(message.starts_with("spec.suspend is true; take it away"), "{message}");
    assert!(message.contains("roster.rs/orphan=true"), "{message}");
    bench.edit_user("asleep", json!({ "spec": { "suspend": false } })).await;
    bench.gone("asleep").await;
    assert_eq!(bench.state("acme-asleep"), Some(Deleted));
    operator.stop().await;
}

#[tokio::test]
async fn a_session_that_is_deleted_first_goes_after_the_last_account() {
    let bench = Bench::start().await;
    let operator = bench.operator().await;
    bench.apply(&bench.session("")).await;
    bench.apply(&[user("edge1", "secret-1", ""), user("edge2", "secret-2", "")].concat()).await;
    bench.ready("edge1").await;
    bench.ready("edge2").await;
    // In any order, as a person deletes a folder of manifests.
    bench.kubectl(&["delete", "--wait=false", "apis/acme", "secret/acme-login"]).await;
    let status = bench.session_condition("acme", "DeletionBlocked", "True", "InUse").await;
    let message = &condition(&status.conditions, "DeletionBlocked").unwrap().message;
    assert!(message.contains("/edge"), "names one of the accounts: {message}");
    assert_eq!(bench.count("DELETE", LOGINS), 0);

    bench.remove(&["edge1"]).await;
    bench.gone("edge1").await;
    assert_eq!(bench.state("acme-edge1"), Some(Blocked));
    assert!(!bench.is_session_gone("acme").await);
    bench.remove(&["edge2"]).await;
    bench.gone("edge2").await;
    assert_eq!(bench.state("acme-edge2"), Some(Blocked));
    wait_for(SOON, "the session is gone", async || bench.is_session_gone("acme").await).await;
    wait_for(SOON, "it is logged out", async || bench.simulator.open_sessions() == 0).await;
    assert_eq!(bench.count("POST", LOGINS), 1);
    operator.stop().await;
}

#[tokio::test]
async fn more_removals_than_the_guard_allows_wait_for_a_person_also_over_a_crash() {
    let bench = Bench::start().await;
    let operator = bench.operator().await;
    bench.apply(&bench.session("  deletionGuard:\n    maxDeletions: 2")).await;
    let names = ["edge1", "edge2", "edge3", "edge4"];
    let all = names.map(|name| user(name, "secret", "  deletionPolicy: Delete"));
    bench.apply(&all.concat()).await;
    for name in names {
        bench.ready(name).await;
    }
    bench.remove(&names).await;
    let status = bench
        .session_until("acme", "two removals are held back", |status| {
            status.blocked_deletions == Some(2)
        })
        .await;
    assert_eq!(status.recent_removals.len(), 2);
    let left = bench.user_names().await;
    assert_eq!(left.len(), 2, "{left:?}");
    let blocked = bench.condition(&left[0], "DeletionBlocked", "True", "DeletionGuard").await;
    let message = &condition_of(&blocked, "DeletionBlocked").unwrap().message;
    assert!(message.contains("raise maxDeletions"), "{message}");
    assert_eq!(bench.count("DELETE", ACCOUNTS), 2);

    operator.crash();
    bench.simulator.clear_journal();
    let operator = bench.operator().await;
    wait_for(SOON, "the new process has looked", async || bench.count("GET", ACCOUNTS) > 0).await;
    // One that may be removed after them: when it is settled, they were decided.
    bench.apply(&user("witness", "secret", "")).await;
    bench.ready("witness").await;
    assert_eq!(bench.count("DELETE", ACCOUNTS), 0, "what was counted still counts");

    bench.edit_session("acme", json!({ "spec": { "deletionGuard": { "maxDeletions": 4 } } })).await;
    for name in &left {
        bench.gone(name).await;
    }
    for account in ["acme-edge1", "acme-edge2", "acme-edge3", "acme-edge4"] {
        assert_eq!(bench.state(account), Some(Deleted), "{account}");
    }
    bench.session_until("acme", "none is held back", |s| s.blocked_deletions.is_none()).await;
    operator.stop().await;
}
