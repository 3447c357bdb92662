//! Manifests that the tests are made of.

use crate::support::LOGIN_PASSWORD;

/// The manifests of a session at a simulator on this port, with its Secret.
pub fn session(port: u16) -> String {
    format!(
        "apiVersion: roster.rs/v1alpha1
kind: ApiSession
metadata: {{name: acme}}
spec:
  dynect: {{customer: acme}}
  endpoint: {{host: 127.0.0.1, port: {port}, tls: {{enabled: false}}}}
  credentialsSecretRef: {{name: acme-login}}
---
apiVersion: v1
kind: Secret
metadata: {{name: acme-login}}
stringData: {{username: operator, password: {LOGIN_PASSWORD}}}
"
    )
}

/// An update user with these lines in its `spec`.
pub fn user(name: &str, spec: &[&str]) -> String {
    let spec: String = spec.iter().flat_map(|line| ["  ", line, "\n"]).collect();
    format!(
        "---
apiVersion: roster.rs/v1alpha1
kind: UpdateUser
metadata: {{name: {name}}}
spec:
  sessionRef: {{name: acme}}
{spec}"
    )
}

/// An update user with a nickname like its name, whose password is in the Secret of that name.
pub fn edge(name: &str) -> String {
    let password = format!("password: {{secretKeyRef: {{name: {name}, key: password}}}}");
    user(name, &[&format!("nickname: {name}"), &password])
}

/// A Secret with a password.
pub fn secret(name: &str, password: &str) -> String {
    let password = serde_json::to_string(password).unwrap();
    format!(
        "---
apiVersion: v1
kind: Secret
metadata: {{name: {name}}}
stringData: {{password: {password}}}
"
    )
}
