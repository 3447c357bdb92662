//! What a reply means: the one place that looks at status, codes and texts.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http::header::LOCATION;
use jiff::Timestamp;
use url::Url;

use super::call::Call;
use super::envelope::{Envelope, Message};
use crate::remote::Cause;
use crate::systems::http::{Endpoint, Reply, retry_after};
use crate::systems::{CallOutcome, Redactor};

/// Starts the first message of a failure when the session is over, and of a failed login.
const LOGIN: &str = "login:";
/// Part of the message that refuses a second request while one runs in the session.
const BUSY: &str = "already has a job running";
/// Starts the message that refuses a request because of a task.
const BLOCKED: &str = "Operation blocked by current task";
/// Starts the message that names that task.
const TASK_NAME: &str = "task_name:";

/// The context that decides what some replies mean.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'a> {
    pub endpoint: &'a Endpoint,
    /// The request was a login, so a `login:` failure is about the credentials.
    pub is_login: bool,
    /// The request asked for the result of this job.
    pub job: Option<u64>,
    pub redactor: &'a Redactor,
    pub now: Timestamp,
}

/// What a reply means. Texts are fit to be shown.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Executed; the body holds the data.
    Success(Bytes),
    /// Under way; this job has the result.
    Job(u64),
    /// Not executed: the session runs another job.
    SessionBusy,
    /// Not executed: this task is in the way.
    Blocked(String),
    /// Not executed: the customer's request limit is reached.
    Throttled(Option<Duration>),
    /// Not executed: the token is no good any more.
    SessionEnded(String),
    /// The system's verdict.
    Refused { cause: Cause, text: String },
    /// Not the API's word but a gateway's: nobody knows what became of the request.
    NoReply(String),
    /// The API's word that something broke inside: nobody knows what became of the request.
    Unclear(String),
    /// The API's word, but not one that makes sense. Asking again will not help, and what became of the request is
    /// not known either.
    Malformed(String),
}

impl Question<'_> {
    /// A refusal that came for looking at a job says nothing about the job: it still runs, as far as anyone knows.
    fn unless_looking(&self, envelope: &Envelope, answer: Answer) -> Answer {
        match self.job {
            Some(job) if envelope.job_id != Some(job) => Answer::Job(job),
            _ => answer,
        }
    }
}

impl Answer {
    /// One word for the history and the log.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Success(_) => "success",
            Self::Job(_) => "running",
            Self::SessionBusy => "busy",
            Self::Blocked(_) => "blocked",
            Self::Throttled(_) => "throttled",
            Self::SessionEnded(_) => "session ended",
            Self::Refused { .. } => "refused",
            Self::NoReply(_) => "no reply of the API",
            Self::Unclear(_) => "failure",
            Self::Malformed(_) => "malformed",
        }
    }

    /// What a request with this answer is reported as.
    pub(super) fn outcome(&self, sent: &Call) -> CallOutcome {
        CallOutcome::Failed(match self {
            Self::Success(_) => return CallOutcome::Done,
            Self::Job(_) => return CallOutcome::Running,
            Self::SessionEnded(_) => return CallOutcome::SessionEnded,
            Self::SessionBusy | Self::Blocked(_) => Cause::Busy,
            Self::Throttled(wait) => Cause::Throttled { wait: *wait },
            Self::Refused { cause, .. } => *cause,
            Self::NoReply(_) | Self::Unclear(_) => sent.asked().uncertain(Cause::Unreachable),
            Self::Malformed(_) => sent.asked().uncertain(Cause::Malformed),
        })
    }
}

pub(super) fn classify(reply: &Reply, question: Question<'_>) -> Answer {
    if reply.status == StatusCode::TEMPORARY_REDIRECT {
        return promoted(reply, question.endpoint);
    }
    let Some(envelope) = Envelope::parse(&reply.body) else {
        return match reply.status {
            StatusCode::TOO_MANY_REQUESTS => Answer::Throttled(retry_after(reply, question.now)),
            StatusCode::UNAUTHORIZED if question.is_login => Answer::Refused {
                cause: Cause::Unauthorized,
                text: "the login is refused".to_owned(),
            },
            StatusCode::UNAUTHORIZED => Answer::SessionEnded("the session is over".to_owned()),
            status => Answer::NoReply(format!(
                "HTTP status {} and no reply of the API; a gateway or maintenance may be in between",
                status.as_u16()
            )),
        };
    };
    match envelope.status.as_str() {
        "success" => Answer::Success(reply.body.clone()),
        "incomplete" => match envelope.job_id {
            Some(job) => Answer::Job(job),
            None => Answer::Malformed("the reply is incomplete and names no job".to_owned()),
        },
        // Seen for a session that is busy with another job, and then without a job of its own.
        "running" => match (says_busy(&envelope), envelope.job_id) {
            (false, Some(job)) => Answer::Job(job),
            _ => question.unless_looking(&envelope, Answer::SessionBusy),
        },
        "failure" => failed(reply, &envelope, question),
        _ => Answer::Unclear("the reply has an unknown status word".to_owned()),
    }
}

