//! The programs of a control plane: how each is started, and when it is ready.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail, ensure};
use k8s_openapi::api::core::v1::ServiceAccount;
use kube::{Api, Client};
use tokio::time::{Instant, sleep, timeout};

use super::assets::Assets;
use super::process::{Keeper, Process};
use super::{Options, audit};

/// Idle it takes some seconds; a shared machine may need much more.
const START: Duration = Duration::from_secs(90);

/// One question whether a program is ready.
const QUESTION: Duration = Duration::from_secs(5);

/// Those that have to do with what the tests look at. There are no nodes, so nothing is scheduled.
const CONTROLLERS: [&str; 14] = [
    "clusterrole-aggregation-controller",
    "deployment-controller",
    "disruption-controller",
    "endpointslice-controller",
    "garbage-collector-controller",
    "job-controller",
    "namespace-controller",
    "replicaset-controller",
    "resourcequota-controller",
    "root-ca-certificate-publisher-controller",
    "serviceaccount-controller",
    "serviceaccount-token-controller",
    "ttl-after-finished-controller",
    "validatingadmissionpolicy-status-controller",
];

/// One of the processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Program {
    Etcd,
    ApiServer,
    ControllerManager,
}

/// The processes and what is needed to start them again.
pub struct Programs {
    keeper: Keeper,
    etcd_url: String,
    starts: BTreeMap<Program, Start>,
    running: BTreeMap<Program, Process>,
    /// Of the caller.
    others: Vec<Process>,
}

struct Start {
    path: PathBuf,
    args: Vec<String>,
}

impl Programs {
    /// Starts nothing yet. The folder of the keeper holds the certificates, and `controller-manager.kubeconfig`.
    pub fn new(
        keeper: Keeper,
        assets: Assets,
        etcd_port: u16,
        port: u16,
        options: &Options,
    ) -> Result<Self> {
        let folder = keeper.folder.clone();
        fs::write(folder.join("audit-policy.yaml"), audit::POLICY)?;
        let etcd_url = format!("http://127.0.0.1:{etcd_port}");
        let mut apiserver = apiserver(&folder, &etcd_url, port);
        apiserver.extend(options.apiserver.iter().cloned());
        let starts = [
            (Program::Etcd, Start { path: assets.etcd, args: etcd(&folder, &etcd_url) }),
            (Program::ApiServer, Start { path: assets.apiserver, args: apiserver }),
            (
                Program::ControllerManager,
                Start { path: assets.controller_manager, args: controller_manager(&folder) },
            ),
        ];
        Ok(Self {
            keeper,
            etcd_url,
            starts: starts.into(),
            running: BTreeMap::new(),
            others: Vec::new(),
        })
    }

    pub fn etcd_url(&self) -> &str {
        &self.etcd_url
    }

    /// Starts it, if it does not run.
    pub fn start(&mut self, program: Program) -> Result<()> {
        if !self.running.contains_key(&program) {
            let start = &self.starts[&program];
            let mut command = Command::new(&start.path);
            let process = self.keeper.spawn(program.name(), command.args(&start.args))?;
            self.running.insert(program, process);
        }
        Ok(())
    }

    /// Kills it, as `kill -9` does, and waits until it is gone.
    pub fn kill(&mut self, program: Program) -> Result<()> {
        let process = self.running.remove(&program);
        self.keeper.kill(process.with_context(|| format!("{program:?} does not run"))?)
    }

    /// Starts a program of the caller that ends with the control plane.
    pub fn run_along(&mut self, name: &str, command: &mut Command) -> Result<&Process> {
        let process = self.keeper.spawn(name, command)?;
        self.others.push(process);
        self.others.last().context("it was just added")
    }

    pub fn running(&mut self, program: Program) -> Result<&mut Process> {
        self.running.get_mut(&program).with_context(|| format!("{program:?} does not run"))
    }
}

impl Drop for Programs {
    fn drop(&mut self) {
        let running = std::mem::take(&mut self.running).into_values().rev();
        for process in self.others.drain(..).chain(running) {
            let pid = process.pid();
            if let Err(error) = self.keeper.kill(process) {
                eprintln!("cannot end process {pid}: {error:#}");
            }
        }
    }
}

