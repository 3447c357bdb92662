//! Who is told of a request: the log, an observer, the history.

use std::time::Duration;

use http::Method;
use jiff::Timestamp;

use super::history::History;
use super::{CallObserver, CallOutcome, CallReport, HistoryEntry};

/// One request and what became of it.
pub(crate) struct Told<'a> {
    pub system: &'static str,
    pub operation: &'static str,
    pub method: &'a Method,
    pub path: &'a str,
    /// One word for the log and the history.
    pub word: &'static str,
    pub outcome: CallOutcome,
    pub elapsed: Duration,
}

/// Who wants to know.
pub(crate) struct Audience<'a> {
    pub observer: Option<&'a dyn CallObserver>,
    pub history: &'a History,
    pub clock: fn() -> Timestamp,
}

impl Audience<'_> {
    /// Tells everybody once. `shown` is the request's body without its secrets.
    pub(crate) fn tell(&self, told: &Told<'_>, shown: impl FnOnce() -> String) {
        let Told { system, operation, method, path, word, outcome, elapsed } = *told;
        tracing::debug!(operation, %method, path, outcome = word, ?elapsed, "request to {system}");
        if let Some(observer) = self.observer {
            observer.called(&CallReport { system, operation, outcome, duration: elapsed });
        }
        self.history.record(|| HistoryEntry {
            time: (self.clock)(),
            method: method.to_string(),
            path: path.to_owned(),
            arguments: shown(),
            outcome: word,
        });
    }
}
