//! Every field of a portal user is checked against its schema.

use super::fields::{cases, told};
use super::{portal_user, summary};

/// Lines of a portal user's specification; below each, the column and what is told, or nothing when it is right.
const PORTAL_USER: &str = r#"
name: dana
name: dana.ivri@example.com
name: Dana Ivri
name: "\u05d3\u05e0\u05d4"
name: .dana
name: ...
name: .
    9: `spec.name` must be a name
name: ..
    9: `spec.name` must be a name
name: a/b
    9: `spec.name` must be a name
name: corp.example\dana
    9: `spec.name` must be a name
name: 50%
    9: `spec.name` must be a name
name: a#b
    9: `spec.name` must be a name
name: a?b
    9: `spec.name` must be a name
name: " dana"
    9: `spec.name` must be a name
name: "dana "
    9: `spec.name` must be a name
name: "da\tna"
    9: `spec.name` must be a name
name: ""
    9: `spec.name` must not be empty
name: 0012
    9: `spec.name` must be text, but YAML takes 0012 for a number; write "0012"
directory: corp.example
directory: corp/example
    14: `spec.directory` must be a name
directory: ""
    14: `spec.directory` must not be empty
email: dana@example.com
email: dana
    10: `spec.email` must be an e-mail address such as `dana@example.com`, not `dana`
email: "da na@example.com"
    10: `spec.email` must be an e-mail address such as `dana@example.com`, not `da na@example.com`
email: a@b@c
    10: `spec.email` must be an e-mail address such as `dana@example.com`, not `a@b@c`
email: ""
    10: `spec.email` must not be empty
firstName: Dana Maria
firstName: ""
    14: `spec.firstName` must not be empty
firstName: "Da\nna"
    14: `spec.firstName` must be text on one line, without control characters, not `Da\nna`
lastName: "O'Ivri"
lastName: ""
    13: `spec.lastName` must not be empty
company: ""
company: Example Inc.
comment: ""
comment: "one\ttwo"
    12: `spec.comment` must be text on one line, without control characters, not `one\ttwo`
role: ReadWriteAdmin
role: enduser
    9: `spec.role` must be `Disabled`, `EndUser`, `ReadOnlyAdmin`, `ReadWriteAdmin`, `Support` or `ComplianceOfficer`, not `enduser`; did you mean `EndUser`?
requirePasswordChange: {atFirstLogin: true}
requirePasswordChange: {inDays: 0}
    35: `spec.requirePasswordChange.inDays` must be between 1 and 3650, not `0`
requirePasswordChange: {inDays: 3650}
requirePasswordChange: {inDays: 3651}
    35: `spec.requirePasswordChange.inDays` must be between 1 and 3650, not `3651`
requirePasswordChange: {on: 2031-05-01}
requirePasswordChange: {on: 2031-13-01}
    31: `spec.requirePasswordChange.on` must be a day such as `2031-05-01`, not `2031-13-01`
requirePasswordChange: {on: 01.05.2031}
    31: `spec.requirePasswordChange.on` must be a day such as `2031-05-01`, not `01.05.2031`
requirePasswordChange: true
    26: `spec.requirePasswordChange` must be a mapping of fields, not a truth value
s3Credentials: []
s3Credentials: {name: a}
    3: `spec.s3Credentials` must be a list, not a mapping
s3Credentials: [{name: backup, outputSecret: {name: dana-s3}}]
s3Credentials: [{name: Backup, outputSecret: {name: dana-s3}}]
    26: `spec.s3Credentials[0].name` must be lowercase letters, digits and `-`, beginning and ending with a letter or digit, not `Backup`
s3Credentials: [{name: a, outputSecret: {name: b, keys: {accessKeyId: "A KEY"}}}]
    73: `spec.s3Credentials[0].outputSecret.keys.accessKeyId` must be letters, digits, `-`, `_` and `.`, not `A KEY`
s3Credentials: [{name: a, outputSecret: {name: b, keys: {accessKey: c}}}]
    60: unknown field `spec.s3Credentials[0].outputSecret.keys.accessKey`; did you mean `accessKeyId`?
s3Credentials: [{name: a, outputSecret: {name: b}, rotation: {interval: 90d, overlap: 12h}}]
s3Credentials: [{name: a, outputSecret: {name: b}, rotation: {interval: 90d, overlap: 0s}}]
    89: `spec.s3Credentials[0].rotation.overlap`: must be longer than zero
s3Credentials: [{name: a, outputSecret: {name: b}, rotation: {overlap: 12h}}]
    54: `spec.s3Credentials[0].rotation.interval` is missing
s3Credentials: [{name: a, outputSecret: {name: b}}, {name: a, outputSecret: {name: c}}]
    62: `spec.s3Credentials[1].name` is in the list already
s3Credentials: [{name: backup}]
    19: `spec.s3Credentials[0].outputSecret` is missing
s3Credentials: [{name: backup, outputSecret: {}}]
    34: `spec.s3Credentials[0].outputSecret.name` is missing
s3Credential: []
    3: unknown field `spec.s3Credential`; did you mean `s3Credentials`?
nickname: dana
    3: unknown field `spec.nickname`
userName: dana
    3: unknown field `spec.userName`; did you mean `spec.outputSecret.keys.userName`?
"#;

#[test]
fn a_field_of_a_portal_user_is_what_its_schema_says() {
    // The words for a name are long, and the same for every one.
    let shown = |told: String| match told.split_once(" must be a name ") {
        Some((field, _)) => format!("{field} must be a name"),
        None => told,
    };
    for (line, expected) in cases(PORTAL_USER) {
        let identity = if line.starts_with("name:") { "" } else { "  name: dana\n" };
        let told = told(&portal_user(&format!("  {line}\n{identity}")), 6);
        let told: Vec<_> = told.into_iter().map(shown).collect();
        assert_eq!(told, expected, "{line}");
    }
}

#[test]
fn a_portal_user_has_a_name() {
    assert_eq!(summary(&portal_user("")), ["4:1: `spec.name` is missing"]);
    let long = "a".repeat(129);
    assert_eq!(
        summary(&portal_user(&format!("  name: {long}\n"))),
        ["6:9: `spec.name` must have at most 128 characters, not 129"]
    );
}

#[test]
fn what_a_name_must_be_is_said_in_words() {
    assert_eq!(
        summary(&portal_user("  name: corp\\dana\n")),
        [
            "6:9: `spec.name` must be a name without blanks around it and without `/`, `\\`, `%`, `#` and `?`, \
             and neither `.` nor `..`, not `corp\\\\dana`"
        ]
    );
}

#[test]
fn a_broken_rule_of_a_portal_user_is_shown_at_the_field_that_it_is_about() {
    assert_eq!(
        summary(&portal_user(
            "  name: ann\n  directory: corp.example\n  deletionPolicy: Disable\n"
        )),
        [
            "8:19: `spec.deletionPolicy`: a user of a directory is never edited, so it cannot be disabled; \
             use Retain or Delete"
        ]
    );
    assert_eq!(
        summary(&portal_user("  name: dana\n  password: {fromRemote: {}}\n")),
        [
            "7:14: `spec.password.fromRemote`: a portal shows no passwords; use secretKeyRef or generate"
        ]
    );
}
