//! Objects that were stored under another definition and cannot be understood any more.

use kube::Api;
use kube::api::{DynamicObject, PostParams};
use kube::core::{ApiResource, GroupVersionKind};
use serde_json::{Value, json};

use crate::bench::{Bench, SOON};
use crate::controlplane::{ControlPlane, Identity, Options, wait_for};
use crate::manifests::user;
use crate::observe::condition_of;

const ANYTHING: &str = r#"[{ "op": "replace", "path": "/spec/versions/0/schema/openAPIV3Schema",
    "value": { "type": "object", "x-kubernetes-preserve-unknown-fields": true } }]"#;

async fn store(bench: &Bench, kind: &str, spec: Value) {
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk("roster.rs", "v1alpha1", kind));
    let api: Api<DynamicObject> =
        Api::namespaced_with(bench.admin.clone(), &bench.namespace.name, &resource);
    let object: DynamicObject = serde_json::from_value(json!({
        "apiVersion": "roster.rs/v1alpha1", "kind": kind,
        "metadata": { "name": "poison" }, "spec": spec,
    }))
    .unwrap();
    // The API server needs a moment to take the new definition.
    wait_for(SOON, "anything is stored", async || {
        api.create(&PostParams::default(), &object).await.map_err(|error| error.to_string())
    })
    .await;
}

#[tokio::test]
async fn an_object_that_cannot_be_understood_hurts_only_itself() {
    // Its definitions are not those of the other tests. It ends with the program, as the shared one does.
    let plane: &'static ControlPlane =
        Box::leak(Box::new(ControlPlane::start(&Options::default()).await));
    let bench = Bench::start_on(plane).await;
    for definition in ["updateusers", "apisessions"] {
        let name = format!("{definition}.roster.rs");
        bench.kubectl(&["patch", "crd", &name, "--type=json", "--patch", ANYTHING]).await;
    }
    let spec = json!({ "sessionRef": { "name": "acme" }, "nickname": "edge2",
        "loginState": ["Active"], "password": { "secretKeyRef": { "name": "edge1-password",
        "key": "password" } } });
    store(&bench, "UpdateUser", spec).await;
    let spec = json!({ "dynect": { "customer": 7 }, "credentialsSecretRef": { "name": "x" } });
    store(&bench, "ApiSession", spec).await;
    let definitions = ["--filename=crds/updateusers.yaml", "--filename=crds/apisessions.yaml"];
    bench.kubectl(&[&["replace"], &definitions[..]].concat()).await;
    let file = "deploy/examples/edge1.yaml";
    let strict = ["patch", "--dry-run=server", "--type=merge", "-p", r#"{"spec":{"nickname":7}}"#];
    bench.kubectl(&["apply", "--filename", file]).await;
    wait_for(SOON, "the definitions are in force again", async || {
        let namespace = ["--namespace", &bench.namespace.name];
        let args = [&strict[..], &["uu/edge1"], &namespace].concat();
        !plane.kubectl_as(&Identity::Admin, &args).await.status.success()
    })
    .await;
    bench.kubectl(&["delete", "uu/edge1"]).await;

    let operator = bench.operator().await;
    bench.apply(&bench.session("")).await;
    bench.apply(&user("edge1", "secret-1", "")).await;
    bench.ready("edge1").await;
    let says = |what: &'static str, table: String| {
        let invalid = table.contains("Invalid") && table.contains(what);
        if invalid { Ok(()) } else { Err(table) }
    };
    for (object, what) in [("uu/poison", "loginState"), ("apis/poison", "customer")] {
        wait_for(SOON, "the poison says what is wrong with it", async || {
            says(what, bench.kubectl(&["get", object, "--output=wide"]).await)
        })
        .await;
    }
    // An object that names the broken session waits for it, and says so.
    let lost = user("lost", "secret-3", "").replace("    name: acme\n", "    name: poison\n");
    bench.apply(&lost).await;
    let waiting = bench.condition("lost", "Reconciling", "True", "SessionNotReady").await;
    assert!(condition_of(&waiting, "Ready").unwrap().message.contains("Invalid"));

    // Repaired, it is like any other; and deleted, it is gone.
    let repair = r#"{"spec":{"loginState":"Active"}}"#;
    bench.kubectl(&["patch", "uu/poison", "--type=merge", "--patch", repair]).await;
    bench.ready("poison").await;
    bench.kubectl(&["delete", "apis/poison", "--timeout=30s"]).await;
    bench.condition("lost", "Reconciling", "True", "SessionMissing").await;
    operator.stop().await;
}
