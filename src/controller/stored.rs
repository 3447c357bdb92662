//! What every stored object has: a version that grows, and finalizers, which are written with care.

use kube::api::{Patch, PatchParams};
use kube::{Api, ResourceExt};
use serde_json::json;

use super::cache::Watched;

/// A version as a number. Those of one object grow; `None` says nothing about which of two is newer.
pub(super) fn version(text: &str) -> Option<u128> {
    text.parse().ok()
}

/// Whether the API server made `one` after `other`, which is the same object.
pub(super) fn is_newer<K: kube::Resource>(one: &K, other: &K) -> bool {
    let version = |object: &K| version(&object.resource_version()?);
    match (version(one), version(other)) {
        (Some(one), Some(other)) => one > other,
        _ => false,
    }
}

/// Whether the object has this finalizer.
pub(super) fn has_finalizer<K: kube::Resource>(object: &K, finalizer: &str) -> bool {
    object.finalizers().iter().any(|name| name == finalizer)
}

/// Sets the finalizer or takes it away. The API server refuses it if the object changed since it was read, or is another
/// one of the same name.
pub(super) async fn set_finalizer<K: Watched>(
    api: &Api<K>,
    object: &K,
    finalizer: &str,
    is_set: bool,
) -> kube::Result<K> {
    let others = object.finalizers().iter().map(String::as_str).filter(|name| *name != finalizer);
    let finalizers: Vec<&str> = others.chain(is_set.then_some(finalizer)).collect();
    let patch = json!({ "metadata": {
        "resourceVersion": object.resource_version(),
        "uid": object.uid(),
        "finalizers": finalizers,
    }});
    api.patch(&object.name_any(), &PatchParams::default(), &Patch::Merge(patch)).await
}
