//! What a remote system showed, and how much of it was looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::Account;

/// How much of the system a snapshot covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Coverage<K> {
    /// The complete list: what is not in it does not exist.
    Everything,
    /// These accounts were asked for one by one; nothing is known of any other.
    Only(BTreeSet<K>),
}

/// The three answers to the question whether an account exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen<T> {
    Found(T),
    /// Proven absent.
    Absent,
    /// Not looked at.
    Unknown,
}

/// The accounts of a remote system at one moment.
pub struct Snapshot<A: Account> {
    accounts: BTreeMap<A::Key, A::Observed>,
    coverage: Coverage<A::Key>,
    aliases: BTreeMap<String, A::Key>,
}

impl<A: Account> Snapshot<A> {
    /// A snapshot of what was read and of how much that was.
    #[must_use]
    pub fn new(accounts: BTreeMap<A::Key, A::Observed>, coverage: Coverage<A::Key>) -> Self {
        let alias =
            |(key, seen): (&A::Key, &A::Observed)| Some((A::alias(seen)?.to_owned(), key.clone()));
        let aliases = accounts.iter().filter_map(alias).collect();
        Self { accounts, coverage, aliases }
    }

    /// The account that is shown with this other name.
    pub fn alias(&self, alias: &str) -> Option<&A::Key> {
        self.aliases.get(alias)
    }

    /// Whether this account exists, as far as this snapshot can prove it.
    pub fn look(&self, key: &A::Key) -> Seen<&A::Observed> {
        match (self.accounts.get(key), &self.coverage) {
            (Some(observed), _) => Seen::Found(observed),
            (None, Coverage::Everything) => Seen::Absent,
            (None, Coverage::Only(asked)) if asked.contains(key) => Seen::Absent,
            (None, Coverage::Only(_)) => Seen::Unknown,
        }
    }

    /// Whether the list is complete.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.coverage == Coverage::Everything
    }

    /// Every account that was seen, by key.
    #[must_use]
    pub fn accounts(&self) -> &BTreeMap<A::Key, A::Observed> {
        &self.accounts
    }
}

impl<A: Account> fmt::Debug for Snapshot<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot").field("accounts", &self.accounts.len()).finish_non_exhaustive()
    }
}
