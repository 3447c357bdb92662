//! Looking, deciding and doing against a system in memory, with the clock paused.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::memory::Memory;
use super::{Journal, Outcome, Problem, Session, Sessions, Starting, execute, look, preview};
use crate::plan::toy::{Toy, claimed, declared, toy};
use crate::plan::{Declared, Memo, Origin, Reason, Rules};
use crate::remote::Cause;

#[derive(Default)]
struct Record {
    lines: Vec<String>,
    memos: Vec<Memo<String>>,
    disk_full: bool,
}

impl Journal<Toy> for Record {
    async fn begin(&mut self, starting: Vec<Starting<String>>) -> Vec<Result<(), String>> {
        let result = if self.disk_full { Err("disk full".into()) } else { Ok(()) };
        let results = vec![result; starting.len()];
        for Starting { object, memo, .. } in starting {
            let claim = if memo.claim.is_some() { "claim" } else { "write" };
            self.lines.push(format!("{claim} {}", object.name));
            self.memos.push(memo);
        }
        results
    }

    fn end(&mut self, outcome: &mut Outcome<Toy>) {
        self.lines.push(format!("{} {}", outcome.reason, outcome.object.name));
    }
}

fn ours(name: &str, value: &str) -> Declared<Toy> {
    Declared { memo: claimed(Some(name), Origin::Created), ..declared(toy(name, value)) }
}

async fn run(
    memory: &Memory,
    objects: Vec<Declared<Toy>>,
    record: &mut Record,
) -> Vec<Outcome<Toy>> {
    let preview = preview(memory, objects, &Rules::default(), &(), None).await.unwrap();
    execute(memory, preview.plan, &preview.seen, record).await
}

#[tokio::test]
async fn a_create_is_claimed_before_it_is_sent_and_recorded_after() {
    let mut record = Record::default();
    let outcomes = run(&Memory::default(), vec![declared(toy("ann", "1"))], &mut record).await;
    assert_eq!(record.lines, ["claim ann", "Created ann"]);
    let memo = outcomes[0].memo.as_ref().unwrap();
    assert_eq!((memo.key.as_deref(), &memo.claim), (Some("ann"), &None));
    assert!(memo.applied.contains_key("value"));
}

#[tokio::test]
async fn nothing_is_sent_that_cannot_be_recorded_first() {
    let memory = Memory::default();
    let mut record = Record { disk_full: true, ..Record::default() };
    let outcomes = run(&memory, vec![declared(toy("ann", "1"))], &mut record).await;
    assert!(matches!(outcomes[0].problem, Some(Problem::NotRecorded(_))));
    assert_eq!(outcomes[0].memo, Some(Memo::default()), "nothing was begun");
    assert!(memory.state().batches.is_empty());
}

#[tokio::test]
async fn a_create_in_the_place_of_a_vanished_account_gives_the_old_one_up_unless_it_is_refused() {
    let memory = Memory::default();
    let mut record = Record::default();
    memory.state().poisoned.insert("ann");
    let refused = run(&memory, vec![ours("ann", "1")], &mut record).await;
    assert_eq!(record.memos[0].key, None);
    assert!(record.memos[0].claim.is_some());
    assert_eq!(refused[0].memo, Some(claimed(Some("ann"), Origin::Created)));
}

#[tokio::test]
async fn a_bad_item_fails_alone() {
    let memory = Memory::default();
    memory.state().poisoned.insert("bob");
    let objects = ["ann", "bob", "cid"].map(|name| declared(toy(name, "1")));
    let outcomes = run(&memory, objects.into(), &mut Record::default()).await;
    let reasons: Vec<Reason> = outcomes.iter().map(|outcome| outcome.reason).collect();
    assert_eq!(reasons, [Reason::Created, Reason::Rejected, Reason::Created]);
    assert_eq!(memory.state().batches, [2, 1], "as few calls as the system allows");
    let refused = outcomes[1].memo.as_ref().unwrap();
    assert_eq!(refused.claim, None, "a refused create leaves no claim");
}

