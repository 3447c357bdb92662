//! The rules of `PortalUser`.

use kube::CustomResourceExt;
use roster::kinds::portal_user::PortalUser;
use serde_json::{Value, json};

use super::rules::{merged, object, told};

/// A local user with a session, a name and whatever `more` says; `null` takes a field away.
fn portal_user(more: Value) -> PortalUser {
    let base = json!({ "sessionRef": { "name": "portal" }, "name": "dana" });
    object("PortalUser", merged(base, more))
}

fn password(value: Value) -> Value {
    json!({ "password": value, "outputSecret": { "name": "dana-login" } })
}

fn keys(secrets: &[&str]) -> Value {
    let one = |(number, secret): (usize, &&str)| json!({ "name": format!("key-{number}"), "outputSecret": { "name": secret } });
    secrets.iter().enumerate().map(one).collect()
}

#[test]
fn a_local_user_is_accepted_or_refused_as_a_whole() {
    let from_secret = json!({ "secretKeyRef": { "name": "a", "key": "b" } });
    let generated = "spec.outputSecret: a generated password needs outputSecret, the Secret that it is stored in";
    let shows_none =
        "spec.password.fromRemote: a portal shows no passwords; use secretKeyRef or generate";
    let source = "spec.password: set exactly one of secretKeyRef, generate and fromRemote";
    let cases: Vec<(Value, &str)> = vec![
        (json!({}), ""),
        (
            json!({ "email": "d@example.com", "firstName": "D", "lastName": "I", "role": "EndUser" }),
            "",
        ),
        (json!({ "company": "", "comment": "" }), ""),
        (json!({ "password": from_secret }), ""),
        (json!({ "password": from_secret, "outputSecret": { "name": "a" } }), ""),
        (json!({ "password": { "generate": {} } }), generated),
        (
            json!({ "outputSecret": { "name": "a" } }),
            "spec.outputSecret: a portal shows no passwords, so there is none for outputSecret; set password, or leave outputSecret out",
        ),
        (password(json!({ "generate": {} })), ""),
        (password(json!({ "generate": {}, "rotation": { "interval": "90d" } })), ""),
        (password(json!({ "fromRemote": {} })), shows_none),
        (password(json!({})), source),
        (password(json!({ "generate": {}, "secretKeyRef": { "name": "a", "key": "b" } })), source),
        (json!({ "deletionPolicy": "Delete", "acknowledgeDataLoss": "dana" }), ""),
        // The plan says what is missing, because the name may change and the policy can be the session's.
        (json!({ "deletionPolicy": "Delete" }), ""),
        (json!({ "deletionPolicy": "Delete", "acknowledgeDataLoss": "erez" }), ""),
        (json!({ "deletionPolicy": "Disable" }), ""),
    ];
    for (more, expected) in cases {
        assert_eq!(told(portal_user(more.clone()).validate_cel()), expected, "{more}");
    }
}

#[test]
fn a_change_of_the_password_is_required_at_one_time() {
    let one = "spec.requirePasswordChange: set exactly one of atFirstLogin, inDays and on";
    let always = "spec.requirePasswordChange.atFirstLogin: atFirstLogin is true or left out";
    let cases: Vec<(Value, &str)> = vec![
        (json!({ "atFirstLogin": true }), ""),
        (json!({ "inDays": 30 }), ""),
        (json!({ "on": "2031-05-01" }), ""),
        (json!({}), one),
        (json!({ "atFirstLogin": true, "inDays": 30 }), one),
        (json!({ "inDays": 30, "on": "2031-05-01" }), one),
        (json!({ "atFirstLogin": true, "inDays": 30, "on": "2031-05-01" }), one),
        (json!({ "atFirstLogin": false }), always),
    ];
    for (change, expected) in cases {
        let user = portal_user(json!({ "requirePasswordChange": change }));
        assert_eq!(told(user.validate_cel()), expected, "{change}");
    }
}

#[test]
fn a_user_of_a_directory_has_nothing_that_could_be_edited() {
    let edited = "spec.directory: a user of a directory is never edited: with directory, leave out email, firstName, \
        lastName, role, company, comment, password, requirePasswordChange and outputSecret";
    let disabled = "spec.deletionPolicy: a user of a directory is never edited, so it cannot be disabled; use Retain or Delete";
    let cases: Vec<(Value, &str)> = vec![
        (json!({}), ""),
        (json!({ "s3Credentials": keys(&["a", "b"]) }), ""),
        (json!({ "adoptionPolicy": "Require", "deletionPolicy": "Retain" }), ""),
        (json!({ "deletionPolicy": "Delete", "acknowledgeDataLoss": "dana" }), ""),
        (json!({ "deletionPolicy": "Disable" }), disabled),
        (json!({ "email": "d@example.com" }), edited),
        (json!({ "firstName": "D" }), edited),
        (json!({ "lastName": "I" }), edited),
        (json!({ "role": "EndUser" }), edited),
        (json!({ "company": "" }), edited),
        (json!({ "comment": "" }), edited),
        (json!({ "password": { "secretKeyRef": { "name": "a", "key": "b" } } }), edited),
        (json!({ "requirePasswordChange": { "inDays": 1 } }), edited),
        (json!({ "outputSecret": { "name": "a" } }), edited),
    ];
    for (more, expected) in cases {
        let user = portal_user(merged(json!({ "directory": "corp.example" }), more.clone()));
        assert_eq!(told(user.validate_cel()), expected, "{more}");
    }
}

