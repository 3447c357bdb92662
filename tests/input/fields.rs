//! Every field is checked against the schema of its kind.

use super::{errors, session, summary, user};

#[test]
fn an_unknown_field_is_shown_where_it_is_with_what_was_probably_meant() {
    let text = "apiVersion: roster.rs/v1alpha1
kind: UpdateUser
metadata:
  name: edge1
spec:
  sessionRef:
    name: dynect
  # The name to create.
  nickame: edge1
  userName: example-edge1
";
    assert_eq!(
        errors(text),
        "\
error: unknown field `spec.nickame`; did you mean `nickname`?
  --> <stdin>:9:3
   |
 9 |   nickame: edge1
   |   ^^^^^^^"
    );
}

/// Lines of an update user's specification; below each, the column and what is told, or nothing when it is right.
const USER: &str = r#"
nickname: edge1
nickname: "edge1"
nickname: edge_1.a-b
nickname: 1edge
nickname: edge 1
    13: `spec.nickname` must be letters, digits, `-`, `_` and `.`, beginning with a letter or digit, not `edge 1`
nickname: -edge
    13: `spec.nickname` must be letters, digits, `-`, `_` and `.`, beginning with a letter or digit, not `-edge`
nickname: aaaaaaaaaaaaaaaaa
nickname: aaaaaaaaaaaaaaaaab
    13: `spec.nickname` must have at most 17 characters, not 18
nickname: ""
    13: `spec.nickname` must not be empty
nickname:
    3: `spec.nickname` is empty; give it a value, or leave the field out
nickname: ~
    13: `spec.nickname` is empty; give it a value, or leave the field out
nickname: null
    13: `spec.nickname` is empty; give it a value, or leave the field out
nickname: no
    13: `spec.nickname` must be text, but YAML takes no for a truth value; write "no"
nickname: y
    13: `spec.nickname` must be text, but YAML takes y for a truth value; write "y"
nickname: true
    13: `spec.nickname` must be text, but YAML takes true for a truth value; write "true"
nickname: 0755
    13: `spec.nickname` must be text, but YAML takes 0755 for a number; write "0755"
nickname: 17
    13: `spec.nickname` must be text, but YAML takes 17 for a number; write "17"
nickname: !!str 17
nickname: 'no'
nickname: {a: b}
    3: `spec.nickname` must be text, not a mapping
nickname: [a]
    3: `spec.nickname` must be text, not a list
userName: ä
userName: a/b
    13: `spec.userName` must be a name without blanks and slashes, and neither `.` nor `..`, not `a/b`
userName: ..
    13: `spec.userName` must be a name without blanks and slashes, and neither `.` nor `..`, not `..`
userName: ...
userName: .a
userName: "a\tb"
    13: `spec.userName` must be a name without blanks and slashes, and neither `.` nor `..`, not `a\tb`
loginState: blocked
    15: `spec.loginState` must be `Active` or `Blocked`, not `blocked`; did you mean `Blocked`?
loginState: Off
    15: `spec.loginState` must be text, but YAML takes Off for a truth value; write "Off"
loginState: Gone
    15: `spec.loginState` must be `Active` or `Blocked`, not `Gone`
suspend: true
suspend: yes
    12: `spec.suspend` must be `true` or `false`, not `yes`
suspend: "true"
    12: `spec.suspend` must be `true` or `false`; remove the quotes
suspend: 1
    12: `spec.suspend` must be `true` or `false`, not `1`
suspend: []
    3: `spec.suspend` must be `true` or `false`, not a list
outputSecret: edge1
    17: `spec.outputSecret` must be a mapping of fields, not text
outputSecret: {name: Edge}
    24: `spec.outputSecret.name` must be lowercase letters, digits, `-` and `.`, each part beginning and ending with a letter or digit, not `Edge`
outputSecret: {}
    3: `spec.outputSecret.name` is missing
outputSecret: {name: a, keys: {passwd: b}}
    34: unknown field `spec.outputSecret.keys.passwd`; did you mean `password`?
