//! The real program as a process: its probes, its log, its lease and its end.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use k8s_openapi::api::coordination::v1::Lease;
use kube::Api;
use kube::api::{Patch, PatchParams};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::bench::{Bench, SOON};
use crate::controlplane::wait_for;
use crate::manifests::user;

/// A process of the program. It is killed when dropped.
struct Program {
    child: Child,
    log: PathBuf,
    _folder: TempDir,
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roster"));
    // Nothing of the person who runs the tests.
    command.env_clear().arg("controller").kill_on_drop(true).stdin(Stdio::null());
    command
}

impl Program {
    /// Starts it as the service account of the bench, for its namespace.
    async fn start(bench: &Bench, more: &[&str]) -> Self {
        let kubeconfig = bench.plane.kubeconfig_for(&bench.identity()).await;
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let name = &bench.namespace.name;
        let child = program()
            .args(["--watch-namespace", name, "--namespace", name, "--metrics", "127.0.0.1:0"])
            .args(more)
            .env("KUBECONFIG", kubeconfig)
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        Self { child, log, _folder: folder }
    }

    /// The lines of its log, each of which is an object.
    fn log(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(&self.log).unwrap();
        let complete = text.rfind('\n').map_or("", |end| &text[..end]);
        complete
            .lines()
            .map(|line| {
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
            })
            .collect()
    }

    /// What it answers to a GET of this path.
    async fn get(&self, path: &str) -> (u16, String) {
        let address = wait_for(SOON, "it says where it listens", async || {
            let lines = self.log();
            lines.iter().find_map(|line| {
                line.pointer("/address").and_then(Value::as_str).map(str::to_owned)
            })
        })
        .await;
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = client.get(format!("http://{address}{path}")).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// Waits until a line of its metrics begins with this, and returns the rest of the line.
    async fn metric(&self, series: &str) -> String {
        wait_for(SOON, series, async || {
            let (_, text) = self.get("/metrics").await;
            let line = text.lines().find_map(|line| line.strip_prefix(series).map(str::to_owned));
            line.ok_or(text)
        })
        .await
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id().unwrap()).unwrap();
        kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
    }

    /// Waits for its end and returns its exit code.
    async fn end(&mut self) -> Option<i32> {
        timeout(SOON, self.child.wait()).await.expect("it ends").unwrap().code()
    }
}

fn leases(bench: &Bench) -> Api<Lease> {
    Api::namespaced(bench.admin.clone(), &bench.namespace.name)
}

async fn holder(bench: &Bench) -> Option<String> {
    let lease = leases(bench).get_opt("roster").await.unwrap()?;
    lease.spec?.holder_identity
}

#[tokio::test]
async fn the_program_answers_probes_drains_when_told_and_hands_the_lease_over() {
    let bench = Bench::start().await;
    let mut first = Program::start(&bench, &["--leader-elect", "--identity", "first"]).await;
    wait_for(SOON, "the first leads", async || {
        holder(&bench).await.is_some_and(|holder| holder.starts_with("first-"))
    })
    .await;
    let mut second = Program::start(&bench, &["--leader-elect", "--identity", "second"]).await;
    bench.apply(&bench.session("")).await;
    bench.apply(&user("edge1", "a-password-of-edge1", "")).await;
    bench.ready("edge1").await;

    assert_eq!(first.get("/livez").await, (200, "ok\n".to_owned()));
    wait_for(SOON, "it is ready", async || match first.get("/readyz").await {
        (200, _) => Ok(()),
        other => Err(other),
    })
    .await;
    assert_eq!(first.metric("roster_leader ").await, "1");
    for series in [
        r#"roster_remote_calls_total{system="DynECT","#,
        r#"roster_reconciles_total{kind="UpdateUser","#,
        r#"roster_api_writes_total{kind="UpdateUser","#,
        "roster_session_up{",
        "roster_request_budget_remaining{",
        "roster_accounts{",
    ] {
        first.metric(series).await;
    }
    assert_eq!(second.metric("roster_leader ").await, "0");
    assert_eq!(second.get("/livez").await.0, 200);
    assert_eq!(bench.calls("POST", "/REST/Session"), 1, "who does not lead does nothing");

    first.signal(Signal::TERM);
    assert_eq!(first.end().await, Some(0));
    let ended = Instant::now();
    assert_eq!(bench.calls("DELETE", "/REST/Session"), 1);
    wait_for(SOON, "the second leads", async || {
        holder(&bench).await.is_some_and(|holder| holder.starts_with("second-"))
    })
    .await;
    // A lease that is not given back lasts for 15 s.
    assert!(ended.elapsed() < Duration::from_secs(10), "{:?}", ended.elapsed());
    bench.apply(&user("edge1", "a-password-of-edge1", "  loginState: Blocked")).await;
    bench.ready("edge1").await;
    assert_eq!(second.metric("roster_leader ").await, "1");

    let thief = json!({ "spec": { "holderIdentity": "a-thief" } });
    leases(&bench).patch("roster", &PatchParams::default(), &Patch::Merge(thief)).await.unwrap();
    assert_eq!(second.end().await, Some(1));
    assert_eq!(holder(&bench).await.as_deref(), Some("a-thief"), "it is not taken back");
    let why = std::fs::read_to_string(&second.log).unwrap();
    assert!(why.contains("the lease was lost; another process leads now"), "{why}");

    let log = std::fs::read_to_string(&first.log).unwrap();
    assert!(first.log().len() > 3, "{log}");
    assert!(!log.contains("a-password-of-edge1") && !log.contains("operator-password"), "{log}");
}

