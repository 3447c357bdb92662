//! Creating exactly once.

use std::collections::BTreeSet;
use std::sync::Arc;

use roster::remote::{Cause, Priority};
use roster::sim::{Fault, FaultKind, FaultParameters, Running};
use roster::systems::dynect::Client;
use tokio::task::JoinSet;

use crate::support::{
    CUSTOMER, EDGE1, accounts, budget, client, client_with, config, create_edge2, endpoint,
    requests, simulator, word,
};

const LIST: &str = "GET UpdateUser/ success";

fn post_fault(kind: FaultKind) -> Fault {
    Fault::new(kind).method("POST").path("/REST/UpdateUser/")
}

fn failure(code: &str, executed: bool) -> FaultParameters {
    FaultParameters {
        code: Some(code.to_owned()),
        executed: Some(executed),
        ..FaultParameters::default()
    }
}

async fn logged_in() -> (Running, Client) {
    let simulator = simulator().await;
    let client = client(&simulator);
    client.login().await.unwrap();
    simulator.clear_journal();
    (simulator, client)
}

#[tokio::test]
async fn the_system_names_the_account() {
    let (simulator, client) = logged_in().await;
    let user = create_edge2(&client).await.unwrap();
    assert_eq!(user.user_name, "acme-edge2");
    assert!(simulator.password_is(CUSTOMER, "acme-edge2", "pw-2"));
}

#[tokio::test]
async fn a_taken_nickname_is_a_conflict_that_says_what_to_declare() {
    let (simulator, client) = logged_in().await;
    let error =
        client.create_update_user("edge1", &"pw".into(), &BTreeSet::new()).await.unwrap_err();
    assert_eq!(error.cause(), Cause::Conflict);
    assert!(error.to_string().contains("the nickname `edge1` is taken"), "{error}");
    assert!(error.to_string().contains("`userName` with `adoptionPolicy: IfExists`"), "{error}");
    assert_eq!(requests(&simulator), ["POST UpdateUser/ failure:TARGET_EXISTS"]);
}

#[tokio::test]
async fn empty_values_are_never_sent_because_the_system_would_make_some_up() {
    let (simulator, client) = logged_in().await;
    for (nickname, password) in [("", "pw"), ("edge2", "")] {
        let result = client.create_update_user(nickname, &password.into(), &BTreeSet::new()).await;
        assert_eq!(word(&result), "Rejected");
    }
    assert_eq!(requests(&simulator), [""; 0]);
}

#[tokio::test]
async fn a_creation_that_is_lost_twice_is_found_or_given_up_but_never_sent_a_third_time() {
    let (simulator, client) = logged_in().await;
    simulator.fault(post_fault(FaultKind::DropBefore));
    simulator.fault(post_fault(FaultKind::DropAfter));
    assert_eq!(create_edge2(&client).await.unwrap().user_name, "acme-edge2");
    let lost = ["POST UpdateUser/ dropped-before", LIST, "POST UpdateUser/ dropped-after", LIST];
    assert_eq!(requests(&simulator), lost);

    let (simulator, client) = logged_in().await;
    simulator.fault(post_fault(FaultKind::DropBefore).times(0));
    assert_eq!(word(&create_edge2(&client).await), "OutcomeUnknown");
    let lost = ["POST UpdateUser/ dropped-before", LIST, "POST UpdateUser/ dropped-before", LIST];
    assert_eq!(requests(&simulator), lost);
    assert_eq!(accounts(&simulator), [EDGE1]);
}

