//! What the client makes of a portal in trouble, a gateway, and a limit.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use roster::remote::{Budget, BudgetLimits, Cause};
use roster::systems::ctera::{Client, Place};

use crate::raw::{HTML, lost, ok, refused, reply};
use crate::stage::stage;
use crate::support::{client_with, config, entered, page, row, word};

#[tokio::test]
async fn a_read_is_repeated_as_often_as_it_may_be() {
    let stage = stage([]).await;
    let client = entered(&stage).await;
    for trouble in [
        lost(),
        reply("502 Bad Gateway", "", HTML),
        reply("503 Gone", "", ""),
        reply("504 Late", "", ""),
        reply("500 Oops", "", HTML),
    ] {
        stage.state().replies =
            (0..3).map(|_| trouble.clone()).chain([page(&[row("1", "a")], false)]).collect();
        assert_eq!(word(&client.list_users(&Place::Local).await), "ok");
        assert_eq!(stage.take().len(), 4);
        stage.state().replies = (0..4).map(|_| trouble.clone()).collect();
        assert_eq!(word(&client.list_users(&Place::Local).await), "Unreachable");
        assert_eq!(stage.take().len(), 4);
    }
}

#[tokio::test]
async fn a_portal_that_is_not_there_is_unreachable() {
    let closed =
        std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let client = Client::new(config(closed), crate::support::budget()).unwrap();
    let error = client.list_users(&Place::Local).await.unwrap_err();
    assert_eq!(error.cause(), Cause::Unreachable);
    assert!(error.to_string().contains("no connection to 127.0.0.1:"), "{error}");
}

#[tokio::test]
async fn what_the_portal_refuses_is_not_asked_again() {
    let stage = stage([]).await;
    let client = entered(&stage).await;
    for status in [400, 405, 409, 412, 422, 500] {
        stage.state().replies = [refused(status, "no &amp; never")].into();
        let error = client.domains().await.unwrap_err();
        assert_eq!(error.cause(), Cause::Rejected, "{status}");
        assert!(error.to_string().ends_with("the portal refuses: no & never"), "{error}");
        assert_eq!(stage.take(), ["GET /domains"]);
    }
}

#[tokio::test]
async fn a_reply_without_end_and_one_without_limit_are_cut() {
    let stage = stage([ok(&"x".repeat(9 << 20))]).await;
    let client = entered(&stage).await;
    let error = client.list_users(&Place::Local).await.unwrap_err();
    assert_eq!(error.cause(), Cause::Malformed);
    assert!(error.to_string().contains("larger than"), "{error}");

    let endless = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<val>".to_owned();
    stage.state().replies = [endless].into();
    let client = client_with(&stage, |config| config.pace.deadline = Duration::from_millis(200));
    let error = client.domains().await.unwrap_err();
    assert_eq!(error.cause(), Cause::Unreachable);
}

#[tokio::test]
async fn the_wait_that_the_portal_asks_for_is_kept_by_all_sessions_of_the_tenant() {
    let hours = reply("429 Slow", "Retry-After: 7200\r\n", "");
    let stage = stage([hours]).await;
    let requests_per_minute = NonZeroU32::new(1_000_000).unwrap();
    let budget = Arc::new(Budget::new(BudgetLimits { requests_per_minute }));
    let one = Client::new(config(stage.port), Arc::clone(&budget)).unwrap();
    let other = Client::new(config(stage.port), Arc::clone(&budget)).unwrap();
    one.login().await.unwrap();
    other.login().await.unwrap();
    stage.take();
    for client in [&one, &other] {
        let error = client.list_users(&Place::Local).await.unwrap_err();
        let Cause::Throttled { wait: Some(wait) } = error.cause() else { panic!("{error}") };
        // The portal asked for two hours; an hour is the most that is believed.
        assert!((3590..=3600).contains(&wait.as_secs()), "{wait:?}");
    }
    assert_eq!(stage.take(), ["POST /users query"]);
}

#[tokio::test]
async fn throttling_is_waited_out_a_few_times() {
    let second = reply("429 Slow", "Retry-After: 1\r\n", "");
    let stage = stage([second, page(&[], false)]).await;
    let client = entered(&stage).await;
    let begun = Instant::now();
    client.list_users(&Place::Local).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(1));
    stage.take();
    stage.state().replies = (0..3).map(|_| reply("429 Slow", "", "")).collect();
    assert_eq!(word(&client.list_users(&Place::Local).await), "Throttled");
    assert_eq!(stage.take().len(), 3);
}
