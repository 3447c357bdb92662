//! What the journal says of the portal.

use roster::sim::{JournalFilter, System};
use serde_json::json;

use super::support::{Portal, user};

#[tokio::test]
async fn an_entry_has_method_path_operation_tenant_and_session() {
    let portal = Portal::start().await;
    let session = portal.log_in().await;
    session.select("acme").await;
    session.call("/users/dana", "get-multi", "<list><val>/name</val></list>").await;
    session.get("/users/nobody").await;
    session.send("POST", "/logout", "").await;
    session.get("/users/dana").await;
    let told: Vec<_> = portal
        .ctera()
        .journal()
        .into_iter()
        .map(|entry| {
            assert_eq!(
                (entry.system, entry.session.as_deref()),
                (System::Ctera, Some("session-1"))
            );
            let path = entry.path.strip_prefix("/admin/api/").unwrap().to_owned();
            (entry.method, path, entry.operation, entry.tenant, entry.outcome, entry.executed)
        })
        .collect();
    let entry =
        |method: &str, path: &str, operation: Option<&str>, tenant: Option<&str>, outcome: &str| {
            let executed = outcome != "dead-session";
            let (operation, tenant) = (operation.map(str::to_owned), tenant.map(str::to_owned));
            (method.to_owned(), path.to_owned(), operation, tenant, outcome.to_owned(), executed)
        };
    let acme = Some("acme");
    let expected = [
        entry("POST", "login", None, None, "success"),
        entry("PUT", "currentPortal", None, None, "success"),
        entry("POST", "users/dana", Some("get-multi"), acme, "success"),
        entry("GET", "users/nobody", None, acme, "failure:not-found"),
        entry("POST", "logout", None, acme, "success"),
        entry("GET", "users/dana", None, None, "dead-session"),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn bodies_are_shown_without_passwords_and_replies_not_at_all() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    session.add("new", "<att id=\"password\"><val>hidden</val></att>").await;
    session.put("/users/new", &user("new", "<att id=\"password\"><val>hidden</val></att>")).await;
    session.put("/users/new/password", "<val>hidden</val>").await;
    let uid = session.uid("/users/new").await;
    let made = session.call("", "createApiKey", &format!("<val>{uid}</val>")).await;
    let text = serde_json::to_string(&portal.running.journal()).unwrap();
    for secret in ["hidden", "admin-password", &session.cookie, &made.att("secretKey").unwrap()] {
        assert!(!text.contains(secret), "{text}");
    }
    let journal = portal.ctera().journal();
    assert_eq!(journal[0].body, json!({"j_username": "admin", "j_password": "*****"}));
    assert_eq!(journal[1].body, json!("acme"));
    assert_eq!(journal[2].body["param"]["name"], json!("new"));
    assert_eq!(journal[2].body["param"]["password"], json!("*****"));
    assert_eq!(journal[4].body, json!("*****"));
}

#[tokio::test]
async fn the_journal_is_one_and_can_be_filtered_by_system_and_operation() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    let url = format!("{}/REST/Session/", portal.running.dynect_url());
    portal.client.get(url).send().await.unwrap();
    session.names("/users", "").await;
    session.get("/version?format=jsonext&password=hidden").await;
    let last = portal.ctera().journal().pop().unwrap();
    assert_eq!(last.query.unwrap(), "format=jsonext&password=*****");
    assert_eq!(portal.running.journal().len(), 5);
    assert_eq!(portal.ctera().journal().len(), 4);
    let queries = JournalFilter { operation: Some("query".into()), ..JournalFilter::default() };
    assert_eq!(portal.running.journal_of(&queries).len(), 1);
    assert_eq!(portal.ctera().journal_of(queries).len(), 1);
    let dynect = JournalFilter { system: Some(System::Dynect), ..JournalFilter::default() };
    assert_eq!(portal.running.journal_of(&dynect).len(), 1);
    portal.running.reset();
    assert!(portal.running.journal().is_empty() && portal.ctera().sessions().is_empty());
}
