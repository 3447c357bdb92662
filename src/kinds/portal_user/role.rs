//! What a portal user may do.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a portal user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Role {
    Disabled,
    EndUser,
    ReadOnlyAdmin,
    ReadWriteAdmin,
    Support,
    ComplianceOfficer,
}

impl Role {
    pub const ALL: [Self; 6] = [
        Self::Disabled,
        Self::EndUser,
        Self::ReadOnlyAdmin,
        Self::ReadWriteAdmin,
        Self::Support,
        Self::ComplianceOfficer,
    ];

    /// The role of a new user when none is declared.
    pub const OF_A_NEW_USER: Self = Self::EndUser;

    /// The portal's own word. That of the compliance officer is known from the vendor's library only.
    #[must_use]
    pub fn wire(self) -> &'static str {
        match self {
            Self::Disabled => "Disabled",
            Self::EndUser => "EndUser",
            Self::ReadOnlyAdmin => "ReadOnlyAdmin",
            Self::ReadWriteAdmin => "ReadWriteAdmin",
            Self::Support => "Support",
            Self::ComplianceOfficer => "ComplianceOffer",
        }
    }

    /// The role that the portal's word means; there are more words than roles.
    #[must_use]
    pub fn meant_by(wire: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.is_meant_by(wire))
    }

    /// Whether the portal's word means this role.
    #[must_use]
    pub fn is_meant_by(self, wire: &str) -> bool {
        wire == self.wire() || (self == Self::ComplianceOfficer && wire == "ComplianceOfficer")
    }

    /// Whether the role gives rights over other users.
    #[must_use]
    pub fn is_admin(self) -> bool {
        match self {
            Self::Disabled | Self::EndUser => false,
            Self::ReadOnlyAdmin
            | Self::ReadWriteAdmin
            | Self::Support
            | Self::ComplianceOfficer => true,
        }
    }
}

/// The word in manifests.
impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ComplianceOfficer => f.write_str("ComplianceOfficer"),
            other => f.write_str(other.wire()),
        }
    }
}
