//! What every reconcile shares.

use std::sync::{Arc, OnceLock};

use k8s_openapi::api::core::v1::Namespace;
use kube::core::{DeserializeGuard, PartialObjectMeta};
use kube::runtime::reflector::Store;
use kube::{Client, ResourceExt};
use tokio_util::sync::CancellationToken;

use super::cache::{Cache, Wakes};
use super::events::Events;
use super::kind::AccountKind;
use super::metrics::Metrics;
use super::names::Name;
use super::secrets::Secrets;
use super::session::SessionMemories;
use super::sessions::Registry;
use super::shard::Shard;
use crate::kinds::api_session::{
    AllowedConsumer, ApiSession, LabelOperator, LabelRequirement, NamespaceSelector,
};
use crate::kinds::common::MarkerKey;

/// What every reconcile shares.
pub struct Shared {
    pub client: Client,
    pub secrets: Secrets,
    pub events: Events,
    pub metrics: Metrics,
    pub key: MarkerKey,
    pub shard: Shard,
    pub sessions: Registry,
    pub(super) memories: SessionMemories,
    pub(super) session_cache: Cache<DeserializeGuard<ApiSession>>,
    pub(super) session_wakes: Wakes<DeserializeGuard<ApiSession>>,
    /// Known only when all namespaces are watched.
    pub(super) namespaces: Option<Store<PartialObjectMeta<Namespace>>>,
    pub(super) kinds: OnceLock<Vec<Arc<dyn AccountKind>>>,
    pub stop: CancellationToken,
}

impl Shared {
    /// The session as it is declared.
    pub(super) fn session(&self, name: &Name) -> Option<Arc<DeserializeGuard<ApiSession>>> {
        self.session_cache.get(&name.namespace, &name.name)
    }

    /// Every session as it is declared, without those that cannot be understood.
    pub(super) fn all_sessions(&self) -> Vec<Arc<DeserializeGuard<ApiSession>>> {
        let mut sessions = self.session_cache.all();
        sessions.retain(|session| session.0.is_ok());
        sessions
    }

    /// Has the session reconciled soon.
    pub(super) fn wake_session(&self, session: &Name) {
        self.session_wakes.wake(&session.namespace, &session.name);
    }

    /// Every kind of account.
    pub(super) fn kinds(&self) -> &[Arc<dyn AccountKind>] {
        self.kinds.get().map_or(&[], Vec::as_slice)
    }

    /// Whether the namespace has the labels that the rule selects by; `None` where labels are not known.
    pub(super) fn selects(&self, rule: &AllowedConsumer, namespace: &str) -> Option<bool> {
        let selector = rule.namespace_selector.as_ref()?;
        let store = self.namespaces.as_ref()?;
        let reference = kube::runtime::reflector::ObjectRef::new(namespace);
        let namespace = store.get(&reference)?;
        Some(matches(selector, &|key| namespace.labels().get(key).map(String::as_str)))
    }
}

fn matches<'a>(selector: &NamespaceSelector, label: &dyn Fn(&str) -> Option<&'a str>) -> bool {
    let NamespaceSelector { match_labels, match_expressions } = selector;
    let equal = match_labels.iter().flatten().all(|(key, value)| label(key) == Some(value));
    let required = match_expressions.iter().flatten().all(|requirement| {
        let LabelRequirement { key, operator, values } = requirement;
        let is_listed = |value: &str| values.iter().flatten().any(|listed| listed == value);
        match (operator, label(key)) {
            (LabelOperator::In, value) => value.is_some_and(is_listed),
            (LabelOperator::NotIn, value) => !value.is_some_and(is_listed),
            (LabelOperator::Exists, value) => value.is_some(),
            (LabelOperator::DoesNotExist, value) => value.is_none(),
        }
    });
    equal && required
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_is_selected_when_all_conditions_on_its_labels_hold() {
        let selector = |json: serde_json::Value| serde_json::from_value(json).unwrap();
        let labels = |key: &str| match key {
            "team" => Some("dns"),
            "env" => Some("prod"),
            _ => None,
        };
        for (json, expected) in [
            (serde_json::json!({ "matchLabels": { "team": "dns" } }), true),
            (serde_json::json!({ "matchLabels": { "team": "web" } }), false),
            (
                serde_json::json!({ "matchExpressions": [{ "key": "env", "operator": "In", "values": ["prod"] }] }),
                true,
            ),
            (
                serde_json::json!({ "matchExpressions": [{ "key": "none", "operator": "In", "values": ["prod"] }] }),
                false,
            ),
            (
                serde_json::json!({ "matchExpressions": [{ "key": "none", "operator": "NotIn", "values": ["prod"] }] }),
                true,
            ),
            (
                serde_json::json!({ "matchExpressions": [{ "key": "env", "operator": "NotIn", "values": ["prod"] }] }),
                false,
            ),
            (
                serde_json::json!({ "matchExpressions": [{ "key": "env", "operator": "Exists" }] }),
                true,
            ),
            (
                serde_json::json!({ "matchExpressions": [{ "key": "env", "operator": "DoesNotExist" }] }),
                false,
            ),
            (
                serde_json::json!({ "matchLabels": { "team": "dns" }, "matchExpressions": [{ "key": "env", "operator": "DoesNotExist" }] }),
                false,
            ),
        ] {
            assert_eq!(matches(&selector(json.clone()), &labels), expected, "{json}");
        }
    }
}
