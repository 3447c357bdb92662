//! The access keys of accounts on the command line: what would be made, and making it.

use std::collections::BTreeSet;

use anyhow::anyhow;
use jiff::Timestamp;

use super::accounts::CliKind;
use super::output_secrets::OutputSecrets;
use super::planned::{Told, Work};
use super::state::State;
use super::target::Members;
use crate::kinds::access_keys::{
    AccessKey, AccessKeyStatus, Held, KeptKeys, KeyVault, KeysReport, Step, Terms, Wish, keep_keys,
    step,
};
use crate::plan::{Action, Item, Management, ObjectName, Reason, Verdict};
use crate::sync::Outcome;

/// What is to be done with the access keys of one object.
pub struct KeyChanges {
    pub object: ObjectName,
    /// A line for each key.
    pub lines: Vec<String>,
    /// Nothing else is to be done for the object.
    pub alone: bool,
    /// Not all of it can be done, as the lines say.
    pub blocked: bool,
}

/// The field that access keys are declared in.
const FIELD: &str = "s3Credentials";
/// What to do if nothing can be said of a key, nor done for it, because its Secret is not known.
const NAME_FOLDER: &str = "name the folder of its Secrets with --secrets-out DIR";

/// What carrying the plan out does with access keys. Reads what is kept of them; asks the system for nothing.
pub async fn key_changes<K: CliKind>(
    output: &OutputSecrets,
    members: &Members<K>,
    state: &State,
    space: &str,
    items: &[Item<K::Account>],
) -> Vec<KeyChanges> {
    let mut changes = Vec::new();
    for item in items.iter().filter(|item| will_be_ours(item)) {
        let Some(declared) = members.objects.get(&item.object) else { continue };
        let Some(create_only) = members.create_only(&item.object) else { continue };
        let recorded = recorded(declared, state, space, &item.object);
        let vault = output.key_vault(&item.object);
        let mut lines = Vec::new();
        let mut held = BTreeSet::new();
        let mut blocked = !output.can_keep();
        for key in declared.access_keys() {
            let known = recorded.iter().find(|known| known.name == key.name);
            let kept = match vault.read(&key.output_secret).await {
                _ if !output.can_keep() => Err(format!("cannot be kept; {NAME_FOLDER}")),
                Ok(Held::Foreign) => {
                    Err(format!("the Secret `{}` belongs to somebody else", key.output_secret.name))
                }
                Ok(Held::Ours(kept)) => Ok(kept),
                Ok(Held::Free) => Ok(KeptKeys::default()),
                Err(error) => Err(format!("{error:#}")),
            };
            let line = match kept {
                Ok(kept) => {
                    held.extend(kept.ids().cloned());
                    let terms = Terms::of(key, None, create_only, Timestamp::now());
                    next(key, &kept, known, step(&kept, terms))
                }
                // What was written there is not known, so nothing of it is deleted.
                Err(why) => {
                    blocked = true;
                    held.extend(known.into_iter().flat_map(AccessKeyStatus::ids).cloned());
                    Some(why)
                }
            };
            let left = known.filter(|known| known.ids().any(|id| !held.contains(id)));
            let line = line.or_else(|| left.map(|_| "an earlier one is deleted".to_owned()));
            lines.extend(line.map(|line| format!("{FIELD}.{}: {line}", key.name)));
        }
        let is_gone = |known: &&AccessKeyStatus| {
            let is_declared = declared.access_keys().iter().any(|key| key.name == known.name);
            // Under another name it is the same key, as long as its Secret is.
            !is_declared && !known.ids().all(|id| held.contains(id))
        };
        let gone = recorded.iter().filter(is_gone);
        let what = if output.can_keep() {
            "deleted".to_owned()
        } else {
            format!("cannot be deleted; {NAME_FOLDER}")
        };
        lines.extend(gone.map(|key| format!("{FIELD}.{}: {what}", key.name)));
        if !lines.is_empty() {
            let (object, alone) = (item.object.clone(), item.symbol().is_none());
            changes.push(KeyChanges { object, lines, alone, blocked });
        }
    }
    changes
}

