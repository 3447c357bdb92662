//! Every write to an object: its finalizer and its status. Nothing else of it is ever written.

use std::sync::Arc;

use kube::api::PostParams;
use kube::{Api, ResourceExt};

use super::FINALIZER;
use crate::controller::error::{Error, is_outdated as is_refused_as_outdated};
use crate::controller::kind::Kind;
use crate::controller::metrics::Written;
use crate::controller::stored::{has_finalizer, set_finalizer};
use crate::kinds::AccountResource;
use crate::kinds::common::AccountStatus;
use crate::plan::Account;

/// How often a write is tried again because somebody else changed the object meanwhile.
const TRIES: usize = 5;

fn api<K: AccountResource>(kind: &Kind<K>, object: &K) -> Api<K> {
    Api::namespaced(kind.shared.client.clone(), &object.namespace().unwrap_or_default())
}

/// Whether a newer edit of the object is known than the one that was decided about.
pub(super) fn is_outdated<K: AccountResource>(kind: &Kind<K>, object: &K) -> bool {
    let cached = kind.cache.get(&object.namespace().unwrap_or_default(), &object.name_any());
    let Some(cached) = cached else { return true };
    let edit = |object: &kube::api::ObjectMeta| {
        (object.uid.clone(), object.generation, object.deletion_timestamp.is_some())
    };
    let (now, decided) = (edit(kube::Resource::meta(&*cached)), edit(object.meta()));
    // Our own write can be ahead of the cache, which then has an older generation.
    now.0 != decided.0 || now.1 > decided.1 || (now.2 && !decided.2)
}

/// Makes sure that the object is still there and still to be kept.
pub(super) async fn confirm<K: AccountResource>(kind: &Kind<K>, object: &K) -> Result<(), Error> {
    let current = api(kind, object).get_opt(&object.name_any()).await;
    let current = current.map_err(Error::api("read the object"))?;
    let same = current.is_some_and(|current| {
        current.uid() == object.uid() && current.meta().deletion_timestamp.is_none()
    });
    if same { Ok(()) } else { Err(Error::Again("the object is gone".to_owned())) }
}

/// Stores the claim. Fails if the object changed since it was decided about.
pub(super) async fn add_finalizer<K: AccountResource>(
    kind: &Kind<K>,
    object: &K,
) -> Result<Arc<K>, Error> {
    patch_finalizer(kind, object, true).await.map_err(Error::api("add the finalizer"))
}

/// Lets the object go.
pub(super) async fn remove_finalizer<K: AccountResource>(
    kind: &Kind<K>,
    object: &Arc<K>,
) -> Result<(), Error> {
    take_finalizer_away(kind, object, |_| true).await
}

/// Says that nothing is owed any more, unless another process has recorded an account meanwhile.
pub(super) async fn release<K: AccountResource>(
    kind: &Kind<K>,
    object: &Arc<K>,
) -> Result<(), Error> {
    take_finalizer_away(kind, object, |current| current.recorded_key().is_none()).await
}

async fn take_finalizer_away<K: AccountResource>(
    kind: &Kind<K>,
    object: &Arc<K>,
    may_go: impl Fn(&K) -> bool,
) -> Result<(), Error> {
    let mut object = Arc::clone(object);
    for _ in 0..TRIES {
        if !has_finalizer(&*object, FINALIZER) || !may_go(&object) {
            return Ok(());
        }
        match patch_finalizer(kind, &object, false).await {
            Ok(_) => return Ok(()),
            Err(error) if is_refused_as_outdated(&error) => {}
            Err(error) => return Err(Error::api("remove the finalizer")(error)),
        }
        match read_again(kind, &object).await? {
            Some(current) => object = current,
            None => return Ok(()),
        }
    }
    Err(Error::Again("the object changes too often".to_owned()))
}

async fn patch_finalizer<K: AccountResource>(
    kind: &Kind<K>,
    object: &K,
    is_set: bool,
) -> kube::Result<Arc<K>> {
    let patched = set_finalizer(&api(kind, object), object, FINALIZER, is_set).await?;
    let patched = Arc::new(patched);
    kind.shared.metrics.wrote(K::Account::KIND, Written::Finalizer);
    kind.wrote(&patched);
    Ok(patched)
}

/// Records that the result of the create which is about to be sent could not be told from other accounts.
pub(super) async fn mark_unproven<K: AccountResource>(
    kind: &Kind<K>,
    object: &Arc<K>,
) -> Result<(), Error> {
    write_status(kind, object, |current| {
        let mut status = status_of(current);
        status.create_unproven = Some(true);
        current.with_status(status, current.recorded_key().as_ref(), None, &[])
    })
    .await
    .map(drop)
}

/// Replaces the status if it differs from what `make` makes of the object. If somebody changed the object meanwhile,
/// `make` is asked again with its newest state; it never sees another object of the same name. If another process has
/// recorded an account meanwhile, nothing is written: that has to be decided about anew.
pub(super) async fn write_status<K: AccountResource>(
    kind: &Kind<K>,
    object: &Arc<K>,
    make: impl Fn(&K) -> K,
) -> Result<Arc<K>, Error> {
    // Our own write of a moment ago counts, although the cache may not have heard of it.
    let mut current = kind.newest(object);
    let recorded = current.recorded_key();
    for _ in 0..TRIES {
        let wanted = make(&current);
        if wanted == *current {
            return Ok(current);
        }
        let api = api(kind, &*current);
        match api.replace_status(&current.name_any(), &PostParams::default(), &wanted).await {
            Ok(written) => {
                let written = Arc::new(written);
                kind.shared.metrics.wrote(K::Account::KIND, Written::Status);
                kind.wrote(&written);
                return Ok(written);
            }
            Err(error) if is_refused_as_outdated(&error) => {}
            Err(error) => return Err(Error::api("write the status")(error)),
        }
        match read_again(kind, &current).await? {
            Some(newer) if newer.recorded_key() != recorded => {
                return Err(Error::Again("another process recorded the account".to_owned()));
            }
            Some(newer) => current = newer,
            None => return Ok(current),
        }
    }
    Err(Error::Again("the object changes too often".to_owned()))
}

/// The same object as it is now; `None` if it is gone or replaced by another one.
async fn read_again<K: AccountResource>(
    kind: &Kind<K>,
    object: &K,
) -> Result<Option<Arc<K>>, Error> {
    let current = api(kind, object).get_opt(&object.name_any()).await;
    let current = current.map_err(Error::api("read the object"))?;
    Ok(current.filter(|current| current.uid() == object.uid()).map(Arc::new))
}

/// The common part of the status, or an empty one.
pub(super) fn status_of<K: AccountResource>(object: &K) -> AccountStatus {
    object.account_status().cloned().unwrap_or_default()
}
