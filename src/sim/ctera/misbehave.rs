//! What a fault does to its request.

use std::time::Duration;

use http::header::RETRY_AFTER;

use super::answer::Answer;
use super::failure::Failure;
use super::fault_kind::FaultKind;
use super::faults::{Fault, FaultParameters};
use super::node::Node;
use super::portal::GLOBAL;
use super::request::Request;
use super::state::State;
use super::xml;
use crate::sim::http::Delivery;

/// How late a slow reply is, if the fault does not say.
const SLOW: u64 = 2000;
/// The pause between the pieces of an endless reply, if the fault does not say.
const PIECE_EVERY: u64 = 5;
/// Where a redirect leads, if the fault does not say.
const ELSEWHERE: &str = "/admin/login.html";

/// Decides the reply to a request that has arrived.
pub(super) fn answer(state: &mut State, request: &Request) -> Answer {
    match state.take_fault(request) {
        None => state.serve(request),
        Some(fault) => misbehave(state, request, &fault),
    }
}

fn misbehave(state: &mut State, request: &Request, fault: &Fault) -> Answer {
    let parameters = &fault.parameters;
    let millis = |usual| Duration::from_millis(parameters.millis.unwrap_or(usual));
    match fault.kind {
        FaultKind::KillSessions => {
            state.sessions.clear();
            state.serve(request)
        }
        FaultKind::DeadSession => {
            end_session(state, request);
            state.serve(request)
        }
        FaultKind::Unauthorized => {
            end_session(state, request);
            State::with_anonymous_session(State::unauthorized(), request)
        }
        FaultKind::Redirect => {
            let location = parameters.location.as_deref().unwrap_or(ELSEWHERE);
            Answer::redirect("redirected", location)
        }
        FaultKind::SelectTenant => {
            state.select_everywhere(parameters.tenant.as_deref().unwrap_or(GLOBAL));
            state.serve(request)
        }
        FaultKind::PlantCookie => State::with_anonymous_session(state.serve(request), request),
        FaultKind::Status => {
            let answer = refusal(parameters.status.unwrap_or(500), parameters);
            Answer { executed: is_executed(state, request, parameters, false), ..answer }
        }
        FaultKind::Throttle => {
            let answer = refusal(429, parameters);
            match parameters.retry_after_seconds {
                Some(seconds) => answer.header(RETRY_AFTER, seconds.to_string()),
                None => answer,
            }
        }
        FaultKind::DropBefore => Answer::never("dropped-before"),
        FaultKind::DropAfter => Answer {
            delivery: Delivery::Never,
            outcome: "dropped-after".to_owned(),
            ..state.serve(request)
        },
        FaultKind::Slow => {
            Answer { delivery: Delivery::After(millis(SLOW)), ..state.serve(request) }
        }
        FaultKind::Truncate => {
            let answer = perhaps_served(state, request, parameters);
            Answer { delivery: Delivery::Half, outcome: "truncated".to_owned(), ..answer }
        }
        FaultKind::Endless => {
            let delivery = Delivery::Endless(millis(PIECE_EVERY));
            let answer = perhaps_served(state, request, parameters);
            Answer { delivery, outcome: "endless".to_owned(), ..answer }
        }
        FaultKind::Html => {
            let answer = Answer::html(parameters.status.unwrap_or(200), "html", "Maintenance");
            Answer { executed: is_executed(state, request, parameters, false), ..answer }
        }
        FaultKind::Empty => {
            let executed = is_executed(state, request, parameters, true);
            Answer { executed, ..Answer::empty(200, "empty") }
        }
        FaultKind::ShortPage => {
            let rows = parameters.rows.unwrap_or(1);
            page(state.serve(request), |objects| match objects {
                Node::List(mut list) => {
                    list.truncate(rows);
                    (Node::List(list), Some("true"))
                }
                other => (other, None),
            })
        }
        FaultKind::NullObjects => page(state.serve(request), |_| (Node::Null, None)),
    }
}

fn end_session(state: &mut State, request: &Request) {
    if let Some(id) = request.session() {
        state.sessions.remove(id);
    }
}

fn refusal(status: u16, parameters: &FaultParameters) -> Answer {
    match &parameters.msg {
        Some(msg) => Answer::failure(&Failure::new(status, "fault", msg.as_str())),
        None => Answer::empty(status, "failure:fault"),
    }
}

/// Has the request do its work if the fault says so, and tells whether it did.
fn is_executed(
    state: &mut State,
    request: &Request,
    parameters: &FaultParameters,
    usual: bool,
) -> bool {
    parameters.executed.unwrap_or(usual) && state.serve(request).executed
}

/// The real reply, or one that looks like it if the request is not to be executed.
fn perhaps_served(state: &mut State, request: &Request, parameters: &FaultParameters) -> Answer {
    if parameters.executed.unwrap_or(true) {
        return state.serve(request);
    }
    Answer { executed: false, ..Answer::success(&"Done".into()) }
}

/// A page of a list with other objects, and with another word on whether there are more.
fn page(answer: Answer, change: impl FnOnce(Node) -> (Node, Option<&'static str>)) -> Answer {
    let Ok(Node::Object(mut page)) = xml::read(answer.body.as_bytes()) else { return answer };
    let (objects, more) = change(page.remove("objects").unwrap_or_default());
    page.set("objects", objects);
    if let Some(more) = more {
        page.set("hasMore", more.into());
    }
    Answer { body: xml::write(&page.into()), ..answer }
}
