//! Accounts that exist already, and how far Roster goes with them.

use roster::sim::AccountState;
use serde_json::json;

use crate::bench::Bench;
use crate::manifests::{update_user, user};
use crate::observe::{condition_of, pending};

/// An object for the account with this login name.
fn existing(name: &str, more: &str) -> String {
    update_user(name, &format!("  userName: acme-{name}\n  loginState: Blocked\n{more}"))
}

#[tokio::test]
async fn an_account_that_exists_is_taken_over_only_when_its_object_says_so() {
    let bench = Bench::start().await;
    for nickname in ["never", "taken", "watched", "named"] {
        bench.simulator.create_update_user("acme", nickname, "old").unwrap();
    }
    let operator = bench.operator().await;
    bench.apply(&bench.session("  resyncInterval: 1s")).await;
    let objects = [
        existing("never", ""),
        existing("taken", "  adoptionPolicy: IfExists"),
        existing("later", "  adoptionPolicy: Require"),
        existing("watched", "  managementPolicy: Observe"),
        user("named", "secret-1", ""),
    ];
    bench.apply(&objects.concat()).await;

    let never = bench.condition("never", "Stalled", "True", "AlreadyExists").await;
    assert_eq!(pending(&never), ["loginState: Active → Blocked"]);
    assert!(never.metadata.finalizers.is_none(), "nothing is owed to it");
    let taken = bench.ready("taken").await;
    let status = taken.status.as_ref().unwrap();
    assert_eq!(format!("{:?}", status.account.origin), "Some(Adopted)");
    assert_eq!(status.user_name.as_deref(), Some("acme-taken"));
    assert_eq!(bench.state("acme-taken"), Some(AccountState::Blocked));
    bench
        .user_until("taken", "it is owed to", |user| {
            user.metadata.finalizers.as_deref() == Some(&["roster.rs/account".to_owned()][..])
        })
        .await;
    bench.event("taken", "Adopted").await;
    let watched = bench.condition("watched", "Ready", "True", "PendingChanges").await;
    assert_eq!(pending(&watched), ["loginState: Active → Blocked"]);
    assert!(condition_of(&watched, "Synced").is_some_and(|synced| synced.status == "False"));
    // DynECT shows no nicknames: that this one is taken is known only when it refuses to create it.
    let named = bench.condition("named", "Stalled", "True", "AlreadyExists").await;
    assert!(pending(&named).is_empty(), "nothing is known of the account");
    bench.user_until("named", "owes nothing", |user| user.metadata.finalizers.is_none()).await;
    let later = bench.condition("later", "Stalled", "True", "AccountMissing").await;
    let message = &condition_of(&later, "Stalled").unwrap().message;
    assert!(message.contains("`acme-later` does not exist"), "{message}");

    // It appears, and the next look finds it.
    bench.simulator.create_update_user("acme", "later", "old").unwrap();
    bench.ready("later").await;
    assert_eq!(bench.state("acme-later"), Some(AccountState::Blocked));
    bench.simulator.delete_update_user("acme", "acme-named").unwrap();
    bench.ready("named").await;
    assert!(bench.simulator.password_is("acme", "acme-named", "secret-1"));
    bench.edit_user("never", json!({ "spec": { "adoptionPolicy": "IfExists" } })).await;
    bench.ready("never").await;
    assert_eq!(bench.state("acme-never"), Some(AccountState::Blocked));

    assert_eq!(bench.state("acme-watched"), Some(AccountState::Active));
    let watched = bench.account("acme-watched").unwrap();
    assert_eq!((watched.blocks, watched.unblocks, watched.password_changes), (0, 0, 0));
    // What was only looked at goes without a trace.
    bench.remove(&["watched"]).await;
    bench.gone("watched").await;
    assert_eq!(bench.state("acme-watched"), Some(AccountState::Active));
    operator.stop().await;
}

#[tokio::test]
async fn with_create_only_an_account_is_left_alone_once_it_is_there() {
    let bench = Bench::start().await;
    let operator = bench.operator().await;
    bench.apply(&bench.session("  resyncInterval: 1s")).await;
    let spec = "  managementPolicy: CreateOnly\n  loginState: Active";
    bench.apply(&user("edge1", "secret-1", spec)).await;
    bench.ready("edge1").await;
    bench.simulator.clear_journal();
    bench.edit_user("edge1", json!({ "spec": { "loginState": "Blocked" } })).await;
    let object = bench.condition("edge1", "Ready", "True", "PendingChanges").await;
    assert_eq!(pending(&object), ["loginState: Active → Blocked"]);
    bench.edit_secret("edge1-password", json!({ "password": "secret-2" })).await;
    bench.user_until("edge1", "the password is pending too", |user| pending(user).len() == 2).await;
    assert_eq!(bench.account_writes(), Vec::<String>::new());
    assert!(bench.simulator.password_is("acme", "acme-edge1", "secret-1"));
    operator.stop().await;
}
