//! Requests that the system turns into jobs.

use std::time::Duration;

use roster::sim::{Fault, FaultKind};

use crate::support::{client_with, simulator, word};
use crate::work::{ALL, REPEATABLE, Work, check};

#[tokio::test]
async fn a_job_is_followed_and_its_request_is_never_sent_again() {
    let kinds = [
        (FaultKind::Job307, "job"),
        (FaultKind::Job307Absolute, "job"),
        (FaultKind::Incomplete, "incomplete"),
    ];
    for (kind, running) in kinds {
        let (begun, polled) = (format!("! {running}"), format!("GET Job/N/ {running}"));
        for work in ALL {
            let expected = [&begun, &polled, "GET Job/N/ success"];
            check(work, Fault::new(kind), "ok", &expected).await;
        }
    }
}

#[tokio::test]
async fn a_job_on_another_host_is_not_followed() {
    for work in REPEATABLE {
        check(work, Fault::new(FaultKind::Job307Foreign), "Malformed", &["! job"]).await;
    }
    // The session is busy with the job, so the look takes a fresh one.
    let expected = ["! job", "POST Session/ success", "GET UpdateUser/ success"];
    check(Work::Create, Fault::new(FaultKind::Job307Foreign), "ok", &expected).await;
}

#[tokio::test]
async fn a_lost_job_is_a_lost_reply() {
    let fault = Fault::new(FaultKind::JobLost);
    let lost = ["! job", "GET Job/N/ failure:NOT_FOUND"];
    let then = |last| [lost.as_slice(), &[last]].concat();
    check(Work::List, fault.clone(), "ok", &then("! success")).await;
    check(Work::Password, fault.clone(), "ok", &then("! success")).await;
    check(Work::Delete, fault.clone(), "ok", &then("! failure:NOT_FOUND")).await;
    check(Work::Create, fault, "ok", &then("GET UpdateUser/ success")).await;
}

#[tokio::test]
async fn a_failed_job_counts_like_the_failure_itself() {
    let fault = Fault::new(FaultKind::JobFailed);
    let failed = ["! job", "GET Job/N/ job", "GET Job/N/ job-failed"];
    for work in REPEATABLE {
        let expected = [failed.as_slice(), &["! success"]].concat();
        check(work, fault.clone(), "ok", &expected).await;
    }
    let expected = [failed.as_slice(), &["GET UpdateUser/ success", "! success"]].concat();
    check(Work::Create, fault, "ok", &expected).await;
}

#[tokio::test]
async fn a_job_that_never_ends_is_named_and_left_with_its_session() {
    for work in ALL {
        let simulator = simulator().await;
        let client = client_with(&simulator, |config| {
            config.pace.job_total = Duration::from_millis(100);
        });
        client.login().await.unwrap();
        simulator.fault(Fault::new(FaultKind::JobStuck));
        let error = work.run(&client).await.unwrap_err();
        let chain = format!("{error} {:?}", std::error::Error::source(&error));
        assert!(chain.contains("still runs after"), "{chain}");
        let expected = if work == Work::Create { "OutcomeUnknown" } else { "Unreachable" };
        assert_eq!(word::<()>(&Err(error)), expected);

        client.list_update_users().await.unwrap();
        assert_eq!(simulator.open_sessions(), 2);
    }
}
