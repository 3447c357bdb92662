//! The rules that hold between fields, and between an object and its earlier self.

use kube::core::cel::ValidationErrors;
use roster::kinds::api_session::ApiSession;
use roster::kinds::update_user::UpdateUser;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub(super) fn object<K: DeserializeOwned>(kind: &str, spec: Value) -> K {
    let object = json!({
        "apiVersion": "roster.rs/v1alpha1",
        "kind": kind,
        "metadata": { "name": "edge1", "namespace": "dns" },
        "spec": spec,
    });
    serde_json::from_value(object).unwrap()
}

/// An `UpdateUser` with a session, a nickname and whatever `more` says; `null` takes a field away.
fn update_user(more: Value) -> UpdateUser {
    let base = json!({ "sessionRef": { "name": "dynect" }, "nickname": "edge1" });
    object("UpdateUser", merged(base, more))
}

/// A session for `DynECT` and whatever `more` says; `null` takes a field away.
fn session(more: Value) -> ApiSession {
    let base = json!({
        "dynect": { "customer": "example" },
        "credentialsSecretRef": { "name": "dynect-login" },
    });
    object("ApiSession", merged(base, more))
}

pub(super) fn merged(mut base: Value, more: Value) -> Value {
    let fields = base.as_object_mut().unwrap();
    let Value::Object(more) = more else { panic!("not an object: {more}") };
    for (name, value) in more {
        match value {
            Value::Null => fields.remove(&name),
            value => fields.insert(name, value),
        };
    }
    base
}

/// What is wrong, one line each; nothing when all is well.
pub(super) fn told(result: Result<(), ValidationErrors>) -> String {
    let errors = result.err().map(ValidationErrors::into_vec).unwrap_or_default();
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join(
        "
",
    )
}

#[test]
fn an_update_user_is_accepted_or_refused_as_a_whole() {
    let generated =
        json!({ "password": { "generate": {} }, "outputSecret": { "name": "edge1-login" } });
    let with = |more: Value| merged(generated.clone(), more);
    let cases: Vec<(Value, &str)> = vec![
        (json!({}), ""),
        (json!({ "nickname": null, "userName": "example-edge1" }), ""),
        (
            json!({ "nickname": null }),
            "spec: set nickname to create an account, userName to take over one that exists, or both",
        ),
        (generated.clone(), ""),
        (
            json!({ "password": { "generate": {} } }),
            "spec.outputSecret: a generated password needs outputSecret, the Secret that it is stored in",
        ),
        (
            json!({ "password": { "fromRemote": {} } }),
            "spec.outputSecret: password.fromRemote needs outputSecret, the Secret that the password is stored in",
        ),
        (json!({ "password": { "secretKeyRef": { "name": "a", "key": "b" } } }), ""),
        (
            json!({ "password": {} }),
            "spec.password: set exactly one of secretKeyRef, generate and fromRemote",
        ),
        (
            with(json!({ "password": { "generate": {}, "fromRemote": {} } })),
            "spec.password: set exactly one of secretKeyRef, generate and fromRemote",
        ),
        (with(json!({ "password": { "generate": {}, "rotation": { "interval": "90d" } } })), ""),
        (
            with(json!({ "password": { "fromRemote": {}, "rotation": { "interval": "90d" } } })),
            "spec.password.rotation: only a generated password can be rotated: use rotation with generate",
        ),
        (
            with(json!({ "password": {
                "generate": {}, "rotation": { "interval": "90d" }, "updatePolicy": "CreateOnly" } })),
            "spec.password.rotation: with updatePolicy: CreateOnly the password never changes, so it cannot be rotated",
        ),
        (with(json!({ "password": { "generate": { "length": 8, "minDigits": 6 } } })), ""),
        (
            with(json!({ "password": { "generate": { "length": 8, "minDigits": 7 } } })),
            "spec.password.generate: minLower, minUpper, minDigits and minSymbols together must not be greater \
               than length; unset they are 1, 1, 1 and 0, and length is 24",
        ),
        (
            json!({ "outputSecret": { "name": "a", "keys": { "userName": "password" } } }),
            "spec.outputSecret.keys: userName and password need two different keys",
        ),
    ];
    for (more, expected) in cases {
        assert_eq!(told(update_user(more.clone()).validate_cel()), expected, "{more}");
    }
}

