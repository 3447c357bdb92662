//! Applying changes, and following what comes of it.

use roster::sim::ctera::TaskEnd;

use super::support::{Portal, Session};

const ARGUMENT: &str = "<obj><att id=\"objectId\"/><att id=\"type\"><val>users</val></att></obj>";

async fn apply(session: &Session<'_>) -> String {
    let reply = session.call("", "updateAccounts", ARGUMENT).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.text.replace("<val>", "").replace("</val>", "")
}

async fn status(session: &Session<'_>, task: &str) -> String {
    let reply = session.call("", "getTaskStatus", &format!("<val>{task}</val>")).await;
    reply.att("status").unwrap()
}

#[tokio::test]
async fn a_task_waits_runs_and_completes_over_a_few_polls() {
    let portal = Portal::start().await;
    let session = portal.log_in().await;
    let task = apply(&session).await;
    assert_eq!(task, "servers/MainDB/bgTasks/90210");
    let first = session.get(&format!("/{task}")).await;
    assert!(first.text.starts_with("<obj class=\"BgTask\">"));
    assert_eq!(first.text.matches("<att id=").count(), 10);
    assert_eq!(first.att("status").unwrap(), "waiting");
    assert!(first.has_null("endTime") && first.has_null("result"));
    assert_eq!(session.get(&format!("/{task}")).await.att("status").unwrap(), "running");
    let last = session.get(&format!("/{task}")).await;
    assert_eq!(last.att("status").unwrap(), "completed");
    assert_eq!(last.att("percentage").unwrap(), "100");
    let end = last.att("endTime").unwrap();
    portal.running.advance(std::time::Duration::from_mins(5));
    assert_eq!(session.get(&format!("/{task}")).await.att("endTime").unwrap(), end);
}

#[tokio::test]
async fn a_task_is_read_where_it_is_only_in_the_global_context() {
    let portal = Portal::start().await;
    let (session, tenant) = (portal.log_in_to_acme().await, portal.log_in_as_tenant().await);
    let task = apply(&session).await;
    session.get(&format!("/{task}")).await.refused(404);
    tenant.get(&format!("/{task}")).await.refused(404);
    assert_eq!(status(&tenant, &task).await, "waiting");
    assert_eq!(status(&session, &format!("objs/1/{task}")).await, "running");
    session.select("globex").await;
    let other = session.call("", "getTaskStatus", &format!("<val>{task}</val>")).await;
    other.refused(404);
    session.put("/currentPortal", "<val/>").await.is_empty();
    assert_eq!(session.get(&format!("/{task}")).await.att("status").unwrap(), "completed");
    session.get("/servers/MainDB/bgTasks/1").await.refused(404);
    session.call("", "getTaskStatus", "<val/>").await.refused(404);
}

#[tokio::test]
async fn a_task_can_end_otherwise_or_never() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    let mut ended = Vec::new();
    for end in [TaskEnd::Failed, TaskEnd::CompletedWithWarnings, TaskEnd::Never] {
        portal.ctera().switch(|switches| (switches.task, switches.task_polls) = (end, 0));
        let task = apply(&session).await;
        status(&session, &task).await;
        ended.push(status(&session, &task).await);
    }
    assert_eq!(ended, ["failed", "completed with warnings", "running"]);
    portal.ctera().switch(|switches| switches.task = TaskEnd::NotFound);
    let task = apply(&session).await;
    session.call("", "getTaskStatus", &format!("<val>{task}</val>")).await.refused(404);
}

#[tokio::test]
async fn calls_are_counted_by_tenant() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    assert!(portal.ctera().counters().account_updates.is_empty());
    let (one, two) = (apply(&session).await, apply(&session).await);
    assert_ne!(one, two);
    session.select("globex").await;
    apply(&session).await;
    let updates = portal.ctera().counters().account_updates;
    assert_eq!(updates.into_iter().collect::<Vec<_>>(), [("acme".into(), 2), ("globex".into(), 1)]);
}
