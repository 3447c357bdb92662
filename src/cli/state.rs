//! What the command line remembers between runs.
//!
//! A cluster remembers in the status of each object. Without one it is a file: which remote account belongs to which
//! object, and keyed markers of what was applied. It holds no secret and may be kept in Git; the markers' key is in a
//! file of its own beside it.

mod counts;
mod document;
mod held;
mod key;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;

use document::{ClaimRecord, Document, ObjectRecord, SessionRecord, VERSION, is_of, parse};
use held::HeldAccounts;

use super::private_file::write_private;
use crate::kinds::access_keys::AccessKeyStatus;
use crate::kinds::common::{MarkerKey, Origin};
use crate::plan::{Claim, Marker, Memo, ObjectName};

/// The recorded state, and the file that it is kept in.
#[derive(Debug)]
pub struct State {
    path: PathBuf,
    key: MarkerKey,
    document: Document,
    /// The markers were made with a key that is gone.
    lost_markers: bool,
    /// The key's file, locked until the end of the run, so that two runs never write at the same time.
    _lock: Option<File>,
}

impl State {
    /// A state that nothing is remembered in.
    pub fn empty() -> Self {
        let key = MarkerKey::new(rand::random());
        let document = Document { version: VERSION, marker_key: None, sessions: BTreeMap::new() };
        Self { path: PathBuf::new(), key, document, lost_markers: false, _lock: None }
    }

    /// Reads the state; a file that does not exist is an empty state. Writes nothing.
    pub fn read(path: &Path) -> Result<Self> {
        let key = key::read(&key::path(path))?.unwrap_or_else(|| MarkerKey::new(rand::random()));
        Self::with_key(path, key, None)
    }

    /// Reads the state for a run that will write it, and makes the marker key if there is none. Fails if another run
    /// is writing.
    pub fn lock(path: &Path) -> Result<Self> {
        let Some((key, lock)) = key::lock(&key::path(path))? else {
            bail!("another run is writing {}; wait until it has ended", path.display());
        };
        Self::with_key(path, key, Some(lock))
    }

