//! Deleting a user: the one that is meant, and nobody else.

use roster::remote::RemoteError;
use roster::systems::ctera::{Client, Place};

use crate::raw::{HTML, lost, ok, refused, reply};
use crate::stage::stage;
use crate::support::{dana, entered, page, row, whole, word};

const GET: &str = "GET /users/dana";
const DELETE: &str = "POST /users/dana delete";
const BY_UID: &str = "POST /users query";
const GUARD: &str = "GET /currentPortal";

async fn delete(client: &Client) -> Result<(), RemoteError> {
    client.delete_user(&Place::Local, "4711", "dana").await
}

fn at(name: &str) -> String {
    page(&[row("4711", name)], false)
}

fn gone() -> String {
    page(&[], false)
}

#[tokio::test]
async fn whoever_is_gone_is_success_and_whoever_has_the_name_is_left_alone() {
    for at_dana in [refused(404, "no"), ok(&whole("9", "acme", "dana"))] {
        let stage = stage([at_dana.clone(), gone()]).await;
        let client = entered(&stage).await;
        delete(&client).await.unwrap();
        assert_eq!(stage.take(), [GET, BY_UID, GUARD]);

        stage.state().replies =
            [at_dana, at("dora"), ok(&whole("4711", "acme", "dora")), ok("")].into();
        delete(&client).await.unwrap();
        assert_eq!(stage.take(), [GET, BY_UID, "GET /users/dora", "POST /users/dora delete"]);
    }
}

#[tokio::test]
async fn a_directory_user_is_deleted_in_its_directory() {
    let domain = Place::Directory { domain: "corp.example".to_owned() };
    let user = "<obj class=\"ADUser\"><att id=\"uid\"><val>4711</val></att><att id=\"baseObjectRef\"><val>objs/4711/acme/ADUser/dana/corp.example</val></att><att id=\"name\"><val>dana</val></att></obj>";
    let stage = stage([ok(user), ok("")]).await;
    let client = entered(&stage).await;
    client.delete_user(&domain, "4711", "dana").await.unwrap();
    let expected = [
        "GET /domains/corp.example/adUsers/dana",
        "POST /domains/corp.example/adUsers/dana delete",
    ];
    assert_eq!(stage.take(), expected);
}

#[tokio::test]
async fn a_refusal_counts_unless_the_user_is_gone() {
    for status in [404, 400, 500] {
        let stage = stage([ok(&dana()), refused(status, "no"), gone()]).await;
        let client = entered(&stage).await;
        delete(&client).await.unwrap();
        assert_eq!(stage.take(), [GET, DELETE, BY_UID, GUARD]);
    }
    let stage = stage([ok(&dana()), refused(500, "is protected"), at("dana")]).await;
    let error = delete(&entered(&stage).await).await.unwrap_err();
    assert_eq!(error.cause(), roster::remote::Cause::Rejected);
    assert!(error.to_string().contains("is protected"), "{error}");
}

#[tokio::test]
async fn a_lost_reply_is_resolved_by_looking() {
    for reply in [lost(), reply("502 Bad Gateway", "", HTML), ok(HTML), reply("500 Oops", "", "")] {
        let stage = stage([ok(&dana()), reply.clone(), gone()]).await;
        let client = entered(&stage).await;
        delete(&client).await.unwrap();
        let deletes = |lines: Vec<String>| lines.iter().filter(|line| *line == DELETE).count();
        assert_eq!(deletes(stage.take()), 1);

        stage.state().replies =
            [ok(&dana()), reply.clone(), at("dana"), ok(&dana()), ok("")].into();
        delete(&client).await.unwrap();
        assert_eq!(deletes(stage.take()), 2);

        stage.state().replies = [ok(&dana()), reply, refused(500, "no")].into();
        assert_eq!(word(&delete(&client).await), "OutcomeUnknown");
        assert_eq!(deletes(stage.take()), 1);
    }
}

#[tokio::test]
async fn a_user_that_is_never_where_it_should_be_is_not_chased_for_ever() {
    let moved = || [refused(404, "no"), at("dana")];
    let stage = stage((0..9).flat_map(|_| moved())).await;
    let client = entered(&stage).await;
    assert_eq!(word(&delete(&client).await), "Malformed");
    assert_eq!(stage.take().len(), 6);
}
