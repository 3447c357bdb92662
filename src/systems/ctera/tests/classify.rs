use std::time::Duration;

use bytes::Bytes;
use http::header::{LOCATION, RETRY_AFTER, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};
use jiff::Timestamp;
use secrecy::ExposeSecret;

use super::super::call::{Call, Shape};
use super::super::classify::{Answer, classify, classify_login};
use super::super::object::Value;
use crate::remote::Cause;
use crate::systems::http::Reply;
use crate::systems::{CallOutcome, Redactor};

const MESSAGE: &str =
    "<obj><att id=\"rc\"><val>1</val></att><att id=\"msg\"><val>no s3cret\nhere</val></att></obj>";
const HTML: &str = "<html><body>Sign in</body></html>";

fn reply(status: u16, body: &str) -> Reply {
    Reply {
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::new(),
        body: Bytes::copy_from_slice(body.as_bytes()),
    }
}

fn with(mut reply: Reply, name: http::HeaderName, value: &'static str) -> Reply {
    reply.headers.append(name, HeaderValue::from_static(value));
    reply
}

fn now() -> Timestamp {
    "2024-05-01T12:00:00Z".parse().unwrap()
}

fn of(reply: &Reply, call: &Call) -> Answer {
    classify(reply, call, &Redactor::new([&"s3cret".into()]), now())
}

fn means(status: u16, body: &str) -> String {
    word(&of(&reply(status, body), &Call::get("look", "", Shape::Object)))
}

fn login(reply: &Reply) -> String {
    word(&classify_login(reply, &Redactor::new([&"s3cret".into()]), now()))
}

fn word(answer: &Answer) -> String {
    match answer {
        Answer::Done(_) => "done".to_owned(),
        Answer::LoggedIn(cookie) => format!("logged in {}", cookie.expose_secret()),
        Answer::SessionEnded(_) => "ended".to_owned(),
        Answer::Denied(text) => format!("denied: {text}"),
        Answer::Throttled(wait) => format!("throttled {wait:?}"),
        Answer::Refused { cause, text } => format!("{cause:?}: {text}"),
        Answer::NoReply(_) => "no reply".to_owned(),
        Answer::Odd(_) => "odd".to_owned(),
    }
}

#[test]
fn a_message_makes_any_failure_the_portals_word() {
    for status in [400, 405, 409, 412, 422, 500, 501] {
        assert_eq!(means(status, MESSAGE), "Rejected: no *****here", "{status}");
    }
    assert_eq!(means(404, MESSAGE), "NotFound: no *****here");
    assert_eq!(means(404, HTML), "NotFound: HTTP status 404");
    assert_eq!(means(400, HTML), "Rejected: HTTP status 400");
    assert_eq!(means(401, ""), "denied: HTTP status 401");
    assert_eq!(means(403, MESSAGE), "denied: no *****here");
}

#[test]
fn trouble_without_a_message_is_nobodys_word() {
    for body in ["", HTML, "<obj/>", "<obj><att id=\"msg\"/></obj>", "<val>msg</val>", "oops"] {
        assert_eq!(means(500, body), "no reply", "{body}");
    }
    for status in [408, 502, 503, 504] {
        assert_eq!(means(status, MESSAGE), "no reply", "{status}");
    }
}

#[test]
fn every_redirect_is_the_end_of_the_session() {
    for status in [301, 302, 303, 307, 308] {
        for to in ["/ServicesPortal/login.html", "https://elsewhere.example/", "/admin/api/users"] {
            let reply = with(reply(status, "<val>x</val>"), LOCATION, to);
            assert_eq!(word(&of(&reply, &Call::get("look", "", Shape::Object))), "ended");
        }
    }
}

#[test]
fn success_is_only_what_was_asked_for() {
    let content = |shape, body| word(&of(&reply(200, body), &Call::get("look", "", shape)));
    for (shape, fitting) in [
        (Shape::Anything, &["", "<val>x</val>", "<list/>", "<obj/>"][..]),
        (Shape::Text, &["<val>x</val>", "<val/>"]),
        (Shape::TextOrNothing, &["", " \n", "<val>x</val>"]),
        (Shape::List, &["<list/>", "<list><val>a</val></list>"]),
        (Shape::Object, &["<obj/>", "<?xml version=\"1.0\"?><obj class=\"A\"/>"]),
    ] {
        for body in ["", " \n", "<val>x</val>", "<val/>", "<list/>", "<obj/>", HTML, "oops", "{}"] {
            let is_fitting = fitting.contains(&body)
                || (shape == Shape::Anything && body == " \n")
                || (shape == Shape::Anything && body == "<val/>")
                || (shape == Shape::TextOrNothing && body == "<val/>");
            let expected = if is_fitting { "done" } else { "odd" };
            assert_eq!(content(shape, body), expected, "{shape:?} {body}");
        }
    }
    assert_eq!(word(&of(&reply(204, ""), &Call::get("look", "", Shape::Anything))), "done");
    let empty = of(&reply(200, ""), &Call::get("look", "", Shape::TextOrNothing));
    assert!(matches!(empty, Answer::Done(Value::Text(text)) if text.is_empty()));
}

