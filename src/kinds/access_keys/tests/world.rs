//! An account and its Secrets in memory, which count every call and can fail or stop at any of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use secrecy::SecretString;

use crate::kinds::access_keys::{
    Held, IssuedKey, KeptKeys, KeyIssuer, KeySecret, KeyVault, StoredKeys,
};
use crate::remote::{Cause, RemoteError};

/// What becomes of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The process stops before it.
    CrashBefore,
    /// It is executed, and the process stops.
    CrashAfter,
    /// It is not executed, which nobody knows.
    FailBefore,
    /// It is executed, and the reply is lost.
    FailAfter,
    /// It is refused.
    Refuse,
}

impl Fault {
    pub const ALL: [Self; 5] =
        [Self::CrashBefore, Self::CrashAfter, Self::FailBefore, Self::FailAfter, Self::Refuse];
}

#[derive(Debug, Default)]
pub struct World {
    pub keys: BTreeSet<String>,
    pub secrets: BTreeMap<String, Stored>,
    pub most: Option<usize>,
    /// What was called, in order.
    pub calls: Vec<String>,
    /// The number of the call that something happens to.
    pub fault: Option<(usize, Fault)>,
    pub made: usize,
    pub versions: u64,
}

#[derive(Debug, Clone)]
pub struct Stored {
    pub is_ours: bool,
    keys: StoredKeys,
    version: u64,
}

/// A process with an account and its Secrets.
#[derive(Debug, Clone)]
pub struct Process {
    pub world: Arc<Mutex<World>>,
    /// The versions of the Secrets that this process saw last.
    seen: Arc<Mutex<BTreeMap<String, u64>>>,
}

impl World {
    pub fn held(&self, secret: &str) -> KeptKeys {
        let stored = self.secrets.get(secret).filter(|stored| stored.is_ours);
        stored.map(Stored::keys).unwrap_or_default()
    }

    /// The ids of all pairs that Secrets hold.
    pub fn stored(&self) -> BTreeSet<String> {
        let kept: Vec<KeptKeys> = self.secrets.values().map(Stored::keys).collect();
        kept.iter().flat_map(|kept| kept.ids().cloned()).collect()
    }

    pub fn put_foreign(&mut self, secret: &str) {
        let keys = StoredKeys::default();
        self.secrets.insert(secret.into(), Stored { is_ours: false, keys, version: 0 });
    }
}

impl Stored {
    fn keys(&self) -> KeptKeys {
        StoredKeys::keys(&self.keys.annotations, |key| self.keys.data.get(key).cloned())
    }
}

impl Process {
    pub fn new(world: &Arc<Mutex<World>>) -> Self {
        Self { world: Arc::clone(world), seen: Arc::default() }
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// One call, and what becomes of it.
    async fn call<T>(
        &self,
        what: String,
        effect: impl FnOnce(&mut World) -> Result<T, Cause> + Send,
    ) -> Result<T, Cause> {
        let fate = {
            let mut world = self.lock();
            world.calls.push(what);
            let number = world.calls.len();
            world.fault.filter(|(at, _)| *at == number).map(|(_, fault)| fault)
        };
        match fate {
            None => effect(&mut self.lock()),
            Some(Fault::CrashBefore) => std::future::pending().await,
            Some(Fault::CrashAfter) => {
                drop(effect(&mut self.lock()));
                std::future::pending().await
            }
            Some(Fault::FailBefore) => Err(Cause::OutcomeUnknown),
            Some(Fault::FailAfter) => {
                drop(effect(&mut self.lock()));
                Err(Cause::OutcomeUnknown)
            }
            Some(Fault::Refuse) => Err(Cause::Rejected),
        }
    }
}

fn failure(cause: Cause) -> RemoteError {
    RemoteError::new("Toy", "do something", cause, "no")
}

impl KeyIssuer for Process {
    async fn list(&self) -> Result<Vec<String>, RemoteError> {
        let listed = self.call("list".into(), |world| Ok(world.keys.iter().cloned().collect()));
        listed.await.map_err(failure)
    }

    async fn issue(&self, _known: &[String]) -> Result<IssuedKey, RemoteError> {
        let issued = self.call("issue".into(), |world| {
            if world.most.is_some_and(|most| world.keys.len() >= most) {
                return Err(Cause::Rejected);
            }
            world.made += 1;
            let id = format!("AK{}", world.made);
            world.keys.insert(id.clone());
            let secret = SecretString::from(format!("{id}-half"));
            Ok(IssuedKey { id, secret })
        });
        issued.await.map_err(failure)
    }

    async fn revoke(&self, id: &str) -> Result<(), RemoteError> {
        let id = id.to_owned();
        let revoked = self.call(format!("revoke {id}"), move |world| {
            world.keys.remove(&id);
            Ok(())
        });
        revoked.await.map_err(failure)
    }
}

impl KeyVault for Process {
    type Error = Cause;

    async fn read(&self, secret: &KeySecret) -> Result<Held, Cause> {
        let name = secret.name.clone();
        let read = self.call(format!("read {name}"), move |world| {
            let stored = world.secrets.get(&name).cloned();
            let mut seen = self.seen.lock().unwrap();
            seen.insert(name, stored.as_ref().map_or(0, |stored| stored.version));
            Ok(match stored {
                None => Held::Free,
                Some(stored) if stored.is_ours => Held::Ours(stored.keys()),
                Some(_) => Held::Foreign,
            })
        });
        read.await
    }

    async fn write(&self, secret: &KeySecret, keys: &KeptKeys) -> Result<(), Cause> {
        let (name, keys) = (secret.name.clone(), StoredKeys::of(secret, keys));
        let written = self.call(format!("write {name}"), move |world| {
            let mut seen = self.seen.lock().unwrap();
            let version = world.secrets.get(&name).map_or(0, |stored| stored.version);
            if seen.get(&name).copied() != Some(version) {
                return Err(Cause::Conflict);
            }
            world.versions += 1;
            let version = world.versions;
            seen.insert(name.clone(), version);
            world.secrets.insert(name, Stored { is_ours: true, keys, version });
            Ok(())
        });
        written.await
    }

    async fn remove(&self, secret: &str) -> Result<(), Cause> {
        let name = secret.to_owned();
        let removed = self.call(format!("remove {name}"), move |world| {
            if world.secrets.get(&name).is_some_and(|stored| stored.is_ours) {
                world.secrets.remove(&name);
            }
            Ok(())
        });
        removed.await
    }
}
