use std::time::Duration;

use bytes::Bytes;
use http::header::{LOCATION, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};
use jiff::Timestamp;

use super::super::classify::{Answer, Question, classify};
use crate::remote::Cause;
use crate::systems::Redactor;
use crate::systems::http::{Endpoint, Reply};

fn reply(status: u16, body: &str) -> Reply {
    Reply {
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::new(),
        body: Bytes::copy_from_slice(body.as_bytes()),
    }
}

/// What this means as the reply to a request, or to a look at this job.
fn meaning(reply: &Reply, is_login: bool, job: Option<u64>) -> Answer {
    let endpoint = Endpoint { host: "api.dynect.net".to_owned(), port: 80, tls: None };
    let redactor = Redactor::new([&"s3cret".into()]);
    let now = "2024-05-01T12:00:00Z".parse::<Timestamp>().unwrap();
    classify(reply, Question { endpoint: &endpoint, is_login, job, redactor: &redactor, now })
}

fn means(status: u16, body: &str) -> Answer {
    meaning(&reply(status, body), false, None)
}

/// The meaning of a failure with this first message.
fn failure(status: u16, code: &str, info: &str) -> Answer {
    means(status, &envelope("failure", code, info))
}

fn envelope(status: &str, code: &str, info: &str) -> String {
    format!(
        r#"{{"status": "{status}", "data": {{}}, "job_id": 5, "msgs": [{{"INFO": "{info}", "SOURCE": "BLL", "ERR_CD": {code}, "LVL": "ERROR"}}, {{"INFO": "context", "LVL": "INFO"}}]}}"#
    )
}

fn refused(cause: Cause, text: &str) -> Answer {
    Answer::Refused { cause, text: text.to_owned() }
}

fn redirect(location: Option<&'static str>) -> Answer {
    let mut reply = reply(307, "/REST/Job/7");
    if let Some(location) = location {
        reply.headers.insert(LOCATION, HeaderValue::from_static(location));
    }
    meaning(&reply, false, None)
}

