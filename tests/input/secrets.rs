//! Secrets are read, and never shown.

use secrecy::ExposeSecret;

use super::{errors, read, session, summary, user};

fn secret(more: &str) -> String {
    format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: login, namespace: dns}}\n{more}")
}

#[test]
fn data_and_string_data_are_decoded() {
    let text = secret(
        "type: Opaque\ndata:\n  username: cm9zdGVy\n  password: b2xk\n  bytes: /w==\n  both: /w==\nstringData:\n  password: new\n  both: text\n",
    );
    let input = read(&text).unwrap();
    let secret = &input.secrets[0].object;
    assert_eq!((secret.namespace.as_str(), secret.name.as_str()), ("dns", "login"));
    let get = |key| secret.get(key).map(|value| value.expose_secret().to_owned());
    assert_eq!(get("username").as_deref(), Some("roster"));
    assert_eq!(get("password").as_deref(), Some("new"), "stringData goes before data");
    assert_eq!(get("bytes"), None);
    assert!(secret.is_binary("bytes"));
    assert_eq!(get("both").as_deref(), Some("text"));
    assert!(!secret.is_binary("both"));
    assert_eq!(get("missing"), None);
    assert_eq!(secret.keys().collect::<Vec<_>>(), ["both", "password", "username"]);
}

#[test]
fn base64_may_be_folded_only_between_its_letters() {
    let text = secret("data:\n  a: |\n    Zm9s\n    ZGVk\n");
    let input = read(&text).unwrap();
    assert_eq!(input.secrets[0].object.get("a").unwrap().expose_secret(), "folded");
    assert_eq!(
        summary(&secret("data: {a: \"Zm9s ZGVk\"}\n")),
        ["4:11: `data.a` is not base64; plain text belongs in `stringData`"]
    );
}

#[test]
fn a_config_map_is_read() {
    let input =
        read("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ca}\ndata: {ca.crt: pem}\n")
            .unwrap();
    let config_map = &input.config_maps[0].object;
    assert_eq!((config_map.namespace.as_str(), config_map.name.as_str()), ("default", "ca"));
    assert_eq!(config_map.get("ca.crt"), Some("pem"));
    assert_eq!(config_map.get("tls.crt"), None);
}

#[test]
fn an_error_in_a_secret_shows_no_line_of_it() {
    let text = secret("stringdata: {password: hunter2}\ndata:\n  password: hunter2!\n");
    assert_eq!(
        errors(&text),
        "error: unknown field `stringdata`; did you mean `stringData`?\n  --> <stdin>:4:1"
    );
}

/// Whatever is wrong with a Secret, what it holds is in no message.
#[test]
fn what_a_secret_holds_is_never_shown() {
    let cases = [
        secret("stringData: {password: [hunter2]}\n"),
        secret("stringData: {password: 0xhunter2, pin: 271828, flag: hunter2}\n"),
        secret("stringData: {password: !hunter2 a}\n"),
        secret("stringData: {password: *hunter2}\n"),
        secret("stringData: {password: a, password: hunter2}\n"),
        secret("stringData: {a: 271828}\n"),
        secret("stringData: hunter2\n"),
        secret("stringdata: {password: hunter2}\n"),
        secret("type: [hunter2]\n"),
        secret("immutable: hunter2\n"),
        secret("data: {password: hunter2}\n"),
        secret("stringData:\n  password: hunter2: hunter2\n"),
        secret("stringData:\n  password: \"hunter2\n"),
        secret("stringData:\n  password: \"hunter2\" hunter2\n"),
        secret("stringData: {password: hunter2}\n").replace("name: login", "name: Login"),
        secret("stringData: {password: hunter2}\n").replace("apiVersion: v1", "apiVersion: v2"),
        secret("stringData: {password: hunter2}\n").replace("kind: Secret", "kind: secret"),
        secret("stringData: {password: hunter2, password: b}\n").replace("kind: Secret\n", ""),
        secret("stringData: {password: hunter2}\n")
            .replace("kind: Secret", "kind: SealedSecret, x: [hunter2"),
        "{\"kind\":\"Secret\",\"stringData\":{\"password\":\"hunter2\"},}x".to_owned(),
        "kind: Secret\nstringData: {a: &a hunter2}\nspec: {b: *a, b: *a}\n".to_owned(),
        format!("{}---\n{}", secret("stringData: {password: hunter2}\n"), secret("")),
    ];
    for text in cases {
        let told = errors(&text);
        assert!(told.starts_with("error: "), "{text}\n{told}");
        assert!(!told.contains("hunter2") && !told.contains("271828"), "{text}\n{told}");
    }
}

/// One line of JSON can hold a Secret and another object.
#[test]
fn a_list_with_a_secret_in_it_is_not_shown_either() {
    let user = r#"{"apiVersion":"roster.rs/v1alpha1","kind":"UpdateUser","metadata":{"name":"a"},"spec":{"nickname":"a b"}}"#;
    let secret = r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"stringData":{"a":"hunter2"}}"#;
    let text = format!(r#"{{"apiVersion":"v1","kind":"List","items":[{user},{secret}]}}"#);
    let told = errors(&text);
    assert!(told.contains("`spec.nickname` must be"), "{told}");
    assert!(!told.contains("hunter2") && !told.contains("a b"), "{told}");
}

#[test]
fn debug_shows_no_secret_and_no_source() {
    let text = format!(
        "{}---\n{}---\n{}",
        secret("stringData: {password: hunter2}\ndata: {a: aHVudGVyMg==}\n"),
        session(""),
        user("  nickname: a\n")
    );
    let shown = format!("{:?}", read(&text).unwrap());
    assert!(shown.contains("login") && shown.contains("password"), "{shown}");
    assert!(!shown.contains("hunter2") && !shown.contains("aHVudGVyMg"), "{shown}");
    let origin = format!("{:?}", read(&text).unwrap().secrets[0].origin);
    assert_eq!(origin, "Origin(<stdin>:1)");
}
