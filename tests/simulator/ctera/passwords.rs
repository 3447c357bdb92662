//! The policy for passwords, which is off unless it is switched on.

use super::support::{Portal, user};

fn password(value: &str) -> String {
    format!("<att id=\"password\"><val>{value}</val></att>")
}

#[tokio::test]
async fn a_password_can_be_required_to_be_long_and_mixed() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    portal.ctera().switch(|switches| {
        switches.password_min_length = Some(7);
        switches.password_min_groups = Some(3);
    });
    for (value, rule) in [("Ab1-xy", "7 characters"), ("abcdefg1", "3 kinds")] {
        let said = session.add("new", &password(value)).await.refused(400);
        assert!(said.contains(rule) && !said.contains(value), "{said}");
    }
    assert!(portal.ctera().user("acme", "new").is_none());
    assert_eq!(session.add("new", &password("Abcdef1")).await.status, 200);
}

#[tokio::test]
async fn a_password_that_was_used_can_be_refused_and_then_nothing_changes() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    portal.ctera().switch(|switches| {
        switches.password_history = Some(2);
        switches.password_refused_status = 500;
    });
    let put = async |value: &str| {
        session.put("/users/erez/password", &format!("<val>{value}</val>")).await
    };
    assert_eq!(put("erez-password").await.refused(500), "The password was used before");
    put("second").await.is_empty();
    put("erez-password").await.refused(500);
    put("third").await.is_empty();
    put("erez-password").await.is_empty();
    let before = session.get("/users/erez").await.text;
    let more = password("third");
    session.put("/users/erez", &user("erez", &more)).await.refused(500);
    assert_eq!(session.get("/users/erez").await.text, before);
    assert!(portal.ctera().login_password_is("acme", "erez", "erez-password"));
    assert_eq!(portal.ctera().user("acme", "erez").unwrap().password_changes, 3);
}

#[tokio::test]
async fn a_password_can_be_required_to_hold_no_contact_details() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    portal.ctera().switch(|switches| switches.password_without_contact_details = true);
    let named =
        "<att id=\"firstName\"><val>Orly</val></att><att id=\"lastName\"><val>Al</val></att>";
    for value in ["x-DANA2-x", "orly!", "the-new-one"] {
        let said = session.add("dana2", &format!("{named}{}", password(value))).await.refused(400);
        assert_eq!(said, "The password must not contain contact details");
    }
    // Two letters are no detail.
    assert_eq!(session.add("dana2", &format!("{named}{}", password("total"))).await.status, 200);
}
