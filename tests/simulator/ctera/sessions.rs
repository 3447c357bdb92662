//! Logging in and out, and how sessions end.

use std::time::Duration;

use roster::sim::ctera::DeadSession;

use super::support::Portal;

#[tokio::test]
async fn a_login_sets_a_cookie_for_its_context_and_only_over_tls_a_secure_one() {
    let portal = Portal::start().await;
    for (context, name) in [("admin", "admin"), ("ServicesPortal", "acme-admin")] {
        let reply = portal.try_log_in(context, name, &format!("{name}-password")).await;
        assert_eq!((reply.status, &*reply.text), (200, "<val>Login succeed</val>"));
        let cookie = reply.header("set-cookie").unwrap();
        let id = reply.cookie().unwrap();
        assert_eq!(cookie, format!("JSESSIONID={id}; Path=/{context}; HttpOnly"));
    }
}

#[tokio::test]
async fn a_login_with_anything_wrong_is_forbidden_and_opens_no_session() {
    let portal = Portal::start().await;
    for (context, name, password) in [
        ("admin", "admin", "wrong"),
        ("admin", "nobody", "admin-password"),
        ("admin", "acme-admin", "acme-admin-password"),
        ("ServicesPortal", "admin", "admin-password"),
        ("ServicesPortal", "acme-admin", ""),
    ] {
        let reply = portal.try_log_in(context, name, password).await;
        assert_eq!(reply.refused(403), "Invalid user name or password");
        assert_eq!(reply.cookie(), None);
    }
    let reply = portal.ask("POST", "/admin/api/login", &[], "").await;
    reply.refused(403);
    assert_eq!(portal.ctera().sessions(), []);
}

#[tokio::test]
async fn names_and_passwords_in_a_form_are_utf_8() {
    let portal = Portal::start().await;
    portal
        .ctera()
        .create_user("acme", "dän a", Some("p&=%ß+"), super::support::map(serde_json::json!({})))
        .unwrap();
    portal.log_in_as("ServicesPortal", "dän a", "p&=%ß+").await;
}

#[tokio::test]
async fn a_session_says_who_it_is_and_where() {
    let portal = Portal::start().await;
    let session = portal.log_in().await;
    let reply = session.get("/currentSession").await;
    assert!(reply.text.starts_with("<obj class=\"PortalSession\">"), "{}", reply.text);
    assert_eq!(reply.att("username").unwrap(), "admin");
    assert_eq!(reply.att("role").unwrap(), "ReadWriteAdmin");
    assert_eq!(reply.att("idleTimeout").unwrap(), "30");
    assert!(reply.has_null("domain"));
    assert!(reply.header("x-ctera-token").is_some());
    assert_eq!(session.get("/currentPortal").await.text, "<val/>");
    assert_eq!(session.get("/version").await.text, "<val>8.1.1417.24</val>");

    let session = portal.log_in_as_tenant().await;
    assert_eq!(session.get("/currentPortal").await.text, "<val>acme</val>");
    let reference = session.get("/currentSession").await.att("userRef").unwrap();
    assert!(reference.ends_with("/acme/PortalUser/acme-admin"), "{reference}");
}

#[tokio::test]
async fn startup_and_public_info_need_no_session() {
    let portal = Portal::start().await;
    let reply = portal.ask("GET", "/admin/startup", &[], "").await;
    assert_eq!((reply.status, &*reply.att("status").unwrap()), (200, "Started"));
    for context in ["admin", "ServicesPortal"] {
        let path = format!("/{context}/public/publicInfo");
        let reply = portal.ask("GET", &path, &[], "").await;
        assert_eq!(reply.att("hasWebSSO").unwrap(), "false");
        assert!(reply.att("name").is_some() && reply.att("version").is_some());
    }
}