impl Program {
    fn name(self) -> &'static str {
        match self {
            Self::Etcd => "etcd",
            Self::ApiServer => "kube-apiserver",
            Self::ControllerManager => "kube-controller-manager",
        }
    }

    /// Asks once whether the program does its work.
    pub async fn is_ready(self, etcd_url: &str, admin: &Client) -> Result<()> {
        match self {
            Self::Etcd => {
                let health = reqwest::get(format!("{etcd_url}/health")).await?.text().await?;
                ensure!(health.contains(r#""health":"true""#), "{health}");
            }
            Self::ApiServer => {
                let request = http::Request::get("/readyz").body(Vec::new())?;
                let answer = admin.request_text(request).await?;
                ensure!(answer == "ok", "{answer}");
            }
            Self::ControllerManager => {
                // It is the one that makes them.
                let accounts: Api<ServiceAccount> = Api::namespaced(admin.clone(), "default");
                accounts.get("default").await?;
            }
        }
        Ok(())
    }
}

/// Waits until a program that was started is ready. Fails when it ends, and after [`START`], with the end of its log.
pub async fn wait_until_ready(
    program: Program,
    etcd_url: &str,
    admin: &Client,
    mut check: impl FnMut() -> Result<()>,
    log_tail: impl Fn() -> String,
) -> Result<()> {
    let begun = Instant::now();
    let error = loop {
        let ready = timeout(QUESTION, program.is_ready(etcd_url, admin)).await;
        let last = match ready {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error,
            Err(_) => anyhow!("no answer"),
        };
        if let Err(ended) = check() {
            break ended;
        }
        if begun.elapsed() > START {
            break last.context(format!("not ready after {START:?}"));
        }
        sleep(Duration::from_millis(50)).await;
    };
    bail!("{} did not start: {error:#}\nThe end of its log:\n{}", program.name(), log_tail());
}

fn etcd(folder: &Path, url: &str) -> Vec<String> {
    vec![
        format!("--data-dir={}", folder.join("etcd").display()),
        format!("--listen-client-urls={url}"),
        format!("--advertise-client-urls={url}"),
        // Nobody joins.
        "--listen-peer-urls=http://127.0.0.1:0".to_owned(),
        // What a crash of the machine would lose is of no use afterwards.
        "--unsafe-no-fsync=true".to_owned(),
        "--log-level=warn".to_owned(),
    ]
}

fn apiserver(folder: &Path, etcd_url: &str, port: u16) -> Vec<String> {
    let file = |name: &str| folder.join(name).display().to_string();
    vec![
        format!("--etcd-servers={etcd_url}"),
        "--bind-address=127.0.0.1".to_owned(),
        "--advertise-address=127.0.0.1".to_owned(),
        format!("--secure-port={port}"),
        format!("--cert-dir={}", file("apiserver")),
        format!("--tls-cert-file={}", file("server.crt")),
        format!("--tls-private-key-file={}", file("server.key")),
        format!("--client-ca-file={}", file("ca.crt")),
        "--authorization-mode=RBAC".to_owned(),
        "--service-cluster-ip-range=10.0.0.0/24".to_owned(),
        "--endpoint-reconciler-type=none".to_owned(),
        "--service-account-issuer=https://kubernetes.default.svc".to_owned(),
        format!("--service-account-signing-key-file={}", file("accounts.key")),
        format!("--service-account-key-file={}", file("accounts.pub")),
        format!("--audit-policy-file={}", file("audit-policy.yaml")),
        format!("--audit-log-path={}", file("audit.log")),
        "--audit-log-mode=blocking-strict".to_owned(),
        // In megabytes. A log that is put away in the middle of a test would seem empty to it.
        "--audit-log-maxsize=10000".to_owned(),
    ]
}

fn controller_manager(folder: &Path) -> Vec<String> {
    let file = |name: &str| folder.join(name).display().to_string();
    let kubeconfig = file("controller-manager.kubeconfig");
    vec![
        format!("--kubeconfig={kubeconfig}"),
        format!("--authentication-kubeconfig={kubeconfig}"),
        format!("--authorization-kubeconfig={kubeconfig}"),
        format!("--service-account-private-key-file={}", file("accounts.key")),
        format!("--root-ca-file={}", file("ca.crt")),
        "--use-service-account-credentials=true".to_owned(),
        "--leader-elect=false".to_owned(),
        // It serves nothing.
        "--secure-port=0".to_owned(),
        format!("--controllers={}", CONTROLLERS.join(",")),
    ]
}
