//! A real Kubernetes control plane: etcd, kube-apiserver and kube-controller-manager, with RBAC, service accounts, an
//! audit log and Roster's definitions. There are no nodes: pods stay pending.
//!
//! [`ControlPlane::shared`] is started once per test program. It ends with the program, whatever becomes of it. A test that
//! stops or kills something starts one of its own with [`ControlPlane::start`].
//!
//! `USE_EXISTING_CLUSTER=true` takes the cluster of the current kubeconfig for the shared one. `KUBEBUILDER_ASSETS` and
//! `TEST_ASSET_*` name programs to take; without them `tests/controlplane/build` builds them.

mod access;
mod assets;
pub mod audit;
mod certificates;
mod faults;
mod namespace;
mod process;
mod programs;
mod start;
mod wait;

pub use access::Identity;
pub use audit::Audit;
pub use namespace::Namespace;
pub use programs::Program;
pub use wait::wait_for;

use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Mutex;

use kube::Client;
use tokio::sync::OnceCell;

use access::Access;
use process::Keeper;
use programs::Programs;

/// How a control plane differs from the usual one.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// More flags of kube-apiserver, for example `--watch-cache=false`.
    pub apiserver: Vec<String>,
}

/// A control plane that runs, and the ways to it. Dropping it ends it.
pub struct ControlPlane {
    access: Access,
    cluster: Cluster,
}

enum Cluster {
    Ours {
        folder: PathBuf,
        programs: Mutex<Programs>,
    },
    /// Somebody else's; the folder is for kubeconfigs.
    Existing {
        _folder: Keeper,
    },
}

static SHARED: OnceCell<Result<ControlPlane, String>> = OnceCell::const_new();

impl ControlPlane {
    /// The one that the tests of this program have in common. The first call starts it.
    ///
    /// # Panics
    ///
    /// If it cannot be started; each test then tells the reason.
    pub async fn shared() -> &'static Self {
        let start = || async {
            let existing = std::env::var("USE_EXISTING_CLUSTER").is_ok_and(|it| it == "true");
            let plane = if existing {
                start::existing().await
            } else {
                start::ours(&Options::default()).await
            };
            plane.map_err(|error| format!("{error:#}"))
        };
        match SHARED.get_or_init(start).await {
            Ok(plane) => plane,
            Err(error) => panic!("there is no control plane: {error}"),
        }
    }

    /// One of the caller's own, for what would disturb others. With `USE_EXISTING_CLUSTER` too: nobody's cluster is to
    /// be killed.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    pub async fn start(options: &Options) -> Self {
        if std::env::var_os("USE_EXISTING_CLUSTER").is_some() {
            eprintln!("this test disturbs its cluster, so it starts a control plane of its own");
        }
        start::ours(options).await.unwrap_or_else(|error| panic!("no control plane: {error:#}"))
    }

    /// May do everything. A client belongs to the runtime that it was made on, and so to one test.
    pub async fn admin(&self) -> Client {
        self.client(&Identity::Admin).await
    }

    /// May do what is granted to the user or one of the groups.
    pub async fn user(&self, name: &str, groups: &[&str]) -> Client {
        self.client(&Identity::user(name, groups)).await
    }

    /// May do what is granted to the service account, which is created if it is missing.
    pub async fn service_account_client(&self, namespace: &str, name: &str) -> Client {
        self.client(&Identity::service_account(namespace, name)).await
    }

    pub async fn client(&self, identity: &Identity) -> Client {
        self.access.client(identity).await.expect("a client can be made")
    }

    /// A file for `KUBECONFIG`, for processes that are to be this identity. It lives as long as the control plane; a token
    /// in it is good for an hour.
    pub async fn kubeconfig_for(&self, identity: &Identity) -> PathBuf {
        self.access.kubeconfig_file(identity).await.expect("a kubeconfig can be made")
    }

    /// Runs `kubectl` as the administrator, in the root of the repository, and returns what it prints.
    ///
    /// # Panics
    ///
    /// If it fails, with what it says.
    pub async fn kubectl(&self, args: &[&str]) -> String {
        let output = self.kubectl_as(&Identity::Admin, args).await;
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "kubectl {}: {stderr}", args.join(" "));
        String::from_utf8(output.stdout).expect("kubectl prints UTF-8")
    }

    /// Runs `kubectl` as somebody, whether it succeeds or not.
    pub async fn kubectl_as(&self, identity: &Identity, args: &[&str]) -> Output {
        self.access.kubectl(identity, args).await.expect("kubectl can be run")
    }

    /// The program itself, for what needs a pipe or a process that goes on.
    pub fn kubectl_path(&self) -> &Path {
        self.access.kubectl_path()
    }

    /// A namespace with a name of its own that starts with the prefix.
    pub async fn namespace(&self, prefix: &str) -> Namespace {
        let kubectl = self.kubectl_path().to_owned();
        let kubeconfig = self.kubeconfig_for(&Identity::Admin).await;
        let created = Namespace::create(self.admin().await, prefix, kubectl, kubeconfig).await;
        created.expect("a namespace can be created")
    }

    /// # Panics
    ///
    /// On a cluster that exists: its audit log is out of reach.
    pub fn audit(&self) -> Audit {
        match &self.cluster {
            Cluster::Ours { folder, .. } => Audit::new(folder.join("audit.log")),
            Cluster::Existing { .. } => {
                panic!("this test reads the audit log; run it without USE_EXISTING_CLUSTER")
            }
        }
    }
}
