//! Output Secrets: where generated and read credentials go.

use kube::ResourceExt;
use kube::api::DeleteParams;
use roster::sim::{Fault, FaultKind, FaultParameters};
use serde_json::json;

use crate::bench::{Bench, SOON};
use crate::controlplane::wait_for;
use crate::manifests::{from_remote, generated, user};
use crate::observe::{ACCOUNTS, condition_of};

#[tokio::test]
async fn a_generated_password_is_stored_before_it_is_sent_and_found_again_when_it_is_lost() {
    let bench = Bench::start().await;
    let operator = bench.operator().await;
    bench.apply(&bench.session("")).await;
    let slow = FaultParameters { millis: Some(3000), ..FaultParameters::default() };
    bench.simulator.fault(Fault::new(FaultKind::Slow).method("POST").path(ACCOUNTS).with(slow));
    let template = "    keys:
      userName: user
    template:
      labels:
        team: dns
      annotations:
        example.com/owner: dns";
    bench.apply(&generated("edge1", "", template)).await;
    wait_for(SOON, "the account is being created", async || bench.count("POST", ACCOUNTS) == 1)
        .await;
    // The reply is not there yet, so it is not known what became of it; the password is safe all the same.
    let password = bench.secret_value("edge1-login", "password").await;
    assert!(bench.user("edge1").await.status.unwrap().user_name.is_none(), "the reply is late");
    assert!(bench.simulator.password_is("acme", "acme-edge1", &password));

    let object = bench.ready("edge1").await;
    assert_eq!(condition_of(&object, "CredentialsReady").unwrap().status, "True");
    let secret = bench.secrets().get("edge1-login").await.unwrap();
    assert_eq!(bench.secret_value("edge1-login", "password").await, password);
    assert_eq!(bench.secret_value("edge1-login", "user").await, "acme-edge1");
    assert_eq!(secret.labels()["team"], "dns");
    assert_eq!(secret.annotations()["example.com/owner"], "dns");
    let owner = &secret.owner_references()[0];
    assert_eq!((owner.kind.as_str(), Some(&owner.uid)), ("UpdateUser", object.uid().as_ref()));

    bench.secrets().delete("edge1-login", &DeleteParams::default()).await.unwrap();
    wait_for(SOON, "the Secret is written again", async || {
        bench.secrets().get_opt("edge1-login").await.unwrap()
    })
    .await;
    assert_eq!(bench.secret_value("edge1-login", "password").await, password);

    bench.edit_user("edge1", json!({ "spec": { "outputSecret": { "name": "renamed" } } })).await;
    wait_for(SOON, "the old Secret is gone", async || {
        bench.secrets().get_opt("edge1-login").await.unwrap().is_none()
    })
    .await;
    bench.ready("edge1").await;
    assert_eq!(bench.secret_value("renamed", "password").await, password);
    assert_eq!(bench.password_writes(), 0, "the account has had one password all along");

    bench.remove(&["edge1"]).await;
    bench.gone("edge1").await;
    wait_for(SOON, "the Secret is collected with its owner", async || {
        bench.secrets().get_opt("renamed").await.unwrap().is_none()
    })
    .await;
    operator.stop().await;
}

#[tokio::test]
async fn a_secret_of_somebody_else_is_never_overwritten() {
    let bench = Bench::start().await;
    bench.simulator.create_update_user("acme", "legacy", "found-there").unwrap();
    let operator = bench.operator().await;
    bench.apply(&bench.session("")).await;
    let foreign = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: NAME\nstringData:\n  password: mine\n---\n";
    bench.apply(&foreign.replace("NAME", "edge1-login")).await;
    bench.apply(&generated("edge1", "", "")).await;
    let stalled = bench.condition("edge1", "Stalled", "True", "SecretConflict").await;
    let credentials = condition_of(&stalled, "CredentialsReady").unwrap();
    assert_eq!(credentials.reason, "SecretConflict");
    assert!(credentials.message.contains("choose another name"), "{}", credentials.message);
    assert_eq!(bench.secret_value("edge1-login", "password").await, "mine");
    assert_eq!(bench.count("POST", ACCOUNTS), 0, "no account whose password has no place");
    bench.secrets().delete("edge1-login", &DeleteParams::default()).await.unwrap();
    bench.ready("edge1").await;
    let password = bench.secret_value("edge1-login", "password").await;

    // Renamed to one that is taken: the credentials stay where they are until there is a better place.
    bench.apply(&foreign.replace("NAME", "taken")).await;
    bench.edit_user("edge1", json!({ "spec": { "outputSecret": { "name": "taken" } } })).await;
    bench.condition("edge1", "Stalled", "True", "SecretConflict").await;
    assert_eq!(bench.secret_value("edge1-login", "password").await, password);
    assert_eq!(bench.secret_value("taken", "password").await, "mine");
    bench.edit_user("edge1", json!({ "spec": { "outputSecret": { "name": "free" } } })).await;
    bench.ready("edge1").await;
    assert_eq!(bench.secret_value("free", "password").await, password);
    wait_for(SOON, "the old Secret is gone", async || {
        bench.secrets().get_opt("edge1-login").await.unwrap().is_none()
    })
    .await;

    bench.apply(&from_remote("legacy")).await;
    bench.ready("legacy").await;
    assert_eq!(bench.secret_value("legacy-login", "password").await, "found-there");
    // A password from a Secret is kept with the login name too.
    bench.apply(&user("plain", "secret-1", "  outputSecret:\n    name: plain-login")).await;
    bench.ready("plain").await;
    assert_eq!(bench.secret_value("plain-login", "password").await, "secret-1");
    assert_eq!(bench.password_writes(), 0);
    operator.stop().await;
}
