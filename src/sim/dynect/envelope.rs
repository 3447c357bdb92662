//! The JSON envelope of every reply, and the texts that are constants of the protocol.

use serde::Serialize;
use serde_json::{Value, json};

/// First message of the reply to a token that is unknown, ended or expired.
pub(super) const BAD_OR_EXPIRED: &str = "login: Bad or expired credentials";
/// First message, once, of the reply to a session that was idle for too long.
pub(super) const INACTIVITY: &str = "login: inactivity logout";
/// First message of the reply to a request from another address than the login came from.
pub(super) const OTHER_ADDRESS: &str = "login: IP address does not match current session";
/// First message of the reply to a login with a wrong customer, user or password.
pub(super) const DID_NOT_MATCH: &str =
    "login: Credentials you entered did not match those in our database. Please try again";
/// Message of the reply to a request without a token, in the words of the vendor's help pages.
pub(super) const NO_TOKEN: &str = "The Auth-Token HTTP header must be set to make this call";
/// Message of the reply to a second request while a session has a job.
pub(super) const BUSY: &str = "token: This session already has a job running";

#[derive(Clone, Debug, Serialize)]
pub(super) struct Message {
    #[serde(rename = "INFO")]
    pub(super) info: String,
    #[serde(rename = "SOURCE")]
    source: &'static str,
    #[serde(rename = "ERR_CD")]
    code: Option<String>,
    #[serde(rename = "LVL")]
    level: &'static str,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Envelope {
    pub(super) status: &'static str,
    pub(super) data: Value,
    pub(super) job_id: Option<u64>,
    pub(super) msgs: Vec<Message>,
}

/// What a resource answers when it did what was asked.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) info: String,
    pub(super) data: Value,
}

/// What a resource answers when it refuses.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) http: u16,
    pub(super) code: String,
    pub(super) data: Value,
    pub(super) msgs: Vec<Message>,
    /// Whether the refusal was the result of a job and so has a `job_id`.
    pub(super) has_job: bool,
}

pub(super) type Outcome = Result<Done, Failure>;

impl Message {
    pub(super) fn info(info: impl Into<String>) -> Message {
        Message { info: info.into(), source: "BLL", code: None, level: "INFO" }
    }

    pub(super) fn error(code: &str, info: impl Into<String>) -> Message {
        Message { info: info.into(), source: "BLL", code: Some(code.to_owned()), level: "ERROR" }
    }

    fn source(mut self, source: &'static str) -> Message {
        self.source = source;
        self
    }
}

impl Done {
    pub(super) fn new(info: impl Into<String>, data: Value) -> Done {
        Done { info: info.into(), data }
    }

    pub(super) fn into_envelope(self, job_id: u64) -> Envelope {
        Envelope {
            status: "success",
            data: self.data,
            job_id: Some(job_id),
            msgs: vec![Message::info(self.info)],
        }
    }
}

impl Failure {
    pub(super) fn new(http: u16, code: &str, info: impl Into<String>) -> Failure {
        Failure {
            http,
            code: code.to_owned(),
            data: json!({}),
            msgs: vec![Message::error(code, info)],
            has_job: true,
        }
    }

    /// Adds an informative message behind the error.
    pub(super) fn and(mut self, info: impl Into<String>) -> Failure {
        self.msgs.push(Message::info(info));
        self
    }

    pub(super) fn invalid(info: impl Into<String>) -> Failure {
        Failure::new(400, "INVALID_DATA", info)
    }

    pub(super) fn not_found(info: impl Into<String>) -> Failure {
        Failure::new(404, "NOT_FOUND", info)
    }

    /// A dead session.
    pub(super) fn session(info: &'static str) -> Failure {
        Failure::invalid(info).and("login: There was a problem with your credentials")
    }

    /// A refused login.
    pub(super) fn login() -> Failure {
        Failure::invalid(DID_NOT_MATCH).and("login: Login failed")
    }

    /// One message for each field; never a job.
    pub(super) fn missing(http: u16, fields: &[&str]) -> Failure {
        let msgs = fields
            .iter()
            .map(|field| {
                Message::error("MISSING_DATA", format!("{field}: required field missing"))
                    .source("API-A")
            })
            .collect();
        Failure { http, code: "MISSING_DATA".to_owned(), data: Value::Null, msgs, has_job: false }
    }

    pub(super) fn no_token() -> Failure {
        Failure {
            has_job: false,
            msgs: vec![Message::error("MISSING_DATA", NO_TOKEN).source("API-A")],
            ..Failure::new(400, "MISSING_DATA", "")
        }
    }

    pub(super) fn busy() -> Failure {
        Failure {
            has_job: false,
            msgs: vec![Message::error("OPERATION_FAILED", BUSY).source("API-B")],
            ..Failure::new(400, "OPERATION_FAILED", "")
        }
    }

    pub(super) fn into_envelope(self, job_id: u64) -> Envelope {
        Envelope {
            status: "failure",
            data: self.data,
            job_id: self.has_job.then_some(job_id),
            msgs: self.msgs,
        }
    }
}
