//! How long a system wants to be left alone.

use std::time::Duration;

use http::header::RETRY_AFTER;
use jiff::Timestamp;

use super::Reply;

/// The header `Retry-After` in either of its forms, seconds or a date.
pub(crate) fn retry_after(reply: &Reply, now: Timestamp) -> Option<Duration> {
    let value = reply.headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    // A date that has passed asks for no wait at all.
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}
