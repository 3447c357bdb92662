//! Lists, page by page.

use roster::systems::ctera::Place;

use crate::raw::{ok, refused};
use crate::stage::{Stage, stage};
use crate::support::{entered, page, row, word};

fn rows(uids: impl IntoIterator<Item = usize>) -> Vec<String> {
    uids.into_iter().map(|uid| row(&uid.to_string(), &format!("u{uid}"))).collect()
}

/// The `startFrom` and `countLimit` of each request.
fn asked(stage: &Stage) -> Vec<(String, String)> {
    let value = |body: &str, id: &str| {
        let (_, rest) = body.split_once(&format!("<att id=\"{id}\"><val>")).unwrap();
        rest.split_once('<').unwrap().0.to_owned()
    };
    let requests = stage.requests();
    requests.iter().map(|r| (value(&r.body, "startFrom"), value(&r.body, "countLimit"))).collect()
}

fn pairs(pairs: &[(usize, usize)]) -> Vec<(String, String)> {
    pairs.iter().map(|(start, count)| (start.to_string(), count.to_string())).collect()
}

#[tokio::test]
async fn a_list_goes_on_from_the_rows_received_and_names_everybody_once() {
    let stage = stage([
        page(&rows(0..3), true),
        // Somebody was deleted meanwhile, and the portal gives fewer than it was asked for.
        page(&rows(2..4), true),
        page(&rows([4]), false),
    ])
    .await;
    let client = entered(&stage).await;
    let listed = client.list_users(&Place::Local).await.unwrap();
    let names: Vec<_> = listed.users.iter().map(|user| user.name.as_str()).collect();
    assert_eq!((names, listed.pages), (vec!["u0", "u1", "u2", "u3", "u4"], 3));
    assert_eq!(asked(&stage), pairs(&[(0, 1000), (3, 1000), (5, 1000)]));
}

#[tokio::test]
async fn a_portal_that_refuses_large_pages_is_asked_for_small_ones_from_then_on() {
    for status in [400, 500] {
        let stage = stage([
            refused(status, "countLimit is too large"),
            page(&rows(0..50), true),
            page(&rows(50..60), false),
            page(&rows(0..1), false),
        ])
        .await;
        let client = entered(&stage).await;
        assert_eq!(client.list_users(&Place::Local).await.unwrap().users.len(), 60);
        assert_eq!(client.list_users(&Place::Local).await.unwrap().pages, 1);
        assert_eq!(asked(&stage), pairs(&[(0, 1000), (0, 50), (50, 50), (0, 50)]));
    }
}

#[tokio::test]
async fn a_refusal_that_is_not_about_the_size_stays_one() {
    let domain = Place::Directory { domain: "nowhere".to_owned() };
    let stage =
        stage([refused(500, "one"), refused(500, "two"), refused(404, "no such domain")]).await;
    let client = entered(&stage).await;
    let error = client.list_users(&Place::Local).await.unwrap_err();
    assert!(error.to_string().contains("two"), "{error}");
    assert_eq!(word(&client.list_users(&domain).await), "NotFound");
    assert_eq!(asked(&stage), pairs(&[(0, 1000), (0, 50), (0, 1000)]));
}

#[tokio::test]
async fn a_list_that_is_not_understood_completely_is_an_error() {
    let stage = stage([]).await;
    let client = entered(&stage).await;
    let one = |objects: &str, more: &str| vec![ok(&format!("<obj>{objects}{more}</obj>"))];
    let more = "<att id=\"hasMore\"><val>false</val></att>";
    let none = "<att id=\"objects\"><list/></att>";
    for pages in [
        one("", more),
        one(none, ""),
        one(none, "<att id=\"hasMore\"/>"),
        one(none, "<att id=\"hasMore\"><val>perhaps</val></att>"),
        one("<att id=\"objects\"/>", more),
        one("<att id=\"objects\"><val>x</val></att>", more),
        one("<att id=\"objects\"><list><val>dana</val></list></att>", more),
        vec![page(&[row("1", "a"), row("", "b")], false)],
        vec![page(&[row("1", "a"), row("2", "")], false)],
        vec![page(&[], true)],
        vec![page(&rows(0..2), true), page(&[], true)],
        // A portal that always gives the first page.
        vec![page(&rows(0..2), true), page(&rows(0..2), true)],
    ] {
        stage.state().replies = pages.clone().into();
        assert_eq!(word(&client.list_users(&Place::Local).await), "Malformed", "{pages:?}");
        assert!(stage.state().replies.is_empty());
    }
    stage.state().replies = [refused(404, "no")].into();
    assert_eq!(word(&client.list_users(&Place::Local).await), "Malformed");
    stage.state().replies = [ok("<list><val>a</val><obj/></list>"), ok("")].into();
    assert_eq!(word(&client.domains().await), "Malformed");
    assert_eq!(word(&client.domains().await), "Malformed");
}
