//! Sessions: one login for all, and none too many.

use roster::remote::{Cause, Priority};
use roster::sim::{Fault, FaultKind, FaultParameters};
use tokio::task::JoinSet;

use crate::support::{EDGE1, OPERATOR, client, client_with, requests, simulator, word};

const LOGIN: &str = "POST Session/ success";
const REFUSED: &str = "POST Session/ failure:INVALID_DATA";
const LOGOUT: &str = "DELETE Session/ success";

#[tokio::test]
async fn nothing_is_asked_before_it_is_needed() {
    let simulator = simulator().await;
    let client = client(&simulator);
    assert!(!client.is_alive().await.unwrap());
    assert!(!client.keep_alive().await.unwrap());
    client.logout().await;
    assert_eq!((client.authenticated_as(), client.server_version()), (None, None));
    assert_eq!(requests(&simulator), [""; 0]);
}

#[tokio::test]
async fn twenty_callers_share_one_login_and_never_overlap() {
    let simulator = simulator().await;
    let client = client(&simulator);
    let mut callers = JoinSet::new();
    for number in 0..20 {
        let priority = match number % 3 {
            0 => Priority::Urgent,
            1 => Priority::Normal,
            _ => Priority::Background,
        };
        let client = client.with_priority(priority);
        callers.spawn(async move { client.update_user(EDGE1).await.unwrap().user_name });
    }
    assert_eq!(callers.join_all().await, [EDGE1; 20]);
    assert_eq!(requests(&simulator).iter().filter(|line| *line == LOGIN).count(), 1);
    assert!(simulator.journal().iter().all(|entry| !entry.overlapped));
}

#[tokio::test]
async fn a_session_that_dies_under_twenty_callers_costs_one_login() {
    let simulator = simulator().await;
    let client = client(&simulator);
    client.login().await.unwrap();
    simulator.kill_sessions();
    let mut callers = JoinSet::new();
    for _ in 0..20 {
        let client = client.clone();
        callers.spawn(async move { client.list_update_users().await.unwrap().len() });
    }
    assert_eq!(callers.join_all().await, [1; 20]);
    assert_eq!(requests(&simulator).iter().filter(|line| *line == LOGIN).count(), 2);
}

#[tokio::test]
async fn a_login_tells_who_and_with_what_version_until_the_logout() {
    let simulator = simulator().await;
    let client = client(&simulator);
    client.login().await.unwrap();
    client.login().await.unwrap();
    assert!(client.is_alive().await.unwrap());
    assert!(client.keep_alive().await.unwrap());
    assert_eq!(client.authenticated_as().as_deref(), Some(OPERATOR));
    assert!(client.server_version().is_some());
    client.logout().await;
    client.logout().await;
    assert_eq!(client.authenticated_as(), None);
    let seen = [LOGIN, "GET Session/ success", "PUT Session/ success", LOGOUT];
    assert_eq!(requests(&simulator), seen);
    assert_eq!(simulator.open_sessions(), 0);
    client.list_update_users().await.unwrap();
}

#[tokio::test]
async fn a_logout_ends_no_other_session_and_survives_a_dead_one() {
    let simulator = simulator().await;
    let (mine, other) = (client(&simulator), client(&simulator));
    mine.login().await.unwrap();
    other.login().await.unwrap();
    mine.logout().await;
    assert!(other.is_alive().await.unwrap());
    simulator.kill_sessions();
    other.logout().await;
    assert_eq!(other.authenticated_as(), None);
}

#[tokio::test]
async fn a_session_that_timed_out_is_not_alive() {
    let simulator = simulator().await;
    let client = client(&simulator);
    for method in ["GET", "PUT"] {
        client.login().await.unwrap();
        simulator.kill_sessions();
        let alive =
            if method == "GET" { client.is_alive().await } else { client.keep_alive().await };
        assert!(!alive.unwrap());
        assert_eq!(client.authenticated_as(), None);
    }
}

#[tokio::test]
async fn looking_at_the_session_survives_a_lost_connection() {
    let simulator = simulator().await;
    let client = client(&simulator);
    client.login().await.unwrap();
    simulator.fault(Fault::new(FaultKind::DropBefore).path("/REST/Session").method("PUT"));
    assert!(client.keep_alive().await.unwrap());
}

#[tokio::test]
async fn refused_credentials_are_tried_once_and_reported_to_everyone() {
    let simulator = simulator().await;
    let client = client_with(&simulator, |config| config.password = "wrong".into());
    let mut callers = JoinSet::new();
    for _ in 0..5 {
        let client = client.clone();
        callers.spawn(async move { client.list_update_users().await.unwrap_err() });
    }
    for error in callers.join_all().await {
        assert_eq!(error.cause(), Cause::Unauthorized);
        assert_eq!(
            error.to_string(),
            "DynECT: cannot log in: the system refuses: login: Credentials you entered did not match those in our database. Please try again"
        );
    }
    assert_eq!(word(&client.login().await), "Unauthorized");
    assert_eq!(requests(&simulator), [REFUSED]);
}

#[tokio::test]
async fn a_login_waits_where_any_request_would_and_then_succeeds() {
    let at_login = |kind| Fault::new(kind).path("/REST/Session").method("POST");
    let no_lock = FaultParameters { seconds: Some(0), ..FaultParameters::default() };
    let faults = [
        at_login(FaultKind::DropBefore),
        at_login(FaultKind::DropAfter),
        at_login(FaultKind::MaintenanceHtml),
        at_login(FaultKind::Empty),
        at_login(FaultKind::ServerError),
        at_login(FaultKind::JobBusy),
        at_login(FaultKind::BlockedByTask),
        at_login(FaultKind::RateLimit).with(no_lock),
    ];
    for fault in faults {
        let simulator = simulator().await;
        let client = client(&simulator);
        let case = format!("{fault:?}");
        simulator.fault(fault.clone());
        client.login().await.expect(&case);
        simulator.fault(fault);
        client.logout().await;
        // A request that needs the login first is sent once: the trouble was not its own.
        client.set_password(EDGE1, &"pw".into()).await.expect(&case);
        let puts = requests(&simulator).into_iter().filter(|line| line.starts_with("PUT"));
        assert_eq!(puts.count(), 1, "{case}");
    }
}

#[tokio::test]
async fn a_login_that_fails_for_good_says_why() {
    for (code, expected) in [
        ("MISSING_DATA", "Rejected"),
        ("PERMISSION_DENIED", "Forbidden"),
        ("INVALID_VERSION", "Unsupported"),
        ("INTERNAL_ERROR", "Unreachable"),
    ] {
        let simulator = simulator().await;
        let client = client(&simulator);
        let code = FaultParameters { code: Some(code.to_owned()), ..FaultParameters::default() };
        simulator.fault(Fault::new(FaultKind::Failure).path("/REST/Session").times(0).with(code));
        assert_eq!(word(&client.list_update_users().await), expected);
    }
}

#[tokio::test]
async fn a_login_that_lacks_a_permission_may_be_tried_again() {
    let simulator = simulator().await;
    let client = client(&simulator);
    simulator.fault(Fault::new(FaultKind::PermissionDenied).path("/REST/Session"));
    assert_eq!(word(&client.login().await), "Forbidden");
    client.login().await.unwrap();
}
