//! The places where a portal is configured, where releases vary, or where nobody knows what it does.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::sim::switches;

/// Each switch chooses between answers that clients must all survive.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Switches {
    /// HTTP status when a name is taken: at an add, and at a rename. 400, 409 and 500 are likely.
    pub duplicate_status: u16,
    /// HTTP status when a password is refused, which is unknown.
    pub password_refused_status: u16,
    /// HTTP status when a user has all the keys that it may have.
    pub key_limit_status: u16,
    /// How a request of a session that is none is answered.
    pub dead_session: DeadSession,
    /// A session that is idle for this long ends.
    pub idle_timeout_seconds: u64,
    /// A query returns no more rows than this, whatever was asked for, and says that there are more.
    pub page_limit: Option<u32>,
    /// A query that asks for more rows than this, or for all, is refused.
    pub refuse_count_limit_above: Option<u32>,
    /// What becomes of a task.
    pub task: TaskEnd,
    /// How many polls find a task waiting or running before it ends.
    pub task_polls: u32,
    /// How many keys a user may have; the vendor names 100.
    pub key_limit: u32,
    /// The fewest characters of a password; the vendor's own default is 7.
    pub password_min_length: Option<u32>,
    /// The fewest groups out of lower case, upper case, digits and others in a password.
    pub password_min_groups: Option<u32>,
    /// A password may not be one of the last so many, the present one among them.
    pub password_history: Option<u32>,
    /// A password may hold neither name nor e-mail, first or last name of its user.
    pub password_without_contact_details: bool,
}

/// How a request of a session that is none is answered. A fresh anonymous session comes along.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeadSession {
    /// 302 to `/ServicesPortal/login.html`, which the vendor's client recognises.
    LoginPage,
    /// 302 to `/admin/login.html`, which it follows.
    OtherPage,
    /// 401 with `rc` and `msg`.
    Unauthorized,
    /// 200 with the page itself.
    Html,
}

/// What becomes of a task.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskEnd {
    Completed,
    CompletedWithWarnings,
    Failed,
    /// It runs for ever.
    Never,
    /// Nothing is known of it afterwards.
    NotFound,
}

impl Default for Switches {
    fn default() -> Self {
        Switches {
            duplicate_status: 409,
            password_refused_status: 400,
            key_limit_status: 400,
            dead_session: DeadSession::LoginPage,
            idle_timeout_seconds: 30 * 60,
            page_limit: None,
            refuse_count_limit_above: None,
            task: TaskEnd::Completed,
            task_polls: 2,
            key_limit: 100,
            password_min_length: None,
            password_min_groups: None,
            password_history: None,
            password_without_contact_details: false,
        }
    }
}

impl Switches {
    /// The switches with those named in `changes` set anew.
    pub(super) fn merged(&self, changes: Map<String, Value>) -> Result<Switches, String> {
        let merged = switches::merged(self, changes)?;
        let statuses =
            [merged.duplicate_status, merged.password_refused_status, merged.key_limit_status];
        match statuses.into_iter().find(|status| !(400..600).contains(status)) {
            Some(status) => Err(format!("{status} is no HTTP status of a refusal")),
            None => Ok(merged),
        }
    }
}
