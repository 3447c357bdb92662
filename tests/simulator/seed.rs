//! What a simulator starts with.

use std::error::Error as _;
use std::time::Duration;

use roster::sim::{CustomerSeed, Options, Seed, UpdateUserSeed};

use crate::support::Bench;

fn error(seed: &str) -> String {
    Seed::from_yaml(seed).map(drop).unwrap_err().to_string()
}

#[tokio::test]
async fn the_default_seed_has_two_customers_and_no_accounts() {
    let bench = Bench::start().await;
    bench.log_in().await;
    bench.log_in_elsewhere().await;
    assert!(bench.running.ledger().accounts.is_empty());
}

#[tokio::test]
async fn a_seed_in_yaml_or_json_names_users_and_update_users() {
    let yaml = "
customers:
  acme:
    users: [{user_name: boss, password: p, administrator: true}]
    updateUsers:
      - {nickname: edge1, password: pw-1}
      - {nickname: old, userName: acme-edge1, password: pw-2, blocked: true}
";
    let json = r#"{"customers": {"acme": {
        "users": [{"userName": "boss", "password": "p", "administrator": true}],
        "updateUsers": [
            {"nickname": "edge1", "password": "pw-1"},
            {"nickname": "old", "user_name": "acme-edge1", "password": "pw-2", "blocked": true}
        ]}}}"#;
    for seed in [yaml, json] {
        let bench = Bench::seeded(seed).await;
        let token = bench.log_in_as("acme", "boss", "p").await.token();
        let list = bench.get("/REST/UpdateUser/?detail=Y", &token).await.data();
        let expected = serde_json::json!([
            // The assigned name gives way to the given one.
            {"user_name": "acme-edge1", "status": "blocked", "password": "pw-2", "group_name": []},
            {"user_name": "acme-edge1-2", "status": "active", "password": "pw-1", "group_name": []},
        ]);
        assert_eq!(list, expected);
        assert!(bench.running.ledger().accounts.iter().all(|account| account.creator == "seed"));
    }
}

#[test]
fn a_seed_error_names_the_place_and_no_password() {
    let text = error("customers:\n  acme:\n    users:\n      - {userName: a, pasword: hidden}\n");
    assert!(text.contains("line 4") && text.contains("column"), "{text}");
    assert!(text.contains("pasword") && text.contains("password"), "{text}");
    assert!(!text.contains("hidden"), "{text}");
    let text = error("customers: [");
    assert!(text.contains("line 1"), "{text}");
}

#[test]
fn a_seed_that_contradicts_itself_is_refused() {
    let user = "{userName: a, password: p}";
    for (seed, words) in [
        ("customers: {}".to_owned(), "no customer"),
        ("customers: {'': {}}".to_owned(), "its name is empty"),
        (format!("customers: {{c: {{users: [{user}, {user}]}}}}"), "two users are named a"),
        ("customers: {c: {users: [{userName: '', password: p}]}}".to_owned(), "userName of a user is empty"),
        (
            "customers: {c: {updateUsers: [{nickname: '', password: p}]}}".to_owned(),
            "nickname of an update user is empty",
        ),
        (
            "customers: {c: {updateUsers: [{nickname: n, userName: '', password: p}]}}".to_owned(),
            "userName of an update user is empty",
        ),
        (
            "customers: {c: {updateUsers: [{nickname: n, password: p}, {nickname: n, password: q}]}}"
                .to_owned(),
            "two update users have the nickname n",
        ),
        (
            "customers: {c: {updateUsers: [{nickname: m, userName: u, password: p}, \
             {nickname: n, userName: u, password: q}]}}"
                .to_owned(),
            "two update users are named u",
        ),
    ] {
        let text = error(&seed);
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn a_seed_file_is_named_in_its_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seed.yaml");
    let error = Seed::from_file(&path).map(drop).unwrap_err();
    assert!(error.to_string().ends_with("seed.yaml cannot be read"), "{error}");
    assert!(error.source().is_some());
    std::fs::write(&path, "customers:\n  acme: 7\n").unwrap();
    let error = Seed::from_file(&path).map(drop).unwrap_err();
    assert!(error.to_string().ends_with("seed.yaml is no seed"), "{error}");
    assert!(error.source().unwrap().to_string().contains("line 2"), "{error:?}");
    std::fs::write(&path, "customers: {acme: {}}").unwrap();
    assert!(Seed::from_file(&path).is_ok());
}

#[tokio::test]
async fn a_seed_made_in_code_is_checked_at_start() {
    let twin = UpdateUserSeed {
        nickname: "n".to_owned(),
        user_name: None,
        password: "p".to_owned(),
        blocked: false,
    };
    let customer =
        CustomerSeed { update_users: vec![twin.clone(), twin], ..CustomerSeed::default() };
    let seed = Seed { customers: [("acme".to_owned(), customer)].into(), ..Seed::default() };
    let error =
        roster::sim::start(Options { seed, ..Options::default() }).await.map(drop).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    assert!(error.to_string().contains("nickname n"));
}

#[tokio::test]
async fn a_reset_goes_back_to_the_seed() {
    let bench = Bench::start().await;
    let fresh = bench.running.switches();
    let token = bench.log_in().await;
    bench.create(&token, "edge1").await.data();
    bench.running.switch(|switches| switches.inactivity_seconds = Some(5));
    bench.fault("server-error", serde_json::json!({"times": 0}));
    bench.running.advance(Duration::from_secs(1_000_000));
    bench.running.set_login_password("acme", "operator", "changed").unwrap();
    bench.running.reset();
    let running = &bench.running;
    assert!(running.journal().is_empty() && running.faults().is_empty());
    assert!(running.ledger().accounts.is_empty() && running.open_sessions() == 0);
    assert_eq!(running.switches(), fresh);
    bench.get("/REST/UpdateUser/", &token).await.fails(400, "INVALID_DATA");
    let token = bench.log_in().await;
    assert_eq!(bench.last().session.as_deref(), Some("session-1"));
    bench.create(&token, "edge1").await.data();
}
