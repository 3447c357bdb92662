//! The last requests, for a person who wants to know what was done.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

/// One request that went out. Passwords stand as `*****`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    pub time: Timestamp,
    pub method: String,
    pub path: String,
    /// The request's body.
    pub arguments: String,
    /// `success`, or one word for what happened instead.
    pub outcome: &'static str,
}

/// As many of the last entries as it was made for.
#[derive(Debug)]
pub(crate) struct History {
    limit: usize,
    entries: Mutex<VecDeque<HistoryEntry>>,
}

impl History {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, entries: Mutex::default() }
    }

    /// Adds the entry, and drops the oldest one if there is no room. The entry is not even made when none is kept.
    pub(crate) fn record(&self, entry: impl FnOnce() -> HistoryEntry) {
        if self.limit == 0 {
            return;
        }
        let mut entries = self.entries();
        while entries.len() >= self.limit {
            entries.pop_front();
        }
        entries.push_back(entry());
    }

    /// Oldest first.
    pub(crate) fn list(&self) -> Vec<HistoryEntry> {
        self.entries().iter().cloned().collect()
    }

    fn entries(&self) -> MutexGuard<'_, VecDeque<HistoryEntry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str) -> HistoryEntry {
        HistoryEntry {
            time: Timestamp::UNIX_EPOCH,
            method: "GET".to_owned(),
            path: path.to_owned(),
            arguments: "{}".to_owned(),
            outcome: "success",
        }
    }

    #[test]
    fn only_the_last_entries_are_kept() {
        let history = History::new(2);
        for path in ["1", "2", "3"] {
            history.record(|| entry(path));
        }
        assert_eq!(history.list(), [entry("2"), entry("3")]);
    }

    #[test]
    fn a_limit_of_zero_keeps_nothing() {
        let history = History::new(0);
        history.record(|| unreachable!("no entry is made"));
        assert_eq!(history.list(), []);
    }
}
