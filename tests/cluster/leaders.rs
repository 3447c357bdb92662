//! Two operators that both believe they lead: nothing depends on there being one.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use crate::bench::{Bench, SOON};
use crate::controlplane::wait_for;
use crate::crowd::{UNLIMITED, names};
use roster::sim::AccountState;

const MANY: usize = 50;

/// Longer than the first pauses of what failed, which is how long a quarrel would keep still.
const QUIET: Duration = Duration::from_secs(3);

/// Waits until neither operator has written to an object of an account for a while.
async fn quiet(bench: &Bench) {
    let mut mark = bench.plane.audit().mark();
    let mut since = tokio::time::Instant::now();
    wait_for(SOON, "both operators are quiet", async || {
        let mut writes = bench.writes_since(mark);
        writes.0.retain(|write| write.resource == "updateusers");
        if let Some(last) = writes.0.last() {
            mark = bench.plane.audit().mark();
            since = tokio::time::Instant::now();
            return Err(format!("{last:?}"));
        }
        if since.elapsed() >= QUIET { Ok(()) } else { Err("not for long enough".to_owned()) }
    })
    .await;
}

/// How many accounts there are in which state, and that none was ever made twice.
fn states(bench: &Bench) -> BTreeMap<&'static str, usize> {
    let mut states = BTreeMap::new();
    let mut times = BTreeMap::new();
    for account in bench.accounts() {
        let state = match account.state {
            AccountState::Active => "active",
            AccountState::Blocked => "blocked",
            AccountState::Deleted => "deleted",
        };
        *states.entry(state).or_insert(0) += 1;
        *times.entry(account.nickname).or_insert(0) += 1;
    }
    assert!(times.values().all(|&times| times == 1), "{times:?}");
    states
}

#[tokio::test]
async fn two_operators_at_once_make_no_second_account_and_come_to_rest() {
    let bench = Bench::start().await;
    let all = names(0..MANY);
    bench.create_passwords(&all).await;
    let operators = [bench.operator().await, bench.operator().await];
    bench.apply(&bench.session(UNLIMITED)).await;
    bench.create_users(&all, &json!({ "deletionPolicy": "Delete" })).await;
    bench.all_ready(MANY).await;
    assert_eq!(states(&bench), BTreeMap::from([("active", MANY)]));
    quiet(&bench).await;

    bench.patch_users(&all, &json!({ "spec": { "loginState": "Blocked" } })).await;
    bench.all_ready(MANY).await;
    assert_eq!(states(&bench), BTreeMap::from([("blocked", MANY)]));
    quiet(&bench).await;
    bench.all_ready(MANY).await;

    let (gone, kept) = all.split_at(MANY / 2);
    bench.delete_users(gone).await;
    bench.all_gone(gone).await;
    let expected = BTreeMap::from([("deleted", gone.len()), ("blocked", kept.len())]);
    assert_eq!(states(&bench), expected);
    quiet(&bench).await;
    assert_eq!(states(&bench), expected);
    bench.all_ready(kept.len()).await;
    for operator in operators {
        operator.stop().await;
    }
    assert_eq!(bench.simulator.open_sessions(), 0);
}
