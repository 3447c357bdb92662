//! What is recorded before anything is sent: the generated password in its Secret, the claim on a new account.

use std::sync::Arc;

use futures::FutureExt;

use super::prepare::owner;
use super::{FINALIZER, store};
use crate::controller::error::Error;
use crate::controller::kind::Kind;
use crate::controller::output::{self, Credentials};
use crate::controller::stored::has_finalizer;
use crate::kinds::common::{Keeping, Source};
use crate::kinds::{AccountResource, KeyOf};
use crate::sync::{Beginning, Starting};

/// The field that holds a password, in every kind.
pub(super) const PASSWORD: &str = "password";

/// What the batcher calls right before it sends something for the object.
pub(super) fn hook<K: AccountResource>(
    kind: &Arc<Kind<K>>,
    object: &Arc<K>,
    keeping: Option<Keeping>,
    rotate: Option<String>,
) -> Beginning<KeyOf<K>> {
    let (kind, object) = (Arc::clone(kind), Arc::clone(object));
    Box::new(move |starting| {
        async move { begin(&kind, object, keeping, rotate, starting).await }.boxed()
    })
}

async fn begin<K: AccountResource>(
    kind: &Arc<Kind<K>>,
    object: Arc<K>,
    keeping: Option<Keeping>,
    rotate: Option<String>,
    starting: Starting<KeyOf<K>>,
) -> Result<(), String> {
    let Starting { object: _, memo, fields } = starting;
    if store::is_outdated(kind, &object) {
        return Err("the object changed meanwhile".to_owned());
    }
    let user_name = memo.key.as_ref().map(|key| object.login_name(key));
    if let Some(keeping) = keeping.filter(|keeping| keeping.source == Source::Fresh)
        && fields.contains(&PASSWORD)
        && let Some(owner) = owner(&*object)
    {
        let credentials = Credentials {
            user_name,
            password: keeping.password,
            generated_at: keeping.generated_at,
            rotated_for: rotate,
        };
        output::write(&kind.shared, &owner, &keeping.output, &credentials)
            .await
            .map_err(|error| error.to_string())?;
    }
    let Some(claim) = memo.claim else { return Ok(()) };
    let failed = |error: Error| error.to_string();
    let object = if has_finalizer(&*object, FINALIZER) {
        // It was claimed before; meanwhile the object may have gone, and our cache not heard of it.
        store::confirm(kind, &object).await.map_err(failed)?;
        object
    } else {
        store::add_finalizer(kind, &object).await.map_err(failed)?
    };
    kind.remember(&object, |memory| {
        memory.nothing_begun = false;
        // What was heard until now is older than the account. Taken for news of it, it would cost a list per account.
        memory.remote_changed = false;
    });
    if claim.evidence.is_none() {
        // Nothing at the remote system would tell our account from others; whoever finds the claim has to know.
        store::mark_unproven(kind, &object).await.map_err(failed)?;
    }
    Ok(())
}
