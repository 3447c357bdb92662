//! Applying changes: one task, followed to its end.

use std::time::Duration;

use roster::systems::ctera::{Scope, TaskOutcome, TaskReport};

use crate::raw::{HTML, lost, ok, refused, reply};
use crate::stage::stage;
use crate::support::{client_with, entered, word};

fn started() -> String {
    ok("<val>servers/MainDB/bgTasks/90210</val>")
}

fn task(status: &str, said: &str) -> String {
    ok(&format!(
        "<obj class=\"BgTask\"><att id=\"id\"><val>90210</val></att><att id=\"status\"><val>{status}</val></att><att id=\"progstring\">{said}</att></obj>"
    ))
}

fn said(text: &str) -> String {
    format!("<val>{text}</val>")
}

#[tokio::test]
async fn a_task_is_followed_to_each_of_its_ends() {
    for (status, outcome) in [
        ("completed", TaskOutcome::Completed),
        ("completed with warnings", TaskOutcome::CompletedWithWarnings),
        ("failed", TaskOutcome::Failed),
        ("stopped", TaskOutcome::Stopped),
        ("disabled", TaskOutcome::Disabled),
        ("levitating", TaskOutcome::Unknown),
    ] {
        let running = ["waiting", "running", "retrying", "stopping"];
        let running = running.map(|status| task(status, "<val>Updating users</val>"));
        let last = task(status, &said("s3cret\nusers"));
        let stage = stage([started()].into_iter().chain(running).chain([last])).await;
        let client = entered(&stage).await;
        let report = client.apply_changes().await.unwrap();
        assert_eq!(report, TaskReport { outcome, message: "*****users".to_owned() });
    }
}

#[tokio::test]
async fn a_tenant_asks_by_reference_and_the_whole_system_by_address() {
    let stage = stage([started(), task("completed", "")]).await;
    let client = entered(&stage).await;
    client.apply_changes().await.unwrap();
    let requests = stage.requests();
    assert_eq!(requests[0].line, "GET /admin/api/currentPortal");
    let start = "<obj><att id=\"type\"><val>user-defined</val></att><att id=\"name\"><val>updateAccounts</val></att><att id=\"param\"><obj><att id=\"objectId\"/><att id=\"type\"><val>users</val></att></obj></att></obj>";
    assert_eq!((&*requests[1].line, &*requests[1].body), ("POST /admin/api", start));
    let look = "<obj><att id=\"type\"><val>user-defined</val></att><att id=\"name\"><val>getTaskStatus</val></att><att id=\"param\"><val>servers/MainDB/bgTasks/90210</val></att></obj>";
    assert_eq!((&*requests[2].line, &*requests[2].body), ("POST /admin/api", look));

    stage.state().replies = [started(), task("completed", "")].into();
    let global = client_with(&stage, |config| config.scope = Scope::Global);
    let report = global.apply_changes().await.unwrap();
    assert_eq!(report, TaskReport { outcome: TaskOutcome::Completed, message: String::new() });
    assert_eq!(stage.take().last().unwrap(), "GET /servers/MainDB/bgTasks/90210");
}

#[tokio::test]
async fn what_cannot_be_followed_is_unknown_and_nothing_is_started_again() {
    for replies in [
        vec![ok("<val>done</val>")],
        vec![started(), refused(404, "no such task")],
        vec![started(), refused(500, "no")],
    ] {
        let stage = stage(replies).await;
        let client = entered(&stage).await;
        let report = client.apply_changes().await.unwrap();
        assert_eq!(report.outcome, TaskOutcome::Unknown);
        let starts = |line: &&String| line.ends_with("updateAccounts");
        assert_eq!(stage.take().iter().filter(starts).count(), 1);
    }
}

#[tokio::test]
async fn trouble_while_looking_is_waited_out() {
    let trouble = [ok(HTML), reply("503 Gone", "", ""), lost(), ok("")];
    let replies = [started()].into_iter().chain(trouble).chain([task("completed", "")]);
    let stage = stage(replies).await;
    let report = entered(&stage).await.apply_changes().await.unwrap();
    assert_eq!(report.outcome, TaskOutcome::Completed);
}

#[tokio::test]
async fn a_task_that_does_not_end_is_left_running() {
    let stage = stage([started(), task("running", &said("half way"))]).await;
    let client = client_with(&stage, |config| config.pace.task_total = Duration::ZERO);
    let report = client.apply_changes().await.unwrap();
    let message = "half way".to_owned();
    assert_eq!(report, TaskReport { outcome: TaskOutcome::StillRunning, message });
}

#[tokio::test]
async fn a_start_whose_reply_is_lost_is_not_repeated() {
    for gone in [lost(), ok(HTML), reply("502 Bad Gateway", "", HTML)] {
        let stage = stage([gone]).await;
        let client = entered(&stage).await;
        assert_eq!(word(&client.apply_changes().await), "OutcomeUnknown");
        let starts = |line: &&String| line.ends_with("updateAccounts");
        assert_eq!(stage.take().iter().filter(starts).count(), 1);
    }
    let stage = stage([refused(500, "one runs already")]).await;
    assert_eq!(word(&entered(&stage).await.apply_changes().await), "Rejected");
}
