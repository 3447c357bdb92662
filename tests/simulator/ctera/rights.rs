//! Who may do what.

use super::support::{Portal, user};

const RIGHTS: [&str; 4] =
    ["canManageUsers", "canChangeRoles", "canChangeUserEmail", "canChangeUserPassword"];

#[tokio::test]
async fn role_settings_have_all_that_the_vendors_client_reads() {
    let portal = Portal::start().await;
    let session = portal.log_in().await;
    for (key, name, may) in [
        ("readWriteAdminSettings", "ReadWriteAdmin", "true"),
        ("readOnlyAdminSettings", "ReadOnlyAdmin", "false"),
        ("supportAdminSettings", "Support", "false"),
    ] {
        let settings = session.get(&format!("/rolesSettings/{key}")).await;
        assert_eq!(settings.text.matches("<att id=").count(), 18);
        assert_eq!(settings.att("name").unwrap(), name);
        for setting in ["superUser", "allowSSO", "canManageComplianceSetting"] {
            assert_eq!(settings.att(setting).unwrap(), may);
        }
    }
    session.get("/rolesSettings/endUserSettings").await.refused(404);
}

#[tokio::test]
async fn each_right_that_an_administrator_lacks_forbids_what_it_is_for() {
    let portal = Portal::start().await;
    let session = portal.log_in_as_tenant().await;
    let there = session.get("/users/dana").await.text;
    let uid = session.uid("/users/dana").await;
    let role = there.replace("EndUser", "Disabled");
    let email = there.replace("dana@example.com", "other@example.com");
    let password =
        there.replace("<att id=\"password\"/>", "<att id=\"password\"><val>x</val></att>");
    let without = |right: &str| {
        for each in RIGHTS {
            let (role, has) = ("readWriteAdminSettings", each != right);
            portal.ctera().set_right("acme", role, each, has).unwrap();
        }
    };
    for (right, body) in [
        ("canChangeRoles", &role),
        ("canChangeUserEmail", &email),
        ("canChangeUserPassword", &password),
    ] {
        without(right);
        assert!(session.put("/users/dana", body).await.refused(403).contains(right));
        // What does not change what it is for, needs no such right.
        assert_eq!(session.put("/users/dana", &there).await.status, 200);
        let settings = session.get("/rolesSettings/readWriteAdminSettings").await;
        assert_eq!(settings.att(right).unwrap(), "false");
    }
    without("canManageUsers");
    for reply in [
        session.put("/users/dana", &there).await,
        session.put("/users/dana/comment", "<val/>").await,
        session.add("new", "").await,
        session.call("/users/dana", "delete", "<val>true</val>").await,
        session.send("DELETE", "/users/dana", "").await,
        session.call("", "createApiKey", &format!("<val>{uid}</val>")).await,
        session.call("", "deleteApiKey", "<val>1</val>").await,
        session.call("", "updateAccounts", "<obj/>").await,
    ] {
        assert!(reply.refused(403).contains("canManageUsers"));
    }
    assert_eq!(session.get("/users/dana").await.text, there);
    without("canChangeRoles");
    let administrator = "<att id=\"role\"><val>Support</val></att>";
    session.add("new", administrator).await.refused(403);
    assert_eq!(session.add("new", "").await.status, 200);
}

#[tokio::test]
async fn who_only_reads_can_read() {
    let portal = Portal::start().await;
    let role = super::support::map(serde_json::json!({"role": "ReadOnlyAdmin"}));
    portal.ctera().create_user("acme", "reader", Some("r"), role).unwrap();
    let session = portal.log_in_as("ServicesPortal", "reader", "r").await;
    assert_eq!(session.names("/users", "").await.0.len(), 5);
    let uid = session.uid("/users/dana").await;
    assert_eq!(session.call("", "getApiKeys", &format!("<val>{uid}</val>")).await.text, "<list/>");
    session.put("/users/dana", &user("dana", "")).await.refused(403);
}

#[tokio::test]
async fn who_is_no_administrator_sees_its_session_and_nothing_else() {
    let portal = Portal::start().await;
    let session = portal.log_in_as("ServicesPortal", "dana", "dana-password").await;
    assert_eq!(session.get("/currentSession").await.att("role").unwrap(), "EndUser");
    assert_eq!(session.get("/version").await.status, 200);
    for path in ["/users", "/users/dana", "/domains", "/defaults/PortalUser"] {
        session.get(path).await.refused(403);
    }
    session.call("/users", "query", "<obj/>").await.refused(403);
}

#[tokio::test]
async fn the_rights_of_a_global_administrator_are_those_of_the_global_context() {
    let portal = Portal::start().await;
    portal.ctera().set_right("acme", "readWriteAdminSettings", "canManageUsers", false).unwrap();
    let session = portal.log_in_to_acme().await;
    assert_eq!(session.add("new", "").await.status, 200);
    portal.ctera().set_right("", "readWriteAdminSettings", "canManageUsers", false).unwrap();
    session.add("newer", "").await.refused(403);
    let settings = session.get("/rolesSettings/readWriteAdminSettings").await;
    assert_eq!(settings.att("canManageUsers").unwrap(), "false");
}

#[tokio::test]
async fn an_administrator_can_turn_its_own_password_and_log_in_with_it() {
    let portal = Portal::start().await;
    let session = portal.log_in().await;
    let own = session.get("/users/admin").await.text;
    let turned =
        own.replace("<att id=\"password\"/>", "<att id=\"password\"><val>turned</val></att>");
    assert_eq!(session.put("/users/admin", &turned).await.text, own);
    assert_eq!(session.get("/version").await.status, 200);
    portal.try_log_in("admin", "admin", "admin-password").await.refused(403);
    portal.log_in_as("admin", "admin", "turned").await;
    // In a tenant, it is not there.
    session.select("acme").await;
    session.get("/users/admin").await.refused(404);

    let session = portal.log_in_as_tenant().await;
    session.put("/users/acme-admin/password", "<val>turned too</val>").await.is_empty();
    portal.log_in_as("ServicesPortal", "acme-admin", "turned too").await;
}
