//! The object goes: its account is kept, disabled or deleted, and then the finalizer is taken away.

use std::time::Duration;

use kube::ResourceExt;
use kube::runtime::controller::Action;

use super::begin::hook;
use super::say::{SLOW_RETRY, Trouble};
use super::store::{remove_finalizer, status_of};
use super::{EDIT_MAX_AGE, Turn, Usable};
use crate::controller::error::{Error, chain};
use crate::controller::sessions::OpenSession;
use crate::controller::trigger::annotation;
use crate::kinds::AccountResource;
use crate::kinds::common::DeletionPolicy;
use crate::plan::{Account, Reason};
use crate::remote::Retry;
use crate::sync::{Outcome, Problem, Report, Stopped, Submission};

/// What a person can always do.
const ESCAPE: &str =
    "or annotate the object with roster.rs/orphan=true to let it go and leave the account as it is";

impl<K: AccountResource> Turn<'_, K> {
    /// Carries the deletion policy out, as it is now.
    pub(super) async fn remove(self) -> Result<Action, Error> {
        if !self.is_claimed() {
            return Ok(Action::await_change());
        }
        if self.object.annotations().get(annotation::ORPHAN).is_some_and(|value| value == "true") {
            let note =
                "the object goes and its account is left as it is, because a person asked for it";
            return self.let_go(Reason::Orphaned, note).await;
        }
        if self.owes_nothing() {
            return self.let_go(Reason::Released, "nothing was made at the remote system").await;
        }
        if self.object.account_spec().suspend.unwrap_or(false) {
            let message =
                format!("spec.suspend is true; take it away to have the account removed, {ESCAPE}");
            self.say_blocked(Reason::Suspended, &message).await?;
            return Ok(Action::await_change());
        }
        let open = match self.usable() {
            Usable::Open(open) => open,
            Usable::NotYet => return Ok(Action::await_change()),
            Usable::No(trouble) => return self.without_session(&trouble).await,
        };
        let Some(batcher) = self.kind.batcher(&open) else {
            return self.without_session(&Trouble::other_system(&self.session)).await;
        };
        let declared = self.prepare_removal().await?;
        let begin = hook(self.kind, &self.object, None, None);
        let submission = Submission { declared, max_age: EDIT_MAX_AGE, begin };
        let Report { outcome, observed: _ } = match batcher.submit(submission).await {
            Ok(report) => report,
            Err(stopped) => {
                if let Stopped::Look(error) = &stopped {
                    let message = format!("{}; tried again by itself, {ESCAPE}", chain(&**error));
                    self.say_blocked(error.reason(), &message).await?;
                }
                return self.stopped(stopped).await;
            }
        };
        self.removed(&open, outcome).await
    }

    async fn removed(
        &self,
        open: &OpenSession,
        outcome: Outcome<K::Account>,
    ) -> Result<Action, Error> {
        let Outcome { key, reason, memo, problem, held, .. } = outcome;
        let Some(problem) = problem else {
            if memo.is_none() {
                if matches!(reason, Reason::Disabled | Reason::Deleted) {
                    open.note_change();
                }
                let account =
                    key.map_or_else(|| "the account".to_owned(), |key| format!("`{key}`"));
                let note = match reason {
                    Reason::Disabled => format!("{account} can no longer be used"),
                    Reason::Deleted => format!("{account} was deleted"),
                    _ => format!("{account} is left as it is"),
                };
                return self.let_go(reason, &note).await;
            }
            let hold = held.map_or_else(|| "a policy".to_owned(), |held| held.hold.to_string());
            let message = format!("the account cannot be removed: {hold}; change that, {ESCAPE}");
            self.say_blocked(Reason::PendingChanges, &message).await?;
            return Ok(Action::await_change());
        };
        let message = format!("{}; {ESCAPE}", chain(&problem));
        match &problem {
            Problem::Refused(_) => {
                self.say_blocked(reason, &message).await?;
                let freed = open.guard.next_release().unwrap_or(SLOW_RETRY);
                Ok(Action::requeue(freed.max(Duration::from_secs(1))))
            }
            Problem::Remote(error) => {
                self.say_blocked(reason, &message).await?;
                match error.retry() {
                    Retry::After(wait) => Ok(Action::requeue(wait)),
                    Retry::Slowly | Retry::WhenChanged => Ok(Action::requeue(SLOW_RETRY)),
                    Retry::WhenCredentialsChange => Ok(Action::await_change()),
                    Retry::Backoff | Retry::AfterLooking => Err(Error::Again(error.to_string())),
                }
            }
            Problem::NotRecorded(why) | Problem::Unsaved(why) => Err(Error::Again(why.clone())),
        }
    }

    /// Nothing can be looked at. What is certainly kept may go; for the rest a person is told.
    async fn without_session(&self, trouble: &Trouble) -> Result<Action, Error> {
        let status = status_of(&*self.object);
        let declared = self.object.account_spec().policies.deletion;
        if declared.or(status.deletion_policy) == Some(DeletionPolicy::Retain) {
            return self.let_go(Reason::Released, "the account is left as it is").await;
        }
        self.say_blocked(trouble.reason, &format!("{}; mend that, {ESCAPE}", trouble.message))
            .await?;
        Ok(Action::await_change())
    }

    /// No account is recorded, and it is known that no create is unfinished.
    fn owes_nothing(&self) -> bool {
        let known = self.kind.remember(&self.object, |memory| memory.nothing_begun);
        self.object.recorded_key().is_none() && known
    }

    async fn let_go(&self, reason: Reason, note: &str) -> Result<Action, Error> {
        remove_finalizer(self.kind, &self.object).await?;
        self.kind.shared.events.normal(K::Account::KIND, &*self.object, reason, note).await;
        Ok(Action::await_change())
    }
}
