//! Where the programs of the control plane are.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use tokio::process::Command;

/// The programs, each a path that can be run.
pub struct Assets {
    pub etcd: PathBuf,
    pub apiserver: PathBuf,
    pub controller_manager: PathBuf,
    pub kubectl: PathBuf,
}

impl Assets {
    /// Asks the script, which builds what is missing. That takes minutes the first time, and it shows its progress.
    pub async fn find() -> Result<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/controlplane/build");
        let built = Command::new(script)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .await
            .context("cannot run tests/controlplane/build")?;
        ensure!(built.status.success(), "tests/controlplane/build has failed; it says why above");
        let folder = PathBuf::from(String::from_utf8(built.stdout)?.trim_end());
        Ok(Self {
            etcd: program("ETCD", || folder.join("etcd")),
            apiserver: program("KUBE_APISERVER", || folder.join("kube-apiserver")),
            controller_manager: program("KUBE_CONTROLLER_MANAGER", || {
                folder.join("kube-controller-manager")
            }),
            kubectl: program("KUBECTL", || folder.join("kubectl")),
        })
    }
}

/// For a cluster that exists: nothing is built for it.
pub fn kubectl_in_path() -> PathBuf {
    program("KUBECTL", || PathBuf::from("kubectl"))
}

fn program(name: &str, otherwise: impl FnOnce() -> PathBuf) -> PathBuf {
    std::env::var_os(format!("TEST_ASSET_{name}")).map_or_else(otherwise, PathBuf::from)
}
