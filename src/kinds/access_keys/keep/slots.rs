//! The Secrets of an account's keys, as they were read.

use std::borrow::Cow;

use super::{Run, Wish};
use crate::kinds::access_keys::{
    AccessKey, AccessKeyStatus, Held, KeptKeys, KeyIssuer, KeySecret, KeyVault, Terms,
};
use crate::plan::Reason;
use crate::remote::Retry;

/// One Secret of the account's keys.
pub(super) struct Slot<'a> {
    /// What the key is called.
    pub name: Cow<'a, str>,
    /// `None`: no such key is declared for this Secret any more.
    pub key: Option<&'a AccessKey>,
    pub recorded: Option<&'a AccessKeyStatus>,
    pub secret: Cow<'a, KeySecret>,
    pub is: Is,
    /// What it holds, or is to hold.
    pub kept: KeptKeys,
    /// The Secret holds `kept`, as was made sure of in this run.
    pub is_stored: bool,
    /// Another key is declared with the same Secret.
    pub blocked: bool,
    /// A key that was made, could not be stored, and could not be deleted again.
    pub stranded: Vec<String>,
}

/// What a Secret is to the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Is {
    Free,
    Ours,
    Foreign,
}

impl Slot<'_> {
    /// How the key is to be; `None` if nothing can be done for it.
    pub fn terms<'t>(&self, wish: Wish<'t>) -> Option<Terms<'t>> {
        let usable = !self.blocked && self.is != Is::Foreign;
        let key = self.key.filter(|_| usable)?;
        Some(Terms::of(key, wish.request, wish.create_only, wish.now))
    }
}

/// Reads every Secret that has to do with the account's keys: those that are declared, and those that are recorded and
/// not declared any more.
pub(super) async fn read<'a, V: KeyVault>(
    wish: Wish<'a>,
    vault: &V,
) -> Result<(Vec<Slot<'a>>, Vec<Slot<'a>>), V::Error> {
    let Wish { declared, recorded, .. } = wish;
    let mut slots = Vec::with_capacity(declared.len());
    for key in declared {
        let secret = &key.output_secret;
        let users = declared.iter().filter(|other| other.output_secret.name == secret.name);
        let (is, kept) = look(vault, secret).await?;
        slots.push(Slot {
            name: Cow::Borrowed(&*key.name),
            key: Some(key),
            recorded: recorded.iter().find(|recorded| recorded.name == key.name),
            secret: Cow::Borrowed(secret),
            is,
            kept,
            is_stored: false,
            blocked: users.count() > 1,
            stranded: Vec::new(),
        });
    }
    let mut old: Vec<Slot<'a>> = Vec::new();
    for recorded in recorded {
        let Some(name) = &recorded.output_secret else { continue };
        let is_known = |slot: &Slot<'_>| slot.secret.name == *name;
        if slots.iter().chain(&old).any(is_known) {
            continue;
        }
        let secret = KeySecret { name: name.clone(), keys: None, template: None };
        let (is, kept) = look(vault, &secret).await?;
        old.push(Slot {
            name: Cow::Borrowed(&*recorded.name),
            key: None,
            recorded: Some(recorded),
            secret: Cow::Owned(secret),
            is,
            kept,
            is_stored: false,
            blocked: false,
            stranded: Vec::new(),
        });
    }
    Ok((slots, old))
}

async fn look<V: KeyVault>(vault: &V, secret: &KeySecret) -> Result<(Is, KeptKeys), V::Error> {
    Ok(match vault.read(secret).await? {
        Held::Free => (Is::Free, KeptKeys::default()),
        Held::Ours(kept) => (Is::Ours, kept),
        Held::Foreign => (Is::Foreign, KeptKeys::default()),
    })
}

impl<I: KeyIssuer, V: KeyVault> Run<'_, I, V> {
    /// Notes the keys whose Secret cannot be used.
    pub(super) fn say_conflicts(&mut self) {
        for Slot { name, secret, is, blocked, .. } in &self.slots {
            let secret = &secret.name;
            let (reason, what) = if *blocked {
                let what = format!(
                    "the Secret `{secret}` is named by another access key too; give each a Secret of its own"
                );
                (Reason::Invalid, what)
            } else if *is == Is::Foreign {
                let what = format!(
                    "the Secret `{secret}` exists and was not written for the access keys of this object; name another one, or remove it"
                );
                (Reason::SecretConflict, what)
            } else {
                continue;
            };
            self.notes.problem(name, reason, &what, Retry::WhenChanged);
        }
    }
}
