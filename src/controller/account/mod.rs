//! The one reconcile of every kind of account.
//!
//! Five steps, each of which may be the last: is the object ours to serve; can its session be used; are its secrets
//! there; what becomes of it, which the session's batcher decides and does; what is to be said of it. Only the batcher
//! writes to the remote system, only [`store`] to the object, and only [`output`](super::output) to Secrets.

mod begin;
mod credentials;
mod keys;
mod prepare;
mod removal;
mod say;
mod settle;
mod store;
mod verdict;

use std::sync::Arc;
use std::time::Duration;

use kube::runtime::controller::Action;
use kube::{Resource, ResourceExt};

use super::claims::session_of;
use super::error::Error;
use super::kind::Kind;
use super::names::Name;
use super::sessions::{OpenSession, Standing};
use super::trigger::annotation;
use crate::kinds::AccountResource;
use crate::kinds::api_session::Consumer;
use crate::plan::Reason;
use crate::sync::{Settings, Submission};

/// Something is owed to an account at the remote system, or a create was begun.
pub(super) const FINALIZER: &str = "roster.rs/account";

/// How old a list may be that an edit of a person is decided from.
const EDIT_MAX_AGE: Duration = Duration::from_secs(30);

/// One object and its session, for the time of one reconcile.
pub(super) struct Turn<'k, K: AccountResource> {
    kind: &'k Arc<Kind<K>>,
    object: Arc<K>,
    session: Name,
}

/// Whether the session can be used for the object.
enum Usable {
    Open(Arc<OpenSession>),
    /// The session was not looked at yet; it wakes its objects when it was.
    NotYet,
    No(say::Trouble),
}

/// Makes the account as its object declares it, and the object's status as the account is.
pub(super) async fn reconcile<K: AccountResource>(
    kind: &Arc<Kind<K>>,
    object: Arc<K>,
) -> Result<Action, Error> {
    let object = kind.newest(&object);
    let session = session_of(&*object);
    if !kind.shared.shard.serves(&session) {
        return Ok(Action::await_change());
    }
    let turn = Turn { kind, object, session };
    if turn.object.meta().deletion_timestamp.is_some() {
        turn.remove().await
    } else {
        turn.keep().await
    }
}

impl<K: AccountResource> Turn<'_, K> {
    /// The account is to be as declared.
    async fn keep(self) -> Result<Action, Error> {
        if self.object.account_spec().suspend.unwrap_or(false) {
            return self.say_suspended().await;
        }
        let open = match self.usable() {
            Usable::Open(open) => open,
            Usable::NotYet => return Ok(Action::await_change()),
            Usable::No(trouble) => return self.wait(trouble).await,
        };
        let Some(batcher) = self.kind.batcher(&open) else {
            return self.wait(say::Trouble::other_system(&self.session)).await;
        };
        let prepared = match self.prepare(&open).await? {
            Ok(prepared) => prepared,
            Err(trouble) => return self.wait(trouble).await,
        };
        let requested = self
            .request(annotation::RECONCILE, |status| status.last_handled_reconcile_at.as_deref());
        let (settled, changed) = self.kind.remember(&self.object, |memory| {
            (memory.settled.take(), std::mem::take(&mut memory.remote_changed))
        });
        let is_settled = prepared.is_settled(settled, &self) && !self.are_keys_due();
        if is_settled && !changed && requested.is_none() {
            let action = self.until_due(prepared.after());
            self.kind.remember(&self.object, |memory| memory.settled = settled);
            return Ok(action);
        }
        let Settings { resync_interval, .. } = *open.settings.borrow();
        let max_age = match (requested, self.is_edited()) {
            (Some(_), _) => Duration::ZERO,
            (None, true) => EDIT_MAX_AGE,
            (None, false) => resync_interval,
        };
        let (declared, after) = prepared.into_parts();
        let begin =
            begin::hook(self.kind, &self.object, after.keeping.clone(), after.rotate.clone());
        let result = batcher.submit(Submission { declared, max_age, begin }).await;
        match result {
            Ok(report) => self.settle(&open, after, report).await,
            Err(stopped) => self.stopped(stopped).await,
        }
    }

    /// Whether there is something that its author said and that was not looked at yet.
    fn is_edited(&self) -> bool {
        let status = self.object.account_status();
        let observed = status.and_then(|status| status.observed_generation);
        observed != self.object.meta().generation || self.object.recorded_key().is_none()
    }

    /// The value of an annotation that asks for something, unless it was handled already.
    fn request(
        &self,
        annotation: &str,
        handled: impl Fn(&crate::kinds::common::AccountStatus) -> Option<&str>,
    ) -> Option<String> {
        let asked = self.object.annotations().get(annotation)?;
        let handled = self.object.account_status().and_then(handled);
        (handled != Some(asked)).then(|| asked.clone())
    }

    fn usable(&self) -> Usable {
        let shared = &self.kind.shared;
        let Some(session) = shared.session(&self.session) else {
            return Usable::No(say::Trouble::no_session(&self.session));
        };
        let Ok(session) = &session.0 else {
            return Usable::No(say::Trouble::session_not_ready(&self.session, Reason::Invalid));
        };
        let namespace = self.object.namespace().unwrap_or_default();
        let names = self.object.names();
        let wants_admin_role = self.object.wants_admin_role();
        let consumer =
            Consumer { namespace: &namespace, kind: K::CONSUMER, names: &names, wants_admin_role };
        let admitted = session
            .spec
            .admit(&self.session.namespace, consumer, |rule| shared.selects(rule, &namespace));
        if let Err(denied) = admitted {
            return Usable::No(say::Trouble::not_allowed(&denied));
        }
        if session.meta().deletion_timestamp.is_some()
            && self.object.meta().deletion_timestamp.is_none()
        {
            return Usable::No(say::Trouble::session_goes(&self.session));
        }
        match shared.sessions.standing(&self.session) {
            Some(Standing::Open(open))
                if open.serves_only_removals()
                    && self.object.meta().deletion_timestamp.is_none() =>
            {
                Usable::No(say::Trouble::session_not_ready(&self.session, Reason::SecretMissing))
            }
            Some(Standing::Open(open)) => Usable::Open(open),
            Some(Standing::Closed { reason, .. }) => {
                Usable::No(say::Trouble::session_not_ready(&self.session, reason))
            }
            None => Usable::NotYet,
        }
    }
}
