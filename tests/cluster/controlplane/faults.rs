//! The processes of a control plane: what can go wrong with them, and others beside them.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use rustix::process::Signal;
use serde_json::{Value, json};

use super::programs::{Program, Programs, wait_until_ready};
use super::{Cluster, ControlPlane};

/// These panic on a cluster that exists, and for a program that does not run.
impl ControlPlane {
    /// Kills the program as `kill -9` does.
    pub fn kill(&self, program: Program) {
        self.programs(|programs| programs.kill(program));
    }

    /// Starts a program that was killed, at its old port with its old data, and waits until it is ready.
    pub async fn restart(&self, program: Program) {
        self.programs(|programs| programs.start(program));
        self.wait_until_ready(program).await.expect("it starts as it did before");
    }

    /// Stops the program with `SIGSTOP`: its connections stay open and nothing answers.
    pub fn pause(&self, program: Program) {
        self.programs(|programs| programs.running(program)?.signal(Signal::STOP));
    }

    /// Lets a program go on that was paused.
    pub fn resume(&self, program: Program) {
        self.programs(|programs| programs.running(program)?.signal(Signal::CONT));
    }

    pub fn pid(&self, program: Program) -> u32 {
        self.programs(|programs| Ok(programs.running(program)?.pid()))
    }

    /// Starts a program that ends with the control plane, however that ends. Returns its pid, and the file that its output
    /// goes to.
    pub fn run_along(&self, name: &str, command: &mut Command) -> (u32, PathBuf) {
        self.programs(|programs| {
            let process = programs.run_along(name, command)?;
            Ok((process.pid(), process.log.clone()))
        })
    }

    /// Lets etcd forget everything but the newest state, and returns its revision. A list that goes on from an older one
    /// is answered with 410. So is a watch, but only if the API server does not remember the events itself: it must have
    /// been restarted after them, or run with `--watch-cache=false`.
    pub async fn compact(&self) -> i64 {
        let url = self.programs(|programs| Ok(programs.etcd_url().to_owned()));
        compact(&url).await.expect("etcd can be compacted")
    }

    pub(super) async fn wait_until_ready(&self, program: Program) -> Result<()> {
        let etcd_url = self.programs(|programs| Ok(programs.etcd_url().to_owned()));
        let check = || self.programs(|programs| Ok(programs.running(program)?.check()));
        let log_tail = || self.programs(|programs| Ok(programs.running(program)?.log_tail()));
        wait_until_ready(program, &etcd_url, &self.admin().await, check, log_tail).await
    }

    pub(super) fn programs<T>(&self, work: impl FnOnce(&mut Programs) -> Result<T>) -> T {
        match &self.cluster {
            Cluster::Ours { programs, .. } => {
                let mut programs = programs.lock().expect("nobody panics with it");
                let done = work(&mut programs);
                drop(programs);
                done.unwrap_or_else(|error| panic!("{error:#}"))
            }
            Cluster::Existing { .. } => panic!("the programs of this cluster are not ours"),
        }
    }
}

/// etcd serves its gRPC interface as JSON too: <https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway/>.
async fn compact(url: &str) -> Result<i64> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let post = async |path: &str, body: Value| {
        let answer = client.post(format!("{url}/v3/kv/{path}")).json(&body).send().await?;
        answer.error_for_status()?.json::<Value>().await
    };
    // A key of one zero byte, which nobody has: only the header of the answer is of interest.
    let state = post("range", json!({ "key": "AA==" })).await?;
    let revision = state.pointer("/header/revision").and_then(Value::as_str);
    let revision = revision.context("an answer without a revision")?;
    post("compaction", json!({ "revision": revision, "physical": true })).await?;
    Ok(revision.parse()?)
}
