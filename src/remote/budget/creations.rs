//! Creations of accounts whose name the system chooses.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Lets one creation happen at a time, and remembers the names that came out of them.
///
/// When the reply to a creation is lost, the new account is looked for among the names that were not there before.
/// Only one creation may be under way then, and accounts that other creations of ours made meanwhile do not count.
#[derive(Debug, Default)]
pub struct Creations {
    alone: tokio::sync::Mutex<()>,
    names: Mutex<BTreeSet<String>>,
}

impl Creations {
    /// Waits until no other creation is under way; the next one begins when the guard is dropped.
    pub async fn begin(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.alone.lock().await
    }

    /// Remembers a name that a creation of ours produced.
    pub fn made(&self, name: &str) {
        self.names().insert(name.to_owned());
    }

    /// Forgets a name whose account was deleted: the system may give it again.
    pub fn gone(&self, name: &str) {
        self.names().remove(name);
    }

    /// Whether a creation of ours produced this name.
    #[must_use]
    pub fn has_made(&self, name: &str) -> bool {
        self.names().contains(name)
    }

    fn names(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
