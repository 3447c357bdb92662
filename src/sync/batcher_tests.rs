//! Objects that come one by one, against a system in memory, with the clock paused.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::memory::Memory;
use super::{
    Batcher, Look, Pace, Parts, Problem, RemovalGuard, RemovalLimit, Report, Settings, Starting,
    Stopped, Submission,
};
use crate::plan::toy::{Toy, claimed, declared, toy};
use crate::plan::{Declared, Deletion, Desired, Origin, Reason};
use crate::remote::Cause;

const RESYNC: Duration = Duration::from_mins(5);
const HOUR: Duration = Duration::from_hours(1);

struct Bench {
    memory: Arc<Memory>,
    batcher: Batcher<Toy>,
    looks: mpsc::UnboundedReceiver<Look<String>>,
    stop: CancellationToken,
    work: JoinHandle<()>,
    _settings: watch::Sender<Settings>,
}

impl Bench {
    fn new(accounts: &[(&str, &str)]) -> Self {
        Self::with_pace(accounts, Pace::default())
    }

    fn with_pace(accounts: &[(&str, &str)], pace: Pace) -> Self {
        let memory = Arc::new(Memory::with(accounts));
        let (settings, receiver) =
            watch::channel(Settings { read_only: false, resync_interval: RESYNC });
        let (sender, looks) = mpsc::unbounded_channel();
        let stop = CancellationToken::new();
        let parts = Parts {
            remote: Arc::clone(&memory),
            settings: receiver,
            guard: Arc::new(RemovalGuard::new(RemovalLimit { max: 2, window: HOUR }, [])),
            others: Arc::new(()),
            looks: sender,
            pace,
        };
        let (batcher, work) = Batcher::new(parts, stop.clone());
        let work = tokio::spawn(work);
        Self { memory, batcher, looks, stop, work, _settings: settings }
    }

    async fn submit(&self, declared: Declared<Toy>) -> Result<Report<Toy>, Stopped> {
        self.submit_with(declared, RESYNC, |_| Ok(())).await
    }

    async fn submit_with(
        &self,
        declared: Declared<Toy>,
        max_age: Duration,
        begin: impl FnOnce(Starting<String>) -> Result<(), String> + Send + 'static,
    ) -> Result<Report<Toy>, Stopped> {
        let begin = Box::new(|starting| {
            let recorded = begin(starting);
            Box::pin(async { recorded }) as futures::future::BoxFuture<'static, _>
        });
        self.batcher.submit(Submission { declared, max_age, begin }).await
    }

    async fn reason(&self, declared: Declared<Toy>) -> Reason {
        self.submit(declared).await.unwrap().outcome.reason
    }

    fn lists(&self) -> usize {
        self.memory.state().lists
    }

    async fn end(self) {
        self.stop.cancel();
        self.work.await.unwrap();
    }
}

fn ours(name: &str, value: &str) -> Declared<Toy> {
    Declared { memo: claimed(Some(name), Origin::Created), ..declared(toy(name, value)) }
}

fn removed(name: &str) -> Declared<Toy> {
    let mut gone = ours(name, "1");
    gone.desired = Desired::Absent(toy(name, "1"));
    gone.policy.deletion = Some(Deletion::Delete);
    gone
}

