//! Refusals: a status, and an object with `rc` and `msg`.

use super::node::{Node, Object};

/// Why a request is not fulfilled.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) status: u16,
    /// The word for the journal.
    pub(super) word: &'static str,
    pub(super) message: String,
}

impl Failure {
    pub(super) fn new(status: u16, word: &'static str, message: impl Into<String>) -> Failure {
        Failure { status, word, message: message.into() }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Failure {
        Failure::new(400, "invalid", message)
    }

    pub(super) fn forbidden(why: &str) -> Failure {
        Failure::new(403, "forbidden", format!("Permission denied: {why}"))
    }

    pub(super) fn login() -> Failure {
        Failure::new(403, "login", "Invalid user name or password")
    }

    pub(super) fn not_found(message: impl Into<String>) -> Failure {
        Failure::new(404, "not-found", message)
    }

    pub(super) fn no_user(name: &str) -> Failure {
        Failure::not_found(format!("User {name} does not exist"))
    }

    pub(super) fn no_method() -> Failure {
        Failure::new(405, "no-method", "This object has no such method")
    }

    pub(super) fn body(&self) -> Node {
        Object::default().with("rc", "1").with("msg", self.message.as_str()).into()
    }
}
