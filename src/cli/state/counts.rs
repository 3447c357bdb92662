//! How many accounts there were.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The kind that a number alone is about: files that know no other kind are written as they were before there was one.
const KIND_OF_A_NUMBER: &str = "UpdateUser";

/// How many accounts of each kind the last lists had.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub(super) struct Counts(BTreeMap<String, usize>);

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Number(usize),
    ByKind(BTreeMap<String, usize>),
}

impl Counts {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn get(&self, kind: &str) -> Option<usize> {
        self.0.get(kind).copied()
    }

    /// Returns whether that is news.
    pub(super) fn set(&mut self, kind: &str, accounts: usize) -> bool {
        self.0.insert(kind.to_owned(), accounts) != Some(accounts)
    }
}

impl From<Written> for Counts {
    fn from(written: Written) -> Self {
        Self(match written {
            Written::Number(number) => BTreeMap::from([(KIND_OF_A_NUMBER.to_owned(), number)]),
            Written::ByKind(counts) => counts,
        })
    }
}

impl From<Counts> for Written {
    fn from(Counts(counts): Counts) -> Self {
        match counts.get(KIND_OF_A_NUMBER) {
            Some(number) if counts.len() == 1 => Self::Number(*number),
            Some(_) | None => Self::ByKind(counts),
        }
    }
}
