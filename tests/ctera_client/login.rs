//! Logins: where, with what, and how often.

use roster::remote::Cause;
use roster::systems::ctera::{Client, Place, Scope};

use crate::raw::{HTML, lost, ok, redirect, refused, reply};
use crate::stage::{Stage, stage};
use crate::support::{client_with, page, word};

fn of_tenant(stage: &Stage) -> Client {
    client_with(stage, |config| config.scope = Scope::Tenant { tenant: "acme".to_owned() })
}

#[tokio::test]
async fn nothing_is_asked_before_it_is_needed() {
    let stage = stage([]).await;
    let client = client_with(&stage, |_| {});
    client.logout().await;
    assert_eq!((client.authenticated_as(), client.server_version()), (None, None));
    assert_eq!(client.known_permissions(), None);
    assert!(stage.take().is_empty());
}

#[tokio::test]
async fn a_tenants_administrator_is_let_in_at_the_tenants_own_context() {
    let stage = stage([]).await;
    stage.state().contexts = vec!["/ServicesPortal/api", "/admin/api"];
    "acme".clone_into(&mut stage.state().begins);
    of_tenant(&stage).login().await.unwrap();
    let expected = ["POST ~/login", "GET ~/currentSession", "GET ~/currentPortal", "GET ~/version"];
    assert_eq!(stage.take(), expected);
}

#[tokio::test]
async fn whoever_is_refused_there_is_tried_once_at_the_other_and_that_is_remembered() {
    for refusal in [
        refused(403, "no"),
        redirect(),
        ok("<val>Login succeed</val>"),
        reply("404 Not Found", "", HTML),
    ] {
        let stage = stage([]).await;
        let client = of_tenant(&stage);
        stage.instead("POST ~/login", refusal);
        client.login().await.unwrap();
        let mut expected = vec!["POST ~/login"];
        expected.extend(crate::support::ENTER);
        assert_eq!(stage.take(), expected);
        client.logout().await;
        client.login().await.unwrap();
        assert_eq!(stage.take()[1..], crate::support::ENTER);
    }
}

#[tokio::test]
async fn refused_credentials_are_not_tried_again() {
    let stage = stage([]).await;
    "another".clone_into(&mut stage.state().password);
    let client = of_tenant(&stage);
    for _ in 0..3 {
        let error = client.list_users(&Place::Local).await.unwrap_err();
        assert_eq!(error.cause(), Cause::Unauthorized);
        assert!(error.to_string().contains("Invalid user name or password"), "{error}");
    }
    assert_eq!(stage.take(), ["POST ~/login", "POST /login"]);
    let admin = client_with(&stage, |_| {});
    assert_eq!(word(&admin.login().await), "Unauthorized");
    assert_eq!(word(&admin.login().await), "Unauthorized");
    assert_eq!(stage.take(), ["POST /login"]);
}

#[tokio::test]
async fn a_portal_in_trouble_is_not_a_refusal() {
    for trouble in [reply("503 Gone", "", HTML), reply("500 Oops", "", ""), lost()] {
        let stage = stage([]).await;
        let client = client_with(&stage, |_| {});
        stage.instead("POST /login", trouble);
        client.login().await.unwrap();
        assert_eq!(stage.take()[..2], ["POST /login", "POST /login"]);
    }
    let stage = stage([]).await;
    let client = client_with(&stage, |_| {});
    stage.instead("POST /login", refused(500, "the database starts"));
    let error = client.login().await.unwrap_err();
    assert_eq!(error.cause(), Cause::Unreachable);
    assert!(error.to_string().contains("the database starts"), "{error}");
    client.login().await.unwrap();
}

#[tokio::test]
async fn where_there_is_no_portal_says_so() {
    let stage = stage([]).await;
    stage.instead("POST /login", reply("404 Not Found", "", HTML));
    let error = client_with(&stage, |_| {}).login().await.unwrap_err();
    assert_eq!(error.cause(), Cause::Unsupported);
}

