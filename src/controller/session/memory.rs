//! What is remembered of sessions.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::history;
use crate::controller::names::Name;
use crate::kinds::api_session::ApiSession;

/// What is remembered of sessions between reconciles. All of it may be lost at any time.
#[derive(Default)]
pub(in crate::controller) struct SessionMemories(Mutex<HashMap<Name, Memory>>);

#[derive(Default)]
pub(super) struct Memory {
    /// The session as our own last write left it.
    pub written: Option<Arc<ApiSession>>,
    /// When the status was last written.
    pub said: Option<Instant>,
    /// Since when a Secret or `ConfigMap` is missing that the open session was made from.
    pub missing_since: Option<Instant>,
    /// The generation that the accounts were told of.
    pub told: Option<i64>,
    pub history: history::Kept,
}

impl SessionMemories {
    pub(super) fn of<T>(&self, session: &Name, change: impl FnOnce(&mut Memory) -> T) -> T {
        change(self.locked().entry(session.clone()).or_default())
    }

    pub(super) fn forget(&self, session: &Name) {
        self.locked().remove(session);
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<Name, Memory>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
