//! Sessions that objects of other namespaces use, and namespaces that go with all that is in them.
//!
//! Both need an operator that watches all namespaces. It serves a shard of its own, so that it leaves the sessions of
//! the other tests alone.

use k8s_openapi::api::core::v1::Namespace as Object;
use kube::api::DeleteParams;
use kube::{Api, ResourceExt};
use roster::controller::{Namespaces, Options};
use roster::sim::AccountState;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::bench::{Bench, Operator};
use crate::manifests::user;
use crate::observe::{condition_of, patch};

/// So many that no other session falls into the one that a test takes.
const SHARDS: u64 = 1_000_000;

/// The operator for all namespaces, for this session alone.
async fn operator_for(bench: &Bench, namespace: &str) -> Operator {
    let (own, account) = (&bench.namespace.name, bench.identity().username());
    let rights = "deploy/all-namespaces.yaml";
    bench.kubectl(&["apply", "--server-side", "--force-conflicts", "-f", rights]).await;
    let owner = Api::<Object>::all(bench.admin.clone()).get(own).await.unwrap();
    let everywhere =
        ["apply", "--server-side", "--force-conflicts", "-f", "deploy/all-namespaces.yaml"];
    bench.kubectl(&everywhere).await;
    for role in ["roster", "roster-namespaces"] {
        let binding = format!("{role}-{own}");
        let (role, user) = (format!("--clusterrole={role}"), format!("--user={account}"));
        bench.kubectl(&["create", "clusterrolebinding", &binding, &role, &user]).await;
        // It goes with the namespace of the test.
        let bindings: Api<k8s_openapi::api::rbac::v1::ClusterRoleBinding> =
            Api::all(bench.admin.clone());
        let reference = json!([{ "apiVersion": "v1", "kind": "Namespace", "name": own,
            "uid": owner.uid() }]);
        patch(&bindings, &binding, json!({ "metadata": { "ownerReferences": reference } })).await;
    }
    let digest = Sha256::digest(format!("{namespace}/acme"));
    let number = digest.iter().take(8).fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    let shard = format!("{}/{SHARDS}", number % SHARDS).parse().unwrap();
    let options = Options { namespaces: Namespaces::All, shard, ..bench.options() };
    Operator::start(bench.plane.kubeconfig_for(&bench.identity()).await, options)
}

#[tokio::test]
async fn objects_of_another_namespace_use_a_session_only_if_it_lets_them() {
    let bench = Bench::start().await;
    let own = bench.namespace.name.clone();
    let (team_a, team_b) =
        (bench.plane.namespace("team-a").await, bench.plane.namespace("team-b").await);
    let operator = operator_for(&bench, &own).await;
    bench.apply(&bench.session("")).await;
    let theirs = |name: &str, secret: &str| {
        let reference = format!("    name: acme\n    namespace: {own}\n");
        user(name, secret, "").replace("    name: acme\n", &reference)
    };
    bench.apply_in(&team_a.name, &theirs("edge1", "secret-1")).await;
    bench.apply_in(&team_b.name, &theirs("edge2", "secret-2")).await;
    for (namespace, name) in [(&team_a.name, "edge1"), (&team_b.name, "edge2")] {
        let denied = bench.condition_in(namespace, name, "Stalled", "True", "NotAllowed").await;
        let message = &condition_of(&denied, "Stalled").unwrap().message;
        assert!(message.contains("add it to the session's allowedConsumers"), "{message}");
    }
    assert_eq!(bench.account_writes(), Vec::<String>::new());

    let by_name = json!({ "namespaces": [team_a.name] });
    let by_label = json!({ "namespaceSelector": { "matchLabels": { "team": "dns" } } });
    let allow = async |rules: serde_json::Value| {
        bench.edit_session("acme", json!({ "spec": { "allowedConsumers": rules } })).await
    };
    allow(json!([by_name, by_label])).await;
    bench.condition_in(&team_a.name, "edge1", "Ready", "True", "InSync").await;
    bench.condition_in(&team_b.name, "edge2", "Stalled", "True", "NotAllowed").await;
    bench.kubectl(&["label", "namespace", &team_b.name, "team=dns"]).await;
    bench.condition_in(&team_b.name, "edge2", "Ready", "True", "InSync").await;

    // What was given can be taken back and given again. The accounts stay as they are meanwhile.
    bench.simulator.clear_journal();
    allow(json!([by_label])).await;
    bench.condition_in(&team_a.name, "edge1", "Stalled", "True", "NotAllowed").await;
    allow(json!([by_name, by_label])).await;
    bench.condition_in(&team_a.name, "edge1", "Ready", "True", "InSync").await;
    bench.kubectl(&["label", "namespace", &team_b.name, "team-"]).await;
    bench.condition_in(&team_b.name, "edge2", "Stalled", "True", "NotAllowed").await;
    assert_eq!(bench.account_writes(), Vec::<String>::new());

    // Without permission nothing is removed either, until a person lets the object go.
    let users = bench.users_in(&team_b.name);
    users.delete("edge2", &DeleteParams::default()).await.unwrap();
    bench.condition_in(&team_b.name, "edge2", "DeletionBlocked", "True", "NotAllowed").await;
    bench.kubectl(&["label", "namespace", &team_b.name, "team=dns"]).await;
    bench.state_is("acme-edge2", AccountState::Blocked).await;
    operator.stop().await;
}

#[tokio::test]
async fn a_namespace_goes_with_its_session_its_secrets_and_its_accounts() {
    let bench = Bench::start().await;
    let team = bench.plane.namespace("team").await;
    let operator = operator_for(&bench, &team.name).await;
    let names = ["edge1", "edge2", "edge3"];
    let users = names.map(|name| user(name, "secret", "  deletionPolicy: Delete"));
    bench.apply_in(&team.name, &(bench.session("") + "---\n" + &users.concat())).await;
    for name in names {
        bench.condition_in(&team.name, name, "Ready", "True", "InSync").await;
    }
    team.delete(&bench.admin).await;
    for account in ["acme-edge1", "acme-edge2", "acme-edge3"] {
        assert_eq!(bench.state(account), Some(AccountState::Deleted), "{account}");
    }
    operator.stop().await;
    assert_eq!(bench.simulator.open_sessions(), 0);
}
