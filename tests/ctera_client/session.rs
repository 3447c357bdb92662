//! Sessions that end: one login for all, nothing lost, nothing done twice, and nobody followed.

use roster::remote::{Cause, Priority};
use roster::systems::ctera::{Absence, Place, UserEdit};
use secrecy::SecretString;
use tokio::task::JoinSet;

use crate::raw::{HTML, ok, redirect, refused, reply};
use crate::stage::{Stage, stage};
use crate::support::{ENTER, client_with, dana, entered, new_dana, page, row, word};

/// Answers every list, however often.
fn lists(stage: &Stage, count: usize) {
    stage.state().replies.extend((0..count).map(|_| page(&[row("4711", "dana")], false)));
}

#[tokio::test]
async fn twenty_callers_share_one_login() {
    let stage = stage([]).await;
    lists(&stage, 20);
    let client = client_with(&stage, |_| {});
    let mut callers = JoinSet::new();
    for number in 0..20 {
        let priority = [Priority::Urgent, Priority::Normal, Priority::Background][number % 3];
        let client = client.with_priority(priority);
        callers.spawn(async move { client.list_users(&Place::Local).await.unwrap().users.len() });
    }
    assert_eq!(callers.join_all().await, [1; 20]);
    assert_eq!(stage.state().logins, 1);
    assert_eq!(stage.take().len(), 26);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_dies_under_twenty_callers_costs_one_login() {
    for status in [0, 401, 403] {
        dies_under_twenty_callers(status).await;
    }
}

async fn dies_under_twenty_callers(status: u16) {
    let stage = stage([]).await;
    lists(&stage, 20);
    stage.state().dead = status;
    let client = entered(&stage).await;
    stage.kill_sessions();
    let mut callers = JoinSet::new();
    for _ in 0..20 {
        let client = client.clone();
        callers.spawn(async move { client.list_users(&Place::Local).await.unwrap().users.len() });
    }
    assert_eq!(callers.join_all().await, [1; 20]);
    assert_eq!(stage.state().logins, 2);
    let lines = stage.take();
    assert_eq!(lines.iter().filter(|line| *line == "PUT /currentPortal").count(), 1);
}

#[tokio::test]
async fn no_more_requests_are_under_way_than_the_session_may_have() {
    use roster::systems::ctera::Client;

    for (places, expected) in [(1, 1), (3, 3)] {
        let stage = stage([]).await;
        lists(&stage, 12);
        let (port, most) = crate::raw::slow(stage.port).await;
        let mut config = crate::support::config(port);
        config.max_in_flight = std::num::NonZeroUsize::new(places).unwrap();
        let client = Client::new(config, crate::support::budget()).unwrap();
        client.login().await.unwrap();
        let mut callers = JoinSet::new();
        for _ in 0..12 {
            let client = client.clone();
            callers.spawn(async move { client.list_users(&Place::Local).await.unwrap().pages });
        }
        assert_eq!(callers.join_all().await, [1; 12]);
        assert_eq!(most.load(std::sync::atomic::Ordering::SeqCst), expected);
    }
}

#[tokio::test]
async fn a_write_that_met_a_dead_session_is_sent_again_in_the_next_one() {
    let stage = stage([]).await;
    let client = entered(&stage).await;
    let password = SecretString::from("pw");
    for (line, location) in [
        ("POST /users add", "/ServicesPortal/login.html"),
        ("PUT /users/dana", "https://login.microsoftonline.com/x"),
        ("POST /users/dana delete", "http://127.0.0.1:1/elsewhere"),
        (" createApiKey", ""),
    ] {
        let headers = format!("Location: {location}\r\nSet-Cookie: JSESSIONID=bad; Path=/\r\n");
        stage.instead(line, reply("302 Found", &headers, "<val>x</val>"));
        let created = "<obj><att id=\"accessKey\"><val>a</val></att><att id=\"secretKey\"><val>b</val></att></obj>";
        let edit = UserEdit { email: Some("x"), ..UserEdit::default() };
        let (replies, done) = match line {
            "POST /users add" => ([ok("<val>x</val>"), ok(&row("4711", "dana"))].into(), 0),
            "PUT /users/dana" => ([ok(&dana()), ok(&dana())].into(), 1),
            "POST /users/dana delete" => ([ok(&dana()), ok("")].into(), 2),
            _ => ([ok(created)].into(), 3),
        };
        stage.state().replies = replies;
        let result = match done {
            0 => client.add_user(&new_dana(&password), Absence::Proven).await.map(drop),
            1 => client.edit_user("4711", "dana", &edit).await.map(drop),
            2 => client.delete_user(&Place::Local, "4711", "dana").await,
            _ => client.create_key("4711", &[]).await.map(drop),
        };
        assert_eq!(word(&result), "ok", "{line}");
        let requests = stage.requests();
        assert!(requests.iter().all(|request| request.cookie() != Some("JSESSIONID=bad")));
        let lines: Vec<_> = requests.iter().map(|request| request.line.clone()).collect();
        assert!(lines.iter().any(|line| line.ends_with("/login")), "{lines:?}");
        assert!(
            lines.iter().all(|line| !line.contains("elsewhere") && !line.contains("login.html"))
        );
        assert!(stage.state().replies.is_empty(), "{line}");
    }
}

#[tokio::test]
async fn a_session_that_ends_again_and_again_is_left_alone() {
    let stage = stage([redirect(), redirect()]).await;
    let client = entered(&stage).await;
    let error = client.list_users(&Place::Local).await.unwrap_err();
    assert_eq!(error.cause(), Cause::Unreachable);
    assert!(error.to_string().contains("the session ends again right after a login"), "{error}");
    assert_eq!(stage.state().logins, 2);
}

#[tokio::test]
async fn a_cookie_counts_only_with_a_login() {
    let stage = stage([]).await;
    let client = entered(&stage).await;
    let page = page(&[], false)
        .replace("\r\nContent", "\r\nSet-Cookie: JSESSIONID=bad; Path=/\r\nContent");
    stage.state().replies = [page.clone(), page].into();
    client.list_users(&Place::Local).await.unwrap();
    client.list_users(&Place::Local).await.unwrap();
    for request in stage.requests() {
        assert_eq!(request.cookie(), Some("JSESSIONID=c00kie1"));
    }
}

#[tokio::test]
async fn a_denial_costs_one_login_and_then_lasts() {
    for status in [401, 403] {
        let stage = stage([]).await;
        let client = entered(&stage).await;
        for round in 0..3 {
            stage.state().replies = (0..2).map(|_| refused(status, "no rights")).collect();
            let error = client.list_users(&Place::Local).await.unwrap_err();
            assert_eq!(error.cause(), Cause::Forbidden);
            assert!(error.to_string().contains("(no rights)"), "{error}");
            let lines = stage.take();
            let list = "POST /users query";
            if round == 0 {
                assert_eq!(lines[..2], [list, "POST /logout"]);
                assert_eq!(lines[2..8], ENTER);
                assert_eq!(lines[8..], [list]);
            } else {
                assert_eq!(lines, [list]);
            }
        }
    }
}

#[tokio::test]
async fn a_denial_that_another_login_heals_is_none() {
    let stage = stage([refused(401, "who?"), page(&[row("1", "a")], false)]).await;
    let client = entered(&stage).await;
    client.list_users(&Place::Local).await.unwrap();
    assert_eq!(stage.state().logins, 2);
}

#[tokio::test]
async fn a_denial_right_after_the_login_lasts_at_once() {
    let stage = stage([refused(403, "no")]).await;
    let client = client_with(&stage, |_| {});
    assert_eq!(word(&client.list_users(&Place::Local).await), "Forbidden");
    assert_eq!(stage.take()[6..], ["POST /users query"]);
}

#[tokio::test]
async fn a_denial_names_the_permission_that_is_needed() {
    let stage = stage([refused(403, "no"), refused(403, "no")]).await;
    let client = entered(&stage).await;
    let password = SecretString::from("pw");
    let error = client.add_user(&new_dana(&password), Absence::Proven).await.unwrap_err();
    assert_eq!(error.cause(), Cause::Forbidden);
    assert!(error.to_string().contains("perhaps canManageUsers (no)"), "{error}");
}

#[tokio::test]
async fn a_page_in_the_place_of_an_object_is_a_dead_session_or_nothing_at_all() {
    let stage = stage([ok(HTML), page(&[row("1", "a")], false)]).await;
    let client = entered(&stage).await;
    // The session is dead, which only the session itself tells.
    stage.instead("GET /currentSession", redirect());
    client.list_users(&Place::Local).await.unwrap();
    assert_eq!(stage.state().logins, 2);
    stage.take();

    for body in [HTML, "", "oops", "<val>x</val>", "{}"] {
        stage.state().replies = [ok(body)].into();
        assert_eq!(word(&client.list_users(&Place::Local).await), "Malformed", "{body}");
        assert_eq!(stage.take(), ["POST /users query", "GET /currentSession"]);
    }
}
