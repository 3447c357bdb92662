use std::collections::BTreeSet;
use std::time::Duration;

use super::super::call::Call;
use super::super::config::Pace;
use super::super::envelope::data;
use super::super::users::{Permissions, Report};
use super::super::{Client, failure};
use crate::remote::Cause;
use crate::systems::failures::Failure;

fn permissions(json: &str) -> Permissions {
    data::<Report>(format!(r#"{{"data": {json}}}"#).as_bytes()).unwrap().into()
}

#[test]
fn permissions_are_read_by_name_and_administrators_have_all() {
    let some = permissions(
        r#"{"admin_override": "0", "allowed": [{"name": "UpdateUserAdd", "zone": [], "reason": []}], "forbidden": []}"#,
    );
    assert_eq!(some.names, BTreeSet::from(["UpdateUserAdd".to_owned()]));
    assert!(some.allows("UpdateUserAdd") && !some.allows("UpdateUserDelete"));
    for flag in [r#""1""#, "1", "true"] {
        let all = permissions(&format!(r#"{{"admin_override": {flag}, "allowed": null}}"#));
        assert!(all.allows("UpdateUserDelete"), "{flag}");
    }
    for json in ["{}", r#"{"admin_override": null}"#, r#"{"admin_override": "yes"}"#] {
        assert_eq!(permissions(json), Permissions::default(), "{json}");
    }
}

#[test]
fn the_waits_of_a_blocked_request_are_those_of_the_vendors_library() {
    let call = Call::new("try", http::Method::POST, "/").not_repeatable();
    let mut patience = Pace::default().patience();
    for seconds in [1, 3, 7, 15, 31] {
        let wait = patience.after(Failure::Blocked("task_name: X".to_owned()), call.asked());
        assert_eq!(wait.unwrap(), Duration::from_secs(seconds));
    }
    let error =
        patience.after(Failure::Blocked("task_name: X".to_owned()), call.asked()).unwrap_err();
    assert_eq!(error.cause(), Cause::Busy);
    assert!(error.to_string().contains("(task_name: X)"), "{error}");
}

#[test]
fn waits_after_a_lost_connection_grow_and_vary_and_end() {
    let call = Call::new("try", http::Method::GET, "/");
    let mut patience = Pace::default().patience();
    for least in [500, 1000, 2000] {
        let wait = patience.after(Failure::unclear("lost"), call.asked()).unwrap();
        let least = Duration::from_millis(least);
        assert!((least..=least * 2).contains(&wait), "{wait:?}");
    }
    let error = patience.after(Failure::unclear("lost"), call.asked()).unwrap_err();
    assert_eq!((error.cause(), error.detail()), (Cause::Unreachable, "lost"));
}

#[test]
fn a_request_that_may_not_be_repeated_is_not() {
    let call = Call::new("try", http::Method::POST, "/").not_repeatable();
    let mut patience = Pace::default().patience();
    let error = patience.after(Failure::unclear("lost"), call.asked()).unwrap_err();
    assert_eq!(error.cause(), Cause::OutcomeUnknown);
    let error = failure("try", Cause::Rejected, "no");
    let error = patience.after(Failure::Final(error), call.asked()).unwrap_err();
    assert_eq!(error.cause(), Cause::Rejected);
}

/// Work on a client may move between threads.
#[test]
fn calls_can_be_spawned() {
    fn assert_send<T: Send>(_: &T) {}
    fn check(client: &Client, password: &secrecy::SecretString) {
        let before = BTreeSet::new();
        assert_send(&client.login());
        assert_send(&client.logout());
        assert_send(&client.is_alive());
        assert_send(&client.permissions());
        assert_send(&client.list_update_users());
        assert_send(&client.block("acme-edge1"));
        assert_send(&client.create_update_user("edge1", password, &before));
    }
    let _ = check;
}
