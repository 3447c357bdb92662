//! Every fault that the simulator can make, but for jobs, against the four ways to call.

use std::time::Duration;

use roster::sim::{Fault, FaultKind, FaultParameters};

use crate::support::{client, client_with, simulator};
use crate::work::{ALL, REPEATABLE, Work, check, check_with, executed, no_lock};

#[tokio::test]
async fn a_dead_token_costs_one_login_and_one_repetition_of_any_request() {
    let kinds = [FaultKind::ExpireSessions, FaultKind::InactivityLogout, FaultKind::IpMismatch];
    for kind in kinds {
        for work in ALL {
            let expected = ["! failure:INVALID_DATA", "POST Session/ success", "! success"];
            check(work, Fault::new(kind), "ok", &expected).await;
        }
    }
}

#[tokio::test]
async fn a_token_that_dies_right_after_the_login_is_reported_and_not_chased() {
    for work in ALL {
        let fault = Fault::new(FaultKind::IpMismatch).times(0);
        let expected =
            ["! failure:INVALID_DATA", "POST Session/ success", "! failure:INVALID_DATA"];
        check(work, fault, "Unreachable", &expected).await;
    }
}

#[tokio::test]
async fn what_was_refused_before_it_was_executed_is_sent_again_after_a_pause() {
    let kinds = [
        (FaultKind::RateLimit, "! rate-limited"),
        (FaultKind::RateLimitPlain, "! rate-limited"),
        (FaultKind::RateLimit200, "! rate-limited"),
        (FaultKind::BlockedByTask, "! failure:ILLEGAL_OPERATION"),
        (FaultKind::BlockedByTaskWithoutId, "! failure:ILLEGAL_OPERATION"),
        (FaultKind::JobBusy, "! failure:OPERATION_FAILED"),
        (FaultKind::JobBusy200, "! failure:OPERATION_FAILED"),
        (FaultKind::JobRunning, "! running"),
    ];
    for (kind, refused) in kinds {
        let is_limit = refused.ends_with("rate-limited");
        let parameters = if is_limit { no_lock() } else { FaultParameters::default() };
        for work in ALL {
            let fault = Fault::new(kind).with(parameters.clone());
            check(work, fault, "ok", &[refused, "! success"]).await;
        }
    }
}

#[tokio::test]
async fn refusals_without_end_are_given_up_in_bounded_time_and_nothing_is_executed() {
    let forever = |kind| Fault::new(kind).times(0).with(no_lock());
    for work in ALL {
        let busy = ["! failure:OPERATION_FAILED"; 4];
        check(work, Fault::new(FaultKind::JobBusy).times(0), "Busy", &busy).await;
        // The steps of 1, 3, 7, 15 and 31 s lie between six tries.
        let blocked = ["! failure:ILLEGAL_OPERATION"; 6];
        check(work, Fault::new(FaultKind::BlockedByTask).times(0), "Busy", &blocked).await;
        check(work, forever(FaultKind::RateLimit), "Throttled", &["! rate-limited"; 3]).await;
    }
}

#[tokio::test]
async fn a_request_lost_before_it_was_executed_is_repeated_and_a_creation_only_after_looking() {
    let not_executed = FaultParameters::default();
    let kinds = [
        (FaultKind::DropBefore, not_executed.clone(), "! dropped-before"),
        (FaultKind::MaintenanceHtml, not_executed.clone(), "! html-503"),
        (FaultKind::NotFoundHtml, not_executed.clone(), "! html-404"),
        (FaultKind::ServerError, not_executed.clone(), "! failure:INTERNAL_ERROR"),
        (FaultKind::ServiceUnavailable, not_executed.clone(), "! failure:SERVICE_UNAVAILABLE"),
        (FaultKind::UnknownError, not_executed.clone(), "! failure:UNKNOWN_ERROR"),
        (FaultKind::Failure, not_executed.clone(), "! failure:UNKNOWN_ERROR"),
        (FaultKind::FailureWithoutMsgs, not_executed, "! failure"),
        (FaultKind::Empty, executed(false), "! empty"),
        (FaultKind::Truncate, executed(false), "! truncated"),
    ];
    for (kind, parameters, lost) in kinds {
        let fault = Fault::new(kind).with(parameters);
        for work in REPEATABLE {
            check(work, fault.clone(), "ok", &[lost, "! success"]).await;
        }
        let looked = [lost, "GET UpdateUser/ success", "! success"];
        check(Work::Create, fault, "ok", &looked).await;
    }
}

