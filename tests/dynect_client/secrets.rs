//! What nobody may ever see.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;
use std::sync::Once;

use jiff::Timestamp;
use roster::sim::{Fault, FaultKind, FaultParameters};
use roster::systems::dynect::{Client, Config};
use tracing::Level;

use crate::raw::{LOGGED_IN, json, raw};
use crate::support::{
    EDGE1, EDGE1_PASSWORD, PASSWORD, budget, client_with, config, endpoint, simulator,
};

const MADE_UP: &str = "made-up-for-edge2";

thread_local! {
    /// What was logged on this thread, down to the last detail.
    static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Writes to the thread's log.
struct Log;

impl io::Write for Log {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        LOG.with_borrow_mut(|log| log.extend_from_slice(text));
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Logs for the whole process: a subscriber of one thread could miss what others met first.
fn begin_log() {
    static BEGUN: Once = Once::new();
    BEGUN.call_once(|| {
        tracing_subscriber::fmt().with_max_level(Level::TRACE).with_writer(|| Log).init();
    });
    LOG.take();
}

fn logged() -> String {
    String::from_utf8(LOG.take()).unwrap()
}

#[tokio::test]
async fn no_password_is_in_errors_history_debug_output_or_logs() {
    begin_log();
    let simulator = simulator().await;
    let client = client_with(&simulator, |config| config.history_limit = 100);
    let mut shown = vec![format!("{client:?}")];
    client.login().await.unwrap();
    shown.push(format!("{client:?} {:?}", client.list_update_users().await));
    // A system that repeats what it was sent, in a message that is shown.
    let info = format!("password: `{MADE_UP}` and {PASSWORD} are no good\u{7}\r\n");
    let echo = FaultParameters {
        code: Some("INVALID_DATA".to_owned()),
        info: Some(info),
        ..FaultParameters::default()
    };
    for work in ["create", "change"] {
        simulator.fault(Fault::new(FaultKind::Failure).with(echo.clone()));
        let error = match work {
            "create" => {
                let before = BTreeSet::new();
                client.create_update_user("edge2", &MADE_UP.into(), &before).await.unwrap_err()
            }
            _ => client.set_password(EDGE1, &MADE_UP.into()).await.unwrap_err(),
        };
        assert!(error.to_string().ends_with("password: `*****` and ***** are no good"), "{error}");
        shown.push(format!("{error} {error:?}"));
    }
    client.set_password(EDGE1, &MADE_UP.into()).await.unwrap();
    shown.push(format!("{:?}", client.history()));

    let logged = logged();
    assert!(logged.contains("change the password of an update user"), "{logged}");
    shown.push(logged);
    for text in shown {
        for secret in [PASSWORD, EDGE1_PASSWORD, MADE_UP] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}

#[tokio::test]
async fn no_token_is_in_errors_history_debug_output_or_logs() {
    begin_log();
    let echo = r#"{"status": "failure", "data": {}, "job_id": 3, "msgs": [{"INFO": "token: t0k/en= is odd", "ERR_CD": "INVALID_DATA", "LVL": "ERROR"}]}"#;
    let server = raw([json(LOGGED_IN), json(echo)]).await;
    let config = Config { history_limit: 9, ..config(endpoint(server.port)) };
    let client = Client::new(config, budget()).unwrap();
    let error = client.list_update_users().await.unwrap_err();
    assert!(error.to_string().ends_with("token: ***** is odd"), "{error}");
    assert!(server.requests()[1].contains("t0k/en="));
    let shown = format!("{error:?} {client:?} {:?} {}", client.history(), logged());
    assert!(!shown.contains("t0k/en="), "{shown}");
}

#[tokio::test]
async fn the_history_tells_what_was_asked_and_what_came_of_it() {
    let simulator = simulator().await;
    let client = client_with(&simulator, |config| {
        config.history_limit = 3;
        config.clock = || Timestamp::UNIX_EPOCH;
    });
    client.login().await.unwrap();
    simulator.fault(Fault::new(FaultKind::MaintenanceHtml));
    client.set_password(EDGE1, &MADE_UP.into()).await.unwrap();
    simulator.fault(Fault::new(FaultKind::PermissionDenied));
    client.list_update_users().await.unwrap_err();

    let history = client.history();
    let lines: Vec<_> = history
        .iter()
        .map(|entry| (&*entry.method, &*entry.path, &*entry.arguments, entry.outcome))
        .collect();
    let put = ("PUT", "/REST/UpdateUser/acme-edge1/", r#"{"password":"*****"}"#);
    assert_eq!(
        lines,
        [
            (put.0, put.1, put.2, "no reply of the API"),
            (put.0, put.1, put.2, "success"),
            ("GET", "/REST/UpdateUser/", r#"{"detail":"Y"}"#, "refused"),
        ]
    );
    assert_eq!(history[0].time, Timestamp::UNIX_EPOCH);
}
