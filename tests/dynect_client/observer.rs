//! What an observer is told of the requests.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use roster::sim::{Fault, FaultKind};
use roster::systems::{CallObserver, CallReport};

use crate::support::{client_with, create_edge2, requests, simulator};
use crate::work::no_lock;

#[derive(Debug, Default)]
struct Reports(Mutex<Vec<CallReport>>);

impl CallObserver for Reports {
    fn called(&self, call: &CallReport) {
        self.0.lock().unwrap().push(*call);
    }
}

impl Reports {
    /// The reports since the last time, as words.
    fn take(&self) -> Vec<String> {
        let reports = std::mem::take(&mut *self.0.lock().unwrap());
        let words = |report: CallReport| {
            assert_eq!(report.system, "DynECT");
            assert!(report.duration > Duration::ZERO && report.duration < Duration::from_mins(1));
            format!("{}: {}", report.operation, report.outcome.as_str())
        };
        reports.into_iter().map(words).collect()
    }
}

#[tokio::test]
async fn every_request_is_reported_once_with_what_became_of_it() {
    let simulator = simulator().await;
    let reports = Arc::new(Reports::default());
    let observer: Arc<dyn CallObserver> = reports.clone();
    let client = client_with(&simulator, |config| config.observer = Some(observer));
    client.list_update_users().await.unwrap();
    assert_eq!(reports.take(), ["log in: ok", "list update users: ok"]);

    for (kind, expected) in [
        (FaultKind::Job307, &["running", "running", "ok"][..]),
        (FaultKind::RateLimit, &["Throttled", "ok"]),
        (FaultKind::JobBusy, &["Busy", "ok"]),
        (FaultKind::BlockedByTask, &["Busy", "ok"]),
        (FaultKind::DropBefore, &["Unreachable", "ok"]),
        (FaultKind::MaintenanceHtml, &["Unreachable", "ok"]),
        (FaultKind::PermissionDenied, &["Forbidden"]),
        (FaultKind::Job307Foreign, &["Malformed"]),
    ] {
        simulator.clear_journal();
        client.login().await.unwrap();
        reports.take();
        simulator.fault(Fault::new(kind).with(if kind == FaultKind::RateLimit {
            no_lock()
        } else {
            roster::sim::FaultParameters::default()
        }));
        let _ = client.list_update_users().await;
        let expected: Vec<_> =
            expected.iter().map(|word| format!("list update users: {word}")).collect();
        assert_eq!(reports.take(), expected, "{kind:?}: {:?}", requests(&simulator));
    }

    client.login().await.unwrap();
    reports.take();
    simulator.fault(Fault::new(FaultKind::ExpireSessions));
    client.list_update_users().await.unwrap();
    let expected = ["list update users: session-ended", "log in: ok", "list update users: ok"];
    assert_eq!(reports.take(), expected);
}

#[tokio::test]
async fn a_lost_reply_to_what_must_not_be_repeated_leaves_the_outcome_unknown() {
    let simulator = simulator().await;
    let reports = Arc::new(Reports::default());
    let observer: Arc<dyn CallObserver> = reports.clone();
    let client = client_with(&simulator, |config| config.observer = Some(observer));
    client.login().await.unwrap();
    reports.take();
    simulator.fault(Fault::new(FaultKind::DropAfter));
    create_edge2(&client).await.unwrap();
    assert_eq!(reports.take()[0], "create an update user: OutcomeUnknown");
}
