//! What the journal and the ledger tell, and what they keep to themselves.

use roster::sim::{AccountState, JournalFilter, System};
use serde_json::{Value, json};

use crate::support::Bench;

#[tokio::test]
async fn the_journal_tells_every_request_in_order() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    bench.create(&token, "edge1").await.data();
    bench.get("/REST/UpdateUser/?detail=Y", &token).await.data();
    bench.get("/REST/UpdateUser/nobody/", &token).await.fails(404, "NOT_FOUND");
    bench.try_send("GET", "/REST/UpdateUser/", None, Value::Null).await.unwrap();
    let journal = bench.running.journal();
    let told: Vec<_> = journal
        .iter()
        .map(|entry| {
            assert_eq!((entry.system, entry.overlapped), (System::Dynect, false));
            let session = entry.session.as_deref();
            (
                entry.method.as_str(),
                entry.path.as_str(),
                session,
                entry.outcome.as_str(),
                entry.executed,
            )
        })
        .collect();
    let session = Some("session-1");
    assert_eq!(
        told,
        [
            ("POST", "/REST/Session/", session, "success", true),
            ("POST", "/REST/UpdateUser/", session, "success", true),
            ("GET", "/REST/UpdateUser/", session, "success", true),
            ("GET", "/REST/UpdateUser/nobody/", session, "failure:NOT_FOUND", true),
            ("GET", "/REST/UpdateUser/", None, "failure:MISSING_DATA", false),
        ]
    );
    assert_eq!(journal[2].query.as_deref(), Some("detail=Y"));
    assert_eq!(journal[3].status, Some(404));
    assert!(journal.is_sorted_by_key(|entry| entry.time));
    let writes = JournalFilter {
        method: Some("POST".into()),
        path: Some("/REST/UpdateUser".into()),
        ..JournalFilter::default()
    };
    assert_eq!(bench.running.journal_of(&writes).len(), 1);
    bench.running.clear_journal();
    assert!(bench.running.journal().is_empty());
}

#[tokio::test]
async fn no_password_and_no_token_is_in_journal_or_ledger() {
    let bench = Bench::start().await;
    let token = bench.log_in().await;
    bench.create(&token, "edge1").await.data();
    let path = "/REST/UpdateUser/acme-edge1/?password=pw-in-query";
    bench.send("PUT", path, &token, json!({"password": "pw-changed"})).await.data();
    bench.send("PUT", "/REST/Password/", &token, json!({"password": "pw-own"})).await.data();
    bench
        .send("PUT", "/REST/Password/", &token, json!("pw-bare"))
        .await
        .fails(400, "INVALID_REQUEST");
    let reply = bench.request("PUT", "/REST/Password/", Some(&token)).body("pw-broken{");
    crate::support::read(reply).await.unwrap().fails(400, "INVALID_REQUEST");
    let journal = serde_json::to_string(&bench.running.journal()).unwrap();
    let ledger = serde_json::to_string(&bench.running.ledger()).unwrap();
    let debug = format!("{:?} {:?}", bench.running.journal(), bench.running.ledger());
    for secret in ["operator-password", "pw-", token.as_str()] {
        for text in [&journal, &ledger, &debug] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    assert!(journal.contains("*****"));
}

#[tokio::test]
async fn the_ledger_tells_what_became_of_every_account_and_who_did_it() {
    let bench = Bench::start().await;
    let (first, second) = (bench.log_in().await, bench.log_in().await);
    bench.create(&first, "edge1").await.data();
    bench.create(&second, "edge2").await.data();
    bench.running.create_update_user("acme", "edge3", "pw").unwrap();
    bench.running.set_blocked("acme", "acme-edge3", true).unwrap();
    bench.running.set_password("acme", "acme-edge2", "other").unwrap();
    bench.send("DELETE", "/REST/UpdateUser/acme-edge1/", &second, Value::Null).await.data();
    bench.running.delete_update_user("acme", "acme-edge2").unwrap();
    bench.create(&second, "edge1").await.data();
    let ledger = bench.running.ledger();
    let accounts: Vec<_> = ledger
        .accounts
        .iter()
        .map(|a| (a.user_name.as_str(), a.creator.as_str(), a.state))
        .collect();
    assert_eq!(
        accounts,
        [
            ("acme-edge1", "session-1", AccountState::Deleted),
            ("acme-edge2", "session-2", AccountState::Deleted),
            ("acme-edge3", "control", AccountState::Blocked),
            ("acme-edge1", "session-2", AccountState::Active),
        ]
    );
    assert_eq!((ledger.accounts[2].blocks, ledger.accounts[1].password_changes), (1, 1));
    let deletions: Vec<_> =
        ledger.deletions.iter().map(|d| (d.user_name.as_str(), d.session.as_str())).collect();
    assert_eq!(deletions, [("acme-edge1", "session-2"), ("acme-edge2", "control")]);
}

#[tokio::test]
async fn what_is_not_there_cannot_be_changed_behind_the_back() {
    let bench = Bench::start().await;
    let running = &bench.running;
    running.create_update_user("acme", "edge1", "pw").unwrap();
    let text = |error: Result<(), roster::sim::AccountError>| error.unwrap_err().to_string();
    assert_eq!(text(running.create_update_user("x", "e", "p").map(drop)), "there is no customer x");
    let taken = running.create_update_user("acme", "edge1", "p").map(drop);
    assert_eq!(text(taken), "the nickname edge1 is taken");
    let taken = running.create_update_user_named("acme", "e", "acme-edge1", "p").map(drop);
    assert_eq!(text(taken), "the user name acme-edge1 is taken");
    for error in [
        running.set_blocked("acme", "x", true),
        running.set_password("acme", "x", "p"),
        running.delete_update_user("acme", "x"),
        running.set_login_password("acme", "x", "p"),
    ] {
        assert_eq!(text(error), "there is no user x");
    }
    assert_eq!(text(running.delete_update_user("x", "x")), "there is no customer x");
    assert!(!running.password_is("acme", "x", "p") && !running.login_password_is("x", "x", "p"));
}
