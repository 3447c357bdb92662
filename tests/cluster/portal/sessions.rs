//! Who logs in to a portal, and which tenant it is about.

use serde_json::json;

use super::{ENTERING, OF_THE_TENANT, Portal, attribute, complete};
use crate::bench::SOON;
use crate::controlplane::wait_for;

#[tokio::test]
async fn administrators_of_the_system_and_of_a_tenant_manage_their_tenants_at_once() {
    let portal = Portal::start().await;
    let operator = portal.0.operator().await;
    let entering_globex = ENTERING.replace("acme", "globex");
    portal.0.apply(&portal.session("")).await;
    portal.0.apply(&portal.session_of("globex", "admin", &entering_globex, "")).await;
    portal.0.apply(&portal.session_of("own", "acme-admin", OF_THE_TENANT, "")).await;
    let at = |session: &str, name: &str| {
        complete(name, "").replace("name: acme\n", &format!("name: {session}\n"))
    };
    portal.0.apply(&(at("acme", "one") + &at("globex", "two") + &at("own", "three"))).await;
    for name in ["one", "two", "three"] {
        portal.ready(name).await;
    }
    let ctera = portal.ctera();
    for (tenant, name) in [("acme", "one"), ("globex", "two"), ("acme", "three")] {
        assert!(ctera.user(tenant, name).is_some(), "{tenant} {name}");
        let elsewhere = if tenant == "acme" { "globex" } else { "acme" };
        assert!(ctera.user(elsewhere, name).is_none(), "{elsewhere} {name}");
    }
    let own = portal.0.session_condition("own", "Ready", "True", "LoggedIn").await;
    assert_eq!(own.authenticated_as.as_deref(), Some("acme-admin"));
    assert!(own.server_version.is_some_and(|version| version.contains('.')));
    let logins = portal.calls().iter().filter(|call| call.starts_with("POST /login")).count();
    assert_eq!(logins, 3, "one for each session");
    operator.stop().await;
}

#[tokio::test]
async fn a_tenant_that_is_not_there_and_a_wrong_password_are_said_and_tried_no_more() {
    let portal = Portal::start().await;
    let operator = portal.0.operator().await;
    let nowhere = ENTERING.replace("acme", "nowhere");
    portal.0.apply(&portal.session_of("nowhere", "admin", &nowhere, "")).await;
    let wrong =
        portal.session_of("wrong", "admin", ENTERING, "").replace("admin-password", "guess");
    portal.0.apply(&wrong).await;
    portal.0.session_condition("wrong", "Ready", "False", "AuthenticationFailed").await;
    wait_for(SOON, "the unknown tenant is reported", async || {
        let session = portal.0.sessions().get("nowhere").await.unwrap();
        let conditions = session.status.unwrap_or_default().conditions;
        conditions.iter().any(|condition| {
            condition.type_ == "Ready"
                && condition.status == "False"
                && condition.message.contains("nowhere")
        })
    })
    .await;
    let refused = || {
        let journal = portal.ctera().journal();
        journal
            .iter()
            .filter(|call| call.path.ends_with("/login") && call.status == Some(403))
            .count()
    };
    assert_eq!(refused(), 1);
    portal.0.edit_secret("wrong-login", json!({ "password": "admin-password" })).await;
    portal.0.session_condition("wrong", "Ready", "True", "LoggedIn").await;
    assert_eq!(refused(), 1);
    operator.stop().await;
}

#[tokio::test]
async fn a_tenant_selected_behind_our_back_gets_nothing_and_the_right_one_everything() {
    let portal = Portal::start().await;
    let operator = portal.0.operator().await;
    portal.0.apply(&portal.session("  resyncInterval: 1s")).await;
    portal.0.apply(&complete("rina", "")).await;
    portal.ready("rina").await;
    let ctera = portal.ctera();
    // A namesake in the other tenant, as it would be met there.
    ctera.create_user("globex", "rina", None, attribute("email", "rina@example.com")).unwrap();
    let before =
        ctera.users().into_iter().filter(|user| user.tenant == "globex").collect::<Vec<_>>();
    ctera.select_tenant("globex").unwrap();
    portal.edit("rina", json!({ "spec": { "comment": "of acme" } })).await;
    portal.0.apply(&complete("second", "")).await;
    portal.ready("second").await;
    portal.ready("rina").await;
    ctera.select_tenant("globex").unwrap();
    portal
        .edit(
            "second",
            json!({ "spec": { "deletionPolicy": "Delete", "acknowledgeDataLoss": "second" } }),
        )
        .await;
    portal.delete("second").await;
    portal.gone("second").await;
    assert_eq!(portal.attributes("rina")["comment"], "of acme");
    assert!(ctera.user("acme", "second").is_none());
    let after =
        ctera.users().into_iter().filter(|user| user.tenant == "globex").collect::<Vec<_>>();
    assert_eq!(after, before);
    operator.stop().await;
}

#[tokio::test]
async fn a_session_that_the_portal_ended_is_opened_again_once() {
    let portal = Portal::start().await;
    let operator = portal.0.operator().await;
    portal.0.apply(&portal.session("")).await;
    let all: String = (0..8).map(|number| complete(&format!("user{number}"), "")).collect();
    portal.0.apply(&all).await;
    for number in 0..8 {
        portal.ready(&format!("user{number}")).await;
    }
    portal.ctera().kill_sessions();
    portal.0.simulator.clear_journal();
    for number in 0..8 {
        portal.edit(&format!("user{number}"), json!({ "spec": { "comment": "new" } })).await;
    }
    for number in 0..8 {
        portal.ready(&format!("user{number}")).await;
        assert_eq!(portal.attributes(&format!("user{number}"))["comment"], "new");
    }
    assert_eq!(portal.count("POST /login"), 1);
    operator.stop().await;
}
