//! The request limit of a customer, as the system enforces it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use roster::remote::Cause;
use roster::sim::{Fault, FaultKind, FaultParameters};
use roster::systems::dynect::Client;

use crate::support::{budget, client_with, config, endpoint, requests, simulator};

#[tokio::test]
async fn two_sessions_of_a_customer_stop_together_when_one_is_throttled() {
    let simulator = simulator().await;
    let budget = budget();
    let port = simulator.dynect_address().port();
    let one = Client::new(config(endpoint(port)), Arc::clone(&budget)).unwrap();
    let other = Client::new(config(endpoint(port)), Arc::clone(&budget)).unwrap();
    one.login().await.unwrap();
    other.login().await.unwrap();
    let hours = FaultParameters { retry_after_seconds: Some(7200), ..FaultParameters::default() };
    simulator.fault(Fault::new(FaultKind::RateLimit).with(hours));
    simulator.clear_journal();
    for client in [&one, &other] {
        let error = client.list_update_users().await.unwrap_err();
        let Cause::Throttled { wait: Some(wait) } = error.cause() else { panic!("{error}") };
        // The system asked for two hours; an hour is the most that is believed.
        assert!((3590..=3600).contains(&wait.as_secs()), "{wait:?}");
    }
    assert_eq!(requests(&simulator), ["GET UpdateUser/ rate-limited"]);
}

#[tokio::test]
async fn the_wait_that_the_system_asks_for_is_kept() {
    let simulator = simulator().await;
    let client = client_with(&simulator, |config| {
        config.pace.throttle_pause = Duration::from_mins(10);
    });
    client.login().await.unwrap();
    let second = FaultParameters { retry_after_seconds: Some(1), ..FaultParameters::default() };
    simulator.fault(Fault::new(FaultKind::RateLimitPlain).with(second));
    let begun = Instant::now();
    client.list_update_users().await.unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(1));
}
