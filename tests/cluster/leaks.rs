//! No secret leaves the places where secrets belong: the program itself, with everything that it logs.

use std::path::Path;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tokio::process::{Child, Command};

use crate::bench::{Bench, SOON};
use crate::controlplane::wait_for;
use crate::manifests::{from_remote, generated, user};
use crate::portal;

/// The program as it is installed, with the most talkative log there is.
fn controller(bench: &Bench, kubeconfig: &Path, log: &Path) -> Child {
    let namespace = &bench.namespace.name;
    Command::new(env!("CARGO_BIN_EXE_roster"))
        .args(["--log", "trace", "controller", "--metrics", "127.0.0.1:0"])
        .args(["--watch-namespace", namespace, "--namespace", namespace, "--leader-elect"])
        .env("KUBECONFIG", kubeconfig)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(log).unwrap())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// What the program shows to the API server.
fn token(kubeconfig: &Path) -> String {
    let text = std::fs::read_to_string(kubeconfig).unwrap();
    let kubeconfig: serde_json::Value = serde_json::from_str(&text).unwrap();
    kubeconfig["users"][0]["user"]["token"].as_str().unwrap().to_owned()
}

/// Where the program says that it serves its metrics.
fn address(log: &str) -> Option<String> {
    let line = log.lines().find(|line| line.contains("serving /livez"))?;
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    Some(line["address"].as_str()?.to_owned())
}

#[tokio::test]
async fn no_secret_is_in_a_status_an_event_a_config_map_a_metric_or_the_log() {
    let bench = Bench::start().await;
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let kubeconfig = bench.plane.kubeconfig_for(&bench.identity()).await;
    let token = token(&kubeconfig);
    let mut program = controller(&bench, &kubeconfig, &log);
    bench.simulator.create_update_user("acme", "legacy", "Secret-legacy").unwrap();
    let session = bench.session("  resyncInterval: 1s\n  history:\n    limit: 100");
    bench.apply(&session.replace("password: operator-password", "password: Secret-typo")).await;
    bench.session_condition("acme", "Ready", "False", "AuthenticationFailed").await;
    let keys = json!({ "spec": { "credentialsSecretRef": { "previousPasswordKey": "previous" } } });
    bench.edit_session("acme", keys).await;
    let login = json!({ "password": "Secret-login", "previous": "operator-password" });
    bench.edit_secret("acme-login", login).await;
    bench.session_condition("acme", "Ready", "True", "LoggedIn").await;
    let made = [user("edge1", "Secret-one", ""), generated("made", "", ""), from_remote("legacy")];
    bench.apply(&made.concat()).await;
    for name in ["edge1", "made", "legacy"] {
        bench.ready(name).await;
    }
    bench.edit_secret("edge1-password", json!({ "password": "Secret-two" })).await;
    bench.event("edge1", "Updated").await;
    let first = bench.secret_value("made-login", "password").await;
    bench.annotate("made", "roster.rs/rotate-requested-at", "now").await;
    bench
        .user_until("made", "the request is handled", |user| {
            let status = user.status.as_ref().map(|status| &status.account);
            status.is_some_and(|status| status.last_handled_rotate_at.is_some())
        })
        .await;
    let second = bench.secret_value("made-login", "password").await;
    assert_ne!(first, second);
    bench.simulator.set_password("acme", "acme-edge1", "Secret-elsewhere").unwrap();
    wait_for(SOON, "the drift is corrected", async || {
        bench.simulator.password_is("acme", "acme-edge1", "Secret-two")
    })
    .await;
    // A value that is refused for what it is.
    bench.edit_secret("edge1-password", json!({ "password": "Secret-broken\n" })).await;
    bench.condition("edge1", "CredentialsReady", "False", "SecretMissing").await;
    // A portal user with S3 credentials, and passwords that the portal refuses.
    bench.simulator.ctera().switch(|switches| switches.password_min_length = Some(8));
    let at = bench.simulator.ctera().plain_url().unwrap();
    let history = "  history:\n    limit: 100";
    bench.apply(&portal::session_at(&at, "portal", "admin", portal::ENTERING, history)).await;
    let keys = "  s3Credentials:\n    - name: backup\n      outputSecret: {name: rina-keys}";
    let rina = portal::complete("rina", keys).replace("name: acme\n", "name: portal\n");
    bench.apply(&rina.replace("first-rina", "Secret-rina")).await;
    bench.kubectl(&["wait", "pu/rina", "--for=condition=Ready", "--timeout=60s"]).await;
    let s3 = bench.secret_value("rina-keys", "secret-access-key").await;
    bench.edit_secret("rina-password", json!({ "password": "Secret" })).await;
    bench.kubectl(&["wait", "pu/rina", "--for=condition=Stalled", "--timeout=60s"]).await;
    wait_for(SOON, "there is a history of the portal", async || {
        bench.config_maps().get_opt("portal-history").await.unwrap()
    })
    .await;
    wait_for(SOON, "there is a history", async || {
        bench.config_maps().get_opt("acme-history").await.unwrap()
    })
    .await;

    let text = || std::fs::read_to_string(&log).unwrap();
    let address = wait_for(SOON, "the address of the metrics", async || address(&text())).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let metrics = http.get(format!("http://{address}/metrics")).send().await.unwrap();
    let metrics = metrics.text().await.unwrap();
    assert!(metrics.contains("roster_remote_calls_total"), "{metrics}");
    let objects = ["get", "--output=json", "uu,pu,apis,configmaps,leases"];
    let objects = bench.kubectl(&objects).await;
    let events = bench.kubectl(&["get", "--output=json", "events.events.k8s.io"]).await;
    assert!(objects.contains("acme-history") && events.contains("AuthenticationFailed"));

    let pid = Pid::from_raw(program.id().unwrap().try_into().unwrap()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
    let ended = tokio::time::timeout(SOON, program.wait()).await.unwrap().unwrap();
    assert!(ended.success(), "{ended}");
    assert_eq!(bench.simulator.open_sessions(), 0, "SIGTERM logs out");
    let log = text();
    assert!(log.contains("TRACE") && log.contains("stopped"), "the log is not what it should be");

    let secrets = [&first, &second, &s3, "Secret-", "operator-password", "admin-password", &token];
    for (place, text) in
        [("objects", &objects), ("events", &events), ("metrics", &metrics), ("log", &log)]
    {
        for secret in secrets {
            if let Some(found) = text.lines().find(|line| line.contains(secret)) {
                panic!("{secret} is in the {place}: {}", &found[..found.len().min(2000)]);
            }
        }
    }
}
