//! How a key is made: written down, made, stored.

use super::Run;
use super::slots::Is;
use crate::kinds::access_keys::{
    Held, IssuedKey, KeptKeys, KeyIssuer, KeyPair, KeyVault, WriteAhead,
};
use crate::remote::RemoteError;

impl<I: KeyIssuer, V: KeyVault> Run<'_, I, V> {
    /// Makes a pair and stores it. Whether that was done.
    ///
    /// Two keys whose making is open at the same time could not be told apart, so after an open end no other is made.
    pub(super) async fn issue(&mut self, at: usize) -> bool {
        if self.halted || self.notes.has_failed() {
            return false;
        }
        let name = self.slots[at].name.clone();
        let Some(listed) = self.list(&name).await else { return false };
        let known: Vec<String> = listed.iter().cloned().collect();
        let before = self.slots[at].kept.clone();
        let ahead = Some(WriteAhead { at: self.wish.now, listed });
        if !self.write(at, KeptKeys { issuing: ahead, ..before.clone() }).await {
            return false;
        }
        match self.issuer.issue(&known).await {
            Ok(issued) => self.keep_issued(at, before, issued).await,
            Err(error) => {
                self.give_up(at, before, &error).await;
                false
            }
        }
    }

    /// Stores a new pair. If that fails, the pair is deleted again, unless it may be stored after all: then the next run
    /// finds either the pair in its Secret or the write-ahead, which tells about it.
    async fn keep_issued(&mut self, at: usize, before: KeptKeys, issued: IssuedKey) -> bool {
        let IssuedKey { id, secret } = issued;
        if let Some(listed) = &mut self.listed {
            listed.insert(id.clone());
        }
        let kept = KeptKeys {
            current: Some(KeyPair { id: id.clone(), secret }),
            previous: before.current.or(before.previous),
            generated_at: Some(self.wish.now),
            issuing: None,
            rotated_for: self.wish.request.map(str::to_owned).or(before.rotated_for),
        };
        if self.write(at, kept).await {
            self.notes.issued.push(id);
            return true;
        }
        let stored = match self.vault.read(&self.slots[at].secret).await {
            Ok(Held::Ours(kept)) => {
                let is_stored = kept.ids().any(|kept| *kept == id);
                if is_stored {
                    self.slots[at].kept = kept;
                }
                Some(is_stored)
            }
            Ok(Held::Free | Held::Foreign) => Some(false),
            Err(_) => None,
        };
        let name = self.slots[at].name.clone();
        if stored == Some(true) {
            self.notes.issued.push(id);
        } else if stored == Some(false) && !self.revoke(&name, &id).await {
            self.slots[at].stranded.push(id);
        }
        false
    }

    /// No pair was made. If that is certain, the write-ahead goes: what others make from now on is no business of ours.
    async fn give_up(&mut self, at: usize, before: KeptKeys, error: &RemoteError) {
        self.note_remote(&self.slots[at].name.clone(), "no key is made", error);
        if error.proves_nothing_was_written() {
            self.write(at, before).await;
        } else {
            self.listed = None;
            self.halted = true;
        }
    }

    /// Stores this; whether that was done.
    async fn write(&mut self, at: usize, kept: KeptKeys) -> bool {
        let written = {
            let slot = &self.slots[at];
            self.vault.write(&slot.secret, &kept).await
        };
        match written {
            Ok(()) => {
                let slot = &mut self.slots[at];
                (slot.is, slot.kept, slot.is_stored) = (Is::Ours, kept, true);
                true
            }
            Err(failure) => {
                self.notes.fail(failure);
                false
            }
        }
    }
}
