//! The way in for everything that uses one kind of account through one session.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::guard::RemovalGuard;
use super::outcome::{Outcome, Starting};
use super::worker::Worker;
use crate::plan::{Account, Declared, Others};
use crate::remote::{Remote, RemoteError};

/// How a [`Batcher`] takes its time.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How long the first of several objects waits for the others.
    pub window: Duration,
    /// How long a decision may wait to be carried out. What waits longer is handed back, to be decided anew.
    pub decision_life: Duration,
    /// Before the system is read again after a failure; twice as long after each further one.
    pub first_retry: Duration,
    /// The longest of those pauses.
    pub longest_retry: Duration,
}

impl Default for Pace {
    /// A window that nobody notices, decisions that nobody would call old, and the pauses of a patient client.
    fn default() -> Self {
        Self {
            window: Duration::from_millis(50),
            decision_life: Duration::from_secs(30),
            first_retry: Duration::from_secs(5),
            longest_retry: Duration::from_mins(5),
        }
    }
}

/// What a session says, and may say otherwise at any time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    pub read_only: bool,
    /// Between two looks at all accounts.
    pub resync_interval: Duration,
}

/// What has to be recorded before a write is sent, by whoever handed the object in.
pub type Beginning<K> =
    Box<dyn FnOnce(Starting<K>) -> BoxFuture<'static, Result<(), String>> + Send>;

/// One object, handed in.
pub struct Submission<A: Account> {
    pub declared: Declared<A>,
    /// How old the list may be that this object is decided from.
    pub max_age: Duration,
    /// Called once, right before something is sent for this object; nothing is sent if it fails.
    pub begin: Beginning<A::Key>,
}

/// What became of one object, and what was seen of its account before.
#[derive(Debug)]
pub struct Report<A: Account> {
    pub outcome: Outcome<A>,
    pub observed: Option<A::Observed>,
}

/// Why an object got no outcome.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Stopped {
    /// The system could not be read, so nothing was decided.
    #[error(transparent)]
    Look(#[from] Arc<RemoteError>),
    /// Others were first for so long that the decision is too old to be carried out. Hand the object in again.
    #[error("waiting behind other changes of the session")]
    Deferred,
    /// The process is shutting down; nothing was sent for this object.
    #[error("shutting down; nothing was sent")]
    ShuttingDown,
}

/// One look at all accounts, told to whoever listens.
#[derive(Debug, Clone)]
pub enum Look<K> {
    Read {
        /// How many accounts there are.
        total: usize,
        /// The accounts that came, went or look different since the look before. The first look has none.
        changed: Vec<K>,
    },
    Failed(Arc<RemoteError>),
}

pub(super) type Answer<A> = oneshot::Sender<Result<Report<A>, Stopped>>;

/// One object and who waits for what becomes of it.
pub(super) type Newcomer<A> = (Submission<A>, Answer<A>);

/// The way in: shared by everything that uses one kind through one session.
///
/// Guarantees: every submission is answered exactly once, also at shutdown; the objects of one window cost one list at
/// most; no two writes of one session and kind are sent at the same time, and none is sent from a list that is older
/// than our own last write to that account; the list is read every [`Settings::resync_interval`], and no more often
/// than the submissions ask for; after a failed reading nobody causes another one until its pause is over.
#[derive(Debug)]
pub struct Batcher<A: Account> {
    submissions: mpsc::UnboundedSender<Newcomer<A>>,
}

impl<A: Account> Clone for Batcher<A> {
    fn clone(&self) -> Self {
        Self { submissions: self.submissions.clone() }
    }
}

/// What a [`Batcher`] works with.
pub struct Parts<A: Account, R> {
    pub remote: Arc<R>,
    pub settings: watch::Receiver<Settings>,
    pub guard: Arc<RemovalGuard>,
    pub others: Arc<dyn Others<A::Key>>,
    /// Hears of every look.
    pub looks: mpsc::UnboundedSender<Look<A::Key>>,
    pub pace: Pace,
}

impl<A: Account> Batcher<A> {
    /// A batcher and the work behind it, which the caller runs until `shutdown`. What is being sent then is finished.
    pub fn new<R: Remote<A>>(
        parts: Parts<A, R>,
        shutdown: CancellationToken,
    ) -> (Self, impl Future<Output = ()>) {
        let (submissions, received) = mpsc::unbounded_channel();
        (Self { submissions }, Worker::new(parts).run(received, shutdown))
    }

    /// Hands one object in and waits for what became of it.
    pub async fn submit(&self, submission: Submission<A>) -> Result<Report<A>, Stopped> {
        let (answer, answered) = oneshot::channel();
        if self.submissions.send((submission, answer)).is_err() {
            return Err(Stopped::ShuttingDown);
        }
        answered.await.unwrap_or(Err(Stopped::ShuttingDown))
    }
}

impl<A: Account> fmt::Debug for Submission<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { declared, max_age, begin: _ } = self;
        f.debug_struct("Submission")
            .field("object", &declared.object)
            .field("max_age", max_age)
            .finish_non_exhaustive()
    }
}
