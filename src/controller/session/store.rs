//! Every write to a session: its finalizer and its status.

use std::sync::Arc;

use kube::api::PostParams;
use kube::{Api, ResourceExt};

use super::{FINALIZER, KIND};
use crate::controller::error::{Error, is_outdated};
use crate::controller::metrics::Written;
use crate::controller::names::Name;
use crate::controller::shared::Shared;
use crate::controller::stored::{has_finalizer, is_newer, set_finalizer};
use crate::kinds::api_session::{ApiSession, ApiSessionStatus};

fn api(shared: &Shared, session: &ApiSession) -> Api<ApiSession> {
    Api::namespaced(shared.client.clone(), &session.namespace().unwrap_or_default())
}

/// The newest state of the session that is known: what was read, or what we wrote since.
pub(super) fn newest(shared: &Shared, name: &Name, read: Arc<ApiSession>) -> Arc<ApiSession> {
    shared.memories.of(name, |memory| match &memory.written {
        Some(written) if written.uid() == read.uid() && is_newer(&**written, &*read) => {
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
    let patched = Arc::new(patch_finalizer(shared, session, true).await?);
    shared.memories.of(&Name::of(session), |memory| memory.written = Some(Arc::clone(&patched)));
    Ok(patched)
}

pub(super) async fn remove_finalizer(shared: &Shared, session: &ApiSession) -> Result<(), Error> {
    if !has_finalizer(session, FINALIZER) {
        return Ok(());
    }
    patch_finalizer(shared, session, false).await.map(drop)
}

async fn patch_finalizer(
    shared: &Shared,
    session: &ApiSession,
    is_set: bool,
) -> Result<ApiSession, Error> {
    let patched = set_finalizer(&api(shared, session), session, FINALIZER, is_set).await;
    let patched = patched.map_err(Error::api("write the session's finalizer"))?;
    shared.metrics.wrote(KIND, Written::Finalizer);
    Ok(patched)
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
            shared.metrics.wrote(KIND, Written::Status);
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
