//! What goes back to the client, and how.

use serde::Serialize;

use super::envelope::{Envelope, Failure};
use crate::sim::http::Delivery;

/// A reply, decided but not yet sent.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) location: Option<String>,
    pub(super) retry_after: Option<u64>,
    pub(super) body: String,
    /// The word for the journal.
    pub(super) outcome: String,
    pub(super) executed: bool,
    /// The session that a login opened.
    pub(super) opened: Option<String>,
    pub(super) delivery: Delivery,
}

impl Answer {
    pub(super) fn json(status: u16, outcome: impl Into<String>, body: &impl Serialize) -> Answer {
        // Serialising our own types to a string cannot fail.
        let body = serde_json::to_string(body).unwrap_or_default();
        Answer { content_type: "application/json", ..Answer::text(status, outcome, body) }
    }

    pub(super) fn text(status: u16, outcome: impl Into<String>, body: impl Into<String>) -> Answer {
        Answer {
            status,
            content_type: "text/plain",
            location: None,
            retry_after: None,
            body: body.into(),
            outcome: outcome.into(),
            executed: false,
            opened: None,
            delivery: Delivery::Now,
        }
    }

    pub(super) fn html(status: u16, outcome: impl Into<String>, title: &str) -> Answer {
        let body = format!(
            "<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
        );
        Answer { content_type: "text/html", ..Answer::text(status, outcome, body) }
    }

    pub(super) fn success(envelope: &Envelope) -> Answer {
        Answer { executed: true, ..Answer::json(200, "success", envelope) }
    }

    pub(super) fn failure(failure: Failure, job_id: u64) -> Answer {
        let outcome = format!("failure:{}", failure.code);
        Answer::json(failure.http, outcome, &failure.into_envelope(job_id))
    }

    /// The connection closes without a reply.
    pub(super) fn never(outcome: &str) -> Answer {
        Answer { delivery: Delivery::Never, ..Answer::text(200, outcome, "") }
    }
}