#[tokio::test]
async fn without_a_live_session_of_the_context_everything_redirects_to_the_login_page() {
    let portal = Portal::start().await;
    let session = portal.log_in().await;
    portal.ask("GET", "/admin/api/users", &[], "").await.leads_to_login();
    let invented = [("Cookie", "a=b; JSESSIONID=0123")];
    let reply = portal.ask("GET", "/admin/api/nothing", &invented, "").await;
    reply.leads_to_login();
    assert_ne!(reply.cookie().unwrap(), "0123");
    let of_another = [("Cookie", &*format!("JSESSIONID={}", session.cookie))];
    portal.ask("GET", "/ServicesPortal/api/version", &of_another, "").await.leads_to_login();
    assert_eq!(session.get("/version").await.status, 200);
    let fresh = [("Cookie", &*format!("JSESSIONID={}", reply.cookie().unwrap()))];
    portal.ask("GET", "/admin/api/users", &fresh, "").await.leads_to_login();
}

#[tokio::test]
async fn a_logout_ends_one_session_and_no_other() {
    let portal = Portal::start().await;
    let (first, second) = (portal.log_in().await, portal.log_in().await);
    first.send("POST", "/logout", "").await.is_empty();
    first.send("POST", "/logout", "").await.leads_to_login();
    assert_eq!(second.get("/currentSession").await.status, 200);
    assert_eq!(portal.ctera().sessions().len(), 1);
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_and_each_request_prolongs_it() {
    let portal = Portal::start().await;
    let session = portal.log_in().await;
    for _ in 0..3 {
        portal.running.advance(Duration::from_mins(29));
        assert_eq!(session.get("/version").await.status, 200);
    }
    portal.running.advance(Duration::from_mins(30));
    session.get("/version").await.leads_to_login();

    portal.ctera().switch(|switches| switches.idle_timeout_seconds = 90);
    let session = portal.log_in().await;
    assert_eq!(session.get("/currentSession").await.att("idleTimeout").unwrap(), "2");
    portal.running.advance(Duration::from_secs(91));
    session.get("/version").await.leads_to_login();
}

#[tokio::test]
async fn all_sessions_can_be_killed_and_dead_ones_be_answered_in_other_ways() {
    let portal = Portal::start().await;
    let session = portal.log_in().await;
    portal.ctera().kill_sessions();
    let delete = session.call("/users/dana", "delete", "<val>true</val>");
    delete.await.leads_to_login();
    let answer = |way| {
        portal.ctera().switch(|switches| switches.dead_session = way);
        session.get("/version")
    };
    let reply = answer(DeadSession::OtherPage).await;
    assert_eq!((reply.status, reply.header("location")), (302, Some("/admin/login.html")));
    // Whoever follows finds a page and no error.
    let page = portal.ask("GET", "/admin/login.html", &[], "").await;
    assert_eq!(page.status, 200);
    assert!(page.text.starts_with("<html>"));
    answer(DeadSession::Unauthorized).await.refused(401);
    let reply = answer(DeadSession::Html).await;
    assert_eq!(reply.status, 200);
    assert!(reply.text.starts_with("<html>") && reply.cookie().is_some());
}

#[tokio::test]
async fn who_is_disabled_inactive_or_deleted_cannot_sign_in_and_loses_its_sessions() {
    let portal = Portal::start().await;
    let sign_in = async |name: &str| {
        portal.try_log_in("ServicesPortal", name, &format!("{name}-password")).await.status
    };
    assert_eq!(sign_in("dana").await, 200);
    assert_eq!(sign_in("fay").await, 403);
    let session = portal.log_in_as("ServicesPortal", "erez", "erez-password").await;
    let attributes = super::support::map(serde_json::json!({"accountStatus": "inactive"}));
    portal.ctera().set_attributes("acme", "erez", attributes).unwrap();
    assert_eq!(sign_in("erez").await, 403);
    session.get("/version").await.leads_to_login();
    portal.ctera().delete_user("acme", "dana").unwrap();
    // The one of the other tenant has another password.
    portal.ctera().set_password("globex", "dana", "other").unwrap();
    assert_eq!(sign_in("dana").await, 403);
}
