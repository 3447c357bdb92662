//! What an outcome means for its object: how it is doing, the conditions that say so, and when to look again.

use kube::runtime::controller::Action;

use super::credentials::Kept;
use super::say::SLOW_RETRY;
use crate::controller::conditions::{Progress, Status, Wanted, kind, progress};
use crate::controller::error::{Error, chain};
use crate::plan::{Account, Change, Held, Hold, Reason};
use crate::remote::Retry;
use crate::sync::{Outcome, Problem};

/// How the object is doing, in the words of its status.
pub(super) struct Verdict {
    pub progress: Progress,
    pub reason: Reason,
    pub message: String,
    /// The account is as declared, and nothing is held back.
    pub synced: bool,
    /// When to try again what is the matter.
    pub retry: Option<Retry>,
}

/// The conditions of an account that was looked at.
pub(super) fn wanted<A: Account>(
    outcome: &Outcome<A>,
    kept: &Kept,
    verdict: &Verdict,
) -> Vec<Wanted> {
    let Verdict { progress: how, reason, message, synced, retry: _ } = verdict;
    let mut wanted = progress(*how, *reason, message);
    wanted.push(Wanted {
        kind: kind::SYNCED,
        status: Status::of(*synced),
        reason: *reason,
        message: message.clone(),
    });
    match kept {
        Kept::Nothing => {}
        Kept::Done => wanted.push(Wanted {
            kind: kind::CREDENTIALS_READY,
            status: Status::True,
            reason: Reason::InSync,
            message: String::new(),
        }),
        Kept::Failed { reason, message, retry: _ } => wanted.push(Wanted {
            kind: kind::CREDENTIALS_READY,
            status: Status::False,
            reason: *reason,
            message: message.clone(),
        }),
    }
    if let Some(drift) = drift(outcome) {
        wanted.push(Wanted {
            kind: kind::DRIFTED,
            status: Status::True,
            reason: Reason::PendingChanges,
            message: drift,
        });
    }
    wanted
}

pub(super) fn verdict<A: Account>(outcome: &Outcome<A>, kept: &Kept) -> Verdict {
    let trouble = |progress, reason, message| Verdict {
        progress,
        reason,
        message,
        synced: false,
        retry: None,
    };
    if let Some(problem) = &outcome.problem {
        let progress =
            if is_permanent(outcome) { Progress::Stalled } else { Progress::Reconciling };
        return trouble(progress, outcome.reason, chain(problem));
    }
    if let Some(Held { hold, .. }) = &outcome.held {
        let message = format!("differs, and is left as it is: {hold}; see status.pendingChanges");
        // Its author wants it so; a session that is read-only, or an account that is missing, is another matter.
        let accepted = match hold {
            Hold::Observe | Hold::CreateOnly | Hold::Drift => outcome.key.is_some(),
            Hold::ReadOnly | Hold::NotAdopted => false,
        };
        let progress = if accepted { Progress::Ready } else { Progress::Reconciling };
        return trouble(progress, Reason::PendingChanges, message);
    }
    if let Kept::Failed { reason, message, retry } = kept {
        let progress = match retry {
            Retry::WhenChanged | Retry::Slowly => Progress::Stalled,
            Retry::Backoff
            | Retry::After(_)
            | Retry::WhenCredentialsChange
            | Retry::AfterLooking => Progress::Reconciling,
        };
        let (reason, message, retry) = (*reason, message.clone(), Some(*retry));
        return Verdict { progress, reason, message, synced: true, retry };
    }
    let message = Reason::InSync.meaning().to_owned();
    let (progress, reason) = (Progress::Ready, Reason::InSync);
    Verdict { progress, reason, message, synced: true, retry: None }
}

/// Whether nothing more happens until somebody changes something.
pub(super) fn is_permanent<A: Account>(outcome: &Outcome<A>) -> bool {
    match &outcome.problem {
        None | Some(Problem::NotRecorded(_) | Problem::Unsaved(_)) => false,
        Some(Problem::Refused(_)) => true,
        Some(Problem::Remote(error)) => match error.retry() {
            Retry::WhenChanged | Retry::Slowly => true,
            Retry::Backoff
            | Retry::After(_)
            | Retry::WhenCredentialsChange
            | Retry::AfterLooking => false,
        },
    }
}

fn drift<A: Account>(outcome: &Outcome<A>) -> Option<String> {
    let held = outcome.held.as_ref().filter(|held| held.hold == Hold::Drift)?;
    let fields: Vec<&str> = held.changes.iter().map(Change::field).collect();
    Some(format!("edited at the remote system: {}", fields.join(", ")))
}

/// When to look again.
pub(super) fn next<A: Account>(
    until_due: Action,
    outcome: &Outcome<A>,
    verdict: Verdict,
) -> Result<Action, Error> {
    let Verdict { progress, message, retry, .. } = verdict;
    let retry = match &outcome.problem {
        Some(Problem::Remote(error)) => Some(error.retry()),
        _ => retry,
    };
    match (progress, &outcome.problem) {
        (Progress::Ready, _) => Ok(until_due),
        (_, Some(Problem::Remote(_)) | None) if retry.is_some() => match retry {
            Some(Retry::After(wait)) => Ok(Action::requeue(wait)),
            Some(Retry::Slowly) => Ok(Action::requeue(SLOW_RETRY)),
            Some(Retry::WhenChanged | Retry::WhenCredentialsChange) | None => {
                Ok(Action::await_change())
            }
            Some(Retry::Backoff | Retry::AfterLooking) => Err(Error::Again(message)),
        },
        // A permission is granted at the remote system, where nothing tells us.
        (Progress::Stalled, Some(_)) if outcome.reason == Reason::Forbidden => {
            Ok(Action::requeue(SLOW_RETRY))
        }
        (Progress::Stalled, _) => Ok(Action::await_change()),
        // A session in ReadOnly wakes its objects when it changes; a list that changes does too.
        (Progress::Reconciling, None) if outcome.held.is_some() => Ok(Action::await_change()),
        (Progress::Reconciling, _) => Err(Error::Again(message)),
    }
}
