//! What a remote system showed, and how much of it was looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::Account;

/// What follows from an account not being in a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Coverage {
    /// The complete list, read at one moment: what is not in it does not exist.
    Everything,
    /// Nothing: while it was read page by page, accounts may have slipped from one page to another. What has to be
    /// known of an account that is not in it is asked for by itself, and added with [`Snapshot::prove_absent`].
    Pages,
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
    coverage: Coverage,
    aliases: BTreeMap<String, A::Key>,
    /// Of those that are not listed, the ones that were asked for by themselves.
    absent: BTreeSet<A::Key>,
    absent_aliases: BTreeSet<String>,
    /// The lists that it was made from.
    parts: BTreeSet<A::Part>,
}

impl<A: Account> Snapshot<A> {
    /// What was read in these lists, and what it proves.
    #[must_use]
    pub fn new(
        accounts: BTreeMap<A::Key, A::Observed>,
        coverage: Coverage,
        parts: BTreeSet<A::Part>,
    ) -> Self {
        let alias = |(key, seen): (&A::Key, &A::Observed)| {
            Some((A::alias(seen)?.into_owned(), key.clone()))
        };
        let aliases = accounts.iter().filter_map(alias).collect();
        let (absent, absent_aliases) = (BTreeSet::new(), BTreeSet::new());
        Self { accounts, coverage, aliases, absent, absent_aliases, parts }
    }

    /// Adds an account that was asked for by itself.
    pub fn add(&mut self, key: A::Key, observed: A::Observed) {
        if let Some(alias) = A::alias(&observed) {
            self.aliases.insert(alias.into_owned(), key.clone());
        }
        self.accounts.insert(key, observed);
    }

    /// Adds the proof that there is no account with this key.
    pub fn prove_absent(&mut self, key: A::Key) {
        self.absent.insert(key);
    }

    /// Adds the proof that no account has this other name.
    pub fn prove_alias_absent(&mut self, alias: impl Into<String>) {
        self.absent_aliases.insert(alias.into());
    }

    /// The account that is shown with this other name.
    pub fn alias(&self, alias: &str) -> Option<&A::Key> {
        self.aliases.get(alias)
    }

    /// The same, and what follows if there is none.
    pub fn look_for_alias(&self, alias: &str) -> Seen<&A::Key> {
        match self.aliases.get(alias) {
            Some(key) => Seen::Found(key),
            None if self.is_complete() || self.absent_aliases.contains(alias) => Seen::Absent,
            None => Seen::Unknown,
        }
    }

    /// Whether the list that the account would be in was read.
    #[must_use]
    pub fn covers(&self, account: &A) -> bool {
        self.parts.contains(&account.part())
    }

    /// Whether this account exists, as far as this snapshot can prove it.
    pub fn look(&self, key: &A::Key) -> Seen<&A::Observed> {
        match (self.accounts.get(key), &self.coverage) {
            (Some(observed), _) => Seen::Found(observed),
            (None, Coverage::Everything) => Seen::Absent,
            (None, Coverage::Pages) if self.absent.contains(key) => Seen::Absent,
            (None, Coverage::Pages) => Seen::Unknown,
        }
    }

    /// Whether what is not listed does not exist.
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
