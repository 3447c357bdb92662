//! What a document is, and how documents go together.

use super::{errors, portal_user, read, session, summary, user, users};

#[test]
fn documents_are_read_in_order_and_empty_ones_are_left_out() {
    let text = format!(
        "# Only a comment.\n---\n---\n{}---\n# Nothing.\n---\n{}...\n---\n{}",
        session(""),
        user("  nickname: b\n"),
        user("  nickname: a\n").replace("edge1", "edge0"),
    );
    let input = read(&text).unwrap();
    assert_eq!(input.sessions.len(), 1);
    let names: Vec<_> =
        users(&input).iter().map(|user| user.object.metadata.name.as_deref().unwrap()).collect();
    assert_eq!(names, ["edge1", "edge0"]);
    assert!(input.warnings.is_empty());
}

#[test]
fn an_object_without_a_namespace_is_in_the_default_one() {
    let input = read(&user("  nickname: a\n")).unwrap();
    assert_eq!(users(&input)[0].object.metadata.namespace.as_deref(), Some("default"));
    let named = user("  nickname: a\n").replace("name: edge1", "name: edge1, namespace: dns");
    let input = read(&named).unwrap();
    assert_eq!(users(&input)[0].object.metadata.namespace.as_deref(), Some("dns"));
}

#[test]
fn a_list_is_unfolded() {
    let text = "apiVersion: v1
kind: List
metadata: {resourceVersion: \"\"}
items:
- apiVersion: v1
  kind: List
  items:
  - apiVersion: roster.rs/v1alpha1
    kind: UpdateUser
    metadata: {name: edge1, uid: 8f0c, creationTimestamp: \"2024-05-01T00:00:00Z\", managedFields: []}
    spec: {sessionRef: {name: dynect}, nickname: edge1}
    status: {userName: acme-edge1, whatever: true}
- apiVersion: roster.rs/v1alpha1
  kind: UpdateUser
  metadata: {name: edge2}
  spec: {sessionRef: {name: dynect}, nickame: edge2}
  status: {observedGeneration: of another version}
";
    assert_eq!(summary(text), ["16:38: unknown field `spec.nickame`; did you mean `nickname`?"]);
    let input = read(&text.replace("nickame", "nickname")).unwrap();
    let lines: Vec<_> = users(&input).iter().map(|user| user.origin.line()).collect();
    assert_eq!(lines, [8, 13]);
    assert_eq!(users(&input)[0].object.metadata.uid, None);
    // The status says which account is meant; one that cannot be read is no mistake of the author.
    let status = users(&input)[0].object.status.as_ref();
    assert_eq!(status.and_then(|status| status.user_name.as_deref()), Some("acme-edge1"));
    assert_eq!(users(&input)[1].object.status, None);
}

#[test]
fn a_list_has_items() {
    assert_eq!(
        summary("apiVersion: v1\nkind: List\n"),
        ["1:1: a List has `items`, a list of objects"]
    );
    assert_eq!(
        summary("apiVersion: v1\nkind: List\nitems: {}\n"),
        ["3:1: a List has `items`, a list of objects"]
    );
}

#[test]
fn kinds_of_others_are_ignored_with_one_warning_each() {
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nspec: {replicas: no}\n";
    let text = format!(
        "{}---\n{deployment}---\napiVersion: v1\nkind: Service\n---\n{deployment}",
        user("  nickname: a\n")
    );
    let input = read(&text).unwrap();
    assert_eq!(users(&input).len(), 1);
    let warnings: Vec<_> = input.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "\
warning: Deployment (apps/v1) is none of Roster's kinds; 2 documents ignored
  --> <stdin>:9:7
   |
 9 | kind: Deployment
   |       ^^^^^^^^^^",
            "\
warning: Service (v1) is none of Roster's kinds; one document ignored
   --> <stdin>:13:7
    |
 13 | kind: Service
    |       ^^^^^^^",
        ]
    );
}

#[test]
fn a_document_is_known_by_its_version_and_kind() {
    let cases = [
        (
            "apiVersion: roster.rs/v1\nkind: UpdateUser\n",
            "1:13: the apiVersion of UpdateUser is `roster.rs/v1alpha1`",
        ),
        (
            "apiVersion: roster.io/v1alpha1\nkind: UpdateUser\n",
            "1:13: the apiVersion of UpdateUser is `roster.rs/v1alpha1`",
        ),
        (
            "apiVersion: v1alpha1\nkind: ApiSession\n",
            "1:13: the apiVersion of ApiSession is `roster.rs/v1alpha1`",
        ),
        ("apiVersion: v2\nkind: Secret\n", "1:13: the apiVersion of Secret is `v1`"),
        ("apiVersion: v2\nkind: List\n", "1:13: the apiVersion of List is `v1`"),
        (
            "apiVersion: roster.rs/v1alpha1\nkind: updateuser\n",
            "2:7: unknown kind `updateuser`; did you mean `UpdateUser`?",
        ),
        ("apiVersion: roster.rs/v1alpha1\nkind: Account\n", "2:7: unknown kind `Account`"),
        (
            "apiVersion: v1\nkind: configmap\n",
            "2:7: unknown kind `configmap`; did you mean `ConfigMap`?",
        ),
        (
            "kind: UpdateUser\n",
            "1:1: `apiVersion` is missing; for UpdateUser it is `roster.rs/v1alpha1`",
        ),
        ("kind: Deployment\n", "1:1: `apiVersion` is missing"),
        ("apiVersion: v1\n", "1:1: `kind` is missing"),
        ("apiVersion: v1\nkind: [Secret]\n", "1:1: `kind` is missing"),
        ("replicas: 3\n", "1:1: this is no manifest: it has neither `apiVersion` nor `kind`"),
        ("just text\n", "1:1: a manifest is a mapping with `apiVersion`, `kind` and `metadata`"),
        ("- a\n", "1:1: a manifest is a mapping with `apiVersion`, `kind` and `metadata`"),
    ];
    for (text, expected) in cases {
        assert_eq!(summary(text), [expected], "{text}");
    }
}