/// What is done with a declared key next, for a person; `None`: nothing.
fn next(
    key: &AccessKey,
    kept: &KeptKeys,
    known: Option<&AccessKeyStatus>,
    step: Step,
) -> Option<String> {
    let id = known.and_then(|known| known.access_key_id.as_ref());
    let is_moved =
        || known.and_then(|known| known.output_secret.as_ref()) != Some(&key.output_secret.name);
    let line = match step {
        Step::Rest(_) => return None,
        Step::Issue if kept.current.is_some() => "(sensitive, changed)",
        Step::Issue if id.is_none() => "(sensitive)",
        Step::Issue if is_moved() => "(sensitive, changed), the one in the other Secret is deleted",
        Step::Issue => "(sensitive, changed), the one before is lost and deleted",
        Step::Resolve => "(sensitive), an earlier one was not finished",
        Step::DropPrevious => "the previous one is deleted",
    };
    Some(line.to_owned())
}

/// Makes the access keys of an object whose account is as declared. An error: not all are as declared.
pub async fn keep_access_keys<K: CliKind>(
    work: &mut Work<'_>,
    members: &Members<K>,
    outcome: &Outcome<K::Account>,
) -> anyhow::Result<()> {
    let Outcome { object, key: Some(key), problem: None, memo: Some(memo), .. } = outcome else {
        return Ok(());
    };
    let (Some(declared), Some(create_only), Some(_)) =
        (members.objects.get(object), members.create_only(object), &memo.key)
    else {
        return Ok(());
    };
    let space = &work.session.space;
    let recorded = recorded(declared, work.state, space, object);
    if work.session.read_only || declared.access_keys().is_empty() && recorded.is_empty() {
        return Ok(());
    }
    if !work.output.can_keep() {
        // Without its Secret, a key that is in use would look like one that is lost.
        return Err(anyhow!("{object}: its access keys cannot be kept; {NAME_FOLDER}"));
    }
    let Some(issuer) = K::issuer(&members.client, key) else { return Ok(()) };
    let wish = Wish {
        declared: declared.access_keys(),
        recorded: &recorded,
        request: None,
        create_only,
        // Keys of an account that was there before are not those of this one.
        verify: outcome.reason == Reason::Created,
        now: Timestamp::now(),
    };
    let vault = work.output.key_vault(object);
    let KeysReport { status, problem, failure, issued, revoked, .. } =
        keep_keys(wish, &issuer, &vault).await;
    if work.state.remember_access_keys(space, object, status) {
        work.state.save()?;
    }
    if !issued.is_empty() || !revoked.is_empty() {
        let note = format!("access keys made: {}, deleted: {}", issued.len(), revoked.len());
        let (key, note) = (Some(&**key), Some(&*note));
        (work.report)(&Told { object, key, reason: Reason::Updated, problem: None, note });
    }
    match (failure, problem) {
        (Some(failure), _) => {
            Err(failure.context(format!("{object}: cannot keep its access keys")))
        }
        (None, Some((_, message))) => Err(anyhow!("{object}: {message}")),
        (None, None) => Ok(()),
    }
}

/// The account is, or becomes, one that the object holds.
fn will_be_ours<A: crate::plan::Account>(item: &Item<A>) -> bool {
    match &item.verdict {
        Verdict::Keep => item.adopts || item.memo.key.is_some() || item.memo.claim.is_some(),
        Verdict::Act { action: Action::Create(_) | Action::Update { .. }, .. } => true,
        Verdict::Act { .. } | Verdict::Release | Verdict::Refuse(_) => false,
    }
}

/// What is remembered; for an object that comes out of a cluster, what its status says.
fn recorded<K: CliKind>(
    declared: &K,
    state: &State,
    space: &str,
    object: &ObjectName,
) -> Vec<AccessKeyStatus> {
    match state.access_keys(space, object) {
        [] => declared.recorded_access_keys().to_vec(),
        remembered => remembered.to_vec(),
    }
}

impl<K: CliKind> Members<K> {
    /// Whether access keys are only made and never replaced; `None` if nothing may be written for the object.
    fn create_only(&self, object: &ObjectName) -> Option<bool> {
        match self.management.get(object)? {
            Management::Enforce => Some(false),
            Management::CreateOnly => Some(true),
            Management::Observe => None,
        }
    }
}
