//! What the status of every kind of account says.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use super::{DeletionPolicy, MarkerKey, Origin};
use crate::plan::Marker;

/// The fields of a status that every kind of account has.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountStatus {
    /// The generation of the object that this status is about; -1 before the object was first looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// What is the matter with the account, one condition per type. `Ready` sums up the others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
    /// How the account came under management: `Created` by Roster, or `Adopted` because it existed already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// The deletion policy in effect, with all defaults resolved: `Retain`, `Disable` or `Delete`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<DeletionPolicy>,
    /// The differences that a policy says not to write, one line each and without any secret.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub pending_changes: Vec<String>,
    /// The value of the annotation that last asked for a new password, once that was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_handled_rotate_at: Option<String>,
    /// The value of the annotation that last asked for a look at the account, once that was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
    /// For each field that the remote system does not show, a digest of the value last written. It is keyed with a random
    /// key of the installation, so it is not a secret: it tells whether the declared value changed, and nothing else.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub applied: BTreeMap<String, String>,
    /// Tells which key the digests in `applied` were made with. If the installation's key is another one, they are not
    /// compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied_with: Option<String>,
    /// A create was begun whose result could not be told from other accounts, should the reply be lost. Unset otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create_unproven: Option<bool>,
    /// The Secret that the account's credentials were written to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_secret: Option<String>,
}

impl AccountStatus {
    /// The markers of what was last applied. Empty if they were made with another key than `key`, or it is not known
    /// with which: then they say nothing.
    #[must_use]
    pub fn memo_markers(&self, key: &MarkerKey) -> BTreeMap<String, Marker> {
        if self.applied_with.as_deref() != Some(&*key.identity()) {
            return BTreeMap::new();
        }
        self.applied.iter().map(|(field, digest)| (field.clone(), Marker::new(digest))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_count_only_with_the_key_that_they_were_made_with() {
        let (key, other) = (MarkerKey::new([1; 32]), MarkerKey::new([2; 32]));
        let applied = BTreeMap::from([("password".to_owned(), "digest".to_owned())]);
        let status = |applied_with| AccountStatus {
            applied: applied.clone(),
            applied_with,
            ..AccountStatus::default()
        };
        let markers = BTreeMap::from([("password".to_owned(), Marker::new("digest"))]);
        assert_eq!(status(Some(key.identity())).memo_markers(&key), markers);
        assert_eq!(status(Some(key.identity())).memo_markers(&other), BTreeMap::new());
        assert_eq!(status(None).memo_markers(&key), BTreeMap::new());
    }
}
