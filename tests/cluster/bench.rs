//! A namespace with a simulator of the remote systems, and the operator in it: what most tests of the controller begin with.

use std::net::SocketAddr;
use std::time::Duration;

use k8s_openapi::api::authorization::v1::SubjectAccessReview;
use k8s_openapi::api::core::v1::Secret;
use kube::api::PostParams;
use kube::{Api, Client, ResourceExt};
use roster::controller::{Namespaces, Options};
use roster::kinds::AccountResource;
use roster::kinds::api_session::ApiSession;
use roster::kinds::update_user::UpdateUser;
use roster::sim::{self, Running};

use crate::controlplane::{ControlPlane, Identity, Namespace, wait_for};
pub use crate::operator::Operator;

/// For what is to happen at once, on a machine that does many things at the same time.
pub const SOON: Duration = Duration::from_mins(1);

/// The service account of the operator.
const ACCOUNT: &str = "roster";

pub struct Bench {
    pub plane: &'static ControlPlane,
    pub namespace: Namespace,
    pub simulator: Running,
    pub admin: Client,
}

impl Bench {
    /// A namespace in the shared control plane, and a simulator with the default seed.
    pub async fn start() -> Self {
        Self::start_on(ControlPlane::shared().await).await
    }

    /// The same in a control plane of the caller's own.
    pub async fn start_on(plane: &'static ControlPlane) -> Self {
        let simulator =
            sim::Options { ctera_plain: Some(sim::ANY_PORT), ..sim::Options::default() };
        let bench = Self::on(plane, simulator).await;
        bench.grant().await;
        bench
    }

    /// The same on any control plane. Nothing is granted to the operator.
    pub async fn on(plane: &'static ControlPlane, simulator: sim::Options) -> Self {
        let namespace = plane.namespace("dns").await;
        let simulator = sim::start(simulator).await.unwrap();
        Self { plane, namespace, simulator, admin: plane.admin().await }
    }

    /// Lets the service account do in this namespace what deploy/base/rbac.yaml says.
    async fn grant(&self) {
        let rbac = ["apply", "--server-side", "--force-conflicts", "-f", "deploy/base/rbac.yaml"];
        self.kubectl(&rbac).await;
        let account = format!("--serviceaccount={}:{ACCOUNT}", self.namespace.name);
        self.kubectl(&[
            "create",
            "rolebinding",
            "roster-watched",
            "--clusterrole=roster",
            &account,
        ])
        .await;
        self.kubectl(&["create", "rolebinding", "roster", "--role=roster", &account]).await;
        let review: SubjectAccessReview = serde_json::from_value(serde_json::json!({ "spec": {
            "user": self.identity().username(),
            "resourceAttributes": {
                "namespace": self.namespace.name,
                "verb": "create",
                "resource": "secrets",
            },
        }}))
        .unwrap();
        let reviews: Api<SubjectAccessReview> = Api::all(self.admin.clone());
        wait_for(SOON, "the roles are in force", async || {
            let reviewed = reviews.create(&PostParams::default(), &review).await.unwrap();
            reviewed.status.is_some_and(|status| status.allowed)
        })
        .await;
    }

    /// The operator's identity.
    pub fn identity(&self) -> Identity {
        Identity::service_account(&self.namespace.name, ACCOUNT)
    }

    /// Runs kubectl in the namespace and returns what it prints.
    pub async fn kubectl(&self, args: &[&str]) -> String {
        let namespaced = [&["--namespace", &self.namespace.name][..], args].concat();
        self.plane.kubectl(&namespaced).await
    }

    /// Applies manifests, given as text.
    pub async fn apply(&self, manifests: &str) {
        self.apply_in(&self.namespace.name, manifests).await;
    }

