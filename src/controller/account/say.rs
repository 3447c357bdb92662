//! What is said of an object whose account was not looked at.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kube::ResourceExt;
use kube::runtime::controller::Action;

use super::store::{status_of, write_status};
use super::{FINALIZER, Turn};
use crate::controller::conditions::{
    Progress, Status, Wanted, conditions, find, is_true, kind, progress, suspended,
};
use crate::controller::error::{Error, chain};
use crate::controller::names::Name;
use crate::controller::stored::has_finalizer;
use crate::kinds::AccountResource;
use crate::kinds::common::AccountStatus;
use crate::plan::{Account, Reason};
use crate::remote::{RemoteError, Retry};
use crate::sync::Stopped;

/// How long a new object may wait for what was applied together with it before that is called missing.
const GRACE: Duration = Duration::from_secs(5);

/// How long something is left alone that only a person outside the cluster can mend.
pub(super) const SLOW_RETRY: Duration = Duration::from_mins(10);

/// Why an object cannot be served now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    pub progress: Progress,
    pub reason: Reason,
    pub message: String,
    /// Nothing is wrong with the object itself: what is said of a settled one stays true.
    pub elsewhere: bool,
    /// It is about the credentials.
    pub credentials: bool,
}

impl Trouble {
    fn new(progress: Progress, reason: Reason, message: String) -> Self {
        Self { progress, reason, message, elsewhere: false, credentials: false }
    }

    pub fn no_session(session: &Name) -> Self {
        let message = format!(
            "there is no ApiSession {session}; create it, or make another object with another sessionRef"
        );
        Self::new(Progress::Reconciling, Reason::SessionMissing, message)
    }

    pub fn session_not_ready(session: &Name, why: Reason) -> Self {
        let message = format!("ApiSession {session} cannot be used ({why}); see its status");
        let trouble = Self::new(Progress::Reconciling, Reason::SessionNotReady, message);
        Self { elsewhere: true, ..trouble }
    }

    pub fn session_goes(session: &Name) -> Self {
        let message = format!(
            "ApiSession {session} is being deleted; nothing more is written through it but removals"
        );
        let trouble = Self::new(Progress::Reconciling, Reason::SessionNotReady, message);
        Self { elsewhere: true, ..trouble }
    }

    pub fn not_allowed(denied: &impl fmt::Display) -> Self {
        Self::new(Progress::Stalled, Reason::NotAllowed, denied.to_string())
    }

    pub fn other_system(session: &Name) -> Self {
        let message = format!(
            "ApiSession {session} is for another system; make another object with another sessionRef"
        );
        Self::new(Progress::Stalled, Reason::Invalid, message)
    }

    pub fn secret_missing(what: &str) -> Self {
        let message = format!("{what}; nothing is written until it is there");
        let trouble = Self::new(Progress::Reconciling, Reason::SecretMissing, message);
        Self { credentials: true, ..trouble }
    }

    pub fn foreign_secret(secret: &str) -> Self {
        let message = format!(
            "the Secret `{secret}` exists and was not written for this object; choose another name in spec.outputSecret, or remove the Secret"
        );
        let trouble = Self::new(Progress::Stalled, Reason::SecretConflict, message);
        Self { credentials: true, ..trouble }
    }

    /// Whether it is often over a moment later.
    fn may_pass(&self) -> bool {
        self.progress == Progress::Reconciling
    }

    /// The remote system could not be read.
    fn unreadable(error: &RemoteError) -> Self {
        let trouble = Self::new(Progress::Reconciling, error.reason(), chain(error));
        Self { elsewhere: true, ..trouble }
    }
}

