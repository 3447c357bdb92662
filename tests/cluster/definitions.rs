//! The definitions and the examples on a real API server.

use std::time::Duration;

use kube::Api;
use kube::api::{DynamicObject, PostParams};
use kube::core::{ApiResource, GroupVersionKind};
use serde_json::{Value, json};

use crate::controlplane::{ControlPlane, Identity, wait_for};

const SOON: Duration = Duration::from_secs(30);

/// Our group in the document that `kubectl explain` reads. The API server needs a moment to put it together.
async fn openapi(plane: &ControlPlane) -> Value {
    let get = ["get", "--raw", "/openapi/v3/apis/roster.rs/v1alpha1"];
    let text = wait_for(SOON, "the document of our group", async || {
        let output = plane.kubectl_as(&Identity::Admin, &get).await;
        let text = String::from_utf8(output.stdout).unwrap();
        if text.contains("UpdateUser") && text.contains("ApiSession") {
            Ok(text)
        } else {
            Err(String::from_utf8(output.stderr))
        }
    })
    .await;
    serde_json::from_str(&text).unwrap()
}

/// The fields of a schema at all levels that have no description.
fn undescribed(schema: &Value, path: &str, fields: &mut usize, bare: &mut Vec<String>) {
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}.{name}");
        *fields += 1;
        if field["description"].as_str().is_none_or(str::is_empty) {
            bare.push(path.clone());
        }
        for inner in [field, &field["items"], &field["additionalProperties"]] {
            undescribed(inner, &path, fields, bare);
        }
    }
}

#[tokio::test]
async fn every_field_of_every_kind_is_explained() {
    let plane = ControlPlane::shared().await;
    let document = openapi(plane).await;
    for kind in ["ApiSession", "UpdateUser"] {
        let schema = &document["components"]["schemas"][format!("rs.roster.v1alpha1.{kind}")];
        let (mut fields, mut bare) = (0, Vec::new());
        undescribed(schema, kind, &mut fields, &mut bare);
        // apiVersion, kind and metadata are the API server's own.
        assert!(fields > 30, "{kind} has only {fields} fields: {schema}");
        assert!(bare.is_empty(), "kubectl explain says nothing of {bare:?}");
    }
    let explained = plane.kubectl(&["explain", "uu.spec.password.generate.length"]).await;
    assert!(explained.contains("FIELD: length <integer>"), "{explained}");
}

#[tokio::test]
async fn the_examples_are_accepted() {
    let plane = ControlPlane::shared().await;
    let namespace = plane.namespace("examples").await;
    let apply = ["apply", "--dry-run=server", "--filename=deploy/examples/", "--namespace"];
    let accepted = plane.kubectl(&[&apply[..], &[&namespace.name]].concat()).await;
    for object in ["apisession.roster.rs/acme", "updateuser.roster.rs/edge1", "secret/acme-login"] {
        assert!(accepted.contains(&format!("{object} created (server dry run)")), "{accepted}");
    }
}

#[tokio::test]
async fn a_list_of_update_users_shows_what_a_person_looks_for() {
    let plane = ControlPlane::shared().await;
    let namespace = plane.namespace("columns").await;
    let example = ["apply", "--filename=deploy/examples/edge1.yaml", "--namespace"];
    plane.kubectl(&[&example[..], &[&namespace.name]].concat()).await;
    let list = plane.kubectl(&["get", "uu", "--namespace", &namespace.name]).await;
    let lines: Vec<Vec<_>> = list.lines().map(|line| line.split_whitespace().collect()).collect();
    let [header, row] = &lines[..] else { panic!("{list}") };
    assert_eq!(header[..], ["NAME", "SESSION", "LOGIN", "STATE", "READY", "REASON", "AGE"]);
    assert_eq!(row[..2], ["edge1", "acme"]);
}

fn api(client: kube::Client, namespace: &str, kind: &str) -> Api<DynamicObject> {
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk("roster.rs", "v1alpha1", kind));
    Api::namespaced_with(client, namespace, &resource)
}

fn object(kind: &str, name: &str, spec: &Value) -> DynamicObject {
    serde_json::from_value(json!({
        "apiVersion": "roster.rs/v1alpha1",
        "kind": kind,
        "metadata": { "name": name },
        "spec": spec,
    }))
    .unwrap()
}

#[tokio::test]
async fn a_bad_object_is_refused_with_a_sentence_that_says_why() {
    let plane = ControlPlane::shared().await;
    let namespace = plane.namespace("refused").await;
    let login = json!({ "name": "login" });
    let cases = [
        (
            "UpdateUser",
            json!({ "sessionRef": { "name": "acme" }, "nickname": "edge1",
                "password": { "generate": {} } }),
            "spec.outputSecret: Required value: a generated password needs outputSecret, the Secret that it is stored in",
        ),
        (
            "UpdateUser",
            json!({ "sessionRef": { "name": "acme" } }),
            "set nickname to create an account, userName to take over one that exists, or both",
        ),
        (
            "UpdateUser",
            json!({ "sessionRef": { "name": "acme" }, "nickname": "edge1",
                "password": { "generate": {}, "fromRemote": {} }, "outputSecret": login }),
            "set exactly one of secretKeyRef, generate and fromRemote",
        ),
        (
            "UpdateUser",
            json!({ "sessionRef": { "name": "acme" }, "nickname": "edge1", "loginState": "Off" }),
            r#"spec.loginState: Unsupported value: "Off": supported values: "Active", "Blocked""#,
        ),
        (
            "ApiSession",
            json!({ "dynect": { "customer": "acme" }, "zatoSso": { "currentApp": "CRM" },
                "endpoint": { "host": "sso.example.com" }, "credentialsSecretRef": login }),
            "set exactly one of dynect, cteraPortal and zatoSso",
        ),
        (
            "ApiSession",
            json!({ "dynect": { "customer": "acme" }, "credentialsSecretRef": login,
                "resyncInterval": "0s" }),
            "must be longer than zero",
        ),
    ];
    for (kind, spec, sentence) in cases {
        let objects = api(plane.admin().await, &namespace.name, kind);
        let bad = object(kind, "bad", &spec);
        let refusal = objects.create(&PostParams::default(), &bad).await.unwrap_err();
        assert!(refusal.to_string().contains(sentence), "{spec}\n{refusal}");
    }
}

#[tokio::test]
async fn an_edit_that_would_mean_another_account_is_refused() {
    let plane = ControlPlane::shared().await;
    let namespace = plane.namespace("edited").await;
    let users = api(plane.admin().await, &namespace.name, "UpdateUser");
    let spec = json!({ "sessionRef": { "name": "acme" }, "nickname": "edge1" });
    users.create(&PostParams::default(), &object("UpdateUser", "edge1", &spec)).await.unwrap();
    for (patch, sentence) in [
        (
            r#"{"spec":{"nickname":"edge2"}}"#,
            "nickname is immutable; make another object for another account",
        ),
        (
            r#"{"spec":{"sessionRef":{"name":"other"}}}"#,
            "sessionRef is immutable; make another object to use another session",
        ),
    ] {
        let patch = ["patch", "uu", "edge1", "--type=merge", "--patch", patch, "--namespace"];
        let patch = [&patch[..], &[&namespace.name]].concat();
        let refused = plane.kubectl_as(&Identity::Admin, &patch).await;
        let stderr = String::from_utf8(refused.stderr).unwrap();
        assert!(!refused.status.success() && stderr.contains(sentence), "{stderr}");
    }
}
