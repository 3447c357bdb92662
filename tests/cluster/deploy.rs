//! What `deploy/` installs: a real API server takes it, and admits the pod.

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::ListParams;
use kube::{Api, ResourceExt};
use serde_json::Value;

use crate::bench::SOON;
use crate::controlplane::{ControlPlane, Identity, Options, wait_for};

/// One that nothing else is installed on: the definitions, and a namespace by the name that is in the files.
async fn plane() -> ControlPlane {
    ControlPlane::start(&Options::default()).await
}

/// The objects of a folder as kustomize makes them.
async fn rendered(plane: &ControlPlane, folder: &str) -> Vec<Value> {
    let text = plane.kubectl(&["kustomize", folder]).await;
    serde_saphyr::from_multiple(&text).unwrap()
}

fn find<'a>(objects: &'a [Value], kind: &str, name: &str) -> &'a Value {
    let found =
        objects.iter().find(|object| object["kind"] == kind && object["metadata"]["name"] == name);
    found.unwrap_or_else(|| panic!("there is no {kind} {name}"))
}

#[tokio::test]
async fn both_ways_to_install_are_accepted_whole_and_a_second_apply_changes_nothing() {
    let plane = plane().await;
    for folder in ["deploy", "deploy/namespaced"] {
        let apply = ["apply", "--server-side", "-k", folder];
        plane.kubectl(&apply).await;
        // The deployment's own controller writes its status meanwhile, which is no part of what is applied.
        let generations = async || {
            let get = [
                "get",
                "-k",
                folder,
                "-o",
                "jsonpath={range .items[*]}{.kind} {.metadata.name} {.metadata.uid} {.metadata.generation}{\"\\n\"}{end}",
            ];
            plane.kubectl(&get).await
        };
        let before = generations().await;
        assert!(before.lines().count() >= 9, "{before}");
        let diff = plane.kubectl(&["diff", "--server-side", "-k", folder]).await;
        assert_eq!(diff, "", "{folder}");
        plane.kubectl(&apply).await;
        assert_eq!(generations().await, before, "{folder}");
    }
}

#[tokio::test]
async fn the_pod_is_admitted_where_only_restricted_ones_are() {
    let plane = plane().await;
    plane.kubectl(&["apply", "-k", "deploy"]).await;
    let namespace = plane
        .kubectl(&["get", "namespace", "roster-system", "-o", "jsonpath={.metadata.labels}"])
        .await;
    let labels: Value = serde_json::from_str(&namespace).unwrap();
    assert_eq!(labels["pod-security.kubernetes.io/enforce"], "restricted");

    let pods: Api<Pod> = Api::namespaced(plane.admin().await, "roster-system");
    let pod = wait_for(SOON, "the replica set has made the pod", async || {
        let pods = pods.list(&ListParams::default().labels("app.kubernetes.io/name=roster")).await;
        let pods = pods.map_err(|error| error.to_string())?;
        match pods.items.into_iter().next() {
            Some(pod) => Ok(pod),
            None => Err(plane.kubectl(&["get", "events", "-n", "roster-system"]).await),
        }
    })
    .await;
    assert!(pod.name_any().starts_with("roster-"));

    // The same pod with more rights is refused, so it was looked at.
    let mut root = serde_json::to_value(&pod).unwrap();
    root["metadata"] = serde_json::json!({ "name": "root", "namespace": "roster-system" });
    root["spec"]["securityContext"]["runAsNonRoot"] = false.into();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("root.json");
    std::fs::write(&file, root.to_string()).unwrap();
    let refused = plane
        .kubectl_as(&Identity::Admin, &["create", "--dry-run=server", "-f", file.to_str().unwrap()])
        .await;
    let refused = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.contains("violates PodSecurity \"restricted:latest\""), "{refused}");
}

#[tokio::test]
async fn the_definitions_that_are_installed_are_those_of_the_program() {
    let plane = ControlPlane::shared().await;
    for folder in ["deploy", "deploy/namespaced"] {
        let objects = rendered(plane, folder).await;
        let kinds = roster::kinds::all();
        for definition in kinds {
            let name = definition.crd.name_any();
            let found = find(&objects, "CustomResourceDefinition", &name).clone();
            let found: CustomResourceDefinition = serde_json::from_value(found).unwrap();
            assert!(found == definition.crd, "{folder} has another {name}");
        }
        let installed =
            objects.iter().filter(|object| object["kind"] == "CustomResourceDefinition");
        assert_eq!(installed.count(), kinds.len(), "{folder}");
    }
}

#[tokio::test]
async fn where_only_some_namespaces_are_watched_nothing_is_granted_in_others() {
    let plane = ControlPlane::shared().await;
    let objects = rendered(plane, "deploy/namespaced").await;
    assert!(objects.iter().all(|object| object["kind"] != "ClusterRoleBinding"));
    let container =
        &find(&objects, "Deployment", "roster")["spec"]["template"]["spec"]["containers"][0];
    let watched = container["env"].as_array().unwrap().iter();
    let watched: Vec<&str> = watched
        .filter(|variable| variable["name"] == "ROSTER_WATCH_NAMESPACE")
        .flat_map(|variable| variable["value"].as_str().unwrap().split(','))
        .collect();
    let granted: Vec<&str> = objects
        .iter()
        .filter(|object| {
            object["kind"] == "RoleBinding" && object["roleRef"]["kind"] == "ClusterRole"
        })
        .map(|object| object["metadata"]["namespace"].as_str().unwrap())
        .collect();
    assert_eq!(watched, granted);
}

#[tokio::test]
async fn the_arguments_and_variables_of_the_deployment_are_the_programs() {
    use clap::CommandFactory;

    let objects = rendered(ControlPlane::shared().await, "deploy/namespaced").await;
    let container =
        &find(&objects, "Deployment", "roster")["spec"]["template"]["spec"]["containers"][0];
    let args = container["args"].as_array().unwrap().iter().map(|arg| arg.as_str().unwrap());
    let command = roster::cli::Cli::command();
    command.clone().try_get_matches_from(["roster"].into_iter().chain(args)).unwrap();
    let controller = command.find_subcommand("controller").unwrap();
    let known: Vec<_> =
        controller.get_arguments().filter_map(|argument| argument.get_env()?.to_str()).collect();
    for variable in container["env"].as_array().unwrap() {
        let name = variable["name"].as_str().unwrap();
        assert!(known.contains(&name), "{name} is none of {known:?}");
    }
}

#[tokio::test]
async fn the_examples_are_accepted_by_the_api_server() {
    let plane = ControlPlane::shared().await;
    let namespace = plane.namespace("examples").await;
    let apply = ["apply", "--dry-run=server", "-f", "deploy/examples", "-n", &namespace.name];
    let said = plane.kubectl(&apply).await;
    let documents = std::fs::read_dir("deploy/examples").unwrap().map(|file| {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        text.lines().filter(|line| line.starts_with("kind: ")).count()
    });
    assert_eq!(said.lines().count(), documents.sum::<usize>(), "{said}");
}