outputSecret: {name: a, template: {labels: {a: b}}}
outputSecret: {name: a, template: {labels: {on: b}}}
    47: `spec.outputSecret.template.labels.on`: a name that YAML takes for a truth value needs quotes
outputSecret: {name: a, template: {labels: {a: 1}}}
    50: `spec.outputSecret.template.labels.a` must be text, but YAML takes 1 for a number; write "1"
colour: red
    3: unknown field `spec.colour`
generate: {}
    3: unknown field `spec.generate`; did you mean `spec.password.generate`?
interval: 1h
    3: unknown field `spec.interval`; did you mean `spec.password.rotation.interval`?
"#;

/// The same for a session.
const SESSION: &str = r#"
endpoint: {host: api.example.com, port: 65535}
endpoint: {host: api.example.com, port: 65536}
    43: `spec.endpoint.port` must be between 1 and 65535, not `65536`
endpoint: {host: api.example.com, port: 0}
    43: `spec.endpoint.port` must be between 1 and 65535, not `0`
endpoint: {host: api.example.com, port: -1}
    43: `spec.endpoint.port` must be between 1 and 65535, not `-1`
endpoint: {host: api.example.com, port: "443"}
    43: `spec.endpoint.port` must be a number; remove the quotes
endpoint: {host: api.example.com, port: 443.0}
    43: `spec.endpoint.port` must be a whole number, not `443.0`
endpoint: {host: api.example.com, port: 0443}
    43: `spec.endpoint.port` must be a whole number, not `0443`
endpoint: {host: api.example.com, port: https}
    43: `spec.endpoint.port` must be a whole number, not `https`
endpoint: {host: api.example.com, port: 99999999999999999999}
    43: `spec.endpoint.port` must be a whole number, not `99999999999999999999`
endpoint: {host: "https://api.example.com"}
    20: `spec.endpoint.host` must be a host name or IP address alone, without scheme, port or path, not `https://api.example.com`
endpoint: {host: "api.example.com:443"}
    20: `spec.endpoint.host` must be a host name or IP address alone, without scheme, port or path, not `api.example.com:443`
endpoint: {host: "2001:db8::1"}
endpoint: {host: 192.0.2.1}
endpoint: {host: h, tls: {caBundleRef: {kind: Configmap, name: a, key: b}}}
    49: `spec.endpoint.tls.caBundleRef.kind` must be `Secret` or `ConfigMap`, not `Configmap`; did you mean `ConfigMap`?
proxy: {host: proxy}
    3: `spec.proxy.port` is missing
resyncInterval: 5m
resyncInterval: 5 minutes
    19: `spec.resyncInterval` must be whole days, hours, minutes and seconds in this order, such as `90d`, `1h30m` or `30s`, not `5 minutes`
resyncInterval: 5
    19: `spec.resyncInterval` must be text, but YAML takes 5 for a number; write "5"
resyncInterval: 0m
    19: `spec.resyncInterval`: must be longer than zero
requestBudget: {requestsPerMinute: 0}
    38: `spec.requestBudget.requestsPerMinute` must be between 1 and 60000, not `0`
deletionGuard: {maxDeletions: 0, window: 1d}
allowedConsumers: []
    3: `spec.allowedConsumers` must not be empty; leave the field out instead
allowedConsumers: {namespaces: [a]}
    3: `spec.allowedConsumers` must be a list, not a mapping
allowedConsumers: [{namespaces: [a, b, a]}]
    42: `spec.allowedConsumers[0].namespaces[2]` is in the list already
allowedConsumers: [{namespaces: [A]}]
    36: `spec.allowedConsumers[0].namespaces[0]` must be lowercase letters, digits and `-`, beginning and ending with a letter or digit, not `A`
allowedConsumers: [{namespaces: [a], kinds: [UpdateUsers]}]
    48: `spec.allowedConsumers[0].kinds[0]` must be `UpdateUser`, `PortalUser`, `SsoUser` or `UserAttribute`, not `UpdateUsers`; did you mean `UpdateUser`?