#[tokio::test]
async fn a_request_lost_after_it_was_executed_is_not_done_twice() {
    let kinds = [
        (FaultKind::DropAfter, "! dropped-after"),
        (FaultKind::Truncate, "! truncated"),
        (FaultKind::Empty, "! empty"),
        (FaultKind::MaintenanceHtml, "! html-503"),
        (FaultKind::NotFoundHtml, "! html-404"),
        (FaultKind::ServerError, "! failure:INTERNAL_ERROR"),
        (FaultKind::ServiceUnavailable, "! failure:SERVICE_UNAVAILABLE"),
        (FaultKind::UnknownError, "! failure:UNKNOWN_ERROR"),
        (FaultKind::Failure, "! failure:UNKNOWN_ERROR"),
        (FaultKind::FailureWithoutMsgs, "! failure"),
    ];
    for (kind, lost) in kinds {
        let fault = match kind {
            FaultKind::DropAfter => Fault::new(kind),
            _ => Fault::new(kind).with(executed(true)),
        };
        check(Work::List, fault.clone(), "ok", &[lost, "! success"]).await;
        check(Work::Password, fault.clone(), "ok", &[lost, "! success"]).await;
        check(Work::Delete, fault.clone(), "ok", &[lost, "! failure:NOT_FOUND"]).await;
        check(Work::Create, fault, "ok", &[lost, "GET UpdateUser/ success"]).await;
    }
}

#[tokio::test]
async fn losses_without_end_are_given_up() {
    for work in REPEATABLE {
        let fault = Fault::new(FaultKind::DropBefore).times(0);
        check(work, fault, "Unreachable", &["! dropped-before"; 4]).await;
    }
    let fault = Fault::new(FaultKind::DropBefore).times(0);
    let looks = ["GET UpdateUser/ dropped-before"; 4];
    let expected = [&["! dropped-before"], looks.as_slice()].concat();
    check(Work::Create, fault, "OutcomeUnknown", &expected).await;
}

#[tokio::test]
async fn verdicts_are_final() {
    let kinds = [
        (FaultKind::PermissionDenied, "Forbidden", "! failure:PERMISSION_DENIED"),
        (FaultKind::InvalidVersion, "Unsupported", "! failure:INVALID_VERSION"),
        (FaultKind::Deprecated, "Unsupported", "! failure:DEPRECATED_REQUEST"),
        (FaultKind::ArrayWrapped, "Rejected", "! failure:INVALID_DATA"),
    ];
    for (kind, cause, request) in kinds {
        for work in ALL {
            check(work, Fault::new(kind), cause, &[request]).await;
        }
    }
    let codes = [
        ("INVALID_DATA", "Rejected"),
        ("MISSING_DATA", "Rejected"),
        ("INVALID_REQUEST", "Rejected"),
        ("ILLEGAL_OPERATION", "Rejected"),
        ("TARGET_EXISTS", "Conflict"),
    ];
    for (code, cause) in codes {
        let parameters =
            FaultParameters { code: Some(code.to_owned()), ..FaultParameters::default() };
        for work in ALL {
            let fault = Fault::new(FaultKind::Failure).with(parameters.clone());
            check(work, fault, cause, &[&format!("! failure:{code}")]).await;
        }
    }
}

#[tokio::test]
async fn keys_that_nobody_knows_do_no_harm() {
    for work in ALL {
        check(work, Fault::new(FaultKind::UnknownKeys), "ok", &["! success"]).await;
    }
}

#[tokio::test]
async fn replies_that_do_not_end_are_cut_at_the_deadline() {
    let never = FaultParameters { millis: Some(60_000), ..FaultParameters::default() };
    for (kind, outcome) in [(FaultKind::Slow, "! success"), (FaultKind::Endless, "! endless")] {
        for work in ALL {
            let simulator = simulator().await;
            let client = client_with(&simulator, |config| {
                config.pace.deadline = Duration::from_millis(400);
            });
            let fault = Fault::new(kind).with(never.clone());
            // The creation was executed, and looking finds the account.
            let (result, expected) = match work {
                Work::Create => ("ok", vec![outcome, "GET UpdateUser/ success"]),
                _ => ("Unreachable", vec![outcome]),
            };
            check_with(&simulator, &client, work, fault, result, &expected).await;
        }
    }
}

#[tokio::test]
async fn replies_that_do_not_end_are_cut_at_the_size_limit() {
    let fast = FaultParameters { millis: Some(0), ..FaultParameters::default() };
    let simulator = simulator().await;
    let client = client(&simulator);
    let fault = Fault::new(FaultKind::Endless).with(fast);
    check_with(&simulator, &client, Work::Password, fault, "Malformed", &["! endless"]).await;
}
