//! PUT: what it replaces, what it keeps, what it refuses.

use super::support::{Portal, user};

#[tokio::test]
async fn what_came_from_get_goes_back_unchanged() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    let there = session.get("/users/dana").await;
    for verbatim in [
        "<att id=\"phone\"><val>0012345</val></att>",
        "<att id=\"note\"><val> padded </val></att>",
        "<att id=\"sla\"><val>1.50</val></att>",
        "<att id=\"avatar\"/>",
        "<att id=\"empty\"><val/></att>",
        "<val>first line\nsecond &lt;line&gt; &amp; more</val>",
        "<list><val>007</val><val/><obj class=\"Tag\"><att id=\"value\"><val>0x10</val></att></obj></list>",
        "<obj class=\"UserStats\" uuid=\"5f0c1c9e-0d7e-4d5b-9a52-1f1e3c1b7a10\">",
        "<obj class=\"NeverSeen\"><att id=\"deep\"><val> 1 </val></att></obj>",
    ] {
        assert!(there.text.contains(verbatim), "{verbatim} is not in {}", there.text);
    }
    let put = session.put("/users/dana", &there.text).await;
    assert_eq!((put.status, &*put.text), (200, &*there.text));
    assert_eq!(session.get("/users/dana").await.text, there.text);
    let changed = there.text.replace("Ivri", "Oz");
    assert_eq!(session.put("/users/dana", &changed).await.text, changed);
    assert!(portal.ctera().login_password_is("acme", "dana", "dana-password"));
    assert_eq!(portal.ctera().user("acme", "dana").unwrap().changes, 2);
}

#[tokio::test]
async fn what_is_left_out_is_lost() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    let put = session.put("/users/dana", &user("dana", "<att id=\"role\"/>")).await;
    assert_eq!(put.status, 200);
    let there = session.get("/users/dana").await;
    for lost in ["sla", "phone", "userStats", "tags"] {
        assert!(!there.text.contains(&format!("\"{lost}\"")), "{}", there.text);
    }
    assert!(there.has_null("comment") && there.has_null("role") && there.has_null("accountStatus"));
    assert!(portal.ctera().login_password_is("acme", "dana", "pw-1"));
}

#[tokio::test]
async fn uid_and_references_cannot_be_changed() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    let there = session.get("/users/dana").await;
    let uid = there.att("uid").unwrap();
    let forged = there
        .text
        .replace(&uid, "999999")
        .replace("<obj class=\"PortalUser\">", "<obj class=\"King\">");
    assert_eq!(session.put("/users/dana", &forged).await.text, there.text);
    session.put("/users/dana/uid", "<val>1</val>").await.refused(400);
    session.put("/users/dana/baseObjectRef", "<val>1</val>").await.refused(400);
}

#[tokio::test]
async fn a_password_that_is_null_absent_or_empty_stays() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    for sent in ["<att id=\"password\"/>", "<att id=\"password\"><val/></att>"] {
        assert_eq!(session.put("/users/erez", &user("erez", sent)).await.status, 200);
        assert!(portal.ctera().login_password_is("acme", "erez", "erez-password"));
    }
    let put = session.put("/users/erez", &user("erez", "")).await;
    assert!(put.has_null("password") && !put.text.contains("pw-1"));
    assert!(portal.ctera().login_password_is("acme", "erez", "pw-1"));
    portal.log_in_as("ServicesPortal", "erez", "pw-1").await;
}

#[tokio::test]
async fn a_rename_keeps_the_uid_and_frees_the_old_name() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    let there = session.get("/users/dana").await;
    let uid = there.att("uid").unwrap();
    let renamed = there.text.replace("<val>dana</val>", "<val>dana.ivri</val>");
    let put = session.put("/users/dana", &renamed).await;
    assert_eq!(put.att("baseObjectRef").unwrap(), format!("objs/{uid}/acme/PortalUser/dana.ivri"));
    session.get("/users/dana").await.refused(404);
    assert_eq!(session.uid("/users/dana.ivri").await, uid);
    assert_eq!(session.add("dana", "").await.status, 200);
    assert!(portal.ctera().login_password_is("acme", "dana.ivri", "dana-password"));
}

#[tokio::test]
async fn a_rename_onto_a_taken_name_is_refused_and_both_users_are_intact() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    let (one, other) = (session.get("/users/dana").await, session.get("/users/erez").await);
    let renamed = one.text.replace("<val>dana</val>", "<val>erez</val>").replace("Ivri", "Oz");
    assert_eq!(session.put("/users/dana", &renamed).await.refused(409), "User erez already exists");
    assert_eq!(session.get("/users/dana").await.text, one.text);
    assert_eq!(session.get("/users/erez").await.text, other.text);
}

#[tokio::test]
async fn a_put_without_an_object_or_a_name_is_refused_and_changes_nothing() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    let there = session.get("/users/dana").await.text;
    for body in
        ["", "<val>dana</val>", "<obj/>", "<obj class=\"PortalUser\"><att id=\"name\"/></obj>"]
    {
        session.put("/users/dana", body).await.refused(400);
    }
    let role = there.replace("EndUser", "Emperor");
    session.put("/users/dana", &role).await.refused(400);
    assert_eq!(session.get("/users/dana").await.text, there);
}

#[tokio::test]
async fn one_attribute_can_be_read_and_written() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    let before = session.get("/users/dana").await.text;
    assert_eq!(session.get("/users/dana/lastName").await.text, "<val>Ivri</val>");
    session.get("/users/dana/avatar").await.is_empty();
    session.get("/users/dana/password").await.is_empty();
    session.get("/users/dana/nothing").await.refused(404);
    assert!(
        session.get("/users/dana/userStats").await.text.starts_with("<obj class=\"UserStats\"")
    );
    assert_eq!(session.put("/users/dana/lastName", "<val>Oz</val>").await.text, "<val>Oz</val>");
    assert_eq!(session.get("/users/dana").await.text, before.replace("<val>Ivri", "<val>Oz"));
    session.put("/users/dana/password", "<val>turned</val>").await.is_empty();
    assert!(portal.ctera().login_password_is("acme", "dana", "turned"));
    assert_eq!(session.put("/users/dana/name", "<val>d</val>").await.text, "<val>d</val>");
    let uid = session.uid("/users/d").await;
    assert_eq!(session.put(&format!("/objs/{uid}/comment"), "<val/>").await.text, "<val/>");
    session.put("/users/d/name", "<val>erez</val>").await.refused(409);
}
