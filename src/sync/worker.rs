//! The work behind a [`Batcher`](super::Batcher): looks, decides, and sends one call at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::batcher::{
    Answer, Beginning, Look, Newcomer, Pace, Parts, Report, Settings, Stopped, Submission,
};
use super::begin::Begin;
use super::execute::{Rank, rank, send, without_action};
use super::guard::RemovalGuard;
use super::preview::{decide, look};
use super::view::View;
use crate::plan::{Account, Item, Others, Rules, Seen, Verdict};
use crate::remote::{Remote, RemoteError, Retry};

pub(super) struct Worker<A: Account, R> {
    remote: Arc<R>,
    settings: watch::Receiver<Settings>,
    guard: Arc<RemovalGuard>,
    others: Arc<dyn Others<A::Key>>,
    looks: mpsc::UnboundedSender<Look<A::Key>>,
    pace: Pace,
    /// The lists that some object asked for since the session was opened.
    parts: BTreeSet<A::Part>,
    view: Option<View<A>>,
    /// How many accounts the last look at all of these lists showed.
    count: Option<usize>,
    last_look: Option<Instant>,
    failure: Option<Failure>,
    /// What is decided and waits to be sent: the least one first.
    work: BTreeMap<(Rank, u64), Work<A>>,
    next_place: u64,
}

/// A reading that failed.
struct Failure {
    error: Arc<RemoteError>,
    /// How often in a row.
    times: u32,
    /// Nobody causes another reading before.
    until: Instant,
}

struct Work<A: Account> {
    item: Item<A>,
    observed: Option<A::Observed>,
    begin: Beginning<A::Key>,
    answer: Answer<A>,
    decided: Instant,
}

impl<A: Account, R: Remote<A>> Worker<A, R> {
    pub(super) fn new(parts: Parts<A, R>) -> Self {
        let Parts { remote, settings, guard, others, looks, pace } = parts;
        Self {
            remote,
            settings,
            guard,
            others,
            looks,
            pace,
            parts: BTreeSet::new(),
            view: None,
            count: None,
            last_look: None,
            failure: None,
            work: BTreeMap::new(),
            next_place: 0,
        }
    }

    pub(super) async fn run(
        mut self,
        mut received: mpsc::UnboundedReceiver<Newcomer<A>>,
        shutdown: CancellationToken,
    ) {
        while !shutdown.is_cancelled() {
            let mut newcomers = Vec::new();
            if self.work.is_empty() && !self.idle(&mut received, &mut newcomers, &shutdown).await {
                break;
            }
            while let Ok(newcomer) = received.try_recv() {
                newcomers.push(newcomer);
            }
            if self.next_look().is_some_and(|next| next <= Instant::now()) {
                // Who listens hears of a failure, and who waits is answered by the next one.
                let _ = self.look().await;
            }
            if !newcomers.is_empty() {
                self.take_in(newcomers).await;
            }
            self.work_once().await;
        }
        received.close();
        while let Ok((_, answer)) = received.try_recv() {
            // A caller that went away needs no answer.
            let _ = answer.send(Err(Stopped::ShuttingDown));
        }
        for work in std::mem::take(&mut self.work).into_values() {
            self.hand_back(work, Stopped::ShuttingDown);
        }
    }

    /// Waits until there is something to do, and for what comes in the window after it. `false`: there never will be.
    async fn idle(
        &mut self,
        received: &mut mpsc::UnboundedReceiver<Newcomer<A>>,
        newcomers: &mut Vec<Newcomer<A>>,
        shutdown: &CancellationToken,
    ) -> bool {
        let next_look = self.next_look();
        let poll = async {
            match next_look {
                Some(next) => tokio::time::sleep_until(next).await,
                None => std::future::pending().await,
            }
        };
        let first = tokio::select! {
            biased;
            () = shutdown.cancelled() => return false,
            first = received.recv() => first,
            Ok(()) = self.settings.changed() => return true,
            () = poll => return true,
        };
        let Some(first) = first else { return false };
        newcomers.push(first);
        let end = Instant::now() + self.pace.window;
        while let Ok(Some(next)) = tokio::time::timeout_at(end, received.recv()).await {
            newcomers.push(next);
        }
        true
    }

    /// The first look is somebody's who needs it; from then on they follow each other.
    fn next_look(&self) -> Option<Instant> {
        let last = self.last_look?;
        let resync = last + self.settings.borrow().resync_interval;
        Some(self.failure.as_ref().map_or(resync, |failure| failure.until))
    }

    /// Reads the list and tells who listens.
    async fn look(&mut self) -> Result<(), Arc<RemoteError>> {
        let result = look(&*self.remote, &self.parts, self.count).await;
        self.last_look = Some(Instant::now());
        match result {
            Ok(seen) => {
                self.failure = None;
                self.count = Some(seen.accounts().len());
                let changed = self.view.as_ref().map(|view| view.changed(&seen));
                let total = seen.accounts().len();
                self.view = Some(View::new(seen));
                let changed = changed.unwrap_or_default();
                let _ = self.looks.send(Look::Read { total, changed });
                Ok(())
            }
            Err(error) => {
                let error = Arc::new(error);
                let times = self.failure.take().map_or(1, |failure| failure.times + 1);
                let until = Instant::now() + self.pause_after(&error, times);
                self.failure = Some(Failure { error: Arc::clone(&error), times, until });
                let _ = self.looks.send(Look::Failed(Arc::clone(&error)));
                Err(error)
            }
        }
    }

