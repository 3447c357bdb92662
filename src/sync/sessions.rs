//! One open session per login, shared by everything that uses it.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use tokio::sync::Mutex;

/// A session that can be ended.
pub trait Session: Send + Sync {
    /// Logs out. Best effort: a session that cannot be reached ends by itself.
    fn close(&self) -> impl Future<Output = ()> + Send;
}

/// The sessions that are open, by the login that they belong to.
///
/// Guarantees: at most one session per key is open at any time; two callers that ask for the same key at once get the
/// same session; [`close_all`](Self::close_all) ends each one exactly once.
#[derive(Debug)]
pub struct Sessions<K, S> {
    open: Mutex<BTreeMap<K, Arc<S>>>,
}

impl<K, S> Default for Sessions<K, S> {
    fn default() -> Self {
        Self { open: Mutex::default() }
    }
}

impl<K: Ord, S: Session> Sessions<K, S> {
    /// The session of this login; `open` makes it if there is none. `open` does no I/O: sessions log in when first used.
    pub async fn get<E>(&self, key: K, open: impl FnOnce() -> Result<S, E>) -> Result<Arc<S>, E> {
        let mut sessions = self.open.lock().await;
        if let Some(session) = sessions.get(&key) {
            return Ok(Arc::clone(session));
        }
        let session = Arc::new(open()?);
        sessions.insert(key, Arc::clone(&session));
        Ok(session)
    }

    /// Ends the session of this login, if there is one: its credentials changed, or nobody uses it any more.
    pub async fn close(&self, key: &K) {
        let session = self.open.lock().await.remove(key);
        if let Some(session) = session {
            session.close().await;
        }
    }

    /// Ends every session, all at the same time.
    pub async fn close_all(&self) {
        let sessions = std::mem::take(&mut *self.open.lock().await);
        futures::future::join_all(sessions.values().map(|session| session.close())).await;
    }
}
