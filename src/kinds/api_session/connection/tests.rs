use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;

const OPTIONS: ConnectionOptions =
    ConnectionOptions { keeps_own_password: false, history_limit: 7, observer: None };

/// Secrets and `ConfigMap`s by name and key.
struct Known(BTreeMap<(&'static str, &'static str), &'static str>);

impl Values for Known {
    fn namespace(&self) -> &'static str {
        "dns"
    }

    fn secret(&self, name: &str, key: &str) -> Result<SecretString, String> {
        self.config_map(name, key).map(SecretString::from)
    }

    fn config_map(&self, name: &str, key: &str) -> Result<String, String> {
        let value = self.0.iter().find(|((n, k), _)| (*n, *k) == (name, key));
        value.map(|(_, value)| (*value).to_owned()).ok_or_else(|| format!("no {name}/{key}"))
    }
}

/// The login, with these values besides.
fn known<const N: usize>(more: [((&'static str, &'static str), &'static str); N]) -> Known {
    let login = [(("login", "username"), "robot"), (("login", "password"), "pw")];
    Known(login.into_iter().chain(more).collect())
}

fn session(more: &Value) -> ApiSessionSpec {
    let mut spec =
        json!({ "dynect": { "customer": "acme" }, "credentialsSecretRef": { "name": "login" } });
    let fields = spec.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    serde_json::from_value(spec).unwrap()
}

fn config(spec: &ApiSessionSpec, values: &Known) -> dynect::Config {
    let connection = spec.connection(values, OPTIONS).unwrap();
    assert_eq!(Some(&connection.space), spec.space().as_ref());
    let ClientConfig::Dynect(config) = connection.client else { panic!("for DynECT") };
    assert_eq!(connection.login, config.user_name);
    config
}

#[test]
fn a_short_session_connects_to_the_vendor_with_its_login() {
    let spec = session(&json!({}));
    let config = config(&spec, &known([]));
    assert_eq!(spec.space().as_deref(), Some("dynect api.dynect.net:443 acme"));
    assert_eq!((&*config.endpoint.host, config.endpoint.port), ("api.dynect.net", 443));
    assert_eq!((&*config.user_name, config.password.expose_secret()), ("robot", "pw"));
    assert!(config.endpoint.tls.is_some_and(|tls| tls.ca_bundle.is_none()));
    assert!(config.previous_password.is_none() && config.proxy.is_none());
    assert_eq!((config.keeps_own_password, config.history_limit), (false, 7));
}

#[test]
fn all_that_a_session_refers_to_ends_up_in_the_configuration() {
    let spec = session(&json!({
        "endpoint": {
            "host": "api.example.com",
            "port": 8443,
            "tls": { "caBundleRef": { "kind": "ConfigMap", "name": "ca", "key": "ca.crt" } },
        },
        "proxy": {
            "host": "proxy.example.com",
            "port": 3128,
            "credentialsSecretRef": { "name": "proxy" },
        },
        "credentialsSecretRef": { "name": "login", "previousPasswordKey": "before" },
        "mode": "ReadOnly",
    }));
    let values = known([
        (("login", "before"), "old"),
        (("ca", "ca.crt"), "PEM"),
        (("proxy", "username"), "through"),
        (("proxy", "password"), "wall"),
    ]);
    let config = config(&spec, &values);
    assert_eq!(spec.space().as_deref(), Some("dynect api.example.com:8443 acme"));
    assert_eq!(config.endpoint.tls.unwrap().ca_bundle.as_deref(), Some(&b"PEM"[..]));
    let login = config.proxy.unwrap().login.unwrap();
    assert_eq!((&*login.user_name, login.password.expose_secret()), ("through", "wall"));
    assert_eq!(config.previous_password.unwrap().expose_secret(), "old");
    assert!(config.keeps_own_password, "a read-only session changes nothing");
}

#[test]
fn stored_passwords_are_opened_with_their_key() {
    let spec = session(&json!({
        "credentialsSecretRef": { "name": "login", "encryptionKeyKey": "key" },
    }));
    // Sealed by OpenSSL, as the tests of the client have it.
    let sealed = "AAECAwQFBgcICQoLDA0OD5tt00RrF5YvmdSUczEMIK0=";
    let values = |key| known([(("login", "password"), sealed), (("login", "key"), key)]);
    assert_eq!(config(&spec, &values("ein Schlüssel")).password.expose_secret(), "s3cret");
    let problem = spec.connection(&values("another key"), OPTIONS).unwrap_err();
    assert_eq!(problem.field, "spec.credentialsSecretRef.encryptionKeyKey");
    assert!(!problem.missing && problem.what.contains("cannot be opened"), "{problem}");
}

#[test]
fn a_problem_names_its_field_and_whether_something_is_missing() {
    let bundle = json!({ "endpoint": {
        "host": "a", "tls": { "caBundleRef": { "name": "ca", "key": "ca.crt" } },
    } });
    let proxy = json!({ "proxy": {
        "host": "a", "port": 1, "credentialsSecretRef": { "name": "proxy" },
    } });
    let other_system = json!({ "dynect": null, "zatoSso": { "currentApp": "CRM" } });
    let no_system = json!({ "dynect": null });
    let line_break = [(("login", "password"), "pw\n")];
    for (more, values, field, what, missing) in [
        (
            json!({}),
            Known(BTreeMap::new()),
            "spec.credentialsSecretRef.usernameKey",
            "no login/username",
            true,
        ),
        (
            json!({}),
            known(line_break),
            "spec.credentialsSecretRef.passwordKey",
            "key `password` of Secret dns/login ends with a line break; store it without one",
            false,
        ),
        (bundle, known([]), "spec.endpoint.tls.caBundleRef", "no ca/ca.crt", true),
        (proxy, known([]), "spec.proxy.credentialsSecretRef", "no proxy/username", true),
        (
            other_system,
            known([]),
            "spec",
            "Zato SSO (spec.zatoSso) is not supported yet; DynECT (spec.dynect) and CTERA Portal (spec.cteraPortal) are",
            false,
        ),
        (
            no_system,
            known([]),
            "spec",
            "set exactly one of spec.dynect, spec.cteraPortal and spec.zatoSso",
            false,
        ),
    ] {
        let problem = session(&more).connection(&values, OPTIONS).unwrap_err();
        assert_eq!((&*problem.field, &*problem.what, problem.missing), (field, what, missing));
        assert_eq!(problem.to_string(), format!("{field}: {what}"));
    }
}

#[test]
fn a_previous_password_that_is_gone_is_no_problem() {
    let reference = json!({ "name": "login", "previousPasswordKey": "before" });
    let spec = session(&json!({ "credentialsSecretRef": reference }));
    assert!(config(&spec, &known([])).previous_password.is_none());
}

#[test]
fn every_reference_is_listed_once() {
    use BundleKind::{ConfigMap, Secret};

    let tls = |kind: &str, name: &str| json!({ "host": "a", "tls": { "caBundleRef": { "kind": kind, "name": name, "key": "k" } } });
    let proxy =
        |name: &str| json!({ "host": "a", "port": 1, "credentialsSecretRef": { "name": name } });
    let zato = json!({ "currentApp": "CRM", "headersSecretRef": { "name": "headers" } });
    for (more, expected) in [
        (json!({}), vec![(Secret, "login")]),
        (
            json!({ "endpoint": tls("ConfigMap", "login"), "proxy": proxy("proxy") }),
            vec![(Secret, "login"), (Secret, "proxy"), (ConfigMap, "login")],
        ),
        (
            json!({ "endpoint": tls("Secret", "login"), "proxy": proxy("login") }),
            vec![(Secret, "login")],
        ),
        (json!({ "dynect": null, "zatoSso": zato }), vec![(Secret, "login"), (Secret, "headers")]),
    ] {
        assert_eq!(session(&more).references(), expected);
    }
}

#[test]
fn a_connection_that_others_can_read_is_worth_a_notice() {
    let endpoint = |host: &str, tls: Value| {
        session(&json!({ "endpoint": { "host": host, "tls": tls } })).notices()
    };
    let plain = json!({ "enabled": false });
    let unverified = json!({ "insecureSkipVerify": true });
    let in_clear = "sends its login and every password to a.example without TLS";
    assert_eq!(endpoint("a.example", plain.clone()), [in_clear]);
    assert_eq!(endpoint("a.example", unverified), ["does not check the certificate of a.example"]);
    for host in ["127.0.0.1", "::1", "localhost"] {
        assert_eq!(endpoint(host, plain.clone()), [""; 0]);
    }
    assert_eq!(session(&json!({})).notices(), [""; 0]);
}

#[test]
fn the_least_declared_budget_holds_and_the_vendors_if_none_is() {
    let declares =
        |requests: u32| session(&json!({ "requestBudget": { "requestsPerMinute": requests } }));
    let silent = session(&json!({}));
    let limit = |sessions: &[&ApiSessionSpec]| {
        request_limits(sessions.iter().copied()).requests_per_minute.get()
    };
    assert_eq!(limit(&[&silent]), 300);
    assert_eq!(limit(&[&silent, &declares(600)]), 600);
    assert_eq!(limit(&[&declares(60), &silent, &declares(600)]), 60);
}