#[test]
fn the_status_word_decides_before_the_http_code() {
    let success = r#"{"status": "success", "data": {}, "job_id": 9, "msgs": []}"#;
    for status in [200, 400, 429, 500] {
        assert!(matches!(means(status, success), Answer::Success(_)), "{status}");
    }
    for status in [200, 400, 404, 500] {
        let expected = refused(Cause::Rejected, "nickname: too long");
        assert_eq!(failure(status, r#""INVALID_DATA""#, "nickname: too long"), expected);
    }
    let answer = means(200, r#"{"status": "perplexed", "data": {}}"#);
    assert!(matches!(answer, Answer::Unclear(_)));
}

#[test]
fn every_code_has_its_meaning() {
    for (code, cause) in [
        ("NOT_FOUND", Cause::NotFound),
        ("TARGET_EXISTS", Cause::Conflict),
        ("INVALID_DATA", Cause::Rejected),
        ("MISSING_DATA", Cause::Rejected),
        ("INVALID_REQUEST", Cause::Rejected),
        ("ILLEGAL_OPERATION", Cause::Rejected),
        ("PERMISSION_DENIED", Cause::Forbidden),
        ("INVALID_VERSION", Cause::Unsupported),
        ("DEPRECATED_REQUEST", Cause::Unsupported),
    ] {
        assert_eq!(failure(400, &format!("\"{code}\""), "text"), refused(cause, "text"), "{code}");
    }
    for code in [
        "INTERNAL_ERROR",
        "SERVICE_UNAVAILABLE",
        "UNKNOWN_ERROR",
        "OPERATION_FAILED",
        "NEVER_SEEN_BEFORE",
    ] {
        let expected = Answer::Unclear("text".to_owned());
        assert_eq!(failure(400, &format!("\"{code}\""), "text"), expected, "{code}");
    }
}

#[test]
fn a_failure_without_code_or_text_is_unclear_but_404_is_not_found() {
    assert_eq!(failure(400, "null", "text"), Answer::Unclear("text".to_owned()));
    assert_eq!(failure(404, "null", "text"), refused(Cause::NotFound, "text"));
    let text = "the system reports a failure without a text".to_owned();
    assert_eq!(failure(400, "null", ""), Answer::Unclear(text));
    for msgs in ["", r#", "msgs": null"#, r#", "msgs": []"#] {
        let body = format!(r#"{{"status": "failure", "data": {{}}{msgs}}}"#);
        assert!(matches!(means(404, &body), Answer::Unclear(_)), "{msgs}");
    }
    let body = r#"{"status": "failure", "msgs": [{}]}"#;
    assert!(matches!(means(400, body), Answer::Unclear(_)));
}

#[test]
fn the_message_with_the_error_counts_wherever_it_stands() {
    for error in [r#""ERR_CD": "NOT_FOUND""#, r#""LVL": "FATAL", "ERR_CD": "NOT_FOUND""#] {
        let body = format!(
            r#"{{"status": "failure", "msgs": [{{"INFO": "context", "LVL": "INFO"}}, {{"INFO": "gone", {error}}}]}}"#
        );
        assert_eq!(means(404, &body), refused(Cause::NotFound, "gone"));
    }
}

#[test]
fn login_failures_are_about_the_token_or_about_the_credentials() {
    let body = envelope("failure", r#""INVALID_DATA""#, "login: s3cret is wrong");
    let text = "login: ***** is wrong".to_owned();
    let reply = reply(400, &body);
    assert_eq!(meaning(&reply, false, None), Answer::SessionEnded(text.clone()));
    assert_eq!(meaning(&reply, true, None), refused(Cause::Unauthorized, &text));
}

#[test]
fn http_401_without_an_envelope_is_a_login_failure() {
    assert!(matches!(means(401, "<html>"), Answer::SessionEnded(_)));
    let answer = meaning(&reply(401, "<html>"), true, None);
    assert!(matches!(answer, Answer::Refused { cause: Cause::Unauthorized, .. }));
}

#[test]
fn whatever_is_no_envelope_comes_from_a_gateway() {
    for (status, body) in [
        (200, ""),
        (200, "null"),
        (200, "{}"),
        (200, "[]"),
        (200, r#"{"status": 3}"#),
        (200, r#"{"status": "success", "da"#),
        (301, ""),
        (404, "<html>s3cret</html>"),
        (503, "<html>s3cret</html>"),
    ] {
        let Answer::NoReply(text) = means(status, body) else { panic!("{status} {body}") };
        assert!(text.starts_with(&format!("HTTP status {status} ")), "{text}");
        assert!(!text.contains("html"), "{text}");
    }
}

#[test]
fn an_envelope_in_an_array_is_unwrapped() {
    let body = format!(" [{}]", envelope("failure", r#""TARGET_EXISTS""#, "taken"));
    assert_eq!(means(400, &body), refused(Cause::Conflict, "taken"));
}

#[test]
fn jobs_are_found_on_this_origin_only() {
    for location in [
        "/REST/Job/4342593698",
        "/REST/Job/4342593698/",
        "http://api.dynect.net/REST/Job/4342593698",
        "http://api.dynect.net:80/REST/Job/4342593698",
        "http://API.dynect.net/REST/Job/4342593698",
    ] {
        assert_eq!(redirect(Some(location)), Answer::Job(4_342_593_698), "{location}");
    }
    for location in [
        "http://elsewhere.invalid/REST/Job/7",
        "//elsewhere.invalid/REST/Job/7",
        "https://api.dynect.net/REST/Job/7",
        "http://api.dynect.net:8080/REST/Job/7",
        "http://api.dynect.net@elsewhere.invalid/REST/Job/7",
    ] {
        let Answer::Malformed(text) = redirect(Some(location)) else { panic!("{location}") };
        assert!(text.contains("another host"), "{text}");
    }
    for location in ["/REST/Zone/7", "/REST/Job/", "/REST/Job/seven", "/REST/Job/7/8", "http://["] {
        assert!(matches!(redirect(Some(location)), Answer::Malformed(_)), "{location}");
    }
    assert!(matches!(redirect(None), Answer::Malformed(_)));
}

#[test]
fn an_incomplete_reply_names_its_job() {
    let body = r#"{"status": "incomplete", "data": null, "job_id": 966935380}"#;
    assert_eq!(means(200, body), Answer::Job(966_935_380));
    let body = r#"{"status": "incomplete", "data": null, "job_id": null}"#;
    assert!(matches!(means(200, body), Answer::Malformed(_)));
}

#[test]
fn a_busy_session_is_told_from_a_job_of_ones_own() {
    let busy = "token: This session already has a job running";
    for status in [200, 400] {
        assert_eq!(failure(status, r#""OPERATION_FAILED""#, busy), Answer::SessionBusy);
        assert_eq!(means(status, &envelope("running", "null", busy)), Answer::SessionBusy);
    }
    assert_eq!(means(200, &envelope("running", "null", "wait")), Answer::Job(5));
    assert_eq!(means(200, r#"{"status": "running"}"#), Answer::SessionBusy);
}

#[test]
fn a_task_in_the_way_is_named() {
    let body = r#"{"status": "failure", "msgs": [
        {"INFO": "Operation blocked by current task", "ERR_CD": "ILLEGAL_OPERATION", "LVL": "ERROR"},
        {"INFO": "task_name: ProvisionZone"}, {"INFO": "task_id: 12"}]}"#;
    assert_eq!(means(400, body), Answer::Blocked("task_name: ProvisionZone".to_owned()));
    let answer = failure(400, r#""ILLEGAL_OPERATION""#, "Operation blocked by current task");
    assert_eq!(answer, Answer::Blocked("task_name: unknown".to_owned()));
}

#[test]
fn throttling_says_for_how_long_in_seconds_or_by_a_date() {
    let throttled = |body: &str, value: Option<&'static str>| {
        let mut reply = reply(429, body);
        if let Some(value) = value {
            reply.headers.insert(RETRY_AFTER, HeaderValue::from_static(value));
        }
        meaning(&reply, false, None)
    };
    let wait = |seconds| Answer::Throttled(Some(Duration::from_secs(seconds)));
    let envelope = envelope("failure", r#""RATE_LIMIT_EXCEEDED""#, "slow down");
    for body in [&envelope, "Rate limit exceeded\n", ""] {
        assert_eq!(throttled(body, None), Answer::Throttled(None));
        assert_eq!(throttled(body, Some("30")), wait(30));
        assert_eq!(throttled(body, Some("Wed, 01 May 2024 12:00:30 GMT")), wait(30));
        assert_eq!(throttled(body, Some("Wed, 01 May 2024 11:00:00 GMT")), wait(0));
        assert_eq!(throttled(body, Some("soon")), Answer::Throttled(None));
    }
    assert_eq!(means(200, &envelope), Answer::Throttled(None));
    assert_eq!(throttled(&self::envelope("failure", "null", "x"), None), Answer::Throttled(None));
}

#[test]
fn a_refusal_to_show_a_job_says_nothing_about_the_job() {
    let about = |job, status, code: &str, info: &str| {
        meaning(&reply(400, &envelope(status, code, info)), false, Some(job))
    };
    let busy = "token: This session already has a job running";
    for (status, code, info) in [
        ("failure", r#""OPERATION_FAILED""#, busy),
        ("running", "null", busy),
        ("failure", r#""ILLEGAL_OPERATION""#, "Operation blocked by current task"),
        ("failure", r#""INTERNAL_ERROR""#, "oops"),
    ] {
        assert_eq!(about(77, status, code, info), Answer::Job(77), "{code} {info}");
        assert_ne!(about(5, status, code, info), Answer::Job(5), "{code} {info}");
    }
    let no_text = reply(400, r#"{"status": "failure", "job_id": null}"#);
    assert_eq!(meaning(&no_text, false, Some(77)), Answer::Job(77));
}

#[test]
fn a_job_that_is_not_found_is_told_from_a_job_that_did_not_find() {
    let body = envelope("failure", r#""NOT_FOUND""#, "no such thing");
    assert!(matches!(meaning(&reply(404, &body), false, Some(77)), Answer::Unclear(_)));
    let of_the_job = meaning(&reply(404, &body), false, Some(5));
    assert_eq!(of_the_job, refused(Cause::NotFound, "no such thing"));
}
