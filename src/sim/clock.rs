//! The simulators' clock: real time plus what a test has put it forward.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// A clock that only moves forward, at the pace of real time, and that can be put forward at will.
///
/// Session time-outs and rate limits are measured with it, so that a test need not wait for them.
#[derive(Debug, Default)]
pub(super) struct Clock {
    ahead: Mutex<Duration>,
}

impl Clock {
    pub(super) fn now(&self) -> Timestamp {
        let ahead = *self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        let ahead = SignedDuration::try_from(ahead).unwrap_or(SignedDuration::MAX);
        Timestamp::now().saturating_add(ahead).unwrap_or(Timestamp::MAX)
    }

    pub(super) fn advance(&self, by: Duration) {
        let mut ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        *ahead = ahead.saturating_add(by);
    }

    pub(super) fn reset(&self) {
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner) = Duration::ZERO;
    }
}
