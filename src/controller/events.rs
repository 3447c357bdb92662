//! Events: what happened to an object, told once.

use k8s_openapi::api::core::v1::ObjectReference;
use kube::Client;
use kube::runtime::events::{Event, EventType, Recorder, Reporter};

use crate::plan::Reason;

/// The longest note that the API server takes, in bytes.
const LONGEST_NOTE: usize = 1024;

/// Publishes events. A failure is logged and changes nothing else.
#[derive(Clone)]
pub struct Events(Recorder);

impl Events {
    /// `instance` tells this process from others, such as the name of its pod.
    pub fn new(client: Client, instance: String) -> Self {
        let controller = "roster.rs/controller".to_owned();
        Self(Recorder::new(client, Reporter { controller, instance: Some(instance) }))
    }

    /// Something was done.
    pub(super) async fn normal(&self, object: &ObjectReference, reason: Reason, note: &str) {
        self.publish(object, EventType::Normal, reason, note).await;
    }

    /// Something is wrong, and a person may have to act.
    pub(super) async fn warning(&self, object: &ObjectReference, reason: Reason, note: &str) {
        self.publish(object, EventType::Warning, reason, note).await;
    }

    async fn publish(
        &self,
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
        if let Err(error) = self.0.publish(&event, object).await {
            tracing::warn!(error = %error, %reason, "an event could not be published");
        }
    }
}
