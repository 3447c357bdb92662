//! What the author and the session allow.

use std::fmt;

/// How far Roster goes with one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Management {
    Enforce,
    CreateOnly,
    Observe,
}

/// What happens to an edit that was made at the remote system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drift {
    Correct,
    Warn,
}

/// What happens when the account exists already and is not ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adoption {
    Never,
    IfExists,
    Require,
}

/// What becomes of the account when its object is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    Retain,
    Disable,
    Delete,
}

/// The policies of one object, its own and inherited ones resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    pub management: Management,
    pub drift: Drift,
    pub adoption: Adoption,
    /// `None`: by origin. What we created is disabled, what we adopted is retained.
    pub deletion: Option<Deletion>,
}

/// What a write does, for permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    Create,
    Update,
    Disable,
    Delete,
}

/// What the session allows, for every object that uses it.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// The session is read-only: every difference is held.
    pub read_only: bool,
    /// How many accounts may still be disabled or deleted in the current window. `None`: any number.
    pub removals_left: Option<u32>,
}

/// Why a difference is left as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    Observe,
    CreateOnly,
    /// Edited at the remote system, and the drift policy is to warn.
    Drift,
    ReadOnly,
    /// Not ours, and not to be taken over.
    NotAdopted,
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Observe => "managementPolicy: Observe",
            Self::CreateOnly => "managementPolicy: CreateOnly",
            Self::Drift => "edited at the remote; driftPolicy: Warn",
            Self::ReadOnly => "the session is ReadOnly",
            Self::NotAdopted => "adoptionPolicy: Never",
        })
    }
}
