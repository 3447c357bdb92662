//! Changing a user: one read, one write, and everything else as it was.

use roster::remote::{Cause, RemoteError};
use roster::systems::ctera::{Client, User, UserEdit};
use tokio::task::JoinSet;

use crate::raw::{HTML, lost, ok, refused, reply};
use crate::stage::{Stage, stage};
use crate::support::{dana, entered, page, row, whole, word};

const GET: &str = "GET /users/dana";
const PUT: &str = "PUT /users/dana";
const BY_UID: &str = "POST /users query";

async fn email(client: &Client, email: &str) -> Result<User, RemoteError> {
    let edit = UserEdit { email: Some(email), ..UserEdit::default() };
    client.edit_user("4711", "dana", &edit).await
}

async fn rename(client: &Client) -> Result<User, RemoteError> {
    let edit = UserEdit { name: Some("dora"), ..UserEdit::default() };
    client.edit_user("4711", "dana", &edit).await
}

async fn password(client: &Client) -> Result<User, RemoteError> {
    let secret = "n3w".into();
    let edit = UserEdit { password: Some(&secret), ..UserEdit::default() };
    client.edit_user("4711", "dana", &edit).await
}

fn with_email(email: &str) -> String {
    dana().replace("dana@example.com", email)
}

fn dora() -> String {
    whole("4711", "acme", "dora")
}

/// The bodies of what was written.
fn written(stage: &Stage) -> Vec<String> {
    let puts = stage.requests().into_iter().filter(|request| request.line.starts_with("PUT"));
    puts.map(|request| request.body).collect()
}

#[tokio::test]
async fn an_edit_is_one_read_and_one_write_and_changes_nothing_else() {
    let secret = "n<w".into();
    let edit = UserEdit {
        name: Some("dora"),
        email: Some("d@x"),
        first_name: Some("Dora"),
        last_name: Some("Ivri"),
        role: Some("Disabled"),
        company: Some("ACME & sons"),
        comment: Some(""),
        password: Some(&secret),
    };
    let stage = stage([ok(&dana()), ok(&dora())]).await;
    let client = entered(&stage).await;
    let user = client.edit_user("4711", "dana", &edit).await.unwrap();
    assert_eq!(user.name, "dora");
    let expected = dana()
        .replace("<att id=\"name\"><val>dana</val>", "<att id=\"name\"><val>dora</val>")
        .replace("dana@example.com", "d@x")
        .replace("<val>Dana</val>", "<val>Dora</val>")
        .replace("EndUser", "Disabled")
        .replace("<att id=\"company\"/>", "<att id=\"company\"><val>ACME &amp; sons</val></att>")
        .replace("<att id=\"password\"/>", "<att id=\"password\"><val>n&lt;w</val></att>");
    let requests = stage.requests();
    let lines: Vec<_> = requests.iter().map(|request| &*request.line).collect();
    assert_eq!(lines, ["GET /admin/api/users/dana", "PUT /admin/api/users/dana"]);
    assert_eq!(requests[1].body, expected);
}

#[tokio::test]
async fn nothing_is_written_when_nothing_differs() {
    let stage = stage([ok(&dana()), ok(&dana())]).await;
    let client = entered(&stage).await;
    let same = UserEdit {
        email: Some("dana@example.com"),
        company: Some(""),
        comment: Some(""),
        ..UserEdit::default()
    };
    for edit in [same, UserEdit::default()] {
        let user = client.edit_user("4711", "dana", &edit).await.unwrap();
        assert_eq!(user.account_status.as_deref(), Some("active"));
    }
    assert_eq!(stage.take(), [GET, GET]);
}

#[tokio::test]
async fn the_user_is_found_by_its_uid_wherever_it_is() {
    for at_dana in [refused(404, "no"), ok(&whole("9", "acme", "dana"))] {
        let stage =
            stage([at_dana.clone(), page(&[row("4711", "dora")], false), ok(&dora()), ok(&dora())])
                .await;
        let client = entered(&stage).await;
        email(&client, "x").await.unwrap();
        assert_eq!(stage.take(), [GET, BY_UID, "GET /users/dora", "PUT /users/dora"]);

        // Whoever is gone is not replaced by whoever has the name.
        stage.state().replies = [at_dana, page(&[], false)].into();
        let error = email(&client, "x").await.unwrap_err();
        assert_eq!(error.cause(), Cause::NotFound);
        assert!(written(&stage).is_empty());
    }
}

#[tokio::test]
async fn a_user_that_moves_all_the_time_is_not_followed_for_ever() {
    let missing = || [refused(404, "no"), page(&[row("4711", "dora")], false)];
    let stage = stage(missing().into_iter().chain(missing())).await;
    assert_eq!(word(&email(&entered(&stage).await, "x").await), "Malformed");
}

