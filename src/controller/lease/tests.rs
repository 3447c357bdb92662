#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::test_api::{Line, TestApi};
use super::test_log::{keep_log, log};
use super::*;

const TIMING: LeaseTiming = LeaseTiming { duration: Duration::from_secs(15) };

/// A bit more than any request takes, and less than anything that is measured here.
const SOON: Duration = Duration::from_millis(100);

struct Candidate {
    leading: watch::Receiver<bool>,
    line: Arc<Mutex<Line>>,
    metrics: Metrics,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

fn candidate(api: &TestApi, identity: &str) -> Candidate {
    let (client, line) = api.client();
    let metrics = Metrics::new();
    let elector = Elector::new(client, "roster", "roster", identity, TIMING, metrics.clone());
    let (leading, stop) = (elector.leading(), CancellationToken::new());
    let task = tokio::spawn(elector.run(stop.clone()));
    Candidate { leading, line, metrics, stop, task }
}

impl Candidate {
    fn leads(&self) -> bool {
        *self.leading.borrow()
    }

    fn line(&self, line: Line) {
        *self.line.lock().unwrap() = line;
    }

    /// Waits until it leads or leads no more, and tells how long that took.
    async fn wait(&mut self, leads: bool, within: Duration) -> Duration {
        let begun = Instant::now();
        let changed = self.leading.wait_for(|now| *now == leads);
        timeout(within, changed).await.unwrap().unwrap();
        begun.elapsed()
    }
}

/// A lease of somebody who wrote it at a time that means nothing.
fn lease_of(holder: &str, seconds: i32, renewed: &str) -> Lease {
    let spec = LeaseSpec {
        holder_identity: Some(holder.to_owned()),
        lease_duration_seconds: Some(seconds),
        renew_time: Some(MicroTime(renewed.parse().unwrap())),
        lease_transitions: Some(4),
        ..LeaseSpec::default()
    };
    let metadata = ObjectMeta { name: Some("roster".to_owned()), ..ObjectMeta::default() };
    Lease { metadata, spec: Some(spec) }
}

#[tokio::test(start_paused = true)]
async fn of_two_candidates_one_leads_and_stays() {
    let api = TestApi::default();
    let (a, b) = (candidate(&api, "a"), candidate(&api, "b"));
    sleep(SOON).await;
    let first = a.leads();
    for _ in 0..600 {
        assert_eq!((a.leads(), b.leads()), (first, !first));
        sleep(SOON).await;
    }
    assert_eq!(api.holder().as_deref(), Some(if first { "a" } else { "b" }));
    let creates = api.requests().iter().filter(|request| request.starts_with("POST")).count();
    assert_eq!(creates, 2, "both tried, and the server refused one");
    let winner = if first { a } else { b };
    assert!(winner.metrics.encode().contains("roster_leader 1\n"));
    let writes = r#"roster_api_writes_total{kind="Lease",what="lease"} 21"#;
    let text = winner.metrics.encode();
    assert!(text.contains(writes), "one create and a renewal every 3 s: {text}");
}

#[tokio::test(start_paused = true)]
async fn of_two_that_find_the_lease_over_one_takes_it() {
    let api = TestApi::default();
    api.set(Some(lease_of("ghost", 15, "2020-01-01T00:00:00Z")));
    let (a, b) = (candidate(&api, "a"), candidate(&api, "b"));
    sleep(TIMING.duration + TIMING.renew_every() + SOON).await;
    assert!(a.leads() != b.leads());
    assert_eq!(api.lease().unwrap().spec.unwrap().lease_transitions, Some(5));
}

#[tokio::test(start_paused = true)]
async fn the_lease_of_another_is_over_after_its_whole_duration_by_the_own_clock() {
    for (seconds, renewed, expected) in [
        (15, "2020-01-01T00:00:00Z", 15),
        (15, "2099-01-01T00:00:00Z", 15),
        (60, "2020-01-01T00:00:00Z", 60),
        // Shorter than the own duration: the own one counts.
        (1, "2020-01-01T00:00:00Z", 15),
    ] {
        let api = TestApi::default();
        api.set(Some(lease_of("ghost", seconds, renewed)));
        let mut a = candidate(&api, "a");
        let waited = a.wait(true, Duration::from_mins(5)).await;
        let expected = Duration::from_secs(expected);
        assert!(waited >= expected, "{waited:?}");
        assert!(waited <= expected + TIMING.renew_every() + SOON, "{waited:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_renewal_of_another_counts_from_when_it_was_seen() {
    let api = TestApi::default();
    let a = candidate(&api, "a");
    for _ in 0..10 {
        api.set(Some(lease_of("ghost", 15, "2020-01-01T00:00:00Z")));
        sleep(Duration::from_secs(14)).await;
        assert!(!a.leads());
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_cut_off_stops_leading_before_another_one_begins() {
    for line in [Line::Down, Line::Deaf] {
        let api = TestApi::default();
        let mut a = candidate(&api, "a");
        a.wait(true, SOON).await;
        let mut b = candidate(&api, "b");
        sleep(Duration::from_secs(31)).await;
        assert!(a.leads() && !b.leads());
        a.line(line);
        let stepped_down = a.wait(false, TIMING.duration).await;
        assert!(stepped_down <= TIMING.step_down_after(), "{stepped_down:?}");
        let early = TIMING.step_down_after().saturating_sub(stepped_down);
        assert!(early <= TIMING.renew_every() + SOON, "{stepped_down:?}");
        assert!(!b.leads());
        a.line(Line::Down);
        let taken = b.wait(true, Duration::from_mins(1)).await;
        assert!(taken > TIMING.duration / 5, "{taken:?}");
        a.line(Line::Up);
        sleep(Duration::from_mins(1)).await;
        assert!(!a.leads() && b.leads());
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_shorter_than_that_is_survived() {
    let api = TestApi::default();
    let mut a = candidate(&api, "a");
    a.wait(true, SOON).await;
    for _ in 0..5 {
        a.line(Line::Down);
        sleep(Duration::from_secs(5)).await;
        a.line(Line::Up);
        sleep(Duration::from_secs(5)).await;
        assert!(!a.leading.has_changed().unwrap() && a.leads());
    }
}

#[tokio::test(start_paused = true)]
async fn who_stops_gives_the_lease_back_and_the_next_one_need_not_wait() {
    let api = TestApi::default();
    let mut a = candidate(&api, "a");
    a.wait(true, SOON).await;
    let mut b = candidate(&api, "b");
    sleep(Duration::from_secs(10)).await;
    a.stop.cancel();
    timeout(SOON, a.task).await.unwrap().unwrap();
    assert!(!*a.leading.borrow());
    assert_eq!(api.holder().as_deref(), Some(""));
    let waited = b.wait(true, TIMING.duration).await;
    assert!(waited <= TIMING.renew_every() + SOON, "{waited:?}");
    assert_eq!(api.holder().as_deref(), Some("b"));
}

#[tokio::test(start_paused = true)]
async fn who_stops_gives_nothing_back_that_is_not_his() {
    let api = TestApi::default();
    api.set(Some(lease_of("ghost", 15, "2020-01-01T00:00:00Z")));
    let a = candidate(&api, "a");
    sleep(SOON).await;
    a.stop.cancel();
    timeout(SOON, a.task).await.unwrap().unwrap();
    assert_eq!(api.holder().as_deref(), Some("ghost"));
}

#[tokio::test(start_paused = true)]
async fn who_stops_gives_back_a_lease_that_he_never_knew_to_have() {
    let api = TestApi::default();
    let a = candidate(&api, "a");
    a.line(Line::Deaf);
    sleep(Duration::from_secs(3)).await;
    assert!(!a.leads());
    // The look finds no lease, the create arrives, its reply does not.
    a.line(Line::Up);
    while api.requests().iter().filter(|request| request.starts_with("GET")).count() < 2 {
        sleep(Duration::from_millis(1)).await;
    }
    a.line(Line::Deaf);
    while api.holder().is_none() {
        sleep(Duration::from_millis(1)).await;
    }
    assert!(!a.leads());
    a.line(Line::Up);
    a.stop.cancel();
    timeout(SOON, a.task).await.unwrap().unwrap();
    assert_eq!(api.holder().as_deref(), Some(""));
}

#[tokio::test(start_paused = true)]
async fn an_unreachable_server_does_not_hold_up_the_end() {
    let api = TestApi::default();
    let mut a = candidate(&api, "a");
    a.wait(true, SOON).await;
    a.line(Line::Down);
    a.stop.cancel();
    timeout(TIMING.request_timeout() + SOON, a.task).await.unwrap().unwrap();
    assert!(!*a.leading.borrow());
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_is_edited_or_deleted_by_hand_is_renewed() {
    let api = TestApi::default();
    let mut a = candidate(&api, "a");
    a.wait(true, SOON).await;
    sleep(SOON).await;
    // The last one is edited again when it was read again, so its renewal waits for the next look.
    for edits in [1, 1, 2] {
        let before = api.requests().len();
        api.meddle(edits);
        sleep(TIMING.renew_every()).await;
        assert_eq!(api.requests().len() - before, 4, "read, refused, read, written or refused");
        assert!(a.leads());
    }
    api.set(None);
    sleep(TIMING.renew_every() * 2).await;
    assert!(!a.leading.has_changed().unwrap() && a.leads());
    assert_eq!(api.holder().as_deref(), Some("a"));
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_is_taken_by_force_is_lost() {
    let api = TestApi::default();
    let mut a = candidate(&api, "a");
    a.wait(true, SOON).await;
    api.set(Some(lease_of("ghost", 15, "2020-01-01T00:00:00Z")));
    a.wait(false, TIMING.renew_every() + SOON).await;
    assert_eq!(api.holder().as_deref(), Some("ghost"));
    assert!(a.metrics.encode().contains("roster_leader 0\n"));
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_may_not_be_read_is_tried_again_and_complained_of_once() {
    keep_log();
    let api = TestApi::default();
    let mut a = candidate(&api, "a");
    a.line(Line::Forbidden);
    sleep(Duration::from_mins(2)).await;
    assert!(api.requests().len() >= 40, "{}", api.requests().len());
    let text = log();
    assert_eq!(text.matches("is forbidden; grant get, create and update").count(), 1, "{text}");
    assert_eq!(text.matches("WARN").count(), 1, "{text}");
    a.line(Line::Up);
    a.wait(true, TIMING.renew_every() + SOON).await;
    assert_eq!(log().matches("can be read and written again").count(), 1, "{}", log());
    a.line(Line::Forbidden);
    a.wait(false, TIMING.duration).await;
    assert_eq!(log().matches("WARN").count(), 2, "{}", log());
}
