//! Edits that somebody makes at the remote system.

use roster::sim::AccountState;

use crate::bench::{Bench, Operator, SOON};
use crate::controlplane::wait_for;
use crate::manifests::user;
use crate::observe::{ACCOUNTS, condition_of, pending};

/// How many reconciles of accounts there were.
fn reconciles(operator: &Operator) -> u64 {
    let text = operator.metrics.encode();
    let of_accounts = |line: &&str| {
        line.starts_with("roster_reconciles_total{") && line.contains(r#"kind="UpdateUser""#)
    };
    let counts = text.lines().filter(of_accounts).filter_map(|line| line.rsplit(' ').next());
    counts.map(|count| count.parse::<u64>().unwrap()).sum()
}

/// Waits for further lists of accounts that began after this.
async fn lists(bench: &Bench, more: usize) {
    let before = bench.count("GET", ACCOUNTS);
    wait_for(SOON, "further looks at all accounts", async || {
        let now = bench.count("GET", ACCOUNTS);
        if now > before + more { Ok(()) } else { Err(now) }
    })
    .await;
}

#[tokio::test]
async fn an_edit_at_the_remote_system_is_taken_back_and_wakes_nobody_else() {
    let bench = Bench::start().await;
    let operator = bench.operator().await;
    bench.apply(&bench.session("  resyncInterval: 1s")).await;
    let names: Vec<String> = (1..=8).map(|number| format!("edge{number}")).collect();
    let all: String = names
        .iter()
        .map(|name| user(name, &format!("secret-of-{name}"), "  loginState: Active"))
        .collect();
    bench.apply(&all).await;
    for name in &names {
        bench.ready(name).await;
    }
    // The looks after the last create find news: the accounts that were made.
    lists(&bench, 2).await;
    let before = reconciles(&operator);
    lists(&bench, 2).await;
    assert_eq!(reconciles(&operator), before, "looks without news wake nobody");

    bench.simulator.set_blocked("acme", "acme-edge1", true).unwrap();
    bench.state_is("acme-edge1", AccountState::Active).await;
    lists(&bench, 2).await;
    let woken = reconciles(&operator) - before;
    assert!((1..=3).contains(&woken), "one edit and its correction woke {woken} objects");
    let note = bench.event("edge1", "Updated").await;
    assert!(note.contains("took back an edit made at the remote system: loginState"), "{note}");

    bench.simulator.set_password("acme", "acme-edge2", "somebody-elses").unwrap();
    wait_for(SOON, "the password is the declared one again", async || {
        bench.simulator.password_is("acme", "acme-edge2", "secret-of-edge2")
    })
    .await;

    bench.simulator.delete_update_user("acme", "acme-edge3").unwrap();
    bench.state_is("acme-edge3", AccountState::Active).await;
    bench.ready("edge3").await;
    assert!(bench.simulator.password_is("acme", "acme-edge3", "secret-of-edge3"));
    assert_eq!(bench.count("POST", ACCOUNTS), names.len() + 1);
    operator.stop().await;
}

#[tokio::test]
async fn with_warn_an_edit_at_the_remote_system_is_only_reported() {
    let bench = Bench::start().await;
    let operator = bench.operator().await;
    bench.apply(&bench.session("  resyncInterval: 1s")).await;
    bench.apply(&user("edge1", "secret-1", "  loginState: Active\n  driftPolicy: Warn")).await;
    bench.ready("edge1").await;
    bench.simulator.clear_journal();

    bench.simulator.set_blocked("acme", "acme-edge1", true).unwrap();
    let drifted = bench.condition("edge1", "Drifted", "True", "PendingChanges").await;
    assert_eq!(pending(&drifted), ["loginState: Blocked → Active"]);
    let ready = condition_of(&drifted, "Ready").unwrap();
    assert_eq!((ready.status.as_str(), ready.reason.as_str()), ("True", "PendingChanges"));
    let status = bench
        .session_until("acme", "counts the account", |status| {
            status.accounts.as_ref().is_some_and(|accounts| accounts.drifted == 1)
        })
        .await;
    assert_eq!(status.accounts.unwrap().ready, 1);

    // Whoever edited it takes it back.
    bench.simulator.set_blocked("acme", "acme-edge1", false).unwrap();
    let object = bench.ready("edge1").await;
    assert!(condition_of(&object, "Drifted").is_none());
    assert!(pending(&object).is_empty());

    bench.simulator.delete_update_user("acme", "acme-edge1").unwrap();
    let gone = bench.condition("edge1", "Drifted", "True", "PendingChanges").await;
    assert!(!pending(&gone).is_empty());
    lists(&bench, 1).await;
    assert_eq!(bench.account_writes(), Vec::<String>::new());
    operator.stop().await;
}
