//! Users: get-multi, add, delete, and the other ways to name them.

use super::support::{Portal, call, user};

#[tokio::test]
async fn get_multi_returns_exactly_what_was_asked_for() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    let fields = "<list><val>/uid</val><val>/phone</val><val>/nothing</val><val>/name</val></list>";
    let reply = session.call("/users/dana", "get-multi", fields).await;
    let uid = session.uid("/users/dana").await;
    assert_eq!(
        reply.text,
        format!(
            "<obj class=\"PortalUser\"><att id=\"uid\"><val>{uid}</val></att><att id=\"phone\"><val>0012345</val></att>\
             <att id=\"nothing\"/><att id=\"name\"><val>dana</val></att></obj>"
        )
    );
}

#[tokio::test]
async fn get_multi_of_an_unknown_user_is_no_error_but_nulls() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    let fields = "<list><val>/uid</val><val>/name</val></list>";
    let nulls = "<obj><att id=\"uid\"/><att id=\"name\"/></obj>";
    for path in ["/users/nobody", "/domains/corp.example/adUsers/nobody", "/objs/1"] {
        let reply = session.call(path, "get-multi", fields).await;
        assert_eq!((reply.status, &*reply.text), (200, nulls), "{path}");
    }
}

#[tokio::test]
async fn get_put_and_delete_of_an_unknown_user_are_errors() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    assert_eq!(session.get("/users/nobody").await.refused(404), "User nobody does not exist");
    session.put("/users/nobody", &user("nobody", "")).await.refused(404);
    session.call("/users/nobody", "delete", "<val>true</val>").await.refused(404);
    session.send("DELETE", "/users/nobody", "").await.refused(404);
    session.get("/objs/1").await.refused(404);
    session.get("/users/nobody/name").await.refused(404);
}

#[tokio::test]
async fn an_added_user_is_answered_with_its_reference_and_can_sign_in() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    let more = "<att id=\"requirePasswordChangeOn\"><val>2031-05-01</val></att>\
                <att id=\"custom\"><obj class=\"Odd\"><att id=\"n\"><val>007</val></att></obj></att>";
    let reply = session.add("new", more).await;
    let there = session.get("/users/new").await;
    let uid = there.att("uid").unwrap();
    assert_eq!(reply.text, format!("<val>objs/{uid}/acme/PortalUser/new</val>"));
    assert_eq!(there.att("baseObjectRef").unwrap(), format!("objs/{uid}/acme/PortalUser/new"));
    assert_eq!(there.att("requirePasswordChangeOn").unwrap(), "2031-05-01");
    assert_eq!(there.att("accountStatus").unwrap(), "active");
    assert!(there.text.contains("<obj class=\"Odd\"><att id=\"n\"><val>007</val></att></obj>"));
    assert!(there.has_null("password") && there.has_null("company"));
    portal.log_in_as("ServicesPortal", "new", "pw-1").await;
}

#[tokio::test]
async fn a_duplicate_is_refused_with_the_status_that_was_chosen_and_leaves_the_old_one_alone() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    let before = session.get("/users/dana").await.text;
    for status in [409, 400, 500] {
        portal.ctera().switch(|switches| switches.duplicate_status = status);
        assert_eq!(session.add("dana", "").await.refused(status), "User dana already exists");
    }
    assert_eq!(session.get("/users/dana").await.text, before);
    assert!(portal.ctera().login_password_is("acme", "dana", "dana-password"));
    // The same name is free for whoever is in another tenant, or in a directory.
    assert_eq!(session.add("corp-ann", "").await.status, 200);
}

#[tokio::test]
async fn a_user_without_a_name_or_password_or_with_an_unknown_role_is_refused() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    for more in [
        "<att id=\"name\"/>",
        "<att id=\"name\"><val/></att>",
        "<att id=\"password\"/>",
        "<att id=\"role\"><val>Emperor</val></att>",
    ] {
        session.add("new", more).await.refused(400);
    }
    session.call("/users", "add", "<val>new</val>").await.refused(400);
    assert!(portal.ctera().user("acme", "new").is_none());
}

#[tokio::test]
async fn a_deleted_user_is_gone_with_its_keys_and_its_folders_are_counted() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    let (key, _) = portal.ctera().create_key("acme", "dana").unwrap();
    let uid = session.uid("/users/dana").await;
    session.call("/users/dana", "delete", "<val>true</val>").await.is_empty();
    session.get("/users/dana").await.refused(404);
    assert_eq!(portal.folders(), 1);
    let gone = portal.ctera().users().into_iter().find(|user| user.uid.to_string() == uid).unwrap();
    assert_eq!(gone.deleted.unwrap().session, "session-1");
    assert!(gone.keys[0].deleted && gone.keys[0].access_key == key);
    assert!(!portal.ctera().secret_is(&key, ""));

    session.send("DELETE", "/users/erez", "").await.is_empty();
    session.call("/users/fay", "delete", "<val>false</val>").await.is_empty();
    assert_eq!(portal.folders(), 2);
    // A uid is never used again.
    session.add("dana", "").await;
    assert!(session.uid("/users/dana").await > uid);
}

