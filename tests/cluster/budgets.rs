//! What the operator costs: requests to the API server from its audit log, requests to the remote system from the
//! simulator's journal. All counts are exact but two: the status of a session may be written every 10 s while numbers
//! change, and a list that is 30 s old is not good enough for an edit.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use kube::ResourceExt;
use kube::api::{Patch, PatchParams};
use roster::kinds::api_session::ApiSession;
use serde_json::json;

use crate::bench::{Bench, Operator, SOON};
use crate::controlplane::audit::Entries;
use crate::controlplane::wait_for;
use crate::crowd::{LONG, UNLIMITED, names, summed};

const MANY: usize = 1000;
const SOME: usize = 50;

/// How often the numbers in the status of a session may be written.
const NUMBERS_EVERY: u64 = 10;
/// How old a list may be that an edit is decided from.
const LIST_LIFE: u64 = 30;

/// The counts without the session's status, of which there may be one for each interval and what is given besides.
fn counted(writes: &Entries, since: Instant, besides: usize) -> BTreeMap<String, usize> {
    assert!(writes.0.iter().all(|write| write.code < 300), "{:?}", refused(writes));
    let mut sums = summed(writes);
    let numbers = sums.remove("update apisessions/status").unwrap_or_default();
    let most = besides + times_within(since, NUMBERS_EVERY);
    assert!(numbers <= most, "{numbers} writes of the session's status, at most {most}");
    sums
}

fn refused(writes: &Entries) -> Vec<String> {
    let refused = writes.0.iter().filter(|write| write.code >= 300);
    refused.map(|write| format!("{write:?}")).collect()
}

fn times_within(since: Instant, seconds: u64) -> usize {
    usize::try_from(since.elapsed().as_secs() / seconds).unwrap()
}

fn sums<const N: usize>(sums: [(&str, usize); N]) -> BTreeMap<String, usize> {
    sums.into_iter().map(|(what, count)| (what.to_owned(), count)).collect()
}

async fn set_interval(bench: &Bench, interval: &str) {
    let patch = Patch::Merge(json!({ "spec": { "resyncInterval": interval } }));
    bench.sessions().patch("acme", &PatchParams::default(), &patch).await.unwrap();
}

/// Waits until the session says this of its accounts, for its newest generation.
async fn session_counts(bench: &Bench, total: i64, ready: i64) -> ApiSession {
    wait_for(SOON, "the session's status is up to date", async || {
        let session = bench.sessions().get("acme").await.unwrap();
        let status = session.status.clone().unwrap_or_default();
        let accounts = status.accounts.clone().unwrap_or_default();
        let is_newest = status.observed_generation == session.metadata.generation;
        if is_newest && (accounts.total, accounts.ready) == (total, ready) {
            Ok(session)
        } else {
            Err(format!("{status:?}"))
        }
    })
    .await
}

/// How many reconciles of accounts have come to an end.
fn reconciled(operator: &Operator) -> usize {
    let text = operator.metrics.encode();
    let lines = text.lines().filter(|line| {
        line.starts_with("roster_reconciles_total") && line.contains("kind=\"UpdateUser\"")
    });
    lines.map(|line| line.rsplit(' ').next().unwrap().parse::<usize>().unwrap()).sum()
}

/// Waits until this many reconciles of accounts have come to an end. Asking the API server would take the time that they
/// need.
async fn looked_at(operator: &Operator, number: usize) {
    wait_for(LONG, "the objects were looked at", async || {
        let reconciled = reconciled(operator);
        if reconciled >= number { Ok(()) } else { Err(reconciled) }
    })
    .await;
}

#[tokio::test]
async fn every_write_and_every_call_is_accounted_for() {
    let bench = Bench::start().await;
    let audit = bench.plane.audit();
    let all = names(0..MANY);
    bench.create_passwords(&all).await;

    let (begun, mark) = (Instant::now(), audit.mark());
    let operator = bench.operator().await;
    bench.apply(&bench.session(&format!("  resyncInterval: 1h\n{UNLIMITED}"))).await;
    bench.create_users(&all, &json!({})).await;
    looked_at(&operator, MANY).await;
    bench.all_ready(MANY).await;
    let number = i64::try_from(MANY).unwrap();
    session_counts(&bench, number, number).await;
    created(&bench, begun, &bench.writes_since(mark));

    at_rest(&bench).await;
    let operator = restarted(&bench, operator).await;
    changed(&bench, &all[..SOME]).await;
    deleted(&bench, &all[SOME..2 * SOME]).await;
    operator.stop().await;
    assert_eq!(bench.simulator.open_sessions(), 0);
}

