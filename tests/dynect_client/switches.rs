//! The places where the service varies, or where nobody knows what it does.

use std::collections::BTreeSet;
use std::time::Duration;

use roster::remote::Cause;
use roster::sim::{Fault, FaultKind, FaultParameters, Running, Switches};
use roster::systems::dynect::{Client, LoginState};
use secrecy::ExposeSecret;

use crate::support::{
    CUSTOMER, EDGE1, accounts, client, client_with, create_edge2, requests, simulator, word,
};

async fn with(change: impl FnOnce(&mut Switches)) -> (Running, Client) {
    let simulator = simulator().await;
    simulator.switch(change);
    let client = client(&simulator);
    (simulator, client)
}

/// Creates, changes, blocks, unblocks, removes.
async fn live(simulator: &Running, client: &Client) {
    create_edge2(client).await.unwrap();
    client.set_password("acme-edge2", &"pw-3".into()).await.unwrap();
    assert!(simulator.password_is(CUSTOMER, "acme-edge2", "pw-3"));
    client.block("acme-edge2").await.unwrap();
    assert_eq!(client.list_update_users().await.unwrap()[1].status, Some(LoginState::Blocked));
    client.unblock("acme-edge2").await.unwrap();
    assert_eq!(word(&create_edge2(client).await), "Conflict");
    client.delete("acme-edge2").await.unwrap();
    client.delete("acme-edge2").await.unwrap();
    assert_eq!(word(&client.update_user("acme-edge2").await), "NotFound");
    assert_eq!(accounts(simulator), [EDGE1]);
}

#[tokio::test]
async fn a_life_goes_well_whatever_the_replies_hold() {
    let changes: [fn(&mut Switches); 12] = [
        |_| {},
        |switches| switches.strict_nicknames = false,
        |switches| switches.strict_content_type = false,
        |switches| switches.missing_data_status = 404,
        |switches| switches.pin_source_address = true,
        |switches| switches.nickname_in_replies = true,
        |switches| switches.password_in_put_replies = false,
        |switches| switches.password_in_list = false,
        |switches| switches.strict_get_one = true,
        |switches| switches.detail_required = false,
        |switches| switches.failures_with_status_200 = true,
        |switches| switches.requests_per_connection = Some(1),
    ];
    for change in changes {
        let (simulator, client) = with(change).await;
        live(&simulator, &client).await;
        assert_eq!(simulator.open_sessions(), 1);
    }
}

#[tokio::test]
async fn what_a_reply_leaves_out_is_unknown() {
    let (_simulator, client) = with(|switches| switches.strict_get_one = true).await;
    let user = client.update_user(EDGE1).await.unwrap();
    assert_eq!(user.status, None);
    assert_eq!(user.password.unwrap().expose_secret(), "pw-1");

    let (_simulator, client) = with(|switches| {
        switches.password_in_list = false;
        switches.password_in_get_one = false;
        switches.nickname_in_replies = true;
    })
    .await;
    let user = client.update_user(EDGE1).await.unwrap();
    assert!(user.password.is_none());
    assert_eq!(user.nickname.as_deref(), Some("edge1"));
    assert!(client.list_update_users().await.unwrap()[0].password.is_none());
}

#[tokio::test]
async fn sessions_that_end_by_themselves_are_opened_again() {
    let changes: [fn(&mut Switches); 2] = [
        |switches| switches.inactivity_seconds = Some(60),
        |switches| switches.lifetime_seconds = Some(60),
    ];
    for change in changes {
        let (simulator, client) = with(change).await;
        client.login().await.unwrap();
        simulator.advance(Duration::from_secs(61));
        client.list_update_users().await.unwrap();
        let logins = requests(&simulator).into_iter().filter(|line| line.starts_with("POST"));
        assert_eq!(logins.count(), 2);
    }
}

#[tokio::test]
async fn a_session_that_is_kept_alive_does_not_time_out() {
    let (simulator, client) = with(|switches| switches.inactivity_seconds = Some(60)).await;
    client.login().await.unwrap();
    for _ in 0..3 {
        simulator.advance(Duration::from_secs(40));
        assert!(client.keep_alive().await.unwrap());
    }
    simulator.advance(Duration::from_secs(61));
    assert!(!client.keep_alive().await.unwrap());
}

