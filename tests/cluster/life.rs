//! The life of an account as its object's author sees it.

use roster::sim::AccountState;
use serde_json::json;

use crate::bench::Bench;
use crate::manifests::user;
use crate::observe::pending;

/// The words of each line of a table.
fn rows(table: &str) -> Vec<Vec<&str>> {
    table.lines().map(|line| line.split_whitespace().collect()).collect()
}

/// The examples of the README, for this simulator.
fn examples(bench: &Bench) -> String {
    let address = bench.simulator.dynect_address();
    ["session", "edge1", "edge2", "legacy"]
        .map(|name| {
            let text = std::fs::read_to_string(format!("deploy/examples/{name}.yaml")).unwrap();
            text.replace("port: 8080", &format!("port: {}", address.port()))
        })
        .join("---\n")
}

#[tokio::test]
async fn the_examples_of_the_readme_become_accounts_that_a_person_can_see() {
    let bench = Bench::start().await;
    bench.simulator.create_update_user("acme", "legacy", "old").unwrap();
    let operator = bench.operator().await;
    bench.apply(&examples(&bench)).await;
    let wait = ["wait", "--for=condition=Ready", "--timeout=60s", "apis/acme", "uu/edge1"];
    bench.kubectl(&wait).await;
    bench.kubectl(&["wait", "--for=condition=Ready", "--timeout=60s", "uu/edge2"]).await;
    bench.kubectl(&["wait", "--for=condition=Stalled", "--timeout=60s", "uu/legacy"]).await;

    let table = bench.kubectl(&["get", "uu"]).await;
    let table = rows(&table);
    assert_eq!(table[0], ["NAME", "SESSION", "LOGIN", "STATE", "READY", "REASON", "AGE"]);
    assert_eq!(table[1][..6], ["edge1", "acme", "acme-edge1", "Active", "True", "InSync"]);
    assert_eq!(table[2][..6], ["edge2", "acme", "acme-edge2", "Active", "True", "InSync"]);
    // Nothing is said of an account that is not ours but that it exists.
    let legacy = table[3].join(" ");
    assert!(legacy.starts_with("legacy acme "), "{legacy}");
    assert!(legacy.contains("False AlreadyExists"), "{legacy}");
    let wide = bench.kubectl(&["get", "uu", "legacy", "--output=wide"]).await;
    assert!(wide.contains("set adoptionPolicy: IfExists to take it over"), "{wide}");
    let sessions = bench.kubectl(&["get", "apis"]).await;
    assert_eq!(rows(&sessions)[1][..2], ["acme", "operator"]);

    assert!(bench.simulator.password_is("acme", "acme-edge1", "first-password"));
    let generated = bench.secret_value("edge2-login", "password").await;
    assert_eq!(generated.len(), 32);
    assert!(bench.simulator.password_is("acme", "acme-edge2", &generated));
    assert_eq!(bench.secret_value("edge2-login", "username").await, "acme-edge2");
    assert!(pending(&bench.user("legacy").await).is_empty(), "it is active, as declared");
    operator.stop().await;
    assert_eq!(bench.simulator.open_sessions(), 0, "the end of the operator logs out");
}

#[tokio::test]
async fn an_edit_of_the_login_state_blocks_and_unblocks_the_account() {
    let bench = Bench::start().await;
    let operator = bench.operator().await;
    bench.apply(&bench.session("")).await;
    bench.apply(&user("edge1", "secret-1", "  loginState: Active")).await;
    bench.ready("edge1").await;
    for (word, state) in [("Blocked", AccountState::Blocked), ("Active", AccountState::Active)] {
        bench.edit_user("edge1", json!({ "spec": { "loginState": word } })).await;
        let object = bench.ready("edge1").await;
        assert_eq!(bench.state("acme-edge1"), Some(state));
        let status = serde_json::to_value(object.status).unwrap();
        assert_eq!(status["loginState"], word);
    }
    // Without the field the state is left as it is.
    bench.edit_user("edge1", json!({ "spec": { "loginState": "Blocked" } })).await;
    bench.ready("edge1").await;
    bench.edit_user("edge1", json!({ "spec": { "loginState": null } })).await;
    bench.ready("edge1").await;
    assert_eq!(bench.state("acme-edge1"), Some(AccountState::Blocked));
    let account = bench.account("acme-edge1").unwrap();
    assert_eq!((account.blocks, account.unblocks, account.password_changes), (2, 1, 0));
    assert_eq!(bench.password_writes(), 0);
    operator.stop().await;
}
