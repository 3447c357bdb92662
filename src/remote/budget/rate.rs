//! How many requests go out in a minute.

use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::StateInformationMiddleware;
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
    bucket: RateLimiter<NotKeyed, InMemoryState, Tokio, StateInformationMiddleware>,
    /// The end of the last pause, until somebody noticed that it is over.
    paused_until: Mutex<Option<Instant>>,
    /// The most that the bucket holds, and how long it takes to get one more.
    burst: u32,
    period: Duration,
    /// What the bucket held after something was taken last, and when that was.
    left: Mutex<(u32, Instant)>,
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
            bucket: RateLimiter::direct_with_clock(quota, clock).with_middleware(),
            paused_until: Mutex::new(None),
            burst: burst.get(),
            period,
            left: Mutex::new((burst.get(), Instant::now())),
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
                Ok(state) => return self.note(state.remaining_burst_capacity()),
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
        self.note(0);
        None
    }

    /// How many requests would not have to wait now.
    pub(super) fn remaining(&self) -> u32 {
        if self.paused_for().is_some() {
            return 0;
        }
        let (left, at) = *self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let refilled = at.elapsed().as_nanos() / self.period.as_nanos().max(1);
        let refilled = u32::try_from(refilled).unwrap_or(u32::MAX);
        left.saturating_add(refilled).min(self.burst)
    }

    fn note(&self, left: u32) {
        *self.left.lock().unwrap_or_else(PoisonError::into_inner) = (left, Instant::now());
    }

    fn paused_until(&self) -> MutexGuard<'_, Option<Instant>> {
        self.paused_until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