    fn with_key(path: &Path, key: MarkerKey, lock: Option<File>) -> Result<Self> {
        let mut document = match fs::read_to_string(path) {
            Ok(text) => parse(&text).with_context(|| format!("cannot read {}", path.display()))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Document { version: VERSION, marker_key: None, sessions: BTreeMap::new() }
            }
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", path.display()));
            }
        };
        let identity = key.identity();
        let lost_markers =
            document.marker_key.as_ref().is_some_and(|made_with| *made_with != identity);
        if document.marker_key.as_ref() != Some(&identity) {
            // Markers of another key say nothing, so nothing is known to have changed since.
            document.sessions.values_mut().for_each(SessionRecord::forget_markers);
            document.marker_key = Some(identity);
        }
        Ok(Self { path: path.to_owned(), key, document, lost_markers, _lock: lock })
    }

    /// What a person should know if the key of the markers is gone.
    pub fn lost_markers(&self) -> Option<String> {
        self.lost_markers.then(|| {
            format!(
                "{} is not the key that {} was written with; passwords that the system does not show are taken as they are, until they change",
                key::path(&self.path).display(),
                self.path.display()
            )
        })
    }

    /// The key of the markers.
    pub fn key(&self) -> &MarkerKey {
        &self.key
    }

    /// What is remembered of one object.
    pub fn memo(&self, session: &str, object: &ObjectName) -> Memo<String> {
        let record = self.document.sessions.get(session);
        record.and_then(|record| record.objects.get(&object.to_string())).map_or_else(
            Memo::default,
            |ObjectRecord { account, origin, claim, applied, .. }| Memo {
                key: account.clone(),
                origin: origin.map(Into::into),
                claim: claim
                    .as_ref()
                    .map(|claim| Claim { evidence: claim.evidence.as_ref().map(Marker::new) }),
                applied: applied.iter().map(|(field, m)| (field.clone(), Marker::new(m))).collect(),
            },
        )
    }

    /// Remembers this of an object, or nothing any more. Returns whether that is news.
    pub fn remember(
        &mut self,
        session: &str,
        object: &ObjectName,
        memo: Option<&Memo<String>>,
    ) -> bool {
        let objects = &mut self.session(session).objects;
        let name = object.to_string();
        let record = memo.filter(|memo| **memo != Memo::default()).map(|memo| {
            let Memo { key, origin, claim, applied } = memo;
            let text = |marker: &Marker| marker.as_str().to_owned();
            let known = objects.get(&name);
            ObjectRecord {
                account: key.clone(),
                origin: origin.map(Into::into),
                claim: claim
                    .as_ref()
                    .map(|claim| ClaimRecord { evidence: claim.evidence.as_ref().map(text) }),
                applied: applied.iter().map(|(field, m)| (field.clone(), text(m))).collect(),
                nickname: known.and_then(|known| known.nickname.clone()),
                created_with: known.map(|known| known.created_with.clone()).unwrap_or_default(),
                access_keys: known.map(|known| known.access_keys.clone()).unwrap_or_default(),
            }
        });
        match record {
            Some(record) if objects.get(&name) == Some(&record) => false,
            Some(record) => {
                // An account that another object may adopt has one holder, the new one.
                if record.account.is_some() {
                    objects.retain(|other, known| {
                        *other == name
                            || known.account != record.account
                            || !is_of(object.kind, other)
                    });
                }
                objects.insert(name, record);
                true
            }
            None => objects.remove(&name).is_some(),
        }
    }

    /// The accounts that objects of a kind are remembered to hold, whether they are in the input or not.
    pub fn held(&self, session: &str, kind: &str) -> HeldAccounts<'_> {
        let session = self.document.sessions.get(session);
        let objects = session.into_iter().flat_map(|session| &session.objects);
        let objects = objects.filter(|(name, _)| is_of(kind, name));
        objects.filter_map(|(_, record)| record.account.as_deref()).collect()
    }

    /// The value of a field that the object's account was created with, if it is remembered.
    pub fn created_with(&self, session: &str, object: &ObjectName, field: &str) -> Option<&str> {
        let objects = &self.document.sessions.get(session)?.objects;
        objects.get(&object.to_string())?.created_with(field)
    }

    /// Remembers what an account was created with, if Roster created it. Returns whether that is news.
    pub fn remember_created_with(
        &mut self,
        session: &str,
        object: &ObjectName,
        field: &'static str,
        value: &str,
    ) -> bool {
        let record = self.session(session).objects.get_mut(&object.to_string());
        let created = |record: &&mut ObjectRecord| {
            record.account.is_some() && record.origin == Some(Origin::Created)
        };
        match record.filter(created) {
            Some(record) if record.created_with(field).is_none() => {
                record.remember_created_with(field, value);
                true
            }
            Some(_) | None => false,
        }
    }

    /// The access keys that are remembered to have been made for the object.
    pub fn access_keys(&self, session: &str, object: &ObjectName) -> &[AccessKeyStatus] {
        let record = self.document.sessions.get(session);
        let record = record.and_then(|record| record.objects.get(&object.to_string()));
        record.map_or(&[], |record| &record.access_keys)
    }

    /// Remembers the access keys of an object whose account is ours. Returns whether that is news.
    pub fn remember_access_keys(
        &mut self,
        session: &str,
        object: &ObjectName,
        keys: Vec<AccessKeyStatus>,
    ) -> bool {
        let record = self.session(session).objects.get_mut(&object.to_string());
        record.is_some_and(|record| {
            std::mem::replace(&mut record.access_keys, keys) != record.access_keys
        })
    }

    /// How many accounts of a kind the last list had.
    pub fn accounts(&self, session: &str, kind: &str) -> Option<usize> {
        self.document.sessions.get(session).and_then(|record| record.accounts.get(kind))
    }

    /// Remembers how many accounts of a kind the list had. Returns whether that is news.
    pub fn count_accounts(&mut self, session: &str, kind: &str, accounts: usize) -> bool {
        self.session(session).accounts.set(kind, accounts)
    }

    /// How many accounts were disabled or deleted in the last `window`.
    pub fn removals(&self, session: &str, window: Duration, now: Timestamp) -> usize {
        let record = self.document.sessions.get(session);
        let recent = |time: &&Timestamp| now.duration_since(**time).unsigned_abs() < window;
        record.map_or(0, |record| record.removals.iter().filter(recent).count())
    }

    /// Counts a removal, and forgets those that are older than `window`.
    pub fn count_removal(&mut self, session: &str, window: Duration, now: Timestamp) {
        let removals = &mut self.session(session).removals;
        removals.retain(|time| now.duration_since(*time).unsigned_abs() < window);
        removals.push(now);
    }

    /// Writes the file: whole or not at all.
    pub fn save(&self) -> Result<()> {
        let mut text = serde_json::to_string_pretty(&self.document)?;
        text.push('\n');
        write_private(&self.path, text.as_bytes())
    }

    fn session(&mut self, session: &str) -> &mut SessionRecord {
        self.document.sessions.entry(session.to_owned()).or_default()
    }
}

#[cfg(test)]
mod tests;
