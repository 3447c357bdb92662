//! The last calls of a session, for people, in a `ConfigMap` that belongs to it.

use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{ObjectMeta, PostParams};
use kube::{Api, Resource, ResourceExt};
use tokio::time::Instant;

use super::KIND;
use crate::controller::error::Error;
use crate::controller::names::Name;
use crate::controller::sessions::OpenSession;
use crate::controller::shared::Shared;
use crate::kinds::api_session::ApiSession;

/// The history is not written more often than this.
const INTERVAL: Duration = Duration::from_secs(30);
const KEY: &str = "calls";

/// What was written last, and when.
#[derive(Default)]
pub(super) struct Kept {
    text: String,
    written: Option<Instant>,
}

/// Writes the history if it has news. Returns when to look again: calls are made without telling anybody.
pub(super) async fn keep(
    shared: &Shared,
    session: &ApiSession,
    open: &OpenSession,
) -> Result<Option<Duration>, Error> {
    let limit = session.spec.history.as_ref().and_then(|history| history.limit).unwrap_or(0);
    if limit == 0 {
        return Ok(None);
    }
    let text: String = open.system.history().iter().map(line).collect();
    let name = Name::of(session);
    let (is_known, written) =
        shared.memories.of(&name, |memory| (memory.history.text == text, memory.history.written));
    if is_known {
        return Ok(Some(INTERVAL));
    }
    if let Some(wait) = written.and_then(|written| INTERVAL.checked_sub(written.elapsed())) {
        return Ok(Some(wait));
    }
    write(shared, session, &text).await?;
    shared.memories.of(&name, |memory| {
        memory.history.text = text;
        memory.history.written = Some(Instant::now());
    });
    Ok(Some(INTERVAL))
}

fn line(entry: &crate::systems::HistoryEntry) -> String {
    let crate::systems::HistoryEntry { time, method, path, arguments, outcome } = entry;
    format!("{time:.0} {method} {path} {arguments} {outcome}\n")
}

async fn write(shared: &Shared, session: &ApiSession, text: &str) -> Result<(), Error> {
    let namespace = session.namespace().unwrap_or_default();
    let name = format!("{}-history", session.name_any());
    let api: Api<ConfigMap> = Api::namespaced(shared.client.clone(), &namespace);
    let owner = session.controller_owner_ref(&());
    let current = api.get_opt(&name).await.map_err(Error::api("read the history"))?;
    let uid = session.uid();
    let is_ours =
        |map: &ConfigMap| map.owner_references().iter().any(|o| Some(&o.uid) == uid.as_ref());
    let map = |version: Option<String>| ConfigMap {
        metadata: ObjectMeta {
            name: Some(name.clone()),
            namespace: Some(namespace.clone()),
            owner_references: owner.clone().map(|owner| vec![owner]),
            resource_version: version,
            ..ObjectMeta::default()
        },
        data: Some([(KEY.to_owned(), text.to_owned())].into()),
        ..ConfigMap::default()
    };
    let parameters = PostParams::default();
    let written = match current {
        None => api.create(&parameters, &map(None)).await,
        Some(current) if is_ours(&current) => {
            api.replace(&name, &parameters, &map(current.resource_version())).await
        }
        Some(_) => {
            tracing::warn!(session = %Name::of(session), config_map = name, "the ConfigMap belongs to somebody else; the history is not written");
            return Ok(());
        }
    };
    written.map_err(Error::api("write the history"))?;
    shared.metrics.wrote(KIND, crate::controller::metrics::Written::ConfigMap);
    Ok(())
}
