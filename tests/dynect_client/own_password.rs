//! The password of the session's own user.

use roster::remote::Cause;
use roster::sim::{Fault, FaultKind, FaultParameters, Running};
use roster::systems::dynect::{Client, Config};

use crate::support::{
    CUSTOMER, OPERATOR, PASSWORD, client, client_with, requests, simulator, word,
};

const NEW: &str = "the-new-password";
const LOGIN: &str = "POST Session/ success";
const REFUSED: &str = "POST Session/ failure:INVALID_DATA";
const LOGOUT: &str = "DELETE Session/ success";

/// A client whose declared password is newer than the system's.
fn rotated(simulator: &Running, change: impl FnOnce(&mut Config)) -> Client {
    client_with(simulator, |config| {
        config.password = NEW.into();
        config.previous_password = Some(PASSWORD.into());
        change(config);
    })
}

#[tokio::test]
async fn the_own_password_is_replaced_when_only_the_previous_one_is_accepted() {
    let simulator = simulator().await;
    let client = rotated(&simulator, |_| {});
    assert_eq!(client.list_update_users().await.unwrap().len(), 1);
    let seen = [REFUSED, LOGIN, "PUT Password/ success", LOGIN, LOGOUT, "GET UpdateUser/ success"];
    assert_eq!(requests(&simulator), seen);
    assert!(simulator.login_password_is(CUSTOMER, OPERATOR, NEW));
    assert_eq!(simulator.open_sessions(), 1);
}

#[tokio::test]
async fn a_client_that_changes_nothing_uses_the_previous_password_and_leaves_it() {
    let simulator = simulator().await;
    let client = rotated(&simulator, |config| config.keeps_own_password = true);
    assert_eq!(client.list_update_users().await.unwrap().len(), 1);
    assert_eq!(requests(&simulator), [REFUSED, LOGIN, "GET UpdateUser/ success"]);
    assert!(simulator.login_password_is(CUSTOMER, OPERATOR, PASSWORD));
}

#[tokio::test]
async fn a_password_that_is_accepted_is_not_replaced() {
    let simulator = simulator().await;
    simulator.set_login_password(CUSTOMER, OPERATOR, NEW).unwrap();
    rotated(&simulator, |_| {}).login().await.unwrap();
    assert_eq!(requests(&simulator), [LOGIN]);
}

#[tokio::test]
async fn two_refused_passwords_are_not_tried_again() {
    let simulator = simulator().await;
    let client = rotated(&simulator, |config| config.previous_password = Some("older".into()));
    for _ in 0..2 {
        let error = client.login().await.unwrap_err();
        assert_eq!(error.cause(), Cause::Unauthorized);
        let text = "neither the password nor the previous one is accepted";
        assert!(error.to_string().contains(text), "{error}");
    }
    assert_eq!(requests(&simulator), [REFUSED, REFUSED]);
}

#[tokio::test]
async fn a_new_password_that_the_system_does_not_take_is_reported_once() {
    let simulator = simulator().await;
    let refused = FaultParameters {
        code: Some("INVALID_DATA".to_owned()),
        info: Some(format!("password: `{NEW}` is too short")),
        ..FaultParameters::default()
    };
    simulator.fault(Fault::new(FaultKind::Failure).path("/REST/Password").with(refused));
    let client = rotated(&simulator, |_| {});
    for _ in 0..2 {
        let error = client.login().await.unwrap_err();
        assert_eq!(error.cause(), Cause::Rejected);
        assert!(error.to_string().contains("cannot be replaced"), "{error}");
        assert!(error.to_string().contains("`*****` is too short"), "{error}");
    }
    let seen = [REFUSED, LOGIN, "PUT Password/ failure:INVALID_DATA", LOGOUT];
    assert_eq!(requests(&simulator), seen);
}

#[tokio::test]
async fn a_password_change_whose_reply_is_lost_is_noticed_at_the_next_login() {
    let simulator = simulator().await;
    simulator.fault(Fault::new(FaultKind::DropAfter).path("/REST/Password"));
    rotated(&simulator, |_| {}).login().await.unwrap();
    let seen = [REFUSED, LOGIN, "PUT Password/ dropped-after", LOGOUT, LOGIN];
    assert_eq!(requests(&simulator), seen);
}

#[tokio::test]
async fn a_new_password_that_does_not_work_after_all_is_reported_once() {
    let simulator = simulator().await;
    let info = "login: Credentials you entered did not match those in our database.";
    let refused = FaultParameters {
        code: Some("INVALID_DATA".to_owned()),
        info: Some(info.to_owned()),
        ..FaultParameters::default()
    };
    let fault = Fault::new(FaultKind::Failure).path("/REST/Session").method("POST");
    simulator.fault(fault.skip(2).with(refused));
    let client = rotated(&simulator, |_| {});
    for _ in 0..2 {
        let error = client.login().await.unwrap_err();
        assert_eq!(error.cause(), Cause::Unauthorized);
        assert!(error.to_string().contains("and then the new one was refused"), "{error}");
    }
    let seen = [REFUSED, LOGIN, "PUT Password/ success", REFUSED, LOGOUT];
    assert_eq!(requests(&simulator), seen);
}

#[tokio::test]
async fn a_changed_own_password_is_used_for_later_logins() {
    let simulator = simulator().await;
    let client = client(&simulator);
    client.change_own_password(&NEW.into()).await.unwrap();
    assert!(client.is_alive().await.unwrap());
    client.logout().await;
    client.login().await.unwrap();
    let result = client.change_own_password(&"".into()).await;
    assert_eq!(word(&result), "Rejected");
}
