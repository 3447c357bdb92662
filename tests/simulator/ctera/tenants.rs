//! Tenants are apart, and each session has its own.

use serde_json::json;

use super::support::{Portal, map};

#[tokio::test]
async fn a_global_administrator_enters_a_tenant_and_leaves_it() {
    let portal = Portal::start().await;
    let session = portal.log_in().await;
    assert_eq!(session.names("/users", "").await.0, ["admin"]);
    session.select("acme").await;
    assert_eq!(session.get("/currentPortal").await.text, "<val>acme</val>");
    assert_eq!(session.names("/users", "").await.0, ["acme-admin", "dana", "erez", "fay"]);
    session.put("/currentPortal", "<val/>").await.is_empty();
    assert_eq!(session.get("/currentPortal").await.text, "<val/>");
    assert_eq!(session.names("/users", "").await.0, ["admin"]);
}

#[tokio::test]
async fn an_unknown_tenant_is_refused_and_changes_nothing() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    assert!(
        session.put("/currentPortal", "<val>initech</val>").await.refused(404).contains("initech")
    );
    session.put("/currentPortal", "<list/>").await.refused(400);
    assert_eq!(session.get("/currentPortal").await.text, "<val>acme</val>");
}

#[tokio::test]
async fn the_choice_belongs_to_the_session_and_ends_with_it() {
    let portal = Portal::start().await;
    let (acme, globex) = (portal.log_in_to_acme().await, portal.log_in().await);
    globex.select("globex").await;
    let (one, other) = (acme.uid("/users/dana").await, globex.uid("/users/dana").await);
    assert_ne!(one, other);
    assert_eq!(acme.get("/users/dana").await.att("lastName").unwrap(), "Ivri");
    // A uid leads to nothing in another tenant.
    globex.get(&format!("/objs/{one}")).await.refused(404);
    globex.call("", "getApiKeys", &format!("<val>{one}</val>")).await.refused(404);
    globex.get("/users/erez").await.refused(404);
    let again = portal.log_in().await;
    assert_eq!(again.get("/currentPortal").await.text, "<val/>");
}

#[tokio::test]
async fn a_tenant_administrator_stays_in_its_tenant() {
    let portal = Portal::start().await;
    let session = portal.log_in_as_tenant().await;
    session.put("/currentPortal", "<val>globex</val>").await.refused(403);
    session.put("/currentPortal", "<val/>").await.refused(403);
    session.select("acme").await;
    assert_eq!(session.names("/users", "").await.0, ["acme-admin", "dana", "erez", "fay"]);
}

#[tokio::test]
async fn the_host_name_chooses_the_tenant_and_without_one_the_login_does() {
    let portal = Portal::start().await;
    portal.ctera().create_user("acme", "twin", Some("same"), map(json!({}))).unwrap();
    portal.ctera().create_user("globex", "twin", Some("same"), map(json!({}))).unwrap();
    let tenant = |host: &'static str, name: &'static str, password: &'static str| {
        let portal = &portal;
        async move {
            let form = format!("j_username={name}&j_password={password}");
            let path = "/ServicesPortal/api/login";
            let reply = portal.ask("POST", path, &[("Host", host)], &form).await;
            let cookie = format!("JSESSIONID={}", reply.cookie()?);
            let path = "/ServicesPortal/api/currentPortal";
            Some(portal.ask("GET", path, &[("Cookie", &cookie)], "").await.text)
        }
    };
    assert_eq!(tenant("globex.localhost:1", "twin", "same").await.unwrap(), "<val>globex</val>");
    assert_eq!(tenant("acme.localhost", "twin", "same").await.unwrap(), "<val>acme</val>");
    assert_eq!(tenant("localhost", "twin", "same").await.unwrap(), "<val>acme</val>");
    assert_eq!(tenant("globex.localhost", "acme-admin", "acme-admin-password").await, None);
    portal.ctera().set_password("globex", "dana", "of-globex").unwrap();
    assert_eq!(tenant("localhost", "dana", "of-globex").await.unwrap(), "<val>globex</val>");
}

#[tokio::test]
async fn at_its_host_name_the_administrator_of_a_tenant_may_use_the_other_context() {
    let portal = Portal::start().await;
    let log_in = |host: &'static str, name: &'static str| {
        let form = format!("j_username={name}&j_password={name}-password");
        let portal = &portal;
        async move { portal.ask("POST", "/admin/api/login", &[("Host", host)], &form).await }
    };
    let reply = log_in("acme.localhost", "acme-admin").await;
    let cookie = format!("JSESSIONID={}", reply.cookie().unwrap());
    let current = portal.ask("GET", "/admin/api/currentPortal", &[("Cookie", &cookie)], "").await;
    assert_eq!(current.text, "<val>acme</val>");
    log_in("acme.localhost", "dana").await.refused(403);
    log_in("localhost", "acme-admin").await.refused(403);
    assert_eq!(log_in("acme.localhost", "admin").await.status, 200);
}

#[tokio::test]
async fn the_selection_can_change_behind_the_clients_back() {
    let portal = Portal::start().await;
    let (session, tenants) = (portal.log_in_to_acme().await, portal.log_in_as_tenant().await);
    portal.ctera().select_tenant("globex").unwrap();
    assert_eq!(session.get("/currentPortal").await.text, "<val>globex</val>");
    assert_eq!(tenants.get("/currentPortal").await.text, "<val>acme</val>");
    assert_eq!(
        portal.ctera().select_tenant("initech").unwrap_err().to_string(),
        "there is no tenant initech"
    );
}
