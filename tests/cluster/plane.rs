//! The control plane of the tests: that it is a real one, that users are who they are, and that it can fail and come back.

use std::process::Command;
use std::time::Duration;

use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::api::{DeleteParams, ListParams, ObjectMeta, PostParams};
use kube::{Api, Client};
use tokio::time::timeout;

use crate::controlplane::audit::Entry;
use crate::controlplane::{ControlPlane, Identity, Options, Program, wait_for};

/// For what the control plane does by itself, with much to spare.
const SOON: Duration = Duration::from_secs(30);

fn config_map(name: &str) -> ConfigMap {
    let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
    ConfigMap { metadata, ..ConfigMap::default() }
}

fn code(error: &kube::Error) -> Option<u16> {
    match error {
        kube::Error::Api(status) => Some(status.code),
        _ => None,
    }
}

async fn may_list_secrets(client: &Client, namespace: &str) -> Result<(), Option<u16>> {
    let secrets: Api<Secret> = Api::namespaced(client.clone(), namespace);
    match secrets.list(&ListParams::default()).await {
        Ok(_) => Ok(()),
        Err(error) => Err(code(&error)),
    }
}

#[tokio::test]
async fn a_deleted_namespace_is_gone_with_all_that_is_in_it() {
    let plane = ControlPlane::shared().await;
    let namespace = plane.namespace("gone").await;
    let name = namespace.name.clone();
    plane.kubectl(&["create", "configmap", "settings", "--namespace", &name]).await;
    namespace.delete(&plane.admin().await).await;
    let left = plane.kubectl_as(&Identity::Admin, &["get", "namespace", &name]).await;
    assert!(String::from_utf8_lossy(&left.stderr).contains("NotFound"), "{left:?}");
}

#[tokio::test]
async fn a_service_account_may_do_only_what_it_is_granted() {
    let plane = ControlPlane::shared().await;
    let namespace = plane.namespace("rights").await;
    let client = plane.service_account_client(&namespace.name, "robot").await;
    assert_eq!(may_list_secrets(&client, &namespace.name).await, Err(Some(403)));

    let role = ["create", "role", "reader", "--verb=list", "--resource=secrets"];
    plane.kubectl(&[&role[..], &["--namespace", &namespace.name]].concat()).await;
    let account = format!("--serviceaccount={}:robot", namespace.name);
    let binding = ["create", "rolebinding", "robot", "--role=reader", &account];
    plane.kubectl(&[&binding[..], &["--namespace", &namespace.name]].concat()).await;
    wait_for(SOON, "the role is in force", async || {
        may_list_secrets(&client, &namespace.name).await
    })
    .await;
    assert_eq!(may_list_secrets(&client, "kube-system").await, Err(Some(403)));
}

#[tokio::test]
async fn a_user_has_the_rights_of_its_groups() {
    let plane = ControlPlane::shared().await;
    let namespace = plane.namespace("groups").await;
    let group = format!("{}-readers", namespace.name);
    let binding = ["create", "rolebinding", "readers", "--clusterrole=admin", "--group", &group];
    plane.kubectl(&[&binding[..], &["--namespace", &namespace.name]].concat()).await;

    let stranger = plane.user("stranger", &[]).await;
    let member = plane.user("member", &[&group]).await;
    wait_for(SOON, "the member may", async || may_list_secrets(&member, &namespace.name).await)
        .await;
    assert_eq!(may_list_secrets(&stranger, &namespace.name).await, Err(Some(403)));
}

#[tokio::test]
async fn the_audit_log_tells_who_did_what() {
    let plane = ControlPlane::shared().await;
    let audit = plane.audit();
    let namespace = plane.namespace("audit").await;
    let identity = Identity::service_account(&namespace.name, "robot");
    let client = plane.client(&identity).await;
    let mark = audit.mark();

    let maps: Api<ConfigMap> = Api::namespaced(client, &namespace.name);
    let refused = maps.create(&PostParams::default(), &config_map("settings")).await.unwrap_err();
    assert_eq!(code(&refused), Some(403));
    maps.list(&ListParams::default()).await.unwrap_err();

    let requests = audit.since(mark).by(&identity.username()).0;
    let [create, list] = &requests[..] else { panic!("{requests:?}") };
    assert!(create.writes() && !list.writes(), "{requests:?}");
    let what = (create.verb.as_str(), create.resource.as_str(), create.namespace.as_str());
    assert_eq!(what, ("create", "configmaps", namespace.name.as_str()));
    assert_eq!((create.code, create.group.as_str()), (403, ""));
    assert_eq!(create.user_agent, format!("roster-tests/{}", identity.username()));
    assert_eq!(audit.since(mark).writes_by(&identity.username()).0, requests[..1]);
    assert!(audit.since(audit.mark()).by(&identity.username()).0.is_empty());
}

