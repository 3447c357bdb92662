//! Events: what happened to an object, told once.

use k8s_openapi::api::core::v1::ObjectReference;
use kube::Client;
use kube::runtime::events::{Event, EventType, Recorder, Reporter};

use super::metrics::{Metrics, Written};
use crate::plan::Reason;

/// The longest note that the API server takes, in bytes.
const LONGEST_NOTE: usize = 1024;

/// Publishes events. A failure is logged and changes nothing else.
#[derive(Clone)]
pub struct Events {
    recorder: Recorder,
    metrics: Metrics,
}

impl Events {
    /// `instance` tells this process from others, such as the name of its pod.
    pub fn new(client: Client, instance: String, metrics: Metrics) -> Self {
        let controller = "roster.rs/controller".to_owned();
        let reporter = Reporter { controller, instance: Some(instance) };
        Self { recorder: Recorder::new(client, reporter), metrics }
    }

    /// Something was done. `kind` is the word for such objects in the metrics.
    pub(super) async fn normal<K: kube::Resource<DynamicType = ()>>(
        &self,
        kind: &'static str,
        object: &K,
        reason: Reason,
        note: &str,
    ) {
        self.publish(kind, &object.object_ref(&()), EventType::Normal, reason, note).await;
    }

    /// Something is wrong, and a person may have to act.
    pub(super) async fn warning<K: kube::Resource<DynamicType = ()>>(
        &self,
        kind: &'static str,
        object: &K,
        reason: Reason,
        note: &str,
    ) {
        self.publish(kind, &object.object_ref(&()), EventType::Warning, reason, note).await;
    }

    async fn publish(
        &self,
        kind: &'static str,
        object: &ObjectReference,
        type_: EventType,
        reason: Reason,
        note: &str,
    ) {
        let mut end = note.len().min(LONGEST_NOTE);
        while !note.is_char_boundary(end) {
            end -= 1;
        }
        let event = Event {
            type_,
            reason: reason.as_str().to_owned(),
            note: Some(note[..end].to_owned()),
            action: "Reconcile".to_owned(),
            secondary: None,
        };
        match self.recorder.publish(&event, object).await {
            Ok(()) => self.metrics.wrote(kind, Written::Event),
            Err(error) => {
                tracing::warn!(error = %error, %reason, "an event could not be published");
            }
        }
    }
}
