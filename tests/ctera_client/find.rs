//! Finding one user.

use roster::systems::ctera::Place;

use crate::raw::{ok, refused};
use crate::stage::stage;
use crate::support::{entered, nobody, page, row, word};

#[tokio::test]
async fn nobody_is_null_or_404_and_never_something_else() {
    let stage = stage([]).await;
    let client = entered(&stage).await;
    for (reply, expected) in [
        (nobody(), "ok"),
        (refused(404, "no such user"), "ok"),
        (ok(""), "Malformed"),
        (ok("<obj/>"), "Malformed"),
        (ok("<obj><att id=\"uid\"><val>1</val></att></obj>"), "Malformed"),
        (ok("<obj><att id=\"uid\"><val>1</val></att><att id=\"name\"/></obj>"), "Malformed"),
        (ok("<obj><att id=\"uid\"/><att id=\"name\"><val>dana</val></att></obj>"), "Malformed"),
        (ok("<obj><att id=\"uid\"/><att id=\"name\"><val/></att></obj>"), "Malformed"),
        (refused(500, "oops"), "Rejected"),
    ] {
        stage.state().replies = [reply.clone()].into();
        let found = client.find_user(&Place::Local, "dana").await;
        assert_eq!(word(&found), expected, "{reply}");
        assert!(expected != "ok" || found.unwrap().is_none(), "{reply}");
    }
}

#[tokio::test]
async fn values_are_the_portals_own_text() {
    let user = "<obj class=\"PortalUser\"><att id=\"uid\"><val>004711</val></att><att id=\"name\"><val>123</val></att><att id=\"email\"><val> a@b </val></att><att id=\"firstName\"><val>1.50</val></att><att id=\"lastName\"><val>true</val></att><att id=\"company\"><val/></att><att id=\"comment\"/><att id=\"role\"><val>Archivist</val></att></obj>";
    let stage = stage([ok(user)]).await;
    let user = entered(&stage).await.find_user(&Place::Local, "123").await.unwrap().unwrap();
    assert_eq!((&*user.uid, &*user.name), ("004711", "123"));
    assert_eq!(user.email.as_deref(), Some(" a@b "));
    assert_eq!(user.first_name.as_deref(), Some("1.50"));
    assert_eq!(user.last_name.as_deref(), Some("true"));
    assert_eq!((user.company.as_deref(), user.comment.as_deref()), (Some(""), None));
    assert_eq!((user.role.as_deref(), user.account_status), (Some("Archivist"), None));
}

#[tokio::test]
async fn a_search_that_did_not_search_proves_nothing() {
    let stage = stage([]).await;
    let client = entered(&stage).await;
    for (reply, expected) in [
        (page(&[], false), "none"),
        (page(&[row("4711", "dana")], false), "dana"),
        (page(&[row("1", "a"), row("4711", "dana")], true), "dana"),
        (page(&[row("1", "a"), row("2", "b")], true), "Malformed"),
        (page(&[row("1", "a")], false), "Malformed"),
        (page(&[], true), "Malformed"),
        (refused(404, "no such list"), "Malformed"),
    ] {
        stage.state().replies = [reply].into();
        let found = match client.find_user_by_uid(&Place::Local, "4711").await {
            Ok(user) => user.map_or_else(|| "none".to_owned(), |user| user.name),
            Err(error) => word::<()>(&Err(error)),
        };
        assert_eq!(found, expected);
    }
}

#[tokio::test]
async fn a_directory_that_is_not_there_is_believed_only_in_the_right_tenant() {
    let domain = Place::Directory { domain: "corp.example".to_owned() };
    let missing = || refused(404, "no such domain");
    let stage = stage([missing(), missing(), page(&[row("4711", "dana")], false)]).await;
    let client = entered(&stage).await;
    assert_eq!(word(&client.find_user_by_uid(&domain, "4711").await), "NotFound");
    "other".clone_into(&mut stage.state().selected);
    assert!(client.find_user_by_uid(&domain, "4711").await.unwrap().is_some());
}