#[test]
fn a_session_is_accepted_or_refused_as_a_whole() {
    let zato = json!({ "dynect": null, "zatoSso": { "currentApp": "CRM" }, "endpoint": { "host": "sso" } });
    let portal = |system: Value| json!({ "dynect": null, "cteraPortal": system, "endpoint": { "host": "portal.example.com" } });
    let tenant_rule = "spec.cteraPortal.tenant: scope: Tenant needs tenant, the virtual portal whose users are managed";
    let consumer_rule =
        "spec.allowedConsumers[0]: set exactly one of namespaces and namespaceSelector";
    let cases: Vec<(Value, &str)> = vec![
        (json!({}), ""),
        (
            json!({ "dynect": null, "endpoint": { "host": "h" } }),
            "spec: set exactly one of dynect, cteraPortal and zatoSso",
        ),
        (
            merged(zato.clone(), json!({ "dynect": { "customer": "example" } })),
            "spec: set exactly one of dynect, cteraPortal and zatoSso",
        ),
        (zato.clone(), ""),
        (
            json!({ "dynect": null, "zatoSso": { "currentApp": "CRM" } }),
            "spec.endpoint: cteraPortal and zatoSso need endpoint, the host to connect to",
        ),
        (portal(json!({ "scope": "Tenant", "tenant": "acme" })), ""),
        (portal(json!({ "scope": "Global" })), ""),
        (portal(json!({ "scope": "Tenant" })), tenant_rule),
        (portal(json!({ "scope": "Global", "tenant": "acme" })), ""),
        (json!({ "allowedConsumers": [{ "namespaces": ["a"] }] }), ""),
        (json!({ "allowedConsumers": [{ "kinds": ["UpdateUser"] }] }), consumer_rule),
        (
            json!({ "allowedConsumers": [{ "namespaces": ["a"], "namespaceSelector": { "matchLabels": { "a": "b" } } }] }),
            consumer_rule,
        ),
        (
            json!({ "allowedConsumers": [{ "namespaceSelector": {} }] }),
            "spec.allowedConsumers[0].namespaceSelector: set matchLabels, matchExpressions or both",
        ),
        (
            json!({ "allowedConsumers": [{ "namespaceSelector": { "matchExpressions": [
                { "key": "a", "operator": "In", "values": ["b"] }, { "key": "a", "operator": "Exists" }] } }] }),
            "",
        ),
        (
            json!({ "allowedConsumers": [{ "namespaceSelector": { "matchExpressions": [
                { "key": "a", "operator": "In" }] } }] }),
            "spec.allowedConsumers[0].namespaceSelector.matchExpressions[0].values: \
               In and NotIn need values; Exists and DoesNotExist must not have any",
        ),
    ];
    for (more, expected) in cases {
        assert_eq!(told(session(more.clone()).validate_cel()), expected, "{more}");
    }
}

#[test]
fn an_identity_is_given_once_and_never_changed_or_taken_away() {
    let session_ref =
        "spec.sessionRef: sessionRef is immutable; make another object to use another session";
    let nickname = "spec.nickname: nickname is immutable; make another object for another account";
    let user_name = "spec.userName: userName is immutable once it is set; make another object for another account";
    let by_user_name = json!({ "nickname": null, "userName": "example-edge1" });
    let cases: Vec<(Value, Value, &str)> = vec![
        (json!({}), json!({}), ""),
        (json!({}), json!({ "loginState": "Blocked" }), ""),
        (json!({}), json!({ "sessionRef": { "name": "other" } }), session_ref),
        (json!({}), json!({ "sessionRef": { "name": "dynect", "namespace": "x" } }), session_ref),
        (json!({}), json!({ "nickname": "edge2" }), nickname),
        (json!({}), by_user_name.clone(), nickname),
        (by_user_name.clone(), json!({ "userName": "example-edge1" }), ""),
        (json!({}), json!({ "userName": "example-edge1" }), ""),
        (json!({ "userName": "a" }), json!({ "userName": "b" }), user_name),
        (json!({ "userName": "a" }), json!({}), user_name),
    ];
    for (old, new, expected) in cases {
        let errors = update_user(new.clone()).validate_cel_update(&update_user(old.clone()));
        assert_eq!(told(errors), expected, "{old} → {new}");
    }
}
