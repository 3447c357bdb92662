//! The password of the session's own user.

use roster::remote::Cause;
use roster::systems::ctera::{Client, Config};

use crate::raw::{HTML, lost, ok, refused, reply};
use crate::stage::{Stage, stage};
use crate::support::{ENTER, client_with, whole};

const NEW: &str = "the-new-one";

/// A client whose declared password is newer than the portal's.
fn rotated(stage: &Stage, change: impl FnOnce(&mut Config)) -> Client {
    client_with(stage, |config| {
        config.password = NEW.into();
        config.previous_password = Some("s3cret".into());
        change(config);
    })
}

fn root() -> String {
    whole("1", "", "root")
}

/// Makes the new password the one that counts when it is sent.
fn obey(stage: &Stage) {
    let stage = stage.clone();
    tokio::spawn(async move {
        loop {
            let is_sent = stage
                .state()
                .requests
                .iter()
                .any(|request| request.line.starts_with("PUT /admin/api/users"));
            if is_sent {
                NEW.clone_into(&mut stage.state().password);
                return;
            }
            tokio::task::yield_now().await;
        }
    });
}

#[tokio::test]
async fn the_own_password_is_replaced_before_a_tenant_is_entered_and_proven_by_a_login() {
    let stage = stage([ok(&root()), ok("")]).await;
    obey(&stage);
    let client = rotated(&stage, |_| {});
    client.login().await.unwrap();
    let requests = stage.requests();
    let put = requests.iter().find(|request| request.line.starts_with("PUT /admin/api/users/root"));
    let expected = root()
        .replace("<att id=\"password\"/>", "<att id=\"password\"><val>the-new-one</val></att>");
    assert_eq!(put.unwrap().body, expected);
    let lines: Vec<_> =
        requests.iter().map(|request| request.line.replace("/admin/api", "")).collect();
    let before = [
        "POST /login",
        "POST /login",
        "GET /currentSession",
        "GET /users/root",
        "PUT /users/root",
        "POST /logout",
    ];
    assert_eq!(lines[..6], before);
    assert_eq!(lines[6..], ENTER);
    assert_eq!(stage.state().cookies.len(), 1);
}

#[tokio::test]
async fn a_client_that_changes_nothing_uses_the_previous_password_and_leaves_it() {
    let stage = stage([]).await;
    rotated(&stage, |config| config.keeps_own_password = true).login().await.unwrap();
    let lines = stage.take();
    assert_eq!(lines[0], "POST /login");
    assert_eq!(lines[1..], ENTER);
}

#[tokio::test]
async fn a_password_that_is_accepted_is_not_replaced() {
    let stage = stage([]).await;
    NEW.clone_into(&mut stage.state().password);
    rotated(&stage, |_| {}).login().await.unwrap();
    assert_eq!(stage.take(), ENTER);
}

#[tokio::test]
async fn two_refused_passwords_are_not_tried_again() {
    let stage = stage([]).await;
    let client = rotated(&stage, |config| config.previous_password = Some("older".into()));
    for _ in 0..2 {
        let error = client.login().await.unwrap_err();
        assert_eq!(error.cause(), Cause::Unauthorized);
        let text = "neither the password nor the previous one is accepted";
        assert!(error.to_string().contains(text), "{error}");
    }
    assert_eq!(stage.take(), ["POST /login", "POST /login"]);
}

#[tokio::test]
async fn a_password_that_the_portal_does_not_take_is_reported_once_and_the_session_ended() {
    for status in [400, 500] {
        let stage = stage([ok(&root()), refused(status, "`the-new-one` was used before")]).await;
        let client = rotated(&stage, |_| {});
        for _ in 0..2 {
            let error = client.login().await.unwrap_err();
            assert_eq!(error.cause(), Cause::Rejected);
            assert!(error.to_string().contains("cannot be replaced"), "{error}");
            assert!(error.to_string().contains("`*****` was used before"), "{error}");
        }
        assert!(stage.take().ends_with(&["PUT /users/root".to_owned(), "POST /logout".to_owned()]));
    }
}

#[tokio::test]
async fn a_change_whose_reply_is_lost_is_noticed_at_the_next_login() {
    for reply in [lost(), reply("503 Gone", "", ""), ok(HTML)] {
        let stage = stage([ok(&root()), reply]).await;
        obey(&stage);
        let client = rotated(&stage, |_| {});
        if client.login().await.is_err() {
            client.login().await.unwrap();
        }
        assert_eq!(stage.take().iter().filter(|line| line.starts_with("PUT /users")).count(), 1);
    }
}

#[tokio::test]
async fn a_new_password_that_does_not_work_after_all_is_reported_once() {
    let stage = stage([ok(&root()), ok("")]).await;
    let client = rotated(&stage, |_| {});
    for _ in 0..2 {
        let error = client.login().await.unwrap_err();
        assert_eq!(error.cause(), Cause::Unauthorized);
        assert!(error.to_string().contains("and then the new one was refused"), "{error}");
    }
    assert!(stage.take().ends_with(&["POST /logout".to_owned(), "POST /login".to_owned()]));
}

#[tokio::test]
async fn only_the_own_local_user_is_touched() {
    let stage = stage([ok(&whole("2", "", "somebody"))]).await;
    let error = rotated(&stage, |_| {}).login().await.unwrap_err();
    assert!(error.to_string().contains("the portal shows another user"), "{error}");
    let session = "<obj><att id=\"username\"><val>root</val></att><att id=\"domain\"><val>corp.example</val></att></obj>";
    stage.instead("GET /currentSession", ok(session));
    let error = rotated(&stage, |_| {}).login().await.unwrap_err();
    assert!(error.to_string().contains("from the directory `corp.example`"), "{error}");
    assert!(stage.take().iter().all(|line| !line.starts_with("PUT")));
}
