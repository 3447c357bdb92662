//! What was asked of the simulators, in the order of arrival.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

/// What stands in the journal in the place of a password.
const REDACTED: &str = "*****";

/// Which simulator a journal entry or a fault belongs to.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum System {
    Dynect,
    Ctera,
    /// The CONNECT proxy.
    Proxy,
}

/// One request as it arrived, and what became of it. Holds no password and no token.
#[derive(Clone, Debug, Serialize)]
pub struct JournalEntry {
    #[serde(skip)]
    id: u64,
    /// When the request had arrived completely.
    pub time: Timestamp,
    pub system: System,
    pub method: String,
    /// The path as sent, without the query; the target `host:port` of a CONNECT.
    pub path: String,
    /// The query as sent, if there was one.
    pub query: Option<String>,
    /// The method that a POST to the portal invokes, such as `get-multi`; null if there is none.
    pub operation: Option<String>,
    /// The body as JSON with all passwords and secrets masked; null if there was none.
    pub body: Value,
    /// A short name for the login the request belongs to, such as `session-1`. A token that has
    /// ended keeps its name; a token that never existed has none.
    pub session: Option<String>,
    /// The tenant of the portal that the session had selected; null if it had none.
    pub tenant: Option<String>,
    /// One word: `in-flight` until the reply is decided, then for example `success`,
    /// `failure:NOT_FOUND`, `incomplete`, `job`, `rate-limited`, `dropped-after`, `html-503`.
    pub outcome: String,
    /// HTTP status of the reply; none if there was no reply.
    pub status: Option<u16>,
    /// Whether the request reached its resource, even if the client was not told.
    pub executed: bool,
    /// Whether another request of the same session was in flight when this one arrived.
    pub overlapped: bool,
}

/// Which entries of a journal to show.
#[derive(Clone, Debug, Default)]
pub struct JournalFilter {
    pub system: Option<System>,
    pub method: Option<String>,
    /// Start of the path.
    pub path: Option<String>,
    /// What a POST to the portal invokes.
    pub operation: Option<String>,
}

/// What is known of a request when it arrives.
pub(super) struct Arrival {
    pub(super) time: Timestamp,
    pub(super) system: System,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: Option<String>,
    pub(super) operation: Option<String>,
    pub(super) body: Value,
}

/// What is known of a request when its reply is decided.
pub(super) struct Verdict {
    pub(super) session: Option<String>,
    pub(super) tenant: Option<String>,
    pub(super) outcome: String,
    pub(super) status: Option<u16>,
    pub(super) executed: bool,
    pub(super) overlapped: bool,
}

#[derive(Debug, Default)]
pub(super) struct Journal {
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    next: u64,
    list: Vec<JournalEntry>,
}

impl Journal {
    /// Notes an arrival and returns the number under which its verdict is to be filed.
    pub(super) fn open(&self, arrival: Arrival) -> u64 {
        let Arrival { time, system, method, path, query, operation, body } = arrival;
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let id = entries.next;
        entries.next += 1;
        entries.list.push(JournalEntry {
            id,
            time,
            system,
            method,
            path,
            query,
            operation,
            body,
            session: None,
            tenant: None,
            outcome: "in-flight".to_owned(),
            status: None,
            executed: false,
            overlapped: false,
        });
        id
    }

    /// Files the verdict; does nothing if the journal was emptied in between.
    pub(super) fn close(&self, id: u64, verdict: Verdict) {
        let Verdict { session, tenant, outcome, status, executed, overlapped } = verdict;
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let Ok(place) = entries.list.binary_search_by_key(&id, |entry| entry.id) else {
            return;
        };
        if let Some(entry) = entries.list.get_mut(place) {
            entry.session = session;
            entry.tenant = tenant;
            entry.outcome = outcome;
            entry.status = status;
            entry.executed = executed;
            entry.overlapped = overlapped;
        }
    }

    pub(super) fn entries(&self, filter: &JournalFilter) -> Vec<JournalEntry> {
        let JournalFilter { system, method, path, operation } = filter;
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries
            .list
            .iter()
            .filter(|entry| method.as_deref().is_none_or(|m| entry.method.eq_ignore_ascii_case(m)))
            .filter(|entry| path.as_deref().is_none_or(|p| entry.path.starts_with(p)))
            .filter(|entry| system.is_none_or(|system| entry.system == system))
            .filter(|entry| operation.is_none() || *operation == entry.operation)
            .cloned()
            .collect()
    }

    pub(super) fn clear(&self) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.list.clear();
    }
}

/// The body of a request in the form in which it may be shown.
pub(super) fn redacted(body: &[u8]) -> Value {
    if body.is_empty() {
        return Value::Null;
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(map)) => mask(Value::Object(map)),
        // Without keys, nobody knows what is secret.
        _ => json!(format!("({} bytes that are no JSON object)", body.len())),
    }
}

/// The query of a request in the form in which it may be shown.
pub(super) fn redacted_query(query: &str) -> String {
    query
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((key, _)) if is_secret_in_query(key) => format!("{key}={REDACTED}"),
            _ => pair.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("&")
}

fn mask(value: Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.into_iter()
                .map(|(key, value)| {
                    let value = if is_secret(&key) { json!(REDACTED) } else { mask(value) };
                    (key, value)
                })
                .collect::<Map<_, _>>(),
        ),
        Value::Array(list) => Value::Array(list.into_iter().map(mask).collect()),
        other => other,
    }
}

fn is_secret_in_query(key: &str) -> bool {
    form_urlencoded::parse(key.as_bytes()).any(|(key, _)| is_secret(&key))
}

fn is_secret(key: &str) -> bool {
    key.to_ascii_lowercase().contains("password")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_masked_at_any_depth_and_in_the_query() {
        let body = br#"{"user_name": "a", "list": [{"newPassword": "b"}], "password": ["c"]}"#;
        assert_eq!(
            redacted(body),
            json!({"user_name": "a", "list": [{"newPassword": "*****"}], "password": "*****"})
        );
        assert_eq!(redacted_query("detail=Y&password=b"), "detail=Y&password=*****");
        assert_eq!(redacted_query("pass%77ord=b&c"), "pass%77ord=*****&c");
        for bare in ["secret", "\"secret\"", "[\"secret\"]"] {
            let shown = format!("({} bytes that are no JSON object)", bare.len());
            assert_eq!(redacted(bare.as_bytes()), json!(shown));
        }
        assert_eq!(redacted(b""), Value::Null);
    }
}
