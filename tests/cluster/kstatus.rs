//! What Flux, Helm and others that wait for objects make of ours: by the very code that they run.

use std::path::Path;
use std::process::Stdio;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::bench::{Bench, SOON};
use crate::controlplane::wait_for;
use crate::manifests::user;

/// What both implementations say of live objects, such as `uu/edge1`.
async fn kstatus(bench: &Bench, objects: &[&str]) -> Vec<(String, String)> {
    let mut manifests = String::new();
    for object in objects {
        manifests += &bench.kubectl(&["get", object, "-o", "json"]).await;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kstatus/build");
    let built = Command::new(script).stderr(Stdio::inherit()).output().await.unwrap();
    assert!(built.status.success(), "tests/kstatus/build has failed; it says why above");
    let program = String::from_utf8(built.stdout).unwrap();
    let mut running = Command::new(program.trim_end())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut input = running.stdin.take().unwrap();
    input.write_all(manifests.as_bytes()).await.unwrap();
    drop(input);
    let output = running.wait_with_output().await.unwrap();
    assert!(output.status.success(), "it says why above");
    let said = String::from_utf8(output.stdout).unwrap();
    let statuses: Vec<_> = said
        .lines()
        .map(|line| {
            let [flux, original, message] = line.split('\t').collect::<Vec<_>>()[..] else {
                panic!("{line}");
            };
            assert_eq!(flux, original, "Flux and the original do not agree: {message}");
            (flux.to_owned(), message.to_owned())
        })
        .collect();
    assert_eq!(statuses.len(), objects.len(), "{said}");
    statuses
}

/// The words alone.
async fn words<const N: usize>(bench: &Bench, objects: [&str; N]) -> [String; N] {
    let said = kstatus(bench, &objects).await;
    said.into_iter().map(|(word, _)| word).collect::<Vec<_>>().try_into().unwrap()
}

async fn until(bench: &Bench, object: &str, word: &str) -> String {
    wait_for(SOON, &format!("{object} is {word}"), async || {
        let (said, message) = kstatus(bench, &[object]).await.remove(0);
        if said == word { Ok(message) } else { Err(format!("{said}: {message}")) }
    })
    .await
}

#[tokio::test]
async fn an_object_is_in_progress_until_the_operator_has_looked_and_current_when_it_is_ready() {
    let bench = Bench::start().await;
    bench.apply(&(bench.session("") + "---\n" + &user("edge1", "secret-1", ""))).await;
    let both = ["apis/acme", "uu/edge1"];
    assert_eq!(words(&bench, both).await, ["InProgress", "InProgress"], "nobody looked yet");

    let operator = bench.operator().await;
    bench.ready("edge1").await;
    until(&bench, "apis/acme", "Current").await;
    assert_eq!(words(&bench, both).await, ["Current", "Current"]);
    operator.stop().await;

    bench.apply(&user("edge1", "secret-1", "  loginState: Blocked")).await;
    assert_eq!(words(&bench, both).await, ["Current", "InProgress"], "nobody saw the edit yet");
    let operator = bench.operator().await;
    until(&bench, "uu/edge1", "Current").await;
    operator.stop().await;
}

#[tokio::test]
async fn an_object_has_failed_when_only_a_person_can_mend_it() {
    let bench = Bench::start().await;
    let operator = bench.operator().await;
    bench.simulator.create_update_user("acme", "legacy", "old").unwrap();
    bench.apply(&bench.session("")).await;
    bench.apply(&user("legacy", "secret-1", "")).await;
    let message = until(&bench, "uu/legacy", "Failed").await;
    assert!(message.contains("nickname"), "the message is ours: {message}");

    let secret = "apiVersion: v1
kind: Secret
metadata:
  name: acme-login
stringData:
  password: wrong
";
    bench.apply(secret).await;
    until(&bench, "apis/acme", "Failed").await;
    operator.stop().await;
}

#[tokio::test]
async fn what_waits_for_something_else_is_in_progress_and_has_not_failed() {
    let bench = Bench::start().await;
    let operator = bench.operator().await;
    bench.apply(&user("edge1", "secret-1", "")).await;
    bench.condition("edge1", "Ready", "False", "SessionMissing").await;
    assert_eq!(words(&bench, ["uu/edge1"]).await, ["InProgress"]);
    operator.stop().await;
}

#[tokio::test]
async fn an_object_that_goes_is_terminating() {
    let bench = Bench::start().await;
    let operator = bench.operator().await;
    bench.apply(&(bench.session("") + "---\n" + &user("edge1", "secret-1", ""))).await;
    bench.ready("edge1").await;
    operator.stop().await;
    bench.kubectl(&["delete", "--wait=false", "apis/acme", "uu/edge1"]).await;
    assert_eq!(words(&bench, ["apis/acme", "uu/edge1"]).await, ["Terminating", "Terminating"]);
    let operator = bench.operator().await;
    bench.gone("edge1").await;
    operator.stop().await;
}

#[tokio::test]
async fn nobody_waits_for_ever_for_what_is_suspended() {
    let bench = Bench::start().await;
    let operator = bench.operator().await;
    bench.apply(&(bench.session("") + "---\n" + &user("edge1", "secret-1", ""))).await;
    bench.apply(&user("fresh", "secret-2", "  suspend: true")).await;
    bench.ready("edge1").await;
    bench.apply(&user("edge1", "secret-1", "  suspend: true\n  loginState: Blocked")).await;
    until(&bench, "uu/edge1", "Current").await;
    until(&bench, "uu/fresh", "Current").await;
    bench.apply(&bench.session("  suspend: true")).await;
    until(&bench, "apis/acme", "Current").await;
    let table = bench.kubectl(&["get", "apis,uu"]).await;
    assert!(bench.simulator.open_sessions() == 0, "a suspended session is logged out: {table}");
    operator.stop().await;
}
