//! What the author allows Roster to do with an account.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::plan;

/// How far Roster goes with an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ManagementPolicy {
    Enforce,
    CreateOnly,
    Observe,
}

/// What happens to an edit that was made at the remote system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DriftPolicy {
    Correct,
    Warn,
}

/// What happens when the account exists already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AdoptionPolicy {
    Never,
    IfExists,
    Require,
}

/// What becomes of the account when its object is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DeletionPolicy {
    Retain,
    Disable,
    Delete,
}

/// How an account came under management.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Origin {
    Created,
    Adopted,
}

/// The policies of one account, or those that a session gives to every account that names none of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
pub struct Policies {
    /// How far Roster goes with an account. `Enforce`: creates it and keeps it as declared. `CreateOnly`: creates it and
    /// never changes it afterwards. `Observe`: never writes, and lists the differences in `status.pendingChanges`.
    /// Unset: `Enforce`, unless the session's `defaults` say otherwise.
    #[serde(rename = "managementPolicy", default, skip_serializing_if = "Option::is_none")]
    pub management: Option<ManagementPolicy>,
    /// What happens to an edit that was made at the remote system. `Correct`: it is taken back. `Warn`: it is only
    /// reported; changes of the object itself are still applied. Unset: `Correct`, unless
    /// the session's `defaults` say otherwise.
    #[serde(rename = "driftPolicy", default, skip_serializing_if = "Option::is_none")]
    pub drift: Option<DriftPolicy>,
    /// What happens when the account exists already and Roster did not create it. `Never`: it is left alone and the
    /// object reports `AlreadyExists`. `IfExists`: it is taken over, or created when there is none. `Require`: it is
    /// taken over and never created. Unset: `Never`, unless the session's `defaults` say otherwise.
    #[serde(rename = "adoptionPolicy", default, skip_serializing_if = "Option::is_none")]
    pub adoption: Option<AdoptionPolicy>,
    /// What becomes of the account when its object is removed. `Retain`: it stays as it is. `Disable`: it stays and can
    /// no longer be used. `Delete`: it is deleted for good. Unset: `Disable` for an account that Roster
    /// created and `Retain` for one that it took over, unless the session's `defaults` say otherwise.
    #[serde(rename = "deletionPolicy", default, skip_serializing_if = "Option::is_none")]
    pub deletion: Option<DeletionPolicy>,
}

impl Policies {
    /// These policies, then those of `session`, then the built-in ones.
    #[must_use]
    pub fn resolve(&self, session: Option<&Self>) -> plan::Policy {
        let Self { management, drift, adoption, deletion } = self;
        plan::Policy {
            management: management
                .or(session.and_then(|session| session.management))
                .map_or(plan::Management::Enforce, Into::into),
            drift: drift
                .or(session.and_then(|session| session.drift))
                .map_or(plan::Drift::Correct, Into::into),
            adoption: adoption
                .or(session.and_then(|session| session.adoption))
                .map_or(plan::Adoption::Never, Into::into),
            deletion: deletion.or(session.and_then(|session| session.deletion)).map(Into::into),
        }
    }
}

impl From<ManagementPolicy> for plan::Management {
    fn from(policy: ManagementPolicy) -> Self {
        match policy {
            ManagementPolicy::Enforce => Self::Enforce,
            ManagementPolicy::CreateOnly => Self::CreateOnly,
            ManagementPolicy::Observe => Self::Observe,
        }
    }
}

impl From<DriftPolicy> for plan::Drift {
    fn from(policy: DriftPolicy) -> Self {
        match policy {
            DriftPolicy::Correct => Self::Correct,
            DriftPolicy::Warn => Self::Warn,
        }
    }
}

impl From<AdoptionPolicy> for plan::Adoption {
    fn from(policy: AdoptionPolicy) -> Self {
        match policy {
            AdoptionPolicy::Never => Self::Never,
            AdoptionPolicy::IfExists => Self::IfExists,
            AdoptionPolicy::Require => Self::Require,
        }
    }
}

impl From<DeletionPolicy> for plan::Deletion {
    fn from(policy: DeletionPolicy) -> Self {
        match policy {
            DeletionPolicy::Retain => Self::Retain,
            DeletionPolicy::Disable => Self::Disable,
            DeletionPolicy::Delete => Self::Delete,
        }
    }
}

impl From<plan::Deletion> for DeletionPolicy {
    fn from(policy: plan::Deletion) -> Self {
        match policy {
            plan::Deletion::Retain => Self::Retain,
            plan::Deletion::Disable => Self::Disable,
            plan::Deletion::Delete => Self::Delete,
        }
    }
}

impl From<plan::Origin> for Origin {
    fn from(origin: plan::Origin) -> Self {
        match origin {
            plan::Origin::Created => Self::Created,
            plan::Origin::Adopted => Self::Adopted,
        }
    }
}

impl From<Origin> for plan::Origin {
    fn from(origin: Origin) -> Self {
        match origin {
            Origin::Created => Self::Created,
            Origin::Adopted => Self::Adopted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_object_decides_before_the_session_and_the_session_before_the_built_in_policy() {
        let nothing = Policies::default();
        let built_in = nothing.resolve(None);
        assert_eq!(built_in.management, plan::Management::Enforce);
        assert_eq!(built_in.drift, plan::Drift::Correct);
        assert_eq!(built_in.adoption, plan::Adoption::Never);
        assert_eq!(built_in.deletion, None);

        let session = Policies {
            management: Some(ManagementPolicy::Observe),
            drift: Some(DriftPolicy::Warn),
            adoption: Some(AdoptionPolicy::Require),
            deletion: Some(DeletionPolicy::Delete),
        };
        let inherited = nothing.resolve(Some(&session));
        assert_eq!(inherited.management, plan::Management::Observe);
        assert_eq!(inherited.drift, plan::Drift::Warn);
        assert_eq!(inherited.adoption, plan::Adoption::Require);
        assert_eq!(inherited.deletion, Some(plan::Deletion::Delete));

        let own = Policies {
            management: Some(ManagementPolicy::CreateOnly),
            drift: Some(DriftPolicy::Correct),
            adoption: Some(AdoptionPolicy::IfExists),
            deletion: Some(DeletionPolicy::Retain),
        };
        let resolved = own.resolve(Some(&session));
        assert_eq!(resolved.management, plan::Management::CreateOnly);
        assert_eq!(resolved.drift, plan::Drift::Correct);
        assert_eq!(resolved.adoption, plan::Adoption::IfExists);
        assert_eq!(resolved.deletion, Some(plan::Deletion::Retain));
    }
}
