//! The portal is told to apply what was written: for many changes once, and again where it failed.

use roster::kinds::api_session::AppliedOutcome;
use roster::sim::ctera::TaskEnd;
use serde_json::json;

use super::{ENTERING, Portal, complete};

fn updates(portal: &Portal) -> u32 {
    portal.ctera().counters().account_updates.get("acme").copied().unwrap_or_default()
}

#[tokio::test]
async fn many_changes_are_applied_by_one_task() {
    let portal = Portal::start().await;
    let operator = portal.0.operator().await;
    let asking = format!("{ENTERING}\n    applyChanges: AfterChanges");
    portal.0.apply(&portal.session_of("acme", "admin", &asking, "")).await;
    let all: String = (0..5).map(|number| complete(&format!("user{number}"), "")).collect();
    portal.0.apply(&all).await;
    for number in 0..5 {
        portal.ready(&format!("user{number}")).await;
    }
    let applied = |outcome: AppliedOutcome| {
        move |status: &roster::kinds::api_session::ApiSessionStatus| {
            status.applied_changes.as_ref().is_some_and(|applied| applied.outcome == outcome)
        }
    };
    portal.0.session_until("acme", "applied", applied(AppliedOutcome::Completed)).await;
    assert_eq!(updates(&portal), 1);

    portal.ctera().switch(|switches| switches.task = TaskEnd::CompletedWithWarnings);
    portal.edit("user0", json!({ "spec": { "comment": "changed" } })).await;
    let warned = applied(AppliedOutcome::CompletedWithWarnings);
    portal.0.session_until("acme", "applied with warnings", warned).await;
    assert_eq!(updates(&portal), 2);

    portal.ctera().switch(|switches| switches.task = TaskEnd::Failed);
    portal.delete("user1").await;
    portal.gone("user1").await;
    let failed = applied(AppliedOutcome::Failed);
    let status = portal.0.session_until("acme", "failed", failed).await;
    assert!(!status.applied_changes.unwrap().message.is_empty());
    assert_eq!(updates(&portal), 3);
    operator.stop().await;
}

#[tokio::test]
async fn without_being_asked_the_portal_is_told_nothing() {
    let portal = Portal::start().await;
    let operator = portal.0.operator().await;
    portal.0.apply(&portal.session("")).await;
    portal.0.apply(&complete("rina", "")).await;
    portal.ready("rina").await;
    operator.stop().await;
    assert_eq!(updates(&portal), 0);
}
