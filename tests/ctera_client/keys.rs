//! S3 credentials: every pair is a new one, and its secret is shown once.

use roster::remote::Cause;
use roster::systems::ctera::ApiKey;
use secrecy::ExposeSecret;

use crate::raw::{HTML, lost, ok, refused, reply};
use crate::stage::stage;
use crate::support::{entered, word};

const GUARD: &str = "GET /currentPortal";

fn key(number: usize) -> ApiKey {
    ApiKey { uid: number.to_string(), access_key: id(number), activated: true }
}

fn id(number: usize) -> String {
    format!("K{number}")
}

fn keys(numbers: impl IntoIterator<Item = usize>) -> String {
    let row = |number| {
        format!(
            "<obj class=\"ApiKey\"><att id=\"uid\"><val>{number}</val></att><att id=\"accessKey\"><val>K{number}</val></att><att id=\"activated\"><val>true</val></att></obj>"
        )
    };
    let rows = numbers.into_iter().map(row).collect::<Vec<_>>().concat();
    ok(&if rows.is_empty() { "<list/>".to_owned() } else { format!("<list>{rows}</list>") })
}

fn created() -> String {
    ok(
        "<obj class=\"CreateApiKeyResponse\"><att id=\"accessKey\"><val>K9</val></att><att id=\"secretKey\"><val>s3</val></att></obj>",
    )
}

#[tokio::test]
async fn a_list_is_read_completely_or_not_at_all() {
    let inactive = "<list><obj><att id=\"uid\"><val>1</val></att><att id=\"accessKey\"><val>K1</val></att></obj></list>";
    let stage = stage([keys([1, 2]), ok(inactive)]).await;
    let client = entered(&stage).await;
    assert_eq!(client.list_keys("4711").await.unwrap(), [key(1), key(2)]);
    assert!(!client.list_keys("4711").await.unwrap()[0].activated);
    for body in ["", "<obj/>", "<list><val>K1</val></list>", "<list><obj/></list>", HTML] {
        stage.state().replies = [ok(body)].into();
        assert_eq!(word(&client.list_keys("4711").await), "Malformed", "{body}");
    }
    stage.state().replies = [refused(404, "no such user")].into();
    assert_eq!(word(&client.list_keys("4711").await), "NotFound");
    "other".clone_into(&mut stage.state().selected);
    stage.state().replies = [refused(404, "no such user"), keys([1])].into();
    assert_eq!(client.list_keys("4711").await.unwrap(), [key(1)]);
}

#[tokio::test]
async fn a_full_user_gets_no_more_and_nothing_is_sent() {
    let stage = stage([]).await;
    let client = entered(&stage).await;
    let before: Vec<_> = (0..100).map(id).collect();
    let error = client.create_key("4711", &before).await.unwrap_err();
    assert_eq!(error.cause(), Cause::Rejected);
    assert!(error.to_string().contains("100 key pairs"), "{error}");
    assert!(stage.take().is_empty());
    stage.state().replies = [refused(500, "limit reached")].into();
    assert_eq!(word(&client.create_key("4711", &before[..99]).await), "Rejected");
}

#[tokio::test]
async fn a_pair_whose_secret_was_lost_is_deleted_and_another_one_made() {
    let odd = "<obj><att id=\"accessKey\"><val>K2</val></att><att id=\"secretKey\"/></obj>";
    for gone in [lost(), ok(""), ok(HTML), ok(odd), reply("504 Gone", "", "")] {
        let stage = stage([gone.clone(), keys([1, 2]), keys([1, 2]), ok(""), created()]).await;
        let client = entered(&stage).await;
        let made = client.create_key("4711", &[id(1)]).await.unwrap();
        assert_eq!((&*made.access_key, made.secret_key.expose_secret()), ("K9", "s3"));
        let requests = stage.requests();
        let deleted: Vec<_> =
            requests.iter().filter(|request| request.body.contains("deleteApiKey")).collect();
        assert_eq!(deleted.len(), 1);
        assert!(deleted[0].body.ends_with("<att id=\"param\"><val>2</val></att></obj>"));

        // Nothing was made.
        stage.state().replies = [gone, keys([1]), created()].into();
        client.create_key("4711", &[id(1)]).await.unwrap();
        assert!(stage.take().iter().all(|line| !line.contains("delete")));
    }
}

#[tokio::test]
async fn several_new_pairs_are_left_alone_and_so_is_what_cannot_be_looked_at() {
    let stage = stage([lost(), keys([1, 2, 3])]).await;
    let client = entered(&stage).await;
    let error = client.create_key("4711", &[id(1)]).await.unwrap_err();
    assert_eq!(error.cause(), Cause::OutcomeUnknown);
    assert!(error.to_string().contains("none was deleted"), "{error}");
    stage.state().replies = [lost(), refused(500, "no")].into();
    assert_eq!(word(&client.create_key("4711", &[]).await), "OutcomeUnknown");
    assert!(stage.take().iter().all(|line| !line.contains("delete")));
}

#[tokio::test]
async fn two_lost_replies_are_enough() {
    let stage = stage([lost(), keys([]), lost(), keys([1]), keys([1]), ok("")]).await;
    let client = entered(&stage).await;
    let error = client.create_key("4711", &[]).await.unwrap_err();
    assert_eq!(error.cause(), Cause::Unreachable);
    let creates = stage.take().iter().filter(|line| line.ends_with("createApiKey")).count();
    assert_eq!(creates, 2);
}

#[tokio::test]
async fn a_pair_is_deleted_by_its_own_uid_and_what_is_gone_is_success() {
    let stage = stage([keys([1, 2]), ok(""), keys([1])]).await;
    let client = entered(&stage).await;
    client.delete_key("4711", "K2").await.unwrap();
    client.delete_key("4711", "K2").await.unwrap();
    let (list, delete) = ("POST  getApiKeys", "POST  deleteApiKey");
    assert_eq!(stage.take(), [list, GUARD, delete, list, GUARD]);
    // In another tenant nobody has this pair.
    "other".clone_into(&mut stage.state().selected);
    stage.state().replies = [keys([]), keys([2]), ok("")].into();
    client.delete_key("4711", "K2").await.unwrap();
    assert_eq!(stage.take().last().unwrap(), "POST  deleteApiKey");
}

#[tokio::test]
async fn a_deletion_is_settled_by_the_list() {
    for reply in [lost(), refused(404, "no"), refused(500, "no")] {
        let stage = stage([keys([1]), reply, keys([])]).await;
        entered(&stage).await.delete_key("4711", "K1").await.unwrap();
    }
    let stage = stage([keys([1]), refused(500, "in use"), keys([1])]).await;
    let client = entered(&stage).await;
    let error = client.delete_key("4711", "K1").await.unwrap_err();
    assert_eq!(error.cause(), Cause::Rejected);
    assert!(error.to_string().contains("in use"), "{error}");
    stage.state().replies = [keys([1]), lost(), keys([1]), ok("")].into();
    client.delete_key("4711", "K1").await.unwrap();
    stage.state().replies = [keys([1]), lost(), refused(500, "no")].into();
    assert_eq!(word(&client.delete_key("4711", "K1").await), "OutcomeUnknown");
}
