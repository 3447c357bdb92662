//! What the operator lives on is gone for a while: the API server, etcd, or the past of a watch.

use std::time::Duration;

use serde_json::json;
use tokio::time::timeout;

use crate::bench::{Bench, Operator, SOON};
use crate::controlplane::{ControlPlane, Options, Program, wait_for};
use crate::crowd::{UNLIMITED, names, password_of};
use crate::gate::Gate;
use roster::sim::AccountState;

const MANY: usize = 40;

/// A namespace in a control plane of its own, which lives as long as the test program, with the session in use and no
/// account yet.
async fn start(options: &Options) -> (Bench, Operator) {
    let plane = Box::leak(Box::new(ControlPlane::start(options).await));
    let bench = Bench::start_on(plane).await;
    bench.create_passwords(&names(0..2 * MANY)).await;
    let operator = bench.operator().await;
    bench.apply(&bench.session(UNLIMITED)).await;
    (bench, operator)
}

/// Ends what [`start`] began, as far as it takes anything from the tests that go on.
async fn end(bench: &Bench, operator: Operator) {
    operator.stop().await;
    for program in [Program::ControllerManager, Program::ApiServer, Program::Etcd] {
        bench.plane.kill(program);
    }
}

/// Each object has exactly one account, in this state and with its own password.
fn assert_one_each(bench: &Bench, names: &[String], state: AccountState) {
    for name in names {
        let accounts = bench.accounts_of(name);
        let [account] = &accounts[..] else { panic!("{name}: {accounts:?}") };
        assert_eq!(account.state, state, "{name}");
        let password = password_of(name);
        assert!(bench.simulator.password_is("acme", &account.user_name, &password), "{name}");
    }
}

/// Waits until the wave of creates is under way.
async fn some_are_made(bench: &Bench, number: usize) {
    wait_for(SOON, "some accounts are made", async || {
        let made = bench.accounts().len();
        if made >= number { Ok(()) } else { Err(made) }
    })
    .await;
}

#[tokio::test]
async fn a_dead_api_server_and_a_frozen_etcd_delay_the_work_and_double_nothing() {
    let (bench, operator) = start(&Options::default()).await;
    let (first, second) = (names(0..MANY), names(MANY..2 * MANY));

    bench.create_users(&first, &json!({})).await;
    some_are_made(&bench, 3).await;
    bench.plane.kill(Program::ApiServer);
    bench.plane.restart(Program::ApiServer).await;
    bench.all_ready(MANY).await;
    assert_one_each(&bench, &first, AccountState::Active);

    bench.create_users(&second, &json!({})).await;
    some_are_made(&bench, MANY + 3).await;
    bench.plane.pause(Program::Etcd);
    let made = bench.accounts().len();
    let label = json!({ "metadata": { "labels": { "roster.test": "stuck" } } });
    let write = bench.patch_users(&second[..1], &label);
    assert!(timeout(Duration::from_secs(1), write).await.is_err(), "nothing can be stored");
    // One claim may have been stored before; without another one nothing more is made.
    assert!(bench.accounts().len() <= made + 1, "{made} and then {}", bench.accounts().len());
    bench.plane.resume(Program::Etcd);
    bench.all_ready(2 * MANY).await;
    assert_one_each(&bench, &second, AccountState::Active);

    // The watches have found their way back too.
    bench.patch_users(&first, &json!({ "spec": { "loginState": "Blocked" } })).await;
    bench.all_ready(2 * MANY).await;
    assert_one_each(&bench, &first, AccountState::Blocked);
    assert_eq!(bench.accounts().len(), 2 * MANY);
    assert_eq!(bench.calls("POST", "/REST/Session"), 1);
    end(&bench, operator).await;
}

#[tokio::test]
async fn a_watch_whose_past_is_forgotten_misses_nothing() {
    // Without its cache, the API server answers a watch out of etcd, and so with 410 after a compaction.
    let options = Options { apiserver: vec!["--watch-cache=false".to_owned()] };
    let (bench, operator) = start(&options).await;
    operator.stop().await;
    let (gate, all) = (Gate::default(), names(0..4));
    let way = gate.clone();
    let operator = bench.operator_with(move |config| way.client(config)).await;
    bench.create_users(&all, &json!({ "deletionPolicy": "Delete" })).await;
    bench.all_ready(all.len()).await;

    // The streams break, and what happens then is in the operator's cache no more than in the watches to come.
    gate.set_deaf(true);
    bench.plane.kill(Program::ApiServer);
    bench.plane.restart(Program::ApiServer).await;
    bench.delete_users(&all[..1]).await;
    bench.patch_users(&all[1..2], &json!({ "spec": { "loginState": "Blocked" } })).await;
    bench.plane.compact().await;
    let mark = bench.plane.audit().mark();
    gate.set_deaf(false);
    bench.all_gone(&all[..1]).await;
    bench.all_ready(all.len() - 1).await;
    assert_eq!(bench.accounts_of("edge0")[0].state, AccountState::Deleted);
    assert_one_each(&bench, &all[1..2], AccountState::Blocked);
    assert_one_each(&bench, &all[2..], AccountState::Active);
    assert_eq!(bench.accounts().len(), all.len());
    let requests = bench.plane.audit().since(mark).by(&bench.identity().username());
    let listed = requests.only(|it| it.verb == "list" && it.resource == "updateusers");
    assert!(!listed.0.is_empty(), "a watch that goes on needs no list: {requests:?}");
    end(&bench, operator).await;
}
