//! What a fault does to its request.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::answer::Answer;
use super::envelope::{self, Done, Failure};
use super::fault_kind::FaultKind;
use super::faults::{Fault, FaultParameters};
use super::jobs::{JobForm, Progress};
use super::limits::{LimitForm, Lock};
use super::request::Request;
use super::state::State;
use crate::sim::http::Delivery;

/// How long a customer is locked out, by the vendor's help.
const LOCK_SECONDS: u64 = 60;
/// How late a slow reply is, if the fault does not say.
const SLOW: u64 = 2000;
/// The pause between the pieces of an endless reply, if the fault does not say.
const PIECE_EVERY: u64 = 5;

/// Decides the reply to a request that has arrived.
pub(super) fn answer(state: &mut State, request: &Request) -> Answer {
    if let Some(customer) = state.customer_of(request)
        && let Some(limited) = state.locked_out(&customer).or_else(|| state.count(&customer))
    {
        return limited;
    }
    match state.take_fault(request) {
        None => state.serve(request),
        Some(fault) => misbehave(state, request, &fault),
    }
}

fn misbehave(state: &mut State, request: &Request, fault: &Fault) -> Answer {
    let parameters = &fault.parameters;
    match fault.kind {
        FaultKind::ExpireSessions => {
            state.sessions.clear();
            state.serve(request)
        }
        FaultKind::InactivityLogout => {
            if let Some(token) = request.token() {
                state.sessions.remove(token);
            }
            state.fail(Failure::session(envelope::INACTIVITY))
        }
        FaultKind::IpMismatch => state.fail(Failure::session(envelope::OTHER_ADDRESS)),
        FaultKind::Job307
        | FaultKind::Job307Absolute
        | FaultKind::Job307Foreign
        | FaultKind::Incomplete
        | FaultKind::JobLost
        | FaultKind::JobFailed
        | FaultKind::JobStuck => job(state, request, fault),
        FaultKind::RateLimit => limit(state, request, LimitForm::Envelope, parameters),
        FaultKind::RateLimitPlain => limit(state, request, LimitForm::Plain, parameters),
        FaultKind::RateLimit200 => limit(state, request, LimitForm::Ok, parameters),
        FaultKind::DropBefore => Answer::never("dropped-before"),
        FaultKind::DropAfter => Answer {
            delivery: Delivery::Never,
            outcome: "dropped-after".to_owned(),
            ..state.serve(request)
        },
        FaultKind::Slow => {
            let late = Duration::from_millis(parameters.millis.unwrap_or(SLOW));
            Answer { delivery: Delivery::After(late), ..state.serve(request) }
        }
        FaultKind::UnknownKeys => unknown_keys(state.serve(request)),
        FaultKind::Truncate => {
            let answer = perhaps_served(state, request, parameters);
            Answer { delivery: Delivery::Half, outcome: "truncated".to_owned(), ..answer }
        }
        FaultKind::Endless => {
            let pause = Duration::from_millis(parameters.millis.unwrap_or(PIECE_EVERY));
            let answer = perhaps_served(state, request, parameters);
            Answer { delivery: Delivery::Endless(pause), outcome: "endless".to_owned(), ..answer }
        }
        _ => refuse(state, request, fault),
    }
}

/// A reply in the place of the real one, which the request may or may not have earned.
fn refuse(state: &mut State, request: &Request, fault: &Fault) -> Answer {
    let parameters = &fault.parameters;
    let executed = parameters.executed.unwrap_or(fault.kind == FaultKind::Empty);
    let executed = executed && state.serve(request).executed;
    let status = |usual| parameters.status.unwrap_or(usual);
    let task = |with_id: bool| {
        let name = parameters.task_name.as_deref().unwrap_or("ProvisionZone");
        let info = "Operation blocked by current task";
        let failure =
            Failure::new(status(400), "ILLEGAL_OPERATION", info).and(format!("task_name: {name}"));
        let id = parameters.task_id.unwrap_or(1);
        if with_id { failure.and(format!("task_id: {id}")) } else { failure }
    };
    let busy = |http| Failure { http, ..Failure::busy() };
    let failure = match fault.kind {
        FaultKind::BlockedByTask => task(true),
        FaultKind::BlockedByTaskWithoutId => task(false),
        FaultKind::JobBusy => busy(400),
        FaultKind::JobBusy200 => busy(200),
        FaultKind::JobRunning => {
            let job = state.next_job();
            let mut body = busy(200).into_envelope(job);
            // The vendor's client looks for the job under this number.
            (body.status, body.job_id) = ("running", Some(job));
            return Answer { executed, ..Answer::json(200, "running", &body) };
        }
        FaultKind::MaintenanceHtml => {
            return Answer { executed, ..Answer::html(503, "html-503", "Down for maintenance") };
        }
        FaultKind::NotFoundHtml => {
            return Answer { executed, ..Answer::html(404, "html-404", "Not Found") };
        }
        FaultKind::Empty => {
            let nothing = Answer::text(200, "empty", "");
            return Answer { executed, content_type: "application/json", ..nothing };
        }
        FaultKind::ServerError => Failure::new(500, "INTERNAL_ERROR", "An internal error occurred"),
        FaultKind::ServiceUnavailable => {
            Failure::new(503, "SERVICE_UNAVAILABLE", "The service is unavailable")
        }
        FaultKind::PermissionDenied => {
            let usual = state.switches.permission_denied_status;
            Failure::new(status(usual), "PERMISSION_DENIED", "permission: Permission denied")
        }
        FaultKind::InvalidVersion => {
            Failure::new(400, "INVALID_VERSION", "version: No such API version")
        }
        FaultKind::Deprecated => {
            Failure::new(400, "DEPRECATED_REQUEST", "request: This request is no longer served")
        }
        FaultKind::FailureWithoutMsgs => {
            let job = state.next_job();
            let body = match parameters.empty {
                Some(true) => json!({"status": "failure", "data": {}, "job_id": job, "msgs": []}),
                _ => json!({"status": "failure", "data": {}, "job_id": job}),
            };
            return Answer { executed, ..Answer::json(400, "failure", &body) };
        }
        FaultKind::ArrayWrapped => {
            let code = parameters.code.as_deref().unwrap_or("INVALID_DATA");
            let failure = Failure::new(status(400), code, "request: Refused");
            let (http, job) = (failure.http, state.next_job());
            let outcome = format!("failure:{code}");
            return Answer::json(http, outcome, &[failure.into_envelope(job)]);
        }
        FaultKind::Failure => {
            let code = parameters.code.as_deref().unwrap_or("UNKNOWN_ERROR");
            let info = parameters.info.as_deref().unwrap_or("request: Refused");
            Failure::new(status(400), code, info)
        }
        // The kinds that `misbehave` has dealt with, and `UnknownError` itself.
        _ => Failure::new(status(400), "UNKNOWN_ERROR", "An unknown error occurred"),
    };
    let job = state.next_job();
    Answer { executed, ..Answer::failure(failure, job) }
}