allowedConsumers: [{namespace: [a]}]
    23: unknown field `spec.allowedConsumers[0].namespace`; did you mean `namespaces`?
allowedConsumers: [a]
    22: `spec.allowedConsumers[0]` must be a mapping of fields, not text
customer: example
    3: unknown field `spec.customer`; did you mean `spec.dynect.customer`?
"#;

/// Every line of a table with what is expected of it.
pub(super) fn cases(table: &str) -> Vec<(String, Vec<String>)> {
    let mut cases: Vec<(String, Vec<String>)> = Vec::new();
    for line in table.lines().filter(|line| !line.is_empty()) {
        match (line.strip_prefix("    "), cases.last_mut()) {
            (Some(told), Some((_, expected))) => expected.push(told.to_owned()),
            _ => cases.push((line.to_owned(), Vec::new())),
        }
    }
    cases
}

/// What is told about line `number` of a text, and all that is told about others.
pub(super) fn told(text: &str, number: usize) -> Vec<String> {
    let here = format!("{number}:");
    summary(text)
        .into_iter()
        .map(|told| told.strip_prefix(&here).unwrap_or(&told).to_owned())
        .collect()
}

#[test]
fn a_field_of_an_update_user_is_what_its_schema_says() {
    for (line, expected) in cases(USER) {
        // Every object needs an identity; the cases about it bring their own.
        let identity = if line.contains("nickname") { "" } else { "  nickname: edge1\n" };
        assert_eq!(told(&user(&format!("  {line}\n{identity}")), 6), expected, "{line}");
    }
}

#[test]
fn a_field_of_a_session_is_what_its_schema_says() {
    for (line, expected) in cases(SESSION) {
        assert_eq!(told(&session(&format!("  {line}\n")), 7), expected, "{line}");
    }
}

#[test]
fn a_list_may_not_be_longer_than_its_schema_says() {
    let names: Vec<_> = (0..65).map(|number| format!("n{number}")).collect();
    let line = format!("  allowedConsumers: [{{namespaces: [{}]}}]\n", names.join(", "));
    assert_eq!(
        summary(&session(&line)),
        ["7:23: `spec.allowedConsumers[0].namespaces` must have at most 64 entries, not 65"]
    );
}

#[test]
fn a_mapping_may_not_have_more_entries_than_its_schema_says() {
    let labels: Vec<_> = (0..33).map(|number| format!("l{number}: a")).collect();
    let template = format!("{{labels: {{{}}}}}", labels.join(", "));
    let line = format!("  nickname: a\n  outputSecret: {{name: a, template: {template}}}\n");
    assert_eq!(
        summary(&user(&line)),
        ["7:38: `spec.outputSecret.template.labels` must have at most 32 entries, not 33"]
    );
}

#[test]
fn what_is_missing_is_explained() {
    let text = "apiVersion: roster.rs/v1alpha1
kind: UpdateUser
metadata:
  namespace: dns
spec:
  nickname: edge1
";
    assert_eq!(
        errors(text),
        "\
error: `metadata.name` is missing
  --> <stdin>:3:1
   |
 3 | metadata:
   | ^^^^^^^^
   = The name of the object, different from all others of its kind and namespace

error: `spec.sessionRef` is missing
  --> <stdin>:5:1
   |
 5 | spec:
   | ^^^^
   = The session that the account is managed through"
    );
}

#[test]
fn what_could_be_meant_is_listed_when_nothing_is_near() {
    assert_eq!(
        errors(&user("  nickname: a\n  password: {wordlist: a}\n")),
        "\
error: unknown field `spec.password.wordlist`
  --> <stdin>:7:14
   |
 7 |   password: {wordlist: a}
   |              ^^^^^^^^
   = the fields here are `fromRemote`, `generate`, `rotation`, `secretKeyRef` and `updatePolicy`"
    );
}
