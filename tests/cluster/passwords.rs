//! Passwords from Secrets: written when they change, and never else.

use kube::api::DeleteParams;
use roster::sim::{Fault, FaultKind, FaultParameters};
use serde_json::json;

use crate::bench::{Bench, SOON};
use crate::controlplane::wait_for;
use crate::manifests::user;
use crate::observe::{ACCOUNTS, condition_of};

#[tokio::test]
async fn a_changed_secret_is_applied_once_and_a_missing_one_writes_nothing() {
    let bench = Bench::start().await;
    let operator = bench.operator().await;
    bench.apply(&bench.session("")).await;
    bench.apply(&user("edge1", "secret-1", "")).await;
    bench.ready("edge1").await;
    assert_eq!(bench.password_writes(), 0, "the account was created with it");

    bench.edit_secret("edge1-password", json!({ "password": "secret-2" })).await;
    wait_for(SOON, "the new password is in use", async || {
        bench.simulator.password_is("acme", "acme-edge1", "secret-2")
    })
    .await;
    bench.event("edge1", "Updated").await;
    // Written again with the same value, and with something that nobody asks for.
    bench.edit_secret("edge1-password", json!({ "password": "secret-2", "other": "1" })).await;
    bench.look_at("edge1", "first").await;
    assert_eq!(bench.password_writes(), 1);

    bench.secrets().delete("edge1-password", &DeleteParams::default()).await.unwrap();
    let missing = bench.condition("edge1", "CredentialsReady", "False", "SecretMissing").await;
    let ready = condition_of(&missing, "Ready").unwrap();
    assert_eq!((ready.status.as_str(), ready.reason.as_str()), ("False", "SecretMissing"));
    assert!(ready.message.contains("there is no Secret `edge1-password`"), "{}", ready.message);
    assert!(condition_of(&missing, "Reconciling").is_some());
    assert!(condition_of(&missing, "Stalled").is_none());
    bench.event("edge1", "SecretMissing").await;

    // Back with the value that is applied: nothing is to be written, but all is well again.
    let secret = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: edge1-password\nstringData:\n  password: secret-2\n";
    bench.apply(secret).await;
    let object = bench.ready("edge1").await;
    assert_eq!(condition_of(&object, "CredentialsReady").unwrap().status, "True");
    assert_eq!((bench.password_writes(), bench.account_writes().len()), (1, 2));
    operator.stop().await;
}

#[tokio::test]
async fn a_secret_that_comes_late_or_is_not_usable_is_waited_for() {
    let bench = Bench::start().await;
    let operator = bench.operator().await;
    bench.apply(&bench.session("")).await;
    let manifests = user("edge1", "secret-1", "");
    let (secret, object) = manifests.split_once("---").unwrap();
    bench.apply(object).await;
    let waiting = bench.condition("edge1", "CredentialsReady", "False", "SecretMissing").await;
    assert!(waiting.metadata.finalizers.is_none(), "nothing is owed");
    // A line break at the end is a mistake that the remote system would take for a part of the password.
    let broken = secret.replace("password: secret-1", "password: |\n    secret-1");
    bench.apply(&broken).await;
    bench
        .user_until("edge1", "says what is wrong with the value", |user| {
            let ready = condition_of(user, "Ready");
            ready.is_some_and(|ready| ready.message.contains("ends with a line break"))
        })
        .await;
    assert_eq!(bench.account_writes().len(), 0);
    bench.apply(secret).await;
    bench.ready("edge1").await;
    assert!(bench.simulator.password_is("acme", "acme-edge1", "secret-1"));
    operator.stop().await;
}

#[tokio::test]
async fn a_secret_that_changes_while_the_value_of_before_is_sent_is_applied_too() {
    let bench = Bench::start().await;
    let operator = bench.operator().await;
    bench.apply(&bench.session("")).await;
    bench.apply(&user("edge1", "secret-1", "")).await;
    bench.ready("edge1").await;
    let slow = FaultParameters { millis: Some(2000), ..FaultParameters::default() };
    bench.simulator.fault(Fault::new(FaultKind::Slow).method("PUT").path(ACCOUNTS).with(slow));
    bench.edit_secret("edge1-password", json!({ "password": "secret-2" })).await;
    wait_for(SOON, "the first change is on its way", async || bench.password_writes() == 1).await;
    bench.edit_secret("edge1-password", json!({ "password": "secret-3" })).await;
    wait_for(SOON, "the second change is applied", async || {
        bench.simulator.password_is("acme", "acme-edge1", "secret-3")
    })
    .await;
    assert_eq!(bench.password_writes(), 2);
    operator.stop().await;
}
