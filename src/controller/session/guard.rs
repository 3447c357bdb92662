//! The session's guard against too many removals, as its status keeps it over a restart.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::Turn;
use crate::kinds::api_session::ApiSession;
use crate::sync::{RemovalGuard, RemovalLimit};

/// More removals than this are not remembered over a restart; whoever allows more wants no guard.
const MOST_REMOVALS: usize = 100;

/// How long ago the removals were that an earlier process counted.
pub(super) fn earlier_removals(session: &ApiSession) -> Vec<Duration> {
    let removals = session.status.iter().flat_map(|status| &status.recent_removals);
    let now = Timestamp::now();
    removals.filter_map(|time| now.duration_since(time.0).try_into().ok()).collect()
}

/// The removals that count, in whole seconds. A time that was written before is not written anew for a rounding.
pub(super) fn recent_removals(guard: &RemovalGuard, before: &[Time]) -> Vec<Time> {
    let now = Timestamp::now();
    let known = |time: &Timestamp| {
        let near = |other: &&Time| other.0.duration_since(*time).as_secs().abs() <= 1;
        before.iter().find(near).cloned()
    };
    let done = guard.done();
    let newest = done.len().saturating_sub(MOST_REMOVALS);
    let times = done.into_iter().skip(newest).filter_map(|ago| now.checked_sub(ago).ok());
    times.map(|time| known(&time).unwrap_or(Time(time))).collect()
}

impl Turn<'_> {
    /// How many accounts may be removed, and in which time.
    pub(super) fn removal_limit(&self) -> RemovalLimit {
        let guard = self.session.spec.deletion_guard();
        RemovalLimit { max: guard.max_deletions(), window: guard.window() }
    }

    /// Whether every removal counts.
    pub(super) fn is_guarded(&self) -> bool {
        usize::try_from(self.removal_limit().max).is_ok_and(|max| max <= MOST_REMOVALS)
    }
}
