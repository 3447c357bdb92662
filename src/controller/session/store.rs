//! Every write to a session: its finalizer and its status.

use std::sync::Arc;

use kube::api::{Patch, PatchParams, PostParams};
use kube::{Api, ResourceExt};
use serde_json::json;

use super::FINALIZER;
use crate::controller::error::{Error, is_outdated};
use crate::controller::metrics::Written;
use crate::controller::names::Name;
use crate::controller::shared::Shared;
use crate::kinds::api_session::{ApiSession, ApiSessionStatus};

fn api(shared: &Shared, session: &ApiSession) -> Api<ApiSession> {
    Api::namespaced(shared.client.clone(), &session.namespace().unwrap_or_default())
}

/// The newest state of the session that is known: what was read, or what we wrote since.
pub(super) fn newest(shared: &Shared, name: &Name, read: Arc<ApiSession>) -> Arc<ApiSession> {
    let version = |session: &ApiSession| session.resource_version()?.parse::<u128>().ok();
    shared.memories.of(name, |memory| match &memory.written {
        Some(written) if written.uid() == read.uid() && version(written) > version(&read) => {
            Arc::clone(written)
        }
        _ => {
            memory.written = None;
            read
        }
    })
}

pub(super) async fn add_finalizer(
    shared: &Shared,
    session: &ApiSession,
) -> Result<Arc<ApiSession>, Error> {
    let mut finalizers = session.finalizers().to_vec();
    finalizers.push(FINALIZER.to_owned());
    let patched = patch_finalizers(shared, session, &finalizers).await?;
    shared.memories.of(&Name::of(session), |memory| memory.written = Some(Arc::clone(&patched)));
    Ok(patched)
}

pub(super) async fn remove_finalizer(shared: &Shared, session: &ApiSession) -> Result<(), Error> {
    let finalizers: Vec<String> =
        session.finalizers().iter().filter(|name| *name != FINALIZER).cloned().collect();
    if finalizers.len() == session.finalizers().len() {
        return Ok(());
    }
    patch_finalizers(shared, session, &finalizers).await.map(drop)
}

async fn patch_finalizers(
    shared: &Shared,
    session: &ApiSession,
    finalizers: &[String],
) -> Result<Arc<ApiSession>, Error> {
    let patch = json!({ "metadata": {
        "resourceVersion": session.resource_version(),
        "uid": session.uid(),
        "finalizers": finalizers,
    }});
    let patched = api(shared, session)
        .patch(&session.name_any(), &PatchParams::default(), &Patch::Merge(patch))
        .await
        .map_err(Error::api("write the session's finalizer"))?;
    shared.metrics.wrote("ApiSession", Written::Finalizer);
    Ok(Arc::new(patched))
}

/// Replaces the status if it differs. Somebody else's change meanwhile is looked at by the next reconcile.
pub(super) async fn write_status(
    shared: &Shared,
    session: &ApiSession,
    status: ApiSessionStatus,
) -> Result<bool, Error> {
    if session.status.as_ref() == Some(&status) {
        return Ok(false);
    }
    let wanted = ApiSession { status: Some(status), ..session.clone() };
    let (api, name) = (api(shared, session), session.name_any());
    match api.replace_status(&name, &PostParams::default(), &wanted).await {
        Ok(written) => {
            shared.metrics.wrote("ApiSession", Written::Status);
            let written = Arc::new(written);
            shared.memories.of(&Name::of(session), |memory| {
                memory.written = Some(written);
                memory.said = Some(tokio::time::Instant::now());
            });
            Ok(true)
        }
        Err(error) if is_outdated(&error) => {
            Err(Error::Again("the session changed meanwhile".to_owned()))
        }
        Err(error) => Err(Error::api("write the session's status")(error)),
    }
}
