//! Who goes first.

use tokio::sync::{Mutex, MutexGuard};

/// How much a request can wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Priority {
    /// A person waits for it: a removal, or an edit of the declaration.
    Urgent,
    /// Everything else that changes something.
    Normal,
    /// Looking for drift and correcting it.
    Background,
}

/// One slot, and the queue before it.
///
/// The queue is first come, first served, so nobody starves. A request of lower priority must pass a gate of one
/// place before it joins, and holds that place until its turn is over: however many wait, at most one of each lower
/// priority stands before a request that comes now.
#[derive(Debug, Default)]
pub struct Lanes {
    slot: Mutex<()>,
    below_urgent: Mutex<()>,
    below_normal: Mutex<()>,
}

/// The right to use the slot, until it is dropped.
#[derive(Debug)]
#[must_use = "the turn is over as soon as this is dropped"]
pub struct Turn<'a> {
    // Dropped in this order: who passes a gate then finds everyone who waited for the slot before it.
    _slot: MutexGuard<'a, ()>,
    _below_urgent: Option<MutexGuard<'a, ()>>,
    _below_normal: Option<MutexGuard<'a, ()>>,
}

impl Lanes {
    /// Waits for the slot. Dropping the future leaves the queue.
    pub async fn turn(&self, priority: Priority) -> Turn<'_> {
        let (normal_gate, urgent_gate) = match priority {
            Priority::Urgent => (None, None),
            Priority::Normal => (None, Some(&self.below_urgent)),
            Priority::Background => (Some(&self.below_normal), Some(&self.below_urgent)),
        };
        let below_normal = pass(normal_gate).await;
        let below_urgent = pass(urgent_gate).await;
        Turn {
            _slot: self.slot.lock().await,
            _below_urgent: below_urgent,
            _below_normal: below_normal,
        }
    }
}

async fn pass(gate: Option<&Mutex<()>>) -> Option<MutexGuard<'_, ()>> {
    match gate {
        Some(gate) => Some(gate.lock().await),
        None => None,
    }
}
