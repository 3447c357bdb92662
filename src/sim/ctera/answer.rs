//! What goes back to the client, and how.

use http::header::{CONTENT_TYPE, HeaderName, LOCATION, SET_COOKIE};

use super::failure::Failure;
use super::node::Node;
use super::xml;
use crate::sim::http::Delivery;

/// A reply, decided but not yet sent.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(HeaderName, String)>,
    pub(super) body: String,
    /// The word for the journal.
    pub(super) outcome: String,
    pub(super) executed: bool,
    /// The label of the session that a login opened.
    pub(super) opened: Option<String>,
    pub(super) delivery: Delivery,
}

impl Answer {
    /// An empty body has no type.
    fn new(status: u16, outcome: &str, content_type: &str, body: impl Into<String>) -> Answer {
        let body = body.into();
        let typed = (!body.is_empty()).then(|| (CONTENT_TYPE, content_type.to_owned()));
        Answer {
            status,
            headers: typed.into_iter().collect(),
            body,
            outcome: outcome.to_owned(),
            executed: false,
            opened: None,
            delivery: Delivery::Now,
        }
    }

    pub(super) fn xml(status: u16, outcome: &str, body: &Node) -> Answer {
        Answer::new(status, outcome, "text/xml;charset=UTF-8", xml::write(body))
    }

    pub(super) fn html(status: u16, outcome: &str, title: &str) -> Answer {
        let body = format!(
            "<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
        );
        Answer::new(status, outcome, "text/html;charset=UTF-8", body)
    }

    pub(super) fn empty(status: u16, outcome: &str) -> Answer {
        Answer::new(status, outcome, "", "")
    }

    pub(super) fn success(body: &Node) -> Answer {
        Answer { executed: true, ..Answer::xml(200, "success", body) }
    }

    pub(super) fn failure(failure: &Failure) -> Answer {
        let outcome = format!("failure:{}", failure.word);
        Answer::xml(failure.status, &outcome, &failure.body())
    }

    /// The connection closes without a reply.
    pub(super) fn never(outcome: &str) -> Answer {
        Answer { delivery: Delivery::Never, ..Answer::empty(200, outcome) }
    }

    pub(super) fn redirect(outcome: &str, location: &str) -> Answer {
        Answer::empty(302, outcome).header(LOCATION, location)
    }

    #[must_use]
    pub(super) fn header(mut self, name: HeaderName, value: impl Into<String>) -> Answer {
        self.headers.push((name, value.into()));
        self
    }

    /// Gives the client a session, over the one that it had.
    #[must_use]
    pub(super) fn cookie(self, context: &str, id: &str, secure: bool) -> Answer {
        let secure = if secure { "; Secure" } else { "" };
        self.header(SET_COOKIE, format!("JSESSIONID={id}; Path=/{context}; HttpOnly{secure}"))
    }
}