#[tokio::test]
async fn edits_of_people_go_before_corrections_of_drift() {
    let memory = Memory::with(&[("drifted", "x"), ("edited", "0")]);
    let mut drifted = ours("drifted", "1");
    drifted.memo.applied.insert("value".into(), drifted.markers["value"].clone());
    let mut record = Record::default();
    run(&memory, vec![drifted, ours("edited", "1")], &mut record).await;
    assert_eq!(record.lines[..2], ["write edited", "write drifted"]);
}

#[tokio::test]
async fn a_plan_without_writes_asks_for_no_permissions_and_sends_nothing() {
    let memory = Memory::with(&[("ann", "1")]);
    let outcomes = run(&memory, vec![ours("ann", "1")], &mut Record::default()).await;
    assert_eq!(outcomes[0].reason, Reason::InSync);
    let state = memory.state();
    assert_eq!((state.lists, state.permission_reports, state.batches.len()), (1, 0, 0));
}

#[tokio::test]
async fn a_list_that_lost_a_fifth_is_read_twice_before_it_is_believed() {
    let memory = Memory::with(&[("a", "1"), ("b", "1"), ("c", "1"), ("d", "1"), ("e", "1")]);
    let parts = BTreeSet::from([()]);
    memory.state().lies = vec![vec!["a"]];
    let healed = look(&memory, &parts, Some(5)).await.unwrap();
    assert_eq!((healed.accounts().len(), memory.state().lists), (5, 2));

    memory.state().lies = vec![vec!["a"], vec!["a"]];
    let agreed = look(&memory, &parts, Some(5)).await.unwrap();
    assert_eq!(agreed.accounts().len(), 1, "two equal lists are believed");

    memory.state().lies = vec![vec!["a"], vec!["b"]];
    let error = look(&memory, &parts, Some(5)).await.unwrap_err();
    assert_eq!(error.cause(), Cause::Malformed);

    let lists = memory.state().lists;
    memory.state().lies = vec![vec!["a", "b", "c", "d"]];
    look(&memory, &parts, Some(5)).await.unwrap();
    assert_eq!(memory.state().lists, lists + 1, "a loss of a fifth is ordinary");
}

#[derive(Default)]
struct Counted(Arc<std::sync::atomic::AtomicUsize>);

impl Session for Counted {
    async fn close(&self) {
        self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    }
}

#[tokio::test]
async fn a_login_has_one_session_however_many_ask_for_it_and_it_is_closed_once() {
    let closed = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let sessions = Sessions::<&str, Counted>::default();
    let open = || Ok::<_, ()>(Counted(Arc::clone(&closed)));
    let (first, second) = tokio::join!(sessions.get("acme", open), sessions.get("acme", open));
    assert!(Arc::ptr_eq(&first.unwrap(), &second.unwrap()));
    sessions.get("globex", open).await.unwrap();
    sessions.close(&"globex").await;
    sessions.close_all().await;
    sessions.close_all().await;
    assert_eq!(closed.load(std::sync::atomic::Ordering::SeqCst), 2);
    assert!(sessions.get("acme", || Err("no")).await.is_err(), "a failed open leaves nothing");
}

#[tokio::test]
async fn what_pages_do_not_show_is_asked_for_by_itself_before_anything_is_decided() {
    let memory = Memory::with(&[("ann", "1"), ("bob", "1")]);
    memory.state().pages = true;
    // While the pages were read, bob slipped from one to another.
    memory.state().lies = vec![vec!["ann"]];
    let objects = vec![ours("ann", "1"), ours("bob", "1"), declared(toy("cid", "1"))];
    let outcomes = run(&memory, objects, &mut Record::default()).await;
    let reasons: Vec<_> = outcomes.iter().map(|outcome| outcome.reason).collect();
    assert_eq!(reasons, [Reason::InSync, Reason::InSync, Reason::Created]);
    let state = memory.state();
    assert_eq!((state.lists, state.singly, state.accounts.len()), (1, 2, 3));
}
