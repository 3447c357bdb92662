//! A control plane with the simulator and the operator, for a person to play with: `tests/controlplane/up`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../cluster/controlplane/mod.rs"]
#[expect(dead_code, unused_imports, reason = "most of it is for tests")]
mod controlplane;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use controlplane::{ControlPlane, Identity, Options, wait_for};

/// Where the examples look for the simulators.
const DYNECT: &str = "127.0.0.1:8080";
const PORTAL: &str = "127.0.0.1:8082";
const CONTROL: &str = "127.0.0.1:8081";

/// For a program of ours to listen.
const SOON: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() {
    let roster = std::env::args_os().nth(1).expect("usage: up PROGRAM; use tests/controlplane/up");
    let roster = Path::new(&roster);
    let mut interrupt = signal(SignalKind::interrupt()).unwrap();
    let mut terminate = signal(SignalKind::terminate()).unwrap();
    eprintln!("starting the control plane");
    tokio::select! {
        () = run(roster) => {}
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    eprintln!("ended");
}

async fn run(roster: &Path) {
    let plane = ControlPlane::start(&Options::default()).await;
    let kubeconfig = plane.kubeconfig_for(&Identity::Admin).await;
    let folder = kubeconfig.parent().unwrap();
    start_simulator(&plane, roster).await;
    start_operator(&plane, roster).await;
    let programs = plane.kubectl_path().parent().unwrap();
    println!(
        "\nIt runs until you press Ctrl-C; the logs are in {folder}.\n\
         In another terminal, in this folder:\n\n    \
         export KUBECONFIG={kubeconfig} PATH={programs}:$PATH\n    \
         kubectl apply -f deploy/examples/\n    \
         kubectl get uu,pu\n    \
         curl -s {CONTROL}/accounts    # what the simulator of DynECT has\n    \
         curl -s {CONTROL}/portal/users    # and that of CTERA Portal\n",
        folder = folder.display(),
        kubeconfig = kubeconfig.display(),
        programs = programs.display(),
    );
    std::future::pending::<()>().await;
}

async fn start_simulator(plane: &ControlPlane, roster: &Path) {
    let mut command = Command::new(roster);
    command.args(["simulate", "--dynect", DYNECT, "--ctera-plain", PORTAL, "--control", CONTROL]);
    let (_, log) = plane.run_along("simulator", &mut command);
    wait_for(SOON, "the simulator listens", async || {
        let text = fs::read_to_string(&log).unwrap();
        if text.contains("control ") { Ok(()) } else { Err(text) }
    })
    .await;
    println!(
        "the simulators are at http://{DYNECT} (DynECT) and http://{PORTAL} (CTERA Portal), their control at http://{CONTROL}"
    );
}

/// It may do everything, but under a name of its own, which tells it apart in the audit log.
async fn start_operator(plane: &ControlPlane, roster: &Path) {
    let identity = Identity::user("roster", &["system:masters"]);
    let kubeconfig = plane.kubeconfig_for(&identity).await;
    let mut command = Command::new(roster);
    command.args(["controller", "--log-format=text"]).env("KUBECONFIG", kubeconfig);
    let (pid, log) = plane.run_along("operator", &mut command);
    println!("the operator is process {pid}: tail -f {}", log.display());
}