    /// Applies manifests in another namespace.
    pub async fn apply_in(&self, namespace: &str, manifests: &str) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("manifests.yaml");
        std::fs::write(&file, manifests).unwrap();
        let file = file.to_str().unwrap();
        self.plane.kubectl(&["--namespace", namespace, "apply", "-f", file]).await;
    }

    /// The session `acme` at the simulator with its Secret, and further fields of its spec, as YAML of two blanks.
    pub fn session(&self, more: &str) -> String {
        let address: SocketAddr =
            self.simulator.dynect_url().trim_start_matches("http://").parse().unwrap();
        format!(
            "apiVersion: v1
kind: Secret
metadata:
  name: acme-login
stringData:
  username: operator
  password: operator-password
---
apiVersion: roster.rs/v1alpha1
kind: ApiSession
metadata:
  name: acme
spec:
  dynect:
    customer: acme
  endpoint:
    host: {host}
    port: {port}
    tls:
      enabled: false
  credentialsSecretRef:
    name: acme-login
{more}
",
            host = address.ip(),
            port = address.port(),
        )
    }

    /// Starts the operator as its service account, in this process, for this namespace alone.
    pub async fn operator(&self) -> Operator {
        let kubeconfig = self.plane.kubeconfig_for(&self.identity()).await;
        Operator::start(kubeconfig, self.options())
    }

    /// The operator with a client of the caller's making.
    pub async fn operator_with(
        &self,
        connect: impl FnOnce(kube::Config) -> Client + Send + 'static,
    ) -> Operator {
        let kubeconfig = self.plane.kubeconfig_for(&self.identity()).await;
        Operator::start_with(kubeconfig, self.options(), connect)
    }

    pub fn options(&self) -> Options {
        Options {
            namespaces: Namespaces::Only(vec![self.namespace.name.clone()]),
            own_namespace: self.namespace.name.clone(),
            identity: "test".to_owned(),
            shard: roster::controller::Shard::default(),
        }
    }

    pub fn users(&self) -> Api<UpdateUser> {
        self.users_in(&self.namespace.name)
    }

    pub fn users_in(&self, namespace: &str) -> Api<UpdateUser> {
        Api::namespaced(self.admin.clone(), namespace)
    }

    pub fn sessions(&self) -> Api<ApiSession> {
        Api::namespaced(self.admin.clone(), &self.namespace.name)
    }

    pub fn secrets(&self) -> Api<Secret> {
        Api::namespaced(self.admin.clone(), &self.namespace.name)
    }

    /// Waits until the object's condition has this status and reason for the newest generation.
    pub async fn condition(
        &self,
        user: &str,
        kind: &str,
        status: &str,
        reason: &str,
    ) -> UpdateUser {
        self.condition_in(&self.namespace.name, user, kind, status, reason).await
    }

    /// The same in another namespace.
    pub async fn condition_in(
        &self,
        namespace: &str,
        user: &str,
        kind: &str,
        status: &str,
        reason: &str,
    ) -> UpdateUser {
        wait_condition(&self.users_in(namespace), user, kind, status, reason).await
    }

    /// Waits until the account is as declared.
    pub async fn ready(&self, user: &str) -> UpdateUser {
        self.condition(user, "Ready", "True", "InSync").await
    }

    /// Waits until the object is gone.
    pub async fn gone(&self, user: &str) {
        wait_gone(&self.users(), user).await;
    }
}

/// Waits until the object's condition has this status and reason for the newest generation.
pub async fn wait_condition<K: AccountResource>(
    objects: &Api<K>,
    name: &str,
    kind: &str,
    status: &str,
    reason: &str,
) -> K {
    wait_for(SOON, &format!("{name} has {kind}={status} ({reason})"), async || {
        let object = objects.get(name).await.map_err(|error| error.to_string())?;
        let seen = object.account_status();
        let holds = seen.is_some_and(|seen| {
            seen.observed_generation == object.meta().generation
                && seen.conditions.iter().any(|condition| {
                    condition.type_ == kind
                        && condition.status == status
                        && condition.reason == reason
                })
        });
        if holds { Ok(object) } else { Err(format!("{seen:#?}")) }
    })
    .await
}

/// Waits until the object is gone.
pub async fn wait_gone<K: AccountResource>(objects: &Api<K>, name: &str) {
    wait_for(SOON, &format!("{name} is gone"), async || match objects.get_opt(name).await {
        Ok(None) => Ok(()),
        Ok(Some(object)) => {
            Err(format!("{:#?} {:?}", object.account_status(), object.finalizers()))
        }
        Err(error) => Err(error.to_string()),
    })
    .await;
}
