//! The times of a lease.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use tokio::time::{Instant, sleep_until};

/// How long a lease lasts; every other time follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseTiming {
    /// Others wait this long for a silent leader. At least a second, in whole seconds in the lease.
    pub duration: Duration,
}

impl Default for LeaseTiming {
    /// 15 s, as in the components of Kubernetes.
    fn default() -> Self {
        Self { duration: Duration::from_secs(15) }
    }
}

impl LeaseTiming {
    /// Between two looks at the lease.
    #[must_use]
    pub fn renew_every(self) -> Duration {
        self.duration / 5
    }

    /// For one request.
    #[must_use]
    pub fn request_timeout(self) -> Duration {
        self.duration / 5
    }

    /// From the last renewal until the leader stops leading.
    #[must_use]
    pub fn step_down_after(self) -> Duration {
        self.duration * 2 / 3
    }

    /// For the lease.
    pub(super) fn seconds(self) -> i32 {
        let seconds = self.duration.as_secs() + u64::from(self.duration.subsec_nanos() > 0);
        i32::try_from(seconds).unwrap_or(i32::MAX).max(1)
    }
}

/// Ends at this time; without one, never.
pub(super) async fn passed(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

/// For people who read the lease; nobody decides by it.
pub(super) fn micro_time() -> MicroTime {
    MicroTime(Timestamp::now())
}
