//! A namespace of one test.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use k8s_openapi::api::core::v1::Namespace as Object;
use kube::api::{DeleteParams, ObjectMeta, PostParams};
use kube::{Api, Client};

use super::wait::wait_for;

/// What the namespace controller takes, with much to spare.
const DELETION: Duration = Duration::from_mins(1);

/// Deleted when dropped, without waiting for the end of it.
pub struct Namespace {
    pub name: String,
    kubectl: PathBuf,
    kubeconfig: PathBuf,
}

impl Namespace {
    pub(super) async fn create(
        admin: Client,
        prefix: &str,
        kubectl: PathBuf,
        kubeconfig: PathBuf,
    ) -> Result<Self, kube::Error> {
        let generate_name = Some(format!("{prefix}-"));
        let metadata = ObjectMeta { generate_name, ..ObjectMeta::default() };
        let object = Object { metadata, ..Object::default() };
        let created = Api::all(admin).create(&PostParams::default(), &object).await?;
        let name = created.metadata.name.unwrap_or_default();
        Ok(Self { name, kubectl, kubeconfig })
    }

    /// Deletes it and waits until it is gone, with all that is in it.
    ///
    /// # Panics
    ///
    /// After a minute: something in it has a finalizer that nobody takes away.
    pub async fn delete(self, admin: &Client) {
        let namespaces: Api<Object> = Api::all(admin.clone());
        namespaces.delete(&self.name, &DeleteParams::default()).await.expect("it can be deleted");
        wait_for(DELETION, "the namespace is gone", async || {
            let found = namespaces.get_opt(&self.name).await.map_err(|error| error.to_string())?;
            found.map_or(Ok(()), |namespace| Err(format!("{:?}", namespace.status)))
        })
        .await;
    }
}

impl Drop for Namespace {
    /// A process, since the runtime of the test may be ending.
    fn drop(&mut self) {
        let deleted = Command::new(&self.kubectl)
            .arg("--kubeconfig")
            .arg(&self.kubeconfig)
            .arg("--cache-dir")
            .arg(self.kubeconfig.with_file_name("kubectl"))
            .args(["--request-timeout=5s", "delete", "namespace", &self.name])
            .args(["--ignore-not-found", "--wait=false"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .output();
        match deleted {
            Ok(output) if output.status.success() => {}
            Ok(output) => eprint!("{}", String::from_utf8_lossy(&output.stderr)),
            Err(error) => eprintln!("cannot run {}: {error}", self.kubectl.display()),
        }
    }
}
