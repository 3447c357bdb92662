//! Manifests of update users at the session `acme`. `more` is further fields of the spec, as YAML of two blanks.

/// An update user with these fields beside its session.
pub fn update_user(name: &str, fields: &str) -> String {
    format!(
        "apiVersion: roster.rs/v1alpha1
kind: UpdateUser
metadata:
  name: {name}
spec:
  sessionRef:
    name: acme
{fields}
---
"
    )
}

/// With a password from its own Secret `<name>-password`.
pub fn user(name: &str, password: &str, more: &str) -> String {
    let secret = format!(
        "apiVersion: v1
kind: Secret
metadata:
  name: {name}-password
stringData:
  password: {password}
---
"
    );
    let fields = format!(
        "  nickname: {name}
  password:
    secretKeyRef:
      name: {name}-password
      key: password
{more}"
    );
    secret + &update_user(name, &fields)
}

/// With a generated password, kept in `<name>-login`. `rotation` is further fields of the password.
pub fn generated(name: &str, rotation: &str, more: &str) -> String {
    let fields = format!(
        "  nickname: {name}
  password:
    generate: {{}}
{rotation}
  outputSecret:
    name: {name}-login
{more}"
    );
    update_user(name, &fields)
}

/// Keeps the password that the account `acme-<name>` has already, in `<name>-login`.
pub fn from_remote(name: &str) -> String {
    let fields = format!(
        "  userName: acme-{name}
  adoptionPolicy: Require
  password:
    fromRemote: {{}}
  outputSecret:
    name: {name}-login"
    );
    update_user(name, &fields)
}
