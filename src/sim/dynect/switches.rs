//! The places where the service is known to vary, or where nobody knows what it does.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::sim::switches;

/// Each switch chooses between answers that clients must all survive.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent of each other")]
pub struct Switches {
    /// Replies about an update user have its `nickname`. The vendor lists it in no reply.
    pub nickname_in_replies: bool,
    /// Replies to PUT have the `password`, as the vendor's client expects and its help does not say.
    pub password_in_put_replies: bool,
    /// The detailed list has the passwords.
    pub password_in_list: bool,
    /// The reply to the GET of one update user has the password.
    pub password_in_get_one: bool,
    /// The reply to the GET of one update user has nothing but `password`, as the vendor's help says.
    pub strict_get_one: bool,
    /// The list has objects only with `detail=Y`, else resource URIs. Off: objects always.
    pub detail_required: bool,
    /// Blocking what is blocked, and unblocking what is active, is a failure.
    pub fail_on_repeated_block: bool,
    /// Nicknames may hold letters, digits and dashes only.
    pub strict_nicknames: bool,
    /// Reading update users takes one of the `UpdateUser…` permissions.
    pub reads_need_permission: bool,
    /// A request whose `Content-Type` is not `application/json` is refused.
    pub strict_content_type: bool,
    /// Failures travel with HTTP 200, as has been seen.
    pub failures_with_status_200: bool,
    /// HTTP status of `MISSING_DATA`; sources name 400 and 404.
    pub missing_data_status: u16,
    /// HTTP status of `PERMISSION_DENIED`, which is unknown.
    pub permission_denied_status: u16,
    /// A session that is idle for this long is logged out.
    pub inactivity_seconds: Option<u64>,
    /// A session that is this old ends, used or not.
    pub lifetime_seconds: Option<u64>,
    /// A session may be used only from the address that it was opened from.
    pub pin_source_address: bool,
    /// The result of a job can be read by any session of the user that it belongs to.
    pub jobs_readable_by_user: bool,
    /// Polling a job more often than this is a failure; the vendor names 5.
    pub job_poll_seconds: Option<u64>,
    /// Requests of a customer in 60 seconds; the vendor names 300.
    pub rate_limit_per_minute: Option<u32>,
    /// How long a customer is locked out by the rate limit.
    pub rate_limit_lock_seconds: u64,
    /// The rate limit says with `Retry-After` when it ends.
    pub rate_limit_retry_after: bool,
    /// A connection is closed, and announced to be, with the reply to this many requests.
    pub requests_per_connection: Option<u32>,
}

impl Default for Switches {
    fn default() -> Self {
        Switches {
            nickname_in_replies: false,
            password_in_put_replies: true,
            password_in_list: true,
            password_in_get_one: true,
            strict_get_one: false,
            detail_required: true,
            fail_on_repeated_block: false,
            strict_nicknames: true,
            reads_need_permission: false,
            strict_content_type: true,
            failures_with_status_200: false,
            missing_data_status: 400,
            permission_denied_status: 400,
            inactivity_seconds: None,
            lifetime_seconds: None,
            pin_source_address: false,
            jobs_readable_by_user: false,
            job_poll_seconds: None,
            rate_limit_per_minute: None,
            rate_limit_lock_seconds: 60,
            rate_limit_retry_after: false,
            requests_per_connection: None,
        }
    }
}

impl Switches {
    /// The switches with those named in `changes` set anew.
    pub(super) fn merged(&self, changes: Map<String, Value>) -> Result<Switches, String> {
        let merged = switches::merged(self, changes)?;
        for status in [merged.missing_data_status, merged.permission_denied_status] {
            if !(200..600).contains(&status) {
                return Err(format!("{status} is no HTTP status of a final reply"));
            }
        }
        Ok(merged)
    }
}
