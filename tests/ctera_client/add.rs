//! Adding a user, exactly once.

use roster::remote::{Cause, RemoteError};
use roster::systems::ctera::{Absence, Client, NewUser, User};

use crate::raw::{HTML, lost, ok, refused, reply};
use crate::stage::stage;
use crate::support::{entered, new_dana, nobody, row, word};

const GUARD: &str = "GET /currentPortal";
const ADD: &str = "POST /users add";
const FIND: &str = "POST /users/dana get-multi";

async fn add(client: &Client, absence: Absence) -> Result<User, RemoteError> {
    client.add_user(&new_dana(&"p4ss".into()), absence).await
}

fn there() -> String {
    ok(&row("4711", "dana"))
}

fn added() -> String {
    ok("<val>objs/4711/acme/PortalUser/dana</val>")
}

#[tokio::test]
async fn an_absence_that_was_proven_costs_one_guard() {
    let stage = stage([added(), there()]).await;
    let client = entered(&stage).await;
    let user = add(&client, Absence::Proven).await.unwrap();
    assert_eq!((&*user.uid, &*user.name), ("4711", "dana"));
    assert_eq!(stage.take(), [GUARD, ADD, FIND]);
}

#[tokio::test]
async fn somebody_who_is_there_already_is_left_alone() {
    let stage = stage([there()]).await;
    let client = entered(&stage).await;
    let error = add(&client, Absence::Unproven).await.unwrap_err();
    assert_eq!(error.cause(), Cause::Conflict);
    assert!(error.to_string().contains("there is a user `dana` already"), "{error}");
    assert_eq!(stage.take(), [FIND]);
}

#[tokio::test]
async fn a_refusal_is_a_conflict_if_the_name_is_taken_whatever_its_status() {
    for status in [400, 409, 500, 404] {
        let stage = stage([refused(status, "exists"), there()]).await;
        let client = entered(&stage).await;
        // Even with equal values it is not ours: no reply of ours was lost.
        assert_eq!(word(&add(&client, Absence::Proven).await), "Conflict", "{status}");
        stage.state().replies = [refused(status, "too short"), nobody()].into();
        let error = add(&client, Absence::Proven).await.unwrap_err();
        assert_eq!(error.cause(), Cause::Rejected, "{status}");
        assert!(error.to_string().contains("too short"), "{error}");
    }
}

#[tokio::test]
async fn a_lost_reply_is_resolved_by_looking() {
    for gone in
        [lost(), reply("502 Bad Gateway", "", HTML), ok(HTML), ok(""), reply("500 Oops", "", "")]
    {
        // It was added.
        let stage = stage([gone.clone(), there()]).await;
        let client = entered(&stage).await;
        assert_eq!(add(&client, Absence::Proven).await.unwrap().uid, "4711");
        let adds = |lines: Vec<String>| lines.iter().filter(|line| *line == ADD).count();
        assert_eq!(adds(stage.take()), 1);

        // It was not, and is added now.
        stage.state().replies = [gone.clone(), nobody(), added(), there()].into();
        assert_eq!(word(&add(&client, Absence::Proven).await), "ok");
        assert_eq!(adds(stage.take()), 2);

        // Somebody else was quicker.
        let other = ok(&row("4712", "dana").replace("Ivri", "Other"));
        stage.state().replies = [gone.clone(), other].into();
        assert_eq!(word(&add(&client, Absence::Proven).await), "Conflict");

        // It was executed late.
        stage.state().replies = [gone, nobody(), refused(400, "exists"), there()].into();
        assert_eq!(word(&add(&client, Absence::Proven).await), "ok");
    }
}

#[tokio::test]
async fn what_cannot_be_looked_at_stays_unknown() {
    let stage = stage([lost(), refused(500, "no")]).await;
    let client = entered(&stage).await;
    let error = add(&client, Absence::Proven).await.unwrap_err();
    assert_eq!(error.cause(), Cause::OutcomeUnknown);
    assert!(
        error.to_string().contains("it is not known whether the user `dana` exists"),
        "{error}"
    );

    stage.state().replies = [added(), nobody()].into();
    assert_eq!(word(&add(&client, Absence::Proven).await), "OutcomeUnknown");

    // It is tried a few times, and not for ever.
    stage.take();
    stage.state().replies = (0..20).flat_map(|_| [lost(), nobody()]).collect();
    assert_eq!(word(&add(&client, Absence::Proven).await), "OutcomeUnknown");
    assert_eq!(stage.take().iter().filter(|line| *line == ADD).count(), 4);
}

#[tokio::test]
async fn what_was_added_is_looked_for_with_patience() {
    let page = || ok(HTML);
    let stage = stage([added(), page(), ok(""), there()]).await;
    let client = entered(&stage).await;
    assert_eq!(word(&add(&client, Absence::Proven).await), "ok");
    stage.state().replies = [added(), page(), page(), page(), page()].into();
    assert_eq!(word(&add(&client, Absence::Proven).await), "OutcomeUnknown");
}

#[tokio::test]
async fn null_and_empty_are_the_same_to_whoever_compares() {
    let password = "pw".into();
    let new = NewUser { company: Some(""), comment: Some("c"), ..new_dana(&password) };
    let seen = row("4711", "dana")
        .replace("<att id=\"comment\"/>", "<att id=\"comment\"><val>c</val></att>");
    let stage = stage([lost(), ok(&seen), lost(), there()]).await;
    let client = entered(&stage).await;
    assert_eq!(word(&client.add_user(&new, Absence::Proven).await), "ok");
    assert_eq!(word(&client.add_user(&new, Absence::Proven).await), "Conflict");
}
