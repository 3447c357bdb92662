//! What an observer and the history are told of the requests.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use roster::systems::ctera::{Absence, Place};
use roster::systems::{CallObserver, CallReport};

use crate::raw::{HTML, lost, ok, redirect, refused, reply};
use crate::stage::stage;
use crate::support::{client_with, new_dana, page, row};

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
            assert_eq!(report.system, "CTERA Portal");
            assert!(report.duration > Duration::ZERO && report.duration < Duration::from_mins(1));
            format!("{}: {}", report.operation, report.outcome.as_str())
        };
        reports.into_iter().map(words).collect()
    }
}

#[tokio::test]
async fn every_request_is_reported_once_with_what_became_of_it() {
    let stage = stage([page(&[row("1", "a")], false)]).await;
    let reports = Arc::new(Reports::default());
    let observer: Arc<dyn CallObserver> = reports.clone();
    let client = client_with(&stage, |config| config.observer = Some(observer));
    client.list_users(&Place::Local).await.unwrap();
    let mut expected = vec!["log in: ok"; 5];
    expected.extend(["read the version: ok", "list users: ok"]);
    assert_eq!(reports.take(), expected);

    for (trouble, expected) in [
        (lost(), &["Unreachable", "ok"][..]),
        (reply("503 Gone", "", ""), &["Unreachable", "ok"]),
        (reply("429 Slow", "", ""), &["Throttled", "ok"]),
        (ok(HTML), &["Malformed", "ok"]),
        (refused(404, "no"), &["NotFound"]),
    ] {
        stage.state().replies = [trouble, page(&[row("1", "a")], false)].into();
        let _ = client.list_users(&Place::Local).await;
        let expected: Vec<_> = expected.iter().map(|word| format!("list users: {word}")).collect();
        assert_eq!(reports.take(), expected);
    }

    stage.state().replies = [redirect(), page(&[row("1", "a")], false)].into();
    client.list_users(&Place::Local).await.unwrap();
    let lines = reports.take();
    assert_eq!((&*lines[0], &*lines[1]), ("list users: session-ended", "log in: ok"));

    stage.state().replies = [lost(), ok(&row("4711", "dana"))].into();
    client.add_user(&new_dana(&"pw".into()), Absence::Proven).await.unwrap();
    let expected = ["add a user: ok", "add a user: OutcomeUnknown", "find a user: ok"];
    assert_eq!(reports.take(), expected);
}

#[tokio::test]
async fn the_history_tells_what_was_asked_and_what_came_of_it() {
    let stage = stage([refused(400, "no"), refused(404, "no")]).await;
    let client = client_with(&stage, |config| {
        config.history_limit = 3;
        config.clock = || Timestamp::UNIX_EPOCH;
    });
    client.add_user(&new_dana(&"p4ss".into()), Absence::Proven).await.unwrap_err();
    let history = client.history();
    let lines: Vec<_> =
        history.iter().map(|entry| (&*entry.method, &*entry.path, entry.outcome)).collect();
    let expected = [
        ("POST", "/admin/api/users", "refused"),
        ("POST", "/admin/api/users/dana", "refused"),
        ("GET", "/admin/api/currentPortal", "success"),
    ];
    assert_eq!(lines, expected);
    assert!(history[0].arguments.contains("<att id=\"password\"><val>*****</val></att>"));
    assert_eq!(history[0].time, Timestamp::UNIX_EPOCH);
}
