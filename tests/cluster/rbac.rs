//! Every right that `deploy/` grants is used, and every right that is used is granted: the audit log tells.
//!
//! The real program runs as the service account of an installation for all namespaces, and does everything once. That is one
//! story and one test, so the file is a little longer than most.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use k8s_openapi::api::rbac::v1::PolicyRule;
use kube::{Api, ResourceExt};
use roster::sim::{self, ANY_PORT, Fault, FaultKind, ctera};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::bench::{Bench, SOON};
use crate::controlplane::audit::Entry;
use crate::controlplane::{ControlPlane, Identity, Options, Program, wait_for};
use crate::manifests::{update_user, user};
use crate::portal;

/// Where deploy/ installs it.
const HOME: &str = "system:serviceaccount:roster-system:roster";
const OWN_NAMESPACE: &str = "roster-system";

/// Group, resource with its subresource, verb.
type Right = (String, String, String);

/// What the roles of this kind grant.
fn granted(objects: &[Value], kind: &str) -> BTreeSet<Right> {
    let mut rights = BTreeSet::new();
    for role in objects.iter().filter(|object| object["kind"] == kind) {
        let granted: Vec<PolicyRule> = serde_json::from_value(role["rules"].clone()).unwrap();
        for PolicyRule { api_groups, resources, verbs, .. } in granted {
            for group in api_groups.iter().flatten() {
                for resource in resources.iter().flatten() {
                    for verb in &verbs {
                        rights.insert((group.clone(), resource.clone(), verb.clone()));
                    }
                }
            }
        }
    }
    rights
}

fn right(entry: &Entry) -> Right {
    let resource = if entry.subresource.is_empty() {
        entry.resource.clone()
    } else {
        format!("{}/{}", entry.resource, entry.subresource)
    };
    (entry.group.clone(), resource, entry.verb.clone())
}

/// The program as a pod would run it, but for the address of the API server.
struct Installed {
    process: Child,
    log: PathBuf,
}

impl Installed {
    fn start(bench: &Bench, kubeconfig: &Path) -> Self {
        let log = kubeconfig.with_extension("log");
        let file = std::fs::OpenOptions::new().create(true).append(true).open(&log).unwrap();
        let process = Command::new(env!("CARGO_BIN_EXE_roster"))
            .args(["controller", "--leader-elect", "--log-format=text"])
            .env("KUBECONFIG", kubeconfig)
            .env("ROSTER_NAMESPACE", OWN_NAMESPACE)
            .env("ROSTER_IDENTITY", &bench.namespace.name)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(file)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self { process, log }
    }

    /// As Kubernetes ends a pod.
    async fn stop(mut self) {
        let pid = Pid::from_raw(self.process.id().unwrap().try_into().unwrap()).unwrap();
        kill_process(pid, Signal::TERM).unwrap();
        let ended = tokio::time::timeout(SOON, self.process.wait()).await.unwrap().unwrap();
        assert!(ended.success(), "{}", std::fs::read_to_string(&self.log).unwrap());
    }
}

/// A session over TLS, with the simulator's authority in a `ConfigMap`, and a history.
fn session(bench: &Bench) -> String {
    let (_, port) = bench
        .simulator
        .tls_url()
        .unwrap()
        .rsplit_once(':')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    let authority = bench.simulator.ca_certificate_pem().unwrap();
    let map = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": { "name": "authority" },
        "data": { "ca.crt": authority },
    });
    let login = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": { "name": "acme-login" },
        "stringData": { "username": "operator", "password": "operator-password" },
    });
    let session = json!({
        "apiVersion": "roster.rs/v1alpha1",
        "kind": "ApiSession",
        "metadata": { "name": "acme" },
        "spec": {
            "dynect": { "customer": "acme" },
            "endpoint": {
                "host": "127.0.0.1",
                "port": port.parse::<u16>().unwrap(),
                "tls": { "caBundleRef": { "kind": "ConfigMap", "name": "authority", "key": "ca.crt" } },
            },
            "credentialsSecretRef": { "name": "acme-login" },
            "history": { "limit": 10 },
        },
    });
    [map, login, session].map(|object| object.to_string()).join("\n---\n")
}