#[tokio::test]
async fn names_are_decoded_once_and_may_hold_anything_when_escaped() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    for (name, path) in [
        ("a b", "a%20b"),
        ("dän@x+;&amp;'", "d%C3%A4n@x+;&'"),
        ("per%20cent", "per%2520cent"),
        ("sl/ash", "sl%2Fash"),
    ] {
        assert_eq!(session.add(name, "").await.status, 200, "{name}");
        assert_eq!(
            session
                .get(&format!("/users/{path}"))
                .await
                .att("name")
                .unwrap()
                .replace("&apos;", "'"),
            name
        );
    }
}

#[tokio::test]
async fn the_envelope_needs_no_type_and_the_body_no_certain_content_type() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    let body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<obj>\n <att id=\"name\"><val>get-multi</val></att>\n \
                <att id=\"param\"><list><val>/name</val></list></att>\n</obj>";
    let cookie = format!("JSESSIONID={}", session.cookie);
    for content_type in ["application/xml", "text/xml; charset=utf-8", "x/y"] {
        let headers = [("Cookie", &*cookie), ("Content-Type", content_type)];
        let reply = portal.ask("POST", "/admin/api/users/dana", &headers, body).await;
        assert_eq!(reply.att("name").unwrap(), "dana");
    }
}

#[tokio::test]
async fn what_is_no_call_is_refused() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    for body in ["", "no xml", "<val>a</val>", "<obj/>", "<obj><att id=\"name\"/></obj>", "<obj>"] {
        session.send("POST", "/users", body).await.refused(400);
    }
    for (path, method) in [("", "add"), ("/users", "delete"), ("/users/dana", "add")] {
        session.send("POST", path, &call(method, "<val/>")).await.refused(405);
    }
    session.send("PATCH", "/users/dana", "").await.refused(405);
    session.send("DELETE", "/users", "").await.refused(405);
    session.get("/nothing").await.refused(404);
    assert_eq!(portal.ask("GET", "/nothing", &[], "").await.status, 404);
}

#[tokio::test]
async fn users_of_a_directory_can_be_read_and_deleted_but_not_made_or_changed() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    let path = "/domains/corp.example/adUsers/corp-ann";
    let there = session.get(path).await;
    assert!(there.text.starts_with("<obj class=\"ADUser\">"), "{}", there.text);
    let uid = there.att("uid").unwrap();
    let reference = format!("objs/{uid}/acme/ADUser/corp-ann/corp.example");
    assert_eq!(there.att("baseObjectRef").unwrap(), reference);
    session.put(path, &there.text).await.refused(400);
    session.call("/domains/corp.example/adUsers", "add", &user("new", "")).await.refused(405);
    for path in ["/domains/nowhere/adUsers", "/domains/nowhere/adUsers/corp-ann"] {
        assert_eq!(
            session.call(path, "query", "<obj/>").await.refused(404),
            "Domain nowhere does not exist"
        );
    }
    // A local user of the same name is somebody else.
    session.get("/users/corp-ann").await.refused(404);
    session.call(path, "delete", "<val>true</val>").await.is_empty();
    session.get(path).await.refused(404);
    assert_eq!(session.get("/domains").await.text, "<list><val>corp.example</val></list>");
}

#[tokio::test]
async fn a_uid_is_another_way_to_a_user() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    let there = session.get("/users/dana").await;
    let path = format!("/objs/{}", there.att("uid").unwrap());
    assert_eq!(session.get(&path).await.text, there.text);
    let changed = there.text.replace("Ivri", "Oz");
    assert_eq!(session.put(&path, &changed).await.att("lastName").unwrap(), "Oz");
    session.call(&path, "delete", "<val>true</val>").await.is_empty();
    session.get("/users/dana").await.refused(404);
}

#[tokio::test]
async fn a_blank_user_has_the_defaults() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    let blank = session.get("/defaults/PortalUser").await;
    assert_eq!(blank.att("role").unwrap(), "EndUser");
    assert_eq!(blank.att("accountStatus").unwrap(), "active");
    assert!(blank.has_null("name") && blank.has_null("password"));
    session.get("/defaults/Nothing").await.refused(404);
}
