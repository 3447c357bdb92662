//! Everything the controller has of one kind of account.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use jiff::Timestamp;
use kube::ResourceExt;
use kube::core::DeserializeGuard;
use kube::runtime::watcher;
use tokio::sync::mpsc;

use super::cache::{Cache, Wakes};
use super::claims::{SpaceView, entry, session_of};
use super::index::{Counts, Index};
use super::memory::Memory;
use super::names::Name;
use super::sessions::OpenSession;
use super::shared::Shared;
use super::stored::is_newer;
use crate::kinds::{AccountResource, KeyOf};
use crate::plan::Account;
use crate::sync::{Batcher, Look, Pace, Parts};

/// One kind of account: its objects, who claims what, and what is remembered of each between reconciles.
pub struct Kind<K: AccountResource> {
    pub(super) shared: Arc<Shared>,
    pub(super) cache: Cache<DeserializeGuard<K>>,
    pub(super) wakes: Wakes<DeserializeGuard<K>>,
    index: Arc<RwLock<Index>>,
    memories: Mutex<BTreeMap<Name, Memory<K>>>,
}

/// What sessions need to know of the accounts that use them, whatever their kind.
pub trait AccountKind: Send + Sync {
    /// Has every object of the session reconciled.
    fn wake_session(&self, session: &Name);
    /// Has the objects reconciled that read or write the Secret.
    fn wake_secret(&self, secret: &Name);
    /// One of the objects that keep the session from going.
    fn owing(&self, session: &Name) -> Option<String>;
    /// How many objects of the session are in which state.
    fn counts(&self, session: &Name) -> SessionCounts;
    /// When the password was made that is longest in use among the session's objects, as far as Roster made them.
    fn oldest_credentials(&self, session: &Name) -> Option<Timestamp>;
}

/// How many objects of one kind use a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionCounts {
    pub kind: &'static str,
    pub(super) counts: Counts,
}

impl<K: AccountResource> Kind<K> {
    pub(super) fn new(
        shared: Arc<Shared>,
        cache: Cache<DeserializeGuard<K>>,
        wakes: Wakes<DeserializeGuard<K>>,
    ) -> Self {
        Self { shared, cache, wakes, index: Arc::default(), memories: Mutex::default() }
    }

    /// Takes note of an event of the watch of these namespaces.
    pub(super) fn observe(
        &self,
        namespace: Option<&str>,
        event: &watcher::Event<DeserializeGuard<K>>,
    ) {
        match event {
            watcher::Event::Init => {}
            watcher::Event::InitApply(object) => drop(self.put(object)),
            watcher::Event::InitDone => {
                let known: BTreeSet<Name> =
                    self.cache.all().iter().map(|object| Name::of(&**object)).collect();
                self.write_index().retain(namespace, &known);
                self.memories().retain(|name, _| known.contains(name));
            }
            watcher::Event::Apply(object) => {
                for rival in self.put(object) {
                    self.wakes.wake(&rival.namespace, &rival.name);
                }
                if let DeserializeGuard(Ok(object)) = object {
                    self.shared.wake_session(&session_of(object));
                }
            }
            watcher::Event::Delete(object) => {
                let name = Name::of(object);
                let rivals = self.write_index().remove(&name);
                for rival in rivals {
                    self.wakes.wake(&rival.namespace, &rival.name);
                }
                self.memories().remove(&name);
                if let DeserializeGuard(Ok(object)) = object {
                    self.shared.wake_session(&session_of(object));
                }
            }
        }
    }

    fn put(&self, object: &DeserializeGuard<K>) -> BTreeSet<Name> {
        let DeserializeGuard(Ok(object)) = object else { return BTreeSet::new() };
        let name = Name::of(object);
        if let Some(memory) = self.memories().get_mut(&name) {
            // Once the watch has caught up, nobody needs our copy. Before, the index knows more than this event.
            memory.written.take_if(|written| !is_newer(&**written, object));
            if memory.written.is_some() && object.uid().as_deref() == Some(&memory.uid) {
                return BTreeSet::new();
            }
        }
        self.write_index().put(name, entry(object))
    }

    /// The newest state of the object that is known: what is given, what was heard since, or what we wrote since.
    pub(super) fn newest(&self, object: &Arc<K>) -> Arc<K> {
        let written = self.remember(object, |memory| memory.written.clone());
        let newest = written.filter(|written| is_newer(&**written, &**object));
        let newest = newest.unwrap_or_else(|| Arc::clone(object));
        let name = Name::of(&**object);
        let heard = self.cache.get(&name.namespace, &name.name);
        let heard = heard.as_ref().and_then(|heard| heard.0.as_ref().ok());
        match heard {
            Some(heard) if heard.uid() == object.uid() && is_newer(heard, &*newest) => {
                Arc::new(heard.clone())
            }
            _ => newest,
        }
    }

    /// Remembers what our own write made of the object.
    pub(super) fn wrote(&self, object: &Arc<K>) {
        self.remember(object, |memory| memory.written = Some(Arc::clone(object)));
        let mut index = self.write_index();
        // Others must not wait for the watch to hear who holds what.
        if self.is_known(object) {
            index.put(Name::of(&**object), entry(&**object));
        }
    }

