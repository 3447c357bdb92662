//! What is kept, said and remembered once an object has its outcome.

use std::sync::Arc;

use kube::ResourceExt;
use kube::runtime::controller::Action;

use super::credentials::Kept;
use super::prepare::After;
use super::store::{add_finalizer, release, status_of, write_status};
use super::verdict::{Verdict, is_permanent, next, verdict, wanted};
use super::{FINALIZER, Turn};
use crate::controller::conditions::{Progress, conditions};
use crate::controller::error::Error;
use crate::controller::sessions::OpenSession;
use crate::controller::stored::has_finalizer;
use crate::controller::trigger::annotation;
use crate::kinds::common::{AccountStatus, DeletionPolicy};
use crate::kinds::{AccountResource, KeyOf};
use crate::plan::{Account, Memo, Origin, Policy, Reason};
use crate::remote::Cause;
use crate::sync::{Outcome, Problem, Report};

impl<K: AccountResource> Turn<'_, K> {
    /// Keeps the credentials, writes the status, and says when to look again.
    pub(super) async fn settle(
        &self,
        open: &Arc<OpenSession>,
        after: After,
        report: Report<K::Account>,
    ) -> Result<Action, Error> {
        let Report { outcome, observed } = report;
        if self.met_an_account_that_may_be_ours(&outcome) {
            return Err(Error::Again(
                "the account exists; looking whether it is our own".to_owned(),
            ));
        }
        if let Some(Problem::NotRecorded(why) | Problem::Unsaved(why)) = &outcome.problem {
            return Err(Error::Again(why.clone()));
        }
        if !outcome.written.is_empty() {
            open.note_change();
        }
        let kept = self.keep_credentials(open, &after, &outcome, observed.as_ref()).await?;
        let keys = self.keep_access_keys(open, &after, &outcome).await;
        let said = kept.and_keys(keys.as_ref());
        let verdict = verdict(&outcome, &said);
        let memo = outcome.memo.clone().unwrap_or_default();
        let status = self.status(&after, &outcome, &memo, &kept, &verdict);
        let written = write_status(self.kind, &self.object, |current| {
            let mut status = status.clone();
            let generation = status.observed_generation;
            let wanted = wanted(&outcome, &said, &verdict);
            status.conditions = conditions(&status_of(current).conditions, generation, wanted);
            let (key, seen) = (memo.key.as_ref(), observed.as_ref());
            let written = current.with_status(status, key, seen, &outcome.written);
            match &keys {
                Some(keys) => written.with_access_keys(keys.status.clone()),
                None => written,
            }
        })
        .await?;
        self.tell(&outcome, &written).await;
        self.tell_keys(keys.as_ref(), &written).await;
        self.sync_finalizer(&written, &memo, &outcome).await?;
        let ready = verdict.progress == Progress::Ready;
        self.kind.remember(&self.object, |memory| {
            memory.nothing_begun = memo.key.is_none() && memo.claim.is_none();
            memory.met_existing = false;
            memory.keys_next = keys.as_ref().and_then(|keys| keys.next);
        });
        if let Some(failure) = keys.and_then(|keys| keys.failure) {
            return Err(failure);
        }
        if ready {
            let fingerprint = self.fingerprint(&after);
            self.kind.remember(&self.object, |memory| memory.settled = Some(fingerprint));
        }
        next(self.until_due(&after), &outcome, verdict)
    }

    /// A create was refused because there is such an account. If the object was claimed before, it can be the result of
    /// our own create: of one whose reply was lost, or of another process that believes it leads. Looking tells, once.
    /// For an object without a claim nothing was begun before, so the account is somebody else's, whatever its password.
    fn met_an_account_that_may_be_ours(&self, outcome: &Outcome<K::Account>) -> bool {
        let exists = matches!(&outcome.problem, Some(Problem::Remote(error))
            if error.cause() == Cause::Conflict && outcome.key.is_none());
        exists
            && self.is_claimed()
            && self
                .kind
                .remember(&self.object, |memory| !std::mem::replace(&mut memory.met_existing, true))
    }

    fn status(
        &self,
        after: &After,
        outcome: &Outcome<K::Account>,
        memo: &Memo<KeyOf<K>>,
        kept: &Kept,
        verdict: &Verdict,
    ) -> AccountStatus {
        let before = status_of(&*self.object);
        let annotation = |name: &str| self.object.annotations().get(name).cloned();
        let done = verdict.progress == Progress::Ready;
        let applied: std::collections::BTreeMap<String, String> = memo
            .applied
            .iter()
            .map(|(field, marker)| (field.clone(), marker.as_str().to_owned()))
            .collect();
        let pending = outcome.held.as_ref().map_or(&[][..], |held| &held.changes);
        let output = self.object.output_secret().map(|output| output.name.clone());
        AccountStatus {
            observed_generation: self.object.meta().generation,
            conditions: Vec::new(),
            origin: memo.origin.map(Into::into),
            deletion_policy: Some(effective(after.policy, memo.origin)),
            pending_changes: pending.iter().map(ToString::to_string).collect(),
            last_handled_rotate_at: if done {
                annotation(annotation::ROTATE)
            } else {
                before.last_handled_rotate_at
            },
            last_handled_reconcile_at: annotation(annotation::RECONCILE),
            applied_with: (!applied.is_empty()).then(|| self.kind.shared.key.identity()),
            applied,
            create_unproven: memo
                .claim
                .as_ref()
                .filter(|claim| claim.evidence.is_none())
                .map(|_| true),
            output_secret: match kept {
                Kept::Done => output,
                // What is not removed yet must not be forgotten.
                Kept::Nothing | Kept::Failed { .. } if after.keeping.is_some() => {
                    before.output_secret
                }
                Kept::Nothing | Kept::Failed { .. } => None,
            },
        }
    }

    /// Events of what was done, and of what went wrong.
    async fn tell(&self, outcome: &Outcome<K::Account>, written: &Arc<K>) {
        let Outcome { reason, written: fields, drift, problem, .. } = outcome;
        let note = match (reason, problem) {
            (Reason::Created, None) => Some("the account was created".to_owned()),
            (Reason::Adopted, None) => Some("the account is managed from now on".to_owned()),
            (Reason::Updated, None) if *drift => {
                self.kind.shared.metrics.drift_detected(K::Account::KIND);
                Some(format!("took back an edit made at the remote system: {}", fields.join(", ")))
            }
            (Reason::Updated, None) => Some(format!("written: {}", fields.join(", "))),
            _ => None,
        };
        if let Some(note) = note {
            let account = written.recorded_key().map(|key| format!("`{key}`: "));
            let note = format!("{}{note}", account.unwrap_or_default());
            self.kind.shared.events.normal(K::Account::KIND, &**written, *reason, &note).await;
        }
        self.tell_transition(&status_of(&*self.object), written).await;
    }

    /// The finalizer says that something is owed; so it is there exactly while that may be true.
    async fn sync_finalizer(
        &self,
        written: &Arc<K>,
        memo: &Memo<KeyOf<K>>,
        outcome: &Outcome<K::Account>,
    ) -> Result<(), Error> {
        let claimed = has_finalizer(&**written, FINALIZER);
        let owed = memo.key.is_some() || memo.claim.is_some();
        if owed && !claimed {
            add_finalizer(self.kind, written).await.map(drop)
        } else if !owed && claimed && is_permanent(outcome) {
            release(self.kind, written).await
        } else {
            Ok(())
        }
    }
}

/// The deletion policy with all defaults resolved.
fn effective(policy: Policy, origin: Option<Origin>) -> DeletionPolicy {
    match (policy.deletion, origin) {
        (Some(deletion), _) => deletion.into(),
        (None, Some(Origin::Created)) => DeletionPolicy::Disable,
        (None, Some(Origin::Adopted) | None) => DeletionPolicy::Retain,
    }
}