#[test]
fn status_409_is_about_the_name_only_where_one_is_wanted() {
    let call = Call::get("add", "", Shape::Text).takes_name();
    assert_eq!(word(&of(&reply(409, ""), &call)), "Conflict: HTTP status 409");
    assert_eq!(means(409, ""), "Rejected: HTTP status 409");
}

#[test]
fn throttling_says_for_how_long_in_two_forms_or_not_at_all() {
    let throttled = |value| {
        of(&with(reply(429, MESSAGE), RETRY_AFTER, value), &Call::get("look", "", Shape::Object))
    };
    let wait = |seconds| format!("throttled {:?}", Some(Duration::from_secs(seconds)));
    assert_eq!(word(&throttled("7")), wait(7));
    assert_eq!(word(&throttled("Wed, 01 May 2024 12:01:00 GMT")), wait(60));
    assert_eq!(word(&throttled("soon")), "throttled None");
    assert_eq!(means(429, ""), "throttled None");
    assert_eq!(login(&reply(429, "")), "throttled None");
}

#[test]
fn a_login_counts_only_with_status_200_and_a_cookie() {
    let accepted = || reply(200, "<val>Login succeed</val>");
    let cookie = |reply, value| login(&with(reply, SET_COOKIE, value));
    assert_eq!(cookie(accepted(), "JSESSIONID=a1; Path=/admin; HttpOnly"), "logged in a1");
    assert_eq!(cookie(accepted(), "JSESSIONID=a1"), "logged in a1");
    let two = with(accepted(), SET_COOKIE, "route=7; Path=/");
    assert_eq!(cookie(two, "JSESSIONID=a1; Secure"), "logged in a1");
    for value in ["JSESSIONID=; Path=/", "route=7", "XJSESSIONID=a1", "nonsense"] {
        assert_eq!(cookie(accepted(), value), "Unauthorized: the login is refused", "{value}");
    }
    for status in [201, 204, 302, 303] {
        let refused = cookie(reply(status, ""), "JSESSIONID=a1");
        assert_eq!(refused, "Unauthorized: the login is refused", "{status}");
    }
}

#[test]
fn a_refused_login_is_told_from_a_portal_in_trouble() {
    assert_eq!(login(&reply(403, MESSAGE)), "Unauthorized: no *****here");
    assert_eq!(login(&reply(403, HTML)), "Unauthorized: the login is refused");
    assert_eq!(login(&reply(401, "")), "Unauthorized: the login is refused");
    assert_eq!(login(&reply(404, HTML)), "Unsupported: there is no login of a CTERA Portal here");
    assert_eq!(login(&reply(500, MESSAGE)), "Unreachable: no *****here");
    for status in [408, 500, 502, 503, 504] {
        assert_eq!(login(&reply(status, HTML)), "no reply", "{status}");
    }
}

#[test]
fn what_is_reported_depends_on_what_was_asked() {
    let outcome = |answer: &Answer, call: &Call| answer.outcome(call);
    let read = Call::get("look", "", Shape::Object);
    let write = read.clone().not_repeatable();
    let lost = || of(&reply(503, ""), &read);
    assert_eq!(outcome(&lost(), &read), CallOutcome::Failed(Cause::Unreachable));
    assert_eq!(outcome(&lost(), &write), CallOutcome::Failed(Cause::OutcomeUnknown));
    let odd = || of(&reply(200, HTML), &read);
    assert_eq!(outcome(&odd(), &read), CallOutcome::Failed(Cause::Malformed));
    assert_eq!(outcome(&odd(), &write), CallOutcome::Failed(Cause::OutcomeUnknown));
    assert_eq!(outcome(&of(&reply(302, ""), &read), &read), CallOutcome::SessionEnded);
    assert_eq!(outcome(&of(&reply(200, "<obj/>"), &read), &read), CallOutcome::Done);
}