/// The real reply, or one that looks like it if the request is not to be executed.
fn perhaps_served(state: &mut State, request: &Request, parameters: &FaultParameters) -> Answer {
    if parameters.executed.unwrap_or(true) {
        return state.serve(request);
    }
    let job = state.next_job();
    let envelope = Done::new("request: Done", json!({})).into_envelope(job);
    Answer { executed: false, ..Answer::success(&envelope) }
}

fn job(state: &mut State, request: &Request, fault: &Fault) -> Answer {
    let caller = match state.admit(request) {
        Ok(caller) => caller,
        Err(refused) => return *refused,
    };
    let parameters = &fault.parameters;
    let id = state.next_job();
    let redirect = |origin: String| match parameters.incomplete {
        Some(true) => JobForm::Incomplete,
        _ => JobForm::Redirect(origin),
    };
    let polls = Progress::Polls(parameters.polls.unwrap_or(1));
    let (form, progress) = match fault.kind {
        FaultKind::Job307Absolute => (redirect(origin(request)), polls),
        FaultKind::Job307Foreign => {
            let host = parameters.host.as_deref().unwrap_or("elsewhere.invalid");
            (redirect(format!("http://{host}")), polls)
        }
        FaultKind::Incomplete => (JobForm::Incomplete, polls),
        FaultKind::JobLost => (redirect(String::new()), Progress::Lost),
        FaultKind::JobStuck => (redirect(String::new()), Progress::Stuck),
        // `Job307` and `JobFailed`.
        _ => (redirect(String::new()), polls),
    };
    let result = match fault.kind {
        FaultKind::JobStuck => None,
        FaultKind::JobFailed => {
            let failure = Failure::new(400, "OPERATION_FAILED", "job: The job failed");
            Some(failure.into_envelope(id))
        }
        _ => Some(state.execute_as(request, &caller, id)),
    };
    let executed = !matches!(fault.kind, FaultKind::JobStuck | FaultKind::JobFailed);
    Answer { executed, ..state.promote(&caller, id, form, progress, result) }
}

/// The address by which the client knows this service.
fn origin(request: &Request) -> String {
    let scheme = if request.secure { "https" } else { "http" };
    format!("{scheme}://{}", request.header("host").unwrap_or("localhost"))
}

fn limit(
    state: &mut State,
    request: &Request,
    form: LimitForm,
    parameters: &FaultParameters,
) -> Answer {
    let FaultParameters { seconds, retry_after_seconds, .. } = *parameters;
    let seconds = seconds.or(retry_after_seconds).unwrap_or(LOCK_SECONDS);
    let length = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
    let until = state.now.saturating_add(length).unwrap_or(Timestamp::MAX);
    if let Some(customer) = state.customer_of(request) {
        let tells_when = retry_after_seconds.is_some();
        state.limits.lock(&customer, Lock { until, form, tells_when });
    }
    state.rate_limited(form, retry_after_seconds)
}

/// Adds keys that no contract names, beside the known ones and in the data.
fn unknown_keys(answer: Answer) -> Answer {
    let Ok(Value::Object(mut envelope)) = serde_json::from_str(&answer.body) else {
        return answer;
    };
    let extend = |record: &mut Value| {
        if let Value::Object(record) = record {
            record.insert("x_note".to_owned(), json!({"seen": [1, null, "two"]}));
        }
    };
    match envelope.get_mut("data") {
        Some(Value::Array(list)) => list.iter_mut().for_each(extend),
        Some(data) => extend(data),
        None => {}
    }
    envelope.insert("x_trace".to_owned(), json!("4f2a"));
    envelope.insert("warnings".to_owned(), json!([]));
    Answer { body: Value::Object(envelope).to_string(), ..answer }
}
