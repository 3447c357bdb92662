//! The budget of each customer, and what happens to who overdraws it.

use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::answer::Answer;
use super::envelope::Failure;
use super::state::State;

/// The stretch of time over which requests are counted.
const WINDOW: SignedDuration = SignedDuration::from_mins(1);

#[derive(Default)]
pub(super) struct Limits {
    customers: HashMap<String, Limit>,
}

#[derive(Default)]
struct Limit {
    recent: VecDeque<Timestamp>,
    lock: Option<Lock>,
}

#[derive(Clone, Copy)]
pub(super) struct Lock {
    pub(super) until: Timestamp,
    pub(super) form: LimitForm,
    /// Whether `Retry-After` is sent.
    pub(super) tells_when: bool,
}

/// The form of a reply that says that the limit is exceeded; the real one is unpublished.
#[derive(Clone, Copy)]
pub(super) enum LimitForm {
    Envelope,
    Plain,
    /// The envelope, with HTTP 200.
    Ok,
}

impl Limits {
    pub(super) fn lock(&mut self, customer: &str, lock: Lock) {
        self.customers.entry(customer.to_owned()).or_default().lock = Some(lock);
    }
}

impl State {
    /// The reply to a request of a customer that is locked out.
    pub(super) fn locked_out(&mut self, customer: &str) -> Option<Answer> {
        let limit = self.limits.customers.get_mut(customer)?;
        let lock = limit.lock?;
        if lock.until <= self.now {
            // The count starts anew, else the lock would be followed by the next at once.
            *limit = Limit::default();
            return None;
        }
        let seconds = lock.tells_when.then(|| seconds_until(lock.until, self.now));
        Some(self.rate_limited(lock.form, seconds))
    }

    /// Counts a request, and locks the customer out if it is one too many.
    pub(super) fn count(&mut self, customer: &str) -> Option<Answer> {
        let most = usize::try_from(self.switches.rate_limit_per_minute?).unwrap_or(usize::MAX);
        let seconds = i64::try_from(self.switches.rate_limit_lock_seconds).unwrap_or(i64::MAX);
        let now = self.now;
        let limit = self.limits.customers.entry(customer.to_owned()).or_default();
        while limit.recent.front().is_some_and(|at| now.duration_since(*at) >= WINDOW) {
            limit.recent.pop_front();
        }
        if limit.recent.len() < most {
            limit.recent.push_back(now);
            return None;
        }
        let until =
            now.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
        let tells_when = self.switches.rate_limit_retry_after;
        let lock = Lock { until, form: LimitForm::Envelope, tells_when };
        limit.lock = Some(lock);
        let seconds = tells_when.then(|| seconds_until(until, now));
        Some(self.rate_limited(lock.form, seconds))
    }

    pub(super) fn rate_limited(&mut self, form: LimitForm, retry_after: Option<u64>) -> Answer {
        let status = if matches!(form, LimitForm::Ok) { 200 } else { 429 };
        let answer = match form {
            LimitForm::Envelope | LimitForm::Ok => {
                let info = "rate_limit: Rate limit exceeded";
                let failure = Failure::new(status, "RATE_LIMIT_EXCEEDED", info);
                Answer::failure(failure, self.next_job())
            }
            LimitForm::Plain => Answer::text(status, "", "Rate limit exceeded\n"),
        };
        Answer { outcome: "rate-limited".to_owned(), retry_after, ..answer }
    }
}

/// Whole seconds, rounded up: waiting for them is enough.
fn seconds_until(until: Timestamp, now: Timestamp) -> u64 {
    let left = until.duration_since(now);
    let round_up = i64::from(left.subsec_nanos() > 0);
    u64::try_from(left.as_secs() + round_up).unwrap_or(0)
}