#[tokio::test]
async fn who_leads_alone_gives_the_lease_back() {
    let bench = Bench::start().await;
    let mut program = Program::start(&bench, &["--leader-elect"]).await;
    let is_held = async || holder(&bench).await.is_some_and(|holder| !holder.is_empty());
    wait_for(SOON, "it leads", is_held).await;
    program.signal(Signal::INT);
    assert_eq!(program.end().await, Some(0));
    assert_eq!(holder(&bench).await.as_deref(), Some(""));
}

/// The sessions that the process serves, by its metrics.
async fn served(program: &Program) -> BTreeSet<String> {
    let (_, text) = program.get("/metrics").await;
    let lines = text.lines().filter_map(|line| line.strip_prefix("roster_session_up{session=\""));
    lines.map(|line| line.split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn two_shards_share_the_sessions_and_each_is_served_once() {
    let bench = Bench::start().await;
    let shards = [
        Program::start(&bench, &["--leader-elect", "--shard", "0/2"]).await,
        Program::start(&bench, &["--leader-elect", "--shard", "1/2"]).await,
    ];
    // The name of the namespace decides too, so more are made until each shard has one.
    for number in 0..40 {
        let session = bench.session("").replace("name: acme\n", &format!("name: s{number}\n"));
        bench.apply(&session).await;
        let object = user(&format!("edge{number}"), &format!("password-{number}"), "");
        bench.apply(&object.replace("name: acme\n", &format!("name: s{number}\n"))).await;
        bench.ready(&format!("edge{number}")).await;
        let [one, other] = [served(&shards[0]).await, served(&shards[1]).await];
        assert!(one.is_disjoint(&other), "{one:?} {other:?}");
        assert_eq!(one.len() + other.len(), number + 1);
        assert_eq!(bench.calls("POST", "/REST/Session"), number + 1);
        if !one.is_empty() && !other.is_empty() {
            let lease = leases(&bench).get("roster-shard-1").await.unwrap();
            assert!(lease.spec.unwrap().holder_identity.is_some_and(|holder| !holder.is_empty()));
            return;
        }
    }
    panic!("one shard got every session");
}

async fn refused(args: &[&str]) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = program().args(args).output().await.unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

#[tokio::test]
async fn a_bad_flag_is_refused_with_what_to_write() {
    for (args, says) in [
        (["--shard", "2/2"], "`2/2` is not a shard: write I/N, the number of this one from 0"),
        (["--shard", "one"], "such as 0/3"),
        (["--metrics", "8080"], "invalid value '8080' for '--metrics <ADDR>'"),
        (["--log-format", "xml"], "[possible values:"),
    ] {
        let (code, text) = refused(&args).await;
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains(says), "{text}");
    }
    let (code, text) = refused(&[]).await;
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("there is no API server to talk to"), "{text}");
}