#[tokio::test]
async fn a_session_that_ends_during_a_job_is_opened_again_and_the_job_found_or_given_up() {
    for readable in [true, false] {
        let (simulator, client) = with(|switches| switches.jobs_readable_by_user = readable).await;
        client.login().await.unwrap();
        simulator.clear_journal();
        simulator.fault(Fault::new(FaultKind::Job307));
        simulator.fault(Fault::new(FaultKind::ExpireSessions).path("/REST/Job"));
        client.set_password(EDGE1, &"pw-9".into()).await.unwrap();
        let puts = requests(&simulator).into_iter().filter(|line| line.starts_with("PUT"));
        assert_eq!(puts.count(), if readable { 1 } else { 2 });
    }
}

#[tokio::test]
async fn a_look_at_a_job_that_fails_is_repeated_and_the_request_is_not() {
    let no_lock = FaultParameters { seconds: Some(0), ..FaultParameters::default() };
    let kinds = [
        FaultKind::DropBefore,
        FaultKind::DropAfter,
        FaultKind::MaintenanceHtml,
        FaultKind::ServerError,
        FaultKind::Empty,
        FaultKind::JobBusy,
        FaultKind::JobRunning,
        FaultKind::BlockedByTask,
        FaultKind::FailureWithoutMsgs,
        FaultKind::RateLimit,
    ];
    for kind in kinds {
        let (simulator, client) = with(|_| {}).await;
        let polls = FaultParameters { polls: Some(3), ..FaultParameters::default() };
        simulator.fault(Fault::new(FaultKind::Job307).with(polls));
        simulator.fault(Fault::new(kind).path("/REST/Job").with(no_lock.clone()));
        client.set_password(EDGE1, &"pw-9".into()).await.unwrap();
        let puts = requests(&simulator).into_iter().filter(|line| line.starts_with("PUT"));
        assert_eq!(puts.count(), 1, "{kind:?}");
    }
}

#[tokio::test]
async fn the_limit_of_the_system_is_survived_without_losing_a_request() {
    let (simulator, client) = with(|switches| {
        switches.rate_limit_per_minute = Some(5);
        switches.rate_limit_lock_seconds = 0;
    })
    .await;
    for number in 0..8 {
        client.set_password(EDGE1, &format!("pw-{number}").into()).await.unwrap();
    }
    assert_eq!(simulator.ledger().accounts[0].password_changes, 8);
}

#[tokio::test]
async fn a_user_who_may_not_read_is_told_so() {
    let simulator = simulator().await;
    simulator.switch(|switches| switches.reads_need_permission = true);
    let client = client_with(&simulator, |config| {
        config.user_name = "guest".to_owned();
        config.password = "guest-password".into();
    });
    assert_eq!(word(&client.list_update_users().await), "Forbidden");
    assert_eq!(word(&client.update_user(EDGE1).await), "Forbidden");
}

#[tokio::test]
async fn a_nickname_that_the_system_does_not_take_is_refused_with_its_words() {
    let (simulator, client) = with(|switches| switches.strict_nicknames = true).await;
    let result = client.create_update_user("no spaces", &"pw".into(), &BTreeSet::new()).await;
    let error = result.unwrap_err();
    assert_eq!(error.cause(), Cause::Rejected);
    assert!(error.to_string().contains("the system refuses: nickname"), "{error}");
    assert_eq!(accounts(&simulator), [EDGE1]);
}

#[tokio::test]
async fn a_job_that_is_looked_at_too_early_is_looked_at_again() {
    let (simulator, client) = with(|switches| switches.job_poll_seconds = Some(1)).await;
    let done = FaultParameters { polls: Some(0), ..FaultParameters::default() };
    simulator.fault(Fault::new(FaultKind::Job307).with(done));
    client.set_password(EDGE1, &"pw-9".into()).await.unwrap();
    let puts = requests(&simulator).into_iter().filter(|line| line.starts_with("PUT"));
    assert_eq!(puts.count(), 1);
}

#[tokio::test]
async fn the_end_of_the_lock_is_waited_for_when_the_system_names_it() {
    let (simulator, client) = with(|switches| {
        switches.rate_limit_per_minute = Some(1);
        switches.rate_limit_lock_seconds = 1;
        switches.rate_limit_retry_after = true;
    })
    .await;
    client.list_update_users().await.unwrap();
    assert_eq!(
        requests(&simulator),
        ["POST Session/ success", "GET UpdateUser/ rate-limited", "GET UpdateUser/ success"]
    );
}
