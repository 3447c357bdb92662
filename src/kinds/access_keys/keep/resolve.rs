//! What became of the keys that an earlier run was about to make.

use std::collections::BTreeSet;

use super::Run;
use crate::kinds::access_keys::{AccessKeyStatus, KeyIssuer, KeyVault, WriteAhead};
use crate::plan::Reason;
use crate::remote::Retry;

impl<I: KeyIssuer, V: KeyVault> Run<'_, I, V> {
    /// Finds out what became of every write-ahead. A key that came since, and that neither a Secret nor the status knows,
    /// is of use to nobody and is deleted; several are left for a person to look at.
    ///
    /// Each write-ahead that is open is written again first. Whoever is about to store a key for it, believing that he
    /// alone does, cannot any more; so the key is not deleted behind his back.
    pub(super) async fn resolve(&mut self) {
        let mut open = Vec::new();
        for at in 0..self.slots.len() + self.old.len() {
            let now = self.wish.now;
            let slot = self.slot_mut(at);
            if slot.blocked {
                continue;
            }
            let Some(ahead) = &mut slot.kept.issuing else { continue };
            ahead.at = now;
            let (secret, kept) = (slot.secret.clone(), slot.kept.clone());
            match self.vault.write(&secret, &kept).await {
                Ok(()) => open.push(at),
                Err(failure) => return self.notes.fail(failure),
            }
        }
        let Some(first) = open.first() else { return };
        let name = self.slot_mut(*first).name.clone();
        if self.list(&name).await.is_none() {
            return;
        }
        let known = self.known();
        // One that was written later lists what an earlier one may have left, so it can be clear when that is not.
        while let Some(clear) = open.iter().position(|at| self.came_since(*at, &known).len() < 2) {
            let at = open.remove(clear);
            let came = self.came_since(at, &known).into_iter().next();
            let name = self.slot_mut(at).name.clone();
            if let Some(id) = came
                && !self.revoke(&name, &id).await
            {
                continue;
            }
            let slot = self.slot_mut(at);
            slot.kept.issuing = None;
            slot.is_stored = false;
        }
        for at in open {
            let came = self.came_since(at, &known).into_iter().collect::<Vec<_>>().join("`, `");
            let what = format!(
                "a key was made whose secret half is lost, and it cannot be told which of `{came}` it is; delete those that nobody uses at the remote system"
            );
            let name = self.slot_mut(at).name.clone();
            self.notes.problem(&name, Reason::Ambiguous, &what, Retry::Slowly);
        }
    }

    /// Every id that a Secret or the status knows.
    fn known(&self) -> BTreeSet<String> {
        let kept = self.slots.iter().chain(&self.old).flat_map(|slot| slot.kept.ids());
        let recorded = self.wish.recorded.iter().flat_map(AccessKeyStatus::ids);
        kept.chain(recorded).cloned().collect()
    }

    /// What the account has that it had not when the write-ahead was written, and that nobody knows.
    fn came_since(&self, at: usize, known: &BTreeSet<String>) -> BTreeSet<String> {
        let slot = self.slots.iter().chain(&self.old).nth(at);
        let ahead: Option<&WriteAhead> = slot.and_then(|slot| slot.kept.issuing.as_ref());
        let (Some(ahead), Some(listed)) = (ahead, &self.listed) else { return BTreeSet::new() };
        let is_new = |id: &&String| !ahead.lists(id) && !known.contains(*id);
        listed.iter().filter(is_new).cloned().collect()
    }
}