#[tokio::test]
async fn a_taken_nickname_on_the_second_try_means_looking_again() {
    // The first request was held up and executed after the look.
    let (simulator, client) = logged_in().await;
    simulator.fault(post_fault(FaultKind::DropBefore));
    simulator.fault(post_fault(FaultKind::Failure).with(failure("TARGET_EXISTS", true)));
    assert_eq!(create_edge2(&client).await.unwrap().user_name, "acme-edge2");

    // Somebody else took the nickname, and the account is nowhere to be seen.
    let (simulator, client) = logged_in().await;
    simulator.fault(post_fault(FaultKind::DropBefore));
    simulator.fault(post_fault(FaultKind::Failure).with(failure("TARGET_EXISTS", false)));
    let error = create_edge2(&client).await.unwrap_err();
    assert_eq!(error.cause(), Cause::OutcomeUnknown);
    assert!(error.to_string().contains("look for it at DynECT"), "{error}");
}

#[tokio::test]
async fn a_list_that_fails_after_a_lost_creation_leaves_it_open() {
    let (simulator, client) = logged_in().await;
    simulator.fault(post_fault(FaultKind::DropAfter));
    simulator.fault(Fault::new(FaultKind::PermissionDenied).method("GET"));
    assert_eq!(word(&create_edge2(&client).await), "OutcomeUnknown");
    assert_eq!(accounts(&simulator), [EDGE1, "acme-edge2"]);
}

#[tokio::test]
async fn somebody_elses_new_account_is_neither_taken_nor_doubled() {
    for (kind, expected) in
        [(FaultKind::DropBefore, "OutcomeUnknown"), (FaultKind::DropAfter, "ok")]
    {
        let (simulator, client) = logged_in().await;
        simulator.create_update_user(CUSTOMER, "other", "pw-other").unwrap();
        simulator.fault(post_fault(kind));
        let result = create_edge2(&client).await;
        assert_eq!(word(&result), expected);
        if let Ok(user) = result {
            assert_eq!(user.user_name, "acme-edge2");
        }
        let posts = requests(&simulator);
        assert_eq!(posts.iter().filter(|line| line.starts_with("POST")).count(), 1, "{posts:?}");
    }
}

#[tokio::test]
async fn an_account_that_we_made_a_moment_ago_is_not_the_lost_one() {
    let (simulator, client) = logged_in().await;
    let before = BTreeSet::from([EDGE1.to_owned()]);
    client.create_update_user("edge2", &"same".into(), &before).await.unwrap();
    simulator.fault(post_fault(FaultKind::DropBefore));
    let user = client.create_update_user("edge3", &"same".into(), &before).await.unwrap();
    assert_eq!(user.user_name, "acme-edge3");

    // After its removal its name may come back.
    client.delete("acme-edge2").await.unwrap();
    let before = BTreeSet::from([EDGE1.to_owned(), "acme-edge3".to_owned()]);
    simulator.fault(post_fault(FaultKind::DropAfter));
    let user = client.create_update_user("edge2", &"same".into(), &before).await.unwrap();
    assert_eq!(user.user_name, "acme-edge2");
}

#[tokio::test]
async fn without_passwords_in_the_list_each_new_account_is_read() {
    let (simulator, client) = logged_in().await;
    simulator.switch(|switches| switches.password_in_list = false);
    simulator.create_update_user(CUSTOMER, "other", "pw-other").unwrap();
    simulator.fault(post_fault(FaultKind::DropAfter));
    assert_eq!(create_edge2(&client).await.unwrap().user_name, "acme-edge2");
    let reads = ["GET UpdateUser/acme-edge2/ success", "GET UpdateUser/acme-other/ success"];
    let mut seen = requests(&simulator).split_off(2);
    seen.sort();
    assert_eq!(seen, reads);
}

#[tokio::test]
async fn without_any_password_to_read_a_lost_creation_stays_open() {
    let (simulator, client) = logged_in().await;
    simulator.switch(|switches| {
        switches.password_in_list = false;
        switches.password_in_get_one = false;
    });
    simulator.fault(post_fault(FaultKind::DropAfter));
    assert_eq!(word(&create_edge2(&client).await), "OutcomeUnknown");
}

