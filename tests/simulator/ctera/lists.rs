//! Queries: pages, filters, order.

use serde_json::json;

use super::support::{Portal, Session, map};

fn window(start: u32, count: u32) -> String {
    format!(
        "<att id=\"startFrom\"><val>{start}</val></att><att id=\"countLimit\"><val>{count}</val></att>"
    )
}

fn filters(any: bool, filters: &[(&str, &str, &str, &str)]) -> String {
    let mut list = String::new();
    for (class, field, restriction, value) in filters {
        let att = |id: &str, value: &str| format!("<att id=\"{id}\"><val>{value}</val></att>");
        let parts = [att("field", field), att("restriction", restriction), att("value", value)];
        list.extend([format!("<obj class=\"{class}\">"), parts.concat(), "</obj>".to_owned()]);
    }
    format!(
        "<att id=\"filters\"><list>{list}</list></att><att id=\"orFilter\"><val>{any}</val></att>"
    )
}

async fn many(portal: &Portal) -> Session<'_> {
    for number in 0..9 {
        portal
            .ctera()
            .create_user("globex", &format!("user{number}"), None, map(json!({"rank": number})))
            .unwrap();
    }
    portal.ctera().delete_user("globex", "dana").unwrap();
    let session = portal.log_in().await;
    session.select("globex").await;
    session
}

#[tokio::test]
async fn pages_are_exact_slices_in_the_order_of_creation() {
    let portal = Portal::start().await;
    let session = many(&portal).await;
    for (start, count, expected, more) in [
        (0, 4, &["user0", "user1", "user2", "user3"][..], true),
        (4, 4, &["user4", "user5", "user6", "user7"], true),
        (8, 4, &["user8"], false),
        (5, 4, &["user5", "user6", "user7", "user8"], false),
        (9, 4, &[], false),
        (0, 0, &[], true),
    ] {
        let (names, has_more) = session.names("/users", &window(start, count)).await;
        assert_eq!(names, expected, "{start} {count}");
        assert_eq!(has_more, more, "{start} {count}");
    }
    let (names, more) = session.names("/users", "").await;
    assert_eq!((names.len(), more), (9, false));
    // A renamed one stays where it was.
    portal.ctera().set_attributes("globex", "user0", map(json!({"name": "zoe"}))).unwrap();
    assert_eq!(session.names("/users", &window(0, 1)).await.0, ["zoe"]);
}

#[tokio::test]
async fn the_list_is_a_list_even_when_it_is_empty_and_rows_hold_what_is_included() {
    let portal = Portal::start().await;
    let session = portal.log_in_to_acme().await;
    let none = filters(false, &[("StringFilter", "name", "eq", "nobody")]);
    let reply = session.call("/users", "query", &format!("<obj>{none}</obj>")).await;
    assert!(
        reply.text.contains(
            "<att id=\"objects\"><list/></att><att id=\"hasMore\"><val>false</val></att>"
        )
    );
    let one = filters(false, &[("StringFilter", "name", "eq", "erez")]);
    let include = "<att id=\"include\"><list><val>name</val><val>phone</val></list></att>";
    let reply = session.call("/users", "query", &format!("<obj>{include}{one}</obj>")).await;
    let row = "<list><obj class=\"PortalUser\"><att id=\"name\"><val>erez</val></att><att id=\"phone\"/></obj></list>";
    assert!(reply.text.contains(row), "{}", reply.text);
    // Without `include`, rows are whole users.
    let whole = session.get("/users/erez").await.text;
    let reply = session.call("/users", "query", &format!("<obj>{one}</obj>")).await;
    assert!(reply.text.contains(&whole));
    let all = session.get("/users").await;
    assert!(all.text.starts_with("<list><obj class=\"PortalUser\">") && all.text.contains(&whole));
    assert_eq!(
        session.names("/domains/corp.example/adUsers", "").await.0,
        ["corp-ann", "corp-bob"]
    );
}

#[tokio::test]
async fn filters_restrict_together_or_one_by_one() {
    let portal = Portal::start().await;
    let session = many(&portal).await;
    let name = "StringFilter";
    for (any, given, expected) in [
        (false, &[(name, "name", "eq", "user3")][..], &["user3"][..]),
        (false, &[(name, "name", "like", "SER7")], &["user7"]),
        (
            false,
            &[(name, "name", "ne", "user0"), ("IntFilter", "rank", "le", "2")],
            &["user1", "user2"],
        ),
        (
            true,
            &[(name, "name", "eq", "user1"), (name, "name", "eq", "user5")],
            &["user1", "user5"],
        ),
        (false, &[(name, "name", "eq", "user1"), (name, "name", "eq", "user5")], &[]),
        (false, &[("IntFilter", "rank", "gt", "7")], &["user8"]),
        (false, &[("IntFilter", "rank", "ge", "7"), (name, "name", "notLike", "8")], &["user7"]),
        (false, &[("IntFilter", "rank", "lt", "1")], &["user0"]),
        // There is no secret to be found out.
        (false, &[(name, "password", "like", "")], &[]),
    ] {
        let (names, _) = session.names("/users", &filters(any, given)).await;
        assert_eq!(names, expected, "{given:?}");
    }
    let wrong = filters(false, &[(name, "name", "resembles", "a")]);
    session.call("/users", "query", &format!("<obj>{wrong}</obj>")).await.refused(400);
    session
        .call("/users", "query", "<obj><att id=\"startFrom\"><val>x</val></att></obj>")
        .await
        .refused(400);
}

#[tokio::test]
async fn a_list_can_be_sorted_and_reach_over_all_tenants() {
    let portal = Portal::start().await;
    let session = portal.log_in().await;
    let all =
        "<att id=\"allPortals\"><val>true</val></att><att id=\"sortBy\"><val>name</val></att>";
    let (names, _) = session.names("/users", all).await;
    assert_eq!(names, ["acme-admin", "admin", "dana", "dana", "erez", "fay"]);
    session.select("globex").await;
    assert_eq!(session.names("/users", all).await.0, ["dana"]);
}

#[tokio::test]
async fn a_portal_can_cut_pages_or_refuse_long_ones() {
    let portal = Portal::start().await;
    let session = many(&portal).await;
    portal.ctera().switch(|switches| switches.page_limit = Some(2));
    assert_eq!(
        session.names("/users", &window(3, 50)).await,
        (vec!["user3".into(), "user4".into()], true)
    );
    assert_eq!(session.names("/users", &window(8, 50)).await, (vec!["user8".into()], false));
    portal.ctera().switch(|switches| switches.refuse_count_limit_above = Some(25));
    let long = format!("<obj>{}</obj>", window(0, 26));
    assert_eq!(
        session.call("/users", "query", &long).await.refused(400),
        "countLimit is 25 at most"
    );
    session.call("/users", "query", "<obj/>").await.refused(400);
    assert_eq!(session.names("/users", &window(0, 25)).await.0.len(), 2);
}