impl<K: AccountResource> Turn<'_, K> {
    /// Says why the object waits. A settled object whose trouble is elsewhere keeps what is said of it.
    pub(super) async fn wait(&self, trouble: Trouble) -> Result<Action, Error> {
        let status = status_of(&*self.object);
        let settled = is_true(&status.conditions, kind::READY)
            && status.observed_generation == self.object.meta().generation;
        if settled && trouble.elsewhere {
            return Ok(Action::await_change());
        }
        if let Some(rest) = self.rest_of_grace().filter(|_| trouble.may_pass()) {
            return Ok(Action::requeue(rest));
        }
        self.say(&trouble).await?;
        Ok(Action::await_change())
    }

    /// The batcher gave no outcome.
    pub(super) async fn stopped(&self, stopped: Stopped) -> Result<Action, Error> {
        self.kind.remember(&self.object, |memory| memory.remote_changed = true);
        match &stopped {
            Stopped::Look(error) => {
                let waiting = self.wait(Trouble::unreadable(error)).await?;
                if waiting != Action::await_change() {
                    // Nothing is said yet of a new object; it comes again to say it.
                    return Ok(waiting);
                }
                match error.retry() {
                    // The session tells when it changed; asking again would get the same answer.
                    Retry::WhenChanged | Retry::WhenCredentialsChange => Ok(Action::await_change()),
                    Retry::After(wait) => Ok(Action::requeue(wait)),
                    Retry::Slowly => Ok(Action::requeue(SLOW_RETRY)),
                    Retry::Backoff | Retry::AfterLooking => Err(stopped.into()),
                }
            }
            // Handed back because others were first: at once again, among those that wait now.
            Stopped::Deferred => Ok(Action::requeue(Duration::ZERO)),
            Stopped::ShuttingDown => Ok(Action::await_change()),
        }
    }

    /// What was applied together comes one by one: for a moment nothing is said of what a new object misses.
    fn rest_of_grace(&self) -> Option<Duration> {
        let created = self.object.creation_timestamp()?.0;
        let age = Timestamp::now().duration_since(created).try_into().unwrap_or_default();
        GRACE.checked_sub(age).filter(|rest| !rest.is_zero())
    }

    pub(super) async fn say_suspended(&self) -> Result<Action, Error> {
        let generation = self.object.meta().generation;
        write_status(self.kind, &self.object, |current| {
            let mut status = status_of(current);
            let wanted = Wanted {
                kind: kind::SUSPENDED,
                status: Status::True,
                reason: Reason::Suspended,
                message: "spec.suspend is true; no call is made for this object".to_owned(),
            };
            status.conditions = suspended(&status.conditions, generation, vec![wanted]);
            status.observed_generation = generation;
            current.with_status(status, current.recorded_key().as_ref(), None, &[])
        })
        .await?;
        Ok(Action::await_change())
    }

    async fn say(&self, trouble: &Trouble) -> Result<(), Error> {
        let before = status_of(&*self.object);
        // When the trouble is over, all is as it was decided before; but then it has to be said.
        self.kind.remember(&self.object, |memory| memory.settled = None);
        let written = write_status(self.kind, &self.object, |current| {
            let status = troubled(&status_of(current), current.meta().generation, trouble);
            current.with_status(status, current.recorded_key().as_ref(), None, &[])
        })
        .await?;
        self.tell_transition(&before, &written).await;
        Ok(())
    }

    /// A removal that cannot be done now: the object stays, and says why.
    pub(super) async fn say_blocked(&self, reason: Reason, message: &str) -> Result<(), Error> {
        let before = status_of(&*self.object);
        let generation = self.object.meta().generation;
        let written = write_status(self.kind, &self.object, |current| {
            let mut status = status_of(current);
            let before = std::mem::take(&mut status.conditions);
            let blocked = Wanted {
                kind: kind::DELETION_BLOCKED,
                status: Status::True,
                reason,
                message: message.to_owned(),
            };
            let mut wanted = progress(Progress::Reconciling, reason, message);
            wanted.push(blocked);
            status.conditions = conditions(&before, generation, wanted);
            status.observed_generation = generation;
            current.with_status(status, current.recorded_key().as_ref(), None, &[])
        })
        .await?;
        self.tell_transition(&before, &written).await;
        Ok(())
    }

    /// An event when an object stops being ready, or is not ready for another reason than before.
    pub(super) async fn tell_transition(&self, before: &AccountStatus, now: &Arc<K>) {
        let status = status_of(&**now);
        let Some(ready) = find(&status.conditions, kind::READY) else { return };
        let known = find(&before.conditions, kind::READY)
            .is_some_and(|before| before.status == ready.status && before.reason == ready.reason);
        if ready.status == "True" || known {
            return;
        }
        let reason = Reason::ALL.into_iter().find(|reason| reason.as_str() == ready.reason);
        let Some(reason) = reason else { return };
        self.kind.shared.events.warning(K::Account::KIND, &**now, reason, &ready.message).await;
    }

    /// Whether the finalizer is set.
    pub(super) fn is_claimed(&self) -> bool {
        has_finalizer(&*self.object, FINALIZER)
    }
}

/// The status of an object in trouble: what is known of its account stays.
fn troubled(before: &AccountStatus, generation: Option<i64>, trouble: &Trouble) -> AccountStatus {
    let Trouble { progress: how, reason, message, elsewhere: _, credentials } = trouble;
    let mut wanted = progress(*how, *reason, message);
    let not =
        |kind| Wanted { kind, status: Status::False, reason: *reason, message: message.clone() };
    wanted.push(not(kind::SYNCED));
    if *credentials {
        wanted.push(not(kind::CREDENTIALS_READY));
    }
    AccountStatus {
        observed_generation: generation,
        conditions: conditions(&before.conditions, generation, wanted),
        ..before.clone()
    }
}