#[tokio::test]
async fn the_administrators_of_the_whole_system_select_no_tenant() {
    let stage = stage([page(&[], false)]).await;
    let client = client_with(&stage, |config| config.scope = Scope::Global);
    client.list_users(&Place::Local).await.unwrap();
    let expected = [
        "POST /login",
        "GET /currentSession",
        "GET /currentPortal",
        "GET /version",
        "POST /users query",
    ];
    assert_eq!(stage.take(), expected);
}

#[tokio::test]
async fn a_session_without_a_name_and_a_version_without_a_number_do_no_harm() {
    let stage = stage([]).await;
    let client = client_with(&stage, |_| {});
    stage.instead("GET /currentSession", ok("<obj class=\"PortalSession\"/>"));
    stage.instead("GET /version", ok(HTML));
    client.login().await.unwrap();
    assert_eq!(client.authenticated_as().as_deref(), Some("root"));
    assert_eq!(client.server_version(), None);
}

#[tokio::test]
async fn a_session_that_cannot_say_who_it_is_is_not_used_and_ended() {
    let stage = stage([]).await;
    let client = client_with(&stage, |_| {});
    stage.instead("GET /currentSession", ok(HTML));
    assert_eq!(word(&client.login().await), "Malformed");
    assert_eq!(stage.take(), ["POST /login", "GET /currentSession", "POST /logout"]);
    assert!(stage.state().cookies.is_empty());
}

#[tokio::test]
async fn trouble_with_the_session_is_never_taken_for_an_answer_about_a_user() {
    for asked in ["GET /currentSession", "GET /currentPortal"] {
        for (reply, expected) in [
            (reply("404 Not Found", "", HTML), "Unsupported"),
            (refused(404, "no"), "Unsupported"),
            (refused(500, "no"), "Unreachable"),
            (refused(403, "no"), "Forbidden"),
            (redirect(), "Unreachable"),
        ] {
            let stage = stage([]).await;
            let client = client_with(&stage, |_| {});
            stage.instead(asked, reply);
            assert_eq!(word(&client.delete_user(&Place::Local, "4711", "dana").await), expected);
            let logins = |line: &&String| line.ends_with("/login");
            assert_eq!(stage.take().iter().filter(logins).count(), 1, "{asked} {expected}");
        }
    }
}

#[tokio::test]
async fn a_logout_ends_the_session_and_a_later_call_begins_another() {
    let stage = stage([page(&[], false)]).await;
    let client = client_with(&stage, |_| {});
    client.login().await.unwrap();
    client.login().await.unwrap();
    client.logout().await;
    client.logout().await;
    assert_eq!(stage.take()[6..], ["POST /logout"]);
    client.list_users(&Place::Local).await.unwrap();
    assert_eq!(stage.state().logins, 2);
}

#[tokio::test]
async fn configurations_that_cannot_work_are_refused_with_the_reason() {
    let text = |change: &dyn Fn(&mut roster::systems::ctera::Config)| {
        let mut config = crate::support::config(1);
        change(&mut config);
        Client::new(config, crate::support::budget()).unwrap_err().to_string()
    };
    assert_eq!(text(&|config| config.user_name.clear()), "the user name is empty");
    assert_eq!(text(&|config| config.password = "".into()), "the password is empty");
    let expected = "the previous password is empty";
    assert_eq!(text(&|config| config.previous_password = Some("".into())), expected);
    for scope in
        [Scope::Tenant { tenant: String::new() }, Scope::GlobalInto { tenant: String::new() }]
    {
        assert_eq!(text(&|config| config.scope = scope.clone()), "the tenant is empty");
    }
    let scope = Scope::Tenant { tenant: "a\nb".to_owned() };
    assert_eq!(text(&|config| config.scope = scope.clone()), "the tenant holds control characters");
    assert_eq!(text(&|config| config.endpoint.host.clear()), "the endpoint has no host");
}
