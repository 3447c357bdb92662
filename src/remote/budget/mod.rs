//! The request budget of one customer of a system, and the order in which requests may use it.

mod creations;
mod lanes;
mod rate;

#[cfg(test)]
mod tests;

pub use creations::Creations;
pub use lanes::{Lanes, Priority, Turn};

use std::num::NonZeroU32;
use std::time::Duration;

use rate::Rate;

/// What a system allows one customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BudgetLimits {
    /// Requests in any 60 s, over all users and sessions of the customer. DynECT: 300 (vendor documentation).
    pub requests_per_minute: NonZeroU32,
}

/// What all sessions on one (system, endpoint, customer) share; hand the same `Arc` to each of them.
///
/// Guarantees: never more than [`BudgetLimits::requests_per_minute`] requests in any 60 s, and none during a
/// [`pause`](Self::pause). With a backlog at least 0.9 of the limit is used, for limits of 10 and more.
#[derive(Debug)]
pub struct Budget {
    lanes: Lanes,
    rate: Rate,
    creations: Creations,
}

impl Budget {
    /// A budget that nothing was taken from yet.
    #[must_use]
    pub fn new(limits: BudgetLimits) -> Self {
        Self {
            lanes: Lanes::default(),
            rate: Rate::new(limits.requests_per_minute),
            creations: Creations::default(),
        }
    }

    /// Waits until one request may go out. Dropping the future gives the place in the queue up and costs nothing.
    pub async fn take(&self, priority: Priority) {
        let _turn = self.lanes.turn(priority).await;
        self.rate.take().await;
    }

    /// Stops every request of the customer for this long, and lets them resume without a burst.
    /// A pause that ends earlier than a running one changes nothing.
    pub fn pause(&self, length: Duration) {
        self.rate.pause(length);
    }

    /// How long the running pause still lasts.
    #[must_use]
    pub fn paused_for(&self) -> Option<Duration> {
        self.rate.paused_for()
    }

    /// How many requests would not have to wait now. An estimate that is never too high by more than one.
    #[must_use]
    pub fn remaining(&self) -> u32 {
        self.rate.remaining()
    }

    /// The creations of the customer, for a system that names a new account itself.
    #[must_use]
    pub fn creations(&self) -> &Creations {
        &self.creations
    }
}
