//! Verdicts of the plan against doing anything.

use std::error::Error;
use std::fmt;

use super::Reason;

/// Why the plan will not touch an account. `Display` says what is wrong and what to do.
///
/// A message holds no secret, no counter and no time, so equal states give equal text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The account exists and was neither created nor adopted by this object.
    AlreadyExists { account: String },
    /// An account that is to be adopted, not created, does not exist.
    AccountMissing { account: String, remedy: &'static str },
    /// Another object holds the account, or claims it with equal right.
    Conflict { claim: String, with: String },
    /// The object goes, but the account was never ours to remove.
    NotOurs { account: String },
    /// The account is gone, and somebody else made another one with its name.
    Replaced { account: String },
    /// Deleting the account would destroy what belongs to it, and nobody has acknowledged that.
    DataLoss { account: String, remedy: String },
    /// The session's user lacks this permission.
    Forbidden { permission: String },
    /// The session's deletion guard is used up for this window.
    DeletionGuard,
    /// Something that a new account needs is not declared.
    Incomplete { missing: String },
    /// It cannot be proven which account is meant, or that there is none.
    Ambiguous { question: String },
}

impl Refusal {
    /// The word for this refusal.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self {
            Self::AlreadyExists { .. } => Reason::AlreadyExists,
            Self::AccountMissing { .. } => Reason::AccountMissing,
            Self::Conflict { .. } => Reason::Conflict,
            Self::NotOurs { .. } => Reason::NotOurs,
            Self::Replaced { .. } => Reason::Replaced,
            Self::DataLoss { .. } => Reason::DataLoss,
            Self::Forbidden { .. } => Reason::Forbidden,
            Self::DeletionGuard => Reason::DeletionGuard,
            Self::Incomplete { .. } => Reason::Incomplete,
            Self::Ambiguous { .. } => Reason::Ambiguous,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyExists { account } => write!(
                f,
                "`{account}` exists already and is not managed by this object; set adoptionPolicy: IfExists to take it over"
            ),
            Self::AccountMissing { account, remedy } => {
                write!(f, "`{account}` does not exist; {remedy}")
            }
            Self::Conflict { claim, with } => {
                write!(f, "{with} claims `{claim}` too; remove one of the two objects")
            }
            Self::Replaced { account } => write!(
                f,
                "`{account}` was deleted and made again by somebody else, so it is left alone; to take the new one over, make another object with adoptionPolicy: IfExists"
            ),
            Self::DataLoss { account, remedy } => write!(
                f,
                "deleting `{account}` destroys its data for good; {remedy}"
            ),
            Self::NotOurs { account } => write!(
                f,
                "`{account}` was never managed by this object, so it is left alone; adopt it first if it is to be removed"
            ),
            Self::Forbidden { permission } => write!(
                f,
                "the session's user lacks the permission {permission}; grant it at the remote system"
            ),
            Self::DeletionGuard => f.write_str(
                "the session's deletionGuard allows no more removals now; look at the list, then raise maxDeletions or wait for the window to pass",
            ),
            Self::Incomplete { missing } => write!(f, "{missing}"),
            Self::Ambiguous { question } => write!(f, "{question}"),
        }
    }
}

impl Error for Refusal {}