#[tokio::test]
async fn a_watch_is_in_the_audit_log_once_whether_it_is_granted_or_not() {
    let plane = ControlPlane::shared().await;
    let namespace = plane.namespace("watched").await;
    let robot = Identity::service_account(&namespace.name, "robot");
    let path = format!("/api/v1/namespaces/{}/configmaps?watch=1&timeoutSeconds=1", namespace.name);
    let mark = plane.audit().mark();
    plane.kubectl(&["get", "--raw", &path]).await;
    let refused = plane.kubectl_as(&robot, &["get", "--raw", &path]).await;
    assert!(!refused.status.success(), "{refused:?}");

    let ours = |entry: &Entry| entry.verb == "watch" && entry.namespace == namespace.name;
    let watches = plane.audit().since(mark).only(ours).0;
    let told: Vec<_> = watches.iter().map(|entry| (entry.user.as_str(), entry.code)).collect();
    assert_eq!(told, [("admin", 200), (robot.username().as_str(), 403)]);
}

#[tokio::test]
async fn an_api_server_that_was_killed_comes_back_with_everything() {
    let plane = ControlPlane::start(&Options::default()).await;
    let maps: Api<ConfigMap> = Api::namespaced(plane.admin().await, "default");
    maps.create(&PostParams::default(), &config_map("settings")).await.unwrap();

    plane.kill(Program::ApiServer);
    let unreachable = maps.get("settings").await.unwrap_err();
    assert_eq!(code(&unreachable), None, "{unreachable}");
    plane.restart(Program::ApiServer).await;
    maps.get("settings").await.unwrap();

    plane.kill(Program::Etcd);
    plane.restart(Program::Etcd).await;
    wait_for(SOON, "the API server has found etcd", async || maps.get("settings").await).await;

    plane.pause(Program::ApiServer);
    let silence = timeout(Duration::from_millis(500), maps.get("settings")).await;
    assert!(silence.is_err(), "{silence:?}");
    plane.resume(Program::ApiServer);
    wait_for(SOON, "the API server goes on", async || maps.get("settings").await).await;
}

#[tokio::test]
async fn after_a_compaction_a_list_cannot_go_on_and_a_watch_cannot_begin_in_the_past() {
    let options = Options { apiserver: vec!["--watch-cache=false".to_owned()] };
    let plane = ControlPlane::start(&options).await;
    let maps: Api<ConfigMap> = Api::namespaced(plane.admin().await, "default");
    for name in ["first", "second"] {
        maps.create(&PostParams::default(), &config_map(name)).await.unwrap();
    }
    let page = maps.list(&ListParams::default().limit(1)).await.unwrap();
    let next = ListParams::default().limit(1).continue_token(&page.metadata.continue_.unwrap());
    maps.list(&next).await.unwrap();

    for name in ["first", "second"] {
        maps.delete(name, &DeleteParams::default()).await.unwrap();
    }
    plane.compact().await;
    let expired = maps.list(&next).await.unwrap_err();
    assert_eq!(code(&expired), Some(410), "{expired}");
    let version = page.metadata.resource_version.unwrap();
    let past = format!("/api/v1/namespaces/default/configmaps?watch=1&resourceVersion={version}");
    let watch = plane.kubectl(&["get", "--raw", &past]).await;
    assert!(watch.contains(r#""code":410"#), "{watch}");
}

#[tokio::test]
async fn a_control_plane_leaves_nothing_behind() {
    let plane = ControlPlane::start(&Options::default()).await;
    let programs = [Program::Etcd, Program::ApiServer, Program::ControllerManager];
    let pids = programs.map(|program| plane.pid(program));
    let kubeconfig = plane.kubeconfig_for(&Identity::Admin).await;
    let folder = kubeconfig.parent().unwrap();
    let (sleeper, log) = plane.run_along("sleeper", Command::new("sleep").arg("600"));
    assert!(log.exists() && runs(sleeper) && pids.iter().all(|&pid| runs(pid)));

    plane.pause(Program::ApiServer);
    drop(plane);
    assert!(!runs(sleeper));
    assert!(!folder.exists(), "{}", folder.display());
    assert!(!pids.iter().any(|&pid| runs(pid)), "{pids:?}");
}

fn runs(pid: u32) -> bool {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    rustix::process::test_kill_process(pid).is_ok()
}