    fn pause_after(&self, error: &RemoteError, times: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(times.saturating_sub(1));
        let growing = self.pace.first_retry.saturating_mul(doubled).min(self.pace.longest_retry);
        match error.retry() {
            Retry::After(wait) => growing.max(wait),
            Retry::Slowly => self.pace.longest_retry,
            Retry::Backoff
            | Retry::WhenChanged
            | Retry::WhenCredentialsChange
            | Retry::AfterLooking => growing,
        }
    }

    /// Decides about the newcomers, all in one plan.
    async fn take_in(&mut self, newcomers: Vec<Newcomer<A>>) {
        let known = self.parts.len();
        self.parts.extend(newcomers.iter().map(|(new, _)| new.declared.desired.account().part()));
        if self.parts.len() > known {
            // What was counted before was less.
            self.count = None;
        }
        let serves = |view: &View<A>| {
            newcomers.iter().all(|(new, _)| view.serves(&new.declared, new.max_age))
        };
        if !self.view.as_ref().is_some_and(serves) {
            let failed = self.failure.as_ref().filter(|failure| Instant::now() < failure.until);
            let looked = match failed {
                Some(failure) => Err(Arc::clone(&failure.error)),
                None => self.look().await,
            };
            if let Err(error) = looked {
                return refuse(newcomers, &error);
            }
        }
        let Some(view) = &mut self.view else { return };
        let rules = Rules {
            read_only: self.settings.borrow().read_only,
            removals_left: Some(self.guard.left()),
        };
        let (mut declared, mut callers) = (Vec::new(), Vec::new());
        for (Submission { declared: object, max_age: _, begin }, answer) in newcomers {
            declared.push(object);
            callers.push((begin, answer));
        }
        let plan = decide(&*self.remote, declared, &mut view.seen, &rules, &*self.others).await;
        let plan = match plan {
            Ok(plan) => plan,
            Err(error) => {
                let error = Arc::new(error);
                for (_, answer) in callers {
                    let _ = answer.send(Err(Stopped::Look(Arc::clone(&error))));
                }
                return;
            }
        };
        debug_assert_eq!(plan.items.len(), callers.len(), "one item per object");
        for (item, (begin, answer)) in plan.items.into_iter().zip(callers) {
            let observed = item.key.as_ref().and_then(|key| match view.seen.look(key) {
                Seen::Found(account) => Some(account.clone()),
                Seen::Absent | Seen::Unknown => None,
            });
            let Verdict::Act { action, drift } = &item.verdict else {
                let report = Report { outcome: without_action(item), observed };
                let _ = answer.send(Ok(report));
                continue;
            };
            let rank = rank(action, *drift);
            if rank == Rank::Removal {
                self.guard.reserve();
            }
            self.next_place += 1;
            let place = (rank, self.next_place);
            let decided = Instant::now();
            self.work.insert(place, Work { item, observed, begin, answer, decided });
        }
    }

    /// Sends one call with the most urgent work.
    async fn work_once(&mut self) {
        let Some(view) = &mut self.view else { return };
        let mut batch = Vec::new();
        let mut callers = BTreeMap::new();
        let mut begin = Begin(BTreeMap::new());
        let mut too_old = Vec::new();
        while batch.len() < R::BATCH.max(1)
            && let Some(((rank, _), work)) = self.work.pop_first()
        {
            if work.decided.elapsed() > self.pace.decision_life {
                too_old.push(work);
                continue;
            }
            let Work { item, observed, begin: hook, answer, decided: _ } = work;
            let place = batch.len();
            begin.0.insert(item.object.clone(), hook);
            callers.insert(place, (rank, observed, answer));
            batch.push((place, item));
        }
        for (place, outcome) in send(&*self.remote, batch, &view.seen, &mut begin).await {
            view.touch(&outcome);
            let Some((rank, observed, answer)) = callers.remove(&place) else { continue };
            if rank == Rank::Removal {
                self.guard.settle(outcome.problem.is_none());
            }
            let _ = answer.send(Ok(Report { outcome, observed }));
        }
        for work in too_old {
            self.hand_back(work, Stopped::Deferred);
        }
    }

    /// Gives up what was decided and not sent.
    fn hand_back(&self, work: Work<A>, why: Stopped) {
        if let Verdict::Act { action, drift } = &work.item.verdict
            && rank(action, *drift) == Rank::Removal
        {
            self.guard.settle(false);
        }
        let _ = work.answer.send(Err(why));
    }
}

fn refuse<A: Account>(newcomers: Vec<Newcomer<A>>, error: &Arc<RemoteError>) {
    for (_, answer) in newcomers {
        let _ = answer.send(Err(Stopped::Look(Arc::clone(error))));
    }
}
