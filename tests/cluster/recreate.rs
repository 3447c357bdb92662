//! An object goes and another one of the same name comes: whose account it is, is decided by the object, not its name.

use kube::ResourceExt;
use kube::api::PostParams;
use roster::kinds::update_user::UpdateUser;
use roster::sim::{AccountState, Fault, FaultKind, FaultParameters};
use serde_json::{Value, json};

use crate::bench::{Bench, SOON};
use crate::controlplane::wait_for;
use crate::crowd::{UNLIMITED, password_of};

const NAME: &str = "edge0";

async fn start() -> Bench {
    let bench = Bench::start().await;
    bench.apply(&bench.session(UNLIMITED)).await;
    bench.create_passwords([&NAME.to_owned()]).await;
    bench
}

async fn create(bench: &Bench, more: &Value) {
    bench.create_users(&[NAME.to_owned()], more).await;
}

async fn delete(bench: &Bench) {
    bench.delete_users(&[NAME.to_owned()]).await;
}

/// What a person in a hurry does.
async fn take_finalizers_away(bench: &Bench) {
    let none = json!({ "metadata": { "finalizers": null } });
    bench.patch_users(&[NAME.to_owned()], &none).await;
}

/// The one account that there ever was for the object.
fn account(bench: &Bench) -> (AccountState, u32) {
    let accounts = bench.accounts_of(NAME);
    let [account] = &accounts[..] else { panic!("{accounts:?}") };
    let password = password_of(NAME);
    let is_ours = bench.simulator.password_is("acme", &account.user_name, &password);
    assert!(is_ours || account.state == AccountState::Deleted);
    (account.state, account.password_changes)
}

/// Waits until the new object says that it does not take the account over.
async fn refused(bench: &Bench) {
    let object = bench.condition(NAME, "Stalled", "True", "AlreadyExists").await;
    assert_eq!(object.status.unwrap().user_name, None);
}

#[tokio::test]
async fn an_object_that_was_replaced_while_nobody_looked_does_not_inherit_the_account() {
    let bench = start().await;
    let operator = bench.operator().await;
    create(&bench, &json!({})).await;
    bench.ready(NAME).await;
    operator.crash();

    delete(&bench).await;
    take_finalizers_away(&bench).await;
    bench.gone(NAME).await;
    create(&bench, &json!({ "loginState": "Blocked" })).await;
    let operator = bench.operator().await;
    refused(&bench).await;
    assert_eq!(account(&bench), (AccountState::Active, 0), "nobody touched it");

    // Its author says that it is to be taken over.
    delete(&bench).await;
    bench.gone(NAME).await;
    assert_eq!(account(&bench), (AccountState::Active, 0), "nothing was owed for it");
    create(&bench, &json!({ "userName": "acme-edge0", "adoptionPolicy": "IfExists" })).await;
    bench.ready(NAME).await;
    assert_eq!(account(&bench).0, AccountState::Active);
    operator.stop().await;
}

#[tokio::test]
async fn a_deleted_object_keeps_its_name_until_its_account_is_dealt_with() {
    let bench = start().await;
    let operator = bench.operator().await;
    create(&bench, &json!({ "deletionPolicy": "Delete" })).await;
    let first = bench.ready(NAME).await;
    operator.crash();

    delete(&bench).await;
    let again: UpdateUser = serde_json::from_value(json!({
        "metadata": { "name": NAME },
        "spec": first.spec,
    }))
    .unwrap();
    let refused = bench.users().create(&PostParams::default(), &again).await.unwrap_err();
    assert!(refused.to_string().contains("object is being deleted"), "{refused}");
    assert_eq!(account(&bench).0, AccountState::Active);

    let operator = bench.operator().await;
    bench.gone(NAME).await;
    assert_eq!(account(&bench).0, AccountState::Deleted);
    bench.users().create(&PostParams::default(), &again).await.unwrap();
    let second = bench.ready(NAME).await;
    assert_ne!(first.uid(), second.uid());
    let states: Vec<_> = bench.accounts_of(NAME).iter().map(|account| account.state).collect();
    assert_eq!(states, [AccountState::Deleted, AccountState::Active]);
    operator.stop().await;
}

/// Lets the next create be executed at once and be answered late, and waits until it is executed.
async fn create_is_in_flight(bench: &Bench) {
    wait_for(SOON, "the account is made", async || bench.accounts().len() == 1).await;
}

fn slow_create() -> Fault {
    let parameters = FaultParameters { millis: Some(1500), ..FaultParameters::default() };
    let slow = Fault::new(FaultKind::Slow).method("POST").path("/REST/UpdateUser/");
    slow.with(parameters)
}

#[tokio::test]
async fn an_object_that_is_deleted_while_its_account_is_made_takes_the_account_along() {
    let bench = start().await;
    bench.simulator.fault(slow_create());
    let operator = bench.operator().await;
    create(&bench, &json!({ "deletionPolicy": "Delete" })).await;
    create_is_in_flight(&bench).await;
    delete(&bench).await;
    bench.gone(NAME).await;
    assert_eq!(account(&bench).0, AccountState::Deleted);
    operator.stop().await;
}

#[tokio::test]
async fn an_object_that_is_replaced_while_its_account_is_made_leaves_it_to_nobody() {
    let bench = start().await;
    bench.simulator.fault(slow_create());
    let operator = bench.operator().await;
    create(&bench, &json!({})).await;
    create_is_in_flight(&bench).await;
    delete(&bench).await;
    take_finalizers_away(&bench).await;
    bench.gone(NAME).await;
    create(&bench, &json!({ "loginState": "Blocked" })).await;
    refused(&bench).await;
    assert_eq!(account(&bench), (AccountState::Active, 0));
    wait_for(SOON, "nothing is owed", async || {
        let finalizers = bench.users().get(NAME).await.unwrap().metadata.finalizers;
        if finalizers.is_none() { Ok(()) } else { Err(finalizers) }
    })
    .await;
    operator.stop().await;
}

#[tokio::test]
async fn a_finalizer_that_somebody_took_away_is_put_back() {
    let bench = start().await;
    let operator = bench.operator().await;
    create(&bench, &json!({})).await;
    bench.ready(NAME).await;
    take_finalizers_away(&bench).await;
    let edit = json!({ "spec": { "loginState": "Blocked" } });
    bench.patch_users(&[NAME.to_owned()], &edit).await;
    wait_for(SOON, "the finalizer is back", async || {
        let finalizers = bench.users().get(NAME).await.unwrap().metadata.finalizers;
        if finalizers == Some(vec!["roster.rs/account".to_owned()]) {
            Ok(())
        } else {
            Err(finalizers)
        }
    })
    .await;
    bench.ready(NAME).await;
    delete(&bench).await;
    bench.gone(NAME).await;
    assert_eq!(account(&bench), (AccountState::Blocked, 0));
    operator.stop().await;
}