#[tokio::test]
async fn many_unread_new_accounts_are_not_read_one_by_one() {
    let (simulator, client) = logged_in().await;
    simulator.switch(|switches| switches.password_in_list = false);
    for number in 0..21 {
        simulator.create_update_user(CUSTOMER, &format!("other{number}"), "pw").unwrap();
    }
    simulator.fault(post_fault(FaultKind::DropBefore));
    assert_eq!(word(&create_edge2(&client).await), "OutcomeUnknown");
    assert_eq!(requests(&simulator), ["POST UpdateUser/ dropped-before", LIST]);
}

#[tokio::test]
async fn a_nickname_that_is_shown_proves_without_any_password() {
    let (simulator, client) = logged_in().await;
    simulator.switch(|switches| {
        switches.nickname_in_replies = true;
        switches.password_in_list = false;
    });
    simulator.create_update_user(CUSTOMER, "other", "pw-2").unwrap();
    simulator.fault(post_fault(FaultKind::DropAfter));
    assert_eq!(create_edge2(&client).await.unwrap().user_name, "acme-edge2");

    // And proves that somebody else's account is not the one.
    simulator.fault(post_fault(FaultKind::DropBefore));
    let before = BTreeSet::from([EDGE1.to_owned()]);
    let user = client.create_update_user("edge3", &"pw-2".into(), &before).await.unwrap();
    assert_eq!(user.user_name, "acme-edge3");
}

#[tokio::test]
async fn nothing_is_proven_when_the_look_needed_a_fresh_login() {
    let (simulator, client) = logged_in().await;
    simulator.fault(post_fault(FaultKind::DropBefore));
    simulator.fault(Fault::new(FaultKind::ExpireSessions).method("GET"));
    assert_eq!(word(&create_edge2(&client).await), "OutcomeUnknown");
    assert_eq!(accounts(&simulator), [EDGE1]);

    // An account that is found needs no such proof.
    let (simulator, client) = logged_in().await;
    simulator.fault(post_fault(FaultKind::DropAfter));
    simulator.fault(Fault::new(FaultKind::ExpireSessions).method("GET"));
    assert_eq!(create_edge2(&client).await.unwrap().user_name, "acme-edge2");
}

#[tokio::test]
async fn creations_through_two_sessions_of_a_customer_do_not_confuse_each_other() {
    let simulator = simulator().await;
    let budget = budget();
    let port = simulator.dynect_address().port();
    let clients =
        [(); 2].map(|()| Client::new(config(endpoint(port)), Arc::clone(&budget)).unwrap());
    // Lost before it is executed, and then again after it.
    for kind in [FaultKind::DropBefore, FaultKind::DropAfter].repeat(5) {
        simulator.fault(post_fault(kind));
    }
    let mut creations = JoinSet::new();
    for number in 0..20 {
        let client = clients[number % 2].with_priority(Priority::Urgent);
        creations.spawn(async move {
            let nickname = format!("new{number}");
            let before = BTreeSet::from([EDGE1.to_owned()]);
            // The worst case: all have the same password.
            let user = client.create_update_user(&nickname, &"same".into(), &before).await.unwrap();
            assert_eq!(user.user_name, format!("acme-{nickname}"));
        });
    }
    creations.join_all().await;
    assert_eq!(accounts(&simulator).len(), 21);
    assert_eq!(simulator.open_sessions(), 2);
    assert!(simulator.journal().iter().all(|entry| !entry.overlapped));
}

#[tokio::test]
async fn a_system_that_cannot_be_reached_has_created_nothing() {
    let simulator = simulator().await;
    let client = client_with(&simulator, |config| config.endpoint.host = "localhost".to_owned());
    let port = simulator.dynect_address().port();
    simulator.shutdown().await;
    let error = create_edge2(&client).await.unwrap_err();
    assert_eq!(error.cause(), Cause::Unreachable);
    assert!(error.to_string().contains(&format!("no connection to localhost:{port}")), "{error}");
}
