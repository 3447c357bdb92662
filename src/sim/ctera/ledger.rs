//! Every user that there ever was: what a test compares with what a client believes.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::state::State;
use super::user::{Key, User};

/// A user, alive or deleted; without its passwords.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LedgerUser {
    /// Empty for the global context.
    pub tenant: String,
    /// The directory of a directory's user.
    pub domain: Option<String>,
    pub uid: u64,
    pub name: String,
    pub role: Option<String>,
    /// `session-1`, `seed`, or `control` for what was made behind the clients' backs.
    pub creator: String,
    pub created_at: Timestamp,
    /// How often it was written by clients, even if nothing was different afterwards.
    pub changes: u32,
    pub password_changes: u32,
    pub deleted: Option<Deletion>,
    /// In the order of their creation.
    pub keys: Vec<LedgerKey>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Deletion {
    /// Whose doing it was, in the words of [`LedgerUser::creator`].
    pub session: String,
    pub time: Timestamp,
}

/// An S3 key; without its secret.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LedgerKey {
    pub uid: u64,
    pub access_key: String,
    /// In the words of [`LedgerUser::creator`].
    pub creator: String,
    pub created_at: Timestamp,
    pub deleted: bool,
}

/// What cannot be undone, or is too dear to be done often.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counters {
    /// Calls of `updateAccounts` by tenant; those of the global context under its empty name.
    pub account_updates: BTreeMap<String, u32>,
    pub deleted_folders: u64,
}

/// A session that could be used now, if it has not timed out.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenSession {
    pub label: String,
    /// `admin` or `ServicesPortal`.
    pub context: &'static str,
    pub user: String,
    /// What it has selected; empty for the global context.
    pub tenant: String,
}

impl State {
    pub(super) fn ledger(&self) -> Vec<LedgerUser> {
        self.portal.everybody().map(entry).collect()
    }

    /// A living user.
    pub(super) fn entry_of(&self, uid: u64) -> Option<LedgerUser> {
        self.portal.user(uid).map(entry)
    }

    pub(super) fn counters(&self) -> Counters {
        let updates = self.portal.tenants().filter(|(_, tenant)| tenant.account_updates > 0);
        Counters {
            account_updates: updates
                .map(|(name, tenant)| (name.to_owned(), tenant.account_updates))
                .collect(),
            deleted_folders: self.portal.deleted_folders,
        }
    }

    /// In the order in which they were opened.
    pub(super) fn open_sessions(&self) -> Vec<OpenSession> {
        let open = self.sessions.iter().filter_map(|(id, session)| {
            let user = self.portal.user(session.user)?;
            Some(OpenSession {
                label: self.labels.get(id).cloned()?,
                context: session.context.name(),
                user: user.place.name.clone(),
                tenant: session.tenant.clone(),
            })
        });
        let mut open: Vec<_> = open.collect();
        // `session-10` comes after `session-9`.
        open.sort_by_key(|session| (session.label.len(), session.label.clone()));
        open
    }
}

fn entry(user: &User) -> LedgerUser {
    let deletion =
        |(session, time): &(String, Timestamp)| Deletion { session: session.clone(), time: *time };
    LedgerUser {
        tenant: user.place.tenant.clone(),
        domain: user.place.domain.clone(),
        uid: user.uid,
        name: user.place.name.clone(),
        role: user.role().map(str::to_owned),
        creator: user.creator.clone(),
        created_at: user.created,
        changes: user.changes,
        password_changes: u32::try_from(user.former_passwords.len()).unwrap_or(u32::MAX),
        deleted: user.deleted.as_ref().map(deletion),
        keys: user.keys.values().map(key).collect(),
    }
}

fn key(key: &Key) -> LedgerKey {
    LedgerKey {
        uid: key.uid,
        access_key: key.access.clone(),
        creator: key.creator.clone(),
        created_at: key.created,
        deleted: key.deleted,
    }
}
