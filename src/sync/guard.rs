//! How many accounts may be removed within a time, over everything that removes through one session.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The most removals within a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemovalLimit {
    pub max: u32,
    pub window: Duration,
}

/// Counts removals. A removal counts from when it is planned, so that plans made at once do not exceed the limit
/// together; one that failed is given back.
#[derive(Debug)]
pub struct RemovalGuard(Mutex<Counted>);

#[derive(Debug)]
struct Counted {
    limit: RemovalLimit,
    /// Planned and not done yet.
    reserved: u32,
    /// When each one was done, oldest first.
    done: VecDeque<Instant>,
}

impl RemovalGuard {
    /// A guard that knows of removals which were done so long ago, by an earlier process.
    #[must_use]
    pub fn new(limit: RemovalLimit, earlier: impl IntoIterator<Item = Duration>) -> Self {
        let now = Instant::now();
        let mut done: Vec<Instant> =
            earlier.into_iter().filter_map(|ago| now.checked_sub(ago)).collect();
        done.sort_unstable();
        Self(Mutex::new(Counted { limit, reserved: 0, done: done.into() }))
    }

    /// Takes another limit. What was counted stays counted.
    pub fn set_limit(&self, limit: RemovalLimit) {
        self.counted().limit = limit;
    }

    /// How many more removals may be planned now.
    #[must_use]
    pub fn left(&self) -> u32 {
        let mut counted = self.counted();
        counted.forget_old();
        let used = counted.reserved.saturating_add(counted.number());
        counted.limit.max.saturating_sub(used)
    }

    /// How long ago each counted removal was done, oldest first.
    #[must_use]
    pub fn done(&self) -> Vec<Duration> {
        let mut counted = self.counted();
        counted.forget_old();
        counted.done.iter().map(Instant::elapsed).collect()
    }

    /// When the oldest counted removal no longer counts.
    #[must_use]
    pub fn next_release(&self) -> Option<Duration> {
        let mut counted = self.counted();
        counted.forget_old();
        let oldest = counted.done.front()?.elapsed();
        Some(counted.limit.window.saturating_sub(oldest))
    }

    /// Counts a removal that is planned.
    pub(super) fn reserve(&self) {
        let mut counted = self.counted();
        counted.reserved = counted.reserved.saturating_add(1);
    }

    /// Settles a planned removal.
    pub(super) fn settle(&self, removed: bool) {
        let mut counted = self.counted();
        counted.reserved = counted.reserved.saturating_sub(1);
        if removed {
            counted.done.push_back(Instant::now());
        }
    }

    fn counted(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counted {
    fn forget_old(&mut self) {
        let window = self.limit.window;
        while self.done.front().is_some_and(|done| done.elapsed() >= window) {
            self.done.pop_front();
        }
    }

    fn number(&self) -> u32 {
        u32::try_from(self.done.len()).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: RemovalLimit = RemovalLimit { max: 2, window: Duration::from_hours(1) };

    #[tokio::test(start_paused = true)]
    async fn planned_and_done_removals_count_until_the_window_has_passed() {
        let guard = RemovalGuard::new(LIMIT, []);
        guard.reserve();
        guard.reserve();
        assert_eq!(guard.left(), 0);
        guard.settle(true);
        guard.settle(false);
        assert_eq!(guard.left(), 1, "one failed and is given back");
        tokio::time::advance(Duration::from_mins(20)).await;
        assert_eq!(guard.next_release(), Some(Duration::from_mins(40)));
        tokio::time::advance(Duration::from_mins(40)).await;
        assert_eq!((guard.left(), guard.next_release()), (2, None));
    }

    #[tokio::test(start_paused = true)]
    async fn the_removals_of_an_earlier_process_count_and_a_new_limit_holds_at_once() {
        tokio::time::advance(Duration::from_hours(2)).await;
        let earlier = [Duration::from_mins(59), Duration::from_mins(61), Duration::from_mins(1)];
        let guard = RemovalGuard::new(LIMIT, earlier);
        assert_eq!(guard.left(), 0);
        assert_eq!(guard.done().len(), 2);
        guard.set_limit(RemovalLimit { max: 5, ..LIMIT });
        assert_eq!(guard.left(), 3);
    }
}