fn failed(reply: &Reply, envelope: &Envelope, question: Question<'_>) -> Answer {
    let shown = |message: &Message| question.redactor.clean(message.text());
    if let Some(first) = envelope.first().filter(|first| first.text().starts_with(LOGIN)) {
        return if question.is_login {
            Answer::Refused { cause: Cause::Unauthorized, text: shown(first) }
        } else {
            Answer::SessionEnded(shown(first))
        };
    }
    if says_busy(envelope) {
        return question.unless_looking(envelope, Answer::SessionBusy);
    }
    if envelope.starting_with(BLOCKED).is_some() {
        let task = envelope.starting_with(TASK_NAME).unwrap_or("task_name: unknown");
        let blocked = Answer::Blocked(question.redactor.clean(task));
        return question.unless_looking(envelope, blocked);
    }
    let Some(reason) = envelope.reason() else {
        let text = "the system reports a failure and does not say which".to_owned();
        return question.unless_looking(envelope, Answer::Unclear(text));
    };
    let refused = |cause| Answer::Refused { cause, text: shown(reason) };
    match reason.code.as_deref() {
        Some("RATE_LIMIT_EXCEEDED") => Answer::Throttled(retry_after(reply, question.now)),
        _ if reply.status == StatusCode::TOO_MANY_REQUESTS => {
            Answer::Throttled(retry_after(reply, question.now))
        }
        // The reply to a finished job carries that job's number; without it, it is the job that was not found.
        Some("NOT_FOUND") if question.job.is_some() && question.job != envelope.job_id => {
            Answer::Unclear("the system does not know the request's job any more".to_owned())
        }
        Some("NOT_FOUND") => refused(Cause::NotFound),
        None if reply.status == StatusCode::NOT_FOUND => refused(Cause::NotFound),
        Some("TARGET_EXISTS") => refused(Cause::Conflict),
        Some("INVALID_DATA" | "MISSING_DATA" | "INVALID_REQUEST" | "ILLEGAL_OPERATION") => {
            refused(Cause::Rejected)
        }
        Some("PERMISSION_DENIED") => refused(Cause::Forbidden),
        Some("INVALID_VERSION" | "DEPRECATED_REQUEST") => refused(Cause::Unsupported),
        // INTERNAL_ERROR, SERVICE_UNAVAILABLE, UNKNOWN_ERROR, OPERATION_FAILED, and what nobody has seen yet.
        Some(_) | None => {
            let text = match shown(reason) {
                text if text.is_empty() => "the system reports a failure without a text".to_owned(),
                text => text,
            };
            question.unless_looking(envelope, Answer::Unclear(text))
        }
    }
}

fn says_busy(envelope: &Envelope) -> bool {
    envelope.reason().is_some_and(|message| message.text().contains(BUSY))
}

/// The job that a request became. Its address must lie on the origin that was asked: it is sent the token.
fn promoted(reply: &Reply, endpoint: &Endpoint) -> Answer {
    let malformed = |text: &str| Answer::Malformed(text.to_owned());
    let here = Url::parse(&format!("{}://{endpoint}/", endpoint.scheme())).ok();
    let location = reply.headers.get(LOCATION).and_then(|location| location.to_str().ok());
    let (Some(here), Some(location)) = (here, location) else {
        return malformed("the system turned the request into a job and does not say which");
    };
    let Ok(target) = here.join(location) else {
        return malformed("the address of the request's job cannot be read");
    };
    if target.origin() != here.origin() {
        return malformed("the reply points to another host; it was not followed");
    }
    let job = target.path().strip_prefix("/REST/Job/").map(|rest| rest.trim_end_matches('/'));
    match job.and_then(|job| job.parse().ok()) {
        Some(job) => Answer::Job(job),
        None => malformed("the reply points to something that is not a job; it was not followed"),
    }
}
