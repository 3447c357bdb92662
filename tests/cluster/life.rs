//! The life of an account as its object's author sees it.

use crate::bench::{Bench, user};

#[tokio::test]
async fn an_applied_object_becomes_an_account_and_an_edit_blocks_it() {
    let bench = Bench::start().await;
    let operator = bench.operator().await;
    bench.apply(&bench.session("")).await;
    bench.apply(&user("edge1", "secret-1", "  loginState: Active")).await;
    let object = bench.ready("edge1").await;
    assert_eq!(object.status.unwrap().user_name.as_deref(), Some("acme-edge1"));
    bench.kubectl(&["wait", "--for=condition=Ready", "uu/edge1", "--timeout=20s"]).await;
    let table = bench.kubectl(&["get", "uu"]).await;
    let words: Vec<&str> = table.lines().nth(1).unwrap().split_whitespace().take(6).collect();
    assert_eq!(words, ["edge1", "acme", "acme-edge1", "Active", "True", "InSync"]);

    bench.apply(&user("edge1", "secret-1", "  loginState: Blocked")).await;
    bench.ready("edge1").await;
    let table = bench.kubectl(&["get", "uu"]).await;
    assert!(table.contains("Blocked"), "{table}");
    operator.stop().await;
}