#[test]
fn s3_credentials_and_the_password_are_in_different_secrets() {
    let shared = "spec.s3Credentials: s3Credentials and outputSecret need different Secrets";
    let login = |secrets: &[&str]| {
        merged(password(json!({ "generate": {} })), json!({ "s3Credentials": keys(secrets) }))
    };
    let cases: Vec<(Value, &str)> = vec![
        (json!({ "s3Credentials": keys(&[]) }), ""),
        (json!({ "s3Credentials": keys(&["a"]) }), ""),
        (json!({ "s3Credentials": keys(&["a", "b"]) }), ""),
        // An API server allows no rule that compares each with each. Whoever makes the keys says what is wrong.
        (json!({ "s3Credentials": keys(&["a", "b", "a"]) }), ""),
        (login(&["a", "b"]), ""),
        (login(&["a", "dana-login"]), shared),
    ];
    for (more, expected) in cases {
        assert_eq!(told(portal_user(more.clone()).validate_cel()), expected, "{more}");
    }
}

#[test]
fn a_local_user_can_be_renamed_and_stays_local() {
    let session_ref =
        "spec.sessionRef: sessionRef is immutable; make another object to use another session";
    let directory =
        "spec.directory: directory is immutable; make another object for another account";
    let name = "spec.name: the name of a user of a directory is the directory's to change; make another object for another account";
    let of = |directory: &str| json!({ "directory": directory });
    let cases: Vec<(Value, Value, &str)> = vec![
        (json!({}), json!({ "name": "dana-ivri" }), ""),
        (json!({}), json!({ "name": "dana-ivri", "acknowledgeDataLoss": "dana-ivri" }), ""),
        (json!({ "email": "d@example.com" }), json!({}), ""),
        (json!({}), json!({ "sessionRef": { "name": "other" } }), session_ref),
        (json!({}), of("corp.example"), directory),
        (of("corp.example"), json!({}), directory),
        (of("corp.example"), of("other.example"), directory),
        (of("corp.example"), of("corp.example"), ""),
        (
            of("corp.example"),
            json!({ "directory": "corp.example", "s3Credentials": keys(&["a"]) }),
            "",
        ),
        (of("corp.example"), json!({ "directory": "corp.example", "name": "ann" }), name),
    ];
    for (old, new, expected) in cases {
        let errors = portal_user(new.clone()).validate_cel_update(&portal_user(old.clone()));
        assert_eq!(told(errors), expected, "{old} → {new}");
    }
}

#[test]
fn the_columns_name_the_user_and_its_role() {
    let crd = PortalUser::crd();
    let columns = crd.spec.versions[0].additional_printer_columns.as_deref().unwrap();
    let shown: Vec<_> =
        columns.iter().map(|column| (column.name.as_str(), column.priority.unwrap_or(0))).collect();
    let narrow = ["Session", "User", "Role", "Ready", "Reason", "Age"].map(|name| (name, 0));
    let wide = ["Uid", "Drifted", "Message"].map(|name| (name, 1));
    assert_eq!(shown, [&narrow[..], &wide[..]].concat());
}

#[test]
fn the_four_parts_of_two_pairs_are_under_four_keys() {
    let four = "spec.s3Credentials[0].outputSecret.keys: accessKeyId, secretAccessKey, previousAccessKeyId and \
        previousSecretAccessKey need four different keys";
    let cases: Vec<(Value, &str)> = vec![
        (json!({}), ""),
        (
            json!({ "accessKeyId": "AWS_ACCESS_KEY_ID", "secretAccessKey": "AWS_SECRET_ACCESS_KEY" }),
            "",
        ),
        (json!({ "accessKeyId": "a", "secretAccessKey": "a" }), four),
        (json!({ "previousAccessKeyId": "access-key-id" }), four),
        (json!({ "accessKeyId": "previous-access-key-id" }), four),
        (
            json!({ "accessKeyId": "previous-access-key-id", "previousAccessKeyId": "access-key-id" }),
            "",
        ),
    ];
    for (keys, expected) in cases {
        let one = json!({ "name": "a", "outputSecret": { "name": "b", "keys": keys } });
        let user = portal_user(json!({ "s3Credentials": [one] }));
        assert_eq!(told(user.validate_cel()), expected, "{keys}");
    }
}
