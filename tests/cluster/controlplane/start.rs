//! From nothing to a control plane with Roster's definitions.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context, Result};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{Patch, PatchParams};
use kube::runtime::conditions::is_crd_established;
use kube::runtime::wait::await_condition;
use kube::{Api, Client, ResourceExt};
use tokio::time::timeout;

use super::access::{Access, Identity};
use super::assets::{Assets, kubectl_in_path};
use super::certificates::{Authority, write_files};
use super::process::{Keeper, free_port};
use super::programs::{Program, Programs};
use super::{Cluster, ControlPlane, Options};

/// Somebody else may take a port between our look and the program's.
const ATTEMPTS: u32 = 3;

/// A definition is served within a second on an idle machine.
const ESTABLISHED: Duration = Duration::from_secs(30);

/// Starts a control plane, and installs the definitions.
pub async fn ours(options: &Options) -> Result<ControlPlane> {
    tls_provider();
    let mut attempt = 1;
    loop {
        match start(options).await {
            Err(error)
                if attempt < ATTEMPTS
                    && format!("{error:#}").contains("address already in use") =>
            {
                attempt += 1;
            }
            started => return started,
        }
    }
}

/// Takes the cluster of the current kubeconfig, and installs the definitions.
pub async fn existing() -> Result<ControlPlane> {
    tls_provider();
    let folder = Keeper::start()?;
    let access = Access::existing(kubectl_in_path(), folder.folder.clone()).await?;
    let cluster = Cluster::Existing { _folder: folder };
    install(&access.client(&Identity::Admin).await?).await?;
    Ok(ControlPlane { access, cluster })
}

async fn start(options: &Options) -> Result<ControlPlane> {
    let assets = Assets::find().await?;
    let keeper = Keeper::start()?;
    let folder = keeper.folder.clone();
    let authority = Authority::generate()?;
    write_files(&authority, &folder)?;
    let (etcd_port, port) = (free_port(), free_port());
    let access = Access::new(port, authority, assets.kubectl.clone(), folder.clone())?;
    let manager = Identity::user("system:kube-controller-manager", &[]);
    let kubeconfig = access.kubeconfig_file(&manager).await?;
    fs::rename(kubeconfig, folder.join("controller-manager.kubeconfig"))?;

    let programs = Mutex::new(Programs::new(keeper, assets, etcd_port, port, options)?);
    let plane = ControlPlane { access, cluster: Cluster::Ours { folder, programs } };
    for program in [Program::Etcd, Program::ApiServer, Program::ControllerManager] {
        plane.programs(|programs| programs.start(program));
        plane.wait_until_ready(program).await?;
    }
    install(&plane.access.client(&Identity::Admin).await?).await?;
    Ok(plane)
}

/// Installs `crds/` and waits until the kinds are served.
async fn install(admin: &Client) -> Result<()> {
    let definitions: Api<CustomResourceDefinition> = Api::all(admin.clone());
    let params = PatchParams::apply("roster-tests").force();
    for path in definition_files()? {
        let text = fs::read_to_string(&path)?;
        let definition: CustomResourceDefinition = serde_saphyr::from_str(&text)
            .with_context(|| format!("{} is no definition", path.display()))?;
        let name = definition.name_any();
        definitions.patch(&name, &params, &Patch::Apply(&definition)).await?;
        let established = await_condition(definitions.clone(), &name, is_crd_established());
        timeout(ESTABLISHED, established)
            .await
            .with_context(|| format!("{name} is not established after {ESTABLISHED:?}"))??;
    }
    Ok(())
}

fn definition_files() -> Result<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("crds");
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        files.push(entry?.path());
    }
    files.retain(|path| !path.ends_with("kustomization.yaml"));
    files.sort();
    Ok(files)
}

/// kube and reqwest ask for the one of the process. Another test of this program may have been first.
fn tls_provider() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}
