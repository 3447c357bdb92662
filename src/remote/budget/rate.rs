//! How many requests go out in a minute.

use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::time::{Instant, sleep, sleep_until};

/// The window of the limit.
const MINUTE: Duration = Duration::from_mins(1);

/// What may go out at once, in hundredths of the limit. The rest is spread over the minute. Six leaves 0.94 of the
/// limit to a backlog, and lets a handful of requests (18 of DynECT's 300) go out without waiting.
const BURST_PER_CENT: u32 = 6;

/// A token bucket that can be stopped.
#[derive(Debug)]
pub(super) struct Rate {
    bucket: RateLimiter<NotKeyed, InMemoryState, Tokio, NoOpMiddleware<Duration>>,
    /// The end of the last pause, until somebody noticed that it is over.
    paused_until: Mutex<Option<Instant>>,
}

/// The runtime's clock, as the time since it was first read. A paused test clock moves it.
#[derive(Debug, Clone)]
struct Tokio {
    start: Instant,
}

impl Clock for Tokio {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.start.elapsed()
    }
}

impl Rate {
    pub(super) fn new(per_minute: NonZeroU32) -> Self {
        let burst = NonZeroU32::new(per_minute.get().saturating_mul(BURST_PER_CENT) / 100)
            .unwrap_or(NonZeroU32::MIN);
        // A full bucket and a minute's refill together are the limit. With a limit of one, the only way to hold it
        // in every window is a pause that is longer than the window.
        let period = match per_minute.get() - burst.get() {
            0 => MINUTE + Duration::from_secs(1),
            refill => MINUTE.div_f64(f64::from(refill)),
        };
        let quota = Quota::with_period(period)
            .unwrap_or_else(|| Quota::per_minute(NonZeroU32::MIN))
            .allow_burst(burst);
        let clock = Tokio { start: Instant::now() };
        Self {
            bucket: RateLimiter::direct_with_clock(quota, clock),
            paused_until: Mutex::new(None),
        }
    }

    /// Waits for one request's worth. Callers come one at a time.
    pub(super) async fn take(&self) {
        loop {
            if let Some(until) = self.stopped() {
                sleep_until(until).await;
                continue;
            }
            match self.bucket.check() {
                Ok(()) => return,
                Err(refused) => sleep(refused.wait_time_from(self.bucket.clock().now())).await,
            }
        }
    }

    pub(super) fn pause(&self, length: Duration) {
        let until = Instant::now() + length;
        let mut paused_until = self.paused_until();
        if paused_until.is_none_or(|running| running < until) {
            *paused_until = Some(until);
        }
    }

    pub(super) fn paused_for(&self) -> Option<Duration> {
        let until = (*self.paused_until())?;
        Some(until.saturating_duration_since(Instant::now())).filter(|rest| !rest.is_zero())
    }

    /// The end of a pause that still lasts. The first look after its end empties the bucket, which filled meanwhile.
    fn stopped(&self) -> Option<Instant> {
        let mut paused_until = self.paused_until();
        let until = (*paused_until)?;
        if Instant::now() < until {
            return Some(until);
        }
        *paused_until = None;
        while self.bucket.check().is_ok() {}
        None
    }

    fn paused_until(&self) -> MutexGuard<'_, Option<Instant>> {
        self.paused_until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
