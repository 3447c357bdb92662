//! Many objects that ask at about the same time: one look, one plan, as few calls as the system allows.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::execute::{Journal, Outcome, execute};
use super::preview::{decide, look};
use crate::plan::{Account, Declared, Memo, ObjectName, Rules, Snapshot};
use crate::remote::{Remote, RemoteError};

/// How a [`Batcher`] collects.
#[derive(Debug, Clone, Copy)]
pub struct BatcherOptions {
    /// How long the first object of a batch waits for others.
    pub window: Duration,
    /// How old a list may be to plan from it without reading again. A write of our own makes it too old at once.
    pub fresh_for: Duration,
}

/// Why an object got no outcome.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Stopped {
    /// The system could not be read, so nothing was decided for any object of the batch.
    #[error(transparent)]
    Look(#[from] Arc<RemoteError>),
    /// The process is shutting down; nothing was sent for this object.
    #[error("shutting down; nothing was sent")]
    ShuttingDown,
}

type Answer<A> = oneshot::Sender<Result<Outcome<A>, Stopped>>;

/// The way in: shared by everything that uses one kind through one session.
///
/// Guarantees: every submission is answered exactly once, also at shutdown; the objects of one window cost one list;
/// batches run one after another, so no two plans of one session and kind are ever carried out at the same time.
#[derive(Debug)]
pub struct Batcher<A: Account> {
    submissions: mpsc::UnboundedSender<(Declared<A>, Answer<A>)>,
}

impl<A: Account> Clone for Batcher<A> {
    fn clone(&self) -> Self {
        Self { submissions: self.submissions.clone() }
    }
}

impl<A: Account> Batcher<A> {
    /// A batcher and the work behind it, which the caller runs until `shutdown`. The batch under way is finished then.
    pub fn new<R: Remote<A>>(
        remote: Arc<R>,
        rules: watch::Receiver<Rules>,
        options: BatcherOptions,
        shutdown: CancellationToken,
    ) -> (Self, impl Future<Output = ()>) {
        let (submissions, received) = mpsc::unbounded_channel();
        let worker = Worker { remote, rules, options, last: None, count: None };
        (Self { submissions }, worker.run(received, shutdown))
    }

    /// Hands one object in and waits for what became of it.
    pub async fn submit(&self, declared: Declared<A>) -> Result<Outcome<A>, Stopped> {
        let (answer, answered) = oneshot::channel();
        if self.submissions.send((declared, answer)).is_err() {
            return Err(Stopped::ShuttingDown);
        }
        answered.await.unwrap_or(Err(Stopped::ShuttingDown))
    }
}

struct Worker<A: Account, R> {
    remote: Arc<R>,
    rules: watch::Receiver<Rules>,
    options: BatcherOptions,
    /// The last list and when it was read, until a write of ours outdates it.
    last: Option<(Instant, Snapshot<A>)>,
    /// How many accounts the last list had.
    count: Option<usize>,
}

impl<A: Account, R: Remote<A>> Worker<A, R> {
    async fn run(
        mut self,
        mut received: mpsc::UnboundedReceiver<(Declared<A>, Answer<A>)>,
        shutdown: CancellationToken,
    ) {
        loop {
            let first = tokio::select! {
                biased;
                () = shutdown.cancelled() => None,
                first = received.recv() => first,
            };
            let Some(first) = first else { break };
            let mut batch = vec![first];
            let end = Instant::now() + self.options.window;
            while let Ok(Some(next)) = tokio::time::timeout_at(end, received.recv()).await {
                batch.push(next);
            }
            self.carry_out(batch).await;
        }
        received.close();
        while let Ok((_, answer)) = received.try_recv() {
            // A caller that went away needs no answer.
            let _ = answer.send(Err(Stopped::ShuttingDown));
        }
    }

    async fn carry_out(&mut self, batch: Vec<(Declared<A>, Answer<A>)>) {
        let (declared, answers): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
        let outcomes = self.outcomes(declared).await;
        match outcomes {
            Ok(outcomes) => {
                debug_assert_eq!(outcomes.len(), answers.len(), "one outcome per object");
                for (answer, outcome) in answers.into_iter().zip(outcomes) {
                    let _ = answer.send(Ok(outcome));
                }
            }
            Err(error) => {
                let error = Arc::new(error);
                for answer in answers {
                    let _ = answer.send(Err(Stopped::Look(Arc::clone(&error))));
                }
            }
        }
    }

    async fn outcomes(
        &mut self,
        declared: Vec<Declared<A>>,
    ) -> Result<Vec<Outcome<A>>, RemoteError> {
        let fresh = self.last.take().filter(|(read, _)| read.elapsed() < self.options.fresh_for);
        let (read, seen) = match fresh {
            Some(fresh) => fresh,
            None => (Instant::now(), look(&*self.remote, self.count).await?),
        };
        self.count = Some(seen.accounts().len());
        let rules = self.rules.borrow().clone();
        let plan = decide(&*self.remote, declared, &seen, &rules).await?;
        let writes = plan.writes();
        let outcomes = execute(&*self.remote, plan, &seen, &mut Unrecorded).await;
        if !writes {
            self.last = Some((read, seen));
        }
        Ok(outcomes)
    }
}

/// The callers of a batcher record their own claims before they submit (in a cluster: the finalizer).
struct Unrecorded;

impl<A: Account> Journal<A> for Unrecorded {
    fn begin(&mut self, _claims: &[(&ObjectName, Memo<A::Key>)]) -> Result<(), String> {
        Ok(())
    }

    fn end(&mut self, _outcome: &mut Outcome<A>) {}
}
