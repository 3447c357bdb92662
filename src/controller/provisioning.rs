//! Tells a portal to apply what was written, once for all that was written meanwhile.
//!
//! The portal's task is about the whole tenant and heavy: it goes through all users, those of directories too. So it is
//! begun only where a session asks for it, never for one object, and never twice at the same time for one tenant.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use tokio::sync::Notify;

use crate::kinds::api_session::{AppliedChanges, AppliedOutcome};
use crate::systems::ctera::{Client, TaskOutcome, TaskReport};

/// How long the first change waits for others.
const GATHER: Duration = Duration::from_secs(5);
/// Before a task that failed is begun again; twice as long after each further one.
const FIRST_RETRY: Duration = Duration::from_mins(1);
const LONGEST_RETRY: Duration = Duration::from_hours(1);

/// The provisioning of one tenant, shared by all sessions that reach it.
#[derive(Debug, Default)]
pub(super) struct Provisioning {
    /// Something was written since the last task began.
    pending: AtomicBool,
    written: Notify,
    /// Held while a task runs.
    running: tokio::sync::Mutex<()>,
    last: Mutex<Option<AppliedChanges>>,
}

/// One [`Provisioning`] per account space.
#[derive(Debug, Default)]
pub(super) struct Provisionings(Mutex<HashMap<String, Arc<Provisioning>>>);

impl Provisionings {
    pub fn of(&self, space: &str) -> Arc<Provisioning> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(space.to_owned()).or_default())
    }
}

impl Provisioning {
    /// Something was written to the tenant.
    pub fn note_change(&self) {
        self.pending.store(true, Ordering::Release);
        self.written.notify_one();
    }

    /// What became of the last task that this process began.
    pub fn last(&self) -> Option<AppliedChanges> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Begins a task whenever something was written, until it is dropped. `tell` is called after each one.
    pub async fn follow(&self, client: &Client, tell: impl Fn(&AppliedChanges)) {
        let mut failures = 0_u32;
        loop {
            if failures == 0 {
                self.written.notified().await;
                tokio::time::sleep(GATHER).await;
            } else {
                let pause = FIRST_RETRY.saturating_mul(2_u32.saturating_pow(failures - 1));
                tokio::time::sleep(pause.min(LONGEST_RETRY)).await;
            }
            let _alone = self.running.lock().await;
            if !self.pending.swap(false, Ordering::AcqRel) {
                // A session of the same tenant was first.
                failures = 0;
                continue;
            }
            let applied = applied(client.apply_changes().await);
            if applied.outcome.is_to_be_repeated() {
                failures = failures.saturating_add(1);
                self.pending.store(true, Ordering::Release);
            } else {
                failures = 0;
            }
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(applied.clone());
            tell(&applied);
        }
    }
}

fn applied(result: Result<TaskReport, crate::remote::RemoteError>) -> AppliedChanges {
    let (outcome, message) = match result {
        Ok(TaskReport { outcome, message }) => (outcome.into(), message),
        Err(error) => (AppliedOutcome::NotStarted, super::error::chain(&error)),
    };
    AppliedChanges { outcome, message, finished_at: Time(Timestamp::now()) }
}

impl From<TaskOutcome> for AppliedOutcome {
    fn from(outcome: TaskOutcome) -> Self {
        match outcome {
            TaskOutcome::Completed => Self::Completed,
            TaskOutcome::CompletedWithWarnings => Self::CompletedWithWarnings,
            TaskOutcome::Failed => Self::Failed,
            TaskOutcome::Stopped => Self::Stopped,
            TaskOutcome::Disabled => Self::Disabled,
            TaskOutcome::StillRunning => Self::StillRunning,
            TaskOutcome::Unknown => Self::Unknown,
        }
    }
}
