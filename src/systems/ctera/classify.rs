//! What a reply means: the one place that looks at status, headers and body.

use std::time::Duration;

use http::StatusCode;
use http::header::SET_COOKIE;
use jiff::Timestamp;
use secrecy::SecretString;

use super::call::{Call, Shape};
use super::object::{Value, read};
use crate::remote::Cause;
use crate::systems::http::{Reply, retry_after};
use crate::systems::{CallOutcome, Redactor};

/// The cookie that holds a session.
pub(super) const COOKIE: &str = "JSESSIONID";

/// What a reply means. Texts are fit to be shown.
#[derive(Debug)]
pub(super) enum Answer {
    /// Executed.
    Done(Value),
    /// The login was accepted, and this is the session's cookie.
    LoggedIn(SecretString),
    /// Not executed: the session is gone.
    SessionEnded(String),
    /// Not executed: rights are missing, or the session does not count any more.
    Denied(String),
    /// Not executed: too many requests.
    Throttled(Option<Duration>),
    /// The portal's verdict.
    Refused { cause: Cause, text: String },
    /// Not the portal's word but a gateway's, or the portal is in trouble: nobody knows what became of the request.
    NoReply(String),
    /// Success by its status, but not what was asked for: nobody knows whose page this is.
    Odd(String),
}

impl Answer {
    /// One word for the history and the log.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Done(_) | Self::LoggedIn(_) => "success",
            Self::SessionEnded(_) => "session ended",
            Self::Denied(_) => "denied",
            Self::Throttled(_) => "throttled",
            Self::Refused { .. } => "refused",
            Self::NoReply(_) => "no reply of the API",
            Self::Odd(_) => "malformed",
        }
    }

    /// What a request with this answer is reported as.
    pub(super) fn outcome(&self, sent: &Call) -> CallOutcome {
        CallOutcome::Failed(match self {
            Self::Done(_) | Self::LoggedIn(_) => return CallOutcome::Done,
            Self::SessionEnded(_) => return CallOutcome::SessionEnded,
            Self::Denied(_) => Cause::Forbidden,
            Self::Throttled(wait) => Cause::Throttled { wait: *wait },
            Self::Refused { cause, .. } => *cause,
            Self::NoReply(_) => sent.asked().uncertain(Cause::Unreachable),
            Self::Odd(_) => sent.asked().uncertain(Cause::Malformed),
        })
    }
}

/// What this is as the reply to a call within a session.
pub(super) fn classify(reply: &Reply, call: &Call, redactor: &Redactor, now: Timestamp) -> Answer {
    let status = reply.status;
    if status.is_redirection() {
        // The one thing that a portal says to a session that it does not know; wherever it points.
        return Answer::SessionEnded("the session is over".to_owned());
    }
    if status.is_success() {
        return match content(reply, call.shape) {
            Some(value) => Answer::Done(value),
            None => Answer::Odd("the reply does not hold what it should".to_owned()),
        };
    }
    let message = message(reply, redactor);
    let text = message.clone().unwrap_or_else(|| format!("HTTP status {}", status.as_u16()));
    let refused = |cause| Answer::Refused { cause, text: text.clone() };
    match status {
        StatusCode::TOO_MANY_REQUESTS => Answer::Throttled(retry_after(reply, now)),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Answer::Denied(text),
        StatusCode::NOT_FOUND => refused(Cause::NotFound),
        StatusCode::CONFLICT if call.takes_name => refused(Cause::Conflict),
        StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT
        | StatusCode::REQUEST_TIMEOUT => gateway(status),
        _ if message.is_some() || status.is_client_error() => refused(Cause::Rejected),
        _ => gateway(status),
    }
}

/// What this is as the reply to a login. It counts only with status 200 and a cookie: older portals refuse with a
/// redirect, or with a page.
pub(super) fn classify_login(reply: &Reply, redactor: &Redactor, now: Timestamp) -> Answer {
    let status = reply.status;
    let refused = |cause, text| Answer::Refused { cause, text };
    if status.is_success() || status.is_redirection() {
        return match cookie(reply) {
            Some(cookie) if status == StatusCode::OK => Answer::LoggedIn(cookie),
            _ => refused(Cause::Unauthorized, "the login is refused".to_owned()),
        };
    }
    let text = message(reply, redactor);
    match status {
        StatusCode::TOO_MANY_REQUESTS => Answer::Throttled(retry_after(reply, now)),
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {
            refused(Cause::Unsupported, "there is no login of a CTERA Portal here".to_owned())
        }
        StatusCode::REQUEST_TIMEOUT => gateway(status),
        status if status.is_client_error() => {
            let text = text.unwrap_or_else(|| "the login is refused".to_owned());
            refused(Cause::Unauthorized, text)
        }
        // It can be about the credentials as well as about the portal. So it is tried again, but not at once.
        StatusCode::INTERNAL_SERVER_ERROR => match text {
            Some(text) => refused(Cause::Unreachable, text),
            None => gateway(status),
        },
        status => gateway(status),
    }
}

fn gateway(status: StatusCode) -> Answer {
    Answer::NoReply(format!(
        "HTTP status {} and no word of the portal; a gateway or maintenance may be in between",
        status.as_u16()
    ))
}

/// The body's value, if it is what the call waits for.
fn content(reply: &Reply, shape: Shape) -> Option<Value> {
    if reply.body.trim_ascii().is_empty() {
        return match shape {
            Shape::Anything => Some(Value::Null),
            Shape::TextOrNothing => Some(Value::text("")),
            Shape::Text | Shape::List | Shape::Object => None,
        };
    }
    let value = read(&reply.body)?;
    let fits = match (&value, shape) {
        (Value::Foreign, _) => false,
        (_, Shape::Anything)
        | (Value::Text(_), Shape::Text | Shape::TextOrNothing)
        | (Value::List(_), Shape::List)
        | (Value::Object(_), Shape::Object) => true,
        _ => false,
    };
    fits.then_some(value)
}

/// The portal's own words about a failure.
fn message(reply: &Reply, redactor: &Redactor) -> Option<String> {
    let value = read(&reply.body)?;
    let text = redactor.clean(value.as_object()?.text("msg")?);
    (!text.trim().is_empty()).then_some(text)
}

/// The session's cookie, if the reply sets a usable one.
fn cookie(reply: &Reply) -> Option<SecretString> {
    let values = reply.headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut ours = values.filter_map(|value| {
        let (pair, _) = value.split_once(';').unwrap_or((value, ""));
        let (name, value) = pair.trim().split_once('=')?;
        let value = value.trim();
        (name == COOKIE && !value.is_empty()).then_some(value)
    });
    ours.next_back().map(SecretString::from)
}
