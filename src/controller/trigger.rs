//! Which edits of an object are news for its reconcile.

use std::hash::{DefaultHasher, Hash, Hasher};

use kube::core::DeserializeGuard;
use kube::{Resource, ResourceExt};

/// The annotations that people ask for something with.
pub mod annotation {
    /// Any new value: look at the account now.
    pub const RECONCILE: &str = "roster.rs/reconcile-requested-at";
    /// Any new value: make a new password.
    pub const ROTATE: &str = "roster.rs/rotate-requested-at";
    /// `"true"`: the object may go and its account stays as it is, whatever the policy says.
    pub const ORPHAN: &str = "roster.rs/orphan";
}

/// Changes when the object's author did something: never because of a status, a finalizer or somebody's bookkeeping.
pub(super) fn trigger<K: kube::Resource>(object: &DeserializeGuard<K>) -> u64
where
    DeserializeGuard<K>: kube::Resource,
{
    let metadata = object.meta();
    let mut hasher = DefaultHasher::new();
    (&metadata.uid, metadata.generation, metadata.deletion_timestamp.is_some()).hash(&mut hasher);
    for name in [annotation::RECONCILE, annotation::ROTATE, annotation::ORPHAN] {
        object.annotations().get(name).hash(&mut hasher);
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::update_user::UpdateUser;

    fn object(edit: impl FnOnce(&mut UpdateUser)) -> u64 {
        let mut object: UpdateUser = serde_json::from_value(serde_json::json!({
            "apiVersion": "roster.rs/v1alpha1",
            "kind": "UpdateUser",
            "metadata": { "name": "edge1", "namespace": "dns", "uid": "1", "generation": 1 },
            "spec": { "sessionRef": { "name": "dns" }, "nickname": "edge1" },
        }))
        .unwrap();
        edit(&mut object);
        trigger(&DeserializeGuard(Ok(object)))
    }

    #[test]
    fn only_what_an_author_does_is_news() {
        let before = object(|_| ());
        let annotate = |name: &'static str| {
            object(move |user| drop(user.annotations_mut().insert(name.to_owned(), "1".to_owned())))
        };
        assert_eq!(before, annotate("somebody/else"));
        assert_eq!(before, object(|user| user.finalizers_mut().push("roster.rs/account".into())));
        assert_eq!(before, object(|user| user.metadata.resource_version = Some("2".into())));
        assert_ne!(before, object(|user| user.metadata.generation = Some(2)));
        assert_ne!(before, object(|user| user.metadata.uid = Some("2".into())));
        for name in [annotation::RECONCILE, annotation::ROTATE, annotation::ORPHAN] {
            assert_ne!(before, annotate(name), "{name}");
        }
    }
}