#[tokio::test(start_paused = true)]
async fn the_objects_of_one_window_cost_one_list() {
    let bench = Bench::new(&[]);
    let names: Vec<String> = (0..100).map(|number| format!("toy-{number}")).collect();
    let submissions = names.iter().map(|name| bench.submit(declared(toy(name, "1"))));
    for report in futures::future::join_all(submissions).await {
        assert_eq!(report.unwrap().outcome.reason, Reason::Created);
    }
    assert_eq!((bench.lists(), bench.memory.state().accounts.len()), (1, 100));
    // Who comes later and was not touched is decided from the same list.
    assert_eq!(bench.reason(declared(toy("late", "1"))).await, Reason::Created);
    assert_eq!(bench.lists(), 1);
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_list_serves_until_it_is_too_old_for_the_object_or_we_wrote_to_its_account() {
    let bench = Bench::new(&[("ann", "1"), ("bob", "1")]);
    for _ in 0..3 {
        assert_eq!(bench.reason(ours("ann", "1")).await, Reason::InSync);
    }
    assert_eq!(bench.lists(), 1);
    assert_eq!(bench.reason(ours("ann", "2")).await, Reason::Updated);
    assert_eq!(bench.reason(ours("bob", "1")).await, Reason::InSync);
    assert_eq!(bench.lists(), 1, "the other account was not written to");
    assert_eq!(bench.reason(ours("ann", "2")).await, Reason::InSync);
    assert_eq!(bench.lists(), 2, "read again after a write of our own");
    tokio::time::advance(Duration::from_secs(11)).await;
    let fresh = bench.submit_with(ours("bob", "1"), Duration::from_secs(10), |_| Ok(())).await;
    assert_eq!((fresh.unwrap().outcome.reason, bench.lists()), (Reason::InSync, 3));
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn an_unfinished_create_is_looked_for_in_a_list_that_is_younger_than_it() {
    let bench = Bench::new(&[("ann", "1")]);
    assert_eq!(bench.reason(ours("ann", "1")).await, Reason::InSync);
    let begun = Declared { memo: claimed(None, Origin::Created), ..declared(toy("bob", "1")) };
    assert_eq!(bench.reason(begun).await, Reason::Created);
    assert_eq!(bench.lists(), 2);
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn the_system_is_looked_at_in_intervals_and_only_what_changed_is_named() {
    let mut bench = Bench::new(&[("ann", "1"), ("bob", "1"), ("cid", "1")]);
    bench.reason(ours("ann", "1")).await;
    let first = bench.looks.recv().await.unwrap();
    assert!(matches!(first, Look::Read { total: 3, changed } if changed.is_empty()));
    let since = tokio::time::Instant::now();
    assert!(
        matches!(bench.looks.recv().await.unwrap(), Look::Read { changed, .. } if changed.is_empty())
    );
    assert_eq!(since.elapsed().as_secs(), RESYNC.as_secs());
    {
        let mut state = bench.memory.state();
        state.accounts.get_mut("bob").unwrap().value = "edited".into();
        state.accounts.remove("cid");
        let new = state.accounts["ann"].clone();
        state.accounts.insert("new".into(), new);
    }
    let Look::Read { total: 3, changed } = bench.looks.recv().await.unwrap() else { panic!() };
    assert_eq!(changed, ["bob", "cid", "new"]);
    assert_eq!(bench.lists(), 3);
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn an_account_that_was_made_and_is_gone_before_the_next_list_is_named() {
    let mut bench = Bench::new(&[("ann", "1")]);
    assert_eq!(bench.reason(declared(toy("new", "1"))).await, Reason::Created);
    bench.looks.recv().await.unwrap();
    bench.memory.state().accounts.remove("new");
    let Look::Read { total: 1, changed } = bench.looks.recv().await.unwrap() else { panic!() };
    assert_eq!(changed, ["new"]);
    let Look::Read { changed, .. } = bench.looks.recv().await.unwrap() else { panic!() };
    assert!(changed.is_empty(), "told once");
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn after_a_failed_reading_nobody_causes_another_one_until_its_pause_is_over() {
    let mut bench = Bench::new(&[]);
    bench.memory.state().unreachable = true;
    let since = tokio::time::Instant::now();
    for _ in 0..3 {
        let stopped = bench.submit(declared(toy("ann", "1"))).await.unwrap_err();
        assert!(matches!(stopped, Stopped::Look(error) if error.cause() == Cause::Unreachable));
    }
    assert_eq!(bench.lists(), 1);
    assert!(matches!(bench.looks.recv().await, Some(Look::Failed(_))));
    for seconds in [5, 15, 35] {
        assert!(matches!(bench.looks.recv().await, Some(Look::Failed(_))));
        assert_eq!(since.elapsed().as_secs(), seconds, "the pauses double");
    }
    bench.memory.state().unreachable = false;
    assert!(matches!(bench.looks.recv().await, Some(Look::Read { .. })), "it heals by itself");
    assert!(bench.memory.state().batches.is_empty());
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_recorded_is_not_sent_and_the_others_are() {
    let bench = Bench::new(&[]);
    let (ann, bob) = tokio::join!(
        bench.submit_with(declared(toy("ann", "1")), RESYNC, |_| Err("conflict".into())),
        bench.submit(declared(toy("bob", "1"))),
    );
    assert!(matches!(ann.unwrap().outcome.problem, Some(Problem::NotRecorded(_))));
    assert_eq!(bob.unwrap().outcome.reason, Reason::Created);
    assert_eq!(bench.memory.state().accounts.len(), 1);
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn the_claim_and_the_fields_are_known_before_anything_is_sent() {
    let bench = Bench::new(&[]);
    let told = Arc::new(Mutex::new(None));
    let (memory, tell) = (Arc::clone(&bench.memory), Arc::clone(&told));
    let begin = move |starting: Starting<String>| {
        assert!(memory.state().batches.is_empty());
        *tell.lock().unwrap() = Some(starting);
        Ok(())
    };
    bench.submit_with(declared(toy("ann", "1")), RESYNC, begin).await.unwrap();
    let starting = told.lock().unwrap().take().unwrap();
    assert!(starting.memo.claim.is_some());
    assert_eq!((starting.object.name.as_str(), &starting.fields[..]), ("ann", &["value"][..]));
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn plans_made_at_once_remove_no_more_than_the_guard_allows_together() {
    let bench = Bench::new(&[("ann", "1"), ("bob", "1"), ("cid", "1")]);
    bench.memory.state().poisoned.insert("ann");
    let reports =
        futures::future::join_all(["ann", "bob", "cid"].map(|name| bench.submit(removed(name))))
            .await;
    let reasons: Vec<Reason> =
        reports.into_iter().map(|report| report.unwrap().outcome.reason).collect();
    assert_eq!(reasons, [Reason::Rejected, Reason::Deleted, Reason::DeletionGuard]);
    assert_eq!(bench.reason(removed("cid")).await, Reason::Deleted, "one failed and is given back");
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_decision_that_waited_too_long_is_handed_back_and_not_carried_out() {
    let pace = Pace { decision_life: Duration::ZERO, ..Pace::default() };
    let bench = Bench::with_pace(&[], pace);
    // The clock stands still while both are sent in one call; the third one comes after a record that takes time.
    let slow = bench.batcher.submit(Submission {
        declared: declared(toy("ann", "1")),
        max_age: RESYNC,
        begin: Box::new(|_| {
            Box::pin(async {
                tokio::time::sleep(Duration::from_secs(1)).await;
                Ok(())
            })
        }),
    });
    let (slow, second, third) = tokio::join!(
        slow,
        bench.submit(declared(toy("bob", "1"))),
        bench.submit(declared(toy("cid", "1"))),
    );
    assert_eq!(slow.unwrap().outcome.reason, Reason::Created);
    assert_eq!(second.unwrap().outcome.reason, Reason::Created);
    assert!(matches!(third, Err(Stopped::Deferred)));
    assert_eq!(bench.memory.state().accounts.len(), 2);
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn shutdown_answers_everyone() {
    let bench = Bench::new(&[]);
    bench.stop.cancel();
    let answers = tokio::join!(
        bench.submit(declared(toy("ann", "1"))),
        bench.submit(declared(toy("bob", "1")))
    );
    let late = bench.submit(declared(toy("cid", "1"))).await;
    for answer in [answers.0, answers.1, late] {
        assert!(matches!(answer, Err(Stopped::ShuttingDown)));
    }
    assert!(bench.memory.state().accounts.is_empty());
    bench.end().await;
}