/// Two writes for each object, one call, and one event.
fn created(bench: &Bench, begun: Instant, writes: &Entries) {
    let expected = sums([
        ("create secrets", 1), // the installation's marker key
        ("patch apisessions", 1),
        ("patch updateusers", MANY),
        ("update updateusers/status", MANY),
        ("create events", MANY + 1), // and one of the login
    ]);
    assert_eq!(counted(writes, begun, 2), expected);
    assert_eq!(bench.calls("POST", "/REST/Session"), 1);
    assert_eq!(bench.calls("POST", "/REST/UpdateUser/"), MANY);
    assert_eq!(bench.changes().len(), MANY);
    assert_eq!(bench.accounts().len(), MANY);
    assert_eq!(bench.calls("POST", "/REST/UserPermissionReport"), 1);
    let most = 1 + times_within(begun, LIST_LIFE);
    assert!((1..=most).contains(&bench.lists()), "{} lists, at most {most}", bench.lists());
}

/// Three passes cost three lists, and no write at all.
async fn at_rest(bench: &Bench) {
    set_interval(bench, "1s").await;
    let number = i64::try_from(MANY).unwrap();
    session_counts(bench, number, number).await;
    // Every object has looked at the session's new generation.
    let lists = bench.lists();
    wait_for(SOON, "a pass", async || bench.lists() > lists).await;
    bench.simulator.clear_journal();
    let (begun, mark) = (Instant::now(), bench.plane.audit().mark());
    wait_for(SOON, "three passes", async || bench.lists() > 3).await;
    assert_eq!(summed(&bench.writes_since(mark)), sums([]));
    assert_eq!(bench.simulator.journal().len(), bench.lists(), "nothing else was asked");
    assert!(bench.lists() <= 1 + times_within(begun, 1), "one list in each interval");
    set_interval(bench, "1h").await;
    session_counts(bench, number, number).await;
}

/// A new process logs in, reads the list once, and finds that all is as it was.
async fn restarted(bench: &Bench, operator: Operator) -> Operator {
    let versions = async || {
        let users = bench.all_users().await;
        users.iter().map(|user| (user.name_any(), user.resource_version())).collect::<Vec<_>>()
    };
    let before = versions().await;
    operator.stop().await;
    bench.simulator.clear_journal();
    let mark = bench.plane.audit().mark();
    let operator = bench.operator().await;
    looked_at(&operator, MANY).await;
    assert_eq!(summed(&bench.writes_since(mark)), sums([]));
    let calls: Vec<_> = bench.simulator.journal();
    let calls: Vec<_> = calls.iter().map(|call| format!("{} {}", call.method, call.path)).collect();
    assert_eq!(calls, ["POST /REST/Session/", "GET /REST/UpdateUser/"]);
    // Who was never written to has not stopped being ready for a moment.
    assert_eq!(versions().await, before);
    operator
}

/// One write for each object and one call.
async fn changed(bench: &Bench, names: &[String]) {
    bench.simulator.clear_journal();
    let (begun, mark) = (Instant::now(), bench.plane.audit().mark());
    bench.patch_users(names, &json!({ "spec": { "loginState": "Blocked" } })).await;
    bench.all_ready(MANY).await;
    assert_eq!(bench.changes().len(), names.len());
    wait_for(SOON, "the events are there", async || {
        summed(&bench.writes_since(mark)).get("create events") == Some(&names.len())
    })
    .await;
    let expected =
        sums([("update updateusers/status", names.len()), ("create events", names.len())]);
    assert_eq!(counted(&bench.writes_since(mark), begun, 1), expected);
}

/// One write for each object and one call.
async fn deleted(bench: &Bench, names: &[String]) {
    bench.simulator.clear_journal();
    let (begun, mark) = (Instant::now(), bench.plane.audit().mark());
    bench.delete_users(names).await;
    bench.all_gone(names).await;
    assert_eq!(bench.changes().len(), names.len());
    wait_for(SOON, "the events are there", async || {
        summed(&bench.writes_since(mark)).get("create events") == Some(&names.len())
    })
    .await;
    let expected = sums([("patch updateusers", names.len()), ("create events", names.len())]);
    assert_eq!(counted(&bench.writes_since(mark), begun, 1), expected);
    assert!(begun.elapsed() < Duration::from_secs(LIST_LIFE) || bench.lists() <= 2);
}