    /// Whether the watch has not heard yet that the object is gone. It is forgotten here after it is gone from the
    /// cache; so whoever holds the lock of what is kept here and asks this never keeps anything for ever.
    fn is_known(&self, object: &K) -> bool {
        let cached = self.cache.get(&object.namespace().unwrap_or_default(), &object.name_any());
        cached.is_some_and(|cached| cached.uid() == object.uid())
    }

    /// Changes what is remembered of this very object. Of one that is gone, nothing is.
    pub(super) fn remember<T>(&self, object: &K, change: impl FnOnce(&mut Memory<K>) -> T) -> T {
        let mut memories = self.memories();
        if !self.is_known(object) {
            return change(&mut Memory::default());
        }
        let memory = memories.entry(Name::of(object)).or_default();
        let uid = object.uid().unwrap_or_default();
        if memory.uid != uid {
            *memory = Memory { uid, ..Memory::default() };
        }
        change(memory)
    }

    /// The way in for this kind through the session; `None` if the session is for another system.
    pub(super) fn batcher(
        self: &Arc<Self>,
        session: &Arc<OpenSession>,
    ) -> Option<Batcher<K::Account>> {
        let client = K::client(&session.system)?;
        session.batcher::<K, _>(|| {
            let (looks, heard) = mpsc::unbounded_channel();
            let others = SpaceView::new(&self.index, &self.shared.sessions.spaces, &session.space);
            let parts = Parts {
                remote: client,
                settings: session.settings.subscribe(),
                guard: Arc::clone(&session.guard),
                others: Arc::new(others),
                looks,
                pace: Pace::default(),
            };
            let (batcher, work) = Batcher::new(parts, session.stop.clone());
            session.tasks.spawn(work);
            session.tasks.spawn(Arc::clone(self).listen(Arc::clone(session), heard));
            batcher
        })
    }

    /// Wakes the objects whose account changed, for as long as the session is open.
    async fn listen(
        self: Arc<Self>,
        session: Arc<OpenSession>,
        mut looks: mpsc::UnboundedReceiver<Look<KeyOf<K>>>,
    ) {
        while let Some(look) = looks.recv().await {
            match look {
                Look::Read { total, changed } => {
                    let recovered = session.heard(K::Account::KIND, total);
                    self.wake_changed(&session, &changed, recovered);
                }
                Look::Failed(error) => session.failed(error),
            }
            self.shared.wake_session(&session.name);
        }
    }

    fn wake_changed(&self, session: &OpenSession, changed: &[KeyOf<K>], recovered: bool) {
        let mut woken = BTreeSet::new();
        {
            let spaces = self.shared.sessions.spaces.read().unwrap_or_else(PoisonError::into_inner);
            let index = self.read_index();
            for key in changed {
                let (sessions, key) = (spaces.sessions(&session.space), key.to_string());
                let objects = index.of_account(sessions, &key);
                woken.extend(objects.map(|(name, _)| name.clone()));
            }
            if recovered || !changed.is_empty() {
                // What waits for an account to come or go, or for the system to answer.
                let waiting =
                    index.of_session(&session.name).filter(|(_, entry)| !entry.said.ready);
                woken.extend(waiting.map(|(name, _)| name.clone()));
            }
        }
        for name in woken {
            if let Some(memory) = self.memories().get_mut(&name) {
                memory.remote_changed = true;
            }
            self.wakes.wake(&name.namespace, &name.name);
        }
    }

    fn memories(&self) -> MutexGuard<'_, BTreeMap<Name, Memory<K>>> {
        self.memories.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read_index(&self) -> RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_index(&self) -> RwLockWriteGuard<'_, Index> {
        self.index.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: AccountResource> AccountKind for Kind<K> {
    fn wake_session(&self, session: &Name) {
        for (name, _) in self.read_index().of_session(session) {
            self.wakes.wake(&name.namespace, &name.name);
        }
    }

    fn wake_secret(&self, secret: &Name) {
        for name in self.read_index().of_secret(secret) {
            self.wakes.wake(&name.namespace, &name.name);
        }
    }

    fn owing(&self, session: &Name) -> Option<String> {
        let index = self.read_index();
        let mut owing = index.of_session(session).filter(|(_, entry)| entry.owes);
        owing.next().map(|(_, entry)| entry.claimant.object.to_string())
    }

    fn oldest_credentials(&self, session: &Name) -> Option<Timestamp> {
        let index = self.read_index();
        let secrets = index.of_session(session).flat_map(|(name, entry)| {
            entry.secrets.iter().map(|secret| Name::new(&name.namespace, secret))
        });
        secrets.filter_map(|secret| self.shared.secrets.generated_at(&secret)).min()
    }

    fn counts(&self, session: &Name) -> SessionCounts {
        SessionCounts { kind: K::Account::KIND, counts: self.read_index().counts(session) }
    }
}