#[test]
fn an_unknown_kind_comes_with_the_kinds_that_are_known() {
    assert_eq!(
        errors("apiVersion: roster.rs/v1alpha1\nkind: Account\n"),
        "\
error: unknown kind `Account`
  --> <stdin>:2:7
   |
 2 | kind: Account
   |       ^^^^^^^
   = the kinds that Roster reads are `ApiSession`, `UpdateUser`, `PortalUser`, `Secret` and `ConfigMap`"
    );
}

#[test]
fn the_name_of_an_object_is_one_that_kubernetes_takes() {
    let named = |metadata: &str| {
        format!(
            "apiVersion: roster.rs/v1alpha1\nkind: UpdateUser\nmetadata: {metadata}\nspec:\n  \
             sessionRef: {{name: dynect}}\n  nickname: edge1\n"
        )
    };
    let cases = [
        ("{name: edge1.example}", ""),
        (
            "{name: Edge1}",
            "3:18: `metadata.name` must be lowercase letters, digits, `-` and `.`, each part beginning and ending with a letter or digit, not `Edge1`",
        ),
        (
            "{name: a, namespace: a.b}",
            "3:32: `metadata.namespace` must be lowercase letters, digits and `-`, beginning and ending with a letter or digit, not `a.b`",
        ),
        (
            "{name: a, nmespace: b}",
            "3:21: unknown field `metadata.nmespace`; did you mean `namespace`?",
        ),
        ("{generateName: a-}", "3:1: `metadata.name` is missing"),
        (
            "{name: a, annotations: {roster.rs/orphan: true}}",
            "3:53: `metadata.annotations.roster.rs/orphan` must be text, but YAML takes true for a truth value; write \"true\"",
        ),
        (
            "{name: a, uid: b, resourceVersion: \"1\", creationTimestamp: null, managedFields: [{}]}",
            "",
        ),
    ];
    for (metadata, expected) in cases {
        let expected: Vec<_> =
            [expected].iter().filter(|it| !it.is_empty()).map(ToString::to_string).collect();
        assert_eq!(summary(&named(metadata)), expected, "{metadata}");
    }
}

/// Whoever adds a kind has to make the loader keep its objects.
#[test]
fn every_kind_is_kept() {
    for definition in roster::kinds::all() {
        let text = match definition.kind.as_str() {
            "ApiSession" => session(""),
            "UpdateUser" => user("  nickname: a\n"),
            "PortalUser" => portal_user("  name: dana\n"),
            kind => panic!("say what a {kind} looks like"),
        };
        let input = read(&text).unwrap();
        assert_eq!(input.sessions.len() + input.accounts.count(), 1, "{}", definition.kind);
    }
}

#[test]
fn an_object_is_declared_once() {
    let first = user("  nickname: a\n");
    let text = format!(
        "{first}---\n{}",
        user("  nickname: b\n").replace("edge1", "edge1, namespace: default")
    );
    assert_eq!(
        errors(&text),
        "\
error: UpdateUser default/edge1 is declared twice; remove one of the two
   --> <stdin>:10:18
    |
 10 | metadata: {name: edge1, namespace: default}
    |                  ^^^^^
    = it is declared first here:
   --> <stdin>:3:18
    |
  3 | metadata: {name: edge1}
    |                  ^^^^^"
    );
    let elsewhere = user("  nickname: b\n").replace("edge1", "edge1, namespace: dns");
    assert!(read(&format!("{first}---\n{elsewhere}")).is_ok());
    let config_map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    assert_eq!(
        summary(&format!("{config_map}---\n{config_map}")),
        ["7:18: ConfigMap default/a is declared twice; remove one of the two"]
    );
}

#[test]
fn ten_thousand_documents_are_read() {
    let mut text = String::new();
    for number in 0..10_000 {
        text += "---\n";
        text += &user("  nickname: a\n").replace("edge1", &format!("edge{number}"));
    }
    let input = read(&text).unwrap();
    assert_eq!(users(&input).len(), 10_000);
    assert_eq!(users(&input)[9_999].origin.to_string(), "<stdin>:69995");
}