#[tokio::test]
async fn a_name_that_is_taken_is_a_conflict_whatever_the_status() {
    for status in [400, 409, 500] {
        let stage = stage([ok(&dana()), refused(status, "exists"), ok(&row("9", "dora"))]).await;
        let client = entered(&stage).await;
        let error = rename(&client).await.unwrap_err();
        assert_eq!(error.cause(), Cause::Conflict, "{status}");
        assert!(error.to_string().contains("another user has the name `dora`"), "{error}");
        assert_eq!(stage.take(), [GET, PUT, "POST /users/dora get-multi"]);

        stage.state().replies = [ok(&dana()), refused(status, "too short")].into();
        let error = password(&client).await.unwrap_err();
        assert_eq!(error.cause(), Cause::Rejected, "{status}");
        assert!(error.to_string().contains("too short"), "{error}");
    }
}

#[tokio::test]
async fn a_reply_that_does_not_show_the_user_is_followed_by_a_read() {
    for nothing in ["", "<obj/>", "<val>ok</val>"] {
        let stage = stage([ok(&dana()), ok(nothing), ok(&dora())]).await;
        let client = entered(&stage).await;
        assert_eq!(rename(&client).await.unwrap().name, "dora");
        assert_eq!(stage.take(), [GET, PUT, "GET /users/dora"]);
    }
}

#[tokio::test]
async fn a_lost_reply_is_resolved_by_reading_again() {
    for gone in [lost(), reply("502 Bad Gateway", "", HTML), ok(HTML), reply("500 Oops", "", "")] {
        // It was changed.
        let stage = stage([ok(&dana()), gone.clone(), ok(&with_email("x"))]).await;
        let client = entered(&stage).await;
        assert_eq!(email(&client, "x").await.unwrap().email.as_deref(), Some("x"));
        assert_eq!(written(&stage).len(), 1);

        // It was not; somebody else changed another thing meanwhile, which stays.
        let meanwhile = dana().replace("Ivri", "Levi");
        stage.state().replies =
            [ok(&dana()), gone.clone(), ok(&meanwhile), ok(&with_email("x"))].into();
        email(&client, "x").await.unwrap();
        let written = written(&stage);
        assert_eq!(written[1], meanwhile.replace("dana@example.com", "x"));

        // A rename happened: the old name is empty.
        stage.state().replies = [
            ok(&dana()),
            gone.clone(),
            refused(404, "no"),
            page(&[row("4711", "dora")], false),
            ok(&dora()),
        ]
        .into();
        assert_eq!(rename(&client).await.unwrap().name, "dora");
        assert_eq!(self::written(&stage).len(), 1);

        // It cannot be looked at.
        stage.state().replies = [ok(&dana()), gone, refused(500, "no")].into();
        assert_eq!(word(&email(&client, "x").await), "OutcomeUnknown");
        stage.take();
    }
}

#[tokio::test]
async fn a_lost_reply_to_a_password_is_followed_by_one_more_try() {
    let stage = stage([ok(&dana()), lost(), ok(&dana()), ok(&dana())]).await;
    let client = entered(&stage).await;
    password(&client).await.unwrap();
    assert_eq!(written(&stage).len(), 2);

    stage.state().replies = [ok(&dana()), lost(), ok(&dana()), lost(), ok(&dana())].into();
    assert_eq!(word(&password(&client).await), "OutcomeUnknown");
    assert_eq!(written(&stage).len(), 2);

    // Refused because it was used before: perhaps by the first try.
    stage.state().replies = [ok(&dana()), lost(), ok(&dana()), refused(400, "used before")].into();
    assert_eq!(word(&password(&client).await), "OutcomeUnknown");
}

#[tokio::test]
async fn a_write_that_had_to_wait_is_preceded_by_a_fresh_read() {
    let stage = stage([ok(&dana()), reply("429 Slow", "", ""), ok(&dana()), ok(&dana())]).await;
    let client = entered(&stage).await;
    email(&client, "x").await.unwrap();
    assert_eq!(stage.take(), [GET, PUT, GET, PUT]);
}

#[tokio::test]
async fn edits_of_one_user_happen_one_after_the_other() {
    let stage = stage((0..10).flat_map(|_| [ok(&dana()), ok(&dana())])).await;
    let client = entered(&stage).await;
    let mut edits = JoinSet::new();
    for number in 0..10 {
        let client = client.clone();
        edits.spawn(async move { email(&client, &number.to_string()).await.unwrap() });
    }
    edits.join_all().await;
    assert_eq!(stage.take(), [GET, PUT].repeat(10));
}

#[tokio::test]
async fn what_is_no_user_is_not_written_back() {
    let stage = stage([]).await;
    let client = entered(&stage).await;
    for body in
        ["<obj/>", "", HTML, "<obj><att id=\"uid\"/><att id=\"name\"><val>dana</val></att></obj>"]
    {
        stage.state().replies = [ok(body)].into();
        assert_eq!(word(&email(&client, "x").await), "Malformed", "{body}");
    }
    assert!(written(&stage).is_empty());
}
