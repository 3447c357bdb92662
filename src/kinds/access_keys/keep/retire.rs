//! The keys and Secrets that are not asked for any more.

use std::collections::{BTreeMap, BTreeSet};

use super::Run;
use super::slots::Is;
use crate::kinds::access_keys::{KeyIssuer, KeyVault};

/// What is left of what is not asked for any more, by the name of its key.
#[derive(Debug, Default)]
pub(super) struct Retired {
    /// Ids that are still to be deleted.
    pub ids: BTreeMap<String, BTreeSet<String>>,
    /// Secrets that are still to be removed.
    pub secrets: BTreeMap<String, String>,
}

impl<I: KeyIssuer, V: KeyVault> Run<'_, I, V> {
    /// Deletes the keys that no Secret holds any more, and removes the Secrets that nobody asks for. Those of a key that
    /// is declared stay until it has a new pair.
    pub(super) async fn retire(&mut self) -> Retired {
        let mut retired = self.retired();
        if self.notes.has_failed() {
            return retired;
        }
        let names: BTreeSet<String> =
            retired.ids.keys().chain(retired.secrets.keys()).cloned().collect();
        for name in names.into_iter().filter(|name| self.is_replaced(name)).collect::<Vec<_>>() {
            for id in retired.ids.get(&name).cloned().unwrap_or_default() {
                if self.revoke(&name, &id).await
                    && let Some(ids) = retired.ids.get_mut(&name)
                {
                    ids.remove(&id);
                }
            }
            let left = retired.ids.get(&name).cloned().unwrap_or_default();
            if let Some(secret) = retired.secrets.get(&name)
                && self.may_go(&name, &left)
            {
                match self.vault.remove(secret).await {
                    Ok(()) => drop(retired.secrets.remove(&name)),
                    Err(failure) => self.notes.fail(failure),
                }
            }
        }
        retired.ids.retain(|_, ids| !ids.is_empty());
        retired
    }

    fn retired(&self) -> Retired {
        let held: BTreeSet<&String> = self.slots.iter().flat_map(|slot| slot.kept.ids()).collect();
        let mut retired = Retired::default();
        let mut retire = |name: &str, id: &String| {
            if !held.contains(id) {
                retired.ids.entry(name.to_owned()).or_default().insert(id.clone());
            }
        };
        for recorded in self.wish.recorded {
            recorded.ids().for_each(|id| retire(&recorded.name, id));
        }
        for slot in &self.old {
            slot.kept.ids().for_each(|id| retire(&slot.name, id));
        }
        for slot in &self.slots {
            slot.stranded.iter().for_each(|id| retire(&slot.name, id));
        }
        for ids in retired.ids.values_mut() {
            ids.retain(|id| !self.notes.revoked.contains(id));
        }
        retired.ids.retain(|_, ids| !ids.is_empty());
        let old = self.old.iter().filter(|slot| slot.is == Is::Ours);
        retired.secrets =
            old.map(|slot| (slot.name.to_string(), slot.secret.name.clone())).collect();
        retired
    }

    /// Whether the key is not declared any more, or has a pair in the Secret that it is declared with.
    fn is_replaced(&self, name: &str) -> bool {
        let declared = self.slots.iter().find(|slot| slot.name == name);
        declared.is_none_or(|slot| slot.is_stored && slot.kept.current.is_some())
    }

    /// Whether the old Secret of a key can go: nothing is open in it, and what is still to be deleted is known without it.
    fn may_go(&self, name: &str, left: &BTreeSet<String>) -> bool {
        let recorded = self.wish.recorded.iter().find(|recorded| recorded.name == name);
        let is_recorded = |id: &String| {
            recorded.is_some_and(|recorded| recorded.ids().any(|recorded| recorded == id))
        };
        let old = self.old.iter().find(|slot| slot.name == name);
        left.iter().all(is_recorded) && old.is_none_or(|slot| slot.kept.issuing.is_none())
    }
}
