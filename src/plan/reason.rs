//! One word for each thing that can be the matter with an object.

use std::fmt;

/// The CamelCase word used as condition reason, event reason, metric label, log field and in JSON output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    InSync,
    Created,
    Updated,
    Adopted,
    Disabled,
    Deleted,
    Released,
    PendingChanges,
    AlreadyExists,
    AccountMissing,
    Conflict,
    NotOurs,
    Replaced,
    DataLoss,
    Forbidden,
    DeletionGuard,
    Incomplete,
    Ambiguous,
    Unreachable,
    Throttled,
    Busy,
    AuthenticationFailed,
    NotFound,
    Rejected,
    Unsupported,
    Malformed,
    OutcomeUnknown,
    Suspended,
    SessionMissing,
    SessionNotReady,
    NotAllowed,
    SecretMissing,
    SecretConflict,
    Invalid,
    LoggedIn,
    NotLoggedIn,
    InUse,
    Orphaned,
}

impl Reason {
    /// Every reason, in the order of the reference page.
    pub const ALL: [Self; 38] = [
        Self::InSync,
        Self::Created,
        Self::Updated,
        Self::Adopted,
        Self::Disabled,
        Self::Deleted,
        Self::Released,
        Self::PendingChanges,
        Self::AlreadyExists,
        Self::AccountMissing,
        Self::Conflict,
        Self::NotOurs,
        Self::Replaced,
        Self::DataLoss,
        Self::Forbidden,
        Self::DeletionGuard,
        Self::Incomplete,
        Self::Ambiguous,
        Self::Unreachable,
        Self::Throttled,
        Self::Busy,
        Self::AuthenticationFailed,
        Self::NotFound,
        Self::Rejected,
        Self::Unsupported,
        Self::Malformed,
        Self::OutcomeUnknown,
        Self::Suspended,
        Self::SessionMissing,
        Self::SessionNotReady,
        Self::NotAllowed,
        Self::SecretMissing,
        Self::SecretConflict,
        Self::Invalid,
        Self::LoggedIn,
        Self::NotLoggedIn,
        Self::InUse,
        Self::Orphaned,
    ];

    /// What the word means and what to do about it, for the reference page.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::InSync => "The account is as declared.",
            Self::Created => "The account was created.",
            Self::Updated => "The fields that differed were written.",
            Self::Adopted => "An account that existed already is managed from now on.",
            Self::Disabled => "The object was removed and its account was disabled.",
            Self::Deleted => "The object was removed and its account was deleted.",
            Self::Released => "The object was removed and its account was left as it is.",
            Self::PendingChanges => "There are differences that a policy says not to write.",
            Self::AlreadyExists => {
                "An account that Roster does not manage has this identity. Adopt it with adoptionPolicy, or declare another one."
            }
            Self::AccountMissing => {
                "The account to adopt does not exist. Correct its name, or let Roster create one."
            }
            Self::Conflict => "Two objects claim one account. Remove one of them.",
            Self::NotOurs => "The account was never managed by Roster, so it is not removed.",
            Self::Replaced => {
                "The account is gone, and somebody else made another one with its name. Make another object for the new one, or another account."
            }
            Self::DataLoss => {
                "Deleting the account would destroy its data. Acknowledge that in the object, or choose another deletionPolicy."
            }
            Self::Forbidden => {
                "The session's user lacks a permission. Grant it at the remote system."
            }
            Self::DeletionGuard => {
                "Too many accounts would be removed in one window. Look, then release them."
            }
            Self::Incomplete => "The object does not say enough to create the account.",
            Self::Ambiguous => {
                "It cannot be proven which account is meant, or that there is none. A person has to look."
            }
            Self::Unreachable => {
                "The remote system did not answer or is in maintenance. Tried again."
            }
            Self::Throttled => {
                "The remote system's request limit is reached. Tried again when it allows."
            }
            Self::Busy => "The remote system is busy with another task. Tried again.",
            Self::AuthenticationFailed => {
                "The login was refused. Not tried again until the Secret changes."
            }
            Self::NotFound => "The account is gone at the remote system.",
            Self::Rejected => "The remote system refuses the declared values. Correct the object.",
            Self::Unsupported => "The remote system does not speak the configured API version.",
            Self::Malformed => {
                "The remote system sent a reply that cannot be understood. Tried again."
            }
            Self::OutcomeUnknown => {
                "A reply was lost, and looking did not settle what became of the request. Looked at again before any other write."
            }
            Self::Suspended => {
                "Nothing is done for the object, or through the session, until suspend is taken away."
            }
            Self::SessionMissing => {
                "There is no ApiSession of this name. Create it, or correct sessionRef."
            }
            Self::SessionNotReady => {
                "The session cannot be used now; its own status says why. Tried again by itself."
            }
            Self::NotAllowed => {
                "The session is in another namespace and does not let the object use it. Add it to allowedConsumers."
            }
            Self::SecretMissing => {
                "A Secret or ConfigMap, or a key in it, is missing or not usable. Nothing is written until it is there."
            }
            Self::SecretConflict => {
                "The output Secret exists and belongs to somebody else. Name another one, or remove it."
            }
            Self::Invalid => {
                "The object cannot be understood, or does not fit its session. Correct it."
            }
            Self::LoggedIn => "The session is logged in.",
            Self::NotLoggedIn => "The session logs in when the first account needs it.",
            Self::InUse => {
                "The session is kept until no account with an obligation at the remote system refers to it."
            }
            Self::Orphaned => {
                "The object was removed and its account left as it is, because a person asked for it."
            }
        }
    }

    /// The word itself.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InSync => "InSync",
            Self::Created => "Created",
            Self::Updated => "Updated",
            Self::Adopted => "Adopted",
            Self::Disabled => "Disabled",
            Self::Deleted => "Deleted",
            Self::Released => "Released",
            Self::PendingChanges => "PendingChanges",
            Self::AlreadyExists => "AlreadyExists",
            Self::AccountMissing => "AccountMissing",
            Self::Conflict => "Conflict",
            Self::NotOurs => "NotOurs",
            Self::Replaced => "Replaced",
            Self::DataLoss => "DataLoss",
            Self::Forbidden => "Forbidden",
            Self::DeletionGuard => "DeletionGuard",
            Self::Incomplete => "Incomplete",
            Self::Ambiguous => "Ambiguous",
            Self::Unreachable => "Unreachable",
            Self::Throttled => "Throttled",
            Self::Busy => "Busy",
            Self::AuthenticationFailed => "AuthenticationFailed",
            Self::NotFound => "NotFound",
            Self::Rejected => "Rejected",
            Self::Unsupported => "Unsupported",
            Self::Malformed => "Malformed",
            Self::OutcomeUnknown => "OutcomeUnknown",
            Self::Suspended => "Suspended",
            Self::SessionMissing => "SessionMissing",
            Self::SessionNotReady => "SessionNotReady",
            Self::NotAllowed => "NotAllowed",
            Self::SecretMissing => "SecretMissing",
            Self::SecretConflict => "SecretConflict",
            Self::Invalid => "Invalid",
            Self::LoggedIn => "LoggedIn",
            Self::NotLoggedIn => "NotLoggedIn",
            Self::InUse => "InUse",
            Self::Orphaned => "Orphaned",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