fn generated(output: &str) -> String {
    let fields = format!(
        "  nickname: made
  password:
    generate:
      length: 20
  outputSecret:
    name: {output}"
    );
    update_user("made", &fields)
}

/// Waits until the history in the session's `ConfigMap` is another one.
async fn history(bench: &Bench, before: Option<&str>) -> String {
    let maps: Api<ConfigMap> = Api::namespaced(bench.admin.clone(), &bench.namespace.name);
    wait_for(SOON, "the history is written", async || {
        let map = maps.get_opt("acme-history").await.map_err(|error| error.to_string())?;
        let version = map.and_then(|map| map.resource_version());
        version
            .filter(|version| Some(version.as_str()) != before)
            .ok_or("it is as before".to_owned())
    })
    .await
}

async fn secret_is(bench: &Bench, name: &str, there: bool) {
    wait_for(SOON, &format!("Secret {name}: {there}"), async || {
        let secret: Option<Secret> = bench.secrets().get_opt(name).await.unwrap();
        secret.is_some() == there
    })
    .await;
}

/// An object whose definition let anything pass for a while.
async fn poison(bench: &Bench, kind: &str, plural: &str) {
    let definition = format!("{plural}.roster.rs");
    let anything = r#"[{"op": "replace", "path": "/spec/versions/0/schema/openAPIV3Schema/properties/spec", "value": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}]"#;
    bench.kubectl(&["patch", "crd", &definition, "--type=json", "-p", anything]).await;
    let poison = format!(
        "apiVersion: roster.rs/v1alpha1
kind: {kind}
metadata:
  name: poison
spec:
  sessionRef: [no, object]
  dynect: 7
"
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("poison.yaml");
    std::fs::write(&file, poison).unwrap();
    let create = ["--namespace", &bench.namespace.name, "create", "-f", file.to_str().unwrap()];
    wait_for(SOON, "the definition lets it pass", async || {
        let output = bench.plane.kubectl_as(&Identity::Admin, &create).await;
        if output.status.success() {
            Ok(())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    })
    .await;
    let wait = ["wait", "--for=jsonpath={.status.conditions[0].reason}=Invalid", "--timeout=60s"];
    bench.kubectl(&[&wait[..], &[&format!("{plural}/poison")]].concat()).await;
}

/// Everything that the operator ever does, at least once. Returns its requests.
async fn everything(bench: &Bench, kubeconfig: &Path) -> Vec<Entry> {
    let audit = bench.plane.audit();
    let begun = audit.mark();
    let operator = Installed::start(bench, kubeconfig);
    // The first create fails after the claim, so the next one looks at the object again.
    bench.simulator.fault(
        Fault::new(FaultKind::ServiceUnavailable).method("POST").path("/REST/UpdateUser/").times(0),
    );
    let refusing = ctera::Fault::new(ctera::FaultKind::Status).operation("add").times(0);
    bench.simulator.ctera().fault(refusing);
    bench.simulator.create_update_user("acme", "legacy", "old").unwrap();
    bench.apply(&session(bench)).await;
    bench.apply(&user("edge1", "secret-1", "  loginState: Active\n  deletionPolicy: Delete")).await;
    bench.kubectl(&["wait", "uu/edge1", "--for=condition=Reconciling", "--timeout=60s"]).await;
    let portal = bench.simulator.ctera().plain_url().unwrap();
    bench.apply(&portal::session_at(&portal, "portal", "admin", portal::ENTERING, "")).await;
    let rina = portal::complete("rina", "").replace("name: acme\n", "name: portal\n");
    bench.apply(&rina).await;
    bench.kubectl(&["wait", "pu/rina", "--for=condition=Reconciling", "--timeout=60s"]).await;
    bench.simulator.clear_faults();
    bench.simulator.ctera().clear_faults();
    bench.kubectl(&["wait", "pu/rina", "--for=condition=Ready", "--timeout=60s"]).await;
    bench
        .apply(&(user("legacy", "secret-2", "  userName: acme-legacy\n  adoptionPolicy: IfExists")))
        .await;
    bench.apply(&generated("made-login")).await;
    for name in ["edge1", "legacy", "made"] {
        bench.ready(name).await;
    }
    secret_is(bench, "made-login", true).await;
    let first = history(bench, None).await;

    // The same event again: it is counted and not written anew.
    for state in ["Blocked", "Active", "Blocked"] {
        bench
            .apply(&user(
                "edge1",
                "secret-1",
                &format!("  loginState: {state}\n  deletionPolicy: Delete"),
            ))
            .await;
        bench.ready("edge1").await;
    }
    bench
        .apply(&user("edge1", "secret-3", "  loginState: Blocked\n  deletionPolicy: Delete"))
        .await;
    wait_for(SOON, "the rotated password is set", async || {
        bench.simulator.password_is("acme", "acme-edge1", "secret-3")
    })
    .await;
    // A new generated password is written over the old one; then the credentials go elsewhere.
    let requested = "roster.rs/rotate-requested-at=now";
    bench.kubectl(&["annotate", "uu/made", requested]).await;
    bench
        .kubectl(&[
            "wait",
            "uu/made",
            "--for=jsonpath={.status.lastHandledRotateAt}=now",
            "--timeout=60s",
        ])
        .await;
    bench.apply(&generated("made-elsewhere")).await;
    secret_is(bench, "made-elsewhere", true).await;
    secret_is(bench, "made-login", false).await;

    // Every watch begins anew, and the process too; only a new one writes the history at once.
    bench.plane.kill(Program::ApiServer);
    let mut requests = audit.since(begun).by(HOME).0;
    bench.plane.restart(Program::ApiServer).await;
    // An API server that starts refuses everybody until it has read the roles. The operator asks again.
    let ready = audit.mark();
    operator.stop().await;
    let operator = Installed::start(bench, kubeconfig);
    history(bench, Some(&first)).await;

    bench.kubectl(&["delete", "uu,pu", "--all", "--timeout=60s"]).await;
    bench.kubectl(&["delete", "apis", "--all", "--timeout=60s"]).await;
    poison(bench, "UpdateUser", "updateusers").await;
    poison(bench, "PortalUser", "portalusers").await;
    poison(bench, "ApiSession", "apisessions").await;
    operator.stop().await;
    requests.extend(audit.since(ready).by(HOME).0);
    requests
}

#[tokio::test]
async fn every_right_that_is_granted_is_used_and_every_right_that_is_used_is_granted() {
    // Of its own: the API server is killed, and definitions are spoilt. It ends with the process.
    let plane: &'static ControlPlane =
        Box::leak(Box::new(ControlPlane::start(&Options::default()).await));
    let simulator = sim::Options {
        tls: Some(ANY_PORT),
        ctera_plain: Some(ANY_PORT),
        ..sim::Options::default()
    };
    let bench = Bench::on(plane, simulator).await;
    plane.kubectl(&["apply", "-k", "deploy"]).await;
    wait_for(Duration::from_secs(30), "the rights are in force", async || {
        let asked = format!("--as={HOME}");
        let may = ["auth", "can-i", "list", "namespaces", &asked];
        plane.kubectl_as(&Identity::Admin, &may).await.status.success()
    })
    .await;
    let identity = Identity::service_account(OWN_NAMESPACE, "roster");
    assert_eq!(identity.username(), HOME);
    let kubeconfig = plane.kubeconfig_for(&identity).await;

    let requests = everything(&bench, &kubeconfig).await;
    let refused: Vec<_> = requests.iter().filter(|entry| entry.code == 403).collect();
    assert!(refused.is_empty(), "refused: {refused:#?}");
    let roles: Vec<Value> =
        serde_saphyr::from_multiple(&plane.kubectl(&["kustomize", "deploy"]).await).unwrap();
    let resources = || requests.iter().filter(|entry| !entry.resource.is_empty());
    let at_home = resources().filter(|entry| entry.namespace == OWN_NAMESPACE).map(right);
    assert_eq!(at_home.collect::<BTreeSet<_>>(), granted(&roles, "Role"), "in its own namespace");
    let elsewhere = resources().filter(|entry| entry.namespace != OWN_NAMESPACE).map(right);
    assert_eq!(elsewhere.collect::<BTreeSet<_>>(), granted(&roles, "ClusterRole"), "elsewhere");
}
