//! Update users: reading, changing, blocking, removing; and who may.

use roster::remote::Cause;
use roster::sim::{AccountState, Fault, FaultKind, FaultParameters, Running};
use roster::systems::dynect::{Client, LoginState};
use secrecy::ExposeSecret;

use crate::support::{
    CUSTOMER, EDGE1, EDGE1_PASSWORD, accounts, client, client_with, create_edge2, requests,
    simulator, word,
};

fn state(simulator: &Running) -> AccountState {
    simulator.ledger().accounts[0].state
}

async fn blocked(client: &Client) -> Option<LoginState> {
    client.list_update_users().await.unwrap()[0].status
}

#[tokio::test]
async fn a_user_is_shown_with_state_and_password() {
    let simulator = simulator().await;
    let client = client(&simulator);
    let listed = client.list_update_users().await.unwrap().remove(0);
    let read = client.update_user(EDGE1).await.unwrap();
    for user in [listed, read] {
        assert_eq!(user.user_name, EDGE1);
        assert_eq!(user.status, Some(LoginState::Active));
        assert_eq!(user.password.unwrap().expose_secret(), EDGE1_PASSWORD);
        assert_eq!(user.nickname, None);
    }
    let password = client.update_user_password(EDGE1).await.unwrap();
    assert_eq!(password.expose_secret(), EDGE1_PASSWORD);
}

#[tokio::test]
async fn a_user_is_changed_blocked_unblocked_and_removed() {
    let simulator = simulator().await;
    let client = client(&simulator);
    client.set_password(EDGE1, &"pw-9".into()).await.unwrap();
    assert!(simulator.password_is(CUSTOMER, EDGE1, "pw-9"));
    client.block(EDGE1).await.unwrap();
    assert_eq!(state(&simulator), AccountState::Blocked);
    assert_eq!(blocked(&client).await, Some(LoginState::Blocked));
    client.unblock(EDGE1).await.unwrap();
    assert_eq!(state(&simulator), AccountState::Active);
    client.delete(EDGE1).await.unwrap();
    assert_eq!(accounts(&simulator), [""; 0]);
    client.delete(EDGE1).await.unwrap();
}

#[tokio::test]
async fn a_user_that_is_not_there_is_not_found() {
    let simulator = simulator().await;
    let client = client(&simulator);
    assert_eq!(word(&client.update_user("nobody").await), "NotFound");
    assert_eq!(word(&client.update_user_password("nobody").await), "NotFound");
    assert_eq!(word(&client.set_password("nobody", &"pw".into()).await), "NotFound");
    assert_eq!(word(&client.block("nobody").await), "NotFound");
    assert_eq!(word(&client.unblock("nobody").await), "NotFound");
}

#[tokio::test]
async fn names_and_passwords_that_cannot_be_meant_are_not_sent() {
    let simulator = simulator().await;
    let client = client(&simulator);
    for name in ["", ".", ".."] {
        let error = client.delete(name).await.unwrap_err();
        assert_eq!(error.cause(), Cause::Rejected);
        assert!(error.to_string().contains(&format!("`{name}` cannot be the login name")));
    }
    assert_eq!(word(&client.set_password(EDGE1, &"".into()).await), "Rejected");
    assert_eq!(requests(&simulator), [""; 0]);
}

#[tokio::test]
async fn blocking_what_is_blocked_is_success_even_if_the_system_refuses_it() {
    for strict_reads in [false, true] {
        let simulator = simulator().await;
        let client = client(&simulator);
        simulator.switch(|switches| {
            switches.fail_on_repeated_block = true;
            switches.strict_get_one = strict_reads;
        });
        client.block(EDGE1).await.unwrap();
        client.block(EDGE1).await.unwrap();
        client.unblock(EDGE1).await.unwrap();
        client.unblock(EDGE1).await.unwrap();
        let account = simulator.ledger().accounts.remove(0);
        assert_eq!((account.blocks, account.unblocks), (1, 1));
    }
}

#[tokio::test]
async fn blocking_that_is_refused_for_another_reason_stays_refused() {
    let simulator = simulator().await;
    let client = client(&simulator);
    let refused =
        FaultParameters { code: Some("INVALID_DATA".to_owned()), ..FaultParameters::default() };
    for gone in [false, true] {
        if gone {
            simulator.delete_update_user(CUSTOMER, EDGE1).unwrap();
        }
        simulator.fault(Fault::new(FaultKind::Failure).method("PUT").with(refused.clone()));
        assert_eq!(word(&client.block(EDGE1).await), "Rejected");
    }
}

#[tokio::test]
async fn permissions_are_asked_for_once_per_login() {
    let simulator = simulator().await;
    let client = client(&simulator);
    for _ in 0..2 {
        assert!(client.permissions().await.unwrap().allows("UpdateUserAdd"));
    }
    client.logout().await;
    client.permissions().await.unwrap();
    let reports = requests(&simulator).into_iter().filter(|line| line.contains("Report"));
    assert_eq!(reports.count(), 2);
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let simulator = simulator().await;
    let client = client_with(&simulator, |config| {
        config.user_name = "helpdesk".to_owned();
        config.password = "helpdesk-password".into();
    });
    let permissions = client.permissions().await.unwrap();
    assert!(permissions.allows("UpdateUserUpdate"));
    assert!(!permissions.allows("UpdateUserAdd"));
    for status in [400, 403, 200] {
        simulator.switch(|switches| switches.permission_denied_status = status);
        let error = create_edge2(&client).await.unwrap_err();
        assert_eq!(error.cause(), Cause::Forbidden);
        assert!(error.to_string().contains("lacks the permission UpdateUserAdd"), "{error}");
        assert_eq!(word(&client.delete(EDGE1).await), "Forbidden");
    }
    client.block(EDGE1).await.unwrap();
}

#[tokio::test]
async fn a_session_that_stays_busy_is_left_for_a_fresh_one() {
    let simulator = simulator().await;
    let client = client(&simulator);
    client.login().await.unwrap();
    simulator.fault(Fault::new(FaultKind::JobBusy).times(4));
    assert_eq!(word(&client.list_update_users().await), "Busy");
    client.list_update_users().await.unwrap();
    assert_eq!(simulator.open_sessions(), 2);
}
